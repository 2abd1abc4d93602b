use super::*;

/// Rows: V1, S7.4
#[test]
fn the_first_device_that_answers_is_bridged() {
    let mut rig = Rig::answered();
    rig.flow(FlowOrder::Play { play: PlayId(7), prompts: vec![PromptRef::new("music")], repeat: true });
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer.clone()));
    assert!(rig.saw_event(CallEvent::Offered {
        offer: offer.offer,
        agent: offer.agent,
        queue: offer.queue,
        work_item: offer.work_item
    }));
    let legs = rig.reach(&["desk", "browser", "mobile"]);
    assert_eq!(legs.len(), 3);
    for leg in &legs {
        assert!(rig.saw(&Output::Media(MediaCommand::MakeOffer {
            leg: *leg,
            interface: InterfaceId(0),
            profile: Default::default(),
            prefer: Some(rig.a)
        })));
        rig.leg(*leg, LegEvent::Ringing);
        assert!(rig.saw_event(CallEvent::Ringing { leg: *leg }));
    }
    let (a, b) = (rig.a, legs[1]);
    rig.take();
    rig.leg(b, LegEvent::Answered { answer: Some(sdp("theirs")) });
    assert_eq!(rig.take(), [Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("theirs") })]);
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    let out = rig.take();
    assert_eq!(
        out,
        [
            Output::Leg(legs[0], LegCommand::Hangup { cause: Cause::AnsweredElsewhere }),
            Output::Media(MediaCommand::Close { leg: legs[0] }),
            Output::Leg(legs[2], LegCommand::Hangup { cause: Cause::AnsweredElsewhere }),
            Output::Media(MediaCommand::Close { leg: legs[2] }),
            Output::Event(CallEvent::OfferEnded {
                offer: offer.offer,
                agent: offer.agent,
                outcome: OfferOutcome::Accepted
            }),
            Output::Media(MediaCommand::StopPlay { leg: a, play: PlayId(7) }),
            Output::Event(CallEvent::Bridged { a, b, agent: Some(offer.agent), offer: Some(offer.offer) }),
            Output::Done(order, Outcome::Offer(OfferOutcome::Accepted)),
            Output::Media(MediaCommand::Hear { leg: a, legs: vec![b] }),
            Output::Media(MediaCommand::Hear { leg: b, legs: vec![a] }),
        ]
    );
    // A second answer crosses our hang-up: it never bridges.
    rig.pick_up(legs[0]);
    assert!(rig.take().is_empty());
}

#[test]
fn the_agent_hangs_up_and_the_call_ends_by_the_agent() {
    let (mut rig, b) = Rig::talking();
    rig.ended(b, Cause::Normal);
    assert!(rig.saw_event(CallEvent::Unbridged { a: rig.a, b }));
    assert_eq!(rig.facts(), [FlowFact::DialEnded(DialOutcome::Talked)]);
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    assert!(rig.hung_up(rig.a, Cause::Normal));
    rig.closed(b);
    rig.ended(rig.a, Cause::Normal);
    rig.closed(rig.a);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Agent })));
}

#[test]
fn the_caller_hangs_up_and_the_agent_is_hung_up() {
    let (mut rig, b) = Rig::talking();
    rig.ended(rig.a, Cause::Normal);
    assert!(rig.hung_up(b, Cause::Normal));
    rig.closed(rig.a);
    rig.closed(b);
    assert!(!rig.call.is_over(), "the agent's leg has not ended yet");
    rig.ended(b, Cause::Normal);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller })));
}

#[test]
fn a_flow_that_says_nothing_does_not_keep_the_caller() {
    let (mut rig, b) = Rig::talking();
    rig.ended(b, Cause::Normal);
    rig.pass(Duration::from_secs(60));
    assert!(rig.hung_up(rig.a, Cause::Normal));
}

#[test]
fn a_flow_that_hangs_up_waits_for_the_conversation() {
    let (mut rig, b) = Rig::talking();
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    assert!(rig.take().is_empty());
    rig.ended(b, Cause::Normal);
    assert!(rig.hung_up(rig.a, Cause::Normal));
}

/// Several agents are asked at once: the first who takes it has it, the others learn so at once. An offer of other work is not let in
/// beside them.
///
/// Rows: S7.22
#[test]
fn of_several_agents_who_ring_one_wins() {
    let mut rig = Rig::answered();
    let first = rig.offer();
    let second = OfferOrder { work_item: first.work_item, ..rig.offer() };
    let other = rig.offer();
    let asked = [&first, &second].map(|offer| (rig.order(CallOrder::Offer(offer.clone())), rig.reach(&["d"])[0]));
    let (orders, legs) = (asked.map(|one| one.0), asked.map(|one| one.1));
    let refused = rig.order(CallOrder::Offer(other));
    assert!(matches!(rig.outcome(refused), Some(Outcome::Refused(_))));
    for leg in legs {
        rig.leg(leg, LegEvent::Ringing);
    }
    rig.pick_up(legs[1]);
    assert!(rig.saw_event(CallEvent::Bridged {
        a: rig.a,
        b: legs[1],
        agent: Some(second.agent),
        offer: Some(second.offer)
    }));
    assert!(rig.hung_up(legs[0], Cause::AnsweredElsewhere));
    assert_eq!(rig.outcome(orders[1]), Some(&Outcome::Offer(OfferOutcome::Accepted)));
    assert_eq!(rig.outcome(orders[0]), Some(&Outcome::Offer(OfferOutcome::Superseded)));
    // The other takes it in the same moment: their answer crosses our hang-up.
    rig.take();
    rig.pick_up(legs[0]);
    assert!(rig.take().is_empty());
}

/// Rows: S7.22
#[test]
fn a_contact_who_leaves_stops_whatever_rings() {
    let mut rig = Rig::answered();
    let first = rig.offer();
    let second = OfferOrder { work_item: first.work_item, ..rig.offer() };
    let asked = [first, second].map(|offer| (rig.order(CallOrder::Offer(offer)), rig.reach(&["d"])[0]));
    rig.ended(rig.a, Cause::Normal);
    for (order, leg) in asked {
        assert!(rig.hung_up(leg, Cause::Cancelled));
        assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::CallerLeft)));
    }
}

/// Rows: S7.25
#[test]
fn busy_after_ringing_is_a_person_who_declines() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["d1"]);
    rig.leg(legs[0], LegEvent::Ringing);
    rig.ended(legs[0], Cause::Busy);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Declined)));
}

#[test]
fn the_ends_of_the_devices_make_the_end_of_the_offer() {
    use Cause as C;
    use OfferOutcome as O;
    let cases: &[(&[Cause], OfferOutcome)] = &[
        (&[C::Busy], O::Busy),
        (&[C::Busy, C::Busy], O::Busy),
        (&[C::Declined], O::Declined),
        (&[C::Declined, C::Busy, C::Unreachable], O::Declined),
        (&[C::NoAnswer, C::Busy], O::NoAnswer),
        (&[C::Unreachable, C::NotFound], O::Unreachable),
        (&[C::SignalingTimeout], O::Unreachable),
        (&[C::NotAcceptable, C::Unreachable], O::Failed),
        (&[C::RemoteFailure, C::Busy], O::Busy),
    ];
    for (causes, outcome) in cases {
        let mut rig = Rig::answered();
        let names = ["d1", "d2", "d3"];
        let (order, legs) = rig.ring(&names[..causes.len()]);
        for (leg, cause) in legs.iter().zip(*causes) {
            assert_eq!(rig.outcome(order), None, "it rings until the last device has ended");
            rig.ended(*leg, *cause);
        }
        assert_eq!(rig.outcome(order), Some(&Outcome::Offer(*outcome)), "{causes:?}");
        assert!(!rig.out.iter().any(|o| matches!(o, Output::Flow(_))), "the flow waits on");
        let (order, legs) = rig.ring(&["again"]);
        rig.pick_up(*legs.last().unwrap());
        assert_eq!(rig.outcome(order), Some(&Outcome::Offer(O::Accepted)));
    }
}

#[test]
fn an_agent_without_devices_is_unreachable() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&[]);
    assert!(legs.is_empty());
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Unreachable)));
}

#[test]
fn a_question_nobody_answers_fails_the_offer() {
    let mut rig = Rig::answered();
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer));
    let ask = rig.the_ask();
    rig.pass(Duration::from_secs(5));
    assert!(rig.saw(&Output::Cancel(ask)));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Failed)));
    rig.put(Input::Answer(ask, Answer::Destinations(vec![device("late")])));
    assert!(rig.dialled().is_empty());
}

#[test]
fn it_rings_as_long_as_ordered() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["desk", "browser"]);
    rig.ended(legs[1], Cause::Declined);
    rig.pass(Duration::from_millis(19_999));
    assert_eq!(rig.outcome(order), None);
    rig.pass(Duration::from_millis(1));
    assert!(rig.hung_up(legs[0], Cause::NoAnswer));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Declined)), "the person declined");
    rig.take();
    // Answered in the moment we hung up.
    rig.pick_up(legs[0]);
    assert!(rig.take().is_empty());
}

#[test]
fn an_answer_in_the_last_moment_still_counts() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["desk"]);
    rig.leg(legs[0], LegEvent::Answered { answer: Some(sdp("theirs")) });
    rig.pass(Duration::from_secs(0));
    rig.now += Duration::from_secs(4);
    rig.pass(Duration::from_secs(0));
    rig.media(MediaEvent::Negotiated { leg: legs[0], answer: None, held: false });
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
}

#[test]
fn ten_devices_ring_at_most() {
    let mut rig = Rig::answered();
    let (_, legs) = rig.ring(&["d"; 14]);
    assert_eq!(legs.len(), 10);
}

#[test]
fn the_caller_leaves_while_it_rings() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["desk", "browser"]);
    rig.ended(rig.a, Cause::Normal);
    assert!(rig.hung_up(legs[0], Cause::Cancelled) && rig.hung_up(legs[1], Cause::Cancelled));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::CallerLeft)));
}

#[test]
fn the_caller_leaves_before_anybody_was_dialled() {
    let mut rig = Rig::answered();
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer));
    let ask = rig.the_ask();
    rig.ended(rig.a, Cause::Normal);
    assert!(rig.saw(&Output::Cancel(ask)));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::CallerLeft)));
    // And between the question and media's offer.
    let mut rig = Rig::answered();
    let offer = rig.offer();
    rig.order(CallOrder::Offer(offer));
    rig.put(Input::Answer(rig.the_ask(), Answer::Destinations(vec![device("desk")])));
    rig.ended(rig.a, Cause::Normal);
    assert!(rig.make_offers().is_empty(), "nobody is dialled for a caller who has left");
    let closes = rig.out.iter().filter(|o| matches!(o, Output::Media(MediaCommand::Close { .. }))).count();
    assert_eq!(closes, 2);
}

#[test]
fn a_withdrawn_offer_is_superseded() {
    let mut rig = Rig::answered();
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer.clone()));
    let legs = rig.reach(&["desk"]);
    let other: OfferId = rig.ids.next(rig.now);
    let nothing = rig.order(CallOrder::WithdrawOffer(other));
    assert_eq!((rig.outcome(nothing), rig.outcome(order)), (Some(&Outcome::Done), None));
    let withdrawal = rig.order(CallOrder::WithdrawOffer(offer.offer));
    assert_eq!(rig.outcome(withdrawal), Some(&Outcome::Done));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Superseded)));
    assert!(rig.hung_up(legs[0], Cause::Cancelled));
    // Too late: it has just been accepted.
    let mut rig = Rig::answered();
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer.clone()));
    let legs = rig.reach(&["desk"]);
    rig.pick_up(legs[0]);
    let withdrawal = rig.order(CallOrder::WithdrawOffer(offer.offer));
    assert_eq!(rig.outcome(withdrawal), Some(&Outcome::Done));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
    assert!(!rig.hung_up(legs[0], Cause::Cancelled));
}

#[test]
fn an_answer_media_cannot_use_is_no_answer() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["desk", "browser"]);
    rig.leg(legs[0], LegEvent::Answered { answer: Some(sdp("rubbish")) });
    rig.media(MediaEvent::Refused { leg: legs[0], why: Refusal::NoCommonCodec });
    assert!(rig.hung_up(legs[0], Cause::NotAcceptable));
    assert_eq!(rig.outcome(order), None, "the other device rings on");
    rig.pick_up(legs[1]);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
}

#[test]
fn a_call_is_offered_to_one_agent_at_a_time() {
    let mut rig = Rig::answered();
    let (first, legs) = rig.ring(&["desk"]);
    let offer = rig.offer();
    let second = rig.order(CallOrder::Offer(offer));
    assert!(matches!(rig.outcome(second), Some(Outcome::Refused(_))));
    assert_eq!(rig.outcome(first), None);
    rig.pick_up(legs[0]);
    let offer = rig.offer();
    let third = rig.order(CallOrder::Offer(offer));
    assert!(matches!(rig.outcome(third), Some(Outcome::Refused(_))), "the caller is talking");
}

#[test]
fn an_agent_is_named_in_the_bridge() {
    let (rig, _) = Rig::talking();
    let agent: Option<AgentId> =
        rig.call.talk.as_ref().and_then(|t| t.parts.values().next()).and_then(|part| part.agent);
    assert!(agent.is_some());
}
