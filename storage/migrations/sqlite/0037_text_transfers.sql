-- Texts passed on and shared. The twin of the PostgreSQL file of the same number.

-- A text is passed on without a call.
CREATE TABLE transfer_of_any (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    call_id BLOB REFERENCES call(id),
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
INSERT INTO transfer_of_any SELECT id, account_id, conversation_id, call_id, by_agent, mode, target, target_sealed, reason_sealed,
    began_at, ended_at, waited_ms, outcome, taken_by FROM transfer;
DROP TABLE transfer;
ALTER TABLE transfer_of_any RENAME TO transfer;
CREATE INDEX transfer_of_conversation ON transfer (conversation_id);
CREATE INDEX transfer_open ON transfer (account_id) WHERE ended_at IS NULL;
CREATE INDEX transfer_began ON transfer (account_id, began_at);

-- Only this agent is asked, once: a text that is passed on to them, or in which they are to help.
ALTER TABLE work_item ADD COLUMN sought_agent BLOB;
-- By which it came to be.
ALTER TABLE work_item ADD COLUMN transfer_id BLOB;
