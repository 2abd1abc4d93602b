//! `mailbox`: what is asked of the house, what each key does, and how it ends.

use super::*;
use ringdesk_model::Pii;

const STEP: &str = r#""a": {"kind": "mailbox"}"#;

fn asked(rig: &Rig) -> Vec<Mailbox> {
    let of = |(_, question)| if let Question::Mailbox(what) = question { Some(what) } else { None };
    rig.asks().into_iter().filter_map(of).collect()
}

fn answers(rig: &mut Rig, answer: Answer) {
    let last = rig.asks().into_iter().rev().find(|(_, question)| matches!(question, Question::Mailbox(_)));
    rig.put(Input::Answer(last.expect("it asks the house").0, answer));
}

fn message(sound: Option<&str>) -> Answer {
    Answer::LeftMessage { words: Pii::new("from nobody".to_owned()), sound: sound.map(PromptRef::new) }
}

/// A message plays.
fn hears() -> Rig {
    let mut rig = Rig::new(STEP);
    assert_eq!(asked(&rig), [Mailbox::Next]);
    answers(&mut rig, message(Some("left/1")));
    rig.spoken();
    assert_eq!(rig.playing().0[1..], ["left/1", "en/mailbox.choice"]);
    rig
}

/// Rows: S2.12
#[test]
fn keys_play_it_again_go_on_close_it_and_call_back() {
    let mut rig = hears();
    rig.keys("1");
    rig.spoken();
    assert_eq!((rig.playing().0[1].as_str(), asked(&rig).len()), ("left/1", 1), "again");
    rig.keys("2");
    assert_eq!(asked(&rig), [Mailbox::Next, Mailbox::Next]);
    answers(&mut rig, message(None));
    rig.spoken();
    assert_eq!(rig.playing().0[1], "en/mailbox.no_sound");
    for (answer, words) in [(Answer::Failed, "en/mailbox.not_closed"), (Answer::Done, "en/mailbox.closed")] {
        rig.keys("3");
        assert_eq!(asked(&rig).last(), Some(&Mailbox::Close));
        answers(&mut rig, answer);
        assert_eq!(rig.playing().0, [words]);
        rig.played();
        assert_eq!(asked(&rig).last(), Some(&Mailbox::Next), "and on");
        answers(&mut rig, message(Some("left/2")));
        rig.spoken();
    }
    rig.keys("4");
    assert_eq!(asked(&rig).last(), Some(&Mailbox::CallBack));
    answers(&mut rig, Answer::Done);
    assert_eq!(rig.playing().0, ["en/mailbox.calls"]);
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

/// Rows: S2.12
#[test]
fn it_ends_when_there_is_nothing_to_hear_and_for_who_presses_nothing() {
    for (first, answer, words) in [
        (true, Answer::Done, "en/mailbox.none"),
        (true, Answer::Failed, "en/mailbox.failed"),
        (false, Answer::Done, "en/mailbox.no_more"),
    ] {
        let mut rig = if first { Rig::new(STEP) } else { hears() };
        if !first {
            rig.keys("2");
        }
        answers(&mut rig, answer);
        assert_eq!(rig.playing().0, [words]);
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
    }
    let mut rig = Rig::new(STEP);
    rig.pass(15_000);
    assert_eq!(rig.playing().0, ["en/mailbox.failed"], "the house says nothing");

    let mut rig = hears();
    for _ in 0..2 {
        rig.played();
        rig.pass(8_000);
        rig.spoken();
    }
    rig.played();
    rig.pass(8_000);
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

/// Rows: S2.12
#[test]
fn no_flow_with_it_can_be_published() {
    let faults = flow(STEP).check();
    assert!(faults.iter().any(|fault| fault.to_string().contains("only the house")), "{faults:?}");
}
