//! Transfers ordered by an agent: blind, after a consultation, of several.

use super::*;

pub(super) fn hears(leg: LegId, legs: &[LegId]) -> Output {
    let mut legs = legs.to_vec();
    legs.sort();
    Output::Media(MediaCommand::Hear { leg, legs })
}

/// Somebody talks to the contact; who that is.
pub(super) fn talking() -> (Rig, LegId, AgentId, OfferOrder) {
    let mut rig = Rig::answered();
    let offer = rig.offer();
    rig.order(CallOrder::Offer(offer.clone()));
    let leg = rig.reach(&["desk"])[0];
    rig.pick_up(leg);
    rig.take();
    (rig, leg, offer.agent, offer)
}

impl Rig {
    pub(super) fn transfers(&mut self, by: AgentId, to: TransferTo, mode: TransferMode) -> (TransferId, OrderId) {
        let transfer = self.ids.next(self.now);
        let order = self.order(CallOrder::Transfer(TransferOrder { transfer, by, to, mode, reason: None }));
        (transfer, order)
    }

    pub(super) fn refused(&self, order: OrderId) -> bool {
        matches!(self.outcome(order), Some(Outcome::Refused(_)))
    }

    /// Routing offers the agent whom the call has asked for; the leg that rings.
    pub(super) fn sought(&mut self) -> (AskId, OfferOrder, LegId) {
        let asked =
            |o: &Output| if let Output::Ask(ask, Question::Agent(r)) = o { Some((*ask, r.clone())) } else { None };
        let (ask, request) = self.out.iter().rev().find_map(asked).expect("an agent was asked for");
        let offer = OfferOrder { work_item: request.work_item, agent: request.agent, ..self.offer() };
        self.order(CallOrder::Offer(offer.clone()));
        let leg = self.reach(&["colleague"])[0];
        (ask, offer, leg)
    }

    /// An agent of somebody's choice answers.
    pub(super) fn found(&mut self) -> (OfferOrder, LegId) {
        let (ask, offer, leg) = self.sought();
        self.pick_up(leg);
        self.put(Input::Answer(ask, Answer::LeftQueue(WorkOutcome::Served)));
        (offer, leg)
    }

    pub(super) fn colleague(&mut self) -> AgentId {
        self.ids.next(self.now)
    }

    pub(super) fn transfer_ended(&self, transfer: TransferId) -> Option<(TransferOutcome, Option<LegId>)> {
        let ended = |o: &Output| match o {
            Output::Event(CallEvent::TransferEnded { transfer: id, outcome, leg, .. }) if *id == transfer => {
                Some((*outcome, *leg))
            }
            _ => None,
        };
        let mut all = self.out.iter().filter_map(ended);
        let first = all.next();
        assert!(all.next().is_none(), "a transfer ends once");
        first
    }

    /// What this leg was told last to hear.
    pub(super) fn hearing(&self, leg: LegId) -> Vec<LegId> {
        self.call.legs.get(&leg).map(|l| l.hears.clone()).unwrap_or_default()
    }

    pub(super) fn sound(&self, leg: LegId) -> Option<&'static str> {
        self.call.legs.get(&leg).and_then(|l| l.sound).map(|(_, sound)| sound)
    }
}

/// Rows: S7.9, S7.10
#[test]
fn blind_to_an_agent_keeps_the_sender_until_somebody_answers() {
    let (mut rig, b, by, _) = talking();
    let (a, to) = (rig.a, rig.colleague());
    let (transfer, order) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Blind);
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    assert_eq!((rig.sound(a), rig.sound(b)), (Some(RINGBACK), Some(RINGBACK)), "both hear that it rings");
    assert_eq!((rig.hearing(a), rig.hearing(b)), (vec![], vec![]));
    let (offer, c) = rig.found();
    assert!(rig.saw_event(CallEvent::Bridged { a, b: c, agent: Some(to), offer: Some(offer.offer) }));
    assert!(rig.saw_event(CallEvent::Unbridged { a, b }));
    assert!(rig.hung_up(b, Cause::Normal), "the sender is free");
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert_eq!((rig.hearing(a), rig.hearing(c)), (vec![c], vec![a]));
    assert_eq!(rig.sound(a), None);
}

/// Rows: S7.9
#[test]
fn what_is_refused_or_not_answered_comes_back_to_the_sender() {
    let cases = [
        (OfferOutcome::Declined, TransferOutcome::Declined),
        (OfferOutcome::NoAnswer, TransferOutcome::NoAnswer),
        (OfferOutcome::Busy, TransferOutcome::Busy),
        (OfferOutcome::Unreachable, TransferOutcome::Unreachable),
    ];
    for (refused, outcome) in cases {
        for mode in [TransferMode::Blind, TransferMode::Consult, TransferMode::Join] {
            let (mut rig, b, by, _) = talking();
            let (a, to) = (rig.a, rig.colleague());
            let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), mode);
            let ask = rig.the_ask();
            rig.put(Input::Answer(ask, Answer::AgentRefused(refused)));
            assert_eq!(rig.transfer_ended(transfer), Some((outcome, None)));
            assert_eq!((rig.hearing(a), rig.hearing(b)), (vec![b], vec![a]), "{mode:?} {refused:?}");
            assert_eq!((rig.sound(a), rig.sound(b)), (None, None));
        }
    }
}

#[test]
fn a_colleague_who_declines_ends_the_offer_and_then_the_transfer() {
    let (mut rig, b, by, _) = talking();
    let to = rig.colleague();
    let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Blind);
    let (ask, offer, c) = rig.sought();
    rig.ended(c, Cause::Declined);
    assert!(rig.saw_event(CallEvent::OfferEnded { offer: offer.offer, agent: to, outcome: OfferOutcome::Declined }));
    assert_eq!(rig.transfer_ended(transfer), None, "routing has its say");
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::Declined)));
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Declined, None)));
    assert_eq!(rig.hearing(rig.a), [b]);
}

/// Rows: S7.9
#[test]
fn to_a_number_the_house_is_asked_first() {
    let number = || TransferTo::Number("+4930555".to_string().into());
    for (answer, outcome) in [
        (Answer::NotTo(TransferOutcome::Forbidden), TransferOutcome::Forbidden),
        (Answer::Failed, TransferOutcome::Forbidden),
    ] {
        let (mut rig, b, by, _) = talking();
        let (transfer, _) = rig.transfers(by, number(), TransferMode::Blind);
        assert!(matches!(
            rig.out.iter().find(|o| matches!(o, Output::Ask(..))),
            Some(Output::Ask(_, Question::Whom { .. }))
        ));
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, answer));
        assert_eq!(rig.transfer_ended(transfer), Some((outcome, None)));
        assert_eq!(rig.hearing(rig.a), [b]);
    }
    let (mut rig, b, by, _) = talking();
    let (transfer, _) = rig.transfers(by, number(), TransferMode::Consult);
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::To(number())));
    let c = rig.reach(&["outside"])[0];
    // The sender hears what comes before the answer, the contact music.
    rig.leg(c, LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Negotiated { leg: c, answer: None, held: false });
    rig.media(MediaEvent::Flowing { leg: c });
    assert_eq!((rig.hearing(b), rig.sound(b), rig.sound(rig.a)), (vec![c], None, Some(MUSIC)));
    rig.ended(c, Cause::Busy);
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Busy, None)));
    assert_eq!((rig.hearing(rig.a), rig.hearing(b)), (vec![b], vec![rig.a]));
}

/// Rows: S7.11
#[test]
fn a_consultation_is_completed_returned_or_merged() {
    let consult = || {
        let (mut rig, b, by, _) = talking();
        let to = rig.colleague();
        let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Consult);
        assert_eq!((rig.sound(rig.a), rig.sound(b)), (Some(MUSIC), Some(RINGBACK)));
        assert!(rig.saw_event(CallEvent::Held { leg: b }));
        let (offer, c) = rig.found();
        assert!(rig.saw_event(CallEvent::Bridged { a: b, b: c, agent: Some(to), offer: Some(offer.offer) }));
        assert_eq!((rig.hearing(rig.a), rig.hearing(b), rig.hearing(c)), (vec![], vec![c], vec![b]));
        assert_eq!((rig.sound(rig.a), rig.sound(b)), (Some(MUSIC), None), "the contact does not hear them");
        rig.take();
        (rig, b, c, by, transfer)
    };

    let (mut rig, b, c, by, transfer) = consult();
    let a = rig.a;
    let order = rig.order(CallOrder::CompleteTransfer { by });
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert!(rig.hung_up(b, Cause::Normal));
    assert_eq!((rig.hearing(a), rig.hearing(c)), (vec![c], vec![a]));

    let (mut rig, b, c, by, transfer) = consult();
    rig.order(CallOrder::ReturnToContact { by });
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Returned, None)));
    assert!(rig.hung_up(c, Cause::Normal) && rig.saw_event(CallEvent::Resumed { leg: b }));
    assert_eq!((rig.hearing(rig.a), rig.hearing(b)), (vec![b], vec![rig.a]));

    let (mut rig, b, c, by, transfer) = consult();
    let a = rig.a;
    rig.order(CallOrder::MergeConsultation { by });
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert!(rig.saw(&hears(a, &[b, c])) && rig.saw(&hears(b, &[a, c])) && rig.saw(&hears(c, &[a, b])));

    // The target hangs up: the contact is the sender's again.
    let (mut rig, b, c, _, transfer) = consult();
    rig.ended(c, Cause::Normal);
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Returned, None)));
    assert_eq!(rig.hearing(rig.a), [b]);

    // The sender hangs up: that completes it.
    let (mut rig, b, c, _, transfer) = consult();
    rig.ended(b, Cause::Normal);
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert_eq!((rig.hearing(rig.a), rig.hearing(c)), (vec![c], vec![rig.a]));

    // The contact hangs up: it is over for all.
    let (mut rig, b, c, _, transfer) = consult();
    rig.ended(rig.a, Cause::Normal);
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::CallerLeft, None)));
    assert!(rig.hung_up(b, Cause::Normal) && rig.hung_up(c, Cause::Normal));
}

/// Rows: S7.9
#[test]
fn a_sender_who_did_not_wait_is_rung_again_and_then_the_queue_has_the_contact() {
    let (mut rig, b, by, first) = talking();
    let (a, to) = (rig.a, rig.colleague());
    let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Blind);
    let ask = rig.the_ask();
    rig.ended(b, Cause::Normal);
    assert_eq!(rig.sound(a), Some(RINGBACK), "the contact waits on");
    rig.take();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::NoAnswer)));
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::NoAnswer, None)));
    let asked = |o: &Output| matches!(o, Output::Ask(_, Question::Agent(r)) if r.agent == by);
    assert!(rig.out.iter().any(asked), "the sender is asked to take it back");
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::Busy)));
    assert_eq!(rig.facts().last(), Some(&FlowFact::Queue { queue: first.queue, returns: false }));
}

/// Rows: S7.16
#[test]
fn somebody_joins_and_leaves_without_ending_it() {
    let (mut rig, b, by, _) = talking();
    let (a, to) = (rig.a, rig.colleague());
    let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Join);
    assert_eq!((rig.hearing(a), rig.sound(a)), (vec![b], None), "they talk on while it rings");
    let (_, c) = rig.found();
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert!(rig.saw(&hears(a, &[b, c])) && rig.saw(&hears(b, &[a, c])) && rig.saw(&hears(c, &[a, b])));
    let order = rig.order(CallOrder::Leave { by: to });
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    assert!(rig.hung_up(c, Cause::Normal));
    assert_eq!((rig.hearing(a), rig.hearing(b)), (vec![b], vec![a]));
    let order = rig.order(CallOrder::Leave { by });
    assert!(rig.refused(order), "the last one hangs up, or passes the contact on");
}

/// A conference of agents ends with the contact; one with somebody outside goes on with them.
#[test]
fn when_the_contact_leaves_a_talk_of_several() {
    for outside in [false, true] {
        let (mut rig, b, by, _) = talking();
        let (a, to) = (rig.a, rig.colleague());
        let c = if outside {
            rig.transfers(by, TransferTo::Number("+49".to_string().into()), TransferMode::Join);
            let ask = rig.the_ask();
            rig.put(Input::Answer(ask, Answer::To(TransferTo::Number("+49".to_string().into()))));
            let c = rig.reach(&["outside"])[0];
            rig.pick_up(c);
            c
        } else {
            rig.transfers(by, TransferTo::Agent(to), TransferMode::Join);
            rig.found().1
        };
        rig.take();
        rig.ended(a, Cause::Normal);
        assert_eq!(rig.hung_up(b, Cause::Normal), !outside);
        if outside {
            assert!(rig.saw_event(CallEvent::Inherited { leg: c, from: a }));
            assert_eq!((rig.hearing(b), rig.hearing(c)), (vec![c], vec![b]));
            rig.ended(b, Cause::Normal);
            assert!(rig.hung_up(c, Cause::Normal), "and ends when the agent goes");
        }
    }
}

/// Rows: S7.9
#[test]
fn into_a_queue_the_sender_is_free_at_once_and_has_it_back_if_nobody_takes_it() {
    let (mut rig, b, by, _) = talking();
    let queue = rig.ids.next(rig.now);
    let (transfer, _) = rig.transfers(by, TransferTo::Queue(queue), TransferMode::Blind);
    assert!(rig.hung_up(b, Cause::Normal));
    assert_eq!(rig.facts().last(), Some(&FlowFact::Queue { queue, returns: true }));
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![PromptRef::new("music")], repeat: true });
    rig.flow(FlowOrder::LeftQueue(WorkOutcome::MaxWait));
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::NoAnswer, None)));
    let (_, again) = rig.found();
    assert_eq!((rig.hearing(rig.a), rig.hearing(again)), (vec![again], vec![rig.a]));

    let (mut rig, _, by, _) = talking();
    rig.transfers(by, TransferTo::Queue(queue), TransferMode::Blind);
    rig.flow(FlowOrder::LeftQueue(WorkOutcome::NoAgents));
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::Busy)));
    assert_eq!(rig.facts().last(), Some(&FlowFact::NotReturned), "the flow says sorry");

    let (mut rig, _, by, _) = talking();
    let (transfer, _) = rig.transfers(by, TransferTo::Queue(queue), TransferMode::Blind);
    let (_, legs) = rig.ring(&["desk"]);
    rig.pick_up(legs[0]);
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(legs[0]))));
}

#[test]
fn into_a_flow_once_its_program_is_there() {
    for (answer, goes) in [(Answer::Program("{}".into()), true), (Answer::Failed, false)] {
        let (mut rig, b, by, _) = talking();
        let flow = rig.ids.next(rig.now);
        let (transfer, _) = rig.transfers(by, TransferTo::Flow(flow), TransferMode::Blind);
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, answer));
        assert_eq!(rig.hung_up(b, Cause::Normal), goes);
        assert_eq!(rig.facts().contains(&FlowFact::Program("{}".into())), goes);
        let outcome = if goes { TransferOutcome::Completed } else { TransferOutcome::Failed };
        assert_eq!(rig.transfer_ended(transfer), Some((outcome, None)));
    }
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let (mut rig, _, by, _) = talking();
    let (stranger, queue) = (rig.colleague(), rig.ids.next(rig.now));
    let agent = TransferTo::Agent(stranger);
    for (who, to, mode) in [
        (stranger, agent.clone(), TransferMode::Blind),
        (by, TransferTo::Queue(queue), TransferMode::Consult),
        (by, TransferTo::Queue(queue), TransferMode::Join),
    ] {
        let (_, order) = rig.transfers(who, to, mode);
        assert!(rig.refused(order));
    }
    for what in [
        CallOrder::CompleteTransfer { by },
        CallOrder::ReturnToContact { by },
        CallOrder::MergeConsultation { by },
        CallOrder::Retrieve { by },
    ] {
        let order = rig.order(what);
        assert!(rig.refused(order));
    }
    // To oneself: who has the contact has it.
    let (_, order) = rig.transfers(by, TransferTo::Agent(by), TransferMode::Blind);
    assert!(rig.refused(order));
    // One at a time.
    let (_, first) = rig.transfers(by, agent.clone(), TransferMode::Consult);
    let (_, second) = rig.transfers(by, agent, TransferMode::Blind);
    assert!(!rig.refused(first) && rig.refused(second));
}
