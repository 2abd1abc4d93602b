//! RTP: packets into a call of four legs. Two of them hear each other, one of which speaks the other law; the others speak
//! G.722 and Opus, and hear nobody until they are told to: then there is a mix.

use super::media::{answer_offer, close, dry, leg, offer, phone};
use crate::script::Script;
use ringdesk_media::dry::{DryCall, Sent};
use ringdesk_voice::{MediaCommand, MediaEvent, PlayId};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// Steps of a story; more are not played.
const STEPS: usize = 200;
const LEGS: usize = 4;
/// Time that passes in a story, besides: a mix costs something every 20 ms of it.
const LASTS: Duration = Duration::from_secs(20);
/// What an ordinary packet of a leg is: payload type, ticks in 20 ms.
const ORDINARY: [(u8, u32); LEGS] = [(0, 160), (8, 160), (9, 160), (107, 960)];
/// The largest packet: an Opus frame and its header.
const LARGEST: usize = 1_500;

pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut room = Room::open();
    for _ in 0..STEPS {
        if script.is_empty() {
            break;
        }
        room.step(&mut script);
        room.look();
    }
    // A key that is still down is told of by time.
    room.dry.pass(Duration::from_secs(1));
    room.look();
    let goodbye = close(room.dry, LEGS);
    assert!(goodbye.iter().all(|sent| !sent.rtcp || sent.packet.len() >= 8));
}

/// A stream of RTP, and the numbers it had lately with their times.
type Stream = (Option<u32>, Vec<(u16, u32)>);

struct Room {
    dry: DryCall,
    /// By leg: what the next ordinary packet carries.
    next: [(u16, u32); LEGS],
    /// From where anything came, by line, and where the telephones said they are.
    heard: BTreeSet<(u32, SocketAddr)>,
    /// By line: its stream, and the numbers it had lately.
    sent: [Stream; LEGS],
    /// Whether somebody wants to know if they speak: now, and before the last step.
    attended: [(bool, bool); LEGS],
    packets: u64,
    digits: u64,
    passed: Duration,
}

impl Room {
    fn open() -> Room {
        let mut dry = dry(1);
        answer_offer(&mut dry, 1, offer(1, "0 101", ""));
        answer_offer(&mut dry, 2, offer(2, "8 101", ""));
        answer_offer(&mut dry, 3, offer(3, "9 101", "a=rtpmap:9 G722/8000\r\n"));
        answer_offer(&mut dry, 4, offer(4, "107 101", "a=rtpmap:107 opus/48000/2\r\n"));
        for (sink, source) in [(1, 2), (2, 1)] {
            dry.command(MediaCommand::Hear { leg: leg(sink), legs: vec![leg(source)] });
        }
        dry.events();
        let heard = (1..=LEGS as u8).map(|n| (u32::from(n), phone(n))).collect();
        let next = [(1, 160), (65_530, u32::MAX - 500), (7, 0), (40_000, u32::MAX - 2_000)];
        Room {
            dry,
            next,
            heard,
            sent: Default::default(),
            attended: Default::default(),
            packets: 0,
            digits: 0,
            passed: Duration::ZERO,
        }
    }

    fn step(&mut self, script: &mut Script) {
        let choice = script.byte();
        // The highest bit: of the two that are mixed, and what is done to those.
        let mixed = choice & 0x80 != 0;
        let line = 1 + u32::from(choice & 1) + 2 * u32::from(mixed);
        let n = line as u8;
        for (now, before) in &mut self.attended {
            *before = *now;
        }
        match choice >> 1 & 0x0f {
            // The next packet of an ordinary stream, a few at once, or one out of order.
            0..=4 => self.ordinary(n, script.byte()),
            6 if mixed => {
                let which = script.byte();
                let (of, on) = (which & 3, which & 4 != 0);
                self.attended[usize::from(of)].0 = on;
                self.dry.command(MediaCommand::Attend { leg: leg(of + 1), on });
            }
            5 | 6 => {
                let (seq, timestamp) = (script.number(), script.long());
                self.next[usize::from(n - 1)] = (seq, timestamp);
            }
            7 | 8 => self.key(n, script),
            9 | 10 => {
                let from = SocketAddr::from(([203, 0, 113, script.byte() % 4], 7_000));
                let length = usize::from(script.byte());
                self.datagram(line, from, script.take(length));
            }
            11 => {
                let length = usize::from(script.byte());
                self.datagram(line, phone(n), script.take(length));
            }
            12 => self.dry.play(leg(n), PlayId(u32::from(script.byte())), choice & 0x20 != 0),
            // Whoever is named; oneself, and somebody who is not there, among them.
            13 if mixed => {
                let (which, sink) = (script.byte(), script.byte());
                let legs = (1..=5).filter(|other| which >> other & 1 != 0).map(leg).collect();
                self.dry.command(MediaCommand::Hear { leg: leg(sink % 4 + 1), legs });
            }
            13 => {
                let source = 1 + script.byte() % 2;
                self.dry.command(MediaCommand::Hear { leg: leg(n), legs: vec![leg(source)] });
            }
            14 => {
                // Described anew: held, in another codec, without keys.
                let more = ["a=sendonly\r\n", "a=inactive\r\n", "a=sendrecv\r\n", "a=ptime:60\r\n"];
                let formats = match mixed {
                    false => ["0 101", "8 101", "8 0", "96 101\r\na=rtpmap:96 PCMA/8000"],
                    true => [
                        "9 101\r\na=rtpmap:9 G722/8000",
                        "107 101\r\na=rtpmap:107 opus/48000/2\r\na=fmtp:107 useinbandfec=1;maxplaybackrate=8000",
                        "107 100\r\na=rtpmap:107 opus/48000/2\r\na=rtpmap:100 telephone-event/48000\r\na=fmtp:107 stereo=1;cbr=1",
                        "0 9 107\r\na=rtpmap:107 opus/48000/2",
                    ],
                };
                let which = script.byte();
                let offer = offer(n, formats[usize::from(which >> 2 & 3)], more[usize::from(which & 3)]);
                answer_offer(&mut self.dry, n, offer);
            }
            15 if mixed => self.dry.command(MediaCommand::Echo { leg: leg(n) }),
            _ => {
                let play = PlayId(u32::from(script.byte()));
                self.dry.command(MediaCommand::StopPlay { leg: leg(n), play });
            }
        }
        if choice & 0x40 != 0 && self.passed < LASTS {
            let time = Duration::from_millis(u64::from(script.byte()) * 8);
            self.passed += time;
            self.dry.pass(time);
        }
    }

    fn ordinary(&mut self, n: u8, how: u8) {
        let (own, ticks) = ORDINARY[usize::from(n - 1)];
        let (seq, timestamp) = &mut self.next[usize::from(n - 1)];
        let (at, time) = match how & 7 {
            // Late, twice, or after a loss.
            5 => (seq.wrapping_sub(3), timestamp.wrapping_sub(3 * ticks)),
            6 => (seq.wrapping_sub(1), timestamp.wrapping_sub(ticks)),
            7 => (seq.wrapping_add(9), timestamp.wrapping_add(9 * ticks)),
            _ => (*seq, *timestamp),
        };
        if how & 7 < 5 {
            *seq = seq.wrapping_add(1);
            *timestamp = timestamp.wrapping_add(ticks);
        }
        let payload_type = [own, 8, 96, 13, 101, 0, own, 127][usize::from(how >> 3 & 7)];
        let mut packet = header(payload_type, how & 0x40 != 0, at, time, u32::from(n));
        match n {
            // Anything is Opus: the first byte says which, the rest is noise.
            4 => packet.extend((0..how >> 1).map(|k| how.wrapping_mul(k | 1).rotate_left(u32::from(k)))),
            // Loud and quiet, so that somebody speaks and stops.
            _ => packet.extend((0..160u8).map(|k| if how & 0x80 != 0 { how ^ (k & 0x8f) } else { how })),
        }
        self.datagram(u32::from(n), phone(n), &packet);
    }

    fn key(&mut self, n: u8, script: &mut Script) {
        let (seq, timestamp) = &mut self.next[usize::from(n - 1)];
        let (at, time) = (*seq, timestamp.wrapping_sub(u32::from(script.byte() & 3) * 160));
        *seq = seq.wrapping_add(1);
        let mut packet = header(101, script.byte() & 1 != 0, at, time, u32::from(n));
        packet.extend(script.take(4));
        self.datagram(u32::from(n), phone(n), &packet);
    }

    fn datagram(&mut self, line: u32, from: SocketAddr, bytes: &[u8]) {
        self.heard.insert((line, from));
        self.packets += 1;
        self.dry.rtp(line, from, bytes);
    }

    /// What left is RTP of one stream per line, to somebody who belongs to it, and every number once.
    fn look(&mut self) {
        for Sent { line, to, rtcp, packet } in self.dry.sent() {
            if rtcp {
                continue;
            }
            assert!(self.heard.contains(&(line, to)), "to {to}, of whom line {line} knows nothing");
            assert!((12..=LARGEST).contains(&packet.len()) && packet[0] == 0x80, "{packet:?}");
            let number = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
            let long = |at: usize| u32::from(number(at)) << 16 | u32::from(number(at + 2));
            let (stream, recent) = &mut self.sent[line as usize - 1];
            assert_eq!(*stream.get_or_insert(long(8)), long(8), "one SSRC from the first packet to the last");
            let place = (number(2), long(4));
            assert!(!recent.iter().any(|(seq, _)| *seq == place.0), "number {} twice", place.0);
            recent.push(place);
            if recent.len() > 64 {
                recent.remove(0);
            }
        }
        for event in self.dry.events() {
            match event {
                MediaEvent::Digit { duration, .. } => {
                    self.digits += 1;
                    assert!(duration <= Duration::from_secs(9), "{duration:?}");
                }
                MediaEvent::Talk { leg: of, .. } => {
                    let asked = (1..).zip(self.attended).any(|(n, (now, before))| of == leg(n) && (now || before));
                    assert!(asked, "nobody asked whether {of:?} speaks");
                }
                MediaEvent::Closed { .. } | MediaEvent::Refused { .. } => panic!("{event:?}"),
                _ => {}
            }
        }
        assert!(self.digits <= self.packets, "a key needs a packet");
    }
}

fn header(payload_type: u8, marker: bool, seq: u16, timestamp: u32, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, u8::from(marker) << 7 | payload_type];
    packet.extend(seq.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet
}
