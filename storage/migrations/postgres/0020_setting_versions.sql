-- What settings were after each change. The twin of the SQLite file of the same number.

CREATE TABLE setting_version (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    -- As in the audit: `queue:<id>`, `user:<id>` …
    object TEXT NOT NULL,
    -- Which part of it: `queue`, `recording`, `roles` …
    facet TEXT NOT NULL,
    -- Of the audit entry that tells of the change; of one that was found standing, the entry before it.
    seq BIGINT NOT NULL,
    -- It stood there when the history began.
    found BOOLEAN NOT NULL,
    -- JSON; `null`: it was taken away.
    state_sealed BYTEA NOT NULL
);
CREATE INDEX setting_version_of_object ON setting_version (account_id, object, facet, seq);
CREATE INDEX setting_version_newest ON setting_version (account_id, seq);
