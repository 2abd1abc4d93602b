//! What a house has set: defaults by role, and words of its own.

use crate::text::{check, fill, shipped};
use crate::{LANGUAGES, Matrix, NoticeKind, Values};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a house's notices cannot be set so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a text of a notice is one line of 1 to 200 characters")]
    Length,
    #[error("a brace is not closed")]
    OpenBrace,
    #[error("a notice of the kind {kind} knows no {name}")]
    UnknownVariable { kind: &'static str, name: String },
    #[error("notices are written in en and zh-CN, not in {0}")]
    UnknownLanguage(String),
}

/// Kept as JSON. What is not named is as we ship it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HouseNotices {
    /// By the name of a role.
    pub roles: BTreeMap<String, Matrix>,
    /// By kind, then by language.
    pub texts: BTreeMap<NoticeKind, BTreeMap<String, String>>,
}

impl HouseNotices {
    /// Whether every text can be shown. Whether there is such a role is not asked here.
    pub fn check(&self) -> Result<(), Refusal> {
        for (kind, texts) in &self.texts {
            for (language, text) in texts {
                if !LANGUAGES.contains(&language.as_str()) {
                    return Err(Refusal::UnknownLanguage(language.clone()));
                }
                check(*kind, text)?;
            }
        }
        Ok(())
    }

    /// What a notice says in one language.
    pub fn text(&self, kind: NoticeKind, language: &str) -> &str {
        let own = self.texts.get(&kind).and_then(|texts| texts.get(language));
        own.map_or_else(|| shipped(kind, language), String::as_str)
    }

    /// What it says, by language.
    pub fn said(&self, kind: NoticeKind, values: &Values) -> BTreeMap<String, String> {
        LANGUAGES.iter().map(|language| ((*language).to_owned(), fill(self.text(kind, language), values))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S13.16
    #[test]
    fn words_of_ones_own_stand_before_ours_language_by_language() {
        let own = BTreeMap::from([("en".to_owned(), "Well done: {stars}".to_owned())]);
        let house = HouseNotices { texts: BTreeMap::from([(NoticeKind::Rating, own)]), ..HouseNotices::default() };
        assert_eq!(house.check(), Ok(()));
        let said = house.said(NoticeKind::Rating, &Values::from([("stars", "5".to_owned())]));
        assert_eq!(said["en"], "Well done: 5");
        assert_eq!(said["zh-CN"], "有客户给了您 5 星评价（满分 5 星）");
        let french = BTreeMap::from([("fr".to_owned(), "Bravo".to_owned())]);
        let house = HouseNotices { texts: BTreeMap::from([(NoticeKind::Rating, french)]), ..HouseNotices::default() };
        assert_eq!(house.check(), Err(Refusal::UnknownLanguage("fr".into())));
    }
}
