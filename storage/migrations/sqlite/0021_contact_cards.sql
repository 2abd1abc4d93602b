-- What is known of who calls. The twin of the PostgreSQL file of the same number.

-- Somebody said that this contact is to be treated with particular care.
ALTER TABLE contact ADD COLUMN vip INTEGER NOT NULL DEFAULT 0;

-- Notes are found by their words like what was said: a line of a note has no number among the messages, but the note's id.
ALTER TABLE search_line ADD COLUMN note_id BLOB;
CREATE INDEX search_line_note ON search_line (note_id) WHERE note_id IS NOT NULL;
