use super::*;

fn request(target: Target) -> FlowOrder {
    FlowOrder::Dial(DialRequest { targets: vec![target], from: None, ring_for: Duration::from_secs(30) })
}

fn extension() -> FlowOrder {
    request(Target::Extension("2001".into()))
}

fn ringing_before_answer() -> (Rig, LegId) {
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    rig.flow(extension());
    let legs = rig.reach(&["desk"]);
    rig.take();
    (rig, legs[0])
}

/// What was left of the servers that the call may pass goes on with it: a number that leads back here ends some time.
#[test]
fn whoever_is_dialled_for_a_caller_is_told_how_far_the_call_may_go() {
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    rig.flow(extension());
    rig.reach(&["desk"]);
    let told = rig.take().into_iter().find_map(|output| match output {
        Output::Leg(_, LegCommand::Dial(dial)) => Some(dial.headers),
        _ => None,
    });
    assert_eq!(told, Some(vec![("Max-Forwards".to_owned(), "69".to_owned().into())]));
}

#[test]
fn an_unanswered_caller_hears_it_ring_and_is_answered_with_the_callee() {
    let (mut rig, b) = ringing_before_answer();
    let a = rig.a;
    rig.leg(b, LegEvent::Ringing);
    assert_eq!(rig.take(), [Output::Event(CallEvent::Ringing { leg: b }), Output::Leg(a, LegCommand::Ring)]);
    rig.pick_up(b);
    assert_eq!(
        rig.take(),
        [
            Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("theirs") }),
            Output::Leg(a, LegCommand::Answer { sdp: sdp("answer") }),
            Output::Event(CallEvent::Answered { leg: a }),
            Output::Flow(FlowFact::CallerAnswered),
            Output::Event(CallEvent::Bridged { a, b, agent: None, offer: None }),
            Output::Media(MediaCommand::Hear { leg: a, legs: vec![b] }),
            Output::Media(MediaCommand::Hear { leg: b, legs: vec![a] }),
        ]
    );
}

#[test]
fn the_callee_hangs_up_and_the_flow_goes_on() {
    let (mut rig, b) = ringing_before_answer();
    rig.pick_up(b);
    rig.take();
    rig.ended(b, Cause::Normal);
    let a = rig.a;
    assert_eq!(
        rig.take(),
        [
            Output::Event(CallEvent::LegEnded { leg: b, cause: Cause::Normal, status: None }),
            Output::Media(MediaCommand::Close { leg: b }),
            Output::Event(CallEvent::Unbridged { a, b }),
            Output::Flow(FlowFact::DialEnded(DialOutcome::Talked)),
            Output::Media(MediaCommand::Hear { leg: a, legs: vec![] }),
        ]
    );
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![PromptRef::new("en/bye")], repeat: false });
    rig.pass(Duration::from_secs(600));
    assert!(!rig.hung_up(a, Cause::Normal), "the flow has taken the caller back");
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    rig.ended(a, Cause::Normal);
    rig.closed(a);
    rig.closed(b);
    assert!(rig.saw_event(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Flow }));
}

#[test]
fn a_dial_that_failed_tells_the_flow() {
    for (cause, outcome) in [
        (Cause::Busy, DialOutcome::Busy),
        (Cause::Declined, DialOutcome::Declined),
        (Cause::Unreachable, DialOutcome::Unreachable),
        (Cause::NoAnswer, DialOutcome::NoAnswer),
        (Cause::Forbidden, DialOutcome::Failed),
    ] {
        let (mut rig, b) = ringing_before_answer();
        rig.ended(b, cause);
        assert_eq!(rig.facts(), [FlowFact::DialEnded(outcome)]);
        assert!(rig.call.is_unanswered());
    }
    let (mut rig, b) = ringing_before_answer();
    rig.pass(Duration::from_secs(30));
    assert!(rig.hung_up(b, Cause::NoAnswer));
    assert_eq!(rig.facts(), [FlowFact::DialEnded(DialOutcome::NoAnswer)]);
}

#[test]
fn the_ways_to_a_number_are_tried_one_after_the_other() {
    let mut rig = Rig::answered();
    rig.flow(request(Target::Number("+4930999".to_string().into())));
    let first = rig.reach(&["trunk1", "trunk2", "trunk3"]);
    assert_eq!(first.len(), 1, "two trunks to one number would ring one person twice");
    rig.ended(first[0], Cause::RemoteFailure);
    let second = rig.make_offers();
    assert_eq!(second.len(), 1);
    rig.ended(second[0], Cause::Busy);
    assert!(rig.make_offers().is_empty(), "busy is busy over every trunk");
    assert_eq!(rig.facts(), [FlowFact::DialEnded(DialOutcome::Busy)]);
}

/// Rows: V15
#[test]
fn what_is_said_of_the_called_number_is_said_over_every_trunk() {
    for (cause, again) in [
        (Cause::Unreachable, true),
        (Cause::RemoteFailure, true),
        (Cause::Congestion, true),
        (Cause::SignalingTimeout, true),
        (Cause::Busy, false),
        (Cause::Declined, false),
        (Cause::NotFound, false),
        (Cause::NoAnswer, false),
    ] {
        let mut rig = Rig::answered();
        rig.flow(request(Target::Number("+4930999".to_string().into())));
        let first = rig.reach(&["trunk1", "trunk2"]);
        rig.ended(first[0], cause);
        assert_eq!(rig.make_offers().len(), usize::from(again), "{cause:?}");
    }
}

#[test]
fn an_early_answer_counts_when_the_200_has_none() {
    let (mut rig, b) = ringing_before_answer();
    rig.leg(b, LegEvent::Progress { answer: sdp("early") });
    assert!(rig.saw(&Output::Leg(rig.a, LegCommand::Ring)));
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    rig.take();
    rig.leg(b, LegEvent::Answered { answer: None });
    assert!(rig.saw(&Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("early") })));
    let (mut rig, b) = ringing_before_answer();
    rig.leg(b, LegEvent::Answered { answer: None });
    assert!(rig.hung_up(b, Cause::RemoteFailure));
    assert_eq!(rig.facts(), [FlowFact::DialEnded(DialOutcome::Failed)]);
}

#[test]
fn sound_before_the_answer_reaches_the_caller() {
    let (mut rig, b) = ringing_before_answer();
    let a = rig.a;
    rig.leg(b, LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    rig.take();
    rig.media(MediaEvent::Flowing { leg: b });
    let hears = |legs: Vec<LegId>| Output::Media(MediaCommand::Hear { leg: a, legs });
    assert_eq!(rig.take(), [Output::Leg(a, LegCommand::Progress { answer: sdp("answer") }), hears(vec![b])]);
    rig.leg(b, LegEvent::Answered { answer: None });
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    assert!(rig.saw(&Output::Leg(a, LegCommand::Answer { sdp: sdp("answer") })), "the same description again");

    // Announced, never heard, refused: the caller is left with what the flow plays.
    let (mut rig, b) = ringing_before_answer();
    rig.leg(b, LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    rig.media(MediaEvent::Flowing { leg: b });
    rig.take();
    rig.ended(b, Cause::Busy);
    assert!(rig.saw(&hears(vec![])));
}

#[test]
fn an_answer_that_overtakes_the_early_one_waits_for_it() {
    let (mut rig, b) = ringing_before_answer();
    rig.leg(b, LegEvent::Progress { answer: sdp("early") });
    rig.leg(b, LegEvent::Answered { answer: Some(sdp("final")) });
    let last = Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("final") });
    assert!(!rig.saw(&last), "one exchange at a time");
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    assert!(rig.saw(&last));
    assert!(rig.call.talk.is_none());
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    assert!(rig.call.talk.is_some());
}

#[test]
fn who_waits_for_an_agent_hears_the_queue_not_the_agents_network() {
    let mut rig = Rig::answered();
    let (_, legs) = rig.ring(&["desk"]);
    rig.take();
    rig.leg(legs[0], LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Flowing { leg: legs[0] });
    assert_eq!(rig.take(), [Output::Event(CallEvent::Ringing { leg: legs[0] })]);
}

#[test]
fn a_dial_takes_the_caller_from_a_ringing_agent() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring(&["desk"]);
    rig.flow(extension());
    assert!(rig.hung_up(legs[0], Cause::Cancelled));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::CallerLeft)));
    rig.flow(extension());
    assert_eq!(rig.facts(), [FlowFact::DialEnded(DialOutcome::Failed)], "one dial at a time");
}
