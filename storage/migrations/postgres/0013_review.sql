-- What reviewers write beside a recording, and where they mend what an engine heard. The twin of the SQLite file of the same
-- number.

-- A remark at a moment of a recording.
CREATE TABLE recording_comment (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    recording_id UUID NOT NULL REFERENCES recording(id),
    at_ms BIGINT NOT NULL,
    text_sealed BYTEA NOT NULL,
    -- Who wrote it: a user.
    author UUID NOT NULL,
    written_at BIGINT NOT NULL
);
CREATE INDEX recording_comment_of_recording ON recording_comment (recording_id, at_ms);

-- What a line said before it was corrected; `n` counts a line's corrections from 1. The line itself has the newest text.
CREATE TABLE line_correction (
    id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    seq BIGINT NOT NULL,
    n BIGINT NOT NULL,
    was_sealed BYTEA NOT NULL,
    author UUID NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (conversation_id, seq, n)
);
