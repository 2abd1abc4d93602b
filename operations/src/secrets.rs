//! Passwords, tokens, and the hashes under which they are kept.

use crate::OperationError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use md5::{Digest, Md5};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

pub fn random<const N: usize>() -> Result<[u8; N], OperationError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| OperationError::Internal("the system gives no random numbers"))?;
    Ok(bytes)
}

/// A token, for a session or a ticket: 256 random bits in hexadecimal. Of a session's only the hash is kept.
pub fn token() -> Result<String, OperationError> {
    Ok(hex(&random::<32>()?))
}

pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// A password for a demo login: 16 characters without those that are mistaken for others.
pub fn password() -> Result<String, OperationError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random = random::<16>()?;
    Ok(random.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect())
}

/// Argon2id with the crate's defaults (19 MiB, two passes), as a PHC string. Slow on purpose: on a blocking thread only.
pub(crate) fn hash_password(password: &str) -> Result<String, OperationError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|_| OperationError::Internal("the password could not be hashed"))?.to_string())
}

/// Of a password that [`password`] made: eighty random bits need no slow hash to be safe from guessing, and a thousand of them
/// are made at a time.
pub(crate) fn hash_random(password: &str) -> Result<String, OperationError> {
    let least = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least there is");
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, least).hash_password(password.as_bytes());
    Ok(hash.map_err(|_| OperationError::Internal("the password could not be hashed"))?.to_string())
}

/// As slow as [`hash_password`], whatever the hash: a quick one would tell that there is such a login.
pub(crate) fn password_fits(password: &str, hash: &str) -> bool {
    let fits = |hash: &PasswordHash| Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    let usual = Params::try_from(&hash).is_ok_and(|p| p.m_cost() >= Params::DEFAULT_M_COST);
    if !usual {
        let _ = hash_password(password);
    }
    fits(&hash)
}

/// HA1 of digest authentication (RFC 7616 §3.4.2) with MD5 and with SHA-256, in hexadecimal.
pub(crate) fn ha1(user: &str, realm: &str, password: &str) -> (String, String) {
    let text = format!("{user}:{realm}:{password}");
    (hex(&Md5::digest(text.as_bytes())), hex(digest(&SHA256, text.as_bytes()).as_ref()))
}

/// Lower case, two digits per byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What [`hex`] wrote; `None`: it did not.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// User, realm and password of the example in RFC 7616 §3.9.1.
    #[test]
    fn ha1_is_that_of_the_rfc() {
        let (md5, sha256) = ha1("Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(md5, "3d78807defe7de2157e2b0b6573a855f");
        assert_eq!(sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
    }

    #[test]
    fn passwords_fit_their_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(password_fits("correct horse", &hash));
        assert!(!password_fits("correct horse ", &hash));
        assert!(!password_fits("correct horse", "nonsense"));
        assert_ne!(password().unwrap(), password().unwrap());
    }
}
