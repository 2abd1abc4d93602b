//! Digest authentication of who calls or registers (RFC 3261 §22, RFC 7616, RFC 8760): the server's side.
//!
//! Nonces are stateless but for their replay windows: a time and its keyed hash. The answer to an unknown user is made
//! with the same work as to a known one and is the same, so nobody learns which extensions there are.

use super::directory::Directory;
use super::params::Params;
use md5::{Digest as _, Md5};
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha512_256};
use std::collections::BTreeMap;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How long a nonce may be used.
const NONCE_LIFE: Duration = Duration::from_secs(300);
/// Nonces whose counts are remembered; above it the oldest ones become void.
const NONCES: usize = 8_192;
/// Nonce counts below the highest by more than this are refused (RFC 7616 §3.4: order is not guaranteed).
const WINDOW: u32 = 64;

/// What became of the credentials of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Proven: this extension.
    Proven(String),
    /// None, or none that answer a challenge of ours; right ones to an old nonce (`stale`): challenge.
    Challenge { stale: bool },
    /// Right ones that were used before.
    Replayed,
    /// The answer to a challenge of ours, and wrong: this extension, if there is one.
    Wrong(String),
    /// They were not looked at: this one may not try now.
    NotNow,
}

/// `HA1` of RFC 7616 §3.4.2 with MD5, hexadecimal.
pub fn ha1_md5(user: &str, realm: &str, password: &str) -> String {
    md5(&format!("{user}:{realm}:{password}"))
}

/// `HA1` of RFC 7616 §3.4.2 with SHA-256, hexadecimal.
pub fn ha1_sha256(user: &str, realm: &str, password: &str) -> String {
    sha256(&format!("{user}:{realm}:{password}"))
}

/// A digest algorithm that telephones may use (RFC 7616 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    #[serde(rename = "SHA-256")]
    Sha256,
    #[serde(rename = "MD5")]
    Md5,
}

impl DigestAlgorithm {
    /// The strongest first.
    pub const ALL: [DigestAlgorithm; 2] = [DigestAlgorithm::Sha256, DigestAlgorithm::Md5];

    fn name(self) -> &'static str {
        match self {
            DigestAlgorithm::Sha256 => "SHA-256",
            DigestAlgorithm::Md5 => "MD5",
        }
    }
}

/// What the server remembers of its challenges.
pub struct Guard {
    secret: u64,
    /// In the order of the challenges.
    algorithms: Vec<DigestAlgorithm>,
    /// Nonces made so far: two of one microsecond differ.
    made: u32,
    /// Nonces made up to here are void: their counts are forgotten.
    void_until: Timestamp,
    /// By nonce: the highest count seen, and which of the 64 below it were.
    counts: BTreeMap<String, (u32, u64)>,
}

impl Guard {
    pub fn new(secret: u64, algorithms: Vec<DigestAlgorithm>) -> Guard {
        Guard { secret, algorithms, made: 0, void_until: Timestamp(i64::MIN), counts: BTreeMap::new() }
    }

    /// The values of the challenge fields, in their order (RFC 8760 §2.3).
    pub fn challenges(&mut self, now: Timestamp, realm: &str, stale: bool) -> Vec<String> {
        let nonce = self.nonce(now);
        let stale = if stale { ", stale=true" } else { "" };
        let challenge = |algorithm: &DigestAlgorithm| {
            let algorithm = algorithm.name();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}")
        };
        self.algorithms.iter().map(challenge).collect()
    }

    /// Look at one `Authorization` or `Proxy-Authorization` field.
    pub fn verify(
        &mut self,
        now: Timestamp,
        directory: &Directory,
        method: &str,
        request_uri: &str,
        field: Option<&str>,
    ) -> Verdict {
        self.verify_if(now, directory, method, request_uri, field, |_| true)
    }

    /// The same. `may_try` is asked before an answer to a challenge of ours is looked at, with the extension that it
    /// names, be there one or not.
    pub(crate) fn verify_if(
        &mut self,
        now: Timestamp,
        directory: &Directory,
        method: &str,
        request_uri: &str,
        field: Option<&str>,
        may_try: impl FnOnce(&str) -> bool,
    ) -> Verdict {
        let refused = Verdict::Challenge { stale: false };
        let Some(credentials) = field.and_then(Credentials::parse) else { return refused };
        if credentials.realm != directory.realm() || credentials.uri != request_uri {
            return refused;
        }
        // A weaker one than was offered is somebody in between (RFC 7616 §5.8).
        if !self.algorithms.contains(&credentials.algorithm) {
            return refused;
        }
        let Some(made) = self.made_at(&credentials.nonce) else { return refused };
        if !may_try(&credentials.username) {
            return Verdict::NotNow;
        }
        let known = directory.extension(&credentials.username);
        // A stranger costs the same work as an extension.
        let ha1 = match (known, credentials.algorithm) {
            (Some(extension), DigestAlgorithm::Sha256) => extension.ha1_sha256.clone(),
            (Some(extension), DigestAlgorithm::Md5) => extension.ha1_md5.clone(),
            (None, DigestAlgorithm::Sha256) => "0".repeat(64),
            (None, DigestAlgorithm::Md5) => "0".repeat(32),
        };
        let fits: bool = credentials.expected(&ha1, method).as_bytes().ct_eq(credentials.response.as_bytes()).into();
        if !fits || known.is_none() {
            return Verdict::Wrong(credentials.username);
        }
        if now.since(made) > NONCE_LIFE || made <= self.void_until {
            return Verdict::Challenge { stale: true };
        }
        if !self.count(&credentials) {
            return Verdict::Replayed;
        }
        Verdict::Proven(credentials.username)
    }

    fn nonce(&mut self, now: Timestamp) -> String {
        self.made = self.made.wrapping_add(1);
        let time = format!("{:016x}{:08x}", now.0, self.made);
        let seal = self.seal(&time);
        format!("{time}{seal}")
    }

    /// When we made this nonce; `None`: we did not.
    fn made_at(&self, nonce: &str) -> Option<Timestamp> {
        let (time, seal) = nonce.split_at_checked(24)?;
        let ours: bool = self.seal(time).as_bytes().ct_eq(seal.as_bytes()).into();
        ours.then(|| i64::from_str_radix(&time[..16], 16).ok().map(Timestamp)).flatten()
    }

    fn seal(&self, time: &str) -> String {
        sha256(&format!("{:016x}:{time}:{:016x}", self.secret, self.secret.rotate_left(17)))[..32].to_owned()
    }

    /// May this count be used? Each at most once.
    fn count(&mut self, credentials: &Credentials) -> bool {
        // Without `qop` there is no count: such a nonce is good for one use (RFC 2069 peers).
        let count = credentials.nc.unwrap_or(1);
        if count == 0 {
            return false;
        }
        while self.counts.len() >= NONCES && !self.counts.contains_key(&credentials.nonce) {
            // The oldest: a nonce begins with its time.
            if let Some((nonce, _)) = self.counts.pop_first()
                && let Some(made) = self.made_at(&nonce)
            {
                self.void_until = self.void_until.max(made);
            }
        }
        let (highest, seen) = self.counts.entry(credentials.nonce.clone()).or_insert((0, 0));
        if count > *highest {
            let ahead = count - *highest;
            *seen = if ahead >= WINDOW { 0 } else { *seen << ahead };
            *seen |= 1;
            *highest = count;
            return true;
        }
        let behind = *highest - count;
        if behind >= WINDOW || *seen & (1 << behind) != 0 {
            return false;
        }
        *seen |= 1 << behind;
        true
    }
}

struct Credentials {
    username: String,
    realm: String,
    nonce: String,
    uri: String,
    response: String,
    algorithm: DigestAlgorithm,
    nc: Option<u32>,
    nc_text: String,
    cnonce: String,
    qop: Option<String>,
}

impl Credentials {
    fn parse(field: &str) -> Option<Credentials> {
        let (scheme, rest) = field.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        // The same grammar as parameters, with commas.
        let params = Params::parse(&as_params(rest))?;
        let text = |name: &str| params.unquoted(name);
        let algorithm = match text("algorithm") {
            None => DigestAlgorithm::Md5,
            Some(name) => DigestAlgorithm::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(&name))?,
        };
        let qop = text("qop");
        if qop.as_deref().is_some_and(|q| q != "auth") {
            return None;
        }
        let nc_text = text("nc").unwrap_or_default();
        let nc = match &qop {
            Some(_) => Some(u32::from_str_radix(&nc_text, 16).ok().filter(|_| nc_text.len() == 8)?),
            None => None,
        };
        Some(Credentials {
            username: text("username")?,
            realm: text("realm")?,
            nonce: text("nonce")?,
            uri: text("uri")?,
            response: text("response")?.to_ascii_lowercase(),
            algorithm,
            nc,
            nc_text,
            cnonce: text("cnonce").unwrap_or_default(),
            qop,
        })
    }

    /// RFC 7616 §3.4.1.
    fn expected(&self, ha1: &str, method: &str) -> String {
        let hash = match self.algorithm {
            DigestAlgorithm::Sha256 => sha256,
            DigestAlgorithm::Md5 => md5,
        };
        let ha2 = hash(&format!("{method}:{}", self.uri));
        match &self.qop {
            Some(qop) => hash(&format!("{ha1}:{}:{}:{}:{qop}:{ha2}", self.nonce, self.nc_text, self.cnonce)),
            None => hash(&format!("{ha1}:{}:{ha2}", self.nonce)),
        }
    }
}

/// `a="x", b=y` → `;a="x";b=y`, leaving commas inside quotes alone.
pub(super) fn as_params(list: &str) -> String {
    let mut out = String::with_capacity(list.len() + 1);
    out.push(';');
    let (mut quoted, mut escaped) = (false, false);
    for c in list.trim().chars() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                out.push(';');
                continue;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if quoted || !c.is_whitespace() {
            out.push(c);
        }
    }
    out
}

pub(super) fn md5(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

pub(super) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(super) fn sha512_256(text: &str) -> String {
    hex(&Sha512_256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::directory::Extension;

    const URI: &str = "sip:ringdesk.example";

    fn directory() -> Directory {
        let extension = Extension {
            user: "2001".into(),
            ha1_md5: ha1_md5("2001", "ringdesk", "secret"),
            ha1_sha256: ha1_sha256("2001", "ringdesk", "secret"),
        };
        Directory::new("ringdesk", vec![extension], vec![])
    }

    fn seeded(secret: u64) -> Guard {
        Guard::new(secret, DigestAlgorithm::ALL.into())
    }

    fn field(nonce: &str, user: &str, password: &str, algorithm: &str, nc: u32) -> String {
        let (hash, ha1): (fn(&str) -> String, _) = match algorithm {
            "MD5" => (md5, ha1_md5(user, "ringdesk", password)),
            _ => (sha256, ha1_sha256(user, "ringdesk", password)),
        };
        let ha2 = hash(&format!("REGISTER:{URI}"));
        let response = hash(&format!("{ha1}:{nonce}:{nc:08x}:c:auth:{ha2}"));
        format!(
            "Digest username=\"{user}\", realm=\"ringdesk\", nonce=\"{nonce}\", uri=\"{URI}\", response=\"{response}\", \
             algorithm={algorithm}, cnonce=\"c\", qop=auth, nc={nc:08x}"
        )
    }

    /// RFC 7616 §3.9.1, with its quoted user name and both algorithms.
    #[test]
    fn the_vectors_of_the_rfc() {
        let realm = "http-auth@example.org";
        for (algorithm, ha1, response) in [
            (DigestAlgorithm::Md5, ha1_md5("Mufasa", realm, "Circle of Life"), "8ca523f5e9506fed4657c9700eebdbec"),
            (
                DigestAlgorithm::Sha256,
                ha1_sha256("Mufasa", realm, "Circle of Life"),
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let credentials = Credentials {
                username: "Mufasa".into(),
                realm: realm.into(),
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
                uri: "/dir/index.html".into(),
                response: String::new(),
                algorithm,
                nc: Some(1),
                nc_text: "00000001".into(),
                cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ".into(),
                qop: Some("auth".into()),
            };
            assert_eq!(credentials.expected(&ha1, "GET"), response);
        }
    }

    /// Rows: V1
    #[test]
    fn three_hundred_uses_of_one_nonce_each_once() {
        let (directory, now) = (directory(), Timestamp(1_000_000));
        for algorithm in ["MD5", "SHA-256"] {
            let mut guard = seeded(7);
            let nonce = guard.nonce(now);
            assert_ne!(nonce, guard.nonce(now), "two of one moment differ");
            for nc in 1..=300 {
                let field = field(&nonce, "2001", "secret", algorithm, nc);
                let proven = Verdict::Proven("2001".into());
                assert_eq!(guard.verify(now, &directory, "REGISTER", URI, Some(&field)), proven, "{algorithm} {nc:x}");
                let again = guard.verify(now, &directory, "REGISTER", URI, Some(&field));
                assert_eq!(again, Verdict::Replayed);
            }
        }
    }

    /// Rows: V1
    #[test]
    fn only_what_is_offered_is_taken() {
        let (directory, now) = (directory(), Timestamp(1_000_000));
        for (offered, other) in [("MD5", "SHA-256"), ("SHA-256", "MD5")] {
            let algorithm = DigestAlgorithm::ALL.into_iter().find(|a| a.name() == offered).unwrap();
            let mut guard = Guard::new(7, vec![algorithm]);
            let challenges = guard.challenges(now, "ringdesk", false);
            assert!(
                challenges.len() == 1 && challenges[0].contains(&format!("algorithm={offered},")),
                "{challenges:?}"
            );
            let nonce = guard.nonce(now);
            let mut prove =
                |with| guard.verify(now, &directory, "REGISTER", URI, Some(&field(&nonce, "2001", "secret", with, 1)));
            assert_eq!(prove(other), Verdict::Challenge { stale: false });
            assert_eq!(prove(offered), Verdict::Proven("2001".into()));
        }
    }

    #[test]
    fn what_is_refused() {
        let (directory, now) = (directory(), Timestamp(1_000_000));
        let mut guard = seeded(7);
        let no = Verdict::Challenge { stale: false };
        let mut try_it =
            |field: &str, method: &str, uri: &str, at| guard.verify(at, &directory, method, uri, Some(field));
        let wrong = |user: &str| Verdict::Wrong(user.into());
        let right = field(&seeded(7).nonce(now), "2001", "secret", "MD5", 1);
        let nobody = field(&seeded(7).nonce(now), "2999", "secret", "MD5", 1);
        let guessed = field(&seeded(7).nonce(now), "2001", "wrong", "MD5", 1);
        assert_eq!(try_it(&guessed, "REGISTER", URI, now), wrong("2001"));
        assert_eq!(try_it(&nobody, "REGISTER", URI, now), wrong("2999"), "as if there were one");
        assert_eq!(
            try_it(&field(&seeded(8).nonce(now), "2001", "secret", "MD5", 1), "REGISTER", URI, now),
            no,
            "not our nonce"
        );
        assert_eq!(try_it(&right, "INVITE", URI, now), wrong("2001"), "another method");
        assert_eq!(try_it(&right, "REGISTER", "sip:other", now), no, "another URI");
        assert_eq!(try_it("Basic abc", "REGISTER", URI, now), no);
        assert_eq!(try_it("Digest", "REGISTER", URI, now), no);
        let late = now + Duration::from_secs(301);
        assert_eq!(try_it(&right, "REGISTER", URI, late), Verdict::Challenge { stale: true });
        assert_eq!(try_it(&right, "REGISTER", URI, now), Verdict::Proven("2001".into()));
    }

    /// Whoever may not try learns nothing: not even a right answer is looked at, and it is not used up.
    #[test]
    fn who_may_not_try_is_not_looked_at() {
        let (directory, now) = (directory(), Timestamp(1_000_000));
        let mut guard = seeded(7);
        let nonce = guard.nonce(now);
        for (user, password) in [("2001", "secret"), ("2001", "wrong"), ("2999", "secret")] {
            let field = field(&nonce, user, password, "MD5", 1);
            let mut asked = None;
            let verdict = guard.verify_if(now, &directory, "REGISTER", URI, Some(&field), |name| {
                asked = Some(name.to_owned());
                false
            });
            assert_eq!((verdict, asked.as_deref()), (Verdict::NotNow, Some(user)));
        }
        let right = field(&nonce, "2001", "secret", "MD5", 1);
        let verdict = guard.verify(now, &directory, "REGISTER", URI, Some(&right));
        assert_eq!(verdict, Verdict::Proven("2001".into()));
        // What answers no challenge of ours is no attempt.
        let foreign = field(&seeded(8).nonce(now), "2001", "wrong", "MD5", 1);
        let verdict = guard.verify_if(now, &directory, "REGISTER", URI, Some(&foreign), |_| panic!("asked"));
        assert_eq!(verdict, Verdict::Challenge { stale: false });
    }
}
