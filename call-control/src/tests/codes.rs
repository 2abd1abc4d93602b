//! What agents type while they talk.

use super::*;
use crate::{Codes, KeyCode};

fn config() -> Config {
    let code = |text| KeyCode::new(text).unwrap();
    let codes = Codes {
        transfer: code("##"),
        consult: code("*2"),
        back: code("*3"),
        merge: code("*4"),
        hold: code("*5"),
        park: code("*6"),
    };
    Config { codes, ..Config::default() }
}

impl Rig {
    fn talks_with_codes() -> (Rig, LegId) {
        let mut rig = Rig::with(Some(sdp("offer")), config());
        rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
        rig.flow(FlowOrder::AnswerCaller);
        rig.leg(rig.a, LegEvent::Confirmed { answer: None });
        let (_, legs) = rig.ring(&["desk"]);
        rig.pick_up(legs[0]);
        rig.take();
        (rig, legs[0])
    }

    fn types(&mut self, leg: LegId, keys: &str) {
        for key in keys.chars() {
            let (digit, source) = (Digit::new(key).unwrap(), DigitSource::Rtp);
            self.media(MediaEvent::Digit { leg, digit, duration: Duration::ZERO, source });
            self.pass(Duration::from_millis(300));
        }
    }

    fn passed_on(&self) -> Option<(TransferMode, String)> {
        self.out.iter().find_map(|o| match o {
            Output::Event(CallEvent::Transferring { to: TransferTo::Number(to), mode, .. }) => {
                Some((*mode, to.reveal().clone()))
            }
            _ => None,
        })
    }
}

/// Rows: S7.9
#[test]
fn a_code_and_a_number_pass_the_contact_on() {
    for (keys, expected) in [
        ("##2002#", Some((TransferMode::Blind, "2002"))),
        ("*22002#", Some((TransferMode::Consult, "2002"))),
        // Keys before a code are keys; the code is read where it stands.
        ("7##2002#", Some((TransferMode::Blind, "2002"))),
        ("#2002#", None),
        ("##2002*", None),
        ("###", None),
    ] {
        let (mut rig, agent) = Rig::talks_with_codes();
        rig.types(agent, keys);
        assert_eq!(rig.passed_on(), expected.map(|(mode, to)| (mode, to.to_owned())), "{keys}");
        assert!(!rig.out.iter().any(|o| matches!(o, Output::Done(..))), "nobody waits for a reply");
    }
}

/// A pause ends the number; the contact hears music while it is typed.
///
/// Rows: S7.9
#[test]
fn a_number_ends_by_itself() {
    let (mut rig, agent) = Rig::talks_with_codes();
    rig.types(agent, "##20");
    assert!(rig.saw_event(CallEvent::Held { leg: agent }), "the contact waits");
    rig.pass(Duration::from_secs(2));
    rig.types(agent, "02");
    assert_eq!(rig.passed_on(), None);
    rig.pass(Duration::from_secs(4));
    assert_eq!(rig.passed_on(), Some((TransferMode::Blind, "2002".to_owned())));
    // Nothing typed: they talk again.
    let (mut rig, agent) = Rig::talks_with_codes();
    rig.types(agent, "##");
    rig.pass(Duration::from_secs(5));
    assert_eq!(rig.passed_on(), None);
    assert!(rig.saw_event(CallEvent::Resumed { leg: agent }));
}

/// Slow keys are no code, and a caller's are none at all.
///
/// Rows: S7.9
#[test]
fn other_keys_are_left_alone() {
    let (mut rig, agent) = Rig::talks_with_codes();
    rig.types(agent, "#");
    rig.pass(Duration::from_secs(3));
    rig.types(agent, "#2002#");
    assert_eq!(rig.passed_on(), None);
    let a = rig.a;
    rig.types(a, "##2002#*6");
    assert_eq!(rig.passed_on(), None);
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Event(CallEvent::Parked { .. } | CallEvent::Held { .. }))));
    let digits = rig.facts().into_iter().filter(|f| matches!(f, FlowFact::Digit(_))).count();
    assert_eq!(digits, 9, "the flow hears all of its caller's keys");
}

/// Rows: S7.9
#[test]
fn hold_and_park_are_one_code_each() {
    let (mut rig, agent) = Rig::talks_with_codes();
    rig.types(agent, "*5");
    assert!(rig.saw_event(CallEvent::Held { leg: agent }));
    rig.pass(Duration::from_secs(5));
    rig.types(agent, "*5");
    assert!(rig.saw_event(CallEvent::Resumed { leg: agent }));
    rig.types(agent, "*6");
    assert!(rig.out.iter().any(|o| matches!(o, Output::Event(CallEvent::Parked { .. }))));
}

/// Asked, then back; asked, then all three.
///
/// Rows: S7.9
#[test]
fn a_consultation_is_typed() {
    for (keys, merged) in [("*3", false), ("*4", true)] {
        let (mut rig, agent) = Rig::talks_with_codes();
        rig.types(agent, "*22002#");
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, Answer::To(TransferTo::Extension("2002".into()))));
        let target = rig.reach(&["colleague"])[0];
        rig.pick_up(target);
        assert!(rig.saw_event(CallEvent::Bridged { a: agent, b: target, agent: None, offer: None }));
        rig.types(agent, keys);
        assert_eq!(rig.hung_up(target, Cause::Normal), !merged);
        let joined = rig.saw_event(CallEvent::Bridged { a: rig.a, b: target, agent: None, offer: None });
        assert_eq!(joined, merged);
    }
}

/// Their own call is a call like others.
///
/// Rows: S7.9, V14
#[test]
fn an_agent_passes_on_whom_they_called() {
    let mut rig = Rig::with(Some(sdp("offer")), config());
    let agent: AgentId = rig.ids.next(rig.now);
    rig.call.own = Some(agent);
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    let targets = vec![Target::Number("13800138000".to_string().into())];
    rig.flow(FlowOrder::Dial(DialRequest { targets, from: None, ring_for: Duration::from_secs(30) }));
    let called = rig.reach(&["outside"])[0];
    rig.pick_up(called);
    rig.leg(rig.a, LegEvent::Confirmed { answer: None });
    let a = rig.a;
    rig.types(a, "##2002#");
    assert_eq!(rig.passed_on(), Some((TransferMode::Blind, "2002".to_owned())));
}
