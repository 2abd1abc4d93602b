-- First call. Ids are UUIDv7, times BIGINT µs UTC, JSON is TEXT; `_sealed` columns are closed by the vault.

CREATE TABLE account (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    wrapped_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- The last number given in each account's gapless sequences. Rows of their own: they are the hot ones.
CREATE TABLE outbox_head (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    seq BIGINT NOT NULL
);
CREATE TABLE audit_head (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    seq BIGINT NOT NULL,
    link BYTEA NOT NULL
);

CREATE TABLE agent (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    presence TEXT NOT NULL,
    presence_reason TEXT,
    presence_since BIGINT NOT NULL
);

CREATE TABLE user_account (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles TEXT NOT NULL,
    agent_id UUID REFERENCES agent(id),
    extension TEXT,
    ha1_md5_sealed BYTEA,
    ha1_sha256_sealed BYTEA,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, extension)
);

CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    user_id UUID NOT NULL REFERENCES user_account(id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT
);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE queue (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE queue_agent (
    queue_id UUID NOT NULL REFERENCES queue(id),
    agent_id UUID NOT NULL REFERENCES agent(id),
    level BIGINT NOT NULL,
    PRIMARY KEY (queue_id, agent_id)
);

CREATE TABLE flow (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    published BIGINT,
    UNIQUE (account_id, name)
);
CREATE TABLE flow_version (
    flow_id UUID NOT NULL REFERENCES flow(id),
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    PRIMARY KEY (flow_id, version)
);

CREATE TABLE inbox (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    flow_id UUID REFERENCES flow(id),
    closed_until BIGINT,
    closed_prompt TEXT,
    closed_action TEXT,
    UNIQUE (account_id, name)
);
CREATE TABLE inbox_number (
    account_id UUID NOT NULL REFERENCES account(id),
    number TEXT NOT NULL,
    inbox_id UUID NOT NULL REFERENCES inbox(id),
    PRIMARY KEY (account_id, number)
);

CREATE TABLE trunk (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    networks TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE contact (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name_sealed BYTEA,
    created_at BIGINT NOT NULL
);
CREATE TABLE contact_identity (
    account_id UUID NOT NULL REFERENCES account(id),
    kind TEXT NOT NULL,
    value_hash BYTEA NOT NULL,
    contact_id UUID NOT NULL REFERENCES contact(id),
    value_sealed BYTEA NOT NULL,
    PRIMARY KEY (account_id, kind, value_hash)
);

CREATE TABLE conversation (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    channel TEXT NOT NULL,
    contact_id UUID REFERENCES contact(id),
    inbox_id UUID,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    seq BIGINT NOT NULL
);

CREATE TABLE message (
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    seq BIGINT NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    speaker TEXT NOT NULL,
    agent_id UUID,
    text_sealed BYTEA NOT NULL,
    start_ms BIGINT,
    end_ms BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);

CREATE TABLE call (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    direction TEXT NOT NULL,
    origin TEXT NOT NULL,
    parties_sealed BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    cause TEXT,
    ended_by TEXT,
    sheet_sealed BYTEA
);
CREATE INDEX call_of_conversation ON call (conversation_id);
CREATE INDEX call_open ON call (account_id) WHERE ended_at IS NULL;

-- What the journal writes refers to configuration without foreign keys: one call of a queue that was deleted meanwhile must
-- not make a set of a hundred calls fail.
CREATE TABLE call_event (
    call_id UUID NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload_sealed BYTEA NOT NULL,
    PRIMARY KEY (call_id, n)
);

CREATE TABLE participation (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    call_id UUID REFERENCES call(id),
    agent_id UUID NOT NULL,
    queue_id UUID,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    hold_us BIGINT NOT NULL
);
CREATE INDEX participation_of_conversation ON participation (conversation_id);
CREATE INDEX participation_of_agent ON participation (agent_id, started_at);

CREATE TABLE work_item (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    conversation_id UUID NOT NULL REFERENCES conversation(id),
    call_id UUID REFERENCES call(id),
    queue_id UUID NOT NULL,
    medium TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'active', 'closed')),
    enqueued_at BIGINT NOT NULL,
    left_at BIGINT,
    outcome TEXT
);
CREATE INDEX work_item_of_call ON work_item (call_id);
CREATE INDEX work_item_open ON work_item (account_id) WHERE state <> 'closed';

-- An offer that was accepted is the assignment; it lives until the agent's part is over.
CREATE TABLE offer (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    work_item_id UUID NOT NULL REFERENCES work_item(id),
    agent_id UUID NOT NULL,
    queue_id UUID NOT NULL,
    medium TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'ended')),
    epoch BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    accepted_at BIGINT,
    ended_at BIGINT,
    outcome TEXT
);
CREATE UNIQUE INDEX one_live_offer_per_work_item ON offer (work_item_id) WHERE state <> 'ended';
CREATE UNIQUE INDEX one_live_voice_offer_per_agent ON offer (agent_id) WHERE state <> 'ended' AND medium = 'voice';

CREATE TABLE presence_change (
    agent_id UUID NOT NULL REFERENCES agent(id),
    n BIGINT NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    at BIGINT NOT NULL,
    presence TEXT NOT NULL,
    reason TEXT,
    queue_id UUID,
    actor TEXT NOT NULL,
    PRIMARY KEY (agent_id, n)
);

CREATE TABLE disposition (
    participation_id UUID PRIMARY KEY REFERENCES participation(id),
    account_id UUID NOT NULL REFERENCES account(id),
    code TEXT NOT NULL,
    note_sealed BYTEA,
    set_at BIGINT NOT NULL,
    set_by UUID
);

CREATE TABLE audit_entry (
    account_id UUID NOT NULL REFERENCES account(id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before_change TEXT,
    after_change TEXT,
    result TEXT NOT NULL,
    address TEXT,
    link BYTEA NOT NULL,
    PRIMARY KEY (account_id, seq)
);

CREATE TABLE event (
    account_id UUID NOT NULL REFERENCES account(id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    type TEXT NOT NULL,
    payload_sealed BYTEA NOT NULL,
    PRIMARY KEY (account_id, seq)
);

CREATE TABLE job (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    kind TEXT NOT NULL,
    key TEXT UNIQUE,
    payload TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
    lease_owner TEXT,
    lease_until BIGINT,
    last_error TEXT
);
CREATE INDEX job_due ON job (run_at) WHERE state IN ('ready', 'running');

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    node TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
