//! How the sound of a telephone's calls travels: a browser's as browsers do, every other's as the house says of its extension.

use super::input::{Hop, Transport};
use super::setup::Setup;
use ringdesk_voice::{LineSound, Profile, SrtpPolicy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[signaling.phones]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhonesConfig {
    /// Encryption of the sound with keys in the descriptions (SDES): `off`, `optional` (where the telephone offers it),
    /// `offered` (to it as well, beside sound that is not encrypted), `required`. Whoever reads the signaling has the keys:
    /// let such telephones register over TLS.
    pub srtp: SrtpPolicy,
    /// The same for single extensions: `2001 = "required"`.
    pub extensions: BTreeMap<String, SrtpPolicy>,
}

impl Default for PhonesConfig {
    fn default() -> Self {
        PhonesConfig { srtp: SrtpPolicy::Optional, extensions: BTreeMap::new() }
    }
}

impl PhonesConfig {
    pub fn srtp_of(&self, extension: &str) -> SrtpPolicy {
        self.extensions.get(extension).copied().unwrap_or(self.srtp)
    }
}

/// Of a call from or to this extension, over this hop.
pub(crate) fn profile(setup: &Setup, extension: &str, hop: &Hop) -> Profile {
    match hop.transport {
        Transport::Ws | Transport::Wss => Profile::WebRtc,
        Transport::Udp | Transport::Tcp | Transport::Tls => {
            Profile::Rtp(LineSound { srtp: setup.phones.srtp_of(extension), ..LineSound::default() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_may_differ_from_the_house_and_a_browser_is_one() {
        let config = "srtp = \"offered\"\n[extensions]\n2001 = \"required\"";
        let setup = Setup { phones: toml::from_str(config).unwrap(), ..Setup::default() };
        let over = |extension: &str, hop: &str| profile(&setup, extension, &hop.parse().unwrap());
        let rtp = |srtp| Profile::Rtp(LineSound { srtp, ..LineSound::default() });
        assert_eq!(over("2001", "tls/0/192.0.2.1:5061/3"), rtp(SrtpPolicy::Required));
        assert_eq!(over("2002", "udp/0/192.0.2.1:5060"), rtp(SrtpPolicy::Offered));
        assert_eq!(over("2002", "wss/0/192.0.2.1:5060/7"), Profile::WebRtc);
        assert_eq!(PhonesConfig::default().srtp_of("2002"), SrtpPolicy::Optional);
        assert!(toml::from_str::<PhonesConfig>("srtp = \"perhaps\"").is_err());
    }
}
