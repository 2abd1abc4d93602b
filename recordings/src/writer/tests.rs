use super::*;
use crate::gap::GapSide;
use crate::log::Mark;
use crate::testing::{START, after, opening, recording_key, talkers};
use crate::verify::{Expected, verify};
use ringdesk_model::Clock;
use std::fs::{self, File, OpenOptions};
use std::io::{PipeWriter, Read as _, Write};
use std::sync::Condvar;
use std::sync::mpsc::{Receiver, sync_channel};

/// The test's own time.
struct Shown(AtomicI64);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Relaxed))
    }
}

struct Room {
    recorder: Recorder,
    clock: Arc<Shown>,
    events: Receiver<Event>,
}

fn room(config: Config, shelf: Arc<dyn Shelf>) -> Room {
    let (sender, events) = sync_channel(64);
    let outlet = Outlet::new(move |e: Event| {
        sender.try_send(e).map_err(|e| match e {
            std::sync::mpsc::TrySendError::Full(e) | std::sync::mpsc::TrySendError::Disconnected(e) => Full(e),
        })
    });
    let clock = Arc::new(Shown(AtomicI64::new(START.0)));
    let recorder = Recorder::start(config, shelf, clock.clone(), outlet).unwrap();
    Room { recorder, clock, events }
}

impl Room {
    fn next(&self) -> Happened {
        self.events.recv_timeout(Duration::from_secs(20)).expect("the recorder says what happens").what
    }

    fn at(&self, ms: i64) {
        self.clock.0.store(after(ms).0, Relaxed);
    }

    fn stored(&self) -> Stored {
        loop {
            match self.next() {
                Happened::Stored(stored) => return stored,
                Happened::Failed(reason) => panic!("{reason:?}"),
                _ => {}
            }
        }
    }
}

fn quick() -> Config {
    Config { look_every: Duration::from_millis(1), ..Config::default() }
}

/// Both talk from here to there; how many packets found room.
fn talk(feed: &Feed, from_ms: i64, to_ms: i64) -> u64 {
    let (mut left, mut right) = talkers();
    let mut taken = 0;
    for ms in (from_ms..to_ms).step_by(20) {
        taken += u64::from(feed.try_push(left.say(after(ms))));
        taken += u64::from(feed.try_push(right.say(after(ms))));
    }
    taken
}

#[test]
fn a_call_becomes_a_file_and_the_file_is_what_was_said_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder(dir.path().to_path_buf());
    let room = room(quick(), Arc::new(folder.clone()));
    let key = recording_key(1);
    let feed = room.recorder.open(&key, opening()).unwrap();
    assert_eq!(room.next(), Happened::Started);
    let outlet = feed.outlet();
    let (mut left, mut right) = talkers();
    for ms in (0..3_000).step_by(20) {
        outlet.try_send(left.say(after(ms))).unwrap();
        outlet.try_send(right.say(after(ms))).unwrap();
    }
    feed.end(after(3_000)).unwrap();
    assert_eq!(room.next(), Happened::Sealing);
    let Happened::Stored(stored) = room.next() else { panic!("not stored") };
    assert_eq!((stored.duration_ms, &stored.gaps[..]), (3_000, &[][..]));

    let path = folder.path(key.recording(), START);
    assert!(path.starts_with(dir.path().join("2026/09/21")), "{path:?}");
    let expected = Expected { sha256: stored.sha256, chain_head: stored.chain_head };
    let verdict = verify(&key.log(), File::open(&path).unwrap(), Some(&expected)).unwrap();
    assert!(verdict.intact && verdict.as_stored == Some(true));
    assert_eq!((verdict.bytes, verdict.totals), (stored.bytes, Some(stored.totals)));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let figures = room.recorder.figures();
    assert_eq!((figures.open, figures.stored, figures.failed, figures.bytes), (0, 1, 0, stored.bytes));

    // The same recording again would seal other sound with the same numbers.
    room.recorder.open(&key, opening()).unwrap();
    assert_eq!(room.next(), Happened::Failed(Failure::Exists));
}

#[test]
fn quiet_calls_are_written_by_the_clock_and_pauses_end_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let room = room(quick(), Arc::new(Folder(dir.path().to_path_buf())));
    let feed = room.recorder.open(&recording_key(1), opening()).unwrap();
    assert_eq!(room.next(), Happened::Started);
    let marked = Marked { at: after(100), mark: Mark::Mask, by: "flow:card".into(), reason: "card_number".into() };
    feed.mark(marked, Some(after(5_000))).unwrap();
    room.at(6_000);
    let Happened::Resumed(resumed) = room.next() else { panic!("not resumed") };
    assert_eq!((resumed.mark, resumed.at, resumed.by.as_str()), (Mark::Unmask, after(5_000), "timer"));
    feed.end(after(6_500)).unwrap();
    let stored = room.stored();
    let masked = Gap { from_ms: 100, to_ms: 5_000, reason: GapReason::Mask, side: GapSide::Both };
    assert_eq!(stored.gaps, [masked]);
}

#[test]
fn a_recording_that_nobody_holds_any_more_ends() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder(dir.path().to_path_buf());
    let room = room(quick(), Arc::new(folder.clone()));
    let key = recording_key(1);
    let feed = room.recorder.open(&key, opening()).unwrap();
    let outlet = feed.outlet();
    drop(feed);
    let (mut left, _) = talkers();
    for ms in (0..1_000).step_by(20) {
        outlet.try_send(left.say(after(ms))).unwrap();
    }
    room.at(1_000);
    drop(outlet);
    let stored = room.stored();
    assert_eq!((stored.duration_ms, stored.totals.tracks[0].packets), (1_000, 50), "with all that was said");
    assert!(folder.path(key.recording(), START).exists());
    folder.remove(key.recording(), START).unwrap();
    folder.remove(key.recording(), START).unwrap();
    assert!(!folder.path(key.recording(), START).exists());
}

/// A disk that takes nothing until it is let go.
struct Stalled {
    inner: Folder,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

struct StalledFile(Box<dyn LogFile>, Arc<(Mutex<bool>, Condvar)>);

impl Shelf for Stalled {
    fn create(&self, recording: RecordingId, started: Timestamp) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(StalledFile(self.inner.create(recording, started)?, self.gate.clone())))
    }
}

impl LogFile for StalledFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut open = self.1.0.lock().unwrap();
        while !*open {
            open = self.1.1.wait(open).unwrap();
        }
        self.0.append(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
}

fn stall(buffer: usize, ms: i64) -> (u64, u64, Stored, Figures) {
    let dir = tempfile::tempdir().unwrap();
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let shelf = Stalled { inner: Folder(dir.path().to_path_buf()), gate: gate.clone() };
    let room = room(Config { buffer, ..quick() }, Arc::new(shelf));
    let key = recording_key(1);
    let feed = room.recorder.open(&key, opening()).unwrap();
    assert_eq!(room.next(), Happened::Started);
    // Nobody waits here, although the writer stands still.
    let taken = talk(&feed, 0, ms);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    feed.end(after(ms)).unwrap();
    let stored = room.stored();
    let path = Folder(dir.path().to_path_buf()).path(key.recording(), START);
    assert!(verify(&key.log(), File::open(path).unwrap(), None).unwrap().intact);
    (2 * (ms / 20) as u64, taken, stored, room.recorder.figures())
}

/// Rows: S4.6
#[test]
fn a_writer_that_stands_still_for_five_seconds_loses_nothing_that_fits() {
    let (sent, taken, stored, figures) = stall(1_000, 5_000);
    assert_eq!((taken, figures.dropped), (sent, 0));
    assert_eq!(stored.totals.tracks.iter().map(|t| t.packets).sum::<u64>(), sent);
    assert_eq!((stored.gaps, stored.totals.dropped), (vec![], 0));
}

#[test]
fn what_does_not_fit_is_a_gap_that_says_so() {
    let (sent, taken, stored, figures) = stall(100, 5_000);
    assert!(taken >= 100 && taken < sent, "{taken} of {sent}");
    let kept: u64 = stored.totals.tracks.iter().map(|t| t.packets).sum();
    assert_eq!((kept, stored.totals.dropped, figures.dropped), (taken, sent - taken, sent - taken));
    let [gap] = stored.gaps[..] else { panic!("{:?}", stored.gaps) };
    assert_eq!((gap.reason, gap.to_ms), (GapReason::RecorderBehind, 5_000));
    assert!(gap.from_ms <= (taken as i64 / 2) * 20 + 20);
}

/// Writes into a pipe: when nobody reads it, the kernel makes the writer wait.
struct Piped(Mutex<Option<PipeWriter>>);

struct PipedFile(PipeWriter);

impl Shelf for Piped {
    fn create(&self, _: RecordingId, _: Timestamp) -> io::Result<Box<dyn LogFile>> {
        let pipe = self.0.lock().unwrap().take().ok_or(io::ErrorKind::AlreadyExists)?;
        Ok(Box::new(PipedFile(pipe)))
    }
}

impl LogFile for PipedFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The operating system itself does not let the writer go on, for twenty seconds of a call: those who talk are not kept
/// waiting, and what found no room is counted, packet by packet, and listed as one gap.
///
/// Rows: S4.6
#[test]
fn a_writer_that_the_kernel_stops_loses_its_own_packets_and_says_which() {
    let (mut read, write) = io::pipe().unwrap();
    let room = room(Config { buffer: 500, ..quick() }, Arc::new(Piped(Mutex::new(Some(write)))));
    let key = recording_key(1);
    let feed = room.recorder.open(&key, opening()).unwrap();
    assert_eq!(room.next(), Happened::Started);
    let (sent, mut taken) = (2_000, 0);
    for ms in (0..20_000).step_by(1_000) {
        // In one thread: if handing sound over waited for the pipe, this test would never end.
        taken += talk(&feed, ms, ms + 1_000);
        // The writer may take what it can before the next second; a full pipe holds 64 KiB.
        for _ in 0..50 {
            if room.recorder.figures().waiting == 0 {
                break;
            }
            thread::park_timeout(Duration::from_millis(1));
        }
    }
    assert!(room.recorder.figures().waiting > 0, "the writer stands still");
    let reads = thread::spawn(move || {
        let mut log = Vec::new();
        read.read_to_end(&mut log).unwrap();
        log
    });
    feed.end(after(20_000)).unwrap();
    drop(feed);
    let stored = room.stored();
    let kept: u64 = stored.totals.tracks.iter().map(|t| t.packets).sum();
    assert_eq!((kept, stored.totals.dropped, room.recorder.figures().dropped), (taken, sent - taken, sent - taken));
    assert!(stored.totals.dropped > 500, "{taken} of {sent} found room");
    let [gap] = stored.gaps[..] else { panic!("{:?}", stored.gaps) };
    assert_eq!((gap.reason, gap.side, gap.to_ms), (GapReason::RecorderBehind, GapSide::Both, 20_000));
    // Everything before the gap is there, nothing of it is in between.
    assert_eq!(gap.from_ms, (taken as i64 / 2) * 20);
    room.recorder.shut_down();
    let log = reads.join().unwrap();
    assert!(verify(&key.log(), &log[..], None).unwrap().intact && log.len() > 64 * 1_024);
}

/// The first recording's disk is full, the others' is not.
struct Full1(Folder, RecordingId);

struct DevFull(File);

impl Shelf for Full1 {
    fn create(&self, recording: RecordingId, started: Timestamp) -> io::Result<Box<dyn LogFile>> {
        if recording != self.1 {
            return self.0.create(recording, started);
        }
        Ok(Box::new(DevFull(OpenOptions::new().write(true).open("/dev/full")?)))
    }
}

impl LogFile for DevFull {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_fails_the_recording_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (poor, rich) = (recording_key(1), recording_key(2));
    let shelf = Full1(Folder(dir.path().to_path_buf()), poor.recording());
    let room = room(quick(), Arc::new(shelf));
    let (a, b) = (room.recorder.open(&poor, opening()).unwrap(), room.recorder.open(&rich, opening()).unwrap());
    assert_eq!((room.next(), room.next()), (Happened::Started, Happened::Started));
    assert_eq!(talk(&a, 0, 2_000), 200);
    assert_eq!(talk(&b, 0, 2_000), 200);
    let failed = room.events.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!((failed.recording, failed.what), (poor.recording(), Happened::Failed(Failure::DiskFull)));
    assert_eq!(talk(&a, 2_000, 2_100), 10, "media never notices");
    a.end(after(2_100)).unwrap();
    b.end(after(2_000)).unwrap();
    assert_eq!(room.stored().totals.tracks[0].packets, 100);
    assert_eq!(room.recorder.figures().failed, 1);
}

#[test]
fn one_recording_more_than_allowed_is_refused_and_leaves_the_others_alone() {
    let dir = tempfile::tempdir().unwrap();
    let room = room(Config { most_open: 1, ..quick() }, Arc::new(Folder(dir.path().to_path_buf())));
    let first = room.recorder.open(&recording_key(1), opening()).unwrap();
    room.recorder.open(&recording_key(2), opening()).unwrap();
    assert_eq!((room.next(), room.next()), (Happened::Started, Happened::Failed(Failure::TooMany)));
    first.end(after(100)).unwrap();
    assert_eq!(room.stored().duration_ms, 100);
}

#[test]
fn a_house_that_closes_stores_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let room = room(quick(), Arc::new(Folder(dir.path().to_path_buf())));
    let feeds: Vec<Feed> = (0..20).map(|n| room.recorder.open(&recording_key(n), opening()).unwrap()).collect();
    for feed in &feeds {
        talk(feed, 0, 1_000);
    }
    room.at(1_000);
    room.recorder.shut_down();
    let stored: Vec<Stored> =
        room.events.try_iter().filter_map(|e| if let Happened::Stored(s) = e.what { Some(s) } else { None }).collect();
    assert_eq!(stored.len(), 20);
    assert!(stored.iter().all(|s| s.duration_ms == 1_000 && s.totals.tracks.iter().all(|t| t.packets == 50)));
}
