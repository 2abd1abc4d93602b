-- What a restart must not forget of telephones and operators. The twin of the PostgreSQL file of the same number.

-- The contacts of an extension, as the registrar wrote them; sealed, because they say where a person is.
CREATE TABLE registration (
    account_id BLOB NOT NULL REFERENCES account(id),
    extension TEXT NOT NULL,
    contacts_sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, extension)
) STRICT, WITHOUT ROWID;

-- What we prove ourselves by to the operator of a trunk.
ALTER TABLE trunk ADD COLUMN password_sealed BLOB;
