-- Visitors of web sites. The twin of the PostgreSQL file of the same number.

-- Somebody who has opened the chat of a site. They are known by the token that their browser keeps; here is its keyed hash.
CREATE TABLE visitor (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    token_hash BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX visitor_token ON visitor (inbox_id, token_hash);

-- From where a conversation was begun: page, device, how to answer. JSON, sealed.
CREATE TABLE visit (
    conversation_id BLOB PRIMARY KEY REFERENCES conversation(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    said_sealed BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
