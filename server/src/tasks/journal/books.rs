//! The books: entries become rows of a set, and a set is written once, however often its store fails.

use super::{Came, Lag, Open};
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{AccountId, Actor, CallId, Clock as _, Ids, OfferId, Presence, QueueId, Timestamp, WallClock};
use ringdesk_operations::{CallRecord, Opening, OperationError, Operations};
use ringdesk_routing::Proposal;
use ringdesk_storage::agents::PresenceChange;
use ringdesk_storage::audit;
use ringdesk_storage::journal::{Set, TextJoined};
use ringdesk_storage::leases::Lease;
use ringdesk_storage::text_transfers::TextRefused;
use ringdesk_vault::AccountKey;
use ringdesk_voice::{CallEvent, Origin};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a set is tried again that the store refuses for what it is, before it is given up, loudly.
const PATIENCE: u32 = 8;
/// Between two tries, at the most.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose books, with what authority.
pub(crate) struct Books {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) lease: Lease,
    pub(crate) clock: WallClock,
    pub(crate) ids: Ids,
    pub(crate) home: Country,
    pub(crate) lag: Lag,
    /// Newest cursor of the outbox: the wake-up of whoever follows it.
    pub(crate) newest: watch::Sender<u64>,
}

pub(super) fn presence(presence: Presence, at: Timestamp, queue: Option<QueueId>) -> PresenceChange {
    PresenceChange { at, presence, queue, actor: audit::actor(&Actor::System) }
}

impl Books {
    /// An empty set with a name of its own.
    pub(super) fn set(&mut self, key: &Arc<AccountKey>) -> Set {
        Set::new(key.clone()).named(self.ids.next(self.clock.now()))
    }

    /// An event that cannot be entered is said, and the call goes on.
    pub(super) fn enter(
        &mut self,
        calls: &mut HashMap<CallId, Open>,
        set: &mut Set,
        call: CallId,
        at: Timestamp,
        event: &CallEvent,
    ) {
        let Some(open) = calls.get_mut(&call) else { return };
        if let Err(fault) = self.event(open, set, call, at, event) {
            tracing::error!(call.id = %call, %fault, "an event could not be entered");
        }
        if matches!(event, CallEvent::Ended { .. }) || open.record.as_ref().is_some_and(CallRecord::is_over) {
            calls.remove(&call);
        }
    }

    fn event(
        &mut self,
        open: &mut Open,
        set: &mut Set,
        call: CallId,
        at: Timestamp,
        event: &CallEvent,
    ) -> Result<(), OperationError> {
        match (&mut open.record, event) {
            (None, CallEvent::Started { from, to, origin, .. }) => {
                let opening = Opening {
                    account: self.account,
                    call,
                    inbox: open.inbox,
                    from: from.number.clone(),
                    from_name: from.name.clone(),
                    to: to.number.clone(),
                    origin: match (&open.came, origin) {
                        (Came::Demo, _) => ringdesk_storage::demo_pack::ORIGIN.to_owned(),
                        (Came::Site(call), _) => format!("site:{}", call.inbox),
                        (Came::Dialled, Origin::Trunk(id)) => format!("trunk:{id}"),
                        (Came::Dialled, Origin::Extension(extension)) => format!("extension:{extension}"),
                        (Came::Dialled, Origin::Guest(_)) => "guest".to_owned(),
                    },
                    home: self.home,
                };
                open.record = Some(match (&open.came, open.inbox) {
                    (Came::Site(call), _) => CallRecord::open_from_site(set, &mut self.ids, at, opening, call)?,
                    (_, Some(_)) => CallRecord::open_as(set, &mut self.ids, at, open.conversation, opening)?,
                    (_, None) => CallRecord::open_outbound(set, &mut self.ids, at, open.conversation, opening)?,
                });
            }
            (Some(record), event) => {
                if let Some(fact) = open.observer.fact(event) {
                    record.fact(set, &mut self.ids, at, &fact)?;
                }
            }
            (None, _) => {} // nothing comes before Started
        }
        Ok(())
    }

    pub(super) fn fact(
        &mut self,
        calls: &mut HashMap<CallId, Open>,
        set: &mut Set,
        call: CallId,
        at: Timestamp,
        fact: &CallFact,
    ) {
        if let Some(record) = calls.get_mut(&call).and_then(|c| c.record.as_mut())
            && let Err(fault) = record.fact(set, &mut self.ids, at, fact)
        {
            tracing::error!(call.id = %call, %fault, "a fact could not be entered");
        }
    }

    /// The part, and the line that people read of it.
    pub(super) fn text_joined(&mut self, set: &mut Set, joined: TextJoined) {
        if let Err(fault) = ringdesk_operations::texts::joined(set, &mut self.ids, joined) {
            tracing::error!(conversation = %joined.conversation, %fault, "a part could not be entered");
        }
    }

    /// Nothing changed hands, and the line that says so.
    pub(super) fn text_refused(&mut self, set: &mut Set, refused: TextRefused) {
        if let Err(fault) = ringdesk_operations::text_transfers::refused(set, &mut self.ids, refused) {
            tracing::error!(conversation = %refused.conversation, %fault, "a refusal could not be entered");
        }
    }

    /// Write the set and the proposals after it, in one transaction; gives the offers that became true. A store that is
    /// gone is waited for, and calls wait behind it once the buffer is full.
    pub(super) async fn commit(&self, set: &Set, proposals: &[Proposal]) -> Vec<OfferId> {
        if set.is_empty() && proposals.is_empty() {
            return Vec::new();
        }
        let (mut proposals, mut refused) = (proposals, 0);
        for attempt in 0u32.. {
            match self.write(set, proposals, attempt > 0).await {
                Ok(made) => {
                    metrics::counter!("journal_sets_total").increment(1);
                    metrics::counter!("journal_entries_total").increment(set.len() as u64);
                    return made;
                }
                Err(fault) => {
                    metrics::counter!("journal_write_failures_total").increment(1);
                    tracing::error!(%fault, attempt, "the journal could not be written");
                    refused += u32::from(!fault.is_passing());
                }
            }
            match refused {
                PATIENCE.. => break,
                // The set must not be lost with what was to come after it.
                1 => proposals = &[],
                _ => {}
            }
            tokio::time::sleep(PAUSE.min(Duration::from_millis(50 << attempt.min(5)))).await;
        }
        metrics::counter!("journal_entries_lost_total").increment(set.len() as u64);
        Vec::new()
    }

    /// `again`: an earlier try ended without an answer, and may have worked.
    async fn write(&self, set: &Set, proposals: &[Proposal], again: bool) -> Result<Vec<OfferId>, OperationError> {
        if again
            && let Some(name) = set.name()
            && self.operations.journal_written(self.account, name).await?
        {
            self.wake(self.operations.events_head(self.account).await?);
            let offers: Vec<OfferId> = proposals.iter().map(|p| p.offer).collect();
            return self.operations.offers_made(self.account, &offers).await;
        }
        if proposals.is_empty() {
            if let Some(head) = self.operations.write_journal(set).await? {
                self.wake(head);
            }
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let made = self.operations.commit_proposals(now, self.account, &self.lease, Some(set), proposals).await?;
        if let Ok(head) = self.operations.events_head(self.account).await {
            self.wake(head);
        }
        Ok(made)
    }

    fn wake(&self, head: i64) {
        let head = u64::try_from(head).unwrap_or(0);
        self.newest.send_if_modified(|known| std::mem::replace(known, head.max(*known)) < head);
    }
}
