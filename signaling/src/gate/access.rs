//! The access log: one line per answered request, with nobody's number or name in it (S12.24).
//!
//! It is read off the final response that leaves, so that what was asked and what was answered stand in one line. The
//! request id is the branch of the request's topmost Via: its sender and every proxy on the way log the same one.

use crate::core::input::Hop;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) const TARGET: &str = "ringdesk_signaling::access";

/// Responses remembered, so that a retransmission is no second line. A response is retransmitted for 32 s at most.
const RECENT: usize = 8_192;
/// Ids are cut here; the sender chose them.
const LONGEST: usize = 128;

#[derive(Debug, Default)]
pub(crate) struct AccessLog {
    order: VecDeque<u64>,
    recent: HashSet<u64>,
}

/// What one line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) method: &'a str,
    pub(crate) status: u16,
    pub(crate) call_id: &'a str,
    pub(crate) request_id: &'a str,
}

impl AccessLog {
    /// Look at a message that leaves over `hop`.
    pub(crate) fn sent(&mut self, hop: &Hop, bytes: &[u8]) {
        if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
            return;
        }
        if let Some(line) = self.fresh(hop, bytes) {
            let Line { method, status, call_id, request_id } = line;
            // `?`: what the sender chose is escaped.
            tracing::info!(
                target: TARGET,
                ?method,
                status,
                source = %hop.remote.ip(),
                transport = hop.transport.as_str(),
                ?call_id,
                ?request_id,
                "request"
            );
        }
    }

    fn fresh<'a>(&mut self, hop: &Hop, bytes: &'a [u8]) -> Option<Line<'a>> {
        let line = read(bytes)?;
        let mut hasher = DefaultHasher::new();
        (line.method, line.status, line.call_id, line.request_id, hop.remote).hash(&mut hasher);
        let mark = hasher.finish();
        if !self.recent.insert(mark) {
            return None;
        }
        self.order.push_back(mark);
        if self.order.len() > RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        Some(line)
    }
}

/// The line of a final response; `None` for requests and provisional responses.
fn read(bytes: &[u8]) -> Option<Line<'_>> {
    let rest = bytes.strip_prefix(b"SIP/2.0 ")?;
    let status: u16 = std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()?;
    if status < 200 {
        return None;
    }
    let (mut method, mut call_id, mut via) = ("", "", "");
    for line in rest.split(|byte| *byte == b'\n').skip(1) {
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        // Our own messages are valid UTF-8 in these fields, or the field is not worth a line.
        let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
            continue;
        };
        let (name, value) = (name.trim_end(), value.trim_start());
        if via.is_empty() && (name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v")) {
            via = value;
        } else if name.eq_ignore_ascii_case("call-id") || name.eq_ignore_ascii_case("i") {
            call_id = value;
        } else if name.eq_ignore_ascii_case("cseq") {
            method = value.split_ascii_whitespace().nth(1).unwrap_or_default();
        }
    }
    let topmost = via.split(',').next().unwrap_or_default();
    let branch = topmost.split(';').map(str::trim).find_map(|parameter| parameter.strip_prefix("branch="));
    Some(Line { method: cut(method), status, call_id: cut(call_id), request_id: cut(branch.unwrap_or_default()) })
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::input::Transport;
    use ringdesk_voice::InterfaceId;

    const OK: &str = "SIP/2.0 200 OK\r\n\
        Via: SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.1, SIP/2.0/UDP b;branch=z9hG4bK0\r\n\
        Via: SIP/2.0/UDP c;branch=z9hG4bK2\r\n\
        From: \"Alice\" <sip:+4930123456@a>;tag=1\r\n\
        Call-ID: xyz@a\r\n\
        CSeq: 7 INVITE\r\n\r\n\
        CSeq: 8 BYE\r\n";

    /// Rows: S12.24
    #[test]
    fn a_line_names_the_request_and_nobody() {
        let line = read(OK.as_bytes()).unwrap();
        assert_eq!(line, Line { method: "INVITE", status: 200, call_id: "xyz@a", request_id: "z9hG4bK1" });
        assert!(!format!("{line:?}").contains("4930123456"));
        assert_eq!(read(OK.replace("200 OK", "180 Ringing").as_bytes()), None);
        assert_eq!(read(b"OPTIONS sip:a SIP/2.0\r\n\r\n"), None);
        for odd in [&b"SIP/2.0 "[..], b"SIP/2.0 \xff\xff\xff", b"SIP/2.0 99"] {
            assert_eq!(read(odd), None);
        }
    }

    #[test]
    fn a_retransmission_is_no_second_line() {
        let remote = "192.0.2.1:5060".parse().unwrap();
        let hop = Hop { transport: Transport::Udp, interface: InterfaceId(0), remote, connection: None };
        let mut log = AccessLog::default();
        assert!(log.fresh(&hop, OK.as_bytes()).is_some());
        assert!(log.fresh(&hop, OK.as_bytes()).is_none());
        assert!(log.fresh(&hop, OK.replace("200 OK", "487 No").as_bytes()).is_some());
        for n in 0..=RECENT {
            assert!(log.fresh(&hop, OK.replace("xyz", &n.to_string()).as_bytes()).is_some());
        }
        assert_eq!(log.recent.len(), log.order.len());
        assert!(log.fresh(&hop, OK.as_bytes()).is_some(), "forgotten by now");
    }
}
