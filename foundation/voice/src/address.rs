//! Who is called, by whom, and over which interface.

use crate::{Profile, PromptRef};
use ringdesk_model::{DeviceId, Pii, TrunkId, mask_number};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// One party's connection in a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub Uuid);

impl From<Uuid> for LegId {
    fn from(id: Uuid) -> Self {
        LegId(id)
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LegId:{}", self.0)
    }
}

/// A configured network interface: position in the `[[interface]]` list of the configuration. Signaling takes Via and
/// Contact from it, media the address in the SDP, so a call's sound leaves by the way its signaling came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InterfaceId(pub u16);

/// The longest extension: so many figures are nobody's number.
const EXTENSION: usize = 4;

/// One side of a call as the network names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Number or user part, as received: `1000`, `+4930123456`, `alice`.
    pub number: Pii<String>,
    pub name: Option<Pii<String>>,
}

impl Party {
    pub fn number(number: impl Into<String>) -> Self {
        Party { number: Pii::new(number.into()), name: None }
    }

    /// As somebody is shown it who may not see numbers. What is withheld stays so, and a name that is a number goes.
    pub fn masked(&self) -> Party {
        let number = self.number.reveal();
        let is_withheld = number.is_empty() || number.eq_ignore_ascii_case("anonymous");
        let number = if is_withheld { number.clone() } else { mask_number(number) };
        let is_name = |name: &Pii<String>| name.reveal().chars().filter(|c| c.is_numeric()).count() <= EXTENSION;
        Party { number: Pii::new(number), name: self.name.clone().filter(is_name) }
    }
}

/// How a call reached us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Over a trunk, known by its address or its registration.
    Trunk(TrunkId),
    /// From a phone of this extension, proven by digest.
    Extension(String),
    /// From a page of ours whose visitor has no account, let in once by this ticket.
    Guest(String),
}

/// Whom to dial, before anyone looked up where that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The telephones of this extension: its agent's devices where those are said, else every phone registered for it.
    Extension(String),
    /// One device of an agent.
    Device(DeviceId),
    /// A number, over a trunk.
    Number(Pii<String>),
    /// A SIP URI, as it is.
    Uri(String),
}

/// Where one device is reached: the answer to [`crate::Question::Reach`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Request-URI of the INVITE.
    pub uri: String,
    /// The interface from which it is dialled.
    pub interface: InterfaceId,
    /// The connection or NAT mapping over which the device registered, in signaling's own notation.
    /// `None`: resolve `uri` (RFC 3263).
    pub flow: Option<String>,
    pub trunk: Option<TrunkId>,
    /// How its sound travels.
    pub profile: Profile,
}

/// One device of somebody, and how it is rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Tried one after the other until one leads somewhere: two trunks to one number are one telephone.
    pub ways: Vec<Destination>,
    /// Devices of the same turn ring together; the next turn rings when this one has come to nothing.
    pub turn: u8,
    /// At most; `None`: as long as the whole may.
    pub ring_for: Option<Duration>,
    /// `None`: whoever answers has taken the call.
    pub accept: Option<Accept>,
    /// Whoever looks at it may not see numbers: it is told who calls as [`Party::masked`] says.
    pub discreet: bool,
}

impl Device {
    /// That rings at once, as long as the whole may, and takes the call by answering.
    pub fn plain(ways: Vec<Destination>) -> Device {
        Device { ways, turn: 0, ring_for: None, accept: None, discreet: false }
    }
}

/// Whoever answers hears this and presses 1; only then they have taken the call. A voicemail never does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accept {
    pub prompt: PromptRef,
    /// After the answer.
    pub within: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S12.3
    #[test]
    fn a_party_is_shown_without_its_number() {
        for (number, name, shown, named) in [
            ("+8613800138000", Some("Carla Caller"), "+86••••••••000", Some("Carla Caller")),
            ("13800138000", Some("13800138000"), "••••••••000", None),
            ("13800138000", Some("+86 138-0013-8000"), "••••••••000", None),
            ("13800138000", Some("Office 12"), "••••••••000", Some("Office 12")),
            ("2001", Some("Anna"), "2001", Some("Anna")),
            ("anonymous", None, "anonymous", None),
            ("", None, "", None),
        ] {
            let named = named.map(|name| Pii::new(name.to_owned()));
            let party = Party { name: name.map(|name| Pii::new(name.to_owned())), ..Party::number(number) };
            assert_eq!(party.masked(), Party { name: named, ..Party::number(shown) }, "{number}");
        }
    }
}
