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

/// A tag's name as it is kept: one line, trimmed.
pub fn tag_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or(Refusal::TagName)
}

/// From the tags a conversation has to those it is to have. `known`: the account's list, and which are in use; one that is
/// out of use stays where it is, and is not given anew.
pub fn choose_tags(
    has: &BTreeSet<TagId>,
    wanted: &BTreeSet<TagId>,
    known: &BTreeMap<TagId, bool>,
) -> Result<TagsChange, Refusal> {
    if wanted.len() > TAGS {
        return Err(Refusal::Tags);
    }
    let added: Vec<TagId> = wanted.difference(has).copied().collect();
    if added.iter().any(|tag| !known.get(tag).copied().unwrap_or(false)) {
        return Err(Refusal::UnknownTag);
    }
    Ok(TagsChange { added, removed: has.difference(wanted).copied().collect() })
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
        let known = BTreeMap::from([(a, true), (b, true), (old, false)]);
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
}
