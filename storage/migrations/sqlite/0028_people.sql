-- How people who sign in are reached, in which language they work, and what they have chosen. The twin of the PostgreSQL file of
-- the same number.

ALTER TABLE user_account ADD COLUMN email_sealed BLOB;
-- Keyed: an address belongs to one person of an account.
ALTER TABLE user_account ADD COLUMN email_hash BLOB;
-- BCP 47; NULL: as their browser reads.
ALTER TABLE user_account ADD COLUMN language TEXT;
-- Somebody else knows their password.
ALTER TABLE user_account ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;
-- JSON, of what follows them from one browser to the next.
ALTER TABLE user_account ADD COLUMN preferences TEXT;
CREATE UNIQUE INDEX user_account_email ON user_account (account_id, email_hash);
