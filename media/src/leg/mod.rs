//! One party's media: what it said, what comes from it, what it is sent.

pub(crate) mod attend;
pub(crate) mod ear;
pub(crate) mod inband;
pub(crate) mod keys;
pub(crate) mod player;
pub(crate) mod quality;
pub(crate) mod report;
pub(crate) mod voice;

use crate::codec::Codec;
use crate::rtp::inflow::Inflow;
use crate::rtp::latch::Latch;
use crate::rtp::outflow::Outflow;
use crate::sdp::negotiate::Accepted;
use crate::sdp::{Local, Remote};
use crate::shard::line::LineId;
use attend::Attention;
use inband::InBand;
use keys::{Keys, Sending};
use player::Player;
use report::Reports;
use ringdesk_model::{Ids, Timestamp};
use ringdesk_voice::LegId;
use std::net::SocketAddr;
use voice::Voice;

/// A leg with open ports.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) line: LineId,
    pub(crate) local: Local,
    /// `None`: we offered and wait for an answer.
    pub(crate) remote: Option<Remote>,
    pub(crate) accepted: Accepted,
    pub(crate) latch: Latch,
    pub(crate) inflow: Inflow,
    pub(crate) outflow: Outflow,
    pub(crate) keys: Keys,
    /// Where no telephone-event was negotiated.
    pub(crate) inband: Option<Box<InBand>>,
    /// While somebody wants to know whether this party speaks.
    pub(crate) attention: Option<Box<Attention>>,
    /// The key that is being sent to this leg.
    pub(crate) sending: Option<Sending>,
    /// The legs it hears when nothing plays.
    pub(crate) hears: Vec<LegId>,
    /// They cannot be passed to it as they are.
    pub(crate) mixed: bool,
    /// What its last packet was coded in.
    pub(crate) spoke: Option<Codec>,
    /// Where packets are made for it.
    pub(crate) voice: Option<Box<Voice>>,
    pub(crate) player: Option<Player>,
    pub(crate) players: u32,
    pub(crate) reports: Reports,
    /// RTP arrived at some time.
    pub(crate) flowing: bool,
    /// When RTP was last heard; or since when it is expected.
    pub(crate) heard: Timestamp,
    pub(crate) silence_told: bool,
    pub(crate) key_timer: bool,
    pub(crate) watch_timer: bool,
    pub(crate) attend_timer: bool,
}

impl Leg {
    pub(crate) fn new(id: LegId, line: LineId, address: SocketAddr, ids: &mut Ids, now: Timestamp) -> Self {
        let ssrc = ids.bits() as u32;
        Leg {
            id,
            line,
            // RFC 8866 §5.2: a decimal number; 62 bits fit every reader.
            local: Local::new(ids.bits() >> 2, address),
            remote: None,
            accepted: Accepted::default(),
            latch: Latch::default(),
            inflow: Inflow::default(),
            outflow: Outflow::new(ssrc, ids.bits() as u16, ids.bits() as u32),
            keys: Keys::default(),
            inband: None,
            attention: None,
            sending: None,
            hears: Vec::new(),
            mixed: false,
            spoke: None,
            voice: None,
            player: None,
            players: 0,
            reports: Reports::new(ids.bits()),
            flowing: false,
            heard: now,
            silence_told: false,
            key_timer: false,
            watch_timer: false,
            attend_timer: false,
        }
    }

    /// Where to send sound; `None` while held, and before an address is known.
    pub(crate) fn target(&self) -> Option<(SocketAddr, &Remote)> {
        let remote = self.remote.as_ref().filter(|r| !r.held)?;
        Some((self.latch.address()?, remote))
    }

    /// Where to send reports, and whether over the RTP port.
    pub(crate) fn report_target(&self) -> Option<(SocketAddr, bool)> {
        let remote = self.remote.as_ref()?;
        let rtp = self.latch.address()?;
        if remote.rtcp_mux {
            return Some((rtp, true));
        }
        if let Some(learned) = self.reports.heard_from() {
            return Some((learned, false));
        }
        // Behind NAT the described address is as useless as that of the sound.
        if remote.rtp == Some(rtp) {
            return Some((remote.rtcp?, false));
        }
        Some((SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?), false))
    }

    /// The codec it is sent; before an answer ours.
    pub(crate) fn codec(&self) -> Codec {
        self.remote.as_ref().map_or(Codec::Pcmu, |r| r.send.codec)
    }

    /// The codec it speaks; before its first packet what was agreed.
    pub(crate) fn speaks(&self) -> Codec {
        self.spoke.unwrap_or_else(|| self.codec())
    }

    /// Silence from here would be a fault.
    pub(crate) fn expects_sound(&self) -> bool {
        self.remote.as_ref().is_some_and(|r| r.sends && !r.held)
    }
}
