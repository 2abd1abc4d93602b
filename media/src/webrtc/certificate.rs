//! Who we are to a browser, and who it is: certificates that sign themselves, known by their fingerprints, which the
//! descriptions carry (RFC 8122).

use dimpl::DtlsCertificate;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, SerialNumber};
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::Write;

/// Ours: one for each run of the program, shared by its legs.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(super) certificate: DtlsCertificate,
    pub(crate) fingerprint: Fingerprint,
}

/// The hash of a certificate: the proof that who shakes hands is who described itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    how: Hash,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Identity {
    /// `None`: no key could be made; there is no randomness.
    pub(crate) fn new() -> Option<Identity> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).ok()?;
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        // It says nothing about the machine.
        name.push(DnType::CommonName, "WebRTC");
        params.distinguished_name = name;
        // Firefox takes two certificates of one name and number for a forgery.
        let mut serial = [0; 16];
        SystemRandom::new().fill(&mut serial).ok()?;
        serial[0] &= 0x7f;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let certificate = params.self_signed(&key).ok()?.der().to_vec();
        let fingerprint = Fingerprint::of(&certificate, Hash::Sha256);
        let certificate = DtlsCertificate { certificate, private_key: key.serialize_der() };
        Some(Identity { certificate, fingerprint })
    }
}

impl Fingerprint {
    fn of(certificate: &[u8], how: Hash) -> Fingerprint {
        let which = match how {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
        };
        Fingerprint { how, value: digest::digest(which, certificate).as_ref().to_vec() }
    }

    /// `sha-256 AF:12:…`, as in `a=fingerprint`. `None`: broken, or by a hash that proves nothing any more.
    pub(crate) fn parse(text: &str) -> Option<Fingerprint> {
        let (how, value) = text.trim().split_once(' ')?;
        let (how, length) = match how.to_ascii_lowercase().as_str() {
            "sha-256" => (Hash::Sha256, 32),
            "sha-384" => (Hash::Sha384, 48),
            "sha-512" => (Hash::Sha512, 64),
            _ => return None,
        };
        let byte = |hex: &str| (hex.len() == 2).then(|| u8::from_str_radix(hex, 16).ok()).flatten();
        let value: Vec<u8> = value.trim().split(':').map(byte).collect::<Option<_>>()?;
        (value.len() == length).then_some(Fingerprint { how, value })
    }

    pub(crate) fn is_of(&self, certificate: &[u8]) -> bool {
        Fingerprint::of(certificate, self.how) == *self
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.how {
            Hash::Sha256 => "sha-256 ",
            Hash::Sha384 => "sha-384 ",
            Hash::Sha512 => "sha-512 ",
        })?;
        for (n, byte) in self.value.iter().enumerate() {
            if n > 0 {
                f.write_char(':')?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

/// The public key of an X.509 certificate, where that is a point of an elliptic curve. Only the way to it is read: who a
/// certificate belongs to says its fingerprint, and nothing in it is believed.
pub(super) fn public_point(certificate: &[u8]) -> Option<&[u8]> {
    /// `id-ecPublicKey`, 1.2.840.10045.2.1.
    const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let (certificate, _) = der(certificate, 0x30)?;
    let (mut tbs, _) = der(certificate, 0x30)?;
    // The version, where it is not the first.
    if let Some((_, rest)) = der(tbs, 0xa0) {
        tbs = rest;
    }
    // Serial number, algorithm, issuer, validity, subject.
    for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
        tbs = der(tbs, tag)?.1;
    }
    let (key, _) = der(tbs, 0x30)?;
    let (algorithm, bits) = der(key, 0x30)?;
    if der(algorithm, 0x06)?.0 != EC_PUBLIC_KEY {
        return None;
    }
    let (bits, _) = der(bits, 0x03)?;
    // No bits unused, and the point is not compressed.
    match bits {
        [0, point @ ..] if point.first() == Some(&4) => Some(point),
        _ => None,
    }
}

/// One value of this tag at the beginning, and what follows it.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), &rest[2..]),
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_known_by_its_fingerprint_and_no_other() {
        let (ours, other) = (Identity::new().unwrap(), Identity::new().unwrap());
        let read = Fingerprint::parse(&ours.fingerprint.to_string()).unwrap();
        assert_eq!(read, ours.fingerprint);
        assert!(read.is_of(&ours.certificate.certificate) && !read.is_of(&other.certificate.certificate));
        for broken in ["", "sha-256", "sha-256 AF", "sha-1 AF:12", "md5 00", "sha-256 +1:00", &"sha-256 0:".repeat(32)]
        {
            assert_eq!(Fingerprint::parse(broken), None, "{broken}");
        }
        let lower = ours.fingerprint.to_string().to_ascii_lowercase();
        assert_eq!(Fingerprint::parse(&lower), Some(read), "RFC 8122 writes capitals, not everybody does");
    }

    #[test]
    fn the_key_is_found_and_a_broken_certificate_has_none() {
        let ours = Identity::new().unwrap().certificate.certificate;
        assert_eq!(public_point(&ours).map(<[u8]>::len), Some(65));
        for end in 0..ours.len() {
            let _ = public_point(&ours[..end]);
        }
        assert_eq!(public_point(&[0x30, 0x82, 0xff]), None);
    }
}
