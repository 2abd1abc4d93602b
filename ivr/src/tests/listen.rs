use super::*;
use ringdesk_model::Pii;

const LISTEN: &str = r#""a": {"kind": "listen", "name": "matter", "prompts": [{"id": "say_it"}], "invalid": {"id": "again"}, "next": "split", "on_failed": "z"},
    "split": {"kind": "branch", "on": "matter", "cases": {"refund": "r"}, "default": "o"},
    "r": {"kind": "echo"}, "o": {"kind": "say", "prompt": {"text": "You said {matter}."}, "next": "z"}, "z": {"kind": "echo"}"#;

fn last(rig: &Rig) -> (AskId, Question) {
    rig.asks().pop().expect("a question")
}

/// The question is over, and the caller is listened to.
fn speaking() -> Rig {
    let mut rig = Rig::new(LISTEN);
    assert_eq!(rig.playing().0, ["en/say_it"]);
    rig.played();
    let (ask, question) = last(&rig);
    assert_eq!(question, Question::Listen(Listening::Begin(Language::En)));
    assert_eq!(rig.out.last(), Some(&Output::Attend(true)));
    rig.put(Input::Answer(ask, Answer::Recording));
    rig
}

/// Rows: S7.2
#[test]
fn what_a_caller_says_decides_the_way() {
    for (words, step) in [("refund", "r"), ("nothing else", "o")] {
        let mut rig = speaking();
        rig.put(Input::Talk(true));
        rig.pass(3_000);
        rig.put(Input::Talk(false));
        rig.pass(500);
        rig.put(Input::Talk(true));
        rig.pass(1_000);
        assert_eq!(last(&rig).1, Question::Listen(Listening::Begin(Language::En)), "a pause is no end");
        rig.put(Input::Talk(false));
        rig.pass(1_000);
        let (ask, question) = last(&rig);
        assert_eq!(question, Question::Listen(Listening::Hear(Language::En)));
        rig.put(Input::Answer(ask, Answer::Heard(Pii::new(words.to_owned()))));
        assert_eq!(rig.step(), step);
    }
}

/// Rows: S7.2
#[test]
fn who_thinks_before_they_speak_is_waited_for() {
    let mut rig = speaking();
    rig.put(Input::Talk(false));
    rig.pass(5_000);
    assert_eq!(last(&rig).1, Question::Listen(Listening::Begin(Language::En)), "a quiet line is no end of a sentence");
    rig.put(Input::Talk(true));
    rig.pass(4_000);
    rig.put(Input::Talk(false));
    rig.pass(1_000);
    assert_eq!(last(&rig).1, Question::Listen(Listening::Hear(Language::En)));
}

/// Rows: S7.2
#[test]
fn who_is_not_understood_is_asked_again_and_then_goes_on() {
    let mut rig = speaking();
    rig.pass(6_000);
    let (ask, _) = last(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.playing().0, ["en/again", "en/say_it"]);
    rig.played();
    rig.keys("#");
    assert_eq!(last(&rig).1, Question::Listen(Listening::Hear(Language::En)));
    rig.pass(8_000);
    assert_eq!(rig.step(), "z", "an engine that says nothing holds nobody up");
}

#[test]
fn where_nobody_hears_speech_the_flow_goes_on_at_once() {
    let mut rig = Rig::new(LISTEN);
    rig.played();
    let (ask, _) = last(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.step(), "z");
}

#[test]
fn whoever_speaks_without_end_is_heard_in_part() {
    let mut rig = speaking();
    rig.put(Input::Talk(true));
    rig.pass(15_000);
    assert_eq!(last(&rig).1, Question::Listen(Listening::Hear(Language::En)));
    rig.put(Input::CallerGone);
    assert!(rig.out.iter().any(|output| matches!(output, Output::Cancel(_))));
}
