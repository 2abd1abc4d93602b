//! Busy lamps and message lights (RFC 6665, 3842, 4235).

use super::driver::*;
use super::phones::{PHONE, URI, credentials, line, phone, register};
use crate::core::digest::ha1_md5;
use crate::core::directory::{Directory, Extension};
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input};
use crate::core::message::Message;
use crate::core::notices::MessageCount;
use crate::core::output::Counter;
use ringdesk_voice::{Cause, Destination, InterfaceId, LegCommand, LegEvent};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const AT: &str = "Contact: <sip:2001@198.51.100.7:33012>\r\n";

/// SUBSCRIBE of `far` to this user's line or messages, proven where it is challenged; what came of it.
fn subscribe(line: &mut Line, far: &mut Far, of: &str, more: &str) -> Message {
    let user = far.from[5..9].to_owned();
    let to = |text: String| text.replace("sip:1000@192.0.2.9", &format!("sip:{of}@192.0.2.9"));
    let uri = URI.replace("1000", of);
    line.pass(ms(1));
    let first = to(far.request("SUBSCRIBE", more, ""));
    line.hear(first);
    let answer = line.next();
    if answer.status() != Some(401) {
        return answer;
    }
    let authorization = credentials(&answer, "SUBSCRIBE", &uri, &user, "secret", 1);
    let second = to(far.request("SUBSCRIBE", &format!("{more}{authorization}"), ""));
    line.hear(second);
    line.next()
}

fn watcher(line: &Line, n: u32) -> Far {
    Far { call_id: format!("watch-{n}"), ..phone(line, "2001") }
}

const LINE: &str = "Event: dialog\r\nAccept: application/dialog-info+xml\r\nExpires: 600\r\n";
const MAIL: &str = "Event: message-summary\r\nExpires: 600\r\n";

/// The NOTIFY that was sent, taken: its state and its body.
fn notified(line: &mut Line) -> (String, String) {
    let notify = line.method("NOTIFY");
    line.hear(answer_to(&notify, 200, "", "", ""));
    let state = notify.headers.get(&Name::SubscriptionState).unwrap().to_owned();
    (state, String::from_utf8(notify.body.to_vec()).unwrap())
}

/// Version and state of a dialog-info.
fn lamp(body: &str) -> (u32, String) {
    let between = |from: &str, to: &str| body.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
    assert!(body.contains("state=\"full\" entity=\"sip:2002@example.org\""), "{body}");
    (between("info\" version=\"", "\"").parse().unwrap(), between("<state>", "<"))
}

fn counts(extension: &str, new: u32, old: u32) -> Input {
    Input::Messages(Arc::new(BTreeMap::from([(extension.to_owned(), MessageCount { new, old })])))
}

#[test]
fn a_lamp_shows_the_line_of_a_colleague() {
    let mut line = line();
    let mut far = watcher(&line, 1);
    let ok = subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    assert_eq!((ok.status(), ok.headers.get(&Name::Expires)), (Some(200), Some("600")));
    assert!(ok.headers.get(&Name::Contact).is_some());
    let notify = line.method("NOTIFY");
    assert_eq!(notify.uri(), "sip:2001@198.51.100.7:33012");
    assert_eq!(notify.headers.get(&Name::Event), Some("dialog"));
    assert_eq!(notify.content_type().as_deref(), Some("application/dialog-info+xml"));
    assert_eq!(notify.headers.get(&Name::SubscriptionState), Some("active;expires=600"));
    assert_eq!(lamp(std::str::from_utf8(&notify.body).unwrap()).1, "terminated");
    line.hear(answer_to(&notify, 200, "", "", ""));
    // 2002 calls somebody.
    let mut caller = Far { call_id: "of-2002".into(), ..phone(&line, "2002") };
    let invite = caller.invite("", OFFER);
    line.hear(&invite);
    let challenge = line.status(407);
    line.hear(of_invite(&invite, "ACK", challenge.to_tag(), ""));
    let authorization = credentials(&challenge, "INVITE", URI, "2002", "secret", 1);
    line.hear(caller.invite(&authorization, OFFER));
    let leg = line.call().leg;
    let (_, body) = notified(&mut line);
    assert_eq!(lamp(&body), (1, "early".into()));
    assert!(body.contains("direction=\"initiator\""));
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    caller.to_tag = line.status(200).to_tag().map(str::to_owned);
    let (_, body) = notified(&mut line);
    assert_eq!(lamp(&body), (2, "confirmed".into()));
    let ack = caller.ack(caller.cseq, "");
    line.hear(ack);
    line.event();
    // Whom it talks to is nobody's business.
    assert!(!body.contains("1000"), "{body}");
    line.hear(caller.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    let (_, body) = notified(&mut line);
    assert_eq!(lamp(&body), (3, "terminated".into()));
    // It refreshes, and leaves.
    far.to_tag = ok.to_tag().map(str::to_owned);
    line.hear(far.request("SUBSCRIBE", &format!("{AT}Event: dialog\r\nExpires: 900\r\n"), ""));
    assert_eq!(line.status(200).headers.get(&Name::Expires), Some("900"));
    let (state, body) = notified(&mut line);
    assert_eq!((state.as_str(), lamp(&body).0), ("active;expires=900", 4));
    line.hear(far.request("SUBSCRIBE", &format!("{AT}Event: dialog\r\nExpires: 0\r\n"), ""));
    assert_eq!(line.status(200).headers.get(&Name::Expires), Some("0"));
    assert_eq!(notified(&mut line).0, "terminated;reason=timeout");
    line.gone();
}

/// Of a telephone that rings, and of one with two calls.
#[test]
fn a_lamp_shows_that_a_telephone_rings() {
    let mut line = line();
    let mut two = Far { call_id: "reg-2002".into(), ..phone(&line, "2002") };
    let contact = "Contact: <sip:2002@198.51.100.7:5070>\r\n";
    assert_eq!(register(&mut line, &mut two, contact).status(), Some(200));
    let mut far = watcher(&line, 1);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    notified(&mut line);
    let to = Destination {
        uri: "sip:2002@198.51.100.7:5070".into(),
        interface: InterfaceId(0),
        flow: Some(PHONE.into()),
        trunk: None,
        profile: Default::default(),
    };
    let leg = line.dial_to(to, OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 180, "b", CONTACT, ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    let (_, body) = notified(&mut line);
    assert_eq!(lamp(&body).1, "early");
    assert!(body.contains("direction=\"recipient\""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Cancelled });
    line.ended(Cause::Cancelled, None);
    line.method("CANCEL");
    let (_, body) = notified(&mut line);
    assert_eq!(lamp(&body).1, "terminated");
}

#[test]
fn a_light_shows_messages() {
    let mut line = line();
    let mut far = watcher(&line, 1);
    assert_eq!(subscribe(&mut line, &mut far, "2001", &format!("{AT}{MAIL}")).status(), Some(200));
    let (_, body) = notified(&mut line);
    assert_eq!(body, "Messages-Waiting: no\r\nMessage-Account: sip:2001@example.org\r\nVoice-Message: 0/0 (0/0)\r\n");
    line.input(counts("2001", 2, 1));
    assert!(notified(&mut line).1.ends_with("Voice-Message: 2/1 (0/0)\r\n"));
    line.input(counts("2001", 2, 1));
    line.input(counts("9999", 2, 1));
    assert!(notified(&mut line).1.starts_with("Messages-Waiting: no\r\n"), "it is not named any more");
    line.quiet();
    // What changes while a NOTIFY is under way is told once, as it is then.
    line.input(counts("2001", 1, 0));
    let first = line.method("NOTIFY");
    line.input(counts("2001", 2, 0));
    line.input(counts("2001", 3, 0));
    line.quiet();
    line.hear(answer_to(&first, 200, "", "", ""));
    assert!(notified(&mut line).1.ends_with("Voice-Message: 3/0 (0/0)\r\n"));
    line.quiet();
    // And at the end of its time it is over.
    line.pass(Duration::from_secs(601));
    assert_eq!(notified(&mut line).0, "terminated;reason=timeout");
    line.input(counts("2001", 9, 0));
    line.sent.clear();
    line.gone();
}

#[test]
fn subscriptions_that_are_refused() {
    for (of, more, status) in [
        ("2002", "Event: presence\r\n", 489),
        ("2002", "", 489),
        ("2002", "Event: message-summary\r\n", 403),
        ("9999", "Event: dialog\r\n", 404),
        ("2002", "Event: dialog\r\nAccept: application/pidf+xml, text/plain\r\n", 406),
        ("2002", "Event: dialog\r\nExpires: 5\r\n", 423),
        ("2002", "Event: dialog\r\nRequire: eventlist\r\n", 420),
    ] {
        let mut line = line();
        let mut far = watcher(&line, 1);
        let answer = subscribe(&mut line, &mut far, of, &format!("{AT}{more}"));
        assert_eq!(answer.status(), Some(status), "{of} {more}");
        match status {
            489 => assert!(answer.headers.get(&Name::AllowEvents).is_some()),
            423 => assert_eq!(answer.headers.get(&Name::MinExpires), Some("60")),
            406 => assert_eq!(answer.headers.get(&Name::Accept), Some("application/dialog-info+xml")),
            _ => {}
        }
        line.gone();
    }
    let mut line = line();
    let mut far = watcher(&line, 1);
    assert_eq!(subscribe(&mut line, &mut far, "2002", LINE).status(), Some(400), "nowhere to be told");
    // Somebody else, and a line to the outside, prove nothing.
    let mut wrong =
        Far { from: "<sip:2001@example.org>;tag=p".into(), call_id: "wrong".into(), ..phone(&line, "2001") };
    let first = wrong.request("SUBSCRIBE", &format!("{AT}{LINE}"), "");
    line.hear(&first);
    let challenge = line.status(401);
    let stolen = credentials(&challenge, "SUBSCRIBE", URI, "2002", "secret", 1);
    line.hear(wrong.request("SUBSCRIBE", &format!("{AT}{LINE}{stolen}"), ""));
    line.status(403);
    line.hear_from(
        UDP,
        Far { call_id: "trunk".into(), ..Far::new(&line) }.request("SUBSCRIBE", &format!("{CONTACT}{LINE}"), ""),
    );
    line.status(401);
    // Asked once: told once, and nothing is kept.
    let mut once = watcher(&line, 2);
    let answer = subscribe(&mut line, &mut once, "2002", &format!("{AT}Event: dialog\r\nExpires: 0\r\n"));
    assert_eq!((answer.status(), answer.headers.get(&Name::Expires)), (Some(200), Some("0")));
    assert_eq!(notified(&mut line).0, "terminated;reason=timeout");
    line.gone();
}

#[test]
fn what_does_not_belong_into_a_subscription() {
    let mut line = line();
    let mut far = watcher(&line, 1);
    let ok = subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    notified(&mut line);
    far.to_tag = ok.to_tag().map(str::to_owned);
    for (method, more, status) in [
        ("SUBSCRIBE", "Event: message-summary\r\n", 489),
        ("SUBSCRIBE", "Event: dialog\r\nExpires: 1\r\n", 423),
        ("INVITE", CONTACT, 405),
        ("NOTIFY", "Event: dialog\r\n", 405),
        ("BYE", "", 405),
        ("REFER", "Refer-To: <sip:2002@example.org>\r\n", 405),
    ] {
        let request = far.request(method, more, "");
        line.hear(&request);
        let answer = line.status(status);
        if method == "INVITE" {
            line.hear(of_invite(&request, "ACK", answer.to_tag(), ""));
        }
    }
    let mut other = Far { call_id: "not-it".into(), from: far.from.clone(), ..watcher(&line, 1) };
    (other.to_tag, other.cseq) = (far.to_tag.clone(), 90);
    line.hear(other.request("SUBSCRIBE", &format!("{AT}Event: dialog\r\n"), ""));
    line.status(481);
    far.cseq = 0;
    line.hear(far.request("SUBSCRIBE", &format!("{AT}Event: dialog\r\n"), "").replace("z9hG4bKfar", "z9hG4bKold"));
    line.status(500);
    line.pass(Duration::from_secs(600));
    notified(&mut line);
    line.gone();
}

#[test]
fn a_subscription_ends_with_who_has_it() {
    // With the last registration.
    let mut line = line();
    let mut reg = phone(&line, "2001");
    register(&mut line, &mut reg, &format!("{AT}Expires: 60\r\n"));
    let mut far = watcher(&line, 1);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    notified(&mut line);
    line.pass(Duration::from_secs(60));
    assert_eq!(notified(&mut line).0, "terminated;reason=deactivated");
    line.gone();
    // With its connection.
    line.hop = "tcp/0/198.51.100.7:40001/5".parse().unwrap();
    let mut far = watcher(&line, 2);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    notified(&mut line);
    line.input(Input::HopFailed { hop: line.hop, why: HopFailure::Closed });
    line.gone();
    // With a NOTIFY that nobody takes, or that is refused.
    line.hop = PHONE.parse().unwrap();
    let mut far = watcher(&line, 3);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    let notify = line.method("NOTIFY");
    line.hear(answer_to(&notify, 481, "", "", ""));
    line.gone();
    let mut far = watcher(&line, 4);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    line.pass(Duration::from_secs(33));
    assert!(line.counted(Counter::TransactionTimeout) > 0);
    line.sent.clear();
    line.gone();
    // With the extension that is watched.
    let mut far = watcher(&line, 5);
    subscribe(&mut line, &mut far, "2002", &format!("{AT}{LINE}"));
    notified(&mut line);
    line.input(Input::Directory(Arc::new(Directory::new("example.org", Vec::new(), trunks()))));
    assert_eq!(notified(&mut line).0, "terminated;reason=noresource");
    line.gone();
}

#[test]
fn nobody_has_more_lamps_than_there_may_be() {
    let mut setup = setup();
    setup.subscriptions.per_extension = 2;
    let extension = |user: &str| Extension {
        user: user.into(),
        ha1_md5: ha1_md5(user, "example.org", "secret"),
        ha1_sha256: "0".repeat(64),
    };
    let users = ["2001", "2002", "2003", "2004"].map(extension).to_vec();
    let mut line = Line::with(setup, Directory::new("example.org", users, trunks()));
    line.hop = PHONE.parse().unwrap();
    for (n, status) in [(2, 200), (3, 200), (4, 403)] {
        let mut far = watcher(&line, n);
        let answer = subscribe(&mut line, &mut far, &format!("200{n}"), &format!("{AT}{LINE}"));
        assert_eq!(answer.status(), Some(status), "{n}");
        line.sent.clear();
    }
    // A telephone that was switched off and on has what it had, once.
    let mut far = watcher(&line, 7);
    assert_eq!(subscribe(&mut line, &mut far, "2003", &format!("{AT}{LINE}")).status(), Some(200));
    assert_eq!(line.core.kept().subscriptions, 2);
}
