//! Segments: people who belong together by what is known of them. A segment is a condition; who is in it is never written
//! down, so nobody stays in one that they have grown out of.
//!
//! The facts of a contact: `tier`, `language`, `tag` (ids), `channel` (all they came by), `consent` (purposes they agreed to),
//! `field:<id>`, `known_days` (since their file was made), `quiet_days` (since their last conversation began),
//! `conversations:<days>` and `tickets:<days>` (how many within so many days, 1 to 730).

use crate::{Profile, Purpose, Refusal, Tier};
use ringdesk_model::{ContactFieldId, TagId, Timestamp};
use ringdesk_rules::{Condition, Fact, Facts};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// How far back somebody may count.
const DAYS: u16 = 730;

/// One thing that a segment may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentFact {
    Tier,
    Language,
    Tag,
    Channel,
    Consent,
    Field(ContactFieldId),
    KnownDays,
    QuietDays,
    /// Begun within so many days.
    Conversations(u16),
    Tickets(u16),
}

impl SegmentFact {
    /// By its name in a condition; `None`: there is no such fact.
    pub fn parse(name: &str) -> Option<SegmentFact> {
        let days = |text: &str| text.parse().ok().filter(|days| (1..=DAYS).contains(days) && !text.starts_with('+'));
        Some(match name.split_once(':') {
            None => match name {
                "tier" => SegmentFact::Tier,
                "language" => SegmentFact::Language,
                "tag" => SegmentFact::Tag,
                "channel" => SegmentFact::Channel,
                "consent" => SegmentFact::Consent,
                "known_days" => SegmentFact::KnownDays,
                "quiet_days" => SegmentFact::QuietDays,
                _ => return None,
            },
            Some(("field", id)) => SegmentFact::Field(id.parse().ok()?),
            Some(("conversations", within)) => SegmentFact::Conversations(days(within)?),
            Some(("tickets", within)) => SegmentFact::Tickets(days(within)?),
            Some(_) => return None,
        })
    }
}

/// What is known of a contact beside their profile. What nobody asks for may be left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub tags: BTreeSet<TagId>,
    pub channels: BTreeSet<String>,
    /// When their last conversation began.
    pub last_at: Option<Timestamp>,
    /// By days back.
    pub conversations: BTreeMap<u16, i64>,
    pub tickets: BTreeMap<u16, i64>,
}

/// What must be looked up before a condition can be judged.
pub fn asked(condition: &Condition) -> BTreeSet<SegmentFact> {
    let mut names = BTreeSet::new();
    condition.asks(&mut names);
    names.iter().filter_map(|name| SegmentFact::parse(name)).collect()
}

/// May it be kept? `fields`: those of the account.
pub fn check_segment(condition: &Condition, fields: &BTreeSet<ContactFieldId>) -> Result<(), Refusal> {
    let known = |name: &str| match SegmentFact::parse(name) {
        Some(SegmentFact::Field(id)) => fields.contains(&id),
        fact => fact.is_some(),
    };
    match condition.check(&known).into_iter().next() {
        Some(fault) => Err(Refusal::Segment(fault.pointer, fault.detail)),
        None => Ok(()),
    }
}

/// The facts of somebody, as far as `asked` names them.
pub fn facts(
    now: Timestamp,
    created_at: Timestamp,
    profile: &Profile,
    standing: &Standing,
    asked: &BTreeSet<SegmentFact>,
) -> Facts {
    let words = |words: Vec<String>| Some(Fact::Words(words));
    let count = |of: &BTreeMap<u16, i64>, within: u16| {
        let count = i32::try_from(of.get(&within).copied().unwrap_or_default()).unwrap_or(i32::MAX);
        Some(Fact::Number(f64::from(count)))
    };
    let fact = |fact: &SegmentFact| match fact {
        SegmentFact::Tier => Some(Fact::Word(profile.tier.as_str().to_owned())),
        SegmentFact::Language => profile.language.clone().map(Fact::Word),
        SegmentFact::Tag => words(standing.tags.iter().map(ToString::to_string).collect()),
        SegmentFact::Channel => words(standing.channels.iter().cloned().collect()),
        SegmentFact::Consent => {
            let given = profile.consents.iter().filter(|(_, consent)| consent.given);
            words(given.map(|(purpose, _)| Purpose::as_str(*purpose).to_owned()).collect())
        }
        SegmentFact::Field(id) => profile.fields.get(id).map(|value| Fact::Word(value.reveal().clone())),
        SegmentFact::KnownDays => Some(days_since(now, created_at)),
        SegmentFact::QuietDays => standing.last_at.map(|at| days_since(now, at)),
        SegmentFact::Conversations(within) => count(&standing.conversations, *within),
        SegmentFact::Tickets(within) => count(&standing.tickets, *within),
    };
    asked.iter().filter_map(|one| Some((name_of(one), fact(one)?))).collect()
}

/// Since when something counts that lies within so many days.
pub fn days_back(now: Timestamp, days: u16) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from((DAY * u32::from(days)).as_micros()).unwrap_or(i64::MAX)))
}

/// What everybody in a segment surely has, so that the store need not bring the others. `None`: nothing is sure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    pub tiers: Option<BTreeSet<Tier>>,
    /// One of them, at least.
    pub tags: Option<BTreeSet<TagId>>,
    /// They had a conversation since.
    pub spoke_since: Option<Timestamp>,
}

impl Narrowing {
    pub fn of(condition: &Condition, now: Timestamp) -> Narrowing {
        let mut narrowing = Narrowing::default();
        narrowing.take(condition, now);
        narrowing
    }

    fn take(&mut self, condition: &Condition, now: Timestamp) {
        match condition {
            Condition::All(each) => each.iter().for_each(|one| self.take(one, now)),
            Condition::Is { fact, one_of } => match SegmentFact::parse(fact) {
                // A word in another case or width is the same word: nothing is sure of one that is not read here.
                Some(SegmentFact::Tier) if self.tiers.is_none() => {
                    self.tiers = one_of.iter().map(|word| Tier::parse(word.trim())).collect();
                }
                Some(SegmentFact::Tag) if self.tags.is_none() => {
                    self.tags = one_of.iter().map(|word| word.trim().parse().ok()).collect();
                }
                _ => {}
            },
            Condition::AtLeast { fact, number } if *number > 0.0 => {
                if let Some(SegmentFact::Conversations(within)) = SegmentFact::parse(fact) {
                    self.since(days_back(now, within));
                }
            }
            Condition::AtMost { fact, number }
                if SegmentFact::parse(fact) == Some(SegmentFact::QuietDays)
                    && (0.0..f64::from(DAYS)).contains(number) =>
            {
                self.since(days_back(now, number.floor() as u16 + 1));
            }
            _ => {}
        }
    }

    fn since(&mut self, at: Timestamp) {
        self.spoke_since = Some(self.spoke_since.map_or(at, |other| other.max(at)));
    }
}

/// Put one tag in the place of another, wherever a condition asks for it. True: it did.
pub fn retag(condition: &mut Condition, gone: TagId, kept: TagId) -> bool {
    match condition {
        Condition::All(each) | Condition::Any(each) => {
            each.iter_mut().map(|one| retag(one, gone, kept)).fold(false, |any, one| any | one)
        }
        Condition::Not(one) => retag(one, gone, kept),
        Condition::Is { fact, one_of } if fact == "tag" => {
            let before = one_of.len();
            one_of.retain(|word| word.trim().parse().ok() != Some(gone));
            let changed = one_of.len() != before;
            if changed && !one_of.contains(&kept.to_string()) {
                one_of.push(kept.to_string());
            }
            changed
        }
        _ => false,
    }
}

fn days_since(now: Timestamp, at: Timestamp) -> Fact {
    let micros = now.0.saturating_sub(at.0).max(0);
    let days = micros / i64::try_from(DAY.as_micros()).expect("a day is some microseconds");
    Fact::Number(f64::from(i32::try_from(days).unwrap_or(i32::MAX)))
}

fn name_of(fact: &SegmentFact) -> String {
    match fact {
        SegmentFact::Tier => "tier".into(),
        SegmentFact::Language => "language".into(),
        SegmentFact::Tag => "tag".into(),
        SegmentFact::Channel => "channel".into(),
        SegmentFact::Consent => "consent".into(),
        SegmentFact::Field(id) => format!("field:{id}"),
        SegmentFact::KnownDays => "known_days".into(),
        SegmentFact::QuietDays => "quiet_days".into(),
        SegmentFact::Conversations(days) => format!("conversations:{days}"),
        SegmentFact::Tickets(days) => format!("tickets:{days}"),
    }
}

#[cfg(test)]
mod tests;
