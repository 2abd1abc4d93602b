//! One form per telephone number: it decides which contact a call belongs to, and which of our numbers was called.
//!
//! Trunks deliver the same caller as `13800138000`, `013800138000`, `8613800138000`, `008613800138000` or
//! `+86 138 0013 8000`; all of them are `+8613800138000` (E.164). What is no public number (an extension, a service
//! number such as 95588, a SIP name) keeps its own form.

use serde::{Deserialize, Serialize};
use std::fmt;

/// E.164: fifteen digits at most.
const E164: usize = 15;
/// Of what is no number.
const LONGEST: usize = 64;

/// A number in its one form. Personal data: wrap it in `Pii` before it travels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactNumber(String);

impl fmt::Debug for ContactNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹number›")
    }
}

/// How numbers are dialled where the server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    pub iso: &'static str,
    /// Calling code without `+`.
    code: &'static str,
    /// Dialled before a national number.
    trunk: &'static str,
    /// Dialled before a calling code.
    abroad: &'static str,
    /// National numbers have so many digits, without the trunk prefix.
    length: (usize, usize),
    /// National numbers that are dialled without a trunk prefix: (how they begin, shortest, longest).
    bare: &'static [(&'static str, usize, usize)],
}

const fn country(
    iso: &'static str,
    code: &'static str,
    trunk: &'static str,
    length: (usize, usize),
    bare: &'static [(&'static str, usize, usize)],
) -> Country {
    Country { iso, code, trunk, abroad: "00", length, bare }
}

const COUNTRIES: &[Country] = &[
    // A bare landline number lacks its area code, a mobile number does not.
    country("CN", "86", "0", (10, 11), &[("1", 11, 11)]),
    country("DE", "49", "0", (6, 11), &[]),
    country("AT", "43", "0", (7, 13), &[]),
    country("CH", "41", "0", (9, 9), &[]),
    country("GB", "44", "0", (9, 10), &[]),
    country("IE", "353", "0", (7, 9), &[]),
    country("FR", "33", "0", (9, 9), &[]),
    country("NL", "31", "0", (9, 9), &[]),
    country("BE", "32", "0", (8, 9), &[]),
    country("ES", "34", "", (9, 9), &[("", 9, 9)]),
    country("PT", "351", "", (9, 9), &[("", 9, 9)]),
    // Italy keeps the 0 of a landline number after the calling code.
    country("IT", "39", "", (6, 11), &[("0", 6, 11), ("3", 9, 10)]),
    country("PL", "48", "", (9, 9), &[("", 9, 9)]),
    country("SE", "46", "0", (7, 9), &[]),
    country("NO", "47", "", (8, 8), &[("", 8, 8)]),
    country("DK", "45", "", (8, 8), &[("", 8, 8)]),
    country("TW", "886", "0", (8, 9), &[]),
    country("AU", "61", "0", (9, 9), &[]).dialling("0011"),
    country("IN", "91", "0", (10, 10), &[("", 10, 10)]),
    country("JP", "81", "0", (9, 10), &[]).dialling("010"),
    country("KR", "82", "0", (8, 10), &[]),
    country("HK", "852", "", (8, 8), &[("", 8, 8)]).dialling("001"),
    country("SG", "65", "", (8, 8), &[("", 8, 8)]),
    country("US", "1", "1", (10, 10), &[("", 10, 10)]).dialling("011"),
    country("CA", "1", "1", (10, 10), &[("", 10, 10)]).dialling("011"),
];

impl Country {
    const fn dialling(self, abroad: &'static str) -> Country {
        Country { abroad, ..self }
    }

    /// By ISO 3166 code, `CN`.
    pub fn of(iso: &str) -> Option<Country> {
        COUNTRIES.iter().find(|c| c.iso.eq_ignore_ascii_case(iso)).copied()
    }

    /// `+49`
    pub fn calling_code(&self) -> String {
        format!("+{}", self.code)
    }

    /// How an international number (`+86…`) is dialled inside this country: `01012345678`, `13800138000`. `None`: it is a
    /// number of another country, or none.
    pub fn national(&self, number: &str) -> Option<String> {
        let rest = number.strip_prefix('+')?.strip_prefix(self.code)?;
        match self.is_bare(rest) {
            true => Some(rest.to_owned()),
            false => self.is_national(rest).then(|| format!("{}{rest}", self.trunk)),
        }
    }

    /// How a number of another country is dialled from here: `004930…`. Without its `+`.
    pub fn from_home(&self, international: &str) -> String {
        format!("{}{international}", self.abroad)
    }

    fn is_national(&self, digits: &str) -> bool {
        (self.length.0..=self.length.1).contains(&digits.len())
    }

    fn is_bare(&self, digits: &str) -> bool {
        self.bare.iter().any(|(begin, min, max)| digits.starts_with(begin) && (*min..=*max).contains(&digits.len()))
    }
}

impl ContactNumber {
    /// `None`: no number at all (withheld, empty, absurdly long).
    pub fn normalise(raw: &str, home: Country) -> Option<ContactNumber> {
        let user = user_part(raw);
        if user.is_empty() || user.len() > LONGEST || is_withheld(user) {
            return None;
        }
        let mut digits = String::new();
        for c in user.chars().map(narrow) {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => digits.push('+'),
                ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' => {}
                _ => return Some(ContactNumber(user.to_lowercase())), // a SIP name
            }
        }
        if digits.is_empty() || digits == "+" {
            return None;
        }
        Some(ContactNumber(one_form(&digits, home)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A public number, as opposed to an extension or a name.
    pub fn is_e164(&self) -> bool {
        self.0.starts_with('+')
    }
}

fn one_form(digits: &str, home: Country) -> String {
    let abroad = |rest: &str| {
        // `+49 (0)30 …`: the trunk prefix does not travel.
        let national =
            rest.strip_prefix(home.code).and_then(|n| n.strip_prefix(home.trunk).filter(|_| home.trunk == "0"));
        let rest =
            national.filter(|n| home.is_national(n)).map_or_else(|| rest.to_owned(), |n| format!("{}{n}", home.code));
        if rest.len() <= E164 { format!("+{rest}") } else { rest }
    };
    if let Some(rest) = digits.strip_prefix('+') {
        return abroad(rest);
    }
    if let Some(rest) = digits.strip_prefix(home.abroad).filter(|r| r.len() >= 7) {
        return abroad(rest);
    }
    if let Some(national) = digits.strip_prefix(home.trunk).filter(|n| !home.trunk.is_empty() && home.is_national(n)) {
        return format!("+{}{national}", home.code);
    }
    if home.is_bare(digits) {
        return format!("+{}{digits}", home.code);
    }
    if digits.strip_prefix(home.code).is_some_and(|n| !n.starts_with('0') && home.is_national(n)) {
        return format!("+{digits}");
    }
    digits.to_owned()
}

/// `sip:+4930123456;phone-context=…@host` → `+4930123456`.
fn user_part(raw: &str) -> &str {
    let raw = raw.trim();
    let raw = ["sips:", "sip:", "tel:"].iter().find_map(|scheme| raw.strip_prefix(scheme)).unwrap_or(raw);
    raw.split(['@', ';']).next().unwrap_or_default().trim()
}

fn is_withheld(user: &str) -> bool {
    ["anonymous", "unknown", "restricted", "private", "unavailable", "withheld"]
        .iter()
        .any(|w| user.eq_ignore_ascii_case(w))
}

/// Full-width digits and signs of Chinese input methods.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Digits of the calling code at the front of an international number (ITU-T E.164 assigned codes).
pub fn calling_code_length(digits: &str) -> usize {
    let first_two = digits.get(..2).unwrap_or(digits);
    match digits.as_bytes().first() {
        None => 0,
        Some(b'1' | b'7') => 1,
        _ if [
            "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
            "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
            "86", "90", "91", "92", "93", "94", "95", "98",
        ]
        .contains(&first_two) =>
        {
            2
        }
        Some(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(raw: &str, home: &str) -> Option<String> {
        ContactNumber::normalise(raw, Country::of(home).unwrap()).map(|n| n.as_str().to_owned())
    }

    #[test]
    fn all_spellings_of_a_caller_are_one_contact() {
        let spellings: &[(&str, &str, &[&str])] = &[
            (
                "CN",
                "+8613800138000",
                &[
                    "13800138000",
                    "013800138000",
                    "8613800138000",
                    "008613800138000",
                    "+86 138 0013 8000",
                    "sip:+8613800138000@trunk.example;user=phone",
                    "tel:+86-138-0013-8000",
                    "１３８００１３８０００",
                ],
            ),
            ("CN", "+861012345678", &["01012345678", "861012345678", "+86 (0)10 1234 5678", "+861012345678"]),
            ("DE", "+4930123456", &["030123456", "+4930123456", "004930123456", "+49 (0) 30 / 123456", "4930123456"]),
            ("US", "+14155550100", &["4155550100", "14155550100", "+1 (415) 555-0100", "01114155550100"]),
            ("GB", "+442079460000", &["02079460000", "00442079460000", "442079460000"]),
            ("IT", "+390612345678", &["0612345678", "+390612345678"]),
        ];
        for (home, one, forms) in spellings {
            for raw in *forms {
                assert_eq!(form(raw, home).as_deref(), Some(*one), "{raw} in {home}");
            }
        }
    }

    /// Rows: V15
    #[test]
    fn a_number_is_dialled_at_home_as_people_there_do() {
        for (home, number, national) in [
            ("CN", "+8613800138000", Some("13800138000")),
            ("CN", "+861012345678", Some("01012345678")),
            ("CN", "+8675512345678", Some("075512345678")),
            ("CN", "+4930123456", None),
            ("CN", "95588", None),
            ("DE", "+4930123456", Some("030123456")),
            ("IT", "+390612345678", Some("0612345678")),
            ("US", "+14155550100", Some("4155550100")),
            ("DE", "+49301", None),
        ] {
            let home = Country::of(home).unwrap();
            assert_eq!(home.national(number).as_deref(), national, "{number}");
            if let Some(national) = national {
                assert_eq!(ContactNumber::normalise(national, home).unwrap().as_str(), number, "and back");
            }
        }
    }

    #[test]
    fn a_foreign_caller_keeps_the_foreign_code() {
        assert_eq!(form("+4930123456", "CN").as_deref(), Some("+4930123456"));
        assert_eq!(form("004930123456", "CN").as_deref(), Some("+4930123456"));
        assert_eq!(form("+8613800138000", "DE").as_deref(), Some("+8613800138000"));
    }

    #[test]
    fn what_is_no_public_number_keeps_its_form() {
        for (raw, kept) in [
            ("2001", "2001"),
            ("95588", "95588"),
            ("110", "110"),
            ("Alice", "alice"),
            ("sip:agent1@10.0.0.1", "agent1"),
        ] {
            assert_eq!(form(raw, "CN").as_deref(), Some(kept));
        }
        assert!(!ContactNumber::normalise("2001", Country::of("cn").unwrap()).unwrap().is_e164());
    }

    #[test]
    fn withheld_and_nonsense_are_no_contact() {
        for raw in ["", "  ", "anonymous", "sip:Anonymous@anonymous.invalid", "+", "--", &"x".repeat(65)] {
            assert_eq!(form(raw, "CN"), None, "{raw}");
        }
        assert_eq!(form(&"9".repeat(40), "CN"), Some("9".repeat(40)));
        assert!(Country::of("ZZ").is_none());
    }
}
