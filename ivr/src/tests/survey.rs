use super::*;

const SURVEY: &str = r#""a": {"kind": "survey", "next": "b"},
    "b": {"kind": "branch", "on": "survey", "cases": {"1": "sorry", "2": "sorry"}, "default": "bye"},
    "sorry": {"kind": "voicemail", "next": "bye"}, "bye": {"kind": "say", "prompt": {"id": "goodbye"}, "next": "end"}, "end": {"kind": "hangup"}"#;

fn rated(rig: &Rig) -> Vec<Option<u8>> {
    let stars = |event: &&CallEvent| if let CallEvent::Rated { stars } = event { Some(*stars) } else { None };
    rig.events().iter().filter_map(stars).collect()
}

/// Rows: S11.11
#[test]
fn one_key_is_the_answer_also_while_the_question_is_said() {
    assert_eq!(flow(SURVEY).check(), []);
    for asked in [false, true] {
        let mut rig = Rig::new(SURVEY);
        assert_eq!(rig.playing().0, ["en/survey.question"]);
        if asked {
            rig.played();
        }
        rig.keys("4");
        assert_eq!((rated(&rig), rig.playing().0), (vec![Some(4)], vec!["en/survey.thanks".to_string()]));
        rig.keys("1");
        assert_eq!(rated(&rig), [Some(4)], "said is said");
        rig.played();
        assert_eq!(rig.step(), "bye");
    }
}

/// Rows: S11.11, S11.13
#[test]
fn who_is_not_content_is_asked_for_more() {
    let mut rig = Rig::new(SURVEY);
    rig.keys("2");
    rig.played();
    assert_eq!((rated(&rig), rig.step()), (vec![Some(2)], "sorry"));
}

/// Rows: S11.11, S13.6
#[test]
fn silence_and_wrong_keys_are_asked_once_more_and_then_left_alone() {
    for wrong in [true, false] {
        let mut rig = Rig::new(SURVEY);
        rig.played();
        if wrong {
            rig.keys("7");
        } else {
            rig.pass(5_000);
        }
        assert_eq!((rig.playing().0, rated(&rig)), (vec!["en/survey.question".to_string()], vec![]), "again");
        rig.played();
        rig.pass(5_000);
        assert_eq!((rated(&rig), rig.step()), (vec![None], "bye"), "asked, and nothing said");
    }
}

#[test]
fn who_hangs_up_was_asked() {
    let mut rig = Rig::new(SURVEY);
    rig.put(Input::CallerGone);
    assert_eq!(rated(&rig), [None]);
    let mut rig = Rig::new(SURVEY);
    rig.keys("5");
    rig.put(Input::CallerGone);
    assert_eq!(rated(&rig), [Some(5)], "during the thanks");
}

/// Rows: S11.11
#[test]
fn nobody_is_asked_twice_in_a_call() {
    let mut rig = Rig::new(
        r#""a": {"kind": "survey", "next": "b"}, "b": {"kind": "survey", "next": "c"}, "c": {"kind": "echo"}"#,
    );
    rig.keys("3");
    rig.played();
    assert_eq!((rated(&rig), rig.step()), (vec![Some(3)], "c"));
}

#[test]
fn what_it_is_made_of_is_checked() {
    let faults = |steps: &str| flow(steps).check().len();
    assert_eq!(
        faults(r#""a": {"kind": "survey", "attempts": 0, "timeout_ms": 1, "next": "b"}, "b": {"kind": "echo"}"#),
        2
    );
    let without = r#""a": {"kind": "branch", "on": "survey", "cases": {}, "default": "b"}, "b": {"kind": "echo"}"#;
    assert!(faults(without) > 0, "nothing is known under that name");
}
