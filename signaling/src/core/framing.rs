//! Where one message ends in a stream (RFC 3261 §18.3, RFC 5626 §4.4.1).

use super::parse::parse_length;

/// What the beginning of a buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One message of this many bytes.
    Complete { len: usize },
    /// Only empty lines, this many bytes: a keepalive where it is a double CR LF (answer with a single one).
    Keepalive { len: usize },
    /// Wait for more, or for the time limit.
    NeedMore,
    /// The stream cannot be followed any further; close it.
    Broken(&'static str),
}

/// Look at the bytes that came so far. `max` bounds a whole message, header and body; a peer that never ends its
/// header is cut off there.
pub fn frame(buffer: &[u8], max: usize) -> Frame {
    let empty = buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    if empty > 0 {
        // A lone CR may be the first half of a line end; a single CR LF may be the first half of a ping, or the
        // answer to ours: it costs nothing to take it as it is.
        return if buffer == b"\r" { Frame::NeedMore } else { Frame::Keepalive { len: empty } };
    }
    let looked_at = &buffer[..buffer.len().min(max)];
    let Some(header) = header_length(looked_at) else {
        return if buffer.len() >= max { Frame::Broken("header too long") } else { Frame::NeedMore };
    };
    match content_length(&buffer[..header]) {
        // Without it, nobody knows where the message ends (RFC 3261 §20.14: mandatory on streams).
        Ok(None) => Frame::Broken("no Content-Length"),
        Ok(Some(body)) => match header.checked_add(body) {
            Some(len) if len <= max => {
                if len <= buffer.len() {
                    Frame::Complete { len }
                } else {
                    Frame::NeedMore
                }
            }
            _ => Frame::Broken("message too long"),
        },
        Err(why) => Frame::Broken(why),
    }
}

/// Up to and including the first empty line; line ends may lack their CR, as in the parser.
fn header_length(buffer: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(end) = buffer[at..].iter().position(|b| *b == b'\n') {
        let next = at + end + 1;
        match &buffer[next..] {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

fn content_length(header: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut found = None;
    let mut lines = header.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = line[..colon].trim_ascii_end();
        if !(name.eq_ignore_ascii_case(b"Content-Length") || name.eq_ignore_ascii_case(b"l")) {
            continue;
        }
        let mut value = line[colon + 1..].to_vec();
        while let Some(more) = lines.next_if(|line| matches!(line.first(), Some(b' ' | b'\t'))) {
            value.extend_from_slice(more);
        }
        let length = parse_length(value.trim_ascii()).ok_or("bad Content-Length")?;
        if found.is_some_and(|other| other != length) {
            return Err("conflicting Content-Length");
        }
        found = Some(length);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content_length: &str, body: &str) -> Vec<u8> {
        format!("OPTIONS sip:a SIP/2.0\r\nVia: x\r\n{content_length}\r\n{body}").into_bytes()
    }

    #[test]
    fn frames() {
        let max = 100;
        let cases: Vec<(Vec<u8>, Frame)> = vec![
            (b"".to_vec(), Frame::NeedMore),
            (b"\r".to_vec(), Frame::NeedMore),
            (b"\r\n".to_vec(), Frame::Keepalive { len: 2 }),
            (b"\r\n\r\n".to_vec(), Frame::Keepalive { len: 4 }),
            (b"\r\n\r\nOPTIONS".to_vec(), Frame::Keepalive { len: 4 }),
            (b"OPTIONS sip:a SIP/2.0\r\nVia: x\r\n".to_vec(), Frame::NeedMore),
            (message("Content-Length: 4\r\n", "abcdef"), Frame::Complete { len: 56 }),
            (message("l : 4\r\n", "abcd"), Frame::Complete { len: 44 }),
            (message("Content-Length:\r\n 4\r\n", "abcd"), Frame::Complete { len: 58 }),
            (message("Content-Length: 4\r\n", "abc"), Frame::NeedMore),
            (message("Content-Length: 0\r\n", ""), Frame::Complete { len: 52 }),
            (b"A a SIP/2.0\nl: 1\n\nxy".to_vec(), Frame::Complete { len: 19 }),
            (message("", "abc"), Frame::Broken("no Content-Length")),
            (message("Content-Length: 18446744073709551615\r\n", ""), Frame::Broken("message too long")),
            (message("Content-Length: 18446744073709551616\r\n", ""), Frame::Broken("bad Content-Length")),
            (message("Content-Length: -1\r\n", ""), Frame::Broken("bad Content-Length")),
            (message("Content-Length: 4\r\nl: 5\r\n", ""), Frame::Broken("conflicting Content-Length")),
            (message("Content-Length: 60\r\n", ""), Frame::Broken("message too long")),
            (vec![b'x'; 99], Frame::NeedMore),
            (vec![b'x'; 100], Frame::Broken("header too long")),
        ];
        for (bytes, expected) in cases {
            assert_eq!(frame(&bytes, max), expected, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }
}
