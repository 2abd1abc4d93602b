//! Where somebody speaks: a track's sound, cut into utterances.

mod detector;
mod segmenter;

pub use segmenter::{Cut, Ignored, Segmenter, Settings, Utterance};
