//! The machine: its parts, its four verbs, its deadlines.

use crate::codes::Typed;
use crate::gate::Gate;
use crate::leg::{About, Leg};
use crate::park::Parked;
use crate::reconnect::Lost;
use crate::rung::{For, Ringing, Rings};
use crate::search::Search;
use crate::supervise::Supervision;
use crate::talk::Talk;
use crate::transfer::Queued;
use crate::{Config, FlowOrder, Input, Output};
use ringdesk_model::{AgentId, AskId, Ids, OrderId, QueueId, Timestamp};
use ringdesk_voice::{
    Answer, CallEvent, CallOrder, Cause, EndedBy, IncomingCall, LegCommand, LegEvent, LegId, MediaCommand, MediaEvent,
    Outcome, Party, PlayId, Sdp,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One call.
#[derive(Debug)]
pub struct Call {
    pub(crate) ids: Ids,
    pub(crate) config: Config,
    /// The leg that came in.
    pub(crate) incoming: LegId,
    /// The contact's leg, round which everything turns: the one that came in, unless somebody inherited the talk.
    pub(crate) caller: LegId,
    /// The caller, as shown to those we dial for him.
    pub(crate) from: Party,
    /// Boxed, as what rings: a map has room for eleven from its first entry on, and most calls have two.
    pub(crate) legs: BTreeMap<LegId, Box<Leg>>,
    /// Our description for the caller, until the 200 carries it.
    pub(crate) description: Option<Sdp>,
    /// It is an offer: the caller sent none.
    pub(crate) late_offer: bool,
    /// Our offer can go out at once, so that the caller hears what sounds before the answer.
    pub(crate) offers_early: bool,
    /// Whose own call it is: the incoming leg is this agent's, until the one he has called is treated as the contact.
    pub(crate) own: Option<AgentId>,
    /// So many servers more those that are called for it may pass; `None`: it began here.
    pub(crate) hops: Option<u8>,
    /// The devices of whoever's own call it is, until they ring.
    pub(crate) begins: Option<Rings>,
    /// What rings, and for whom.
    pub(crate) ringings: BTreeMap<For, Box<Ringing>>,
    /// Pages that were loaded anew while they rang, by the leg that rang: we ask where they are.
    pub(crate) pages: BTreeMap<LegId, AskId>,
    /// What waits until the call is recorded.
    pub(crate) gate: Option<Gate>,
    /// The contact talks, or is passed from one to the other: the flow has stepped back.
    pub(crate) talk: Option<Talk>,
    /// Somebody is looked for.
    pub(crate) search: Option<Search>,
    /// Questions of searches that were found, whose answers are still on their way.
    pub(crate) owed: BTreeMap<AskId, Timestamp>,
    pub(crate) parked: Option<Parked>,
    pub(crate) queued: Option<Queued>,
    /// The flow waits to hear whether the contact is brought back.
    pub(crate) returning: bool,
    /// What agents have typed, by their legs.
    pub(crate) typed: BTreeMap<LegId, Typed>,
    pub(crate) supervisions: BTreeMap<AgentId, Supervision>,
    /// Agents who are waited for, by the leg they had.
    pub(crate) lost: BTreeMap<LegId, Lost>,
    /// The queue from which the contact came last.
    pub(crate) queue: Option<QueueId>,
    /// No flow is behind this call, or it is over.
    pub(crate) flowless: bool,
    /// Plays of the flow that have not ended yet.
    pub(crate) plays: BTreeSet<PlayId>,
    /// How many plays were our own: hold music, ringing.
    pub(crate) own_plays: u32,
    /// Who left the caller alone; the flow decides what comes next, until then.
    pub(crate) left: Option<(Cause, EndedBy, Timestamp)>,
    /// The flow hung up while caller and agent talked.
    pub(crate) flow_ended: Option<Cause>,
    pub(crate) ending: Option<(Cause, EndedBy)>,
    pub(crate) over: bool,
    pub(crate) dropped: u32,
    pub(crate) unanswered_until: Timestamp,
    pub(crate) until: Timestamp,
    outputs: VecDeque<Output>,
}

impl Call {
    /// A call at the door. Media is asked about its offer at once; the flow begins with [`FlowFact::Started`].
    pub fn incoming(now: Timestamp, ids: Ids, incoming: IncomingCall, config: Config) -> Call {
        let mut call = Call::at_the_door(now, ids, &incoming, config);
        let IncomingCall { leg, from, to, origin, offer, .. } = incoming;
        call.event(CallEvent::Started { leg, from, to, origin });
        match offer {
            Some(offer) => call.answer_offer(now, leg, offer, About::Start),
            None => call.make_offer(now, leg, About::Start),
        }
        call
    }

    /// A call without a leg.
    pub(crate) fn bare(now: Timestamp, ids: Ids, leg: LegId, from: Party, config: Config) -> Call {
        Call {
            ids,
            config,
            incoming: leg,
            caller: leg,
            from,
            legs: BTreeMap::new(),
            description: None,
            late_offer: false,
            offers_early: false,
            own: None,
            hops: None,
            begins: None,
            ringings: BTreeMap::new(),
            pages: BTreeMap::new(),
            gate: None,
            talk: None,
            search: None,
            owed: BTreeMap::new(),
            parked: None,
            queued: None,
            returning: false,
            typed: BTreeMap::new(),
            supervisions: BTreeMap::new(),
            lost: BTreeMap::new(),
            queue: None,
            flowless: false,
            plays: BTreeSet::new(),
            own_plays: 0,
            left: None,
            flow_ended: None,
            ending: None,
            over: false,
            dropped: 0,
            unanswered_until: now + config.unanswered,
            until: now + config.call,
            outputs: VecDeque::new(),
        }
    }

    /// Every leg has ended and closed, and `Ended` was the last event.
    pub fn is_over(&self) -> bool {
        self.over && self.outputs.is_empty()
    }

    /// How many times a leg's end or its media's end had to be assumed because it was not reported. Must stay 0.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Leg(leg, event) => self.on_leg(now, leg, event),
            Input::Media(event) => self.on_media(now, event),
            Input::Answer(ask, answer) => self.on_answer(now, ask, answer),
            Input::Flow(order) => self.on_flow(now, order),
            Input::Order(order, what) => self.on_order(now, order, what),
        }
        self.settle();
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        // Each expiry removes its own deadline and new ones lie ahead, so this ends.
        while let Some((_, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            self.expire(now, due);
            self.settle();
        }
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.next_due().map(|(at, due)| (at, due.reason()))
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn on_leg(&mut self, now: Timestamp, id: LegId, event: LegEvent) {
        if !self.legs.contains_key(&id) {
            return; // over and forgotten, or never ours
        }
        match event {
            LegEvent::Ringing => self.device_rings(id),
            LegEvent::Progress { answer } => self.device_progresses(now, id, answer),
            LegEvent::Answered { answer } => self.device_answered(now, id, answer),
            LegEvent::Confirmed { answer } => self.confirmed(now, id, answer),
            LegEvent::Offered { offer } => self.offered(now, id, offer),
            LegEvent::Digit { digit, duration: _ } => self.key(now, id, digit, ringdesk_voice::DigitSource::Info),
            LegEvent::Ended { cause, status } => self.leg_ended(now, id, cause, status),
            LegEvent::TransferAsked { to, replaces } => self.transfer_asked(now, id, &to, replaces),
            LegEvent::ReofferAccepted { answer } => self.reoffer_ended(now, id, Some(answer)),
            LegEvent::ReofferRefused { status } => self.reoffer_refused(now, id, status),
            LegEvent::FlowLost => self.flow_lost(now, id),
            LegEvent::FlowBack => self.flow_back(now, id),
        }
    }

    fn on_media(&mut self, now: Timestamp, event: MediaEvent) {
        let id = event.leg();
        if !self.legs.contains_key(&id) {
            return;
        }
        match event {
            MediaEvent::Negotiated { answer, held, .. } => self.negotiated(now, id, answer, held),
            MediaEvent::Offer { offer, .. } => self.offer_made(now, id, offer),
            MediaEvent::Refused { why, .. } => self.refused(now, id, why),
            MediaEvent::Digit { digit, source, .. } => {
                self.sound_is_back(id);
                self.browser_heard(now, id);
                self.key(now, id, digit, source);
            }
            MediaEvent::Played { play, end, .. } => self.played(play, end),
            MediaEvent::Flowing { .. } => {
                self.sound_is_back(id);
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.flows = true;
                }
                self.early_sound(id);
                self.browser_heard(now, id);
            }
            MediaEvent::Silent { lasted, .. } => self.sound_lost(now, id, lasted),
            MediaEvent::Talk { talking, .. } => self.caller_talks(id, talking),
            MediaEvent::Quality { quality, one_way, .. } => self.sounds(id, quality, one_way),
            MediaEvent::Closed { quality, .. } => self.media_closed(id, quality),
        }
    }

    fn on_answer(&mut self, now: Timestamp, ask: AskId, answer: Answer) {
        if self.is_gate(ask) {
            return self.gate_opens(now, Some(answer));
        }
        if let Some(leg) = self.return_asked_by(ask) {
            if let Answer::Back(there) = answer {
                self.page_is_back(now, leg, there);
            } else if let Some(lost) = self.lost.get_mut(&leg) {
                lost.asks_no_more();
            }
            return;
        }
        if let Some(leg) = self.page_asked_by(ask) {
            let there = if let Answer::Back(there) = answer { Some(there) } else { None };
            return self.page_rings(now, leg, there);
        }
        if let Some(whose) = self.reach_asked_by(ask) {
            return self.reached(now, whose, ask, answer);
        }
        if self.search_asks(ask) {
            return self.search_answered(now, answer);
        }
        self.owed.remove(&ask); // an answer to any other question was cancelled
    }

    fn on_flow(&mut self, now: Timestamp, order: FlowOrder) {
        if self.ending.is_some() || self.flowless {
            return;
        }
        match order {
            FlowOrder::AnswerCaller => self.answer_caller(now),
            FlowOrder::Play { play, prompts, repeat } => {
                self.left = None;
                self.play(play, prompts, repeat);
            }
            FlowOrder::StopPlay(play) => self.stop_play(play),
            FlowOrder::Echo => {
                self.left = None;
                self.echo();
            }
            FlowOrder::Attend(on) => self.attend(on),
            FlowOrder::Dial(request) => {
                self.left = None;
                self.dial(now, request);
            }
            FlowOrder::LeftQueue(outcome) => self.left_queue(now, outcome),
            FlowOrder::Hangup(cause) => match self.left.take() {
                // The other side hung up and the flow has nothing to add: it was the other side who ended the call.
                Some((cause, by, _)) => self.end(now, cause, by),
                None if self.talk.as_ref().is_some_and(|talk| talk.with_agent) => self.flow_ended = Some(cause),
                None => self.end(now, cause, EndedBy::Flow),
            },
        }
    }

    pub(crate) fn on_order(&mut self, now: Timestamp, order: OrderId, what: CallOrder) {
        if !matches!(
            what,
            CallOrder::Offer(_)
                | CallOrder::Connect(..)
                | CallOrder::WithdrawOffer(_)
                | CallOrder::Hangup
                | CallOrder::TakeUp { .. }
                | CallOrder::Release { .. }
        ) {
            self.turn_own(now);
        }
        match what {
            CallOrder::Offer(offer) => self.offer_agent(now, order, offer),
            CallOrder::Connect(offer, arrival) => self.connect_arrival(now, order, offer, arrival),
            CallOrder::WithdrawOffer(offer) => {
                self.withdraw(now, offer);
                self.done(order, Outcome::Done);
            }
            CallOrder::Hangup => {
                self.end(now, Cause::Normal, EndedBy::Order);
                self.done(order, Outcome::Done);
            }
            CallOrder::Transfer(wanted) => self.transfer(now, order, wanted),
            CallOrder::CompleteTransfer { by } => self.complete_transfer(now, order, by),
            CallOrder::ReturnToContact { by } => self.return_to_contact(now, order, by),
            CallOrder::MergeConsultation { by } => self.merge_consultation(now, order, by),
            CallOrder::Hold { by, on } => self.hold(order, by, on),
            CallOrder::Mute { by, on } => self.mute(order, by, on),
            CallOrder::Leave { by } => self.leave(now, order, by),
            CallOrder::PressKeys { by, keys } => self.press_keys(order, by, keys.into_inner()),
            CallOrder::Supervise(wanted) => self.supervise(now, order, wanted),
            CallOrder::StopSupervising { supervisor } => self.stop_supervising(now, order, supervisor),
            CallOrder::TakeOver { supervisor } => self.take_over(now, order, supervisor),
            CallOrder::Park { by } => self.park(now, order, by),
            CallOrder::Retrieve { by } => self.retrieve(now, order, by),
            CallOrder::TakeUp { by, leg } => self.take_up(now, order, by, leg),
            CallOrder::Release { leg } => self.release(now, order, leg),
        }
    }

    /// Nobody gave this order, so nobody hears how it ended.
    pub(crate) fn forget_reply(&mut self, order: OrderId) {
        self.outputs.retain(|output| !matches!(output, Output::Done(of, _) if *of == order));
    }

    pub(crate) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn event(&mut self, event: CallEvent) {
        self.put(Output::Event(event));
    }

    pub(crate) fn done(&mut self, order: OrderId, outcome: Outcome) {
        self.put(Output::Done(order, outcome));
    }

    pub(crate) fn leg_command(&mut self, leg: LegId, command: LegCommand) {
        self.put(Output::Leg(leg, command));
    }

    pub(crate) fn media_command(&mut self, command: MediaCommand) {
        self.put(Output::Media(command));
    }
}
