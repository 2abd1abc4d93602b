//! How much contacts may write by an inbox: so much at once, and so much in time; and what they are told beyond that.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Texts at once, and texts in a minute, at the most that an inbox may allow.
const AT_ONCE: u32 = 1_000;
const PER_MINUTE: u32 = 60_000;
/// Of what is told, in characters.
const REPLY: usize = 300;
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// A bucket of tokens: so many at once, and it fills again by so many in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    pub at_once: u32,
    pub per_minute: u32,
}

/// What an inbox says of it. What it does not say is as the house has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextRates {
    /// Texts of one contact.
    pub contact: Option<Allowance>,
    /// Texts of one address of the network: an office, or the visitors of a mobile network, are one.
    pub address: Option<Allowance>,
    /// What who writes more is told, by language; our own words without it.
    pub reply: BTreeMap<String, String>,
}

impl Allowance {
    pub const fn new(at_once: u32, per_minute: u32) -> Allowance {
        Allowance { at_once, per_minute }
    }

    /// The time in which it fills by one.
    pub fn one_in(self) -> Duration {
        Duration::from_secs(60) / self.per_minute.max(1)
    }

    fn is_sane(self) -> bool {
        (1..=AT_ONCE).contains(&self.at_once) && (1..=PER_MINUTE).contains(&self.per_minute)
    }
}

impl TextRates {
    pub fn is_default(&self) -> bool {
        *self == TextRates::default()
    }
}

/// Rates that let somebody write at all, and a reply that says something.
pub fn check_rates(rates: &TextRates) -> Result<(), &'static str> {
    if ![rates.contact, rates.address].into_iter().flatten().all(Allowance::is_sane) {
        return Err("a rate is 1 to 1000 texts at once and 1 to 60000 in a minute");
    }
    check_reply(&rates.reply)
}

/// Something that is said to contacts, by language.
pub fn check_reply(reply: &BTreeMap<String, String>) -> Result<(), &'static str> {
    if reply.keys().any(|language| !LANGUAGES.contains(&language.as_str())) {
        return Err("a reply is said in en or zh");
    }
    if reply.values().any(|text| text.trim().is_empty() || text.chars().count() > REPLY) {
        return Err("a reply has 1 to 300 characters");
    }
    Ok(())
}

/// In the language that somebody reads (`zh-CN`), else in any there is.
pub fn reply_in<'a>(reply: &'a BTreeMap<String, String>, reads: Option<&str>) -> Option<&'a str> {
    let short = reads.map(|tag| tag.split(['-', '_', ',', ';']).next().unwrap_or_default().trim().to_lowercase());
    let wanted = short.and_then(|language| reply.get(&language));
    wanted.or_else(|| reply.get("en")).or_else(|| reply.values().next()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned())).collect()
    }

    /// Rows: S9.18
    #[test]
    fn rates_let_somebody_write() {
        let of = |at_once, per_minute| TextRates {
            contact: Some(Allowance::new(at_once, per_minute)),
            ..TextRates::default()
        };
        for (rates, fits) in [
            (TextRates::default(), true),
            (of(1, 1), true),
            (of(1_000, 60_000), true),
            (of(0, 1), false),
            (of(1, 0), false),
            (of(1_001, 1), false),
            (of(1, 60_001), false),
            (TextRates { address: Some(Allowance::new(0, 0)), ..TextRates::default() }, false),
            (TextRates { reply: reply(&[("zh", "请稍候")]), ..TextRates::default() }, true),
            (TextRates { reply: reply(&[("fr", "Trop vite")]), ..TextRates::default() }, false),
            (TextRates { reply: reply(&[("en", " ")]), ..TextRates::default() }, false),
            (TextRates { reply: reply(&[("en", &"x".repeat(301))]), ..TextRates::default() }, false),
        ] {
            assert_eq!(check_rates(&rates).is_ok(), fits, "{rates:?}");
        }
        assert_eq!(Allowance::new(1, 60).one_in(), Duration::from_secs(1));
        assert_eq!(Allowance::new(1, 60_000).one_in(), Duration::from_millis(1));
    }

    #[test]
    fn a_reply_is_said_in_their_language_else_in_any() {
        let both = reply(&[("en", "slowly"), ("zh", "慢一点")]);
        for (reads, said) in [
            (Some("zh-CN"), "慢一点"),
            (Some("ZH,en;q=0.8"), "慢一点"),
            (Some("en-GB"), "slowly"),
            (Some("fr"), "slowly"),
            (None, "slowly"),
        ] {
            assert_eq!(reply_in(&both, reads), Some(said), "{reads:?}");
        }
        assert_eq!(reply_in(&reply(&[("zh", "慢一点")]), Some("en")), Some("慢一点"));
        assert_eq!(reply_in(&BTreeMap::new(), Some("en")), None);
    }
}
