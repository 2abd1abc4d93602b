//! Hold, mute, keys, parking, supervisors.

use super::transfer::{hears, talking};
use super::*;

#[test]
fn hold_and_mute_by_order() {
    let (mut rig, b, by, _) = talking();
    let a = rig.a;
    rig.order(CallOrder::Hold { by, on: true });
    assert!(rig.saw_event(CallEvent::Held { leg: b }));
    assert_eq!((rig.hearing(a), rig.hearing(b), rig.sound(a), rig.sound(b)), (vec![], vec![], Some(MUSIC), None));
    rig.order(CallOrder::Hold { by, on: false });
    assert!(rig.saw_event(CallEvent::Resumed { leg: b }));
    assert_eq!((rig.hearing(a), rig.hearing(b), rig.sound(a)), (vec![b], vec![a], None));
    rig.order(CallOrder::Mute { by, on: true });
    assert!(rig.saw_event(CallEvent::Muted { leg: b }));
    assert_eq!((rig.hearing(a), rig.hearing(b), rig.sound(a)), (vec![], vec![a], None), "no music for a muted agent");
    rig.order(CallOrder::Mute { by, on: false });
    assert!(rig.saw_event(CallEvent::Unmuted { leg: b }));
    assert_eq!(rig.hearing(a), [b]);
}

#[test]
fn keys_go_to_those_the_agent_talks_to() {
    let (mut rig, _, by, _) = talking();
    let keys: Vec<Digit> = "12#".chars().filter_map(Digit::new).collect();
    let order = rig.order(CallOrder::PressKeys { by, keys: keys.clone().into() });
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    assert!(rig.saw(&Output::Media(MediaCommand::Press { leg: rig.a, keys: keys.into() })));
    let order = rig.order(CallOrder::PressKeys { by, keys: vec![].into() });
    assert!(rig.refused(order));
}

#[test]
fn a_parked_contact_is_retrieved() {
    let (mut rig, b, by, _) = talking();
    rig.order(CallOrder::Park { by });
    assert!(rig.saw_event(CallEvent::Parked { by }) && rig.hung_up(b, Cause::Normal));
    assert_eq!(rig.sound(rig.a), Some(MUSIC));
    assert!(!rig.facts().contains(&FlowFact::DialEnded(DialOutcome::Talked)), "it is not the flow's yet");
    // Somebody tries and does not answer: it is still parked.
    let other = rig.colleague();
    rig.order(CallOrder::Retrieve { by: other });
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::Busy)));
    assert_eq!(rig.sound(rig.a), Some(MUSIC));
    rig.order(CallOrder::Retrieve { by: other });
    let (_, c) = rig.found();
    assert!(rig.saw_event(CallEvent::Retrieved { leg: c, by: other }));
    assert_eq!((rig.hearing(rig.a), rig.hearing(c), rig.sound(rig.a)), (vec![c], vec![rig.a], None));
    rig.ended(c, Cause::Normal);
    assert_eq!(rig.facts().last(), Some(&FlowFact::DialEnded(DialOutcome::Talked)));
}

#[test]
fn a_forgotten_contact_goes_back_to_who_parked_it_and_then_to_its_queue() {
    let (mut rig, _, by, first) = talking();
    rig.order(CallOrder::Park { by });
    rig.pass(Duration::from_secs(121));
    let asked = |o: &Output| matches!(o, Output::Ask(_, Question::Agent(r)) if r.agent == by);
    assert!(rig.out.iter().any(asked));
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::NoAnswer)));
    assert_eq!(rig.facts().last(), Some(&FlowFact::Queue { queue: first.queue, returns: false }));
}

fn supervised(mode: SupervisionMode) -> (Rig, LegId, LegId, AgentId, AgentId) {
    let (mut rig, b, of, _) = talking();
    let supervisor = rig.colleague();
    let target = Target::Extension("2009".into());
    rig.order(CallOrder::Supervise(SuperviseOrder { supervisor, target, of, mode }));
    let s = rig.reach(&["supervisor"])[0];
    rig.take();
    rig.pick_up(s);
    assert!(rig.saw_event(CallEvent::Supervised { leg: s, supervisor, of, mode }));
    (rig, b, s, of, supervisor)
}

/// Rows: S7.17, V10
#[test]
fn a_supervisor_listens_whispers_barges() {
    let (mut rig, b, s, of, supervisor) = supervised(SupervisionMode::Listen);
    let a = rig.a;
    assert!(rig.saw(&hears(s, &[a, b])));
    let touched = |o: &Output| matches!(o, Output::Media(MediaCommand::Hear { leg, .. }) if *leg == a || *leg == b);
    assert!(!rig.out.iter().any(touched), "both hear exactly what they heard");
    let target = Target::Extension("2009".into());
    let order = |mode| CallOrder::Supervise(SuperviseOrder { supervisor, target: target.clone(), of, mode });
    rig.take();
    rig.order(order(SupervisionMode::Whisper));
    assert!(rig.saw_event(CallEvent::Supervised { leg: s, supervisor, of, mode: SupervisionMode::Whisper }));
    assert!(rig.saw(&hears(b, &[a, s])), "the agent hears the supervisor");
    assert_eq!(rig.hearing(a), [b], "the contact does not");
    rig.order(order(SupervisionMode::Barge));
    assert!(rig.saw(&hears(a, &[b, s])));
    rig.order(order(SupervisionMode::Listen));
    assert_eq!((rig.hearing(a), rig.hearing(b)), (vec![b], vec![a]));
    rig.take();
    rig.order(CallOrder::StopSupervising { supervisor });
    assert!(rig.hung_up(s, Cause::Normal));
    assert!(rig.saw_event(CallEvent::SupervisionEnded { supervisor, of, failed: None }));
    assert!(!rig.out.iter().any(touched));
}

/// Rows: S7.17, V10
#[test]
fn a_supervisor_takes_over() {
    let (mut rig, b, s, of, supervisor) = supervised(SupervisionMode::Whisper);
    let a = rig.a;
    rig.order(CallOrder::TakeOver { supervisor });
    assert!(rig.saw_event(CallEvent::Bridged { a, b: s, agent: Some(supervisor), offer: None }));
    assert!(rig.saw_event(CallEvent::Unbridged { a, b }) && rig.hung_up(b, Cause::Normal));
    assert!(rig.saw_event(CallEvent::SupervisionEnded { supervisor, of, failed: None }));
    assert_eq!((rig.hearing(a), rig.hearing(s)), (vec![s], vec![a]));
    rig.ended(s, Cause::Normal);
    assert_eq!(rig.facts().last(), Some(&FlowFact::DialEnded(DialOutcome::Talked)));
}

#[test]
fn a_supervision_ends_with_the_part_it_is_of() {
    let (mut rig, b, s, of, supervisor) = supervised(SupervisionMode::Barge);
    rig.ended(b, Cause::Normal);
    assert!(rig.hung_up(s, Cause::Normal));
    assert!(rig.saw_event(CallEvent::SupervisionEnded { supervisor, of, failed: None }));
    // Who does not answer has not listened.
    let (mut rig, _, of, _) = talking();
    let target = Target::Extension("2009".into());
    rig.order(CallOrder::Supervise(SuperviseOrder { supervisor, target, of, mode: SupervisionMode::Listen }));
    let s = rig.reach(&["supervisor"])[0];
    rig.ended(s, Cause::Busy);
    assert!(rig.saw_event(CallEvent::SupervisionEnded { supervisor, of, failed: Some(OfferOutcome::Busy) }));
}

/// Rows: S7.11, S7.17
#[test]
fn a_supervisor_follows_the_agent_into_a_consultation() {
    let (mut rig, b, s, of, _) = supervised(SupervisionMode::Whisper);
    let to = rig.colleague();
    rig.transfers(of, TransferTo::Agent(to), TransferMode::Consult);
    let (_, c) = rig.found();
    assert!(rig.saw(&hears(s, &[b, c])) && rig.saw(&hears(b, &[c, s])));
    assert_eq!(rig.hearing(c), [b]);
}
