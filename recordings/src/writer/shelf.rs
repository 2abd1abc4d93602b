//! Where logs are written: a folder of the disk, or in tests something that breaks.

use crate::render::Format;
use ringdesk_model::{RecordingId, Timestamp};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes the files of new logs.
pub trait Shelf: Send + Sync {
    /// Keep this until it is in the books that there is such a recording: whoever finds it after a crash writes it there.
    fn note(&self, _recording: RecordingId, _slip: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, recording: RecordingId, started: Timestamp) -> io::Result<Box<dyn LogFile>>;
}

/// One log being written. One thread appends, another makes it durable.
pub trait LogFile: Send + Sync {
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// What was appended survives a power cut.
    fn sync(&self) -> io::Result<()>;
}

/// `<folder>/yyyy/mm/dd/<id>.rlog`, folders 0700, files 0600.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

struct OnDisk {
    file: File,
    folder: PathBuf,
    /// The name in the folder is durable too.
    named: AtomicBool,
}

impl Folder {
    /// Where the log of a recording that started then lies.
    pub fn path(&self, recording: RecordingId, started: Timestamp) -> PathBuf {
        self.file(recording, started, "rlog")
    }

    /// Where what was rendered of it lies, sealed.
    pub fn rendered(&self, recording: RecordingId, started: Timestamp, format: Format) -> PathBuf {
        self.file(recording, started, format.as_str())
    }

    /// Where its waveform lies, sealed.
    pub fn peaks(&self, recording: RecordingId, started: Timestamp) -> PathBuf {
        self.file(recording, started, "peaks")
    }

    /// Take all its files away, the log first: whoever makes something of it at this time sees that. That it can no longer be
    /// heard is the key's matter; this makes room.
    pub fn remove(&self, recording: RecordingId, started: Timestamp) -> io::Result<()> {
        let rendered = [Format::Ogg, Format::Wav].map(|f| self.rendered(recording, started, f));
        let made = rendered.into_iter().chain([self.peaks(recording, started)]);
        for path in [self.path(recording, started)].into_iter().chain(made) {
            match fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// Recordings that were begun and may not be in the books, with what was noted of them. One that was being noted when the
    /// server died is half; its log is not begun.
    pub fn unbooked(&self) -> io::Result<Vec<(RecordingId, Vec<u8>)>> {
        let entries = match fs::read_dir(self.slips()) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            if let Some(id) = id {
                found.push((RecordingId(id), fs::read(&path)?));
            }
        }
        found.sort();
        Ok(found)
    }

    /// It is in the books.
    pub fn booked(&self, recording: RecordingId) -> io::Result<()> {
        match fs::remove_file(self.slip(recording)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    fn slips(&self) -> PathBuf {
        self.0.join("unbooked")
    }

    fn slip(&self, recording: RecordingId) -> PathBuf {
        self.slips().join(recording.to_string())
    }

    fn file(&self, recording: RecordingId, started: Timestamp, extension: &str) -> PathBuf {
        let day: String = started.to_string().chars().take(10).map(|c| if c == '-' { '/' } else { c }).collect();
        self.0.join(day).join(format!("{recording}.{extension}"))
    }
}

impl Shelf for Folder {
    fn note(&self, recording: RecordingId, slip: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.slips())?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.slip(recording))?;
        file.write_all(slip)
    }

    fn create(&self, recording: RecordingId, started: Timestamp) -> io::Result<Box<dyn LogFile>> {
        let path = self.path(recording, started);
        let folder = path.parent().unwrap_or(&self.0).to_path_buf();
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        // Never onto an old log: the same key and numbers would seal different sound.
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Box::new(OnDisk { file, folder, named: AtomicBool::new(false) }))
    }
}

impl LogFile for OnDisk {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.named.load(Ordering::Relaxed) {
            sync_folders(&self.folder)?;
            self.named.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The day's folder, and the month's and year's that may be new with it.
fn sync_folders(day: &Path) -> io::Result<()> {
    for folder in day.ancestors().take(4) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
