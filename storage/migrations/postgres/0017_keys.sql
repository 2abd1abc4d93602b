-- A second factor for people, keys for programs, and when a centre went live. The twin of the SQLite file of the same number.

CREATE TABLE second_factor (
    user_id UUID PRIMARY KEY REFERENCES user_account(id),
    account_id UUID NOT NULL REFERENCES account(id),
    secret_sealed BYTEA NOT NULL,
    begun_at BIGINT NOT NULL,
    -- NULL: its first code was not typed yet, so it is asked of nobody.
    confirmed_at BIGINT,
    -- Of the last code that was taken: none is good twice.
    last_step BIGINT
);
-- Each is good once, and gone then.
CREATE TABLE recovery_code (
    user_id UUID NOT NULL REFERENCES user_account(id),
    -- Keyed.
    hash BYTEA NOT NULL,
    PRIMARY KEY (user_id, hash)
);
-- Whoever has this role needs one.
CREATE TABLE second_factor_role (
    account_id UUID NOT NULL REFERENCES account(id),
    role TEXT NOT NULL,
    PRIMARY KEY (account_id, role)
);

CREATE TABLE api_token (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    -- Who made it; it can do no more than they can.
    user_id UUID NOT NULL REFERENCES user_account(id),
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    -- A JSON array of names of permissions.
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at BIGINT
);
CREATE INDEX api_token_of_account ON api_token (account_id, created_at);

-- Since when the centre is live, and by whose word.
CREATE TABLE go_live (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    at BIGINT NOT NULL,
    -- NULL: the house.
    user_id UUID,
    -- Why, although something was red; and what.
    reason TEXT,
    overridden TEXT
);
CREATE INDEX trunk_leg_newest ON trunk_leg (account_id, trunk_id, direction, at);
