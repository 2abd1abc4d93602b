-- Tags in groups and of roles; segments. The twin of the SQLite file of the same number.

-- The group it stands in.
ALTER TABLE tag ADD COLUMN tag_group TEXT;
-- JSON: the roles that give it and take it away; none: everybody who marks.
ALTER TABLE tag ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';

-- People who belong together. Who is in one is never written down.
CREATE TABLE segment (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    -- JSON: a condition. It may hold what somebody said of themselves.
    condition_sealed BYTEA NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX segment_name ON segment (account_id, name);
