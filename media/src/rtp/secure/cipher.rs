//! The arithmetic of RFC 3711 and RFC 7714 for one key: key derivation, counter mode, tags.

use super::{Keying, Suite};
use aes::cipher::consts::U16;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// RFC 3711 §4.3.2: what a session key is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Rtp = 0,
    Rtcp = 3,
}

/// SRTCP's tag is never shortened (RFC 3711 §3.4, §5.2).
const LONG_TAG: usize = 10;
const GCM_TAG: usize = 16;
/// Counter mode makes its key stream in pieces of so many blocks, which is what the processor does at once.
const BLOCKS: usize = 8;

/// The session keys of one direction for RTP or for RTCP.
pub(super) enum Cipher {
    CounterMode { cipher: Box<Aes128>, salt: [u8; 14], mac: hmac::Key, tag: usize },
    Gcm { key: Box<LessSafeKey>, salt: [u8; 12] },
}

/// What makes each packet's key stream its own: the stream, and the packet's number in it.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) ssrc: u32,
    /// 48 bits of RTP (roll-overs and sequence number), 31 of RTCP.
    pub(super) index: u64,
}

impl Cipher {
    pub(super) fn new(keying: &Keying, purpose: Purpose) -> Cipher {
        let length = keying.suite.key_length();
        let derive = |label: u8, out: &mut [u8]| {
            let mut input = keying.salt;
            input[7] ^= purpose as u8 + label;
            out.fill(0);
            let mut short = [0; 16];
            short.copy_from_slice(&keying.key[..16]);
            match keying.suite {
                // RFC 6188: the long key makes long keys.
                Suite::AeadAes256Gcm => counter_mode(&Aes256::new(&keying.key.into()), &input, out),
                _ => counter_mode(&Aes128::new(&short.into()), &input, out),
            }
            short.zeroize();
        };
        let mut key = [0; 32];
        derive(0, &mut key[..length]);
        let mut salt = [0; 14];
        derive(2, &mut salt);
        let cipher = match keying.suite {
            suite @ (Suite::AeadAes128Gcm | Suite::AeadAes256Gcm) => {
                let algorithm = if suite == Suite::AeadAes128Gcm { &AES_128_GCM } else { &AES_256_GCM };
                let unbound = UnboundKey::new(algorithm, &key[..length]).expect("a key has the length of its suite");
                let mut short = [0; 12];
                short.copy_from_slice(&salt[..12]);
                Cipher::Gcm { key: Box::new(LessSafeKey::new(unbound)), salt: short }
            }
            suite @ (Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32) => {
                let mut secret = [0; 20];
                derive(1, &mut secret);
                let short = suite == Suite::AesCm128HmacSha1_32 && matches!(purpose, Purpose::Rtp);
                let mac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
                secret.zeroize();
                let mut own = [0; 16];
                own.copy_from_slice(&key[..16]);
                let cipher = Box::new(Aes128::new(&own.into()));
                own.zeroize();
                Cipher::CounterMode { cipher, salt, mac, tag: if short { 4 } else { LONG_TAG } }
            }
        };
        key.zeroize();
        cipher
    }

    pub(super) fn tag(&self) -> usize {
        match self {
            Cipher::CounterMode { tag, .. } => *tag,
            Cipher::Gcm { .. } => GCM_TAG,
        }
    }

    /// Encrypt what lies from `clear` to `end`; the tag comes behind it. `trailer`: authenticated, not encrypted and not
    /// where it is sent (the roll-over counter; SRTCP's index). `false`: it could not be.
    pub(super) fn seal(&self, buffer: &mut [u8], clear: usize, end: usize, trailer: &[u8; 4], number: Number) -> bool {
        let Some((packet, behind)) = buffer.split_at_mut_checked(end) else { return false };
        let (head, body) = packet.split_at_mut(clear);
        match self {
            Cipher::CounterMode { cipher, salt, mac, tag } => {
                counter_mode(&**cipher, &input(salt, number), body);
                let Some(place) = behind.get_mut(..*tag) else { return false };
                let mut context = hmac::Context::with_key(mac);
                context.update(packet);
                context.update(trailer);
                place.copy_from_slice(&context.sign().as_ref()[..*tag]);
            }
            Cipher::Gcm { key, salt } => {
                let Some(place) = behind.get_mut(..GCM_TAG) else { return false };
                // Of SRTCP the trailer belongs to what is authenticated (RFC 7714 §9.2); of SRTP it stands in the nonce.
                let mut aad = [0; 12];
                let aad = if clear == 8 {
                    aad[..8].copy_from_slice(head);
                    aad[8..].copy_from_slice(trailer);
                    &aad[..]
                } else {
                    &*head
                };
                let Ok(tag) = key.seal_in_place_separate_tag(nonce(salt, number), Aad::from(aad), body) else {
                    return false;
                };
                place.copy_from_slice(tag.as_ref());
            }
        }
        true
    }

    /// Check the tag behind `end` and decrypt what lies before it. `false`: it is not authentic, and where GCM is used what
    /// lay there is lost.
    pub(super) fn open(&self, packet: &mut [u8], clear: usize, end: usize, trailer: &[u8; 4], number: Number) -> bool {
        match self {
            Cipher::CounterMode { cipher, salt, mac, tag } => {
                let (sealed, behind) = packet.split_at_mut(end);
                let mut context = hmac::Context::with_key(mac);
                context.update(sealed);
                context.update(trailer);
                let computed = context.sign();
                let Some(theirs) = behind.get(..*tag) else { return false };
                if !bool::from(computed.as_ref()[..*tag].ct_eq(theirs)) {
                    return false;
                }
                counter_mode(&**cipher, &input(salt, number), &mut sealed[clear..]);
                true
            }
            Cipher::Gcm { key, salt } => {
                let (head, body) = packet.split_at_mut(clear);
                let Some(body) = body.get_mut(..end - clear + GCM_TAG) else { return false };
                let mut aad = [0; 12];
                let aad = if clear == 8 {
                    aad[..8].copy_from_slice(head);
                    aad[8..].copy_from_slice(trailer);
                    &aad[..]
                } else {
                    &*head
                };
                key.open_in_place(nonce(salt, number), Aad::from(aad), body).is_ok()
            }
        }
    }
}

/// RFC 3711 §4.1.1: the counter block without its counter.
fn input(salt: &[u8; 14], number: Number) -> [u8; 14] {
    let mut block = *salt;
    xor(&mut block[4..8], &number.ssrc.to_be_bytes());
    xor(&mut block[8..14], &number.index.to_be_bytes()[2..]);
    block
}

/// RFC 7714 §8.1 and §9.1. The 48 bits of SRTP's index and the 31 of SRTCP's end at the same place.
fn nonce(salt: &[u8; 12], number: Number) -> Nonce {
    let mut nonce = *salt;
    xor(&mut nonce[2..6], &number.ssrc.to_be_bytes());
    xor(&mut nonce[6..12], &number.index.to_be_bytes()[2..]);
    Nonce::assume_unique_for_key(nonce)
}

fn xor(to: &mut [u8], with: &[u8]) {
    to.iter_mut().zip(with).for_each(|(a, b)| *a ^= b);
}

/// Encrypt or decrypt: the key stream of this block, counted up, over what lies there.
fn counter_mode(cipher: &impl BlockEncrypt<BlockSize = U16>, input: &[u8; 14], data: &mut [u8]) {
    let mut counter = 0u16;
    for piece in data.chunks_mut(16 * BLOCKS) {
        let mut blocks = [aes::Block::default(); BLOCKS];
        let count = piece.len().div_ceil(16);
        for block in &mut blocks[..count] {
            block[..14].copy_from_slice(input);
            block[14..].copy_from_slice(&counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        cipher.encrypt_blocks(&mut blocks[..count]);
        for (bytes, stream) in piece.chunks_mut(16).zip(&blocks) {
            xor(bytes, stream);
        }
    }
}
