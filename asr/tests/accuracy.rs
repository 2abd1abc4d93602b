//! How many words the engines that are here may get wrong. Needs Debian's `pocketsphinx` and `pocketsphinx-en-us`.
//!
//! A ceiling is what was measured plus a tenth: whoever makes an engine, the voice detector or the guards worse sees it here.
//! `bench-asr` prints the same figures, with processor time.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::EngineConfig;
use ringdesk_asr::bench::{self, Line};
use ringdesk_model::Language;
use std::path::Path;

async fn error_rate(config: EngineConfig, language: Language, line: Line) -> f64 {
    let engine = config.build();
    assert_eq!(engine.ready(), Ok(()), "install the packages named above");
    let references = bench::references(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")).unwrap();
    let mut all = bench::Result::default();
    for reference in references.iter().filter(|r| r.language == language) {
        all = all.plus(&bench::hear(engine.as_ref(), reference, line).await.unwrap());
    }
    eprintln!("{} {line:?}: {all:?}", engine.name());
    assert_eq!(all.failed, 0);
    assert!(all.score.units > 100, "the recordings are there");
    all.score.rate()
}

/// Rows: V4
#[tokio::test]
async fn pocketsphinx_wide() {
    let rate = error_rate(EngineConfig::Pocketsphinx, Language::En, Line::Wide).await;
    assert!(rate <= 0.28, "{rate}");
}

/// Rows: V4
#[tokio::test]
async fn pocketsphinx_on_the_telephone() {
    let rate = error_rate(EngineConfig::Pocketsphinx, Language::En, Line::Telephone).await;
    assert!(rate <= 0.50, "{rate}");
}

/// What `make bench-asr` prints of a language: error rates of whoever hears it, or that nobody does.
///
/// Rows: V4
#[test]
fn the_bench_says_who_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/zh/sr-chinese.wav");
    std::fs::copy(&sound, folder.path().join("a.wav")).unwrap();
    let text = "砸自己的脚";
    let line = serde_json::json!({"file": "a.wav", "lang": "zh", "text": text});
    std::fs::write(folder.path().join("refs.jsonl"), line.to_string()).unwrap();
    let bench = |engines: &serde_json::Value| {
        let file = folder.path().join("engines.json");
        std::fs::write(&file, engines.to_string()).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bench-asr"));
        let output = command.arg(folder.path()).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let nobody = bench(&serde_json::json!([{"kind": "whisper", "model": "none.bin"}]));
    assert_eq!(nobody.matches("no_engine").count(), 2, "{nobody}");
    assert!(nobody.contains("engine not ready: there is no file none.bin"), "{nobody}");
    let line = serde_json::json!({"text": text, "sound": sound});
    let script = serde_json::json!([{"kind": "scripted", "name": "script", "languages": ["zh-CN"], "lines": [line]}]);
    let page = bench(&script);
    assert_eq!(page.matches("CER   0.0%     0/5").count(), 2, "{page}");
    assert_eq!(page.matches("no_engine").count(), 1, "{page}");
}
