//! Since when a centre is live, and what the books say of whether it may be.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Timestamp, TrunkId, UserId};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoLive {
    pub at: Timestamp,
    /// None: the house.
    pub user: Option<UserId>,
    /// Why, although something was red.
    pub reason: Option<String>,
    /// What was: ids of checks.
    pub overridden: Vec<String>,
}

pub async fn read(tx: &mut Tx, account: AccountId) -> Result<Option<GoLive>, StoreError> {
    type Row = (i64, Option<Uuid>, Option<String>, Option<String>);
    let found: Option<Row> =
        row!(tx, "SELECT at, user_id, reason, overridden FROM go_live WHERE account_id = $1", account.0)?;
    Ok(found.map(|(at, user, reason, overridden)| GoLive {
        at: Timestamp(at),
        user: user.map(UserId),
        reason,
        overridden: overridden.iter().flat_map(|ids| ids.split_whitespace()).map(str::to_owned).collect(),
    }))
}

pub async fn put(tx: &mut Tx, account: AccountId, new: &GoLive) -> Result<(), StoreError> {
    let overridden = (!new.overridden.is_empty()).then(|| new.overridden.join(" "));
    exec!(
        tx,
        "INSERT INTO go_live (account_id, at, user_id, reason, overridden) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id) DO UPDATE SET at = excluded.at, user_id = excluded.user_id,
         reason = excluded.reason, overridden = excluded.overridden",
        account.0,
        new.at.0,
        new.user.map(|user| user.0),
        new.reason.as_deref(),
        overridden
    )?;
    Ok(())
}

/// False: it was not live.
pub async fn remove(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM go_live WHERE account_id = $1", account.0)? == 1)
}

/// The last calls over each trunk that nobody refused and that ended as calls do (Q.850 cause 16): `in` or `out`, and when.
pub async fn proven_trunks(tx: &mut Tx, account: AccountId) -> Result<Vec<(TrunkId, String, Timestamp)>, StoreError> {
    let found: Vec<(Uuid, String, i64)> = rows!(
        tx,
        "SELECT trunk_id, direction, MAX(at) FROM trunk_leg
         WHERE account_id = $1 AND status IS NULL AND q850 = 16 GROUP BY trunk_id, direction",
        account.0
    )?;
    Ok(found.into_iter().map(|(trunk, direction, at)| (TrunkId(trunk), direction, Timestamp(at))).collect())
}
