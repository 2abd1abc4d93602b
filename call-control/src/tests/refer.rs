//! Transfers asked for by a telephone: REFER, and legs that change calls.

use super::transfer::talking;
use super::*;

/// A leg of another call.
fn elsewhere(n: u64) -> LegId {
    Ids::seeded(n).next(Timestamp(0))
}

fn progress(leg: LegId, status: u16) -> Output {
    Output::Leg(leg, LegCommand::TransferProgress { status })
}

/// Rows: S7.10
#[test]
fn a_refer_is_a_blind_transfer_that_is_told_how_it_goes() {
    let (mut rig, b, _, _) = talking();
    let a = rig.a;
    rig.leg(b, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: None });
    assert!(rig.saw(&progress(b, 100)));
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::To(TransferTo::Extension("2002".into()))));
    let c = rig.reach(&["desk"])[0];
    rig.leg(c, LegEvent::Ringing);
    assert!(rig.saw(&progress(b, 180)));
    rig.pick_up(c);
    assert!(rig.saw(&progress(b, 200)));
    assert_eq!((rig.hearing(a), rig.hearing(c)), (vec![c], vec![a]));
    assert!(!rig.hung_up(b, Cause::Normal), "it hangs up itself");
    rig.pass(Duration::from_secs(6));
    assert!(rig.hung_up(b, Cause::Normal), "or it is helped");
}

/// Rows: S7.9
#[test]
fn a_refer_that_fails_is_told_so_and_they_talk_on() {
    let (mut rig, b, _, _) = talking();
    rig.leg(b, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: None });
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::NotTo(TransferOutcome::Unreachable)));
    assert!(rig.saw(&progress(b, 404)));
    assert_eq!(rig.hearing(rig.a), [b]);
    rig.pass(Duration::from_secs(60));
    assert!(!rig.hung_up(b, Cause::Normal));
}

/// An agent who has dialled somebody passes him on: the dialled one stays.
#[test]
fn a_refer_of_the_caller_passes_on_whom_he_called() {
    for waits in [true, false] {
        let (mut rig, b, _, _) = talking();
        let a = rig.a;
        rig.leg(a, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: None });
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, Answer::To(TransferTo::Extension("2002".into()))));
        let c = rig.reach(&["desk"])[0];
        if !waits {
            rig.ended(a, Cause::Normal);
        }
        rig.pick_up(c);
        assert_eq!((rig.hearing(b), rig.hearing(c)), (vec![c], vec![b]), "waits: {waits}");
        assert!(rig.saw_event(CallEvent::Inherited { leg: b, from: a }));
        assert!(rig.saw_event(CallEvent::Bridged { a: b, b: c, agent: None, offer: None }));
        if waits {
            assert!(rig.saw(&progress(a, 200)));
            rig.ended(a, Cause::Normal);
        }
        assert_eq!(rig.facts().last(), Some(&FlowFact::CallerGone), "the flow was the caller's");
        rig.ended(c, Cause::Normal);
        assert!(rig.hung_up(b, Cause::Normal));
    }
}

#[test]
fn a_second_refer_and_one_of_nobody_in_a_talk_are_declined() {
    let (mut rig, b, _, _) = talking();
    rig.leg(b, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: None });
    rig.leg(rig.a, LegEvent::TransferAsked { to: "2003".to_string().into(), replaces: None });
    assert!(rig.saw(&progress(rig.a, 603)));
    let mut rig = Rig::answered();
    rig.leg(rig.a, LegEvent::TransferAsked { to: "2003".to_string().into(), replaces: None });
    assert!(rig.saw(&progress(rig.a, 603)));
}

/// Rows: S7.11
#[test]
fn an_attended_transfer_takes_a_leg_over_from_another_call() {
    // The agent's second call: he has called a colleague.
    let (mut second, d, _, _) = talking();
    let c = second.a;
    // His first: he refers the contact to that colleague.
    let (mut first, b, _, _) = talking();
    let a = first.a;
    first.leg(b, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: Some(elsewhere(7)) });
    let ask = first.the_ask();
    let order = second.order(CallOrder::Release { leg: c });
    let Some(Outcome::Released { leg, interface, profile, extension }) = second.outcome(order).cloned() else {
        panic!("released")
    };
    assert_eq!((leg, extension.as_deref()), (d, Some("2001")));
    assert!(second.hung_up(c, Cause::Normal) && !second.hung_up(d, Cause::Normal));
    assert!(second.saw(&Output::Media(MediaCommand::Close { leg: d })));
    second.ended(c, Cause::Normal);
    second.closed(c);
    assert!(second.call.is_over());

    let leg: LegId = elsewhere(8); // the two rigs number their legs alike
    let agent = Some(first.colleague());
    first.put(Input::Answer(ask, Answer::Adopted { leg, interface, profile, agent }));
    assert!(first.saw_event(CallEvent::Adopted { leg }));
    first.media(MediaEvent::Offer { leg, offer: sdp("ours") });
    assert!(first.saw(&Output::Leg(leg, LegCommand::Reoffer { offer: sdp("ours") })));
    first.leg(leg, LegEvent::ReofferAccepted { answer: sdp("theirs") });
    first.media(MediaEvent::Negotiated { leg, answer: None, held: false });
    assert!(first.saw_event(CallEvent::Bridged { a, b: leg, agent, offer: None }), "whose telephone it is");
    assert!(first.saw(&progress(b, 200)));
    assert_eq!((first.hearing(a), first.hearing(leg)), (vec![leg], vec![a]));
}

#[test]
fn an_adopted_leg_that_refuses_our_offer_is_hung_up_and_the_contact_comes_back() {
    let (mut rig, b, _, _) = talking();
    let replaced: LegId = elsewhere(7);
    rig.leg(b, LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: Some(replaced) });
    let (ask, leg) = (rig.the_ask(), elsewhere(8));
    let (interface, profile) = (InterfaceId(0), Default::default());
    rig.put(Input::Answer(ask, Answer::Adopted { leg, interface, profile, agent: None }));
    rig.media(MediaEvent::Offer { leg, offer: sdp("ours") });
    rig.leg(leg, LegEvent::ReofferRefused { status: 488 });
    assert!(rig.hung_up(leg, Cause::RemoteFailure));
    assert!(rig.saw(&progress(b, 500)));
    assert_eq!(rig.hearing(rig.a), [b]);
}

/// Rows: S7.10, S7.11
#[test]
fn an_agent_who_has_called_somebody_holds_asks_and_passes_him_on() {
    let own = || {
        let mut rig = Rig::answered();
        let agent = rig.colleague();
        rig.call.own = Some(agent);
        let request = DialRequest {
            targets: vec![Target::Number("+49".to_string().into())],
            from: None,
            ring_for: Duration::from_secs(30),
        };
        rig.flow(FlowOrder::Dial(request));
        let b = rig.reach(&["outside"])[0];
        rig.pick_up(b);
        rig.take();
        (rig, b, agent)
    };
    let (mut rig, b, by) = own();
    let a = rig.a;
    rig.order(CallOrder::Hold { by, on: true });
    assert_eq!((rig.sound(b), rig.hearing(b), rig.hearing(a)), (Some(MUSIC), vec![], vec![]));
    rig.order(CallOrder::Hold { by, on: false });
    let to = rig.colleague();
    let (transfer, _) = rig.transfers(by, TransferTo::Agent(to), TransferMode::Consult);
    let (_, c) = rig.found();
    assert_eq!((rig.hearing(a), rig.hearing(c), rig.sound(b)), (vec![c], vec![a], Some(MUSIC)));
    rig.order(CallOrder::CompleteTransfer { by });
    assert_eq!(rig.transfer_ended(transfer), Some((TransferOutcome::Completed, Some(c))));
    assert!(rig.saw_event(CallEvent::Inherited { leg: b, from: a }));
    assert!(rig.saw_event(CallEvent::Unbridged { a: b, b: a }) && rig.hung_up(a, Cause::Normal));
    assert_eq!((rig.hearing(b), rig.hearing(c)), (vec![c], vec![b]));

    // Hanging up completes a consultation here too.
    let (mut rig, b, by) = own();
    let to = rig.colleague();
    rig.transfers(by, TransferTo::Agent(to), TransferMode::Consult);
    let (_, c) = rig.found();
    rig.ended(rig.a, Cause::Normal);
    assert_eq!((rig.hearing(b), rig.hearing(c)), (vec![c], vec![b]));

    // Into a queue: the flow has him, though it was over.
    let (mut rig, b, by) = own();
    let queue = rig.ids.next(rig.now);
    rig.transfers(by, TransferTo::Queue(queue), TransferMode::Blind);
    assert!(rig.hung_up(rig.a, Cause::Normal) && !rig.hung_up(b, Cause::Normal));
    assert_eq!(rig.facts().last(), Some(&FlowFact::Queue { queue, returns: true }));
    rig.flow(FlowOrder::Play { play: PlayId(1), prompts: vec![PromptRef::new("music")], repeat: true });
    assert!(rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::Play { leg, .. }) if *leg == b)));

    let (mut rig, b, by) = own();
    rig.order(CallOrder::Park { by });
    assert!(rig.hung_up(rig.a, Cause::Normal));
    assert_eq!(rig.sound(b), Some(MUSIC));
}
