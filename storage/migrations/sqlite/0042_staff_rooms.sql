-- Rooms in which staff write to each other. The twin of the PostgreSQL file of the same number.

CREATE TABLE staff_room (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- NULL: the direct messages of two people.
    name TEXT,
    -- Those two, the lower id first; NULL: a room with a name.
    pair_low BLOB,
    pair_high BLOB,
    -- Of the last line.
    seq INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    line_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX staff_room_pair ON staff_room (account_id, pair_low, pair_high) WHERE pair_low IS NOT NULL;
CREATE INDEX staff_room_of_account ON staff_room (account_id) WHERE name IS NOT NULL;

-- Who is in it. Who leaves has no row any more, and reads nothing of it.
CREATE TABLE staff_member (
    room_id BLOB NOT NULL REFERENCES staff_room(id),
    user_id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- How far they have read: a number that only grows.
    read_seq INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_member_of_user ON staff_member (user_id);

CREATE TABLE staff_line (
    room_id BLOB NOT NULL REFERENCES staff_room(id),
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- said, made, added, left, named.
    kind TEXT NOT NULL,
    author_id BLOB NOT NULL,
    -- Who was added.
    whom_id BLOB,
    -- The conversation it is about. No reference: it may be erased, and what was said of it stays.
    conversation_id BLOB,
    text_sealed BLOB NOT NULL,
    at INTEGER NOT NULL,
    recalled_at INTEGER,
    -- Keyed hash of the name that its sender gave it: sent again, it is the same one.
    sent_as BLOB,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX staff_line_sent_as ON staff_line (account_id, sent_as) WHERE sent_as IS NOT NULL;
CREATE INDEX staff_line_of_author ON staff_line (author_id, at);
