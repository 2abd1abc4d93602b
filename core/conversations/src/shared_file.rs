//! Shared files: manuals, quotes and guides that whoever answers may send; who sees one, and how it is found.

use ringdesk_language::search::{NameQuery, folded};
use ringdesk_model::{Pii, QueueId, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

const TITLE: usize = 80;
const TAG: usize = 40;
const TAGS: usize = 12;

/// One, as its last version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFile {
    pub id: Uuid,
    pub title: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Only agents of these queues see it; empty: everybody does.
    pub queues: BTreeSet<QueueId>,
    /// How often it was sent.
    pub uses: i64,
    /// It is sent no more; what was sent stays.
    pub withdrawn_at: Option<Timestamp>,
    pub version: SharedVersion,
}

/// What it contained when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedVersion {
    pub id: Uuid,
    /// From 1 up.
    pub n: i64,
    pub kind: String,
    pub mime: String,
    pub name: Pii<String>,
    pub bytes: i64,
    pub at: Timestamp,
}

/// Why one is not kept as it was wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharedRefusal {
    #[error("a title is one line of 1 to {TITLE} characters")]
    Title,
    #[error("a file has at most {TAGS} words to find it by, of 1 to {TAG} characters")]
    Tags,
}

impl SharedFile {
    /// May somebody of these queues send it?
    pub fn is_for(&self, queues: &BTreeSet<QueueId>) -> bool {
        self.withdrawn_at.is_none() && (self.queues.is_empty() || !self.queues.is_disjoint(queues))
    }

    /// How well it answers what was typed, lower is better: by its title, its words or its file's name, then by sound (pinyin, or its
    /// initials). `None`: not at all.
    pub fn rank(&self, typed: &str) -> Option<u32> {
        let typed = folded(typed.trim());
        let words: Vec<&str> = typed.split_whitespace().collect();
        let texts = || {
            [self.title.as_str(), self.version.name.reveal()].into_iter().chain(self.tags.iter().map(String::as_str))
        };
        let has = |text: &str, word: &str| folded(text).contains(word);
        let sounds = NameQuery::parse(&typed).filter(|_| typed.chars().all(|c| c.is_ascii_alphabetic()));
        Some(match () {
            () if words.is_empty() => 2,
            () if folded(&self.title).starts_with(&typed) => 0,
            () if words.iter().all(|word| has(&self.title, word)) => 1,
            () if words.iter().all(|word| texts().any(|text| has(text, word))) => 2,
            () if texts().any(|text| sounds.as_ref().is_some_and(|query| query.matches(text))) => 3,
            () => return None,
        })
    }
}

/// A title and words as they are kept.
pub fn shared_names(title: &str, tags: &[String]) -> Result<(String, Vec<String>), SharedRefusal> {
    let line = |text: &str, most: usize| {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    let title = line(title, TITLE).ok_or(SharedRefusal::Title)?;
    let all: Option<BTreeSet<String>> = tags.iter().map(|tag| line(tag, TAG)).collect();
    let all = all.filter(|all| all.len() <= TAGS).ok_or(SharedRefusal::Tags)?;
    Ok((title, all.into_iter().collect()))
}

/// What a new one is called: as its file, without the ending.
pub fn shared_title(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.chars().take(TITLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    fn file(title: &str, tags: &[&str], queues: &[QueueId]) -> SharedFile {
        let name = Pii::new("x200-manual.pdf".to_owned());
        let (kind, mime) = ("document".to_owned(), "application/pdf".to_owned());
        let version = SharedVersion { id: Uuid::nil(), n: 1, kind, mime, name, bytes: 9, at: Timestamp(0) };
        SharedFile {
            id: Uuid::nil(),
            title: title.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            queues: queues.iter().copied().collect(),
            uses: 0,
            withdrawn_at: None,
            version,
        }
    }

    /// Rows: S3.5
    #[test]
    fn it_is_found_by_title_words_name_and_sound() {
        let one = file("锅炉说明书", &["安装", "winter"], &[]);
        assert_eq!(one.rank("锅炉"), Some(0));
        assert_eq!(one.rank("说明书"), Some(1));
        assert_eq!(one.rank("安装"), Some(2));
        assert_eq!(one.rank("X200"), Some(2));
        assert_eq!(one.rank("锅炉 winter"), Some(2));
        assert_eq!(one.rank("glsms"), Some(3), "initials");
        assert_eq!(one.rank("guolu"), Some(3), "pinyin");
        assert_eq!(one.rank("fridge"), None);
    }

    /// Rows: S3.5
    #[test]
    fn who_is_not_of_its_queues_does_not_see_it() {
        let mut ids = Ids::seeded(1);
        let [mine, theirs]: [QueueId; 2] = [ids.next(Timestamp(0)), ids.next(Timestamp(0))];
        let of = BTreeSet::from([mine]);
        assert!(file("a", &[], &[]).is_for(&of) && file("a", &[], &[mine, theirs]).is_for(&of));
        assert!(!file("a", &[], &[theirs]).is_for(&of));
        assert!(!SharedFile { withdrawn_at: Some(Timestamp(1)), ..file("a", &[], &[]) }.is_for(&of));
    }

    #[test]
    fn names_are_kept_short_and_on_one_line() {
        let many: Vec<String> = (0..13).map(|n| n.to_string()).collect();
        assert_eq!(shared_names(" a ", &["b ".into(), "b".into()]), Ok(("a".into(), vec!["b".into()])));
        assert_eq!(shared_names("a\nb", &[]), Err(SharedRefusal::Title));
        assert_eq!(shared_names("", &[]), Err(SharedRefusal::Title));
        assert_eq!(shared_names("a", &many), Err(SharedRefusal::Tags));
        assert_eq!(shared_names("a", &[String::new()]), Err(SharedRefusal::Tags));
        assert_eq!(shared_title("price list.2026.pdf"), "price list.2026");
    }
}
