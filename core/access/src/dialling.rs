//! Which numbers may be dialled to the outside, and how many. Whoever gets into a switch dials expensive numbers all night:
//! so what is not at home is shut until the operator opens it, premium numbers even then, and there is an end to every day.

use std::collections::BTreeSet;

/// What an operator allows. The longest prefix that fits decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPolicy {
    /// Calling code of the country where the server stands, `+49`: numbers in it are open. Empty: none are.
    pub home: String,
    /// Prefixes that are open, in international form (`+44`, `+49900123`; `+` is the world) or as short numbers are dialled.
    pub allow: Vec<String>,
    /// Prefixes that are shut; before an `allow` of the same length.
    pub deny: Vec<String>,
    /// These are let through whatever else is said.
    pub emergency: BTreeSet<String>,
    /// Calls of an account per day, and at a time.
    pub a_day: u32,
    pub at_once: u32,
}

/// What there is already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialled {
    pub today: u32,
    pub at_once: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Never refused, never counted.
    Emergency,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialRefused {
    #[error("a number that nobody opened")]
    Unknown,
    #[error("a premium number")]
    Premium,
    #[error("a number abroad")]
    Abroad,
    #[error("a number that is shut")]
    Shut,
    #[error("a host that nobody opened")]
    Host,
    #[error("as many calls as a day may have")]
    TooManyToday,
    #[error("as many calls as there may be at a time")]
    TooManyAtOnce,
    #[error("the calls of the day could not be counted")]
    Uncounted,
}

/// Expensive by their numbering plan, in international form. Not all there are: an operator adds their own, and the limits hold
/// for the rest.
const PREMIUM: &[&str] = &[
    // No country: international premium rate, satellites, networks of the air and the sea.
    "+979", "+808", "+870", "+878", "+881", "+882", "+883", "+888",
    // North America; then CN, DE, AT, CH, GB, FR, NL, BE, ES, PT, IT, PL, SE, NO, DK, TW, AU, JP, KR.
    "+1900", "+1976", "+86168", "+861259", "+8696", "+49900", "+49137", "+49118", "+43900", "+43901", "+43930",
    "+43931", "+43939", "+41900", "+41901", "+41906", "+449", "+4470", "+4484", "+4487", "+44118", "+3389", "+3381",
    "+3382", "+31900", "+31906", "+31909", "+3290", "+34803", "+34806", "+34807", "+34905", "+34907", "+351760",
    "+351761", "+351762", "+39892", "+39894", "+39895", "+39899", "+4870", "+46900", "+46939", "+46944", "+47820",
    "+47829", "+4590", "+886204", "+61190", "+81990", "+8260",
];
/// They share a calling code with the United States and Canada, and nothing else: a number of theirs is abroad.
const ISLANDS: &[&str] = &[
    "+1242", "+1246", "+1264", "+1268", "+1284", "+1340", "+1345", "+1441", "+1473", "+1649", "+1658", "+1664",
    "+1670", "+1671", "+1684", "+1721", "+1758", "+1767", "+1784", "+1787", "+1809", "+1829", "+1849", "+1868",
    "+1869", "+1876", "+1939",
];

/// May this number be dialled now? `number`: in international form where it has one, else as it is dialled.
pub fn may_dial(policy: &DialPolicy, there_is: Dialled, number: &str) -> Result<Passage, DialRefused> {
    if policy.emergency.contains(number) {
        return Ok(Passage::Emergency);
    }
    is_open(policy, number)?;
    if there_is.at_once >= policy.at_once {
        return Err(DialRefused::TooManyAtOnce);
    }
    if there_is.today >= policy.a_day {
        return Err(DialRefused::TooManyToday);
    }
    Ok(Passage::Open)
}

/// The same, whatever was dialled today. An emergency number is always open.
pub fn is_open(policy: &DialPolicy, number: &str) -> Result<(), DialRefused> {
    if policy.emergency.contains(number) {
        return Ok(());
    }
    let fits = |prefix: &&str| !prefix.is_empty() && number.starts_with(*prefix);
    let longest = |prefixes: &[&str]| prefixes.iter().copied().filter(|p| fits(p)).map(str::len).max();
    let named = |prefixes: &[String]| longest(&prefixes.iter().map(String::as_str).collect::<Vec<_>>());
    let otherwise = if number.starts_with('+') { DialRefused::Abroad } else { DialRefused::Unknown };
    // Of equal lengths the first: who shuts a prefix goes before who opens it, and who opens exactly this before the tables.
    let rules = [
        (named(&policy.deny), Err(DialRefused::Shut)),
        (named(&policy.allow), Ok(())),
        (longest(PREMIUM), Err(DialRefused::Premium)),
        (longest(ISLANDS), Err(DialRefused::Abroad)),
        (longest(&[policy.home.as_str()]), Ok(())),
    ];
    let mut best = (0, Err(otherwise));
    for (length, verdict) in rules {
        if length.is_some_and(|length| length > best.0) {
            best = (length.unwrap_or_default(), verdict);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(home: &str, allow: &[&str], deny: &[&str]) -> DialPolicy {
        DialPolicy {
            home: home.into(),
            allow: allow.iter().map(|p| (*p).to_owned()).collect(),
            deny: deny.iter().map(|p| (*p).to_owned()).collect(),
            emergency: ["112".to_owned()].into(),
            a_day: 10,
            at_once: 2,
        }
    }

    fn said(policy: &DialPolicy, number: &str) -> Result<Passage, DialRefused> {
        may_dial(policy, Dialled::default(), number)
    }

    /// Rows: S12.13
    #[test]
    fn what_is_abroad_or_expensive_is_shut_until_it_is_opened() {
        use DialRefused::{Abroad, Premium, Shut, Unknown};
        use Passage::{Emergency, Open};
        let german = policy("+49", &[], &[]);
        let wide = policy("+49", &["+", "115"], &["+4915", "+88212"]);
        let some = policy("+49", &["+44", "+49900123", "+882"], &["+44", "+441"]);
        for (policy, number, expected) in [
            (&german, "+4930123456", Ok(Open)),
            (&german, "+49900123456", Err(Premium)),
            (&german, "+49137999", Err(Premium)),
            (&german, "+442071234567", Err(Abroad)),
            (&german, "+8821234567", Err(Premium)),
            (&german, "112", Ok(Emergency)),
            (&german, "1120", Err(Unknown)),
            (&german, "11833", Err(Unknown)),
            (&german, "callee", Err(Unknown)),
            (&german, "", Err(Unknown)),
            (&german, "+", Err(Abroad)),
            (&wide, "+442071234567", Ok(Open)),
            (&wide, "+49900123456", Err(Premium)),
            (&wide, "+979123456", Err(Premium)),
            (&wide, "+4915112345678", Err(Shut)),
            (&wide, "115", Ok(Open)),
            (&some, "+442071234567", Err(Shut)),
            (&some, "+441212345678", Err(Shut)),
            (&some, "+49900123456", Ok(Open)),
            (&some, "+49900124456", Err(Premium)),
            (&some, "+8821234567", Ok(Open)),
            (&policy("+1", &[], &[]), "+12125550123", Ok(Open)),
            (&policy("+1", &[], &[]), "+18765550123", Err(Abroad)),
            (&policy("", &[], &[]), "+4930123456", Err(Abroad)),
        ] {
            assert_eq!(said(policy, number), expected, "{number} {policy:?}");
        }
    }

    /// Rows: S12.13
    #[test]
    fn every_day_has_an_end_but_not_for_the_ambulance() {
        let policy = policy("+49", &[], &[]);
        for (today, at_once, expected) in [
            (9, 1, Ok(Passage::Open)),
            (10, 0, Err(DialRefused::TooManyToday)),
            (0, 2, Err(DialRefused::TooManyAtOnce)),
            (99, 99, Err(DialRefused::TooManyAtOnce)),
        ] {
            let there_is = Dialled { today, at_once };
            assert_eq!(may_dial(&policy, there_is, "+4930123456"), expected, "{there_is:?}");
            assert_eq!(may_dial(&policy, there_is, "112"), Ok(Passage::Emergency));
        }
    }

    #[test]
    fn tables_are_prefixes_in_international_form() {
        for prefix in PREMIUM.iter().chain(ISLANDS) {
            let digits = prefix.strip_prefix('+').unwrap();
            assert!(digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit()), "{prefix}");
        }
    }
}
