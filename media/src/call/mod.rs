//! One call's legs and who hears whom. Pure but for [`Wire`]: sockets are someone else's, time is an argument.
//!
//! Routing is decided per sink, at every packet: a leg hears its playing prompt, else the leg it is told to hear.
//! One source in the sink's codec passes through on arrival, one of the other G.711 through a table; there is no timer
//! and no buffer. A leg that hears several, or one in another codec, gets a [`mix`].
//!
//! [`commands`] come from the call's machine, [`packets`] from the wire, [`timers`] from the wheel; a [`tap`] copies.

pub(crate) mod browser;
pub(crate) mod commands;
pub(crate) mod mix;
pub(crate) mod packets;
pub(crate) mod press;
pub(crate) mod tap;
pub(crate) mod timers;

use crate::config::Settings;
use crate::figures::Figures;
use crate::leg::Leg;
use crate::rtp::latch::Departed;
use crate::shard::line::LineId;
use crate::shard::outbox::Outbox;
use crate::shard::wheel::{Alarm, Wheel};
use crate::webrtc::Path;
use crate::webrtc::certificate::Identity;
use crate::webrtc::ice::Agent;
use ringdesk_model::{CallId, Ids, Timestamp};
use ringdesk_voice::{InterfaceId, LegId, MediaEvent, PlayEnd};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tap::Tap;

/// The sockets, as a call sees them.
pub(crate) trait Wire {
    /// Open a pair of ports for a leg of the call in this slot; the address to describe. `None`: no ports.
    fn open(&mut self, interface: InterfaceId, slot: u32) -> Option<(LineId, SocketAddr)>;
    /// A place for a browser's leg at the port that all of them share, and the addresses to describe. `None`: there is none.
    fn open_shared(&mut self, _interface: InterfaceId, _slot: u32) -> Option<(LineId, Vec<SocketAddr>)> {
        None
    }
    /// Names and ways of a browser's leg have changed.
    fn follow(&mut self, _line: LineId, _agent: &Agent) {}
    /// An answer to a check, or a step of a handshake.
    fn datagram(&mut self, _path: Path, _datagram: &[u8]) {}
    fn close(&mut self, line: LineId, now: Timestamp);
    /// Whose ports these were before, if not long ago.
    fn departed(&self, _line: LineId, _now: Timestamp) -> Vec<Departed> {
        Vec::new()
    }
    /// This stream was heard on the line that is closed next.
    fn departs(&mut self, _line: LineId, _stream: Departed, _now: Timestamp) {}
    fn rtp(&mut self, line: LineId, to: SocketAddr, packet: &[u8]);
    /// `mux`: over the RTP port.
    fn rtcp(&mut self, line: LineId, mux: bool, to: SocketAddr, packet: &[u8]);
    /// `None`: no such interface.
    fn is_ipv6(&self, interface: InterfaceId) -> Option<bool>;
}

/// What a call works with, lent to it for one event.
pub(crate) struct Surroundings<'a, W> {
    pub(crate) now: Timestamp,
    pub(crate) slot: u32,
    pub(crate) wire: &'a mut W,
    pub(crate) wheel: &'a mut Wheel,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) figures: &'a Figures,
    pub(crate) ids: &'a mut Ids,
    pub(crate) settings: &'a Settings,
    /// Who we are to browsers; `None`: nobody, and there are none.
    pub(crate) identity: Option<&'a Arc<Identity>>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    legs: Vec<Leg>,
    tap: Option<Tap>,
    /// Where a leg is mixed for.
    mixing: Option<Box<mix::Mixing>>,
    /// A test makes this call's next packet panic.
    #[cfg(test)]
    pub(crate) poisoned: bool,
}

impl Call {
    pub(crate) fn new(id: CallId) -> Self {
        Call {
            id,
            legs: Vec::with_capacity(2),
            tap: None,
            mixing: None,
            #[cfg(test)]
            poisoned: false,
        }
    }

    pub(crate) fn legs(&self) -> usize {
        self.legs.len()
    }

    pub(crate) fn leg_ids(&self) -> Vec<LegId> {
        self.legs.iter().map(|l| l.id).collect()
    }

    fn by_id(&self, leg: LegId) -> Option<usize> {
        self.legs.iter().position(|l| l.id == leg)
    }

    fn by_line(&self, line: LineId) -> Option<usize> {
        self.legs.iter().position(|l| l.line == line)
    }

    /// Close all legs: the end of the room, or a panic in this call.
    pub(crate) fn close_all<W: Wire>(&mut self, around: &mut Surroundings<'_, W>) {
        while !self.legs.is_empty() {
            self.close(0, around);
        }
    }

    fn close<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        // A key this leg holds down ends for those who hear it, and one that is being sent to it.
        for sink in 0..self.legs.len() {
            if sink == at || self.legs[sink].sending.is_some_and(|s| s.from == self.legs[at].id) {
                self.finish_key(sink, around);
            }
        }
        self.stop_playing(at, PlayEnd::Stopped, around);
        self.say_goodbye(at, around);
        let leg = self.legs.swap_remove(at);
        around.figures.legs_mixed.add(u64::from(leg.mixed).wrapping_neg());
        self.tap_ended(leg.id, around);
        self.route(around);
        if let Some(stream) = leg.latch.stream() {
            around.wire.departs(leg.line, stream, around.now);
        }
        around.wire.close(leg.line, around.now);
        around.figures.legs_open.add(1u64.wrapping_neg());
        self.tell(MediaEvent::Closed { leg: leg.id, quality: leg.quality() }, around);
    }

    fn stop_playing<W: Wire>(&mut self, at: usize, end: PlayEnd, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        if let Some(player) = leg.player.take().filter(|player| !player.is_key()) {
            let event = MediaEvent::Played { leg: leg.id, play: player.play, end };
            self.tell(event, around);
        }
    }

    fn tell<W: Wire>(&self, event: MediaEvent, around: &mut Surroundings<'_, W>) {
        around.outbox.put(self.id, event, around.figures);
    }

    fn wake_at<W: Wire>(&self, at: usize, when: Timestamp, alarm: Alarm, around: &mut Surroundings<'_, W>) {
        around.wheel.set(when, around.slot, self.legs[at].line, alarm);
    }

    fn wake_in<W: Wire>(&self, at: usize, delay: Duration, alarm: Alarm, around: &mut Surroundings<'_, W>) {
        self.wake_at(at, around.now + delay, alarm, around);
    }
}

#[cfg(test)]
mod tests;
