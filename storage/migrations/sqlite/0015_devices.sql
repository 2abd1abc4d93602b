-- By which devices agents are reached. The twin of the PostgreSQL file of the same number.

-- How an agent's devices are rung; no row: together, in the language of the house.
CREATE TABLE agent_ringing (
    agent_id BLOB PRIMARY KEY REFERENCES agent(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    -- `parallel`, `sequence`.
    ring_order TEXT NOT NULL,
    -- In which they are spoken to before they have accepted.
    language TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An agent without one is rung wherever their extension is registered.
CREATE TABLE agent_device (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    agent_id BLOB NOT NULL REFERENCES agent(id),
    -- `browser`, `desk_phone`, `mobile`.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- From 1; in a sequence the lower one rings before.
    place INTEGER NOT NULL,
    ring_seconds INTEGER NOT NULL,
    active INTEGER NOT NULL,
    -- Of a desk phone that is registered under another extension than the agent's.
    extension TEXT,
    -- Of a mobile.
    number_sealed BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_device_of_agent ON agent_device (agent_id, place);
