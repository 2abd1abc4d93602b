-- Mentors beside agents, and what they suggest to them. The twin of the SQLite file of the same number.

CREATE TABLE mentorship (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    -- A user; who mentors need not take work.
    mentor_id UUID NOT NULL,
    agent_id UUID NOT NULL,
    since BIGINT NOT NULL,
    -- NULL: until somebody ends it.
    until BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX mentorship_open ON mentorship (account_id, mentor_id, agent_id) WHERE ended_at IS NULL;

-- For the agent alone: no text, no line of the timeline, and sent by nothing.
CREATE TABLE suggestion (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    agent_id UUID NOT NULL,
    mentor_id UUID NOT NULL,
    text_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    -- taken, dismissed; NULL: it waits.
    outcome TEXT,
    settled_at BIGINT
);
CREATE INDEX suggestion_of_conversation ON suggestion (conversation_id, id);
