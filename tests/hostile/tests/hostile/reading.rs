//! The parser: what it understands of the torture messages, and that no bytes at all make it panic, spin, grow, or
//! change its mind.

use crate::corpus;
use crate::mutation::{damaged, mutations};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use ringdesk_signaling::core::address::NameAddr;
use ringdesk_signaling::core::build::respond;
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::message::{MAX_MESSAGE, Message, Start};
use ringdesk_signaling::core::text::readable;
use ringdesk_signaling::core::uri::{Uri, unescape};
use ringdesk_signaling::core::via::Via;
use std::time::{Duration, Instant};

fn parsed(name: &str) -> Message {
    Message::parse(corpus::message(name)).unwrap_or_else(|failure| panic!("{name}: {failure}"))
}

/// §3.1.1.1.
#[test]
fn a_short_tortuous_invite() {
    let message = parsed("wsinv");
    assert_eq!((message.cseq().0, message.max_forwards()), (9, Some(68)));
    assert_eq!((message.from_tag(), message.to_tag()), (Some("98asjd8"), Some("1918181833n")));
    assert_eq!(message.from_addr().unwrap().display.as_deref(), Some("J Rosenberg \\\""));
    let vias: Vec<Via> = message.headers.all(&Name::Via).map(|via| Via::parse(via).unwrap()).collect();
    let seen: Vec<_> =
        vias.iter().map(|v| (v.transport.as_str(), v.host.as_str(), v.branch.as_deref().unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("UDP", "192.0.2.2", "390skdjuw"),
            ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
            ("UDP", "192.168.255.111", "z9hG4bK30239")
        ]
    );
    let contact = message.contact().unwrap();
    assert_eq!(contact.display.as_deref(), Some("Quoted string \"\""));
    assert_eq!(contact.params.to_string(), ";newparam=newvalue;secondparam;q=0.33");
    for (name, value) in [
        ("Subject", ""),
        ("NewFangledHeader", "newfangled value continued newfangled value"),
        ("UnknownHeaderWithUnusualValue", ";;,,;;,;"),
        ("Route", "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"),
    ] {
        assert_eq!(message.headers.get(&Name::from(name)), Some(value), "{name}");
    }
    assert_eq!(message.body.len(), 150);
}

/// §3.1.1.2 to §3.1.1.5, §3.1.1.9.
#[test]
fn characters_and_escapes() {
    let message = parsed("intmeth");
    let uri = Uri::parse(message.uri()).unwrap();
    assert_eq!(uri.user.as_deref(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password.as_deref(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!(message.to_addr().unwrap().display.as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    assert_eq!(message.from_addr().unwrap().display.as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(message.from_tag(), Some("_token~1'+`*%!-."));
    assert_eq!(message.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    let extension = message.headers.get(&Name::from("extensionHeader-!.%*+_`'~"));
    assert_eq!(extension, Some("\u{feff}\u{5927}\u{505c}\u{96fb}"));

    let message = parsed("esc01");
    assert_eq!(Uri::parse(message.uri()).unwrap().user().unwrap(), "sips:user@example.com");
    let user = |addr: NameAddr| Uri::parse(&addr.uri).unwrap().user().unwrap().into_owned();
    assert_eq!(user(message.from_addr().unwrap()), "I have spaces");
    assert_eq!(user(message.to_addr().unwrap()), "user");
    let contact = Uri::parse(&message.contact().unwrap().uri).unwrap();
    let (name, value) = contact.params.iter().nth(1).unwrap();
    assert_eq!(
        (unescape(name).as_ref(), unescape(value.unwrap()).as_ref()),
        ("name", "value%41"),
        "not unescaped twice"
    );

    let message = parsed("escnull");
    let users: Vec<String> =
        message.headers.all(&Name::Contact).map(|contact| user(NameAddr::parse(contact).unwrap())).collect();
    assert_eq!(users, ["\0", "\0\0"]);

    let message = parsed("esc02");
    assert_eq!(message.to_addr().unwrap().display.as_deref(), Some("%Z%45"));
    assert_eq!(message.headers.all(&Name::Contact).count(), 2);

    let uri = Uri::parse(parsed("semiuri").uri()).map(|uri| unescape(&uri.user.unwrap()).into_owned());
    assert_eq!(uri.as_deref(), Ok("user;par=u@example.net"));
}

/// The rest of §3.1.1, and what is repaired of §3.1.2.
#[test]
fn lengths_bodies_and_phrases() {
    assert_eq!(parsed("lwsdisp").from_addr().unwrap().display.as_deref(), Some("caller"));
    let long = parsed("longreq");
    assert_eq!(long.headers.all(&Name::Via).filter_map(Via::parse).count(), 34);
    assert_eq!(long.from_tag().unwrap(), format!("12{}424", "982".repeat(50)));
    assert_eq!(long.body.len(), 150);
    assert!(parsed("dblreq").body.is_empty());
    assert_eq!(parsed("dblreq").headers.count(&Name::Via), 1);
    let body = parsed("mpart01").body;
    assert_eq!((body.len(), body.iter().filter(|byte| **byte == 0).count()), (553, 2));
    assert!(body.ends_with(b"\r\n--7a9cbec02ceef655--\r\n"));
    let reason = |name: &str| match parsed(name).start {
        Start::Response { reason, .. } => reason,
        Start::Request { .. } => panic!("{name} is a response"),
    };
    assert_eq!(
        reason("unreason"),
        "= 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e} \u{434}\u{435}\u{432}\u{44f}\u{43d}\u{43e}\u{441}\u{442}\u{43e} \
         \u{434}\u{435}\u{432}\u{44f}\u{442}\u{44c} - \u{43f}\u{440}\u{43e}\u{441}\u{442}\u{43e}\u{435}"
    );
    assert_eq!(reason("noreason"), "");
    assert_eq!(parsed("badaspec").to_addr().unwrap().uri, "sip:t.watson@example.org");
    assert_eq!(parsed("baddn").to_addr().unwrap().display.as_deref(), Some("Watson, Thomas"));
    let old = parsed("inv2543");
    assert!(corpus::message("inv2543").ends_with(&old.body) && old.body.starts_with(b"v=0\r\n"));
}

/// Read it, ask everything of it that can be asked, write it, read it again. True: it was taken.
fn examine(bytes: &[u8]) -> bool {
    match Message::parse(bytes) {
        Ok(message) => {
            asked(&message);
            let kept: usize = message.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
            // A byte that is no UTF-8 takes four; a compact name at most nineteen.
            let most = 4 * bytes.len() + 20 * message.headers.len() + 64;
            assert!(kept + message.uri().len() + message.body.len() <= most, "{kept} of {}", bytes.len());
            let written = message.to_bytes();
            if written.len() <= MAX_MESSAGE {
                assert_eq!(Message::parse(&written).as_ref(), Ok(&message));
                assert_eq!(Message::parse(&written).unwrap().to_bytes(), written);
            }
            true
        }
        Err(failure) => {
            assert!(matches!(failure.status, 400..=699), "{failure}");
            if let Some(partial) = failure.partial {
                asked(&partial);
                let answer = respond(&partial, failure.status, Some(failure.reason), Some("t")).to_bytes();
                assert!(answer.starts_with(b"SIP/2.0 "));
                // Where it goes can be read, and it does not carry the sender's bytes on without end.
                assert!(partial.via().is_some());
                assert!(
                    answer.len() <= bytes.len() + 32 * partial.headers.len() + 256,
                    "{} of {}",
                    answer.len(),
                    bytes.len()
                );
            }
            false
        }
    }
}

fn asked(message: &Message) {
    let _ = (message.cseq(), message.expires(), message.max_forwards(), message.content_type(), message.contact());
    let _ = (message.from_tag(), message.to_tag(), message.from_addr(), message.to_addr());
    if let Ok(uri) = Uri::parse(message.uri()) {
        assert_eq!(Uri::parse(&uri.to_string()).as_ref(), Ok(&uri), "{:?}", message.uri());
        assert!(uri.equivalent(&uri), "{uri}");
        let _ = uri.user();
    }
    if let Some(via) = message.via() {
        assert_eq!(Via::parse(&via.to_string()).as_ref(), Some(&via));
    }
    for (name, _) in message.headers.iter() {
        for value in message.headers.all(name) {
            if let Some(addr) = NameAddr::parse(value) {
                assert_eq!(NameAddr::parse(&addr.to_string()).as_ref(), Some(&addr), "{value:?}");
            }
            let _ = (readable(value), unescape(value));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        examine(&bytes);
    }

    /// Noise that looks like SIP for longer.
    #[test]
    fn lines_of_noise(lines in proptest::collection::vec("[ -~]{0,12}[:;,<>\"@= \t]?[ -~\\PC]{0,24}", 0..20)) {
        examine(format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\n{}\r\n\r\n", lines.join("\r\n")).as_bytes());
    }

    #[test]
    fn damaged_torture(which in any::<prop::sample::Index>(), mutations in mutations(6)) {
        let all = corpus::bytes();
        examine(&damaged(which.get::<&[u8]>(&all), &mutations, &all));
    }
}

/// The generators reach both sides of the parser; a suite of refusals alone would prove nothing.
#[test]
fn damage_leaves_enough_to_take() {
    let all = corpus::bytes();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut taken, cases) = (0, 500);
    for n in 0..cases {
        let tree = mutations(6).new_tree(&mut runner).unwrap();
        taken += usize::from(examine(&damaged(all[n % all.len()], &tree.current(), &all)));
    }
    assert!((cases / 20..cases - cases / 20).contains(&taken), "{taken} of {cases}");
}

/// The largest messages of the worst shapes: the time for one is bounded, so it does not grow with a square.
#[test]
fn nothing_takes_long() {
    let head = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n";
    let mut shapes: Vec<(String, String)> = Vec::new();
    for unit in [
        ";", ",", "\"", "\\", "<", ">", "%", " ", "\t", "\r", "\0", "a=b;", "<>,", "\"\",", "\u{fc}", "\r\n ",
        "\r\n\t\t",
    ] {
        for name in ["Via", "Contact", "From", "Call-ID", "CSeq", "Accept", "Content-Length", "X"] {
            let value = unit.repeat((MAX_MESSAGE - 400) / unit.len());
            shapes.push((format!("{name}: {unit:?}"), format!("{head}{name}: x{value}\r\n\r\n")));
        }
    }
    for line in ["\r\n", "X:\r\n", ":\r\n", "Via: SIP/2.0/UDP a\r\n", "v:,\r\n", "l: 0\r\n", " \r\n", "x\r\n"] {
        shapes.push((format!("{line:?}"), format!("{head}{}", line.repeat((MAX_MESSAGE - 400) / line.len()))));
    }
    shapes.push(("a long URI".into(), head.replacen("sip:a@b", &format!("sip:{}@b", "%41;".repeat(16_000)), 1)));
    for (shape, text) in shapes {
        assert!(text.len() <= MAX_MESSAGE);
        let start = Instant::now();
        examine(text.as_bytes());
        // Reading and asking takes a few milliseconds; a square of 65,535 would take seconds.
        assert!(start.elapsed() < Duration::from_secs(2), "{shape}: {:?}", start.elapsed());
    }
    // Past the limit nothing is looked at, and the limit is where it is said to be.
    assert_eq!(Message::parse(&vec![b'x'; MAX_MESSAGE + 1]).unwrap_err().status, 513);
    assert_eq!(Message::parse(&vec![b'x'; MAX_MESSAGE]).unwrap_err().status, 400);
}
