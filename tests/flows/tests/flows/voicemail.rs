//! Stories of callers who leave a message.

use super::scene::Scene;
use insta::assert_snapshot;
use ringdesk_voice::{Cause, Digit, LegEvent};
use std::time::Duration;

const FLOW: &str = r#"{"name": "support", "language": "en", "start": "support", "steps": {
    "support": {"kind": "queue", "queue": "01930000-0000-7000-8000-000000000001", "on": {"no_agents": "message"}},
    "message": {"kind": "voicemail", "queue": "01930000-0000-7000-8000-000000000001", "next": "bye"},
    "bye": {"kind": "hangup"}
}}"#;

fn presses(scene: &mut Scene, key: char) {
    let (caller, digit) = (scene.caller, Digit::new(key).unwrap());
    scene.leg(caller, LegEvent::Digit { digit, duration: None });
}

/// A queue without anybody leads to the tone: a short word, then a message, then the goodbye.
///
/// Rows: S2.12
#[test]
fn nobody_is_there_and_the_caller_leaves_a_message() {
    let mut scene = Scene::with_flow(FLOW, &[]);
    scene.wait(Duration::from_secs(1));
    presses(&mut scene, '#');
    scene.wait(Duration::from_secs(7));
    presses(&mut scene, '#');
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Rows: S2.12
#[test]
fn whoever_hangs_up_has_left_the_message() {
    let mut scene = Scene::with_flow(FLOW, &[]);
    scene.wait(Duration::from_secs(5));
    let caller = scene.caller;
    scene.ends(caller, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}
