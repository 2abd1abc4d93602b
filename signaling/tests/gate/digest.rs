//! The client's side of digest authentication (RFC 2617, RFC 7616), written independently of the room's own.

use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text))
}

pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// `Authorization` for the first challenge in `response` that uses `algorithm` (`MD5` or `SHA-256`).
pub(crate) fn authorization(
    response: &str,
    algorithm: &str,
    method: &str,
    uri: &str,
    user: &str,
    password: &str,
) -> String {
    let challenge = response
        .lines()
        .find(|line| line.starts_with("WWW-Authenticate:") && parameter(line, "algorithm") == algorithm)
        .unwrap_or_else(|| panic!("no {algorithm} challenge in {response}"));
    let (realm, nonce) = (parameter(challenge, "realm"), parameter(challenge, "nonce"));
    let hash = if algorithm == "MD5" { md5_hex } else { sha256_hex };
    let (nc, cnonce) = ("00000001", "0a4f113b");
    let ha1 = hash(&format!("{user}:{realm}:{password}"));
    let ha2 = hash(&format!("{method}:{uri}"));
    let answer = hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}"));
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{answer}\", algorithm={algorithm}, qop=auth, nc={nc}, cnonce=\"{cnonce}\"\r\n"
    )
}

fn parameter(challenge: &str, name: &str) -> String {
    let (_, after) = challenge.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("no {name} in {challenge}"));
    let value = after.split([',', '\r']).next().unwrap_or(after);
    value.trim().trim_matches('"').to_owned()
}
