//! Work items in a queue, the queue, and the offer between item and agent.

use crate::{Mode, QueueSetup, Work};
use ringdesk_model::{AgentId, Medium, OfferId, OrderId, QueueId, Timestamp, WorkItemId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Place in the order of work; does not change while the item waits.
pub(super) type Rank = (i64, WorkItemId);

/// One minute of waiting per point of priority.
pub(super) fn rank_of(work: &Work) -> Rank {
    (work.enqueued_at.0.saturating_sub(i64::from(work.priority.0) * 60_000_000), work.work_item)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// Matched; the store has not answered yet.
    Proposed(OfferId),
    Offered(OfferId),
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) work: Work,
    pub(super) rank: Rank,
    pub(super) stage: Stage,
    /// The agent it must go to, as long as they are present.
    pub(super) required: Option<AgentId>,
    /// How often each agent had it without taking it.
    pub(super) tries: BTreeMap<AgentId, u32>,
    pub(super) max_wait_at: Option<Timestamp>,
    pub(super) paused_until: Option<Timestamp>,
    /// It waits in no queue: one agent is asked, once.
    pub(super) sought: bool,
}

impl Item {
    pub(super) fn tries_of(&self, agent: AgentId) -> u32 {
        self.tries.get(&agent).copied().unwrap_or(0)
    }
}

/// In this order agents are asked: level, load, idle since, id.
pub(super) type Preference = (u8, u32, Timestamp, AgentId);

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) setup: QueueSetup,
    /// Agents of this queue.
    pub(super) members: BTreeSet<AgentId>,
    /// All its items: the order in which callers are told their place.
    pub(super) items: BTreeSet<Rank>,
    /// Items that may be matched now, and agents who may be asked now.
    pub(super) voice: Side,
    pub(super) text: Side,
}

#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) open: BTreeSet<Rank>,
    pub(super) available: BTreeSet<Preference>,
    /// Members who take this medium and are present.
    pub(super) present: u32,
}

impl Queue {
    pub(super) fn new(setup: QueueSetup) -> Self {
        Queue { setup, members: BTreeSet::new(), items: BTreeSet::new(), voice: Side::default(), text: Side::default() }
    }

    pub(super) fn side(&self, medium: Medium) -> &Side {
        match medium {
            Medium::Voice => &self.voice,
            Medium::Text => &self.text,
        }
    }

    pub(super) fn side_mut(&mut self, medium: Medium) -> &mut Side {
        match medium {
            Medium::Voice => &mut self.voice,
            Medium::Text => &mut self.text,
        }
    }

    pub(super) fn pushes(&self) -> bool {
        self.setup.mode == Mode::Push
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfferStage {
    /// The store has not answered yet.
    Reserved,
    Ringing,
    /// Taken back; the call has not answered yet.
    Withdrawing,
}

#[derive(Debug)]
pub(super) struct Offer {
    pub(super) work_item: WorkItemId,
    pub(super) agent: AgentId,
    pub(super) queue: QueueId,
    pub(super) medium: Medium,
    pub(super) stage: OfferStage,
    /// Who waits to hear that the store has taken it.
    pub(super) order: Option<OrderId>,
    pub(super) ring_for: Duration,
    pub(super) deadline: Timestamp,
    /// The item left while the store had not answered.
    pub(super) item_gone: bool,
}
