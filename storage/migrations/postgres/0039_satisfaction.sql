-- Satisfaction, and who waits for an answer. The twin of the SQLite file of the same number.

-- Whom somebody has served was asked how satisfied they are; once in a conversation.
CREATE TABLE satisfaction (
    conversation_id UUID PRIMARY KEY REFERENCES conversation(id),
    account_id UUID NOT NULL REFERENCES account(id),
    -- Who served them last, and in which queue.
    agent_id UUID NOT NULL,
    queue_id UUID,
    invited_at BIGINT NOT NULL,
    -- The first answer; NULL: none yet.
    rated_at BIGINT,
    stars BIGINT CHECK (stars BETWEEN 1 AND 5),
    -- JSON: stars by the name of the aspect.
    aspects TEXT,
    words_sealed BYTEA
);
CREATE INDEX satisfaction_invited ON satisfaction (account_id, invited_at);

-- The contact's first text that nobody has answered; and whether they were told that it takes longer.
ALTER TABLE text_matter ADD COLUMN waiting_since BIGINT;
ALTER TABLE text_matter ADD COLUMN apologised_at BIGINT;
