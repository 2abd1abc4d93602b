//! How well and how dearly an engine understands a folder of recordings, as they are and through a telephone.
//!
//! The whole way of a call is measured: voice detection, the engine, the guards. The folder has a `refs.jsonl` with one
//! object per line: `file`, `lang` (`en`, `zh`), `text`.

use crate::vad::{Cut, Segmenter, Settings};
use crate::{Engine, Options, guard, processor_us, score::Score, wav};
use ringdesk_audio::{g711, resample::resample};
use ringdesk_model::Language;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// For one utterance; on a loaded machine too.
const DEADLINE: Duration = Duration::from_secs(120);

/// One recording and what is said in it.
#[derive(Clone, Debug)]
pub struct Reference {
    pub file: PathBuf,
    pub language: Language,
    pub text: String,
}

/// How the sound comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// 16 kHz, as recorded.
    Wide,
    /// 8 kHz, A-law.
    Telephone,
}

#[derive(Clone, Debug, Default)]
pub struct Result {
    pub score: Score,
    pub audio_ms: u64,
    /// Of this process and its children. Right only when nothing else is done meanwhile.
    pub cpu_us: u64,
    /// Utterances without an answer.
    pub failed: u32,
}

/// The recordings of a folder that have a text.
pub fn references(folder: &Path) -> std::io::Result<Vec<Reference>> {
    #[derive(Deserialize)]
    struct Entry {
        file: PathBuf,
        lang: String,
        text: Option<String>,
    }
    let mut found = Vec::new();
    for line in std::fs::read_to_string(folder.join("refs.jsonl"))?.lines().filter(|l| !l.trim().is_empty()) {
        let entry: Entry = serde_json::from_str(line)?;
        let language = if entry.lang.starts_with("zh") { Language::ZhCn } else { Language::En };
        if let Some(text) = entry.text {
            found.push(Reference { file: folder.join(entry.file), language, text });
        }
    }
    Ok(found)
}

/// Sound of this rate in which this is said, heard by one engine.
pub async fn hear_sound(engine: &dyn Engine, (text, language): (&str, Language), rate: u32, sound: &[i16]) -> Result {
    let mut result = Result { audio_ms: sound.len() as u64 * 1_000 / u64::from(rate), ..Result::default() };
    let before = processor_us();
    let Some(mut segmenter) = Segmenter::new(Settings::default(), rate) else { return result };
    let mut cuts = segmenter.hear(0, sound);
    cuts.extend(segmenter.finish());
    let mut heard = String::new();
    for cut in cuts {
        let Cut::Said(said) = cut else { continue };
        let options = Options { narrow: said.narrow, ..Options::new(language, DEADLINE) };
        let answer = timeout(DEADLINE, engine.transcribe(&said.clip, &options)).await;
        let answer = answer.ok().and_then(std::result::Result::ok);
        match answer.and_then(|h| guard::clean(h, said.clip.ms(), Some(said.spoken_ms)).ok()) {
            Some((words, _)) => heard = heard + " " + words.text().reveal(),
            None => result.failed += 1,
        }
    }
    result.cpu_us = processor_us() - before;
    result.score = Score::of(text, &heard);
    result
}

/// One recording, heard by one engine.
pub async fn hear(engine: &dyn Engine, reference: &Reference, line: Line) -> std::result::Result<Result, hound::Error> {
    let clip = wav::read(&reference.file)?;
    let (rate, sound) = match line {
        Line::Wide => (16_000, clip.samples().to_vec()),
        Line::Telephone => {
            let narrow = resample(clip.samples(), 16_000, 8_000);
            (8_000, narrow.iter().map(|s| g711::alaw_decode(g711::alaw_encode(*s))).collect())
        }
    };
    Ok(hear_sound(engine, (&reference.text, reference.language), rate, &sound).await)
}

impl Result {
    pub fn plus(self, other: &Result) -> Result {
        Result {
            score: self.score + other.score,
            audio_ms: self.audio_ms + other.audio_ms,
            cpu_us: self.cpu_us + other.cpu_us,
            failed: self.failed + other.failed,
        }
    }

    /// Processor seconds for a second of sound.
    pub fn cpu_per_second(&self) -> f64 {
        self.cpu_us as f64 / 1_000.0 / self.audio_ms.max(1) as f64
    }
}
