-- When the door asks for work before it looks at a password. The twin of the SQLite file of the same number.

CREATE TABLE sign_in_challenge (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    -- So many failures are free.
    after_failures BIGINT NOT NULL,
    -- Leading zero bits of the hash that is asked for.
    bits BIGINT NOT NULL
);
