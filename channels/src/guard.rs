//! Which addresses are asked at all. A webhook's address is typed in by people, and leads out of the house: never to the
//! machine itself, to its neighbours, or to where a cloud keeps its keys, unless the configuration names that network.
//! Looked at where it is connected to, not only where it is typed in: a name may lead elsewhere by then.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is allowed beside the open Internet.
#[derive(Clone, Debug, Default)]
pub struct Guard(Vec<IpNet>);

impl Guard {
    pub fn new(allowed: impl IntoIterator<Item = IpNet>) -> Guard {
        Guard(allowed.into_iter().collect())
    }

    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address)) || is_public(address)
    }
}

/// An address of the open Internet. What IANA's registries of special-purpose addresses name is not.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let shared = a == 100 && (64..128).contains(&b); // RFC 6598
    let protocols = (a, b, c) == (192, 0, 0);
    let relay = (a, b, c) == (192, 88, 99);
    let benchmarks = a == 198 && (b == 18 || b == 19); // RFC 2544
    !(a == 0
        || v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || v4.is_multicast()
        || a >= 240
        || shared
        || protocols
        || relay
        || benchmarks)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, c, ..] = v6.segments();
    let global = a & 0xe000 == 0x2000; // 2000::/3, the only part that is given out
    let documentation = (a, b) == (0x2001, 0x0db8) || a & 0xfff0 == 0x3ff0;
    let protocols = a == 0x2001 && b < 0x0200; // Teredo among them
    // 6to4 carries an IPv4 address, which has to be public by itself.
    let inner = Ipv4Addr::from((u32::from(b) << 16) | u32::from(c));
    global && !documentation && !protocols && (a != 0x2002 || is_public_v4(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_open_internet_is_asked() {
        let guard = Guard::default();
        for open in ["8.8.8.8", "203.0.114.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2002:808:808::1"] {
            assert!(guard.allows(open.parse().unwrap()), "{open}");
        }
        for closed in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::",
        ] {
            assert!(!guard.allows(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn the_configuration_opens_a_network() {
        let guard = Guard::new(["10.9.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()]);
        for (address, open) in [("10.9.1.1", true), ("::ffff:10.9.1.1", true), ("10.8.1.1", false), ("::1", true)] {
            assert_eq!(guard.allows(address.parse().unwrap()), open, "{address}");
        }
    }
}
