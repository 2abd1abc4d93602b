//! `dictate`: after the tone, what each key does, and what is asked of the house.

use super::*;

const STEP: &str = r#""a": {"kind": "dictate", "name": {"text": "sales spring"}}"#;

fn asked(rig: &Rig) -> Vec<Dictation> {
    let of = |(_, question)| if let Question::Dictate(what) = question { Some(what) } else { None };
    rig.asks().into_iter().filter_map(of).collect()
}

fn answers(rig: &mut Rig, answer: Answer) {
    let last = rig.asks().into_iter().rev().find(|(_, question)| matches!(question, Question::Dictate(_)));
    rig.put(Input::Answer(last.expect("it asks the house").0, answer));
}

/// After the tone: the house listens.
fn speaking() -> Rig {
    let mut rig = Rig::new(STEP);
    rig.spoken();
    assert_eq!(rig.playing().0, ["speech/1", "en/dictation.intro", TONE]);
    rig.played();
    assert_eq!(asked(&rig), [Dictation::Begin]);
    answers(&mut rig, Answer::Recording);
    rig
}

/// What was spoken is played.
fn heard() -> Rig {
    let mut rig = speaking();
    rig.pass(4_000);
    rig.keys("5#");
    assert_eq!(asked(&rig), [Dictation::Begin, Dictation::Hear]);
    let take = Spoken { prompt: PromptRef::new("take"), duration: Duration::from_secs(4) };
    answers(&mut rig, Answer::Spoken(take));
    assert_eq!(rig.playing().0, ["en/dictation.heard", "take", "en/dictation.choice"]);
    rig
}

/// Rows: S13.3
#[test]
fn it_is_kept_only_when_the_house_has_kept_it() {
    for (answer, words) in [(Answer::Done, "en/dictation.kept"), (Answer::Failed, "en/dictation.failed")] {
        let mut rig = heard();
        rig.keys("1");
        assert_eq!(asked(&rig).last(), Some(&Dictation::Keep));
        answers(&mut rig, answer);
        assert_eq!(rig.playing().0, [words]);
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
    }
    let mut rig = heard();
    rig.keys("1");
    rig.pass(10_000);
    assert_eq!(rig.playing().0, ["en/dictation.failed"], "nobody is told what nobody knows");
}

/// Rows: S13.3
#[test]
fn it_is_spoken_again_or_thrown_away() {
    let mut rig = heard();
    rig.played();
    rig.keys("2");
    assert_eq!(rig.playing().0, [TONE]);
    rig.played();
    assert_eq!(asked(&rig).last(), Some(&Dictation::Begin));
    rig.keys("#");
    answers(&mut rig, Answer::Spoken(Spoken { prompt: PromptRef::new("take"), duration: Duration::from_secs(1) }));
    rig.keys("3");
    assert_eq!(asked(&rig).last(), Some(&Dictation::Discard));
    assert_eq!(rig.playing().0, ["en/dictation.discarded"]);
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

/// Rows: S13.3
#[test]
fn who_says_nothing_or_presses_nothing_is_not_held_for_ever() {
    let mut rig = speaking();
    for words in ["en/dictation.nothing", "en/dictation.nothing", "en/dictation.failed"] {
        rig.pass(180_000); // the longest prompt
        answers(&mut rig, Answer::Failed);
        assert_eq!(rig.playing().0[0], words);
        rig.played();
    }
    assert_eq!(rig.hung_up(), Some(Cause::Normal));

    let mut rig = heard();
    rig.keys("9");
    for _ in 0..2 {
        rig.played();
        rig.pass(8_000);
    }
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
    assert!(!asked(&rig).contains(&Dictation::Discard), "the house keeps what nobody has thrown away");
}

/// Rows: S13.3
#[test]
fn no_flow_with_it_can_be_published() {
    let faults = flow(STEP).check();
    assert!(faults.iter().any(|fault| fault.to_string().contains("only the house")), "{faults:?}");
}
