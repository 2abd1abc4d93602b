//! Tags: words of the account's list that conversations are marked with, to be found and counted by.

use crate::Refusal;
use ringdesk_model::TagId;
use std::collections::{BTreeMap, BTreeSet};

/// Of one conversation.
const TAGS: usize = 20;
const NAME: usize = 64;

/// What marking leaves to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagsChange {
    pub added: Vec<TagId>,
    pub removed: Vec<TagId>,
}

/// What somebody may do with a tag of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagUse {
    /// Give it and take it away.
    Free,
    /// Out of use: it may be taken away, and is not given anew.
    Retired,
    /// Kept for other roles: it stays as it is.
    Reserved,
}

impl TagUse {
    /// `roles`: whose tag it is, nobody's in particular where there are none. `mine`: of who asks; `None` is the house.
    pub fn of(disabled: bool, roles: &[String], mine: Option<&[String]>) -> TagUse {
        let mine = mine.is_none_or(|mine| roles.is_empty() || mine.iter().any(|role| roles.contains(role)));
        match (mine, disabled) {
            (false, _) => TagUse::Reserved,
            (true, true) => TagUse::Retired,
            (true, false) => TagUse::Free,
        }
    }
}

/// A tag's name as it is kept: one line, trimmed.
pub fn tag_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or(Refusal::TagName)
}

/// The group a tag stands in; an empty one is none.
pub fn tag_group(name: &str) -> Result<Option<String>, Refusal> {
    if name.trim().is_empty() { Ok(None) } else { tag_name(name).map(Some) }
}

/// From the tags a conversation or a contact has to those it is to have. `known`: the account's list, and what who asks may
/// do with each.
pub fn choose_tags(
    has: &BTreeSet<TagId>,
    wanted: &BTreeSet<TagId>,
    known: &BTreeMap<TagId, TagUse>,
) -> Result<TagsChange, Refusal> {
    if wanted.len() > TAGS {
        return Err(Refusal::Tags);
    }
    let added: Vec<TagId> = wanted.difference(has).copied().collect();
    let removed: Vec<TagId> = has.difference(wanted).copied().collect();
    if added.iter().chain(&removed).any(|tag| known.get(tag) == Some(&TagUse::Reserved)) {
        return Err(Refusal::ReservedTag);
    }
    if added.iter().any(|tag| known.get(tag) != Some(&TagUse::Free)) {
        return Err(Refusal::UnknownTag);
    }
    Ok(TagsChange { added, removed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    /// Rows: S2.14
    #[test]
    fn names_are_one_line() {
        assert_eq!(tag_name(" 投诉 "), Ok("投诉".into()));
        for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert_eq!(tag_name(bad), Err(Refusal::TagName), "{bad:?}");
        }
        assert!(tag_name(&"客".repeat(64)).is_ok());
    }

    /// Rows: S2.14
    #[test]
    fn only_what_changes_is_changed() {
        let mut ids = Ids::seeded(1);
        let [a, b, old, foreign]: [TagId; 4] = std::array::from_fn(|_| ids.next(Timestamp(0)));
        let known = BTreeMap::from([(a, TagUse::Free), (b, TagUse::Free), (old, TagUse::Retired)]);
        let change = |has: &[TagId], wanted: &[TagId]| {
            choose_tags(&has.iter().copied().collect(), &wanted.iter().copied().collect(), &known)
        };
        assert_eq!(change(&[a], &[a]), Ok(TagsChange::default()));
        assert_eq!(change(&[a], &[b]), Ok(TagsChange { added: vec![b], removed: vec![a] }));
        assert_eq!(
            change(&[old], &[old, a]),
            Ok(TagsChange { added: vec![a], removed: vec![] }),
            "it keeps what it has"
        );
        assert_eq!(change(&[], &[old]), Err(Refusal::UnknownTag));
        assert_eq!(change(&[], &[foreign]), Err(Refusal::UnknownTag));
        let many: Vec<TagId> = (0..21).map(|_| ids.next(Timestamp(0))).collect();
        assert_eq!(change(&[], &many), Err(Refusal::Tags));
    }

    /// Rows: S9.8
    #[test]
    fn a_tag_of_a_role_is_given_and_taken_by_that_role() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let (leaders, agent, both) = (words(&["leader"]), words(&["agent"]), words(&["agent", "leader"]));
        assert_eq!(TagUse::of(false, &[], Some(&agent)), TagUse::Free, "everybody's");
        assert_eq!(TagUse::of(true, &[], Some(&agent)), TagUse::Retired);
        assert_eq!(TagUse::of(false, &leaders, Some(&agent)), TagUse::Reserved);
        assert_eq!(TagUse::of(true, &leaders, Some(&agent)), TagUse::Reserved);
        assert_eq!(TagUse::of(false, &leaders, Some(&both)), TagUse::Free);
        assert_eq!(TagUse::of(false, &leaders, None), TagUse::Free, "the house");
        let mut ids = Ids::seeded(2);
        let [fraud, price]: [TagId; 2] = std::array::from_fn(|_| ids.next(Timestamp(0)));
        let known = BTreeMap::from([(fraud, TagUse::Reserved), (price, TagUse::Free)]);
        let change = |has: &[TagId], wanted: &[TagId]| {
            choose_tags(&has.iter().copied().collect(), &wanted.iter().copied().collect(), &known)
        };
        assert_eq!(change(&[], &[fraud]), Err(Refusal::ReservedTag));
        assert_eq!(change(&[fraud], &[]), Err(Refusal::ReservedTag));
        let others = change(&[fraud], &[fraud, price]);
        assert_eq!(others, Ok(TagsChange { added: vec![price], removed: vec![] }), "beside it, what one may");
    }

    #[test]
    fn groups_are_named_like_tags_or_not_at_all() {
        assert_eq!(tag_group("  "), Ok(None));
        assert_eq!(tag_group(" Mood "), Ok(Some("Mood".into())));
        assert_eq!(tag_group("a\nb"), Err(Refusal::TagName));
    }
}
