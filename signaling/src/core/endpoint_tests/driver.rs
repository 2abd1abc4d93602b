//! One core and a scripted neighbour.

use crate::core::directory::{Directory, Trunk, TrunkTarget};
use crate::core::endpoint::Core;
use crate::core::headers::Name;
use crate::core::input::{Hop, Input};
use crate::core::message::Message;
use crate::core::output::{Counter, LegNote, Output};
use crate::core::setup::{Advertised, Interface, Setup};
use bytes::Bytes;
use ringdesk_model::{Ids, Pii, Timestamp, TrunkId};
use ringdesk_voice::{Cause, Destination, Dial, IncomingCall, InterfaceId, LegCommand, LegEvent, LegId, Party, Sdp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(super) const UDP: &str = "udp/0/192.0.2.1:5060";
pub(super) const TCP: &str = "tcp/0/192.0.2.1:40000/7";
pub(super) const OFFER: &str = "v=0\r\no=far 1 1 IN IP4 192.0.2.1\r\n";
pub(super) const ANSWER: &str = "v=0\r\no=us 1 1 IN IP4 192.0.2.9\r\n";
pub(super) const START: Timestamp = Timestamp(1_750_000_000_000_000);

pub(super) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(super) fn sdp(text: &str) -> Sdp {
    Sdp(Bytes::copy_from_slice(text.as_bytes()))
}

pub(super) fn setup() -> Setup {
    let here = Some(Advertised { host: "192.0.2.9".into(), port: 5060 });
    Setup { interfaces: vec![Interface { udp: here.clone(), tcp: here, ..Interface::default() }], ..Setup::default() }
}

/// One trunk: 192.0.2.0/24.
pub(super) fn trunks() -> Vec<Trunk> {
    vec![Trunk {
        id: TrunkId(Uuid::from_u128(1)),
        name: "t".into(),
        nets: vec!["192.0.2.0/24".parse().unwrap()],
        outbound: Some(TrunkTarget { host: "192.0.2.1".into(), port: None, transport: None, certificate: None }),
        interface: InterfaceId(0),
    }]
}

pub(super) struct Line {
    pub(super) core: Core,
    pub(super) now: Timestamp,
    pub(super) hop: Hop,
    pub(super) sent: VecDeque<(Hop, Message)>,
    pub(super) events: VecDeque<(LegId, LegEvent)>,
    pub(super) calls: VecDeque<IncomingCall>,
    pub(super) other: VecDeque<Output>,
    pub(super) notes: VecDeque<(LegId, LegNote)>,
    pub(super) counts: BTreeMap<Counter, usize>,
    ended: BTreeMap<LegId, usize>,
    /// Tags that the gate lets in first.
    pub(super) dialogs: BTreeSet<String>,
    ids: Ids,
}

impl Line {
    pub(super) fn new() -> Line {
        Line::with(setup(), Directory::new("example.org", Vec::new(), trunks()))
    }

    pub(super) fn with(setup: Setup, directory: Directory) -> Line {
        let mut line = Line {
            core: Core::new(setup, 7, START),
            now: START,
            hop: UDP.parse().unwrap(),
            sent: VecDeque::new(),
            events: VecDeque::new(),
            calls: VecDeque::new(),
            other: VecDeque::new(),
            notes: VecDeque::new(),
            counts: BTreeMap::new(),
            ended: BTreeMap::new(),
            dialogs: BTreeSet::new(),
            ids: Ids::seeded(99),
        };
        line.input(Input::Directory(Arc::new(directory)));
        line
    }

    pub(super) fn over(hop: &str) -> Line {
        Line { hop: hop.parse().unwrap(), ..Line::new() }
    }

    pub(super) fn input(&mut self, input: Input) {
        self.core.handle_input(self.now, input);
        self.drain();
    }

    /// The neighbour sends this.
    pub(super) fn hear(&mut self, text: impl AsRef<str>) {
        let bytes = Bytes::copy_from_slice(text.as_ref().as_bytes());
        self.input(Input::Received { hop: self.hop, bytes });
    }

    pub(super) fn hear_from(&mut self, hop: &str, text: impl AsRef<str>) {
        let bytes = Bytes::copy_from_slice(text.as_ref().as_bytes());
        self.input(Input::Received { hop: hop.parse().unwrap(), bytes });
    }

    pub(super) fn command(&mut self, leg: LegId, command: LegCommand) {
        self.input(Input::Command(leg, command));
    }

    /// Let time pass, timer by timer.
    pub(super) fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some((at, name)) = self.core.poll_timeout().filter(|(at, _)| *at <= until) {
            assert!(!name.is_empty());
            self.now = self.now.max(at);
            self.core.handle_timeout(self.now);
            self.drain();
            let next = self.core.poll_timeout();
            assert!(next.is_none_or(|(at, _)| at > self.now), "a timer that is due has to fire: {next:?}");
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send { hop, bytes } => {
                    let message = Message::parse(&bytes).unwrap_or_else(|e| panic!("{e}: {bytes:?}"));
                    self.sent.push_back((hop, message));
                }
                Output::Incoming(call) => self.calls.push_back(call),
                Output::Leg(leg, event) => {
                    let ended = self.ended.entry(leg).or_default();
                    assert_eq!(*ended, 0, "{event:?} after the end");
                    *ended += usize::from(matches!(event, LegEvent::Ended { .. }));
                    self.events.push_back((leg, event));
                }
                Output::Count(counter) => *self.counts.entry(counter).or_default() += 1,
                Output::Dialog { tag, live } => {
                    let news = if live { self.dialogs.insert(tag) } else { self.dialogs.remove(&tag) };
                    assert!(news, "a dialog begins once and ends once");
                }
                Output::Noted(leg, note) => self.notes.push_back((leg, note)),
                other => self.other.push_back(other),
            }
        }
    }

    /// The next message that was sent.
    pub(super) fn next(&mut self) -> Message {
        self.sent.pop_front().expect("a message").1
    }

    pub(super) fn next_with_hop(&mut self) -> (String, Message) {
        let (hop, message) = self.sent.pop_front().expect("a message");
        (hop.to_string(), message)
    }

    pub(super) fn status(&mut self, status: u16) -> Message {
        let message = self.next();
        assert_eq!(message.status(), Some(status), "{message:?}");
        message
    }

    pub(super) fn method(&mut self, method: &str) -> Message {
        let message = self.next();
        assert_eq!(message.method().map(|m| m.as_str()), Some(method), "{message:?}");
        message
    }

    /// Nothing more was sent and nothing more happened.
    pub(super) fn quiet(&mut self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
        assert!(self.events.is_empty(), "{:?}", self.events);
    }

    pub(super) fn event(&mut self) -> LegEvent {
        self.events.pop_front().expect("an event").1
    }

    pub(super) fn ended(&mut self, cause: Cause, status: Option<u16>) {
        assert_eq!(self.event(), LegEvent::Ended { cause, status });
    }

    pub(super) fn call(&mut self) -> IncomingCall {
        self.calls.pop_front().expect("a call")
    }

    pub(super) fn counted(&self, counter: Counter) -> usize {
        self.counts.get(&counter).copied().unwrap_or(0)
    }

    /// After 64*T1 nothing is left of what was.
    pub(super) fn gone(&mut self) {
        self.quiet();
        self.pass(Duration::from_secs(33));
        assert!(self.core.is_idle(), "legs {} transactions {}", self.core.legs(), self.core.transactions());
        assert_eq!(self.dialogs.len(), 0, "the door lets in what is over");
        self.quiet();
    }

    /// Dial the neighbour.
    pub(super) fn dial(&mut self, uri: &str, offer: &str) -> LegId {
        let to = Destination {
            uri: uri.into(),
            interface: InterfaceId(0),
            flow: None,
            trunk: None,
            profile: Default::default(),
        };
        self.dial_to(to, offer)
    }

    pub(super) fn dial_to(&mut self, to: Destination, offer: &str) -> LegId {
        let leg = self.ids.next(self.now);
        let from = Party { number: Pii::new("+4930123456".into()), name: Some(Pii::new("Müller \"M\"".into())) };
        let headers = vec![
            ("Alert-Info".to_owned(), Pii::new("<urn:alert:service:auto-answer>".to_owned())),
            ("Via".to_owned(), Pii::new("never".to_owned())),
        ];
        self.command(leg, LegCommand::Dial(Box::new(Dial { to, from, offer: sdp(offer), headers })));
        leg
    }
}

/// A response of the neighbour to this message of ours.
pub(super) fn answer_to(request: &Message, status: u16, tag: &str, more: &str, body: &str) -> String {
    let field = |name: &Name| request.headers.get(name).unwrap_or("").to_owned();
    let vias: String = request.headers.all(&Name::Via).map(|via| format!("Via: {via}\r\n")).collect();
    let to = field(&Name::To);
    let to = if to.contains(";tag=") || tag.is_empty() { to } else { format!("{to};tag={tag}") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 {status} X\r\n{vias}From: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n{more}{kind}\r\n{body}",
        field(&Name::From),
        field(&Name::CallId),
        field(&Name::CSeq),
    )
}

pub(super) const CONTACT: &str = "Contact: <sip:far@192.0.2.1:5060>\r\n";

/// A neighbour that calls us.
pub(super) struct Far {
    pub(super) call_id: String,
    pub(super) from: String,
    /// Our tag, once it is known.
    pub(super) to_tag: Option<String>,
    pub(super) cseq: u32,
    pub(super) via: String,
    pub(super) branches: u32,
}

impl Far {
    pub(super) fn new(line: &Line) -> Far {
        let transport = line.hop.transport.as_str();
        Far {
            call_id: "call-1".into(),
            from: "\"Bob\" <sip:+4940555@192.0.2.1>;tag=far".into(),
            to_tag: None,
            cseq: 0,
            via: format!("SIP/2.0/{transport} 192.0.2.1:5060;rport"),
            branches: 0,
        }
    }

    pub(super) fn invite(&mut self, more: &str, body: &str) -> String {
        self.request("INVITE", &format!("{CONTACT}{more}"), body)
    }

    pub(super) fn request(&mut self, method: &str, more: &str, body: &str) -> String {
        self.cseq += 1;
        let cseq = self.cseq;
        self.build(method, cseq, more, body)
    }

    /// ACK of our 2xx.
    pub(super) fn ack(&mut self, cseq: u32, body: &str) -> String {
        self.build("ACK", cseq, "", body)
    }

    fn build(&mut self, method: &str, cseq: u32, more: &str, body: &str) -> String {
        self.branches += 1;
        let tag = self.to_tag.as_ref().map_or(String::new(), |tag| format!(";tag={tag}"));
        let kind =
            if body.is_empty() || more.contains("Content-Type") { "" } else { "Content-Type: application/sdp\r\n" };
        let call = if self.call_id == "call-1" { "" } else { &self.call_id };
        format!(
            "{method} sip:1000@192.0.2.9 SIP/2.0\r\nVia: {};branch=z9hG4bKfar{}{call}\r\nFrom: {}\r\nTo: <sip:1000@192.0.2.9>{tag}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{more}{kind}\r\n{body}",
            self.via, self.branches, self.from, self.call_id,
        )
    }
}

/// What belongs to an INVITE's transaction: its ACK for a failure, its CANCEL.
pub(super) fn of_invite(invite: &str, method: &str, to_tag: Option<&str>, more: &str) -> String {
    let parsed = Message::parse(invite.as_bytes()).unwrap();
    let field = |name: &Name| parsed.headers.get(name).unwrap_or("").to_owned();
    let tag = to_tag.map_or(String::new(), |tag| format!(";tag={tag}"));
    format!(
        "{method} {} SIP/2.0\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\nMax-Forwards: 70\r\n{more}\r\n",
        parsed.uri(),
        field(&Name::Via),
        field(&Name::From),
        field(&Name::To),
        field(&Name::CallId),
        parsed.cseq().0,
    )
}

/// A call that came in and was answered and confirmed.
pub(super) fn answered_call(line: &mut Line, more: &str) -> (LegId, Far) {
    let mut far = Far::new(line);
    let invite = far.invite(more, OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = line.status(200);
    far.to_tag = ok.to_tag().map(str::to_owned);
    let ack = far.ack(1, "");
    line.hear(&ack);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.quiet();
    (leg, far)
}

/// A call that we made and the neighbour answered. The tags of both.
pub(super) fn dialled_call(line: &mut Line, more: &str) -> (LegId, Far) {
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 200, "far", &format!("{CONTACT}{more}"), ANSWER));
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    line.method("ACK");
    line.quiet();
    let mut far = Far::new(line);
    far.call_id = invite.call_id().to_owned();
    far.from = "<sip:far@192.0.2.1>;tag=far".into();
    far.to_tag = invite.from_tag().map(str::to_owned);
    far.cseq = 40;
    (leg, far)
}
