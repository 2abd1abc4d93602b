//! The timers of RFC 3261 table 4, without a leg.

use super::client::ClientFailure;
use super::{Arrived, Heard, Transactions};
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::output::Output;
use crate::core::setup::Setup;
use crate::core::timers::Alarm;
use crate::core::transaction::ClientEnd;
use crate::core::wire::Wire;
use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;
use std::time::Duration;
use uuid::Uuid;

const UDP: &str = "udp/0/192.0.2.1:5060";
const TCP: &str = "tcp/0/192.0.2.1:5060/1";

struct Bed {
    wire: Wire,
    all: Transactions,
    ends: Vec<(u64, ClientFailure)>,
}

impl Bed {
    fn new() -> Bed {
        Bed { wire: Wire::new(Setup::default(), 1, Timestamp(0)), all: Transactions::default(), ends: vec![] }
    }

    fn leg() -> LegId {
        LegId(Uuid::from_u128(1))
    }

    /// Milliseconds at which something was sent until `until`.
    fn sends(&mut self, until: u64) -> Vec<u64> {
        let mut times = Vec::new();
        let until = Timestamp::from_millis(until as i64);
        loop {
            while let Some(output) = self.wire.outputs.pop_front() {
                if matches!(output, Output::Send { .. }) {
                    times.push(self.wire.now.as_millis() as u64);
                }
            }
            let Some((at, _)) = self.wire.timers.next().filter(|(at, _)| *at <= until) else { break };
            self.wire.now = at;
            let Some(Alarm::Transaction(tx, timer)) = self.wire.timers.pop(at) else { panic!() };
            if let Some(ClientEnd { why, .. }) = self.all.timer(&mut self.wire, tx, timer) {
                self.ends.push((at.as_millis() as u64, why));
            }
        }
        self.wire.now = until;
        times
    }

    fn request(&mut self, method: Method, hop: &str) -> Message {
        let hop: Hop = hop.parse().unwrap();
        self.all.request(&mut self.wire, Some(Bed::leg().into()), hop, request(method));
        let Some(Output::Send { bytes, .. }) = self.wire.outputs.back() else { panic!() };
        Message::parse(bytes).unwrap()
    }

    fn respond(&mut self, request: &Message, status: u16) -> Heard {
        self.all.response(&mut self.wire, &respond(request, status, None, Some("t")))
    }
}

fn request(method: Method) -> Message {
    let mut message = Message::request(method.clone(), "sip:a@192.0.2.1");
    message.headers.push(Name::From, "<sip:b@c>;tag=f");
    message.headers.push(Name::To, "<sip:a@192.0.2.1>");
    message.headers.push(Name::CallId, "c");
    message.headers.push(Name::CSeq, format!("1 {method}"));
    message
}

#[test]
fn client_timers() {
    let steps_a = vec![0, 500, 1_500, 3_500, 7_500, 15_500, 31_500];
    let steps_e = vec![0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    for (method, hop, steps) in [
        (Method::Invite, UDP, steps_a),
        (Method::Bye, UDP, steps_e),
        (Method::Invite, TCP, vec![0]),
        (Method::Bye, TCP, vec![0]),
    ] {
        let mut bed = Bed::new();
        bed.request(method.clone(), hop);
        assert_eq!(bed.sends(40_000), steps, "{method} {hop}");
        assert_eq!(bed.ends, [(32_000, ClientFailure::Silence)]);
        assert_eq!((bed.all.len(), bed.wire.timers.len()), (0, 0));
    }
}

#[test]
fn a_provisional_response_slows_or_stops_the_repetition() {
    let mut bed = Bed::new();
    let bye = bed.request(Method::Bye, UDP);
    bed.sends(100);
    bed.respond(&bye, 100);
    // The timer that runs goes on; then every T2.
    assert_eq!(bed.sends(9_000), [500, 4_500, 8_500]);
    bed.sends(40_000);
    assert_eq!(bed.ends, [(32_000, ClientFailure::Silence)]);

    let mut bed = Bed::new();
    let invite = bed.request(Method::Invite, UDP);
    bed.sends(100);
    bed.respond(&invite, 100);
    assert_eq!(bed.sends(60_000), [] as [u64; 0]);
    // A second 100 does not prolong timer C, a 180 does.
    bed.respond(&invite, 100);
    bed.sends(100_000);
    bed.respond(&invite, 180);
    bed.sends(284_000);
    assert_eq!(bed.ends, []);
    bed.sends(286_000);
    assert_eq!(bed.ends, [(285_000, ClientFailure::Stalled)]);
}

#[test]
fn how_long_a_final_response_is_remembered() {
    // Timers D, K, M; over TCP only M.
    for (method, hop, status, until) in [
        (Method::Invite, UDP, 486, 32_000),
        (Method::Bye, UDP, 200, 5_000),
        (Method::Invite, UDP, 200, 32_000),
        (Method::Invite, TCP, 486, 0),
        (Method::Bye, TCP, 200, 0),
        (Method::Invite, TCP, 200, 32_000),
    ] {
        let mut bed = Bed::new();
        let sent = bed.request(method.clone(), hop);
        assert!(matches!(bed.respond(&sent, status), Heard::Deliver(..)));
        if until > 0 {
            bed.sends(until - 1);
            assert_eq!(bed.all.len(), 1, "{method} {hop} {status}");
            let again = bed.respond(&sent, status);
            let delivered = matches!(again, Heard::Deliver(..));
            assert_eq!(delivered, method == Method::Invite && status == 200, "RFC 6026: every 2xx goes to the leg");
        }
        bed.sends(until);
        assert_eq!((bed.all.len(), bed.wire.timers.len()), (0, 0), "{method} {hop} {status}");
        assert_eq!(bed.respond(&sent, status), Heard::Stray);
        assert_eq!(bed.ends, []);
    }
}

#[test]
fn server_timers() {
    for (method, hop, status, steps, until) in [
        (
            Method::Invite,
            UDP,
            486,
            vec![0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
            32_000,
        ),
        (Method::Invite, TCP, 486, vec![0], 32_000),
        (Method::Invite, UDP, 200, vec![0], 32_000),
        (Method::Bye, UDP, 200, vec![0], 32_000),
        (Method::Bye, TCP, 200, vec![0], 0),
    ] {
        let mut bed = Bed::new();
        let mut message = request(method.clone());
        message.headers.push_front(Name::Via, "SIP/2.0/UDP x;branch=z9hG4bK1");
        assert_eq!(bed.all.arrived(&mut bed.wire, &message), Arrived::New);
        let answer = respond(&message, status, None, Some("t"));
        bed.all.answer(&mut bed.wire, &message, hop.parse().unwrap(), &answer);
        assert_eq!(bed.sends(until.max(1) - 1), steps, "{method} {hop} {status}");
        assert_eq!(bed.all.len(), usize::from(until > 0));
        bed.sends(until);
        assert_eq!((bed.all.len(), bed.wire.timers.len()), (0, 0));
    }
}

/// The same branch from another host is another transaction (§17.2.3).
#[test]
fn sent_by_is_part_of_the_key() {
    let mut bed = Bed::new();
    let from = |via: &str, call: &str| {
        let mut message = request(Method::Options);
        message.headers.push_front(Name::Via, via);
        message.headers.set(Name::CallId, call);
        message
    };
    let first = from("SIP/2.0/UDP x;branch=z9hG4bK1", "c1");
    bed.all.open(&mut bed.wire, &first, UDP.parse().unwrap(), None);
    assert_eq!(bed.all.arrived(&mut bed.wire, &first), Arrived::Repeated);
    assert_eq!(bed.all.arrived(&mut bed.wire, &from("SIP/2.0/UDP X;branch=z9hG4bK1", "c1")), Arrived::Repeated);
    for other in
        ["SIP/2.0/UDP y;branch=z9hG4bK1", "SIP/2.0/UDP x:5070;branch=z9hG4bK1", "SIP/2.0/UDP x;branch=z9hG4bK2"]
    {
        assert_eq!(bed.all.arrived(&mut bed.wire, &from(other, "c2")), Arrived::New);
        assert_eq!(bed.all.arrived(&mut bed.wire, &from(other, "c1")), Arrived::Merged);
    }
}

#[test]
fn a_failed_hop_ends_what_waits_over_it() {
    for (failed, hit) in [
        ("tcp/0/192.0.2.1:5060/1", vec![0, 1]),
        ("tcp/0/192.0.2.1:5060", vec![0, 1, 2]),
        ("tcp/0/192.0.2.2:5060", vec![3]),
        ("udp/0/192.0.2.1:5060", vec![4]),
        ("udp/1/192.0.2.1:5060", vec![]),
    ] {
        let mut bed = Bed::new();
        let hops = [
            "tcp/0/192.0.2.1:5060",
            "tcp/0/192.0.2.1:5060/1",
            "tcp/0/192.0.2.1:5060/2",
            "tcp/0/192.0.2.2:5060",
            "udp/0/192.0.2.1:5060",
        ];
        let ids: Vec<_> = hops
            .iter()
            .map(|hop| {
                bed.all.request(&mut bed.wire, Some(Bed::leg().into()), hop.parse().unwrap(), request(Method::Bye))
            })
            .collect();
        let ends = bed.all.hop_failed(&mut bed.wire, failed.parse().unwrap());
        let expected: Vec<_> = hit.iter().map(|n: &usize| ids[*n]).collect();
        assert_eq!(ends.iter().map(|end| end.tx).collect::<Vec<_>>(), expected, "{failed}");
        assert!(ends.iter().all(|end| end.why == ClientFailure::Transport));
        assert_eq!(bed.all.len(), hops.len() - hit.len());
    }
    let patience = Duration::from_secs(32);
    assert_eq!(Setup::default().timers.transaction(), patience);
}
