//! Media: the sound of the calls. RTP legs, who hears whom, prompts, keys, quality; and the session descriptions (SDP).
//!
//! This room answers [`ringdesk_voice::MediaCommand`]s with [`ringdesk_voice::MediaEvent`]s. It knows no SIP, no agent,
//! no queue, no file and no database. Sound stays here: packets cross this room and nothing else.
//!
//! Start it with [`Media::start`], put prompts on its [`Shelf`], hand it commands with [`Media::command`]; events come
//! by the outlet. Spoken here: PCMU, PCMA, G.722 and Opus, with telephone-event; over RTP, over SRTP with keys in the
//! descriptions, and with browsers over ICE and DTLS-SRTP.
//!
//! Reading order: [`engine`](Media) (threads, where a call lives) → `shard` (the loop, sockets, timers) → `call` (who
//! hears whom; the hot path is `call/packets.rs`, what cannot pass as it is goes by `call/mix.rs`) → `leg` (keys, player,
//! reports; ear and voice, where its sound is converted) → `codec` → `rtp` (numbers and times, whom to believe) → `sdp`
//! (offer and answer) → `webrtc` (what a browser's leg has beside).

mod call;
mod codec;
mod config;
pub mod dry;
mod engine;
mod error;
mod figures;
mod leg;
mod rtp;
mod sdp;
mod shard;
mod shelf;
mod webrtc;

pub use config::{Config, Interface};
pub use engine::Media;
pub use error::{Error, Result};
pub use shelf::Shelf;
