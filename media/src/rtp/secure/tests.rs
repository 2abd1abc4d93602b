use super::cipher::{Cipher, Number};
use super::*;
use proptest::prelude::*;
use ring::aead::{AES_128_GCM, AES_256_GCM, LessSafeKey, UnboundKey};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn keying(suite: Suite, n: u8) -> Keying {
    Keying::new(suite, &vec![n; suite.key_length() + suite.salt_length()], 0).unwrap()
}

fn keys(suite: Suite, receive: u8, send: u8) -> Keys {
    Keys { receive: keying(suite, receive), send: keying(suite, send) }
}

/// Two telephones with the same pair of keys.
fn pair(suite: Suite) -> (Secure, Secure) {
    (Secure::new(&keys(suite, 1, 2)), Secure::new(&keys(suite, 2, 1)))
}

fn packet(ssrc: u32, seq: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 9];
    packet[2..4].copy_from_slice(&seq.to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend((0..160).map(|n| n as u8 ^ seq as u8));
    packet
}

fn report(ssrc: u32) -> Vec<u8> {
    let mut report = vec![0x80, 201, 0, 1];
    report.extend_from_slice(&ssrc.to_be_bytes());
    report.extend_from_slice(&[0x81, 202, 0, 1, 1, 2, 3, 4]);
    report
}

fn sent(from: &mut Secure, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + GROWTH, 0);
    let length = from.protect(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn sent_rtcp(from: &mut Secure, report: &[u8]) -> Vec<u8> {
    let mut buffer = report.to_vec();
    buffer.resize(report.len() + GROWTH, 0);
    let length = from.protect_rtcp(&mut buffer, report.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn heard(to: &mut Secure, protected: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut buffer = protected.to_vec();
    let length = to.unprotect(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn heard_rtcp(to: &mut Secure, protected: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut buffer = protected.to_vec();
    let length = to.unprotect_rtcp(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// The packets by which libsrtp checks itself; their key is that of RFC 3711 B.3.
#[test]
fn counter_mode_as_others_write_it() {
    let secret = bytes("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");
    let own = Keying::new(Suite::AesCm128HmacSha1_80, &secret, 0).unwrap();
    let both = Keys { receive: own.clone(), send: own };
    let mut secure = Secure::new(&both);
    let plain = bytes("800f1234decafbadcafebabe abababababababababababababababab");
    let sealed = bytes("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(sent(&mut secure, &plain), sealed);
    assert_eq!(heard(&mut secure, &sealed), Ok(plain));
    let plain = bytes("81c8000bcafebabe abababababababababababababababab");
    let sealed = bytes("81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    assert_eq!(sent_rtcp(&mut secure, &plain), sealed);
    assert_eq!(heard_rtcp(&mut secure, &sealed), Ok(plain));
}

/// RFC 7714 §16.1.1, §16.2.1, §17.1, §17.2: its examples name the session's key and salt.
///
/// Rows: S12.1
#[test]
fn galois_counter_mode_as_the_rfc_writes_it() {
    let rtp = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";
    let rtcp = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";
    let (short, long) =
        ("000102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let sound = (rtp, 12, [0; 4], Number { ssrc: 0x5501_a0b2, index: 0xf17b });
    let report = (rtcp, 8, [0x80, 0, 5, 0xd4], Number { ssrc: 0x4d61_7273, index: 0x5d4 });
    for ((plain, clear, trailer, number), key, sealed) in [
        (
            sound,
            short,
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833
             899d7f27 beb16a91 52cf765e e4390cce",
        ),
        (
            sound,
            long,
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b
             7aa3db36 dfffd6b0 f9bb7878 d7a76c13",
        ),
        (
            report,
            short,
            "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
             0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade",
        ),
        (
            report,
            long,
            "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047
             6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be",
        ),
    ] {
        let (plain, key, sealed) = (bytes(plain), bytes(key), bytes(sealed));
        let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        let key = Box::new(LessSafeKey::new(UnboundKey::new(algorithm, &key).unwrap()));
        let cipher = Cipher::Gcm { key, salt: *b"Quid pro quo" };
        let mut buffer = plain.clone();
        buffer.resize(sealed.len(), 0);
        assert!(cipher.seal(&mut buffer, clear, plain.len(), &trailer, number));
        assert_eq!(buffer, sealed);
        assert!(cipher.open(&mut buffer, clear, plain.len(), &trailer, number));
        assert_eq!(buffer[..plain.len()], plain);
    }
}

/// Rows: S12.1
#[test]
fn both_ways_in_every_suite_and_nothing_readable_between() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        for seq in 65_500..65_536 + 100u32 {
            let plain = packet(7, seq as u16);
            let sealed = sent(&mut a, &plain);
            assert!(sealed.len() > plain.len() && sealed.len() <= plain.len() + GROWTH);
            assert_eq!(sealed[..12], plain[..12]);
            assert!(!sealed.windows(8).any(|w| plain[12..].windows(8).any(|p| p == w)));
            assert_eq!(heard(&mut b, &sealed), Ok(plain), "{suite:?} {seq}");
            assert_eq!(heard(&mut b, &sealed), Err(Fault::Replayed));
            let plain = report(7);
            let sealed = sent_rtcp(&mut a, &plain);
            assert_eq!(heard_rtcp(&mut b, &sealed), Ok(plain));
            assert_eq!(heard_rtcp(&mut b, &sealed), Err(Fault::Replayed));
        }
        let back = packet(8, 1);
        let sealed = sent(&mut b, &back);
        assert_eq!(heard(&mut a, &sealed), Ok(back));
    }
}

#[test]
fn what_was_touched_is_forged_and_changes_nothing() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        let sealed = sent(&mut a, &packet(7, 5));
        let sealed_report = sent_rtcp(&mut a, &report(7));
        for bit in 0..sealed.len() * 8 {
            let mut touched = sealed.clone();
            touched[bit / 8] ^= 1 << (bit % 8);
            let got = heard(&mut b, &touched);
            assert!(matches!(got, Err(Fault::Forged | Fault::Malformed)), "{suite:?} {bit}: {got:?}");
        }
        for bit in 32..sealed_report.len() * 8 {
            let mut touched = sealed_report.clone();
            touched[bit / 8] ^= 1 << (bit % 8);
            assert!(heard_rtcp(&mut b, &touched).is_err(), "{suite:?} {bit}");
        }
        assert!(heard(&mut b, &sealed).is_ok());
        assert!(heard_rtcp(&mut b, &sealed_report).is_ok());
        let mut stranger = Secure::new(&keys(suite, 3, 4));
        assert_eq!(heard(&mut stranger, &sealed), Err(Fault::Forged));
        assert_eq!(heard(&mut b, &packet(7, 6)), Err(Fault::Forged), "not encrypted at all");
    }
}

#[test]
fn a_round_that_was_not_heard() {
    let (mut a, mut b) = pair(Suite::AesCm128HmacSha1_80);
    for seq in 65_530..65_536 + 3u32 {
        sent(&mut a, &packet(7, seq as u16));
    }
    for seq in 3..20 {
        let sealed = sent(&mut a, &packet(7, seq));
        assert_eq!(heard(&mut b, &sealed), Ok(packet(7, seq)), "its first packet is of the second round");
    }
}

#[test]
fn a_new_stream_under_the_same_key() {
    let (mut a, mut b) = pair(Suite::AeadAes128Gcm);
    for ssrc in 1..20 {
        for seq in 0..3 {
            let sealed = sent(&mut a, &packet(ssrc, seq));
            assert!(heard(&mut b, &sealed).is_ok());
        }
    }
    // Strangers cannot push the streams out that are known.
    for ssrc in 100..200 {
        assert_eq!(heard(&mut b, &packet(ssrc, 1)), Err(Fault::Forged));
    }
    assert_eq!(b.inbound_streams(), 4);
}

#[test]
fn after_a_new_description_a_telephone_may_count_from_zero_again() {
    for suite in Suite::ALL {
        let (mut a, mut b) = pair(suite);
        let mut old = Vec::new();
        for n in 0..70_000u32 {
            let sealed = sent(&mut a, &packet(7, n as u16));
            if n % 5_000 == 1 {
                assert!(heard(&mut b, &sealed).is_ok());
            }
            old = sealed;
        }
        assert!(heard(&mut b, &old).is_ok());
        let mut a = Secure::new(&keys(suite, 1, 2));
        let sealed = sent(&mut a, &packet(7, 500));
        assert_eq!(heard(&mut b, &sealed), Err(Fault::Replayed));
        assert!(!b.agree(&keys(suite, 2, 1)), "our own key is as before");
        for seq in 501..510 {
            let sealed = sent(&mut a, &packet(7, seq));
            assert_eq!(heard(&mut b, &sealed), Ok(packet(7, seq)), "{suite:?}");
            assert_eq!(heard(&mut b, &sealed), Err(Fault::Replayed));
        }
        // A new key ends the old one at once.
        assert!(b.agree(&keys(suite, 5, 6)));
        assert_eq!(heard(&mut b, &sent(&mut a, &packet(7, 600))), Err(Fault::Forged));
        let mut a = Secure::new(&keys(suite, 6, 5));
        assert!(heard(&mut b, &sent(&mut a, &packet(7, 601))).is_ok());
        assert!(heard(&mut a, &sent(&mut b, &packet(9, 1))).is_ok());
    }
}

#[test]
fn no_number_is_used_twice() {
    let (mut a, _) = pair(Suite::AeadAes128Gcm);
    sent(&mut a, &packet(7, 10));
    sent(&mut a, &packet(7, 12));
    sent(&mut a, &packet(7, 11));
    let mut again = packet(7, 11);
    again.resize(200, 0);
    assert_eq!(a.protect(&mut again, 172), None);
}

#[test]
fn an_identifier_in_every_packet_is_stepped_over() {
    for suite in Suite::ALL {
        let (mut a, _) = pair(suite);
        let their = Keying { identifier: 3, ..keying(suite, 2) };
        let mut b = Secure::new(&Keys { receive: their, send: keying(suite, 1) });
        let plain = packet(7, 10);
        let mut sealed = sent(&mut a, &plain);
        let at = if suite.salt_length() == 12 { sealed.len() } else { plain.len() };
        sealed.splice(at..at, [1, 2, 3]);
        assert_eq!(heard(&mut b, &sealed), Ok(plain));
        let plain = report(7);
        let mut sealed = sent_rtcp(&mut a, &plain);
        let at = if suite.salt_length() == 12 { sealed.len() } else { plain.len() + 4 };
        sealed.splice(at..at, [1, 2, 3]);
        assert_eq!(heard_rtcp(&mut b, &sealed), Ok(plain));
    }
}

#[test]
fn keys_do_not_show() {
    let secure = Secure::new(&keys(Suite::AesCm128HmacSha1_80, 77, 78));
    let shown = format!("{secure:?} {:?}", Guard::Keyed(Box::new(secure_of(&secure))));
    assert!(!shown.contains("77") && !shown.contains("78"), "{shown}");
}

fn secure_of(secure: &Secure) -> Secure {
    Secure::new(&secure.keys)
}

impl Secure {
    fn inbound_streams(&self) -> usize {
        self.inbound.known_streams()
    }
}

proptest! {
    /// Whatever a path does to the order of packets, each is heard once, over any number of rounds.
    #[test]
    fn order_does_not_matter(start: u16, steps in prop::collection::vec((1u32..40_000, any::<bool>()), 1..60)) {
        let start = start & 0x3fff;
        let (mut a, mut b) = pair(Suite::AesCm128HmacSha1_80);
        let mut late: Option<(Vec<u8>, Vec<u8>)> = None;
        let mut number = u32::from(start);
        for (step, hold) in steps {
            // The sender counts every one; the path loses most of a step.
            let from = number;
            number += step.min(30_000);
            for n in (from + 1..number).step_by(9_000) {
                sent(&mut a, &packet(7, n as u16));
            }
            let plain = packet(7, number as u16);
            let sealed = sent(&mut a, &plain);
            if hold && late.is_none() && step < 100 {
                late = Some((plain, sealed));
                continue;
            }
            prop_assert_eq!(heard(&mut b, &sealed), Ok(plain));
            if let Some((plain, sealed)) = late.take() {
                let got = heard(&mut b, &sealed);
                prop_assert!(got == Ok(plain) || got == Err(Fault::Replayed) || got == Err(Fault::Forged), "{:?}", got);
            }
        }
    }

    #[test]
    fn anything_may_arrive(mut junk in prop::collection::vec(any::<u8>(), 0..200), suite in 0usize..Suite::ALL.len()) {
        let (mut a, _) = pair(Suite::ALL[suite]);
        prop_assert!(a.unprotect(&mut junk.clone()).is_err());
        prop_assert!(a.unprotect_rtcp(&mut junk).is_err());
    }
}
