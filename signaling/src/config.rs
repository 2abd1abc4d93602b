//! What an operator may set. Unknown keys are errors, every key has a default, spans carry their unit in the name.

use crate::core::digest::DigestAlgorithm;
use crate::core::phones::PhonesConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The room's part of the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[[interface]]`: its position in the list is its [`ringdesk_voice::InterfaceId`].
    pub interface: Vec<InterfaceConfig>,
    /// The interface of browsers, by its name: their sound goes by its addresses. Without it the one to whose address they
    /// come; behind a proxy that is the first one.
    pub web_interface: Option<String>,
    /// `User-Agent` and `Server`.
    pub user_agent: String,
    /// Numbers that pass limits and drain.
    pub emergency_numbers: Vec<String>,
    /// How telephones prove themselves, in the order of the challenges: `["MD5"]`, `["SHA-256", "MD5"]`, `["SHA-256"]`. SHA-256
    /// is not offered unasked: telephones in use (baresip 1.0 among them) give up when they see a challenge that they do
    /// not know, even beside one that they do, against RFC 8760 §2.4.
    pub digest: Vec<DigestAlgorithm>,
    pub timers: TimersConfig,
    pub session: SessionConfig,
    pub registrar: RegistrarConfig,
    pub limits: LimitsConfig,
    pub budget: BudgetConfig,
    pub throttle: ThrottleConfig,
    pub phones: PhonesConfig,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            interface: vec![InterfaceConfig::default()],
            web_interface: None,
            user_agent: concat!("Ringdesk/", env!("CARGO_PKG_VERSION")).to_owned(),
            emergency_numbers: ["110", "112", "119", "120", "122", "911", "999"].map(str::to_owned).to_vec(),
            digest: vec![DigestAlgorithm::Md5],
            timers: TimersConfig::default(),
            session: SessionConfig::default(),
            registrar: RegistrarConfig::default(),
            limits: LimitsConfig::default(),
            budget: BudgetConfig::default(),
            throttle: ThrottleConfig::default(),
            phones: PhonesConfig::default(),
        }
    }
}

/// One way into the house: addresses of one network, with what the outside has to be told about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterfaceConfig {
    pub name: String,
    /// `0.0.0.0:5060`, `[::]:5060`; port 0 takes a free one, without it there is no such socket. One interface is IPv4
    /// or IPv6: name two for dual stack.
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    /// SIP over TLS, with the certificate of the house.
    pub tls: Option<SocketAddr>,
    /// Host, or host:port, for Via and Contact: `203.0.113.7`, `sip.example.org:5060`, `[2001:db8::7]`. Without it the
    /// bound address is told; for a wildcard the address from which this machine reaches the internet.
    pub advertised: Option<String>,
    /// The port told for TLS, where a NAT maps another one than is bound. The port in `advertised` is that of UDP and TCP.
    pub advertised_tls_port: Option<u16>,
    /// Address in session descriptions. Without it: `advertised` where that is an address, else the bound one.
    pub media: Option<IpAddr>,
}

impl Default for InterfaceConfig {
    fn default() -> Self {
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 5060));
        InterfaceConfig {
            name: "default".into(),
            udp: Some(everywhere),
            tcp: Some(everywhere),
            tls: Some(SocketAddr::from(([0, 0, 0, 0], 5061))),
            advertised: None,
            advertised_tls_port: None,
            media: None,
        }
    }
}

/// RFC 3261 table 4. Other values than the defaults are for tests and for satellites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimersConfig {
    pub t1_ms: u64,
    pub t2_ms: u64,
    pub t4_ms: u64,
}

/// Transactions last 64 times T1: nobody waits longer than an hour, and none waits for ever.
const LONGEST_TIMER_MS: u64 = 60_000;

impl Default for TimersConfig {
    fn default() -> Self {
        TimersConfig { t1_ms: 500, t2_ms: 4_000, t4_ms: 5_000 }
    }
}

/// Session timers, RFC 4028: they end a call whose other side is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    pub expires_seconds: u32,
    /// A peer that asks for less gets 422.
    pub min_seconds: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        SessionConfig { expires_seconds: 1_800, min_seconds: 90 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrarConfig {
    /// A phone that asks for less gets 423.
    pub min_expires_seconds: u32,
    pub max_expires_seconds: u32,
    pub contacts_per_extension: usize,
    pub contacts: usize,
}

impl Default for RegistrarConfig {
    fn default() -> Self {
        RegistrarConfig {
            min_expires_seconds: 60,
            max_expires_seconds: 3_600,
            contacts_per_extension: 10,
            contacts: 20_000,
        }
    }
}

/// Where every buffer and every patience ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Live legs at which a new call is answered with 503. Legs that those calls dial may take as many again.
    pub legs: usize,
    /// Calls that came in and live, at which a new one is answered with 503. What a machine holds is in docs/hardening.md.
    pub calls: usize,
    /// `Retry-After` of such a 503.
    pub retry_after_seconds: u32,
    /// Stream connections that others opened.
    pub connections: usize,
    /// The same, per source address; a trunk or an address with registered phones has `connections_per_known_source`.
    pub connections_per_source: usize,
    pub connections_per_known_source: usize,
    /// Stream connections that we opened.
    pub outbound_connections: usize,
    /// From accept to the first whole message or keepalive.
    pub first_message_seconds: u64,
    /// From the first byte of a message to its last.
    pub message_seconds: u64,
    /// From one whole message or keepalive to the next. A trunk, or an address with registered phones, has
    /// `idle_known_seconds`: longer than a registration, for a phone that never sends a keepalive.
    pub idle_seconds: u64,
    pub idle_known_seconds: u64,
    /// A request to a trunk that is larger leaves over TCP (RFC 3261 §18.1.1). A smaller path has a smaller one.
    pub datagram_bytes: usize,
    /// Header fields and body of one message on a stream.
    pub message_bytes: usize,
    /// Bytes waiting for one connection; a client that does not read is closed at this mark.
    pub write_buffer_bytes: usize,
    /// Or when one message could not be written for so long.
    pub write_seconds: u64,
    pub connect_seconds: u64,
    pub resolve_seconds: u64,
    /// Messages that have been received but not yet worked on.
    pub inbox: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        LimitsConfig {
            legs: 4_000,
            calls: 4_000,
            retry_after_seconds: 5,
            connections: 8_192,
            connections_per_source: 64,
            connections_per_known_source: 2_048,
            outbound_connections: 1_024,
            first_message_seconds: 10,
            message_seconds: 10,
            idle_seconds: 180,
            idle_known_seconds: 3_900,
            datagram_bytes: 1_300,
            message_bytes: 64 * 1_024,
            write_buffer_bytes: 256 * 1_024,
            write_seconds: 10,
            connect_seconds: 5,
            resolve_seconds: 4,
            inbox: 4_096,
        }
    }
}

impl LimitsConfig {
    pub(crate) fn first_message(&self) -> Duration {
        Duration::from_secs(self.first_message_seconds)
    }

    pub(crate) fn message(&self) -> Duration {
        Duration::from_secs(self.message_seconds)
    }

    pub(crate) fn idle(&self, known: bool) -> Duration {
        Duration::from_secs(if known { self.idle_known_seconds } else { self.idle_seconds })
    }

    pub(crate) fn write(&self) -> Duration {
        Duration::from_secs(self.write_seconds)
    }

    pub(crate) fn connect(&self) -> Duration {
        Duration::from_secs(self.connect_seconds)
    }

    pub(crate) fn resolve(&self) -> Duration {
        Duration::from_secs(self.resolve_seconds)
    }
}

/// Messages that sources may send of which we know nothing: neither a trunk nor an address with registered phones or
/// accepted calls. Token buckets, per address (IPv6: per /64) and for all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BudgetConfig {
    pub per_second: u32,
    pub burst: u32,
    pub all_per_second: u32,
    pub all_burst: u32,
    /// Addresses kept in mind. When they are used up, further unknown addresses wait until one is forgotten.
    pub sources: usize,
}

impl Default for BudgetConfig {
    fn default() -> Self {
        BudgetConfig { per_second: 10, burst: 60, all_per_second: 500, all_burst: 1_000, sources: 20_000 }
    }
}

/// Wrong passwords (digest). So many at once, then one each time the span is over; further ones are answered with 503 and
/// Retry-After, and not looked at. A live registration is never held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleConfig {
    /// For one extension from one address (IPv6: /64).
    pub attempts: u32,
    pub attempt_every_seconds: u64,
    /// From one address, for whatever extensions.
    pub address_attempts: u32,
    pub address_attempt_every_seconds: u64,
    /// For one extension, from all addresses where it is not registered.
    pub extension_attempts: u32,
    pub extension_attempt_every_seconds: u64,
    /// Extensions and addresses kept in mind. Beyond it those are forgotten that would be first in any case.
    pub entries: usize,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        ThrottleConfig {
            attempts: 10,
            attempt_every_seconds: 30,
            address_attempts: 60,
            address_attempt_every_seconds: 2,
            extension_attempts: 100,
            extension_attempt_every_seconds: 5,
            entries: 20_000,
        }
    }
}

/// What is wrong with a configuration, with the key that is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("interface: at least one is needed")]
    NoInterface,
    #[error("interface {0}: neither udp nor tcp nor tls is given")]
    Deaf(String),
    #[error("interface {0}: the name is taken")]
    NameTaken(String),
    #[error("interface {0}: udp, tcp and tls are of two address families; name two interfaces")]
    MixedFamilies(String),
    #[error("interface {name}: advertised {value:?} is neither a host nor host:port")]
    Advertised { name: String, value: String },
    #[error("web_interface: there is no interface {0:?}")]
    NoWebInterface(String),
    #[error("{0} must not be zero")]
    Zero(&'static str),
    #[error("{0} must not be below {1}")]
    Below(&'static str, &'static str),
    #[error("{0} must not be above {1}")]
    Above(&'static str, u64),
}

impl Config {
    /// What `check-config` says before anything is bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.interface.is_empty() {
            return Err(ConfigError::NoInterface);
        }
        let mut names = BTreeSet::new();
        for interface in &self.interface {
            interface.check()?;
            if !names.insert(&interface.name) {
                return Err(ConfigError::NameTaken(interface.name.clone()));
            }
        }
        if let Some(name) = &self.web_interface
            && !names.contains(name)
        {
            return Err(ConfigError::NoWebInterface(name.clone()));
        }
        let limits = &self.limits;
        for (value, key) in [
            (limits.legs as u64, "limits.legs"),
            (limits.calls as u64, "limits.calls"),
            (u64::from(limits.retry_after_seconds), "limits.retry_after_seconds"),
            (limits.datagram_bytes as u64, "limits.datagram_bytes"),
            (limits.message_bytes as u64, "limits.message_bytes"),
            (limits.write_buffer_bytes as u64, "limits.write_buffer_bytes"),
            (limits.inbox as u64, "limits.inbox"),
            (limits.first_message_seconds, "limits.first_message_seconds"),
            (limits.message_seconds, "limits.message_seconds"),
            (limits.idle_seconds, "limits.idle_seconds"),
            (limits.write_seconds, "limits.write_seconds"),
            (limits.connect_seconds, "limits.connect_seconds"),
            (limits.resolve_seconds, "limits.resolve_seconds"),
            (self.timers.t1_ms, "timers.t1_ms"),
            (self.timers.t2_ms, "timers.t2_ms"),
            (self.timers.t4_ms, "timers.t4_ms"),
            (u64::from(self.budget.per_second), "budget.per_second"),
            (u64::from(self.budget.burst), "budget.burst"),
            (u64::from(self.budget.all_per_second), "budget.all_per_second"),
            (u64::from(self.budget.all_burst), "budget.all_burst"),
            (self.budget.sources as u64, "budget.sources"),
            (u64::from(self.throttle.attempts), "throttle.attempts"),
            (self.throttle.attempt_every_seconds, "throttle.attempt_every_seconds"),
            (u64::from(self.throttle.address_attempts), "throttle.address_attempts"),
            (self.throttle.address_attempt_every_seconds, "throttle.address_attempt_every_seconds"),
            (u64::from(self.throttle.extension_attempts), "throttle.extension_attempts"),
            (self.throttle.extension_attempt_every_seconds, "throttle.extension_attempt_every_seconds"),
            (self.throttle.entries as u64, "throttle.entries"),
            (self.registrar.contacts as u64, "registrar.contacts"),
            (self.registrar.contacts_per_extension as u64, "registrar.contacts_per_extension"),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero(key));
            }
        }
        for (value, key) in [
            (self.timers.t1_ms, "timers.t1_ms"),
            (self.timers.t2_ms, "timers.t2_ms"),
            (self.timers.t4_ms, "timers.t4_ms"),
        ] {
            if value > LONGEST_TIMER_MS {
                return Err(ConfigError::Above(key, LONGEST_TIMER_MS));
            }
        }
        let registrar = &self.registrar;
        if registrar.max_expires_seconds < registrar.min_expires_seconds {
            return Err(ConfigError::Below("registrar.max_expires_seconds", "registrar.min_expires_seconds"));
        }
        if self.session.expires_seconds < self.session.min_seconds {
            return Err(ConfigError::Below("session.expires_seconds", "session.min_seconds"));
        }
        if limits.write_buffer_bytes < limits.message_bytes {
            return Err(ConfigError::Below("limits.write_buffer_bytes", "limits.message_bytes"));
        }
        Ok(())
    }
}

impl InterfaceConfig {
    /// Where it listens, by any transport.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        [self.udp, self.tcp, self.tls].into_iter().flatten()
    }

    /// What is told of it, without a port: a name, or an address without brackets.
    pub fn advertised_host(&self) -> Option<String> {
        let (host, _) = host_and_port(self.advertised.as_deref()?)?;
        Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
    }

    fn check(&self) -> Result<(), ConfigError> {
        let mut addresses = self.addresses();
        let Some(first) = addresses.next() else { return Err(ConfigError::Deaf(self.name.clone())) };
        if addresses.any(|address| address.is_ipv4() != first.is_ipv4()) {
            return Err(ConfigError::MixedFamilies(self.name.clone()));
        }
        match &self.advertised {
            Some(value) if host_and_port(value).is_none() => {
                Err(ConfigError::Advertised { name: self.name.clone(), value: value.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address. The host comes back as SIP writes it: IPv6 in brackets.
pub(crate) fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        let host = if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() };
        return Some((host, Some(address.port())));
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some((if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }, None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
        None => (text, None),
    };
    let name = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    name.then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_file_says_what_differs_and_nothing_unknown() {
        let text = r#"
            user_agent = "Test"
            [[interface]]
            name = "carrier"
            udp = "192.0.2.7:5060"
            advertised = "sip.example.org"
            media = "203.0.113.7"
            [[interface]]
            name = "office"
            tcp = "[::]:5060"
            [limits]
            legs = 100
        "#;
        let config: Config = toml::from_str(text).unwrap();
        assert_eq!(config.check(), Ok(()));
        assert_eq!((config.interface.len(), config.limits.legs), (2, 100));
        assert_eq!(config.limits.inbox, LimitsConfig::default().inbox);
        assert_eq!((config.interface[0].tcp, config.interface[1].udp), (None, None));
        let late: Config = toml::from_str("[timers]\nt1_ms = 9223372036854775807").unwrap();
        assert_eq!(late.check(), Err(ConfigError::Above("timers.t1_ms", 60_000)));
        let error = toml::from_str::<Config>("[limits]\nlegz = 1").unwrap_err().to_string();
        assert!(error.contains("legz"), "{error}");
    }

    #[test]
    fn an_advertised_host_may_have_a_port() {
        let v6 = Some(("[2001:db8::7]".to_owned(), None));
        for (text, want) in [
            ("203.0.113.7", Some(("203.0.113.7".to_owned(), None))),
            ("203.0.113.7:5080", Some(("203.0.113.7".to_owned(), Some(5080)))),
            ("sip.example.org:5060", Some(("sip.example.org".to_owned(), Some(5060)))),
            ("[2001:db8::7]", v6.clone()),
            ("2001:db8::7", v6),
            ("[2001:db8::7]:5060", Some(("[2001:db8::7]".to_owned(), Some(5060)))),
            ("", None),
            ("host name", None),
            ("host:70000", None),
            ("a\r\nVia: b", None),
        ] {
            assert_eq!(host_and_port(text), want, "{text:?}");
        }
    }

    #[test]
    fn a_wrong_configuration_names_its_key() {
        let interface = |name: &str| InterfaceConfig { name: name.into(), ..InterfaceConfig::default() };
        let with = |interface: Vec<InterfaceConfig>| Config { interface, ..Config::default() };
        assert_eq!(with(vec![]).check(), Err(ConfigError::NoInterface));
        assert_eq!(with(vec![interface("a"), interface("a")]).check(), Err(ConfigError::NameTaken("a".into())));
        let deaf = InterfaceConfig { udp: None, tcp: None, tls: None, ..interface("a") };
        let nowhere = Config { web_interface: Some("b".into()), ..with(vec![interface("a")]) };
        assert_eq!(nowhere.check(), Err(ConfigError::NoWebInterface("b".into())));
        assert_eq!(with(vec![deaf]).check(), Err(ConfigError::Deaf("a".into())));
        let mixed = InterfaceConfig { tcp: Some("[::]:5060".parse().unwrap()), ..interface("a") };
        assert_eq!(with(vec![mixed]).check(), Err(ConfigError::MixedFamilies("a".into())));
        let odd = InterfaceConfig { advertised: Some("no host".into()), ..interface("a") };
        assert!(matches!(with(vec![odd]).check(), Err(ConfigError::Advertised { .. })));
        let mut zero = Config::default();
        zero.limits.inbox = 0;
        assert_eq!(zero.check(), Err(ConfigError::Zero("limits.inbox")));
    }
}
