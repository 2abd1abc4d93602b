-- What staff write beside a conversation. The twin of the SQLite file of the same number.

CREATE TABLE note (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    -- Who wrote it; NULL: the house. Their part as an agent, if they were one.
    author_id UUID,
    agent_id UUID,
    text_sealed BYTEA NOT NULL,
    pinned BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    edited_at BIGINT
);
CREATE INDEX note_of_conversation ON note (conversation_id);

CREATE TABLE tag (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    colour TEXT,
    -- Out of use: it stays where it is, and is not given anew.
    disabled BOOLEAN NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE conversation_tag (
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    tag_id UUID NOT NULL REFERENCES tag(id),
    account_id UUID NOT NULL REFERENCES account(id),
    at BIGINT NOT NULL,
    by_user UUID,
    PRIMARY KEY (conversation_id, tag_id)
);
CREATE INDEX conversation_of_tag ON conversation_tag (tag_id, conversation_id);

-- What somebody has begun to write after a conversation, so that a refresh loses nothing.
CREATE TABLE draft (
    user_id UUID NOT NULL REFERENCES user_account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    account_id UUID NOT NULL REFERENCES account(id),
    draft_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);

CREATE INDEX conversation_newest ON conversation (account_id, id);
