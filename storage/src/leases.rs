//! Leases: which node does what only one may do. Each new holder gets a higher epoch; a write that names an old one is
//! refused, however late it comes.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Timestamp};
use std::time::Duration;

/// A lease as its holder knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub node: String,
    pub epoch: i64,
}

/// How long routing stays with a server that stopped without a word.
pub const ROUTING_FOR: Duration = Duration::from_secs(3);

/// The lease of who routes an account.
pub fn routing(account: AccountId) -> String {
    format!("routing:{account}")
}

/// When the server that routed this account last said so; `None` when none did, or the last one ended cleanly.
pub(crate) async fn routing_held_until(tx: &mut Tx, account: AccountId) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<(i64,)> = row!(tx, "SELECT expires_at FROM lease WHERE name = $1", routing(account).as_str())?;
    Ok(found.filter(|(at,)| *at > 0).map(|(at,)| Timestamp(at - ROUTING_FOR.as_micros() as i64)))
}

/// Take a free or expired lease. A node that holds it already (it restarted) takes it anew, with a new epoch.
pub async fn take(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    node: &str,
    ttl: Duration,
) -> Result<Option<Lease>, StoreError> {
    let taken: Option<(i64,)> = row!(
        tx,
        "INSERT INTO lease (name, epoch, node, expires_at) VALUES ($1, 1, $2, $4)
         ON CONFLICT (name) DO UPDATE SET epoch = lease.epoch + 1, node = excluded.node, expires_at = excluded.expires_at
         WHERE lease.expires_at <= $3 OR lease.node = excluded.node RETURNING epoch",
        name,
        node,
        now.0,
        (now + ttl).0
    )?;
    Ok(taken.map(|(epoch,)| Lease { name: name.to_owned(), node: node.to_owned(), epoch }))
}

/// False: it is lost; drop all state that depends on it.
pub async fn renew(tx: &mut Tx, now: Timestamp, lease: &Lease, ttl: Duration) -> Result<bool, StoreError> {
    let kept = exec!(
        tx,
        "UPDATE lease SET expires_at = $4 WHERE name = $1 AND node = $2 AND epoch = $3",
        lease.name.as_str(),
        lease.node.as_str(),
        lease.epoch,
        (now + ttl).0
    )?;
    Ok(kept == 1)
}

/// Give it back at a clean end, so that the next holder need not wait.
pub async fn release(tx: &mut Tx, lease: &Lease) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE lease SET expires_at = 0 WHERE name = $1 AND node = $2 AND epoch = $3",
        lease.name.as_str(),
        lease.node.as_str(),
        lease.epoch
    )?;
    Ok(())
}
