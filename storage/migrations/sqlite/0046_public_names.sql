-- What contacts read in the place of an agent's name. The twin of the PostgreSQL file of the same number.

ALTER TABLE agent ADD COLUMN public_name TEXT;
