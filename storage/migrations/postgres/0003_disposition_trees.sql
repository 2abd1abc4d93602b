-- What agents may say a conversation was about. The twin of the SQLite file of the same number.

-- Every version is kept: a code chosen last year is read with the labels of last year. The owner is a queue, or the account
-- for the queues without a tree of their own.
CREATE TABLE disposition_tree (
    owner_id UUID NOT NULL,
    version BIGINT NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    tree TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    PRIMARY KEY (owner_id, version)
);
CREATE INDEX disposition_tree_of_account ON disposition_tree (account_id);
