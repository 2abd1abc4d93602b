//! Agents in calls that nobody gave them as work: a colleague rings at them directly, a flow does, they have called somebody
//! themselves, has dialled a code, or the house has called them to speak a prompt. As long as one of their telephones is in such a call, they have a call in hand.

use super::AccountDesk;
use ringdesk_model::{AgentId, CallId, Timestamp};
use ringdesk_routing::{Engaged, Input};
use ringdesk_voice::{CallEvent, LegId, Origin};
use std::collections::{BTreeMap, BTreeSet};

/// One telephone of an agent, in a call that is no work of theirs, or was not when it began.
#[derive(Clone, Copy, Debug)]
struct EngagedLeg {
    agent: AgentId,
    call: CallId,
    how: Engaged,
    /// It has left this call and is not in the other yet.
    moving: bool,
}

#[derive(Default)]
pub(super) struct EngagedLegs {
    legs: BTreeMap<LegId, EngagedLeg>,
    /// What routing knows of them.
    told: BTreeMap<AgentId, Engaged>,
}

impl AccountDesk {
    pub(super) fn engagement_observed(&mut self, call: CallId, event: &CallEvent) {
        let legs = &mut self.engaged.legs;
        match event {
            CallEvent::Started { leg, origin: Origin::Extension(extension), .. } => {
                self.engages(call, *leg, extension, Engaged::Talking);
            }
            CallEvent::Dialled { leg, extension: Some(extension) } => {
                self.engages(call, *leg, extension, Engaged::Ringing);
            }
            CallEvent::Bridged { a, b, .. } => {
                for leg in [a, b] {
                    legs.entry(*leg).and_modify(|of| of.how = Engaged::Talking);
                }
            }
            // The house has called them, and they talk with it alone.
            CallEvent::Answered { leg } => _ = legs.entry(*leg).and_modify(|of| of.how = Engaged::Talking),
            CallEvent::Released { leg } => _ = legs.entry(*leg).and_modify(|of| of.moving = true),
            CallEvent::Adopted { leg } => {
                legs.entry(*leg).and_modify(|of| (of.call, of.moving) = (call, false));
            }
            CallEvent::LegEnded { leg, .. } => _ = legs.remove(leg),
            CallEvent::Ended { .. } => _ = self.nobody_engaged_in(call),
            _ => {} // changes nothing of who is in a call
        }
    }

    /// Are they in this call, and in no other that is no work?
    pub(super) fn is_engaged_in(&self, agent: AgentId, call: CallId) -> bool {
        let theirs: Vec<EngagedLeg> = self.counted().into_iter().filter(|of| of.agent == agent).collect();
        !theirs.is_empty() && theirs.iter().all(|of| of.call == call)
    }

    pub(super) fn engaged_calls(&self) -> impl Iterator<Item = CallId> {
        self.engaged.legs.values().map(|of| of.call)
    }

    /// This call is over. True: somebody was still in it.
    pub(super) fn nobody_engaged_in(&mut self, call: CallId) -> bool {
        let before = self.engaged.legs.len();
        self.engaged.legs.retain(|_, of| of.call != call || of.moving);
        self.engaged.legs.len() < before
    }

    /// Have routing know who is in such a call, and who is not any more.
    pub(super) fn tell_engaged(&mut self, now: Timestamp) {
        let mut engaged: BTreeMap<AgentId, Engaged> = BTreeMap::new();
        for of in self.counted() {
            let how = engaged.entry(of.agent).or_insert(of.how);
            *how = of.how.max(*how);
        }
        let told = std::mem::replace(&mut self.engaged.told, engaged.clone());
        let agents: BTreeSet<AgentId> = told.keys().chain(engaged.keys()).copied().collect();
        for agent in agents.into_iter().filter(|agent| told.get(agent) != engaged.get(agent)) {
            self.router.handle_input(now, Input::Engaged(agent, engaged.get(&agent).copied()));
        }
    }

    fn engages(&mut self, call: CallId, leg: LegId, extension: &str, how: Engaged) {
        if let Some(agent) = self.router.agent_at(extension) {
            self.engaged.legs.insert(leg, EngagedLeg { agent, call, how, moving: false });
        }
    }

    /// Who has a part in the same call, or is asked by it for a kept place, has it in hand by that: one call is not two.
    fn counted(&self) -> Vec<EngagedLeg> {
        if self.engaged.legs.is_empty() {
            return Vec::new();
        }
        let in_hand: BTreeSet<(CallId, AgentId)> = self.parts.values().map(|part| (part.call, part.agent)).collect();
        let legs = self.engaged.legs.values();
        legs.filter(|of| !in_hand.contains(&(of.call, of.agent)) && !self.places.asks_in(of.call)).copied().collect()
    }
}
