//! Real speech, hold music and the tones of the world, cut into utterances.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::vad::{Cut, Ignored, Segmenter, Settings, Utterance};
use ringdesk_audio::tone::{self, Country, Progress};
use ringdesk_audio::{g711, music, resample::resample};
use std::path::{Path, PathBuf};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn speech(file: &str) -> Vec<i16> {
    let mut wav = hound::WavReader::open(data().join(file)).unwrap();
    assert_eq!(wav.spec().sample_rate, 16_000);
    wav.samples::<i16>().map(Result::unwrap).collect()
}

fn all() -> Vec<String> {
    let mut found = Vec::new();
    for dir in ["en", "zh"] {
        for entry in std::fs::read_dir(data().join(dir)).unwrap() {
            found.push(format!("{dir}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    found.sort();
    assert!(found.len() >= 17);
    found
}

/// As a telephone carries it.
fn telephone(sound: &[i16]) -> Vec<i16> {
    resample(sound, 16_000, 8_000).iter().map(|s| g711::alaw_decode(g711::alaw_encode(*s))).collect()
}

/// In packets of 20 ms, from `at_ms` on.
fn feed(segmenter: &mut Segmenter, rate: u32, at_ms: u64, sound: &[i16]) -> Vec<Cut> {
    let packet = rate as usize / 50;
    sound.chunks(packet).enumerate().flat_map(|(n, p)| segmenter.hear(at_ms + n as u64 * 20, p)).collect()
}

fn cut(rate: u32, at_ms: u64, sound: &[i16]) -> Vec<Cut> {
    let mut segmenter = Segmenter::new(Settings::default(), rate).unwrap();
    let mut cuts = feed(&mut segmenter, rate, at_ms, sound);
    cuts.extend(segmenter.finish());
    cuts
}

fn said(cuts: Vec<Cut>) -> Vec<Utterance> {
    cuts.into_iter().filter_map(|c| if let Cut::Said(u) = c { Some(u) } else { None }).collect()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

/// Rows: V4
#[test]
fn every_speaker_is_heard_at_both_rates_and_nearly_whole() {
    for file in all() {
        let wide = speech(&file);
        let narrow = telephone(&wide);
        let ms = wide.len() as u64 / 16;
        for (rate, sound) in [(16_000, &wide), (8_000, &narrow)] {
            let said = said(cut(rate, 5_000, sound));
            assert!(!said.is_empty(), "{file} at {rate}: nothing heard");
            let heard: u64 = said.iter().map(|u| u.clip.ms()).sum();
            // Some of these clips begin and end with silence, and the digits have long pauses.
            assert!(heard * 2 > ms, "{file} at {rate}: {heard} of {ms} ms");
            for pair in said.windows(2) {
                assert!(pair[0].end_ms <= pair[1].start_ms, "{file}: {pair:?}");
            }
            for u in &said {
                assert!(u.start_ms >= 4_990 && u.end_ms <= 5_000 + ms + 40, "{file} at {rate}: {u:?} of {ms} ms");
                assert_eq!(u.end_ms - u.start_ms, u.clip.ms(), "{file}: {u:?}");
                assert_eq!(u.narrow, rate == 8_000);
                assert!(u.spoken_ms <= u.clip.ms());
            }
        }
    }
}

/// The sound of an utterance is that of the track at that time, to 1 ms: seek to a word and hear it.
#[test]
fn an_utterance_lies_where_it_was_said() {
    let mut sound = silence(2_000);
    sound.extend(telephone(&speech("en/librivox-0930.wav")));
    sound.extend(silence(2_000));
    let u = said(cut(8_000, 1_000, &sound)).remove(0);
    let whole = resample(&sound, 8_000, 16_000);
    let clip = u.clip.samples();
    let energy: f64 = clip.iter().map(|s| f64::from(*s).powi(2)).sum();
    let likeness = |at: usize| -> f64 {
        let other = &whole[at..at + clip.len()];
        let product: f64 = clip.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        product / (energy * other.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>()).sqrt()
    };
    let at = (u.start_ms - 1_000) as usize * 16;
    let best = (at - 320..at + 320).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
    assert!(best.abs_diff(at) <= 16, "it is {} samples off", best as i64 - at as i64);
    assert!(likeness(best) > 0.999);
}

/// After a mask, a mute, or a phone that sends nothing while nobody speaks.
///
/// Rows: V4
#[test]
fn the_first_word_after_digital_silence_is_heard() {
    for (file, begins) in [("en/sb-spk2_snt4.wav", 20), ("en/sb-spk1_snt5.wav", 233), ("en/cards-002.wav", 21)] {
        for lead in [300, 1_000, 5_000] {
            let mut sound = silence(lead);
            sound.extend(telephone(&speech(file)));
            sound.extend(silence(1_000));
            let from = said(cut(8_000, 0, &sound)).remove(0).start_ms;
            assert!(from <= lead as u64 + begins + 100, "{file} after {lead} ms: heard from {from} on");
        }
    }
}

/// Rows: V4
#[test]
fn music_tones_and_noise_are_no_speech() {
    let mut seed = 1u32;
    let mut noise = |amplitude: f32| -> Vec<i16> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f32::from((seed >> 16) as i16) * amplitude) as i16
        };
        (0..80_000).map(|_| next()).collect()
    };
    let mut sounds = vec![
        ("silence".to_string(), silence(10_000)),
        ("noise at -50".to_string(), noise(0.003)),
        ("noise at -20".to_string(), noise(0.1)),
        ("hold music".to_string(), telephone(&resample(music::hold().samples(), 8_000, 16_000))),
    ];
    for country in [Country::Cn, Country::De, Country::Uk, Country::Us] {
        for progress in [Progress::Dial, Progress::Ringback, Progress::Busy, Progress::Congestion] {
            for level in [-10.0, -20.0] {
                let tone = tone::progress(country, progress, level).samples().repeat(4);
                sounds.push((format!("{country:?} {progress:?} at {level}"), tone));
            }
        }
    }
    for (name, sound) in sounds {
        let said = said(cut(8_000, 0, &sound));
        assert!(said.is_empty(), "{name}: {said:?}");
    }
    let cuts = cut(8_000, 0, music::hold().samples());
    assert!(cuts.iter().any(|c| matches!(c, Cut::Ignored { why: Ignored::Steady, .. })), "{cuts:?}");
}

/// Rows: V4
#[test]
fn who_answers_right_after_the_ringing_is_heard_from_the_first_word() {
    for pause in [100, 500, 1_500] {
        let mut sound = tone::progress(Country::Us, Progress::Ringback, -15.0).samples()[..16_000].to_vec();
        sound.extend(silence(pause));
        let begins = sound.len() as u64 / 8;
        sound.extend(telephone(&speech("en/sb-spk1_snt1.wav")));
        sound.extend(silence(1_000));
        let said = said(cut(8_000, 0, &sound));
        assert_eq!(said.len(), 1, "{pause}: {said:?}");
        // In this clip the first word begins at 30 ms.
        assert!(said[0].start_ms <= begins + 60, "{pause}: {} for {begins}", said[0].start_ms);
    }
}

#[test]
fn music_after_speech_ends_the_utterance() {
    let mut sound = telephone(&speech("en/sb-spk2_snt4.wav"));
    let words = sound.len() as u64 / 8;
    sound.extend_from_slice(music::hold().samples());
    let said = said(cut(8_000, 0, &sound));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].end_ms < words + 700, "{said:?}");
}

#[test]
fn pauses_end_an_utterance_and_short_ones_do_not() {
    let word = telephone(&speech("en/sb-spk2_snt2.wav"));
    for (pause, utterances) in [(100, 1), (1_200, 2)] {
        let mut sound = word.clone();
        sound.extend(silence(pause));
        sound.extend_from_slice(&word);
        sound.extend(silence(1_000));
        assert_eq!(said(cut(8_000, 0, &sound)).len(), utterances, "{pause}");
    }
}

/// Nothing is lost at a forced cut, and no clip is longer than an engine takes.
#[test]
fn who_does_not_stop_is_cut_without_loss() {
    let word = telephone(&speech("en/lj001-0005.wav"));
    let sound: Vec<i16> = (0..5).flat_map(|_| word[800..word.len() - 2_400].to_vec()).collect();
    let said = said(cut(8_000, 0, &sound));
    let unfinished: Vec<_> = said.windows(2).filter(|p| p[0].unfinished).collect();
    assert!(!unfinished.is_empty(), "{said:?}");
    for pair in unfinished {
        assert_eq!(pair[0].end_ms, pair[1].start_ms);
        assert!(pair[0].clip.ms() <= 15_000);
    }
}

#[test]
fn the_clock_of_the_call_rules_over_gaps_and_repeats() {
    let word = telephone(&speech("en/sb-spk2_snt4.wav"));
    let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
    let mut cuts = feed(&mut segmenter, 8_000, 1_000, &word);
    // The same again: late duplicates.
    assert_eq!(feed(&mut segmenter, 8_000, 1_000, &word[..4_000]), []);
    // A minute of nothing ends the utterance at once.
    cuts.extend(feed(&mut segmenter, 8_000, 61_000, &word));
    cuts.extend(segmenter.finish());
    let said = said(cuts);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].end_ms < 3_400 && said[1].start_ms >= 60_990, "{said:?}");
    // 300 ms of lost packets are silence, not an end, and times stay true behind them.
    let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
    let mut cuts = feed(&mut segmenter, 8_000, 0, &word[..8_000]);
    cuts.extend(feed(&mut segmenter, 8_000, 1_300, &word[10_400..]));
    cuts.extend(segmenter.finish());
    let ends = word.len() as u64 / 8;
    let whole = self::said(cuts);
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert!(whole[0].end_ms <= ends + 40 && whole[0].end_ms + 400 > ends, "{whole:?} of {ends}");
}

/// Rows: V11
#[test]
fn what_is_masked_is_never_in_an_utterance() {
    let word = telephone(&speech("en/vosk-digits.wav"));
    let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
    let mut cuts = feed(&mut segmenter, 8_000, 0, &word[..16_000]);
    cuts.extend(segmenter.set_deaf(true));
    cuts.extend(feed(&mut segmenter, 8_000, 2_000, &word[16_000..40_000]));
    cuts.extend(segmenter.set_deaf(false));
    cuts.extend(feed(&mut segmenter, 8_000, 5_000, &word[40_000..]));
    cuts.extend(segmenter.finish());
    let said = said(cuts);
    assert!(said.iter().any(|u| u.start_ms < 2_000) && said.iter().any(|u| u.end_ms > 5_000), "{said:?}");
    for u in said {
        for (n, sample) in u.clip.samples().iter().enumerate() {
            let at = u.start_ms + n as u64 / 16;
            assert!(!(2_020..4_980).contains(&at) || sample.abs() < 8, "{sample} at {at}");
        }
    }
}

#[test]
fn any_time_and_any_size_survive() {
    let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
    for at in [u64::MAX, 0, u64::MAX / 2, 5, 1_000] {
        segmenter.hear(at, &[]);
        segmenter.hear(at, &[i16::MIN; 3]);
        segmenter.hear(at, &[i16::MAX; 50_000]);
    }
    segmenter.finish();
    assert!(Segmenter::new(Settings::default(), 44_100).is_none());
}

/// Rows: V4
#[test]
fn an_utterance_is_ready_well_within_a_second_of_its_last_word() {
    for file in ["en/sb-spk1_snt1.wav", "zh/aishell-BAC009S0724W0121.wav"] {
        let mut sound = telephone(&speech(file));
        sound.extend(silence(2_000));
        let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
        let ready = sound.chunks(160).enumerate().find_map(|(n, packet)| {
            let now = n as u64 * 20 + 20;
            said(segmenter.hear(n as u64 * 20, packet)).pop().map(|u| (now, u.end_ms))
        });
        // The end of an utterance lies its tail behind the last voice.
        let (now, end) = ready.expect("somebody spoke");
        assert!(now - (end - Settings::default().tail_ms) <= 700, "{file}: at {now}, over at {end}");
    }
}

#[test]
fn packets_of_any_size_give_the_same_utterances() {
    let mut sound = telephone(&speech("en/librivox-0930.wav"));
    sound.extend(silence(900));
    sound.extend(telephone(&speech("en/sb-spk2_snt2.wav")));
    let whole = said(cut(8_000, 0, &sound));
    assert_eq!(whole.len(), 2);
    for size in [37, 80, 800, 4_001] {
        let mut segmenter = Segmenter::new(Settings::default(), 8_000).unwrap();
        let mut cuts = Vec::new();
        let mut at = 0;
        for piece in sound.chunks(size) {
            cuts.extend(segmenter.hear(at / 8, piece));
            at += piece.len() as u64;
        }
        cuts.extend(segmenter.finish());
        assert_eq!(said(cuts), whole, "{size}");
    }
}
