//! Sound as numbers: codecs, tones, keys, music and levels, at 8 kHz mono 16 bit where nothing else is said.
//!
//! Not here: packets, clocks, files, who hears whom (`media`), and spoken text (`tts`). Pure: same input, same samples.
//! Levels are dBFS with a full-scale sine as 0, so that a tone made at −20 is measured at −20; G.711's 0 dBm0 is −3.14
//! (A-law) or −3.17 (µ-law) on this scale.
//!
//! Reading order: [`clip`], [`g711`], [`level`], [`tone`], [`dtmf`], [`talk`], [`resample`], [`music`]; for
//! paths that cannot pass packets through: [`g722`], [`halfband`], [`jitter`], [`conceal`], [`stretch`], [`noise`],
//! [`mixer`].

pub mod clip;
pub mod conceal;
pub mod dtmf;
pub mod g711;
pub mod g722;
pub mod halfband;
pub mod jitter;
pub mod level;
pub mod mixer;
pub mod music;
pub mod noise;
pub mod resample;
pub mod stretch;
pub mod talk;
pub mod tone;

pub use clip::Clip;

/// Samples per second of the telephone.
pub const RATE: u32 = 8_000;
