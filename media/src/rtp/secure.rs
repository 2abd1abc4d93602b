//! SRTP and SRTCP (RFC 3711, RFC 7714): one leg's packets, authenticated and encrypted where they lie.
//!
//! Two directions with a key each. What arrives is believed by nobody before it is authentic ([`inbound`]); what leaves is
//! protected last of all ([`outbound`]), and never twice under one number. A packet costs no allocation, and what is kept of
//! streams is bounded: a stream is known once one of its packets was authentic. Where the keys come from is not known here.

mod cipher;
mod inbound;
mod outbound;
mod window;

pub(crate) use inbound::Fault;

use inbound::Inbound;
use outbound::Outbound;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use zeroize::Zeroize;

/// The longest that a packet gets by being protected: a tag of 16 bytes, and the index of SRTCP.
pub(crate) const GROWTH: usize = 20;

/// How packets are encrypted and authenticated. The names are those of the registries (RFC 4568 §6.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    AeadAes128Gcm,
    /// Taken: what browsers like best.
    AeadAes256Gcm,
    AesCm128HmacSha1_80,
    /// Taken, not offered: a forged packet passes once in four thousand millions.
    AesCm128HmacSha1_32,
}

impl Suite {
    pub(crate) const ALL: [Suite; 4] =
        [Suite::AeadAes128Gcm, Suite::AeadAes256Gcm, Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];
    /// In the order in which they are offered.
    pub(crate) const OFFERED: [Suite; 2] = [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1_80];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    pub(crate) const fn key_length(self) -> usize {
        match self {
            Suite::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    pub(crate) const fn salt_length(self) -> usize {
        match self {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 14,
        }
    }
}

/// What one side encrypts with: a master key and its salt. Never in a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keying {
    pub(crate) suite: Suite,
    /// The last sixteen bytes of a shorter one are zero.
    key: [u8; 32],
    /// The last two bytes of a shorter one are zero.
    salt: [u8; 14],
    /// Bytes of a master key identifier in every packet: they name the only key there is.
    pub(crate) identifier: u8,
}

impl Keying {
    /// Key and salt, one after the other. `None`: not as many as the suite wants.
    pub(crate) fn new(suite: Suite, secret: &[u8], identifier: u8) -> Option<Keying> {
        let (secret, rest) = secret.split_at_checked(suite.key_length())?;
        let mut key = [0; 32];
        key[..secret.len()].copy_from_slice(secret);
        if rest.len() != suite.salt_length() {
            return None;
        }
        let mut salt = [0; 14];
        salt[..rest.len()].copy_from_slice(rest);
        Some(Keying { suite, key, salt, identifier })
    }

    /// A new one of ours. `None`: the system has no randomness to give.
    pub(crate) fn fresh(suite: Suite) -> Option<Keying> {
        let mut secret = [0; 46];
        SystemRandom::new().fill(&mut secret).ok()?;
        let keying = Keying::new(suite, &secret[..suite.key_length() + suite.salt_length()], 0);
        secret.zeroize();
        keying
    }

    /// Key and salt, one after the other.
    pub(crate) fn secret(&self) -> Vec<u8> {
        [&self.key[..self.suite.key_length()], &self.salt[..self.suite.salt_length()]].concat()
    }
}

impl Drop for Keying {
    fn drop(&mut self) {
        self.key.zeroize();
        self.salt.zeroize();
    }
}

impl fmt::Debug for Keying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keying").field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// What was agreed: with what the other side encrypts, and with what we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) receive: Keying,
    pub(crate) send: Keying,
}

/// Both directions of a leg.
pub(crate) struct Secure {
    keys: Keys,
    inbound: Inbound,
    outbound: Outbound,
}

impl Secure {
    pub(crate) fn new(keys: &Keys) -> Secure {
        Secure { keys: keys.clone(), inbound: Inbound::new(&keys.receive), outbound: Outbound::new(&keys.send) }
    }

    /// Descriptions were exchanged again. `true`: what we send has a new key, and begins a new stream with it.
    fn agree(&mut self, keys: &Keys) -> bool {
        if self.keys.receive == keys.receive {
            self.inbound.may_begin_anew();
        } else {
            self.inbound = Inbound::new(&keys.receive);
        }
        let rekeyed = self.keys.send != keys.send;
        if rekeyed {
            self.outbound = Outbound::new(&keys.send);
        }
        self.keys = keys.clone();
        rekeyed
    }

    /// Authenticate and decrypt an RTP packet where it lies; how long it is then.
    pub(crate) fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        self.inbound.rtp(packet)
    }

    pub(crate) fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        self.inbound.rtcp(packet)
    }

    /// Encrypt an RTP packet of this length at the beginning of a buffer with [`GROWTH`] bytes behind it; how long it is
    /// then. `None`: its number was used.
    pub(crate) fn protect(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.rtp(buffer, length)
    }

    pub(crate) fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.rtcp(buffer, length)
    }
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// What stands between a leg and the wire.
#[derive(Debug, Default)]
pub(crate) enum Guard {
    #[default]
    Open,
    /// Nothing passes: it must be encrypted, and there are no keys yet.
    Locked,
    Keyed(Box<Secure>),
}

impl Guard {
    /// What was agreed, where it has keys. `true`: what we send begins a new stream.
    pub(crate) fn agree(&mut self, keys: Option<&Keys>) -> bool {
        match (&mut *self, keys) {
            (Guard::Keyed(secure), Some(keys)) => secure.agree(keys),
            (_, Some(keys)) => {
                *self = Guard::Keyed(Box::new(Secure::new(keys)));
                true
            }
            (_, None) => {
                *self = Guard::Open;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
