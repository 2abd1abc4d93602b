//! No recording, no call: what a call that must be recorded asks before it is answered, before somebody rings for it, and
//! before two hear each other. All of it runs in the call's own task or in one of its own; no other call waits.

use super::{Live, Recordings, Refused};
use ringdesk_conversations::RecordingStart;
use ringdesk_model::{CallId, Clock as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the disk may take to say yes. A call waits for it unanswered; its own patience is longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between attempts to record the rest of a call whose recording broke off.
const AGAIN: Duration = Duration::from_secs(10);
/// What must fit on the disk: some seconds of a call.
const PROBE: usize = 65_536;

/// What a step of a call waits for.
enum Before {
    /// It runs, or nothing is wanted yet.
    Nothing,
    /// The disk must be able to take it.
    Probe,
    /// It must begin.
    Begin,
}

impl Recordings {
    /// May the caller be answered, or (`bridge`) may two hear each other? When this says yes and the rule wants it by then,
    /// the recording runs.
    pub(crate) async fn may_connect(&self, call: CallId, bridge: bool) -> bool {
        let before = match self.lock().get(&call) {
            Some(live) => live.before(bridge),
            None => return true, // it is over
        };
        let done = match before {
            Before::Nothing => Ok(()),
            Before::Probe => self.can_begin().await,
            Before::Begin => self.begin_now(call).await,
        };
        self.allowed(call, done)
    }

    /// May somebody ring for this call? Whoever picks up must not find that nothing can be recorded.
    pub(crate) async fn may_ring(&self, call: CallId) -> bool {
        let wanted = self.lock().get(&call).is_some_and(|live| !matches!(live.before(true), Before::Nothing));
        let done = if wanted { self.can_begin().await } else { Ok(()) };
        self.allowed(call, done)
    }

    /// The recording of a call that must have one broke off. The call goes on; its rest is recorded as soon as the disk
    /// takes it.
    pub(crate) async fn record_the_rest(self: Arc<Self>, call: CallId) {
        loop {
            tokio::time::sleep(AGAIN).await;
            let wanted = self.lock().get(&call).is_some_and(|live| live.running.is_none() && !live.stopped);
            if !wanted {
                return;
            }
            if self.can_begin().await.is_ok() {
                let at = self.clock.now();
                let mut calls = self.lock();
                if let Some(live) = calls.get_mut(&call).filter(|live| live.running.is_none())
                    && self.begin(call, at, live).is_ok()
                {
                    tracing::info!(call.id = %call, "the rest of the call is recorded");
                }
                return; // what becomes of it is said by the recorder
            }
        }
    }

    fn allowed(&self, call: CallId, done: std::io::Result<()>) -> bool {
        let Err(fault) = done else { return true };
        tracing::error!(call.id = %call, %fault, "the call is refused: it must be recorded, and cannot");
        metrics::counter!("calls_refused_unrecorded_total").increment(1);
        false
    }

    async fn begin_now(&self, call: CallId) -> std::io::Result<()> {
        self.can_begin().await?;
        let Some(begun) = self.begin_expected(call)? else { return Ok(()) };
        match tokio::time::timeout(PATIENCE, begun).await {
            Ok(Ok(true)) => Ok(()),
            Ok(_) => Err(std::io::Error::other("its file could not be made")),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }

    /// `None`: it is begun, or the call is over.
    fn begin_expected(&self, call: CallId) -> std::io::Result<Option<oneshot::Receiver<bool>>> {
        let at = self.clock.now();
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call).filter(|live| live.running.is_none()) else { return Ok(None) };
        let recording = self.operations.id(at);
        let begun = self.begun.expect(recording);
        match self.begin_as(recording, call, at, live) {
            Ok(()) => Ok(Some(begun)),
            Err(why) => {
                self.begun.forget(recording);
                Err(std::io::Error::other(match why {
                    Refused::Because(why) => why,
                    Refused::Busy => "the recorder is behind",
                }))
            }
        }
    }

    /// Could a recording begin now, as far as the disk goes?
    async fn can_begin(&self) -> std::io::Result<()> {
        let folder = self.folder.0.clone();
        let probe = move || {
            std::fs::create_dir_all(&folder)?;
            let (path, mut file) = probe_file(&folder)?;
            let written = file.write_all(&[0; PROBE]).and_then(|()| file.sync_data());
            std::fs::remove_file(path)?;
            written
        };
        match tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(probe)).await {
            Ok(done) => done.map_err(std::io::Error::other)?,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Live {
    fn before(&self, bridge: bool) -> Before {
        match (self.rule.start, &self.running) {
            _ if !self.rule.is_required() => Before::Nothing,
            (_, Some(_)) => Before::Nothing,
            (RecordingStart::OnAnswer, None) => Before::Begin,
            (RecordingStart::OnBridge, None) if bridge => Before::Begin,
            (RecordingStart::OnBridge | RecordingStart::Off, None) => Before::Probe,
        }
    }
}

/// A file that nobody else uses.
fn probe_file(folder: &Path) -> std::io::Result<(PathBuf, std::fs::File)> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = folder.join(format!(".probe-{}-{number}", std::process::id()));
    let file = std::fs::File::create(&path)?;
    Ok((path, file))
}
