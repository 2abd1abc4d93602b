use super::*;

const END: &str = r#""z": {"kind": "hangup"}"#;

#[test]
fn what_needs_sound_answers_first() {
    let mut rig =
        Rig::unanswered(r#""a": {"kind": "say", "prompt": {"id": "welcome"}, "next": "z"}, "z": {"kind": "hangup"}"#);
    assert_eq!(
        rig.take(),
        [Output::Event(CallEvent::StepEntered { step: "a".into(), kind: "say".into() }), Output::AnswerCaller,]
    );
    rig.put(Input::CallerAnswered);
    assert_eq!(
        rig.take(),
        [Output::Play { play: PlayId(1), prompts: vec![PromptRef::new("en/welcome")], repeat: false }]
    );
    rig.put(Input::Played(PlayId(1), PlayEnd::Finished));
    assert_eq!(
        rig.take(),
        [
            Output::Event(CallEvent::StepEntered { step: "z".into(), kind: "hangup".into() }),
            Output::Hangup(Cause::Normal),
            Output::Finished,
        ]
    );
}

#[test]
fn a_refusal_answers_nobody() {
    let rig = Rig::unanswered(r#""a": {"kind": "hangup", "cause": "busy"}"#);
    assert_eq!(rig.hung_up(), Some(Cause::Busy));
    assert!(!rig.out.contains(&Output::AnswerCaller));
}

#[test]
fn a_caller_who_is_never_answered_is_let_go() {
    let mut rig = Rig::unanswered(&format!(r#""a": {{"kind": "answer", "next": "z"}}, {END}"#));
    rig.pass(45_000);
    assert_eq!(rig.hung_up(), Some(Cause::SignalingTimeout));
}

#[test]
fn a_text_is_spoken_with_its_variables_and_then_played() {
    let mut rig = Rig::new(&format!(
        r#""a": {{"kind": "say", "prompt": {{"text": "From {{caller}} to {{called}}."}}, "next": "z"}}, {END}"#
    ));
    assert_eq!(rig.texts(), ["From 4 9 3 0 1 to 1 0 0 0."]);
    rig.spoken();
    assert_eq!(rig.playing().0, ["speech/1"]);
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

#[test]
fn a_text_that_cannot_be_spoken_is_skipped() {
    let steps = format!(r#""a": {{"kind": "say", "prompt": {{"text": "Hello."}}, "next": "z"}}, {END}"#);
    let mut rig = Rig::new(&steps);
    let (ask, _) = rig.asks().remove(0);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
    // Nor does anybody wait for it longer than 8 s.
    let mut rig = Rig::new(&steps);
    let (ask, _) = rig.asks().remove(0);
    rig.pass(7_999);
    assert_eq!(rig.hung_up(), None);
    rig.pass(1);
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

#[test]
fn what_was_spoken_in_time_is_played_without_the_rest() {
    let mut rig = Rig::new(
        r#""a": {"kind": "menu", "prompts": [{"text": "One."}, {"id": "fixed"}, {"text": "Two."}], "choices": {"1": "z"}, "on_failed": "z"},
           "z": {"kind": "hangup"}"#,
    );
    rig.spoken();
    assert_eq!(rig.texts().len(), 2);
    rig.pass(8_000);
    assert_eq!(rig.playing().0, ["en/fixed", "speech/1"]);
}

#[test]
fn a_prompt_missing_on_the_shelf_is_spoken_once() {
    let mut rig =
        Rig::new(&format!(r#""a": {{"kind": "play", "prompts": ["queue.wait", "unknown"], "next": "z"}}, {END}"#));
    let (_, play) = rig.playing();
    rig.put(Input::Played(play, PlayEnd::Missing));
    assert_eq!(rig.texts(), ["Please wait."]);
    rig.spoken();
    assert_eq!(rig.playing().0, ["speech/1", "en/unknown"]);
    let (_, play) = rig.playing();
    rig.put(Input::Played(play, PlayEnd::Missing));
    assert_eq!(rig.hung_up(), Some(Cause::Normal), "what nobody knows cannot be said");
}

#[test]
fn a_key_ends_a_sentence_unless_it_may_not() {
    for interruptible in [true, false] {
        let mut rig = Rig::new(&format!(
            r#""a": {{"kind": "play", "prompts": ["x", "y"], "interruptible": {interruptible}, "next": "m"}},
               "m": {{"kind": "menu", "prompts": [{{"id": "m"}}], "choices": {{"1": "z"}}, "on_failed": "a"}}, {END}"#
        ));
        assert_eq!(rig.playing().0, ["en/x", "en/y"]);
        let (_, play) = rig.playing();
        rig.keys("1");
        if interruptible {
            assert!(rig.out.contains(&Output::StopPlay(play)));
        } else {
            assert_eq!(rig.step(), "a");
            rig.played();
        }
        // Either way the key was meant for the menu.
        assert_eq!((rig.step(), rig.hung_up()), ("z", Some(Cause::Normal)));
    }
}

#[test]
fn a_circle_of_failing_prompts_is_ended() {
    let mut rig = Rig::new(
        r#""a": {"kind": "say", "prompt": {"text": "Hello."}, "next": "b"}, "b": {"kind": "say", "prompt": {"id": "none"}, "next": "a"}"#,
    );
    for _ in 0..200 {
        let Some(last) = rig.out.last().cloned() else { break };
        rig.take();
        match last {
            Output::Ask(ask, _) => rig.put(Input::Answer(ask, Answer::Failed)),
            Output::Play { play, .. } => rig.put(Input::Played(play, PlayEnd::Missing)),
            other => {
                assert_eq!(other, Output::Finished);
                return;
            }
        }
    }
    panic!("it spins for ever");
}

#[test]
fn a_play_that_never_ends_is_stopped() {
    let mut rig = Rig::new(&format!(r#""a": {{"kind": "say", "prompt": {{"id": "x"}}, "next": "z"}}, {END}"#));
    rig.pass(600_000);
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

#[test]
fn the_echo_lasts_its_time() {
    let mut rig = Rig::new(r#""a": {"kind": "echo", "limit_ms": 60000}"#);
    assert!(rig.out.contains(&Output::Echo));
    rig.keys("12#");
    rig.pass(59_999);
    assert_eq!(rig.hung_up(), None);
    rig.pass(1);
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

#[test]
fn a_caller_who_leaves_takes_everything_with_him() {
    let mut rig = Rig::new(&format!(r#""a": {{"kind": "say", "prompt": {{"text": "Hello."}}, "next": "z"}}, {END}"#));
    let (ask, _) = rig.asks().remove(0);
    rig.take();
    rig.put(Input::CallerGone);
    assert_eq!(rig.take(), [Output::Cancel(ask), Output::Finished]);
    rig.put(Input::CallerGone);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert!(rig.take().is_empty());
}

/// Rows: S13.23, S2.12
#[test]
fn a_closed_number_says_so_and_hangs_up_queues_or_takes_a_message() {
    use crate::{Closure, Prompt, Then, closure_flow};
    let queue = QUEUE.parse().unwrap();
    for then in [Then::Hangup, Then::Queue(queue), Then::Voicemail] {
        let until = Timestamp::from_millis(2_000_000);
        let closure = Closure { prompt: Prompt::Text("We are closed today.".into()), until, then };
        assert!(closure.is_on(Timestamp::from_millis(1_999_999)) && !closure.is_on(until));
        let stored = serde_json::to_string(&closure).unwrap();
        assert_eq!(serde_json::from_str::<Closure>(&stored).unwrap(), closure);
        let flow = closure_flow(&closure, Language::En, Some(queue));
        assert_eq!(flow.nearest_queue(), (then != Then::Hangup).then_some(queue));
        assert_eq!(flow.check(), []);
        let now = Timestamp::from_millis(1_000_000);
        let mut rig = Rig { run: Run::start(now, Arc::new(flow), context()), now, out: Vec::new() };
        rig.put(Input::Started);
        rig.put(Input::CallerAnswered);
        assert_eq!(rig.texts(), ["We are closed today."]);
        rig.keys("1");
        rig.spoken();
        rig.played();
        match then {
            Then::Hangup => assert_eq!(rig.hung_up(), Some(Cause::Normal)),
            Then::Queue(_) => assert!(matches!(rig.asks().last(), Some((_, Question::Queue(w))) if w.queue == queue)),
            Then::Voicemail => assert!(matches!(rig.asks().last(), Some((_, Question::Record)))),
        }
    }
}
