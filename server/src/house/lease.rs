//! Who routes an account: one server at a time, for as long as it renews its lease.

use anyhow::{Result, bail};
use ringdesk_model::{AccountId, Clock as _, WallClock};
use ringdesk_operations::Operations;
use ringdesk_storage::leases::{Lease, ROUTING_FOR};
use std::sync::Arc;

/// Take routing over; a server that died keeps it for the length of a lease.
pub(super) async fn take(operations: &Operations, account: AccountId, clock: WallClock) -> Result<Lease> {
    for _ in 0..20 {
        if let Some(lease) = operations.take_routing(clock.now(), account, "node-1", ROUTING_FOR).await? {
            return Ok(lease);
        }
        tokio::time::sleep(ROUTING_FOR / 10).await;
    }
    bail!("another server routes this account; stop it first")
}

/// For as long as the server runs.
pub(super) async fn renew(operations: Arc<Operations>, lease: Lease, clock: WallClock) {
    let mut tick = tokio::time::interval(ROUTING_FOR / 4);
    loop {
        tick.tick().await;
        match operations.renew_routing(clock.now(), &lease, ROUTING_FOR).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!("routing was taken over by another server; no offer of ours is stored any more")
            }
            Err(fault) => tracing::error!(%fault, "the lease of routing could not be renewed"),
        }
    }
}
