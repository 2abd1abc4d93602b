//! Calls that nobody would make: whatever happens, a sink hears one stream.

use super::*;
use proptest::prelude::*;

/// One step of a call nobody would make.
#[derive(Clone, Debug)]
enum Step {
    /// Leg, how many numbers are lost before this packet.
    Sound(u8, u16),
    /// The packet before the last of a leg arrives after all.
    Late(u8),
    Again(u8),
    /// The leg begins another stream.
    NewStream(u8),
    Key(u8, bool),
    /// A packet of a key arrives after the sound that followed it.
    LateKey(u8),
    Hear(u8, u8),
    Play(u8),
    Stop(u8),
    Pass(u16),
}

fn step(keys: bool) -> impl Strategy<Value = Step> {
    let n = || 1u8..=3;
    prop_oneof![
        30 => (n(), prop_oneof![8 => Just(0u16), 1 => 1u16..5]).prop_map(|(n, lost)| Step::Sound(n, lost)),
        2 => n().prop_map(Step::Late),
        2 => n().prop_map(Step::Again),
        1 => n().prop_map(Step::NewStream),
        if keys { 6 } else { 0 } => (n(), any::<bool>()).prop_map(|(n, end)| Step::Key(n, end)),
        if keys { 1 } else { 0 } => n().prop_map(Step::LateKey),
        4 => (n(), n()).prop_map(|(a, b)| Step::Hear(a, b)),
        1 => n().prop_map(Step::Play),
        1 => n().prop_map(Step::Stop),
        8 => (0u16..60).prop_map(Step::Pass),
    ]
}

/// A leg's phone: its stream and where it is in it.
#[derive(Clone, Default)]
struct Phone {
    stream: u8,
    seq: u16,
    timestamp: u32,
    skipped: Option<(u16, u32)>,
    key: Option<(u32, u16)>,
    plays: u32,
}

impl Phone {
    fn header(&self, n: u8, seq: u16, timestamp: u32) -> Header {
        let ssrc = u32::from(n) << 8 | u32::from(self.stream);
        Header { marker: false, payload_type: 0, seq, timestamp, ssrc }
    }

    /// Sound that says where it comes from: leg, stream, number.
    fn sound(&self, n: u8, seq: u16) -> Vec<u8> {
        let mut payload = vec![0xff; 160];
        payload[..4].copy_from_slice(&[n, self.stream, (seq >> 8) as u8, seq as u8]);
        payload
    }
}

/// What a sink got, in order of arrival: number relative to the first, and by whom.
#[derive(Default)]
struct Got {
    /// (extended number, timestamp, key?, source tag, marker)
    packets: Vec<(i64, u32, bool, [u8; 4], bool)>,
    first: Option<(u16, i64)>,
}

fn check(steps: Vec<Step>, keys: bool) -> Result<(), TestCaseError> {
    let mut bench = Bench::with_legs(3);
    let mut phones = vec![Phone { seq: 65_500, timestamp: u32::MAX - 3000, ..Phone::default() }; 4];
    let mut hears = [0u8; 4];
    let mut playing = [0u32; 4];
    let mut got: Vec<Got> = (0..4).map(|_| Got::default()).collect();
    for step in steps {
        match step {
            Step::Sound(n, lost) => {
                let phone = &mut phones[usize::from(n)];
                if lost > 0 {
                    phone.skipped =
                        Some((phone.seq.wrapping_add(lost), phone.timestamp.wrapping_add(160 * u32::from(lost))));
                }
                phone.seq = phone.seq.wrapping_add(1 + lost);
                phone.timestamp = phone.timestamp.wrapping_add(160 * (1 + u32::from(lost)));
                let (header, payload) = (phone.header(n, phone.seq, phone.timestamp), phone.sound(n, phone.seq));
                bench.packet(n, header, &payload);
                // What comes in order is heard, by all who hear this leg and no prompt.
                for sink in 1..=3 {
                    let hears =
                        hears[usize::from(sink)] == n && bench.call.legs[usize::from(sink) - 1].player.is_none();
                    let line = bench.line(sink);
                    let heard = bench.wire.rtp.iter().filter(|(l, _, p)| *l == line && p[HEADER..] == payload).count();
                    prop_assert_eq!(heard, usize::from(hears), "leg {} by leg {}", n, sink);
                }
            }
            Step::Late(n) => {
                let phone = &mut phones[usize::from(n)];
                if let Some((seq, timestamp)) = phone.skipped.take() {
                    let (header, payload) = (phone.header(n, seq, timestamp), phone.sound(n, seq));
                    bench.packet(n, header, &payload);
                }
            }
            Step::Again(n) => {
                let phone = &phones[usize::from(n)];
                if phone.timestamp != 0 && phone.key.is_none() {
                    let (header, payload) = (phone.header(n, phone.seq, phone.timestamp), phone.sound(n, phone.seq));
                    bench.packet(n, header, &payload);
                }
            }
            Step::NewStream(n) => {
                let phone = &mut phones[usize::from(n)];
                let plays = phone.plays;
                let stream = phone.stream.wrapping_add(1);
                *phone = Phone { stream, seq: u16::from(stream) * 9000, timestamp: 77, plays, ..Phone::default() };
            }
            Step::Key(n, end) => {
                let phone = &mut phones[usize::from(n)];
                phone.seq = phone.seq.wrapping_add(1);
                phone.skipped = None;
                let (timestamp, duration) = phone.key.unwrap_or((phone.timestamp.wrapping_add(160), 0));
                phone.key = (!end).then_some((timestamp, duration + 160));
                phone.timestamp = phone.timestamp.wrapping_add(160);
                let header = Header { payload_type: 101, ..phone.header(n, phone.seq, timestamp) };
                bench.packet(n, header, &Event { code: 5, end, volume: 9, duration: duration + 160 }.write());
            }
            Step::LateKey(n) => {
                let phone = &mut phones[usize::from(n)];
                if let Some((seq, timestamp)) = phone.skipped.take() {
                    let header = Header { payload_type: 101, ..phone.header(n, seq, timestamp) };
                    bench.packet(n, header, &Event { code: 6, end: true, volume: 9, duration: 160 }.write());
                }
            }
            Step::Hear(sink, source) => {
                hears[usize::from(sink)] = source;
                bench.hear(sink, source);
            }
            Step::Play(n) => {
                let phone = &mut phones[usize::from(n)];
                phone.plays += 1;
                playing[usize::from(n)] = phone.plays;
                bench.play(n, phone.plays, 4000, false);
            }
            Step::Stop(n) => {
                let play = PlayId(playing[usize::from(n)]);
                bench.media(MediaCommand::StopPlay { leg: leg(n), play });
            }
            Step::Pass(ms) => bench.pass(Duration::from_millis(u64::from(ms))),
        }
        for n in 1..=3u8 {
            for (header, payload) in bench.sent(n) {
                let got = &mut got[usize::from(n)];
                let (last, extended) = *got.first.get_or_insert((header.seq, 0));
                let number = extended + i64::from(header.seq.wrapping_sub(last) as i16);
                if number > extended {
                    got.first = Some((header.seq, number));
                }
                let key = header.payload_type == 101;
                let tag: [u8; 4] =
                    if payload.len() == 160 && payload[4] == 0xff { payload[..4].try_into().unwrap() } else { [0; 4] };
                // Only who is heard now may be heard now; a prompt's sound has no tag.
                if tag[0] != 0 && !key {
                    prop_assert_eq!(tag[0], hears[usize::from(n)]);
                }
                got.packets.push((number, header.timestamp, key, tag, header.marker));
            }
        }
    }
    for got in got.iter_mut() {
        let arrived = got.packets.clone();
        got.packets.sort_by_key(|p| p.0);
        for pair in got.packets.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0, "a number twice: {:?}", pair);
        }
        let sound: Vec<_> = got.packets.iter().filter(|p| !p.2).collect();
        for pair in sound.windows(2) {
            prop_assert!((pair[1].1.wrapping_sub(pair[0].1) as i32) >= 0, "time falls: {:?}", pair);
            if keys {
                continue;
            }
            let (a, b) = (pair[0], pair[1]);
            let same = a.3[..2] == b.3[..2];
            let step = if same && a.3[0] != 0 && !b.4 {
                // The source's own gap, and no other.
                let number = |t: [u8; 4]| u16::from_be_bytes([t[2], t[3]]);
                i64::from(number(b.3).wrapping_sub(number(a.3)))
            } else {
                1
            };
            prop_assert_eq!(b.0 - a.0, step, "{:?} {:?}", a, b);
        }
        // After a switch nothing of before: the stretches of one source, told by the markers, do not interleave.
        let mut newest = i64::MIN;
        let mut switch = i64::MIN;
        for p in arrived {
            if p.4 && !p.2 {
                switch = p.0;
            }
            prop_assert!(p.0 >= switch, "older than the switch: {:?}", p);
            newest = newest.max(p.0);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sink_hears_one_stream_whatever_the_routes_do(steps in prop::collection::vec(step(false), 1..150)) {
        check(steps, false)?;
    }

    #[test]
    fn and_with_keys_in_between(steps in prop::collection::vec(step(true), 1..150)) {
        check(steps, true)?;
    }

    #[test]
    fn no_datagram_makes_a_call_fail(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..40)) {
        let mut bench = Bench::with_legs(2);
        bench.hear(2, 1);
        let line = bench.line(1);
        for mut bytes in datagrams {
            for first in [None, Some(0x80), Some(0xb3)] {
                if let (Some(first), Some(byte)) = (first, bytes.first_mut()) {
                    *byte = first;
                }
                bench.with(|call, around| call.rtp(line, phone(1), &mut bytes.clone(), around));
                bench.with(|call, around| call.rtcp(line, phone(1), &mut bytes.to_vec(), around));
            }
        }
        bench.pass(Duration::from_secs(6));
    }
}
