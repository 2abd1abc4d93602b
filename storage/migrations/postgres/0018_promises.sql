-- What the house owes callers. The twin of the SQLite file of the same number.

-- A call that somebody promised.
CREATE TABLE callback (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    -- About what, and with whom.
    conversation_id UUID,
    contact_id UUID,
    number_sealed BYTEA NOT NULL,
    -- Who keeps it: an agent, or whoever of the queue is free.
    queue_id UUID NOT NULL,
    owner_id UUID,
    due_from BIGINT NOT NULL,
    due_until BIGINT NOT NULL,
    note_sealed BYTEA,
    state TEXT NOT NULL CHECK (state IN ('promised', 'calling', 'closed')),
    reminded BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    -- The last call that was made for it, or that closed it.
    call_id UUID,
    promised_by UUID,
    promised_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_as TEXT
);
CREATE INDEX callback_open ON callback (account_id, due_from) WHERE state <> 'closed';
CREATE INDEX callback_of_contact ON callback (contact_id);

-- A caller whom nobody served, once per queue and person and day.
CREATE TABLE unserved (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    queue_id UUID NOT NULL,
    number_hash BYTEA NOT NULL,
    number_sealed BYTEA NOT NULL,
    kind TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    -- The longest of their waits.
    wait_ms BIGINT NOT NULL,
    -- Of the last try.
    conversation_id UUID NOT NULL,
    call_id UUID,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    agent_id UUID,
    claimed_at BIGINT,
    closed_at BIGINT,
    closed_as TEXT,
    closed_call UUID
);
CREATE INDEX unserved_open ON unserved (account_id, number_hash) WHERE state <> 'closed';
CREATE INDEX unserved_newest ON unserved (account_id, id);
CREATE INDEX conversation_of_contact ON conversation (contact_id);
