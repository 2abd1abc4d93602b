//! The devices of one person: together, in turns, and those that a person has to take the call on.

use super::*;
use crate::{Contacted, Outgoing};

const WITHIN: Duration = Duration::from_secs(8);

fn mobile(turn: u8) -> Device {
    let accept = Accept { prompt: PromptRef::new("press-one"), within: WITHIN };
    Device { turn, accept: Some(accept), ..Device::plain(vec![device("mobile"), device("other-trunk")]) }
}

fn in_turn(name: &str, turn: u8, seconds: u64) -> Device {
    Device { turn, ring_for: Some(Duration::from_secs(seconds)), ..Device::plain(vec![device(name)]) }
}

impl Rig {
    fn ring_devices(&mut self, devices: Vec<Device>) -> (OrderId, Vec<LegId>) {
        let offer = self.offer();
        let order = self.order(CallOrder::Offer(offer));
        let ask = self.the_ask();
        self.put(Input::Answer(ask, Answer::Devices(devices)));
        let legs = self.make_offers();
        (order, legs)
    }

    fn presses(&mut self, leg: LegId, key: char) {
        let (digit, source) = (Digit::new(key).unwrap(), DigitSource::Rtp);
        self.media(MediaEvent::Digit { leg, digit, duration: Duration::ZERO, source });
    }

    fn prompted(&self, leg: LegId) -> Option<PlayId> {
        self.out.iter().find_map(|o| match o {
            Output::Media(MediaCommand::Play { leg: at, play, prompts, repeat: true }) if *at == leg => {
                assert_eq!(prompts, &[PromptRef::new("press-one")]);
                Some(*play)
            }
            _ => None,
        })
    }

    fn bridged(&self, leg: LegId) -> bool {
        self.out.iter().any(|o| matches!(o, Output::Event(CallEvent::Bridged { b, .. }) if *b == leg))
    }

    fn dials(&self, name: &str) -> Option<LegId> {
        self.out.iter().find_map(|o| match o {
            Output::Leg(leg, LegCommand::Dial(dial)) if dial.to.uri == format!("sip:{name}") => Some(*leg),
            _ => None,
        })
    }
}

/// The desk phone rings on while a voicemail talks to itself, and has the call.
///
/// Rows: S7.28
#[test]
fn a_voicemail_never_has_the_call() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring_devices(vec![Device::plain(vec![device("desk")]), mobile(0)]);
    let (desk, mobile) = (legs[0], legs[1]);
    rig.pick_up(mobile);
    assert!(rig.prompted(mobile).is_some() && !rig.bridged(mobile));
    assert!(!rig.hung_up(desk, Cause::AnsweredElsewhere), "the others ring on");
    // Whatever it plays, it is no 1.
    rig.presses(mobile, '7');
    rig.pass(WITHIN);
    assert!(rig.hung_up(mobile, Cause::NoAnswer) && !rig.bridged(mobile));
    assert_eq!(rig.outcome(order), None, "the desk phone still rings");
    rig.pick_up(desk);
    assert!(rig.bridged(desk));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
}

/// Rows: S7.28
#[test]
fn whoever_presses_1_has_the_call() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring_devices(vec![Device::plain(vec![device("desk")]), mobile(0)]);
    rig.pick_up(legs[1]);
    let play = rig.prompted(legs[1]).expect("is asked");
    rig.take();
    rig.presses(legs[1], '1');
    assert!(rig.saw(&Output::Media(MediaCommand::StopPlay { leg: legs[1], play })));
    assert!(rig.hung_up(legs[0], Cause::AnsweredElsewhere) && rig.bridged(legs[1]));
    assert!(!rig.facts().contains(&FlowFact::Digit(Digit::new('1').unwrap())), "the key is no caller's");
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
    // A key pressed later is a key like others.
    rig.take();
    rig.presses(legs[1], '1');
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::StopPlay { .. }))));
    rig.pass(WITHIN);
    assert!(!rig.hung_up(legs[1], Cause::NoAnswer));
}

/// Nobody who is asked has refused: neither by hanging up nor by the end of the ringing.
///
/// Rows: S7.28
#[test]
fn who_was_asked_and_did_not_say_was_not_there() {
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring_devices(vec![mobile(0)]);
    rig.pick_up(legs[0]);
    rig.ended(legs[0], Cause::Normal);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::NoAnswer)));
    assert_eq!(rig.dials("other-trunk"), None, "it was reached: no other way is tried");
    // Answered in the last moment: there is still time for the key, but not for ever.
    let mut rig = Rig::answered();
    let (order, legs) = rig.ring_devices(vec![mobile(0)]);
    rig.pass(Duration::from_secs(19));
    rig.pick_up(legs[0]);
    rig.pass(Duration::from_secs(2));
    assert_eq!(rig.outcome(order), None);
    rig.pass(WITHIN);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::NoAnswer)));
    assert!(rig.hung_up(legs[0], Cause::NoAnswer));
}

/// Rows: S7.28
#[test]
fn devices_ring_one_after_the_other() {
    let mut rig = Rig::answered();
    let devices = vec![in_turn("desk", 1, 5), in_turn("browser", 2, 5), mobile(3)];
    let (order, legs) = rig.ring_devices(devices);
    assert_eq!(legs.len(), 1, "one at a time");
    rig.pass(Duration::from_secs(4));
    assert!(rig.dials("browser").is_none() && !rig.hung_up(legs[0], Cause::NoAnswer));
    rig.pass(Duration::from_secs(1));
    assert!(rig.hung_up(legs[0], Cause::NoAnswer), "long enough");
    rig.ended(legs[0], Cause::NoAnswer);
    rig.take_offers();
    let browser = rig.dials("browser").expect("the next one");
    // Who declines on one device may mean another.
    rig.ended(browser, Cause::Declined);
    rig.take_offers();
    let mobile = rig.dials("mobile").expect("at once");
    assert_eq!(rig.outcome(order), None);
    rig.pick_up(mobile);
    rig.presses(mobile, '1');
    assert!(rig.bridged(mobile));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
}

/// The time of the whole is the queue's: no turn begins after it.
///
/// Rows: S7.28
#[test]
fn a_sequence_is_not_longer_than_the_offer() {
    let mut rig = Rig::answered();
    let (order, _) = rig.ring_devices(vec![in_turn("desk", 0, 15), in_turn("browser", 1, 15), in_turn("third", 2, 15)]);
    rig.pass(Duration::from_secs(15));
    rig.take_offers();
    assert!(rig.dials("browser").is_some());
    rig.pass(Duration::from_secs(5));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::NoAnswer)));
    rig.pass(Duration::from_secs(30));
    assert!(rig.dials("third").is_none());
}

/// Several trunks are ways to one telephone: where one fails the other is tried, in the same turn.
#[test]
fn a_mobile_is_reached_over_the_trunk_that_works() {
    let mut rig = Rig::answered();
    let (_, legs) = rig.ring_devices(vec![mobile(0)]);
    rig.ended(legs[0], Cause::RemoteFailure);
    rig.take_offers();
    let other = rig.dials("other-trunk").expect("the other trunk");
    rig.pick_up(other);
    assert!(rig.prompted(other).is_some());
}

impl Rig {
    fn take_offers(&mut self) {
        let wanted: Vec<LegId> = self.call.legs.iter().filter(|(_, leg)| leg.to.is_some()).map(|(id, _)| *id).collect();
        for leg in wanted {
            self.media(MediaEvent::Offer { leg, offer: sdp("ours") });
        }
    }

    pub(super) fn of_an_agent(config: Config) -> Rig {
        let now = Timestamp::from_millis(1_000_000);
        let mut ids = Ids::seeded(1);
        let a = ids.next(now);
        let wanted = Outgoing {
            leg: a,
            agent: ids.next(now),
            target: Target::Extension("2001".into()),
            ring_for: Duration::from_secs(40),
            shown: Party::number("138****8000"),
            from: Party::number("+8610"),
            to: Party::number("13800138000"),
            origin: Origin::Extension("2001".into()),
        };
        let call = Call::outgoing(now, Ids::seeded(2), wanted, config);
        let mut rig = Rig { call, now, ids, a, out: Vec::new() };
        rig.drain();
        rig
    }

    fn calls_out(devices: Vec<Device>) -> (Rig, Vec<LegId>) {
        let mut rig = Rig::of_an_agent(Config::default());
        assert_eq!(rig.facts(), [FlowFact::Started]);
        rig.flow(FlowOrder::AnswerCaller);
        assert!(rig.saw_ask(&Question::Reach(Target::Extension("2001".into()))));
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, Answer::Devices(devices)));
        let legs = rig.make_offers();
        (rig, legs)
    }

    fn saw_ask(&self, question: &Question) -> bool {
        self.out.iter().any(|o| matches!(o, Output::Ask(_, asked) if asked == question))
    }
}

/// All devices ring, the one that answers is the caller's; then whom the agent wanted is dialled.
///
/// Rows: V14
#[test]
fn an_agents_own_call_begins_where_they_pick_up() {
    let (mut rig, legs) = Rig::calls_out(["desk", "browser"].map(|d| Device::plain(vec![device(d)])).to_vec());
    let dial = rig.out.iter().find_map(|o| match o {
        Output::Leg(_, LegCommand::Dial(dial)) => Some(dial.clone()),
        _ => None,
    });
    let dial = dial.expect("dialled");
    assert_eq!(dial.from, Party::number("138****8000"));
    assert!(dial.headers.iter().any(|(name, _)| name == "Alert-Info"));
    assert!(dial.headers.iter().all(|(name, _)| name != "Max-Forwards"), "it begins here");
    rig.leg(legs[0], LegEvent::Ringing);
    rig.pick_up(legs[1]);
    assert!(rig.hung_up(legs[0], Cause::AnsweredElsewhere));
    assert!(rig.saw_event(CallEvent::Answered { leg: legs[1] }));
    assert_eq!(rig.facts().last(), Some(&FlowFact::CallerAnswered));
    rig.take();
    let targets = vec![Target::Number("13800138000".to_string().into())];
    rig.flow(FlowOrder::Dial(DialRequest { targets, from: None, ring_for: Duration::from_secs(30) }));
    let called = rig.reach(&["outside"])[0];
    rig.pick_up(called);
    assert!(rig.saw_event(CallEvent::Bridged { a: legs[1], b: called, agent: None, offer: None }));
    rig.ended(called, Cause::Normal);
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    assert!(rig.hung_up(legs[1], Cause::Normal));
}

/// The house calls a contact: they see our number, nothing answers by itself, and from the moment they pick up they are the caller.
///
/// Rows: V7
#[test]
fn whom_the_house_calls_is_the_caller_as_soon_as_they_pick_up() {
    let called = || {
        let now = Timestamp::from_millis(1_000_000);
        let mut ids = Ids::seeded(1);
        let a = ids.next(now);
        let target = Target::Number("13800138000".to_string().into());
        let wanted = Contacted {
            leg: a,
            target: target.clone(),
            ring_for: Duration::from_secs(30),
            from: Party::number("+8610"),
            to: Party::number("13800138000"),
            origin: Origin::Extension(String::new()),
        };
        let call = Call::to_contact(now, Ids::seeded(2), wanted, Config::default());
        let mut rig = Rig { call, now, ids, a, out: Vec::new() };
        rig.drain();
        assert_eq!(rig.facts(), [FlowFact::Started]);
        rig.flow(FlowOrder::AnswerCaller);
        assert!(rig.saw_ask(&Question::Reach(target)));
        let ask = rig.the_ask();
        rig.put(Input::Answer(ask, Answer::Devices(vec![Device::plain(vec![device("outside")])])));
        let leg = rig.make_offers()[0];
        (rig, leg)
    };
    let (mut rig, leg) = called();
    let dial = rig.out.iter().find_map(|o| match o {
        Output::Leg(_, LegCommand::Dial(dial)) => Some(dial.clone()),
        _ => None,
    });
    let dial = dial.expect("dialled");
    assert_eq!((&dial.from, dial.headers.len()), (&Party::number("+8610"), 0));
    rig.leg(leg, LegEvent::Ringing);
    rig.pick_up(leg);
    assert!(rig.saw_event(CallEvent::Answered { leg }));
    assert_eq!(rig.facts().last(), Some(&FlowFact::CallerAnswered));
    rig.flow(FlowOrder::Hangup(Cause::Normal));
    assert!(rig.hung_up(leg, Cause::Normal));

    let (mut rig, leg) = called();
    rig.ended(leg, Cause::Busy);
    rig.closed(leg);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::Busy, by: EndedBy::Callee })));
    let (mut rig, leg) = called();
    rig.pass(Duration::from_secs(30));
    rig.ended(leg, Cause::NoAnswer);
    rig.closed(leg);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::NoAnswer, by: EndedBy::Callee })));
}

/// The telephone of somebody who may not see numbers is told none; the one beside it is.
///
/// Rows: S12.3
#[test]
fn a_discreet_device_is_told_no_number() {
    let mut rig = Rig::answered();
    let discreet = Device { discreet: true, ..Device::plain(vec![device("browser")]) };
    rig.ring_devices(vec![discreet, Device::plain(vec![device("leader")])]);
    let shown = |name: &str| {
        let leg = rig.dials(name).expect("dialled");
        let dial = rig.out.iter().find_map(|o| match o {
            Output::Leg(at, LegCommand::Dial(dial)) if *at == leg => Some(dial.clone()),
            _ => None,
        });
        dial.expect("dialled").from
    };
    let caller = shown("leader");
    assert!(caller.number.reveal().len() > 4, "{caller:?}");
    assert_eq!(shown("browser"), caller.masked());
    assert_ne!(caller.masked(), caller);
}

/// Rows: V14
#[test]
fn an_agents_own_call_that_they_do_not_take_is_over() {
    for (cause, ends) in [(Cause::Busy, Cause::Busy), (Cause::Declined, Cause::Declined)] {
        let (mut rig, legs) = Rig::calls_out(vec![Device::plain(vec![device("desk")])]);
        rig.ended(legs[0], cause);
        rig.closed(legs[0]);
        assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: ends, by: EndedBy::Agent })));
    }
    let (mut rig, _) = Rig::calls_out(vec![]);
    assert!(rig.saw_event(CallEvent::Ended { cause: Cause::Unreachable, by: EndedBy::Agent }));
    let order = rig.order(CallOrder::Hangup);
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    // Nobody picks up; a mobile's voicemail does not count.
    let (mut rig, legs) = Rig::calls_out(vec![mobile(0)]);
    rig.pick_up(legs[0]);
    rig.pass(WITHIN);
    rig.ended(legs[0], Cause::NoAnswer);
    rig.closed(legs[0]);
    assert_eq!(rig.out.last(), Some(&Output::Event(CallEvent::Ended { cause: Cause::NoAnswer, by: EndedBy::Agent })));
    assert!(!rig.facts().contains(&FlowFact::CallerAnswered));
}
