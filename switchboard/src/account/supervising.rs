//! Supervisors in calls: whoever listens has their hands full, and whoever takes over has the agent's part.

use super::{AccountDesk, Part};
use ringdesk_model::{AgentId, CallId, OfferId, Timestamp, WorkItemId};
use ringdesk_routing::{Input, Joined};
use ringdesk_voice::{CallEvent, LegId};
use std::collections::BTreeMap;

/// Under which routing knows that a supervisor is in a call.
pub(super) type Supervising = BTreeMap<(CallId, AgentId), WorkItemId>;

impl AccountDesk {
    /// True: it was about a supervisor.
    pub(super) fn supervision_observed(&mut self, now: Timestamp, call: CallId, event: &CallEvent) -> bool {
        match event {
            CallEvent::Supervised { supervisor, .. } => self.comes_in(now, call, *supervisor),
            CallEvent::Bridged { b, agent: Some(agent), offer: None, .. } => return self.takes_over(call, *agent, *b),
            CallEvent::SupervisionEnded { supervisor, .. } => {
                if let Some(work_item) = self.supervising.remove(&(call, *supervisor)) {
                    self.router.handle_input(now, Input::WorkLeft(work_item));
                }
            }
            _ => return false,
        }
        true
    }

    /// A call that is over supervises nobody, however it ended.
    pub(super) fn supervisions_over(&mut self, now: Timestamp, call: CallId) {
        let open: Vec<AgentId> =
            self.supervising.keys().filter(|(of, _)| *of == call).map(|(_, agent)| *agent).collect();
        for agent in open {
            if let Some(work_item) = self.supervising.remove(&(call, agent)) {
                self.router.handle_input(now, Input::WorkLeft(work_item));
            }
        }
    }

    /// Told again when the mode changes.
    fn comes_in(&mut self, now: Timestamp, call: CallId, supervisor: AgentId) {
        if self.supervising.contains_key(&(call, supervisor)) {
            return;
        }
        let queue = self.parts.values().find(|part| part.call == call).map(|part| part.queue);
        let work_item: WorkItemId = self.ids.next(now);
        self.supervising.insert((call, supervisor), work_item);
        self.router.handle_input(now, Input::Joined(Joined { work_item, agent: supervisor, queue }));
    }

    /// In the agent's place: from now on it is their own part, and it ends as one.
    fn takes_over(&mut self, call: CallId, agent: AgentId, leg: LegId) -> bool {
        let queue = self.parts.values().find(|part| part.call == call).map(|part| part.queue);
        let (Some(work_item), Some(queue)) = (self.supervising.remove(&(call, agent)), queue) else { return false };
        let part = Part { call, agent, offer: OfferId(leg.0), queue, leg: Some(leg), moving: false, lost: false };
        self.parts.insert(work_item, part);
        true
    }
}
