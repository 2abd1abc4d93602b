//! Whatever is mixed and passed in turn, a sink hears one stream.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Sound(u8),
    Hear(u8, Vec<u8>),
    Play(u8),
    Key(u8, bool),
    Close(u8),
    Rejoin(u8, usize),
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 1u8..=4;
    prop_oneof![
        20 => n().prop_map(Step::Sound),
        4 => (n(), prop::collection::vec(n(), 0..4)).prop_map(|(n, of)| Step::Hear(n, of)),
        1 => n().prop_map(Step::Play),
        3 => (n(), any::<bool>()).prop_map(|(n, end)| Step::Key(n, end)),
        1 => n().prop_map(Step::Close),
        1 => (n(), 0usize..4).prop_map(|(n, codec)| Step::Rejoin(n, codec)),
        10 => (0u16..60).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever hears whom, in whichever codec: one stream, numbers up by one, time that never falls.
    #[test]
    fn a_sink_hears_one_stream_however_it_is_made(steps in prop::collection::vec(step(), 1..150)) {
        let mut bench = Bench::new();
        let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
        let mut parties: Vec<Party> =
            (1..=4).zip(codecs).map(|(n, codec)| Party::join(&mut bench, n, codec, "")).collect();
        let sound = sine(500.0, -12.0, RATE, 320);
        let mut last: [Option<(u16, u32)>; 5] = [None; 5];
        let mut keys: [Option<(u32, u16)>; 5] = [None; 5];
        for step in steps {
            match step {
                Step::Sound(n) if bench.call.by_id(leg(n)).is_some() => parties[usize::from(n) - 1].say(&mut bench, &sound),
                Step::Hear(n, of) => hear(&mut bench, n, &of),
                Step::Play(n) => bench.play(n, 1, 1_000, false),
                Step::Key(n, end) if bench.call.by_id(leg(n)).is_some() => {
                    let party = &mut parties[usize::from(n) - 1];
                    let (timestamp, duration) = keys[usize::from(n)].unwrap_or((party.timestamp, 0));
                    keys[usize::from(n)] = (!end).then_some((timestamp, duration.saturating_add(160)));
                    let event = Event { code: 5, end, volume: 9, duration: duration.saturating_add(160) };
                    let header = Header { marker: false, payload_type: 101, seq: party.seq, timestamp, ssrc: n.into() };
                    party.seq = party.seq.wrapping_add(1);
                    party.timestamp = party.timestamp.wrapping_add(party.codec.clock() / 50);
                    bench.packet(n, header, &event.write());
                }
                Step::Close(n) => {
                    if bench.call.by_id(leg(n)).is_some() {
                        bench.sent(n);
                    }
                    bench.media(MediaCommand::Close { leg: leg(n) });
                    last[usize::from(n)] = None;
                }
                Step::Rejoin(n, codec) => {
                    let party = Party::join(&mut bench, n, codecs[codec], "");
                    let before = &mut parties[usize::from(n) - 1];
                    let another_clock = before.codec.clock() != party.codec.clock();
                    *before = Party { seq: before.seq, timestamp: before.timestamp, ..party };
                    // Another codec, another clock: its time has nothing to do with that of before.
                    if let Some(last) = last[usize::from(n)].as_mut().filter(|_| another_clock) {
                        last.1 = bench.call.legs[bench.call.by_id(leg(n)).unwrap()].outflow.timestamp_at(bench.now);
                    }
                }
                Step::Pass(ms) => bench.pass(Duration::from_millis(ms.into())),
                _ => {}
            }
            for n in 1..=4u8 {
                if bench.call.by_id(leg(n)).is_none() {
                    continue;
                }
                for (header, _) in bench.sent(n) {
                    if let Some((seq, timestamp)) = last[usize::from(n)] {
                        // What is passed through keeps the gaps of its source: here those while it was not heard.
                        let mixed = bench.call.legs[bench.call.by_id(leg(n)).unwrap()].mixed;
                        let most = if mixed { 1 } else { 200 };
                        prop_assert!((1..=most).contains(&header.seq.wrapping_sub(seq)), "leg {}: {:?} {}", n, header, seq);
                        let step = header.timestamp.wrapping_sub(timestamp) as i32;
                        prop_assert!(step >= 0 || header.payload_type == 101, "leg {}: time fell by {}", n, step);
                    }
                    let time = match last[usize::from(n)] {
                        Some((_, before)) if header.payload_type == 101 => before,
                        _ => header.timestamp,
                    };
                    last[usize::from(n)] = Some((header.seq, time));
                }
            }
        }
        prop_assert_eq!(bench.figures.panics.get(), 0);
    }
}
