-- Who passed whom on to whom. The twin of the PostgreSQL file of the same number.

-- One row per transfer, consultation or joining, from its beginning to its one end. No agent's leg (`by_agent` NULL): whom we
-- dialled for the contact passed them on.
CREATE TABLE transfer (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    call_id BLOB NOT NULL REFERENCES call(id),
    by_agent BLOB,
    mode TEXT NOT NULL,
    -- `agent`, `queue`, `flow`, `number`, `extension`, `supervisor`; what it was called is in the sealed column.
    target TEXT NOT NULL,
    target_sealed BLOB NOT NULL,
    reason_sealed BLOB,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    waited_ms INTEGER,
    outcome TEXT,
    -- Who took it, where it was an agent.
    taken_by BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_of_conversation ON transfer (conversation_id);
CREATE INDEX transfer_open ON transfer (account_id) WHERE ended_at IS NULL;
