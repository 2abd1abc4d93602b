//! Where a request inside a dialog goes.
//!
//! The rule, in this order:
//! 1. The peer came over a stream: over that connection, as only it may pass the peer's NAT or firewall.
//! 2. The next URI (first Route, else the remote target) names an address that cannot be reached from here, such as a
//!    private or `.invalid` one, and the peer's last message came from elsewhere: to where that message came from, on
//!    the same socket. That is a phone behind NAT.
//! 3. It names an address: there.
//! 4. It names a host: to where the last message came from, until a lookup has told better.
//!
//! When the connection of rule 1 is gone, the address that the URI names is tried once instead. A browser has none: see
//! [`super::flow`].

use crate::core::input::{Hop, Transport};
use crate::core::uri::Uri;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A name to be looked up (RFC 3263).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) transport: Option<Transport>,
    pub(crate) secure: bool,
}

impl Lookup {
    /// Could anything that is found be called?
    pub(crate) fn is_dialable(&self) -> bool {
        self.transport.is_none_or(Transport::is_dialable)
    }
}

/// What a URI says about the way to it: an address, or a name to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Address(Transport, SocketAddr),
    Name(Lookup),
}

/// `usual`: the transport where the URI names none.
pub(crate) fn way_to(uri: &Uri, usual: Transport) -> Way {
    let named = uri.params.get("transport").and_then(Transport::parse);
    let secure = uri.is_secure();
    let host = uri.params.get("maddr").filter(|maddr| !maddr.is_empty()).unwrap_or(uri.bare_host());
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(ip) => {
            let transport = match named {
                Some(Transport::Tcp) if secure => Transport::Tls,
                Some(transport) => transport,
                None if secure => Transport::Tls,
                None => usual,
            };
            Way::Address(transport, SocketAddr::new(ip, uri.port.unwrap_or(transport.default_port())))
        }
        Err(_) => Way::Name(Lookup { host: host.to_owned(), port: uri.port, transport: named, secure }),
    }
}

/// The next hop, and a lookup that may tell a better one.
pub(crate) fn next_hop(source: Hop, uri: &str) -> (Hop, Option<Lookup>) {
    if source.transport.is_reliable() {
        return (source, None);
    }
    let Ok(uri) = Uri::parse(uri) else { return (source, None) };
    match way_to(&uri, source.transport) {
        Way::Address(_, address) if unreachable_from_here(address.ip()) && address.ip() != source.remote.ip() => {
            (source, None)
        }
        Way::Address(transport, _) if !transport.is_dialable() => (source, None),
        Way::Address(transport, remote) => (Hop { transport, remote, connection: None, ..source }, None),
        Way::Name(lookup) if !lookup.is_dialable() => (source, None),
        Way::Name(lookup) if lookup.host.is_empty() || lookup.host.to_ascii_lowercase().ends_with(".invalid") => {
            (source, None)
        }
        Way::Name(lookup) => (source, Some(lookup)),
    }
}

/// Without the connection of old: the address that the URI names, if it names one that can be reached.
pub(crate) fn direct_hop(old: Hop, uri: &str) -> Option<Hop> {
    match way_to(&Uri::parse(uri).ok()?, old.transport) {
        Way::Address(transport, remote)
            if transport.is_dialable() && (!unreachable_from_here(remote.ip()) || remote.ip() == old.remote.ip()) =>
        {
            Some(Hop { transport, remote, connection: None, ..old })
        }
        _ => None,
    }
}

/// Only of use in its own network.
fn unreachable_from_here(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64; // RFC 6598
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || unique_or_link_local(ip),
    }
}

fn unique_or_link_local(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    first & 0xFE00 == 0xFC00 || first & 0xFFC0 == 0xFE80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nat_and_plain_peers() {
        let source: Hop = "udp/1/198.51.100.7:40000".parse().unwrap();
        for (uri, hop, lookup) in [
            // A reachable address is believed.
            ("sip:a@203.0.113.9:5070", "udp/1/203.0.113.9:5070", None),
            ("sip:a@203.0.113.9", "udp/1/203.0.113.9:5060", None),
            ("sip:a@203.0.113.9;transport=tcp", "tcp/1/203.0.113.9:5060", None),
            ("sips:a@203.0.113.9", "tls/1/203.0.113.9:5061", None),
            // Behind NAT.
            ("sip:a@192.168.1.5:5060", "udp/1/198.51.100.7:40000", None),
            ("sip:a@100.64.0.1", "udp/1/198.51.100.7:40000", None),
            ("sip:a@[fe80::1]", "udp/1/198.51.100.7:40000", None),
            ("sip:a@x.invalid", "udp/1/198.51.100.7:40000", None),
            // A name is looked up; until then the source serves.
            ("sip:a@pbx.example.org:5066", "udp/1/198.51.100.7:40000", Some("pbx.example.org")),
            ("nonsense", "udp/1/198.51.100.7:40000", None),
            // Nobody is called by WebSocket.
            ("sip:a@203.0.113.9;transport=ws", "udp/1/198.51.100.7:40000", None),
            ("sip:a@pbx.example.org;transport=wss", "udp/1/198.51.100.7:40000", None),
        ] {
            let (got, asked) = next_hop(source, uri);
            assert_eq!(got.to_string(), hop, "{uri}");
            assert_eq!(asked.map(|l| l.host).as_deref(), lookup, "{uri}");
        }
        // The same private network: the port of the Contact counts.
        let near: Hop = "udp/0/127.0.0.1:40000".parse().unwrap();
        assert_eq!(next_hop(near, "sip:a@127.0.0.1:5070").0.to_string(), "udp/0/127.0.0.1:5070");
        let stream: Hop = "ws/0/198.51.100.7:40000/9".parse().unwrap();
        assert_eq!(next_hop(stream, "sip:a@203.0.113.9"), (stream, None));
        assert_eq!(direct_hop(stream, "sip:a@203.0.113.9"), None, "no transport named: the one it came by");
        assert_eq!(
            direct_hop(stream, "sip:a@203.0.113.9;transport=tcp").unwrap().to_string(),
            "tcp/0/203.0.113.9:5060"
        );
    }
}
