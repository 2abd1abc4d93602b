//! How inboxes fare, for who looks after channels.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, InboxId, Timestamp};
use ringdesk_storage::inbox_states;
use std::collections::BTreeMap;
use std::time::Duration;

/// How far back is looked.
const LOOKED: Duration = Duration::from_secs(30 * 24 * 3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Failures counted; more of them are not worth counting.
const FAILURES: i64 = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxState {
    /// When a contact last wrote or called, within thirty days.
    pub heard_at: Option<Timestamp>,
    /// Conversations of these thirty days.
    pub conversations: i64,
    /// Texts of ours that wait to be handed over.
    pub pending: i64,
    /// Texts of the last day that the other side did not take.
    pub failed: i64,
    /// The newest of them: when it was written, and why, in words.
    pub last_failure: Option<(Timestamp, Option<String>)>,
}

impl Operations {
    /// By inbox; what nothing is known of is left out.
    pub async fn inbox_states(
        &self,
        now: Timestamp,
        account: AccountId,
    ) -> Result<BTreeMap<InboxId, InboxState>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut states: BTreeMap<InboxId, InboxState> = BTreeMap::new();
        for (inbox, at, count) in inbox_states::last_heard(&mut tx, account, before(now, LOOKED)).await? {
            let state = states.entry(inbox).or_default();
            (state.heard_at, state.conversations) = (Some(at), count);
        }
        for (inbox, count) in inbox_states::pending(&mut tx, account).await? {
            states.entry(inbox).or_default().pending = count;
        }
        for failed in inbox_states::failed(&mut tx, account, before(now, DAY), FAILURES).await? {
            let state = states.entry(failed.inbox).or_default();
            state.failed += 1;
            state.last_failure.get_or_insert((failed.at, failed.reason));
        }
        Ok(states)
    }
}

fn before(now: Timestamp, time: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(time.as_micros()).unwrap_or(0)))
}
