-- What leaders are warned of, and who wants their help. The twin of the PostgreSQL file of the same number.

CREATE TABLE help_wanted (
    agent_id BLOB PRIMARY KEY REFERENCES agent(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB,
    text_sealed BLOB,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_rule (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    -- JSON: metric, threshold, for, queue, cool-down.
    rule TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;

-- One warning, from its rise to its end.
CREATE TABLE alert (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    rule_id BLOB NOT NULL,
    name TEXT NOT NULL,
    metric TEXT NOT NULL,
    -- Of what: `queue:<id>`, `agent:<id>`, `trunk:<id>`, `house`.
    subject TEXT NOT NULL,
    value TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    ended_at INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by BLOB,
    measure TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_newest ON alert (account_id, id);
CREATE INDEX alert_open ON alert (account_id, rule_id) WHERE ended_at IS NULL;
