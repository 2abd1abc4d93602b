//! Wrong passwords, replays, and what strangers may learn from the answers.

use super::driver::*;
use super::phones::{PHONE, URI, credentials, line, phone, register};
use crate::core::headers::Name;
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use std::time::Duration;

const REGISTER: &str = "Contact: <sip:2001@10.0.0.2:5060>;expires=600\r\n";

/// One attempt to register: the answer to the answered challenge.
fn attempt(line: &mut Line, hop: &str, user: &str, password: &str, n: u32) -> Message {
    let mut far = Far { call_id: format!("{hop}-{user}-{n}"), ..phone(line, user) };
    let to = format!("To: <sip:{user}@example.org>");
    let mut ask = |line: &mut Line, more: &str| {
        let text = far.request("REGISTER", &format!("{REGISTER}{more}"), "").replace("To: <sip:1000@192.0.2.9>", &to);
        line.hear_from(hop, text);
        line.next()
    };
    let challenge = ask(line, "");
    if challenge.status() != Some(401) {
        return challenge;
    }
    let authorization = credentials(&challenge, "REGISTER", URI, user, password, 1);
    ask(line, &authorization)
}

fn throttled(line: &mut Line) -> Vec<(Option<String>, bool)> {
    let mut found = Vec::new();
    for output in line.other.drain(..) {
        if let Output::Throttled { throttled, known, .. } = output {
            found.push((throttled.extension, known));
        }
    }
    found
}

fn at(port: u16) -> String {
    format!("udp/0/198.51.100.7:{port}")
}

/// What an answer is but for what is new in each: its names, without the values that name the request or are random.
fn shape(message: &Message) -> (Option<u16>, Vec<String>, usize) {
    let fields = message.headers.iter().filter(|(name, _)| **name != Name::Via);
    let names = fields.map(|(name, value)| match name {
        Name::RetryAfter => format!("{name}: {value}"),
        Name::WwwAuthenticate | Name::ProxyAuthenticate => {
            let (before, rest) = value.split_once("nonce=\"").unwrap();
            format!("{name}: {before}{}", rest.split_once('"').unwrap().1)
        }
        name => name.to_string(),
    });
    (message.status(), names.collect(), message.body.len())
}

/// An office behind one address: fifty telephones, of which one has a wrong password and tries it all day.
///
/// Rows: V1
#[test]
fn a_wrong_password_locks_nobody_else_out() {
    let mut line = line();
    // The neighbour is registered; the wrong one is not.
    assert_eq!(attempt(&mut line, &at(5060), "2002", "secret", 0).status(), Some(200));
    let mut statuses = [0; 600];
    for n in 1..=1_000 {
        let answer = attempt(&mut line, &at(40_001), "2001", "wrong", n);
        statuses[usize::from(answer.status().unwrap())] += 1;
        line.pass(Duration::from_secs(1));
        if n % 100 == 0 {
            // The neighbour refreshes, also from another port (it was restarted, or its NAT was).
            let port = 5_060 + u16::try_from(n % 300).unwrap();
            assert_eq!(attempt(&mut line, &at(port), "2002", "secret", n).status(), Some(200));
        }
    }
    assert_eq!(statuses[200], 0);
    // Ten at once, one in thirty seconds.
    assert!((40..46).contains(&statuses[401]), "{} were looked at", statuses[401]);
    assert_eq!(statuses[401] + statuses[503], 1_000);
    assert_eq!(line.counted(Counter::Throttled), statuses[503]);
    assert_eq!(throttled(&mut line), [(Some("2001".into()), false)], "said once");
    let limited = line.core.throttled(line.now);
    assert_eq!(limited.len(), 1);
    assert!(limited[0].refused > 900 && limited[0].until > line.now);
    // It is lifted by hand, or by time.
    assert_eq!(line.core.lift(Some("2001"), None), 1);
    assert_eq!(attempt(&mut line, &at(40_001), "2001", "secret", 5_000).status(), Some(200));
}

/// Who is registered stays so, whatever others try in its name; even from its own address.
#[test]
fn a_live_registration_is_never_held_up() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    assert_eq!(register(&mut line, &mut far, REGISTER).status(), Some(200));
    for n in 0..400 {
        // From everywhere, and from behind the same NAT.
        attempt(&mut line, &format!("udp/0/203.0.113.{}:5060", n % 250), "2001", "wrong", n);
        attempt(&mut line, &at(40_000), "2001", "wrong", n);
    }
    assert_eq!(line.core.throttled(line.now).len(), 2, "the extension, and its name at its own address");
    line.other.clear();
    assert_eq!(line.hop.to_string(), PHONE);
    assert_eq!(register(&mut line, &mut far, REGISTER).status(), Some(200));
    // Its calls are taken, too.
    let mut caller = Far { call_id: "a-call".into(), ..phone(&line, "2001") };
    line.hear(caller.invite("", OFFER));
    let challenge = line.status(407);
    let authorization = credentials(&challenge, "INVITE", URI, "2001", "secret", 1);
    line.hear(caller.invite(&authorization, OFFER));
    assert_eq!(line.calls.len(), 1);
}

/// One password for every extension there might be, and ten thousand addresses for one.
#[test]
fn guesses_are_few_however_they_are_spread() {
    let mut line = line();
    let looked_at = |line: &mut Line, tries: &mut dyn FnMut(u32) -> (String, String)| {
        let before = line.counted(Counter::Unauthorised);
        for n in 0..1_000 {
            let (hop, user) = tries(n);
            attempt(line, &hop, &user, "wrong", n);
        }
        line.counted(Counter::Unauthorised) - before
    };
    assert_eq!(looked_at(&mut line, &mut |n| (at(40_000), format!("{n}"))), 60);
    let everywhere = |n: u32| (format!("udp/0/10.{}.{}.1:5060", n / 250, n % 250), "2001".to_owned());
    assert_eq!(looked_at(&mut line, &mut { everywhere }), 100);
    // All of it is forgotten when its attempts are free again.
    line.pass(Duration::from_secs(600));
    assert_eq!(line.core.kept().guessers, 0);
    assert_eq!(attempt(&mut line, &at(40_000), "2001", "secret", 9_000).status(), Some(200));
}

/// Whether an extension exists, whether a password is right: nothing of it shows, neither at the door nor when there were
/// too many attempts. The work is the same, too: one look-up, one answer, one entry.
///
/// Rows: V1
#[test]
fn known_and_unknown_extensions_look_the_same() {
    for method in ["REGISTER", "INVITE"] {
        let run = |user: &str, password: &str| {
            let mut line = line();
            let mut seen = Vec::new();
            for n in 0..30 {
                let mut far = Far { call_id: format!("{n}"), ..phone(&line, user) };
                let to = format!("To: <sip:{user}@example.org>");
                let mut ask = |line: &mut Line, more: &str| {
                    let text = far.request(method, &format!("{REGISTER}{more}"), "");
                    line.hear(text.replace("To: <sip:1000@192.0.2.9>", &to));
                    let answer = line.next();
                    line.quiet();
                    answer
                };
                let first = ask(&mut line, "");
                seen.push(shape(&first));
                if matches!(first.status(), Some(401 | 407)) {
                    let authorization = credentials(&first, method, URI, user, password, 1);
                    seen.push(shape(&ask(&mut line, &authorization)));
                    // Once more with the same, and with somebody else's name on the same challenge.
                    seen.push(shape(&ask(&mut line, &authorization)));
                }
            }
            let kept = line.core.kept();
            (seen, kept.guessers, kept.transactions, line.counts.clone())
        };
        let known = run("2001", "wrong");
        assert_eq!(known, run("9999", "wrong"), "{method}");
        assert_eq!(known, run("9999", "secret"), "{method}");
        assert!(known.0.iter().any(|(status, ..)| *status == Some(503)), "it came to the limit");
    }
}

/// A right answer that somebody heard is worth nothing: not twice, not for another method, place or person, not later.
/// sip-stack.md §4.2, §4.4, §9 (nc).
#[test]
fn what_was_heard_on_the_wire_proves_nothing() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    let to =
        |text: String, user: &str| text.replace("To: <sip:1000@192.0.2.9>", &format!("To: <sip:{user}@example.org>"));
    line.hear(to(far.request("REGISTER", REGISTER, ""), "2001"));
    let challenge = line.status(401);
    let first = credentials(&challenge, "REGISTER", URI, "2001", "secret", 1);
    line.hear(to(far.request("REGISTER", &format!("{REGISTER}{first}"), ""), "2001"));
    line.status(200);
    let thief = "udp/0/203.0.113.66:5060";
    let mut tries = 0;
    let mut replay = |line: &mut Line, hop: &str, method: &str, user: &str, credentials: &str| {
        tries += 1;
        let mut forgery = Far { call_id: format!("replay{tries}"), ..phone(line, user) };
        let text =
            to(forgery.request(method, &format!("Contact: <sip:thief@203.0.113.66>\r\n{credentials}"), ""), user);
        line.hear_from(hop, text);
        line.next()
    };
    for hop in [thief, PHONE, "tcp/0/203.0.113.66:40000/3"] {
        // The same once more: a new challenge, which says that only the count was wrong.
        let answer = replay(&mut line, hop, "REGISTER", "2001", &first);
        assert_eq!(answer.status(), Some(401));
        assert!(answer.headers.get(&Name::WwwAuthenticate).unwrap().contains("stale=true"));
        for (what, forged) in [
            ("a higher count", first.replace("nc=00000001", "nc=00000002")),
            ("another person", first.replace("username=\"2001\"", "username=\"2002\"")),
            ("another place", first.replace(URI, "sip:192.0.2.9")),
            ("no count at all", first.replace(", cnonce=\"cn\", qop=auth, nc=00000001", "")),
            ("another cnonce", first.replace("cnonce=\"cn\"", "cnonce=\"nc\"")),
        ] {
            assert_ne!(forged, first);
            assert_eq!(replay(&mut line, hop, "REGISTER", "2001", &forged).status(), Some(401), "{what}");
        }
        let proxy = first.replace("Authorization:", "Proxy-Authorization:");
        assert_eq!(replay(&mut line, hop, "INVITE", "2001", &proxy).status(), Some(407), "another method");
        line.core.lift(None, Some("203.0.113.66".parse().unwrap()));
        line.core.lift(Some("2001"), None);
    }
    assert_eq!(line.counted(Counter::Replayed), 3);
    assert!(line.calls.is_empty());
    // The challenge of one may be answered by another: it proves the other, and takes nothing from the first.
    let second = credentials(&challenge, "REGISTER", URI, "2002", "secret", 7);
    assert_eq!(replay(&mut line, thief, "REGISTER", "2002", &second).status(), Some(200));
    let next = credentials(&challenge, "REGISTER", URI, "2001", "secret", 8);
    line.hear(to(far.request("REGISTER", &format!("{REGISTER}{next}"), ""), "2001"));
    line.status(200);
    // When its time is over, so is the challenge.
    line.pass(Duration::from_secs(301));
    let late = credentials(&challenge, "REGISTER", URI, "2001", "secret", 9);
    line.hear(to(far.request("REGISTER", &format!("{REGISTER}{late}"), ""), "2001"));
    let answer = line.next();
    assert_eq!(answer.status(), Some(401));
    assert!(answer.headers.get(&Name::WwwAuthenticate).unwrap().contains("stale=true"));
}
