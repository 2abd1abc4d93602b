-- What is open among all that ever was: asked every few seconds. The twin of the SQLite file of the same number.

CREATE INDEX conversation_open ON conversation (account_id) WHERE closed_at IS NULL;
