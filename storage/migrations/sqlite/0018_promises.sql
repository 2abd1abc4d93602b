-- What the house owes callers. The twin of the PostgreSQL file of the same number.

-- A call that somebody promised.
CREATE TABLE callback (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- About what, and with whom.
    conversation_id BLOB,
    contact_id BLOB,
    number_sealed BLOB NOT NULL,
    -- Who keeps it: an agent, or whoever of the queue is free.
    queue_id BLOB NOT NULL,
    owner_id BLOB,
    due_from INTEGER NOT NULL,
    due_until INTEGER NOT NULL,
    note_sealed BLOB,
    state TEXT NOT NULL CHECK (state IN ('promised', 'calling', 'closed')),
    reminded INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    -- The last call that was made for it, or that closed it.
    call_id BLOB,
    promised_by BLOB,
    promised_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_as TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX callback_open ON callback (account_id, due_from) WHERE state <> 'closed';
CREATE INDEX callback_of_contact ON callback (contact_id);

-- A caller whom nobody served, once per queue and person and day.
CREATE TABLE unserved (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    queue_id BLOB NOT NULL,
    number_hash BLOB NOT NULL,
    number_sealed BLOB NOT NULL,
    kind TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    -- The longest of their waits.
    wait_ms INTEGER NOT NULL,
    -- Of the last try.
    conversation_id BLOB NOT NULL,
    call_id BLOB,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    agent_id BLOB,
    claimed_at INTEGER,
    closed_at INTEGER,
    closed_as TEXT,
    closed_call BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX unserved_open ON unserved (account_id, number_hash) WHERE state <> 'closed';
CREATE INDEX unserved_newest ON unserved (account_id, id);
CREATE INDEX conversation_of_contact ON conversation (contact_id);
