//! [`Message`] → bytes, and the response to a request.

use super::address::tagged;
use super::headers::{Headers, Name};
use super::message::{Message, Start};
use super::method::Method;
use super::text::encode;
use bytes::Bytes;

impl Message {
    /// As it goes onto the wire. `Content-Length` is counted, never taken from a field. A line end inside a value (it
    /// could only come from us) is written as a space, so that no value can begin a new field.
    pub fn to_bytes(&self) -> Bytes {
        let fields: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let mut out = Vec::with_capacity(fields + self.body.len() + 128);
        match &self.start {
            Start::Request { method, uri } => {
                line(&mut out, method.as_str());
                out.push(b' ');
                line(&mut out, uri);
                out.extend_from_slice(b" SIP/2.0\r\n");
            }
            Start::Response { status, reason } => {
                out.extend_from_slice(b"SIP/2.0 ");
                number(&mut out, usize::from(*status));
                out.push(b' ');
                line(&mut out, reason);
                out.extend_from_slice(b"\r\n");
            }
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| **name != Name::ContentLength) {
            line(&mut out, name.as_str());
            out.extend_from_slice(b": ");
            line(&mut out, value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"Content-Length: ");
        number(&mut out, self.body.len());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&self.body);
        out.into()
    }
}

/// The response to `request` (RFC 3261 §8.2.6): all Vias, From, To, Call-ID and CSeq copied as they are, Timestamp into a
/// 100, Record-Route into 101 to 299 of methods that make a dialog (§12.1.1). `to_tag` is added where To has none,
/// except to a 100.
pub fn respond(request: &Message, status: u16, reason: Option<&str>, to_tag: Option<&str>) -> Message {
    let mut headers = Headers::with_capacity(12);
    let dialog = matches!(
        request.method(),
        Some(Method::Invite | Method::Subscribe | Method::Refer | Method::Notify | Method::Update)
    );
    for (name, value) in request.headers.iter() {
        let copied = match name {
            Name::Via | Name::From | Name::CallId | Name::CSeq => true,
            Name::Timestamp => status == 100,
            Name::RecordRoute => dialog && (101..300).contains(&status),
            Name::To => {
                match to_tag {
                    Some(tag) if status != 100 && request.to_tag().is_none() => {
                        headers.push(Name::To, tagged(value, tag));
                    }
                    _ => headers.push(Name::To, value),
                }
                false
            }
            _ => false,
        };
        if copied {
            headers.push(name.clone(), value);
        }
    }
    let reason = reason.unwrap_or_else(|| reason_phrase(status)).to_owned();
    Message { start: Start::Response { status, reason }, headers, body: Bytes::new() }
}

/// The usual words for a status (RFC 3261 §21 and later RFCs).
#[expect(clippy::match_overlapping_arm, reason = "the named ones go before their class")]
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        428 => "Use Identity Header",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        439 => "First Hop Lacks Outbound Support",
        469 => "Bad Info Package",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        494 => "Security Agreement Required",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        580 => "Precondition Failure",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        608 => "Rejected",
        100..=199 => "Progress",
        200..=299 => "OK",
        300..=399 => "Redirection",
        400..=499 => "Request Failure",
        500..=599 => "Server Failure",
        _ => "Global Failure",
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    let from = out.len();
    encode(text, out);
    for byte in &mut out[from..] {
        if matches!(*byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
}

fn number(out: &mut Vec<u8>, value: usize) {
    use std::io::Write as _;
    // Writing into a Vec cannot fail.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Message {
        let mut message = Message::request(Method::Invite, "sip:1000@192.0.2.9");
        for (name, value) in [
            (Name::Via, "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2"),
            (Name::RecordRoute, "<sip:p1;lr>"),
            (Name::Via, "SIP/2.0/UDP c;branch=z9hG4bK3"),
            (Name::From, "<sip:a@b>;tag=1"),
            (Name::To, "sip:1000@192.0.2.9"),
            (Name::CallId, "x@y"),
            (Name::CSeq, "1 INVITE"),
            (Name::Timestamp, "7"),
            (Name::Subject, "s"),
        ] {
            message.headers.push(name, value);
        }
        message
    }

    #[test]
    fn responses() {
        let names = |m: &Message| m.headers.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>().join(" ");
        let trying = respond(&invite(), 100, None, Some("t"));
        assert_eq!(names(&trying), "Via Via From To Call-ID CSeq Timestamp");
        assert_eq!(trying.to_tag(), None);
        let ringing = respond(&invite(), 180, None, Some("t"));
        assert_eq!(names(&ringing), "Via Record-Route Via From To Call-ID CSeq");
        assert_eq!(ringing.to_tag(), Some("t"));
        assert_eq!(ringing.headers.all(&Name::Via).count(), 3);
        let busy = respond(&ringing_request(), 486, Some("No"), Some("other"));
        assert_eq!(names(&busy), "Via Via From To Call-ID CSeq");
        assert_eq!(busy.to_tag(), Some("mine"), "a tag that is there stays");
        assert_eq!(busy.start, Start::Response { status: 486, reason: "No".into() });
    }

    fn ringing_request() -> Message {
        let mut message = invite();
        message.headers.set(Name::To, "<sip:1000@192.0.2.9>;tag=mine");
        message
    }

    #[test]
    fn a_value_cannot_begin_a_new_field() {
        let mut message = invite();
        message.headers.push(Name::Subject, "x\r\nRoute: <sip:evil>\r\n\r\nbody");
        message.headers.push(Name::ContentLength, "99");
        message.body = Bytes::from_static(b"abc");
        let bytes = message.to_bytes();
        let parsed = Message::parse(&bytes).unwrap();
        assert_eq!(parsed.headers.get(&Name::Route), None);
        assert_eq!(&parsed.body[..], b"abc");
        assert!(bytes.ends_with(b"\r\nContent-Length: 3\r\n\r\nabc"));
    }
}
