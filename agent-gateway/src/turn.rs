//! Credentials for a TURN server, so that browsers in networks that let nothing through but TLS have sound (the scheme that
//! coturn calls `use-auth-secret`, draft-uberti-behave-turn-rest-00): a user name that says until when it is good, and a
//! password that only who knows the secret can make. The server needs to know nobody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ringdesk_model::{Pii, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Where the TURN server is, and what we share with it.
#[derive(Clone, Debug)]
pub struct Turn {
    urls: Arc<[String]>,
    secret: Arc<Pii<String>>,
    good_for: Duration,
}

/// What one person shows there.
pub(crate) struct TurnCredentials {
    pub(crate) username: String,
    pub(crate) credential: String,
    pub(crate) seconds: u64,
}

impl Turn {
    pub fn new(urls: Vec<String>, secret: Pii<String>, good_for: Duration) -> Turn {
        Turn { urls: urls.into(), secret: Arc::new(secret), good_for }
    }

    pub(crate) fn urls(&self) -> &[String] {
        &self.urls
    }

    /// `user`: shows up in the TURN server's log.
    pub(crate) fn credentials(&self, now: Timestamp, user: &str) -> TurnCredentials {
        let until = (now + self.good_for).as_millis().div_euclid(1_000);
        let username = format!("{until}:{user}");
        // SHA-1 is what the scheme says; as a keyed hash it still holds.
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.secret.reveal().as_bytes());
        let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
        TurnCredentials { username, credential, seconds: self.good_for.as_secs() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `printf %s 1795000600:u | openssl dgst -sha1 -hmac north -binary | base64` says.
    ///
    /// Rows: S16.27
    #[test]
    fn credentials_are_what_the_other_side_computes() {
        let turn = Turn::new(vec!["turn:t.example".into()], Pii::new("north".into()), Duration::from_secs(600));
        let made = turn.credentials(Timestamp::from_millis(1_795_000_000_000), "u");
        assert_eq!((made.username.as_str(), made.seconds), ("1795000600:u", 600));
        assert_eq!(made.credential, "hndq8/30eRfV+9lL9m7tpTnhyvE=");
        assert!(!format!("{turn:?}").contains("north"));
    }
}
