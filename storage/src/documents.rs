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

/// One that several people edit: it counts its versions, so that of two editors one learns of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioned {
    /// All rules in their order.
    Rules,
    /// What a house has set of notices.
    HouseNotices,
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
