//! What was spoken before: some in memory, more on disk. Both are bounded; the oldest goes first.

use crate::speaker::blocking;
use crate::wav;
use ringdesk_audio::Clip;
use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Samples in memory: 35 minutes, 32 MB.
const SAMPLES: usize = 16 << 20;
/// Bytes on disk: some five hours.
const BYTES: u64 = 256 << 20;
/// The folder is measured at the first write and then every so many.
const SWEEP_EVERY: u64 = 64;

pub(crate) struct Cache {
    folder: PathBuf,
    memory: Mutex<Memory>,
    writes: AtomicU64,
}

#[derive(Default)]
struct Memory {
    clips: HashMap<String, Clip>,
    order: VecDeque<String>,
    samples: usize,
}

impl Cache {
    pub(crate) fn new(folder: PathBuf) -> Cache {
        Cache { folder, memory: Mutex::default(), writes: AtomicU64::new(0) }
    }

    pub(crate) fn in_memory(&self, key: &str) -> Option<Clip> {
        self.memory().clips.get(key).cloned()
    }

    pub(crate) async fn find(&self, key: &str) -> Option<Clip> {
        if let Some(clip) = self.in_memory(key) {
            return Some(clip);
        }
        let path = self.path(key);
        let read = blocking(move || match File::open(&path) {
            Ok(file) => wav::read(BufReader::new(file)).map(Some),
            Err(_) => Ok(None),
        });
        match read.await {
            Ok(Some(clip)) => {
                self.remember(key, &clip);
                Some(clip)
            }
            Ok(None) => None,
            // It is spoken again and overwritten.
            Err(fault) => {
                tracing::debug!(%fault, "a spoken text on disk cannot be read");
                None
            }
        }
    }

    /// A full disk costs the copy there, not the speech.
    pub(crate) async fn keep(&self, key: &str, clip: &Clip) {
        self.remember(key, clip);
        let (path, folder, clip) = (self.path(key), self.folder.clone(), clip.clone());
        let sweep_now = self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY);
        let write = move || {
            wav::write(&clip, &path)?;
            if sweep_now {
                sweep(&folder, BYTES);
            }
            Ok(())
        };
        if let Err(fault) = blocking(write).await {
            tracing::warn!(%fault, "a spoken text was not kept on disk");
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.wav"))
    }

    pub(crate) fn remember(&self, key: &str, clip: &Clip) {
        self.memory().insert(key, clip, SAMPLES);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn insert(&mut self, key: &str, clip: &Clip, most: usize) {
        match self.clips.insert(key.to_owned(), clip.clone()) {
            Some(old) => self.samples -= old.len(),
            None => self.order.push_back(key.to_owned()),
        }
        self.samples += clip.len();
        while self.samples > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.samples -= self.clips.remove(&oldest).map_or(0, |c| c.len());
        }
    }
}

/// Remove the oldest files until the folder holds three quarters of what it may. Best effort: a file that is gone is gone.
fn sweep(folder: &Path, most: u64) {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    let mut total: u64 = files.iter().map(|f| f.1).sum();
    if total <= most {
        return;
    }
    files.sort();
    for (_, size, path) in files {
        if total <= most / 4 * 3 {
            break;
        }
        let _ = fs::remove_file(path);
        total -= size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_by_samples() {
        let mut memory = Memory::default();
        for n in 0..10 {
            memory.insert(&format!("{n}"), &Clip::new(vec![0; 100]), 350);
            memory.insert(&format!("{n}"), &Clip::new(vec![0; 100]), 350);
        }
        assert_eq!(memory.order, ["7", "8", "9"]);
        assert_eq!((memory.clips.len(), memory.samples), (3, 300));
    }

    #[test]
    fn the_oldest_files_leave_first() {
        let folder = tempfile::tempdir().unwrap();
        for age in 0..8u64 {
            let path = folder.path().join(format!("{age}.wav"));
            fs::write(&path, [0; 100]).unwrap();
            let then = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000 - age);
            File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        }
        sweep(folder.path(), 800);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 8, "not full");
        sweep(folder.path(), 400);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["0.wav", "1.wav", "2.wav"]);
    }

    #[tokio::test]
    async fn half_a_file_is_no_clip() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        cache.keep("a", &Clip::new(vec![5_000; 800])).await;
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let whole = fs::read(folder.path().join("a.wav")).unwrap();
        assert!(Cache::new(folder.path().to_owned()).find("a").await.is_some());
        fs::write(folder.path().join("a.wav"), &whole[..400]).unwrap();
        assert!(Cache::new(folder.path().to_owned()).find("a").await.is_none());
    }
}
