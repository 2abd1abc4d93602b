-- What settings were after each change. The twin of the PostgreSQL file of the same number.

CREATE TABLE setting_version (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- As in the audit: `queue:<id>`, `user:<id>` …
    object TEXT NOT NULL,
    -- Which part of it: `queue`, `recording`, `roles` …
    facet TEXT NOT NULL,
    -- Of the audit entry that tells of the change; of one that was found standing, the entry before it.
    seq INTEGER NOT NULL,
    -- It stood there when the history began.
    found INTEGER NOT NULL,
    -- JSON; `null`: it was taken away.
    state_sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX setting_version_of_object ON setting_version (account_id, object, facet, seq);
CREATE INDEX setting_version_newest ON setting_version (account_id, seq);
