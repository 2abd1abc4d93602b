-- Sessions that are listed and end by themselves, and who was changed how often. The twin of the PostgreSQL file of the same number.

-- Who is signed in while the schema changes signs in again.
DROP TABLE session;
CREATE TABLE session (
    id BLOB PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account_id BLOB NOT NULL REFERENCES account(id),
    user_id BLOB NOT NULL REFERENCES user_account(id),
    created_at INTEGER NOT NULL,
    -- Of the last request, to the minute.
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_of_user ON session (user_id);

-- From where a user got in: a flood of wrong passwords from elsewhere does not keep them waiting here.
CREATE TABLE known_address (
    user_id BLOB NOT NULL REFERENCES user_account(id),
    address TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

-- Counts changes: of two editors the second one learns of the first.
ALTER TABLE user_account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE queue ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE inbox ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Out of use. The row stays, for what it did.
ALTER TABLE queue ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

-- Calls to the outside, per day (UTC, counted from 1970).
CREATE TABLE dialled (
    account_id BLOB NOT NULL REFERENCES account(id),
    day INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;
