-- Which calls are recorded, queue by queue, and which recordings must be kept. The twin of the PostgreSQL file of the same number.

-- When the calls of this queue are recorded; JSON. NULL: as the number says that was dialled.
ALTER TABLE queue ADD COLUMN recording TEXT;
-- Why it must not be erased. NULL: it may be.
ALTER TABLE recording ADD COLUMN held TEXT;
