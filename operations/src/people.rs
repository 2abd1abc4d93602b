//! What is known of people who sign in beside their login: how they are reached and in which language they work.

pub use ringdesk_contacts::email_form;

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Language, Pii, UserId};
use ringdesk_storage::Tx;
use ringdesk_storage::people::{self, Person};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;

/// Of somebody who is made.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// In its one spelling ([`email_form`]).
    pub email: Option<Pii<String>>,
    pub language: Option<Language>,
    /// Whoever chose the first password is somebody else: before anything else they choose one of their own.
    pub must_change_password: bool,
}

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct AboutEdit {
    /// `Some(None)`: they have none any more.
    pub email: Option<Option<Pii<String>>>,
    pub language: Option<Option<Language>>,
}

/// A language that the console speaks, by its BCP 47 name or its first part.
pub fn language_form(named: &str) -> Option<Language> {
    match named {
        "en" => Some(Language::En),
        "zh" | "zh-CN" => Some(Language::ZhCn),
        _ => None,
    }
}

impl About {
    pub(crate) async fn write(&self, tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<(), OperationError> {
        if self.email.is_some() || self.language.is_some() {
            let written = people::write(tx, key, user, self.email.as_ref(), self.language).await;
            written.map_err(OperationError::taken("the e-mail address"))?;
        }
        if self.must_change_password {
            people::set_must_change_password(tx, user, true).await?;
        }
        Ok(())
    }
}

impl AboutEdit {
    pub(crate) async fn write(self, tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<(), OperationError> {
        let before = people::of_user(tx, key, user).await?.ok_or(OperationError::NotFound("user"))?;
        let email = self.email.unwrap_or_else(|| before.email.clone());
        let language = self.language.unwrap_or(before.language);
        if email != before.email || language != before.language {
            let written = people::write(tx, key, user, email.as_ref(), language).await;
            written.map_err(OperationError::taken("the e-mail address"))?;
        }
        Ok(())
    }
}

impl Operations {
    /// Of everybody of the account.
    pub async fn people(&self, account: AccountId) -> Result<BTreeMap<UserId, Person>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(people::all(&mut tx, &key).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_name_and_by_its_first_part() {
        assert_eq!(language_form("zh"), language_form("zh-CN"));
        assert_eq!(language_form("en"), Some(Language::En));
        assert_eq!(language_form("fr"), None);
    }
}
