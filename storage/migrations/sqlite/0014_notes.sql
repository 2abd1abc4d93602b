-- What staff write beside a conversation. The twin of the PostgreSQL file of the same number.

CREATE TABLE note (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    -- Who wrote it; NULL: the house. Their part as an agent, if they were one.
    author_id BLOB,
    agent_id BLOB,
    text_sealed BLOB NOT NULL,
    pinned INTEGER NOT NULL,
    at INTEGER NOT NULL,
    edited_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX note_of_conversation ON note (conversation_id);

CREATE TABLE tag (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    colour TEXT,
    -- Out of use: it stays where it is, and is not given anew.
    disabled INTEGER NOT NULL,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversation_tag (
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    tag_id BLOB NOT NULL REFERENCES tag(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    at INTEGER NOT NULL,
    by_user BLOB,
    PRIMARY KEY (conversation_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_of_tag ON conversation_tag (tag_id, conversation_id);

-- What somebody has begun to write after a conversation, so that a refresh loses nothing.
CREATE TABLE draft (
    user_id BLOB NOT NULL REFERENCES user_account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    draft_sealed BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_newest ON conversation (account_id, id);
