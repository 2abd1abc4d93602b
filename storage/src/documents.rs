//! Documents of which an account has one of a kind: JSON, read and replaced whole.

use crate::{StoreError, Tx};
use ringdesk_model::AccountId;

macro_rules! get {
    ($table:literal, $columns:literal) => {
        concat!("SELECT ", $columns, " FROM ", $table, " WHERE account_id = $1")
    };
}

#[rustfmt::skip]
macro_rules! put_next {
    ($table:literal, $text:literal) => {
        concat!(
            "INSERT INTO ", $table, " (account_id, version, ", $text, ") VALUES ($1, $2, $3)
             ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, ", $text, " = excluded.", $text, "
               WHERE ", $table, ".version = excluded.version - 1"
        )
    };
}

#[rustfmt::skip]
macro_rules! put {
    ($table:literal, $text:literal) => {
        concat!(
            "INSERT INTO ", $table, " (account_id, ", $text, ") VALUES ($1, $2)
             ON CONFLICT (account_id) DO UPDATE SET ", $text, " = excluded.", $text
        )
    };
}

/// One that several people edit: it counts its versions, so that of two editors one learns of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioned {
    /// All rules in their order.
    Rules,
    /// What a house has set of notices.
    HouseNotices,
}

/// One of which it is enough to know the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unversioned {
    /// What a caller who is kept out meets.
    BlockAnswer,
    /// How often one number may call.
    CallerRate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// From 1, up by one with each change.
    pub version: i64,
    pub text: String,
}

/// `None`: nobody has written one.
pub async fn get(tx: &mut Tx, account: AccountId, which: Versioned) -> Result<Option<Document>, StoreError> {
    let found: Option<(i64, String)> = match which {
        Versioned::Rules => row!(tx, get!("rule_list", "version, rules"), account.0)?,
        Versioned::HouseNotices => row!(tx, get!("house_notices", "version, settings"), account.0)?,
    };
    Ok(found.map(|(version, text)| Document { version, text }))
}

/// Put it in the place of the version before; 1 is the first. False: that is not the present one.
pub async fn put(tx: &mut Tx, account: AccountId, which: Versioned, new: &Document) -> Result<bool, StoreError> {
    let (id, version, text) = (account.0, new.version, new.text.as_str());
    let written = match which {
        Versioned::Rules => exec!(tx, put_next!("rule_list", "rules"), id, version, text)?,
        Versioned::HouseNotices => exec!(tx, put_next!("house_notices", "settings"), id, version, text)?,
    };
    Ok(written == 1)
}

/// `None`: nobody has written one.
pub async fn text(tx: &mut Tx, account: AccountId, which: Unversioned) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = match which {
        Unversioned::BlockAnswer => row!(tx, get!("block_answer", "answer"), account.0)?,
        Unversioned::CallerRate => row!(tx, get!("caller_rate", "settings"), account.0)?,
    };
    Ok(found.map(|(text,)| text))
}

/// Put it in the place of what there was.
pub async fn put_text(tx: &mut Tx, account: AccountId, which: Unversioned, text: &str) -> Result<(), StoreError> {
    match which {
        Unversioned::BlockAnswer => exec!(tx, put!("block_answer", "answer"), account.0, text)?,
        Unversioned::CallerRate => exec!(tx, put!("caller_rate", "settings"), account.0, text)?,
    };
    Ok(())
}
