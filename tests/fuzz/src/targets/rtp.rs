//! RTP: packets into a call of two legs that hear each other, one of which speaks the other codec.

use super::media::{answer_offer, close, dry, leg, offer, phone};
use crate::script::Script;
use ringdesk_media::dry::{DryCall, Sent};
use ringdesk_voice::{MediaCommand, MediaEvent, PlayId};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// Steps of a story; more are not played.
const STEPS: usize = 200;

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
    let goodbye = close(room.dry, 2);
    assert!(goodbye.iter().all(|sent| !sent.rtcp || sent.packet.len() >= 8));
}

/// A stream of RTP, and the numbers it had lately with their times.
type Stream = (Option<u32>, Vec<(u16, u32)>);

struct Room {
    dry: DryCall,
    /// By leg: what the next ordinary packet carries.
    next: [(u16, u32); 2],
    /// From where anything came, by line, and where the telephones said they are.
    heard: BTreeSet<(u32, SocketAddr)>,
    /// By line: its stream, and the numbers it had lately.
    sent: [Stream; 2],
    packets: u64,
    digits: u64,
}

impl Room {
    fn open() -> Room {
        let mut dry = dry(1);
        answer_offer(&mut dry, 1, offer(1, "0 101", ""));
        answer_offer(&mut dry, 2, offer(2, "8 101", ""));
        for (sink, source) in [(1, 2), (2, 1)] {
            dry.command(MediaCommand::Hear { leg: leg(sink), legs: vec![leg(source)] });
        }
        dry.events();
        let heard = BTreeSet::from([(1, phone(1)), (2, phone(2))]);
        Room { dry, next: [(1, 160), (65_530, u32::MAX - 500)], heard, sent: Default::default(), packets: 0, digits: 0 }
    }

    fn step(&mut self, script: &mut Script) {
        let choice = script.byte();
        let line = 1 + u32::from(choice & 1);
        let n = line as u8;
        match choice >> 1 & 0x0f {
            // The next packet of an ordinary stream, a few at once, or one out of order.
            0..=4 => self.ordinary(n, script.byte()),
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
            13 => {
                let source = 1 + script.byte() % 2;
                self.dry.command(MediaCommand::Hear { leg: leg(n), legs: vec![leg(source)] });
            }
            14 => {
                // Described anew: held, in another codec, without keys.
                let more = ["a=sendonly\r\n", "a=inactive\r\n", "a=sendrecv\r\n", "a=ptime:60\r\n"];
                let formats = ["0 101", "8 101", "8 0", "96 101\r\na=rtpmap:96 PCMA/8000"];
                let which = script.byte();
                let offer = offer(n, formats[usize::from(which >> 2 & 3)], more[usize::from(which & 3)]);
                answer_offer(&mut self.dry, n, offer);
            }
            _ => {
                let play = PlayId(u32::from(script.byte()));
                self.dry.command(MediaCommand::StopPlay { leg: leg(n), play });
            }
        }
        if choice & 0x40 != 0 {
            self.dry.pass(Duration::from_millis(u64::from(script.byte()) * 8));
        }
    }

    fn ordinary(&mut self, n: u8, how: u8) {
        let (seq, timestamp) = &mut self.next[usize::from(n - 1)];
        let (at, time) = match how & 7 {
            // Late, twice, or after a loss.
            5 => (seq.wrapping_sub(3), timestamp.wrapping_sub(480)),
            6 => (seq.wrapping_sub(1), timestamp.wrapping_sub(160)),
            7 => (seq.wrapping_add(9), timestamp.wrapping_add(9 * 160)),
            _ => (*seq, *timestamp),
        };
        if how & 7 < 5 {
            *seq = seq.wrapping_add(1);
            *timestamp = timestamp.wrapping_add(160);
        }
        let payload_type = [0, 8, 96, 13, 101, 0, 8, 127][usize::from(how >> 3 & 7)];
        let mut packet = header(payload_type, how & 0x40 != 0, at, time, u32::from(n));
        packet.extend([how; 160]);
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
            assert!(packet.len() >= 12 && packet[0] == 0x80, "{packet:?}");
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
