//! The two languages of the house, Mandarin and English, as they are said aloud.
//!
//! Numbers, amounts, dates and telephone numbers become words here, not in a speech engine: engines disagree, and read an
//! order number as millions. Not here: the sound (`tts`), the prompts (`tts/prompts`), the index (`storage`).
//!
//! Reading order: [`speakable`] (what can be said, on [`Language`]), [`reader`] (a written text made speakable),
//! [`template`] (`{position}` in a prompt), [`search`] (what is written or said, made findable).

mod english;
mod mandarin;
pub mod reader;
pub mod search;
pub mod speakable;
pub mod template;

pub use reader::read;
pub use ringdesk_model::Language;
pub use speakable::{Currency, Date, Speakable, Time};
pub use template::{Unfilled, Value, fill};
