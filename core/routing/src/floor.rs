//! The floor as a supervisor sees it, at one moment.

use ringdesk_model::{AgentId, Medium, Presence, QueueId, Timestamp, WorkItemId};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Floor {
    pub queues: Vec<QueueFloor>,
    pub agents: Vec<AgentFloor>,
}

impl Floor {
    /// Conversations by text that agents have in hand, by the queue they came from.
    pub fn texts_in_hand(&self) -> BTreeMap<QueueId, u32> {
        let mut texts = BTreeMap::new();
        for work in self.agents.iter().flat_map(|agent| &agent.work).filter(|work| work.is_text_in_hand()) {
            *texts.entry(work.queue).or_default() += 1;
        }
        texts
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueFloor {
    pub queue: QueueId,
    pub name: String,
    /// In the queue, those being offered among them.
    pub waiting: u32,
    /// Of these, an agent is being asked.
    pub offered: u32,
    /// Since when the one waits that waits longest.
    pub longest_waiting_since: Option<Timestamp>,
    /// Agents of the queue by presence (`ready`, `talking` …).
    pub agents: BTreeMap<&'static str, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentFloor {
    pub agent: AgentId,
    pub presence: Presence,
    pub since: Timestamp,
    /// What the agent wants to be when the work in hand is over.
    pub next: Option<Presence>,
    /// A ready agent who is left alone until then (declined, busy).
    pub paused_until: Option<Timestamp>,
    pub work: Vec<WorkFloor>,
}

impl AgentFloor {
    /// Conversations by text that they have in hand.
    pub fn texts_in_hand(&self) -> u32 {
        u32::try_from(self.work.iter().filter(|work| work.is_text_in_hand()).count()).unwrap_or(u32::MAX)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkFloor {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub medium: Medium,
    /// `reserved`, `offered`, `active`, `wrap_up`
    pub state: &'static str,
    /// In wrap-up: when it ends by itself.
    pub until: Option<Timestamp>,
}

impl WorkFloor {
    /// They have taken it and are at it: neither asked for it, nor wrapping it up.
    pub fn is_text_in_hand(&self) -> bool {
        self.medium == Medium::Text && self.state == "active"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S11.1, S11.26
    #[test]
    fn texts_in_hand_are_those_that_agents_are_at() {
        let (now, mut ids) = (Timestamp(0), Ids::seeded(1));
        let (support, sales): (QueueId, QueueId) = (ids.next(now), ids.next(now));
        let mut agent = |all: &[(Medium, QueueId, &'static str)]| AgentFloor {
            agent: ids.next(now),
            presence: Presence::Ready,
            since: now,
            next: None,
            paused_until: None,
            work: all
                .iter()
                .map(|(medium, queue, state)| WorkFloor {
                    work_item: ids.next(now),
                    queue: *queue,
                    medium: *medium,
                    state,
                    until: None,
                })
                .collect(),
        };
        let busy = agent(&[
            (Medium::Text, support, "active"),
            (Medium::Text, support, "active"),
            (Medium::Text, sales, "offered"),
            (Medium::Text, sales, "wrap_up"),
            (Medium::Voice, sales, "active"),
        ]);
        let other = agent(&[(Medium::Text, support, "active"), (Medium::Text, sales, "active")]);
        assert_eq!((busy.texts_in_hand(), other.texts_in_hand()), (2, 2));
        let floor = Floor { queues: vec![], agents: vec![busy, other] };
        assert_eq!(floor.texts_in_hand(), BTreeMap::from([(support, 3), (sales, 1)]));
    }
}
