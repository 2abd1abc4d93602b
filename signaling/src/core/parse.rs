//! Bytes → [`Message`]. Generous with layout, strict with what decides: framing, identity, numbers.
//!
//! Repaired: bare line feeds, folded lines, space before the colon, leading empty lines, a missing last empty line,
//! a body without Content-Length (the rest of the datagram, RFC 3261 §18.3), a body longer than its Content-Length
//! (cut). Refused with the status to answer: everything that would let two readers of the same bytes disagree.

use super::address::{NameAddr, is_name_addr};
use super::headers::{Headers, Name};
use super::message::{MAX_MESSAGE, Message, ParseFailure, Start, read_cseq};
use super::method::Method;
use super::params::is_token_byte;
use super::text::decode;
use super::via::{Via, is_via};
use bytes::Bytes;
use std::borrow::Cow;

/// More fields than any real message has; keeps the cost of looking fields up bounded.
const MAX_FIELDS: usize = 512;

type Flaw = (u16, &'static str);

const fn bad(reason: &'static str) -> Flaw {
    (400, reason)
}

impl Message {
    /// One whole message: a datagram, a WebSocket message, or what [`super::framing::frame`] cut out of a stream.
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseFailure> {
        let bytes = skip_empty_lines(bytes);
        if bytes.len() > MAX_MESSAGE {
            return Err(ParseFailure { status: 513, reason: "Message Too Large", partial: None });
        }
        let (line, rest) = next_line(bytes);
        let (start, mut flaw) = start_line(line);
        let mut fields = Fields::default();
        let rest = fields.read(rest);
        flaw = flaw.or(fields.flaw);
        let mut message = Message { start, headers: fields.headers, body: Bytes::new() };
        flaw = flaw.or_else(|| check(&message).err());
        match fields.content_length {
            None => message.body = Bytes::copy_from_slice(rest),
            Some(length) if length <= rest.len() => message.body = Bytes::copy_from_slice(&rest[..length]),
            Some(_) => flaw = flaw.or(Some(bad("Content-Length Exceeds Message"))),
        }
        match flaw {
            None => Ok(message),
            Some((status, reason)) => {
                mend_via(&mut message.headers);
                let partial = answerable(&message).then(|| Box::new(message));
                Err(ParseFailure { status, reason, partial })
            }
        }
    }
}

/// Can an answer find its way back and be matched? An ACK is never answered (RFC 3261 §17), nor is a response.
fn answerable(message: &Message) -> bool {
    let known = matches!(&message.start, Start::Request { method, .. } if *method != Method::Ack);
    known && message.headers.first(&Name::Via).is_some_and(is_via)
}

/// A malformed top Via still says who asked: without this, the refusal of it could not be told (RFC 4475 §3.1.2.1).
/// What else its field holds is kept only where it can be read.
fn mend_via(headers: &mut Headers) {
    let Some(field) = headers.get(&Name::Via) else { return };
    let mut values = super::params::split_list(field, true);
    let Some(top) = values.next().filter(|top| !is_via(top)).and_then(Via::salvage) else { return };
    let mended = std::iter::once(top.to_string()).chain(values.filter(|via| is_via(via)).map(str::to_owned));
    let mended = mended.collect::<Vec<_>>().join(", ");
    headers.replace_field(&Name::Via, mended);
}

/// Request or status line. With a flaw: as much as could be read.
fn start_line(line: &[u8]) -> (Start, Option<Flaw>) {
    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        return status_line(line);
    }
    let text = decode(line);
    let (method, rest) = text.split_once(' ').unwrap_or((text.as_str(), ""));
    let (uri, version) = rest.rsplit_once(' ').unwrap_or((rest, ""));
    let flaw = if method.is_empty() || !method.bytes().all(is_token_byte) {
        Some(bad("Malformed Method"))
    } else if let Some(digits) = version.get(..4).filter(|v| v.eq_ignore_ascii_case("SIP/")).map(|_| &version[4..]) {
        match digits {
            "2.0" => request_uri(uri).err(),
            _ if digits.split('.').count() == 2 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                Some((505, "Version Not Supported"))
            }
            _ => Some(bad("Malformed SIP Version")),
        }
    } else {
        Some(bad("Malformed Request Line"))
    };
    (Start::Request { method: method.into(), uri: uri.to_owned() }, flaw)
}

/// What no URI may hold and what no Request-URI may have; its meaning is for the endpoint (416).
fn request_uri(uri: &str) -> Result<(), Flaw> {
    if uri.bytes().any(|b| b <= b' ' || b == 0x7F) {
        return Err(bad("Whitespace in Request-URI"));
    }
    if uri.contains(['<', '>', '"']) {
        return Err(bad("Brackets in Request-URI"));
    }
    let (scheme, rest) = uri.split_once(':').ok_or(bad("Malformed Request-URI"))?;
    if scheme.is_empty() || rest.is_empty() {
        return Err(bad("Malformed Request-URI"));
    }
    if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
        let after_user = rest.split_once('@').map_or(rest, |(_, host)| host);
        // RFC 3261 §19.1.1, table 1: a header part is not allowed in the Request-URI.
        if after_user.contains('?') {
            return Err(bad("Headers in Request-URI"));
        }
    }
    Ok(())
}

fn status_line(line: &[u8]) -> (Start, Option<Flaw>) {
    // As in a field: a carriage return alone is no line end here but may be one elsewhere.
    let text = decode(line).replace('\r', " ");
    let mut parts = text.splitn(3, ' ');
    let (version, status, reason) =
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let number =
        (status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit())).then(|| status.parse().ok()).flatten();
    let flaw = match number {
        Some(100..=699) if version.eq_ignore_ascii_case("SIP/2.0") => None,
        Some(100..=699) => Some((505, "Version Not Supported")),
        _ => Some(bad("Malformed Status Line")),
    };
    (Start::Response { status: number.unwrap_or(0), reason: reason.to_owned() }, flaw)
}

/// Presence, number and form of the fields that everything else stands on.
fn check(message: &Message) -> Result<(), Flaw> {
    let headers = &message.headers;
    let mut seen = Seen::default();
    for (name, value) in headers.iter() {
        match name {
            Name::Via => seen.via += 1,
            Name::From => once(&mut seen.from, "Multiple From")?,
            Name::To => once(&mut seen.to, "Multiple To")?,
            Name::CallId => once(&mut seen.call_id, "Multiple Call-ID")?,
            Name::CSeq => once(&mut seen.cseq, "Multiple CSeq")?,
            Name::MaxForwards => {
                once(&mut seen.max_forwards, "Multiple Max-Forwards")?;
                let small =
                    !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) && value.parse::<u8>().is_ok();
                if !small {
                    return Err(bad("Malformed Max-Forwards"));
                }
            }
            Name::ContentType => once(&mut seen.content_type, "Multiple Content-Type")?,
            Name::Contact => {
                let good = |contact: &str| contact == "*" || is_name_addr(contact);
                if !super::params::split_list(value, true).all(good) {
                    return Err(bad("Malformed Contact"));
                }
            }
            _ => {}
        }
    }
    let (Some(via), true) = (headers.first(&Name::Via), seen.via > 0) else {
        return Err(bad("Missing Via"));
    };
    if !is_via(via) {
        return Err(bad("Malformed Via"));
    }
    let from = headers.get(&Name::From).ok_or(bad("Missing From"))?;
    let to = headers.get(&Name::To).ok_or(bad("Missing To"))?;
    let call_id = headers.get(&Name::CallId).ok_or(bad("Missing Call-ID"))?;
    let cseq = headers.get(&Name::CSeq).ok_or(bad("Missing CSeq"))?;
    if !is_name_addr(from) {
        return Err(bad("Malformed From"));
    }
    if !is_name_addr(to) {
        return Err(bad("Malformed To"));
    }
    if call_id.is_empty() || call_id.contains([' ', '\t']) {
        return Err(bad("Malformed Call-ID"));
    }
    let (_, cseq_method) = read_cseq(cseq).ok_or(bad("Malformed CSeq"))?;
    match message.method() {
        Some(method) if method.as_str() == cseq_method => {}
        // A method of a later day may have its own rules for CSeq (RFC 4475 §3.1.2.18).
        Some(Method::Other(_)) => return Err((501, "Not Implemented")),
        Some(_) => return Err(bad("CSeq Method Does Not Match")),
        None => {}
    }
    // RFC 3261 §10.2: what is registered is the address of record in To, a SIP or SIPS URI.
    if message.method() == Some(&Method::Register) && !is_sip(to) {
        return Err(bad("Address Of Record Is Not SIP"));
    }
    Ok(())
}

fn is_sip(addr: &str) -> bool {
    let scheme = NameAddr::parse(addr).and_then(|addr| addr.uri.split_once(':').map(|(scheme, _)| scheme.to_owned()));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips"))
}

#[derive(Default)]
struct Seen {
    via: u32,
    from: bool,
    to: bool,
    call_id: bool,
    cseq: bool,
    max_forwards: bool,
    content_type: bool,
}

fn once(seen: &mut bool, reason: &'static str) -> Result<(), Flaw> {
    if std::mem::replace(seen, true) { Err(bad(reason)) } else { Ok(()) }
}

#[derive(Default)]
struct Fields {
    headers: Headers,
    content_length: Option<usize>,
    flaw: Option<Flaw>,
}

impl Fields {
    /// Read fields up to the empty line; what follows it. Goes on after a flaw, to find what an answer needs.
    fn read<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        self.headers = Headers::with_capacity(16);
        while !rest.is_empty() {
            let (line, after) = next_line(rest);
            rest = after;
            if line.is_empty() {
                return rest;
            }
            let mut line = Cow::Borrowed(line);
            // RFC 3261 §7.3.1: a line that begins with white space continues the field before it.
            while matches!(rest.first(), Some(b' ' | b'\t')) {
                let (more, after) = next_line(rest);
                rest = after;
                let whole = line.to_mut();
                whole.truncate(whole.trim_ascii_end().len());
                whole.push(b' ');
                whole.extend_from_slice(more.trim_ascii_start());
            }
            self.field(&line);
        }
        rest
    }

    fn field(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            return self.note(bad("Header Line Without Colon"));
        };
        let name = line[..colon].trim_ascii_end();
        let (Ok(name), true) = (std::str::from_utf8(name), name.iter().copied().all(is_token_byte)) else {
            return self.note(bad("Malformed Header Name"));
        };
        if name.is_empty() {
            return self.note(bad("Malformed Header Name"));
        }
        let value = line[colon + 1..].trim_ascii();
        match Name::from(name) {
            Name::ContentLength => self.content_length(value),
            _ if self.headers.len() >= MAX_FIELDS => self.note(bad("Too Many Header Fields")),
            name => {
                let mut value = decode(value);
                // A carriage return alone is no line end here but may be one elsewhere.
                if value.contains('\r') {
                    value = value.replace('\r', " ").trim().to_owned();
                }
                self.headers.push(name, value);
            }
        }
    }

    /// Two that disagree, a sign, an overflow: each is a way to smuggle a second message.
    fn content_length(&mut self, value: &[u8]) {
        match parse_length(value) {
            Some(length) if self.content_length.is_none_or(|other| other == length) => {
                self.content_length = Some(length);
            }
            Some(_) => self.note(bad("Conflicting Content-Length")),
            None => self.note(bad("Malformed Content-Length")),
        }
    }

    fn note(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }
}

/// Digits only, up to what a `usize` holds.
pub(super) fn parse_length(value: &[u8]) -> Option<usize> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0usize, |sum, b| {
        let digit = b.is_ascii_digit().then(|| usize::from(b - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// RFC 3261 §7.5: empty lines before the start line are ignored.
fn skip_empty_lines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    &bytes[start..]
}

/// One line without its end (CR LF, or LF alone) and what follows.
fn next_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|b| *b == b'\n') {
        Some(end) => {
            let line = &bytes[..end];
            (line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..])
        }
        None => (bytes.strip_suffix(b"\r").unwrap_or(bytes), &[]),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
