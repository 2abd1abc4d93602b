use super::*;
use crate::Severity;

/// The example of the papers.
fn example() -> Flow {
    let page = include_str!("../../../docs/flows.md");
    let json = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("the page has an example");
    Flow::parse(json).unwrap()
}

#[test]
fn the_example_of_the_papers_is_sound_and_survives_the_store() {
    let flow = example();
    assert_eq!(flow.check(), []);
    let stored = serde_json::to_string(&flow).unwrap();
    assert_eq!(Flow::parse(&stored).unwrap(), flow);
}

#[test]
fn the_papers_name_every_kind_of_step() {
    let page = include_str!("../../../docs/flows.md");
    for kind in ["answer", "say", "play", "menu", "collect", "branch", "queue", "dial", "echo", "hangup"] {
        assert!(page.contains(&format!("### `{kind}`")), "docs/flows.md does not explain `{kind}`");
    }
}

#[test]
fn a_text_that_is_no_flow_says_where() {
    let cases = [
        (r#"{"kind": "menue"}"#, "step `a`: unknown variant `menue`"),
        (r#"{"kind": "say", "prompt": {"id": "x"}}"#, "step `a`: missing field `next`"),
        (r#"{"kind": "say", "prompt": {"id": "x"}, "nxt": "b", "next": "b"}"#, "step `a`: unknown field `nxt`"),
        (r#"{"kind": "say", "prompt": "x", "next": "b"}"#, "step `a`: unknown variant `x`, expected `id` or `text`"),
        (r#"{"kind": "queue", "queue": "support"}"#, "step `a`: UUID parsing failed"),
        (r#"{"kind": "queue", "queue": "QUEUE", "on": {"noagents": "x"}}"#, "step `a`: unknown field `noagents`"),
    ];
    for (step, expected) in cases {
        let json = format!(r#"{{"name": "x", "start": "a", "steps": {{"a": {}}}}}"#, step.replace("QUEUE", QUEUE));
        let error = Flow::parse(&json).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(Flow::parse("{").is_err());
    assert!(Flow::parse(r#"{"name": "x", "start": "a", "steps": {}, "more": 1}"#).is_err());
}

/// Faults in words: (steps, step, part of the reason).
#[test]
fn faults_are_found_and_name_their_step() {
    let long = "x".repeat(2_001);
    let cases: &[(String, Option<&str>, &str)] = &[
        (r#""b": {"kind": "hangup"}"#.into(), None, "starts with `a`, which does not exist"),
        (r#""a": {"kind": "answer", "next": "nowhere"}"#.into(), Some("a"), "leads to `nowhere`"),
        (r#""a": {"kind": "answer", "next": "b"}, "b": {"kind": "branch", "on": "caller", "default": "a"}"#.into(), Some("a"), "circle"),
        (
            r#""a": {"kind": "queue", "queue": "QUEUE", "on": {"no_agents": "b"}}, "b": {"kind": "queue", "queue": "QUEUE", "on": {"no_agents": "a"}}"#.into(),
            Some("b"),
            "circle",
        ),
        (r#""a": {"kind": "say", "prompt": {"id": "x"}, "next": "a"}"#.into(), Some("a"), "no way from here ends"),
        (r#""a": {"kind": "say", "prompt": {"text": " "}, "next": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "says nothing"),
        (format!(r#""a": {{"kind": "say", "prompt": {{"text": "{long}"}}, "next": "z"}}, "z": {{"kind": "hangup"}}"#), Some("a"), "longer than 2000"),
        (r#""a": {"kind": "say", "prompt": {"text": "{x}"}, "next": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "wants `{x}`"),
        (r#""a": {"kind": "say", "prompt": {"text": "{position}"}, "next": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "wants `{position}`"),
        (r#""a": {"kind": "say", "prompt": {"text": "{caller"}, "next": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "not closed"),
        (r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"12": "z"}, "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "`12` is not a key"),
        (r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"a": "z"}, "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "`a` is not a key"),
        (r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {}, "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "no choices"),
        (r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"1": "z"}, "timeout_ms": 100, "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "timeout_ms is 100"),
        (r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"1": "z"}, "attempts": 0, "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "attempts is 0"),
        (r#""a": {"kind": "collect", "prompts": [], "name": "n", "min_digits": 5, "max_digits": 4, "next": "z", "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "min_digits"),
        (r#""a": {"kind": "collect", "prompts": [], "name": "caller", "max_digits": 4, "next": "z", "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "cannot be a name"),
        (r#""a": {"kind": "collect", "prompts": [], "name": "n", "max_digits": 4, "terminator": "x", "next": "z", "on_failed": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "terminator"),
        (r#""a": {"kind": "branch", "on": "n", "default": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "nothing is known under the name `n`"),
        (r#""a": {"kind": "play", "prompts": [], "next": "z"}, "z": {"kind": "hangup"}"#.into(), Some("a"), "1 to 50 prompts"),
        (r#""a": {"kind": "queue", "queue": "QUEUE", "announce": {"position_every_ms": 1000}}"#.into(), Some("a"), "position_every_ms"),
        (r#""a": {"kind": "queue", "queue": "QUEUE", "keys": {"x": "a"}}"#.into(), Some("a"), "`x` is not a key"),
        (r#""a": {"kind": "dial", "target": {"extension": ""}}"#.into(), Some("a"), "target"),
        (r#""a": {"kind": "dial", "target": {"extension": "1"}, "ring_for_ms": 1}"#.into(), Some("a"), "ring_for_ms"),
        (r#""a": {"kind": "echo", "limit_ms": 1}"#.into(), Some("a"), "limit_ms"),
    ];
    for (steps, step, reason) in cases {
        let flow = flow(steps);
        let faults = flow.check();
        let found = faults
            .iter()
            .any(|f| f.step.as_deref() == *step && f.reason.contains(reason) && f.severity == Severity::Error);
        assert!(found, "{steps}\nexpected `{reason}`, found {faults:#?}");
        assert!(!flow.is_sound());
    }
}

#[test]
fn what_is_fine_is_not_a_fault() {
    for steps in [
        // A circle with sound is a menu that is offered again.
        r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"1": "z", "9": "a"}, "on_failed": "a"}, "z": {"kind": "hangup"}"#,
        r#""a": {"kind": "queue", "queue": "QUEUE", "keys": {"*": "a"}, "on": {"max_wait": "a"}}"#,
        r#""a": {"kind": "echo"}"#,
        r#""a": {"kind": "dial", "target": {"extension": "2001"}, "after": "a"}"#,
    ] {
        assert_eq!(flow(steps).check(), [], "{steps}");
    }
}

#[test]
fn a_step_nobody_reaches_is_a_warning() {
    let flow = flow(r#""a": {"kind": "hangup"}, "b": {"kind": "hangup"}"#);
    let faults = flow.check();
    assert_eq!(faults.len(), 1);
    assert_eq!(
        (faults[0].severity, faults[0].to_string()),
        (Severity::Warning, "step `b`: no way leads here".to_string())
    );
    assert!(flow.is_sound());
}

#[test]
fn a_flow_has_two_hundred_steps_at_most() {
    let steps = |n: usize| {
        (0..n)
            .map(|i| format!(r#""{}": {{"kind": "hangup"}}"#, if i == 0 { "a".into() } else { i.to_string() }))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert!(flow(&steps(200)).is_sound());
    assert!(!flow(&steps(201)).is_sound());
}

#[test]
fn the_nearest_queue_is_that_of_the_fewest_steps() {
    const OTHER: &str = "01930000-0000-7000-8000-000000000002";
    let nearest = |steps: &str| flow(&steps.replace("OTHER", OTHER)).nearest_queue().map(|q| q.to_string());
    for (steps, queue) in [
        (r#""a": {"kind": "hangup"}"#, None),
        (r#""a": {"kind": "queue", "queue": "QUEUE"}"#, Some(QUEUE)),
        (r#""a": {"kind": "voicemail", "next": "b"}, "b": {"kind": "queue", "queue": "QUEUE"}"#, Some(QUEUE)),
        (
            r#""a": {"kind": "voicemail", "queue": "OTHER", "next": "b"}, "b": {"kind": "queue", "queue": "QUEUE"}"#,
            Some(OTHER),
        ),
        (
            r#""a": {"kind": "menu", "prompts": [{"id": "m"}], "choices": {"1": "b", "2": "c"}, "on_failed": "a"},
               "b": {"kind": "say", "prompt": {"id": "x"}, "next": "d"}, "c": {"kind": "queue", "queue": "OTHER"},
               "d": {"kind": "queue", "queue": "QUEUE"}"#,
            Some(OTHER),
        ),
        (r#""a": {"kind": "say", "prompt": {"id": "x"}, "next": "lost"}"#, None),
    ] {
        assert_eq!(nearest(steps).as_deref(), queue, "{steps}");
    }
}
