//! Digest authentication of ourselves (RFC 3261 §22, RFC 7616, RFC 8760): the client's side.
//!
//! A nonce that a trunk gave us once goes into every further request to it, counted, so that only the first request of
//! all is challenged. Of several challenges of one realm the strongest that we know is answered. A challenge that comes
//! in answer to our answer says that the password is wrong, unless it says `stale=true`, and that is believed once.

use super::account::TrunkAccount;
use super::digest::{as_params, md5, sha256, sha512_256};
use super::headers::Name;
use super::message::Message;
use super::params::{Params, quote};
use ringdesk_model::TrunkId;
use std::collections::BTreeMap;

/// Realms of one trunk that are kept; an operator has one, or one for its proxy and one for its registrar.
const REALMS: usize = 4;
/// No value of a challenge is longer; what is, is not answered.
const LONGEST: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
    Sha512,
}

impl Hash {
    fn of(self, text: &str) -> String {
        match self {
            Hash::Md5 => md5(text),
            Hash::Sha256 => sha256(text),
            Hash::Sha512 => sha512_256(text),
        }
    }
}

/// One challenge that we can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As they wrote it; not every server wants to read what it left out.
    algorithm: Option<String>,
    hash: Hash,
    /// `-sess`: the key is bound to the nonce.
    session: bool,
    /// They want a count, so a repetition is no use to anybody.
    qop: bool,
    stale: bool,
}

/// A nonce in use.
#[derive(Debug)]
struct Held {
    proxy: bool,
    challenge: Challenge,
    count: u32,
}

/// Nonces by trunk.
#[derive(Debug, Default)]
pub struct Keyring {
    held: BTreeMap<TrunkId, Vec<Held>>,
}

/// What one request has tried so far, over all its repetitions: by realm, whether `stale` was believed already.
#[derive(Clone, Debug, Default)]
pub struct Tries(Vec<(bool, String, bool)>);

impl Keyring {
    /// A request of ours got this 401 or 407. True: it is worth sending it once more.
    pub fn challenged(
        &mut self,
        trunk: TrunkId,
        account: &TrunkAccount,
        response: &Message,
        tries: &mut Tries,
    ) -> bool {
        let proxy = response.status() == Some(407);
        let field = if proxy { Name::ProxyAuthenticate } else { Name::WwwAuthenticate };
        let mut best: BTreeMap<String, Challenge> = BTreeMap::new();
        for challenge in response.headers.all(&field).filter_map(Challenge::parse) {
            let ours = account.realm.as_ref().is_none_or(|realm| *realm == challenge.realm);
            // Of equal ones the first: the order is the server's preference.
            if ours && best.get(&challenge.realm).is_none_or(|known| challenge.hash > known.hash) {
                best.insert(challenge.realm.clone(), challenge);
            }
        }
        let held = self.held.entry(trunk).or_default();
        let mut worth_it = false;
        for (realm, challenge) in best {
            held.retain(|held| held.proxy != proxy || held.challenge.realm != realm);
            match tries.0.iter().position(|(at, of, _)| *at == proxy && *of == realm) {
                None if tries.0.len() >= REALMS => continue,
                None => tries.0.push((proxy, realm, false)),
                Some(known) if challenge.stale && !tries.0[known].2 => tries.0[known].2 = true,
                // The answer was wrong, or is called too old for ever.
                Some(_) => continue,
            }
            if held.len() >= REALMS {
                held.remove(0);
            }
            held.push(Held { proxy, challenge, count: 0 });
            worth_it = true;
        }
        worth_it
    }

    /// Put the answers to all challenges of this trunk that we know into a request, in the place of older ones.
    pub fn sign(
        &mut self,
        trunk: TrunkId,
        account: &TrunkAccount,
        mut cnonce: impl FnMut() -> String,
        request: &mut Message,
    ) {
        for name in [Name::Authorization, Name::ProxyAuthorization] {
            request.headers.remove(&name);
        }
        let (method, uri) =
            (request.method().map_or("", |method| method.as_str()).to_owned(), request.uri().to_owned());
        for held in self.held.get_mut(&trunk).into_iter().flatten() {
            held.count = held.count.saturating_add(1);
            let name = if held.proxy { Name::ProxyAuthorization } else { Name::Authorization };
            request.headers.push(name, held.challenge.answer(account, &method, &uri, held.count, &cnonce()));
        }
    }

    /// These accounts have changed: what was proven with the old ones is worth nothing.
    pub(crate) fn forget(&mut self, changed: impl Fn(TrunkId) -> bool) {
        self.held.retain(|trunk, _| !changed(*trunk));
    }
}

impl Challenge {
    fn parse(field: &str) -> Option<Challenge> {
        let (scheme, rest) = field.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let params = Params::parse(&as_params(rest))?;
        let text = |name: &str| params.unquoted(name);
        let algorithm = text("algorithm");
        let lower = algorithm.as_deref().unwrap_or("MD5").to_ascii_lowercase();
        let (plain, session) = match lower.strip_suffix("-sess") {
            Some(plain) => (plain, true),
            None => (lower.as_str(), false),
        };
        let hash = match plain {
            "md5" => Hash::Md5,
            "sha-256" => Hash::Sha256,
            "sha-512-256" => Hash::Sha512,
            _ => return None,
        };
        let qop = match text("qop") {
            // RFC 2069.
            None => false,
            Some(offered) => {
                // `auth-int` alone would want a hash of the body, which any proxy on the way may have changed.
                offered.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")).then_some(true)?
            }
        };
        let challenge = Challenge {
            realm: text("realm")?,
            nonce: text("nonce")?,
            opaque: text("opaque"),
            algorithm,
            hash,
            session,
            qop,
            stale: text("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        };
        let values = [Some(&challenge.realm), Some(&challenge.nonce), challenge.opaque.as_ref()];
        let readable = values.into_iter().flatten().all(|value| value.len() <= LONGEST);
        readable.then_some(challenge)
    }

    /// The value of the field (RFC 7616 §3.4).
    fn answer(&self, account: &TrunkAccount, method: &str, uri: &str, count: u32, cnonce: &str) -> String {
        let (username, password) = (account.username.reveal(), account.password.reveal());
        let Challenge { realm, nonce, hash, .. } = self;
        let mut ha1 = hash.of(&format!("{username}:{realm}:{password}"));
        if self.session {
            ha1 = hash.of(&format!("{ha1}:{nonce}:{cnonce}"));
        }
        let ha2 = hash.of(&format!("{method}:{uri}"));
        let response = match self.qop {
            true => hash.of(&format!("{ha1}:{nonce}:{count:08x}:{cnonce}:auth:{ha2}")),
            false => hash.of(&format!("{ha1}:{nonce}:{ha2}")),
        };
        let mut field = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quote(username),
            quote(realm),
            quote(nonce),
            quote(uri)
        );
        if let Some(algorithm) = &self.algorithm {
            field += &format!(", algorithm={algorithm}");
        }
        if self.qop || self.session {
            field += &format!(", cnonce=\"{cnonce}\"");
        }
        if self.qop {
            field += &format!(", qop=auth, nc={count:08x}");
        }
        if let Some(opaque) = &self.opaque {
            field += &format!(", opaque={}", quote(opaque));
        }
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::method::Method;
    use ringdesk_model::Pii;
    use uuid::Uuid;

    const TRUNK: TrunkId = TrunkId(Uuid::from_u128(1));

    fn account(user: &str, password: &str) -> TrunkAccount {
        let [username, password] = [user, password].map(|text| Pii::new(text.to_owned()));
        TrunkAccount { username, password, realm: None, registration: None }
    }

    fn response(status: u16, challenges: &[&str]) -> Message {
        let name = if status == 407 { Name::ProxyAuthenticate } else { Name::WwwAuthenticate };
        let mut response =
            Message::parse(format!("SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n").as_bytes()).unwrap();
        for challenge in challenges {
            response.headers.push(name.clone(), *challenge);
        }
        response
    }

    /// RFC 7616 §3.9.1, both algorithms; RFC 7616 §3.9.2 with its SHA-512-256 is known to be wrong (erratum 4897).
    #[test]
    fn the_vectors_of_the_rfc() {
        let account = account("Mufasa", "Circle of Life");
        for (algorithm, want) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = Challenge::parse(&format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ))
            .unwrap();
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let field = challenge.answer(&account, "GET", "/dir/index.html", 1, cnonce);
            assert!(field.contains(&format!("response=\"{want}\"")), "{field}");
            assert!(field.ends_with("qop=auth, nc=00000001, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
        }
    }

    /// RFC 2069, as old registrars still speak it: the example of its §2.4 with the erratum 749.
    #[test]
    fn without_qop() {
        let challenge =
            Challenge::parse("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"")
                .unwrap();
        let field = challenge.answer(&account("Mufasa", "CircleOfLife"), "GET", "/dir/index.html", 1, "c");
        assert!(field.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{field}");
        assert!(!field.contains("cnonce") && !field.contains("algorithm"), "{field}");
    }

    /// Rows: V1
    #[test]
    fn the_strongest_known_challenge_wins() {
        let offers = [
            "Digest realm=\"r\", nonce=\"a\", algorithm=MD5, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"b\", algorithm=TIGER, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"c\", algorithm=SHA-256, qop=\"auth-int,auth\"",
            "Digest realm=\"r\", nonce=\"d\", algorithm=SHA-512-256, qop=\"auth-int\"",
            "Basic realm=\"r\"",
            "Digest realm=\"other\", nonce=\"e\", algorithm=MD5",
        ];
        for (realm, fields) in [(None, 2), (Some("r"), 1)] {
            let account = TrunkAccount { realm: realm.map(str::to_owned), ..account("u", "p") };
            let mut keyring = Keyring::default();
            assert!(keyring.challenged(TRUNK, &account, &response(407, &offers), &mut Tries::default()));
            let mut request = Message::request(Method::Invite, "sip:1@h");
            for count in 1..=2 {
                keyring.sign(TRUNK, &account, || "cn".into(), &mut request);
                let all: Vec<&str> = request.headers.all(&Name::ProxyAuthorization).collect();
                assert_eq!(all.len(), fields, "{all:?}");
                let ours = all.iter().find(|field| field.contains("realm=\"r\"")).unwrap();
                assert!(ours.contains("algorithm=SHA-256") && ours.contains("nonce=\"c\""), "{ours}");
                assert!(ours.contains(&format!("nc={count:08x}")), "{ours}");
            }
        }
        let only = TrunkAccount { realm: Some("elsewhere".into()), ..account("u", "p") };
        let mut keyring = Keyring::default();
        assert!(!keyring.challenged(TRUNK, &only, &response(401, &offers), &mut Tries::default()));
        assert!(!keyring.challenged(
            TRUNK,
            &only,
            &response(401, &["", "Digest", "Digest realm=\"x"]),
            &mut Tries::default()
        ));
    }

    #[test]
    fn once_per_realm_and_once_more_when_stale() {
        let account = account("u", "p");
        let (mut keyring, mut tries) = (Keyring::default(), Tries::default());
        let fresh = response(401, &["Digest realm=\"r\", nonce=\"a\""]);
        let stale = response(401, &["Digest realm=\"r\", nonce=\"b\", stale=TRUE"]);
        let mut ask = |response: &Message, tries: &mut Tries| keyring.challenged(TRUNK, &account, response, tries);
        assert!(ask(&fresh, &mut tries));
        assert!(ask(&stale, &mut tries));
        assert!(!ask(&stale, &mut tries), "not for ever");
        assert!(!ask(&fresh, &mut tries), "the password is wrong");
        assert!(ask(&response(407, &["Digest realm=\"p\", nonce=\"a\""]), &mut tries), "another realm");
        assert!(ask(&fresh, &mut Tries::default()), "another request");
        for n in 0..9 {
            ask(&response(407, &[&format!("Digest realm=\"{n}\", nonce=\"a\"")]), &mut tries);
        }
        assert_eq!(tries.0.len(), REALMS, "realms without end are no realms");
    }

    #[test]
    fn what_they_send_cannot_break_out_of_its_quotes() {
        let challenge = Challenge::parse("Digest realm=\"a\\\"b\\\\c\", nonce=\"n\", opaque=\"o, p;q\"").unwrap();
        assert_eq!(challenge.realm, "a\"b\\c");
        let field = challenge.answer(&account("u\"x", "p"), "GET", "sip:a@b", 1, "c");
        let params = Params::parse(&as_params(field.strip_prefix("Digest ").unwrap())).unwrap();
        assert_eq!(params.unquoted("realm").as_deref(), Some("a\"b\\c"));
        assert_eq!(params.unquoted("username").as_deref(), Some("u\"x"));
        assert_eq!(params.unquoted("opaque").as_deref(), Some("o, p;q"));
        assert_eq!(Challenge::parse(&format!("Digest realm=\"r\", nonce=\"{}\"", "x".repeat(2_000))), None);
    }
}
