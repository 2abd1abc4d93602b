-- Numbers with more to them than their inbox, and what operators said of calls. The twin of the SQLite file of the same number.

CREATE TABLE phone_number (
    account_id UUID NOT NULL REFERENCES account(id),
    number TEXT NOT NULL,
    -- What callers have dialled, where that is another number: the 400 number over its landing numbers.
    label TEXT,
    -- Calls at a time. NULL: as many as come.
    channels BIGINT,
    PRIMARY KEY (account_id, number)
);

-- One leg over a trunk, without a foreign key to its call: it is written while the journal writes that.
CREATE TABLE trunk_leg (
    account_id UUID NOT NULL REFERENCES account(id),
    call_id UUID NOT NULL,
    leg_id UUID NOT NULL,
    trunk_id UUID NOT NULL,
    direction TEXT NOT NULL,
    at BIGINT NOT NULL,
    said_sealed BYTEA NOT NULL,
    status BIGINT,
    q850 BIGINT,
    PRIMARY KEY (call_id, leg_id)
);
