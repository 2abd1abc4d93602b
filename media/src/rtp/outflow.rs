//! What one leg is sent: one stream with one SSRC from its first packet to its last, whatever feeds it.
//!
//! From one source, out = in + offset, so that a loss upstream stays visible downstream. On a change of source the
//! numbers go on at last + 1, the timestamp follows the wall clock, the marker is set; what the old source still
//! sends is not let through.

use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;

/// Where packets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A leg, and the epoch of its numbers.
    Leg(LegId, u32),
    /// A playing, by its serial number in the leg.
    Player(u32),
    /// A mix of the call's.
    Mix(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seq: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
}

#[derive(Debug)]
pub(crate) struct Outflow {
    pub(crate) ssrc: u32,
    /// Of the newest packet; before the first, random.
    seq: u32,
    timestamp: u32,
    sent: Option<Timestamp>,
    /// Ticks per millisecond.
    khz: i64,
    /// Ticks of sound in the newest packet.
    span: u32,
    feed: Option<Feed>,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

#[derive(Debug)]
struct Feed {
    source: Source,
    seq_offset: u32,
    timestamp_offset: u32,
    /// Source numbers before this one are too late: theirs is taken.
    floor: u32,
    /// Highest source number so far.
    top: u32,
}

impl Outflow {
    pub(crate) fn new(ssrc: u32, seq: u16, timestamp: u32) -> Self {
        Outflow { ssrc, seq: u32::from(seq), timestamp, sent: None, khz: 8, span: 0, feed: None, packets: 0, octets: 0 }
    }

    /// Another stream from here on, to which nothing that was sent belongs.
    pub(crate) fn begin_anew(&mut self, ssrc: u32, seq: u16) {
        self.ssrc = ssrc;
        self.seq = u32::from(seq);
        self.feed = None;
    }

    /// Timestamps count so many ticks per second from now on; what was fed before counted otherwise.
    pub(crate) fn set_clock(&mut self, clock: u32) {
        let khz = i64::from(clock / 1_000);
        if self.khz != khz {
            self.khz = khz;
            self.feed = None;
            self.span = 0;
        }
    }

    /// The place of a source's packet in this stream; `None`: too late.
    pub(crate) fn follow(
        &mut self,
        source: Source,
        number: u32,
        timestamp: u32,
        span: u32,
        marker: bool,
        now: Timestamp,
    ) -> Option<Place> {
        if self.feed.as_ref().is_none_or(|f| f.source != source) {
            self.switch(source, number, timestamp, now);
            return Some(self.newest(number, span, true, now));
        }
        let clock = self.clock(now);
        let feed = self.feed.as_mut()?;
        if before(number, feed.floor) {
            return None;
        }
        let out = timestamp.wrapping_add(feed.timestamp_offset);
        if !before(feed.top, number) {
            // Reordered on its way; its time must lie where its number lies.
            let late = Place { seq: number.wrapping_add(feed.seq_offset) as u16, timestamp: out, marker };
            return (!before(self.timestamp, out)).then_some(late);
        }
        if before(out, self.timestamp) {
            // The source's clock fell back: go on from ours, and let nothing through of before.
            feed.timestamp_offset = clock.wrapping_sub(timestamp);
            feed.floor = number;
            self.seq = number.wrapping_add(feed.seq_offset);
            self.timestamp = clock;
            return Some(self.newest(number, span, true, now));
        }
        self.seq = number.wrapping_add(feed.seq_offset);
        self.timestamp = out;
        Some(self.newest(number, span, marker, now))
    }

    /// The timestamp of a telephone-event that begins now: where the source's own timestamp lies in this stream.
    /// `next`: the source's next number.
    pub(crate) fn begin_event(&mut self, source: Source, next: u32, timestamp: u32, now: Timestamp) -> u32 {
        match &self.feed {
            Some(feed) if feed.source == source => {
                let out = timestamp.wrapping_add(feed.timestamp_offset);
                self.timestamp = if before(out, self.timestamp) { self.clock(now) } else { out };
            }
            _ => {
                self.switch(source, next, timestamp, now);
                // `switch` took the number for a packet of the source; none was sent yet.
                self.seq = self.seq.wrapping_sub(1);
                if let Some(feed) = &mut self.feed {
                    feed.top = next.wrapping_sub(1);
                }
            }
        }
        self.span = 0;
        self.sent = Some(now);
        self.timestamp
    }

    /// The timestamp of a telephone-event that begins now, whose source counts otherwise.
    pub(crate) fn begin_event_now(&mut self, now: Timestamp) -> u32 {
        self.timestamp = self.clock(now);
        self.span = 0;
        self.sent = Some(now);
        self.timestamp
    }

    /// The sequence number of a packet of our own between those of the source.
    pub(crate) fn insert(&mut self) -> u16 {
        self.seq = self.seq.wrapping_add(1);
        if let Some(feed) = &mut self.feed {
            feed.seq_offset = feed.seq_offset.wrapping_add(1);
            feed.floor = feed.top.wrapping_add(1);
        }
        self.seq as u16
    }

    pub(crate) fn count(&mut self, payload: usize) {
        self.packets += 1;
        self.octets += payload as u64;
    }

    /// The RTP timestamp at this moment, for sender reports.
    pub(crate) fn timestamp_at(&self, now: Timestamp) -> u32 {
        self.sent.map_or(self.timestamp, |sent| self.timestamp.wrapping_add(self.ticks(sent, now)))
    }

    fn switch(&mut self, source: Source, number: u32, timestamp: u32, now: Timestamp) {
        self.timestamp = self.clock(now);
        self.seq = self.seq.wrapping_add(1);
        self.feed = Some(Feed {
            source,
            seq_offset: self.seq.wrapping_sub(number),
            timestamp_offset: self.timestamp.wrapping_sub(timestamp),
            floor: number,
            top: number,
        });
    }

    fn newest(&mut self, number: u32, span: u32, marker: bool, now: Timestamp) -> Place {
        if let Some(feed) = &mut self.feed {
            feed.top = number;
        }
        self.sent = Some(now);
        self.span = span;
        Place { seq: self.seq as u16, timestamp: self.timestamp, marker }
    }

    /// Where this stream's clock stands: behind the newest packet's sound, and by wall clock after a pause.
    fn clock(&self, now: Timestamp) -> u32 {
        self.sent.map_or(self.timestamp, |sent| self.timestamp.wrapping_add(self.ticks(sent, now).max(self.span)))
    }

    fn ticks(&self, from: Timestamp, to: Timestamp) -> u32 {
        (to.since(from).as_micros() as i64 * self.khz / 1000) as u32
    }
}

/// Serial number arithmetic (RFC 1982).
fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}
