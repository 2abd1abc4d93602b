//! Before the answer: changes (RFC 3311), and several who have something to hear.

use super::*;

fn dialled(profile: Profile, ways: usize) -> (Rig, Vec<LegId>) {
    let mut rig = Rig::new(Some(sdp("offer")));
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    let target = Target::Extension("2001".into());
    let request = DialRequest { targets: vec![target], from: None, ring_for: Duration::from_secs(30) };
    rig.flow(FlowOrder::Dial(request));
    let ask = rig.the_ask();
    let device = Destination { profile, ..device("desk") };
    rig.put(Input::Answer(ask, Answer::Destinations(vec![device; ways])));
    let legs = rig.make_offers();
    rig.take();
    (rig, legs)
}

/// A leg that is heard before its answer.
fn announcing() -> (Rig, LegId) {
    let (mut rig, legs) = dialled(Profile::default(), 1);
    let b = legs[0];
    announces(&mut rig, b);
    rig.take();
    (rig, b)
}

fn announces(rig: &mut Rig, leg: LegId) {
    rig.leg(leg, LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Negotiated { leg, answer: None, held: false });
    rig.media(MediaEvent::Flowing { leg });
}

fn offered(rig: &mut Rig, leg: LegId, offer: Option<&str>) {
    rig.leg(leg, LegEvent::Offered { offer: offer.map(sdp) });
}

fn hears(leg: LegId, legs: Vec<LegId>) -> Output {
    Output::Media(MediaCommand::Hear { leg, legs })
}

/// Rows: V1, V15
#[test]
fn a_change_before_the_answer_is_answered_and_is_what_the_200_means() {
    for held in [false, true] {
        let (mut rig, b) = announcing();
        offered(&mut rig, b, Some("moved"));
        assert!(rig.saw(&Output::Media(MediaCommand::AnswerOffer {
            leg: b,
            interface: InterfaceId(0),
            profile: Profile::default(),
            offer: sdp("moved"),
            prefer: None,
        })));
        rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("ours, again")), held });
        assert!(rig.saw(&Output::Leg(b, LegCommand::AcceptOffer { answer: sdp("ours, again") })));
        assert!(!rig.saw_event(CallEvent::Held { leg: b }), "operators announce with sendonly");
        rig.take();
        rig.leg(b, LegEvent::Answered { answer: None });
        assert!(rig.call.talk.is_some(), "nothing has to be described any more");
        assert!(!rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::TakeAnswer { .. }))));
        assert_eq!(rig.saw_event(CallEvent::Held { leg: b }), held);
    }
}

#[test]
fn a_change_before_there_is_anything_to_change_waits() {
    let (mut rig, legs) = dialled(Profile::default(), 1);
    let b = legs[0];
    let refused = Output::Leg(b, LegCommand::RefuseOffer { status: 491 });
    offered(&mut rig, b, Some("moved"));
    assert!(rig.saw(&refused), "our own offer is not answered yet");
    announces(&mut rig, b);
    rig.take();
    offered(&mut rig, b, None);
    assert!(rig.saw(&refused), "only an INVITE could ask for our offer");
    offered(&mut rig, b, Some("moved"));
    rig.take();
    offered(&mut rig, b, Some("moved again"));
    assert!(rig.saw(&refused), "one at a time");
}

/// The 200 is here before media has said what it makes of the change.
#[test]
fn an_answer_that_overtakes_a_change_waits_for_it() {
    for useful in [true, false] {
        let (mut rig, b) = announcing();
        offered(&mut rig, b, Some("moved"));
        rig.leg(b, LegEvent::Answered { answer: None });
        assert!(rig.call.talk.is_none());
        rig.take();
        let old = Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("early") });
        if useful {
            rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("ours, again")), held: false });
            assert!(!rig.saw(&old));
        } else {
            rig.media(MediaEvent::Refused { leg: b, why: Refusal::NoCommonCodec });
            assert!(rig.saw(&Output::Leg(b, LegCommand::RefuseOffer { status: 488 })));
            assert!(rig.saw(&old), "what was agreed before holds");
            rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
        }
        assert!(rig.call.talk.is_some());
    }
}

/// A caller who heard early sound changes its side of it: the 200 says what holds now.
#[test]
fn a_caller_may_change_before_the_answer_too() {
    let (mut rig, b) = announcing();
    let a = rig.a;
    offered(&mut rig, a, Some("elsewhere"));
    rig.media(MediaEvent::Negotiated { leg: a, answer: Some(sdp("answer 2")), held: false });
    assert!(rig.saw(&Output::Leg(a, LegCommand::AcceptOffer { answer: sdp("answer 2") })));
    rig.leg(b, LegEvent::Answered { answer: None });
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    assert!(rig.saw(&Output::Leg(a, LegCommand::Answer { sdp: sdp("answer 2") })));
}

/// The first is heard; when it is over, the next; at last the one that answers.
///
/// Rows: V1
#[test]
fn of_several_the_first_is_heard_then_the_one_that_answers() {
    let (mut rig, legs) = dialled(Profile::default(), 3);
    let a = rig.a;
    announces(&mut rig, legs[1]);
    assert!(rig.saw(&hears(a, vec![legs[1]])));
    rig.take();
    announces(&mut rig, legs[0]);
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::Hear { .. }))), "one after the other");
    rig.ended(legs[1], Cause::Declined);
    assert!(rig.saw(&hears(a, vec![legs[0]])));
    rig.take();
    rig.pick_up(legs[2]);
    assert!(rig.saw(&hears(a, vec![legs[2]])));
    assert!(rig.hung_up(legs[0], Cause::AnsweredElsewhere));
}

/// Sound may be here before its description is.
#[test]
fn sound_that_overtakes_its_description_is_heard() {
    let (mut rig, legs) = dialled(Profile::default(), 1);
    rig.media(MediaEvent::Flowing { leg: legs[0] });
    rig.leg(legs[0], LegEvent::Progress { answer: sdp("early") });
    assert!(!rig.saw(&hears(rig.a, vec![legs[0]])));
    rig.media(MediaEvent::Negotiated { leg: legs[0], answer: None, held: false });
    assert!(rig.saw(&hears(rig.a, vec![legs[0]])));
}

/// Rows: V15
#[test]
fn a_line_whose_early_sound_is_not_wanted_rings() {
    let line = LineSound { early_media: false, ..LineSound::default() };
    let (mut rig, legs) = dialled(Profile::Rtp(line), 1);
    let (a, b) = (rig.a, legs[0]);
    rig.leg(b, LegEvent::Progress { answer: sdp("early") });
    rig.media(MediaEvent::Flowing { leg: b });
    assert_eq!(rig.take(), [Output::Event(CallEvent::Ringing { leg: b }), Output::Leg(a, LegCommand::Ring)]);
    rig.leg(b, LegEvent::Answered { answer: None });
    assert!(rig.saw(&Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("early") })));
    // What it changes before the answer is answered all the same.
    let line = LineSound { early_media: false, ..LineSound::default() };
    let (mut rig, legs) = dialled(Profile::Rtp(line), 1);
    rig.leg(legs[0], LegEvent::Progress { answer: sdp("early") });
    rig.take();
    offered(&mut rig, legs[0], Some("moved"));
    rig.media(MediaEvent::Negotiated { leg: legs[0], answer: Some(sdp("ours, again")), held: false });
    rig.media(MediaEvent::Flowing { leg: legs[0] });
    assert!(rig.saw(&Output::Leg(legs[0], LegCommand::AcceptOffer { answer: sdp("ours, again") })));
    assert!(!rig.saw(&hears(rig.a, vec![legs[0]])));
}
