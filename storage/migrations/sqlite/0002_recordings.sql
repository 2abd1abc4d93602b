-- Recordings and transcripts. The twin of the PostgreSQL file of the same number.

CREATE TABLE recording (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL,
    call_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'started', 'sealing', 'stored', 'verified', 'failed', 'erased')),
    reason TEXT,
    -- Wrapped by the account's key. Without it the sound is noise: erasing it erases the recording.
    wrapped_key BLOB,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    duration_ms INTEGER,
    -- Of the block log as it lies in its file, and the last link of its chain.
    sha256 BLOB,
    chain_head BLOB,
    -- JSON: [{"from_ms", "to_ms", "reason"}].
    gaps TEXT NOT NULL,
    rendered_sha256 BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_of_conversation ON recording (conversation_id);
CREATE INDEX recording_unfinished ON recording (account_id) WHERE state IN ('requested', 'started', 'sealing');

-- One pass of one engine over one call. Several may exist; the newest final one counts.
CREATE TABLE transcript (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL,
    call_id BLOB NOT NULL,
    recording_id BLOB,
    pass TEXT NOT NULL CHECK (pass IN ('live', 'final')),
    engine TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'no_engine', 'failed', 'superseded')),
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX transcript_of_conversation ON transcript (conversation_id);

-- A segment is a line of the timeline that says which transcript it belongs to.
ALTER TABLE message ADD COLUMN transcript_id BLOB;

-- When calls to this inbox are recorded; JSON. NULL: as the configuration says.
ALTER TABLE inbox ADD COLUMN recording TEXT;
