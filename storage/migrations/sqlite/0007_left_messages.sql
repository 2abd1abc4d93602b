-- Messages that callers left. The twin of the PostgreSQL file of the same number.

-- What lies where in which recording, and who sees to it. The conversation is open until all of its messages are closed.
CREATE TABLE left_message (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL,
    call_id BLOB NOT NULL,
    -- Whose agents are to hear of it.
    queue_id BLOB,
    left_at INTEGER NOT NULL,
    recording_id BLOB,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    -- Who sees to it or did, and the participation that is theirs.
    agent_id BLOB,
    participation_id BLOB,
    claimed_at INTEGER,
    closed_at INTEGER
) STRICT;
CREATE INDEX left_message_newest ON left_message (account_id, id);
CREATE INDEX left_message_unclosed ON left_message (account_id, id) WHERE state <> 'closed';
CREATE INDEX left_message_of_conversation ON left_message (conversation_id);
CREATE INDEX left_message_of_recording ON left_message (recording_id);
