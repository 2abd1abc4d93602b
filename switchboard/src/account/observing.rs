//! What a call's events say of the agents' parts in it.

use super::{AccountDesk, Part};
use ringdesk_model::{AgentId, CallId, OfferId, Timestamp, WorkItemId};
use ringdesk_routing::{self as routing, Joined};
use ringdesk_voice::{CallEvent, LegId};

impl AccountDesk {
    pub(super) fn observed(&mut self, now: Timestamp, call: CallId, event: &CallEvent) {
        self.engagement_observed(call, event);
        if !self.supervision_observed(now, call, event) {
            self.parts_observed(now, call, event);
        }
        self.tell_engaged(now);
    }

    fn parts_observed(&mut self, now: Timestamp, call: CallId, event: &CallEvent) {
        match event {
            CallEvent::Bridged { b, offer: Some(offer), .. } => {
                match self.parts.values_mut().find(|part| part.offer == *offer) {
                    Some(part) => part.leg = Some(*b),
                    None => drop(self.joined.insert(*offer, *b)),
                }
            }
            CallEvent::Bridged { b, agent: Some(agent), offer: None, .. } => self.brought_along(now, call, *agent, *b),
            CallEvent::Held { leg } => self.held(now, call, *leg, routing::Input::WorkHeld),
            CallEvent::Resumed { leg } => self.held(now, call, *leg, routing::Input::WorkResumed),
            // Whoever leaves the one they consulted with may be about to join the talk itself.
            CallEvent::Unbridged { a, b } if self.parts_of(call, |part| part.leg == Some(*a)).is_empty() => {
                self.leg_left(now, call, *b);
            }
            CallEvent::LegEnded { leg, .. } => {
                for work_item in self.parts_of(call, |part| part.leg == Some(*leg) && !part.lost) {
                    self.part_ended(now, work_item);
                }
            }
            CallEvent::Reconnecting { leg, .. } => {
                for work_item in self.parts_of(call, |part| part.leg == Some(*leg)) {
                    self.parts.entry(work_item).and_modify(|part| part.lost = true);
                    self.router.handle_input(now, routing::Input::WorkLost(work_item));
                }
            }
            CallEvent::Reconnected { leg, was, .. } => {
                for work_item in self.parts_of(call, |part| part.leg == Some(*was)) {
                    self.parts.entry(work_item).and_modify(|part| (part.leg, part.lost) = (Some(*leg), false));
                    self.router.handle_input(now, routing::Input::WorkFound(work_item));
                }
            }
            CallEvent::NotReconnected { leg, .. } => {
                for work_item in self.parts_of(call, |part| part.leg == Some(*leg)) {
                    self.parts.remove(&work_item);
                    self.router.handle_input(now, routing::Input::WorkGivenUp(work_item));
                }
            }
            // It is on its way to another call, and so is the part of whose leg it is.
            CallEvent::Released { leg } => {
                self.parts.values_mut().filter(|part| part.leg == Some(*leg)).for_each(|part| part.moving = true);
            }
            CallEvent::Adopted { leg } => {
                for part in self.parts.values_mut().filter(|part| part.leg == Some(*leg)) {
                    (part.call, part.moving) = (call, false);
                }
            }
            CallEvent::Ended { cause, .. } => {
                self.turn_ended(now, call, cause);
                let _ = self.call_first_over(now, call);
                self.supervisions_over(now, call);
                for part in self.parts_of(call, |part| !part.moving) {
                    self.part_ended(now, part);
                }
            }
            _ => {} // of no concern to routing
        }
    }

    /// An agent's telephone has come from another call, in which it was no work: from now on it is.
    fn brought_along(&mut self, now: Timestamp, call: CallId, agent: AgentId, leg: LegId) {
        let Some(queue) = self.parts.values().find(|part| part.call == call).map(|part| part.queue) else { return };
        if !self.parts_of(call, |part| part.leg == Some(leg)).is_empty() {
            return;
        }
        let work_item: WorkItemId = self.ids.next(now);
        let part = Part { call, agent, offer: OfferId(leg.0), queue, leg: Some(leg), moving: false, lost: false };
        self.parts.insert(work_item, part);
        self.router.handle_input(now, routing::Input::Joined(Joined { work_item, agent, queue: Some(queue) }));
    }

    fn held(&mut self, now: Timestamp, call: CallId, leg: LegId, tell: fn(WorkItemId) -> routing::Input) {
        for work_item in self.parts_of(call, |part| part.leg == Some(leg)) {
            self.router.handle_input(now, tell(work_item));
        }
    }

    fn leg_left(&mut self, now: Timestamp, call: CallId, leg: LegId) {
        for work_item in self.parts_of(call, |part| part.leg == Some(leg)) {
            self.part_ended(now, work_item);
        }
    }

    pub(super) fn part_ended(&mut self, now: Timestamp, work_item: WorkItemId) {
        if self.parts.remove(&work_item).is_some() {
            self.router.handle_input(now, routing::Input::WorkEnded(work_item));
        }
    }

    pub(super) fn parts_of(&self, call: CallId, which: impl Fn(&Part) -> bool) -> Vec<WorkItemId> {
        self.parts.iter().filter(|(_, part)| part.call == call && which(part)).map(|(id, _)| *id).collect()
    }
}
