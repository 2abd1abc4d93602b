//! The engines, and how a configuration names them.

mod answer;
mod command;
mod grpc;
mod http;
mod hypseg;
mod openai;
mod scripted;
mod scripted_ear;

pub use command::{CommandConfig, Output};
pub use grpc::GrpcConfig;
pub use openai::OpenaiConfig;
pub use scripted::{Behaviour, Line, ScriptedConfig};

use crate::{Capabilities, Clip16k, Engine, EngineFault, Options, engine::Hearing};
use ringdesk_model::Language;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
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
    /// A model file for whisper.cpp. Declared, so that its absence is said plainly; see [`EngineConfig::build`].
    Whisper { model: PathBuf },
}

impl EngineConfig {
    pub fn name(&self) -> &str {
        match self {
            EngineConfig::Scripted(c) => &c.name,
            EngineConfig::Command(c) => &c.name,
            EngineConfig::Openai(c) => &c.name,
            EngineConfig::Grpc(c) => &c.name,
            EngineConfig::Pocketsphinx => "pocketsphinx",
            EngineConfig::Whisper { .. } => "whisper",
        }
    }

    pub fn languages(&self) -> Vec<Language> {
        match self {
            EngineConfig::Scripted(c) => c.languages.clone(),
            EngineConfig::Command(c) => c.languages.clone(),
            EngineConfig::Openai(c) => c.languages.clone(),
            EngineConfig::Grpc(c) => c.languages.clone(),
            EngineConfig::Pocketsphinx => vec![Language::En],
            EngineConfig::Whisper { .. } => vec![Language::En, Language::ZhCn],
        }
    }

    /// Always an engine: one that cannot work says why when it is asked ([`Engine::ready`]).
    pub fn build(&self) -> Arc<dyn Engine> {
        match self {
            EngineConfig::Scripted(config) => Arc::new(scripted::Scripted::new(config)),
            EngineConfig::Command(config) => Arc::new(command::Command::new(config.clone())),
            EngineConfig::Pocketsphinx => Arc::new(command::Command::new(CommandConfig::pocketsphinx())),
            EngineConfig::Openai(config) => Arc::new(openai::Openai::new(config.clone())),
            EngineConfig::Grpc(config) => Arc::new(grpc::Grpc::new(config.clone())),
            EngineConfig::Whisper { model } => {
                let why = format!("this Ringdesk is built without whisper.cpp; run {} by a command", model.display());
                Arc::new(Absent { name: "whisper".into(), why: EngineFault::Missing(why) })
            }
        }
    }
}

/// An engine that is configured and is not here.
#[derive(Debug)]
struct Absent {
    name: String,
    why: EngineFault,
}

impl Engine for Absent {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        ""
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { languages: vec![Language::En, Language::ZhCn], hot_words: false, word_times: false }
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
