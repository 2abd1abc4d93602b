//! Where a request comes from when proxies stand in front. `X-Forwarded-For` is what anybody may write: it is believed
//! from addresses that the operator named, and from the right, as far as each hop is one of them.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Hops that are looked at; nobody has so many proxies.
const LONGEST: usize = 16;

/// Proxies whose word is believed. None: nobody's.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub fn new(nets: impl IntoIterator<Item = IpNet>) -> Proxies {
        Proxies(nets.into_iter().collect())
    }

    /// Who asked, as far as it can be believed. What a trusted proxy wrote and cannot be read ends the search there.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let fields: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().map(|v| v.to_str().unwrap_or_default()).collect();
        for hop in fields.iter().rev().flat_map(|field| field.rsplit(',')).take(LONGEST) {
            if !self.trusts(client) {
                break;
            }
            match read(hop.trim()) {
                Some(hop) => client = hop,
                None => break,
            }
        }
        client
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn read(hop: &str) -> Option<IpAddr> {
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let plain = hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|a| a.ip()));
    plain.or_else(bracketed).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S12.13
    #[test]
    fn only_named_proxies_are_believed() {
        let proxies = Proxies::new(["127.0.0.1/32", "10.1.0.0/16", "2001:db8::/64"].map(|n| n.parse().unwrap()));
        for (peer, fields, expected) in [
            ("127.0.0.1", &["192.0.2.7"][..], "192.0.2.7"),
            ("::ffff:127.0.0.1", &["192.0.2.7:4711"], "192.0.2.7"),
            ("127.0.0.1", &["198.51.100.1, 192.0.2.7, 10.1.2.3"], "192.0.2.7"),
            ("127.0.0.1", &["198.51.100.1", "192.0.2.7, 10.1.2.3", "10.1.9.9"], "192.0.2.7"),
            ("2001:db8::5", &["[2001:db8:1::9]:443"], "2001:db8:1::9"),
            // Nobody of ours: their word is worth nothing.
            ("192.0.2.99", &["198.51.100.1"], "192.0.2.99"),
            ("127.0.0.1", &["198.51.100.1, nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1, nonsense, 10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append("x-forwarded-for", field.parse().unwrap());
            }
            assert_eq!(
                proxies.client(peer.parse().unwrap(), &headers),
                expected.parse::<IpAddr>().unwrap(),
                "{fields:?}"
            );
            assert_eq!(
                Proxies::default().client(peer.parse().unwrap(), &headers),
                peer.parse::<IpAddr>().unwrap().to_canonical()
            );
        }
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", vec!["10.1.0.1"; 5_000].join(",").parse().unwrap());
        assert_eq!(proxies.client("127.0.0.1".parse().unwrap(), &headers), "10.1.0.1".parse::<IpAddr>().unwrap());
    }
}
