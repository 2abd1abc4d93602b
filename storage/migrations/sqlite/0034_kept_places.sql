-- Places that callers keep when they hang up. The twin of the PostgreSQL file of the same number.

-- Since when they wait, and as what (JSON: priority, treatment). Of a callback promised for a time neither.
ALTER TABLE callback ADD COLUMN place_since INTEGER;
ALTER TABLE callback ADD COLUMN place TEXT;
-- The work item by which they wait now, or waited last.
ALTER TABLE callback ADD COLUMN work_item_id BLOB;
CREATE INDEX callback_place ON callback (account_id, place_since) WHERE state = 'promised' AND place_since IS NOT NULL;
