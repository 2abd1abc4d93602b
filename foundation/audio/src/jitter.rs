//! The jitter buffer: packets in as the network brings them, sound out at an even pace.
//!
//! It keeps no sound, only packets of any kind and when they were said, and needs no timer: who plays asks for the next
//! packet when the last one is used up. How long a packet waits is learned from the arrivals ([`Delays`]); whether the
//! player is behind or ahead of that is told by [`Buffer::pace`], and the player corrects it by a pitch period at a time
//! ([`crate::stretch`]). A sender whose clock runs fast or slow is followed the same way. Where packets are missing
//! anyway, waiting longer or shorter costs nothing and is done there.
//!
//! Bounded: at most [`MOST_PACKETS`] wait (then the oldest goes), no packet waits longer than the longest delay.

mod delays;

pub use delays::Delays;
use ringdesk_model::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// More than a second of packets of 10 ms.
pub const MOST_PACKETS: usize = 128;
/// What is asked for at a time, microseconds.
const FRAME: i64 = 20_000;
/// The player may be so much behind: it asks every 20 ms, at any time between two arrivals.
const BEHIND: i64 = FRAME;
const AHEAD: i64 = 10_000;
/// A packet's time and its arrival disagree by so much more than usual: the sender's clock was set anew.
const JUMP: i64 = 1_000_000;
/// So many packets in a row, over so long a time, come too late: no burst after a stall, but a longer way from now on.
const LATE_RUN: u32 = 5;
const LATE_SPAN: i64 = 100_000;

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Ticks of the RTP timestamp per second.
    pub clock: u32,
    /// How long a packet waits at least and at most.
    pub least: Duration,
    pub most: Duration,
}

impl Settings {
    pub const fn new(clock: u32) -> Settings {
        Settings { clock, least: Duration::from_millis(20), most: Duration::from_millis(200) }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Kept,
    Duplicate,
    /// Its place was played already.
    Late,
    /// Its time is nowhere near: the next one will show whether the sender's clock jumped.
    Doubtful,
}

/// What to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// Nothing has begun yet.
    Wait,
    Sound(T),
    /// So many ticks of sound did not come. `following`: the packet right behind them, which may describe them too.
    Lost {
        ticks: u32,
        following: Option<T>,
    },
    /// Nothing is there: late, or the sender says nothing. Go on for 20 ms with what there is, and ask again.
    Empty,
}

/// How the player stands to where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Keep,
    /// More waits than needed.
    Shorten,
    /// Less waits than needed.
    Lengthen,
}

#[derive(Clone, Debug)]
pub struct Buffer<T> {
    clock: i64,
    most: i64,
    delays: Delays,
    /// By position: ticks since the stream began.
    packets: BTreeMap<i64, Waiting<T>>,
    stream: Option<Stream>,
    /// Position of what is to be played next; `None`: it waits for the first packet's delay.
    play: Option<i64>,
    figures: Figures,
}

/// Counted since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub kept: u64,
    pub duplicates: u64,
    pub late: u64,
    /// Thrown away to catch up, or because too many waited.
    pub dropped: u64,
    /// Asked for and not there: lost, and late or not sent.
    pub lost: u64,
    pub empty: u64,
    /// Times a stream began anew.
    pub restarts: u64,
}

#[derive(Clone, Debug)]
struct Waiting<T> {
    ticks: i64,
    payload: T,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    id: u64,
    /// A timestamp and its position.
    timestamp: u32,
    position: i64,
    began: Timestamp,
    /// How far off the last doubtful packet was.
    doubt: Option<i64>,
    /// Packets in a row that came too late, and since when.
    late: u32,
    late_since: Timestamp,
}

impl<T: Clone> Buffer<T> {
    pub fn new(settings: Settings) -> Buffer<T> {
        let micros = |d: Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX).min(10 * JUMP);
        Buffer {
            clock: i64::from(settings.clock.max(1_000)),
            most: micros(settings.most),
            delays: Delays::new(micros(settings.least), micros(settings.most)),
            packets: BTreeMap::new(),
            stream: None,
            play: None,
            figures: Figures::default(),
        }
    }

    /// A packet arrived. `stream`: changes when numbering and clock begin anew. `ticks`: of sound in it.
    pub fn put(&mut self, stream: u64, timestamp: u32, ticks: u32, payload: T, now: Timestamp) -> Put {
        let put = self.take(stream, timestamp, ticks, payload, now);
        match put {
            Put::Kept => self.figures.kept += 1,
            Put::Duplicate => self.figures.duplicates += 1,
            Put::Late => self.figures.late += 1,
            Put::Doubtful => self.figures.dropped += 1,
        }
        put
    }

    fn take(&mut self, id: u64, timestamp: u32, ticks: u32, payload: T, now: Timestamp) -> Put {
        let Some(mut stream) = self.stream.filter(|s| s.id == id) else {
            return self.restart(id, timestamp, ticks, payload, now);
        };
        let position = stream.position + i64::from(timestamp.wrapping_sub(stream.timestamp).cast_signed());
        let transit = now.0 - self.micros(position);
        let off = self.delays.off(transit);
        if off.abs() > JUMP {
            if stream.doubt.is_some_and(|before| (off - before).abs() < JUMP) {
                return self.restart(id, timestamp, ticks, payload, now);
            }
            self.stream = Some(Stream { doubt: Some(off), ..stream });
            return Put::Doubtful;
        }
        stream.doubt = None;
        if self.packets.contains_key(&position) {
            self.stream = Some(stream);
            return Put::Duplicate;
        }
        (stream.timestamp, stream.position) = (timestamp, position);
        self.delays.note(transit, now);
        let span = i64::from(ticks).max(1);
        if self.play.is_some_and(|play| position + span <= play) {
            if stream.late == 0 {
                stream.late_since = now;
            }
            stream.late += 1;
            if stream.late >= LATE_RUN && now.0 - stream.late_since.0 >= LATE_SPAN {
                return self.restart(id, timestamp, ticks, payload, now);
            }
            self.stream = Some(stream);
            return Put::Late;
        }
        stream.late = 0;
        self.stream = Some(stream);
        let ticks = span;
        if self.packets.len() >= MOST_PACKETS {
            self.packets.pop_first();
            self.figures.dropped += 1;
        }
        self.packets.insert(position, Waiting { ticks, payload });
        Put::Kept
    }

    fn restart(&mut self, id: u64, timestamp: u32, ticks: u32, payload: T, now: Timestamp) -> Put {
        self.figures.restarts += u64::from(self.stream.is_some());
        self.packets.clear();
        self.play = None;
        self.stream = Some(Stream { id, timestamp, position: 0, began: now, doubt: None, late: 0, late_since: now });
        self.delays.restart(now);
        self.delays.note(now.0, now);
        self.packets.insert(0, Waiting { ticks: i64::from(ticks).max(1), payload });
        Put::Kept
    }

    /// The next packet to play. `pending`: ticks of sound that were taken and not yet played.
    pub fn next(&mut self, pending: u32, now: Timestamp) -> Next<T> {
        let Some(stream) = self.stream else { return Next::Wait };
        let Some(first) = self.packets.first_key_value().map(|(at, _)| *at) else {
            return match self.play {
                Some(play) => self.empty(play, pending, now),
                None => Next::Wait,
            };
        };
        let mut play = match self.play {
            Some(play) => play,
            None if now.since(stream.began).as_micros() < self.delays.target().unsigned_abs().into() => {
                return Next::Wait;
            }
            None => first,
        };
        self.play = Some(play);
        let behind = self.behind(pending, now);
        if behind > self.most {
            // A burst after a stall: catch up at once, rather than stay late for seconds.
            play += self.ticks(behind);
            while self.packets.first_entry().is_some_and(|e| *e.key() + e.get().ticks <= play) {
                self.packets.pop_first();
                self.figures.dropped += 1;
            }
            self.play = Some(play);
            return self.next(pending, now);
        }
        let gap = first - play;
        if gap > 0 {
            if behind < -AHEAD {
                // Its time has not come: perhaps it is only out of order.
                return Next::Empty;
            }
            // What is not there need not be waited for. One packet alone is concealed better than it is left out.
            let give = behind > BEHIND || gap > self.ticks(FRAME);
            let given = if give { gap.min(self.ticks(behind.max(0))) } else { 0 };
            let gap = gap - given;
            let frame = gap.min(self.ticks(FRAME));
            self.play = Some(play + given + frame);
            if frame > 0 {
                self.figures.lost += 1;
                let following = (frame == gap).then(|| self.packets.first_key_value()).flatten();
                return Next::Lost { ticks: frame as u32, following: following.map(|(_, w)| w.payload.clone()) };
            }
        }
        let Some((at, waiting)) = self.packets.pop_first() else { return Next::Empty };
        self.play = Some(at + waiting.ticks);
        Next::Sound(waiting.payload)
    }

    /// Whether to play faster or slower; asked when a packet was taken.
    pub fn pace(&self, pending: u32, now: Timestamp) -> Pace {
        match self.behind(pending, now) {
            _ if self.play.is_none() => Pace::Keep,
            behind if behind > BEHIND => Pace::Shorten,
            behind if behind < -AHEAD => Pace::Lengthen,
            _ => Pace::Keep,
        }
    }

    /// How long a packet shall wait.
    pub fn target(&self) -> Duration {
        Duration::from_micros(self.delays.target().unsigned_abs())
    }

    /// Packets that wait.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub fn figures(&self) -> Figures {
        self.figures
    }

    fn empty(&mut self, play: i64, pending: u32, now: Timestamp) -> Next<T> {
        self.figures.empty += 1;
        // Wait for what is late, until it would be too old; then time goes on without it.
        if self.behind(pending, now) + self.delays.target() >= self.most {
            self.play = Some(play + self.ticks(FRAME));
        }
        Next::Empty
    }

    /// By how many microseconds the player is later than it has to be.
    fn behind(&self, pending: u32, now: Timestamp) -> i64 {
        let Some(play) = self.play else { return 0 };
        now.0 - self.delays.promptest() - self.delays.target() - self.micros(play - i64::from(pending))
    }

    fn micros(&self, ticks: i64) -> i64 {
        ticks * 1_000_000 / self.clock
    }

    fn ticks(&self, micros: i64) -> i64 {
        micros * self.clock / 1_000_000
    }
}

#[cfg(test)]
mod tests;
