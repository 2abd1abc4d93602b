-- Tickets. The twin of the SQLite file of the same number.

-- Who settles tickets without talking to contacts.
CREATE TABLE department (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    disabled BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX department_name ON department (account_id, name);
CREATE TABLE department_member (
    department_id UUID NOT NULL REFERENCES department(id),
    user_id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    PRIMARY KEY (department_id, user_id)
);
CREATE INDEX department_of_user ON department_member (user_id);

CREATE TABLE ticket_type (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    -- JSON: fields, limit, calendar, department, texts to the contact.
    settings TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX ticket_type_name ON ticket_type (account_id, name);

-- The last number that was given.
CREATE TABLE ticket_head (
    account_id UUID PRIMARY KEY REFERENCES account(id),
    number BIGINT NOT NULL
);
CREATE TABLE ticket (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    number BIGINT NOT NULL,
    type_id UUID NOT NULL REFERENCES ticket_type(id),
    title_sealed BYTEA NOT NULL,
    problem_sealed BYTEA NOT NULL,
    -- JSON: what was filled in, by the names of the type's fields.
    fields_sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'waiting', 'solved', 'archived')),
    -- Higher stands first.
    priority BIGINT NOT NULL,
    department_id UUID,
    assignee_id UUID,
    contact_id UUID,
    -- In which talk it came up.
    conversation_id UUID,
    created_by UUID,
    created_at BIGINT NOT NULL,
    due_at BIGINT,
    changed_at BIGINT NOT NULL,
    solved_at BIGINT,
    archived_at BIGINT
);
CREATE UNIQUE INDEX ticket_number ON ticket (account_id, number);
CREATE INDEX ticket_at_work ON ticket (account_id, priority, due_at) WHERE state IN ('open', 'pending', 'waiting');
CREATE INDEX ticket_of_contact ON ticket (contact_id);
CREATE INDEX ticket_of_conversation ON ticket (conversation_id);
CREATE INDEX ticket_of_assignee ON ticket (assignee_id);
CREATE INDEX ticket_of_department ON ticket (department_id);

-- The history of a ticket: every change, with who and when.
CREATE TABLE ticket_entry (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account(id),
    ticket_id UUID NOT NULL REFERENCES ticket(id),
    -- `created`, `moved`, `prioritised`, `assigned`, `rewritten`, `remark`, `told`.
    kind TEXT NOT NULL,
    was TEXT,
    became TEXT,
    text_sealed BYTEA,
    -- NULL: the house.
    by_user UUID,
    at BIGINT NOT NULL
);
CREATE INDEX entry_of_ticket ON ticket_entry (ticket_id, id);
-- Keyed hashes of what a ticket is found by.
CREATE TABLE ticket_word (
    account_id UUID NOT NULL REFERENCES account(id),
    word_hash BYTEA NOT NULL,
    ticket_id UUID NOT NULL REFERENCES ticket(id),
    PRIMARY KEY (account_id, word_hash, ticket_id)
);
CREATE INDEX word_of_ticket ON ticket_word (ticket_id);
