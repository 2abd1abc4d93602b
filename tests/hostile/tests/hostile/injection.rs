//! Sound where it does not belong: strangers who guess a port, strangers who are faster than the telephone, and telephones
//! whose call is over and that do not know it.
//!
//! | attack (media.md §4.4, §8.3; design.md, "Latch") | test |
//! |---|---|
//! | packets into a running call from elsewhere | [`nobody_is_heard_who_was_not_invited`], `sound::garbage_into_a_running_call` |
//! | a flood at a call's ports | [`a_flood_at_a_call_costs_it_nothing`] |
//! | RTP bleed: sound sent to whoever sends first | [`nobody_is_heard_who_was_not_invited`]; the race is bounded by `rtp::tests::the_described_host_takes_its_place_back` |
//! | take-over in a pause | `rtp::tests::the_described_address_is_believed_at_once_and_others_are_not` |
//! | a forged RTCP BYE or report | [`a_strangers_goodbye_ends_nothing`] |
//! | late packets of the call before, on the same port | [`the_call_before_is_not_heard_in_the_next`], `ports::tests::a_used_port_rests_before_it_is_used_again` |

use crate::sound::Phone;
use crate::studio::{BOUND, Studio};
use ringdesk_voice::{LegId, MediaCommand, MediaEvent};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

const NAT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 70));
const OTHER_NAT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 71));
const THIEF: &str = "127.0.0.66";

fn bridge(studio: &Studio, one: LegId, other: LegId) {
    studio.ask(MediaCommand::Hear { leg: one, legs: vec![other] });
    studio.ask(MediaCommand::Hear { leg: other, legs: vec![one] });
    studio.settled();
}

fn packet(seq: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(seq.to_be_bytes());
    packet.extend((u32::from(seq) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

/// Payloads of everything that waits for this telephone.
fn heard(phone: &Phone) -> Vec<u8> {
    let mut first = Vec::new();
    phone.rtp.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut buffer = [0; 2_000];
    while let Ok(length) = phone.rtp.recv(&mut buffer) {
        assert!(length > 12 && buffer[0] & 0xc0 == 0x80);
        first.push(buffer[12]);
    }
    phone.rtp.set_read_timeout(Some(BOUND)).unwrap();
    first
}

/// Right SSRC, right numbers, wrong place: not heard, not answered, not learned, while the telephone talks and while it is
/// silent.
///
/// Rows: V3
#[test]
fn nobody_is_heard_who_was_not_invited() {
    let studio = Studio::open();
    let (mut caller, mut agent) = (Phone::join(&studio, 1), Phone::join(&studio, 2));
    bridge(&studio, caller.leg, agent.leg);
    caller.say(true, 0, &[0x11; 160], 160);
    assert!(agent.hears(&[0x11; 160]));
    let thief = UdpSocket::bind((THIEF, 0)).unwrap();
    thief.set_nonblocking(true).unwrap();
    for round in 0..100u16 {
        for n in 0..20 {
            thief.send_to(&packet(101 + round * 20 + n, caller.ssrc, &[0x66; 160]), caller.room).unwrap();
        }
        caller.say(false, 0, &[0x12; 160], 160);
        agent.say(false, 0, &[0x21; 160], 160);
        // The room takes what came; a flood, which fills the kernel's buffer, is another matter.
        let refused = 20 * (u64::from(round) + 1);
        studio.figure_reaches("dropped_source", refused);
        studio.settled();
    }
    let agent_heard = heard(&agent);
    assert_eq!(agent_heard, vec![0x12; 100], "all of the caller, nothing of the thief");
    assert_eq!(heard(&caller), vec![0x21; 100]);
    assert!(thief.recv(&mut [0; 100]).is_err(), "nothing was sent to the thief");
    assert!(studio.figure("dropped_source") >= 2_000);
    studio.close(caller.leg);
    studio.close(agent.leg);
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 0));
}

/// Twenty thousand datagrams of up to 60 kB at the ports of a call, from everywhere, as fast as they can be sent.
#[test]
fn a_flood_at_a_call_costs_it_nothing() {
    let studio = Studio::open();
    let (mut caller, agent) = (Phone::join(&studio, 1), Phone::join(&studio, 2));
    bridge(&studio, caller.leg, agent.leg);
    caller.say(true, 0, &[0x11; 160], 160);
    assert!(agent.hears(&[0x11; 160]));
    let (flooded, flooded_rtcp) = (caller.room, caller.control());
    let flood = std::thread::spawn(move || {
        let sockets: Vec<UdpSocket> = (1..=40).map(|n| UdpSocket::bind((format!("127.2.0.{n}"), 0)).unwrap()).collect();
        let large = vec![0x80; 60_000];
        for n in 0..20_000usize {
            let length = if n % 50 == 0 { large.len() } else { n % 1_500 };
            let to = if n % 3 == 0 { flooded_rtcp } else { flooded };
            // A full buffer of the receiver is the flood's loss.
            let _ = sockets[n % sockets.len()].send_to(&large[..length], to);
        }
    });
    // The agent's ports are not flooded: what it says is heard whatever happens to the caller's. What the caller says has to
    // pass the same socket as the flood, so it is said until it is heard.
    let mut agent = agent;
    while !flood.is_finished() {
        agent.say(false, 0, &[0x22; 160], 160);
        assert!(caller.hears(&[0x22; 160]), "the agent is heard during the flood");
    }
    flood.join().unwrap();
    agent.rtp.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let through = (0..100).any(|_| {
        caller.say(false, 0, &[0x33; 160], 160);
        agent.hears(&[0x33; 160])
    });
    assert!(through, "the caller is heard after the flood");
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 2));
    // The kernel dropped the rest.
    assert!(studio.figure("dropped_source") + studio.figure("dropped_malformed") > 100);
    studio.close(caller.leg);
    studio.close(agent.leg);
}

/// RTCP of strangers: a BYE, a source description, a report about all packets lost. Nothing ends, nothing is believed.
#[test]
fn a_strangers_goodbye_ends_nothing() {
    let studio = Studio::open();
    let (mut caller, agent) = (Phone::join(&studio, 1), Phone::join(&studio, 2));
    bridge(&studio, caller.leg, agent.leg);
    caller.say(true, 0, &[0x11; 160], 160);
    assert!(agent.hears(&[0x11; 160]));
    let thief = UdpSocket::bind((THIEF, 0)).unwrap();
    let ssrc = caller.ssrc.to_be_bytes();
    let bye = [vec![0x81, 203, 0, 1], ssrc.to_vec()].concat();
    let mut report = [vec![0x81, 201, 0, 7], ssrc.to_vec(), ssrc.to_vec(), vec![0xff; 4]].concat();
    report.resize(32, 0xff);
    for _ in 0..100 {
        for to in [caller.control(), caller.room, agent.control(), agent.room] {
            thief.send_to(&bye, to).unwrap();
            thief.send_to(&report, to).unwrap();
        }
    }
    let events = studio.settled();
    assert!(!events.iter().any(|event| matches!(event, MediaEvent::Closed { .. })), "{events:?}");
    caller.say(false, 0, &[0x12; 160], 160);
    assert!(agent.hears(&[0x12; 160]));
    assert_eq!(studio.figure("rtcp_dropped_source"), 800, "on both ports of both legs");
    studio.close(caller.leg);
    studio.close(agent.leg);
}

/// There are two pairs of ports, so the next call gets those of the last one at once. A telephone behind NAT whose BYE was
/// lost talks on: it is in nobody's ear, it does not get the new call's sound, and it does not keep the new telephone, which is
/// behind a NAT as well, from being found.
#[test]
fn the_call_before_is_not_heard_in_the_next() {
    // A range of its own, so that no other test has one of its ports.
    let range = std::process::id() % 1_000 * 4;
    let first = 12_000 + u16::try_from(range).unwrap();
    let studio = Studio::with(|config| config.ports = (first, first + 3));
    let mut old = Phone::join_from(&studio, 1, NAT);
    let other = Phone::join(&studio, 2);
    bridge(&studio, old.leg, other.leg);
    for _ in 0..8 {
        old.say(false, 0, &[0x11; 160], 160);
    }
    assert!(other.hears(&[0x11; 160]), "it was learned");
    let ports = [old.room, other.room];
    studio.close(old.leg);
    studio.close(other.leg);

    for call in 0..4u32 {
        // The pairs rest for a millisecond.
        std::thread::sleep(Duration::from_millis(5));
        let n = u128::from(10 + call * 2);
        let mut new = Phone::join_from(&studio, n, OTHER_NAT);
        let mut agent = Phone::join(&studio, n + 1);
        new.ssrc = 1_000 + call;
        assert!(ports.contains(&new.room) && ports.contains(&agent.room), "the same ports again");
        bridge(&studio, new.leg, agent.leg);
        let mut say_on = |times: usize| {
            for _ in 0..times {
                old.say(false, 0, &[0x66; 160], 160);
            }
        };
        say_on(50);
        agent.say(true, 0, &[0x21; 160], 160);
        studio.settled();
        for _ in 0..20 {
            new.say(false, 0, &[0x12; 160], 160);
            say_on(2);
        }
        assert!(agent.hears(&[0x12; 160]), "the new telephone is found");
        say_on(20);
        agent.say(false, 0, &[0x22; 160], 160);
        assert!(new.hears(&[0x22; 160]));
        studio.settled();
        assert!(!heard(&agent).contains(&0x66), "the old call is heard in call {call}");
        studio.close(new.leg);
        studio.close(agent.leg);
    }
    let waiting = heard(&old);
    assert!(!waiting.contains(&0x21) && !waiting.contains(&0x22), "the old telephone hears the new calls");
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 0));
}
