//! What is said of a telephone number of ours beside the inbox that it belongs to.

use crate::{StoreError, Tx};
use ringdesk_model::AccountId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber {
    /// As somebody wrote it.
    pub number: String,
    /// What callers have dialled, where that is another one.
    pub label: Option<String>,
    /// Calls at a time.
    pub channels: Option<u32>,
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<PhoneNumber>, StoreError> {
    let found: Vec<(String, Option<String>, Option<i64>)> =
        rows!(tx, "SELECT number, label, channels FROM phone_number WHERE account_id = $1 ORDER BY number", account.0)?;
    let number = |(number, label, channels): (String, _, Option<i64>)| {
        let channels = channels.map(|channels| u32::try_from(channels).unwrap_or(u32::MAX));
        PhoneNumber { number, label, channels }
    };
    Ok(found.into_iter().map(number).collect())
}

/// In the place of what was said of this number.
pub async fn put(tx: &mut Tx, account: AccountId, new: &PhoneNumber) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO phone_number (account_id, number, label, channels) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, number) DO UPDATE SET label = excluded.label, channels = excluded.channels",
        account.0,
        new.number.as_str(),
        new.label.as_deref(),
        new.channels.map(i64::from)
    )?;
    Ok(())
}

/// False: nothing was said of it.
pub async fn remove(tx: &mut Tx, account: AccountId, number: &str) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM phone_number WHERE account_id = $1 AND number = $2", account.0, number)? == 1)
}
