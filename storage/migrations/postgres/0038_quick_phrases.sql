-- Quick phrases: what agents say again and again. The twin of the SQLite file of the same number.

CREATE TABLE phrase_category (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    parent_id UUID REFERENCES phrase_category(id),
    name TEXT NOT NULL,
    -- Lower stands first.
    place BIGINT NOT NULL,
    -- JSON: only agents of these queues see it; empty: everybody does.
    queues TEXT NOT NULL,
    -- Whoever sees it may write in it.
    is_open BOOLEAN NOT NULL
);
CREATE INDEX phrase_category_of_account ON phrase_category (account_id, place);

CREATE TABLE quick_phrase (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    category_id UUID REFERENCES phrase_category(id),
    -- For the agents of this queue; for this person alone; neither: for everybody.
    queue_id UUID,
    owner_id UUID,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    -- JSON: by language.
    texts TEXT NOT NULL,
    uses BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX quick_phrase_code ON quick_phrase (account_id, COALESCE(queue_id, owner_id, account_id), code);
CREATE INDEX quick_phrase_of_category ON quick_phrase (category_id);
