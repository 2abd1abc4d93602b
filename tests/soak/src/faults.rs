//! What is done to the server from outside while people telephone.

use crate::house::Store;
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::Centre;
use ringdesk_storage::{Db, Tx};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9`, and a start.
    KillServer,
    /// `kill -9` of the process that hears.
    KillWorker,
    /// Somebody else holds the whole store, so many seconds long.
    LockStore(u64),
    /// PostgreSQL throws all our connections out. On SQLite: nothing.
    CutStore,
    /// PostgreSQL dies, and is back after so many seconds. On SQLite: nothing.
    StoreGone(u64),
    /// No room for recordings, so many seconds long. Without the right to mount: nothing.
    DiskFull(u64),
    /// SIGTERM; calls finish; a start.
    Restart,
    /// The machine's clock jumps by so many seconds, and back after so many more. Without libfaketime: nothing.
    StepClock(i64, u64),
}

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Fault::KillServer => "kill -9 of the server",
            Fault::KillWorker => "kill -9 of the speech worker",
            Fault::LockStore(_) => "store locked by somebody else",
            Fault::CutStore => "connections to the store cut",
            Fault::StoreGone(_) => "store gone and back",
            Fault::DiskFull(_) => "no room for recordings",
            Fault::Restart => "drain and start",
            Fault::StepClock(..) => "the machine's clock stepped, and stepped back",
        }
    }
}

/// Hold everything that is written, from a connection of our own. Ends by itself.
pub async fn lock(store: &Store, seconds: u64) -> Result<JoinHandle<()>> {
    let db = store.open().await?;
    let mut tx = db.write().await?;
    if let Tx::Postgres(t) = &mut tx {
        sqlx::raw_sql("LOCK TABLE outbox_head IN ACCESS EXCLUSIVE MODE").execute(&mut **t).await?;
    }
    Ok(tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        drop(tx);
        db.close().await;
    }))
}

/// End the server's sessions. False: this store has none.
pub async fn cut(store: &Store) -> Result<bool> {
    let db = store.open().await?;
    let Db::Postgres(pool) = &db else { return Ok(false) };
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ringdesk' AND pid <> pg_backend_pid()";
    let ended = sqlx::raw_sql(sql).execute(pool).await;
    drop(db);
    ended.map(|_| true).or_else(|fault| match fault {
        // Our own session goes by the same name.
        sqlx::Error::Database(_) | sqlx::Error::Io(_) => Ok(true),
        other => Err(other.into()),
    })
}

/// The processes that hear for this server. False: none runs.
pub fn kill_workers(centre: &Centre) -> Result<bool> {
    let mut killed = false;
    for entry in std::fs::read_dir("/proc")? {
        let Ok(entry) = entry else { continue };
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let (Ok(stat), Ok(command)) =
            (std::fs::read_to_string(entry.path().join("stat")), std::fs::read(entry.path().join("cmdline")))
        else {
            continue; // it has just ended
        };
        // `pid (name) state parent …`
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        let hears = command.split(|b| *b == 0).any(|argument| argument == b"asr-worker");
        if parent == Some(centre.pid()) && hears {
            killed |= Command::new("kill").args(["-9", &pid.to_string()]).status()?.success();
        }
    }
    Ok(killed)
}

/// A clock of the server's own, which is the machine's until it is stepped: libfaketime stands between the server and the
/// system's time of day. The monotonic clock is left alone, as it is by whoever corrects a machine's time.
pub struct TimeOfDay {
    folder: TempDir,
    library: PathBuf,
}

impl TimeOfDay {
    /// `None`: there is no libfaketime here.
    pub fn prepare() -> Result<Option<TimeOfDay>> {
        let libraries = glob_of("/usr/lib", "faketime/libfaketimeMT.so.1");
        let Some(library) = libraries else { return Ok(None) };
        let clock = TimeOfDay { folder: tempfile::tempdir()?, library };
        clock.is(0)?;
        Ok(Some(clock))
    }

    /// What the server is started with.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    /// Step it, and step it back after so many seconds.
    pub fn step(self: &Arc<Self>, centre: &Centre, by: i64, seconds: u64) -> Result<JoinHandle<()>> {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", centre.pid()))?;
        ensure!(maps.contains("libfaketime"), "the server has the machine's own clock");
        self.is(by)?;
        // What a program with such a clock sees now.
        let date = Command::new("date").arg("+%s").envs(self.environment()).output()?;
        let seen: i64 = String::from_utf8(date.stdout)?.trim().parse().context("a time of day")?;
        let real = ringdesk_model::Clock::now(&ringdesk_model::WallClock::start()).as_millis() / 1_000;
        ensure!((seen - real - by).abs() < 5, "the clock shows {seen}, {real} and {by} are expected");
        let clock = self.clone();
        Ok(tokio::spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
            let _ = clock.is(0); // the next look at it fails the run
        }))
    }

    /// What the next start of the server finds, whatever was stepped: it rightly believes the clock it finds.
    pub fn is_the_machines(&self) -> Result<()> {
        self.is(0)
    }

    fn is(&self, by: i64) -> Result<()> {
        // In one piece: it is read at any moment.
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{by:+}\n"))?;
        std::fs::rename(new, self.file())?;
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("time-of-day")
    }
}

/// The first `<folder>/<any>/<file>` there is.
fn glob_of(folder: &str, file: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path().join(file))).find(|path| path.exists())
}

/// A small file system of its own for the recordings.
pub struct Disk {
    at: PathBuf,
}

impl Disk {
    /// `None`: whoever runs this may not mount.
    pub fn mount(at: PathBuf, megabytes: u64) -> Result<Option<Disk>> {
        std::fs::create_dir_all(&at)?;
        let size = format!("size={megabytes}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output();
        Ok(done.is_ok_and(|done| done.status.success()).then_some(Disk { at }))
    }

    /// Take all the room there is, for so long.
    pub fn fill(&self, seconds: u64) -> Result<JoinHandle<()>> {
        let path = self.at.join("somebody-else's");
        let mut file = std::fs::File::create(&path).context("the file that fills the disk")?;
        let block = vec![0; 1 << 20];
        while file.write_all(&block).is_ok() {}
        while file.write_all(&[0; 512]).is_ok() {}
        ensure!(file.metadata()?.len() > 0, "nothing was filled");
        Ok(tokio::spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
            let _ = std::fs::remove_file(path); // with the whole disk at the latest
        }))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the server may still run.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
