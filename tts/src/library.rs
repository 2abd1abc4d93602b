//! System prompts: texts in the repository, recordings in the data folder.

use crate::{Speaker, SpeechFault, wav};
use ringdesk_audio::Clip;
use ringdesk_model::Language;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

/// Every language there are prompts in.
pub const LANGUAGES: [Language; 2] = [Language::En, Language::ZhCn];

/// Prompt texts by id; braces are variables.
pub fn texts(language: Language) -> BTreeMap<String, String> {
    let file = match language {
        Language::En => include_str!("../prompts/en.toml"),
        Language::ZhCn => include_str!("../prompts/zh-CN.toml"),
    };
    toml::from_str(file).expect("the prompt files are part of the binary and parsed by a test")
}

/// Recorded prompts under `<folder>/<language>/<id>.wav`; what is not recorded is spoken.
#[derive(Clone)]
pub struct PromptLibrary {
    folder: PathBuf,
    speaker: Speaker,
}

impl PromptLibrary {
    pub fn new(folder: impl Into<PathBuf>, speaker: Speaker) -> Self {
        PromptLibrary { folder: folder.into(), speaker }
    }

    /// Where the recording of a prompt is, or would be.
    pub fn path(&self, language: Language, id: &str) -> PathBuf {
        self.folder.join(language.as_str()).join(format!("{id}.wav"))
    }

    /// The sound of a prompt without variables: its recording, else its text spoken.
    pub async fn render(&self, language: Language, id: &str, text: &str) -> Result<Clip, SpeechFault> {
        match File::open(self.path(language, id)).map_err(|e| e.to_string()).and_then(|f| wav::read(BufReader::new(f)))
        {
            Ok(clip) => Ok(clip),
            Err(_) => self.speaker.speak(text, language).await,
        }
    }

    /// The list for a recording session: id, tab, text. Prompts with variables are spoken and not in it.
    pub fn script(&self, language: Language) -> String {
        let mut script = String::new();
        for (id, text) in texts(language).iter().filter(|(_, text)| !text.contains('{')) {
            let recorded = if self.path(language, id).exists() { "recorded" } else { "missing" };
            let _ = writeln!(script, "{id}\t{recorded}\t{text}"); // a String takes everything
        }
        script
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_prompts_and_variables() {
        let (en, zh) = (texts(Language::En), texts(Language::ZhCn));
        assert!(en.keys().eq(zh.keys()));
        for (id, text) in &en {
            assert_eq!(text.contains("{position}"), zh[id].contains("{position}"), "{id}");
        }
    }

    /// Rows: V13
    #[tokio::test]
    async fn a_recording_beats_speech() {
        let folder = tempfile::tempdir().unwrap();
        let library = PromptLibrary::new(folder.path(), Speaker::with_engine("no-such-program", folder.path(), 160));
        assert!(library.render(Language::En, "goodbye", "Goodbye.").await.is_err());
        std::fs::create_dir_all(folder.path().join("en")).unwrap();
        wav::write(&Clip::new(vec![9_000; 800]), &library.path(Language::En, "goodbye")).unwrap();
        assert_eq!(library.render(Language::En, "goodbye", "Goodbye.").await.unwrap().len(), 800);
        assert!(library.script(Language::En).contains("goodbye\trecorded"));
        assert!(library.script(Language::ZhCn).contains("goodbye\tmissing"));
    }
}
