//! Satisfaction: what a contact is asked when somebody has served them, once in a conversation, and what they may answer.

use crate::Refusal;
use ringdesk_model::{Pii, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How many stars there are.
pub const STARS: RangeInclusive<u8> = 1..=5;
/// So many or more: satisfied.
pub const SATISFIED: u8 = 4;
/// So many or fewer: somebody should look at it.
pub const LOW: u8 = 2;
/// An invitation that nobody has answered is good for so long.
pub const INVITED: Duration = Duration::from_secs(72 * 3_600);
/// An answer may be changed for so long after it was given first.
pub const CHANGED: Duration = Duration::from_secs(24 * 3_600);
/// Of what somebody writes beside the stars, in characters.
pub const REMARK: usize = 2_000;
/// Of the question in one language, in characters.
pub const QUESTION: usize = 300;
/// The languages that a question is asked in.
pub const LANGUAGES: [&str; 2] = ["en", "zh"];

/// What is rated beside the whole, with stars of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    Speed,
    Attitude,
    /// Whether it is solved.
    Effect,
    Convenience,
}

impl Aspect {
    pub const ALL: [Aspect; 4] = [Aspect::Speed, Aspect::Attitude, Aspect::Effect, Aspect::Convenience];

    pub const fn as_str(self) -> &'static str {
        match self {
            Aspect::Speed => "speed",
            Aspect::Attitude => "attitude",
            Aspect::Effect => "effect",
            Aspect::Convenience => "convenience",
        }
    }

    pub fn parse(name: &str) -> Option<Aspect> {
        Aspect::ALL.into_iter().find(|aspect| aspect.as_str() == name)
    }
}

/// What an inbox asks its contacts when a conversation is over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Survey {
    pub aspects: Vec<Aspect>,
    /// They may add words of their own.
    pub words: bool,
    /// The question by language (`en`, `zh`); the house's own where none is said.
    pub question: BTreeMap<String, String>,
    /// Where contacts reach this server, for a link in a text: `https://service.example`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// What a contact answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    pub stars: u8,
    pub aspects: BTreeMap<Aspect, u8>,
    pub words: Option<Pii<String>>,
}

/// An answer as it is kept: 1 to 5 stars, for the whole and each aspect; words that say something, or none.
pub fn rating(stars: u8, aspects: BTreeMap<Aspect, u8>, words: Option<&str>) -> Result<Rating, Refusal> {
    if !STARS.contains(&stars) || aspects.values().any(|stars| !STARS.contains(stars)) {
        return Err(Refusal::Stars);
    }
    let words = words.map(str::trim).filter(|words| !words.is_empty());
    if words.is_some_and(|words| words.chars().count() > REMARK) {
        return Err(Refusal::RemarkTooLong);
    }
    Ok(Rating { stars, aspects, words: words.map(|words| Pii::new(words.to_owned())) })
}

/// Until when an answer is taken. `rated`: when the first one was given.
pub fn rates_until(invited: Timestamp, rated: Option<Timestamp>) -> Timestamp {
    rated.map_or(invited + INVITED, |first| first + CHANGED)
}

/// Is an answer still taken?
pub fn may_rate(now: Timestamp, invited: Timestamp, rated: Option<Timestamp>) -> Result<(), Refusal> {
    if now <= rates_until(invited, rated) { Ok(()) } else { Err(Refusal::RatingOver) }
}

/// The survey as it is kept: questions that say something, each aspect once, an address that a link can begin with.
pub fn check_survey(survey: &Survey) -> Result<(), &'static str> {
    let questions = &survey.question;
    if questions.keys().any(|language| !LANGUAGES.contains(&language.as_str())) {
        return Err("a question is asked in en or zh");
    }
    if questions.values().any(|text| text.trim().is_empty() || text.chars().count() > QUESTION) {
        return Err("a question has 1 to 300 characters");
    }
    if survey.aspects.iter().enumerate().any(|(n, aspect)| survey.aspects[..n].contains(aspect)) {
        return Err("each aspect is asked once");
    }
    match survey.address.as_deref() {
        Some(address) if !begins_links(address) => Err("the address is https://, a host, and nothing after it"),
        _ => Ok(()),
    }
}

fn begins_links(address: &str) -> bool {
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    host.is_some_and(|host| (1..=200).contains(&host.len()) && host.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);
    const TICK: Duration = Duration::from_micros(1);

    #[test]
    fn aspects_are_said_as_they_are_read_and_as_they_travel() {
        for aspect in Aspect::ALL {
            assert_eq!(Aspect::parse(aspect.as_str()), Some(aspect));
            assert_eq!(serde_json::to_value(aspect).unwrap(), aspect.as_str());
        }
        assert_eq!(Aspect::parse("price"), None);
    }

    /// Rows: S11.12, S11.13
    #[test]
    fn an_answer_has_stars_and_perhaps_words() {
        let some = BTreeMap::from([(Aspect::Speed, 1)]);
        let given = rating(5, some.clone(), Some("  quick \n")).unwrap();
        assert_eq!((given.stars, &given.aspects), (5, &some));
        assert_eq!(given.words.map(Pii::into_inner).as_deref(), Some("quick"));
        assert_eq!(rating(1, BTreeMap::new(), Some(" \n")).unwrap().words, None);
        for stars in [0, 6, u8::MAX] {
            assert_eq!(rating(stars, BTreeMap::new(), None), Err(Refusal::Stars), "{stars}");
            assert_eq!(rating(3, BTreeMap::from([(Aspect::Effect, stars)]), None), Err(Refusal::Stars), "{stars}");
        }
        assert!(rating(3, BTreeMap::new(), Some(&"慢".repeat(REMARK))).is_ok());
        assert_eq!(rating(3, BTreeMap::new(), Some(&"慢".repeat(REMARK + 1))), Err(Refusal::RemarkTooLong));
    }

    /// Rows: S11.11
    #[test]
    fn an_invitation_ends_and_an_answer_is_changed_for_a_day() {
        assert_eq!(may_rate(START + INVITED, START, None), Ok(()));
        assert_eq!(may_rate(START + INVITED + TICK, START, None), Err(Refusal::RatingOver));
        let first = START + INVITED;
        assert_eq!(may_rate(first + CHANGED, START, Some(first)), Ok(()));
        assert_eq!(may_rate(first + CHANGED + TICK, START, Some(first)), Err(Refusal::RatingOver));
        assert_eq!(may_rate(START + CHANGED + TICK, START, Some(START)), Err(Refusal::RatingOver), "not for 72 h");
    }

    #[test]
    fn a_survey_asks_what_can_be_answered() {
        let asks = |question: &str| BTreeMap::from([("zh".to_owned(), question.to_owned())]);
        let plain = Survey { aspects: Aspect::ALL.to_vec(), ..Survey::default() };
        assert_eq!(check_survey(&plain), Ok(()));
        assert_eq!(check_survey(&Survey { question: asks("满意吗？"), ..plain.clone() }), Ok(()));
        let address = |said: &str| Survey { address: Some(said.into()), ..plain.clone() };
        for good in ["https://service.example", "http://127.0.0.1:8080", "https://[::1]:8443"] {
            assert_eq!(check_survey(&address(good)), Ok(()), "{good}");
        }
        for bad in [
            Survey { question: asks(" "), ..plain.clone() },
            Survey { question: asks(&"x".repeat(QUESTION + 1)), ..plain.clone() },
            Survey { question: BTreeMap::from([("fr".to_owned(), "Bon ?".to_owned())]), ..plain.clone() },
            Survey { aspects: vec![Aspect::Speed, Aspect::Effect, Aspect::Speed], ..plain.clone() },
            address("service.example"),
            address("https://"),
            address("https://service.example/rate"),
            address("javascript:alert(1)"),
        ] {
            assert!(check_survey(&bad).is_err(), "{bad:?}");
        }
    }
}
