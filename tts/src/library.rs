//! System prompts: texts in the repository, recordings in the data folder.

use crate::speaker::blocking;
use crate::takes::is_id;
use crate::{Speaker, SpeechFault, wav};
use ringdesk_audio::Clip;
use ringdesk_language::Value;
use ringdesk_language::template::{fill, gaps};
use ringdesk_model::Language;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// Every language there are prompts in.
pub const LANGUAGES: [Language; 2] = [Language::En, Language::ZhCn];

type Texts = BTreeMap<String, String>;

static EN: LazyLock<Texts> = LazyLock::new(|| parse(include_str!("../prompts/en.toml")));
static ZH_CN: LazyLock<Texts> = LazyLock::new(|| parse(include_str!("../prompts/zh-CN.toml")));

/// Prompt texts by id; braces are variables.
pub fn texts(language: Language) -> BTreeMap<String, String> {
    table(language).clone()
}

/// Recorded prompts under `<folder>/<language>/<id>.wav`; what is not recorded is spoken.
#[derive(Clone)]
pub struct PromptLibrary {
    folder: PathBuf,
    speaker: Speaker,
    /// One take at a time.
    writing: Arc<Mutex<()>>,
}

impl PromptLibrary {
    pub fn new(folder: impl Into<PathBuf>, speaker: Speaker) -> Self {
        PromptLibrary { folder: folder.into(), speaker, writing: Arc::default() }
    }

    /// Where the recording of a prompt is, or would be.
    pub fn path(&self, language: Language, id: &str) -> PathBuf {
        self.folder.join(language.as_str()).join(format!("{id}.wav"))
    }

    /// A prompt by its id, its variables said as the language says them. With variables it is always spoken.
    pub async fn prompt(&self, language: Language, id: &str, values: &[(&str, Value)]) -> Result<Clip, SpeechFault> {
        let text = table(language).get(id).ok_or_else(|| SpeechFault::UnknownPrompt(id.to_owned()))?;
        if has_variables(text) {
            return self.speaker.speak(&fill(text, language, values)?, language).await;
        }
        self.render(language, id, text).await
    }

    /// The recording of the prompt, else `text` spoken.
    pub async fn render(&self, language: Language, id: &str, text: &str) -> Result<Clip, SpeechFault> {
        match self.recording(language, id).await {
            Some(clip) => Ok(clip),
            None => self.speaker.speak_to_all(text, language).await,
        }
    }

    /// The list for a recording session: id, whether it is there, text. Prompts with variables are spoken and not in it.
    pub fn script(&self, language: Language) -> String {
        let mut script = String::new();
        for (id, text) in to_record(language) {
            let recorded = if self.path(language, id).exists() { "recorded" } else { "missing" };
            let _ = writeln!(script, "{id}\t{recorded}\t{text}"); // a String takes everything
        }
        script
    }

    /// The ids still to be recorded.
    pub fn missing(&self, language: Language) -> Vec<String> {
        to_record(language).filter(|(id, _)| !self.path(language, id).exists()).map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What callers hear where it is recorded.
    pub async fn recording(&self, language: Language, id: &str) -> Option<Clip> {
        // Nothing else becomes a path.
        if !is_id(id) {
            return None;
        }
        let path = self.path(language, id);
        let read = blocking(move || match File::open(&path) {
            Ok(file) => wav::read(BufReader::new(file)).map(Some),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.to_string()),
        });
        read.await.unwrap_or_else(|fault| {
            tracing::warn!(prompt = id, language = language.as_str(), %fault, "a recorded prompt cannot be read; it is spoken");
            None
        })
    }
}

pub(crate) fn table(language: Language) -> &'static Texts {
    match language {
        Language::En => &EN,
        Language::ZhCn => &ZH_CN,
    }
}

pub(crate) fn has_variables(text: &str) -> bool {
    !gaps(text).is_empty()
}

fn to_record(language: Language) -> impl Iterator<Item = (&'static String, &'static String)> {
    table(language).iter().filter(|(_, text)| !has_variables(text))
}

fn parse(file: &str) -> Texts {
    toml::from_str(file).expect("the prompt files are part of the binary and parsed by a test")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Rows: V13
    #[test]
    fn both_languages_have_the_same_prompts_and_variables() {
        let (en, zh) = (texts(Language::En), texts(Language::ZhCn));
        assert!(en.keys().eq(zh.keys()));
        for (id, text) in &en {
            assert_eq!(gaps(text), gaps(&zh[id]), "{id}");
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)), "{id}");
        }
        for digit in 0..10 {
            assert!(en.contains_key(&format!("digit.{digit}")));
        }
    }

    fn mute(folder: &Path) -> PromptLibrary {
        PromptLibrary::new(folder.join("prompts"), Speaker::with_engine("no-such-program", folder.join("cache"), 160))
    }

    /// Rows: V13
    #[tokio::test]
    async fn a_recording_beats_speech() {
        let folder = tempfile::tempdir().unwrap();
        let library = mute(folder.path());
        assert!(matches!(library.prompt(Language::En, "goodbye", &[]).await, Err(SpeechFault::NoEngine)));
        wav::write(&Clip::new(vec![9_000; 800]), &library.path(Language::En, "goodbye")).unwrap();
        assert_eq!(library.prompt(Language::En, "goodbye", &[]).await.unwrap().len(), 800);
        assert_eq!(library.render(Language::En, "goodbye", "Goodbye.").await.unwrap().len(), 800);
        assert!(library.script(Language::En).contains("goodbye\trecorded\tThank you"));
        assert!(library.script(Language::ZhCn).contains("goodbye\tmissing\t感谢"));
        assert!(!library.missing(Language::En).contains(&"goodbye".to_owned()));
        assert!(library.missing(Language::ZhCn).contains(&"goodbye".to_owned()));
        assert!(!library.script(Language::En).contains("queue.position"), "it has a variable");
        // A recording that cannot be read is spoken, as far as there is an engine.
        fs::write(library.path(Language::En, "goodbye"), b"RIFF").unwrap();
        assert!(matches!(library.prompt(Language::En, "goodbye", &[]).await, Err(SpeechFault::NoEngine)));
    }

    /// Rows: V13
    #[tokio::test]
    async fn a_prompt_with_variables_is_filled_and_spoken() {
        let folder = tempfile::tempdir().unwrap();
        let speaker = Speaker::new(folder.path().join("cache"), 160);
        let library = PromptLibrary::new(folder.path().join("prompts"), speaker.clone());
        for language in LANGUAGES {
            let third = library.prompt(language, "queue.position", &[("position", 3u32.into())]).await.unwrap();
            let far = library.prompt(language, "queue.position", &[("position", 777u32.into())]).await.unwrap();
            assert!(far.len() > third.len(), "{language:?}: {third:?} and {far:?}");
        }
        assert_eq!(speaker.spawned(), 4);
        let fault = library.prompt(Language::En, "queue.position", &[]).await.unwrap_err();
        assert_eq!(fault.to_string(), "nothing given for {position}");
        let fault = library.prompt(Language::En, "../../secret", &[]).await.unwrap_err();
        assert_eq!(fault.to_string(), "no prompt has the id ../../secret");
    }
}
