//! Where a contact is at home, as far as agents of that region are asked first.

use crate::Skill;
use serde::{Deserialize, Serialize};
use std::fmt;

/// ISO 3166-2 has no longer code: `GB-ENG`.
const LONGEST: usize = 6;

/// A province by ISO 3166-2, or a country by ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region {
    letters: [u8; LONGEST],
    length: u8,
}

impl Region {
    /// The kind of the skill that an agent of a region has: `region:CN-GD`.
    pub const KIND: &str = "region";

    /// `None`: it is no such code.
    pub fn parse(code: &str) -> Option<Region> {
        let fits = code.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'-');
        let mut letters = [0; LONGEST];
        letters.get_mut(..code.len()).filter(|_| fits && code.len() >= 2)?.copy_from_slice(code.as_bytes());
        Some(Region { letters, length: u8::try_from(code.len()).ok()? })
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..usize::from(self.length)]).expect("letters of ASCII alone are let in")
    }

    /// What an agent of this region has.
    pub fn skill(&self) -> Skill {
        Skill(format!("{}:{}", Region::KIND, self.as_str()))
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.as_str().to_owned()
    }
}

impl TryFrom<String> for Region {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Region, Self::Error> {
        Region::parse(&code).ok_or("no code of a region")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_code_and_nothing_else() {
        for code in ["CN-GD", "DE", "GB-ENG"] {
            let region = Region::parse(code).unwrap_or_else(|| panic!("{code}"));
            assert_eq!((region.as_str(), region.skill()), (code, Skill(format!("region:{code}"))));
            let said = serde_json::to_string(&region).unwrap();
            assert_eq!((said.as_str(), serde_json::from_str(&said).ok()), (&*format!("{code:?}"), Some(region)));
        }
        for other in ["", "C", "cn-gd", "GB-ENGL", "广东", "C N"] {
            assert_eq!(Region::parse(other), None, "{other}");
        }
    }
}
