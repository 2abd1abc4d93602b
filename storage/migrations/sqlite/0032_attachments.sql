-- Files that people send each other. The twin of the PostgreSQL file of the same number.

-- What it contains lies sealed in the data folder (attachments/), under its id.
CREATE TABLE attachment (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- By which inbox it came or goes.
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    -- Who of us brought it; NULL: a contact.
    author_id BLOB,
    -- The text it belongs to, and its place there; NULL: it was brought, and no text with it was sent yet.
    message_id BLOB,
    place INTEGER,
    kind TEXT NOT NULL,
    mime TEXT NOT NULL,
    name_sealed BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_of_message ON attachment (message_id, place);
CREATE INDEX attachment_unsent ON attachment (account_id, at) WHERE message_id IS NULL;
