//! Contacts: found by keyed hashes of what identifies them.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_conversations::ContactNumber;
use ringdesk_model::{ContactId, Pii};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// What identifies a contact: a number, later an address or an account elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `number`, `email` …
    pub kind: &'static str,
    pub value: Pii<String>,
}

impl Identity {
    pub fn number(number: &ContactNumber) -> Identity {
        Identity { kind: "number", value: Pii::new(number.as_str().to_owned()) }
    }

    pub(crate) fn hash(&self, key: &AccountKey) -> [u8; 16] {
        key.blind(self.kind, self.value.reveal())
    }
}

pub async fn by_identity(tx: &mut Tx, key: &AccountKey, identity: &Identity) -> Result<Option<ContactId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT contact_id FROM contact_identity WHERE account_id = $1 AND kind = $2 AND value_hash = $3",
        key.account().0,
        identity.kind,
        &identity.hash(key)[..]
    )?;
    Ok(found.map(|(id,)| ContactId(id)))
}

/// The number of a contact, if they have one.
pub async fn number_of(tx: &mut Tx, key: &AccountKey, contact: ContactId) -> Result<Option<Identity>, StoreError> {
    let found: Option<(Vec<u8>, Vec<u8>)> = row!(
        tx,
        "SELECT value_hash, value_sealed FROM contact_identity
         WHERE account_id = $1 AND kind = 'number' AND contact_id = $2 ORDER BY value_hash LIMIT 1",
        key.account().0,
        contact.0
    )?;
    let Some((hash, sealed)) = found else { return Ok(None) };
    let row: [u8; 16] =
        hash.as_slice().try_into().map_err(|_| StoreError::unreadable("the hash of a number", "its length"))?;
    let value = open_text(key, Place::new("contact_identity", "value", &row), &sealed)?;
    Ok(Some(Identity { kind: "number", value: Pii::new(value) }))
}
