//! Work items in a queue, the queue, and the offer between item and agent.

use super::estimate::Waits;
use crate::skills::Demand;
use crate::{Config, Ended, Mode, QueueSetup, QueueStrategy, Work};
use ringdesk_model::{AgentId, Medium, OfferId, OrderId, Priority, QueueId, Timestamp, WorkItemId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Place in the order of work; time does not change it.
pub(super) type Rank = (i64, WorkItemId);

/// One minute of waiting per point of priority, and a head start for a VIP.
pub(super) fn rank_of(config: &Config, work: &Work, channel: Priority) -> Rank {
    let minutes = i64::from(work.priority.0) + i64::from(channel.0);
    let ahead = if work.vip { i64::try_from(config.vip_ahead.as_micros()).unwrap_or(i64::MAX) } else { 0 };
    (work.enqueued_at.0.saturating_sub(minutes * 60_000_000).saturating_sub(ahead), work.work_item)
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) work: Work,
    pub(super) rank: Rank,
    /// Agents are being asked, or are about to be. None: it waits.
    pub(super) offers: BTreeSet<OfferId>,
    /// The agent it must go to, as long as they are present and the patience lasts.
    pub(super) required: Option<AgentId>,
    /// How often each agent had it without taking it.
    pub(super) tries: BTreeMap<AgentId, u32>,
    pub(super) came_at: Timestamp,
    /// Since when it is in this queue; of one that was told late, earlier than it came.
    pub(super) entered_at: Timestamp,
    /// Queues it has left for another by itself.
    pub(super) visited: BTreeSet<QueueId>,
    /// What is wanted now, after so many steps of relaxation.
    pub(super) demand: Arc<Demand>,
    pub(super) relaxed: usize,
    /// The moment to look at it again, and of which timer.
    pub(super) max_wait_at: Option<Timestamp>,
    pub(super) relax_at: Option<Timestamp>,
    pub(super) overflow_at: Option<Timestamp>,
    pub(super) patience_at: Option<Timestamp>,
    pub(super) paused_until: Option<Timestamp>,
    /// It could not be matched when it came: its wait says something of the queue.
    pub(super) waited: bool,
    /// Its place when it came, and until when it will have been served, as far as can be said.
    pub(super) first_place: u32,
    pub(super) promised: Option<Timestamp>,
    /// It waits in no queue: one agent is asked, once.
    pub(super) sought: bool,
    /// Its contact is being called, and no agent was asked.
    pub(super) calling: bool,
}

impl Item {
    pub(super) fn new(now: Timestamp, work: Work, rank: Rank) -> Self {
        Item {
            rank,
            came_at: now,
            offers: BTreeSet::new(),
            required: None,
            // Their own question is nothing for them, as long as there is somebody else.
            tries: work.asked_by.map(|agent| (agent, 1)).into_iter().collect(),
            entered_at: work.enqueued_at,
            visited: BTreeSet::new(),
            demand: Arc::new(Demand::after(&work.skills, None, &[])),
            relaxed: 0,
            max_wait_at: None,
            relax_at: None,
            overflow_at: None,
            patience_at: None,
            paused_until: None,
            waited: false,
            first_place: 0,
            promised: None,
            sought: false,
            calling: false,
            work,
        }
    }

    /// Nobody is being asked, nor called.
    pub(super) fn waits(&self) -> bool {
        self.offers.is_empty() && !self.calling
    }

    pub(super) fn tries_of(&self, agent: AgentId) -> u32 {
        self.tries.get(&agent).copied().unwrap_or(0)
    }

    pub(super) fn prefers(&self, agent: AgentId) -> bool {
        self.work.preferred.is_some_and(|p| p.agent == agent)
    }
}

/// Items by what is wanted. No lane is empty.
pub(super) type Lanes = BTreeMap<Arc<Demand>, BTreeSet<Rank>>;

pub(super) fn open_in(lanes: &mut Lanes, demand: &Arc<Demand>, rank: Rank) {
    lanes.entry(demand.clone()).or_default().insert(rank);
}

pub(super) fn close_in(lanes: &mut Lanes, demand: &Arc<Demand>, rank: Rank) {
    if let Some(lane) = lanes.get_mut(demand) {
        lane.remove(&rank);
        if lane.is_empty() {
            lanes.remove(demand);
        }
    }
}

/// In this order agents are asked: level, what the strategy counts, id.
pub(super) type Preference = (u8, i64, i64, AgentId);

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) setup: QueueSetup,
    /// Agents of this queue.
    pub(super) members: BTreeSet<AgentId>,
    /// All its items: the order in which callers are told their place.
    pub(super) items: BTreeSet<Rank>,
    /// Items whose contact is called before an agent is asked, and those of them who are being called.
    pub(super) callers: Lanes,
    pub(super) calling: BTreeSet<WorkItemId>,
    /// Items that may be matched now, and agents who may be asked now.
    pub(super) voice: Side,
    pub(super) text: Side,
    /// Whom the strategy chose last.
    pub(super) asked_last: Option<AgentId>,
}

#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) lanes: Lanes,
    pub(super) available: BTreeSet<Preference>,
    /// Members who take this medium and are present.
    pub(super) present: u32,
    pub(super) waits: Waits,
}

impl Queue {
    pub(super) fn new(setup: QueueSetup) -> Self {
        Queue {
            setup,
            members: BTreeSet::new(),
            items: BTreeSet::new(),
            callers: Lanes::new(),
            calling: BTreeSet::new(),
            voice: Side::default(),
            text: Side::default(),
            asked_last: None,
        }
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

    pub(super) fn rings_all(&self) -> bool {
        self.setup.strategy == QueueStrategy::RingAll
    }

    pub(super) fn is_full(&self) -> bool {
        self.setup.max_length.is_some_and(|most| self.items.len() >= most as usize)
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
    /// The item has left while this lived: with its contact, or with another agent.
    pub(super) gone: Option<Ended>,
}
