//! Telephones that ring, from the order to the first device that answers: for the contact, for a search, for a supervisor.

use crate::leg::{About, Exchange, Leg, Signaling};
use crate::rung::{
    For, Ringing, Rings, Rung, Way, answers_itself, combine, dial_outcome, offer_ended, offer_headers, outcome_of,
};
use crate::talk::Part;
use crate::{Call, FlowFact, Output};
use ringdesk_model::{AskId, OfferId, OrderId, Timestamp};
use ringdesk_voice::{
    Answer, CallEvent, Cause, Device, Dial, DialOutcome, DialRequest, LegCommand, LegId, OfferOrder, OfferOutcome,
    Outcome, Question, Sdp, Target,
};

impl Call {
    /// Ring the devices of an agent: for the waiting caller, or for whoever sought this agent.
    pub(crate) fn offer_agent(&mut self, now: Timestamp, order: OrderId, offer: OfferOrder) {
        match self.for_whom(&offer) {
            Ok(whose) => {
                self.offered_to(&offer);
                self.reach(now, whose, Rings::Offer(order, offer));
            }
            Err(obstacle) => self.done(order, Outcome::Refused(obstacle.into())),
        }
    }

    pub(crate) fn offered_to(&mut self, offer: &OfferOrder) {
        let OfferOrder { offer, agent, queue, work_item, .. } = *offer;
        self.event(CallEvent::Offered { offer, agent, queue, work_item });
    }

    pub(crate) fn withdraw(&mut self, now: Timestamp, offer: OfferId) {
        let is_it = |r: &Ringing| matches!(&r.why, Rings::Offer(_, o) if o.offer == offer);
        if let Some(whose) = self.ringings.iter().find(|(_, r)| is_it(r)).map(|(whose, _)| *whose) {
            self.stop_ringing(now, whose, OfferOutcome::Superseded, Cause::Cancelled);
        }
    }

    /// The flow wants somebody dialled. If an agent is ringing, the caller has just left that queue.
    pub(crate) fn dial(&mut self, now: Timestamp, request: DialRequest) {
        let unusable = !self.legs.contains_key(&self.caller) || (self.is_unanswered() && self.description.is_none());
        if self.dials() || unusable || self.talk.is_some() || request.targets.is_empty() {
            return self.fact(FlowFact::DialEnded(DialOutcome::Failed));
        }
        self.stop_offers(now, OfferOutcome::CallerLeft, Cause::Cancelled);
        self.reach(now, For::Contact, Rings::Dial(request));
    }

    pub(crate) fn reach(&mut self, now: Timestamp, whose: For, why: Rings) {
        let mut ringing = Ringing::new(why, now + self.config.answer);
        for target in ringing.targets().iter().take(self.config.devices).cloned().collect::<Vec<_>>() {
            let ask: AskId = self.ids.next(now);
            let extension = if let Target::Extension(extension) = &target { Some(extension.clone()) } else { None };
            ringing.asks.insert(ask, extension);
            self.put(Output::Ask(ask, Question::Reach(target)));
        }
        self.ringings.insert(whose, Box::new(ringing));
    }

    /// As if this device were the only one that rings. It has its own deadlines.
    pub(crate) fn ring_alone(&mut self, now: Timestamp, whose: For, why: Rings, id: LegId) {
        let mut ringing = Ringing::new(why, now);
        ringing.devices.insert(id, Rung::new(0, None));
        self.ringings.insert(whose, Box::new(ringing));
    }

    pub(crate) fn reach_asked_by(&self, ask: AskId) -> Option<For> {
        self.ringings.iter().find(|(_, r)| r.asks.contains_key(&ask)).map(|(whose, _)| *whose)
    }

    pub(crate) fn reached(&mut self, now: Timestamp, whose: For, ask: AskId, answer: Answer) {
        let config = self.config;
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let extension = ringing.asks.remove(&ask).flatten();
        let mut devices = match answer {
            Answer::Destinations(all) if extension.is_some() => {
                all.into_iter().map(|one| Device::plain(vec![one])).collect()
            }
            Answer::Destinations(all) => vec![Device::plain(all)],
            Answer::Devices(devices) => devices,
            _ => {
                ringing.nowhere.push(OfferOutcome::Failed);
                return self.conclude(now, whose);
            }
        };
        devices.retain(|device| !device.ways.is_empty());
        if devices.is_empty() {
            ringing.nowhere.push(OfferOutcome::Unreachable);
            return self.conclude(now, whose);
        }
        ringing.until = ringing.until.or(Some(now + ringing.ring_for().min(config.ring)));
        let room = config.devices.saturating_sub(ringing.ways.len());
        let way = |device| Way::to(device, config.devices, extension.clone());
        ringing.ways.extend(devices.into_iter().take(room).map(way));
        self.take_turn(now, whose);
        self.conclude(now, whose);
    }

    /// Nobody has said in time where they are.
    pub(crate) fn reach_failed(&mut self, now: Timestamp, whose: For) {
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let asks = std::mem::take(&mut ringing.asks);
        ringing.nowhere.extend(asks.keys().map(|_| OfferOutcome::Failed));
        for ask in asks.into_keys() {
            self.cancel(ask);
        }
        self.conclude(now, whose);
    }

    /// Open a leg for the next destination. It is dialled when media has made its offer.
    pub(crate) fn try_next(&mut self, now: Timestamp, whose: For, way: usize) {
        let id: LegId = self.ids.next(now);
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let Some(of) = ringing.ways.get_mut(way) else { return };
        let Some(destination) = of.left.pop_front() else { return };
        ringing.devices.insert(id, Rung::new(way, of.ring_for.map(|ring_for| now + ring_for)));
        let mut leg = Leg::new(Signaling::New, destination.interface, destination.profile.clone());
        leg.to = Some(destination);
        (leg.discreet, leg.extension) = (of.discreet, of.extension.clone());
        self.legs.insert(id, Box::new(leg));
        self.make_offer(now, id, About::Start);
    }

    pub(crate) fn dial_device(&mut self, id: LegId, offer: Sdp) {
        let rings = self.rings_at(id).and_then(|whose| self.ringings.get(&whose)).map(|ringing| &ringing.why);
        // What an agent's own call shows them is said by who orders it.
        let is_own = matches!(rings, Some(Rings::Own(..)));
        // Who is offered work, or comes in to supervise, is known to be there by that.
        let unasked = matches!(rings, Some(Rings::Own(..) | Rings::Dial(_)))
            || (self.rings_at(id) == Some(For::Search) && matches!(rings, Some(Rings::Target(..))));
        let (from, headers) = match (rings, self.return_headers(id)) {
            (None, Some(headers)) => (self.from.clone(), headers),
            (None, None) => return,
            (Some(Rings::Offer(_, offer)), _) => (self.from.clone(), offer_headers(offer)),
            (Some(Rings::Dial(request)), _) => (request.from.clone().unwrap_or_else(|| self.from.clone()), Vec::new()),
            // A contact's telephone answers nothing by itself.
            (Some(Rings::Own(_, shown, _)), _) if self.own.is_none() => (shown.clone(), Vec::new()),
            (Some(Rings::Own(_, shown, _)), _) => (shown.clone(), answers_itself()),
            (Some(Rings::Target(..) | Rings::Adopted(_)), _) => (self.from.clone(), Vec::new()),
        };
        let mut headers = headers;
        headers.extend(self.hops.map(|hops| ("Max-Forwards".to_owned(), hops.to_string().into())));
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.signaling == Signaling::New) else { return };
        let Some(to) = leg.to.take() else { return };
        let extension = leg.extension.clone().filter(|_| unasked);
        let from = if leg.discreet && !is_own { from.masked() } else { from };
        leg.signaling = Signaling::Early;
        self.leg_command(id, LegCommand::Dial(Box::new(Dial { to, from, offer, headers })));
        self.event(CallEvent::Dialled { leg: id, extension });
    }

    pub(crate) fn device_rings(&mut self, id: LegId) {
        let Some(whose) = self.ringing_at(id) else { return };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.rang = true;
        }
        self.event(CallEvent::Ringing { leg: id });
        match whose {
            For::Contact if self.dials() && self.is_unanswered() => self.leg_command(self.caller, LegCommand::Ring),
            For::Search => self.search_progresses(),
            For::Contact | For::Also(_) | For::Supervisor(_) | For::Own => {}
        }
    }

    /// Media must take the answer before anybody is bridged; until then the other devices ring on.
    pub(crate) fn device_answered(&mut self, now: Timestamp, id: LegId, answer: Option<Sdp>) {
        // An answer that crossed our hang-up is not live any more: signaling ends that leg with a BYE.
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.signaling == Signaling::Early) else { return };
        if id == self.incoming {
            return;
        }
        leg.signaling = Signaling::Answered;
        leg.early = answer.or_else(|| leg.early.take());
        // One exchange at a time: media may still be with the early answer, or with an early change.
        match leg.exchange {
            Some((Exchange::Taking(About::Early) | Exchange::Answering(About::Change), _)) => leg.unsettled = true,
            _ => self.take_final_answer(now, id),
        }
    }

    /// The description of the 200, or the last early one where the 200 has none.
    pub(crate) fn take_final_answer(&mut self, now: Timestamp, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.unsettled = false;
        match (leg.early.take(), leg.settled_early.take()) {
            (Some(answer), _) => self.take_answer(now, id, answer, About::Start),
            (None, Some(held)) => {
                self.device_ready(now, id);
                self.set_held(id, held);
            }
            (None, None) => self.fail_leg(now, id, Cause::RemoteFailure),
        }
    }

    /// Media took the answer.
    pub(crate) fn device_ready(&mut self, now: Timestamp, id: LegId) {
        if self.rings_at(id).is_some() && !self.asks_to_accept(now, id) && self.may_bridge(now, id) {
            self.connect(now, id);
        }
        self.page_ready(now, id);
    }

    /// This device wins, if it is still there.
    pub(crate) fn connect(&mut self, now: Timestamp, id: LegId) {
        let Some((whose, ringing)) = self.rings_at(id).and_then(|w| self.ringings.remove_entry(&w)) else { return };
        for ask in ringing.asks.into_keys() {
            self.cancel(ask);
        }
        for (other, device) in &ringing.devices {
            if *other != id && device.ended.is_none() {
                self.hang_up(now, *other, Cause::AnsweredElsewhere);
            }
        }
        let part = match &ringing.why {
            Rings::Offer(_, offer) => {
                self.event(offer_ended(offer, OfferOutcome::Accepted));
                Part { agent: Some(offer.agent), offer: Some(offer.offer), ..Part::default() }
            }
            Rings::Adopted(agent) => Part { agent: *agent, ..Part::default() },
            Rings::Dial(_) | Rings::Target(..) | Rings::Own(..) => Part::default(),
        };
        match whose {
            For::Contact | For::Also(_) => {
                self.answer_now(now);
                self.join(id, part);
            }
            For::Search => self.search_found(now, id, part),
            For::Supervisor(supervisor) => self.supervisor_in(now, supervisor, id),
            For::Own => self.own_answered(id),
        }
        if let Rings::Offer(order, offer) = ringing.why {
            let of_contact = matches!(whose, For::Contact | For::Also(_));
            if of_contact {
                self.queue = Some(offer.queue);
                self.queue_served(now, id);
            }
            self.done(order, Outcome::Offer(OfferOutcome::Accepted));
            if of_contact {
                self.stop_offers(now, OfferOutcome::Superseded, Cause::AnsweredElsewhere);
            }
        }
    }

    /// A leg other than the contact's is over, or as good as over.
    pub(crate) fn device_ended(&mut self, now: Timestamp, id: LegId, cause: Cause) {
        if self.is_part(id) {
            if !self.outlives(now, id, cause) {
                self.part_ended(now, id, cause);
            }
            return;
        }
        if self.page_left(now, id, cause) {
            return;
        }
        if self.asked_ended(now, id) || self.supervisor_left(id) {
            return;
        }
        if self.awaits_page(now, id, cause) {
            return;
        }
        let rang = self.legs.get(&id).is_some_and(|l| l.rang);
        let Some(whose) = self.rings_at(id) else { return };
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let outcome = match outcome_of(cause) {
            // Many telephones say 486 when a person presses reject; one that is really busy says so before it rings.
            OfferOutcome::Busy if rang && matches!(ringing.why, Rings::Offer(..)) => OfferOutcome::Declined,
            // Whoever has not said that they take the call has not refused it either.
            _ if ringing.devices.get(&id).is_some_and(|device| device.accepting.is_some()) => OfferOutcome::NoAnswer,
            outcome => outcome,
        };
        let was_heard = ringing.early.take_if(|early| *early == id).is_some();
        let Some(device) = ringing.devices.get_mut(&id) else { return };
        device.ended = Some(outcome);
        let way = device.way;
        let others = if was_heard { ringing.devices.keys().copied().collect() } else { Vec::new() };
        // The next one that has something to hear.
        for other in others {
            self.early_sound(other);
        }
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        // That a number does not exist, every trunk would say.
        let failed = matches!(outcome, OfferOutcome::Failed | OfferOutcome::Unreachable) && cause != Cause::NotFound;
        let other_way = failed && !ringing.rang_out;
        if other_way && ringing.ways.get(way).is_some_and(|way| !way.left.is_empty()) {
            return self.try_next(now, whose, way);
        }
        self.conclude(now, whose);
    }

    pub(crate) fn rang_long_enough(&mut self, now: Timestamp, whose: For) {
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        ringing.until = None;
        ringing.rang_out = true;
        let asks = std::mem::take(&mut ringing.asks);
        let mut late = Vec::new();
        for (id, device) in &mut ringing.devices {
            let answered = self.legs.get(id).is_some_and(|l| l.signaling == Signaling::Answered);
            device.until = None;
            if device.ended.is_none() && !answered {
                device.ended = Some(OfferOutcome::NoAnswer);
                late.push(*id);
            }
        }
        ringing.early.take_if(|early| late.contains(early));
        for ask in asks.into_keys() {
            self.cancel(ask);
        }
        for id in late {
            self.hang_up(now, id, Cause::NoAnswer);
        }
        self.conclude(now, whose);
    }

    /// End it from our side: the devices stop ringing.
    pub(crate) fn stop_ringing(&mut self, now: Timestamp, whose: For, outcome: OfferOutcome, cause: Cause) {
        let Some(ringing) = self.ringings.remove(&whose) else { return };
        for ask in ringing.asks.keys() {
            self.cancel(*ask);
        }
        for (id, device) in &ringing.devices {
            if device.ended.is_none() {
                self.hang_up(now, *id, cause);
            }
        }
        match ringing.why {
            Rings::Offer(order, offer) => self.offer_over(order, &offer, outcome),
            // The flow learns that the caller is gone; who stopped a search knows it.
            Rings::Dial(_) if self.ending.is_none() => self.fact(FlowFact::DialEnded(dial_outcome(outcome))),
            Rings::Dial(_) | Rings::Target(..) | Rings::Own(..) | Rings::Adopted(_) => {}
        }
    }

    /// When every device has ended, so has the whole.
    pub(crate) fn conclude(&mut self, now: Timestamp, whose: For) {
        if !self.ringings.get(&whose).is_some_and(|ringing| ringing.is_turn_over()) || self.next_turn(now, whose) {
            return;
        }
        let Some(ringing) = self.ringings.remove(&whose) else { return };
        let ends = ringing.devices.values().filter_map(|device| device.ended).chain(ringing.nowhere);
        let outcome = combine(ends);
        if let Rings::Offer(order, offer) = &ringing.why {
            self.offer_over(*order, offer, outcome);
        }
        match (whose, ringing.why) {
            (For::Contact, Rings::Dial(_)) => self.fact(FlowFact::DialEnded(dial_outcome(outcome))),
            (For::Contact | For::Also(_), _) => {}
            (For::Search, _) => self.search_unanswered(now, outcome),
            (For::Supervisor(supervisor), _) => self.supervisor_unreached(supervisor, outcome),
            (For::Own, _) => self.own_unanswered(now, outcome),
        }
    }

    fn offer_over(&mut self, order: OrderId, offer: &OfferOrder, outcome: OfferOutcome) {
        self.event(offer_ended(offer, outcome));
        self.done(order, Outcome::Offer(outcome));
    }

    fn cancel(&mut self, ask: AskId) {
        self.put(Output::Cancel(ask));
    }

    fn dials(&self) -> bool {
        self.ringings.get(&For::Contact).is_some_and(|ringing| matches!(ringing.why, Rings::Dial(_)))
    }

    /// For whom this device rings, or has just picked up.
    pub(crate) fn rings_at(&self, id: LegId) -> Option<For> {
        self.ringings.iter().find(|(_, ringing)| ringing.is_open(id)).map(|(whose, _)| *whose)
    }

    /// For whom this device rings.
    pub(crate) fn ringing_at(&self, id: LegId) -> Option<For> {
        self.rings_at(id).filter(|_| self.legs.get(&id).is_some_and(|l| l.signaling == Signaling::Early))
    }
}
