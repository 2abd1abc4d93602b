//! STUN on the SIP port.

use ringdesk_signaling::gate::stun::{answer, is_stun};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const COOKIE: [u8; 4] = 0x2112_A442_u32.to_be_bytes();

pub(super) fn run(datagram: &[u8]) {
    let froms = [
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), 1024),
        SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9)), 65_535),
    ];
    for from in froms {
        let Some(answer) = answer(datagram, from) else { continue };
        assert!(is_stun(datagram));
        // Nobody is answered with much more than was asked: no amplifier.
        assert!(answer.len() <= datagram.len() + 24);
        assert_eq!(answer[..2], [1, 1]);
        assert_eq!(answer[4..20], datagram[4..20], "cookie and transaction");
        assert_eq!(usize::from(u16::from_be_bytes([answer[2], answer[3]])), answer.len() - 20);
        assert_eq!(mapped(&answer), from);
    }
    // A SIP message is never taken for STUN.
    if datagram.first().is_some_and(|first| *first >= 2) {
        assert!(!is_stun(datagram));
    }
}

/// XOR-MAPPED-ADDRESS, read as RFC 8489 §14.2 has it.
fn mapped(answer: &[u8]) -> SocketAddr {
    assert_eq!(answer[20..22], [0, 0x20]);
    let value = &answer[24..];
    let port = u16::from_be_bytes([value[2] ^ COOKIE[0], value[3] ^ COOKIE[1]]);
    let plain: Vec<u8> = value[4..].iter().zip(&answer[4..20]).map(|(a, b)| a ^ b).collect();
    let ip = match value[1] {
        1 => IpAddr::from(<[u8; 4]>::try_from(plain).expect("four bytes")),
        _ => IpAddr::from(<[u8; 16]>::try_from(plain).expect("sixteen bytes")),
    };
    SocketAddr::new(ip, port)
}
