-- Recordings and transcripts. The twin of the SQLite file of the same number.

CREATE TABLE recording (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL,
    call_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'started', 'sealing', 'stored', 'verified', 'failed', 'erased')),
    reason TEXT,
    -- Wrapped by the account's key. Without it the sound is noise: erasing it erases the recording.
    wrapped_key BYTEA,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    duration_ms BIGINT,
    -- Of the block log as it lies in its file, and the last link of its chain.
    sha256 BYTEA,
    chain_head BYTEA,
    -- JSON: [{"from_ms", "to_ms", "reason"}].
    gaps TEXT NOT NULL,
    rendered_sha256 BYTEA
);
CREATE INDEX recording_of_conversation ON recording (conversation_id);
CREATE INDEX recording_unfinished ON recording (account_id) WHERE state IN ('requested', 'started', 'sealing');

-- One pass of one engine over one call. Several may exist; the newest final one counts.
CREATE TABLE transcript (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL,
    call_id UUID NOT NULL,
    recording_id UUID,
    pass TEXT NOT NULL CHECK (pass IN ('live', 'final')),
    engine TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'no_engine', 'failed', 'superseded')),
    reason TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX transcript_of_conversation ON transcript (conversation_id);

-- A segment is a line of the timeline that says which transcript it belongs to.
ALTER TABLE message ADD COLUMN transcript_id UUID;

-- When calls to this inbox are recorded; JSON. NULL: as the configuration says.
ALTER TABLE inbox ADD COLUMN recording TEXT;
