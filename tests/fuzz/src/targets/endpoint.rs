//! The SIP machine: a sequence of datagrams, commands, failures and time. Whatever comes, each leg ends once, every timer
//! that is due fires, what is sent can be read, and in the end nothing is left.

use crate::script::{STEP, Script};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use ringdesk_model::{Ids, Pii, Timestamp, TrunkId};
use ringdesk_signaling::core::digest::{ha1_md5, ha1_sha256};
use ringdesk_signaling::core::endpoint::Core;
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::input::{Hop, HopFailure, Input, Transport};
use ringdesk_signaling::core::message::{MAX_MESSAGE, Message};
use ringdesk_signaling::core::notices::MessageCount;
use ringdesk_signaling::core::output::Output;
use ringdesk_signaling::core::setup::{Advertised, Interface, Setup};
use ringdesk_signaling::{Directory, Extension, Trunk, TrunkAccount, TrunkTarget};
use ringdesk_voice::{Cause, Destination, Dial, Digit, InterfaceId, LegCommand, LegEvent, LegId, Party, Sdp, Target};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const START: Timestamp = Timestamp(1_750_000_000_000_000);
const REALM: &str = "example.com";
const STEPS: usize = 48;
/// Outputs of one input: a call that dies may have many things to tell.
const OUTPUTS: usize = 200;
/// The trunk over UDP and TCP, a stranger over both, browsers, and a telephone over TLS.
const HOPS: [&str; 8] = [
    "udp/0/192.0.2.1:5060",
    "tcp/0/192.0.2.1:40000/7",
    "udp/0/198.51.100.1:5060",
    "tcp/0/198.51.100.1:40000/8",
    "wss/0/198.51.100.9:50000/9",
    "wss/0/203.0.113.9:50001/10",
    "ws/0/198.51.100.9:50002/11",
    "tls/0/198.51.100.9:50003/12",
];

/// Steps, separated by [`STEP`]. The first byte of each says what it is, the second who or which:
///
/// `M` a message as it stands; in it `{tag}`, `{branch}`, `{call}`, `{cseq}` and `{uri}` are those of the last request
/// that we sent, `{to}` is the tag of our last response. `P` the same, and once more with credentials where it is
/// challenged. `R` a response to the last request that we sent: status, then more fields and a body. `C` a command to a
/// leg. `D` dial. `T` let time pass. `F` a hop fails. `L` a host was found. `A` where is somebody. `W` messages wait for
/// somebody. `X` drain.
pub(super) fn run(bytes: &[u8]) {
    let mut world = World::new();
    for step in bytes.split(|byte| *byte == STEP).take(STEPS) {
        let mut script = Script::new(step);
        let (what, which) = (script.byte(), script.byte());
        match what {
            b'M' => world.hear(which, script.rest(), false),
            b'P' => world.hear(which, script.rest(), true),
            b'R' => world.respond(which, script.rest()),
            b'C' => world.command(which, &mut script),
            b'D' => world.dial(which, script.rest()),
            b'T' => world.pass(span(which)),
            b'F' => {
                let why = [HopFailure::Refused, HopFailure::TimedOut, HopFailure::Closed, HopFailure::Unroutable];
                world.input(Input::HopFailed { hop: hop(which), why: why[usize::from(which >> 2) % 4] });
            }
            b'L' => world.found(which),
            b'A' => {
                let target = match which % 3 {
                    0 => Target::Extension("2001".into()),
                    1 => Target::Number(Pii::new(String::from_utf8_lossy(script.rest()).into_owned())),
                    _ => Target::Uri(String::from_utf8_lossy(script.rest()).into_owned()),
                };
                world.input(Input::Reach { ask: 1, target });
            }
            b'W' => {
                let count = MessageCount { new: u32::from(script.byte()), old: u32::from(script.byte()) };
                let user = if which % 2 == 0 { "2001" } else { "2002" };
                world.input(Input::Messages(Arc::new(BTreeMap::from([(user.to_owned(), count)]))));
            }
            b'X' => world.input(Input::Drain),
            _ => {}
        }
    }
    world.end();
}

struct World {
    core: Core,
    now: Timestamp,
    ids: Ids,
    /// What we sent last: a request, and the tag of a response.
    request: Option<(Hop, Message)>,
    tag: String,
    /// Challenges of the last input.
    challenge: Option<Message>,
    /// Every leg that there was; false: it has ended.
    legs: BTreeMap<LegId, bool>,
    lookups: Vec<u64>,
}

impl World {
    fn new() -> World {
        let here = Some(Advertised { host: "192.0.2.9".into(), port: 5060 });
        let setup = Setup {
            interfaces: vec![Interface { udp: here.clone(), tcp: here.clone(), wss: here, ..Interface::default() }],
            ..Setup::default()
        };
        let mut world = World {
            core: Core::new(setup, 7, START),
            now: START,
            ids: Ids::seeded(99),
            request: None,
            tag: String::new(),
            challenge: None,
            legs: BTreeMap::new(),
            lookups: Vec::new(),
        };
        world.input(Input::Directory(Arc::new(directory())));
        world
    }

    fn hear(&mut self, from: u8, text: &[u8], prove: bool) {
        let bytes = self.filled(text);
        let hop = hop(from);
        self.challenge = None;
        self.input(Input::Received { hop, bytes: bytes.clone().into() });
        let Some(challenge) = self.challenge.take().filter(|_| prove) else { return };
        let Ok(mut request) = Message::parse(&bytes) else { return };
        let Some(answer) = credentials(&challenge, &request) else { return };
        let (number, method) = request.cseq();
        request.headers.set(Name::CSeq, format!("{} {}", (number + 1) % (1 << 31), method.as_str()));
        if let Some(mut via) = request.via() {
            via.branch = via.branch.map(|branch| format!("{branch}p"));
            request.headers.replace_first(&Name::Via, &via.to_string());
        }
        let field = if challenge.status() == Some(407) { Name::ProxyAuthorization } else { Name::Authorization };
        request.headers.set(field, answer);
        self.input(Input::Received { hop, bytes: request.to_bytes() });
    }

    fn respond(&mut self, which: u8, rest: &[u8]) {
        let Some((hop, request)) = self.request.clone() else { return };
        let field = |name: &Name| request.headers.get(name).unwrap_or_default().to_owned();
        let vias: String = request.headers.all(&Name::Via).map(|via| format!("Via: {via}\r\n")).collect();
        let to = field(&Name::To);
        let forks = [";tag=far", ";tag=other", ""];
        let tag = if to.contains(";tag=") { "" } else { forks[usize::from(which) % 3] };
        let status = String::from_utf8_lossy(&rest[..rest.len().min(3)]).into_owned();
        let mut response = format!(
            "SIP/2.0 {status} X\r\n{vias}From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n",
            field(&Name::From),
            field(&Name::CallId),
            field(&Name::CSeq)
        )
        .into_bytes();
        response.extend_from_slice(&rest[rest.len().min(3)..]);
        self.input(Input::Received { hop, bytes: response.into() });
    }

    fn command(&mut self, which: u8, script: &mut Script) {
        let leg = self.legs.keys().nth(usize::from(which) % self.legs.len().max(1)).copied();
        let Some(leg) = leg else { return };
        let choice = script.byte();
        let sdp = Sdp(Bytes::copy_from_slice(script.rest()));
        let command = match choice {
            b'r' => LegCommand::Ring,
            b'p' => LegCommand::Progress { answer: sdp },
            b'a' => LegCommand::Answer { sdp },
            b'k' => LegCommand::AcceptOffer { answer: sdp },
            b'n' => LegCommand::RefuseOffer { status: 488 },
            b'g' => LegCommand::RefuseOffer { status: 491 },
            b'o' => LegCommand::Reoffer { offer: sdp },
            b't' => {
                let status = std::str::from_utf8(&sdp.0).ok().and_then(|text| text.parse().ok());
                LegCommand::TransferProgress { status: status.unwrap_or(180) }
            }
            b'd' => LegCommand::Press { keys: "1#".chars().filter_map(Digit::new).collect::<Vec<_>>().into() },
            b'b' => LegCommand::Hangup { cause: Cause::Busy },
            b'x' => LegCommand::Hangup { cause: Cause::AnsweredElsewhere },
            _ => LegCommand::Hangup { cause: Cause::Normal },
        };
        self.input(Input::Command(leg, command));
    }

    fn dial(&mut self, which: u8, uri: &[u8]) {
        let leg: LegId = self.ids.next(self.now);
        let trunk = (which & 1 == 0).then_some(TrunkId(Uuid::from_u128(1)));
        let flow = (which & 2 != 0).then(|| hop(which >> 2).to_string());
        let to = Destination {
            uri: String::from_utf8_lossy(uri).into_owned(),
            interface: InterfaceId(0),
            flow,
            trunk,
            profile: Default::default(),
        };
        let from = Party { number: Pii::new("+4930123456".into()), name: Some(Pii::new("Müller \"M\"".into())) };
        let headers = vec![("Alert-Info".to_owned(), Pii::new("<urn:alert:service:auto-answer>".to_owned()))];
        // Large enough to leave over TCP, or not.
        let offer = Sdp(Bytes::from(vec![b'v'; if which & 0x40 != 0 { 1_400 } else { 20 }]));
        self.legs.insert(leg, true);
        self.input(Input::Command(leg, LegCommand::Dial(Box::new(Dial { to, from, offer, headers }))));
    }

    fn found(&mut self, which: u8) {
        let Some(token) = self.lookups.pop() else { return };
        let all = [
            (Transport::Udp, "192.0.2.1:5060"),
            (Transport::Tcp, "192.0.2.1:5060"),
            (Transport::Udp, "192.0.2.2:5060"),
        ];
        let hops = all
            .iter()
            .skip(usize::from(which & 3))
            .map(|(transport, at)| (*transport, at.parse().expect("an address")));
        self.input(Input::Resolved { token, hops: hops.collect() });
    }

    fn input(&mut self, input: Input) {
        self.core.handle_input(self.now, input);
        self.drain();
    }

    /// Let time pass, timer by timer.
    fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        let mut timers = 0;
        while let Some((at, name)) = self.core.poll_timeout().filter(|(at, _)| *at <= until) {
            assert!(!name.is_empty());
            self.now = self.now.max(at);
            self.core.handle_timeout(self.now);
            self.drain();
            let next = self.core.poll_timeout();
            assert!(next.is_none_or(|(at, _)| at > self.now), "{name} is due and does not fire: {next:?}");
            timers += 1;
            assert!(timers < 20_000, "{name} again and again");
        }
        self.now = until;
    }

    fn drain(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.core.poll_output() {
            outputs += 1;
            assert!(outputs < OUTPUTS, "{output:?}");
            match output {
                Output::Send { hop, bytes } => self.sent(hop, &bytes),
                Output::Incoming(call) => {
                    assert!(self.legs.insert(call.leg, true).is_none(), "a leg comes in once");
                }
                Output::Leg(leg, event) => {
                    let alive = self.legs.get_mut(&leg).expect("a leg that is known");
                    assert!(*alive, "{event:?} after the end");
                    *alive = !matches!(event, LegEvent::Ended { .. });
                }
                Output::Resolve { token, .. } => self.lookups.push(token),
                Output::Reached { destinations, .. } => assert!(destinations.len() <= 32),
                _ => {}
            }
        }
    }

    fn sent(&mut self, hop: Hop, bytes: &[u8]) {
        assert!(bytes.len() <= MAX_MESSAGE, "{} bytes", bytes.len());
        match Message::parse(bytes) {
            Ok(message) if message.is_request() => self.request = Some((hop, message)),
            Ok(message) => {
                if let Some(tag) = message.to_tag() {
                    self.tag = tag.to_owned();
                }
                if matches!(message.status(), Some(401 | 407)) {
                    self.challenge = Some(message);
                }
            }
            // The refusal of what could not be read may lack what was not in it.
            Err(_) => {
                assert!(bytes.starts_with(b"SIP/2.0 4") || bytes.starts_with(b"SIP/2.0 5"), "{}", bytes.escape_ascii())
            }
        }
    }

    /// `{…}` in a message, by what we sent.
    fn filled(&self, text: &[u8]) -> Vec<u8> {
        let request = self.request.as_ref().map(|(_, request)| request);
        let value = |name: &[u8]| -> Option<String> {
            match name {
                b"to" => Some(self.tag.clone()),
                b"tag" => request?.from_tag().map(str::to_owned),
                b"branch" => request?.via()?.branch,
                b"call" => Some(request?.call_id().to_owned()),
                b"cseq" => Some(request?.cseq().0.to_string()),
                b"uri" => request?.contact().map(|contact| contact.uri),
                _ => None,
            }
        };
        let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
        while let Some(open) = rest.iter().position(|byte| *byte == b'{') {
            out.extend_from_slice(&rest[..open]);
            let close = rest[open..].iter().take(8).position(|byte| *byte == b'}').map(|at| open + at);
            match close.and_then(|close| Some((close, value(&rest[open + 1..close])?))) {
                Some((close, value)) => {
                    out.extend_from_slice(value.as_bytes());
                    rest = &rest[close + 1..];
                }
                None => {
                    out.push(b'{');
                    rest = &rest[open + 1..];
                }
            }
        }
        out.extend_from_slice(rest);
        out
    }

    /// Everybody hangs up, hosts are not found, registrations run out.
    fn end(mut self) {
        for token in std::mem::take(&mut self.lookups) {
            self.input(Input::Resolved { token, hops: Vec::new() });
        }
        let open: Vec<LegId> = self.legs.iter().filter(|(_, alive)| **alive).map(|(leg, _)| *leg).collect();
        for leg in open {
            self.input(Input::Command(leg, LegCommand::Hangup { cause: Cause::Normal }));
        }
        for _ in 0..8 {
            self.pass(Duration::from_secs(700));
            for token in std::mem::take(&mut self.lookups) {
                self.input(Input::Resolved { token, hops: Vec::new() });
            }
        }
        assert!(self.legs.values().all(|alive| !alive), "a leg without an end");
        assert_eq!((self.core.legs(), self.core.transactions()), (0, 0));
        assert_eq!(self.core.bindings().count(), 0);
        assert_eq!((self.core.kept().subscriptions, self.core.kept().dialogs), (0, 0));
        assert_eq!(self.core.poll_timeout(), None);
    }
}

fn hop(which: u8) -> Hop {
    HOPS[usize::from(which) % HOPS.len()].parse().expect("a hop")
}

/// 0, 10 ms, 20 ms … and from 128 on seconds, from 192 on minutes.
fn span(which: u8) -> Duration {
    match which {
        0..128 => Duration::from_millis(u64::from(which) * 10),
        128..192 => Duration::from_secs(u64::from(which - 127)),
        _ => Duration::from_secs(u64::from(which - 191) * 60),
    }
}

fn directory() -> Directory {
    let id = TrunkId(Uuid::from_u128(1));
    let trunk = Trunk {
        id,
        name: "carrier".into(),
        nets: vec!["192.0.2.0/24".parse().expect("a network")],
        outbound: Some(TrunkTarget { host: "carrier.example".into(), port: None, transport: None, certificate: None }),
        interface: InterfaceId(0),
    };
    let account = TrunkAccount {
        username: Pii::new("me".into()),
        password: Pii::new("secret".into()),
        realm: None,
        registration: None,
    };
    let extension = |user: &str| Extension {
        user: user.into(),
        ha1_md5: ha1_md5(user, REALM, "secret"),
        ha1_sha256: ha1_sha256(user, REALM, "secret"),
    };
    Directory::new(REALM, vec![extension("2001"), extension("2002")], vec![trunk]).with_account(id, account)
}

/// Those of extension 2001, for a challenge by MD5.
fn credentials(challenge: &Message, request: &Message) -> Option<String> {
    let fields = [Name::WwwAuthenticate, Name::ProxyAuthenticate];
    let mut values = fields.iter().flat_map(|name| challenge.headers.all(name));
    let nonce = values.find(|value| value.contains("algorithm=MD5"))?.split("nonce=\"").nth(1)?.split('"').next()?;
    let (uri, method) = (request.uri(), request.method()?.as_str());
    let ha2 = md5(&format!("{method}:{uri}"));
    let response = md5(&format!("{}:{nonce}:00000001:c:auth:{ha2}", ha1_md5("2001", REALM, "secret")));
    Some(format!(
        "Digest username=\"2001\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm=MD5, cnonce=\"c\", qop=auth, nc=00000001"
    ))
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a String takes everything
        hex
    })
}
