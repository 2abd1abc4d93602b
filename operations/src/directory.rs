//! What signaling must know of the rows: phones and trunks.

use crate::{OperationError, Operations};
use ringdesk_model::AccountId;
use ringdesk_storage::inboxes::{self, Trunk};
use ringdesk_storage::users::{self, Extension};

/// The phones and trunks of an account, for the registrar and the door.
#[derive(Clone)]
pub struct Directory {
    /// The realm of the hashes.
    pub realm: String,
    pub extensions: Vec<Extension>,
    pub trunks: Vec<Trunk>,
}

impl Operations {
    /// Read by the server itself, at the start and after changes; it leaves the server only as digest answers.
    pub async fn directory(&self, account: AccountId) -> Result<Directory, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(Directory {
            realm: self.realm.clone(),
            extensions: users::extensions(&mut tx, &key).await?,
            trunks: inboxes::trunks(&mut tx, account).await?,
        })
    }
}
