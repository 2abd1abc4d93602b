//! Sound copied out of a call, as it arrived: undecoded packets with their arrival time.
//!
//! `media` copies, `recordings` keeps, `asr` listens. Ordering, decoding and voice detection are theirs, outside the
//! packet path; a listener that is slow loses its own packets, and is told how many ([`Tapped::Lost`]).

use crate::LegId;
use bytes::Bytes;
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose sound: one track of a recording. A conference has many, each from one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    /// What this leg's party says.
    Leg(LegId),
    /// What is played to this leg: prompts, music, later the bot.
    Player(LegId),
}

/// How the payload of a tapped packet is coded. All at one channel; the clock rate is the RTP clock of RFC 3551.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    Pcmu,
    Pcma,
    /// 16 kHz sound on an 8 kHz clock (RFC 3551 §4.5.2).
    G722,
    /// 48 kHz clock (RFC 7587 §4.1).
    Opus,
}

impl Coding {
    /// Ticks of the RTP timestamp per second.
    pub fn clock_rate(self) -> u32 {
        match self {
            Coding::Pcmu | Coding::Pcma | Coding::G722 => 8_000,
            Coding::Opus => 48_000,
        }
    }
}

/// What a listener of one call gets, in the order in which the shard saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// One packet of sound. Duplicates and packets out of order come as they came; digits (RFC 4733) never come.
    Packet {
        track: Track,
        arrived: Timestamp,
        /// Changes when the source starts anew (hold, transfer, another device): numbering and clock start again too.
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        coding: Coding,
        payload: Bytes,
    },
    /// The listener's buffer was full: this many packets of all tracks are missing since the last one it got.
    Lost { at: Timestamp, packets: u64 },
    /// The leg is closed: nothing more comes on its tracks.
    Ended { leg: LegId, at: Timestamp },
}
