//! How one operator wants to be spoken to: in which order it is asked, how much it takes, what it is told of callers and
//! in which form, and how its sound is made. Where it is stands in the [`super::directory`], who we are in the
//! [`super::account`].

use ringdesk_model::Pii;
use ringdesk_voice::{DtmfMode, LineSound, SrtpPolicy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkProfile {
    /// Lower ones are dialled first.
    pub priority: u16,
    /// Share among those of the same priority; 0: only when the others fail.
    pub weight: u16,
    /// Calls at a time, both directions together.
    pub max_calls: Option<u32>,
    /// New calls in any one second, both directions together.
    pub calls_per_second: Option<u32>,
    /// `None`: it is not asked how it is.
    pub options: Option<OptionsHealth>,
    /// How long a call may say nothing but 100 before another trunk is asked.
    pub patience: Duration,
    /// Where the called number stands in its calls, in the order in which it is looked for.
    pub called_from: Vec<CalledField>,
    /// It is believed who calls (P-Asserted-Identity, RFC 3325 §5).
    pub trusted: bool,
    /// It may send whom it talks to elsewhere (REFER).
    pub may_transfer: bool,
    /// Of called numbers.
    pub number_format: NumberFormat,
    /// Of callers' numbers.
    pub caller_format: NumberFormat,
    /// Of Request-URI and To.
    pub address: AddressForm,
    /// Host of Request-URI, To and From where it is not that of the proxy: the operator's own domain.
    pub call_domain: Option<String>,
    pub from: FromUser,
    /// The user part of what is registered, or the user name.
    pub account_user: Option<Pii<String>>,
    /// Fields that carry who calls, beside From.
    pub identity: Vec<IdentityField>,
    pub identity_address: AddressForm,
    /// Our number there, for calls without one: anonymous ones, and those of others where these may not be shown.
    pub default_caller: Option<String>,
    /// Our numbers there; `*` at the end: a range. Empty: nothing is known of whose a number is.
    pub numbers: Vec<String>,
    pub foreign_caller: ForeignCaller,
    pub forwarded_as: Option<ForwardedField>,
    pub sound: LineSound,
}

impl Default for TrunkProfile {
    fn default() -> TrunkProfile {
        TrunkProfile {
            priority: 10,
            weight: 1,
            max_calls: None,
            calls_per_second: None,
            options: None,
            patience: Duration::from_secs(15),
            called_from: vec![CalledField::RequestUri],
            trusted: true,
            may_transfer: false,
            number_format: NumberFormat::AsDialled,
            caller_format: NumberFormat::AsDialled,
            address: AddressForm::Sip,
            call_domain: None,
            from: FromUser::Caller,
            account_user: None,
            identity: vec![IdentityField::Asserted],
            identity_address: AddressForm::Sip,
            default_caller: None,
            numbers: Vec::new(),
            foreign_caller: ForeignCaller::Pass,
            forwarded_as: None,
            sound: LineSound::default(),
        }
    }
}

/// A profile by name: where most settings of an operator of this kind begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// Another exchange, or an operator without special wishes.
    #[serde(rename = "generic")]
    Generic,
    /// A Chinese carrier's IMS (docs/trunks.md).
    #[serde(rename = "cn-ims")]
    CnIms,
}

impl Preset {
    pub const ALL: [Preset; 2] = [Preset::Generic, Preset::CnIms];

    pub const fn as_str(self) -> &'static str {
        match self {
            Preset::Generic => "generic",
            Preset::CnIms => "cn-ims",
        }
    }

    pub fn profile(self) -> TrunkProfile {
        let asked = TrunkProfile { options: Some(OptionsHealth::default()), ..TrunkProfile::default() };
        match self {
            Preset::Generic => asked,
            Preset::CnIms => TrunkProfile {
                // The access SBC answers 405 or nothing, by province; what does answer counts as well.
                options: None,
                // Paging a mobile telephone takes its time.
                patience: Duration::from_secs(20),
                // The Request-URI is that of the registration, the pilot number's.
                called_from: vec![CalledField::PCalledPartyId, CalledField::To, CalledField::RequestUri],
                number_format: NumberFormat::PlusE164,
                caller_format: NumberFormat::PlusE164,
                address: AddressForm::SipPhone,
                identity: vec![IdentityField::Asserted, IdentityField::Preferred],
                identity_address: AddressForm::Tel,
                // Showing somebody else's number is masking a caller's number, which carriers cut off.
                foreign_caller: ForeignCaller::Replace,
                sound: LineSound {
                    codecs: ["PCMA", "PCMU"].map(str::to_owned).to_vec(),
                    dtmf: DtmfMode::Rfc4733,
                    srtp: SrtpPolicy::Off,
                    early_media: true,
                },
                ..asked
            },
        }
    }
}

/// Asking a trunk how it is (RFC 3261 §11). It is down after `fail` times without a proper answer in a row, and up again
/// after `recover` good ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsHealth {
    pub every: Duration,
    pub fail: u32,
    pub recover: u32,
}

impl Default for OptionsHealth {
    fn default() -> OptionsHealth {
        OptionsHealth { every: Duration::from_secs(30), fail: 3, recover: 2 }
    }
}

/// Where a called number may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalledField {
    RequestUri,
    To,
    /// RFC 7315 §4.2: whom the network had on its list.
    PCalledPartyId,
    /// RFC 5806: who sent the call on to us.
    Diversion,
    /// RFC 7044: the first entry, whom the caller dialled.
    HistoryInfo,
}

/// How a public number is written. What has no such form is written as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    AsDialled,
    /// `+861012345678`
    PlusE164,
    /// `861012345678`
    E164,
    /// `01012345678`; abroad `004930…`.
    National,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressForm {
    /// `sip:number@host`
    Sip,
    /// `sip:number@host;user=phone`
    SipPhone,
    /// `tel:number` (RFC 3966)
    Tel,
}

/// The user part of From.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromUser {
    Caller,
    /// What was registered, or the user name: the pilot number. Who calls stands in the identity fields.
    Account,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityField {
    #[serde(rename = "pai")]
    Asserted,
    #[serde(rename = "ppi")]
    Preferred,
}

/// What a trunk is told of a caller whose number is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignCaller {
    Pass,
    /// Our own number in the place of it.
    Replace,
}

/// How a trunk is told that we send somebody else's call on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardedField {
    Diversion,
    HistoryInfo,
}
