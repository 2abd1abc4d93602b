-- Sessions that are listed and end by themselves, and who was changed how often. The twin of the SQLite file of the same number.

-- Who is signed in while the schema changes signs in again.
DROP TABLE session;
CREATE TABLE session (
    id UUID PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    account_id UUID NOT NULL REFERENCES account(id),
    user_id UUID NOT NULL REFERENCES user_account(id),
    created_at BIGINT NOT NULL,
    -- Of the last request, to the minute.
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT
);
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_of_user ON session (user_id);

-- From where a user got in: a flood of wrong passwords from elsewhere does not keep them waiting here.
CREATE TABLE known_address (
    user_id UUID NOT NULL REFERENCES user_account(id),
    address TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
);

-- Counts changes: of two editors the second one learns of the first.
ALTER TABLE user_account ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE queue ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE inbox ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- Out of use. The row stays, for what it did.
ALTER TABLE queue ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE inbox ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;

-- Calls to the outside, per day (UTC, counted from 1970).
CREATE TABLE dialled (
    account_id UUID NOT NULL REFERENCES account(id),
    day BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (account_id, day)
);
