//! Writes the logs of all calls: one thread that seals and appends, one that makes durable. The only IO of this room.
//!
//! Between a call and the disk stands one bounded buffer. When the disk stalls the buffer fills, packets are dropped and
//! counted, and the count becomes a gap of the recording; the call hears nothing of it. When the disk refuses, the
//! recording is `failed` with the reason, and the call goes on.
//!
//! The thread looks into the buffer every [`Config::look_every`] instead of being woken by each packet: waking costs the
//! packet path more than all the rest of recording.

mod desk;
mod shelf;
#[cfg(test)]
mod tests;

pub use shelf::{Folder, LogFile, Shelf};

use crate::gap::{Gap, GapReason};
use crate::keys::RecordingKey;
use crate::log::{self, Dropped, Input, Marked, Opening, Totals};
use desk::{Desk, Item, NewLog};
use ringdesk_model::{Clock, Full, Outlet, RecordingId, Timestamp};
use ringdesk_voice::Tapped;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Orders are taken above the packets' limit, so that an end or a mask finds room when sound does not.
const FOR_ORDERS: usize = 4_096;
/// After so many things the thread looks at the time again.
const AT_ONCE: usize = 4_096;

#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub log: log::Config,
    /// Packets of all calls that wait for the writer; some 250 bytes each.
    pub buffer: usize,
    /// Recordings at one time; one more is `failed`.
    pub most_open: usize,
    /// How often the thread looks into the buffer.
    pub look_every: Duration,
    /// What a power cut may take, beside the block in memory. A process that dies takes none of it. Each file is made durable
    /// by itself, so a disk has as many of these writes as there are recordings in that time.
    pub sync_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            log: log::Config::default(),
            buffer: 65_536,
            most_open: 4_000,
            look_every: Duration::from_millis(50),
            sync_every: Duration::from_secs(3),
        }
    }
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub recording: RecordingId,
    pub at: Timestamp,
    pub what: Happened,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The file exists.
    Started,
    /// A pause or mask ended by itself: an entry for the audit.
    Resumed(Marked),
    /// The last block is on its way.
    Sealing,
    /// Whole and durable.
    Stored(Stored),
    /// What was written before is still there, and can be read.
    Failed(Failure),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub duration_ms: i64,
    /// Of the file.
    pub sha256: [u8; 32],
    pub chain_head: [u8; 32],
    pub bytes: u64,
    pub gaps: Vec<Gap>,
    pub totals: Totals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    DiskFull,
    DiskError,
    NotAllowed,
    /// There is a log of this recording already.
    Exists,
    /// [`Config::most_open`].
    TooMany,
}

impl Failure {
    pub const fn as_str(self) -> &'static str {
        match self {
            Failure::DiskFull => "disk_full",
            Failure::DiskError => "disk_error",
            Failure::NotAllowed => "not_allowed",
            Failure::Exists => "exists",
            Failure::TooMany => "too_many",
        }
    }

    fn of(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Failure::DiskFull
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Failure::NotAllowed,
            io::ErrorKind::AlreadyExists => Failure::Exists,
            _ => Failure::DiskError,
        }
    }
}

/// Figures since the start, for metrics and alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub open: u64,
    pub stored: u64,
    pub failed: u64,
    pub bytes: u64,
    /// Packets that found the buffer full.
    pub dropped: u64,
    /// Things in the buffer now.
    pub waiting: u64,
    /// Events that nobody took, and that were thrown away at last.
    pub events_lost: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) open: AtomicU64,
    pub(crate) stored: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) events_lost: AtomicU64,
    dropped: AtomicU64,
    waiting: AtomicUsize,
    stop: AtomicBool,
}

/// The room's front door. Dropping it ends all recordings properly.
pub struct Recorder {
    sender: SyncSender<(RecordingId, Item)>,
    counters: Arc<Counters>,
    buffer: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    pub fn start(
        config: Config,
        shelf: Arc<dyn Shelf>,
        clock: Arc<dyn Clock>,
        events: Outlet<Event>,
    ) -> io::Result<Recorder> {
        let (sender, receiver) = sync_channel(config.buffer + FOR_ORDERS);
        let counters = Arc::new(Counters::default());
        let desk = Desk::start(config, shelf, events, counters.clone())?;
        let counting = counters.clone();
        let thread = thread::Builder::new()
            .name("recorder".into())
            .spawn(move || run(&receiver, desk, &*clock, &counting, config.look_every))?;
        Ok(Recorder { sender, counters, buffer: config.buffer, thread: Mutex::new(Some(thread)) })
    }

    /// Begin a recording; its events follow. `Full`: not begun, the buffer has no room even for orders.
    pub fn open(&self, key: &RecordingKey, opening: Opening) -> Result<Feed, Full<()>> {
        self.open_noted(key, opening, Vec::new())
    }

    /// The same of a recording that is not in the books yet: `slip` says what is to be written there, and is kept beside the
    /// log ([`Folder::unbooked`]) until [`Folder::booked`]. Without it the log of a server that dies now has no key.
    pub fn open_noted(&self, key: &RecordingKey, opening: Opening, slip: Vec<u8>) -> Result<Feed, Full<()>> {
        let feed = Feed {
            recording: key.recording(),
            sender: self.sender.clone(),
            counters: self.counters.clone(),
            buffer: self.buffer,
            missed: Arc::default(),
        };
        let new = NewLog { key: key.log(), opening, slip, feed: Arc::downgrade(&feed.missed) };
        feed.order(Item::Open(Box::new(new))).map(|()| feed)
    }

    pub fn figures(&self) -> Figures {
        let c = &self.counters;
        Figures {
            open: c.open.load(Relaxed),
            stored: c.stored.load(Relaxed),
            failed: c.failed.load(Relaxed),
            bytes: c.bytes.load(Relaxed),
            dropped: c.dropped.load(Relaxed),
            waiting: c.waiting.load(Relaxed) as u64,
            events_lost: c.events_lost.load(Relaxed),
        }
    }

    /// Write what waits, end every recording, make all durable. Blocks until it is done; later calls do nothing.
    pub fn shut_down(&self) {
        self.counters.stop.store(true, Relaxed);
        let thread = self.thread.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(thread) = thread {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the recorder's thread panicked");
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// One recording's way to the writer. Never blocks. When the last clone and the last outlet are gone without an end, the
/// writer ends the recording: nobody can say anything to it any more.
#[derive(Clone)]
pub struct Feed {
    recording: RecordingId,
    sender: SyncSender<(RecordingId, Item)>,
    counters: Arc<Counters>,
    buffer: usize,
    missed: Arc<Missed>,
}

/// Packets that found no room, and since when.
#[derive(Default)]
pub(crate) struct Missed {
    since: AtomicI64,
    packets: AtomicU64,
}

impl Feed {
    pub fn recording(&self) -> RecordingId {
        self.recording
    }

    /// For media's tap. It takes everything: what finds no room is counted here, and told to the recording itself.
    pub fn outlet(&self) -> Outlet<Tapped> {
        let feed = self.clone();
        Outlet::new(move |tapped| {
            feed.try_push(tapped);
            Ok(())
        })
    }

    /// Hand sound over. False: there was no room; it is counted, and becomes a gap.
    pub fn try_push(&self, tapped: Tapped) -> bool {
        let (at, packets) = match &tapped {
            Tapped::Packet { arrived, .. } => (*arrived, 1),
            Tapped::Lost { at, packets } => (*at, *packets),
            Tapped::Ended { at, .. } => (*at, 0),
        };
        if self.counters.waiting.load(Relaxed) < self.buffer {
            self.tell_missed(at);
        }
        if self.missed.packets.load(Relaxed) == 0 && self.push(Item::Heard(tapped), self.buffer).is_ok() {
            return true;
        }
        if self.missed.packets.fetch_add(packets, Relaxed) == 0 {
            self.missed.since.store(at.0, Relaxed);
        }
        self.counters.dropped.fetch_add(packets, Relaxed);
        false
    }

    /// Pause, mask, announcement, hold … `until`: see [`log::Input::Mark`].
    pub fn mark(&self, marked: Marked, until: Option<Timestamp>) -> Result<(), Full<()>> {
        self.tell_missed(marked.at);
        self.order(Item::Log(Input::Mark { marked, until }))
    }

    /// The last block. Its event is `Sealing`, then `Stored` or `Failed`.
    pub fn end(&self, at: Timestamp) -> Result<(), Full<()>> {
        self.tell_missed(at);
        self.order(Item::Log(Input::End { at }))
    }

    /// News of a loss overtakes nothing and goes first; it may take the place of an order, so that an end finds it told.
    fn tell_missed(&self, now: Timestamp) {
        let packets = self.missed.packets.load(Relaxed);
        if packets == 0 {
            return;
        }
        let from = Timestamp(self.missed.since.load(Relaxed));
        let dropped = Dropped { from, to: now.max(from), packets, reason: GapReason::RecorderBehind };
        if self.order(Item::Log(Input::Dropped(dropped))).is_ok() {
            self.missed.packets.fetch_sub(packets, Relaxed);
        }
    }

    fn order(&self, item: Item) -> Result<(), Full<()>> {
        self.push(item, self.buffer + FOR_ORDERS)
    }

    fn push(&self, item: Item, limit: usize) -> Result<(), Full<()>> {
        if self.counters.waiting.fetch_add(1, Relaxed) >= limit || self.sender.try_send((self.recording, item)).is_err()
        {
            self.counters.waiting.fetch_sub(1, Relaxed);
            return Err(Full(()));
        }
        Ok(())
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed({})", self.recording)
    }
}

fn run(
    receiver: &Receiver<(RecordingId, Item)>,
    mut desk: Desk,
    clock: &dyn Clock,
    counters: &Counters,
    look_every: Duration,
) {
    loop {
        let stop = counters.stop.load(Relaxed);
        let mut now = clock.now();
        let mut gone = false;
        for _ in 0..AT_ONCE {
            match receiver.try_recv() {
                Ok((recording, item)) => {
                    counters.waiting.fetch_sub(1, Relaxed);
                    desk.take(now, recording, item);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    gone = true;
                    break;
                }
            }
        }
        let empty = counters.waiting.load(Relaxed) == 0;
        now = clock.now();
        if empty || gone {
            desk.tick(now);
        }
        desk.sync(now);
        if (stop && empty) || gone {
            return desk.finish(now);
        }
        if empty {
            thread::park_timeout(look_every);
        }
    }
}
