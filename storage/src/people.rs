//! What is known of people who sign in beside their login: how they are reached, in which language they work, what they have
//! chosen, and whether somebody else knows their password.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{Language, Pii, UserId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Keeps one kind of hash from being another.
const DOMAIN: &str = "user_email";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// In its one spelling.
    pub email: Option<Pii<String>>,
    /// None: as their browser reads.
    pub language: Option<Language>,
    /// Somebody else knows their password: they choose one of their own before anything else.
    pub must_change_password: bool,
}

type Row = (Uuid, Option<Vec<u8>>, Option<String>, bool);

fn person(
    key: &AccountKey,
    (user, email, language, must_change_password): Row,
) -> Result<(UserId, Person), StoreError> {
    let place = Place::new("user_account", "email", user.as_bytes());
    let email = email.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
    let known = |name: &str| [Language::En, Language::ZhCn].into_iter().find(|language| language.as_str() == name);
    let language = language.as_deref().and_then(known);
    Ok((UserId(user), Person { email, language, must_change_password }))
}

pub async fn of_user(tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<Option<Person>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, email_sealed, language, must_change_password FROM user_account WHERE id = $1 AND account_id = $2",
        user.0,
        key.account().0
    )?;
    found.map(|row| person(key, row).map(|(_, person)| person)).transpose()
}

/// Everybody of the account.
pub async fn all(tx: &mut Tx, key: &AccountKey) -> Result<BTreeMap<UserId, Person>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, email_sealed, language, must_change_password FROM user_account WHERE account_id = $1 ORDER BY id",
        key.account().0
    )?;
    found.into_iter().map(|row| person(key, row)).collect()
}

/// How they are reached and in which language they work. An address that somebody else of the account has is a conflict.
pub async fn write(
    tx: &mut Tx,
    key: &AccountKey,
    user: UserId,
    email: Option<&Pii<String>>,
    language: Option<Language>,
) -> Result<bool, StoreError> {
    let email = email.map(|email| email.reveal().as_str());
    let place = Place::new("user_account", "email", user.0.as_bytes());
    let sealed = email.map(|email| key.seal(place, email.as_bytes())).transpose()?;
    let hash = email.map(|email| key.blind(DOMAIN, email).to_vec());
    let changed = exec!(
        tx,
        "UPDATE user_account SET email_sealed = $3, email_hash = $4, language = $5 WHERE id = $1 AND account_id = $2",
        user.0,
        key.account().0,
        sealed,
        hash,
        language.map(Language::as_str)
    )?;
    Ok(changed == 1)
}

/// The address belongs to nobody for now; it gets another one in the same transaction, or none.
pub async fn clear_email(tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE user_account SET email_sealed = NULL, email_hash = NULL WHERE id = $1 AND account_id = $2",
        user.0,
        key.account().0
    )?;
    Ok(())
}

/// Whether they choose a password of their own before anything else.
pub async fn must_change_password(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    let found: Option<(bool,)> = row!(tx, "SELECT must_change_password FROM user_account WHERE id = $1", user.0)?;
    Ok(found.is_some_and(|(must,)| must))
}

pub async fn set_must_change_password(tx: &mut Tx, user: UserId, must: bool) -> Result<(), StoreError> {
    exec!(tx, "UPDATE user_account SET must_change_password = $2 WHERE id = $1", user.0, must)?;
    Ok(())
}

/// What they have chosen, as it was written; none: nothing yet.
pub async fn preferences(tx: &mut Tx, user: UserId) -> Result<Option<String>, StoreError> {
    let found: Option<(Option<String>,)> = row!(tx, "SELECT preferences FROM user_account WHERE id = $1", user.0)?;
    Ok(found.and_then(|(preferences,)| preferences))
}

pub async fn set_preferences(tx: &mut Tx, user: UserId, preferences: &str) -> Result<(), StoreError> {
    exec!(tx, "UPDATE user_account SET preferences = $2 WHERE id = $1", user.0, preferences)?;
    Ok(())
}
