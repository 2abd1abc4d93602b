-- Help desks of the house, for its own people. The twin of the PostgreSQL file of the same number.

-- Of which user of ours it is the file; NULL: of a customer.
ALTER TABLE contact ADD COLUMN staff_id BLOB;
CREATE UNIQUE INDEX contact_of_staff ON contact (account_id, staff_id) WHERE staff_id IS NOT NULL;
-- What figures leave out unless somebody asks for it.
CREATE INDEX conversation_internal ON conversation (account_id, opened_at) WHERE channel = 'help_desk';
