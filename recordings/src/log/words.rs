//! The words of the log: what is kept of a call.

use crate::gap::GapReason;
use bytes::Bytes;
use ringdesk_model::{CallId, Timestamp};
use ringdesk_voice::{Coding, LegId, Track};
use serde::{Deserialize, Serialize};

/// On which side of the stereo file a leg is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left: the person from outside.
    Caller,
    /// Right: agents, players, the bot.
    Other,
}

/// How a recording begins. Its clock starts at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub call: CallId,
    /// The leg that is heard left. More can follow, see [`Mark::Joined`].
    pub caller: LegId,
    pub at: Timestamp,
}

/// What somebody did to the recording, or what it has to know of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Pause,
    Resume,
    /// As a pause, but what is said is secret rather than unwanted: the sound file keeps its clock, transcript, keys and
    /// monitor are masked as well, by those who own them.
    Mask,
    Unmask,
    /// The caller was told that the call is recorded.
    Announcement,
    Hold(LegId),
    Unhold(LegId),
    /// A leg came in; without this it is heard right.
    Joined(LegId, Side),
    /// The caller leaves a message from here on, until [`Mark::MessageEnds`].
    MessageBegins,
    MessageEnds,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub at: Timestamp,
    pub mark: Mark,
    /// Who did it, as the audit names them: `user:…`, `flow:card_number`, `timer`. At most 200 bytes are kept.
    pub by: String,
    /// A code, such as `card_number`. At most 200 bytes are kept.
    pub reason: String,
}

/// One packet of sound, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub track: Track,
    pub arrived: Timestamp,
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub coding: Coding,
    pub payload: Bytes,
}

/// Packets that came and were not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    pub from: Timestamp,
    pub to: Timestamp,
    pub packets: u64,
    pub reason: GapReason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Opened(Opening),
    Packet(Packet),
    Mark(Marked),
    Dropped(Dropped),
    Ended { leg: LegId, at: Timestamp },
    Totals(Totals),
}

/// What the last block says of the whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub tracks: Vec<TrackTotals>,
    /// Packets that came and were not kept, of all tracks.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackTotals {
    pub track: Track,
    pub packets: u64,
    pub bytes: u64,
    /// Missing in the numbering of the packets that came.
    pub lost: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}
