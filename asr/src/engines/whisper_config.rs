//! What a configuration says of whisper.cpp, whether it was built in or not.

use ringdesk_model::Language;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU8;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhisperConfig {
    #[serde(default = "own_name")]
    pub name: String,
    /// A file of weights.
    pub model: PathBuf,
    /// What its sha256 must be.
    #[serde(default)]
    pub sha256: Option<String>,
    #[serde(default = "both")]
    pub languages: Vec<Language>,
    /// For one clip; places times threads is what recognition takes of the machine.
    #[serde(default = "one")]
    pub threads: NonZeroU8,
    /// Encode no more than was said: four times faster for short sentences. What it costs in words is not measured.
    #[serde(default)]
    pub short_context: bool,
}

fn own_name() -> String {
    "whisper".into()
}

fn both() -> Vec<Language> {
    vec![Language::En, Language::ZhCn]
}

fn one() -> NonZeroU8 {
    NonZeroU8::MIN
}
