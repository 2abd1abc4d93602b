-- Who passed whom on to whom. The twin of the SQLite file of the same number.

-- One row per transfer, consultation or joining, from its beginning to its one end. No agent's leg (`by_agent` NULL): whom we
-- dialled for the contact passed them on.
CREATE TABLE transfer (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    call_id UUID NOT NULL REFERENCES call(id),
    by_agent UUID,
    mode TEXT NOT NULL,
    -- `agent`, `queue`, `flow`, `number`, `extension`, `supervisor`; what it was called is in the sealed column.
    target TEXT NOT NULL,
    target_sealed BYTEA NOT NULL,
    reason_sealed BYTEA,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    waited_ms BIGINT,
    outcome TEXT,
    -- Who took it, where it was an agent.
    taken_by UUID
);
CREATE INDEX transfer_of_conversation ON transfer (conversation_id);
CREATE INDEX transfer_open ON transfer (account_id) WHERE ended_at IS NULL;
