//! The call sheet: what a CDR says, folded from facts. Nothing in it is ever set by hand.

use crate::{CallFact, SoundFigures, SoundParty};
use ringdesk_model::{AgentId, InboxId, OfferId, Pii, QueueId, Timestamp, WorkItemId, WorkOutcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// A call may be queued and offered often, but not without end: beyond this the earliest finished ones are forgotten
/// (their times stay in the figures).
const SPELLS: usize = 64;
const PARTICIPATIONS: usize = 256;

/// The summary of one call so far. Facts may come late or twice: neither counts double nor makes a span negative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallSheet {
    pub started_at: Option<Timestamp>,
    pub from: Option<Pii<String>>,
    pub to: Option<Pii<String>>,
    pub inbox: Option<InboxId>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub hangup_cause: Option<String>,
    pub hung_up_by: Option<String>,
    /// The last step of the flow that was entered.
    pub last_step: Option<String>,
    pub queue_spells: Vec<QueueSpell>,
    /// Every agent it was offered to, in order; those who talked have a `joined_at`.
    pub participations: Vec<Participation>,
    /// The sound of everybody who took part, as each left.
    pub sound: Vec<Sound>,
    queue_us: u64,
    connected_us: u64,
    hold_us: u64,
    connected_since: Option<Timestamp>,
    callee_talks: bool,
    /// Agents who have put the others on hold, and whether the other side has.
    holders: BTreeSet<AgentId>,
    held_by_others: bool,
    /// Up to when hold is booked.
    hold_from: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    pub party: SoundParty,
    pub figures: SoundFigures,
}

/// One stay in one queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSpell {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub queued_at: Timestamp,
    pub left_at: Option<Timestamp>,
    pub outcome: Option<WorkOutcome>,
}

/// One agent's span in the call, from the offer to the end of wrap-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    pub offer: OfferId,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub offered_at: Option<Timestamp>,
    pub offer_ended_at: Option<Timestamp>,
    /// `accepted`, `declined`, `no_answer` …
    pub offer_outcome: Option<String>,
    pub joined_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub hold_us: u64,
    /// They talk with the colleague who asked them; the contact does not hear it.
    #[serde(default)]
    pub consults: bool,
    /// When wrap-up is to end by itself; `None`: when the agent says so.
    pub wrap_up_until: Option<Timestamp>,
    pub wrap_up_ended_at: Option<Timestamp>,
    /// Path in the disposition tree: `billing/refund`.
    pub disposition: Option<String>,
}

/// Times of a call, in milliseconds. Spans that are still open count up to the moment asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub queue_ms: u64,
    /// The caller and an agent, or whom a flow dialled, hearing each other; hold is not in it.
    pub talk_ms: u64,
    pub hold_ms: u64,
}

impl CallSheet {
    /// Fold one fact in.
    pub fn apply(&mut self, at: Timestamp, fact: &CallFact) {
        match fact {
            CallFact::Started { from, to, inbox } => {
                if self.started_at.is_none() {
                    self.started_at = Some(at);
                    self.from = Some(from.clone());
                    self.to = Some(to.clone());
                    self.inbox = *inbox;
                }
            }
            CallFact::Answered => {
                self.answered_at.get_or_insert(at);
            }
            CallFact::StepEntered { step, .. } => self.last_step = Some(step.clone()),
            CallFact::Queued { work_item, queue } => self.queued(at, *work_item, *queue),
            CallFact::LeftQueue { work_item, outcome } => self.left_queue(at, *work_item, *outcome),
            CallFact::Offered { offer, agent, queue } => {
                let part = self.part(*offer, *agent, Some(*queue));
                part.offered_at.get_or_insert(at);
            }
            CallFact::OfferEnded { offer, agent, outcome } => {
                let part = self.part(*offer, *agent, None);
                if part.offer_ended_at.is_none() {
                    part.offer_ended_at = Some(at);
                    part.offer_outcome = Some(outcome.clone());
                }
            }
            CallFact::AgentConsulted { offer, agent, queue, .. } => {
                let part = self.part(*offer, *agent, *queue);
                if part.joined_at.is_none() {
                    (part.joined_at, part.consults) = (Some(at), true);
                }
            }
            CallFact::AgentJoined { offer, agent, queue } => self.joined(at, *offer, *agent, *queue),
            CallFact::AgentLeft { agent } => self.left(at, Some(*agent)),
            CallFact::CalleeJoined => {
                if self.ended_at.is_none() {
                    self.settle_hold(at);
                    self.callee_talks = true;
                    self.connected_since.get_or_insert(at);
                }
            }
            CallFact::CalleeLeft => {
                self.settle_hold(at);
                if std::mem::take(&mut self.callee_talks) {
                    self.held_by_others = false;
                    self.disconnect(at);
                }
            }
            CallFact::Sound { party, figures } => {
                if self.sound.len() < PARTICIPATIONS {
                    self.sound.push(Sound { party: *party, figures: figures.clone() });
                }
            }
            // Events of the talk; what it comes to is in the figures at its end.
            CallFact::SoundPoor { .. } | CallFact::SoundRecovered { .. } => {}
            CallFact::Held { agent } => {
                if self.ended_at.is_none() {
                    self.settle_hold(at);
                    match agent {
                        Some(agent) => drop(self.holders.insert(*agent)),
                        None => self.held_by_others = true,
                    }
                }
            }
            CallFact::Resumed { agent } => {
                self.settle_hold(at);
                match agent {
                    Some(agent) => drop(self.holders.remove(agent)),
                    None => self.held_by_others = false,
                }
            }
            // Their times are those of the work, and of who joins.
            CallFact::Sought { .. }
            | CallFact::SoughtEnded { .. }
            | CallFact::Muted { .. }
            | CallFact::Unmuted { .. }
            | CallFact::Transferring { .. }
            | CallFact::TransferEnded { .. }
            | CallFact::Supervised { .. }
            | CallFact::SupervisionEnded { .. }
            | CallFact::AgentLost { .. }
            | CallFact::AgentBack { .. }
            | CallFact::AgentGone { .. }
            | CallFact::Parked { .. }
            | CallFact::Retrieved { .. } => {}
            // Their time is nobody's talk.
            CallFact::VoicemailBegun { .. }
            | CallFact::VoicemailDiscarded { .. }
            | CallFact::Voicemail { .. }
            | CallFact::Rated { .. } => {}
            CallFact::Ended { cause, by } => self.ended(at, cause, by),
        }
    }

    pub fn figures(&self, now: Timestamp) -> Figures {
        let now = self.ended_at.map_or(now, |end| end.min(now));
        let waiting: u64 =
            self.queue_spells.iter().filter(|s| s.left_at.is_none()).map(|s| span(s.queued_at, now)).sum();
        let hold = self.hold_us + self.hold_running(now);
        let connected = self.connected_us + self.connected_since.map_or(0, |since| span(since, now));
        Figures {
            queue_ms: (self.queue_us + waiting) / 1_000,
            talk_ms: connected.saturating_sub(hold) / 1_000,
            hold_ms: hold / 1_000,
        }
    }

    /// Those who talked, in order.
    pub fn talked(&self) -> impl Iterator<Item = &Participation> {
        self.participations.iter().filter(|p| p.joined_at.is_some())
    }

    fn queued(&mut self, at: Timestamp, work_item: WorkItemId, queue: QueueId) {
        // In another queue from now on.
        if let Some(spell) = self.queue_spells.iter().find(|s| s.work_item == work_item && s.left_at.is_none())
            && spell.queue != queue
        {
            self.left_queue(at, work_item, WorkOutcome::Moved);
        }
        // The same work item again: a repetition, unless it had left before.
        let repeated =
            |s: &QueueSpell| s.work_item == work_item && s.queue == queue && s.left_at.is_none_or(|left| at <= left);
        if self.ended_at.is_some() || self.queue_spells.iter().any(repeated) {
            return;
        }
        if self.queue_spells.len() == SPELLS {
            match self.queue_spells.iter().position(|s| s.left_at.is_some()) {
                Some(finished) => drop(self.queue_spells.remove(finished)),
                None => return,
            }
        }
        self.queue_spells.push(QueueSpell { work_item, queue, queued_at: at, left_at: None, outcome: None });
    }

    fn left_queue(&mut self, at: Timestamp, work_item: WorkItemId, outcome: WorkOutcome) {
        for spell in self.queue_spells.iter_mut().filter(|s| s.work_item == work_item) {
            if spell.left_at.is_none() {
                spell.left_at = Some(at.max(spell.queued_at));
                self.queue_us += span(spell.queued_at, at);
            }
            spell.outcome.get_or_insert(outcome);
        }
    }

    /// The participation of this offer, begun if this is the first we hear of it.
    fn part(&mut self, offer: OfferId, agent: AgentId, queue: Option<QueueId>) -> &mut Participation {
        let at = match self.participations.iter().position(|p| p.offer == offer) {
            Some(at) => at,
            None => {
                if self.participations.len() == PARTICIPATIONS {
                    let idle = self.participations.iter().position(|p| p.joined_at.is_none()).unwrap_or(0);
                    self.participations.remove(idle);
                }
                self.participations.push(Participation::new(offer, agent, queue));
                self.participations.len() - 1
            }
        };
        let part = &mut self.participations[at];
        part.queue = part.queue.or(queue);
        part
    }

    fn joined(&mut self, at: Timestamp, offer: OfferId, agent: AgentId, queue: Option<QueueId>) {
        self.settle_hold(at);
        let ended_at = self.ended_at;
        let part = self.part(offer, agent, queue);
        if part.left_at.is_some() || (part.joined_at.is_some() && !part.consults) {
            return;
        }
        part.joined_at.get_or_insert(at);
        part.consults = false;
        match ended_at {
            // Written down after the end: the span is what was left of the call.
            Some(end) => {
                part.left_at = Some(end.max(at));
                self.connected_us += span(at, end);
            }
            None => {
                self.connected_since.get_or_insert(at);
            }
        }
    }

    /// `None`: everybody.
    fn left(&mut self, at: Timestamp, agent: Option<AgentId>) {
        self.settle_hold(at);
        let mut somebody_left = false;
        for part in self.participations.iter_mut().filter(|p| p.is_in() && agent.is_none_or(|a| a == p.agent)) {
            part.left_at = Some(at.max(part.joined_at.unwrap_or(at)));
            somebody_left = true;
            self.holders.remove(&part.agent);
        }
        if agent.is_none() {
            somebody_left |= std::mem::take(&mut self.callee_talks);
        }
        if somebody_left {
            self.disconnect(at);
        }
    }

    /// The talk is over, unless somebody is still there.
    fn disconnect(&mut self, at: Timestamp) {
        if self.callee_talks || self.participations.iter().any(Participation::is_connected) {
            return;
        }
        if let Some(since) = self.connected_since.take() {
            self.connected_us += span(since, at);
        }
        self.held_by_others = false;
    }

    fn ended(&mut self, at: Timestamp, cause: &str, by: &str) {
        if self.ended_at.is_some() {
            return;
        }
        self.left(at, None);
        let open: Vec<WorkItemId> =
            self.queue_spells.iter().filter(|s| s.left_at.is_none()).map(|s| s.work_item).collect();
        for spell in self.queue_spells.iter_mut().filter(|s| open.contains(&s.work_item) && s.left_at.is_none()) {
            // The outcome may still come; the caller has certainly left.
            spell.left_at = Some(at.max(spell.queued_at));
            self.queue_us += span(spell.queued_at, at);
        }
        self.ended_at = Some(at);
        self.hangup_cause = Some(cause.to_owned());
        self.hung_up_by = Some(by.to_owned());
    }

    /// Book the hold that is running, up to `at`: before anything changes of who talks and who holds.
    fn settle_hold(&mut self, at: Timestamp) {
        if self.ended_at.is_some() {
            return;
        }
        self.hold_us += self.hold_running(at);
        let (from, others) = (self.hold_from.unwrap_or(at), self.held_by_others);
        for part in self.participations.iter_mut().filter(|p| p.is_connected()) {
            if others || self.holders.contains(&part.agent) {
                part.hold_us += span(from.max(part.joined_at.unwrap_or(from)), at);
            }
        }
        self.hold_from = Some(from.max(at));
    }

    /// The contact is held when nobody is left who talks with them. Hold counts only while somebody is in the call.
    fn is_held(&self) -> bool {
        let mut there = self.participations.iter().filter(|p| p.is_connected()).peekable();
        let all = there.peek().is_some() && there.all(|p| self.holders.contains(&p.agent));
        self.held_by_others || (all && !self.callee_talks)
    }

    fn hold_running(&self, now: Timestamp) -> u64 {
        match (self.hold_from, self.connected_since) {
            (Some(from), Some(connected)) if self.is_held() => span(from.max(connected), now),
            _ => 0,
        }
    }
}

impl Participation {
    fn new(offer: OfferId, agent: AgentId, queue: Option<QueueId>) -> Self {
        Participation {
            offer,
            agent,
            queue,
            offered_at: None,
            offer_ended_at: None,
            offer_outcome: None,
            joined_at: None,
            left_at: None,
            hold_us: 0,
            consults: false,
            wrap_up_until: None,
            wrap_up_ended_at: None,
            disposition: None,
        }
    }

    /// In the call now.
    pub fn is_in(&self) -> bool {
        self.joined_at.is_some() && self.left_at.is_none()
    }

    /// Talking with the contact, and not only with a colleague.
    pub fn is_connected(&self) -> bool {
        self.is_in() && !self.consults
    }

    /// Talking without hold.
    pub fn talk(&self, now: Timestamp) -> Duration {
        let connected = self.joined_at.map_or(0, |joined| span(joined, self.left_at.unwrap_or(now)));
        Duration::from_micros(connected.saturating_sub(self.hold_us))
    }

    pub fn hold(&self) -> Duration {
        Duration::from_micros(self.hold_us)
    }

    /// From the end of the talk to the end of wrap-up; zero when it has not begun.
    pub fn wrap_up(&self, now: Timestamp) -> Duration {
        self.left_at.map_or(Duration::ZERO, |left| self.wrap_up_ended_at.unwrap_or(now).since(left))
    }
}

fn span(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "call_sheet/tests.rs"]
mod tests;
