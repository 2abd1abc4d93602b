-- By which devices agents are reached. The twin of the SQLite file of the same number.

-- How an agent's devices are rung; no row: together, in the language of the house.
CREATE TABLE agent_ringing (
    agent_id UUID PRIMARY KEY REFERENCES agent(id),
    account_id UUID NOT NULL REFERENCES account(id),
    -- `parallel`, `sequence`.
    ring_order TEXT NOT NULL,
    -- In which they are spoken to before they have accepted.
    language TEXT NOT NULL
);

-- An agent without one is rung wherever their extension is registered.
CREATE TABLE agent_device (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    agent_id UUID NOT NULL REFERENCES agent(id),
    -- `browser`, `desk_phone`, `mobile`.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- From 1; in a sequence the lower one rings before.
    place BIGINT NOT NULL,
    ring_seconds BIGINT NOT NULL,
    active BIGINT NOT NULL,
    -- Of a desk phone that is registered under another extension than the agent's.
    extension TEXT,
    -- Of a mobile.
    number_sealed BYTEA
);
CREATE INDEX agent_device_of_agent ON agent_device (agent_id, place);
