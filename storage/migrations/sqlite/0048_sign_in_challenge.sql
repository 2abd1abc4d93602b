-- When the door asks for work before it looks at a password. The twin of the PostgreSQL file of the same number.

CREATE TABLE sign_in_challenge (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    -- So many failures are free.
    after_failures INTEGER NOT NULL,
    -- Leading zero bits of the hash that is asked for.
    bits INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
