//! The STUN keepalive of a phone behind NAT (RFC 5626 §3.5.1, §4.4.2): a Binding request on the SIP port is answered with
//! the address it came from, and nothing else of RFC 8489 is spoken here.

use std::net::{IpAddr, SocketAddr};

const COOKIE: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const HEADER: usize = 20;

/// SIP begins with a printable character, STUN with two zero bits and, for its methods in use, a byte below 2.
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER && datagram[0] < 2 && datagram[4..8] == COOKIE.to_be_bytes()
}

/// The answer to a Binding request; `None` for everything else.
pub fn answer(datagram: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    if !is_stun(datagram) {
        return None;
    }
    let word = |at: usize| u16::from_be_bytes([datagram[at], datagram[at + 1]]);
    if word(0) != BINDING_REQUEST || usize::from(word(2)) != datagram.len() - HEADER {
        return None;
    }
    let transaction = &datagram[8..HEADER];
    let mut value = vec![0, if from.is_ipv4() { 1 } else { 2 }];
    value.extend((from.port() ^ (COOKIE >> 16) as u16).to_be_bytes());
    // The address is masked with the cookie, an IPv6 address with the transaction id as well (RFC 8489 §14.2).
    let mask = COOKIE.to_be_bytes().into_iter().chain(transaction.iter().copied());
    match from.ip() {
        IpAddr::V4(ip) => value.extend(ip.octets().into_iter().zip(mask).map(|(a, b)| a ^ b)),
        IpAddr::V6(ip) => value.extend(ip.octets().into_iter().zip(mask).map(|(a, b)| a ^ b)),
    }
    let mut answer = Vec::with_capacity(HEADER + 4 + value.len());
    answer.extend(BINDING_SUCCESS.to_be_bytes());
    answer.extend((4 + value.len() as u16).to_be_bytes());
    answer.extend(&datagram[4..HEADER]);
    answer.extend(XOR_MAPPED_ADDRESS.to_be_bytes());
    answer.extend((value.len() as u16).to_be_bytes());
    answer.extend(value);
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Vec<u8> {
        let mut request = vec![0, 1, 0, 0];
        request.extend(COOKIE.to_be_bytes());
        request.extend([0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]);
        request
    }

    /// The mapped addresses of RFC 5769 §2.2 and §2.3, which use this transaction id.
    #[test]
    fn answers_as_the_test_vectors_do() {
        let v4 = answer(&request(), "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(v4[..4], [1, 1, 0, 12]);
        assert_eq!(v4[4..20], request()[4..20]);
        assert_eq!(v4[20..], [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let v6 = answer(&request(), "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap()).unwrap();
        assert_eq!(
            v6[20..],
            [
                0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc,
                0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9
            ]
        );
    }

    #[test]
    fn answers_nothing_else() {
        let from = "192.0.2.1:32853".parse().unwrap();
        let mut success = request();
        success[0] = 1;
        let mut longer = request();
        longer[3] = 8;
        let mut cookie = request();
        cookie[4] = 0;
        for odd in [&success[..], &longer, &cookie, &request()[..19], b"", b"OPTIONS sip:a SIP/2.0\r\n\r\n"] {
            assert_eq!(answer(odd, from), None);
        }
    }
}
