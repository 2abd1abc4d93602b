//! Stories of contacts who keep their place and are called before an agent is asked.

use super::scene::Scene;
use ringdesk_voice::{Cause, Digit, LegEvent};
use std::time::Duration;

/// The agent is free until the contact has said that they are there.
///
/// Rows: V7
#[test]
fn who_picks_up_and_says_so_waits_for_the_agent_who_was_never_tied_up() {
    let mut scene = Scene::called_first(&[0]);
    let contact = scene.phone(1);
    scene.leg(contact, LegEvent::Ringing);
    scene.wait(Duration::from_secs(20));
    scene.answers(1);
    assert_eq!((scene.presence(0).as_str(), scene.waiting()), ("Ready", 1));
    let digit = Digit::new('1').unwrap();
    scene.leg(contact, LegEvent::Digit { digit, duration: None });
    assert_eq!(
        (scene.presence(0).as_str(), scene.waiting()),
        ("Offered", 1),
        "one place, and theirs\n{}",
        scene.ladder()
    );
    scene.answers(2);
    assert_eq!((scene.presence(0).as_str(), scene.waiting()), ("Talking", 0));
    assert!(scene.ladder().contains("Bridged"), "{}", scene.ladder());
    scene.ends(contact, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(0), "WrapUp");
}

/// Busy, and an answering machine, which presses nothing.
///
/// Rows: V7
#[test]
fn who_is_not_reached_costs_no_agent_anything() {
    let mut scene = Scene::called_first(&[0]);
    let contact = scene.phone(1);
    scene.ends(contact, Cause::Busy);
    assert!(scene.is_over());
    assert_eq!((scene.presence(0).as_str(), scene.waiting()), ("Ready", 0));

    let mut scene = Scene::called_first(&[0]);
    scene.answers(1);
    scene.wait(Duration::from_secs(60));
    assert!(scene.is_over(), "{}", scene.ladder());
    assert_eq!((scene.presence(0).as_str(), scene.waiting()), ("Ready", 0));
}
