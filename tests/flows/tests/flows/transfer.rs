//! Stories of calls that are passed on, shared and listened to.

use super::scene::{DESERTED, Scene};
use insta::assert_snapshot;
use ringdesk_voice::{CallOrder, Cause, LegEvent, SuperviseOrder, SupervisionMode, Target, TransferMode, TransferTo};
use std::time::Duration;

/// The first agent talks on phone 1; phone 3 is the second one's.
fn talking() -> Scene {
    let mut scene = Scene::new(&[0, 1]);
    scene.answers(1);
    assert_eq!(scene.presence(0), "Talking");
    scene.wait(Duration::from_secs(20));
    scene.tells_hearing = true;
    scene
}

fn asks_the_second(mode: TransferMode) -> Scene {
    let mut scene = talking();
    let second = scene.agents[1];
    scene.transfers(0, TransferTo::Agent(second), mode);
    let phone = scene.phone(3);
    scene.leg(phone, LegEvent::Ringing);
    scene.wait(Duration::from_secs(3));
    scene
}

/// Rows: S7.9, S7.10
#[test]
fn blind_to_a_colleague() {
    let mut scene = asks_the_second(TransferMode::Blind);
    scene.answers(3);
    assert_eq!(scene.presence(1), "Talking");
    assert_eq!(scene.presence(0), "WrapUp", "the sender is free");
    scene.wait(Duration::from_secs(60));
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(1), "WrapUp");
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.9
#[test]
fn refused_it_comes_back_to_the_sender() {
    let mut scene = asks_the_second(TransferMode::Blind);
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Declined);
    assert_eq!(scene.presence(0), "Talking");
    let phone = scene.phone(1);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.11
#[test]
fn a_consultation_is_completed() {
    let mut scene = asks_the_second(TransferMode::Consult);
    scene.answers(3);
    scene.wait(Duration::from_secs(10));
    let by = scene.agents[0];
    scene.order(CallOrder::CompleteTransfer { by });
    assert_eq!((scene.presence(0).as_str(), scene.presence(1).as_str()), ("WrapUp", "Talking"));
    let caller = scene.caller;
    scene.ends(caller, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.11
#[test]
fn a_consultation_is_returned() {
    let mut scene = asks_the_second(TransferMode::Consult);
    scene.answers(3);
    scene.wait(Duration::from_secs(10));
    let by = scene.agents[0];
    scene.order(CallOrder::ReturnToContact { by });
    assert_eq!((scene.presence(0).as_str(), scene.presence(1).as_str()), ("Talking", "WrapUp"));
    let phone = scene.phone(1);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.11, S7.16
#[test]
fn a_consultation_becomes_a_talk_of_three() {
    let mut scene = asks_the_second(TransferMode::Consult);
    scene.answers(3);
    let by = scene.agents[0];
    scene.order(CallOrder::MergeConsultation { by });
    assert_eq!((scene.presence(0).as_str(), scene.presence(1).as_str()), ("Talking", "Talking"));
    scene.order(CallOrder::Leave { by });
    assert_eq!((scene.presence(0).as_str(), scene.presence(1).as_str()), ("WrapUp", "Talking"));
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.9
#[test]
fn into_the_queue_another_agent_takes_it() {
    let mut scene = talking();
    let queue = "01930000-0000-7000-8000-000000000001".parse().unwrap();
    scene.transfers(0, TransferTo::Queue(queue), TransferMode::Blind);
    assert_eq!(scene.presence(0), "WrapUp");
    scene.answers(3);
    assert_eq!(scene.presence(1), "Talking");
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}

/// Into a queue where nobody works: it is the sender's again at once, wrap-up or not.
///
/// Rows: S7.9
#[test]
fn a_queue_that_refuses_gives_it_back_to_the_sender() {
    let mut scene = talking();
    scene.transfers(0, TransferTo::Queue(DESERTED.parse().unwrap()), TransferMode::Blind);
    assert_eq!(scene.presence(0), "Offered", "the sender is asked\n{}", scene.ladder());
    scene.answers(3);
    assert_eq!(scene.presence(0), "Talking");
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_eq!(scene.presence(0), "WrapUp");
    assert_snapshot!(scene.ladder());
}

/// Rows: S7.17, V10
#[test]
fn a_supervisor_listens_whispers_and_takes_over() {
    let mut scene = talking();
    let (supervisor, of) = (scene.colleague(), scene.agents[0]);
    let target = Target::Extension("2009".into());
    let order = |mode| CallOrder::Supervise(SuperviseOrder { supervisor, target: target.clone(), of, mode });
    scene.order(order(SupervisionMode::Listen));
    scene.answers(3);
    scene.order(order(SupervisionMode::Whisper));
    scene.order(order(SupervisionMode::Barge));
    scene.order(CallOrder::TakeOver { supervisor });
    assert_eq!(scene.presence(0), "WrapUp");
    let phone = scene.phone(3);
    scene.ends(phone, Cause::Normal);
    assert!(scene.is_over());
    assert_snapshot!(scene.ladder());
}
