-- What reviewers write beside a recording, and where they mend what an engine heard. The twin of the PostgreSQL file of the same
-- number.

-- A remark at a moment of a recording.
CREATE TABLE recording_comment (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    recording_id BLOB NOT NULL REFERENCES recording(id),
    at_ms INTEGER NOT NULL,
    text_sealed BLOB NOT NULL,
    -- Who wrote it: a user.
    author BLOB NOT NULL,
    written_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_comment_of_recording ON recording_comment (recording_id, at_ms);

-- What a line said before it was corrected; `n` counts a line's corrections from 1. The line itself has the newest text.
CREATE TABLE line_correction (
    id BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    seq INTEGER NOT NULL,
    n INTEGER NOT NULL,
    was_sealed BLOB NOT NULL,
    author BLOB NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (conversation_id, seq, n)
) STRICT, WITHOUT ROWID;
