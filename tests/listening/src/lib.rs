//! What the tests of sound share: speech to say, a bad line to say it over, and a measure of what arrived.
//!
//! The measure is ESTOI, which follows listening tests on how much of a voice is understood: 1 is the very sound that was
//! said, 0 is nothing of it. It knows nothing of our jitter buffer, so the two cannot be wrong in the same way.
//!
//! Reading order: [`speech`] (the recordings and their words), [`line`] (which packets come, and when), [`estoi`] (how
//! much of it arrived), `spectrum` (its third-octave bands).

pub mod estoi;
pub mod line;
mod spectrum;
pub mod speech;

pub use estoi::{Heard, estoi};
pub use line::Line;
pub use speech::{Sentence, Tape};
