-- First call. The twin of the PostgreSQL file of the same number; a test compares tables and columns.
-- Ids are UUIDv7 (16 bytes), times µs UTC, JSON is TEXT; `_sealed` columns are closed by the vault.

CREATE TABLE account (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last number given in each account's gapless sequences. Rows of their own: they are the hot ones.
CREATE TABLE outbox_head (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_head (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    seq INTEGER NOT NULL,
    link BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agent (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    presence TEXT NOT NULL,
    presence_reason TEXT,
    presence_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_account (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles TEXT NOT NULL,
    agent_id BLOB REFERENCES agent(id),
    extension TEXT,
    ha1_md5_sealed BLOB,
    ha1_sha256_sealed BLOB,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, extension)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    user_id BLOB NOT NULL REFERENCES user_account(id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE queue (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_agent (
    queue_id BLOB NOT NULL REFERENCES queue(id),
    agent_id BLOB NOT NULL REFERENCES agent(id),
    level INTEGER NOT NULL,
    PRIMARY KEY (queue_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    published INTEGER,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_version (
    flow_id BLOB NOT NULL REFERENCES flow(id),
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by BLOB,
    PRIMARY KEY (flow_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    flow_id BLOB REFERENCES flow(id),
    closed_until INTEGER,
    closed_prompt TEXT,
    closed_action TEXT,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE inbox_number (
    account_id BLOB NOT NULL REFERENCES account(id),
    number TEXT NOT NULL,
    inbox_id BLOB NOT NULL REFERENCES inbox(id),
    PRIMARY KEY (account_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE trunk (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    networks TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name_sealed BLOB,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE contact_identity (
    account_id BLOB NOT NULL REFERENCES account(id),
    kind TEXT NOT NULL,
    value_hash BLOB NOT NULL,
    contact_id BLOB NOT NULL REFERENCES contact(id),
    value_sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, kind, value_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    channel TEXT NOT NULL,
    contact_id BLOB REFERENCES contact(id),
    inbox_id BLOB,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    speaker TEXT NOT NULL,
    agent_id BLOB,
    text_sealed BLOB NOT NULL,
    start_ms INTEGER,
    end_ms INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE call (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    direction TEXT NOT NULL,
    origin TEXT NOT NULL,
    parties_sealed BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER,
    cause TEXT,
    ended_by TEXT,
    sheet_sealed BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX call_of_conversation ON call (conversation_id);
CREATE INDEX call_open ON call (account_id) WHERE ended_at IS NULL;

-- What the journal writes refers to configuration without foreign keys: one call of a queue that was deleted meanwhile must
-- not make a set of a hundred calls fail.
CREATE TABLE call_event (
    call_id BLOB NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload_sealed BLOB NOT NULL,
    PRIMARY KEY (call_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE participation (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    call_id BLOB REFERENCES call(id),
    agent_id BLOB NOT NULL,
    queue_id BLOB,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    hold_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX participation_of_conversation ON participation (conversation_id);
CREATE INDEX participation_of_agent ON participation (agent_id, started_at);

CREATE TABLE work_item (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    conversation_id BLOB NOT NULL REFERENCES conversation(id),
    call_id BLOB REFERENCES call(id),
    queue_id BLOB NOT NULL,
    medium TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'active', 'closed')),
    enqueued_at INTEGER NOT NULL,
    left_at INTEGER,
    outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX work_item_of_call ON work_item (call_id);
CREATE INDEX work_item_open ON work_item (account_id) WHERE state <> 'closed';

-- An offer that was accepted is the assignment; it lives until the agent's part is over.
CREATE TABLE offer (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    work_item_id BLOB NOT NULL REFERENCES work_item(id),
    agent_id BLOB NOT NULL,
    queue_id BLOB NOT NULL,
    medium TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'ended')),
    epoch INTEGER NOT NULL,
    offered_at INTEGER NOT NULL,
    accepted_at INTEGER,
    ended_at INTEGER,
    outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_live_offer_per_work_item ON offer (work_item_id) WHERE state <> 'ended';
CREATE UNIQUE INDEX one_live_voice_offer_per_agent ON offer (agent_id) WHERE state <> 'ended' AND medium = 'voice';

CREATE TABLE presence_change (
    agent_id BLOB NOT NULL REFERENCES agent(id),
    n INTEGER NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    at INTEGER NOT NULL,
    presence TEXT NOT NULL,
    reason TEXT,
    queue_id BLOB,
    actor TEXT NOT NULL,
    PRIMARY KEY (agent_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE disposition (
    participation_id BLOB PRIMARY KEY REFERENCES participation(id),
    account_id BLOB NOT NULL REFERENCES account(id),
    code TEXT NOT NULL,
    note_sealed BLOB,
    set_at INTEGER NOT NULL,
    set_by BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entry (
    account_id BLOB NOT NULL REFERENCES account(id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before_change TEXT,
    after_change TEXT,
    result TEXT NOT NULL,
    address TEXT,
    link BLOB NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    account_id BLOB NOT NULL REFERENCES account(id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload_sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    kind TEXT NOT NULL,
    key TEXT UNIQUE,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
    lease_owner TEXT,
    lease_until INTEGER,
    last_error TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX job_due ON job (run_at) WHERE state IN ('ready', 'running');

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    node TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
