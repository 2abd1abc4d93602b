//! What is repaired and what is refused. The torture messages of RFC 4475 are tested in `tests/hostile`.

use super::*;
use crate::core::headers::Name;

const HEAD: &str = "INVITE sip:1000@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:1000@192.0.2.9>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n";

fn parse(text: &str) -> Result<Message, ParseFailure> {
    Message::parse(text.as_bytes())
}

#[test]
fn reads_a_usual_invite() {
    let message = parse(&format!("{HEAD}Max-Forwards: 70\r\nm: \"A\" <sip:a@192.0.2.1:5070>\r\nk: timer, 100rel\r\nX-Odd:  a ;; \r\nc: application/SDP ;x=1\r\nl: 3\r\n\r\nv=0garbage")).unwrap();
    assert_eq!(message.method(), Some(&Method::Invite));
    assert_eq!((message.uri(), message.call_id(), message.cseq()), ("sip:1000@192.0.2.9", "c1", (1, Method::Invite)));
    assert_eq!((message.from_tag(), message.to_tag(), message.max_forwards()), (Some("1"), None, Some(70)));
    assert_eq!(message.contact().unwrap().uri, "sip:a@192.0.2.1:5070");
    assert!(message.headers.contains(&Name::Supported, "100REL"));
    assert_eq!(message.headers.get(&Name::from("x-odd")), Some("a ;;"));
    assert_eq!(message.content_type().as_deref(), Some("application/sdp"));
    assert_eq!(&message.body[..], b"v=0");
    assert_eq!(Message::parse(&message.to_bytes()).unwrap(), message);
}

#[test]
fn repairs() {
    let usual = parse(&format!("{HEAD}Subject: a b\r\n\r\n")).unwrap();
    for text in [
        format!("\r\n\r\n{HEAD}Subject: a b\r\n\r\n"),
        format!("{HEAD}Subject: a b\r\n\r\n").replace("\r\n", "\n"),
        format!("{HEAD}Subject\t :  a\r\n  b  \r\n\r\n"),
        format!("{HEAD}Subject: a b\r\n"),
        format!("{HEAD}Subject: a\rb\r\n\r\n"),
        format!("{HEAD}s:\r\n\ta\r\n b\r\nContent-Length: 0\r\n\r\ncut off"),
    ] {
        assert_eq!(parse(&text).as_ref(), Ok(&usual), "{text}");
    }
    let body = parse(&format!("{HEAD}\r\nthe rest\r\n")).unwrap().body;
    assert_eq!(&body[..], b"the rest\r\n", "without Content-Length the rest of the datagram");
}

#[test]
fn latin_1_survives() {
    let mut bytes = HEAD.replace("<sip:a@b>", "\"M#ller\" <sip:a@b>").into_bytes();
    let at = bytes.iter().position(|b| *b == b'#').unwrap();
    bytes[at] = 0xFC;
    bytes.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.to_bytes(), bytes);
    assert_eq!(crate::core::text::readable(&message.from_addr().unwrap().display.unwrap()), "M\u{fc}ller");
}

#[test]
fn refusals_say_what_to_answer() {
    let whole = |extra: &str| format!("{HEAD}{extra}\r\n");
    for (text, status, reason) in [
        (whole("").replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), 505, "Version Not Supported"),
        (whole("").replace("SIP/2.0\r\nVia", "SIP/x\r\nVia"), 400, "Malformed SIP Version"),
        (whole("").replace("INVITE sip", "INVITE  sip"), 400, "Whitespace in Request-URI"),
        (whole("").replacen("SIP/2.0\r\n", "SIP/2.0 \r\n", 1), 400, "Malformed Request Line"),
        (whole("").replacen("sip:1000@192.0.2.9", "<sip:1000@192.0.2.9>", 1), 400, "Brackets in Request-URI"),
        (whole("").replacen("sip:1000@192.0.2.9", "sip:1000@192.0.2.9?Route=x", 1), 400, "Headers in Request-URI"),
        (whole("").replace("1 INVITE", "1 BYE"), 400, "CSeq Method Does Not Match"),
        (whole("").replacen("INVITE", "NEW", 1), 501, "Not Implemented"),
        (
            whole("").replace("INVITE", "REGISTER").replace("<sip:1000@192.0.2.9>", "<isbn:1>"),
            400,
            "Address Of Record Is Not SIP",
        ),
        (whole("").replace("SIP/2.0/UDP", "SIP/3.0/UDP"), 400, "Malformed Via"),
        (whole("").replace(";branch=z9hG4bKa", ";;branch=z9hG4bKa"), 400, "Malformed Via"),
        (whole("").replace("1 INVITE", "4294967296 INVITE"), 400, "Malformed CSeq"),
        (whole("").replace("Call-ID: c1\r\n", ""), 400, "Missing Call-ID"),
        (whole("").replace("From: <sip:a@b>;tag=1\r\n", ""), 400, "Missing From"),
        (whole("").replace("<sip:a@b>", "\"x <sip:a@b>"), 400, "Malformed From"),
        (whole("Call-ID: c2\r\n"), 400, "Multiple Call-ID"),
        (whole("Max-Forwards: 256\r\n"), 400, "Malformed Max-Forwards"),
        (whole("Max-Forwards: -1\r\n"), 400, "Malformed Max-Forwards"),
        (whole("Contact: <sip:a@b>;;;\r\n"), 400, "Malformed Contact"),
        (whole("Content-Length: 1\r\n"), 400, "Content-Length Exceeds Message"),
        (whole("Content-Length: -1\r\n"), 400, "Malformed Content-Length"),
        (whole("Content-Length: 18446744073709551615\r\n"), 400, "Content-Length Exceeds Message"),
        (whole("Content-Length: 18446744073709551616\r\n"), 400, "Malformed Content-Length"),
        (whole("Content-Length: 0\r\nl: 2\r\n"), 400, "Conflicting Content-Length"),
        (whole("no colon\r\n"), 400, "Header Line Without Colon"),
        (whole("b\u{e4}d: x\r\n"), 400, "Malformed Header Name"),
        (whole(&"X: 1\r\n".repeat(600)), 400, "Too Many Header Fields"),
    ] {
        let failure = parse(&text).unwrap_err();
        assert_eq!((failure.status, failure.reason), (status, reason), "{text}");
        let partial = failure.partial.unwrap_or_else(|| panic!("an answer must be possible: {text}"));
        let answer = crate::core::build::respond(&partial, status, Some(reason), Some("t"));
        assert_eq!(answer.via().unwrap().branch.as_deref(), Some("z9hG4bKa"));
    }
}

#[test]
fn nothing_is_answered_that_must_not_be() {
    for text in [
        String::new(),
        "\0\0\0".to_owned(),
        "\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        format!("{HEAD}\r\n").replace("INVITE", "ACK").replace("Call-ID: c1\r\n", ""),
        format!("{HEAD}\r\n").replace("SIP/2.0/UDP", "SIP/2.0"),
        format!("{HEAD}\r\n").replacen("INVITE sip:1000@192.0.2.9 SIP/2.0", "SIP/2.0 99 Too low", 1),
        format!("{HEAD}\r\n").replacen("INVITE sip:1000@192.0.2.9 SIP/2.0", "SIP/2.0 4294967301 x", 1),
        format!("{HEAD}\r\n").replacen("INVITE sip:1000@192.0.2.9 SIP/2.0", "SIP/3.0 200 OK", 1),
        format!("{HEAD}\r\n{}", "x".repeat(MAX_MESSAGE)),
    ] {
        assert_eq!(parse(&text).unwrap_err().partial, None, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn status_lines() {
    for (line, status, reason) in [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 180 ", 180, ""),
        ("sip/2.0 183", 183, ""),
        ("SIP/2.0 486 Busy  Here", 486, "Busy  Here"),
        ("SIP/2.0 486 Busy\rHere", 486, "Busy Here"),
    ] {
        let message = parse(&format!("{HEAD}\r\n").replacen("INVITE sip:1000@192.0.2.9 SIP/2.0", line, 1)).unwrap();
        assert_eq!(message.start, Start::Response { status, reason: reason.into() });
        assert_eq!((message.status(), message.uri(), message.method()), (Some(status), "", None));
    }
}
