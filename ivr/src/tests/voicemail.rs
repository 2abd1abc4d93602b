use super::*;

const PLAIN: &str = r#""a": {"kind": "voicemail", "next": "b"}, "b": {"kind": "echo"}"#;
const OWN: &str = r#""a": {"kind": "voicemail", "prompt": {"text": "Speak, {caller}."}, "end_keys": "1*", "max_seconds": 10, "min_seconds": 0,
    "queue": "QUEUE", "next": "b"}, "b": {"kind": "echo"}"#;

fn record_ask(rig: &Rig) -> AskId {
    rig.asks().into_iter().rev().find(|(_, q)| *q == Question::Record).expect("it asks to be recorded").0
}

fn recorded(steps: &str) -> Rig {
    let mut rig = Rig::new(steps);
    let ask = record_ask(&rig);
    rig.put(Input::Answer(ask, Answer::Recording));
    rig
}

/// Every message: how long, and whether it was one.
fn messages(rig: &Rig) -> Vec<(u64, bool)> {
    ends(rig).into_iter().map(|(lasted, _, discarded)| (lasted, discarded.is_none())).collect()
}

fn ends(rig: &Rig) -> Vec<(u64, MessageEnd, Option<Discard>)> {
    let ended = |e: &&CallEvent| match e {
        CallEvent::VoicemailEnded { lasted_ms, end, discarded, .. } => Some((*lasted_ms, *end, *discarded)),
        _ => None,
    };
    rig.events().iter().filter_map(ended).collect()
}

fn begun(rig: &Rig) -> bool {
    rig.events().iter().any(|e| matches!(e, CallEvent::VoicemailStarted { .. }))
}

/// Rows: S2.12
#[test]
fn words_and_tone_then_the_message_until_the_key() {
    let mut rig = recorded(PLAIN);
    assert_eq!(rig.playing().0, ["en/voicemail.greeting", "tone"]);
    assert!(!begun(&rig), "not before the tone is over");
    rig.played();
    assert!(begun(&rig));
    rig.pass(4_000);
    rig.keys("5");
    assert_eq!(messages(&rig), [], "not this key");
    rig.keys("#");
    assert_eq!(messages(&rig), [(4_000, true)]);
    assert_eq!((rig.playing().0, rig.step()), (vec!["en/voicemail.thanks".to_string()], "a"));
    rig.keys("#");
    rig.played();
    assert_eq!((rig.step(), messages(&rig).len()), ("b", 1));
}

/// Rows: S2.12
#[test]
fn what_ends_a_message() {
    // (steps, after so long, keys; what it was). Nothing pressed: time alone, or the call's end.
    for (steps, ms, keys, gone, expected) in [
        (PLAIN, 179_999, "", false, None),
        (PLAIN, 180_000, "", false, Some((180_000, true))),
        (PLAIN, 2_000, "#", false, Some((2_000, true))),
        (PLAIN, 1_999, "#", false, Some((1_999, false))),
        (PLAIN, 3_000, "", true, Some((3_000, true))),
        (PLAIN, 1_000, "", true, Some((1_000, false))),
        (OWN, 9_999, "#0", false, None),
        (OWN, 9_999, "*", false, Some((9_999, true))),
        (OWN, 0, "1", false, Some((0, true))),
        (OWN, 60_000, "", false, Some((10_000, true))),
    ] {
        let mut rig = recorded(steps);
        if steps == OWN {
            rig.spoken();
        }
        rig.played();
        rig.pass(ms);
        rig.keys(keys);
        if gone {
            rig.put(Input::CallerGone);
            assert_eq!(rig.out.last(), Some(&Output::Finished));
        }
        assert_eq!(messages(&rig), Vec::from_iter(expected), "{ms} ms, {keys:?}, {gone}");
    }
    let mut rig = recorded(OWN);
    rig.spoken();
    rig.played();
    rig.keys("*");
    let queue = Some(QUEUE.parse().unwrap());
    let ended = CallEvent::VoicemailEnded { lasted_ms: 0, end: MessageEnd::Key, discarded: None, queue };
    assert!(rig.events().contains(&&ended), "{:?}", rig.events());
    assert!(rig.events().contains(&&CallEvent::VoicemailStarted { min_ms: 0, queue }));
}

/// What the caller does after the tone, in milliseconds: `(speaks, for so long)`; then nothing more.
fn talks(steps: &str, how: &[(bool, u64)]) -> Rig {
    let mut rig = recorded(steps);
    rig.played();
    assert!(rig.out.contains(&Output::Attend(true)), "it wants to know who speaks");
    for (speaks, ms) in how {
        rig.put(Input::Talk(*speaks));
        rig.pass(*ms);
    }
    rig
}

/// Rows: S2.12
#[test]
fn a_message_ends_when_nobody_speaks_any_more() {
    const SOON: &str =
        r#""a": {"kind": "voicemail", "silence_seconds": 3, "max_seconds": 20, "next": "b"}, "b": {"kind": "echo"}"#;
    const NEVER: &str =
        r#""a": {"kind": "voicemail", "silence_seconds": 0, "max_seconds": 20, "next": "b"}, "b": {"kind": "echo"}"#;
    let (silence, length, hang_up) = (MessageEnd::Silence, MessageEnd::Length, MessageEnd::HangUp);
    for (steps, how, gone, expected) in [
        (PLAIN, vec![(true, 4_000), (false, 9_999)], false, None),
        // Its length is that of what was said.
        (PLAIN, vec![(true, 4_000), (false, 10_000)], false, Some((4_000, silence, None))),
        (SOON, vec![(true, 4_000), (false, 2_999), (true, 1_000), (false, 3_000)], false, Some((7_999, silence, None))),
        (SOON, vec![(false, 2_000), (true, 1_500), (false, 3_000)], false, Some((3_500, silence, None))),
        (SOON, vec![(true, 1_000), (false, 3_000)], false, Some((1_000, silence, Some(Discard::TooShort)))),
        (SOON, vec![(false, 3_000)], false, Some((0, silence, Some(Discard::Silent)))),
        (SOON, vec![(true, 19_000), (false, 1_000)], false, Some((20_000, length, None))),
        (SOON, vec![(true, 20_000)], false, Some((20_000, length, None))),
        (NEVER, vec![(true, 3_000), (false, 16_999)], false, None),
        (NEVER, vec![(true, 3_000), (false, 17_000)], false, Some((20_000, length, None))),
        (NEVER, vec![(false, 20_000)], false, Some((20_000, length, Some(Discard::Silent)))),
        // Whoever hangs up without a word has left nothing, however long they waited.
        (PLAIN, vec![(false, 5_000)], true, Some((5_000, hang_up, Some(Discard::Silent)))),
        (PLAIN, vec![(false, 5_000), (true, 3_000), (false, 1_000)], true, Some((9_000, hang_up, None))),
    ] {
        let mut rig = talks(steps, &how);
        if gone {
            rig.put(Input::CallerGone);
        }
        assert_eq!(ends(&rig), Vec::from_iter(expected), "{how:?}");
        let attended: Vec<bool> =
            rig.out.iter().filter_map(|o| if let Output::Attend(on) = o { Some(*on) } else { None }).collect();
        let over = expected.is_some() && !gone;
        assert_eq!(attended, if over { vec![true, false] } else { vec![true] }, "{how:?}");
    }
    // The next step does not hear of it any more.
    let mut rig = talks(SOON, &[(true, 4_000), (false, 3_000)]);
    rig.played();
    rig.put(Input::Talk(false));
    rig.pass(30_000);
    assert_eq!((rig.step(), ends(&rig).len()), ("b", 1));
}

/// Rows: S2.12
#[test]
fn a_short_one_is_asked_for_once_more() {
    let mut rig = recorded(PLAIN);
    rig.played();
    rig.keys("#");
    assert_eq!(rig.playing().0, ["en/voicemail.too_short", "tone"]);
    rig.played();
    rig.pass(500);
    rig.keys("#");
    assert_eq!((rig.step(), messages(&rig)), ("b", vec![(0, false), (500, false)]));
    assert!(rig.out.iter().all(|o| !matches!(o, Output::Play { prompts, .. } if prompts[0].0.contains("thanks"))));
    // The second one counts as well as the first.
    let mut rig = recorded(PLAIN);
    rig.played();
    rig.keys("#");
    rig.played();
    rig.pass(5_000);
    rig.keys("#");
    rig.played();
    assert_eq!((rig.step(), messages(&rig)), ("b", vec![(0, false), (5_000, true)]));
}

#[test]
fn a_key_shortens_the_words_but_not_the_tone() {
    let mut rig = recorded(PLAIN);
    rig.keys("#");
    assert_eq!(rig.playing().0, ["tone"]);
    let (_, tone) = rig.playing();
    rig.keys("#");
    assert_eq!(rig.playing().1, tone);
    assert_eq!(messages(&rig), []);
    rig.played();
    rig.put(Input::CallerGone);
    assert_eq!(messages(&rig), [(0, false)]);
}

#[test]
fn where_nothing_is_recorded_the_caller_is_told() {
    for late in [false, true] {
        let mut rig = Rig::new(PLAIN);
        let ask = record_ask(&rig);
        if late {
            rig.pass(3_000);
            assert!(rig.out.contains(&Output::Cancel(ask)));
        } else {
            rig.put(Input::Answer(ask, Answer::Failed));
        }
        assert_eq!(rig.playing().0, ["en/voicemail.failed"]);
        rig.played();
        assert_eq!((rig.step(), messages(&rig)), ("b", vec![]));
    }
    let mut rig = Rig::new(PLAIN);
    let ask = record_ask(&rig);
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(ask)));
}

/// A greeting that cannot be spoken, a tone that is not on the shelf: the caller speaks all the same.
#[test]
fn no_word_and_no_tone_keep_nobody_from_speaking() {
    let mut rig = recorded(OWN);
    let ask = rig.asks().pop().expect("the greeting").0;
    rig.put(Input::Answer(ask, Answer::Failed));
    let (prompts, play) = rig.playing();
    assert_eq!(prompts, ["tone"]);
    rig.put(Input::Played(play, PlayEnd::Missing));
    assert!(begun(&rig));
}

#[test]
fn what_is_wrong_with_it() {
    for (fields, wrong) in [
        (r#""end_keys": "x""#, "`x` is not a key"),
        (r#""end_keys": "**""#, "stands twice"),
        (r#""max_seconds": 0"#, "min < max"),
        (r#""max_seconds": 3601"#, "min < max"),
        (r#""min_seconds": 180"#, "min < max"),
        (r#""silence_seconds": 3601"#, "between 0 and 3600"),
        (r#""prompt": {"text": ""}"#, "says nothing"),
    ] {
        let flow = flow(&format!(r#""a": {{"kind": "voicemail", {fields}, "next": "b"}}, "b": {{"kind": "hangup"}}"#));
        let faults: Vec<String> = flow.check().iter().map(ToString::to_string).collect();
        assert!(faults.len() == 1 && faults[0].contains(wrong), "{fields}: {faults:?}");
    }
    for fields in ["", r#", "end_keys": """#, r##", "end_keys": "*#0", "min_seconds": 0, "max_seconds": 3600"##] {
        let flow = flow(&format!(r#""a": {{"kind": "voicemail", "next": "b"{fields}}}, "b": {{"kind": "hangup"}}"#));
        assert_eq!(flow.check(), [], "{fields}");
    }
    assert_eq!(flow(r#""a": {"kind": "voicemail", "next": "a"}"#).check().len(), 1, "it never ends");
}
