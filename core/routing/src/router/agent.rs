//! One agent: what they chose, what they hold, and what follows from it.

use super::item::{Preference, Rank};
use crate::skills::Demand;
use crate::{AgentSetup, Capacity, Engaged, QueueStrategy, Wanted};
use ringdesk_model::{AgentId, Medium, Presence, QueueId, Timestamp, WorkItemId};
use std::collections::{BTreeMap, BTreeSet};

/// Reasons of the system: nobody is at this desk, as far as it knows.
const ABSENT: [&str; 4] = ["no_answer", "unreachable", "restart", DISCONNECTED];
/// They were lost in the middle of a talk, and did not come back.
pub(super) const DISCONNECTED: &str = "disconnected";

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) setup: AgentSetup,
    /// What applies now. A smaller one from a new plan waits until the work in hand is over.
    pub(super) capacity: Capacity,
    /// No plan names them any more; they go when their work is over.
    pub(super) removed: bool,
    pub(super) chosen: Wanted,
    /// What applies when the work in hand is over.
    pub(super) next: Option<Wanted>,
    pub(super) work: BTreeMap<WorkItemId, Part>,
    /// In a call that is no work; it counts beside those in hand.
    pub(super) engaged: Option<Engaged>,
    pub(super) idle_since: Timestamp,
    pub(super) paused_until: Option<Timestamp>,
    /// No device of theirs is connected.
    pub(super) unseen: bool,
    /// Items that only this agent may have.
    pub(super) personal: BTreeSet<Rank>,
    /// As last told.
    pub(super) presence: Presence,
    pub(super) since: Timestamp,
    pub(super) listed: Listed,
}

/// How the queues know the agent now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// Counted as present, by queue.
    pub(super) present: BTreeSet<(QueueId, Medium)>,
    /// To be asked, by queue.
    pub(super) available: BTreeMap<(QueueId, Medium), Preference>,
    /// May take items of their own.
    pub(super) personal: [bool; 2],
}

/// One work item in an agent's hands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) queue: QueueId,
    pub(super) medium: Medium,
    pub(super) state: PartState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartState {
    Reserved,
    Offered,
    Active,
    /// Active, and the contact hears music.
    Held,
    /// The agent is lost and waited for.
    Lost {
        held: bool,
    },
    /// `None`: until the agent says done.
    WrapUp {
        until: Option<Timestamp>,
    },
}

impl Agent {
    pub(super) fn new(now: Timestamp, setup: AgentSetup) -> Self {
        Agent {
            capacity: setup.capacity,
            setup,
            removed: false,
            chosen: Wanted::LoggedOut,
            next: None,
            work: BTreeMap::new(),
            engaged: None,
            idle_since: now,
            paused_until: None,
            unseen: false,
            personal: BTreeSet::new(),
            presence: Presence::LoggedOut,
            since: now,
            listed: Listed::default(),
        }
    }

    /// Ready, and about to stay so.
    pub(super) fn is_willing(&self) -> bool {
        !self.removed && self.chosen == Wanted::Ready && matches!(self.next, None | Some(Wanted::Ready))
    }

    /// Ready or working. On break is not present.
    pub(super) fn is_present(&self) -> bool {
        !self.removed && (self.chosen == Wanted::Ready || !self.work.is_empty())
    }

    /// May a colleague ask for them: ready, or on a break of their own choice. Whom the system found absent is absent.
    pub(super) fn is_within_reach(&self) -> bool {
        let stays = self.next.as_ref().unwrap_or(&self.chosen);
        !self.removed
            && match stays {
                Wanted::Ready => true,
                Wanted::NotReady(reason) => !ABSENT.contains(&reason.as_str()),
                Wanted::LoggedOut => false,
            }
    }

    pub(super) fn has_room(&self, medium: Medium) -> bool {
        let (voice, text) = self.busy_with();
        match medium {
            Medium::Voice => self.capacity.holds(voice + 1, text),
            Medium::Text => self.capacity.holds(voice, text + 1),
        }
    }

    pub(super) fn is_available(&self, medium: Medium) -> bool {
        self.is_willing() && self.paused_until.is_none() && self.has_room(medium)
    }

    pub(super) fn load(&self) -> u32 {
        let (voice, text) = self.busy_with();
        self.capacity.load(voice, text)
    }

    /// Calls and texts in hand; wrap-up counts.
    pub(super) fn used(&self) -> (u32, u32) {
        let voice = self.work.values().filter(|p| p.medium == Medium::Voice).count();
        (voice as u32, (self.work.len() - voice) as u32)
    }

    /// The same with the call they are engaged in.
    pub(super) fn busy_with(&self) -> (u32, u32) {
        let (voice, text) = self.used();
        (voice + u32::from(self.engaged.is_some()), text)
    }

    pub(super) fn preference(&self, level: u8, strategy: QueueStrategy) -> Preference {
        let (load, idle_since) = (i64::from(self.load()), self.idle_since.0);
        let (first, second) = match strategy {
            QueueStrategy::LeastBusy => (load, idle_since),
            QueueStrategy::LongestIdle => (i64::from(load > 0), idle_since),
            QueueStrategy::TopDown | QueueStrategy::RoundRobin | QueueStrategy::RingAll => (0, 0),
        };
        (level, first, second, self.setup.id)
    }

    /// Does the agent serve this queue, and meet the wish?
    pub(super) fn meets(&self, demand: &Demand, queue: QueueId) -> bool {
        self.setup.queues.get(&queue).is_some_and(|level| demand.is_met(*level, &self.setup.skills))
    }

    /// The presence that follows, and the queue of the work that makes it.
    pub(super) fn derived(&self) -> (Presence, Option<QueueId>) {
        let engaged = self.engaged.map(|how| match how {
            Engaged::Talking => (strength(PartState::Active), None),
            Engaged::Ringing => (strength(PartState::Reserved), None),
        });
        let work = self.work.values().map(|p| (strength(p.state), Some(p.queue)));
        // Of two that are as strong the last: what is work is shown with its queue.
        match engaged.into_iter().chain(work).max_by_key(|(strength, _)| *strength) {
            Some((5, queue)) => (Presence::Reconnecting, queue),
            Some((4, queue)) => (Presence::Talking, queue),
            Some((3, queue)) => (Presence::Hold, queue),
            Some((2, queue)) => (Presence::Offered, queue),
            Some((1, queue)) => (Presence::Reserved, queue),
            Some((_, queue)) => (Presence::WrapUp, queue),
            None => (presence_of(&self.chosen), None),
        }
    }

    pub(super) fn in_wrap_up(&self) -> Vec<WorkItemId> {
        self.work.iter().filter(|(_, p)| matches!(p.state, PartState::WrapUp { .. })).map(|(id, _)| *id).collect()
    }

    pub(super) fn id(&self) -> AgentId {
        self.setup.id
    }
}

fn strength(state: PartState) -> u8 {
    match state {
        PartState::Lost { .. } => 5,
        PartState::Active => 4,
        PartState::Held => 3,
        PartState::Offered => 2,
        PartState::Reserved => 1,
        PartState::WrapUp { .. } => 0,
    }
}

pub(super) fn presence_of(wanted: &Wanted) -> Presence {
    match wanted {
        Wanted::Ready => Presence::Ready,
        Wanted::NotReady(reason) => Presence::NotReady(reason.clone()),
        Wanted::LoggedOut => Presence::LoggedOut,
    }
}
