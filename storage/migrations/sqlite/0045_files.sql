-- Files that are heard, and files that everybody may send. The twin of the PostgreSQL file of the same number.

-- What became of hearing a sound that went with a text. Its words are lines of the timeline, under the file's id.
CREATE TABLE clip_transcript (
    attachment_id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    message_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'no_engine', 'failed')),
    -- Name and model; empty where there is none.
    engine TEXT NOT NULL,
    language TEXT NOT NULL,
    reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX clip_transcript_of_message ON clip_transcript (message_id);

-- Under which id its content lies; NULL: under its own. What is sent from the store of shared files lies there once.
ALTER TABLE attachment ADD COLUMN content_id BLOB;

-- A manual, a quote, a guide: whoever answers may send it.
CREATE TABLE shared_file (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    title TEXT NOT NULL,
    -- JSON: words to find it by.
    tags TEXT NOT NULL,
    -- JSON: only agents of these queues see it; empty: everybody does.
    queues TEXT NOT NULL,
    -- How often it was sent.
    uses INTEGER NOT NULL,
    -- It is sent no more; what was sent stays.
    withdrawn_at INTEGER,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_file_of_account ON shared_file (account_id, title);

-- What it contained when; the last one is sent. The content lies sealed beside those of texts, under the version's id.
CREATE TABLE shared_file_version (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    file_id BLOB NOT NULL REFERENCES shared_file(id),
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    mime TEXT NOT NULL,
    name_sealed BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    author_id BLOB,
    at INTEGER NOT NULL,
    UNIQUE (file_id, n)
) STRICT, WITHOUT ROWID;
