-- What a restart must not forget of telephones and operators. The twin of the SQLite file of the same number.

-- The contacts of an extension, as the registrar wrote them; sealed, because they say where a person is.
CREATE TABLE registration (
    account_id UUID NOT NULL REFERENCES account(id),
    extension TEXT NOT NULL,
    contacts_sealed BYTEA NOT NULL,
    PRIMARY KEY (account_id, extension)
);

-- What we prove ourselves by to the operator of a trunk.
ALTER TABLE trunk ADD COLUMN password_sealed BYTEA;
