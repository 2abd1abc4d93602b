//! The settings of a trunk, as its row keeps them and the API takes them.

use super::account::{TrunkAccount, TrunkRegistration};
use super::directory::{Trunk, TrunkTarget, fingerprint};
use super::input::Transport;
use super::profile::{
    AddressForm, CalledField, ForeignCaller, ForwardedField, FromUser, IdentityField, NumberFormat, OptionsHealth,
    Preset, TrunkProfile,
};
use ipnet::IpNet;
use ringdesk_model::{Pii, TrunkId};
use ringdesk_voice::{DtmfMode, InterfaceId, LineSound, SrtpPolicy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Unknown keys are errors. The password is not among them: it is kept sealed. What is not said is the preset's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkSettings {
    pub preset: Preset,
    /// Proxy or registrar for calls and registrations to the outside: host or address. `None`: calls only come in.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// `udp`, `tcp` or `tls`. `None`: RFC 3263 decides.
    pub transport: Option<String>,
    /// Position in the list of interfaces: the addresses from which signaling and sound go there, and what is told of them.
    pub interface: u16,
    /// Over TLS: the SHA-256 of the one certificate that is believed, as 64 hex digits, with colons or without. `None`: a
    /// certificate for the host, by somebody whom the machine believes.
    pub certificate: Option<String>,
    /// The private identity.
    pub username: Option<Pii<String>>,
    pub realm: Option<String>,
    pub register: bool,
    /// The address that is registered is `user@domain`. `None`: the user name, and the host.
    pub user: Option<Pii<String>>,
    pub domain: Option<String>,
    pub expires_seconds: u32,

    pub priority: Option<u16>,
    pub weight: Option<u16>,
    pub max_calls: Option<u32>,
    pub calls_per_second: Option<u32>,
    pub patience_seconds: Option<u32>,
    pub options: Option<Switch>,
    pub options_seconds: Option<u32>,
    pub options_fail: Option<u32>,
    pub options_recover: Option<u32>,

    pub called_from: Option<Vec<CalledField>>,
    pub trust_identity: Option<bool>,
    /// Its REFERs are carried out; without, they get 403.
    pub may_transfer: Option<bool>,
    pub number_format: Option<NumberFormat>,
    pub caller_format: Option<NumberFormat>,
    pub address: Option<AddressForm>,
    pub call_domain: Option<String>,
    pub from: Option<FromUser>,
    pub identity: Option<Vec<IdentityField>>,
    pub identity_address: Option<AddressForm>,
    pub default_caller: Option<Pii<String>>,
    pub numbers: Option<Vec<String>>,
    pub foreign_caller: Option<ForeignCaller>,
    pub forwarded_as: Option<ForwardedField>,

    pub dtmf: Option<DtmfMode>,
    pub codecs: Option<Vec<String>>,
    pub early_media: Option<EarlyMedia>,
    pub srtp: Option<SrtpPolicy>,
}

impl Default for TrunkSettings {
    fn default() -> Self {
        TrunkSettings {
            preset: Preset::Generic,
            host: None,
            port: None,
            transport: None,
            interface: 0,
            certificate: None,
            username: None,
            realm: None,
            register: false,
            user: None,
            domain: None,
            expires_seconds: 3_600,
            priority: None,
            weight: None,
            max_calls: None,
            calls_per_second: None,
            patience_seconds: None,
            options: None,
            options_seconds: None,
            options_fail: None,
            options_recover: None,
            called_from: None,
            trust_identity: None,
            may_transfer: None,
            number_format: None,
            caller_format: None,
            address: None,
            call_domain: None,
            from: None,
            identity: None,
            identity_address: None,
            default_caller: None,
            numbers: None,
            foreign_caller: None,
            forwarded_as: None,
            dtmf: None,
            codecs: None,
            early_media: None,
            srtp: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyMedia {
    /// The caller hears what the network plays before the answer.
    Pass,
    /// The caller hears our ringing tone.
    Ringback,
}

/// What is wrong with a setting of a trunk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct SettingsError {
    pub field: &'static str,
    pub why: String,
}

fn wrong<T>(field: &'static str, why: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError { field, why: why.into() })
}

/// Everything that a trunk's row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkSpec {
    pub trunk: Trunk,
    /// Where it has one.
    pub account: Option<TrunkAccount>,
    pub profile: TrunkProfile,
}

/// Codecs that media speaks, as SDP names them.
const CODECS: [&str; 4] = ["PCMU", "PCMA", "G722", "opus"];
/// Numbers of ours on one trunk.
const NUMBERS: usize = 1_000;

impl TrunkSettings {
    /// The trunk that these settings describe. `interfaces`: how many there are.
    pub fn read(
        self,
        id: TrunkId,
        name: impl Into<String>,
        nets: Vec<IpNet>,
        password: Option<Pii<String>>,
        interfaces: usize,
    ) -> Result<TrunkSpec, SettingsError> {
        let dialled = [Transport::Udp, Transport::Tcp, Transport::Tls];
        if let Some(transport) = &self.transport
            && !Transport::parse(transport).is_some_and(|transport| dialled.contains(&transport))
        {
            return wrong("transport", format!("{transport:?} is none of udp, tcp and tls"));
        }
        for (field, host) in [("host", &self.host), ("domain", &self.domain), ("call_domain", &self.call_domain)] {
            if let Some(host) = host
                && !is_host(host)
            {
                return wrong(field, format!("{host:?} is no host"));
            }
        }
        if self.port == Some(0) {
            return wrong("port", "0 is no port");
        }
        let certificate = self.certificate.as_deref().and_then(fingerprint);
        if self.certificate.is_some() && certificate.is_none() {
            return wrong("certificate", "64 hex digits are wanted: its SHA-256");
        }
        let secure = self.transport.as_deref().and_then(Transport::parse) == Some(Transport::Tls);
        if certificate.is_some() && !secure {
            return wrong("certificate", "only with transport tls");
        }
        if usize::from(self.interface) >= interfaces {
            return wrong("interface", format!("there are {interfaces}, counted from 0"));
        }
        if !(60..=86_400).contains(&self.expires_seconds) {
            return wrong("expires_seconds", format!("{} is not between 60 and 86400", self.expires_seconds));
        }
        let profile = self.profile()?;
        let registration = match (self.register, &self.host, &self.username) {
            (false, ..) => None,
            (true, None, _) => return wrong("register", "a host is needed"),
            (true, _, None) => return wrong("register", "a user name and its password are needed"),
            (true, Some(host), Some(username)) => Some(TrunkRegistration {
                user: self.user.clone().unwrap_or_else(|| username.clone()),
                domain: self.domain.clone().unwrap_or_else(|| host.clone()),
                expires_seconds: self.expires_seconds,
            }),
        };
        if profile.from == FromUser::Account && profile.account_user.is_none() {
            return wrong("from", "there is no account: user or username is needed");
        }
        let account = match (self.username, password) {
            (None, None) => None,
            (Some(username), Some(password)) => {
                Some(TrunkAccount { username, password, realm: self.realm, registration })
            }
            (Some(_), None) if registration.is_some() => {
                return wrong("register", "a user name and its password are needed");
            }
            (Some(_), None) => return wrong("password", "a user name has a password"),
            (None, Some(_)) => return wrong("username", "a password has a user name"),
        };
        let (port, transport) = (self.port, self.transport);
        let outbound = self.host.map(|host| TrunkTarget { host, port, transport, certificate });
        let interface = InterfaceId(self.interface);
        Ok(TrunkSpec { trunk: Trunk { id, name: name.into(), nets, outbound, interface }, account, profile })
    }

    fn profile(&self) -> Result<TrunkProfile, SettingsError> {
        let preset = self.preset.profile();
        for (field, value, most) in [
            ("max_calls", self.max_calls, 100_000),
            ("calls_per_second", self.calls_per_second, 1_000),
            ("options_fail", self.options_fail, 100),
            ("options_recover", self.options_recover, 100),
            ("patience_seconds", self.patience_seconds, 180),
            ("options_seconds", self.options_seconds, 3_600),
        ] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                return wrong(field, format!("not between 1 and {most}"));
            }
        }
        if self.called_from.as_ref().is_some_and(Vec::is_empty) {
            return wrong("called_from", "nothing is named");
        }
        for codec in self.codecs.iter().flatten() {
            if !CODECS.iter().any(|known| known.eq_ignore_ascii_case(codec)) {
                return wrong("codecs", format!("{codec:?} is none of {}", CODECS.join(", ")));
            }
        }
        if let Some(number) = &self.default_caller
            && !is_number(number.reveal())
        {
            return wrong("default_caller", "no number");
        }
        let numbers = self.numbers.clone().unwrap_or_default();
        if numbers.len() > NUMBERS {
            return wrong("numbers", format!("more than {NUMBERS}; a range ends with *"));
        }
        if let Some(bad) = numbers.iter().find(|number| !is_number(number.strip_suffix('*').unwrap_or(number))) {
            return wrong("numbers", format!("{bad:?} is no number"));
        }
        let seconds = |seconds: Option<u32>, usual: Duration| {
            seconds.map_or(usual, |seconds| Duration::from_secs(u64::from(seconds)))
        };
        let usual = preset.options.unwrap_or_default();
        let health = OptionsHealth {
            every: seconds(self.options_seconds, usual.every),
            fail: self.options_fail.unwrap_or(usual.fail),
            recover: self.options_recover.unwrap_or(usual.recover),
        };
        let options = match self.options {
            Some(Switch::Off) => None,
            Some(Switch::On) => Some(health),
            None => preset.options.map(|_| health),
        };
        let default_caller = self.default_caller.as_ref().map(|number| number.reveal().clone());
        let foreign_caller = self.foreign_caller.unwrap_or(preset.foreign_caller);
        let sound = LineSound {
            codecs: self.codecs.clone().unwrap_or(preset.sound.codecs),
            dtmf: self.dtmf.unwrap_or(preset.sound.dtmf),
            srtp: self.srtp.unwrap_or(preset.sound.srtp),
            early_media: self.early_media.map_or(preset.sound.early_media, |early| early == EarlyMedia::Pass),
        };
        let profile = TrunkProfile {
            priority: self.priority.unwrap_or(preset.priority),
            weight: self.weight.unwrap_or(preset.weight),
            max_calls: self.max_calls.or(preset.max_calls),
            calls_per_second: self.calls_per_second.or(preset.calls_per_second),
            options,
            patience: seconds(self.patience_seconds, preset.patience),
            called_from: self.called_from.clone().unwrap_or(preset.called_from),
            trusted: self.trust_identity.unwrap_or(preset.trusted),
            may_transfer: self.may_transfer.unwrap_or(preset.may_transfer),
            number_format: self.number_format.unwrap_or(preset.number_format),
            caller_format: self.caller_format.unwrap_or(preset.caller_format),
            address: self.address.unwrap_or(preset.address),
            call_domain: self.call_domain.clone().or(preset.call_domain),
            from: self.from.unwrap_or(preset.from),
            account_user: self.user.clone().or_else(|| self.username.clone()),
            identity: self.identity.clone().unwrap_or(preset.identity),
            identity_address: self.identity_address.unwrap_or(preset.identity_address),
            default_caller,
            numbers,
            foreign_caller,
            forwarded_as: self.forwarded_as.or(preset.forwarded_as),
            sound,
        };
        if profile.forwarded_as.is_some() && profile.default_caller.is_none() {
            return wrong("forwarded_as", "default_caller is needed: whose number sends the call on");
        }
        Ok(profile)
    }
}

fn is_host(host: &str) -> bool {
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    super::uri::host_port(&bracketed) == Ok((bracketed.as_str(), None))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Pii;
    use uuid::Uuid;

    fn read(text: &str, password: Option<&str>) -> Result<TrunkSpec, SettingsError> {
        let settings: TrunkSettings = toml::from_str(text).unwrap();
        let password = password.map(|password| Pii::new(password.to_owned()));
        settings.read(TrunkId(Uuid::from_u128(1)), "t", Vec::new(), password, 2)
    }

    #[test]
    fn settings_make_a_trunk_and_its_account() {
        let spec = read("", None).unwrap();
        assert_eq!((spec.trunk.outbound, spec.account), (None, None));
        let text = "host = \"sip.example.net\"\nport = 5070\ntransport = \"tcp\"\nusername = \"u1\"\nregister = true";
        let spec = read(text, Some("geheim")).unwrap();
        let target = spec.trunk.outbound.unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.transport.as_deref()),
            ("sip.example.net", Some(5070), Some("tcp"))
        );
        let account = spec.account.unwrap();
        assert!(!format!("{account:?}").contains("geheim"));
        let registration = account.registration.unwrap();
        assert_eq!((registration.user.reveal().as_str(), registration.domain.as_str()), ("u1", "sip.example.net"));
        assert_eq!(registration.expires_seconds, 3_600);
        let ip6 = read("host = \"2001:db8::1\"", None).unwrap();
        assert_eq!(ip6.trunk.outbound.unwrap().host, "2001:db8::1");
    }

    /// Rows: V15
    #[test]
    fn what_is_not_said_is_the_presets() {
        let spec = read("preset = \"cn-ims\"\nhost = \"10.0.0.1\"", None).unwrap();
        assert_eq!(spec.profile, Preset::CnIms.profile());
        let text = "preset = \"cn-ims\"\noptions = \"on\"\noptions_seconds = 5\nidentity = [\"ppi\"]\ncodecs = [\"G722\"]\n\
                    dtmf = \"info\"\nearly_media = \"ringback\"\nmax_calls = 30\ncalls_per_second = 3\npriority = 1\nweight = 7\n\
                    called_from = [\"diversion\", \"to\"]\nnumber_format = \"national\"\ninterface = 1\nsrtp = \"required\"";
        let TrunkProfile { options, identity, sound, called_from, number_format, address, .. } =
            read(text, None).unwrap().profile;
        assert_eq!(options, Some(OptionsHealth { every: Duration::from_secs(5), ..OptionsHealth::default() }));
        assert_eq!((identity, address), (vec![IdentityField::Preferred], AddressForm::SipPhone));
        assert_eq!(
            (called_from, number_format),
            (vec![CalledField::Diversion, CalledField::To], NumberFormat::National)
        );
        assert_eq!((sound.dtmf, sound.early_media, sound.srtp), (DtmfMode::Info, false, SrtpPolicy::Required));
        assert_eq!(read("options = \"off\"", None).unwrap().profile.options, None);
        assert!(read("", None).unwrap().profile.options.is_some(), "who says nothing is asked");
    }

    #[test]
    fn what_is_refused_names_its_field() {
        for (text, password, field) in [
            ("transport = \"ws\"", None, "transport"),
            ("host = \"a b\"", None, "host"),
            ("host = \"a;b=c\"", None, "host"),
            ("domain = \"a/b\"", None, "domain"),
            ("call_domain = \"<x>\"", None, "call_domain"),
            ("port = 0", None, "port"),
            ("interface = 2", None, "interface"),
            ("register = true", None, "register"),
            ("register = true\nhost = \"h\"", Some("p"), "register"),
            ("register = true\nhost = \"h\"\nusername = \"u\"", None, "register"),
            ("username = \"u\"", None, "password"),
            ("", Some("p"), "username"),
            ("expires_seconds = 5", None, "expires_seconds"),
            ("max_calls = 0", None, "max_calls"),
            ("calls_per_second = 5000", None, "calls_per_second"),
            ("patience_seconds = 0", None, "patience_seconds"),
            ("options_seconds = 0", None, "options_seconds"),
            ("options_fail = 101", None, "options_fail"),
            ("called_from = []", None, "called_from"),
            ("codecs = [\"G729\"]", None, "codecs"),
            ("default_caller = \"x\"", None, "default_caller"),
            ("numbers = [\"+8610*\", \"8*6\"]", None, "numbers"),
            ("forwarded_as = \"diversion\"", None, "forwarded_as"),
            ("from = \"account\"", None, "from"),
        ] {
            assert_eq!(read(text, password).map(|_| ()).map_err(|e| e.field), Err(field), "{text}");
        }
        for text in ["pasword = \"x\"", "options = \"maybe\"", "preset = \"us-ims\"", "priority = -1"] {
            assert!(toml::from_str::<TrunkSettings>(text).is_err(), "{text}");
        }
    }
}
