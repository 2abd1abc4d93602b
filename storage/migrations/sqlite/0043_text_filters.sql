-- What is not let in, and how often. The twin of the PostgreSQL file of the same number.

-- Counted by the hour, and by why.
CREATE TABLE turned_away (
    account_id BLOB NOT NULL REFERENCES account(id),
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    hour INTEGER NOT NULL,
    -- too_fast, kept_out, held, refused; calls: called_too_often
    why TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, hour, why)
) STRICT, WITHOUT ROWID;

-- How often one number may call, JSON; no row: as often as they like.
CREATE TABLE caller_rate (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is looked for in texts of contacts, and what is done where it is found. JSON.
CREATE TABLE text_filter (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX text_filter_name ON text_filter (account_id, name);

-- How often a filter found this, and how often somebody said that nothing was wrong with the text.
CREATE TABLE text_filter_find (
    filter_id BLOB NOT NULL REFERENCES text_filter(id),
    find TEXT NOT NULL,
    found INTEGER NOT NULL,
    harmless INTEGER NOT NULL,
    PRIMARY KEY (filter_id, find)
) STRICT, WITHOUT ROWID;

-- A text in which something was found. Let through, it becomes the text of its id.
CREATE TABLE filtered_text (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    -- Keyed hash of the name that its sender gave it.
    sent_as BLOB NOT NULL,
    -- Keyed hash of who wrote it.
    writer BLOB NOT NULL,
    -- mark, hold, refuse
    action TEXT NOT NULL,
    -- JSON: what came.
    said_sealed BLOB NOT NULL,
    -- JSON: which filters found what.
    found_sealed BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- harmless, harmful; NULL: nobody has said.
    verdict TEXT,
    judged_by BLOB,
    judged_at INTEGER,
    -- Where it stands, if it does.
    conversation_id BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX filtered_text_sent_as ON filtered_text (account_id, sent_as);
CREATE INDEX filtered_text_waiting ON filtered_text (account_id, at) WHERE verdict IS NULL;
CREATE INDEX filtered_text_list ON filtered_text (account_id, id);
CREATE INDEX filtered_text_of_writer ON filtered_text (account_id, writer) WHERE verdict IS NULL;

-- Where the number is at home by which it came, as the number plan said it when it came; JSON. NULL: it came by none, or the plan tells nothing.
ALTER TABLE conversation ADD COLUMN place TEXT;
