use super::*;

const DIAL: &str = r#""a": {"kind": "dial", "target": {"extension": "2001"}, "ring_for_ms": 20000, "on": {"busy": "busy", "no_answer": "late"}, "after": "bye"},
    "busy": {"kind": "echo"}, "late": {"kind": "echo"}, "bye": {"kind": "echo"}"#;

#[test]
fn it_dials_without_answering_and_goes_on_with_the_outcome() {
    let cases = [(DialOutcome::Busy, "busy"), (DialOutcome::NoAnswer, "late"), (DialOutcome::Talked, "bye")];
    for (outcome, step) in cases {
        let mut rig = Rig::unanswered(DIAL);
        let target = Target::Extension("2001".into());
        assert_eq!(
            rig.out[1..],
            [Output::Dial(DialRequest { targets: vec![target], from: None, ring_for: Duration::from_secs(20) })]
        );
        rig.keys("123");
        rig.put(Input::DialEnded(outcome));
        assert_eq!(rig.step(), step);
    }
}

#[test]
fn without_a_step_the_caller_gets_the_cause() {
    for (outcome, cause) in [
        (DialOutcome::Declined, Cause::Declined),
        (DialOutcome::Unreachable, Cause::Unreachable),
        (DialOutcome::Failed, Cause::RemoteFailure),
    ] {
        let mut rig = Rig::unanswered(DIAL);
        rig.put(Input::DialEnded(outcome));
        assert_eq!(rig.hung_up(), Some(cause));
    }
}

#[test]
fn an_answered_caller_hears_something_while_it_rings() {
    let mut rig = Rig::new(
        r#""a": {"kind": "answer", "next": "d"}, "d": {"kind": "dial", "target": {"number": "+49"}, "music": "ringback"}"#,
    );
    let (prompts, play) = rig.playing();
    assert_eq!(prompts, ["ringback"]);
    rig.put(Input::DialEnded(DialOutcome::Busy));
    assert!(rig.out.contains(&Output::StopPlay(play)));
    assert_eq!(rig.hung_up(), Some(Cause::Busy));
}

#[test]
fn groups_ring_one_after_the_other_and_their_members_together() {
    let groups = r#""a": {"kind": "dial", "ring_for_ms": 20000, "groups": [
        {"targets": [{"extension": "2001"}, {"extension": "2002"}], "ring_for_ms": 8000},
        {"targets": [{"number": "+49"}]}], "on": {"declined": "declined"}, "after": "bye"},
        "declined": {"kind": "echo"}, "bye": {"kind": "echo"}"#;
    let first = Output::Dial(DialRequest {
        targets: vec![Target::Extension("2001".into()), Target::Extension("2002".into())],
        from: None,
        ring_for: Duration::from_secs(8),
    });
    let targets = vec![Target::Number("+49".to_string().into())];
    let second = Output::Dial(DialRequest { targets, from: None, ring_for: Duration::from_secs(20) });

    let mut rig = Rig::unanswered(groups);
    assert_eq!(rig.out[1..], [first]);
    rig.put(Input::DialEnded(DialOutcome::Declined));
    assert!(rig.out.contains(&second));
    rig.put(Input::DialEnded(DialOutcome::Busy));
    assert_eq!(rig.step(), "declined", "what a person did weighs more");

    let mut rig = Rig::unanswered(groups);
    rig.put(Input::DialEnded(DialOutcome::NoAnswer));
    rig.put(Input::DialEnded(DialOutcome::Talked));
    assert_eq!(rig.step(), "bye");
}
