//! Q.24 by numbers: what a detector takes and what it leaves.

use super::*;
use crate::g711;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Two tones of any frequency, level and length, after `lead` samples of silence.
fn two(low: (f32, f32), high: (f32, f32), samples: usize, lead: usize) -> Vec<i16> {
    let mut line = vec![0; lead];
    let tones = mix(&[low.0], low.1, RATE, samples).into_iter().zip(mix(&[high.0], high.1, RATE, samples));
    line.extend(tones.map(|(a, b)| a + b));
    line.extend([0; 1_000]);
    line
}

fn keys(line: &[i16]) -> String {
    let mut detector = Detector::new();
    let mut pressed = String::new();
    let mut down = None;
    let heard: Vec<Heard> = line.chunks(160).flat_map(|frame| detector.hear(frame)).collect();
    for heard in heard.into_iter().chain(detector.finish()) {
        match heard {
            Heard::Pressed(key) => {
                assert_eq!(down, None, "pressed before the last was released");
                down = Some(key);
                pressed.push(key);
            }
            Heard::Released(key, _) => assert_eq!(down.take(), Some(key)),
        }
    }
    assert_eq!(down, None);
    pressed
}

/// Noise of the given RMS amplitude, the same each time.
fn noise(samples: usize, rms: f64) -> Vec<i16> {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    (0..samples)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let uniform = (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0;
            (uniform * rms * 3f64.sqrt()) as i16
        })
        .collect()
}

#[test]
fn every_key_at_every_level_through_both_laws() {
    let all = "123A456B789C*0#D";
    for dbfs in [-6.5, -10.0, -20.0, -28.0] {
        let line = dial(all, ms(50), ms(50), dbfs).unwrap();
        assert_eq!(keys(&line), all, "at {dbfs}");
        let ulaw: Vec<i16> = line.iter().map(|s| g711::ulaw_decode(g711::ulaw_encode(*s))).collect();
        assert_eq!(keys(&ulaw), all, "µ-law at {dbfs}");
        let alaw: Vec<i16> = line.iter().map(|s| g711::alaw_decode(g711::alaw_encode(*s))).collect();
        assert_eq!(keys(&alaw), all, "A-law at {dbfs}");
    }
    assert_eq!(keys(&dial("147", ms(100), ms(100), -55.0).unwrap()), "");
    assert_eq!(dial("12x", ms(50), ms(50), -10.0), None);
}

/// However the tone lies to the windows.
#[test]
fn forty_milliseconds_are_taken_and_twenty_three_are_not() {
    for lead in 0..110 {
        for key in ['1', '8', '#', 'D'] {
            let (low, high) = frequencies(key).unwrap();
            assert_eq!(keys(&two((low, -12.0), (high, -12.0), 320, lead)), key.to_string(), "40 ms after {lead}");
            assert_eq!(keys(&two((low, -12.0), (high, -12.0), 184, lead)), "", "23 ms after {lead}");
        }
    }
}

#[test]
fn a_short_break_is_bridged_and_a_pause_is_not() {
    for lead in 0..51 {
        let mut line = vec![0; lead];
        line.extend(mix(&[852.0, 1_336.0], -12.0, RATE, 1_600));
        line.extend([0; 600]);
        let mut broken = line.clone();
        broken[lead + 700..lead + 780].fill(0); // 10 ms
        assert_eq!(keys(&broken), "8", "break after {lead}");
        let mut paused = line;
        paused[lead + 700..lead + 1_020].fill(0); // 40 ms
        assert_eq!(keys(&paused), "88", "pause after {lead}");
    }
}

#[test]
fn frequencies_may_be_off_by_one_and_a_half_percent_but_not_by_three_and_a_half() {
    for key in "159D3*".chars() {
        let (low, high) = frequencies(key).unwrap();
        for (by_low, by_high) in [(1.015, 1.015), (0.985, 0.985), (1.015, 0.985), (0.985, 1.015)] {
            for lead in [0, 17, 34] {
                let line = two((low * by_low, -12.0), (high * by_high, -12.0), 400, lead);
                assert_eq!(keys(&line), key.to_string(), "{key} off by {by_low}, {by_high}");
            }
        }
        for (by_low, by_high) in [(1.035, 1.0), (0.965, 1.0), (1.0, 1.035), (1.0, 0.965), (1.035, 1.035)] {
            for lead in [0, 17, 34] {
                let line = two((low * by_low, -12.0), (high * by_high, -12.0), 800, lead);
                assert_eq!(keys(&line), "", "{key} off by {by_low}, {by_high}");
            }
        }
    }
}

#[test]
fn twist() {
    for key in "15D".chars() {
        let (low, high) = frequencies(key).unwrap();
        for (by, taken) in [(4.0, true), (0.0, true), (-8.0, true), (8.0, false), (-12.0, false)] {
            let heard = keys(&two((low, -16.0), (high, -16.0 + by), 480, 5));
            assert_eq!(!heard.is_empty(), taken, "{key} with the high tone {by} dB over the low one");
        }
    }
}

#[test]
fn one_tone_call_progress_and_noise_are_no_keys() {
    for hz in [350.0, 440.0, 697.0, 941.0, 1_209.0, 1_633.0, 2_100.0] {
        assert_eq!(keys(&mix(&[hz], -10.0, RATE, 8_000)), "", "{hz}");
    }
    assert_eq!(keys(&mix(&[350.0, 440.0], -13.0, RATE, 8_000)), "");
    assert_eq!(keys(&mix(&[480.0, 620.0], -13.0, RATE, 8_000)), "");
    assert_eq!(keys(&noise(80_000, 3_000.0)), "");
    // A voice has overtones: the tones of a key among them are not enough.
    assert_eq!(keys(&mix(&[697.0, 1_209.0, 348.5, 1_394.0], -16.0, RATE, 8_000)), "");
}

/// 15 dB of tone over the noise of the line.
#[test]
fn a_noisy_line() {
    let line = dial("0123456789", ms(60), ms(60), -15.0).unwrap();
    let amplitude = 32_767.0 * 10f64.powf(-15.0 / 20.0);
    let noise = noise(line.len(), amplitude * 10f64.powf(-15.0 / 20.0));
    let noisy: Vec<i16> = line.iter().zip(&noise).map(|(a, b)| a + b).collect();
    assert_eq!(keys(&noisy), "0123456789");
}

#[test]
fn the_duration_is_told() {
    for length in [60, 100, 250, 1_000] {
        let mut line = vec![0; 333];
        line.extend(generate('5', ms(length), -12.0).unwrap());
        line.extend([0; 800]);
        let heard = Detector::new().hear(&line);
        let [Heard::Pressed('5'), Heard::Released('5', told)] = heard[..] else { panic!("{heard:?}") };
        assert!(told.abs_diff(ms(length)) <= ms(12), "{length} ms told as {told:?}");
    }
}

#[test]
fn a_key_that_never_ends_is_reported_once() {
    let mut detector = Detector::new();
    let line = generate('7', ms(12_000), -12.0).unwrap();
    let heard = detector.hear(&line);
    let [Heard::Pressed('7'), Heard::Released('7', told)] = heard[..] else { panic!("{heard:?}") };
    assert!(told.abs_diff(LONGEST) < ms(20));
    assert_eq!(detector.hear(&[0; 1_600]), []);
    assert_eq!(detector.hear(&dial("3", ms(60), ms(60), -12.0).unwrap())[0], Heard::Pressed('3'));
    detector.hear(&generate('4', ms(100), -12.0).unwrap());
    assert!(matches!(detector.finish(), Some(Heard::Released('4', _))));
}

#[test]
fn two_keys_without_a_pause_are_two_keys() {
    let mut line = generate('1', ms(80), -12.0).unwrap();
    line.extend(generate('9', ms(80), -12.0).unwrap());
    line.extend([0; 800]);
    assert_eq!(keys(&line), "19");
}
