//! Texts as routing meets them. A call tells us when it begins, rings and ends; a text is rows, and whoever reads them says, as
//! often as they look, which are open. So this desk compares, and cannot miss what happened while nobody looked: a text that is
//! new waits, one that is gone is over, in whatever state routing has it.

use crate::{AccountCarry, OpenText};
use ringdesk_model::{AgentId, ConversationId, Medium, OfferId, QueueId, Timestamp, WorkItemId, WorkOutcome};
use ringdesk_routing::{Ended, Input, Offered, Refusal, Sought, Work};
use ringdesk_voice::OfferOutcome;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a colleague has who is asked to take a text, or to join.
const ASKED_FOR: Duration = Duration::from_secs(45);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Routing has it in a queue.
    Waits,
    /// An agent has it.
    InHand,
    /// Routing turned it away (a queue that is full or gone, a server that ends). It still is in the rows: it comes again.
    Outside,
    /// Whom a colleague asked for did not take it. The rows will not have it much longer; nobody is asked again.
    Refused,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    work_item: WorkItemId,
    agent: AgentId,
    queue: QueueId,
    until: Timestamp,
}

/// The part of an account's desk that is about texts.
#[derive(Debug, Default)]
pub(crate) struct TextDesk {
    texts: BTreeMap<WorkItemId, (ConversationId, Stage)>,
    /// Those for which a colleague asks for one agent.
    sought: BTreeMap<WorkItemId, AgentId>,
    /// Agents who are being asked.
    asked: BTreeMap<OfferId, Asked>,
}

impl TextDesk {
    /// These are open, and no others.
    pub(crate) fn are(&mut self, open: Vec<OpenText>) -> Vec<Input> {
        let mut inputs = Vec::new();
        let named: BTreeSet<WorkItemId> = open.iter().map(|text| text.work_item).collect();
        let gone: Vec<WorkItemId> = self.texts.keys().filter(|id| !named.contains(id)).copied().collect();
        for id in gone {
            self.sought.remove(&id);
            match self.texts.remove(&id) {
                Some((_, Stage::InHand)) => inputs.push(Input::WorkEnded(id)),
                Some((_, Stage::Waits)) => inputs.push(Input::Withdrawn(id)),
                Some((_, Stage::Outside | Stage::Refused)) | None => {}
            }
        }
        for text in open {
            if self.texts.get(&text.work_item).is_none_or(|(_, stage)| *stage == Stage::Outside) {
                self.texts.insert(text.work_item, (text.conversation, Stage::Waits));
                inputs.push(match text.sought {
                    Some(agent) => {
                        self.sought.insert(text.work_item, agent);
                        Input::Sought(sought(&text, agent))
                    }
                    None => Input::Queued(work(text)),
                });
            }
        }
        inputs
    }

    /// Their page shows it; they have so long.
    pub(crate) fn offered(&mut self, now: Timestamp, offered: &Offered) {
        let Offered { work_item, agent, queue, ring_for, .. } = *offered;
        self.asked.insert(offered.offer, Asked { work_item, agent, queue, until: now + ring_for });
    }

    /// Nobody is asked any more; true: it was a text.
    pub(crate) fn withdrawn(&mut self, offer: OfferId) -> bool {
        self.asked.remove(&offer).is_some()
    }

    /// It waits in another queue; with what the store is to be told, if it is a text.
    pub(crate) fn moved(&self, work_item: WorkItemId, queue: QueueId) -> Option<AccountCarry> {
        let (conversation, _) = self.texts.get(&work_item)?;
        Some(AccountCarry::TextMoved { conversation: *conversation, work_item, queue })
    }

    /// Out of its queue; true: it was a text.
    pub(crate) fn left(&mut self, work_item: WorkItemId, outcome: WorkOutcome) -> bool {
        let Some((_, stage)) = self.texts.get_mut(&work_item) else { return false };
        *stage = if outcome == WorkOutcome::Served { Stage::InHand } else { Stage::Outside };
        true
    }

    pub(crate) fn knows(&self, work_item: WorkItemId) -> bool {
        self.texts.contains_key(&work_item)
    }

    /// Whom a colleague asked for did not take it; with what the store is to be told.
    pub(crate) fn not_taken(&mut self, work_item: WorkItemId, outcome: OfferOutcome) -> Option<AccountCarry> {
        let (conversation, stage) = self.texts.get_mut(&work_item)?;
        *stage = Stage::Refused;
        let (conversation, agent) = (*conversation, self.sought.remove(&work_item)?);
        Some(AccountCarry::TextNotTaken { work_item, conversation, agent, outcome })
    }

    /// An agent takes it, or not; with what the store is to be told.
    pub(crate) fn answered(
        &mut self,
        agent: AgentId,
        offer: OfferId,
        takes: bool,
    ) -> Result<(Ended, Option<AccountCarry>), Refusal> {
        let asked = self.asked.get(&offer).filter(|asked| asked.agent == agent).copied().ok_or(Refusal::Lost)?;
        let conversation = self.texts.get(&asked.work_item).map(|(id, _)| *id).ok_or(Refusal::ContactLeft)?;
        self.asked.remove(&offer);
        let joined = AccountCarry::TextJoined { offer, agent, conversation, queue: asked.queue };
        Ok(if takes { (Ended::Accepted, Some(joined)) } else { (Ended::Declined, None) })
    }

    /// Those who did not answer in time.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<OfferId> {
        self.asked.extract_if(.., |_, asked| asked.until <= now).map(|(offer, _)| offer).collect()
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.asked.values().map(|asked| (asked.until, "text offer")).min()
    }
}

/// It waits in no queue. Their hands may be full, or they may be gone: then it is refused at once.
fn sought(text: &OpenText, agent: AgentId) -> Sought {
    Sought {
        work_item: text.work_item,
        agent,
        queue: Some(text.queue),
        medium: Medium::Text,
        ring_for: ASKED_FOR,
        ends_wrap_up: false,
        engaged_here: false,
    }
}

/// Nobody is on the line: it waits as long as it takes.
fn work(text: OpenText) -> Work {
    let work = Work {
        channel: Some(text.channel.to_owned()),
        callback: true,
        asked_by: text.asked_by,
        ..Work::new(text.work_item, text.queue, Medium::Text, text.enqueued_at)
    };
    work.treated(text.treatment)
}

#[cfg(test)]
mod tests;
