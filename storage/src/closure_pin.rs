//! The code by which a centre is closed from a telephone.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosurePin {
    /// Argon2.
    pub hash: String,
    /// How long such a closure lasts when nobody opens before.
    pub hours: i64,
    pub set_at: Timestamp,
}

pub async fn read(tx: &mut Tx, account: AccountId) -> Result<Option<ClosurePin>, StoreError> {
    let found: Option<(String, i64, i64)> =
        row!(tx, "SELECT hash, hours, set_at FROM closure_pin WHERE account_id = $1", account.0)?;
    Ok(found.map(|(hash, hours, set_at)| ClosurePin { hash, hours, set_at: Timestamp(set_at) }))
}

pub async fn put(tx: &mut Tx, account: AccountId, pin: &ClosurePin) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO closure_pin (account_id, hash, hours, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, hours = excluded.hours, set_at = excluded.set_at",
        account.0,
        pin.hash.as_str(),
        pin.hours,
        pin.set_at.0
    )?;
    Ok(())
}

/// False: there was none.
pub async fn remove(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM closure_pin WHERE account_id = $1", account.0)? == 1)
}
