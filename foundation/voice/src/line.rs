//! How the sound of one line to the outside is made: its operator's wishes, which media carries out.

use serde::{Deserialize, Serialize};

/// How a leg's sound travels: said with the leg by who knows the device, carried out by media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// RTP as telephones and operators speak it, plain or with keys in the description (SDES, RFC 4568).
    Rtp(LineSound),
    /// A browser's: ICE, DTLS-SRTP.
    WebRtc,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::Rtp(LineSound::default())
    }
}

/// The wishes of a trunk. The default is the house's own way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineSound {
    /// Codecs by their names in SDP (`PCMA`), best first; no others are offered or taken. Empty: those of the house.
    pub codecs: Vec<String>,
    pub dtmf: DtmfMode,
    pub srtp: SrtpPolicy,
    /// Sound before the answer is let through. Otherwise the caller hears our own ringing tone.
    pub early_media: bool,
}

impl Default for LineSound {
    fn default() -> LineSound {
        LineSound { codecs: Vec::new(), dtmf: DtmfMode::Rfc4733, srtp: SrtpPolicy::Off, early_media: true }
    }
}

/// How keys are sent over a line. However they come, they are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DtmfMode {
    /// telephone-event (RFC 4733), and as sound where the other side does not offer it.
    #[default]
    Rfc4733,
    /// SIP INFO.
    Info,
    /// As sound, always.
    InBand,
}

/// Whether the sound of a line is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpPolicy {
    #[default]
    Off,
    /// Where the other side offers it.
    Optional,
    /// And offered to it, beside sound that is not.
    Offered,
    /// Or there is no call.
    Required,
}
