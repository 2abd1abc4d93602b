//! What Ringdesk says: the library of system prompts, recorded or spoken, and speech for everything else.
//!
//! Recorded prompts beat speech; speech is made by the `espeak-ng` child process until a better engine is configured.
//! This room plays nothing and knows no call: it turns text into a [`ringdesk_audio::Clip`]. How figures are said is
//! decided in `language`, before an engine sees them.
//!
//! Reading order: [`library`], [`speaker`], [`takes`] (what people record), [`decode`] (what they upload), [`import`].

mod cache;
pub mod decode;
mod espeak;
pub mod import;
pub mod library;
pub mod speaker;
pub mod takes;
pub mod wav;

pub use decode::{Decoded, SoundFault, decode};
pub use import::{Imported, import};
pub use library::{PromptLibrary, texts};
pub use speaker::{Speaker, SpeechFault, Voice, key};
