//! Contacts: found by keyed hashes of what identifies them.

use crate::{StoreError, Tx};
use ringdesk_conversations::ContactNumber;
use ringdesk_model::{ContactId, Pii};
use ringdesk_vault::AccountKey;
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
