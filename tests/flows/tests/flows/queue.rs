//! Stories of the queue.

use super::scene::Scene;
use insta::assert_snapshot;
use ringdesk_voice::{Cause, LegEvent};
use std::time::Duration;

/// Rows: S1.2, S7.22, S7.25, S7.29
#[test]
fn both_phones_ring_one_answers_and_the_agent_hangs_up() {
    let mut scene = Scene::new(&[0]);
    let (one, two) = (scene.phone(1), scene.phone(2));
    scene.leg(one, LegEvent::Ringing);
    scene.leg(two, LegEvent::Ringing);
    scene.wait(Duration::from_secs(4));
    scene.answers(1);
    assert_eq!(scene.presence(0), "Talking");
    scene.wait(Duration::from_secs(60));
    scene.ends(one, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(0), "WrapUp");
    assert_snapshot!(scene.ladder());
}

#[test]
fn the_caller_gives_up_while_it_rings() {
    let mut scene = Scene::new(&[0]);
    scene.wait(Duration::from_secs(3));
    let caller = scene.caller;
    scene.ends(caller, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(0), "Ready");
    assert_snapshot!(scene.ladder());
}

/// An agent who does not answer is not ready any more, and the call goes to the next one.
#[test]
fn nobody_answers_at_the_first_and_the_second_takes_it() {
    let mut scene = Scene::new(&[0, 1]);
    scene.wait(Duration::from_secs(25));
    assert_eq!(scene.presence(0), "NotReady(\"no_answer\")");
    scene.answers(3);
    assert_eq!(scene.presence(1), "Talking");
    let caller = scene.caller;
    scene.ends(caller, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

#[test]
fn every_phone_of_the_agent_is_busy() {
    let mut scene = Scene::new(&[0]);
    let (one, two) = (scene.phone(1), scene.phone(2));
    scene.ends(one, Cause::Busy);
    scene.ends(two, Cause::Busy);
    assert!(!scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// A queue without anybody does what the flow says.
#[test]
fn nobody_is_there() {
    let mut scene = Scene::new(&[]);
    scene.wait(Duration::from_secs(5));
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// The late 200 of a phone that lost the race never bridges: signaling ends it, call-control ignores it.
#[test]
fn the_late_answer_of_a_loser_changes_nothing() {
    let mut scene = Scene::new(&[0]);
    let two = scene.phone(2);
    scene.answers(1);
    scene.leg(two, LegEvent::Answered { answer: None });
    assert_eq!(scene.presence(0), "Talking");
    assert_eq!(scene.ladder().matches("== Bridged").count(), 1);
}

/// Rows: S7.25
#[test]
fn the_agent_puts_the_caller_on_hold_and_comes_back() {
    let mut scene = Scene::new(&[0]);
    let one = scene.phone(1);
    scene.answers(1);
    scene.wait(Duration::from_secs(10));
    scene.holds(one, true);
    assert_eq!(scene.presence(0), "Hold");
    scene.wait(Duration::from_secs(30));
    scene.holds(one, false);
    assert_eq!(scene.presence(0), "Talking");
    let caller = scene.caller;
    scene.holds(caller, true);
    assert_eq!(scene.presence(0), "Talking", "the caller holds, the agent is still busy with them");
    scene.ends(caller, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// A BYE that was lost: the agent's telephone is gone without a word, and the call ends by its silence.
#[test]
fn the_agents_telephone_dies() {
    let mut scene = Scene::new(&[0]);
    let one = scene.phone(1);
    scene.answers(1);
    scene.wait(Duration::from_secs(10));
    scene.falls_silent(one, Duration::from_secs(10));
    scene.wait(Duration::from_secs(49));
    assert!(!scene.is_over());
    scene.wait(Duration::from_secs(1));
    assert!(scene.is_over());
    assert_eq!(scene.presence(0), "WrapUp");
    assert_snapshot!(scene.ladder());
}
