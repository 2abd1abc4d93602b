//! Speech, each text once.

use crate::cache::Cache;
use crate::{espeak, wav};
use ringdesk_audio::Clip;
use ringdesk_model::Language;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long one text may take, waiting for its turn included.
const DEADLINE: Duration = Duration::from_secs(10);
/// Children at once: speech is short, and the calls need the cores. Who comes later waits for a turn.
const AT_ONCE: usize = 2;
/// The longest text, in characters.
pub const LONGEST: usize = 2_000;
/// Slower or faster is no speech.
const RATES: std::ops::RangeInclusive<u16> = 80..=450;

#[derive(Debug, thiserror::Error)]
pub enum SpeechFault {
    #[error("no_engine: espeak-ng is not installed (Debian package espeak-ng)")]
    NoEngine,
    #[error("the text has {0} characters; {LONGEST} is the most")]
    TooLong(usize),
    #[error("there is nothing to say")]
    Nothing,
    #[error("a voice is named by letters, figures, `-`, `_` and `+`")]
    Voice,
    #[error("no prompt has the id {0}")]
    UnknownPrompt(String),
    #[error(transparent)]
    Unfilled(#[from] ringdesk_language::Unfilled),
    #[error("the engine did not finish within {DEADLINE:?}")]
    Deadline,
    #[error("the engine failed: {0}")]
    Engine(String),
}

/// Who speaks, and how fast. By default the language's own voice at the speaker's rate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Voice {
    /// As the engine names it: `en-us+f3`.
    pub name: Option<String>,
    /// Words per minute.
    pub rate: Option<u16>,
}

/// Where a spoken text is kept.
#[derive(Clone, Copy, Debug)]
enum Kept {
    InMemory,
    OnDisk,
}

/// Turns texts into sound. Clones share the cache and the turns.
#[derive(Clone)]
pub struct Speaker {
    shared: Arc<Shared>,
}

struct Shared {
    engine: PathBuf,
    rate: u16,
    cache: Cache,
    turns: Semaphore,
    deadline: Duration,
    spawned: AtomicU64,
}

/// The name on a shelf of a text spoken by the default voice.
pub fn key(text: &str, language: Language) -> String {
    hex(&Sha256::digest(format!("{}\n{text}", language.as_str())))
}

impl Speaker {
    /// Speak with `espeak-ng` from the path, keeping what was spoken under `folder`. `rate`: words per minute.
    pub fn new(folder: impl Into<PathBuf>, rate: u16) -> Speaker {
        Speaker::with_engine("espeak-ng", folder, rate)
    }

    /// The same with another program of the same command line.
    pub fn with_engine(engine: impl Into<PathBuf>, folder: impl Into<PathBuf>, rate: u16) -> Speaker {
        Speaker::build(engine.into(), folder.into(), rate, DEADLINE)
    }

    fn build(engine: PathBuf, folder: PathBuf, rate: u16, deadline: Duration) -> Speaker {
        let (cache, turns) = (Cache::new(folder), Semaphore::new(AT_ONCE));
        Speaker { shared: Arc::new(Shared { engine, rate, cache, turns, deadline, spawned: AtomicU64::new(0) }) }
    }

    /// Speak with the language's own voice, or fetch what was spoken before. What is said to one caller may name them, so it
    /// stays in memory.
    pub async fn speak(&self, text: &str, language: Language) -> Result<Clip, SpeechFault> {
        self.speak_as(text, language, &Voice::default()).await
    }

    pub async fn speak_as(&self, text: &str, language: Language, voice: &Voice) -> Result<Clip, SpeechFault> {
        self.spoken(text, language, voice, Kept::InMemory).await
    }

    /// The same for a text that everybody hears: it is also kept on disk, for the next start.
    pub async fn speak_to_all(&self, text: &str, language: Language) -> Result<Clip, SpeechFault> {
        self.spoken(text, language, &Voice::default(), Kept::OnDisk).await
    }

    /// How many times the engine was started: all else came from the cache.
    pub fn spawned(&self) -> u64 {
        self.shared.spawned.load(Ordering::Relaxed)
    }

    async fn spoken(&self, text: &str, language: Language, voice: &Voice, kept: Kept) -> Result<Clip, SpeechFault> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(SpeechFault::TooLong(length));
        }
        let text = said(text, language);
        if !text.contains(|c: char| c.is_alphanumeric()) {
            return Err(SpeechFault::Nothing);
        }
        let rate = voice.rate.unwrap_or(self.shared.rate).clamp(*RATES.start(), *RATES.end());
        let name = voice.name.as_deref().unwrap_or(espeak::voice(language));
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+".contains(&b)) {
            return Err(SpeechFault::Voice);
        }
        let key = hex(&Sha256::digest(format!("espeak-ng\n{name}\n{rate}\n{text}")));
        let found = match kept {
            Kept::InMemory => self.shared.cache.in_memory(&key),
            Kept::OnDisk => self.shared.cache.find(&key).await,
        };
        if let Some(clip) = found {
            return Ok(clip);
        }
        match timeout(self.shared.deadline, self.engine(&key, &text, name, rate, kept)).await {
            Ok(spoken) => spoken,
            Err(_) => Err(SpeechFault::Deadline),
        }
    }

    async fn engine(&self, key: &str, text: &str, voice: &str, rate: u16, kept: Kept) -> Result<Clip, SpeechFault> {
        let _turn = self.shared.turns.acquire().await.map_err(|e| SpeechFault::Engine(e.to_string()))?;
        // While this call waited for its turn, another may have spoken the same text.
        if let Some(clip) = self.shared.cache.in_memory(key) {
            return Ok(clip);
        }
        self.shared.spawned.fetch_add(1, Ordering::Relaxed);
        let spoken = espeak::speak(&self.shared.engine, text, voice, rate).await?;
        let clip = blocking(move || wav::read(Cursor::new(spoken))).await.map_err(SpeechFault::Engine)?;
        match kept {
            Kept::InMemory => self.shared.cache.remember(key, &clip),
            Kept::OnDisk => self.shared.cache.keep(key, &clip).await,
        }
        Ok(clip)
    }
}

/// The text as an engine may have it: figures as words, and no sign that an engine takes for a command.
fn said(text: &str, language: Language) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // `[[…]]` would be phonemes.
    ringdesk_language::read(plain.replace("[[", "[ [").trim(), language)
}

/// Run what computes or waits for a disk beside the tasks that carry calls.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())?
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::level;

    /// Rows: V13
    #[tokio::test]
    async fn both_languages_are_spoken_once() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path(), 160);
        let lines = [(Language::En, "You are number 3."), (Language::ZhCn, "您现在排在第3位。")];
        for (language, text) in lines {
            let clip = speaker.speak_to_all(text, language).await.unwrap();
            let long = clip.duration().as_millis();
            assert!((600..6_000).contains(&long), "{text}: {long} ms");
            assert!(level::rms(clip.samples()) > -35.0, "{text} is too quiet");
            assert!((level::speech(clip.samples()) - level::SPEECH).abs() < 4.0, "{text}");
        }
        assert_eq!(speaker.spawned(), 2);
        for (language, text) in lines {
            speaker.speak(text, language).await.unwrap();
        }
        assert_eq!(speaker.spawned(), 2, "from memory");
        // Another speaker with no engine at all finds both on disk, and says plainly what it cannot find.
        let mute = Speaker::with_engine("no-such-program", folder.path(), 160);
        for (language, text) in lines {
            let (there, here) =
                (mute.speak_to_all(text, language).await.unwrap(), speaker.speak(text, language).await.unwrap());
            assert_eq!(there.len(), here.len());
        }
        assert_eq!(mute.spawned(), 0);
        let fault = mute.speak("Something new.", Language::En).await.unwrap_err();
        assert_eq!(fault.to_string(), "no_engine: espeak-ng is not installed (Debian package espeak-ng)");
        // The figures of a text are words before the engine sees them: the same words are the same clip.
        assert!(mute.speak("You are number three.", Language::En).await.is_ok());
    }

    /// Rows: S12.2
    #[tokio::test]
    async fn what_is_said_to_one_caller_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path().join("cache"), 160);
        let text = "Mister Miller, your order is ready.";
        speaker.speak(text, Language::En).await.unwrap();
        speaker.speak(text, Language::En).await.unwrap();
        assert_eq!(speaker.spawned(), 1, "from memory");
        assert!(!folder.path().join("cache").exists());
    }

    #[tokio::test]
    async fn rate_and_voice_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path(), 160);
        let text = "This is said by several voices at several rates.";
        let rate = |rate| Voice { rate: Some(rate), name: None };
        let slow = speaker.speak_as(text, Language::En, &rate(100)).await.unwrap();
        let fast = speaker.speak_as(text, Language::En, &rate(300)).await.unwrap();
        assert!(slow.len() > fast.len() * 2, "{slow:?} and {fast:?}");
        let other = Voice { name: Some("en-us+f3".into()), rate: Some(100) };
        let other = speaker.speak_as(text, Language::En, &other).await.unwrap();
        assert_ne!(other, slow);
        for bad in ["", "../../etc/passwd", "en us"] {
            let voice = Voice { name: Some(bad.into()), rate: None };
            assert!(matches!(speaker.speak_as(text, Language::En, &voice).await, Err(SpeechFault::Voice)), "{bad}");
        }
    }

    /// Many callers hear the same position at once.
    #[tokio::test]
    async fn a_crowd_with_one_text_starts_the_engine_once_per_turn_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path(), 160);
        let crowd: Vec<_> = (0..20)
            .map(|_| {
                let speaker = speaker.clone();
                tokio::spawn(async move { speaker.speak("Please hold the line.", Language::En).await.map(|c| c.len()) })
            })
            .collect();
        for one in crowd {
            assert!(one.await.unwrap().unwrap() > 4_000);
        }
        assert!(speaker.spawned() <= AT_ONCE as u64, "{} starts", speaker.spawned());
    }

    /// What takes too long is ended, and its turn is free again.
    #[tokio::test]
    async fn the_deadline_ends_the_child() {
        let folder = tempfile::tempdir().unwrap();
        let hasty = Speaker::build("espeak-ng".into(), folder.path().into(), 160, Duration::from_millis(1));
        let text = "word ".repeat(390);
        assert!(matches!(hasty.speak(&text, Language::En).await, Err(SpeechFault::Deadline)));
        assert_eq!((hasty.spawned(), hasty.shared.turns.available_permits()), (1, AT_ONCE));
    }

    #[tokio::test]
    async fn a_book_and_nothing_are_refused() {
        let speaker = Speaker::new("unused", 160);
        assert!(matches!(speaker.speak(&"a".repeat(2_001), Language::En).await, Err(SpeechFault::TooLong(2_001))));
        for nothing in ["", " ", "…", "\u{1}"] {
            assert!(matches!(speaker.speak(nothing, Language::En).await, Err(SpeechFault::Nothing)), "{nothing:?}");
        }
        assert_eq!(spoken("a\u{1}5S b [[x]] 2\n"), "a five S b [ [x]] two");
    }

    fn spoken(text: &str) -> String {
        said(text, Language::En)
    }
}
