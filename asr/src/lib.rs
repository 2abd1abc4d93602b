//! Speech to text: a track's sound becomes utterances, an engine turns them into words.
//!
//! Not here: packets and their decoding (`media`, `recordings`), rows and search (`storage`), who hears which caption
//! (`server`). Nobody waits for this room: a call goes on without it, and where no engine understands a language that is
//! said (`no_engine`), never left blank.
//!
//! Reading order: [`engine`] (the contract and the words of a transcript), [`error`], [`vad`] (where somebody speaks), [`listener`] (in a call's
//! packets),
//! [`engines`] (who can be asked, by name),
//! [`recogniser`] (a process of its own that asks them),
//! [`guard`] (what is not believed), [`pass`] (a whole recording), [`score`] and [`bench`](mod@bench) (how good it is).

pub mod bench;
pub mod engine;
pub mod engines;
pub mod error;
pub mod guard;
mod http;
pub mod listener;
pub mod models;
mod os;
pub mod pass;
pub mod recogniser;
pub mod score;
pub mod vad;
pub mod wav;
pub mod words;

pub use engine::{Capabilities, Clip16k, Engine, Options, Segment, Transcript, Word};
pub use engines::EngineConfig;
pub use error::{EngineFault, NotHeard};
pub use listener::Listener;
pub use os::processor_us;
pub use pass::{Spoken, TrackSound, Whole, second_pass};
pub use recogniser::{Ask, Purpose, Recogniser, RecogniserConfig, worker_main};
pub use vad::{Cut, Segmenter, Utterance};
