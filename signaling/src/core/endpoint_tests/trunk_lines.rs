//! Several trunks: which one is asked, how they are, how much they take.

use super::driver::*;
use crate::core::directory::{Directory, OwnNumber, Trunk, TrunkTarget};
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::{Counter, LegNote, Output};
use crate::core::profile::{OptionsHealth, TrunkProfile};
use crate::core::trunk_health::TrunkHealth;
use ringdesk_model::{Country, Ids, Pii, TrunkId};
use ringdesk_voice::{Cause, Destination, InterfaceId, LegCommand, LegEvent, LegId, LineSound, Profile, Target};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);

fn id(n: u128) -> TrunkId {
    TrunkId(Uuid::from_u128(n))
}

/// Trunks 1, 2 … at 192.0.2.1, 192.0.2.2 …
fn directory(profiles: &[TrunkProfile]) -> Directory {
    let trunk = |n: usize| Trunk {
        id: id(n as u128),
        name: format!("t{n}"),
        nets: vec![format!("192.0.2.{n}/32").parse().unwrap()],
        outbound: Some(TrunkTarget { host: format!("192.0.2.{n}"), port: None, transport: None, certificate: None }),
        interface: InterfaceId(0),
    };
    let all = (1..=profiles.len()).map(trunk).collect();
    let directory = Directory::new("example.org", Vec::new(), all);
    (1..).zip(profiles).fold(directory, |directory, (n, profile)| directory.with_profile(id(n), profile.clone()))
}

fn priority(priority: u16) -> TrunkProfile {
    TrunkProfile { priority, ..TrunkProfile::default() }
}

fn ways(line: &mut Line) -> Vec<Destination> {
    line.input(Input::Reach { ask: 1, target: Target::Number(Pii::new("+4940555".into())) });
    match line.other.pop_back() {
        Some(Output::Reached { destinations, .. }) => destinations,
        other => panic!("{other:?}"),
    }
}

fn order(line: &mut Line) -> Vec<u128> {
    ways(line).iter().map(|way| way.trunk.unwrap().0.as_u128()).collect()
}

/// Dial over the best trunk; its INVITE.
fn dial_best(line: &mut Line) -> (LegId, String, Message) {
    let to = ways(line).remove(0);
    let leg = line.dial_to(to, OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!(invite.method().map(|m| m.as_str()), Some("INVITE"));
    (leg, hop, invite)
}

fn health(line: &mut Line) -> Vec<(u128, TrunkHealth)> {
    let told = |output| match output {
        Output::Health { trunk, health } => (trunk.0.as_u128(), health),
        other => panic!("{other:?}"),
    };
    line.other.drain(..).map(told).collect()
}

/// Rows: V15
#[test]
fn a_trunk_that_fails_is_asked_after_the_others_for_a_while() {
    for (status, more, cause, doubted) in [
        (408, "", Cause::Unreachable, true),
        (500, "", Cause::RemoteFailure, true),
        (502, "", Cause::RemoteFailure, true),
        (503, "", Cause::Congestion, true),
        (503, "Reason: Q.850;cause=34\r\n", Cause::Congestion, true),
        (486, "", Cause::Busy, false),
        (600, "", Cause::Busy, false),
        (603, "", Cause::Declined, false),
        (404, "", Cause::NotFound, false),
        (403, "", Cause::Forbidden, false),
        // The network says more than the gateway before it.
        (500, "Reason: Q.850;cause=17\r\n", Cause::Busy, false),
        (503, "Reason: Q.850;cause=1;text=\"unallocated\"\r\n", Cause::NotFound, false),
        (480, "Reason: SIP;cause=480, Q.850;cause=19\r\n", Cause::NoAnswer, false),
    ] {
        let mut line = Line::with(setup(), directory(&[priority(2), priority(1)]));
        assert_eq!(order(&mut line), [2, 1]);
        let (leg, hop, invite) = dial_best(&mut line);
        assert_eq!(hop, "udp/0/192.0.2.2:5060");
        line.hear(answer_to(&invite, status, "x", more, ""));
        line.method("ACK");
        line.ended(cause, Some(status));
        assert_eq!(order(&mut line), if doubted { [1, 2] } else { [2, 1] }, "{status} {more}");
        let said = line.notes.pop_back().unwrap();
        let q850 = more.rsplit_once("Q.850;cause=").map(|(_, n)| n[..2].trim_matches([';', '\r']).parse().unwrap());
        match said {
            (of, LegNote::Ended { status: kept, q850: Some(number) }) => {
                assert_eq!((of, kept), (leg, Some(status)));
                assert!(q850.is_none_or(|q850: u8| q850 == number), "{status} {more} {number}");
            }
            other => panic!("{other:?}"),
        }
        line.pass(30 * SECOND);
        assert_eq!(order(&mut line), [2, 1]);
        line.gone();
    }
}

/// Rows: V15
#[test]
fn a_trunk_that_says_100_and_nothing_more_is_left() {
    for trying in [true, false] {
        let patient = TrunkProfile { patience: 8 * SECOND, ..priority(1) };
        let mut line = Line::with(setup(), directory(&[patient, priority(2)]));
        let (_, _, invite) = dial_best(&mut line);
        if trying {
            line.hear(answer_to(&invite, 100, "", "", ""));
            line.pass(8 * SECOND - ms(1));
            line.quiet();
        } else {
            line.pass(8 * SECOND - ms(1));
            line.sent.clear();
        }
        line.pass(ms(1));
        line.ended(Cause::Unreachable, None);
        assert_eq!(line.counted(Counter::TrunkStuck), 1);
        assert_eq!(order(&mut line), [2, 1]);
        if trying {
            let cancel = line.method("CANCEL");
            assert_eq!(cancel.headers.get(&Name::Reason), Some("Q.850;cause=20;text=\"Subscriber absent\""));
            line.hear(answer_to(&cancel, 200, "", "", ""));
        }
        // It answers after all: nobody is there any more.
        line.hear(answer_to(&invite, 200, "late", CONTACT, ANSWER));
        line.method("ACK");
        let bye = line.method("BYE");
        line.hear(answer_to(&bye, 200, "", "", ""));
        line.gone();
    }
}

/// A sign of life ends the patience, not the call.
#[test]
fn a_trunk_that_rings_may_take_its_time() {
    for status in [180, 183] {
        let sound = LineSound { early_media: false, ..LineSound::default() };
        let profile = TrunkProfile { patience: 8 * SECOND, sound: sound.clone(), ..priority(1) };
        let mut line = Line::with(setup(), directory(&[profile]));
        assert_eq!(ways(&mut line)[0].profile, Profile::Rtp(sound));
        let (_, _, invite) = dial_best(&mut line);
        let body = if status == 183 { ANSWER } else { "" };
        line.hear(answer_to(&invite, status, "far", CONTACT, body));
        // Whether its early sound is wanted is the call's business.
        let expected = if status == 183 { LegEvent::Progress { answer: sdp(ANSWER) } } else { LegEvent::Ringing };
        assert_eq!(line.event(), expected);
        line.pass(60 * SECOND);
        line.quiet();
        line.hear(answer_to(&invite, 200, "far", CONTACT, body));
        if status == 183 {
            assert_eq!(line.event(), LegEvent::Answered { answer: None });
            line.method("ACK");
        }
    }
}

fn asked(every: u64) -> TrunkProfile {
    let options = OptionsHealth { every: Duration::from_secs(every), fail: 3, recover: 2 };
    TrunkProfile { options: Some(options), ..priority(1) }
}

/// Let time pass until it is asked.
fn next_options(line: &mut Line) -> Message {
    let until = line.now + 60 * SECOND;
    while line.sent.is_empty() {
        assert!(line.now < until, "nobody asks");
        line.pass(ms(100));
    }
    let options = line.method("OPTIONS");
    // Repetitions of an unanswered one are not what is looked for.
    line.sent.clear();
    options
}

/// One question that is not answered.
fn silence(line: &mut Line) {
    next_options(line);
    line.pass(5 * SECOND - ms(1));
    line.sent.clear();
    line.pass(ms(1));
    line.sent.clear();
}

/// Rows: V15
#[test]
fn options_tell_how_a_trunk_is() {
    let mut line = Line::with(setup(), directory(&[asked(30), priority(2)]));
    let first = next_options(&mut line);
    assert_eq!((first.uri(), first.cseq().0), ("sip:192.0.2.1", 1));
    line.hear(answer_to(&first, 200, "x", "", ""));
    assert_eq!(health(&mut line), [(1, TrunkHealth::Up)]);
    assert_eq!(order(&mut line), [1, 2]);
    // Any answer is a sign of life.
    for status in [405, 404, 481, 501] {
        let options = next_options(&mut line);
        line.hear(answer_to(&options, status, "x", "", ""));
    }
    // One that is lost, or two, change nothing.
    silence(&mut line);
    silence(&mut line);
    let options = next_options(&mut line);
    line.hear(answer_to(&options, 200, "x", "", ""));
    assert_eq!(health(&mut line), []);
    for _ in 0..2 {
        silence(&mut line);
        assert_eq!(health(&mut line), []);
    }
    let options = next_options(&mut line);
    line.hear(answer_to(&options, 503, "x", "", ""));
    assert_eq!(health(&mut line), [(1, TrunkHealth::Down { status: Some(503) })]);
    assert_eq!(order(&mut line), [2, 1], "the other one first, but this one is not given up");
    // Back, and once more: up.
    let options = next_options(&mut line);
    line.hear(answer_to(&options, 200, "x", "", ""));
    silence(&mut line);
    for _ in 0..2 {
        assert_eq!(health(&mut line), []);
        let options = next_options(&mut line);
        line.hear(answer_to(&options, 200, "x", "", ""));
    }
    assert_eq!(health(&mut line), [(1, TrunkHealth::Up)]);
    // It is taken away.
    line.input(Input::Directory(Arc::new(directory(&[]))));
    assert_eq!(health(&mut line), [(1, TrunkHealth::Gone)]);
    line.gone();
}

#[test]
fn a_trunk_that_nobody_answers_at_is_down() {
    let mut line = Line::with(setup(), directory(&[asked(10)]));
    for _ in 0..3 {
        assert_eq!(health(&mut line), []);
        silence(&mut line);
    }
    assert_eq!(health(&mut line), [(1, TrunkHealth::Down { status: None })]);
    // Only what it is asked matters: this one need not answer.
    line.input(Input::Directory(Arc::new(directory(&[priority(1)]))));
    assert_eq!(health(&mut line), [(1, TrunkHealth::Unknown)]);
    line.pass(600 * SECOND);
    line.gone();
    assert_eq!(order(&mut line), [1]);
}

/// A call that comes in over trunk 1; false: it is refused with this.
fn comes(line: &mut Line, n: usize, called: &str) -> Result<(LegId, String), (u16, String)> {
    let mut far = Far::new(line);
    far.call_id = format!("in-{n}");
    let invite = far.invite("", OFFER).replace("sip:1000@", &format!("sip:{called}@"));
    line.hear(&invite);
    match line.calls.pop_front() {
        Some(call) => Ok((call.leg, invite)),
        None => {
            let refused = line.next();
            Err((refused.status().unwrap(), refused.headers.get(&Name::Reason).unwrap_or("").to_owned()))
        }
    }
}

fn hang_up(line: &mut Line, (leg, invite): (LegId, String)) {
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, Some(480));
    let refused = line.status(480);
    assert_eq!(refused.headers.get(&Name::Reason), Some("Q.850;cause=16;text=\"Normal call clearing\""));
    line.hear(of_invite(&invite, "ACK", refused.to_tag(), ""));
}

/// Rows: V15
#[test]
fn a_trunk_takes_so_many_calls_in_both_directions() {
    let mut line = Line::with(setup(), directory(&[TrunkProfile { max_calls: Some(2), ..priority(1) }]));
    let first = comes(&mut line, 1, "1000").unwrap();
    let (_, _, invite) = dial_best(&mut line);
    let full = "Q.850;cause=34;text=\"No circuit/channel available\"";
    assert_eq!(comes(&mut line, 3, "1000").err(), Some((503, full.into())));
    let to = ways(&mut line).remove(0);
    line.dial_to(to, OFFER);
    line.ended(Cause::Congestion, None);
    assert!(line.sent.is_empty(), "not a packet for a trunk without room");
    assert_eq!(line.counted(Counter::TrunkFull), 2);
    // An emergency goes before every limit.
    let emergency = comes(&mut line, 4, "112").unwrap();
    hang_up(&mut line, emergency);
    hang_up(&mut line, first);
    let again = comes(&mut line, 5, "1000").unwrap();
    hang_up(&mut line, again);
    line.hear(answer_to(&invite, 486, "x", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    line.gone();
}

/// Rows: V15
#[test]
fn a_trunk_takes_so_many_calls_in_one_second() {
    let mut line = Line::with(setup(), directory(&[TrunkProfile { calls_per_second: Some(3), ..priority(1) }]));
    let mut taken = Vec::new();
    for n in 0..40 {
        match comes(&mut line, n, "1000") {
            Ok(call) => {
                taken.push(line.now);
                hang_up(&mut line, call);
            }
            Err((status, reason)) => assert_eq!((status, reason.contains("cause=42")), (503, true)),
        }
        line.pass(ms(100));
    }
    assert_eq!(taken.len(), 12);
    for three in taken.windows(4) {
        assert!(three[3].since(three[0]) >= SECOND, "{taken:?}");
    }
}

fn numbered(channels: u32) -> Directory {
    let own = OwnNumber {
        number: "01012345678".into(),
        announced: "01012345678".into(),
        label: None,
        channels: Some(channels),
    };
    let profile = TrunkProfile { numbers: vec!["+861012345678".into()], ..priority(1) };
    directory(&[profile]).with_numbers(Country::of("CN").unwrap(), [own])
}

/// Rows: V15
#[test]
fn a_number_has_so_many_channels_in_every_form() {
    let mut line = Line::with(setup(), numbered(2));
    let first = comes(&mut line, 1, "+861012345678").unwrap();
    comes(&mut line, 2, "01012345678").unwrap();
    assert_eq!(comes(&mut line, 3, "861012345678").err(), Some((486, "Q.850;cause=17;text=\"User busy\"".into())));
    assert_eq!(line.counted(Counter::NumberFull), 1);
    let other = comes(&mut line, 4, "95588").unwrap();
    hang_up(&mut line, other);
    hang_up(&mut line, first);
    assert!(comes(&mut line, 5, "861012345678").is_ok());
}

/// However calls end, nothing is held afterwards.
///
/// Rows: V15
#[test]
fn places_are_given_back_at_every_end() {
    let mut refused = 0;
    for seed in 0..40 {
        let mut chance = Ids::seeded(seed);
        let limited = TrunkProfile { max_calls: Some(4), patience: 8 * SECOND, ..priority(1) };
        let directory =
            numbered(3).with_profile(id(1), TrunkProfile { numbers: vec!["+861012345678".into()], ..limited });
        let mut line = Line::with(setup(), directory);
        let mut live: Vec<(LegId, Option<String>, Option<Message>)> = Vec::new();
        for n in 0..60 {
            match chance.bits() % 8 {
                0 | 1 => match comes(&mut line, n, "01012345678") {
                    Ok((leg, invite)) => live.push((leg, Some(invite), None)),
                    Err(_) => refused += 1,
                },
                2 | 3 => {
                    let to = ways(&mut line).remove(0);
                    let leg = line.dial_to(to, OFFER);
                    match line.sent.pop_front() {
                        Some((_, invite)) => live.push((leg, None, Some(invite))),
                        None => refused += 1,
                    }
                }
                4 => line.pass(Duration::from_millis(chance.bits() % 12_000)),
                _ if live.is_empty() => {}
                what => {
                    let at = usize::try_from(chance.bits()).unwrap_or(0) % live.len();
                    let (leg, came, went) = live.swap_remove(at);
                    match (came, went) {
                        (Some(invite), _) if what == 5 => line.hear(of_invite(&invite, "CANCEL", None, "")),
                        (Some(_), _) if what == 6 => line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) }),
                        (_, Some(invite)) if what == 5 => {
                            line.hear(answer_to(&invite, [486, 503, 180, 404][at % 4], "x", CONTACT, ""));
                        }
                        (_, Some(invite)) if what == 6 => {
                            line.hear(answer_to(&invite, 200, "far", CONTACT, ANSWER));
                            line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
                        }
                        _ => line.command(leg, LegCommand::Hangup { cause: Cause::NoAnswer }),
                    }
                }
            }
            line.sent.clear();
            line.events.clear();
        }
        // Nobody says anything any more: every leg ends by its timers.
        for _ in 0..10 {
            line.pass(400 * SECOND);
            line.sent.clear();
            line.events.clear();
        }
        assert!(line.core.is_idle(), "seed {seed}: legs {}", line.core.legs());
    }
    assert!(refused > 20, "the limits were met: {refused}");
}

/// It answers from an address that is not where it was asked, and goes on from a third.
///
/// Rows: V15
#[test]
fn a_trunk_may_change_its_address() {
    let mut line = Line::with(setup(), directory(&[priority(1)]));
    let (leg, _, invite) = dial_best(&mut line);
    line.hear_from(
        "udp/0/192.0.2.1:5060",
        answer_to(&invite, 180, "far", "Contact: <sip:x@198.51.100.7:5080>\r\n", ""),
    );
    assert_eq!(line.event(), LegEvent::Ringing);
    line.hear_from(
        "udp/0/198.51.100.8:5060",
        answer_to(&invite, 200, "far", "Contact: <sip:x@198.51.100.8:5080>\r\n", ANSWER),
    );
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    assert_eq!(line.next_with_hop().0, "udp/0/198.51.100.8:5080");
    // It wants to be talked to elsewhere from now on.
    let mut far = Far::new(&line);
    far.call_id = invite.call_id().to_owned();
    far.from = format!("<{}>;tag=far", invite.to_addr().unwrap().uri);
    far.to_tag = invite.from_tag().map(str::to_owned);
    far.via = "SIP/2.0/UDP 203.0.113.5:5060;rport".into();
    let reinvite = far.request("INVITE", "Contact: <sip:y@203.0.113.5:5099>\r\n", OFFER);
    line.hear_from("udp/0/203.0.113.5:5060", &reinvite);
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(OFFER)) });
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(ANSWER) });
    line.status(200);
    let ack = far.ack(1, "");
    line.hear_from("udp/0/203.0.113.5:5060", &ack);
    // What we want to change it refuses, and the call goes on.
    for status in [488, 500, 606, 501] {
        line.command(leg, LegCommand::Reoffer { offer: sdp("v=0\r\no=new 1 1 IN IP4 192.0.2.9\r\n") });
        let (hop, reinvite) = line.next_with_hop();
        assert_eq!(hop, "udp/0/203.0.113.5:5099");
        line.hear_from("udp/0/203.0.113.5:5099", answer_to(&reinvite, status, "", "", ""));
        line.method("ACK");
        assert_eq!(line.event(), LegEvent::ReofferRefused { status });
    }
    line.pass(10 * SECOND);
    line.quiet();
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let (hop, bye) = line.next_with_hop();
    assert_eq!(
        (hop.as_str(), bye.headers.get(&Name::Reason)),
        ("udp/0/203.0.113.5:5099", Some("Q.850;cause=16;text=\"Normal call clearing\""))
    );
    line.hear_from("udp/0/203.0.113.5:5099", answer_to(&bye, 200, "", "", ""));
    line.gone();
}

/// Two telephones behind a trunk pick up: one is talked to, the other is told so.
///
/// Rows: V15
#[test]
fn a_trunk_that_answers_twice() {
    let mut line = Line::with(setup(), directory(&[priority(1)]));
    let (leg, _, invite) = dial_best(&mut line);
    line.hear(answer_to(&invite, 200, "one", CONTACT, ANSWER));
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    line.method("ACK");
    line.hear(answer_to(&invite, 200, "two", CONTACT, ANSWER));
    assert_eq!(line.method("ACK").to_tag(), Some("two"));
    let bye = line.method("BYE");
    assert_eq!(bye.to_tag(), Some("two"));
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.quiet();
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    assert_eq!(bye.to_tag(), Some("one"));
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}
