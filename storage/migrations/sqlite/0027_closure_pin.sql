-- Closing by telephone. The twin of the PostgreSQL file of the same number.

-- The code by which the whole centre is closed, and opened again, from any telephone.
CREATE TABLE closure_pin (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    -- Argon2.
    hash TEXT NOT NULL,
    -- How long such a closure lasts when nobody opens before.
    hours INTEGER NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
