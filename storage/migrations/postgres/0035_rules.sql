-- Rules of an account. The twin of the SQLite file of the same number.

-- All of them in their order, as JSON: they are changed as one.
CREATE TABLE rule_list (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    -- From 1, up by one with each change.
    version BIGINT NOT NULL,
    rules TEXT NOT NULL
);

-- What rules said of a conversation by text when it began: minutes of waiting, and (JSON, sealed) which rules, and why.
ALTER TABLE text_matter ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE text_matter ADD COLUMN ruled_sealed BYTEA;
