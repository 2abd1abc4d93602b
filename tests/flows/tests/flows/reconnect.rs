//! Stories of agents whose browsers are lost in the middle of a talk.

use super::scene::Scene;
use ringdesk_voice::{Cause, LegEvent};
use std::time::Duration;

/// The second agent talks in their browser.
fn talking() -> Scene {
    let mut scene = Scene::new(&[1]);
    scene.answers(1);
    let page = scene.phone(1);
    scene.sounds(page);
    scene.wait(Duration::from_secs(20));
    assert_eq!(scene.presence(1), "Talking");
    scene.tells_hearing = true;
    scene
}

/// Rows: S7.28
#[test]
fn a_page_is_loaded_anew() {
    let mut scene = talking();
    let page = scene.phone(1);
    scene.leg(page, LegEvent::FlowLost);
    assert_eq!(scene.presence(1), "Reconnecting");
    scene.wait(Duration::from_secs(4));
    scene.falls_silent(page, Duration::from_secs(4));
    // Its session is over before the page is back: nobody hangs up for that.
    scene.ends(page, Cause::SignalingTimeout);
    assert_eq!(scene.presence(1), "Reconnecting");
    scene.wait(Duration::from_secs(3));
    let anew = scene.page_comes_back(2);
    assert_eq!(scene.presence(1), "Talking");
    scene.wait(Duration::from_secs(60));
    scene.ends(anew, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(1), "WrapUp");
    let told = |event: &str| scene.ladder().matches(&format!("== {event}")).count();
    assert_eq!((told("Reconnecting"), told("Reconnected"), told("NotReconnected")), (1, 1, 0), "{}", scene.ladder());
    assert_eq!(told("Unbridged"), 1, "only at the end: {}", scene.ladder());
}

/// Rows: S7.28, S7.25
#[test]
fn nobody_comes_back() {
    let mut scene = talking();
    scene.is_ready(0);
    let page = scene.phone(1);
    scene.leg(page, LegEvent::FlowLost);
    scene.wait(Duration::from_secs(4));
    scene.falls_silent(page, Duration::from_secs(4));
    scene.wait(Duration::from_secs(16));
    assert_eq!(scene.presence(1), "NotReady(\"disconnected\")");
    // The contact is the next in its queue.
    scene.answers(2);
    assert_eq!(scene.presence(0), "Talking");
    let phone = scene.phone(2);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    let told = |event: &str| scene.ladder().matches(&format!("== {event}")).count();
    assert_eq!((told("Reconnecting"), told("Reconnected"), told("NotReconnected")), (1, 0, 1), "{}", scene.ladder());
    assert_eq!(told("Queued"), 2, "{}", scene.ladder());
}

/// While it rings: the new page rings, as the same offer.
///
/// Rows: S7.28
#[test]
fn a_page_is_loaded_anew_while_it_rings() {
    let mut scene = Scene::new(&[1]);
    let page = scene.phone(1);
    scene.leg(page, LegEvent::Ringing);
    scene.wait(Duration::from_secs(3));
    scene.ends(page, Cause::Unreachable);
    assert_eq!(scene.presence(1), "Offered");
    scene.wait(Duration::from_secs(4));
    let anew = scene.page_comes_back(2);
    assert_eq!(scene.presence(1), "Talking");
    scene.ends(anew, Cause::Normal);
    assert!(scene.is_over());
    let ended = scene.ladder().matches("== OfferEnded").count();
    assert_eq!(ended, 1, "{}", scene.ladder());
}

/// A page that was closed is not waited for as long as it may ring: somebody else is asked.
///
/// Rows: S7.28, S7.25
#[test]
fn a_page_is_closed_while_it_rings() {
    let mut scene = Scene::new(&[1]);
    let page = scene.phone(1);
    scene.leg(page, LegEvent::Ringing);
    scene.ends(page, Cause::Unreachable);
    scene.is_ready(0);
    scene.wait(Duration::from_secs(7));
    assert_eq!(scene.presence(1), "NotReady(\"unreachable\")");
    scene.answers(2);
    assert_eq!(scene.presence(0), "Talking");
}
