//! Visitors of web sites: let in once by their ticket, and to nothing else.

use super::driver::*;
use super::phones::line;
use ringdesk_voice::{Cause, LegCommand, LegEvent, Origin, Profile};
use std::time::Duration;

const SOCKET: &str = "wss/0/198.51.100.7:52100/11";
const TICKET: &str = "7f3a91c0ffee";

/// A page, and a house that expects it for half a minute.
fn expected() -> (Line, Far) {
    let mut line = line();
    line.hop = SOCKET.parse().unwrap();
    let until = line.now + Duration::from_secs(30);
    assert!(line.core.expect(line.now, TICKET.into(), until));
    let far = Far {
        via: "SIP/2.0/WSS kq3v9d.invalid".into(),
        from: "<sip:visitor@kq3v9d.invalid>;tag=v".into(),
        ..Far::new(&line)
    };
    (line, far)
}

fn calls(far: &mut Far, ticket: &str) -> String {
    let invite = far.request("INVITE", "Contact: <sip:visitor@kq3v9d.invalid;transport=ws>\r\n", OFFER);
    invite.replace("sip:1000@", &format!("sip:{ticket}@"))
}

/// Rows: S4.1
#[test]
fn a_ticket_lets_in_once_and_as_nobody() {
    let (mut line, mut far) = expected();
    line.hear(calls(&mut far, TICKET));
    let call = line.call();
    assert_eq!(call.origin, Origin::Guest(TICKET.into()));
    assert_eq!((call.from.number.reveal().as_str(), call.from.name), ("anonymous", None));
    assert_eq!(call.profile, Profile::WebRtc);
    line.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    far.to_tag = line.status(200).to_tag().map(str::to_owned);
    let ack = far.ack(1, "").replace("sip:1000@", &format!("sip:{TICKET}@"));
    line.hear(ack);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });

    // They send nobody anywhere.
    line.hear(far.request("REFER", "Refer-To: <sip:+4930999@example.org>\r\n", ""));
    line.status(403);
    line.quiet();

    // The same ticket once more is a stranger's call, and so is any other number.
    for (n, called) in [TICKET, "1000", "2001", ""].into_iter().enumerate() {
        let mut again =
            Far { call_id: format!("again-{n}"), from: format!("<sip:v@x.invalid>;tag=w{n}"), ..Far::new(&line) };
        again.via = "SIP/2.0/WSS kq3v9d.invalid".into();
        line.hear(calls(&mut again, called));
        let refused = line.next().status();
        assert!(matches!(refused, Some(400 | 407)), "{called}: {refused:?}");
        assert!(line.calls.is_empty());
    }

    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

/// Rows: S4.1
#[test]
fn a_ticket_is_over_by_time_and_counts_for_pages_alone() {
    let (mut line, mut far) = expected();
    line.pass(Duration::from_secs(30));
    line.hear(calls(&mut far, TICKET));
    line.status(407);
    assert!(line.calls.is_empty());

    let (mut line, _) = expected();
    line.hop = super::phones::PHONE.parse().unwrap();
    let mut far = Far::new(&line);
    line.hear(calls(&mut far, TICKET));
    line.status(407);
    assert!(line.calls.is_empty());
}
