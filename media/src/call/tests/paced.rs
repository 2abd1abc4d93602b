//! Packets of every length, both ways over a mix; pauses in which comfort noise stands for sound (RFC 3389).

use super::mixed::{Party, RATE};
use super::*;
use crate::codec::Codec;
use crate::rtp::packet::COMFORT_NOISE;
use ringdesk_audio::level::rms;
use ringdesk_audio::tone::sine;

/// Rows: S4.4
#[test]
fn packets_of_every_length_both_ways() {
    const MS: usize = 1_200;
    for ms in [10, 20, 30, 40, 60] {
        let mut bench = Bench::new();
        let wish = format!("a=ptime:{ms}\r\n");
        let mut parties = [Party::join(&mut bench, 1, Codec::Pcmu, &wish), Party::join(&mut bench, 2, Codec::G722, "")];
        bench.hear(1, 2);
        bench.hear(2, 1);
        let tones = [600.0, 900.0].map(|hz| sine(hz, -16.0, RATE, RATE as usize / 1_000 * MS));
        for at in (0..MS).step_by(10) {
            for ((party, tone), length) in parties.iter_mut().zip(&tones).zip([ms, 20]) {
                if at % length == 0 {
                    party.say(&mut bench, &tone[at * 16..(at + length) * 16]);
                }
            }
            bench.pass(Duration::from_millis(10));
            parties.iter_mut().for_each(|p| p.hear(&mut bench));
        }
        parties[0].assert_continuous(ms as u32);
        parties[1].assert_continuous(20);
        for (party, hz) in parties.iter().zip([900.0, 600.0]) {
            assert!((party.level(hz) + 16.0).abs() < 3.5, "{ms} ms: {hz} at {}", party.level(hz));
        }
        assert_eq!(bench.figures.mixed_late.get(), 0, "{ms} ms");
    }
}

#[test]
fn a_pause_sounds_as_the_line_does_and_ends_when_somebody_speaks() {
    let mut bench = Bench::new();
    let mut parties = [Party::join(&mut bench, 1, Codec::Pcmu, ""), Party::join(&mut bench, 2, Codec::G722, "")];
    bench.hear(2, 1);
    let tone = sine(600.0, -16.0, RATE, RATE as usize / 2);
    let talks = |bench: &mut Bench, parties: &mut [Party; 2]| {
        for frame in tone.chunks_exact(320) {
            parties[0].say(bench, frame);
            bench.pass(Duration::from_millis(20));
            parties[1].hear(bench);
        }
    };
    talks(&mut bench, &mut parties);
    // Two seconds of nothing but, now and then, what it sounds like: -50 dBov.
    parties[1].heard.clear();
    for frame in 0..100 {
        let (header, _) = parties[0].packet(&[0; 320]);
        if frame % 20 == 0 {
            let header = Header { payload_type: COMFORT_NOISE, ..header };
            bench.packet(1, header, &[50]);
        } else {
            parties[0].unsay();
        }
        bench.pass(Duration::from_millis(20));
        parties[1].hear(&mut bench);
    }
    let pause = &parties[1].heard[parties[1].heard.len() / 2..];
    assert!(pause.len() > 8_000 && (-62.0..-42.0).contains(&rms(pause)), "{} samples at {}", pause.len(), rms(pause));
    parties[1].heard.clear();
    talks(&mut bench, &mut parties);
    assert!((parties[1].level(600.0) + 16.0).abs() < 3.5, "{}", parties[1].level(600.0));
    assert_eq!(bench.figures.dropped_payload_type.get(), 0);
}
