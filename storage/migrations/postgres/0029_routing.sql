-- How work finds its agent. The twin of the SQLite file of the same number.

-- Several agents may be asked at the same time; one has it.
DROP INDEX one_live_offer_per_work_item;
CREATE UNIQUE INDEX one_winner_per_work_item ON offer (work_item_id) WHERE state = 'accepted';
CREATE INDEX offer_of_work_item ON offer (work_item_id);
-- Why this agent was asked: JSON, as routing says it.
ALTER TABLE offer ADD COLUMN why TEXT;
-- Whom a contact has for themselves.
ALTER TABLE contact ADD COLUMN dedicated_agent UUID;
-- Channels whose work has an advantage, waits, or is turned away.
CREATE TABLE channel_setup (
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    priority BIGINT NOT NULL,
    switch TEXT NOT NULL CHECK (switch IN ('on', 'hold', 'refuse')),
    PRIMARY KEY (account_id, name)
);
