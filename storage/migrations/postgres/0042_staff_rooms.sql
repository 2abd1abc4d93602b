-- Rooms in which staff write to each other. The twin of the SQLite file of the same number.

CREATE TABLE staff_room (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    -- NULL: the direct messages of two people.
    name TEXT,
    -- Those two, the lower id first; NULL: a room with a name.
    pair_low UUID,
    pair_high UUID,
    -- Of the last line.
    seq BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    line_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX staff_room_pair ON staff_room (account_id, pair_low, pair_high) WHERE pair_low IS NOT NULL;
CREATE INDEX staff_room_of_account ON staff_room (account_id) WHERE name IS NOT NULL;

-- Who is in it. Who leaves has no row any more, and reads nothing of it.
CREATE TABLE staff_member (
    room_id UUID NOT NULL REFERENCES staff_room(id),
    user_id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    -- How far they have read: a number that only grows.
    read_seq BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX staff_member_of_user ON staff_member (user_id);

CREATE TABLE staff_line (
    room_id UUID NOT NULL REFERENCES staff_room(id),
    seq BIGINT NOT NULL,
    id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    -- said, made, added, left, named.
    kind TEXT NOT NULL,
    author_id UUID NOT NULL,
    -- Who was added.
    whom_id UUID,
    -- The conversation it is about. No reference: it may be erased, and what was said of it stays.
    conversation_id UUID,
    text_sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    recalled_at BIGINT,
    -- Keyed hash of the name that its sender gave it: sent again, it is the same one.
    sent_as BYTEA,
    PRIMARY KEY (room_id, seq)
);
CREATE UNIQUE INDEX staff_line_sent_as ON staff_line (account_id, sent_as) WHERE sent_as IS NOT NULL;
CREATE INDEX staff_line_of_author ON staff_line (author_id, at);
