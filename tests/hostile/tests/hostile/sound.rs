//! Packets into a running call that are no packets: the call goes on, nothing is believed that was not said.

use crate::studio::{BOUND, LOCAL, Studio, leg};
use ringdesk_model::Ids;
use ringdesk_voice::{Digit, DigitSource, LegId, MediaCommand, MediaEvent};
use std::net::{IpAddr, SocketAddr, UdpSocket};

const EVENTS: u8 = 101;

/// A telephone in a call.
pub(crate) struct Phone {
    pub(crate) leg: LegId,
    pub(crate) rtp: UdpSocket,
    rtcp: UdpSocket,
    /// Where the room hears it.
    pub(crate) room: SocketAddr,
    pub(crate) ssrc: u32,
    seq: u16,
    timestamp: u32,
}

impl Phone {
    pub(crate) fn join(studio: &Studio, n: u128) -> Phone {
        Phone::join_from(studio, n, LOCAL)
    }

    /// The same behind a NAT: it describes an address of its own, and its packets come from this one.
    pub(crate) fn join_from(studio: &Studio, n: u128, seen_at: IpAddr) -> Phone {
        let bind = || UdpSocket::bind((seen_at, 0)).unwrap();
        let (rtp, rtcp) = (bind(), bind());
        rtp.set_read_timeout(Some(BOUND)).unwrap();
        let (mut port, control) = (rtp.local_addr().unwrap().port(), rtcp.local_addr().unwrap().port());
        if seen_at != LOCAL {
            // Nobody sends from there.
            port = 9;
        }
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 {EVENTS}\r\n\
             a=rtpmap:{EVENTS} telephone-event/8000\r\na=rtcp:{control}\r\n"
        );
        let answer = studio.answer(leg(n), offer.as_bytes()).expect("an answer");
        let port = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let room = SocketAddr::new(LOCAL, port);
        Phone { leg: leg(n), rtp, rtcp, room, ssrc: 7, seq: 100, timestamp: 16_000 }
    }

    pub(crate) fn control(&self) -> SocketAddr {
        SocketAddr::new(LOCAL, self.room.port() + 1)
    }

    pub(crate) fn say(&mut self, marker: bool, payload_type: u8, payload: &[u8], step: u32) {
        let mut packet = vec![0x80, u8::from(marker) << 7 | payload_type];
        packet.extend(self.seq.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(payload);
        self.rtp.send_to(&packet, self.room).unwrap();
        self.seq = self.seq.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(step);
    }

    /// Press and release a key, its end three times (RFC 4733 §2.5.1.4).
    fn press(&mut self, code: u8) {
        for duration in [160u16, 320, 480] {
            let [high, low] = duration.to_be_bytes();
            self.say(duration == 160, EVENTS, &[code, 10, high, low], 0);
        }
        for _ in 0..3 {
            self.say(false, EVENTS, &[code, 0x8a, 1, 0xe0], 0);
        }
        self.timestamp = self.timestamp.wrapping_add(480);
    }

    /// Wait for a packet with this payload; others are passed over.
    pub(crate) fn hears(&self, payload: &[u8]) -> bool {
        let mut buffer = [0; 2_000];
        while let Ok((length, from)) = self.rtp.recv_from(&mut buffer) {
            assert_eq!((from, buffer[0] & 0xc0), (self.room, 0x80), "the room sends RTP and nothing else");
            if buffer.get(12..length).is_some_and(|heard| heard == payload) {
                return true;
            }
        }
        false
    }
}

/// Every kind of packet that is wrong in one way, and noise.
fn garbage(noise: &mut Ids, n: usize) -> Vec<u8> {
    let mut random = |length: usize| -> Vec<u8> {
        (0..length.div_ceil(8)).flat_map(|_| noise.bits().to_be_bytes()).take(length).collect()
    };
    let header = |first: u8, second: u8, rest: Vec<u8>| [vec![first, second], rest].concat();
    match n % 14 {
        0 => random(n % 1_800),
        // Too short, of another version, or nothing.
        1 => header(0x80, 0, random(n % 10)),
        2 => header((n as u8) & 0x3f, 0, random(170)),
        3 => Vec::new(),
        // CSRCs, extension and padding beyond the end.
        4 => header(0x8f, 0, random(n % 60)),
        5 => header(0x90, 0, [random(10), vec![0xbe, 0xde, 0xff, 0xff], random(20)].concat()),
        6 => header(0xa0, 0, [random(40), vec![[0, 255, 200, 53][n / 14 % 4]]].concat()),
        // A stream of another source, and payload types nobody agreed on.
        7 => header(0x80, 0, random(170)),
        8 => header(0x80, 0x80 | (n as u8), random(170)),
        // Telephone events without their payload, of events that are no keys, and of no length at all.
        9 => header(0x80, EVENTS, random(10 + n / 14 % 4)),
        10 => header(0x80, 0x80 | EVENTS, [random(10), vec![16 + (n / 14 % 240) as u8, 0x8a, 0xff, 0xff]].concat()),
        // RTCP whose lengths lie.
        11 => header(0x81, 200 + (n / 14 % 5) as u8, [vec![0xff, 0xff], random(n % 90)].concat()),
        12 => header(0x9f, 201, [vec![0, 1], random(4)].concat()),
        _ => header(0xa1, 203, [vec![0, 0], random(n % 3)].concat()),
    }
}

/// Rows: V3
#[test]
fn garbage_into_a_running_call() {
    let studio = Studio::open();
    let (mut caller, agent) = (Phone::join(&studio, 1), Phone::join(&studio, 2));
    studio.ask(MediaCommand::Hear { leg: agent.leg, legs: vec![caller.leg] });
    studio.ask(MediaCommand::Hear { leg: caller.leg, legs: vec![agent.leg] });
    studio.settled();
    caller.say(true, 0, &[0x11; 160], 160);
    assert!(agent.hears(&[0x11; 160]), "the call is up");
    let stranger = UdpSocket::bind(("127.0.0.66", 0)).unwrap();
    let mut noise = Ids::seeded(4);
    for round in 0..200usize {
        for n in round * 28..(round + 1) * 28 {
            let packet = garbage(&mut noise, n);
            // From the telephone's own sockets and from somebody who guessed the ports, to both ports.
            for (socket, to) in [
                (&caller.rtp, caller.room),
                (&caller.rtcp, caller.control()),
                (&stranger, caller.room),
                (&stranger, agent.room),
                (&stranger, agent.control()),
            ] {
                socket.send_to(&packet, to).unwrap();
            }
        }
        // The call is used all the while. Its own packets come right after a stream of random numbers from the same
        // address, so the first few may be taken for the odd ones (RFC 3550 A.1).
        let mark = [round as u8; 160];
        agent.rtp.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
        let heard = (0..100).any(|_| {
            caller.say(false, 0, &mark, 160);
            agent.hears(&mark)
        });
        assert!(heard, "the agent hears nobody after round {round}");
    }
    let digits =
        |events: &[MediaEvent]| events.iter().filter(|event| matches!(event, MediaEvent::Digit { .. })).count();
    let before = studio.settled();
    assert_eq!(digits(&before), 0, "no key was pressed: {before:?}");
    assert!(!before.iter().any(|event| matches!(event, MediaEvent::Closed { .. })), "{before:?}");
    caller.press(5);
    let (of, digit, source) = studio.wait(|event| match event {
        MediaEvent::Digit { leg, digit, source, .. } => Some((leg, digit, source)),
        _ => None,
    });
    assert_eq!((of, digit, source), (caller.leg, Digit::from_event(5).unwrap(), DigitSource::Rtp));
    caller.say(false, 0, &[0x77; 160], 160);
    agent.rtp.set_read_timeout(Some(BOUND)).unwrap();
    assert!(agent.hears(&[0x77; 160]));
    assert_eq!(digits(&studio.settled()), 0, "the key was pressed once");
    for figure in
        ["dropped_malformed", "dropped_source", "dropped_payload_type", "rtcp_malformed", "rtcp_dropped_source"]
    {
        assert!(studio.figure(figure) > 100, "{figure}: {}", studio.figure(figure));
    }
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 2));
    studio.close(caller.leg);
    studio.close(agent.leg);
}
