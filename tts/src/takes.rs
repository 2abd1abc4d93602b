//! Takes: the recordings that were made of a prompt over time. One of them is what callers hear; the others can be heard, and
//! chosen again.
//!
//! `<folder>/<language>/<id>.wav` is what callers hear, whoever put it there; beside it `<id>.takes/` holds every take that came
//! over the API, and a page that says who made it. A prompt that the house does not have by itself begins with its first take.

use crate::decode::{Decoded, SoundFault};
use crate::library::{LANGUAGES, PromptLibrary, has_variables, table};
use crate::wav;
use ringdesk_audio::Clip;
use ringdesk_model::Language;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Of one prompt in one language; the oldest that nobody hears goes first.
pub const MOST_TAKES: usize = 20;
/// Prompts beside those of the house.
pub const MOST_OWN: usize = 1_000;
/// Of an id.
const LONGEST_ID: usize = 64;

/// One recording.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Take {
    /// Counts up with each take of this prompt in this language.
    pub number: u32,
    /// Milliseconds since 1970 (UTC).
    pub made_at: i64,
    /// The user's id; none: it was there before.
    pub made_by: Option<String>,
    /// `upload`, `telephone`.
    pub way: String,
    /// `wav`, `mp3`, `ogg_vorbis`, `ogg_opus`, `webm_opus`, `mp4_aac`.
    pub kind: String,
    /// As it came.
    pub rate: u32,
    pub duration_ms: u64,
    /// By how much it was made louder, dB.
    pub gain: f32,
    /// Of the sound as callers hear it.
    pub sha256: String,
}

/// All of one prompt in one language.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Takes {
    /// Which one callers hear. None: the prompt is spoken, or its file came from elsewhere (`ringdesk prompts import`).
    pub current: Option<u32>,
    pub takes: Vec<Take>,
    /// Of the next one: numbers are not used twice.
    next: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum TakeFault {
    #[error("{0:?} is no id of a prompt: small letters, figures, points and underscores, at most {LONGEST_ID}")]
    Id(String),
    #[error("{0} has variables and is always spoken")]
    Variables(String),
    #[error("there is no such {0}")]
    Unknown(&'static str),
    #[error("callers hear this take; choose another one first")]
    InUse,
    #[error("there are {MOST_OWN} prompts of your own; delete one first")]
    TooMany,
    #[error(transparent)]
    Sound(#[from] SoundFault),
    #[error("the disk: {0}")]
    Disk(String),
}

/// How a prompt stands in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Recorded,
    /// A machine says its text.
    Spoken,
    /// Nobody says anything: a prompt of one's own without a recording.
    Missing,
}

impl Standing {
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Recorded => "recorded",
            Standing::Spoken => "spoken",
            Standing::Missing => "missing",
        }
    }
}

/// A prompt as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    /// It comes with the house.
    pub of_house: bool,
    /// It is always spoken.
    pub variables: bool,
    /// In the order of [`LANGUAGES`]: its text there, how it stands, its take.
    pub languages: Vec<(Language, Option<String>, Standing, Option<u32>)>,
}

/// What can be an id: it becomes the name of a file.
pub fn is_id(id: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    id.len() <= LONGEST_ID
        && id.bytes().next().is_some_and(letter)
        && id.bytes().all(|b| letter(b) || b == b'.' || b == b'_')
        && !id.contains("..")
        && !id.ends_with('.')
}

impl PromptLibrary {
    /// Every prompt there is, the house's and one's own.
    pub fn list(&self) -> Vec<Listed> {
        let mut ids: BTreeSet<String> = table(Language::En).keys().cloned().collect();
        ids.extend(self.own());
        let listed = ids.into_iter().map(|id| {
            let variables = table(Language::En).get(&id).is_some_and(|text| has_variables(text));
            let languages = LANGUAGES.map(|language| {
                let text = table(language).get(&id).cloned();
                let standing = match (&text, self.path(language, &id).exists() && !variables) {
                    (_, true) => Standing::Recorded,
                    (Some(_), false) => Standing::Spoken,
                    (None, false) => Standing::Missing,
                };
                let current = self.takes(language, &id).ok().and_then(|takes| takes.current);
                (language, text, standing, current)
            });
            let of_house = table(Language::En).contains_key(&id);
            Listed { id, of_house, variables, languages: languages.into() }
        });
        listed.collect()
    }

    /// Ids of one's own prompts, in any language.
    pub fn own(&self) -> BTreeSet<String> {
        let mut own = BTreeSet::new();
        for language in LANGUAGES {
            let entries = fs::read_dir(self.folder().join(language.as_str())).into_iter().flatten().flatten();
            let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            let id = |name: String| name.strip_suffix(".wav").or(name.strip_suffix(".takes")).map(str::to_owned);
            let ids = names.filter_map(id).filter(|id| is_id(id) && !table(language).contains_key(id));
            own.extend(ids.take(MOST_OWN - own.len().min(MOST_OWN)));
        }
        own
    }

    /// The takes of a prompt; none, if nobody made any.
    pub fn takes(&self, language: Language, id: &str) -> Result<Takes, TakeFault> {
        self.known(id)?;
        match fs::read(self.page(language, id)) {
            Ok(page) => serde_json::from_slice(&page).map_err(|fault| TakeFault::Disk(fault.to_string())),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(Takes::default()),
            Err(fault) => Err(TakeFault::Disk(fault.to_string())),
        }
    }

    /// One more; callers hear it from now on.
    pub fn add_take(
        &self,
        of: (Language, &str),
        sound: &Decoded,
        made: (&str, Option<String>, i64),
    ) -> Result<Take, TakeFault> {
        self.add(of, sound, made, true)
    }

    /// One more, to be chosen later: callers go on hearing what they hear.
    pub fn lay_by(
        &self,
        of: (Language, &str),
        sound: &Decoded,
        made: (&str, Option<String>, i64),
    ) -> Result<Take, TakeFault> {
        self.add(of, sound, made, false)
    }

    /// May a take be made of it?
    pub fn takes_of(&self, language: Language, id: &str) -> Result<(), TakeFault> {
        if !is_id(id) {
            return Err(TakeFault::Id(id.to_owned()));
        }
        let text = table(language).get(id);
        if text.is_some_and(|text| has_variables(text)) {
            return Err(TakeFault::Variables(id.to_owned()));
        }
        if text.is_none() {
            let own = self.own();
            if own.len() >= MOST_OWN && !own.contains(id) {
                return Err(TakeFault::TooMany);
            }
        }
        Ok(())
    }

    fn add(
        &self,
        (language, id): (Language, &str),
        sound: &Decoded,
        (way, by, now): (&str, Option<String>, i64),
        is_heard: bool,
    ) -> Result<Take, TakeFault> {
        let _one_at_a_time = self.writing();
        self.takes_of(language, id)?;
        let mut takes = match self.known(id) {
            Ok(()) => self.takes(language, id)?,
            Err(_) => Takes::default(),
        };
        takes.next = takes.next.max(takes.takes.last().map_or(0, |take| take.number)) + 1;
        let take = Take {
            number: takes.next,
            made_at: now,
            made_by: by,
            way: way.to_owned(),
            kind: sound.kind.as_str().to_owned(),
            rate: sound.rate,
            duration_ms: sound.duration().as_millis() as u64,
            gain: (sound.gain * 10.0).round() / 10.0,
            sha256: sum(&sound.clip),
        };
        self.write(&sound.clip, &self.file(language, id, take.number))?;
        if is_heard {
            self.write(&sound.clip, &self.path(language, id))?;
            takes.current = Some(take.number);
        }
        takes.takes.push(take.clone());
        while takes.takes.len() > MOST_TAKES {
            let unheard = takes.takes.iter().position(|take| takes.current != Some(take.number));
            let oldest = takes.takes.remove(unheard.expect("callers hear at most one of many"));
            let _ = fs::remove_file(self.file(language, id, oldest.number));
        }
        self.keep(language, id, &takes)?;
        Ok(take)
    }

    /// Callers hear this take from now on.
    pub fn choose_take(&self, language: Language, id: &str, number: u32) -> Result<Clip, TakeFault> {
        let _one_at_a_time = self.writing();
        let mut takes = self.takes(language, id)?;
        let clip = self.take_sound(language, id, number)?;
        self.write(&clip, &self.path(language, id))?;
        takes.current = Some(number);
        self.keep(language, id, &takes)?;
        Ok(clip)
    }

    /// Back to the spoken text, or to nothing; the takes stay.
    pub fn retire(&self, language: Language, id: &str) -> Result<(), TakeFault> {
        let _one_at_a_time = self.writing();
        let mut takes = self.takes(language, id)?;
        match fs::remove_file(self.path(language, id)) {
            Ok(()) => {}
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                return Err(TakeFault::Unknown("recording"));
            }
            Err(fault) => return Err(TakeFault::Disk(fault.to_string())),
        }
        takes.current = None;
        if takes.takes.is_empty() { Ok(()) } else { self.keep(language, id, &takes) }
    }

    /// Take one away for good.
    pub fn remove_take(&self, language: Language, id: &str, number: u32) -> Result<(), TakeFault> {
        let _one_at_a_time = self.writing();
        let mut takes = self.takes(language, id)?;
        let at = takes.takes.iter().position(|take| take.number == number).ok_or(TakeFault::Unknown("take"))?;
        if takes.current == Some(number) {
            return Err(TakeFault::InUse);
        }
        takes.takes.remove(at);
        let _ = fs::remove_file(self.file(language, id, number));
        if takes.takes.is_empty() && takes.current.is_none() && !table(language).contains_key(id) {
            // Nothing is left of a prompt of one's own in this language.
            return fs::remove_dir_all(self.folder_of(language, id))
                .map_err(|fault| TakeFault::Disk(fault.to_string()));
        }
        self.keep(language, id, &takes)
    }

    /// The sound of one take.
    pub fn take_sound(&self, language: Language, id: &str, number: u32) -> Result<Clip, TakeFault> {
        let takes = self.takes(language, id)?;
        if !takes.takes.iter().any(|take| take.number == number) {
            return Err(TakeFault::Unknown("take"));
        }
        let file = File::open(self.file(language, id, number)).map_err(|fault| TakeFault::Disk(fault.to_string()))?;
        wav::read(BufReader::new(file)).map_err(TakeFault::Disk)
    }

    /// It is one of the house's, or there is something of it.
    fn known(&self, id: &str) -> Result<(), TakeFault> {
        let there = |language| self.path(language, id).exists() || self.folder_of(language, id).exists();
        match is_id(id) && (table(Language::En).contains_key(id) || LANGUAGES.into_iter().any(there)) {
            true => Ok(()),
            false => Err(TakeFault::Unknown("prompt")),
        }
    }

    fn folder_of(&self, language: Language, id: &str) -> PathBuf {
        self.folder().join(language.as_str()).join(format!("{id}.takes"))
    }

    fn file(&self, language: Language, id: &str, number: u32) -> PathBuf {
        self.folder_of(language, id).join(format!("{number}.wav"))
    }

    fn page(&self, language: Language, id: &str) -> PathBuf {
        self.folder_of(language, id).join("takes.json")
    }

    fn write(&self, clip: &Clip, path: &Path) -> Result<(), TakeFault> {
        wav::write(clip, path).map_err(TakeFault::Disk)
    }

    fn keep(&self, language: Language, id: &str, takes: &Takes) -> Result<(), TakeFault> {
        let disk = |fault: std::io::Error| TakeFault::Disk(fault.to_string());
        let (page, new) = (self.page(language, id), self.folder_of(language, id).join("takes.new"));
        fs::create_dir_all(self.folder_of(language, id)).map_err(disk)?;
        fs::write(&new, serde_json::to_vec(takes).expect("plain data")).map_err(disk)?;
        fs::rename(new, page).map_err(disk)
    }
}

/// What callers hear, as a file for a browser: 8 kHz, mono, 16 bits.
pub fn wav_bytes(clip: &Clip) -> Vec<u8> {
    let length = clip.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + length as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + length).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&ringdesk_audio::RATE.to_le_bytes());
    bytes.extend_from_slice(&(ringdesk_audio::RATE * 2).to_le_bytes());
    bytes.extend_from_slice(b"\x02\0\x10\0data");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend(clip.samples().iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

fn sum(clip: &Clip) -> String {
    let mut hash = Sha256::new();
    for sample in clip.samples() {
        hash.update(sample.to_le_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Speaker;
    use crate::decode::decode;
    use ringdesk_audio::tone;

    fn library(folder: &Path) -> PromptLibrary {
        PromptLibrary::new(folder.join("prompts"), Speaker::with_engine("no-such-program", folder.join("cache"), 160))
    }

    fn sound(hz: f32) -> Decoded {
        decode(&wav_bytes(&Clip::new(tone::sine(hz, -20.0, 8_000, 4_000)))).unwrap()
    }

    /// Rows: S13.3, V13
    #[tokio::test]
    async fn the_last_take_is_heard_until_another_one_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let goodbye = (Language::En, "goodbye");
        assert_eq!(library.takes(Language::En, "goodbye").unwrap(), Takes::default());
        let first = library.add_take(goodbye, &sound(440.0), ("upload", Some("ann".into()), 1)).unwrap();
        let second = library.add_take(goodbye, &sound(697.0), ("telephone", None, 2)).unwrap();
        assert_eq!((first.number, second.number, first.duration_ms), (1, 2, 500));
        assert_ne!(first.sha256, second.sha256);
        let heard = async || tone::dominant(library.recording(Language::En, "goodbye").await.unwrap().samples(), 8_000);
        assert!((heard().await - 697.0).abs() < 3.0);
        library.choose_take(Language::En, "goodbye", 1).unwrap();
        assert!((heard().await - 440.0).abs() < 3.0);
        assert!(matches!(library.remove_take(Language::En, "goodbye", 1), Err(TakeFault::InUse)));
        library.remove_take(Language::En, "goodbye", 2).unwrap();
        assert!(matches!(library.choose_take(Language::En, "goodbye", 2), Err(TakeFault::Unknown("take"))));
        library.retire(Language::En, "goodbye").unwrap();
        assert!(library.recording(Language::En, "goodbye").await.is_none());
        assert!(matches!(library.retire(Language::En, "goodbye"), Err(TakeFault::Unknown("recording"))));
        let takes = library.takes(Language::En, "goodbye").unwrap();
        assert_eq!((takes.current, takes.takes.len()), (None, 1));
        let third = library.add_take(goodbye, &sound(440.0), ("upload", None, 3)).unwrap();
        assert_eq!(third.number, 3, "numbers are not used twice");
        for n in 0..MOST_TAKES as u32 + 2 {
            assert_eq!(library.lay_by(goodbye, &sound(697.0), ("telephone", None, 4)).unwrap().number, 4 + n);
        }
        assert!((heard().await - 440.0).abs() < 3.0, "what is laid by changes nothing for callers");
        let takes = library.takes(Language::En, "goodbye").unwrap();
        assert_eq!((takes.current, takes.takes.len()), (Some(3), MOST_TAKES), "what is heard never makes room");
        for _ in 0..MOST_TAKES + 5 {
            library.add_take(goodbye, &sound(440.0), ("upload", None, 4)).unwrap();
        }
        assert_eq!(library.takes(Language::En, "goodbye").unwrap().takes.len(), MOST_TAKES);
        let files = fs::read_dir(library.folder_of(Language::En, "goodbye")).unwrap().count();
        assert_eq!(files, MOST_TAKES + 1, "those that went are gone from the disk");
    }

    /// Rows: S13.3
    #[tokio::test]
    async fn prompts_of_ones_own_have_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        library.add_take((Language::ZhCn, "sales.spring"), &sound(440.0), ("upload", None, 1)).unwrap();
        let listed = library.list();
        let find = |id: &str| listed.iter().find(|one| one.id == id).cloned().unwrap();
        let own = find("sales.spring");
        let standing = |one: &Listed| one.languages.iter().map(|(_, _, standing, _)| *standing).collect::<Vec<_>>();
        assert!(!own.of_house && !own.variables);
        assert_eq!(standing(&own), [Standing::Missing, Standing::Recorded]);
        assert_eq!(standing(&find("goodbye")), [Standing::Spoken, Standing::Spoken]);
        assert!(find("queue.position").variables);
        library.retire(Language::ZhCn, "sales.spring").unwrap();
        library.remove_take(Language::ZhCn, "sales.spring", 1).unwrap();
        assert!(!library.list().iter().any(|one| one.id == "sales.spring"), "nothing of it is left");
    }

    #[test]
    fn an_id_is_no_path() {
        for good in ["goodbye", "queue.wait", "digit.0", "a_b.c", "9.lives"] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", ".", "..", "a..b", ".a", "a.", "_a", "a/b", "../a", "A", "a b", "ä", "a\0", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let add = |id: &str| library.add_take((Language::En, id), &sound(440.0), ("upload", None, 1));
        assert!(matches!(add("../../etc/cron"), Err(TakeFault::Id(_))));
        assert!(matches!(add("queue.position"), Err(TakeFault::Variables(_))));
        assert!(matches!(library.takes(Language::En, "../secret"), Err(TakeFault::Unknown("prompt"))));
    }

    #[test]
    fn what_a_browser_gets_is_a_wav() {
        let clip = Clip::new(tone::sine(440.0, -20.0, 8_000, 800));
        let back = wav::read(std::io::Cursor::new(wav_bytes(&clip))).unwrap();
        assert_eq!(back.len(), 800);
    }
}
