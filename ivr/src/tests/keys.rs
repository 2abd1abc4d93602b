use super::*;

const MENU: &str = r#""a": {"kind": "menu", "prompts": [{"id": "menu"}], "choices": {"1": "one", "*": "star"}, "timeout_ms": 4000, "attempts": 3,
                      "invalid": {"id": "wrong"}, "on_failed": "failed"},
    "one": {"kind": "echo"}, "star": {"kind": "echo"}, "failed": {"kind": "echo"}"#;

#[test]
fn a_key_chooses() {
    for (keys, step) in [("1", "one"), ("*", "star")] {
        let mut rig = Rig::new(MENU);
        let (_, play) = rig.playing();
        rig.keys(keys); // during the prompt
        assert!(rig.out.contains(&Output::StopPlay(play)));
        assert_eq!(rig.step(), step);
    }
}

#[test]
fn time_counts_from_the_end_of_the_prompt() {
    let mut rig = Rig::new(MENU);
    rig.pass(30_000);
    assert_eq!(rig.playing().1, PlayId(1), "it still plays");
    rig.played();
    rig.pass(3_999);
    assert_eq!(rig.playing().1, PlayId(1));
    rig.pass(1);
    assert_eq!(rig.playing(), (vec!["en/menu".to_string()], PlayId(2)), "silence repeats the menu");
    rig.played();
    rig.keys("1");
    assert_eq!(rig.step(), "one");
}

#[test]
fn wrong_keys_and_silence_use_up_the_attempts() {
    let mut rig = Rig::new(MENU);
    rig.keys("7");
    assert_eq!(rig.playing().0, ["en/wrong", "en/menu"]);
    rig.played();
    rig.pass(4_000);
    assert_eq!(rig.playing().0, ["en/menu"]);
    rig.keys("9");
    assert_eq!(rig.step(), "failed");
}

#[test]
fn keys_pressed_ahead_go_through_menus() {
    let mut rig = Rig::unanswered(
        r#""a": {"kind": "menu", "prompts": [{"id": "first"}], "choices": {"1": "b"}, "on_failed": "z"},
           "b": {"kind": "menu", "prompts": [{"id": "second"}], "choices": {"2": "c"}, "on_failed": "z"},
           "c": {"kind": "collect", "prompts": [{"id": "number"}], "name": "n", "max_digits": 4, "next": "z", "on_failed": "z"},
           "z": {"kind": "echo"}"#,
    );
    rig.keys("1255");
    rig.put(Input::CallerAnswered);
    assert_eq!(rig.step(), "c");
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Play { .. })), "nobody who knows the way is kept");
    rig.keys("6#");
    assert!(rig.events().contains(&&CallEvent::Collected { name: "n".into(), digits: "556".to_string().into() }));
    assert_eq!(rig.step(), "z");
}

#[test]
fn keys_after_a_wrong_one_are_forgotten() {
    let mut rig = Rig::unanswered(MENU);
    rig.keys("91");
    rig.put(Input::CallerAnswered);
    assert_eq!((rig.step(), rig.playing().0), ("a", vec!["en/wrong".into(), "en/menu".into()]));
    rig.played();
    assert_eq!(rig.step(), "a", "the 1 was typed for another menu");
}

#[test]
fn a_menu_that_must_be_heard() {
    let mut rig = Rig::new(
        r#""a": {"kind": "menu", "prompts": [{"id": "law"}], "choices": {"1": "z"}, "interruptible": false, "on_failed": "z"}, "z": {"kind": "echo"}"#,
    );
    rig.keys("1");
    assert_eq!(rig.step(), "a");
    rig.played();
    assert_eq!(rig.step(), "z");
}

fn collect(fields: &str) -> String {
    format!(
        r##""a": {{"kind": "collect", "prompts": [{{"id": "number"}}], "name": "n", "timeout_ms": 5000, "between_ms": 2000, "attempts": 2,
           "invalid": {{"id": "short"}}, "next": "ok", "on_failed": "failed", {fields}}},
           "ok": {{"kind": "say", "prompt": {{"text": "You typed {{n}}."}}, "next": "m"}}, "failed": {{"kind": "echo"}},
           "m": {{"kind": "menu", "prompts": [{{"id": "m"}}], "choices": {{"#": "failed"}}, "on_failed": "failed"}}"##
    )
}

#[test]
fn input_ends_with_the_terminator_its_length_or_a_pause() {
    // (fields, keys, pause afterwards in ms, collected)
    let cases = [
        (r#""max_digits": 6"#, "123#", 0, Some("123")),
        (r#""max_digits": 3"#, "123", 0, Some("123")),
        (r#""max_digits": 6"#, "12", 1_999, None),
        (r#""max_digits": 6"#, "12", 2_000, Some("12")),
        (r#""max_digits": 6, "terminator": "*""#, "12*", 0, Some("12")),
        (r#""max_digits": 6, "terminator": null"#, "1#2", 2_000, Some("1#2")),
        (r#""max_digits": 6, "min_digits": 0"#, "#", 0, Some("")),
        (r#""max_digits": 6, "min_digits": 4"#, "12#", 0, None),
    ];
    for (fields, keys, pause, expected) in cases {
        let mut rig = Rig::new(&collect(fields));
        rig.keys(keys);
        rig.pass(pause);
        let collected = rig.events().iter().find_map(|e| {
            if let CallEvent::Collected { digits, .. } = e { Some(digits.reveal().clone()) } else { None }
        });
        assert_eq!(collected.as_deref(), expected, "{fields} {keys} {pause}");
    }
}

#[test]
fn a_short_input_is_asked_for_again() {
    let mut rig = Rig::new(&collect(r#""min_digits": 4, "max_digits": 6"#));
    rig.keys("12");
    rig.pass(2_000);
    assert_eq!(rig.playing().0, ["en/short", "en/number"]);
    rig.played();
    rig.pass(5_000);
    assert_eq!(rig.step(), "failed");
}

#[test]
fn the_input_is_known_to_later_steps() {
    let mut rig = Rig::new(&collect(r#""max_digits": 3"#));
    rig.keys("123#"); // the terminator is a habit, not the next menu's key
    assert_eq!(rig.texts(), ["You typed 1 2 3."]);
    rig.spoken();
    rig.played();
    assert_eq!((rig.step(), rig.playing().0), ("m", vec!["en/m".to_string()]));
    rig.pass(2_001);
    rig.keys("#");
    assert_eq!(rig.step(), "failed", "later it is a key again");
}

#[test]
fn branches() {
    for (called, step) in [("1000", "whole"), ("+4930123", "berlin"), ("+4989", "german"), ("alice", "other")] {
        let mut context = context();
        context.called = Party::number(called);
        let flow = flow(
            r#""a": {"kind": "branch", "on": "called", "cases": {"1000": "whole"}, "prefixes": {"+49": "german", "+4930": "berlin"}, "default": "other"},
               "whole": {"kind": "hangup"}, "german": {"kind": "hangup"}, "berlin": {"kind": "hangup"}, "other": {"kind": "hangup"}"#,
        );
        let now = Timestamp(0);
        let mut rig = Rig { run: Run::start(now, Arc::new(flow), context), now, out: Vec::new() };
        rig.put(Input::Started);
        assert_eq!(rig.step(), step);
    }
}

/// Rows: S7.23
#[test]
fn the_key_a_caller_presses_chooses_the_group() {
    let sales = "01930000-0000-7000-8000-000000000002";
    let steps = r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"1": "support", "2": "sales"}, "on_failed": "z"},
        "support": {"kind": "queue", "queue": "QUEUE"}, "sales": {"kind": "queue", "queue": "SALES"}, "z": {"kind": "hangup"}"#;
    for (key, group) in [("1", QUEUE), ("2", sales)] {
        let mut rig = Rig::new(&steps.replace("SALES", sales));
        rig.keys(key);
        let queue = rig.asks().into_iter().find_map(|(_, question)| match question {
            Question::Queue(request) => Some(request.queue.to_string()),
            _ => None,
        });
        assert_eq!(queue.as_deref(), Some(group));
    }
}
