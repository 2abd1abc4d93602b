-- Visitors of web sites. The twin of the SQLite file of the same number.

-- Somebody who has opened the chat of a site. They are known by the token that their browser keeps; here is its keyed hash.
CREATE TABLE visitor (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    inbox_id UUID NOT NULL REFERENCES inbox(id),
    token_hash BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX visitor_token ON visitor (inbox_id, token_hash);

-- From where a conversation was begun: page, device, how to answer. JSON, sealed.
CREATE TABLE visit (
    conversation_id UUID PRIMARY KEY REFERENCES conversation(id),
    account_id UUID NOT NULL REFERENCES account(id),
    said_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL
);
