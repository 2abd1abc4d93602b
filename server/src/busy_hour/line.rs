//! The SIP of one telephone of the busy hour, over a UDP socket of its own on this machine: it registers, calls, rings, answers and
//! hangs up as any telephone does, and knows nothing of the house but its address.
//!
//! Only the form of messages is signaling's (RFC 3261 is long); transactions and the dialog are this telephone's own, as small as one
//! call at a time over a wire that loses nothing allows: a request is repeated until somebody answers, a 200 until its ACK.

use super::sound::EVENTS;
use anyhow::{Context as _, Result};
use ringdesk_model::{Ids, Pii, TrunkId};
use ringdesk_signaling::TrunkAccount;
use ringdesk_signaling::core::address::NameAddr;
use ringdesk_signaling::core::build::respond;
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::keyring::{Keyring, Tries};
use ringdesk_signaling::core::message::Message;
use ringdesk_signaling::core::method::Method;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// RFC 3261 §17.1.1.1, and how long nobody may answer.
const T1: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(16);
/// The longest message that is read. Ours are a tenth of it.
const DATAGRAM: usize = 16 * 1_024;

/// What the house did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It answered; the sound goes there.
    Answered(Option<SocketAddr>),
    /// It does not take our request.
    Refused(u16),
    Registered,
    /// It calls; its sound is there.
    Called(Option<SocketAddr>),
    /// It has our answer.
    Acknowledged,
    /// The call is over.
    Over,
    /// It says nothing.
    Silent,
}

/// Said again and again until it is answered.
struct Unanswered {
    bytes: bytes::Bytes,
    cseq: String,
    again: Instant,
    pause: Duration,
    until: Instant,
}

/// One call.
struct Dialog {
    call_id: String,
    local: String,
    remote: String,
    target: String,
    /// Our INVITE as it was sent, or theirs.
    invite: Message,
    ours: bool,
    answered: bool,
    /// It rings, or more.
    provisional: bool,
    given_up: bool,
    /// What was said to their INVITE last.
    said: Option<Message>,
}

pub(super) struct Line {
    socket: UdpSocket,
    here: SocketAddr,
    house: SocketAddr,
    sound: SocketAddr,
    user: String,
    name: String,
    ids: Ids,
    cseq: u32,
    unanswered: Option<Unanswered>,
    dialog: Option<Dialog>,
    account: Option<TrunkAccount>,
    keyring: Keyring,
    tries: Tries,
    register: Option<Message>,
    buffer: Box<[u8]>,
}

impl Line {
    pub(super) async fn open(
        ip: IpAddr,
        house: SocketAddr,
        (user, name): (&str, &str),
        sound: SocketAddr,
        seed: u64,
    ) -> Result<Line> {
        let socket = UdpSocket::bind(SocketAddr::new(ip, 0)).await.context("a socket for a telephone")?;
        let here = socket.local_addr()?;
        Ok(Line {
            socket,
            here,
            house,
            sound,
            user: user.to_owned(),
            name: name.to_owned(),
            ids: Ids::seeded(seed),
            cseq: 0,
            unanswered: None,
            dialog: None,
            account: None,
            keyring: Keyring::default(),
            tries: Tries::default(),
            register: None,
            buffer: vec![0; DATAGRAM].into(),
        })
    }

    /// Register, prolong, or leave (0 seconds). → `Registered` or `Refused`
    pub(super) fn register(&mut self, password: &str, seconds: u32) {
        let account = TrunkAccount {
            username: Pii::new(self.user.clone()),
            password: Pii::new(password.to_owned()),
            realm: None,
            registration: None,
        };
        self.account = Some(account);
        self.tries = Tries::default();
        let mut request = Message::request(Method::Register, format!("sip:{}", self.house));
        let address = format!("<sip:{}@{}>", self.user, self.house);
        let (tag, call_id) = (self.token(), self.token());
        request.headers.push(Name::From, format!("{address};tag={tag}"));
        request.headers.push(Name::To, address);
        request.headers.push(Name::CallId, format!("{call_id}@{}", self.here.ip()));
        request.headers.push(Name::Contact, self.contact());
        request.headers.push(Name::Expires, seconds.to_string());
        self.send_register(request);
    }

    /// Call this number. → `Answered`, `Refused` or `Over`
    pub(super) fn dial(&mut self, number: &str, call_id: String) {
        let target = format!("sip:{number}@{}", self.house);
        let tag = self.token();
        let local = format!("\"{}\" <sip:{}@{}>;tag={tag}", self.name, self.user, self.here);
        let mut dialog = Dialog {
            call_id,
            local,
            remote: format!("<{target}>"),
            target,
            invite: Message::request(Method::Invite, ""),
            ours: true,
            answered: false,
            provisional: false,
            given_up: false,
            said: None,
        };
        let mut invite = self.request(Method::Invite, &dialog);
        invite.headers.push(Name::Contact, self.contact());
        self.describe(&mut invite);
        dialog.invite = invite.clone();
        self.dialog = Some(dialog);
        self.insist(&invite, PATIENCE);
    }

    /// Ring: 180 to who calls.
    pub(super) fn ring(&mut self) {
        self.answer(180, false);
    }

    /// Take the call that rings. → `Acknowledged`
    pub(super) fn pick_up(&mut self) {
        self.answer(200, true);
        if let Some(dialog) = &mut self.dialog {
            dialog.answered = true;
        }
    }

    /// End whatever there is, in whatever state it is. → `Over`
    pub(super) fn hang_up(&mut self) {
        let Some(mut dialog) = self.dialog.take() else { return };
        dialog.given_up = true;
        match (dialog.answered, dialog.ours) {
            (true, _) => {
                let bye = self.request(Method::Bye, &dialog);
                self.insist(&bye, PATIENCE);
            }
            // A CANCEL before any answer would find nothing to cancel (RFC 3261 §9.1).
            (false, true) if dialog.provisional => self.cancel(&dialog),
            (false, true) => {}
            (false, false) => return self.put(&respond(&dialog.invite, 480, None, tag_of(&dialog.local))),
        }
        self.dialog = Some(dialog);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.dialog.is_none() && self.unanswered.is_none()
    }

    /// Wait for the next thing that matters. May be given up at any await.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            let again = self.unanswered.as_ref().map(|one| one.again);
            let repeat = async {
                match again {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                received = self.socket.recv_from(&mut self.buffer) => {
                    let Ok((length, from)) = received else { continue };
                    let Ok(message) = Message::parse(&self.buffer[..length]) else { continue };
                    if from.port() != self.house.port() {
                        continue; // nobody else has anything to say here
                    }
                    let heard = match message.is_request() {
                        true => self.requested(&message),
                        false => self.responded(&message),
                    };
                    if let Some(heard) = heard {
                        return heard;
                    }
                }
                () = repeat => if self.repeat() {
                    self.dialog = None;
                    return Heard::Silent;
                },
            }
        }
    }

    /// True: it was said often enough.
    fn repeat(&mut self) -> bool {
        let Some(one) = &mut self.unanswered else { return false };
        if Instant::now() >= one.until {
            self.unanswered = None;
            return true;
        }
        one.pause *= 2;
        one.again = Instant::now() + one.pause;
        let bytes = one.bytes.clone();
        let _ = self.socket.try_send_to(&bytes, self.house);
        false
    }

    fn responded(&mut self, response: &Message) -> Option<Heard> {
        let status = response.status()?;
        let (number, method) = response.cseq();
        let cseq = format!("{number} {}", method.as_str());
        if status >= 200 || method == Method::Invite {
            self.unanswered.take_if(|one| one.cseq == cseq);
        }
        match method {
            Method::Invite => self.invited(response, status),
            Method::Register if status >= 200 => match status {
                401 | 407 => self.prove(response),
                200..300 => Some(Heard::Registered),
                _ => Some(Heard::Refused(status)),
            },
            Method::Bye if status >= 200 => {
                self.dialog = None;
                Some(Heard::Over)
            }
            _ => None,
        }
    }

    /// The house says something to our INVITE.
    fn invited(&mut self, response: &Message, status: u16) -> Option<Heard> {
        let mut dialog = self.dialog.take_if(|one| one.ours && one.call_id == response.call_id())?;
        let heard = match status {
            ..200 => {
                let first = !std::mem::replace(&mut dialog.provisional, true);
                if first && dialog.given_up {
                    self.cancel(&dialog);
                }
                None
            }
            200..300 => {
                dialog.remote = response.headers.get(&Name::To).unwrap_or_default().to_owned();
                if let Some(contact) = response.contact() {
                    dialog.target = contact.uri;
                }
                let first = !std::mem::replace(&mut dialog.answered, true);
                let mut ack = self.request(Method::Ack, &dialog);
                let (number, _) = dialog.invite.cseq();
                ack.headers.set(Name::CSeq, format!("{number} ACK"));
                self.put(&ack);
                match dialog.given_up {
                    // It was answered while it was cancelled.
                    true if first => {
                        let bye = self.request(Method::Bye, &dialog);
                        self.insist(&bye, PATIENCE);
                        None
                    }
                    _ => first.then(|| Heard::Answered(sound_of(response))),
                }
            }
            _ => {
                // The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 §17.1.1.3).
                let mut ack = Message::request(Method::Ack, dialog.invite.uri());
                for name in [Name::Via, Name::From, Name::CallId, Name::MaxForwards] {
                    ack.headers.push(name.clone(), dialog.invite.headers.get(&name).unwrap_or_default());
                }
                ack.headers.push(Name::To, response.headers.get(&Name::To).unwrap_or_default());
                ack.headers.push(Name::CSeq, format!("{} ACK", dialog.invite.cseq().0));
                self.put(&ack);
                return Some(if dialog.given_up { Heard::Over } else { Heard::Refused(status) });
            }
        };
        self.dialog = Some(dialog);
        heard
    }

    fn requested(&mut self, request: &Message) -> Option<Heard> {
        let ours = self.dialog.as_ref().is_some_and(|one| one.call_id == request.call_id());
        match request.method()? {
            Method::Invite if !ours && self.dialog.is_some() => {
                let tag = self.token();
                self.put(&respond(request, 486, None, Some(&tag)));
                None
            }
            Method::Invite if !ours => {
                let local = format!("{};tag={}", request.headers.get(&Name::To)?, self.token());
                self.dialog = Some(Dialog {
                    call_id: request.call_id().to_owned(),
                    local,
                    remote: request.headers.get(&Name::From)?.to_owned(),
                    target: request.contact()?.uri,
                    invite: request.clone(),
                    ours: false,
                    answered: false,
                    provisional: true,
                    given_up: false,
                    said: None,
                });
                Some(Heard::Called(sound_of(request)))
            }
            // Again, or with another description of the sound: the answer is the same.
            Method::Invite | Method::Update if ours => {
                let dialog = self.dialog.as_ref()?;
                let known = request.method() == Some(&Method::Invite) && request.to_tag().is_none();
                let mut reply = match dialog.said.clone().filter(|_| known) {
                    Some(said) => said,
                    None if known => return None,
                    None => respond(request, 200, None, tag_of(&dialog.local)),
                };
                if !known {
                    reply.headers.push(Name::Contact, self.contact());
                    if !request.body.is_empty() {
                        self.describe(&mut reply);
                    }
                }
                self.put(&reply);
                None
            }
            Method::Ack => {
                let waited = self.unanswered.take_if(|one| one.cseq == "200").is_some();
                waited.then_some(Heard::Acknowledged)
            }
            Method::Cancel if ours => {
                self.put(&respond(request, 200, None, self.dialog.as_ref().and_then(|one| tag_of(&one.local))));
                let dialog = self.dialog.take_if(|one| !one.answered)?;
                self.put(&respond(&dialog.invite, 487, None, tag_of(&dialog.local)));
                Some(Heard::Over)
            }
            Method::Bye if ours => {
                self.put(&respond(request, 200, None, None));
                (self.dialog, self.unanswered) = (None, None);
                Some(Heard::Over)
            }
            Method::Bye | Method::Cancel => {
                self.put(&respond(request, 481, None, None));
                None
            }
            _ => {
                let tag = self.token();
                self.put(&respond(request, 200, None, Some(&tag)));
                None
            }
        }
    }

    /// Answer their INVITE.
    fn answer(&mut self, status: u16, describes: bool) {
        let Some(mut dialog) = self.dialog.take().filter(|one| !one.ours) else { return };
        let mut reply = respond(&dialog.invite, status, None, tag_of(&dialog.local));
        reply.headers.push(Name::Contact, self.contact());
        if describes {
            self.describe(&mut reply);
            self.say_until_answered(&reply, "200".to_owned(), PATIENCE);
        } else {
            self.put(&reply);
        }
        dialog.said = Some(reply);
        self.dialog = Some(dialog);
    }

    fn cancel(&mut self, dialog: &Dialog) {
        let mut cancel = Message::request(Method::Cancel, dialog.invite.uri());
        for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::MaxForwards] {
            cancel.headers.push(name.clone(), dialog.invite.headers.get(&name).unwrap_or_default());
        }
        cancel.headers.push(Name::CSeq, format!("{} CANCEL", dialog.invite.cseq().0));
        self.insist(&cancel, PATIENCE);
    }

    fn prove(&mut self, response: &Message) -> Option<Heard> {
        let (Some(account), Some(request)) = (self.account.clone(), self.register.clone()) else {
            return Some(Heard::Refused(401));
        };
        let trunk = TrunkId(uuid::Uuid::nil()); // there is one registrar
        match self.keyring.challenged(trunk, &account, response, &mut self.tries) {
            true => {
                self.send_register(request);
                None
            }
            false => Some(Heard::Refused(response.status().unwrap_or(401))),
        }
    }

    fn send_register(&mut self, mut request: Message) {
        self.cseq += 1;
        request.headers.set(Name::CSeq, format!("{} REGISTER", self.cseq));
        self.route(&mut request);
        self.register = Some(request.clone());
        if let Some(account) = self.account.clone() {
            let cnonce = format!("{:016x}", self.ids.bits());
            self.keyring.sign(TrunkId(uuid::Uuid::nil()), &account, || cnonce.clone(), &mut request);
        }
        self.insist(&request, PATIENCE);
    }

    /// A request inside of this call.
    fn request(&mut self, method: Method, dialog: &Dialog) -> Message {
        self.cseq += u32::from(method != Method::Ack);
        let cseq = format!("{} {}", self.cseq, method.as_str());
        let mut request = Message::request(method, dialog.target.clone());
        request.headers.push(Name::From, dialog.local.clone());
        request.headers.push(Name::To, dialog.remote.clone());
        request.headers.push(Name::CallId, dialog.call_id.clone());
        request.headers.push(Name::CSeq, cseq);
        self.route(&mut request);
        request
    }

    /// A transaction of its own.
    fn route(&mut self, request: &mut Message) {
        let branch = self.token();
        request.headers.remove(&Name::Via);
        request.headers.push_front(Name::Via, format!("SIP/2.0/UDP {};branch=z9hG4bK{branch};rport", self.here));
        request.headers.set(Name::MaxForwards, "70");
        request.headers.set(Name::UserAgent, "Ringdesk demo");
    }

    /// With the description of our sound.
    fn describe(&self, message: &mut Message) {
        let (family, ip) = (if self.sound.is_ipv6() { "IP6" } else { "IP4" }, self.sound.ip());
        message.headers.set(Name::ContentType, "application/sdp");
        message.body = format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {} RTP/AVP 0 {EVENTS}\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
            self.sound.port()
        )
        .into();
    }

    fn insist(&mut self, request: &Message, patience: Duration) {
        let (number, method) = request.cseq();
        self.say_until_answered(request, format!("{number} {}", method.as_str()), patience);
    }

    fn say_until_answered(&mut self, message: &Message, cseq: String, patience: Duration) {
        let (bytes, now) = (message.to_bytes(), Instant::now());
        let _ = self.socket.try_send_to(&bytes, self.house); // what did not fit is said again
        self.unanswered = Some(Unanswered { bytes, cseq, again: now + T1, pause: T1, until: now + patience });
    }

    fn put(&self, message: &Message) {
        let _ = self.socket.try_send_to(&message.to_bytes(), self.house);
    }

    fn contact(&self) -> String {
        NameAddr::new(format!("sip:{}@{}", self.user, self.here)).to_string()
    }

    fn token(&mut self) -> String {
        format!("{:016x}", self.ids.bits())
    }
}

fn tag_of(local: &str) -> Option<&str> {
    local.rsplit_once(";tag=").map(|(_, tag)| tag)
}

/// Where the first audio of a description is heard.
fn sound_of(message: &Message) -> Option<SocketAddr> {
    let text = std::str::from_utf8(&message.body).ok()?;
    let lines = || text.lines().map(str::trim_end);
    let ip: IpAddr = lines().find_map(|line| line.strip_prefix("c=IN IP")?.get(2..)?.parse().ok())?;
    let port = lines().find_map(|line| line.strip_prefix("m=audio ")?.split(' ').next()?.parse().ok())?;
    Some(SocketAddr::new(ip, port))
}
