//! whisper.cpp in a real worker process, with a model that has no weights: it loads, works as long as a real one, and what
//! it says is rubbish. How well real weights understand is measured where there are some (`bench-asr`).
#![cfg(feature = "whisper")]
#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::vad::{Cut, Segmenter, Settings};
use ringdesk_asr::{Ask, Clip16k, EngineConfig, EngineFault, NotHeard, Purpose, Recogniser, RecogniserConfig, wav};
use ringdesk_audio::tone::sine;
use ringdesk_model::Language;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SUM: &str = "c486fb9f14a28b1c1dc252741a431646cc573450c900b9d9c406e10294aa01e6";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn stub() -> PathBuf {
    data("fixtures/for-tests-ggml-tiny.bin")
}

fn whisper(name: &str, model: &Path, sum: Option<&str>) -> EngineConfig {
    let config =
        serde_json::json!({"kind": "whisper", "name": name, "model": model, "sha256": sum, "short_context": true});
    serde_json::from_value(config).unwrap()
}

fn start(engines: Vec<EngineConfig>, live: Duration) -> Recogniser {
    let mut config = RecogniserConfig::new(PathBuf::from(env!("CARGO_BIN_EXE_bench-asr")), engines);
    config.places = 1;
    config.live_deadline = live;
    Recogniser::start(config)
}

/// Real speech, as the voice detector cuts it.
fn said(name: &str) -> Clip16k {
    let mut segmenter = Segmenter::new(Settings::default(), 16_000).unwrap();
    let mut cuts = segmenter.hear(0, wav::read(&data(name)).unwrap().samples());
    cuts.extend(segmenter.finish());
    let said = cuts.into_iter().find_map(|c| if let Cut::Said(u) = c { Some(u.clip) } else { None });
    said.expect("somebody speaks")
}

/// A small model with noise for weights: whisper.cpp takes it, thinks, and says something that nobody said.
fn noise(folder: &Path) -> PathBuf {
    const STATE: u32 = 64;
    let stub = std::fs::read(stub()).unwrap();
    let number = |at: usize| u32::from_le_bytes(stub[at..at + 4].try_into().unwrap());
    let (vocabulary, audio, layers, text, mels) = (number(4), number(8), number(20), number(24), number(40));
    let head = [vocabulary, audio, STATE, 1, layers, text, STATE, 1, layers, mels, 1];
    let mut file = stub[..4].to_vec();
    file.extend(head.iter().flat_map(|n| n.to_le_bytes()));
    file.extend_from_slice(&stub[48..]);
    let mut seed = 7u64;
    let mut tensor = |name: &str, sizes: &[u32], half: bool| {
        file.extend([sizes.len() as u32, name.len() as u32, u32::from(half)].iter().flat_map(|n| n.to_le_bytes()));
        file.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
        file.extend_from_slice(name.as_bytes());
        for _ in 0..sizes.iter().product::<u32>() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = (seed >> 40) as u16;
            if half {
                // A sign, a small exponent, any mantissa.
                file.extend(((random & 0x83ff) | (10 + (random >> 10) % 3) << 10).to_le_bytes());
            } else {
                let value = if name.ends_with("weight") { 1.0 } else { f32::from(random.cast_signed()) / 65_536.0 };
                file.extend(value.to_le_bytes());
            }
        }
    };
    let wide = 4 * STATE;
    for (part, context) in [("encoder", audio), ("decoder", text)] {
        tensor(&format!("{part}.positional_embedding"), &[STATE, context], false);
        let norm = if part == "encoder" { "ln_post" } else { "ln" };
        tensor(&format!("{part}.{norm}.weight"), &[STATE], false);
        tensor(&format!("{part}.{norm}.bias"), &[STATE], false);
        for layer in 0..layers {
            let mut block =
                |name: &str, sizes: &[u32], half| tensor(&format!("{part}.blocks.{layer}.{name}"), sizes, half);
            for attention in ["attn", "cross_attn"].into_iter().take(if part == "encoder" { 1 } else { 2 }) {
                block(&format!("{attention}_ln.weight"), &[STATE], false);
                block(&format!("{attention}_ln.bias"), &[STATE], false);
                for (name, bias) in [("query", true), ("key", false), ("value", true), ("out", true)] {
                    block(&format!("{attention}.{name}.weight"), &[STATE, STATE], true);
                    if bias {
                        block(&format!("{attention}.{name}.bias"), &[STATE], false);
                    }
                }
            }
            block("mlp_ln.weight", &[STATE], false);
            block("mlp_ln.bias", &[STATE], false);
            block("mlp.0.weight", &[STATE, wide], true);
            block("mlp.0.bias", &[wide], false);
            block("mlp.2.weight", &[wide, STATE], true);
            block("mlp.2.bias", &[STATE], false);
        }
    }
    tensor("encoder.conv1.weight", &[3, mels, STATE], true);
    tensor("encoder.conv1.bias", &[1, STATE], false);
    tensor("encoder.conv2.weight", &[3, STATE, STATE], true);
    tensor("encoder.conv2.bias", &[1, STATE], false);
    tensor("decoder.token_embedding.weight", &[STATE, vocabulary], true);
    let path = folder.join("ggml-noise.bin");
    std::fs::write(&path, file).unwrap();
    path
}

async fn heard(
    recogniser: &Recogniser,
    clip: &Clip16k,
    purpose: Purpose,
    language: Language,
) -> Result<String, NotHeard> {
    let mut ask = Ask::new(purpose, language);
    ask.hot_words = vec!["Ringdesk".into(), "瑞声\0".into()];
    recogniser.recognise(clip, &ask).await.map(|t| t.text().into_inner())
}

/// Weights that are noise make whisper.cpp say words, at ease even with the second pass's patience. None are believed, and
/// the worker that did the work is the first one.
///
/// Rows: V4
#[tokio::test]
async fn real_speech_goes_through_whisper_and_rubbish_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    for model in [stub(), noise(dir.path())] {
        let recogniser = start(vec![whisper("whisper", &model, None)], Duration::from_secs(60));
        let states = recogniser.engines().await;
        assert_eq!((&states[0].fault, states[0].model.as_str()), (&None, model.file_name().unwrap().to_str().unwrap()));
        for (name, language) in
            [("data/en/sb-spk1_snt5.wav", Language::En), ("data/zh/aishell-BAC009S0724W0121.wav", Language::ZhCn)]
        {
            for purpose in [Purpose::Live, Purpose::SecondPass] {
                assert_eq!(heard(&recogniser, &said(name), purpose, language).await.unwrap(), "", "{name} {purpose:?}");
            }
        }
        // Nobody speaks: silence is not even asked about, and a tone is no words.
        let tone = Clip16k::new(sine(425.0, -12.0, 16_000, 32_000));
        for nothing in [Clip16k::new(vec![0; 32_000]), tone, Clip16k::new(vec![3_000; 40])] {
            assert_eq!(heard(&recogniser, &nothing, Purpose::SecondPass, Language::En).await.unwrap(), "");
        }
        let counters = recogniser.counters();
        assert_eq!((counters.started, counters.failed.len(), counters.heard), (1, 0, [0, 2, 5]));
    }
}

/// Bad input of the issue: no model, half of one, something else, another one. Said for what it is, and nothing dies of it.
///
/// Rows: V4
#[tokio::test]
async fn a_model_that_is_not_right_is_said_and_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let whole = std::fs::read(stub()).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let noise = std::fs::read(noise(dir.path())).unwrap();
    let other = "0".repeat(64);
    let engines = [
        ("missing", dir.path().join("none.bin"), None, "there is no file"),
        ("empty", file("empty.bin", b""), None, "breaks off"),
        ("half", file("half.bin", &whole[..300_000]), None, "breaks off"),
        ("short", file("short.bin", &noise[..noise.len() - 1]), None, "breaks off"),
        ("page", file("page.bin", b"<!DOCTYPE html><title>404</title>"), None, "is no model for whisper.cpp"),
        ("other", stub(), Some(other.as_str()), "is not what it should be: sha256 c486fb9f"),
        ("folder", dir.path().to_path_buf(), None, "cannot be read"),
    ];
    let configs = engines.iter().map(|(name, path, sum, _)| whisper(name, path, *sum)).collect();
    let recogniser = start(configs, Duration::from_secs(5));
    for (state, (name, .., why)) in recogniser.engines().await.iter().zip(&engines) {
        let fault = state.fault.as_ref().expect("it is not ready");
        let said = fault.to_string();
        assert!(said.starts_with("engine not ready: ") && said.contains(why), "{name}: {said}");
        assert_eq!((fault.kind(), fault.retryable()), ("not_ready", false));
    }
    let answer = heard(&recogniser, &said("data/en/sb-spk1_snt5.wav"), Purpose::SecondPass, Language::En).await;
    let why = answer.unwrap_err();
    assert!(matches!(&why, NotHeard::NoEngine { why, .. } if why.len() == engines.len()), "{why}");
    assert!(why.to_string().starts_with("no_engine"));
    assert_eq!(recogniser.counters().started, 1);
}

/// A second of work is broken off where nobody waits for it any more; the worker lives, and hears the next one.
#[tokio::test]
async fn a_clip_that_takes_too_long_costs_itself_only() {
    let recogniser = start(vec![whisper("whisper", &stub(), Some(SUM))], Duration::from_millis(60));
    recogniser.engines().await;
    let clip = said("data/en/librivox-0870.wav");
    let late = heard(&recogniser, &clip, Purpose::Live, Language::En).await.unwrap_err();
    let in_time = matches!(&late, NotHeard::Failed { fault: EngineFault::Deadline(_), .. } | NotHeard::Dropped);
    assert!(in_time, "{late}");
    assert_eq!(heard(&recogniser, &clip, Purpose::SecondPass, Language::En).await.unwrap(), "");
    assert_eq!(recogniser.counters().started, 1);
}
