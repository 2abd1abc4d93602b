//! Speech through every codec and a bad network: what is heard against what a network without faults would have brought.

use super::*;
use crate::codec::OpusWish;
use crate::codec::encoder::Encoder;
use ringdesk_audio::level::rms;
use ringdesk_audio::tone::{measure, sine};

const T0: i64 = 1_790_000_000_000_000;

/// A second of tone, said in packets, each arriving as the closure tells: microseconds late, or not at all.
fn heard(codec: Codec, rate: u32, ms: u32, late: impl Fn(u32) -> Option<i64>) -> (Vec<i16>, u32) {
    let sound = sine(440.0, -12.0, rate, rate as usize * 4);
    let mut encoder = Encoder::new(codec, rate, OpusWish { fec: true, ..OpusWish::default() }).unwrap();
    encoder.expect_loss(0.05);
    let mut payload = [0; 1_500];
    let mut arrivals = Vec::new();
    for (n, packet) in sound.chunks_exact((rate * ms / 1_000) as usize).enumerate() {
        let length = encoder.encode(packet, &mut payload).unwrap();
        let n = n as u32;
        if let Some(late) = late(n) {
            let at = T0 + i64::from(n * ms) * 1_000 + late;
            arrivals.push((at, n * ms * (codec.clock() / 1_000), payload[..length].to_vec()));
        }
    }
    arrivals.sort();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut ear = Ear::new(codec, rate).unwrap();
    let (mut all, mut frame, mut concealed) = (Vec::new(), Vec::new(), 0);
    for tick in 0..200 {
        let now = T0 + tick * 20_000 + 3_000;
        while let Some((at, timestamp, payload)) = arrivals.next_if(|(at, ..)| *at <= now) {
            ear.put(1, timestamp, &payload, Timestamp(at));
        }
        let says = ear.frame(Timestamp(now), &mut frame);
        assert_eq!(frame.len(), rate as usize / 50);
        if says {
            all.extend_from_slice(&frame);
        }
        concealed += u32::from(ear.concealed);
    }
    (all, concealed)
}

#[test]
fn every_codec_and_packet_time_is_heard_whole() {
    for codec in Codec::ALL {
        for rate in [8_000, 16_000] {
            for ms in [10, 20, 40, 60] {
                let (sound, concealed) = heard(codec, rate, ms, |_| Some(0));
                assert!(sound.len() >= rate as usize * 38 / 10, "{codec:?} {rate} {ms}: {}", sound.len());
                assert!(concealed <= 3, "{codec:?} {rate} {ms}: {concealed}");
                let level = measure(&sound[rate as usize..rate as usize * 3], rate, 440.0);
                assert!((level + 12.0).abs() < 1.5, "{codec:?} {rate} {ms}: {level}");
            }
        }
    }
}

#[test]
fn loss_and_jitter_leave_the_tone_and_no_holes() {
    for codec in Codec::ALL {
        let (sound, concealed) = heard(codec, 8_000, 20, |n| (n % 20 != 7).then_some(i64::from(n * 7919 % 40) * 1_000));
        assert!(concealed >= 8, "{codec:?} {concealed}");
        let middle = &sound[8_000..28_000];
        assert!((measure(middle, 8_000, 440.0) + 12.0).abs() < 2.0, "{codec:?}");
        let quietest = middle.chunks(80).map(rms).fold(0.0, f32::min);
        // A tone is no voice: what Opus makes up for one is quieter, but not silence.
        let bound = if codec == Codec::Opus { -36.0 } else { -22.0 };
        assert!(quietest > bound, "{codec:?}: a hole of {quietest}");
    }
}

#[test]
fn who_stops_is_silent_and_who_announces_a_pause_is_heard_pausing() {
    let mut ear = Ear::new(Codec::Pcmu, 8_000).unwrap();
    let mut frame = Vec::new();
    let mut now = Timestamp(T0);
    let mut pass = |ear: &mut Ear, frames: u32, said: &mut dyn FnMut(&mut Ear, u32, Timestamp)| {
        let mut last = (false, 0.0);
        for n in 0..frames {
            said(ear, n, now);
            last = (ear.frame(now, &mut frame), rms(&frame));
            now.0 += 20_000;
        }
        last
    };
    assert!(!pass(&mut ear, 3, &mut |_, _, _| {}).0, "nobody has said anything");
    let voice: Vec<u8> = sine(300.0, -10.0, 8_000, 160).iter().map(|s| Codec::Pcmu.encode(*s)).collect();
    let (says, level) = pass(&mut ear, 50, &mut |ear, n, now| {
        ear.put(1, n * 160, &voice, now);
    });
    assert!(says && level > -12.0);
    // Comfort noise at −50 dBov, once; the jitter buffer is played first.
    let (says, level) = pass(&mut ear, 100, &mut |ear, n, now| {
        if n == 0 {
            ear.put_noise(1, 50 * 160, &[50], now);
        }
    });
    assert!(says && (level + 47.0).abs() < 3.0, "{level}");
    // The voice again, and then nothing.
    let (says, level) = pass(&mut ear, 50, &mut |ear, n, now| {
        ear.put(1, (150 + n) * 160, &voice, now);
    });
    assert!(says && level > -12.0);
    let (says, level) = pass(&mut ear, 60, &mut |_, _, _| {});
    assert!(!says && level < -100.0, "{level}");
}

#[test]
fn nothing_that_arrives_makes_it_fail() {
    for codec in Codec::ALL {
        let mut ear = Ear::new(codec, 16_000).unwrap();
        let (mut state, mut frame) = (9u32, Vec::new());
        for n in 0..3_000u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let payload: Vec<u8> = (0..(state >> 8) % 200).map(|i| (state >> (i % 24)) as u8).collect();
            let now = Timestamp(T0 + i64::from(n) * 20_000);
            let timestamp = if state % 17 == 0 { state } else { n * codec.clock() / 50 };
            match state % 5 {
                0 => ear.put_noise(1, timestamp, &payload, now),
                _ => ear.put(state >> 31, timestamp, &payload, now),
            };
            ear.frame(now, &mut frame);
            assert_eq!(frame.len(), 320);
            assert!(ear.sound.len() < 16_000 * 4, "{codec:?}: {}", ear.sound.len());
        }
    }
}
