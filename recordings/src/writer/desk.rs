//! The writer's own table: which logs are open, what goes into which file, who is to be told.

use super::{Config, Counters, Event, Failure, Happened, LogFile, Missed, Shelf, Stored};
use crate::keys::LogKey;
use crate::log::{Input, Log, Opening, Output, Summary};
use ring::digest::{Context, SHA256};
use ringdesk_model::{Full, Outlet, RecordingId, Timestamp};
use ringdesk_voice::Tapped;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

/// Files on their way to the disk; the desk keeps the others and tries again.
const SYNCING: usize = 1_024;
/// Events that nobody takes. A recording has at most a handful.
const MOST_EVENTS: usize = 50_000;

pub(super) enum Item {
    Open(Box<NewLog>),
    Heard(Tapped),
    Log(Input),
}

pub(super) struct NewLog {
    pub(super) key: LogKey,
    pub(super) opening: Opening,
    /// Kept beside the log until the recording is in the books; empty: it is.
    pub(super) slip: Vec<u8>,
    pub(super) feed: Weak<Missed>,
}

struct Open {
    log: Log,
    file: Arc<dyn LogFile>,
    sum: Context,
    bytes: u64,
    dirty: bool,
    feed: Weak<Missed>,
    /// Seen without a feed. What it said last may still have been on its way then.
    left_alone: bool,
}

enum SyncJob {
    Often(RecordingId, Arc<dyn LogFile>),
    Last(RecordingId, Arc<dyn LogFile>, Box<Stored>),
}

enum Synced {
    Failed(RecordingId, io::Error),
    Stored(RecordingId, Box<Stored>),
}

pub(super) struct Desk {
    config: Config,
    shelf: Arc<dyn Shelf>,
    events: Outlet<Event>,
    counters: Arc<Counters>,
    open: BTreeMap<RecordingId, Open>,
    untold: VecDeque<Event>,
    /// Ended, and not yet taken by the thread that makes durable.
    ending: VecDeque<SyncJob>,
    sync_at: Timestamp,
    jobs: Option<SyncSender<SyncJob>>,
    synced: Receiver<Synced>,
    syncer: Option<JoinHandle<()>>,
}

impl Desk {
    pub(super) fn start(
        config: Config,
        shelf: Arc<dyn Shelf>,
        events: Outlet<Event>,
        counters: Arc<Counters>,
    ) -> io::Result<Desk> {
        let (jobs, todo) = sync_channel(SYNCING);
        let (done, synced) = sync_channel(SYNCING);
        let syncer = thread::Builder::new().name("recorder-sync".into()).spawn(move || make_durable(&todo, &done))?;
        Ok(Desk {
            config,
            shelf,
            events,
            counters,
            open: BTreeMap::new(),
            untold: VecDeque::new(),
            ending: VecDeque::new(),
            sync_at: Timestamp::default(),
            jobs: Some(jobs),
            synced,
            syncer: Some(syncer),
        })
    }

    /// A log lives in the time of what it hears: after a stall its blocks are cut as if there had been none.
    pub(super) fn take(&mut self, now: Timestamp, recording: RecordingId, item: Item) {
        let (at, input) = match item {
            Item::Open(new) => return self.begin(now, recording, *new),
            Item::Heard(tapped) => match &tapped {
                Tapped::Packet { arrived: at, .. } | Tapped::Ended { at, .. } => (*at, Input::Heard(tapped)),
                Tapped::Lost { .. } => (now, Input::Heard(tapped)),
            },
            Item::Log(input) => match &input {
                Input::Mark { marked, .. } => (marked.at, input),
                Input::End { at } => (*at, input),
                Input::Dropped(dropped) => (dropped.to, input),
                Input::Heard(_) => (now, input),
            },
        };
        // Unknown: it failed or ended, and this was still on its way.
        let Some(open) = self.open.get_mut(&recording) else { return };
        if matches!(input, Input::End { .. }) {
            tell(&mut self.untold, &self.counters, Event { recording, at: now, what: Happened::Sealing });
        }
        open.log.handle_input(at, input);
        self.write(now, recording);
    }

    /// Time passed, and everything that was heard until now was taken.
    pub(super) fn tick(&mut self, now: Timestamp) {
        let alone: Vec<RecordingId> =
            self.open.iter().filter(|(_, o)| o.left_alone).map(|(recording, _)| *recording).collect();
        for recording in alone {
            tracing::warn!(%recording, "nobody ended this recording");
            self.take(now, recording, Item::Log(Input::End { at: now }));
        }
        for open in self.open.values_mut() {
            open.left_alone = open.feed.strong_count() == 0;
        }
        let due: Vec<RecordingId> = self
            .open
            .iter()
            .filter(|(_, open)| open.log.poll_timeout().is_some_and(|(at, _)| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for recording in due {
            if let Some(open) = self.open.get_mut(&recording) {
                open.log.handle_timeout(now);
                self.write(now, recording);
            }
        }
    }

    /// Have files made durable, take what became of those before, tell everybody.
    pub(super) fn sync(&mut self, now: Timestamp) {
        while let Ok(synced) = self.synced.try_recv() {
            self.was_synced(now, synced);
        }
        self.hand_over_ended();
        if now >= self.sync_at
            && let Some(jobs) = &self.jobs
        {
            self.sync_at = now + self.config.sync_every;
            for (recording, open) in self.open.iter_mut().filter(|(_, o)| o.dirty) {
                // A full buffer: the disk is slow, and the file stays dirty until the next round.
                open.dirty = jobs.try_send(SyncJob::Often(*recording, open.file.clone())).is_err();
            }
        }
        while let Some(event) = self.untold.pop_front() {
            if let Err(Full(event)) = self.events.try_send(event) {
                self.untold.push_front(event);
                break;
            }
        }
    }

    /// End everything, properly.
    pub(super) fn finish(mut self, now: Timestamp) {
        let open: Vec<RecordingId> = self.open.keys().copied().collect();
        for recording in open {
            self.take(now, recording, Item::Log(Input::End { at: now }));
        }
        while !self.ending.is_empty() {
            self.hand_over_ended();
            if let Ok(synced) = self.synced.try_recv() {
                self.was_synced(now, synced);
            } else {
                thread::yield_now();
            }
        }
        self.jobs = None;
        while let Ok(synced) = self.synced.recv() {
            self.was_synced(now, synced);
        }
        if self.syncer.take().is_some_and(|s| s.join().is_err()) {
            tracing::error!("the thread that makes recordings durable panicked");
        }
        self.sync(now);
        self.counters.events_lost.fetch_add(self.untold.len() as u64, Relaxed);
    }

    fn begin(&mut self, now: Timestamp, recording: RecordingId, NewLog { key, opening, slip, feed }: NewLog) {
        if self.open.contains_key(&recording) {
            return; // its own beginning came twice; the first one counts
        }
        let made = if self.open.len() >= self.config.most_open {
            Err(Failure::TooMany)
        } else {
            let noted = if slip.is_empty() { Ok(()) } else { self.shelf.note(recording, &slip) };
            noted.and_then(|()| self.shelf.create(recording, opening.at)).map_err(|e| failure(recording, &e))
        };
        match made {
            Ok(file) => {
                let log = Log::open(key, opening, self.config.log);
                let file = Arc::from(file);
                let sum = Context::new(&SHA256);
                let open = Open { log, file, sum, bytes: 0, dirty: true, feed, left_alone: false };
                self.open.insert(recording, open);
                self.counters.open.store(self.open.len() as u64, Relaxed);
                tell(&mut self.untold, &self.counters, Event { recording, at: now, what: Happened::Started });
            }
            Err(reason) => self.fail(now, recording, reason),
        }
    }

    /// Carry a log's outputs to its file.
    fn write(&mut self, now: Timestamp, recording: RecordingId) {
        let Some(open) = self.open.get_mut(&recording) else { return };
        while let Some(output) = open.log.poll_output() {
            match output {
                Output::Append(block) => {
                    if let Err(error) = open.file.append(&block) {
                        let reason = failure(recording, &error);
                        return self.fail(now, recording, reason);
                    }
                    open.sum.update(&block);
                    open.bytes += block.len() as u64;
                    open.dirty = true;
                    self.counters.bytes.fetch_add(block.len() as u64, Relaxed);
                }
                Output::Resumed(marked) => {
                    let what = Happened::Resumed(marked);
                    tell(&mut self.untold, &self.counters, Event { recording, at: now, what });
                }
                Output::Ended(summary) => {
                    if let Some(open) = self.open.remove(&recording) {
                        self.counters.open.store(self.open.len() as u64, Relaxed);
                        let file = open.file.clone();
                        self.ending.push_back(SyncJob::Last(recording, file, Box::new(stored(open, summary))));
                    }
                    return self.hand_over_ended();
                }
            }
        }
    }

    fn hand_over_ended(&mut self) {
        while let (Some(job), Some(jobs)) = (self.ending.pop_front(), &self.jobs) {
            if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = jobs.try_send(job) {
                return self.ending.push_front(job);
            }
        }
    }

    fn was_synced(&mut self, now: Timestamp, synced: Synced) {
        match synced {
            Synced::Failed(recording, error) => {
                let reason = failure(recording, &error);
                self.fail(now, recording, reason);
            }
            Synced::Stored(recording, stored) => {
                self.counters.stored.fetch_add(1, Relaxed);
                let what = Happened::Stored(*stored);
                tell(&mut self.untold, &self.counters, Event { recording, at: now, what });
            }
        }
    }

    /// The call goes on; this recording does not.
    fn fail(&mut self, now: Timestamp, recording: RecordingId, reason: Failure) {
        self.open.remove(&recording);
        self.counters.open.store(self.open.len() as u64, Relaxed);
        self.counters.failed.fetch_add(1, Relaxed);
        tell(&mut self.untold, &self.counters, Event { recording, at: now, what: Happened::Failed(reason) });
    }
}

fn tell(untold: &mut VecDeque<Event>, counters: &Counters, event: Event) {
    if untold.len() >= MOST_EVENTS {
        untold.pop_front();
        counters.events_lost.fetch_add(1, Relaxed);
    }
    untold.push_back(event);
}

fn failure(recording: RecordingId, error: &io::Error) -> Failure {
    tracing::warn!(%recording, %error, "a recording failed");
    Failure::of(error)
}

fn stored(open: Open, summary: Summary) -> Stored {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(open.sum.finish().as_ref());
    Stored {
        started_at: summary.started_at,
        ended_at: summary.ended_at,
        duration_ms: summary.duration_ms,
        sha256,
        chain_head: summary.chain_head,
        bytes: open.bytes,
        gaps: summary.gaps,
        totals: summary.totals,
    }
}

/// The other thread: what waits for the disk waits here.
fn make_durable(jobs: &Receiver<SyncJob>, done: &SyncSender<Synced>) {
    for job in jobs {
        let synced = match job {
            SyncJob::Often(recording, file) => match file.sync() {
                Ok(()) => continue,
                Err(error) => Synced::Failed(recording, error),
            },
            SyncJob::Last(recording, file, stored) => match file.sync() {
                Ok(()) => Synced::Stored(recording, stored),
                Err(error) => Synced::Failed(recording, error),
            },
        };
        if done.send(synced).is_err() {
            return;
        }
    }
}
