//! What arrives from one leg: sequence numbers extended to 32 bits, duplicates and strays out, figures kept.

use ringdesk_model::Timestamp;
use std::time::Duration;

/// RFC 3550 A.1: further ahead is a restart, not a loss.
const MAX_DROPOUT: u16 = 3000;
/// RFC 3550 A.1: further behind is a restart, not a late packet.
const MAX_MISORDER: u16 = 100;
/// Packets further behind than this are too late to be told from duplicates.
const WINDOW: u16 = 64;
/// How long a replaced stream's stragglers are kept out while the new one is heard.
const STRAGGLERS: Duration = Duration::from_millis(500);

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Use it; its extended sequence number.
    Fresh(u32),
    Duplicate,
    /// Too late, or of a stream that was replaced.
    Late,
    /// Perhaps the first after a restart of the numbers; the next will show it.
    Doubtful,
}

/// One leg's incoming stream.
#[derive(Debug, Default)]
pub(crate) struct Inflow {
    ssrc: Option<u32>,
    /// Grows whenever numbers start anew: another SSRC, a jump.
    epoch: u32,
    /// Highest extended number. Starts at 65,536 + the first so that a late earlier one does not wrap.
    highest: u32,
    /// Bit n: `highest - n` arrived.
    window: u64,
    restart: Option<u16>,
    replaced: Option<u32>,
    heard: Timestamp,
    /// Packets that went no further (telephone-event, comfort noise): their numbers are closed up.
    consumed: u32,
    consumed_below: u32,
    pub(crate) figures: Figures,
}

/// RFC 3550 A.3 and A.8.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) received: u64,
    /// Expected and received of earlier epochs.
    past_expected: u64,
    first: u32,
    started: bool,
    /// Of this epoch.
    highest: u32,
    jitter: f64,
    transit: Option<i64>,
    /// Ticks per millisecond; 0: 8.
    khz: u32,
    /// At the last report.
    reported_expected: u64,
    reported_received: u64,
}

impl Inflow {
    pub(crate) fn arrive(&mut self, ssrc: u32, seq: u16, now: Timestamp) -> Arrival {
        if self.ssrc != Some(ssrc) {
            if self.replaced == Some(ssrc) && now.since(self.heard) < STRAGGLERS {
                return Arrival::Late;
            }
            self.replaced = self.ssrc.replace(ssrc);
            return self.start(seq, now);
        }
        let ahead = seq.wrapping_sub(self.highest as u16);
        let behind = (self.highest as u16).wrapping_sub(seq);
        if ahead != 0 && ahead < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(ahead));
            self.window = if ahead < WINDOW { self.window << ahead | 1 } else { 1 };
            return self.fresh(self.highest, now);
        }
        if behind < WINDOW {
            let bit = 1u64 << behind;
            if self.window & bit != 0 {
                return Arrival::Duplicate;
            }
            self.window |= bit;
            return self.fresh(self.highest.wrapping_sub(u32::from(behind)), now);
        }
        if behind <= MAX_MISORDER {
            return Arrival::Late;
        }
        if self.restart == Some(seq) {
            return self.start(seq, now);
        }
        self.restart = Some(seq.wrapping_add(1));
        Arrival::Doubtful
    }

    fn start(&mut self, seq: u16, now: Timestamp) -> Arrival {
        self.epoch = self.epoch.wrapping_add(1);
        self.highest = 0x1_0000 | u32::from(seq);
        self.window = 1;
        self.consumed = 0;
        self.consumed_below = 0;
        self.figures.start(self.highest);
        self.fresh(self.highest, now)
    }

    fn fresh(&mut self, number: u32, now: Timestamp) -> Arrival {
        self.restart = None;
        self.heard = now;
        self.figures.received += 1;
        self.figures.highest = self.highest;
        Arrival::Fresh(number)
    }

    /// The packet of this number goes no further. Only one in order closes up: numbers after it may be out already.
    pub(crate) fn consume(&mut self, number: u32) {
        if number == self.highest {
            self.consumed = self.consumed.wrapping_add(1);
            self.consumed_below = number;
        }
    }

    /// The number without those consumed; `None`: it belongs before a consumed one, where its number was given away.
    pub(crate) fn closed_up(&self, number: u32) -> Option<u32> {
        (number.wrapping_sub(self.consumed_below) as i32 >= 0).then(|| number.wrapping_sub(self.consumed))
    }

    /// The closed-up number of the next packet in order.
    pub(crate) fn next(&self) -> u32 {
        self.highest.wrapping_add(1).wrapping_sub(self.consumed)
    }

    /// Grows with every packet that is newer than all before it.
    pub(crate) fn newest(&self) -> (u32, u32) {
        (self.epoch, self.highest)
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }
}

impl Figures {
    fn start(&mut self, highest: u32) {
        if self.started {
            self.past_expected = self.expected();
        }
        self.started = true;
        self.first = highest;
        self.highest = highest;
        self.transit = None;
    }

    /// Timestamps count so many ticks per second from now on.
    pub(crate) fn set_clock(&mut self, clock: u32) {
        if clock / 1_000 != self.khz() {
            self.khz = clock / 1_000;
            self.transit = None;
            self.jitter = 0.0;
        }
    }

    fn khz(&self) -> u32 {
        if self.khz == 0 { 8 } else { self.khz }
    }

    /// An audio packet's timestamp, for the jitter (RFC 3550 §6.4.1, A.8).
    pub(crate) fn timestamp(&mut self, timestamp: u32, now: Timestamp) {
        let arrival = now.0.wrapping_mul(self.khz().into()) / 1000;
        let transit = i64::from((arrival as u32).wrapping_sub(timestamp));
        if let Some(last) = self.transit.replace(transit) {
            // Differences modulo 2^32: the clocks have nothing to do with each other.
            let d = i64::from((transit - last) as i32).unsigned_abs() as f64;
            self.jitter += (d - self.jitter) / 16.0;
        }
    }

    pub(crate) fn expected(&self) -> u64 {
        if !self.started {
            return 0;
        }
        // A late packet from before the first makes received exceed this for a while; `lost` stays at zero then.
        self.past_expected + u64::from(self.highest.wrapping_sub(self.first)) + 1
    }

    pub(crate) fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    pub(crate) fn jitter_ticks(&self) -> u32 {
        self.jitter as u32
    }

    pub(crate) fn jitter_ms(&self) -> f32 {
        (self.jitter / f64::from(self.khz())) as f32
    }

    pub(crate) fn highest(&self) -> u32 {
        // The count of cycles starts at zero on the wire.
        self.highest.wrapping_sub(0x1_0000)
    }

    /// Fraction lost since the last call, in 1/256 (RFC 3550 A.3).
    pub(crate) fn fraction_lost(&mut self) -> u8 {
        let expected = self.expected() - self.reported_expected;
        let received = self.received - self.reported_received;
        self.reported_expected = self.expected();
        self.reported_received = self.received;
        let lost = expected.saturating_sub(received);
        (lost * 256).checked_div(expected).map_or(0, |fraction| u8::try_from(fraction).unwrap_or(255))
    }
}
