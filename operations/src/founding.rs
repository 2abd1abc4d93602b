//! An account of the operator's own: one administrator, who sets up the rest.

use crate::desk::audited;
use crate::people::About;
use crate::users::NewUser;
use crate::{OperationError, Operations, setting_history};
use ringdesk_model::{AccountId, Actor, Timestamp};
use ringdesk_storage::accounts;
use ringdesk_vault::AccountKey;

/// A centre can be renamed for people; this is what the rows say.
const ACCOUNT: &str = "main";
const ROLE: &str = "admin";

impl Operations {
    /// Make the account with its administrator. The password was chosen by a machine and shown on a screen: the first
    /// sign-in asks for one of their own. All is one transaction.
    ///
    /// # Errors
    /// `Invalid` where there is an account already: nobody becomes its administrator in this way.
    pub async fn found(&self, now: Timestamp, login: &str, password: &str) -> Result<AccountId, OperationError> {
        // Slow work before the transaction.
        let hash = self.door.hash(password).await?;
        let account: AccountId = self.id(now);
        let (key, wrapped) = AccountKey::create(self.store.root(), account)?;
        let mut tx = self.store.db.write().await?;
        if !accounts::all(&mut tx).await?.is_empty() {
            return Err(OperationError::Invalid("there is an account already".into()));
        }
        accounts::create(&mut tx, now, account, ACCOUNT, &wrapped).await?;
        let about = About { must_change_password: true, ..About::default() };
        let (login, roles) = (login.to_owned(), vec![ROLE.to_owned()]);
        let new = NewUser { name: login.clone(), login, roles, agent: None, about };
        let user = self.insert_user(&mut tx, &key, now, new, &hash).await?;
        audited(&mut tx, &key, now, &Actor::System, "account.found", &format!("user:{user}"), None, None).await?;
        setting_history::begin(&mut tx, &key).await?;
        tx.commit().await?;
        Ok(account)
    }
}
