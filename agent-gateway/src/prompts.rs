//! What the gateway needs of the server for prompts: their takes, their sound.

use crate::orders::Reply;
use crate::problem::Problem;
use axum::body::Bytes;
use ringdesk_model::{Actor, AgentId, Language};
use serde::Serialize;
use utoipa::ToSchema;

/// The server implements it.
pub trait Prompts: Send + Sync + 'static {
    /// Every prompt, the house's and one's own.
    fn list(&self) -> Reply<Vec<PromptListed>>;
    fn takes(&self, language: Language, id: String) -> Reply<Result<PromptTakes, PromptFault>>;
    /// Read what was uploaded; callers hear it from now on.
    fn add(&self, language: Language, id: String, sound: Bytes, by: String) -> Reply<Result<PromptTake, PromptFault>>;
    /// Callers hear this one from now on.
    fn choose(&self, language: Language, id: String, take: u32) -> Reply<Result<(), PromptFault>>;
    /// Back to the spoken text, or to nothing.
    fn retire(&self, language: Language, id: String) -> Reply<Result<(), PromptFault>>;
    /// Away for good.
    fn remove(&self, language: Language, id: String, take: u32) -> Reply<Result<(), PromptFault>>;
    /// Call somebody, who speaks it into their telephone. What becomes of it is in its takes.
    fn dictate(&self, wish: DictationWish) -> Reply<Result<(), PromptFault>>;
    /// A WAV of what callers hear, or of one take.
    fn audio(&self, language: Language, id: String, take: Option<u32>) -> Reply<Result<Vec<u8>, PromptFault>>;
}

/// A prompt that is to be spoken into a telephone.
#[derive(Clone, Debug)]
pub struct DictationWish {
    pub language: Language,
    pub id: String,
    /// Whose telephone, and its extension.
    pub agent: AgentId,
    pub extension: String,
    /// Who wants it, for the audit; and as takes name them.
    pub actor: Actor,
    pub by: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PromptListed {
    pub id: String,
    /// It comes with the house; otherwise it is one of your own.
    pub of_house: bool,
    /// It has variables, and is always spoken.
    pub variables: bool,
    pub languages: Vec<PromptLanguage>,
    /// Names of the flows that play it.
    pub used_by: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PromptLanguage {
    /// `en`, `zh-CN`.
    pub language: &'static str,
    pub text: Option<String>,
    /// `recorded`; `spoken` by a machine; `missing`: callers hear nothing.
    pub state: &'static str,
    /// Which take callers hear.
    pub take: Option<u32>,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PromptTakes {
    pub current: Option<u32>,
    pub takes: Vec<PromptTake>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PromptTake {
    pub number: u32,
    /// Milliseconds since 1970 (UTC).
    pub made_at: i64,
    /// The user's id.
    pub made_by: Option<String>,
    /// `upload`, `telephone`.
    pub way: String,
    /// `wav`, `mp3`, `ogg_vorbis`, `ogg_opus`, `webm_opus`, `mp4_aac`.
    pub kind: String,
    /// As it came, Hz.
    pub rate: u32,
    pub duration_ms: u64,
    /// By how much it was made louder, dB.
    pub gain: f32,
    pub sha256: String,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptFault {
    NotFound(&'static str),
    /// It is in no state for it.
    Refused(String),
    Invalid(String),
    /// What was uploaded is no sound that can be played: a word for programs, and a sentence.
    Sound(&'static str, String),
    /// For the log.
    Broken(String),
}

impl From<PromptFault> for Problem {
    fn from(fault: PromptFault) -> Self {
        match fault {
            PromptFault::NotFound(what) => Problem::not_found(what),
            PromptFault::Refused(why) => Problem::refused(why),
            PromptFault::Invalid(why) => Problem::invalid(why),
            PromptFault::Sound(code, why) => Problem::invalid(format!("{code}: {why}")),
            PromptFault::Broken(why) => Problem::internal(&why),
        }
    }
}
