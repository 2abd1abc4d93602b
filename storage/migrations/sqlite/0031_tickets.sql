-- Tickets. The twin of the PostgreSQL file of the same number.

-- Who settles tickets without talking to contacts.
CREATE TABLE department (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    disabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX department_name ON department (account_id, name);
CREATE TABLE department_member (
    department_id BLOB NOT NULL REFERENCES department(id),
    user_id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    PRIMARY KEY (department_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX department_of_user ON department_member (user_id);

CREATE TABLE ticket_type (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    name TEXT NOT NULL,
    -- JSON: fields, limit, calendar, department, texts to the contact.
    settings TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_type_name ON ticket_type (account_id, name);

-- The last number that was given.
CREATE TABLE ticket_head (
    account_id BLOB PRIMARY KEY REFERENCES account(id),
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ticket (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    number INTEGER NOT NULL,
    type_id BLOB NOT NULL REFERENCES ticket_type(id),
    title_sealed BLOB NOT NULL,
    problem_sealed BLOB NOT NULL,
    -- JSON: what was filled in, by the names of the type's fields.
    fields_sealed BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'waiting', 'solved', 'archived')),
    -- Higher stands first.
    priority INTEGER NOT NULL,
    department_id BLOB,
    assignee_id BLOB,
    contact_id BLOB,
    -- In which talk it came up.
    conversation_id BLOB,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    changed_at INTEGER NOT NULL,
    solved_at INTEGER,
    archived_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_number ON ticket (account_id, number);
CREATE INDEX ticket_at_work ON ticket (account_id, priority, due_at) WHERE state IN ('open', 'pending', 'waiting');
CREATE INDEX ticket_of_contact ON ticket (contact_id);
CREATE INDEX ticket_of_conversation ON ticket (conversation_id);
CREATE INDEX ticket_of_assignee ON ticket (assignee_id);
CREATE INDEX ticket_of_department ON ticket (department_id);

-- The history of a ticket: every change, with who and when.
CREATE TABLE ticket_entry (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account(id),
    ticket_id BLOB NOT NULL REFERENCES ticket(id),
    -- `created`, `moved`, `prioritised`, `assigned`, `rewritten`, `remark`, `told`.
    kind TEXT NOT NULL,
    was TEXT,
    became TEXT,
    text_sealed BLOB,
    -- NULL: the house.
    by_user BLOB,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_of_ticket ON ticket_entry (ticket_id, id);
-- Keyed hashes of what a ticket is found by.
CREATE TABLE ticket_word (
    account_id BLOB NOT NULL REFERENCES account(id),
    word_hash BLOB NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES ticket(id),
    PRIMARY KEY (account_id, word_hash, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX word_of_ticket ON ticket_word (ticket_id);
