//! The contact and those who talk to it: who joins, who leaves, and what is left.
//!
//! `caller` is the leg everything turns round: the contact's. When it leaves, everybody is sent home, with two exceptions in
//! which somebody else of the outside world inherits the talk ([`Call::heir`]).

use crate::search::Purpose;
use crate::{Call, FlowFact};
use ringdesk_model::{AgentId, OfferId, QueueId, Timestamp};
use ringdesk_voice::{CallEvent, Cause, DialOutcome, EndedBy, LegId};
use std::collections::BTreeMap;

/// Somebody who talks in this call, beside the contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// `None`: somebody outside, or a telephone that is nobody's.
    pub(crate) agent: Option<AgentId>,
    pub(crate) offer: Option<OfferId>,
    /// Nobody hears this part.
    pub(crate) muted: bool,
    /// It put the others on hold by order.
    pub(crate) holds: bool,
}

/// What the contact is in, once somebody has talked to it and the flow has stepped back. Nobody may be there for a while:
/// the contact is parked, or on its way to somebody else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Talk {
    pub(crate) parts: BTreeMap<LegId, Part>,
    /// An agent has been in it: what the flow wants has to wait.
    pub(crate) with_agent: bool,
}

impl Call {
    /// This leg joins the talk with the contact.
    pub(crate) fn join(&mut self, leg: LegId, part: Part) {
        if let Some(play) = self.plays.last().copied() {
            self.stop_play(play); // earlier ones were replaced by this one
        }
        self.left = None;
        self.event(CallEvent::Bridged { a: self.caller, b: leg, agent: part.agent, offer: part.offer });
        let talk = self.talk.get_or_insert_default();
        talk.with_agent |= part.agent.is_some();
        talk.parts.insert(leg, part);
    }

    /// Who talks with this leg: for the choice of a codec.
    pub(crate) fn partner(&self, id: LegId) -> Option<LegId> {
        let parts = &self.talk.as_ref()?.parts;
        if id == self.caller { parts.keys().next().copied() } else { parts.contains_key(&id).then_some(self.caller) }
    }

    pub(crate) fn is_part(&self, id: LegId) -> bool {
        self.talk.as_ref().is_some_and(|talk| talk.parts.contains_key(&id))
    }

    /// How many talk to the contact.
    pub(crate) fn parts(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| talk.parts.len())
    }

    /// Somebody in the talk, or asked about it.
    pub(crate) fn part(&self, id: LegId) -> Option<&Part> {
        let asked = self.search.as_ref().and_then(|s| s.asked());
        self.talk.as_ref().and_then(|t| t.parts.get(&id)).or(asked.filter(|(leg, _)| *leg == id).map(|(_, part)| part))
    }

    pub(crate) fn part_mut(&mut self, id: LegId) -> Option<&mut Part> {
        match self.talk.as_mut().and_then(|talk| talk.parts.get_mut(&id)) {
            Some(part) => Some(part),
            None => {
                self.search.as_mut().and_then(|s| s.asked_mut()).filter(|(leg, _)| *leg == id).map(|(_, part)| part)
            }
        }
    }

    /// The leg of this agent, in the talk or in a consultation.
    pub(crate) fn leg_of(&self, agent: AgentId) -> Option<LegId> {
        let asked = self.search.as_ref().and_then(|s| s.asked());
        let parts = self.talk.iter().flat_map(|talk| talk.parts.iter().map(|(leg, part)| (*leg, part)));
        parts.chain(asked).find(|(_, part)| part.agent == Some(agent)).map(|(leg, _)| leg)
    }

    /// In his own call the agent is the one who came in. Before anything is done with it, it is made a call like all others:
    /// the contact is whom he has called, and he is a part.
    pub(crate) fn turn_own(&mut self, now: Timestamp) {
        if self.search.is_some() || self.ending.is_some() {
            return;
        }
        let Some(agent) = self.own.filter(|_| self.parts() > 0) else { return };
        // Nothing is turned round somebody who is waited for.
        let Some(contact) = self.called().filter(|leg| !self.lost.contains_key(leg)) else { return };
        let former = self.caller;
        self.turn_round(now, contact);
        self.join(former, Part { agent: Some(agent), ..Part::default() });
    }

    /// Take this leg out of the talk; it goes on living, and hears nothing.
    pub(crate) fn take_out(&mut self, now: Timestamp, id: LegId) -> Option<Part> {
        let part = self.talk.as_mut()?.parts.remove(&id)?;
        self.forget_loss(now, id);
        self.event(CallEvent::Unbridged { a: self.caller, b: id });
        if let Some(agent) = part.agent {
            self.nothing_to_supervise(now, agent);
        }
        Some(part)
    }

    /// This leg leaves the talk, and the call.
    pub(crate) fn let_go(&mut self, now: Timestamp, id: LegId) {
        if id == self.caller {
            // Whom he has called stays.
            let Some(heir) = self.called() else { return };
            self.turn_round(now, heir);
            self.send_home(now, id);
        } else if self.take_out(now, id).is_some() {
            self.send_home(now, id);
        }
    }

    /// Whom the caller called: somebody outside before an agent.
    fn called(&self) -> Option<LegId> {
        let parts = &self.talk.as_ref()?.parts;
        // Not one who is waited for, and whose leg has ended.
        let live = || parts.iter().filter(|(leg, _)| self.legs.get(leg).is_some_and(|l| l.is_live()));
        live().find(|(_, part)| part.agent.is_none()).or(live().next()).map(|(leg, _)| *leg)
    }

    /// Hang up. A telephone that asked for a transfer is told first, and hangs up itself (RFC 5589 §6): it is given time to.
    pub(crate) fn send_home(&mut self, now: Timestamp, id: LegId) {
        let until = now + self.config.answer;
        match self.legs.get_mut(&id).filter(|leg| leg.is_live() && leg.asked_for_transfer) {
            Some(leg) => leg.leaves = Some(until),
            None => self.hang_up(now, id, Cause::Normal),
        }
    }

    /// A part's leg is over, or as good as over.
    pub(crate) fn part_ended(&mut self, now: Timestamp, id: LegId, cause: Cause) {
        let asks = self.search.as_ref().is_some_and(|s| s.sender == Some(id));
        if asks {
            self.sender_left(id);
        }
        let Some(part) = self.take_out(now, id) else { return };
        if asks && self.search.as_ref().is_some_and(|s| s.asked().is_some()) {
            self.target_takes_over(now);
        }
        self.thinned(now, cause, part.agent.is_some());
    }

    /// Somebody has left. With nobody left, and nobody on the way, the flow decides what becomes of the contact.
    pub(crate) fn thinned(&mut self, now: Timestamp, cause: Cause, agent: bool) {
        let awaited = self.parked.is_some() || self.search.is_some();
        if self.parts() > 0 || awaited || self.talk.is_none() {
            return;
        }
        let by = match (cause, agent) {
            (Cause::SignalingTimeout | Cause::MediaTimeout | Cause::InternalFailure | Cause::Shutdown, _) => {
                EndedBy::System
            }
            (_, true) => EndedBy::Agent,
            (_, false) => EndedBy::Callee,
        };
        self.talk_ended(now, cause, by);
    }

    pub(crate) fn talk_ended(&mut self, now: Timestamp, cause: Cause, by: EndedBy) {
        self.talk = None;
        match self.flow_ended.take() {
            Some(_) => self.end(now, cause, by),
            None if self.flowless => self.end(now, cause, by),
            None => {
                self.left = Some((cause, by, now + self.config.alone));
                self.fact(FlowFact::DialEnded(DialOutcome::Talked));
            }
        }
    }

    /// The contact's leg has ended. Who inherits the talk: whom a caller has passed on, when it was the caller who passed
    /// somebody on; or, in a talk of several, somebody outside, with whom the agents go on. Agents among themselves have
    /// nothing to talk about when their contact is gone: a conference of agents ends with the caller.
    fn heir(&self) -> Option<LegId> {
        let parts = &self.talk.as_ref()?.parts;
        match &self.search {
            Some(search) if search.sender == Some(self.caller) => self.called(),
            Some(_) => None,
            None if parts.len() > 1 => parts.iter().find(|(_, part)| part.agent.is_none()).map(|(leg, _)| *leg),
            None => None,
        }
    }

    /// The contact's leg is over. True: the call goes on round another leg.
    pub(crate) fn inherited(&mut self, now: Timestamp) -> bool {
        if self.ending.is_some() {
            return false;
        }
        let Some(heir) = self.heir() else { return false };
        let former = self.caller;
        self.turn_round(now, heir);
        if self.search.as_ref().is_some_and(|s| s.sender == Some(former)) {
            let asked = self.search.as_ref().is_some_and(|s| s.asked().is_some());
            self.sender_left(former);
            if asked {
                self.target_takes_over(now);
            }
        }
        true
    }

    /// From now on everything turns round this leg of the talk. The flow was the former caller's: it is over.
    pub(crate) fn turn_round(&mut self, now: Timestamp, heir: LegId) {
        let Some(part) = self.talk.as_mut().and_then(|talk| talk.parts.remove(&heir)) else { return };
        self.forget_loss(now, heir);
        let from = std::mem::replace(&mut self.caller, heir);
        if part.muted {
            self.event(CallEvent::Unmuted { leg: heir }); // round whom everything turns is heard
        }
        self.event(CallEvent::Inherited { leg: heir, from });
        self.flow_is_over();
        self.own = None;
        if let Some(agent) = part.agent {
            self.nothing_to_supervise(now, agent);
        }
    }

    /// No flow is behind this call any more.
    pub(crate) fn flow_is_over(&mut self) {
        self.plays.clear();
        self.flow_ended = None;
        if !self.flowless {
            self.fact(FlowFact::CallerGone);
            self.flowless = true;
        }
    }

    /// The contact goes back to the flow, to wait in this queue.
    pub(crate) fn back_to_queue(&mut self, now: Timestamp, queue: QueueId, returns: bool) {
        self.back_to_flow(now);
        self.fact(FlowFact::Queue { queue, returns });
    }

    /// The contact is the flow's again: everybody else goes home.
    pub(crate) fn back_to_flow(&mut self, now: Timestamp) {
        let parts: Vec<LegId> = self.talk.iter().flat_map(|talk| talk.parts.keys().copied()).collect();
        for leg in parts {
            self.let_go(now, leg);
        }
        self.talk = None;
        self.parked = None;
        self.flow_ended = None;
        self.flowless = false;
        self.left = Some((Cause::Normal, EndedBy::Flow, now + self.config.alone));
    }

    pub(crate) fn is_sought(&self, purpose: impl Fn(&Purpose) -> bool) -> bool {
        self.search.as_ref().is_some_and(|s| purpose(&s.purpose))
    }
}
