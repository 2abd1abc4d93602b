//! One SIP message and what is read of it most often.

use super::address::{NameAddr, field_param};
use super::headers::{Headers, Name};
use super::method::Method;
use super::via::Via;
use bytes::Bytes;
use std::net::SocketAddr;

/// The longest message taken or sent, header and body: what fits into one datagram.
pub const MAX_MESSAGE: usize = 65_535;

/// A message of [`Message::parse`] has a readable top Via, From, To, Call-ID and CSeq; one built here has what was put
/// in. `Content-Length` is never kept among the fields: the body says it, and [`Message::to_bytes`] writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub start: Start,
    pub headers: Headers,
    pub body: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The URI as received; [`super::uri::Uri::parse`] where its parts are needed.
    Request {
        method: Method,
        uri: String,
    },
    Response {
        status: u16,
        reason: String,
    },
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {reason}")]
pub struct ParseFailure {
    /// The status to answer with.
    pub status: u16,
    /// Its reason phrase, telling what is wrong.
    pub reason: &'static str,
    /// A request (never an ACK) of which enough was read to send that answer with [`super::build::respond`].
    /// `None`: drop and count it.
    pub partial: Option<Box<Message>>,
}

impl Message {
    pub fn request(method: Method, uri: impl Into<String>) -> Message {
        let headers = Headers::with_capacity(16);
        Message { start: Start::Request { method, uri: uri.into() }, headers, body: Bytes::new() }
    }

    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// Of a request; a response has its method in CSeq.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The Request-URI; empty for a response.
    pub fn uri(&self) -> &str {
        match &self.start {
            Start::Request { uri, .. } => uri,
            Start::Response { .. } => "",
        }
    }

    pub fn status(&self) -> Option<u16> {
        match &self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(*status),
        }
    }

    pub fn call_id(&self) -> &str {
        self.headers.get(&Name::CallId).unwrap_or("")
    }

    pub fn cseq(&self) -> (u32, Method) {
        let value = self.headers.get(&Name::CSeq).and_then(read_cseq);
        value.map_or((0, Method::Other("".into())), |(number, method)| (number, method.into()))
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<Via> {
        self.headers.first(&Name::Via).and_then(Via::parse)
    }

    pub fn from_tag(&self) -> Option<&str> {
        self.tag(&Name::From)
    }

    pub fn to_tag(&self) -> Option<&str> {
        self.tag(&Name::To)
    }

    /// The first Contact, unless it is `*`.
    pub fn contact(&self) -> Option<NameAddr> {
        self.headers.first(&Name::Contact).and_then(NameAddr::parse)
    }

    pub fn from_addr(&self) -> Option<NameAddr> {
        self.headers.get(&Name::From).and_then(NameAddr::parse)
    }

    pub fn to_addr(&self) -> Option<NameAddr> {
        self.headers.get(&Name::To).and_then(NameAddr::parse)
    }

    /// Absent: `None`; [`Message::parse`] has refused anything but 0 to 255.
    pub fn max_forwards(&self) -> Option<u8> {
        self.headers.get(&Name::MaxForwards)?.parse().ok()
    }

    /// `Expires` in seconds; a number too large counts as the largest (RFC 3261 §20.19 has 2^32-1).
    pub fn expires(&self) -> Option<u32> {
        self.headers.get(&Name::Expires).and_then(seconds)
    }

    /// `type/subtype` in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.headers.get(&Name::ContentType)?;
        let (kind, subtype) = value.split(';').next()?.split_once('/')?;
        Some(format!("{}/{}", kind.trim(), subtype.trim()).to_ascii_lowercase())
    }

    /// Note in the top Via from where the request really came (RFC 3261 §18.2.1, RFC 3581 §4): `received` where the
    /// address differs or `rport` asks, `rport` where it asks. `always_rport`: answer to the source port even unasked,
    /// for phones behind NAT that do not know RFC 3581.
    pub fn stamp_source(&mut self, source: SocketAddr, always_rport: bool) {
        let Some(mut via) = self.via() else { return };
        let rport = via.rport.is_some() || always_rport;
        // Whatever the sender wrote there is not its business.
        via.received = None;
        if rport || via.host_ip() != Some(source.ip()) {
            via.received = Some(source.ip().to_string());
        }
        via.rport = rport.then_some(Some(source.port()));
        self.headers.replace_first(&Name::Via, &via.to_string());
    }

    fn tag(&self, name: &Name) -> Option<&str> {
        self.headers.get(name).and_then(|value| field_param(value, "tag")).filter(|tag| !tag.is_empty())
    }
}

/// Number and method of a CSeq; the number is below 2^31 (RFC 3261 §8.1.1.5).
pub(super) fn read_cseq(value: &str) -> Option<(u32, &str)> {
    let mut parts = value.split_ascii_whitespace();
    let (number, method) = (parts.next()?, parts.next()?);
    let number: u32 = digits(number)?.parse().ok()?;
    (parts.next().is_none() && number < 1 << 31 && super::params::is_token(method)).then_some((number, method))
}

/// delta-seconds, clamped to 2^32-1. `None`: not a number.
pub fn seconds(value: &str) -> Option<u32> {
    let value = digits(value.trim())?;
    Some(value.parse().unwrap_or(u32::MAX))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(via: &str) -> Message {
        let mut message = Message::request(Method::Invite, "sip:1000@192.0.2.9");
        message.headers.push(Name::Via, via);
        message
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("1 INVITE", Some((1, "INVITE"))),
            ("0009  \t INVITE", Some((9, "INVITE"))),
            ("2147483647 X", Some((2_147_483_647, "X"))),
            ("2147483648 X", None),
            ("36893488147419103232 REGISTER", None),
            ("-1 INVITE", None),
            ("+1 INVITE", None),
            ("1", None),
            ("1 INVITE x", None),
            ("1 IN/VITE", None),
        ] {
            assert_eq!(read_cseq(text), value, "{text}");
        }
        assert_eq!(seconds("1000000000000000000"), Some(u32::MAX));
        assert_eq!(seconds("-1"), None);
    }

    #[test]
    fn source_in_via() {
        let source: SocketAddr = "198.51.100.7:1024".parse().unwrap();
        for (via, always, stamped) in [
            ("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa", false, "10.0.0.1:5060;received=198.51.100.7;branch=z9hG4bKa"),
            ("SIP/2.0/UDP 198.51.100.7:1024;branch=z9hG4bKa", false, "198.51.100.7:1024;branch=z9hG4bKa"),
            (
                "SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa",
                false,
                "10.0.0.1;received=198.51.100.7;rport=1024;branch=z9hG4bKa",
            ),
            ("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa", true, "10.0.0.1;received=198.51.100.7;rport=1024;branch=z9hG4bKa"),
            ("SIP/2.0/UDP 198.51.100.7;received=192.0.2.1;branch=z9hG4bKa", false, "198.51.100.7;branch=z9hG4bKa"),
        ] {
            let mut message = invite(&format!("{via}, SIP/2.0/UDP next;branch=z9hG4bKb"));
            message.stamp_source(source, always);
            let vias: Vec<_> = message.headers.all(&Name::Via).collect();
            assert_eq!(vias, [format!("SIP/2.0/UDP {stamped}").as_str(), "SIP/2.0/UDP next;branch=z9hG4bKb"]);
        }
    }
}
