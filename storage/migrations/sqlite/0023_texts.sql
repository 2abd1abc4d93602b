-- Conversations by text. The twin of the PostgreSQL file of the same number.

-- An inbox for texts: whose queue answers, and what is said by itself.
CREATE TABLE text_inbox (
    inbox_id BLOB PRIMARY KEY REFERENCES inbox(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    queue_id BLOB NOT NULL,
    -- JSON: where texts go out to, and the inbox's manners.
    settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What texts to and from it are signed with. More than one while they are being changed.
CREATE TABLE inbox_secret (
    id BLOB PRIMARY KEY,
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    secret_sealed BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    -- NULL: until another one is made.
    ends_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_secret_of_inbox ON inbox_secret (inbox_id);

-- What is known of a conversation by text beside the conversation.
CREATE TABLE text_matter (
    conversation_id BLOB PRIMARY KEY REFERENCES conversation(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    queue_id BLOB NOT NULL,
    -- The name by which the channel knows the contact.
    address_sealed BLOB NOT NULL,
    contact_at INTEGER NOT NULL,
    answered_at INTEGER,
    reminded_at INTEGER,
    told_away INTEGER NOT NULL,
    -- How far the contact has got our texts and read them, and how far we have read: numbers of messages that only grow.
    delivered_seq INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    seen_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A text that came in or goes out. What it says is its row of `message`, under the same id.
CREATE TABLE text_message (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    seq INTEGER NOT NULL,
    -- Who of us wrote it; NULL: the contact, or the house.
    author_id BLOB,
    -- Keyed hash of the name that its sender gave it: sent again, it is the same one.
    sent_as BLOB NOT NULL,
    -- Of one that goes out; NULL: it came in.
    state TEXT,
    reason TEXT,
    recalled_at INTEGER,
    edited_at INTEGER,
    -- As it was sent first, where it was recalled or edited.
    first_sealed BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX text_message_sent_as ON text_message (account_id, sent_as);
CREATE UNIQUE INDEX text_message_place ON text_message (conversation_id, seq);
CREATE INDEX text_message_pending ON text_message (conversation_id, seq) WHERE state = 'pending';
CREATE INDEX work_item_text ON work_item (account_id) WHERE state <> 'closed' AND medium = 'text';
