//! What is known of somebody: name, tier, language, the account's own fields, what they agreed to.

use crate::Refusal;
use crate::field::one_line;
use ringdesk_language::search::folded;
use ringdesk_model::{ContactFieldId, Pii, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const NAME: usize = 128;

/// The file. Sealed as a whole: nothing in it can be read in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    pub name: Option<Pii<String>>,
    /// Which they speak, as BCP 47 names it.
    pub language: Option<String>,
    pub tier: Tier,
    pub fields: BTreeMap<ContactFieldId, Pii<String>>,
    pub consents: BTreeMap<Purpose, Consent>,
}

/// Who goes first. What follows from it is said by rules and queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    Standard,
    Preferred,
    Vip,
}

impl Tier {
    pub const ALL: [Tier; 3] = [Tier::Standard, Tier::Preferred, Tier::Vip];

    pub const fn as_str(self) -> &'static str {
        match self {
            Tier::Standard => "standard",
            Tier::Preferred => "preferred",
            Tier::Vip => "vip",
        }
    }

    pub fn parse(name: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|tier| tier.as_str() == name)
    }
}

/// What somebody may agree to or refuse, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Their calls are recorded.
    Recording,
    /// Calls and messages to sell something.
    Marketing,
    /// Which pages they look at is kept.
    Tracking,
    /// A program alone decides about them.
    Automation,
}

impl Purpose {
    pub const ALL: [Purpose; 4] = [Purpose::Recording, Purpose::Marketing, Purpose::Tracking, Purpose::Automation];

    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Recording => "recording",
            Purpose::Marketing => "marketing",
            Purpose::Tracking => "tracking",
            Purpose::Automation => "automation",
        }
    }

    pub fn parse(name: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Refused otherwise.
    pub given: bool,
    pub at: Timestamp,
}

/// A name as it is kept; an empty one takes it away.
pub fn contact_name(name: &str) -> Result<Option<String>, Refusal> {
    match name.trim() {
        "" => Ok(None),
        name => one_line(name, NAME).map(Some).ok_or(Refusal::Name),
    }
}

/// Equal for names that are written alike: width, case, traditional characters and spaces do not count.
pub fn name_form(name: &str) -> String {
    folded(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A language tag that a person could mean: `zh`, `zh-CN`, `yue-Hant-HK`.
pub fn language_tag(tag: &str) -> Result<Option<String>, Refusal> {
    let tag = tag.trim();
    if tag.is_empty() {
        return Ok(None);
    }
    let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut parts = tag.split('-');
    let first = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    (first && tag.len() <= 35 && parts.all(part)).then(|| Some(tag.to_owned())).ok_or(Refusal::Language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_written_alike_have_one_form() {
        assert_eq!(name_form("張 偉"), name_form("张伟"));
        assert_eq!(name_form("ＭＥＩ Lin"), name_form("mei lin"));
        assert_ne!(name_form("张伟"), name_form("张薇"));
        assert_eq!(contact_name("  "), Ok(None));
        assert_eq!(contact_name(" 张伟 "), Ok(Some("张伟".into())));
        assert_eq!(contact_name("a\nb"), Err(Refusal::Name));
    }

    #[test]
    fn languages_are_tags() {
        assert_eq!(language_tag(" zh-CN "), Ok(Some("zh-CN".into())));
        assert_eq!(language_tag("yue-Hant-HK").unwrap().as_deref(), Some("yue-Hant-HK"));
        for bad in ["c", "zh_CN", "zh-", "中文", "a1-b"] {
            assert_eq!(language_tag(bad), Err(Refusal::Language), "{bad}");
        }
    }

    #[test]
    fn a_file_survives_being_kept() {
        let mut file = Profile { name: Some(Pii::new("张伟".into())), tier: Tier::Vip, ..Profile::default() };
        file.consents.insert(Purpose::Marketing, Consent { given: false, at: Timestamp(7) });
        let kept = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&kept).unwrap(), file);
        assert_eq!(serde_json::from_str::<Profile>("{}").unwrap(), Profile::default());
        for tier in Tier::ALL {
            assert_eq!(Tier::parse(tier.as_str()), Some(tier));
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.as_str()), Some(purpose));
        }
    }
}
