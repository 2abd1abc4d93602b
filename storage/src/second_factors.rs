//! Second factors of people: secrets, the codes that are left for an emergency, and which roles need one.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    pub secret: Pii<Vec<u8>>,
    pub begun: Timestamp,
    /// None: nobody has typed a code of it yet.
    pub confirmed: Option<Timestamp>,
    /// Of the last code that was taken.
    pub last_step: Option<i64>,
}

fn place(user: &UserId) -> Place<'_> {
    Place::new("second_factor", "secret_sealed", user.0.as_bytes())
}

pub async fn of_user(tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
    type Row = (Vec<u8>, i64, Option<i64>, Option<i64>);
    let found: Option<Row> = row!(
        tx,
        "SELECT secret_sealed, begun_at, confirmed_at, last_step FROM second_factor
         WHERE user_id = $1 AND account_id = $2",
        user.0,
        key.account().0
    )?;
    let Some((sealed, begun, confirmed, last_step)) = found else { return Ok(None) };
    Ok(Some(SecondFactor {
        secret: Pii::new(key.open(place(&user), &sealed)?),
        begun: Timestamp(begun),
        confirmed: confirmed.map(Timestamp),
        last_step,
    }))
}

/// A new secret in the place of what there was; nobody has typed a code of it yet.
pub async fn begin(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    user: UserId,
    secret: &Pii<Vec<u8>>,
) -> Result<(), StoreError> {
    let sealed = key.seal(place(&user), secret.reveal())?;
    exec!(
        tx,
        "INSERT INTO second_factor (user_id, account_id, secret_sealed, begun_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, begun_at = excluded.begun_at,
         confirmed_at = NULL, last_step = NULL",
        user.0,
        key.account().0,
        sealed,
        now.0
    )?;
    Ok(())
}

/// The first code of it was typed: it is asked for from now on.
pub async fn confirm(tx: &mut Tx, now: Timestamp, user: UserId) -> Result<(), StoreError> {
    exec!(tx, "UPDATE second_factor SET confirmed_at = $2 WHERE user_id = $1", user.0, now.0)?;
    Ok(())
}

/// A code of this step was taken. False: one of it, or of a later one, was taken before.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE second_factor SET last_step = $2 WHERE user_id = $1 AND (last_step IS NULL OR last_step < $2)",
        user.0,
        step
    )?;
    Ok(changed == 1)
}

/// It, and its recovery codes, are gone. False: there was none.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    exec!(tx, "DELETE FROM recovery_code WHERE user_id = $1", user.0)?;
    Ok(exec!(tx, "DELETE FROM second_factor WHERE user_id = $1", user.0)? == 1)
}

/// These are good from now on, and no others.
pub async fn set_recovery_codes(tx: &mut Tx, user: UserId, hashes: &[[u8; 16]]) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM recovery_code WHERE user_id = $1", user.0)?;
    for hash in hashes {
        exec!(tx, "INSERT INTO recovery_code (user_id, hash) VALUES ($1, $2)", user.0, hash.as_slice())?;
    }
    Ok(())
}

/// It was one of them, and is none any more.
pub async fn use_recovery_code(tx: &mut Tx, user: UserId, hash: &[u8; 16]) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM recovery_code WHERE user_id = $1 AND hash = $2", user.0, hash.as_slice())?;
    Ok(gone == 1)
}

pub async fn recovery_codes_left(tx: &mut Tx, user: UserId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(tx, "SELECT COUNT(*) FROM recovery_code WHERE user_id = $1", user.0)?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Everybody of the account who has one that is asked for.
pub async fn confirmed(tx: &mut Tx, account: AccountId) -> Result<BTreeSet<UserId>, StoreError> {
    let found: Vec<(uuid::Uuid,)> =
        rows!(tx, "SELECT user_id FROM second_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL", account.0)?;
    Ok(found.into_iter().map(|(user,)| UserId(user)).collect())
}

/// Roles whose holders need one.
pub async fn needed_by(tx: &mut Tx, account: AccountId) -> Result<BTreeSet<String>, StoreError> {
    let found: Vec<(String,)> = rows!(tx, "SELECT role FROM second_factor_role WHERE account_id = $1", account.0)?;
    Ok(found.into_iter().map(|(role,)| role).collect())
}

pub async fn set_needed_by(tx: &mut Tx, account: AccountId, roles: &BTreeSet<String>) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM second_factor_role WHERE account_id = $1", account.0)?;
    for role in roles {
        exec!(tx, "INSERT INTO second_factor_role (account_id, role) VALUES ($1, $2)", account.0, role.as_str())?;
    }
    Ok(())
}
