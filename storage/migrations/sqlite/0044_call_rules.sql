-- Rules for calls. The twin of the PostgreSQL file of the same number.

-- The rules were asked of this call, and what they said is done: when it began, and when it was over.
CREATE TABLE call_ruled (
    call_id BLOB NOT NULL,
    occasion TEXT NOT NULL CHECK (occasion IN ('call_begins', 'call_closed')),
    account_id BLOB NOT NULL REFERENCES account(id),
    at INTEGER NOT NULL,
    PRIMARY KEY (call_id, occasion)
) STRICT, WITHOUT ROWID;

-- Reports look at the parts that began in a period.
CREATE INDEX participation_began ON participation (account_id, started_at);
