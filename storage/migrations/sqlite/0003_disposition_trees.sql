-- What agents may say a conversation was about. The twin of the PostgreSQL file of the same number.

-- Every version is kept: a code chosen last year is read with the labels of last year. The owner is a queue, or the account
-- for the queues without a tree of their own.
CREATE TABLE disposition_tree (
    owner_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    tree TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    PRIMARY KEY (owner_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX disposition_tree_of_account ON disposition_tree (account_id);
