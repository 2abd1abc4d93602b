-- Numbers with more to them than their inbox, and what operators said of calls. The twin of the PostgreSQL file of the same number.

CREATE TABLE phone_number (
    account_id BLOB NOT NULL REFERENCES account(id),
    number TEXT NOT NULL,
    -- What callers have dialled, where that is another number: the 400 number over its landing numbers.
    label TEXT,
    -- Calls at a time. NULL: as many as come.
    channels INTEGER,
    PRIMARY KEY (account_id, number)
) STRICT, WITHOUT ROWID;

-- One leg over a trunk, without a foreign key to its call: it is written while the journal writes that.
CREATE TABLE trunk_leg (
    account_id BLOB NOT NULL REFERENCES account(id),
    call_id BLOB NOT NULL,
    leg_id BLOB NOT NULL,
    trunk_id BLOB NOT NULL,
    direction TEXT NOT NULL,
    at INTEGER NOT NULL,
    said_sealed BLOB NOT NULL,
    status INTEGER,
    q850 INTEGER,
    PRIMARY KEY (call_id, leg_id)
) STRICT, WITHOUT ROWID;
