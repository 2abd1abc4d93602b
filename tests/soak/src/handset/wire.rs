//! What a telephone writes.

use super::Handset;
use anyhow::{Context as _, Result};
use md5::{Digest as _, Md5};
use ringdesk_interop::Message;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// A word that no other message on this machine has.
pub(super) fn fresh() -> String {
    format!("s{}x{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

pub(super) fn uri_of(field: &str) -> String {
    field.split(['<', '>']).nth(usize::from(field.contains('<'))).unwrap_or(field).to_owned()
}

/// Credentials for a challenge by MD5 (RFC 7616 §3.4).
pub fn digest(challenge: &str, user: &str, password: &str, method: &str, uri: &str) -> Result<String> {
    let part = |name: &str| {
        let rest = &challenge[challenge.find(&format!("{name}=\""))? + name.len() + 2..];
        Some(rest[..rest.find('"')?].to_owned())
    };
    let (realm, nonce) = (part("realm").context("realm")?, part("nonce").context("nonce")?);
    let (ha1, ha2) = (md5(&format!("{user}:{realm}:{password}")), md5(&format!("{method}:{uri}")));
    let response = md5(&format!("{ha1}:{nonce}:00000001:soak:auth:{ha2}"));
    Ok(format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm=MD5, qop=auth, nc=00000001, cnonce=\"soak\""
    ))
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a String takes everything
        hex
    })
}

impl Handset {
    pub(super) fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.user, self.address)
    }

    pub(super) fn sdp(&self) -> String {
        let (host, port) = (self.address.ip(), self.stream.port());
        format!(
            "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n"
        )
    }

    pub(super) fn request(&self, start: &str, branch: &str, headers: Vec<(&str, String)>, body: &str) -> Vec<u8> {
        let mut text = format!(
            "{start}\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n",
            self.address
        );
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        finish(text, body)
    }

    pub(super) fn response(&self, request: &Message, status: &str, to: &str, body: &str) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &request.headers {
            if ["via", "from", "call-id", "cseq", "record-route"].iter().any(|n| name.eq_ignore_ascii_case(n)) {
                let _ = write!(text, "{name}: {value}\r\n");
            }
        }
        let _ = write!(text, "To: {to}\r\nContact: {}\r\n", self.contact());
        finish(text, body)
    }
}

fn finish(mut text: String, body: &str) -> Vec<u8> {
    if !body.is_empty() {
        text += "Content-Type: application/sdp\r\n";
    }
    let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1's user, without its cnonce.
    #[test]
    fn credentials_name_everything_they_prove() {
        let said =
            digest("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "Mufasa", "pw", "REGISTER", "sip:a").unwrap();
        let ha1 = md5("Mufasa:r:pw");
        assert_eq!(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert!(said.contains(&format!(
            "response=\"{}\"",
            md5(&format!("{ha1}:n:00000001:soak:auth:{}", md5("REGISTER:sip:a")))
        )));
        assert!(digest("Basic", "a", "b", "c", "d").is_err());
    }

    #[test]
    fn a_uri_stands_with_or_without_brackets() {
        assert_eq!(uri_of("\"A\" <sip:a@b>;tag=1"), "sip:a@b");
        assert_eq!(uri_of("sip:a@b"), "sip:a@b");
    }
}
