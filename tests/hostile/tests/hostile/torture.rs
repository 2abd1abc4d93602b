//! The messages of RFC 4475, each with what becomes of it: in the parser, and in the core when a trunk sends it and
//! when somebody sends it of whom nothing is known.

use crate::bare::{Bare, STRANGER, STRANGER_TCP, TRUNK, TRUNK_TCP, status};
use crate::corpus;
use ringdesk_signaling::core::input::Input;
use ringdesk_signaling::core::message::Message;
use ringdesk_signaling::core::method::Method;
use ringdesk_voice::{Cause, LegCommand};
use std::collections::BTreeSet;
use std::time::Duration;

/// What the parser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Taken,
    /// With this answer.
    Refused(u16),
    /// Without an answer.
    Dropped,
}

/// What the core does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Call,
    Answers(u16),
    Nothing,
}

/// How this stands to the section of RFC 4475.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Because {
    /// It is what the section says.
    Rfc(&'static str),
    /// The section leaves a choice; ours and its reason.
    Choice(&'static str),
    /// Not what the section says, and why.
    Differs(&'static str),
}

use Because::{Choice, Differs, Rfc};
use Read::{Dropped, Refused, Taken};
use Then::{Answers, Call, Nothing};

/// Name, section, parser, core (for a trunk), reason.
#[rustfmt::skip]
const CASES: [(&str, &str, Read, Then, Because); 49] = [
    ("wsinv", "3.1.1.1", Taken, Answers(481), Rfc("well formed; its To tag names a dialog that nobody has (RFC 3261 §12.2.2)")),
    ("intmeth", "3.1.1.2", Taken, Answers(501), Rfc("well formed; the method is unknown (RFC 3261 §21.5.2)")),
    ("esc01", "3.1.1.3", Taken, Call, Rfc("a parser must accept it")),
    ("escnull", "3.1.1.4", Taken, Answers(401), Rfc("parsers must accept it; nobody registers unproven, the rest is in `registrations`")),
    ("esc02", "3.1.1.5", Taken, Answers(501), Rfc("as intmeth: not REGISTER, and answered as unknown")),
    ("lwsdisp", "3.1.1.6", Taken, Answers(200), Rfc("should be accepted as well formed")),
    ("longreq", "3.1.1.7", Taken, Call, Rfc("well formed, only long")),
    ("dblreq", "3.1.1.8", Taken, Answers(401), Rfc("one REGISTER; the INVITE behind it is noise (RFC 3261 §18.3)")),
    ("semiuri", "3.1.1.9", Taken, Answers(200), Rfc("well formed; the semicolon belongs to the user part")),
    ("transports", "3.1.1.10", Taken, Answers(200), Rfc("well formed, whatever the transports below the first are")),
    ("mpart01", "3.1.1.11", Taken, Answers(405), Rfc("well formed; MESSAGE is known and not served here")),
    ("unreason", "3.1.1.12", Taken, Nothing, Rfc("well formed; an answer to nothing of ours")),
    ("noreason", "3.1.1.13", Taken, Nothing, Rfc("well formed; an answer to nothing of ours")),
    ("badinv01", "3.1.2.1", Refused(400), Answers(400), Rfc("should be answered with 400, though its Via is what is wrong")),
    ("clerr", "3.1.2.2", Refused(400), Answers(400), Rfc("over UDP 400")),
    ("ncl", "3.1.2.3", Refused(400), Answers(400), Rfc("should be answered with an error")),
    ("scalar02", "3.1.2.4", Refused(400), Answers(400), Rfc("400, for its CSeq alone")),
    ("scalarlg", "3.1.2.5", Dropped, Nothing, Rfc("a response of this kind is discarded")),
    ("quotbal", "3.1.2.6", Refused(400), Answers(400), Rfc("should be answered with 400")),
    ("ltgtruri", "3.1.2.7", Refused(400), Answers(400), Choice("always reasonable; ignoring the brackets would be a second way to read it")),
    ("lwsruri", "3.1.2.8", Refused(400), Answers(400), Rfc("should be answered with 400")),
    ("lwsstart", "3.1.2.9", Refused(400), Answers(400), Choice("acceptable; nobody sends it by mistake")),
    ("trws", "3.1.2.10", Refused(400), Answers(400), Choice("acceptable; nobody sends it by mistake")),
    ("escruri", "3.1.2.11", Refused(400), Answers(400), Choice("acceptable; header fields in a Request-URI are an attack")),
    ("baddate", "3.1.2.12", Taken, Call, Choice("nobody here reads Date, so nobody should refuse a call for it")),
    ("regbadct", "3.1.2.13", Refused(400), Answers(400), Choice("reasonable; inferring the brackets is not possible in general")),
    ("badaspec", "3.1.2.14", Taken, Answers(200), Choice("spaces inside the brackets may be ignored; nothing else could be meant")),
    ("baddn", "3.1.2.15", Taken, Answers(200), Choice("missing quotes may be inferred; telephones send names with commas")),
    ("badvers", "3.1.2.16", Refused(505), Answers(505), Rfc("505, though its Via is of that version too")),
    ("mismatch01", "3.1.2.17", Refused(400), Answers(400), Rfc("400")),
    ("mismatch02", "3.1.2.18", Refused(501), Answers(501), Rfc("501 rather than 400")),
    ("bigcode", "3.1.2.19", Dropped, Nothing, Rfc("should simply be dropped")),
    ("badbranch", "3.2.1", Taken, Answers(200), Choice("a cookie with nothing behind it identifies nothing: RFC 2543 rules find the transaction")),
    ("insuf", "3.3.1", Refused(400), Answers(400), Rfc("ideally 400")),
    ("unkscm", "3.3.2", Taken, Answers(416), Rfc("416")),
    ("novelsc", "3.3.3", Taken, Answers(416), Rfc("416 where the scheme will never mean anything")),
    ("unksm2", "3.3.4", Refused(400), Answers(400), Rfc("a registrar answers 400: To must be SIP or SIPS")),
    ("bext01", "3.3.5", Taken, Answers(420), Rfc("420 with Unsupported")),
    ("invut", "3.3.6", Taken, Answers(415), Rfc("415 from an endpoint")),
    ("regaut01", "3.3.7", Taken, Answers(401), Rfc("a new challenge with a scheme that is understood")),
    ("multi01", "3.3.8", Refused(400), Answers(400), Rfc("400")),
    ("mcl01", "3.3.9", Refused(400), Answers(400), Rfc("an error")),
    ("bcast", "3.3.10", Taken, Nothing, Rfc("well formed; an endpoint discards it")),
    ("zeromf", "3.3.11", Taken, Answers(200), Rfc("an endpoint goes on as if it were positive")),
    ("cparam01", "3.3.12", Taken, Answers(401), Rfc("nobody registers unproven; the rest is in `registrations`")),
    ("cparam02", "3.3.13", Taken, Answers(401), Rfc("nobody registers unproven; the rest is in `registrations`")),
    ("regescrt", "3.3.14", Taken, Answers(401), Rfc("nobody registers unproven; the rest is in `registrations`")),
    ("sdp01", "3.3.15", Taken, Call, Differs("406 or 400 in the RFC; a caller that offers SDP reads SDP (RFC 3261 §13.2.1), and a call is worth more than its Accept")),
    ("inv2543", "3.4.1", Taken, Answers(400), Differs("without Contact there is nobody to send a BYE to: its line would never be freed (RFC 3261 §8.1.1.8)")),
];

/// Rows: V3
#[test]
fn each_message_is_read_as_the_table_says() {
    let mut faults = Vec::new();
    for (name, section, wanted, ..) in CASES {
        let bytes = corpus::message(name);
        let got = match Message::parse(bytes) {
            Ok(message) => {
                assert_eq!(
                    Message::parse(&message.to_bytes()).as_ref(),
                    Ok(&message),
                    "{name}: written and read again"
                );
                Taken
            }
            Err(failure) if failure.partial.is_some() => Refused(failure.status),
            Err(_) => Dropped,
        };
        if got != wanted {
            faults.push(format!("{name} (RFC 4475 §{section}): {got:?}, not {wanted:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Rows: V3
#[test]
fn each_message_is_treated_as_the_table_says() {
    let mut faults = Vec::new();
    for (name, section, read, wanted, because) in CASES {
        let bytes = corpus::message(name);
        let tcp = top_transport(bytes) == "TCP";
        // A stranger's call is challenged before anything of it is looked at.
        let stranger = match wanted {
            _ if read == Taken && bytes.starts_with(b"INVITE") && wanted != Answers(481) => Answers(407),
            wanted => wanted,
        };
        let hops =
            if tcp { [(TRUNK_TCP, wanted), (STRANGER_TCP, stranger)] } else { [(TRUNK, wanted), (STRANGER, stranger)] };
        for (hop, wanted) in hops {
            let got = treated(hop, bytes);
            if got != wanted {
                faults.push(format!("{name} (RFC 4475 §{section}) over {hop}: {got:?}, not {wanted:?}; {because:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every message has its row, and a new difference from the RFC is a decision, not an accident.
#[test]
fn the_table_is_whole() {
    let rows: BTreeSet<&str> = CASES.iter().map(|(name, ..)| *name).collect();
    let files: BTreeSet<&str> = corpus::all().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(rows, files);
    assert_eq!(rows.len(), 49);
    let differ: Vec<&str> = CASES.iter().filter(|case| matches!(case.4, Differs(_))).map(|case| case.0).collect();
    assert_eq!(differ, ["sdp01", "inv2543"]);
    assert!(CASES.iter().all(|(.., because)| {
        let (Rfc(why) | Choice(why) | Differs(why)) = because;
        why.len() > 2
    }));
}

/// The refusals carry what RFC 4475 wants in them, back to who asked.
#[test]
fn answers_say_what_they_must() {
    for (name, field) in [
        ("bext01", "\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"),
        ("intmeth", "\r\nAllow: INVITE, ACK, CANCEL, BYE"),
        ("invut", "\r\nAccept: application/sdp\r\n"),
        ("regaut01", "\r\nWWW-Authenticate: Digest "),
        ("badinv01", "\r\nVia: SIP/2.0/UDP 192.0.2.15;received=192.0.2.1\r\n"),
        ("badvers", "\r\nVia: SIP/2.0/UDP c.example.com;received=192.0.2.1;branch=z9hG4bKkdjuw\r\n"),
        ("insuf", "\r\nVia: SIP/2.0/UDP 192.0.2.95;received=192.0.2.1;branch=z9hG4bKkdj.insuf\r\n"),
        ("transports", "\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n"),
    ] {
        let mut bare = Bare::new(vec![]);
        bare.hear(TRUNK, corpus::message(name));
        let answer = String::from_utf8(bare.sent.remove(0).to_vec()).unwrap();
        assert!(answer.contains(field), "{name}: no {field:?} in {answer}");
    }
}

/// What the core does with one message, and that nothing is left of it in the end.
fn treated(hop: &str, bytes: &[u8]) -> Then {
    let mut bare = Bare::new(vec![]);
    bare.hear(hop, bytes);
    let (calls, sent) = (bare.calls.len(), bare.statuses());
    assert!(bare.sent.iter().all(|bytes| status(bytes).is_some()), "nothing but responses is sent");
    let then = match (calls, sent.as_slice()) {
        (1, []) => Call,
        (0, [status]) => Answers(*status),
        (0, []) => Nothing,
        other => panic!("{other:?} for one message"),
    };
    if let Some(call) = bare.calls.first() {
        let leg = call.leg;
        bare.input(Input::Command(leg, LegCommand::Hangup { cause: Cause::Busy }));
        assert!(bare.statuses().last().is_some_and(|status| *status >= 400), "{:?}", bare.statuses());
    }
    // Longer than any transaction.
    bare.pass(Duration::from_secs(40));
    assert_eq!((bare.core.legs(), bare.core.transactions()), (0, 0), "something is left");
    assert_eq!(bare.ended.len(), calls);
    then
}

/// The transport of the first Via, as far as these messages need it.
fn top_transport(bytes: &[u8]) -> String {
    let message = match Message::parse(bytes) {
        Ok(message) => Some(message),
        Err(failure) => failure.partial.map(|partial| *partial),
    };
    let via = message.and_then(|message| message.via());
    via.map_or(String::new(), |via| via.transport)
}

#[test]
fn unknown_methods_stay_what_they_are() {
    for (name, method) in [("intmeth", "!interesting-Method0123456789_*+`.%indeed'~"), ("esc02", "RE%47IST%45R")] {
        let message = Message::parse(corpus::message(name)).unwrap();
        assert_eq!(message.method(), Some(&Method::Other(method.into())));
    }
}
