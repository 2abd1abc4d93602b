use super::*;

/// Rows: V1
#[test]
fn a_call_from_the_door_to_the_last_event() {
    let mut rig = Rig::new(Some(sdp("offer")));
    let a = rig.a;
    assert!(matches!(rig.out[0], Output::Event(CallEvent::Started { .. })));
    assert_eq!(
        rig.out[1],
        Output::Media(MediaCommand::AnswerOffer {
            leg: a,
            interface: InterfaceId(0),
            profile: Default::default(),
            offer: sdp("offer"),
            prefer: None
        })
    );
    rig.media(MediaEvent::Negotiated { leg: a, answer: Some(sdp("answer")), held: false });
    rig.take();
    rig.flow(FlowOrder::AnswerCaller);
    rig.flow(FlowOrder::AnswerCaller); // twice is once
    assert_eq!(
        rig.take(),
        [
            Output::Leg(a, LegCommand::Answer { sdp: sdp("answer") }),
            Output::Event(CallEvent::Answered { leg: a }),
            Output::Flow(FlowFact::CallerAnswered),
        ]
    );
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![PromptRef::new("en/welcome")], repeat: false });
    rig.media(MediaEvent::Played { leg: a, play: PlayId(1), end: PlayEnd::Finished });
    assert_eq!(rig.facts(), [FlowFact::Played(PlayId(1), PlayEnd::Finished)]);
    rig.take();
    rig.ended(a, Cause::Normal);
    assert_eq!(
        rig.take(),
        [
            Output::Event(CallEvent::LegEnded { leg: a, cause: Cause::Normal, status: None }),
            Output::Media(MediaCommand::Close { leg: a }),
            Output::Flow(FlowFact::CallerGone),
        ]
    );
    rig.closed(a);
    assert_eq!(
        rig.take(),
        [
            Output::Event(CallEvent::Quality { leg: a, quality: LegQuality::default() }),
            Output::Event(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller }),
        ]
    );
    assert!(rig.call.is_over());
    assert_eq!((rig.call.poll_timeout(), rig.call.dropped()), (None, 0));
}

#[test]
fn an_offer_of_no_use_is_refused_and_the_call_is_over() {
    for (why, cause) in [
        (Refusal::NoCommonCodec, Cause::NotAcceptable),
        (Refusal::NoAudio, Cause::NotAcceptable),
        (Refusal::Malformed, Cause::NotAcceptable),
        (Refusal::NoPorts, Cause::Congestion),
    ] {
        let mut rig = Rig::new(Some(sdp("offer")));
        rig.media(MediaEvent::Refused { leg: rig.a, why });
        assert!(rig.hung_up(rig.a, cause), "{why:?}");
        assert_eq!(rig.facts(), [FlowFact::CallerGone]);
        rig.ended(rig.a, cause);
        assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause, by: EndedBy::System })));
        assert!(rig.call.is_over());
    }
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut rig = Rig::new(None);
    let a = rig.a;
    assert_eq!(
        rig.out[1],
        Output::Media(MediaCommand::MakeOffer {
            leg: a,
            interface: InterfaceId(0),
            profile: Default::default(),
            prefer: None
        })
    );
    rig.media(MediaEvent::Offer { leg: a, offer: sdp("ours") });
    rig.flow(FlowOrder::AnswerCaller);
    assert!(rig.saw(&Output::Leg(a, LegCommand::Answer { sdp: sdp("ours") })));
    assert_eq!(rig.facts(), [FlowFact::Started], "before the answer there is nowhere to send sound to");
    rig.leg(a, LegEvent::Offered { offer: Some(sdp("too early")) });
    assert!(rig.saw(&Output::Leg(a, LegCommand::RefuseOffer { status: 491 })));
    rig.leg(a, LegEvent::Confirmed { answer: Some(sdp("theirs")) });
    rig.media(MediaEvent::Negotiated { leg: a, answer: None, held: false });
    assert_eq!(rig.facts(), [FlowFact::Started, FlowFact::CallerAnswered]);
}

/// The offer goes out at once where the caller can answer it before the 200; then it is a call like all others, early sound and all.
#[test]
fn a_late_offer_is_answered_before_the_200() {
    let mut rig = Rig::reliable();
    let a = rig.a;
    rig.media(MediaEvent::Offer { leg: a, offer: sdp("ours") });
    assert!(rig.saw(&Output::Leg(a, LegCommand::Progress { answer: sdp("ours") })));
    assert_eq!(rig.facts(), [], "nobody knows yet where to send sound");
    rig.leg(a, LegEvent::Offered { offer: Some(sdp("too early")) });
    assert!(rig.saw(&Output::Leg(a, LegCommand::RefuseOffer { status: 491 })));
    rig.leg(a, LegEvent::Confirmed { answer: Some(sdp("theirs")) });
    assert!(rig.saw(&Output::Media(MediaCommand::TakeAnswer { leg: a, answer: sdp("theirs") })));
    rig.media(MediaEvent::Negotiated { leg: a, answer: None, held: false });
    assert_eq!(rig.facts(), [FlowFact::Started]);
    rig.flow(FlowOrder::AnswerCaller);
    assert_eq!(rig.facts(), [FlowFact::Started, FlowFact::CallerAnswered], "at once: sound can be sent");
    rig.leg(a, LegEvent::Confirmed { answer: None });
    assert!(!rig.hung_up(a, Cause::RemoteFailure));
    for (answer, cause) in [(None, Cause::RemoteFailure), (Some("of no use"), Cause::NotAcceptable)] {
        let mut rig = Rig::reliable();
        rig.media(MediaEvent::Offer { leg: rig.a, offer: sdp("ours") });
        rig.leg(rig.a, LegEvent::Confirmed { answer: answer.map(sdp) });
        if answer.is_some() {
            rig.media(MediaEvent::Refused { leg: rig.a, why: Refusal::NoCommonCodec });
        }
        assert!(rig.hung_up(rig.a, cause), "{answer:?}");
    }
}

#[test]
fn a_late_offer_without_an_answer_ends() {
    for answer_in_time in [true, false] {
        let mut rig = Rig::new(None);
        rig.media(MediaEvent::Offer { leg: rig.a, offer: sdp("ours") });
        rig.flow(FlowOrder::AnswerCaller);
        if answer_in_time {
            rig.leg(rig.a, LegEvent::Confirmed { answer: None });
            assert!(rig.hung_up(rig.a, Cause::RemoteFailure));
        } else {
            rig.pass(Duration::from_secs(40));
            assert!(rig.hung_up(rig.a, Cause::SignalingTimeout));
        }
    }
}

#[test]
fn a_key_counts_once_however_often_it_is_sent() {
    let five = Digit::new('5').unwrap();
    let rtp = |leg| {
        Input::Media(MediaEvent::Digit {
            leg,
            digit: five,
            duration: Duration::from_millis(80),
            source: DigitSource::Rtp,
        })
    };
    let info = |leg| Input::Leg(leg, LegEvent::Digit { digit: five, duration: None });
    // (what arrives, how often the flow hears of it)
    let cases: [(&[u8], usize); 5] = [(b"r", 1), (b"i", 1), (b"ri", 1), (b"irir", 2), (b"rrii", 2)];
    for (keys, heard) in cases {
        let mut rig = Rig::answered();
        for key in keys {
            let a = rig.a;
            rig.put(if *key == b'r' { rtp(a) } else { info(a) });
        }
        assert_eq!(rig.facts(), vec![FlowFact::Digit(five); heard], "{}", String::from_utf8_lossy(keys));
        let pressed = rig.out.iter().filter(|o| matches!(o, Output::Event(CallEvent::DigitPressed { .. }))).count();
        assert_eq!(pressed, heard);
    }
}

#[test]
fn plays_of_a_caller_who_cannot_listen_end_at_once() {
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    rig.take();
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![], repeat: true });
    assert_eq!(rig.take(), [Output::Flow(FlowFact::Played(PlayId(1), PlayEnd::Stopped))]);
    let (mut rig, _) = Rig::talking();
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![], repeat: true });
    assert_eq!(rig.take(), [Output::Flow(FlowFact::Played(PlayId(1), PlayEnd::Stopped))]);
}

#[test]
fn silence_is_noted_and_then_ends_the_call() {
    let mut rig = Rig::answered();
    let a = rig.a;
    rig.media(MediaEvent::Silent { leg: a, lasted: Duration::from_secs(10) });
    assert_eq!(rig.take(), [Output::Event(CallEvent::SoundLost { leg: a })]);
    rig.pass(Duration::from_secs(49));
    assert!(rig.take().is_empty());
    rig.media(MediaEvent::Flowing { leg: a });
    rig.pass(Duration::from_secs(600));
    assert!(rig.take().is_empty(), "the sound came back");
    rig.media(MediaEvent::Silent { leg: a, lasted: Duration::from_secs(10) });
    rig.pass(Duration::from_secs(50));
    assert!(rig.hung_up(a, Cause::MediaTimeout));
    rig.ended(a, Cause::Normal);
    rig.closed(a);
    assert_eq!(
        rig.out.last(),
        Some(&Output::Event(CallEvent::Ended { cause: Cause::MediaTimeout, by: EndedBy::System }))
    );
}

#[test]
fn nothing_waits_for_ever() {
    // Media that does not reply.
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.pass(Duration::from_secs(5));
    assert!(rig.hung_up(rig.a, Cause::InternalFailure));
    // Neither signaling nor media report the end.
    rig.pass(Duration::from_secs(40));
    assert_eq!(
        rig.out.last(),
        Some(&Output::Event(CallEvent::Ended { cause: Cause::InternalFailure, by: EndedBy::System }))
    );
    assert!(rig.call.is_over());
    assert_eq!(rig.call.dropped(), 2);
    // A flow that never answers.
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    rig.pass(Duration::from_secs(180));
    assert!(rig.hung_up(rig.a, Cause::NoAnswer));
    // A call nobody ends.
    let mut rig = Rig::answered();
    rig.pass(Duration::from_secs(12 * 3600));
    assert!(rig.hung_up(rig.a, Cause::Normal));
}

#[test]
fn an_order_ends_the_call() {
    let mut rig = Rig::answered();
    let order = rig.order(CallOrder::Hangup);
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    assert!(rig.hung_up(rig.a, Cause::Normal));
    rig.ended(rig.a, Cause::Normal);
    rig.closed(rig.a);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Order })));
    let offer = rig.offer();
    let order = rig.order(CallOrder::Offer(offer));
    assert!(matches!(rig.outcome(order), Some(Outcome::Refused(_))));
}
