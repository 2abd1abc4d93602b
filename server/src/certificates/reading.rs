//! What is of interest in a certificate (RFC 5280 §4.1): its dates, its names, its public key. It is not verified here: the
//! library does that where somebody is to be believed.

use ringdesk_model::Timestamp;
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// Subject alternative names: hosts and addresses.
    pub(super) names: Vec<String>,
    /// SubjectPublicKeyInfo, as it stands there.
    pub(super) key: Vec<u8>,
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const LONG_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const EXTENSIONS: u8 = 0xA3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// 2.5.29.17
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1D, 0x11];

impl Facts {
    /// `None`: not a certificate.
    pub(super) fn of(der: &[u8]) -> Option<Facts> {
        let mut whole = Der(der).take(SEQUENCE)?;
        let mut body = whole.take(SEQUENCE)?;
        if body.next_is(VERSION) {
            body.take(VERSION)?;
        }
        body.take(INTEGER)?; // serial number
        body.take(SEQUENCE)?; // algorithm
        body.take(SEQUENCE)?; // issuer
        let mut validity = body.take(SEQUENCE)?;
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        body.take(SEQUENCE)?; // subject
        let key = body.take(SEQUENCE)?.0.to_vec();
        let mut names = Vec::new();
        while let Some((tag, content)) = body.any() {
            if tag == EXTENSIONS {
                names = alternative_names(content).unwrap_or_default();
            }
        }
        Some(Facts { not_before, not_after, names, key })
    }
}

fn alternative_names(extensions: Der<'_>) -> Option<Vec<String>> {
    let mut list = { extensions }.take(SEQUENCE)?;
    while let Some(mut extension) = list.take(SEQUENCE) {
        if extension.take(OBJECT)?.0 != SUBJECT_ALT_NAME {
            continue;
        }
        let (mut tag, mut value) = extension.any()?;
        if tag != OCTETS {
            (tag, value) = extension.any()?; // it was said whether it is critical
        }
        if tag != OCTETS {
            return None;
        }
        let (mut names, mut found) = (value.take(SEQUENCE)?, Vec::new());
        while let Some((tag, name)) = names.any() {
            match tag {
                DNS_NAME => found.extend(std::str::from_utf8(name.0).ok().map(str::to_owned)),
                IP_ADDRESS => found.extend(address(name.0).map(|ip| ip.to_string())),
                _ => {}
            }
        }
        return Some(found);
    }
    None
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next_is(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element, which has to be one of these.
    fn take(&mut self, tag: u8) -> Option<Der<'a>> {
        if !self.next_is(tag) {
            return None;
        }
        self.any().map(|(_, content)| content)
    }

    fn any(&mut self) -> Option<(u8, Der<'a>)> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let length = match *first {
            short @ 0..=0x7F => usize::from(short),
            // Up to four bytes of length; nobody has a certificate of 4 GB.
            long @ 0x81..=0x84 => {
                let (bytes, after) = rest.split_at_checked(usize::from(long & 0x7F))?;
                rest = after;
                bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((*tag, Der(content)))
    }

    fn time(&mut self) -> Option<Timestamp> {
        let (tag, content) = self.any()?;
        let text = std::str::from_utf8(content.0).ok()?.strip_suffix('Z')?;
        let (year, rest) = match tag {
            UTC_TIME if text.len() == 12 => {
                let (year, rest) = text.split_at_checked(2)?;
                let year: i64 = year.parse().ok()?;
                // RFC 5280 §4.1.2.5.1
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            LONG_TIME if text.len() == 14 => {
                let (year, rest) = text.split_at_checked(4)?;
                (year.parse().ok()?, rest)
            }
            _ => return None,
        };
        let part = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
        let (month, day) = (part(0)?, part(2)?);
        if !(1..=12).contains(&month) {
            return None;
        }
        let seconds = days(year, month, day) * 86_400 + part(4)? * 3_600 + part(6)? * 60 + part(8)?;
        Some(Timestamp(seconds.checked_mul(1_000_000)?))
    }
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
