//! Limits of the SIP side that somebody ended before their time. Whom they concern is signaling's to know.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Timestamp};
use std::net::IpAddr;

impl Operations {
    /// Somebody may try again at once. `lifted`: how many limits that ended.
    pub async fn limit_lifted(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (address, extension): (Option<IpAddr>, Option<&str>),
        lifted: usize,
    ) -> Result<(), OperationError> {
        let object = match (address, extension) {
            (Some(address), Some(extension)) => format!("limit:{extension}@{address}"),
            (Some(address), None) => format!("limit:{address}"),
            (None, extension) => format!("limit:{}", extension.unwrap_or("-")),
        };
        let (mut tx, key) = self.write(account).await?;
        audited(&mut tx, &key, now, actor, "limits.lift", &object, None, Some(&lifted.to_string())).await?;
        tx.commit().await?;
        Ok(())
    }
}
