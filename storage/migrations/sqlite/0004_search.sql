-- What was said, made findable. The twin of the PostgreSQL file of the same number; the index itself differs.

-- A line of a timeline that is searched. The number goes up with the time of the line, so that "newest first" is its order.
CREATE TABLE search_line (
    doc INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    speaker TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_line_place ON search_line (conversation_id, seq);

-- The keyed hashes of its tokens, in no order; the words themselves are nowhere.
CREATE VIRTUAL TABLE search_token USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

CREATE INDEX work_item_of_conversation ON work_item (conversation_id);
