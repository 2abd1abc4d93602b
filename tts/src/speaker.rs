//! Speech by a child process, each text once.

use crate::wav;
use ringdesk_audio::Clip;
use ringdesk_model::Language;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// How long one text may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// Children at once: speech is short, and the calls need the cores.
const AT_ONCE: usize = 2;
/// Clips kept in memory; the oldest leaves. On disk they stay.
const KEPT: usize = 512;
/// The longest text, in characters.
pub const LONGEST: usize = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum SpeechFault {
    #[error("no_engine: espeak-ng is not installed (Debian package espeak-ng)")]
    NoEngine,
    #[error("the text has {0} characters; {LONGEST} is the most")]
    TooLong(usize),
    #[error("the engine did not finish within {DEADLINE:?}")]
    Deadline,
    #[error("the engine failed: {0}")]
    Engine(String),
}

/// Turns texts into sound. Clones share the cache.
#[derive(Clone)]
pub struct Speaker {
    shared: Arc<Shared>,
}

struct Shared {
    engine: PathBuf,
    /// Words per minute.
    rate: u16,
    folder: PathBuf,
    cache: Mutex<Cache>,
    turns: Semaphore,
}

#[derive(Default)]
struct Cache {
    clips: HashMap<String, Clip>,
    order: VecDeque<String>,
}

/// The name of a spoken text, for caches and shelves.
pub fn key(text: &str, language: Language) -> String {
    hex(&Sha256::digest(format!("{}\n{text}", language.as_str())))
}

impl Speaker {
    /// Speak with `espeak-ng` from the path, keeping what was spoken under `folder`.
    pub fn new(folder: impl Into<PathBuf>, rate: u16) -> Speaker {
        Speaker::with_engine("espeak-ng", folder, rate)
    }

    /// The same with another program of the same command line.
    pub fn with_engine(engine: impl Into<PathBuf>, folder: impl Into<PathBuf>, rate: u16) -> Speaker {
        let shared = Shared {
            engine: engine.into(),
            rate,
            folder: folder.into(),
            cache: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        };
        Speaker { shared: Arc::new(shared) }
    }

    /// Speak, or fetch what was spoken before.
    pub async fn speak(&self, text: &str, language: Language) -> Result<Clip, SpeechFault> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(SpeechFault::TooLong(length));
        }
        let name = hex(&Sha256::digest(format!("espeak-ng\n{}\n{}\n{text}", self.shared.rate, language.as_str())));
        if let Some(clip) = self.cache().clips.get(&name) {
            return Ok(clip.clone());
        }
        let path = self.shared.folder.join(format!("{name}.wav"));
        if let Ok(bytes) = tokio::fs::read(&path).await
            && let Ok(clip) = wav::read(Cursor::new(bytes))
        {
            self.keep(name, &clip);
            return Ok(clip);
        }
        let spoken = self.engine(text, language).await?;
        let clip = wav::read(Cursor::new(unstreamed(spoken))).map_err(SpeechFault::Engine)?;
        if let Err(fault) = self.store(&clip, &path).await {
            tracing::debug!(%fault, "a spoken text was not kept on disk");
        }
        self.keep(name, &clip);
        Ok(clip)
    }

    async fn engine(&self, text: &str, language: Language) -> Result<Vec<u8>, SpeechFault> {
        let _turn = self.shared.turns.acquire().await.map_err(|e| SpeechFault::Engine(e.to_string()))?;
        let voice = match language {
            Language::En => "en",
            Language::ZhCn => "cmn",
        };
        let mut child = Command::new(&self.shared.engine)
            .args(["--stdin", "--stdout", "-v", voice, "-s", &self.shared.rate.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => SpeechFault::NoEngine,
                _ => SpeechFault::Engine(e.to_string()),
            })?;
        // By its standard input, never by a shell: a text is only a text.
        let mut stdin = child.stdin.take().ok_or_else(|| SpeechFault::Engine("no standard input".into()))?;
        let text = text.to_owned();
        let feeding = tokio::spawn(async move { stdin.write_all(text.as_bytes()).await });
        let output = tokio::time::timeout(DEADLINE, child.wait_with_output())
            .await
            .map_err(|_| SpeechFault::Deadline)?
            .map_err(|e| SpeechFault::Engine(e.to_string()))?;
        feeding.abort();
        if !output.status.success() || output.stdout.len() < 44 {
            return Err(SpeechFault::Engine(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Ok(output.stdout)
    }

    /// Written beside and renamed, so that a crash leaves no half file.
    async fn store(&self, clip: &Clip, path: &std::path::Path) -> Result<(), String> {
        let (clip, path, folder) = (clip.clone(), path.to_owned(), self.shared.folder.clone());
        let write = move || {
            std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
            let beside = path.with_extension(format!("{}.part", std::process::id()));
            wav::write(&clip, &beside).map_err(|e| e.to_string())?;
            std::fs::rename(&beside, &path).map_err(|e| e.to_string())
        };
        tokio::task::spawn_blocking(write).await.map_err(|e| e.to_string())?
    }

    fn keep(&self, name: String, clip: &Clip) {
        let mut cache = self.cache();
        if cache.clips.insert(name.clone(), clip.clone()).is_none() {
            cache.order.push_back(name);
        }
        while cache.order.len() > KEPT {
            if let Some(oldest) = cache.order.pop_front() {
                cache.clips.remove(&oldest);
            }
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.shared.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A WAV written to a pipe has no lengths in its header; put in what was really read.
fn unstreamed(mut wav: Vec<u8>) -> Vec<u8> {
    let Some(data) = wav.windows(4).position(|w| w == b"data") else { return wav };
    let length = wav.len().saturating_sub(data + 8);
    if let (Ok(riff), Ok(length)) = (u32::try_from(wav.len().saturating_sub(8)), u32::try_from(length & !1)) {
        wav[4..8].copy_from_slice(&riff.to_le_bytes());
        if wav.len() >= data + 8 {
            wav[data + 4..data + 8].copy_from_slice(&length.to_le_bytes());
        }
    }
    wav
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::level;

    #[tokio::test]
    async fn both_languages_are_spoken_once() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path(), 160);
        for (language, text) in [(Language::En, "You are number three."), (Language::ZhCn, "您现在排在第三位。")]
        {
            let clip = speaker.speak(text, language).await.unwrap();
            let long = clip.duration().as_millis();
            assert!((600..6_000).contains(&long), "{text}: {long} ms");
            assert!(level::rms(clip.samples()) > -35.0, "{text} is too quiet");
        }
        // Another speaker with no engine at all finds both on disk.
        let mute = Speaker::with_engine("no-such-program", folder.path(), 160);
        assert!(mute.speak("You are number three.", Language::En).await.is_ok());
        assert!(matches!(mute.speak("Something new.", Language::En).await, Err(SpeechFault::NoEngine)));
    }

    #[tokio::test]
    async fn a_book_is_refused() {
        let speaker = Speaker::new("unused", 160);
        assert!(matches!(speaker.speak(&"a".repeat(2_001), Language::En).await, Err(SpeechFault::TooLong(2_001))));
    }
}
