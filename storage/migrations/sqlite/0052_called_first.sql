-- Kept places whose contact is called before an agent is asked. The twin of the PostgreSQL file of the same number.

-- The last call was made by the house: whoever was not reached in it was called, though no agent had picked up.
ALTER TABLE callback ADD COLUMN called_first INTEGER NOT NULL DEFAULT 0;
