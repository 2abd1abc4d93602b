-- Files that are heard, and files that everybody may send. The twin of the SQLite file of the same number.

-- What became of hearing a sound that went with a text. Its words are lines of the timeline, under the file's id.
CREATE TABLE clip_transcript (
    attachment_id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    message_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'no_engine', 'failed')),
    -- Name and model; empty where there is none.
    engine TEXT NOT NULL,
    language TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX clip_transcript_of_message ON clip_transcript (message_id);

-- Under which id its content lies; NULL: under its own. What is sent from the store of shared files lies there once.
ALTER TABLE attachment ADD COLUMN content_id UUID;

-- A manual, a quote, a guide: whoever answers may send it.
CREATE TABLE shared_file (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    title TEXT NOT NULL,
    -- JSON: words to find it by.
    tags TEXT NOT NULL,
    -- JSON: only agents of these queues see it; empty: everybody does.
    queues TEXT NOT NULL,
    -- How often it was sent.
    uses BIGINT NOT NULL,
    -- It is sent no more; what was sent stays.
    withdrawn_at BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX shared_file_of_account ON shared_file (account_id, title);

-- What it contained when; the last one is sent. The content lies sealed beside those of texts, under the version's id.
CREATE TABLE shared_file_version (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    file_id UUID NOT NULL REFERENCES shared_file(id),
    n BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mime TEXT NOT NULL,
    name_sealed BYTEA NOT NULL,
    bytes BIGINT NOT NULL,
    author_id UUID,
    at BIGINT NOT NULL,
    UNIQUE (file_id, n)
);
