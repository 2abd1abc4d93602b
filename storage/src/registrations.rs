//! The contacts of extensions, so that a restart does not silence telephones.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Pii};
use ringdesk_vault::{AccountKey, Place};

/// The contacts of one extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub extension: String,
    /// JSON, as the registrar wrote it.
    pub contacts: Pii<String>,
}

/// Everything that is kept of an account.
pub async fn all(tx: &mut Tx, key: &AccountKey) -> Result<Vec<Registration>, StoreError> {
    let found: Vec<(String, Vec<u8>)> = rows!(
        tx,
        "SELECT extension, contacts_sealed FROM registration WHERE account_id = $1 ORDER BY extension",
        key.account().0
    )?;
    let open = |(extension, sealed): (String, Vec<u8>)| {
        let contacts = Pii::new(open_text(key, place(&key.account()), &sealed)?);
        Ok(Registration { extension, contacts })
    };
    found.into_iter().map(open).collect()
}

/// In the place of what was kept of this extension.
pub async fn put(tx: &mut Tx, key: &AccountKey, new: &Registration) -> Result<(), StoreError> {
    let sealed = key.seal(place(&key.account()), new.contacts.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO registration (account_id, extension, contacts_sealed) VALUES ($1, $2, $3)
         ON CONFLICT (account_id, extension) DO UPDATE SET contacts_sealed = excluded.contacts_sealed",
        key.account().0,
        new.extension.as_str(),
        sealed
    )?;
    Ok(())
}

pub async fn remove(tx: &mut Tx, key: &AccountKey, extension: &str) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM registration WHERE account_id = $1 AND extension = $2", key.account().0, extension)?;
    Ok(())
}

/// Of the account: which extension a contact belongs to is written in it, too.
fn place(account: &AccountId) -> Place<'_> {
    Place::new("registration", "contacts", account.0.as_bytes())
}
