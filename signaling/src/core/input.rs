//! What the machine is told: messages, failures of the network, answers to its own questions, commands.

use super::binding::Binding;
use super::directory::Directory;
use super::notices::MessageCount;
use bytes::Bytes;
use ringdesk_voice::{InterfaceId, LegCommand, LegId, Target};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Input {
    /// One whole message; keepalives were answered by the gate.
    Received {
        hop: Hop,
        bytes: Bytes,
    },
    /// Nothing gets through over this hop any more. With `connection`: that connection is closed; without: everything
    /// sent to this address by this transport failed.
    HopFailed {
        hop: Hop,
        why: HopFailure,
    },
    /// The answer to `Output::Resolve`, best first; empty: could not.
    Resolved {
        token: u64,
        hops: Vec<(Transport, SocketAddr)>,
    },
    Command(LegId, LegCommand),
    /// Extensions, trunks and the realm; may change at run time.
    Directory(Arc<Directory>),
    /// Where can this target be dialled now? → `Output::Reached`
    Reach {
        ask: u64,
        target: Target,
    },
    /// Where is the device of this leg, once it is back as another page? → `Output::Reached` then; empty after a minute
    Return {
        ask: u64,
        leg: LegId,
    },
    /// Contacts that were kept over a restart; those that are still good are taken, the rest is dropped. The directory
    /// comes first.
    Restore(Vec<Binding>),
    /// Voice messages of extensions, all of them.
    Messages(Arc<BTreeMap<String, MessageCount>>),
    /// The server is behind its work, or is not any more. New calls get 503 with Retry-After meanwhile (emergency
    /// numbers excepted); everything else goes on.
    Shed(bool),
    /// From now on new calls get 503 with Retry-After (emergency numbers excepted), OPTIONS gets 503, and trunks
    /// are told that we do not want their calls any more; legs go on.
    Drain,
}

/// How a message travels (RFC 3261 §18, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl Transport {
    pub const ALL: [Transport; 5] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

    /// As Via writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    pub fn parse(text: &str) -> Option<Transport> {
        Transport::ALL.into_iter().find(|t| t.as_str().eq_ignore_ascii_case(text))
    }

    /// Nothing is lost or repeated on the way, so nothing is retransmitted (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Somebody can be called by it. A browser only opens connections itself, so it is reached over those or not at all
    /// (RFC 7118 §3).
    pub const fn is_dialable(self) -> bool {
        !matches!(self, Transport::Ws | Transport::Wss)
    }

    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }
}

/// One way to one neighbour: from where a message came, or where one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    pub transport: Transport,
    pub interface: InterfaceId,
    pub remote: SocketAddr,
    /// The stream connection, if it is known. `None`: any to that address; the gate dials where there is none.
    pub connection: Option<u64>,
}

/// `udp/0/192.0.2.1:5060`, `wss/1/[2001:db8::1]:33012/17`: the text of `Destination::flow`.
impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        };
        write!(f, "{transport}/{}/{}", self.interface.0, self.remote)?;
        match self.connection {
            Some(connection) => write!(f, "/{connection}"),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hop")]
pub struct NotAHop;

impl FromStr for Hop {
    type Err = NotAHop;

    fn from_str(text: &str) -> Result<Hop, NotAHop> {
        let mut parts = text.split('/');
        let mut part = || parts.next().ok_or(NotAHop);
        let transport = Transport::parse(part()?).ok_or(NotAHop)?;
        let interface = InterfaceId(part()?.parse().map_err(|_| NotAHop)?);
        let remote = part()?.parse().map_err(|_| NotAHop)?;
        let connection = match parts.next() {
            Some(number) => Some(number.parse().map_err(|_| NotAHop)?),
            None => None,
        };
        match parts.next() {
            Some(_) => Err(NotAHop),
            None => Ok(Hop { transport, interface, remote, connection }),
        }
    }
}

/// Why nothing gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HopFailure {
    /// Connection refused, or ICMP said so.
    Refused,
    /// The connection did not come up, or what was written was not taken, in time.
    TimedOut,
    /// The other side, or a limit of ours, closed the connection.
    Closed,
    /// No socket, no route, no room.
    Unroutable,
    /// Over TLS: the time of its certificate is over.
    CertificateExpired,
    /// Its certificate is not for this host, or by nobody whom we believe, or not the one that is pinned.
    CertificateRefused,
    /// No TLS came about.
    Unsecured,
}

impl HopFailure {
    pub const fn as_str(self) -> &'static str {
        match self {
            HopFailure::Refused => "connection_refused",
            HopFailure::TimedOut => "timed_out",
            HopFailure::Closed => "closed",
            HopFailure::Unroutable => "unroutable",
            HopFailure::CertificateExpired => "certificate_expired",
            HopFailure::CertificateRefused => "certificate_refused",
            HopFailure::Unsecured => "unsecured",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_survives_as_text() {
        for text in ["udp/0/192.0.2.1:5060", "wss/1/[2001:db8::1]:33012/17", "tcp/65535/127.0.0.1:1/0"] {
            assert_eq!(text.parse::<Hop>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "udp",
            "udp/0",
            "udp/0/x",
            "sctp/0/192.0.2.1:5060",
            "udp/0/192.0.2.1:5060/a",
            "udp/0/192.0.2.1:5060/1/2",
        ] {
            assert_eq!(text.parse::<Hop>(), Err(NotAHop), "{text}");
        }
    }
}
