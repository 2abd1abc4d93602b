-- Messages that callers left. The twin of the SQLite file of the same number.

-- What lies where in which recording, and who sees to it. The conversation is open until all of its messages are closed.
CREATE TABLE left_message (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL,
    call_id UUID NOT NULL,
    -- Whose agents are to hear of it.
    queue_id UUID,
    left_at BIGINT NOT NULL,
    recording_id UUID,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    -- Who sees to it or did, and the participation that is theirs.
    agent_id UUID,
    participation_id UUID,
    claimed_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX left_message_newest ON left_message (account_id, id);
CREATE INDEX left_message_unclosed ON left_message (account_id, id) WHERE state <> 'closed';
CREATE INDEX left_message_of_conversation ON left_message (conversation_id);
CREATE INDEX left_message_of_recording ON left_message (recording_id);
