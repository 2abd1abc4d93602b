use super::*;

const HOURS: &str = r#""a": {"kind": "hours", "calendar": "QUEUE", "open": "open", "closed": "closed", "holiday": "holiday"},
    "open": {"kind": "echo"}, "closed": {"kind": "echo"},
    "holiday": {"kind": "say", "prompt": {"text": "Closed: {holiday}."}, "next": "closed"}"#;

fn asked(rig: &Rig) -> AskId {
    match rig.asks().first() {
        Some((ask, Question::Hours(calendar))) if calendar.to_string() == QUEUE => *ask,
        other => panic!("{other:?}"),
    }
}

/// Rows: S13.9, S5.1
#[test]
fn a_caller_goes_on_by_the_hours_without_being_answered() {
    for (state, step) in
        [(OpenState::Open, "open"), (OpenState::Closed, "closed"), (OpenState::Holiday("x".into()), "holiday")]
    {
        let mut rig = Rig::unanswered(HOURS);
        assert!(!rig.out.contains(&Output::AnswerCaller), "a look at the clock costs nobody a call");
        let ask = asked(&rig);
        rig.put(Input::Answer(ask, Answer::Hours(state)));
        assert_eq!(rig.step(), step);
    }
}

/// Rows: S13.9
#[test]
fn a_holiday_is_named() {
    let mut rig = Rig::unanswered(HOURS);
    let ask = asked(&rig);
    rig.put(Input::Answer(ask, Answer::Hours(OpenState::Holiday("National Day".into()))));
    rig.put(Input::CallerAnswered);
    assert_eq!(rig.texts(), ["Closed: National Day."]);
    let without = HOURS.replace(r#", "holiday": "holiday""#, "");
    let mut rig = Rig::unanswered(&without);
    let ask = asked(&rig);
    rig.put(Input::Answer(ask, Answer::Hours(OpenState::Holiday("x".into()))));
    assert_eq!(rig.step(), "closed");
}

#[test]
fn a_caller_is_served_when_nobody_knows() {
    let mut rig = Rig::unanswered(HOURS);
    let ask = asked(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.step(), "open", "the calendar is gone");
    let mut rig = Rig::unanswered(HOURS);
    let ask = asked(&rig);
    rig.pass(3_000);
    assert_eq!(rig.step(), "open", "nobody answered");
    assert!(rig.out.contains(&Output::Cancel(ask)));
}

#[test]
fn a_holiday_is_known_where_hours_are_asked() {
    assert!(flow(HOURS).is_sound(), "{:?}", flow(HOURS).check());
    let faults =
        flow(r#""a": {"kind": "say", "prompt": {"text": "{holiday}"}, "next": "b"}, "b": {"kind": "hangup"}"#).check();
    assert_eq!(faults.len(), 1, "{faults:?}");
}

/// Rows: S9.17
#[test]
fn who_is_kept_out_is_refused_or_told() {
    let refused = crate::refusing_flow(&crate::Refusing::With(Cause::Busy), Language::En);
    assert!(refused.is_sound());
    let now = Timestamp::from_millis(1_000_000);
    let mut rig = Rig { run: Run::start(now, Arc::new(refused), context()), now, out: Vec::new() };
    rig.put(Input::Started);
    assert_eq!(rig.hung_up(), Some(Cause::Busy));
    assert!(!rig.out.contains(&Output::AnswerCaller));
    let told = crate::Refusing::Saying(crate::Prompt::Text("Not you.".into()));
    let told = crate::refusing_flow(&told, Language::En);
    assert!(told.is_sound());
}
