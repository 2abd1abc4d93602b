//! Whole recordings of two parties, heard again.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::engines::{Line, ScriptedConfig};
use ringdesk_asr::score::Score;
use ringdesk_asr::{EngineConfig, NotHeard, Recogniser, RecogniserConfig, TrackSound, second_pass, wav};
use ringdesk_audio::tone::{self, Country, Progress};
use ringdesk_audio::{g711, music, resample::resample};
use ringdesk_model::Language::{self, En, ZhCn};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)
}

fn telephone(file: &str) -> Vec<i16> {
    let wide = wav::read(&data(file)).unwrap();
    resample(wide.samples(), 16_000, 8_000).iter().map(|s| g711::ulaw_decode(g711::ulaw_encode(*s))).collect()
}

/// A track of a minute with these sounds at these seconds, in blocks of a second.
fn track(speaker: &'static str, language: Language, sounds: &[(usize, Vec<i16>)]) -> TrackSound<&'static str> {
    let mut all = vec![0; 60 * 8_000];
    for (at, sound) in sounds {
        all[at * 8_000..][..sound.len()].copy_from_slice(sound);
    }
    let blocks = (0..60).map(move |n| (n * 1_000, all[n as usize * 8_000..][..8_000].to_vec()));
    TrackSound { speaker, language, rate: 8_000, blocks: Box::new(blocks) }
}

fn recogniser(engine: EngineConfig) -> Recogniser {
    let mut config = RecogniserConfig::new(env!("CARGO_BIN_EXE_bench-asr").into(), vec![engine]);
    // The worker lets others go first; on a busy machine these are many.
    config.second_deadline = Duration::from_secs(600);
    Recogniser::start(config)
}

fn script(files: &[(&str, &str)]) -> EngineConfig {
    let line = |(file, text): &(&str, &str)| Line { sound: Some(data(file)), ..Line::new(text) };
    let lines = files.iter().map(line).collect();
    EngineConfig::Scripted(ScriptedConfig { name: "script".into(), languages: vec![En, ZhCn], lines, file: None })
}

/// Rows: V4, V8
#[tokio::test]
async fn both_tracks_become_one_conversation_in_order() {
    let said = [
        ("en/sb-spk1_snt5.wav", "Sunday is the best part of the week"),
        ("en/sb-spk2_snt2.wav", "What joy there is in living"),
        ("en/sb-spk2_snt4.wav", "Mend the coat before you go out"),
        ("zh/aishell-BAC009S0724W0121.wav", "广州市房地产中介协会分析"),
    ];
    let ringing = tone::progress(Country::Us, Progress::Ringback, -15.0).samples()[..16_000].to_vec();
    let music = music::hold().samples()[..12 * 8_000].to_vec();
    let caller = [(1, ringing), (5, telephone(said[0].0)), (20, music), (40, telephone(said[2].0))];
    let agent = [(10, telephone(said[1].0)), (50, telephone(said[3].0))];
    let recogniser = recogniser(script(&said));
    let tracks = vec![track("agent", ZhCn, &agent), track("caller", En, &caller)];
    let whole = second_pass(&recogniser, tracks, &[]).await.unwrap();
    let heard: Vec<(&str, &str, u64)> = whole
        .spoken
        .iter()
        .map(|s| (s.speaker, s.segment.text.reveal().as_str(), (s.segment.start_ms + 300) / 1_000))
        .collect();
    let wanted =
        [("caller", said[0].1, 5), ("agent", said[1].1, 10), ("caller", said[2].1, 40), ("agent", said[3].1, 50)];
    assert_eq!(heard, wanted);
    assert_eq!((whole.holes, whole.engines), (vec![], vec![("script".into(), "script".into())]));
    // Words too: the last of a sentence lies where it was said.
    let last = whole.spoken[2].segment.words.last().unwrap();
    assert_eq!(last.text.reveal(), "out");
    assert!((41_000..42_200).contains(&last.start_ms), "{last:?}");
}

#[tokio::test]
async fn no_engine_is_no_transcript_and_silence_is_an_empty_one() {
    let absent = serde_json::json!({"kind": "whisper", "model": "none.bin"});
    let recogniser = recogniser(serde_json::from_value(absent).unwrap());
    let speech = telephone("en/sb-spk2_snt2.wav");
    let none = second_pass(&recogniser, vec![track("caller", En, &[(1, speech)])], &[]).await;
    assert!(matches!(none, Err(NotHeard::NoEngine { language: En, .. })), "{none:?}");
    let silent = second_pass(&recogniser, vec![track("caller", En, &[])], &[]).await.unwrap();
    assert_eq!(silent.spoken, []);
}

/// One utterance that nobody understands is a hole, not the end of the transcript.
#[tokio::test]
async fn a_hole_is_marked() {
    let mut lines = vec![Line { sound: Some(data("en/sb-spk2_snt2.wav")), ..Line::new("您好您好您好") }];
    lines.push(Line { sound: Some(data("en/sb-spk2_snt4.wav")), ..Line::new("mend the coat") });
    let config = ScriptedConfig { name: "script".into(), languages: vec![En], lines, file: None };
    let recogniser = recogniser(EngineConfig::Scripted(config));
    let sounds = [(1, telephone("en/sb-spk2_snt2.wav")), (10, telephone("en/sb-spk2_snt4.wav"))];
    let whole = second_pass(&recogniser, vec![track("caller", En, &sounds)], &[]).await.unwrap();
    assert_eq!((whole.spoken.len(), whole.holes.len()), (1, 1));
    let (from, to, why) = &whole.holes[0];
    assert!((690..1_010).contains(from) && (2_000..3_500).contains(to), "{from} to {to}");
    assert!(why.to_string().contains("not in en"), "{why}");
}

/// Rows: V4. Needs Debian's `pocketsphinx` and `pocketsphinx-en-us`.
#[tokio::test]
async fn pocketsphinx_finds_the_words_of_a_call() {
    let recogniser = recogniser(EngineConfig::Pocketsphinx);
    let sounds = [(3, telephone("en/librivox-0930.wav")), (20, telephone("en/lj001-0005.wav"))];
    let whole = second_pass(&recogniser, vec![track("caller", En, &sounds)], &[]).await.unwrap();
    assert_eq!(whole.spoken.len(), 2, "{}: {:?}", "are pocketsphinx and pocketsphinx-en-us installed?", whole.holes);
    let text: Vec<&str> = whole.spoken.iter().map(|s| s.segment.text.reveal().as_str()).collect();
    let said = "he might even have been made amiable himself the invention of movable metal letters in the middle of the \
                fifteenth century may justly be considered as the invention of the art of printing";
    let score = Score::of(said, &text.join(" "));
    assert!(score.rate() < 0.5, "{text:?}");
    let might = whole.spoken[0].segment.words.iter().find(|w| w.text.reveal() == "might").expect("a plain word");
    assert!((3_200..3_900).contains(&might.start_ms), "{might:?}");
}
