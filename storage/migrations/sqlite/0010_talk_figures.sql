-- How people talked. The twin of the PostgreSQL file of the same number.

-- While two were connected: how long neither spoke, and how long both did at once. NULL: nobody measured it.
ALTER TABLE transcript ADD COLUMN silence_ms INTEGER;
ALTER TABLE transcript ADD COLUMN talk_over_ms INTEGER;
