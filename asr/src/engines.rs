//! The engines, and how a configuration names them.

pub mod answer;
mod command;
mod grpc;
pub mod hypseg;
mod openai;
mod remote;
mod scripted;
mod scripted_ear;
#[cfg(feature = "whisper")]
mod whisper;
mod whisper_config;

pub use command::{CommandConfig, Output};
pub use grpc::GrpcConfig;
pub use openai::OpenaiConfig;
pub use scripted::{Behaviour, Line, ScriptedConfig};
pub use whisper_config::WhisperConfig;

use crate::Engine;
#[cfg(not(feature = "whisper"))]
use crate::{Capabilities, Clip16k, EngineFault, Options, engine::Hearing};
use ringdesk_model::Language;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EngineConfig {
    /// Says what a script says: for rehearsals and tests.
    Scripted(ScriptedConfig),
    /// Any program that reads a WAV and writes what it understood.
    Command(CommandConfig),
    /// Debian's PocketSphinx, English, offline.
    Pocketsphinx,
    /// A server that speaks the transcription interface of the trade.
    Openai(OpenaiConfig),
    /// A server of `proto/speech.proto`.
    Grpc(GrpcConfig),
    /// whisper.cpp with a file of weights.
    Whisper(WhisperConfig),
}

impl EngineConfig {
    pub fn name(&self) -> &str {
        match self {
            EngineConfig::Scripted(c) => &c.name,
            EngineConfig::Command(c) => &c.name,
            EngineConfig::Openai(c) => &c.name,
            EngineConfig::Grpc(c) => &c.name,
            EngineConfig::Pocketsphinx => "pocketsphinx",
            EngineConfig::Whisper(c) => &c.name,
        }
    }

    pub fn languages(&self) -> Vec<Language> {
        match self {
            EngineConfig::Scripted(c) => c.languages.clone(),
            EngineConfig::Command(c) => c.languages.clone(),
            EngineConfig::Openai(c) => c.languages.clone(),
            EngineConfig::Grpc(c) => c.languages.clone(),
            EngineConfig::Pocketsphinx => vec![Language::En],
            EngineConfig::Whisper(c) => c.languages.clone(),
        }
    }

    /// Always an engine: one that cannot work says why when it is asked ([`Engine::ready`]).
    pub fn build(&self) -> Arc<dyn Engine> {
        match self {
            EngineConfig::Scripted(config) => Arc::new(scripted::Scripted::new(config)),
            EngineConfig::Command(config) => Arc::new(command::Command::new(config.clone())),
            EngineConfig::Pocketsphinx => Arc::new(command::Command::new(CommandConfig::pocketsphinx())),
            EngineConfig::Openai(config) => Arc::new(remote::Remote::new(config.clone())),
            EngineConfig::Grpc(config) => Arc::new(remote::Remote::new(config.clone())),
            #[cfg(feature = "whisper")]
            EngineConfig::Whisper(config) => Arc::new(whisper::Shared::new(config.clone())),
            #[cfg(not(feature = "whisper"))]
            EngineConfig::Whisper(config) => {
                let why =
                    format!("this Ringdesk is built without whisper.cpp; run {} by a command", config.model.display());
                Arc::new(Absent {
                    name: config.name.clone(),
                    languages: config.languages.clone(),
                    why: EngineFault::Missing(why),
                })
            }
        }
    }
}

/// An engine that is configured and was not built in.
#[cfg(not(feature = "whisper"))]
#[derive(Debug)]
struct Absent {
    name: String,
    languages: Vec<Language>,
    why: EngineFault,
}

#[cfg(not(feature = "whisper"))]
impl Engine for Absent {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        ""
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { languages: self.languages.clone(), hot_words: false, word_times: false }
    }

    fn ready(&self) -> Result<(), EngineFault> {
        Err(self.why.clone())
    }

    fn transcribe<'a>(&'a self, _: &'a Clip16k, _: &'a Options) -> Hearing<'a> {
        Box::pin(std::future::ready(Err(self.why.clone())))
    }
}

/// The language as engines of the trade name it: without the country.
fn short(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::ZhCn => "zh",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clip16k;
    use proptest::prelude::*;

    /// What the page tells operators to write is what is read.
    #[test]
    fn the_example_of_the_page_is_a_configuration() {
        let page = include_str!("../README.md");
        let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let engines: Vec<EngineConfig> = serde_json::from_str(example).unwrap();
        let names: Vec<&str> = engines.iter().map(EngineConfig::name).collect();
        assert_eq!(names, ["sensevoice", "speech-host", "whisper-cli", "pocketsphinx"]);
        for config in &engines {
            let engine = config.build();
            assert_eq!((engine.name(), engine.capabilities().languages), (config.name(), config.languages()));
        }
        let written = serde_json::to_string(&engines).unwrap();
        assert_eq!(serde_json::from_str::<Vec<EngineConfig>>(&written).unwrap(), engines);
    }

    proptest! {
        /// Whatever a program writes, and whatever of it is believed: no panic, and times within the clip.
        #[test]
        fn any_output_survives(
            words in proptest::collection::vec("[a-c]{1,2}|您好|[0-9]{1,3}|L|</?s>|[^a-z]", 0..40),
            times in proptest::collection::vec(-1e4f64..1e4, 2..8),
            number in any::<u32>(),
        ) {
            let clip = Clip16k::new(vec![0; number as usize % 32_000]);
            let text = words.join(" ");
            let _ = hypseg::segments(&text, &clip);
            let _ = hypseg::segments(&format!("x L 0 {text} {number}"), &clip);
            let _ = answer::segments(text.as_bytes(), &clip, Language::En);
            let timed = |pair: &[f64]| serde_json::json!({"text": text, "start": pair[0], "end": pair[pair.len() - 1], "avg_logprob": pair[0]});
            let timed: Vec<_> = times.chunks(2).map(timed).collect();
            let json = serde_json::json!({"text": text, "words": timed, "segments": timed}).to_string();
            if let Ok(segments) = answer::segments(json.as_bytes(), &clip, Language::ZhCn) {
                let heard = crate::Transcript { segments, language: Language::ZhCn, engine: String::new(), model: String::new() };
                let Ok((heard, _)) = crate::guard::clean(heard, clip.ms(), Some(u64::from(number) % 500)) else {
                    return Ok(());
                };
                for s in heard.segments {
                    prop_assert!(s.start_ms <= s.end_ms && s.end_ms <= clip.ms());
                    prop_assert!(s.words.windows(2).all(|w| w[0].start_ms <= w[1].start_ms));
                    prop_assert!(s.confidence.is_none_or(|c| (0.0..=1.0).contains(&c)));
                }
            }
        }
    }
}
