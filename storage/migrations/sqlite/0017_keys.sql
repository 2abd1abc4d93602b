-- A second factor for people, keys for programs, and when a centre went live. The twin of the PostgreSQL file of the same number.

CREATE TABLE second_factor (
    user_id BLOB PRIMARY KEY REFERENCES user_account(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    secret_sealed BLOB NOT NULL,
    begun_at INTEGER NOT NULL,
    -- NULL: its first code was not typed yet, so it is asked of nobody.
    confirmed_at INTEGER,
    -- Of the last code that was taken: none is good twice.
    last_step INTEGER
) STRICT, WITHOUT ROWID;
-- Each is good once, and gone then.
CREATE TABLE recovery_code (
    user_id BLOB NOT NULL REFERENCES user_account(id),
    -- Keyed.
    hash BLOB NOT NULL,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;
-- Whoever has this role needs one.
CREATE TABLE second_factor_role (
    account_id BLOB NOT NULL REFERENCES account(id),
    role TEXT NOT NULL,
    PRIMARY KEY (account_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- Who made it; it can do no more than they can.
    user_id BLOB NOT NULL REFERENCES user_account(id),
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    -- A JSON array of names of permissions.
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_of_account ON api_token (account_id, created_at);

-- Since when the centre is live, and by whose word.
CREATE TABLE go_live (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    at INTEGER NOT NULL,
    -- NULL: the house.
    user_id BLOB,
    -- Why, although something was red; and what.
    reason TEXT,
    overridden TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX trunk_leg_newest ON trunk_leg (account_id, trunk_id, direction, at);
