//! One party's media: what it said, what comes from it, what it is sent.

pub(crate) mod attend;
pub(crate) mod ear;
pub(crate) mod inband;
pub(crate) mod keys;
pub(crate) mod player;
pub(crate) mod quality;
pub(crate) mod report;
pub(crate) mod sample;
pub(crate) mod voice;

use crate::call::Wire;
use crate::codec::Codec;
use crate::rtp::inflow::Inflow;
use crate::rtp::latch::Latch;
use crate::rtp::outflow::Outflow;
use crate::rtp::secure::{self, GROWTH, Guard, Secure};
use crate::sdp::browser::Ours;
use crate::sdp::negotiate::Accepted;
use crate::sdp::{Local, Remote};
use crate::shard::line::LineId;
use crate::webrtc::Browser;
use attend::Attention;
use inband::InBand;
use keys::{Keys, Sending};
use player::Player;
use report::Reports;
use ringdesk_model::{Ids, Timestamp};
use ringdesk_voice::{DtmfMode, LegId, SrtpPolicy};
use sample::Samples;
use std::net::SocketAddr;
use voice::Voice;

/// The largest packet that is encrypted: 60 ms of G.711 are 492 bytes, of Opus at most 1,287.
const LARGEST: usize = 1_600;

/// Far from the end of the numbers: who hears the stream late must not have missed a roll-over (RFC 3711 §3.3.1).
fn first_number(ids: &mut Ids) -> u16 {
    ids.bits() as u16 & 0x7fff
}

/// A leg with open ports.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) line: LineId,
    pub(crate) local: Local,
    /// `None`: we offered and wait for an answer.
    pub(crate) remote: Option<Remote>,
    pub(crate) accepted: Accepted,
    /// Between it and the wire: its keys.
    pub(crate) guard: Guard,
    pub(crate) latch: Latch,
    /// Where it is a browser's.
    pub(crate) browser: Option<Box<Browser>>,
    pub(crate) inflow: Inflow,
    pub(crate) outflow: Outflow,
    pub(crate) keys: Keys,
    /// Where no telephone-event was negotiated.
    pub(crate) inband: Option<Box<InBand>>,
    /// While somebody wants to know whether this party speaks.
    pub(crate) attention: Option<Box<Attention>>,
    /// The key that is being sent to this leg.
    pub(crate) sending: Option<Sending>,
    /// How keys are sent to it.
    pub(crate) dtmf: DtmfMode,
    /// Keys that are pressed for it.
    pub(crate) presses: Option<crate::call::press::Presses>,
    /// Nothing it says is copied.
    pub(crate) aside: bool,
    /// The legs it hears when nothing plays.
    pub(crate) hears: Vec<LegId>,
    /// The one of them whose packets are passed to it as they are.
    pub(crate) direct: Option<LegId>,
    /// They cannot be passed to it as they are.
    pub(crate) mixed: bool,
    /// What its last packet was coded in.
    pub(crate) spoke: Option<Codec>,
    /// Where packets are made for it.
    pub(crate) voice: Option<Box<Voice>>,
    pub(crate) player: Option<Player>,
    pub(crate) players: u32,
    pub(crate) reports: Reports,
    pub(crate) samples: Samples,
    /// RTP arrived at some time.
    pub(crate) flowing: bool,
    /// When RTP was last heard; or since when it is expected.
    pub(crate) heard: Timestamp,
    pub(crate) silence_told: bool,
    pub(crate) key_timer: bool,
    pub(crate) watch_timer: bool,
    pub(crate) attend_timer: bool,
    /// When its handshake is to be looked at.
    pub(crate) shake_timer: Option<Timestamp>,
}

impl Leg {
    pub(crate) fn new(
        id: LegId,
        line: LineId,
        address: SocketAddr,
        srtp: SrtpPolicy,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Self {
        let ssrc = ids.bits() as u32;
        Leg {
            id,
            line,
            // RFC 8866 §5.2: a decimal number; 62 bits fit every reader.
            local: Local::new(ids.bits() >> 2, address, srtp),
            remote: None,
            accepted: Accepted::default(),
            guard: if srtp == SrtpPolicy::Required { Guard::Locked } else { Guard::Open },
            latch: Latch::default(),
            browser: None,
            inflow: Inflow::default(),
            outflow: Outflow::new(ssrc, first_number(ids), ids.bits() as u32),
            keys: Keys::default(),
            inband: None,
            attention: None,
            sending: None,
            dtmf: DtmfMode::default(),
            presses: None,
            aside: false,
            hears: Vec::new(),
            direct: None,
            mixed: false,
            spoke: None,
            voice: None,
            player: None,
            players: 0,
            reports: Reports::new(ids.bits()),
            samples: Samples::default(),
            flowing: false,
            heard: now,
            silence_told: false,
            key_timer: false,
            watch_timer: false,
            attend_timer: false,
            shake_timer: None,
        }
    }

    /// Where to send sound; `None` while held, and before an address is known.
    pub(crate) fn target(&self) -> Option<(SocketAddr, &Remote)> {
        let remote = self.remote.as_ref().filter(|r| !r.held)?;
        Some((self.address()?, remote))
    }

    /// Keys are sent to it as telephone-events.
    pub(crate) fn takes_events(&self) -> bool {
        self.dtmf == DtmfMode::Rfc4733 && self.knows_events()
    }

    /// Keys are sent to it as sound: its line wants that, or it knows nothing else.
    pub(crate) fn takes_tones(&self) -> bool {
        self.dtmf == DtmfMode::InBand || self.dtmf == DtmfMode::Rfc4733 && !self.knows_events()
    }

    fn knows_events(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| remote.telephone_event.is_some())
    }

    /// Where to send reports, and whether over the RTP port.
    pub(crate) fn report_target(&self) -> Option<(SocketAddr, bool)> {
        let remote = self.remote.as_ref()?;
        let rtp = self.address()?;
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

    /// From now on it is a browser's: nothing passes before its handshake.
    pub(crate) fn becomes(&mut self, browser: Browser, candidates: Vec<SocketAddr>) {
        self.local.describe_browser(Ours::new(candidates, &browser));
        self.guard = Guard::Locked;
        self.browser = Some(Box::new(browser));
    }

    /// Where its sound goes, whether it may be sent or not.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match &self.browser {
            Some(browser) => browser.agent().selected().map(|path| path.remote),
            None => self.latch.address(),
        }
    }

    /// The keys that a handshake gave.
    pub(crate) fn take_keys(&mut self, keys: &secure::Keys, ids: &mut Ids) {
        if self.guard.agree(Some(keys)) && self.outflow.packets > 0 {
            let ssrc = ids.bits() as u32;
            self.outflow.begin_anew(ssrc, first_number(ids));
        }
    }

    /// What was agreed. With a new key of ours a new stream begins: its roll-overs count from zero at both ends, whatever the
    /// other side makes of RFC 3711 §3.3.1.
    pub(crate) fn agree_keys(&mut self, ids: &mut Ids) {
        if self.browser.is_some() {
            return;
        }
        let keys = self.remote.as_ref().and_then(|remote| remote.keys.as_ref());
        if self.guard.agree(keys) && self.outflow.packets > 0 {
            let ssrc = ids.bits() as u32;
            self.outflow.begin_anew(ssrc, first_number(ids));
        }
    }

    /// The codec it is sent; before an answer ours.
    pub(crate) fn codec(&self) -> Codec {
        self.remote.as_ref().map_or(Codec::Pcmu, |r| r.send.codec)
    }

    /// The codec it speaks; before its first packet what was agreed.
    pub(crate) fn speaks(&self) -> Codec {
        self.spoke.unwrap_or_else(|| self.codec())
    }

    /// Send a packet of sound, protected last of all. `false`: it was held back.
    pub(crate) fn send<W: Wire>(&mut self, to: SocketAddr, packet: &[u8], wire: &mut W) -> bool {
        send(&mut self.guard, self.line, to, packet, wire)
    }

    /// The same with a report. `mux`: over the port of the sound.
    pub(crate) fn send_report<W: Wire>(&mut self, to: SocketAddr, mux: bool, packet: &[u8], wire: &mut W) -> bool {
        let line = self.line;
        guarded(&mut self.guard, packet, Secure::protect_rtcp, |packet| wire.rtcp(line, mux, to, packet))
    }

    /// Silence from here would be a fault.
    pub(crate) fn expects_sound(&self) -> bool {
        self.remote.as_ref().is_some_and(|r| r.sends && !r.held)
    }
}

/// Send a packet of sound through this guard. `false`: it was held back.
pub(crate) fn send<W: Wire>(guard: &mut Guard, line: LineId, to: SocketAddr, packet: &[u8], wire: &mut W) -> bool {
    guarded(guard, packet, Secure::protect, |packet| wire.rtp(line, to, packet))
}

fn guarded(
    guard: &mut Guard,
    packet: &[u8],
    protect: impl FnOnce(&mut Secure, &mut [u8], usize) -> Option<usize>,
    send: impl FnOnce(&[u8]),
) -> bool {
    match guard {
        Guard::Open => send(packet),
        Guard::Locked => return false,
        Guard::Keyed(secure) => {
            // The packet may go to others as well, each of whom has another key.
            let mut room = [0u8; LARGEST + GROWTH];
            let Some(place) = room.get_mut(..packet.len()).filter(|_| packet.len() <= LARGEST) else { return false };
            place.copy_from_slice(packet);
            let Some(length) = protect(secure, &mut room, packet.len()) else { return false };
            send(&room[..length]);
        }
    }
    true
}
