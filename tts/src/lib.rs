//! What Ringdesk says: the library of system prompts, recorded or spoken, and speech for everything else.
//!
//! Recorded prompts beat speech; speech is made by the `espeak-ng` child process until a better engine is configured.
//! This room plays nothing and knows no call: it turns text into a [`ringdesk_audio::Clip`].
//!
//! Reading order: [`library`], [`speaker`], [`import`].

pub mod import;
pub mod library;
pub mod speaker;
mod wav;

pub use import::{Imported, import};
pub use library::{PromptLibrary, texts};
pub use speaker::{Speaker, SpeechFault, key};
