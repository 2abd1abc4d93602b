-- Quick phrases: what agents say again and again. The twin of the PostgreSQL file of the same number.

CREATE TABLE phrase_category (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    parent_id BLOB REFERENCES phrase_category(id),
    name TEXT NOT NULL,
    -- Lower stands first.
    place INTEGER NOT NULL,
    -- JSON: only agents of these queues see it; empty: everybody does.
    queues TEXT NOT NULL,
    -- Whoever sees it may write in it.
    is_open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX phrase_category_of_account ON phrase_category (account_id, place);

CREATE TABLE quick_phrase (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    category_id BLOB REFERENCES phrase_category(id),
    -- For the agents of this queue; for this person alone; neither: for everybody.
    queue_id BLOB,
    owner_id BLOB,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    -- JSON: by language.
    texts TEXT NOT NULL,
    uses INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX quick_phrase_code ON quick_phrase (account_id, COALESCE(queue_id, owner_id, account_id), code);
CREATE INDEX quick_phrase_of_category ON quick_phrase (category_id);
