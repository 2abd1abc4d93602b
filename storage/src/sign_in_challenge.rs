//! When the door asks for work before it looks at a password, by account.

use crate::{StoreError, Tx};
use ringdesk_model::AccountId;

/// What an account has said: failures that are free, and bits of the work. `None`: nothing.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Option<(i64, i64)>, StoreError> {
    Ok(row!(tx, "SELECT after_failures, bits FROM sign_in_challenge WHERE account_id = $1", account.0)?)
}

/// What every account has said: the door does not know yet who knocks.
pub async fn all(tx: &mut Tx) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(rows!(tx, "SELECT after_failures, bits FROM sign_in_challenge ORDER BY after_failures, bits")?)
}

pub async fn set(tx: &mut Tx, account: AccountId, (after, bits): (i64, i64)) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO sign_in_challenge (account_id, after_failures, bits) VALUES ($1, $2, $3)
         ON CONFLICT (account_id) DO UPDATE SET after_failures = excluded.after_failures, bits = excluded.bits",
        account.0,
        after,
        bits
    )?;
    Ok(())
}
