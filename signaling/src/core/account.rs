//! What an operator knows us by: the credentials of a trunk, and the registration that many operators want.
//!
//! A password is known here as it is, since each realm of the operator hashes it anew; it lives in [`Pii`], and leaves
//! only as a digest answer.

use super::directory::{Trunk, TrunkTarget};
use super::input::Transport;
use ipnet::IpNet;
use ringdesk_model::{Pii, TrunkId};
use ringdesk_voice::InterfaceId;
use serde::Deserialize;

/// How we prove to a trunk who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkAccount {
    /// Digest user name: the private identity.
    pub username: Pii<String>,
    pub password: Pii<String>,
    /// Answer challenges of this realm only. `None`: of any.
    pub realm: Option<String>,
    /// `None`: the operator knows us by our address.
    pub registration: Option<TrunkRegistration>,
}

/// What we register, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkRegistration {
    /// User part of the address that we register: the public identity, often a number.
    pub user: Pii<String>,
    /// The operator's domain, in Request-URI, From and To. The REGISTER itself goes to [`Trunk::outbound`].
    pub domain: String,
    pub expires_seconds: u32,
}

/// The settings of a trunk, as its row keeps them. Unknown keys are errors. The password is not among them: it is kept
/// sealed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkSettings {
    /// Proxy or registrar for calls and registrations to the outside: host or address. `None`: calls only come in.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// `udp` or `tcp`. `None`: RFC 3263 decides.
    pub transport: Option<String>,
    /// Position in the list of interfaces.
    pub interface: u16,
    pub username: Option<Pii<String>>,
    pub realm: Option<String>,
    pub register: bool,
    /// The address that is registered is `user@domain`. `None`: the user name, and the host.
    pub user: Option<Pii<String>>,
    pub domain: Option<String>,
    pub expires_seconds: u32,
}

impl Default for TrunkSettings {
    fn default() -> Self {
        TrunkSettings {
            host: None,
            port: None,
            transport: None,
            interface: 0,
            username: None,
            realm: None,
            register: false,
            user: None,
            domain: None,
            expires_seconds: 3_600,
        }
    }
}

/// What is wrong with the settings of a trunk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("transport {0:?}: only udp and tcp are spoken")]
    Transport(String),
    #[error("{0:?} is no host")]
    Host(String),
    #[error("register: a host is needed")]
    NowhereToRegister,
    #[error("register: a user name and its password are needed")]
    NobodyToRegister,
    #[error("a user name without a password, or a password without a user name")]
    HalfAnAccount,
    #[error("expires_seconds: {0} is not between 60 and 86400")]
    Expires(u32),
}

impl TrunkSettings {
    /// The trunk that these settings describe, with its account where it has one.
    pub fn read(
        self,
        id: TrunkId,
        name: impl Into<String>,
        nets: Vec<IpNet>,
        password: Option<Pii<String>>,
    ) -> Result<(Trunk, Option<TrunkAccount>), SettingsError> {
        if let Some(transport) = &self.transport
            && !matches!(Transport::parse(transport), Some(Transport::Udp | Transport::Tcp))
        {
            return Err(SettingsError::Transport(transport.clone()));
        }
        for host in [&self.host, &self.domain].into_iter().flatten() {
            let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            if super::uri::host_port(&bracketed) != Ok((bracketed.as_str(), None)) {
                return Err(SettingsError::Host(host.clone()));
            }
        }
        if !(60..=86_400).contains(&self.expires_seconds) {
            return Err(SettingsError::Expires(self.expires_seconds));
        }
        let registration = match (self.register, &self.host, &self.username) {
            (false, ..) => None,
            (true, None, _) => return Err(SettingsError::NowhereToRegister),
            (true, _, None) => return Err(SettingsError::NobodyToRegister),
            (true, Some(host), Some(username)) => Some(TrunkRegistration {
                user: self.user.unwrap_or_else(|| username.clone()),
                domain: self.domain.unwrap_or_else(|| host.clone()),
                expires_seconds: self.expires_seconds,
            }),
        };
        let account = match (self.username, password) {
            (None, None) => None,
            (Some(username), Some(password)) => {
                Some(TrunkAccount { username, password, realm: self.realm, registration })
            }
            (Some(_), None) if registration.is_some() => return Err(SettingsError::NobodyToRegister),
            _ => return Err(SettingsError::HalfAnAccount),
        };
        let (port, transport) = (self.port, self.transport);
        let outbound = self.host.map(|host| TrunkTarget { host, port, transport });
        let interface = InterfaceId(self.interface);
        Ok((Trunk { id, name: name.into(), nets, outbound, interface }, account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn read(
        text: &str,
        password: Option<&str>,
    ) -> Result<Result<(Trunk, Option<TrunkAccount>), SettingsError>, toml::de::Error> {
        let settings: TrunkSettings = toml::from_str(text)?;
        let password = password.map(|password| Pii::new(password.to_owned()));
        Ok(settings.read(TrunkId(Uuid::from_u128(1)), "t", Vec::new(), password))
    }

    /// Rows: V1
    #[test]
    fn settings_make_a_trunk() {
        let (trunk, account) = read("", None).unwrap().unwrap();
        assert_eq!((trunk.outbound, account), (None, None));
        let text = "host = \"sip.example.net\"\nport = 5070\ntransport = \"tcp\"\nusername = \"u1\"\nregister = true";
        let (trunk, account) = read(text, Some("geheim")).unwrap().unwrap();
        let target = trunk.outbound.unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.transport.as_deref()),
            ("sip.example.net", Some(5070), Some("tcp"))
        );
        let account = account.unwrap();
        assert!(!format!("{account:?}").contains("geheim"));
        let registration = account.registration.unwrap();
        assert_eq!((registration.user.reveal().as_str(), registration.domain.as_str()), ("u1", "sip.example.net"));
        assert_eq!(registration.expires_seconds, 3_600);
        let ip6 = read("host = \"2001:db8::1\"", None).unwrap().unwrap();
        assert_eq!(ip6.0.outbound.unwrap().host, "2001:db8::1");
    }

    #[test]
    fn what_is_refused() {
        for (text, password, error) in [
            ("transport = \"tls\"", None, SettingsError::Transport("tls".into())),
            ("host = \"a b\"", None, SettingsError::Host("a b".into())),
            ("host = \"a;b=c\"", None, SettingsError::Host("a;b=c".into())),
            ("register = true", None, SettingsError::NowhereToRegister),
            ("register = true\nhost = \"h\"", Some("p"), SettingsError::NobodyToRegister),
            ("register = true\nhost = \"h\"\nusername = \"u\"", None, SettingsError::NobodyToRegister),
            ("username = \"u\"", None, SettingsError::HalfAnAccount),
            ("", Some("p"), SettingsError::HalfAnAccount),
            ("expires_seconds = 5", None, SettingsError::Expires(5)),
        ] {
            assert_eq!(read(text, password).unwrap(), Err(error), "{text}");
        }
        assert!(read("pasword = \"x\"", None).is_err(), "an unknown key");
    }
}
