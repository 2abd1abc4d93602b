//! An offer to an agent or a dial of the flow, from the order to the first device that answers.

use crate::leg::{About, Exchange, Leg, Signaling};
use crate::{Call, FlowFact, Output};
use ringdesk_model::{AskId, OfferId, OrderId, Pii, Timestamp};
use ringdesk_voice::{
    Answer, CallEvent, Cause, Destination, Dial, DialOutcome, DialRequest, LegCommand, LegId, OfferOrder, OfferOutcome,
    Outcome, Question, Sdp, Target,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Why something rings.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    Offer(OrderId, OfferOrder),
    Dial(DialRequest),
}

/// What rings.
#[derive(Clone, Debug)]
pub(crate) struct Ringing {
    purpose: Purpose,
    /// We ask where the target is, at most until then.
    pub(crate) reach: Option<(AskId, Timestamp)>,
    /// It rings at most until then. `None`: it does not ring yet, or rang long enough.
    pub(crate) until: Option<Timestamp>,
    /// Ways to try one after the other: two trunks to one number are one person, the devices of an extension ring together.
    next: VecDeque<Destination>,
    /// The devices, with how they ended.
    devices: BTreeMap<LegId, Option<OfferOutcome>>,
}

impl Ringing {
    pub(crate) fn asks(&self, ask: AskId) -> bool {
        self.reach.is_some_and(|(a, _)| a == ask)
    }

    fn target(&self) -> &Target {
        match &self.purpose {
            Purpose::Offer(_, offer) => &offer.target,
            Purpose::Dial(request) => &request.target,
        }
    }

    fn ring_for(&self) -> Duration {
        match &self.purpose {
            Purpose::Offer(_, offer) => offer.ring_for,
            Purpose::Dial(request) => request.ring_for,
        }
    }
}

impl Call {
    /// Ring the devices of an agent for the waiting caller.
    pub(crate) fn offer_agent(&mut self, now: Timestamp, order: OrderId, offer: OfferOrder) {
        let obstacle = if self.ending.is_some() {
            Some("the call is over")
        } else if self.bridge.is_some() {
            Some("the caller is talking")
        } else if self.ringing.is_some() {
            Some("the call is ringing somebody else")
        } else if !self.caller_listens() {
            Some("the caller has not been answered yet")
        } else {
            None
        };
        if let Some(obstacle) = obstacle {
            return self.done(order, Outcome::Refused(obstacle.into()));
        }
        self.event(CallEvent::Offered {
            offer: offer.offer,
            agent: offer.agent,
            queue: offer.queue,
            work_item: offer.work_item,
        });
        self.reach(now, Purpose::Offer(order, offer));
    }

    pub(crate) fn withdraw(&mut self, now: Timestamp, offer: OfferId) {
        if matches!(&self.ringing, Some(Ringing { purpose: Purpose::Offer(_, o), .. }) if o.offer == offer) {
            self.stop_ringing(now, OfferOutcome::Superseded, Cause::Cancelled);
        }
    }

    /// The flow wants somebody dialled. If an agent is ringing, the caller has just left that queue.
    pub(crate) fn dial(&mut self, now: Timestamp, request: DialRequest) {
        let dials = self.dials();
        let unusable = self.is_unanswered() && self.description.is_none();
        if dials || unusable || self.bridge.is_some() {
            return self.fact(FlowFact::DialEnded(DialOutcome::Failed));
        }
        self.stop_ringing(now, OfferOutcome::CallerLeft, Cause::Cancelled);
        self.reach(now, Purpose::Dial(request));
    }

    fn reach(&mut self, now: Timestamp, purpose: Purpose) {
        let ask: AskId = self.ids.next(now);
        let ringing = Ringing {
            purpose,
            reach: Some((ask, now + self.config.answer)),
            until: None,
            next: VecDeque::new(),
            devices: BTreeMap::new(),
        };
        self.put(Output::Ask(ask, Question::Reach(ringing.target().clone())));
        self.ringing = Some(ringing);
    }

    pub(crate) fn reached(&mut self, now: Timestamp, answer: Answer) {
        let config = self.config;
        let Some(ringing) = &mut self.ringing else { return };
        ringing.reach = None;
        let Answer::Destinations(destinations) = answer else { return self.ringing_ended(OfferOutcome::Failed) };
        if destinations.is_empty() {
            return self.ringing_ended(OfferOutcome::Unreachable);
        }
        ringing.until = Some(now + ringing.ring_for().min(config.ring));
        ringing.next = destinations.into_iter().take(config.devices).collect();
        let together = if matches!(ringing.target(), Target::Extension(_)) { ringing.next.len() } else { 1 };
        for _ in 0..together {
            self.try_next(now);
        }
    }

    pub(crate) fn reach_failed(&mut self) {
        if let Some((ask, _)) = self.ringing.as_mut().and_then(|r| r.reach.take()) {
            self.put(Output::Cancel(ask));
        }
        self.ringing_ended(OfferOutcome::Failed);
    }

    /// Open a leg for the next destination. It is dialled when media has made its offer.
    fn try_next(&mut self, now: Timestamp) {
        let id: LegId = self.ids.next(now);
        let Some(ringing) = &mut self.ringing else { return };
        let Some(destination) = ringing.next.pop_front() else { return };
        ringing.devices.insert(id, None);
        let mut leg = Leg::new(Signaling::New, destination.interface, destination.profile.clone());
        leg.to = Some(destination);
        self.legs.insert(id, leg);
        self.make_offer(now, id, About::Start);
    }

    pub(crate) fn dial_device(&mut self, id: LegId, offer: Sdp) {
        let Some(ringing) = &self.ringing else { return };
        let (from, headers) = match &ringing.purpose {
            Purpose::Offer(_, offer) => (self.from.clone(), offer_headers(offer)),
            Purpose::Dial(request) => (request.from.clone().unwrap_or_else(|| self.from.clone()), Vec::new()),
        };
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.signaling == Signaling::New) else { return };
        let Some(to) = leg.to.take() else { return };
        leg.signaling = Signaling::Early;
        self.leg_command(id, LegCommand::Dial(Box::new(Dial { to, from, offer, headers })));
        self.event(CallEvent::Dialled { leg: id });
    }

    pub(crate) fn device_rings(&mut self, id: LegId) {
        if !self.is_ringing(id) {
            return;
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.rang = true;
        }
        self.event(CallEvent::Ringing { leg: id });
        if self.dials() && self.is_unanswered() {
            self.leg_command(self.caller, LegCommand::Ring);
        }
    }

    /// Early media: the caller gets ringing, the description is kept for a 200 that has none. Of a `dial` the caller hears
    /// it as soon as there is something to hear; who waits for an agent hears the queue's music.
    pub(crate) fn device_progresses(&mut self, now: Timestamp, id: LegId, answer: Sdp) {
        if !self.is_ringing(id) {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let first = leg.early.replace(answer.clone()).is_none();
        if first {
            self.device_rings(id);
        }
        if self.dials() {
            self.take_answer(now, id, answer, About::Early);
        }
    }

    /// Sound arrives before the answer: an announcement, the ringing tone of another country. The first such device is heard.
    pub(crate) fn early_sound(&mut self, id: LegId) {
        let hears_other = self.legs.get(&self.caller).is_none_or(|l| l.hears.is_some());
        let has_sound = self.legs.get(&id).is_some_and(|l| l.has_early_sound);
        if !has_sound || hears_other || !self.is_ringing(id) || !self.dials() {
            return;
        }
        if self.is_unanswered() {
            // Without an offer of the caller's own there is nothing that a 183 could answer (RFC 3261 §13.2.1).
            let Some(answer) = self.description.clone().filter(|_| !self.late_offer) else { return };
            self.leg_command(self.caller, LegCommand::Progress { answer });
        }
        if let Some(play) = self.plays.last().copied() {
            self.stop_play(play);
        }
        self.hear(self.caller, Some(id));
    }

    /// Media must take the answer before anybody is bridged; until then the other devices ring on.
    pub(crate) fn device_answered(&mut self, now: Timestamp, id: LegId, answer: Option<Sdp>) {
        // An answer that crossed our hang-up is not live any more: signaling ends that leg with a BYE.
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.signaling == Signaling::Early) else { return };
        if id == self.caller {
            return;
        }
        leg.signaling = Signaling::Answered;
        leg.early = answer.or_else(|| leg.early.take());
        // One exchange at a time: media may still be with the early answer.
        if !matches!(leg.exchange, Some((Exchange::Taking(About::Early), _))) {
            self.take_final_answer(now, id);
        }
    }

    /// The description of the 200, or of the last early answer where the 200 has none.
    fn take_final_answer(&mut self, now: Timestamp, id: LegId) {
        match self.legs.get_mut(&id).and_then(|leg| leg.early.take()) {
            Some(answer) => self.take_answer(now, id, answer, About::Start),
            None => self.fail_leg(now, id, Cause::RemoteFailure),
        }
    }

    /// Media is done with an early answer, whether it could use it or not.
    pub(crate) fn early_answer_taken(&mut self, now: Timestamp, id: LegId, usable: bool) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.has_early_sound |= usable;
        if leg.signaling == Signaling::Answered {
            self.take_final_answer(now, id);
        }
    }

    /// Media took the answer.
    pub(crate) fn device_ready(&mut self, now: Timestamp, id: LegId) {
        if self.is_open(id) && self.may_bridge(now, id) {
            self.connect(now, id);
        }
    }

    /// This device wins, if it is still there.
    pub(crate) fn connect(&mut self, now: Timestamp, id: LegId) {
        let Some(ringing) = self.ringing.take_if(|r| r.devices.get(&id) == Some(&None)) else { return };
        for (other, ended) in &ringing.devices {
            if *other != id && ended.is_none() {
                self.hang_up(now, *other, Cause::AnsweredElsewhere);
            }
        }
        match ringing.purpose {
            Purpose::Dial(_) => {
                self.answer_now(now);
                self.bridge(id, None);
            }
            Purpose::Offer(order, offer) => {
                self.event(offer_ended(&offer, OfferOutcome::Accepted));
                self.bridge(id, Some((offer.agent, offer.offer)));
                self.done(order, Outcome::Offer(OfferOutcome::Accepted));
            }
        }
    }

    /// A leg other than the caller's is over, or as good as over.
    pub(crate) fn device_ended(&mut self, now: Timestamp, id: LegId, cause: Cause) {
        if self.bridge.as_ref().is_some_and(|b| b.other == id) {
            return self.bridge_ended(now, cause);
        }
        if self.legs.get(&self.caller).is_some_and(|l| l.hears == Some(id)) {
            self.hear(self.caller, None);
        }
        let rang = self.legs.get(&id).is_some_and(|l| l.rang);
        let Some(ringing) = &mut self.ringing else { return };
        let Some(open @ None) = ringing.devices.get_mut(&id) else { return };
        let outcome = match outcome_of(cause) {
            // Many telephones say 486 when a person presses reject; one that is really busy says so before it rings.
            OfferOutcome::Busy if rang && matches!(ringing.purpose, Purpose::Offer(..)) => OfferOutcome::Declined,
            outcome => outcome,
        };
        *open = Some(outcome);
        let other_way = matches!(outcome, OfferOutcome::Failed | OfferOutcome::Unreachable) && ringing.until.is_some();
        if other_way && !ringing.next.is_empty() {
            return self.try_next(now);
        }
        self.conclude();
    }

    pub(crate) fn rang_long_enough(&mut self, now: Timestamp) {
        let Some(ringing) = &mut self.ringing else { return };
        ringing.until = None;
        let mut late = Vec::new();
        for (id, ended) in &mut ringing.devices {
            let answered = self.legs.get(id).is_some_and(|l| l.signaling == Signaling::Answered);
            if ended.is_none() && !answered {
                *ended = Some(OfferOutcome::NoAnswer);
                late.push(*id);
            }
        }
        for id in late {
            self.hang_up(now, id, Cause::NoAnswer);
        }
        self.conclude();
    }

    /// End it from our side: the devices stop ringing.
    pub(crate) fn stop_ringing(&mut self, now: Timestamp, outcome: OfferOutcome, cause: Cause) {
        let Some(ringing) = &mut self.ringing else { return };
        let open: Vec<LegId> = ringing.devices.iter().filter(|(_, e)| e.is_none()).map(|(id, _)| *id).collect();
        if let Some((ask, _)) = ringing.reach.take() {
            self.put(Output::Cancel(ask));
        }
        for id in open {
            self.hang_up(now, id, cause);
        }
        self.ringing_ended(outcome);
    }

    /// When every device has ended, so has the whole.
    fn conclude(&mut self) {
        let Some(ringing) = &self.ringing else { return };
        if ringing.devices.values().all(Option::is_some) {
            self.ringing_ended(combine(ringing.devices.values().flatten().copied()));
        }
    }

    fn ringing_ended(&mut self, outcome: OfferOutcome) {
        let Some(ringing) = self.ringing.take() else { return };
        match ringing.purpose {
            Purpose::Offer(order, offer) => {
                self.event(offer_ended(&offer, outcome));
                self.done(order, Outcome::Offer(outcome));
            }
            Purpose::Dial(_) if self.ending.is_some() => {} // the flow learns that the caller is gone
            Purpose::Dial(_) => self.fact(FlowFact::DialEnded(dial_outcome(outcome))),
        }
    }

    fn dials(&self) -> bool {
        matches!(&self.ringing, Some(Ringing { purpose: Purpose::Dial(_), .. }))
    }

    fn is_open(&self, id: LegId) -> bool {
        self.ringing.as_ref().is_some_and(|r| r.devices.get(&id) == Some(&None))
    }

    fn is_ringing(&self, id: LegId) -> bool {
        self.is_open(id) && self.legs.get(&id).is_some_and(|l| l.signaling == Signaling::Early)
    }
}

/// So that a softphone can show which work item rings.
fn offer_headers(offer: &OfferOrder) -> Vec<(String, Pii<String>)> {
    vec![
        ("X-Ringdesk-Offer".into(), Pii::new(offer.offer.to_string())),
        ("X-Ringdesk-Work-Item".into(), Pii::new(offer.work_item.to_string())),
    ]
}

fn offer_ended(offer: &OfferOrder, outcome: OfferOutcome) -> CallEvent {
    CallEvent::OfferEnded { offer: offer.offer, agent: offer.agent, outcome }
}

/// What a device's end says about the agent.
fn outcome_of(cause: Cause) -> OfferOutcome {
    match cause {
        Cause::Busy => OfferOutcome::Busy,
        Cause::Declined => OfferOutcome::Declined,
        Cause::NoAnswer => OfferOutcome::NoAnswer,
        Cause::NotFound | Cause::Unreachable | Cause::SignalingTimeout => OfferOutcome::Unreachable,
        _ => OfferOutcome::Failed,
    }
}

/// Several devices are one agent. A decline on one device only silences that device; once all have ended, what a person
/// did weighs more than what a phone did.
fn combine(ends: impl Iterator<Item = OfferOutcome>) -> OfferOutcome {
    let weight = |o: &OfferOutcome| match o {
        OfferOutcome::Declined => 4,
        OfferOutcome::NoAnswer => 3,
        OfferOutcome::Busy => 2,
        OfferOutcome::Failed => 1,
        _ => 0,
    };
    ends.max_by_key(weight).unwrap_or(OfferOutcome::Unreachable)
}

fn dial_outcome(outcome: OfferOutcome) -> DialOutcome {
    match outcome {
        OfferOutcome::Busy => DialOutcome::Busy,
        OfferOutcome::Declined => DialOutcome::Declined,
        OfferOutcome::NoAnswer => DialOutcome::NoAnswer,
        OfferOutcome::Unreachable => DialOutcome::Unreachable,
        OfferOutcome::Accepted | OfferOutcome::CallerLeft | OfferOutcome::Superseded | OfferOutcome::Failed => {
            DialOutcome::Failed
        }
    }
}
