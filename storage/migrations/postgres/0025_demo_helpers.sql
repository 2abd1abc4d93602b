-- Who helps in a demo's busy hour. The twin of the SQLite file of the same number.

-- Agents whom the house made for it, and whose telephones it answers itself. They go away with the pack.
CREATE TABLE demo_helper (
    agent_id UUID PRIMARY KEY REFERENCES agent(id),
    account_id UUID NOT NULL REFERENCES account(id),
    user_id UUID NOT NULL REFERENCES user_account(id)
);
