-- What each of the staff is told at once. The twin of the PostgreSQL file of the same number.

CREATE TABLE notice (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    user_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    -- What it is told for; nobody is told twice.
    cause TEXT NOT NULL,
    -- JSON: by which channels.
    channels TEXT NOT NULL,
    listed INTEGER NOT NULL,
    -- JSON: by language.
    texts_sealed BLOB NOT NULL,
    -- Where it leads: `ticket:<id>`, `conversation:<id>` …
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (user_id, cause)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_of_user ON notice (user_id, id) WHERE listed;
CREATE INDEX notice_of_account ON notice (account_id, at);

-- How somebody wants to be told, and how far they have read.
CREATE TABLE notice_reader (
    user_id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- JSON: channels by kind, of what they have chosen.
    matrix TEXT NOT NULL,
    read_to BLOB
) STRICT, WITHOUT ROWID;

-- Defaults by role and words of the house, as JSON.
CREATE TABLE house_notices (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    version INTEGER NOT NULL,
    settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last event of which everybody was told.
CREATE TABLE notice_cursor (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
