//! STUN (RFC 8489), as much as an ICE-lite agent needs: binding requests are read, and answered with short-term
//! credentials. Pure; what is read points into the datagram.

use ring::hmac;
use std::net::{IpAddr, SocketAddr};

const HEADER: usize = 20;
const COOKIE: u32 = 0x2112_a442;
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const FAILURE: u16 = 0x0111;

const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;

/// What the checksum of a message is mixed with (§14.7).
const FINGERPRINT_MASK: u32 = 0x5354_554e;
/// An integrity attribute with its head.
const INTEGRITY: usize = 24;
/// Unknown attributes that are named in an answer; who sends more does not mean it.
const MOST_UNKNOWN: usize = 4;

/// A binding request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    message: &'a [u8],
    /// Another one for every check; a check that is sent again has the same.
    pub(crate) transaction: [u8; 12],
    username: &'a [u8],
    /// Where the integrity attribute begins.
    integrity: usize,
    pub(crate) use_candidate: bool,
    /// The sender takes itself for the controlled side, too.
    pub(crate) controlled: bool,
    pub(crate) unknown: Vec<u16>,
}

/// Is it STUN, by its first byte, among all that a shared port gets (RFC 7983 §7)?
pub(crate) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|b| *b < 4)
}

impl<'a> Request<'a> {
    /// `None`: not a binding request with a name and an integrity attribute, or broken. What is neither is not answered:
    /// an answer to a stranger would make us a mirror.
    pub(crate) fn parse(message: &'a [u8]) -> Option<Request<'a>> {
        let header = message.first_chunk::<HEADER>()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let cookie = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        let kind = u16::from_be_bytes([header[0], header[1]]);
        if kind != REQUEST || cookie != COOKIE || length % 4 != 0 || message.len() != HEADER + length {
            return None;
        }
        let mut transaction = [0; 12];
        transaction.copy_from_slice(&header[8..]);
        let (mut username, mut integrity) = (None, None);
        let (mut use_candidate, mut controlled, mut unknown) = (false, false, Vec::new());
        let mut at = HEADER;
        while let Some(head) = message.get(at..at + 4) {
            let kind = u16::from_be_bytes([head[0], head[1]]);
            let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let value = message.get(at + 4..at + 4 + length)?;
            match kind {
                FINGERPRINT => {
                    let sum: [u8; 4] = value.try_into().ok()?;
                    let last = at + 8 == message.len();
                    if !last || u32::from_be_bytes(sum) != crc32(&message[..at]) ^ FINGERPRINT_MASK {
                        return None;
                    }
                }
                // §14.5: what follows the integrity is not protected by it.
                _ if integrity.is_some() => {}
                MESSAGE_INTEGRITY if length == 20 => integrity = Some(at),
                MESSAGE_INTEGRITY => return None,
                USERNAME => username = username.or(Some(value)),
                USE_CANDIDATE => use_candidate = true,
                ICE_CONTROLLED => controlled = true,
                PRIORITY => {}
                _ if kind < 0x8000 && unknown.len() < MOST_UNKNOWN => unknown.push(kind),
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        if at != message.len() {
            return None;
        }
        let (username, integrity) = (username?, integrity?);
        Some(Request { message, transaction, username, integrity, use_candidate, controlled, unknown })
    }

    /// The name fragment of ours that it names: the part before the colon (RFC 8445 §7.2.2).
    pub(crate) fn ufrag(&self) -> Option<&'a str> {
        let colon = self.username.iter().position(|b| *b == b':')?;
        std::str::from_utf8(&self.username[..colon]).ok()
    }

    pub(crate) fn is_by(&self, password: &str) -> bool {
        let tag = &self.message[self.integrity + 4..self.integrity + INTEGRITY];
        hmac::verify(&key(password), &covered(&self.message[..self.integrity]), tag).is_ok()
    }

    /// The answer to one that is in order.
    pub(crate) fn success(&self, from: SocketAddr, password: &str) -> Vec<u8> {
        let mut answer = self.answer(SUCCESS);
        let mut value = vec![0, if from.is_ipv6() { 2 } else { 1 }];
        value.extend((from.port() ^ (COOKIE >> 16) as u16).to_be_bytes());
        let mask = COOKIE.to_be_bytes().into_iter().chain(self.transaction);
        match from.ip() {
            IpAddr::V4(ip) => value.extend(ip.octets().iter().zip(mask).map(|(a, b)| a ^ b)),
            IpAddr::V6(ip) => value.extend(ip.octets().iter().zip(mask).map(|(a, b)| a ^ b)),
        }
        attribute(&mut answer, XOR_MAPPED_ADDRESS, &value);
        seal(answer, password)
    }

    /// 487: both sides think that they are the controlled one, and this one always is (RFC 8445 §7.3.1.1).
    pub(crate) fn role_conflict(&self, password: &str) -> Vec<u8> {
        let mut answer = self.answer(FAILURE);
        attribute(&mut answer, ERROR_CODE, b"\0\0\x04\x57Role Conflict");
        seal(answer, password)
    }

    /// 420: it wants something that is not known here.
    pub(crate) fn not_understood(&self, password: &str) -> Vec<u8> {
        let mut answer = self.answer(FAILURE);
        attribute(&mut answer, ERROR_CODE, b"\0\0\x04\x14Unknown Attribute");
        let kinds: Vec<u8> = self.unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
        attribute(&mut answer, UNKNOWN_ATTRIBUTES, &kinds);
        seal(answer, password)
    }

    fn answer(&self, kind: u16) -> Vec<u8> {
        let mut answer = Vec::with_capacity(96);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 0]);
        answer.extend(COOKIE.to_be_bytes());
        answer.extend(self.transaction);
        answer
    }
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend((value.len() as u16).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

/// Integrity, then the checksum.
fn seal(mut message: Vec<u8>, password: &str) -> Vec<u8> {
    let tag = hmac::sign(&key(password), &covered(&message));
    attribute(&mut message, MESSAGE_INTEGRITY, tag.as_ref());
    let length = (message.len() + 8 - HEADER) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    let sum = crc32(&message) ^ FINGERPRINT_MASK;
    attribute(&mut message, FINGERPRINT, &sum.to_be_bytes());
    message
}

/// What the integrity covers: all before it, with a length as if the message ended with it (§14.5).
fn covered(before: &[u8]) -> Vec<u8> {
    let mut covered = before.to_vec();
    let length = (before.len() + INTEGRITY - HEADER) as u16;
    covered[2..4].copy_from_slice(&length.to_be_bytes());
    covered
}

fn key(password: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
}

/// CRC-32 of ITU V.42, which is that of Ethernet. A message is a hundred bytes: bit by bit is fast enough.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// A request as a browser makes it: for what fuzzes, and for tests.
pub(crate) fn request(username: &str, password: &str, transaction: [u8; 12], nominate: bool) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend(REQUEST.to_be_bytes());
    message.extend([0, 0]);
    message.extend(COOKIE.to_be_bytes());
    message.extend(transaction);
    attribute(&mut message, USERNAME, username.as_bytes());
    attribute(&mut message, 0x802a, &[7; 8]); // ICE-CONTROLLING
    attribute(&mut message, PRIORITY, &[0x6e, 0x7f, 0x1e, 0xff]);
    if nominate {
        attribute(&mut message, USE_CANDIDATE, &[]);
    }
    seal(message, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 §2.1, sample request.
    const SAMPLE: [u8; 108] = [
        0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87,
        0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c,
        0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f,
        0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76,
        0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,
        0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
    ];
    const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    #[test]
    fn the_sample_of_rfc_5769_is_read_and_its_password_known() {
        let request = Request::parse(&SAMPLE).unwrap();
        assert_eq!(request.ufrag(), Some("evtj"));
        assert!(request.is_by(PASSWORD) && !request.is_by("VOkJxbRl1RmTxUk/WvJxBT"));
        assert!(request.controlled && !request.use_candidate && request.unknown.is_empty());
        for at in 0..SAMPLE.len() - 8 {
            let mut broken = SAMPLE;
            broken[at] ^= 0x10;
            assert!(Request::parse(&broken).is_none(), "the checksum covers byte {at}");
        }
    }

    #[test]
    fn an_answer_is_what_the_rfc_shows() {
        let bytes = request("us:them", PASSWORD, SAMPLE[8..20].try_into().unwrap(), true);
        let asked = Request::parse(&bytes).unwrap();
        assert!(asked.use_candidate && asked.is_by(PASSWORD));
        // RFC 5769 §2.2: 192.0.2.1:32853, here without its SOFTWARE.
        let answer = asked.success("192.0.2.1:32853".parse().unwrap(), PASSWORD);
        assert_eq!(answer[..2], [1, 1]);
        assert_eq!(answer[20..32], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        assert_eq!(answer.len(), usize::from(u16::from_be_bytes([answer[2], answer[3]])) + HEADER);
        // §2.3: over IPv6.
        let answer = asked.success("[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap(), PASSWORD);
        let address = [0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9];
        assert_eq!(answer[28..44], address);
        for refusal in [asked.role_conflict(PASSWORD), asked.not_understood(PASSWORD)] {
            assert_eq!(refusal[..2], [1, 0x11]);
        }
    }

    #[test]
    fn nothing_else_is_answered() {
        let good = request("us:them", PASSWORD, [1; 12], false);
        assert!(Request::parse(&good[..good.len() - 4]).is_none());
        assert!(Request::parse(&[]).is_none());
        let mut indication = good.clone();
        indication[1] = 0x11;
        assert!(Request::parse(&indication).is_none());
    }
}
