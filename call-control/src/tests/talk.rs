use super::*;

fn hears(leg: LegId, legs: &[LegId]) -> Output {
    Output::Media(MediaCommand::Hear { leg, legs: legs.to_vec() })
}

#[test]
fn hold_and_resume() {
    let (mut rig, b) = Rig::talking();
    let (a, own) = (rig.a, PlayId(u32::MAX));
    let music = MediaCommand::Play { leg: a, play: own, prompts: vec![PromptRef::new(MUSIC)], repeat: true };
    let music = Output::Media(music);
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("sendonly")) });
    assert_eq!(
        rig.take(),
        [Output::Media(MediaCommand::AnswerOffer {
            leg: b,
            interface: InterfaceId(0),
            profile: Default::default(),
            offer: sdp("sendonly"),
            prefer: Some(a)
        })]
    );
    rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("recvonly")), held: true });
    assert_eq!(
        rig.take(),
        [
            Output::Leg(b, LegCommand::AcceptOffer { answer: sdp("recvonly") }),
            Output::Event(CallEvent::Held { leg: b }),
            hears(a, &[]),
            music.clone(),
        ]
    );
    // A silent leg on hold is as it should be.
    rig.media(MediaEvent::Silent { leg: b, lasted: Duration::from_secs(60) });
    assert!(rig.take().is_empty());
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("sendrecv")) });
    rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("sendrecv")), held: false });
    let stopped = Output::Media(MediaCommand::StopPlay { leg: a, play: own });
    assert_eq!(rig.out[2..], [Output::Event(CallEvent::Resumed { leg: b }), hears(a, &[b]), stopped]);
}

#[test]
fn hold_music_ends_with_the_holder() {
    let (mut rig, b) = Rig::talking();
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("inactive")) });
    rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("inactive")), held: true });
    rig.ended(b, Cause::Normal);
    assert!(rig.saw(&Output::Media(MediaCommand::StopPlay { leg: rig.a, play: PlayId(u32::MAX) })));
    rig.media(MediaEvent::Played { leg: rig.a, play: PlayId(u32::MAX), end: PlayEnd::Stopped });
    assert!(!rig.facts().iter().any(|f| matches!(f, FlowFact::Played(..))), "the flow did not play it");
}

#[test]
fn a_fax_offer_is_refused_and_the_call_goes_on() {
    let (mut rig, b) = Rig::talking();
    rig.leg(rig.a, LegEvent::Offered { offer: Some(sdp("m=image")) });
    rig.media(MediaEvent::Refused { leg: rig.a, why: Refusal::NoAudio });
    assert_eq!(rig.out[1..], [Output::Leg(rig.a, LegCommand::RefuseOffer { status: 488 })]);
    assert_eq!(rig.call.partner(rig.a), Some(b));
    assert!(rig.call.poll_timeout().is_some_and(|(_, why)| why == "the longest call"));
}

/// The handshake of a browser was somebody else's: nothing of it is heard, and its leg ends. Said of nothing that was agreed, it
/// is an offer that is refused like any other.
///
/// Rows: S12.1
#[test]
fn a_leg_that_is_not_who_it_said_ends() {
    let (mut rig, b) = Rig::talking();
    rig.media(MediaEvent::Refused { leg: b, why: Refusal::NoCommonCodec });
    assert!(rig.take().is_empty(), "nobody asked");
    rig.media(MediaEvent::Refused { leg: b, why: Refusal::Unsecured });
    assert!(rig.saw(&Output::Leg(b, LegCommand::Hangup { cause: Cause::NotAcceptable })));
    assert!(rig.saw(&hears(rig.a, &[])));
}

#[test]
fn a_change_without_a_description_gets_our_offer() {
    let (mut rig, b) = Rig::talking();
    rig.leg(b, LegEvent::Offered { offer: None });
    rig.media(MediaEvent::Offer { leg: b, offer: sdp("ours again") });
    assert!(rig.saw(&Output::Leg(b, LegCommand::AcceptOffer { answer: sdp("ours again") })));
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("glare")) });
    assert!(rig.saw(&Output::Leg(b, LegCommand::RefuseOffer { status: 491 })));
    rig.leg(b, LegEvent::Confirmed { answer: Some(sdp("theirs")) });
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    rig.take();
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("later")) });
    assert!(matches!(rig.take()[..], [Output::Media(MediaCommand::AnswerOffer { .. })]), "the exchange is over");
}

#[test]
fn media_that_does_not_answer_a_change_costs_the_change_only() {
    let (mut rig, b) = Rig::talking();
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("change")) });
    rig.pass(Duration::from_secs(5));
    assert!(rig.saw(&Output::Leg(b, LegCommand::RefuseOffer { status: 500 })));
    assert_eq!(rig.call.partner(b), Some(rig.a));
}

/// A lost BYE must not leave a ghost.
#[test]
fn a_silent_agent_leaves_the_caller_to_the_flow() {
    let (mut rig, b) = Rig::talking();
    rig.media(MediaEvent::Silent { leg: b, lasted: Duration::from_secs(10) });
    rig.pass(Duration::from_secs(50));
    assert!(rig.hung_up(b, Cause::MediaTimeout));
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    rig.ended(rig.a, Cause::Normal);
    rig.ended(b, Cause::MediaTimeout);
    rig.closed(rig.a);
    rig.closed(b);
    assert_eq!(
        rig.out.last(),
        Some(&Output::Event(CallEvent::Ended { cause: Cause::MediaTimeout, by: EndedBy::System }))
    );
}
