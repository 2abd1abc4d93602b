-- What was said, made findable. The twin of the SQLite file of the same number; the index itself differs.

-- A line of a timeline that is searched. The number goes up with the time of the line, so that "newest first" is its order.
CREATE TABLE search_line (
    doc BIGINT PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    speaker TEXT NOT NULL
);
CREATE UNIQUE INDEX search_line_place ON search_line (conversation_id, seq);

-- The keyed hashes of its tokens, in no order; the words themselves are nowhere.
CREATE TABLE search_token (
    doc BIGINT PRIMARY KEY,
    tokens TSVECTOR NOT NULL
);
CREATE INDEX search_token_tokens ON search_token USING GIN (tokens);
-- The planner chooses between the index and going back from the newest line by how common a token is.
ALTER TABLE search_token ALTER COLUMN tokens SET STATISTICS 1000;

CREATE INDEX work_item_of_conversation ON work_item (conversation_id);
