-- Reports read the kept places of a period, open or closed. The twin of the PostgreSQL file of the same number.

CREATE INDEX callback_places_of_period ON callback (account_id, place_since) WHERE place_since IS NOT NULL;
