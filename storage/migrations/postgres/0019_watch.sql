-- What leaders are warned of, and who wants their help. The twin of the SQLite file of the same number.

CREATE TABLE help_wanted (
    agent_id UUID PRIMARY KEY REFERENCES agent(id),
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID,
    text_sealed BYTEA,
    at BIGINT NOT NULL
);

CREATE TABLE alert_rule (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    -- JSON: metric, threshold, for, queue, cool-down.
    rule TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    UNIQUE (account_id, name)
);

-- One warning, from its rise to its end.
CREATE TABLE alert (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    rule_id UUID NOT NULL,
    name TEXT NOT NULL,
    metric TEXT NOT NULL,
    -- Of what: `queue:<id>`, `agent:<id>`, `trunk:<id>`, `house`.
    subject TEXT NOT NULL,
    value TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    ended_at BIGINT,
    acknowledged_at BIGINT,
    acknowledged_by UUID,
    measure TEXT
);
CREATE INDEX alert_newest ON alert (account_id, id);
CREATE INDEX alert_open ON alert (account_id, rule_id) WHERE ended_at IS NULL;
