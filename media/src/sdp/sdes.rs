//! Keys in the description (SDES, RFC 4568): `a=crypto:<tag> <suite> inline:<key and salt>[|lifetime][|MKI:length] [parameters]`.

use crate::rtp::secure::{Keying, Suite};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};
use sdp_types::Media;

/// Lines that are looked at; nobody knows as many suites.
const MOST: usize = 16;
/// RFC 3711 §9.2: no key serves for more packets.
const LONGEST_LIFE: u32 = 48;
/// Longer identifiers of a master key there are not (RFC 4568 §9.2).
const LONGEST_IDENTIFIER: u8 = 128;

/// Some leave the padding away.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One line: how its writer encrypts, if it is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crypto {
    pub(crate) tag: u32,
    pub(crate) keying: Keying,
}

impl Crypto {
    pub(crate) fn write(&self) -> String {
        let Crypto { tag, keying } = self;
        format!("{tag} {} inline:{}", keying.suite.name(), STANDARD.encode(keying.secret()))
    }
}

/// The lines of a stream that we can use, the most wanted first. A line that asks for what we do not do (several keys, a key
/// derivation rate, parts that are not encrypted) is none of them (RFC 4568 §5.1.2, §6.3).
pub(crate) fn read(media: &Media) -> Vec<Crypto> {
    media.get_attribute_values("crypto").flatten().take(MOST).filter_map(line).collect()
}

fn line(value: &str) -> Option<Crypto> {
    let mut words = value.split_ascii_whitespace();
    let tag = words.next().filter(|tag| tag.len() <= 9 && tag.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let name = words.next()?;
    let suite = Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
    let keying = key(suite, words.next()?)?;
    words.all(is_harmless).then_some(Crypto { tag, keying })
}

/// `inline:<key and salt>["|" lifetime]["|" MKI ":" length]`; several, with `;` between, we do not take.
fn key(suite: Suite, word: &str) -> Option<Keying> {
    let (method, info) = word.split_once(':')?;
    if !method.eq_ignore_ascii_case("inline") || info.contains(';') {
        return None;
    }
    let mut parts = info.split('|');
    let secret = zeroize::Zeroizing::new(LENIENT.decode(parts.next()?).ok()?);
    let mut identifier = 0;
    for (n, part) in parts.enumerate() {
        match part.split_once(':') {
            Some((value, length)) if identifier == 0 => identifier = identifier_of(value, length)?,
            None if n == 0 && is_lifetime(part) => {}
            _ => return None,
        }
    }
    Keying::new(suite, &secret, identifier)
}

/// How many packets the key may serve. What is sent under it is counted by who sends; it is only not to be nonsense.
fn is_lifetime(text: &str) -> bool {
    match text.strip_prefix("2^") {
        Some(power) => power.parse::<u32>().is_ok_and(|power| power <= LONGEST_LIFE),
        None => text.parse::<u64>().is_ok_and(|count| count > 0 && count <= 1 << LONGEST_LIFE),
    }
}

fn identifier_of(value: &str, length: &str) -> Option<u8> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    length.parse::<u8>().ok().filter(|length| digits && (1..=LONGEST_IDENTIFIER).contains(length))
}

/// A parameter that changes nothing for us: a hint at the replay window (ours is larger than the least there may be), a
/// derivation rate of never, one that says itself that it may be ignored (RFC 4568 §6.3.7).
fn is_harmless(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    match name {
        "WSH" => value.parse::<u32>().is_ok_and(|size| size >= 64),
        "KDR" => value == "0",
        _ => name.starts_with('-'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    const GCM: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubA";

    /// RFC 4568 §9.1 and what is written in the field.
    #[test]
    fn lines_that_are_taken_and_lines_that_are_not() {
        let k = |rest: &str| format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}{rest}");
        for (value, taken) in [
            (k(""), true),
            (k("|2^20|1:4"), true),
            (k("|1048576"), true),
            (k("|1:32"), true),
            (k("|2^20|1:4 FEC_ORDER=FEC_SRTP"), false),
            (k("|2^49"), false),
            (k("|0"), false),
            (k("|1:129"), false),
            (k("|a:4"), false),
            (k("|2^20|1:4|2"), false),
            (k(&format!(";inline:{KEY}|2^20|2:4")), false),
            (k(" KDR=0 WSH=128"), true),
            (k(" KDR=24"), false),
            (k(" WSH=10"), false),
            (k(" UNENCRYPTED_SRTCP"), false),
            (k(" UNENCRYPTED_SRTP"), false),
            (k(" UNAUTHENTICATED_SRTP"), false),
            (k(" NEWER=1"), false),
            (k(" -NEWER=1"), true),
            (format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"), true),
            (format!("1 aes_cm_128_hmac_sha1_80 INLINE:{KEY}"), true),
            (format!("123456789 AEAD_AES_128_GCM inline:{GCM}=="), true),
            (format!("1 AEAD_AES_128_GCM inline:{GCM}"), true),
            (format!("1 AEAD_AES_128_GCM inline:{KEY}"), false),
            (format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"), false),
            (format!("1234567890 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), false),
            (format!("x AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:short".into(), false),
            ("1 AES_CM_128_HMAC_SHA1_80 elsewhere:abc".into(), false),
            ("1 AES_CM_128_HMAC_SHA1_80".into(), false),
            (String::new(), false),
        ] {
            assert_eq!(line(&value).is_some(), taken, "{value}");
        }
    }

    #[test]
    fn what_we_write_is_read() {
        for suite in Suite::ALL {
            let ours = Crypto { tag: 7, keying: Keying::fresh(suite).expect("randomness") };
            assert_eq!(line(&ours.write()), Some(ours.clone()), "{suite:?}");
            let another = Keying::fresh(suite).expect("randomness");
            assert_ne!(another, ours.keying);
            assert!(!format!("{ours:?}").contains(&STANDARD.encode(ours.keying.secret())[..8]));
        }
    }
}
