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
