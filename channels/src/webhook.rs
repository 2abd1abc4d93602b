//! Signatures of requests as Standard Webhooks has them (standardwebhooks.com, specification 1.0.0): HMAC-SHA256 over
//! `id.timestamp.body`. While a secret is being changed both are good: each signature of a request is held against each secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ringdesk_model::Timestamp;
use std::time::Duration;

/// How far the clocks of two systems may be apart, and how late a request may come.
pub const TOLERANCE: Duration = Duration::from_secs(300);
/// Of an id, in bytes.
const ID: usize = 200;
/// Signatures of one request that are looked at.
const SIGNATURES: usize = 10;
/// What a secret begins with where it is shown.
pub const PREFIX: &str = "whsec_";
/// Of a secret that we make, in bytes. The specification says 24 to 64.
pub const SECRET: usize = 32;

/// Why a request is not believed. Who asks learns which of them; none of them says anything of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    #[error("`webhook-id`, `webhook-timestamp` and `webhook-signature` are needed")]
    Missing,
    #[error("`webhook-timestamp` is no time in seconds since 1970")]
    Timestamp,
    /// More than [`TOLERANCE`] away from our clock, in either direction.
    #[error("`webhook-timestamp` is not within five minutes of now")]
    Stale,
    #[error("no signature fits")]
    Signature,
}

/// What a signed request carries in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    pub id: &'a str,
    pub timestamp: &'a str,
    /// One or more of `v1,<base64>`, with a blank between them.
    pub signature: &'a str,
}

impl<'a> Signed<'a> {
    /// `header` gives the one of a name, if there is one that is text.
    pub fn of(header: impl Fn(&str) -> Option<&'a str>) -> Result<Signed<'a>, Rejected> {
        let one = |name| header(name).map(str::trim).filter(|value| !value.is_empty()).ok_or(Rejected::Missing);
        let signed = Signed {
            id: one("webhook-id")?,
            timestamp: one("webhook-timestamp")?,
            signature: one("webhook-signature")?,
        };
        if signed.id.len() > ID { Err(Rejected::Missing) } else { Ok(signed) }
    }

    /// Is `body` from somebody who knows one of the secrets, and from now?
    pub fn verify<'s>(
        &self,
        now: Timestamp,
        body: &[u8],
        secrets: impl Iterator<Item = &'s str>,
    ) -> Result<(), Rejected> {
        let seconds: i64 = self.timestamp.parse().map_err(|_| Rejected::Timestamp)?;
        let sent = Timestamp::from_millis(seconds.checked_mul(1_000).ok_or(Rejected::Timestamp)?);
        if now.since(sent) > TOLERANCE || sent.since(now) > TOLERANCE {
            return Err(Rejected::Stale);
        }
        let content = content(self.id, seconds, body);
        let keys: Vec<hmac::Key> = secrets.filter_map(key).collect();
        let given = self.signature.split_ascii_whitespace().take(SIGNATURES);
        let told = given.filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        // Every key against every signature, each compared in constant time.
        let fits = told.flat_map(|tag| keys.iter().map(move |key| (key, tag.clone())));
        match fits.fold(false, |any, (key, tag)| hmac::verify(key, &content, &tag).is_ok() | any) {
            true => Ok(()),
            false => Err(Rejected::Signature),
        }
    }
}

/// The signatures of `body` by each secret, as one header. Secrets that cannot be read sign nothing.
pub fn sign<'s>(id: &str, at: Timestamp, body: &[u8], secrets: impl Iterator<Item = &'s str>) -> String {
    let content = content(id, at.as_millis().div_euclid(1_000), body);
    let one = |key: hmac::Key| format!("v1,{}", STANDARD.encode(hmac::sign(&key, &content)));
    secrets.filter_map(key).map(one).collect::<Vec<_>>().join(" ")
}

/// A secret as it is shown, from its random bytes.
pub fn secret(bytes: &[u8; SECRET]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

fn content(id: &str, seconds: i64, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{seconds}.").into_bytes();
    content.extend_from_slice(body);
    content
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_SHOWN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: Timestamp = Timestamp::from_millis(1_614_265_330_000);
    const VECTOR: Signed<'static> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    fn verify(signed: Signed<'_>, now: Timestamp, body: &[u8], secrets: &[&str]) -> Result<(), Rejected> {
        signed.verify(now, body, secrets.iter().copied())
    }

    /// The vector of the specification.
    ///
    /// Rows: S14.14
    #[test]
    fn it_signs_and_believes_as_the_specification_does() {
        assert_eq!(sign(VECTOR.id, AT, BODY, [SECRET_SHOWN].into_iter()), VECTOR.signature);
        assert_eq!(verify(VECTOR, AT, BODY, &[SECRET_SHOWN]), Ok(()));
        assert_eq!(verify(VECTOR, AT, b"{}", &[SECRET_SHOWN]), Err(Rejected::Signature), "another body");
        let other = secret(&[7; SECRET]);
        assert_eq!(verify(VECTOR, AT, BODY, &[&other]), Err(Rejected::Signature));
        assert_eq!(verify(VECTOR, AT, BODY, &[]), Err(Rejected::Signature));
        assert_eq!(verify(VECTOR, AT, BODY, &["", "whsec_", "no base64"]), Err(Rejected::Signature));
        for (id, timestamp) in [("msg_other", VECTOR.timestamp), (VECTOR.id, "1614265331")] {
            assert_eq!(verify(Signed { id, timestamp, ..VECTOR }, AT, BODY, &[SECRET_SHOWN]), Err(Rejected::Signature));
        }
    }

    #[test]
    fn secrets_may_be_changed_while_both_sides_speak() {
        let other = secret(&[7; SECRET]);
        assert_eq!(verify(VECTOR, AT, BODY, &[&other, SECRET_SHOWN]), Ok(()), "we know both");
        let both = sign(VECTOR.id, AT, BODY, [other.as_str(), SECRET_SHOWN].into_iter());
        let signed = Signed { signature: &both, ..VECTOR };
        assert_eq!(verify(signed, AT, BODY, &[SECRET_SHOWN]), Ok(()), "they sign with both");
        assert_eq!(verify(signed, AT, BODY, &[&other]), Ok(()));
    }

    #[test]
    fn what_is_old_or_from_the_future_is_not_believed() {
        for (now, expected) in [
            (AT + TOLERANCE, Ok(())),
            (AT + TOLERANCE + Duration::from_secs(1), Err(Rejected::Stale)),
            (Timestamp::from_millis(AT.as_millis() - 300_000), Ok(())),
            (Timestamp::from_millis(AT.as_millis() - 301_000), Err(Rejected::Stale)),
        ] {
            assert_eq!(verify(VECTOR, now, BODY, &[SECRET_SHOWN]), expected);
        }
        for timestamp in ["", "x", "1e9", "9223372036854775807", "-9223372036854775808"] {
            let told = verify(Signed { timestamp, ..VECTOR }, AT, BODY, &[SECRET_SHOWN]);
            assert!(matches!(told, Err(Rejected::Timestamp | Rejected::Stale)), "{timestamp}: {told:?}");
        }
    }

    #[test]
    fn all_three_headers_are_needed() {
        let headers = [("webhook-id", "a"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,AA==")];
        let all = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        assert!(Signed::of(all).is_ok());
        for (left_out, _) in headers {
            assert_eq!(Signed::of(|name| all(name).filter(|_| name != left_out)), Err(Rejected::Missing));
        }
        let long = "x".repeat(ID + 1);
        let id_too_long = |name: &str| if name == "webhook-id" { Some(long.as_str()) } else { all(name) };
        assert_eq!(Signed::of(id_too_long), Err(Rejected::Missing));
    }
}
