//! How often somebody was not let in: texts and calls, by inbox, hour and why.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, InboxId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

const HOUR: i64 = 3_600_000_000;
/// Figures are kept for so long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

/// So many more.
pub async fn add(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    (inbox, why): (InboxId, &str),
    count: i64,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO turned_away (account_id, inbox_id, hour, why, count) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, inbox_id, hour, why) DO UPDATE SET count = turned_away.count + excluded.count",
        account.0,
        inbox.0,
        now.0 / HOUR * HOUR,
        why,
        count
    )?;
    exec!(
        tx,
        "DELETE FROM turned_away WHERE account_id = $1 AND inbox_id = $2 AND hour < $3",
        account.0,
        inbox.0,
        (now - KEPT).0
    )?;
    Ok(())
}

/// Those of the hours that began since, by inbox and why.
pub async fn since(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<(InboxId, String, i64)>, StoreError> {
    let found: Vec<(Uuid, String, i64)> = rows!(
        tx,
        "SELECT inbox_id, why, CAST(SUM(count) AS BIGINT) FROM turned_away WHERE account_id = $1 AND hour >= $2
         GROUP BY inbox_id, why ORDER BY inbox_id, why",
        account.0,
        since.0
    )?;
    Ok(found.into_iter().map(|(inbox, why, count)| (InboxId(inbox), why, count)).collect())
}

/// Numbers of contacts who may call as often as they like: keyed hashes.
pub async fn favoured_callers(tx: &mut Tx, account: AccountId) -> Result<Vec<Vec<u8>>, StoreError> {
    let found: Vec<(Vec<u8>,)> = rows!(
        tx,
        "SELECT i.value_hash FROM contact_identity i JOIN contact c ON c.id = i.contact_id
         WHERE c.account_id = $1 AND i.kind = 'number' AND (c.vip OR c.tier = 'vip')",
        account.0
    )?;
    Ok(found.into_iter().map(|(hash,)| hash).collect())
}
