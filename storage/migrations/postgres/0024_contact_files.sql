-- One file per person, and opening hours. The twin of the SQLite file of the same number.

-- Below VIP, which is a column of its own.
ALTER TABLE contact ADD COLUMN tier TEXT NOT NULL DEFAULT 'standard';
-- Language, fields, consents: JSON.
ALTER TABLE contact ADD COLUMN file_sealed BYTEA;
-- Keyed hash of the name, however it is written.
ALTER TABLE contact ADD COLUMN name_hash BYTEA;
-- Whose file it went into.
ALTER TABLE contact ADD COLUMN merged_into UUID;
ALTER TABLE contact ADD COLUMN created_by UUID;
CREATE INDEX contact_newest ON contact (account_id, id);
CREATE INDEX contact_of_name ON contact (account_id, name_hash) WHERE name_hash IS NOT NULL;

-- How it is known that it is theirs, and since when; 0: as long as the contact.
ALTER TABLE contact_identity ADD COLUMN proof TEXT NOT NULL DEFAULT 'caller';
ALTER TABLE contact_identity ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX identity_of_contact ON contact_identity (contact_id);
-- By which identity it came: keyed hash.
ALTER TABLE conversation ADD COLUMN via_hash BYTEA;

-- What somebody says of themselves; it links nobody.
CREATE TABLE contact_claim (
    contact_id UUID NOT NULL REFERENCES contact(id),
    kind TEXT NOT NULL,
    value_hash BYTEA NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    value_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, kind, value_hash)
);
CREATE INDEX claim_of_value ON contact_claim (account_id, value_hash);
-- Keyed hashes of what a name is found by.
CREATE TABLE contact_word (
    account_id UUID NOT NULL REFERENCES account(id),
    word_hash BYTEA NOT NULL,
    contact_id UUID NOT NULL REFERENCES contact(id),
    PRIMARY KEY (account_id, word_hash, contact_id)
);
CREATE INDEX word_of_contact ON contact_word (contact_id);
CREATE TABLE contact_tag (
    contact_id UUID NOT NULL REFERENCES contact(id),
    tag_id UUID NOT NULL REFERENCES tag(id),
    account_id UUID NOT NULL REFERENCES account(id),
    at BIGINT NOT NULL,
    by_user UUID,
    PRIMARY KEY (contact_id, tag_id)
);
CREATE INDEX contact_of_tag ON contact_tag (tag_id, contact_id);

-- Fields that the account adds to files.
CREATE TABLE contact_field (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- JSON: a list of words.
    choices TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    UNIQUE (account_id, name)
);

-- Two files made one: what moved, so that it can go back.
CREATE TABLE contact_merge (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    kept_id UUID NOT NULL REFERENCES contact(id),
    gone_id UUID NOT NULL REFERENCES contact(id),
    at BIGINT NOT NULL,
    by_user UUID,
    undone_at BIGINT,
    undone_by UUID,
    moved_sealed BYTEA NOT NULL
);
CREATE INDEX merge_into ON contact_merge (kept_id);
CREATE UNIQUE INDEX merge_of ON contact_merge (gone_id) WHERE undone_at IS NULL;

-- Who is kept out.
CREATE TABLE contact_block (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    contact_id UUID NOT NULL REFERENCES contact(id),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'declined', 'lifted')),
    reason_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    until BIGINT,
    proposed_by UUID,
    decided_by UUID,
    decided_at BIGINT
);
CREATE INDEX block_of_contact ON contact_block (contact_id);
CREATE UNIQUE INDEX block_open ON contact_block (contact_id) WHERE state IN ('proposed', 'active');
-- What callers who are kept out hear: JSON.
CREATE TABLE block_answer (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    answer TEXT NOT NULL
);

-- Opening hours with their holidays: JSON.
CREATE TABLE calendar (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
