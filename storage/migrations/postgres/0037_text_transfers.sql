-- Texts passed on and shared. The twin of the SQLite file of the same number.

-- A text is passed on without a call.
ALTER TABLE transfer ALTER COLUMN call_id DROP NOT NULL;

-- Only this agent is asked, once: a text that is passed on to them, or in which they are to help.
ALTER TABLE work_item ADD COLUMN sought_agent UUID;
-- By which it came to be.
ALTER TABLE work_item ADD COLUMN transfer_id UUID;
