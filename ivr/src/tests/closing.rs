//! `closing`: what each code and each key does, and what is asked of the house.

use super::*;

const STEP: &str = r#""a": {"kind": "closing"}"#;

/// What the house was asked last: the code, and what is to be done.
fn asked(rig: &Rig) -> Option<(String, Option<bool>)> {
    let of = |(_, question)| if let Question::Closing(wish) = question { Some(wish) } else { None };
    let wish = rig.asks().into_iter().filter_map(of).next_back()?;
    assert_eq!(wish.caller.reveal(), "+49301");
    Some((wish.code.into_inner(), wish.close))
}

fn answers(rig: &mut Rig, answer: Answer) {
    let last = rig.asks().into_iter().rev().find(|(_, question)| matches!(question, Question::Closing(_)));
    rig.put(Input::Answer(last.expect("it asks the house").0, answer));
}

/// Rows: S13.23
#[test]
fn the_right_code_closes_and_opens() {
    for (stands, key, close, then, words) in [
        (Closing::Open, "1", true, Closing::Closed, "en/closing.closed"),
        (Closing::Closed, "2", false, Closing::Open, "en/closing.opened"),
    ] {
        let mut rig = Rig::new(STEP);
        assert_eq!(rig.playing().0, ["en/closing.code"]);
        rig.keys("480715");
        assert_eq!(asked(&rig), None, "more may come");
        rig.keys("#");
        assert_eq!(asked(&rig), Some(("480715".into(), None)));
        answers(&mut rig, Answer::Closing(stands));
        let is = if stands == Closing::Open { "en/closing.is_open" } else { "en/closing.is_closed" };
        assert_eq!(rig.playing().0, [is, "en/closing.one"]);
        rig.keys(key);
        assert_eq!(asked(&rig), Some(("480715".into(), Some(close))));
        answers(&mut rig, Answer::Closing(then));
        assert_eq!(rig.playing().0, [words]);
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
        assert!(!format!("{:?}", rig.events()).contains("480715"), "a code is no event");
    }
}

/// Rows: S13.23
#[test]
fn three_wrong_codes_are_enough_and_one_is_when_many_were_wrong() {
    let mut rig = Rig::new(STEP);
    for (code, words) in [("1#", "en/closing.wrong"), ("22#", "en/closing.wrong"), ("333#", "en/closing.refused")] {
        rig.keys(code);
        answers(&mut rig, Answer::Closing(Closing::Wrong));
        assert_eq!(rig.playing().0, [words]);
        assert_eq!(asked(&rig).unwrap().0, code.trim_end_matches('#'), "each code is typed from anew");
    }
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));

    let mut rig = Rig::new(STEP);
    rig.keys("480715#");
    answers(&mut rig, Answer::Closing(Closing::Later));
    assert_eq!(rig.playing().0, ["en/closing.refused"]);

    let mut rig = Rig::new(STEP);
    for words in ["en/closing.wrong", "en/closing.wrong", "en/closing.refused"] {
        rig.played();
        rig.pass(8_000);
        assert_eq!(rig.playing().0, [words], "who types nothing is not waited for");
    }
    let mut rig = Rig::new(STEP);
    rig.keys("480715#");
    rig.pass(15_000);
    assert_eq!(rig.playing().0, ["en/closing.failed"]);
}

/// The one number that was named, which is asked for and switched alone.
fn named(rig: &Rig) -> Option<String> {
    let of = |(_, question)| if let Question::Closing(wish) = question { Some(wish) } else { None };
    rig.asks().into_iter().filter_map(of).next_back()?.number
}

/// Rows: S13.23
#[test]
fn one_number_is_named_said_back_closed_and_opened() {
    for (stands, key, close, then, [is, becomes]) in [
        (Closing::Open, "1", true, Closing::Closed, ["en/closing.number_is_open", "en/closing.number_closed"]),
        (Closing::Closed, "2", false, Closing::Open, ["en/closing.number_is_closed", "en/closing.number_opened"]),
    ] {
        let mut rig = Rig::new(STEP);
        rig.keys("480715#");
        answers(&mut rig, Answer::Closing(Closing::Open));
        assert_eq!(named(&rig), None, "all of them");
        rig.keys("3");
        assert_eq!(rig.playing().0, ["en/closing.number"]);
        rig.keys("77#");
        assert_eq!((asked(&rig), named(&rig)), (Some(("480715".into(), None)), Some("77".into())));
        answers(&mut rig, Answer::Closing(Closing::NoNumber));
        assert_eq!(rig.playing().0, ["en/closing.no_number"]);
        rig.keys("1001#");
        assert_eq!(named(&rig), Some("1001".into()), "typed from anew");
        answers(&mut rig, Answer::Closing(stands));
        let digits = ["en/digit.1", "en/digit.0", "en/digit.0", "en/digit.1"];
        assert_eq!(rig.playing().0, [&digits[..], &[is]].concat());
        // There is no other one within it.
        rig.keys("3");
        assert_eq!(asked(&rig), Some(("480715".into(), None)));
        rig.keys(key);
        assert_eq!((asked(&rig), named(&rig)), (Some(("480715".into(), Some(close))), Some("1001".into())));
        answers(&mut rig, Answer::Closing(then));
        assert_eq!(rig.playing().0, [&digits[..], &[becomes]].concat());
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
    }
}

/// Rows: S13.23
#[test]
fn three_numbers_that_are_none_of_ours_are_enough() {
    let mut rig = Rig::new(STEP);
    rig.keys("480715#");
    answers(&mut rig, Answer::Closing(Closing::Closed));
    rig.keys("3");
    for words in ["en/closing.no_number", "en/closing.no_number", "en/closing.refused"] {
        rig.keys("5#");
        answers(&mut rig, Answer::Closing(Closing::NoNumber));
        assert_eq!(rig.playing().0, [words]);
    }
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
    // Who types none is not waited for.
    let mut rig = Rig::new(STEP);
    rig.keys("480715#");
    answers(&mut rig, Answer::Closing(Closing::Open));
    rig.keys("3");
    for words in ["en/closing.no_number", "en/closing.no_number", "en/closing.refused"] {
        rig.played();
        rig.pass(8_000);
        assert_eq!(rig.playing().0, [words]);
    }
}
