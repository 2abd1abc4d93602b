//! Who may call, and what is called: extensions, trunks, our numbers and the realm. Given to the core as a whole and
//! exchanged as a whole.

use super::account::TrunkAccount;
use super::profile::TrunkProfile;
use super::uri::Uri;
use ipnet::IpNet;
use ringdesk_model::{ContactNumber, Country, TrunkId};
use ringdesk_voice::{InterfaceId, Origin};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// A phone account. The password itself is not known here: only `H(user:realm:password)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Extension {
    /// User part of its address and digest user name.
    pub user: String,
    /// 32 and 64 lower-case hex digits: [`super::digest::ha1_md5`], [`super::digest::ha1_sha256`].
    pub ha1_md5: String,
    pub ha1_sha256: String,
}

impl Extension {
    /// Changes with the password: a registration that was proven with another one is void. Keep it as secret as the
    /// hashes.
    pub(crate) fn proof(&self) -> String {
        super::digest::sha256(&format!("binding:{}:{}", self.ha1_md5, self.ha1_sha256))[..16].to_owned()
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extension").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A line to the outside that is known by its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    pub id: TrunkId,
    pub name: String,
    /// Whoever sends from here is this trunk.
    pub nets: Vec<IpNet>,
    /// Where calls to the outside go: host or address, with a port where it is not the usual one.
    pub outbound: Option<TrunkTarget>,
    /// The interface for those calls.
    pub interface: InterfaceId,
}

/// `sip:NUMBER@host:port;transport=…`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkTarget {
    pub host: String,
    pub port: Option<u16>,
    /// `udp`, `tcp`, `tls`; `None`: RFC 3263 decides.
    pub transport: Option<String>,
    /// SHA-256 of the one certificate that is believed; `None`: whoever the house believes vouches for the host.
    pub certificate: Option<[u8; 32]>,
}

impl TrunkTarget {
    pub(crate) fn uri(&self, user: Option<&str>) -> Uri {
        let mut uri = Uri::sip(user, &self.host, self.port);
        if let Some(transport) = &self.transport {
            uri.params.set("transport", Some(transport));
        }
        uri
    }
}

/// A SHA-256 as tools write it: `3A:F0:…` or `3af0…`.
pub(crate) fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b':').collect();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[derive(Clone, Debug, Default)]
pub struct Directory {
    realm: String,
    extensions: BTreeMap<String, Extension>,
    trunks: Vec<Trunk>,
    accounts: BTreeMap<TrunkId, TrunkAccount>,
    profiles: BTreeMap<TrunkId, TrunkProfile>,
    usual: TrunkProfile,
    home: Option<Country>,
    /// By their one form.
    numbers: BTreeMap<String, OwnNumber>,
}

/// A number of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    pub number: String,
    /// Under which its calls are announced: itself, or its label where that is answered and this is not.
    pub announced: String,
    /// What people are told they have called, where that is another one: the 400 number over a landing number.
    pub label: Option<String>,
    /// Calls at a time, those that come in and those that show it together.
    pub channels: Option<u32>,
}

impl Directory {
    pub fn new(realm: impl Into<String>, extensions: Vec<Extension>, trunks: Vec<Trunk>) -> Directory {
        let extensions = extensions.into_iter().map(|e| (e.user.clone(), e)).collect();
        Directory { realm: realm.into(), extensions, trunks, ..Directory::default() }
    }

    /// The same, with this trunk's profile.
    pub fn with_profile(mut self, trunk: TrunkId, profile: TrunkProfile) -> Directory {
        self.profiles.insert(trunk, profile);
        self
    }

    /// The same, standing in this country, with these numbers of ours.
    pub fn with_numbers(mut self, home: Country, numbers: impl IntoIterator<Item = OwnNumber>) -> Directory {
        self.home = Some(home);
        self.numbers = numbers.into_iter().map(|own| (self.one_form(&own.number), own)).collect();
        self
    }

    /// How this trunk wants to be spoken to.
    pub fn profile(&self, trunk: TrunkId) -> &TrunkProfile {
        self.profiles.get(&trunk).unwrap_or(&self.usual)
    }

    pub fn home(&self) -> Option<Country> {
        self.home
    }

    /// `013800138000`, `8613800138000` and `+8613800138000` are one number. What is no number stays as it is.
    pub fn one_form(&self, number: &str) -> String {
        let one = self.home.and_then(|home| ContactNumber::normalise(number, home));
        one.map_or_else(|| number.to_owned(), |one| one.as_str().to_owned())
    }

    /// This number of ours, however it is written.
    pub fn own_number(&self, number: &str) -> Option<&OwnNumber> {
        self.numbers.get(&self.one_form(number))
    }

    /// The same, with this trunk's credentials.
    pub fn with_account(mut self, trunk: TrunkId, account: TrunkAccount) -> Directory {
        self.accounts.insert(trunk, account);
        self
    }

    /// How we prove to this trunk who we are.
    pub fn account(&self, trunk: TrunkId) -> Option<&TrunkAccount> {
        self.accounts.get(&trunk)
    }

    pub fn realm(&self) -> &str {
        &self.realm
    }

    pub fn extension(&self, user: &str) -> Option<&Extension> {
        self.extensions.get(user)
    }

    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values()
    }

    pub fn trunks(&self) -> &[Trunk] {
        &self.trunks
    }

    pub fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.id == id)
    }

    /// The trunk that sends from this address: of several, the one with the narrowest net, then the first.
    pub fn trunk_of(&self, source: IpAddr) -> Option<&Trunk> {
        let source = source.to_canonical();
        let mut best: Option<(u8, &Trunk)> = None;
        for trunk in &self.trunks {
            let width = trunk.nets.iter().filter(|net| net.contains(&source)).map(IpNet::prefix_len).max();
            if let Some(width) = width
                && best.is_none_or(|(other, _)| width > other)
            {
                best = Some((width, trunk));
            }
        }
        best.map(|(_, trunk)| trunk)
    }

    /// What an address proves by itself. An extension is proven by digest only.
    pub fn origin_of(&self, source: IpAddr) -> Option<Origin> {
        self.trunk_of(source).map(|trunk| Origin::Trunk(trunk.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn trunk(n: u128, nets: &[&str]) -> Trunk {
        Trunk {
            id: TrunkId(Uuid::from_u128(n)),
            name: format!("t{n}"),
            nets: nets.iter().map(|net| net.parse().unwrap()).collect(),
            outbound: None,
            interface: InterfaceId(0),
        }
    }

    #[test]
    fn the_narrowest_net_wins() {
        let directory = Directory::new(
            "r",
            Vec::new(),
            vec![
                trunk(1, &["192.0.2.0/24", "2001:db8::/32"]),
                trunk(2, &["192.0.2.7/32"]),
                trunk(3, &["192.0.2.7/32"]),
            ],
        );
        let name = |ip: &str| directory.trunk_of(ip.parse().unwrap()).map(|t| t.name.as_str());
        assert_eq!(name("192.0.2.8"), Some("t1"));
        assert_eq!(name("192.0.2.7"), Some("t2"));
        assert_eq!(name("::ffff:192.0.2.7"), Some("t2"), "an IPv4 peer on a dual-stack socket");
        assert_eq!(name("2001:db8::1"), Some("t1"));
        assert_eq!(name("198.51.100.1"), None);
        assert_eq!(directory.origin_of("192.0.2.8".parse().unwrap()), Some(Origin::Trunk(TrunkId(Uuid::from_u128(1)))));
    }

    /// Rows: V15
    #[test]
    fn our_numbers_are_known_in_every_form() {
        let own =
            OwnNumber { number: "01012345678".into(), announced: "01012345678".into(), label: None, channels: None };
        let directory = Directory::default().with_numbers(
            Country::of("CN").unwrap(),
            [own.clone(), OwnNumber { number: "1000".into(), ..own.clone() }],
        );
        for form in ["01012345678", "861012345678", "+861012345678", "00861012345678", "+86 10 1234 5678"] {
            assert_eq!(directory.own_number(form), Some(&own), "{form}");
        }
        assert_eq!(directory.own_number("1000").unwrap().number, "1000");
        assert_eq!(directory.own_number("1012345678"), None, "the area code is missing");
        assert_eq!(Directory::default().own_number("1"), None);
    }

    #[test]
    fn debug_keeps_the_secrets() {
        let extension = Extension { user: "1001".into(), ha1_md5: "aa".repeat(16), ha1_sha256: "bb".repeat(32) };
        let directory = Directory::new("r", vec![extension], Vec::new());
        assert!(!format!("{directory:?}").contains("aaaa"));
        assert_eq!(directory.extension("1001").unwrap().user, "1001");
    }
}
