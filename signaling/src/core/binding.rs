//! A registered contact as plain data: what the house keeps so that a restart does not silence its phones.

use super::input::Hop;
use ringdesk_model::{Pii, Timestamp};
use serde::{Deserialize, Serialize};

/// One contact of an extension. Whoever stores it seals it: it says where a person is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    pub extension: String,
    pub contact: Pii<String>,
    /// The way the REGISTER came, in signaling's own notation.
    pub flow: Pii<String>,
    /// `+sip.instance` and `reg-id` (RFC 5626).
    pub instance: Option<Pii<(String, String)>>,
    /// Thousandths.
    pub q: u16,
    pub call_id: Pii<String>,
    pub cseq: u32,
    pub expires: Timestamp,
    pub since: Timestamp,
    /// Made of the password: a contact that was registered with another one is not restored.
    pub proof: Pii<String>,
}

impl Binding {
    /// The connection died with the process that held it; only a datagram finds its way without one.
    pub fn survives_restart(&self) -> bool {
        self.flow.reveal().parse::<Hop>().is_ok_and(|hop| !hop.transport.is_reliable() && hop.connection.is_none())
    }
}
