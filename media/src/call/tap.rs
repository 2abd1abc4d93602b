//! Sound copied for those who keep it or listen along. What their buffer does not take is lost to them, counted, and told
//! with the next thing it takes; the caller's sound never waits.

use super::{Call, Surroundings, Wire};
use crate::codec::Codec;
use crate::rtp::packet::Header;
use bytes::Bytes;
use ringdesk_model::{Outlet, Timestamp};
use ringdesk_voice::{Tapped, Track};
use std::fmt;

/// Where a call's sound is copied to.
pub(crate) struct Tap {
    outlet: Outlet<Tapped>,
    /// Packets not taken, and since when.
    missing: Option<(Timestamp, u64)>,
}

impl Tap {
    pub(crate) fn new(outlet: Outlet<Tapped>) -> Tap {
        Tap { outlet, missing: None }
    }

    /// `false`: the listener did not take it.
    fn put(&mut self, now: Timestamp, what: Tapped) -> bool {
        if let Some((at, packets)) = self.missing
            && self.outlet.try_send(Tapped::Lost { at, packets }).is_ok()
        {
            self.missing = None;
        }
        // After a loss nothing overtakes the news of it.
        let taken = self.missing.is_none() && self.outlet.try_send(what).is_ok();
        if !taken {
            let (_, packets) = self.missing.get_or_insert((now, 0));
            *packets += 1;
        }
        taken
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tap({:?} missing)", self.missing)
    }
}

impl Call {
    pub(super) fn tap_packet<W: Wire>(
        &mut self,
        track: Track,
        header: &Header,
        codec: Codec,
        payload: &[u8],
        around: &Surroundings<'_, W>,
    ) {
        let Some(tap) = &mut self.tap else { return };
        let packet = Tapped::Packet {
            track,
            arrived: around.now,
            ssrc: header.ssrc,
            sequence: header.seq,
            timestamp: header.timestamp,
            coding: codec.coding(),
            payload: Bytes::copy_from_slice(payload),
        };
        around.figures.tapped.add(1);
        if !tap.put(around.now, packet) {
            around.figures.tap_lost.add(1);
        }
    }

    pub(super) fn tap_ended<W: Wire>(&mut self, leg: ringdesk_voice::LegId, around: &Surroundings<'_, W>) {
        if let Some(tap) = &mut self.tap {
            tap.put(around.now, Tapped::Ended { leg, at: around.now });
        }
    }
}
