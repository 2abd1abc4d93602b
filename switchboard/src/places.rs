//! Places in queues that were kept for callers who have hung up. Like texts they are rows, and whoever reads them says which there
//! are. When one's turn comes, the agent is not rung for a call that waits: a call is made for them, in which their own telephone
//! rings first, and then the contact's. The offer is that first ringing. Where the queue calls the contact first, no agent is asked: the
//! call is the contact's, who waits at the kept place as soon as they want to.

use crate::{AccountCarry, Turn};
use ringdesk_model::{
    CallId, CallbackId, Channel, ConversationId, Medium, OfferId, Priority, QueueId, Timestamp, WorkItemId, WorkOutcome,
};
use ringdesk_routing::{Input, Offered, Treatment, Work};
use ringdesk_voice::{Cause, OfferOutcome};
use std::collections::{BTreeMap, BTreeSet};

/// A place that waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPlace {
    pub callback: CallbackId,
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub priority: Priority,
    /// Since when they wait.
    pub enqueued_at: Timestamp,
    pub treatment: Treatment,
    /// Of the caller who is still on the line.
    pub in_place_of: Option<WorkItemId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waits,
    /// An agent has it: its call is under way.
    InHand,
    /// Its contact is called, and no agent is asked.
    Called,
    /// Routing turned it away; it is still in the rows, and comes again.
    Outside,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    conversation: ConversationId,
    since: Timestamp,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    work_item: WorkItemId,
    /// The call that was made for it.
    call: Option<CallId>,
}

/// The part of an account's desk that is about kept places.
#[derive(Debug, Default)]
pub(crate) struct PlaceDesk {
    places: BTreeMap<WorkItemId, Kept>,
    /// Agents whose turn it is, and who have not picked up yet.
    asked: BTreeMap<OfferId, Asked>,
    /// Calls in which contacts are called whom no agent was asked for, until they want to wait.
    calls: BTreeMap<CallId, WorkItemId>,
}

impl PlaceDesk {
    /// These wait for their turn, and no others.
    pub(crate) fn are(&mut self, kept: Vec<KeptPlace>) -> Vec<Input> {
        let named: BTreeSet<WorkItemId> = kept.iter().map(|place| place.work_item).collect();
        // Whom we are calling the rows do not name, and their place is theirs until that call is over.
        let gone = self.places.extract_if(.., |id, kept| !named.contains(id) && kept.stage != Stage::Called);
        let waited = gone.filter(|(_, kept)| kept.stage == Stage::Waits);
        let mut inputs: Vec<Input> = waited.map(|(id, _)| Input::Withdrawn(id)).collect();
        inputs.extend(kept.into_iter().filter_map(|place| self.is(place)));
        inputs
    }

    /// This one does, if nobody has said so before.
    pub(crate) fn is(&mut self, place: KeptPlace) -> Option<Input> {
        if self.places.get(&place.work_item).is_some_and(|kept| kept.stage != Stage::Outside) {
            return None;
        }
        let (conversation, since) = (place.conversation, place.enqueued_at);
        self.places.insert(place.work_item, Kept { conversation, since, stage: Stage::Waits });
        Some(Input::Queued(work(&place)))
    }

    /// It is this agent's turn; `None`: it is no kept place.
    pub(crate) fn offered(&mut self, offered: &Offered) -> Option<AccountCarry> {
        self.places.get(&offered.work_item)?;
        self.asked.insert(offered.offer, Asked { work_item: offered.work_item, call: None });
        Some(AccountCarry::CallBack(Turn {
            offer: offered.offer,
            work_item: offered.work_item,
            agent: offered.agent,
            queue: offered.queue,
            ring_for: offered.ring_for,
        }))
    }

    /// Their telephone is being rung in this call. False: not any more, so it is to be ended.
    pub(crate) fn begun(&mut self, offer: OfferId, call: CallId) -> bool {
        match self.asked.get_mut(&offer) {
            Some(asked) => {
                asked.call = Some(call);
                true
            }
            None => false,
        }
    }

    /// They have picked up: the place is theirs, in this call.
    pub(crate) fn taken(&mut self, offer: OfferId) -> Option<(WorkItemId, CallId)> {
        let asked = self.asked.remove(&offer)?;
        Some((asked.work_item, asked.call?))
    }

    /// The offer that this call stands for, which has ended before anybody picked up.
    pub(crate) fn ended(&mut self, call: CallId) -> Option<OfferId> {
        let offer = self.asked.iter().find(|(_, asked)| asked.call == Some(call)).map(|(offer, _)| *offer)?;
        self.asked.remove(&offer);
        Some(offer)
    }

    /// An agent is being rung in this call.
    pub(crate) fn asks_in(&self, call: CallId) -> bool {
        self.asked.values().any(|asked| asked.call == Some(call))
    }

    /// Nobody is asked any more. With the call to be ended, if there is one; `None`: it is no kept place's.
    pub(crate) fn withdrawn(&mut self, offer: OfferId) -> Option<Option<CallId>> {
        self.asked.remove(&offer).map(|asked| asked.call)
    }

    pub(crate) fn moved(&self, work_item: WorkItemId, queue: QueueId) -> Option<AccountCarry> {
        let conversation = self.places.get(&work_item)?.conversation;
        Some(AccountCarry::PlaceMoved { conversation, work_item, queue })
    }

    /// The turn of its contact has come, and no agent is asked.
    pub(crate) fn turn_of(&mut self, work_item: WorkItemId, queue: QueueId) -> Option<AccountCarry> {
        self.places.get_mut(&work_item)?.stage = Stage::Called;
        Some(AccountCarry::CallFirst { work_item, queue })
    }

    /// They are being called in this call.
    pub(crate) fn called_in(&mut self, work_item: WorkItemId, call: CallId) {
        if self.places.get(&work_item).is_some_and(|kept| kept.stage == Stage::Called) {
            self.calls.insert(call, work_item);
        }
    }

    /// They wait in this call from now on: whose place they take, and since when that is theirs. `None`: nobody's.
    pub(crate) fn returns(&mut self, call: CallId) -> Option<(WorkItemId, Timestamp)> {
        let work_item = self.calls.remove(&call)?;
        let kept = self.places.remove(&work_item)?;
        Some((work_item, kept.since))
    }

    /// This call is over, and they have never come to wait in it.
    pub(crate) fn not_reached(&mut self, call: CallId) -> Option<Input> {
        let work_item = self.calls.remove(&call)?;
        self.not_called(work_item)
    }

    /// No call was made.
    pub(crate) fn not_called(&mut self, work_item: WorkItemId) -> Option<Input> {
        self.places.remove(&work_item).map(|_| Input::Withdrawn(work_item))
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.keys().copied()
    }

    /// Out of its queue; true: it was a kept place.
    pub(crate) fn left(&mut self, work_item: WorkItemId, outcome: WorkOutcome) -> bool {
        let Some(kept) = self.places.get_mut(&work_item) else { return false };
        kept.stage = if outcome == WorkOutcome::Served { Stage::InHand } else { Stage::Outside };
        true
    }
}

/// Nobody is on the line: it waits as long as it takes.
fn work(place: &KeptPlace) -> Work {
    let work = Work {
        priority: place.priority,
        channel: Some(Channel::Phone.as_str().to_owned()),
        callback: true,
        in_place_of: place.in_place_of,
        ..Work::new(place.work_item, place.queue, Medium::Voice, place.enqueued_at)
    };
    work.treated(place.treatment)
}

/// Why nobody picked up, from how the call ended in which they were rung.
pub(crate) fn unanswered(cause: &Cause) -> OfferOutcome {
    match cause {
        Cause::Busy => OfferOutcome::Busy,
        Cause::Declined => OfferOutcome::Declined,
        Cause::NoAnswer => OfferOutcome::NoAnswer,
        Cause::Unreachable => OfferOutcome::Unreachable,
        Cause::Cancelled => OfferOutcome::Superseded,
        _ => OfferOutcome::Failed,
    }
}
