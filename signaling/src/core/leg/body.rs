//! What the body of a message holds for a leg: a session description, a key.

use crate::core::headers::Name;
use crate::core::message::Message;
use crate::core::params::Params;
use bytes::Bytes;
use ringdesk_voice::Digit;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Empty,
    Sdp(Bytes),
    /// Content-Encoding other than identity (415).
    Encoded,
    /// A kind that we cannot use (415).
    Unknown,
}

impl Body {
    pub(crate) fn sdp(self) -> Option<Bytes> {
        match self {
            Body::Sdp(sdp) => Some(sdp),
            _ => None,
        }
    }
}

pub(crate) fn body_of(message: &Message) -> Body {
    if message.body.is_empty() {
        return Body::Empty;
    }
    if message.headers.all(&Name::ContentEncoding).any(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Body::Encoded;
    }
    match message.content_type().as_deref() {
        Some("application/sdp") => Body::Sdp(message.body.clone()),
        Some(kind) if kind.starts_with("multipart/") => multipart(message).unwrap_or(Body::Unknown),
        None if message.body.starts_with(b"v=0") => Body::Sdp(message.body.clone()),
        _ => Body::Unknown,
    }
}

/// The first `application/sdp` part (RFC 5621). A multipart body without one is no offer but may be harmless.
fn multipart(message: &Message) -> Option<Body> {
    let (_, params) = message.headers.get(&Name::ContentType)?.split_once(';')?;
    let boundary = Params::parse(params)?.unquoted("boundary").filter(|b| !b.is_empty() && b.len() <= 70)?;
    let delimiter = format!("--{boundary}");
    let mut starts = find_all(&message.body, delimiter.as_bytes());
    let mut from = starts.next()?;
    for to in starts {
        let part = message.body.get(from + delimiter.len()..to)?;
        let (split, gap) = [&b"\r\n\r\n"[..], b"\n\n"]
            .iter()
            .filter_map(|gap| find_all(part, gap).next().map(|at| (at, gap.len())))
            .min()?;
        let head = String::from_utf8_lossy(&part[..split]).to_ascii_lowercase();
        let is_sdp = head.lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                matches!(name.trim(), "content-type" | "c")
                    && value.split(';').next().map(str::trim) == Some("application/sdp")
            })
        });
        if is_sdp {
            let end = to - if message.body[..to].ends_with(b"\r\n") { 2 } else { 1 };
            let start = from + delimiter.len() + split + gap;
            return (start <= end).then(|| Body::Sdp(message.body.slice(start..end)));
        }
        from = to;
    }
    Some(Body::Empty)
}

fn find_all<'a>(text: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    (0..(text.len() + 1).saturating_sub(what.len())).filter(move |at| text[*at..].starts_with(what))
}

/// The key in an INFO: `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`). `None`: none.
pub(crate) fn digit_in(message: &Message) -> Option<(Digit, Option<Duration>)> {
    let text = std::str::from_utf8(&message.body).ok()?;
    match message.content_type()?.as_str() {
        "application/dtmf-relay" => {
            let field = |name: &str| {
                let mut values = text.lines().filter_map(|line| line.split_once('='));
                values.find(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
            };
            let duration = field("Duration").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
            Some((key(field("Signal")?)?, duration))
        }
        "application/dtmf" => Some((key(text.trim())?, None)),
        _ => None,
    }
}

/// `5`, `*`, `#`, `A`; as an event code `10` and `11` are `*` and `#`.
fn key(text: &str) -> Option<Digit> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) => Digit::new(key),
        _ => text.parse().ok().filter(|code| (10..16).contains(code)).and_then(Digit::from_event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::method::Method;

    fn message(kind: &str, body: &str) -> Message {
        let mut message = Message::request(Method::Info, "sip:a@b");
        if !kind.is_empty() {
            message.headers.push(Name::ContentType, kind);
        }
        message.body = Bytes::copy_from_slice(body.as_bytes());
        message
    }

    #[test]
    fn bodies() {
        let sdp = |text: &str| Body::Sdp(Bytes::copy_from_slice(text.as_bytes()));
        let parts = "preamble\r\n--xx\r\nContent-Type: text/plain\r\n\r\nhi\r\n--xx\r\nContent-Type: Application/SDP; a=b\r\n\r\nv=0\r\n\r\n--xx--\r\n";
        for (kind, body, want) in [
            ("", "", Body::Empty),
            ("application/SDP;x=y", "v=0\r\n", sdp("v=0\r\n")),
            ("", "v=0\r\n", sdp("v=0\r\n")),
            ("", "hello", Body::Unknown),
            ("application/isup", "x", Body::Unknown),
            ("multipart/mixed;boundary=\"xx\"", parts, sdp("v=0\r\n")),
            ("multipart/mixed;boundary=yy", parts, Body::Unknown),
            ("multipart/mixed;boundary=xx", "--xx\r\nContent-Type: a/b\r\n\r\nx\r\n--xx--", Body::Empty),
            ("multipart/mixed;boundary=x", "--x--x--x", Body::Unknown),
            ("multipart/mixed;boundary=--", "-------------", Body::Unknown),
        ] {
            assert_eq!(body_of(&message(kind, body)), want, "{kind} {body}");
        }
        let mut encoded = message("application/sdp", "v=0");
        encoded.headers.push(Name::ContentEncoding, "gzip");
        assert_eq!(body_of(&encoded), Body::Encoded);
    }

    #[test]
    fn keys() {
        for (kind, body, want) in [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some(('5', Some(160)))),
            ("application/dtmf-relay", "Signal= *\nDuration= x", Some(('*', None))),
            ("application/dtmf-relay", "Signal=11", Some(('#', None))),
            ("application/dtmf", "d\r\n", Some(('D', None))),
            ("application/dtmf", "", None),
            ("application/dtmf", "99", None),
            ("application/media_control+xml", "<x/>", None),
        ] {
            let got = digit_in(&message(kind, body)).map(|(d, t)| (d.key(), t.map(|t| t.as_millis() as u64)));
            assert_eq!(got, want, "{kind} {body}");
        }
    }
}
