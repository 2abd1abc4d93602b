//! The fields that an account adds to the files of its contacts.

use crate::{StoreError, Tx};
use ringdesk_contacts::{FieldKind, FieldRule};
use ringdesk_model::{AccountId, ContactFieldId};
use uuid::Uuid;

/// In the order they were made.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<(ContactFieldId, FieldRule)>, StoreError> {
    let found: Vec<(Uuid, String, String, String, bool, bool)> = rows!(
        tx,
        "SELECT id, name, kind, choices, sensitive, disabled FROM contact_field WHERE account_id = $1 ORDER BY id",
        account.0
    )?;
    let rule = |(id, name, kind, choices, sensitive, disabled): (Uuid, String, String, String, bool, bool)| {
        let kind = FieldKind::parse(&kind).ok_or_else(|| StoreError::unreadable("a field", "its kind"))?;
        let choices = serde_json::from_str(&choices).map_err(|_| StoreError::unreadable("a field", "its choices"))?;
        Ok((ContactFieldId(id), FieldRule { name, kind, choices, sensitive, disabled }))
    };
    found.into_iter().map(rule).collect()
}

/// Make one, or change it. Its kind stays.
pub async fn put(tx: &mut Tx, account: AccountId, id: ContactFieldId, rule: &FieldRule) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO contact_field (id, account_id, name, kind, choices, sensitive, disabled) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, choices = excluded.choices, sensitive = excluded.sensitive,
            disabled = excluded.disabled",
        id.0,
        account.0,
        rule.name.as_str(),
        rule.kind.as_str(),
        serde_json::to_string(&rule.choices).expect("a list of texts"),
        rule.sensitive,
        rule.disabled
    )?;
    Ok(())
}
