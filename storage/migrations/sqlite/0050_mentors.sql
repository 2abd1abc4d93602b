-- Mentors beside agents, and what they suggest to them. The twin of the PostgreSQL file of the same number.

CREATE TABLE mentorship (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- A user; who mentors need not take work.
    mentor_id BLOB NOT NULL,
    agent_id BLOB NOT NULL,
    since INTEGER NOT NULL,
    -- NULL: until somebody ends it.
    until INTEGER,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mentorship_open ON mentorship (account_id, mentor_id, agent_id) WHERE ended_at IS NULL;

-- For the agent alone: no text, no line of the timeline, and sent by nothing.
CREATE TABLE suggestion (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    agent_id BLOB NOT NULL,
    mentor_id BLOB NOT NULL,
    text_sealed BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- taken, dismissed; NULL: it waits.
    outcome TEXT,
    settled_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX suggestion_of_conversation ON suggestion (conversation_id, id);
