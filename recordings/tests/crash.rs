//! Processes that die while they record, and files that may not grow. Real ones: this test program starts itself.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]
#![expect(unsafe_code, reason = "limits and signals of the child are set through libc")]

use bytes::Bytes;
use ringdesk_model::{AccountId, CallId, Clock, Ids, Outlet, RecordingId, Timestamp, WallClock};
use ringdesk_recordings::log::Opening;
use ringdesk_recordings::read::Ending;
use ringdesk_recordings::recover::{Recovered, recover};
use ringdesk_recordings::verify::{Expected, verify};
use ringdesk_recordings::writer::{Config, Failure, Feed, Folder, Happened, Recorder};
use ringdesk_recordings::{GapReason, RecordingKey};
use ringdesk_vault::{AccountKey, RootKey};
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

const CALLS: u64 = 20;
const FRAME: Duration = Duration::from_millis(20);

fn account(dir: &Path) -> AccountKey {
    let id = Ids::seeded(1).next::<AccountId>(Timestamp(0));
    let (root, _) = RootKey::open_or_create(&dir.join("root.key")).unwrap();
    let wrapped = dir.join("account.key");
    if let Ok(wrapped) = fs::read(&wrapped) {
        return AccountKey::unwrap(&root, id, &wrapped).unwrap();
    }
    let (key, bytes) = AccountKey::create(&root, id).unwrap();
    fs::write(wrapped, bytes).unwrap();
    key
}

/// The wrapped keys lie in the folder, as they do in the store's rows.
fn keys(dir: &Path, account: &AccountKey) -> Vec<RecordingKey> {
    let mut ids = Ids::seeded(7);
    (0..CALLS)
        .map(|n| {
            let (id, path) = (ids.next::<RecordingId>(Timestamp(0)), dir.join(format!("{n}.key")));
            if let Ok(wrapped) = fs::read(&path) {
                return RecordingKey::unwrap(account, id, &wrapped).unwrap();
            }
            let (key, wrapped) = RecordingKey::create(account, id).unwrap();
            fs::write(path, wrapped).unwrap();
            key
        })
        .collect()
}

fn leg(n: u64) -> LegId {
    Ids::seeded(n).next(Timestamp(0))
}

fn say(feed: &Feed, clock: &WallClock, i: u32) {
    for (n, ssrc) in [(0, 1), (1, 2)] {
        feed.try_push(Tapped::Packet {
            track: Track::Leg(leg(n)),
            arrived: clock.now(),
            ssrc,
            sequence: i as u16,
            timestamp: i * 160,
            coding: Coding::Pcmu,
            payload: Bytes::from(vec![0x80; 160]),
        });
    }
}

/// Not a test of its own: what the children do.
#[test]
fn child() {
    let Ok(job) = std::env::var("RINGDESK_TEST_CHILD") else { return };
    let dir = Path::new(&job);
    let limited = std::env::var_os("RINGDESK_TEST_LIMIT").is_some();
    let clock = WallClock::start();
    let (sender, events) = sync_channel(1_000);
    let outlet = Outlet::new(move |event| {
        let _ = sender.try_send(event);
        Ok(())
    });
    let shelf = Arc::new(Folder(dir.join("logs")));
    let recorder = Recorder::start(Config::default(), shelf, Arc::new(clock), outlet).unwrap();
    if limited {
        limit_files(40_000);
    }
    let started = clock.now();
    let call = Ids::seeded(3).next::<CallId>(started);
    let feeds: Vec<Feed> = keys(dir, &account(dir))
        .iter()
        .map(|key| recorder.open(key, Opening { call, caller: leg(0), at: started }).unwrap())
        .collect();
    println!("\nstarted {}", started.0);
    // Paced by the clock, as telephones do it.
    for i in 0u32.. {
        let due = clock.instant(started + FRAME * i);
        thread::sleep(due.saturating_duration_since(clock.instant(clock.now())));
        for feed in &feeds {
            say(feed, &clock, i);
        }
        println!("at {}", clock.now().0);
        std::io::stdout().flush().unwrap();
        let failed = events.try_iter().filter(|e| e.what == Happened::Failed(Failure::DiskFull)).count();
        (0..failed).for_each(|_| println!("failed"));
    }
}

/// What a full disk and a quota look like from inside: a write that is refused.
fn limit_files(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: plain system calls with valid arguments; ignoring a signal installs no handler.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
}

fn spawn(dir: &Path, limited: bool) -> (Child, impl Iterator<Item = String>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env("RINGDESK_TEST_CHILD", dir);
    if limited {
        command.env("RINGDESK_TEST_LIMIT", "1");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    (child, lines)
}

fn number(line: &str, word: &str) -> Option<i64> {
    line.strip_prefix(word)?.trim().parse().ok()
}

/// Rows: S4.6, V6
#[test]
fn a_killed_recorder_loses_less_than_a_second_and_its_logs_verify() {
    let dir = tempfile::tempdir().unwrap();
    let account = account(dir.path());
    let keys = keys(dir.path(), &account);
    let (mut child, mut lines) = spawn(dir.path(), false);
    let started = lines.find_map(|l| number(&l, "started")).unwrap();
    // The worst moment: a block is almost full.
    let died = lines.find_map(|l| number(&l, "at").filter(|at| at - started > 3_960_000)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let folder = Folder(dir.path().join("logs"));
    let mut worst = 0;
    for key in &keys {
        let path = folder.path(key.recording(), Timestamp(started));
        let Recovered::Closed { verdict, .. } = recover(&path, &key.log()).unwrap() else { panic!("{path:?}") };
        assert!(verdict.intact && verdict.ending == Ending::BrokenOff && verdict.faults.is_empty());
        worst = worst.max(died - verdict.ended_at.0);
        // What was stored at recovery is what is compared with from now on.
        let expected = Expected { sha256: verdict.sha256, chain_head: verdict.chain_head };
        let again = verify(&key.log(), File::open(&path).unwrap(), Some(&expected)).unwrap();
        assert!(again.intact && again.as_stored == Some(true));
        let Recovered::Closed { verdict: twice, cut: 0 } = recover(&path, &key.log()).unwrap() else { panic!() };
        assert_eq!((twice.sha256, twice.blocks), (verdict.sha256, verdict.blocks), "it can be repeated");
    }
    println!("{} recordings, at most {} ms lost", keys.len(), worst / 1_000);
    assert!(worst <= 1_000_000, "{worst} µs lost");
}

#[test]
fn a_file_that_may_not_grow_fails_its_recording_and_keeps_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let account = account(dir.path());
    let keys = keys(dir.path(), &account);
    let (mut child, mut lines) = spawn(dir.path(), true);
    let started = lines.find_map(|l| number(&l, "started")).unwrap();
    assert_eq!(lines.by_ref().filter(|l| l == "failed").take(CALLS as usize).count(), CALLS as usize);
    // The calls go on.
    assert!(lines.any(|l| l.starts_with("at")));
    child.kill().unwrap();
    child.wait().unwrap();
    for key in &keys {
        let path = Folder(dir.path().join("logs")).path(key.recording(), Timestamp(started));
        let Recovered::Closed { verdict, cut } = recover(&path, &key.log()).unwrap() else { panic!("{path:?}") };
        assert!(verdict.intact && verdict.blocks >= 1, "{verdict:?}");
        assert!(cut > 0, "the block that did not fit was written in part");
        assert!(verdict.bytes + cut <= 40_000 && verdict.duration_ms >= 700);
        assert!(verdict.gaps.iter().all(|g| g.reason != GapReason::Damaged));
    }
}

#[test]
fn recovery_tells_nothing_from_damage() {
    let dir = tempfile::tempdir().unwrap();
    let key = keys(dir.path(), &account(dir.path())).remove(0);
    let path = dir.path().join("log");
    assert_eq!(recover(&path, &key.log()).unwrap(), Recovered::Nothing);
    fs::write(&path, b"").unwrap();
    assert_eq!(recover(&path, &key.log()).unwrap(), Recovered::Nothing);
    fs::write(&path, [0; 3_000]).unwrap();
    assert_eq!(recover(&path, &key.log()).unwrap(), Recovered::Nothing, "a power cut leaves zeros");

    let mut log = ringdesk_recordings::log::Log::open(
        key.log(),
        Opening { call: Ids::seeded(3).next(Timestamp(0)), caller: leg(0), at: Timestamp(0) },
        ringdesk_recordings::log::Config::default(),
    );
    for ms in [1_000, 2_000, 3_000] {
        log.handle_timeout(Timestamp(ms * 1_000));
    }
    let mut bytes = Vec::new();
    while let Some(ringdesk_recordings::log::Output::Append(block)) = log.poll_output() {
        bytes.extend(block);
    }
    let whole = bytes.len();
    bytes.extend([0; 700]);
    fs::write(&path, &bytes).unwrap();
    let Recovered::Closed { verdict, cut: 700 } = recover(&path, &key.log()).unwrap() else { panic!() };
    assert_eq!((verdict.bytes, verdict.duration_ms), (whole as u64, 3_000));
    assert_eq!(fs::metadata(&path).unwrap().len(), whole as u64);
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(recover(&path, &key.log()).unwrap(), Recovered::Damaged(_)));
    assert_eq!(fs::read(&path).unwrap(), bytes, "evidence is left alone");
}
