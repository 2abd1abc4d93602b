//! The second factor of a sign-in: a code that changes every thirty seconds (TOTP, RFC 6238), from a secret that a telephone
//! keeps; and recovery codes for who has lost the telephone.
//!
//! SHA-1, six digits and thirty seconds are what every authenticator takes; as a keyed hash SHA-1 still holds.

use ring::hmac;
use ringdesk_model::Timestamp;

/// Bytes of a secret: as long as the hash (RFC 4226 §4, R6).
pub const SECRET: usize = 20;
/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;
/// Of one of them; 50 bits.
const RECOVERY_LETTERS: usize = 10;
const STEP: i64 = 30;
/// Steps before and after the current one in which a code is taken: clocks of telephones differ (RFC 6238 §5.2).
const DRIFT: i64 = 1;
const DIGITS: u32 = 1_000_000;

/// No I, L, O and U: nothing is mistaken, and no words come out.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// RFC 4648 §6, as authenticators read secrets.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// In which step of thirty seconds this moment lies.
pub fn step_at(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(1_000).div_euclid(STEP)
}

/// The code of a step (RFC 4226 §5.3).
pub fn code(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 0x0F);
    (u32::from_be_bytes([tag[at], tag[at + 1], tag[at + 2], tag[at + 3]]) & 0x7FFF_FFFF) % DIGITS
}

/// The step of which this is the code, if it is one of now and later than the last one that was used: no code is good twice
/// (RFC 6238 §5.2), nor is one before it.
pub fn check(secret: &[u8], typed: &str, now: Timestamp, last_used: Option<i64>) -> Option<i64> {
    let typed = digits(typed)?;
    let now = step_at(now);
    let mut found = None;
    // All of them are looked at, so that the time says nothing.
    for step in now - DRIFT..=now + DRIFT {
        if code(secret, step) ^ typed == 0 && last_used.is_none_or(|last| step > last) {
            found = found.or(Some(step));
        }
    }
    found
}

/// Six figures, however people part them.
fn digits(typed: &str) -> Option<u32> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    (plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit())).then(|| plain.parse().ok())?
}

/// As an authenticator takes it by hand.
pub fn spelled(secret: &[u8]) -> String {
    let (mut held, mut bits, mut text) = (0u32, 0, String::with_capacity(secret.len().div_ceil(5) * 8));
    for byte in secret {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// What the picture says that an authenticator reads.
pub fn address(issuer: &str, login: &str, secret: &[u8]) -> String {
    let (issuer, login) = (escaped(issuer), escaped(login));
    format!(
        "otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        spelled(secret)
    )
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A recovery code from random bytes: `7Q2MX-0H4ZK`.
pub fn recovery_code(random: [u8; RECOVERY_LETTERS]) -> String {
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    let (first, second) = random.split_at(RECOVERY_LETTERS / 2);
    format!("{}-{}", first.iter().map(letter).collect::<String>(), second.iter().map(letter).collect::<String>())
}

/// One form for every way of typing it; `None`: it is no recovery code.
pub fn recovery_form(typed: &str) -> Option<String> {
    let form: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            other => other,
        })
        .collect();
    (form.len() == RECOVERY_LETTERS && form.bytes().all(|b| LETTERS.contains(&b))).then_some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// RFC 4226, appendix D.
    ///
    /// Rows: S12.17
    #[test]
    fn the_codes_of_rfc_4226() {
        let codes = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (count, expected) in codes.into_iter().enumerate() {
            assert_eq!(code(SEED, count as i64), expected, "{count}");
        }
    }

    /// RFC 6238, appendix B; the last six of its eight digits.
    ///
    /// Rows: S12.17
    #[test]
    fn the_codes_of_rfc_6238() {
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(SEED, step_at(at(seconds))), expected, "{seconds}");
            assert_eq!(check(SEED, &format!("{expected:06}"), at(seconds), None), Some(seconds / 30));
        }
    }

    /// Rows: S12.17
    #[test]
    fn a_code_is_good_for_a_drift_of_one_step_and_once() {
        let step = step_at(at(1_111_111_111));
        let typed = |step: i64| format!("{:06}", code(SEED, step));
        let now = at(step * 30 + 7);
        for (drift, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            assert_eq!(check(SEED, &typed(step + drift), now, None).is_some(), good, "{drift}");
        }
        assert_eq!(check(SEED, &typed(step), now, Some(step)), None, "once");
        assert_eq!(check(SEED, &typed(step - 1), now, Some(step)), None, "and none before it");
        assert_eq!(check(SEED, &typed(step + 1), now, Some(step)), Some(step + 1));
        assert!(check(SEED, &format!(" {} {} ", &typed(step)[..3], &typed(step)[3..]), now, None).is_some());
        for wrong in ["", "00000", "0000000", "abcdef", "١٢٣٤٥٦", "-12345", "+12345"] {
            assert_eq!(check(SEED, wrong, now, None), None, "{wrong}");
        }
    }

    /// RFC 4648 §10, without its padding, as authenticators have it.
    #[test]
    fn a_secret_is_spelled_as_authenticators_read_it() {
        for (plain, told) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(spelled(plain.as_bytes()), told);
        }
        assert_eq!(
            address("Ringdesk Nord", "ann:lee", b"foobar"),
            "otpauth://totp/Ringdesk%20Nord:ann%3Alee?secret=MZXW6YTBOI&issuer=Ringdesk%20Nord&algorithm=SHA1&digits=6&period=30"
        );
    }

    /// Rows: S12.17
    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let made = recovery_code([0, 1, 31, 32, 255, 10, 18, 20, 24, 9]);
        assert_eq!(made, "01Z0Z-AJMR9");
        assert_eq!(recovery_form(&made).as_deref(), Some("01Z0ZAJMR9"));
        assert_eq!(recovery_form(" o1z0z ajmr9 ").as_deref(), Some("01Z0ZAJMR9"));
        assert_eq!(recovery_form("olZOZajmr9").as_deref(), Some("01Z0ZAJMR9"));
        for wrong in ["", "123456", "01Z0Z-AJMR", "01Z0Z-AJMRU", "01Z0Z-AJMR9-1"] {
            assert_eq!(recovery_form(wrong), None, "{wrong}");
        }
    }
}
