//! The archive: recordings as people get them. Rendered when they are first heard, or before, by a job; read through their
//! seal, piece by piece.

use super::{Recordings, recovery};
use ringdesk_agent_gateway::archive::{Archive, ArchiveFault, Audio, Waveform};
use ringdesk_agent_gateway::orders::Reply;
use ringdesk_model::{Clock as _, RecordingId};
use ringdesk_operations::AudioFormat;
use ringdesk_recordings::{
    Certificate, CertifiedFile, Expected, FileError, Format, Gap, Peaks, RecordingKey, RenderError, SealedFile,
    Verdict, render_file, verify,
};
use ringdesk_storage::recordings::{RecordingState, RecordingView};
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

type Making = Arc<tokio::sync::Mutex<()>>;
/// What is being rendered: who comes second waits and finds it.
type InTheMaking = HashMap<(RecordingId, Format), Weak<tokio::sync::Mutex<()>>>;

/// Reads, renders and checks. Clones share the work.
#[derive(Clone)]
pub(crate) struct Cabinet {
    recordings: Arc<Recordings>,
    making: Arc<Mutex<InTheMaking>>,
    /// How long an exported WAV lies on the disk.
    keep_wav: Duration,
}

/// How urgent a rendering is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Somebody waits to hear it.
    Now,
    /// When the machine has nothing better to do.
    Idle,
}

impl Cabinet {
    pub(crate) fn new(recordings: Arc<Recordings>, keep_wav: Duration) -> Cabinet {
        Cabinet { recordings, making: Arc::default(), keep_wav }
    }

    /// The file, made if need be.
    pub(crate) async fn rendered(
        &self,
        row: &RecordingView,
        format: Format,
        haste: Haste,
    ) -> Result<SealedFile<File>, ArchiveFault> {
        let making = self.making(row.id, format);
        let _mine = making.lock().await;
        let path = self.recordings.folder.rendered(row.id, row.started_at, format);
        let key = self.key(row)?;
        let opened = tokio::task::spawn_blocking(move || open(&key, path)).await.map_err(fault)?;
        match opened {
            Ok(file) => return Ok(file),
            Err(FileError::Altered) => {
                tracing::error!(recording = %row.id, "a rendered file was altered; it is made again from the log");
                metrics::counter!("recordings_altered_total", "what" => "file").increment(1);
            }
            Err(FileError::Io(e)) if absent(&e) => {}
            Err(other) => return Err(fault(other)),
        }
        self.render(row, format, haste).await
    }

    async fn render(
        &self,
        row: &RecordingView,
        format: Format,
        haste: Haste,
    ) -> Result<SealedFile<File>, ArchiveFault> {
        let (key, folder) = (self.key(row)?, self.recordings.folder.clone());
        let (id, started) = (row.id, row.started_at);
        let work = move || {
            let (log, out) = (folder.path(id, started), folder.rendered(id, started, format));
            let rendered = render_file(&key, &log, format, &out)?;
            // The waveform is the same whatever the format; one of them keeps it, so that two never write at once.
            if format == Format::Ogg {
                rendered.peaks.store(&key, &folder.peaks(id, started))?;
            }
            // Erased meanwhile: what is made of it goes as well. An erasure takes the log first, and so finds the rest or is seen.
            if !log.exists() {
                folder.remove(id, started)?;
                return Err(RenderError::Io(io::ErrorKind::NotFound.into()));
            }
            Ok((rendered, open(&key, out)?))
        };
        let made = match haste {
            Haste::Now => tokio::task::spawn_blocking(work).await.map_err(fault)?,
            Haste::Idle => on_a_quiet_thread(work).await?,
        };
        let (rendered, file) = made.map_err(|e: RenderError| match e {
            RenderError::Nothing => ArchiveFault::Gone("nothing was written of it"),
            RenderError::Io(e) if absent(&e) => ArchiveFault::Gone("its file is not there"),
            other => fault(other),
        })?;
        if format == Format::Ogg {
            let mut gaps = rendered.played.gaps.clone();
            if row.reason.as_deref() == Some(recovery::RECOVERED) {
                gaps.extend(recovery::tail(&rendered.played.verdict));
            }
            let (now, of) = (self.recordings.clock.now(), (row.id, row.conversation));
            let (sum, lasts) = (&rendered.sha256, rendered.played.duration_ms);
            let operations = &self.recordings.operations;
            let noted =
                operations.recording_rendered(now, self.recordings.account, of, sum, lasts, &gaps_text(&gaps)).await;
            self.wake(noted.map_err(fault)?);
        } else {
            self.forget_later(row).await?;
        }
        Ok(file)
    }

    /// Read the log from end to end. A recording that is whole is noted as verified; one that is not raises the alarm.
    async fn verified(&self, row: &RecordingView) -> Result<Verdict, ArchiveFault> {
        let (key, path) = (self.key(row)?, self.recordings.folder.path(row.id, row.started_at));
        let expected = match (&row.sha256, &row.chain_head) {
            (Some(sha256), Some(head)) => Expected::read(sha256, head),
            _ => None,
        };
        let read = move || verify(&key.log(), BufReader::new(File::open(path)?), expected.as_ref());
        let verdict = tokio::task::spawn_blocking(read).await.map_err(fault)?.map_err(|e| match absent(&e) {
            true => ArchiveFault::Gone("its file is not there"),
            false => fault(e),
        })?;
        if !verdict.intact {
            tracing::error!(recording = %row.id, faults = verdict.faults.len(), "a recording was altered");
            metrics::counter!("recordings_altered_total", "what" => "log").increment(1);
        } else if row.state == RecordingState::Stored {
            let (now, of) = (self.recordings.clock.now(), (row.id, row.conversation));
            let (account, reason) = (self.recordings.account, row.reason.as_deref());
            let noted = self.recordings.operations.recording_is(now, account, of, RecordingState::Verified, reason);
            self.wake(noted.await.map_err(fault)?);
        }
        Ok(verdict)
    }

    async fn waveform(&self, row: &RecordingView, most: usize) -> Result<Waveform, ArchiveFault> {
        let path = self.recordings.folder.peaks(row.id, row.started_at);
        let load = async |path: PathBuf| {
            let key = self.key(row)?;
            tokio::task::spawn_blocking(move || Peaks::load(&key, &path)).await.map_err(fault)
        };
        let peaks = match load(path.clone()).await? {
            Ok(peaks) => peaks,
            Err(_) => {
                // Not rendered yet, or altered: they come from the log again.
                let making = self.making(row.id, Format::Ogg);
                let mine = making.lock().await;
                self.render(row, Format::Ogg, Haste::Now).await?;
                drop(mine);
                load(path).await?.map_err(fault)?
            }
        };
        let thin = peaks.thinned(most);
        Ok(Waveform {
            per_second: ringdesk_recordings::peaks::PER_SECOND,
            spans: peaks.left.len(),
            left: thin.left,
            right: thin.right,
        })
    }

    async fn certified(&self, row: &RecordingView, to: String) -> Result<Value, ArchiveFault> {
        let verdict = self.verified(row).await?;
        let length = self.rendered(row, Format::Ogg, Haste::Now).await?.length();
        let (row, key) =
            self.recordings.operations.recording_row(self.recordings.account, row.id).await.map_err(fault)?;
        let file = row.rendered_sha256.as_ref().map(|sum| CertifiedFile::new(Format::Ogg, length, sum));
        let gaps: Vec<Gap> = serde_json::from_str(&row.gaps).map_err(fault)?;
        let now = self.recordings.clock.now();
        let paper = Certificate::issue(&key, row.conversation, &verdict, &gaps, file, (now, &to));
        serde_json::to_value(paper).map_err(fault)
    }

    /// A WAV is what people take away: it need not stay.
    async fn forget_later(&self, row: &RecordingView) -> Result<(), ArchiveFault> {
        let now = self.recordings.clock.now();
        let at = now + self.keep_wav;
        self.recordings.operations.forget_wav_at(now, self.recordings.account, row.id, at).await.map_err(fault)
    }

    /// Take a WAV away; it is made again for whoever wants it.
    pub(crate) async fn forget_wav(&self, row: &RecordingView) -> Result<(), ArchiveFault> {
        let making = self.making(row.id, Format::Wav);
        let _mine = making.lock().await;
        let path = self.recordings.folder.rendered(row.id, row.started_at, Format::Wav);
        match tokio::fs::remove_file(path).await {
            Err(e) if !absent(&e) => Err(fault(e)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Whoever follows the outbox looks.
    fn wake(&self, told: Option<i64>) {
        told.into_iter().for_each(|event| self.recordings.hearing.wake(event));
    }

    fn key(&self, row: &RecordingView) -> Result<RecordingKey, ArchiveFault> {
        let wrapped = row.wrapped_key.as_ref().ok_or(ArchiveFault::Gone("it was erased"))?;
        RecordingKey::unwrap(&self.recordings.key, row.id, wrapped).map_err(fault)
    }

    fn making(&self, id: RecordingId, format: Format) -> Making {
        let mut all = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(making) = all.get(&(id, format)).and_then(Weak::upgrade) {
            return making;
        }
        all.retain(|_, making| making.strong_count() > 0);
        let making = Making::default();
        all.insert((id, format), Arc::downgrade(&making));
        making
    }
}

impl Archive for Cabinet {
    fn audio(&self, row: RecordingView, format: AudioFormat) -> Reply<Result<Box<dyn Audio>, ArchiveFault>> {
        let (cabinet, format) = (self.clone(), shape(format));
        Box::pin(async move {
            let file = cabinet.rendered(&row, format, Haste::Now).await?;
            Ok(Box::new(Sealed(file)) as Box<dyn Audio>)
        })
    }

    fn peaks(&self, row: RecordingView, most: usize) -> Reply<Result<Waveform, ArchiveFault>> {
        let cabinet = self.clone();
        Box::pin(async move { cabinet.waveform(&row, most).await })
    }

    fn verify(&self, row: RecordingView) -> Reply<Result<Value, ArchiveFault>> {
        let cabinet = self.clone();
        Box::pin(async move { serde_json::to_value(cabinet.verified(&row).await?).map_err(fault) })
    }

    fn certificate(&self, row: RecordingView, to: String) -> Reply<Result<Value, ArchiveFault>> {
        let cabinet = self.clone();
        Box::pin(async move { cabinet.certified(&row, to).await })
    }

    fn forget(&self, row: RecordingView) -> Reply<Result<(), ArchiveFault>> {
        let folder = self.recordings.folder.clone();
        Box::pin(async move {
            let remove = move || folder.remove(row.id, row.started_at);
            tokio::task::spawn_blocking(remove).await.map_err(fault)?.map_err(fault)
        })
    }
}

struct Sealed(SealedFile<File>);

impl Audio for Sealed {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(offset, length).map_err(io::Error::other)
    }
}

fn open(key: &RecordingKey, path: PathBuf) -> Result<SealedFile<File>, FileError> {
    SealedFile::open(key, File::open(path)?)
}

/// No such file, nor its folder.
fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn shape(format: AudioFormat) -> Format {
    match format {
        AudioFormat::Ogg => Format::Ogg,
        AudioFormat::Wav => Format::Wav,
    }
}

/// As the row keeps them.
pub(crate) fn gaps_text(gaps: &[Gap]) -> String {
    serde_json::to_string(gaps).expect("numbers and names are always JSON")
}

fn fault(fault: impl std::fmt::Display) -> ArchiveFault {
    ArchiveFault::Broken(fault.to_string())
}

/// Work that must not take a core from a call: a thread of its own, of the lowest priority.
async fn on_a_quiet_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ArchiveFault> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let run = move || {
        step_back();
        let _ = done.send(work()); // whoever asked may have left
    };
    std::thread::Builder::new().name("render".into()).spawn(run).map_err(fault)?;
    wait.await.map_err(|_| ArchiveFault::Broken("the rendering thread panicked".into()))
}

/// The calling thread runs when no other wants to. On Linux a thread has a priority of its own.
pub(crate) fn step_back() {
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: the call takes numbers only; 0 names the calling thread.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
    if result != 0 {
        tracing::debug!("rendering runs at the usual priority");
    }
}
