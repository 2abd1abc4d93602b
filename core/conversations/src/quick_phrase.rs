//! Quick phrases: what agents say again and again, found by a short code or any word, with gaps for names.
//!
//! One is for everybody, for the agents of a queue, or for whoever wrote it. Categories make a tree, which an administrator
//! orders; each says who sees what stands in it, and whether those who see it may write in it.

use ringdesk_language::search::{NameQuery, folded};
use ringdesk_model::{PhraseCategoryId, QueueId, QuickPhraseId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Gaps that are filled when a phrase is used, as `{{contact.name}}`.
pub const GAPS: [&str; 5] = ["contact.name", "agent.name", "queue.name", "inbox.name", "ticket.number"];

const CODE: usize = 32;
const TITLE: usize = 80;
const TEXT: usize = 4_000;
const LANGUAGES: usize = 10;
const NAME: usize = 64;
const DEPTH: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseRefusal {
    #[error("a short code has 1 to 32 letters, figures, - or _")]
    Code,
    #[error("a title has 1 to 80 characters in one line")]
    Title,
    #[error("a phrase has a text of at most 4,000 characters in 1 to 10 languages")]
    Texts,
    #[error("nothing is known by the name {{{{{0}}}}}")]
    UnknownGap(String),
    #[error("a category has a name of at most 64 characters in one line")]
    Name,
    #[error("categories stand at most 4 deep, and none in itself")]
    Tree,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseFor {
    Everybody,
    Queue(QueueId),
    Me(UserId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickPhrase {
    pub id: QuickPhraseId,
    pub category: Option<PhraseCategoryId>,
    pub whose: PhraseFor,
    pub code: String,
    pub title: String,
    /// By language, as BCP 47 names it.
    pub texts: BTreeMap<String, String>,
    /// How often it was used.
    pub uses: i64,
    /// Counts up with every change.
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseCategory {
    pub id: PhraseCategoryId,
    pub parent: Option<PhraseCategoryId>,
    pub name: String,
    /// Among those of the same parent; lower stands first.
    pub place: i64,
    /// Only agents of these queues see it; empty: everybody does.
    pub queues: BTreeSet<QueueId>,
    /// Whoever sees it may write in it.
    pub open: bool,
}

/// Who looks.
#[derive(Clone, Debug)]
pub struct PhraseReader {
    pub user: UserId,
    pub queues: BTreeSet<QueueId>,
    /// May write phrases at all.
    pub writes: bool,
    /// Orders categories, and writes everywhere.
    pub manages: bool,
}

impl QuickPhrase {
    /// As it is kept.
    pub fn check(mut self) -> Result<QuickPhrase, PhraseRefusal> {
        self.code = self.code.trim().trim_start_matches('/').to_lowercase();
        let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        if self.code.is_empty() || self.code.chars().count() > CODE || !self.code.chars().all(fits) {
            return Err(PhraseRefusal::Code);
        }
        self.title = one_line(&self.title, TITLE).ok_or(PhraseRefusal::Title)?;
        for text in self.texts.values_mut() {
            *text = text.trim().to_owned();
        }
        self.texts.retain(|_, text| !text.is_empty());
        let is_tag =
            |tag: &String| (2..=16).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let fits = |(tag, text): (&String, &String)| is_tag(tag) && text.chars().count() <= TEXT;
        if self.texts.is_empty() || self.texts.len() > LANGUAGES || !self.texts.iter().all(fits) {
            return Err(PhraseRefusal::Texts);
        }
        let mut named = self.texts.values().flat_map(|text| gaps(text));
        if let Some(unknown) = named.find(|gap| !GAPS.contains(gap)).map(str::to_owned) {
            return Err(PhraseRefusal::UnknownGap(unknown));
        }
        drop(named);
        Ok(self)
    }

    /// May they use it?
    pub fn is_for(&self, reader: &PhraseReader, tree: &[PhraseCategory]) -> bool {
        match self.whose {
            PhraseFor::Me(user) => user == reader.user,
            PhraseFor::Everybody => is_shown(self.category, reader, tree),
            PhraseFor::Queue(queue) => reader.queues.contains(&queue) && is_shown(self.category, reader, tree),
        }
    }

    /// May they change it, or make it?
    pub fn may_write(&self, reader: &PhraseReader, tree: &[PhraseCategory]) -> bool {
        let is_open = tree.iter().any(|one| Some(one.id) == self.category && one.open);
        match self.whose {
            PhraseFor::Me(user) => user == reader.user && reader.writes,
            _ => reader.manages || reader.writes && is_open && self.is_for(reader, tree),
        }
    }

    /// In the language of whoever reads it, or one that is near, or the first there is.
    pub fn text_in(&self, wanted: &[&str]) -> (&str, &str) {
        let main = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let near = |tag: &str| self.texts.iter().find(|(has, _)| main(has) == main(tag));
        let found = wanted.iter().find_map(|tag| self.texts.get_key_value(*tag).or_else(|| near(tag)));
        let found = found.or_else(|| self.texts.iter().next());
        found.map_or(("", ""), |(tag, text)| (tag, text))
    }

    /// How well it answers what was typed, lower is better: by its code, its title, any word of a text in any language, then by
    /// sound (pinyin, or its initials). `None`: not at all.
    pub fn rank(&self, typed: &str) -> Option<u32> {
        let typed = folded(typed.trim().trim_start_matches('/'));
        let words: Vec<&str> = typed.split_whitespace().collect();
        let has_all = |text: &str| {
            let text = folded(text);
            words.iter().all(|word| text.contains(word))
        };
        let sounds = NameQuery::parse(&typed).filter(|_| typed.chars().all(|c| c.is_ascii_alphabetic()));
        let sounds_like =
            |text: &str| sounds.as_ref().is_some_and(|query| clauses(text).any(|clause| query.matches(clause)));
        let code = folded(&self.code);
        Some(match () {
            () if words.is_empty() => 3,
            () if code == typed => 0,
            () if code.starts_with(&typed) => 1,
            () if has_all(&self.title) => 2,
            () if self.texts.values().any(|text| has_all(text)) => 3,
            () if sounds_like(&self.code) || sounds_like(&self.title) => 4,
            () if self.texts.values().any(|text| sounds_like(text)) => 5,
            () => return None,
        })
    }
}

/// Does everything above it let them see it?
fn is_shown(category: Option<PhraseCategoryId>, reader: &PhraseReader, tree: &[PhraseCategory]) -> bool {
    let mut next = category;
    for _ in 0..=DEPTH {
        let Some(one) = next.and_then(|id| tree.iter().find(|one| one.id == id)) else { return true };
        if !one.queues.is_empty() && one.queues.is_disjoint(&reader.queues) {
            return false;
        }
        next = one.parent;
    }
    true
}

/// The tree with this category in it, or in its place; as it is kept.
pub fn placed(tree: &[PhraseCategory], mut one: PhraseCategory) -> Result<PhraseCategory, PhraseRefusal> {
    one.name = one_line(&one.name, NAME).ok_or(PhraseRefusal::Name)?;
    let parent_of = |id| match id {
        id if id == one.id => one.parent,
        id => tree.iter().find(|other| other.id == id).and_then(|other| other.parent),
    };
    // Of every category, so that nothing below it comes to stand too deep.
    for start in tree.iter().map(|other| other.id).chain([one.id]) {
        let (mut depth, mut next) = (1, parent_of(start));
        while let Some(id) = next {
            depth += 1;
            if depth > DEPTH {
                return Err(PhraseRefusal::Tree);
            }
            next = parent_of(id);
        }
    }
    Ok(one)
}

/// A phrase with its gaps filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What is missing stands in it as the gap it was.
    pub text: String,
    pub missing: Vec<String>,
}

/// Fill what is known.
pub fn fill_phrase(text: &str, known: &BTreeMap<&str, String>) -> Filled {
    let mut filled = Filled { text: text.to_owned(), missing: Vec::new() };
    for gap in gaps(text) {
        match known.get(gap).filter(|value| !value.trim().is_empty()) {
            Some(value) => filled.text = filled.text.replace(&format!("{{{{{gap}}}}}"), value),
            None if filled.missing.iter().any(|had| had == gap) => {}
            None => filled.missing.push(gap.to_owned()),
        }
    }
    filled
}

/// Names between double braces, in their order.
fn gaps(text: &str) -> impl Iterator<Item = &str> {
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(name, _)| name)).filter(is_name)
}

/// Pieces that are said in one breath: a spelling does not go on across them.
fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != ' ' && c != '\'')
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
}

fn one_line(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    macro_rules! id {
        ($seed:expr) => {
            Ids::seeded($seed).next(Timestamp(0))
        };
    }

    fn phrase(code: &str, title: &str, texts: &[(&str, &str)]) -> QuickPhrase {
        QuickPhrase {
            id: id!(1),
            category: None,
            whose: PhraseFor::Everybody,
            code: code.into(),
            title: title.into(),
            texts: texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect(),
            uses: 0,
            version: 1,
        }
    }

    /// Rows: S2.5
    #[test]
    fn it_is_found_by_code_by_any_word_and_by_sound() {
        let refund =
            phrase("refund", "Money back", &[("en", "Your refund takes five days."), ("zh-CN", "退款五天内到账。")]);
        for (typed, rank) in [
            ("/refund", Some(0)),
            ("ref", Some(1)),
            ("MONEY", Some(2)),
            ("five days", Some(3)),
            ("days five", Some(3)),
            ("到账", Some(3)),
            ("tk", Some(5)),
            ("tuikuan", Some(5)),
            ("tkwt", Some(5)),
            ("", Some(3)),
            ("parcel", None),
            ("退货", None),
        ] {
            assert_eq!(refund.rank(typed), rank, "{typed}");
        }
    }

    /// Rows: S2.5
    #[test]
    fn gaps_are_filled_and_what_is_missing_is_told() {
        let known = BTreeMap::from([
            ("contact.name", "Mei".to_owned()),
            ("agent.name", "Anna".to_owned()),
            ("queue.name", " ".to_owned()),
        ]);
        let filled = fill_phrase("Hi {{contact.name}}, {{agent.name}} of {{queue.name}}, {{queue.name}}. {{x", &known);
        assert_eq!(filled.text, "Hi Mei, Anna of {{queue.name}}, {{queue.name}}. {{x");
        assert_eq!(filled.missing, ["queue.name"]);
        let bad = phrase("a", "A", &[("en", "Hi {{contact.shoe}}")]).check();
        assert_eq!(bad, Err(PhraseRefusal::UnknownGap("contact.shoe".into())));
        assert_eq!(bad.unwrap_err().to_string(), "nothing is known by the name {{contact.shoe}}");
        assert!(
            phrase("a", "A", &[("en", "{{}} {{ No }} {braces}")]).check().is_ok(),
            "braces that are no gap are text"
        );
    }

    /// Rows: S2.5
    #[test]
    fn what_is_kept_is_tidy() {
        let kept = phrase(" /Hello_1 ", " Hello ", &[("en", " hi "), ("zh-CN", " ")]).check().unwrap();
        assert_eq!((kept.code.as_str(), kept.title.as_str(), kept.texts.len()), ("hello_1", "Hello", 1));
        assert_eq!(phrase("a b", "A", &[("en", "x")]).check(), Err(PhraseRefusal::Code));
        assert_eq!(phrase("a", "A\nB", &[("en", "x")]).check(), Err(PhraseRefusal::Title));
        assert_eq!(phrase("a", "A", &[("en", " ")]).check(), Err(PhraseRefusal::Texts));
        assert_eq!(phrase("a", "A", &[("e n", "x")]).check(), Err(PhraseRefusal::Texts));
        let both = phrase("a", "A", &[("en", "hello"), ("zh-CN", "您好")]);
        assert_eq!(both.text_in(&["zh", "en"]), ("zh-CN", "您好"));
        assert_eq!(both.text_in(&["en-GB"]), ("en", "hello"));
        assert_eq!(both.text_in(&["fr", "zh-CN"]), ("zh-CN", "您好"));
        assert_eq!(both.text_in(&[]), ("en", "hello"));
    }

    /// Rows: S2.5, S2.6
    #[test]
    fn who_sees_and_who_writes_is_said_by_phrase_and_category() {
        let (support, sales): (QueueId, QueueId) = (id!(10), id!(11));
        let (anna, bea): (UserId, UserId) = (id!(20), id!(21));
        let category = |seed, parent, queues: &[QueueId], open| PhraseCategory {
            id: id!(seed),
            parent,
            name: "Any".into(),
            place: 0,
            queues: queues.iter().copied().collect(),
            open,
        };
        let top = category(30, None, &[support], false);
        let below = category(31, Some(top.id), &[], true);
        let tree = [top.clone(), below.clone()];
        let reader = |user, queue, manages| PhraseReader { user, queues: [queue].into(), writes: true, manages };
        let (anna, bea, boss) = (reader(anna, support, false), reader(bea, sales, false), reader(id!(22), sales, true));
        let of = |whose, category| QuickPhrase { whose, category, ..phrase("a", "A", &[("en", "x")]) };
        let seen =
            |one: &QuickPhrase| [&anna, &bea, &boss].map(|who| (one.is_for(who, &tree), one.may_write(who, &tree)));

        let no = (false, false);
        assert_eq!(seen(&of(PhraseFor::Everybody, None)), [(true, false), (true, false), (true, true)]);
        assert_eq!(seen(&of(PhraseFor::Everybody, Some(top.id))), [(true, false), no, (false, true)]);
        assert_eq!(seen(&of(PhraseFor::Everybody, Some(below.id))), [(true, true), no, (false, true)]);
        assert_eq!(seen(&of(PhraseFor::Queue(sales), None)), [no, (true, false), (true, true)]);
        assert_eq!(seen(&of(PhraseFor::Me(anna.user), Some(top.id))), [(true, true), no, no], "nobody else's own");
    }

    /// Rows: S2.6
    #[test]
    fn the_tree_stays_a_tree_and_flat_enough() {
        let ids: [PhraseCategoryId; 6] = std::array::from_fn(|n| id!(40 + n as u64));
        let one = |n: usize, parent: Option<usize>| PhraseCategory {
            id: ids[n],
            parent: parent.map(|p| ids[p]),
            name: " Any ".into(),
            place: 0,
            queues: BTreeSet::new(),
            open: false,
        };
        let tree = [one(0, None), one(1, Some(0)), one(2, Some(1)), one(3, Some(2)), one(5, None)];
        assert_eq!(placed(&tree, one(4, Some(2))).map(|kept| kept.name), Ok("Any".into()));
        assert_eq!(placed(&tree, one(4, Some(3))), Err(PhraseRefusal::Tree), "a fifth level");
        assert_eq!(placed(&tree, one(0, Some(5))), Err(PhraseRefusal::Tree), "what is below it goes along");
        assert_eq!(placed(&tree, one(0, Some(2))), Err(PhraseRefusal::Tree), "in itself");
        assert_eq!(placed(&[], PhraseCategory { name: "a\nb".into(), ..one(0, None) }), Err(PhraseRefusal::Name));
    }
}
