//! A lean scripted telephone: one SIP socket, one stream of the studio, one call at a time. Unlike the one of the interop
//! tests it repeats what gets lost, answers repetitions, and loses messages on purpose: it is one of hundreds.

mod wire;

use crate::studio::{Stream, Studio};
use anyhow::{Context as _, Result};
use ringdesk_interop::Message;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
pub use wire::digest;
use wire::{fresh, uri_of};

/// RFC 3261 §17.1.2.2: T1 and T2.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// Repetitions before a telephone gives up: Timer F and some.
const TRIES: u32 = 11;
/// Answers kept for requests that are repeated.
const ANSWERS: usize = 32;
/// How long a telephone waits for the end of a request of its own.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a telephone notices.
#[derive(Clone, Debug)]
pub enum Heard {
    /// A provisional answer to our INVITE.
    Progress(u16),
    /// Our INVITE was answered, and acknowledged by us.
    Answered,
    Refused(u16),
    /// It rings here: the caller's number.
    Ringing(String),
    /// Our 200 was acknowledged: the call is up.
    Confirmed,
    /// The ringing was taken back.
    Cancelled,
    HungUp,
    /// The status that ended our registration.
    Registered(u16),
    /// The final answer to another request of ours.
    Final(Message),
    /// The time was up.
    Nothing,
}

/// What became of our BYE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bye {
    Answered,
    /// The other side hung up first.
    Crossed,
    Unanswered,
}

/// A message that is sent again until it is answered.
struct Repeat {
    call_id: String,
    /// `7 BYE`; of an answer to an INVITE that waits for its ACK, `answer`.
    what: String,
    bytes: Vec<u8>,
    at: Instant,
    wait: Duration,
    tries: u32,
    /// The first so many are lost on the way.
    lost: u32,
}

struct Dialog {
    call_id: String,
    local: String,
    remote: String,
    target: String,
    cseq: u32,
    branch: String,
    /// The INVITE that we received.
    invite: Option<Message>,
    up: bool,
}

pub struct Handset {
    pub stream: Arc<Stream>,
    /// So many BYEs of the other side are lost on their way here.
    pub deaf_to_byes: u32,
    /// When the other side first said BYE, lost or not.
    pub bye_at: Option<Instant>,
    user: String,
    socket: UdpSocket,
    address: SocketAddr,
    server: SocketAddr,
    dialog: Option<Dialog>,
    repeats: Vec<Repeat>,
    answers: VecDeque<(String, Vec<u8>)>,
    /// Call-ID and ACK of the last call that we dialled: its final answer may come again.
    ack: Option<(String, Vec<u8>)>,
    registration: Registration,
}

#[derive(Default)]
struct Registration {
    call_id: String,
    cseq: u32,
    password: String,
    expires: u32,
    /// The challenge of this one was answered.
    proven: bool,
}

impl Handset {
    pub async fn open(at: IpAddr, user: &str, server: SocketAddr, studio: &Studio, pace: u32) -> Result<Handset> {
        let socket = UdpSocket::bind((at, 0)).await?;
        let address = socket.local_addr()?;
        Ok(Handset {
            stream: studio.stream(at, pace)?,
            deaf_to_byes: 0,
            bye_at: None,
            user: user.to_owned(),
            socket,
            address,
            server,
            dialog: None,
            repeats: Vec::new(),
            answers: VecDeque::new(),
            ack: None,
            registration: Registration { call_id: fresh(), ..Registration::default() },
        })
    }

    /// Register, or refresh, and wait for the status that ends it; 0 for none. What else happens meanwhile is not told, and a
    /// call that rings is refused.
    pub async fn register(&mut self, password: &str, expires: u32) -> Result<u16> {
        self.refresh(password, expires).await?;
        let until = Instant::now() + PATIENCE;
        loop {
            match self.next(until).await? {
                Heard::Registered(status) => return Ok(status),
                Heard::Ringing(_) => self.decline("480 Temporarily Unavailable").await?,
                Heard::Nothing => return Ok(0),
                _ => {}
            }
        }
    }

    /// Begin to register; [`Heard::Registered`] ends it.
    pub async fn refresh(&mut self, password: &str, expires: u32) -> Result<()> {
        self.registration.password = password.to_owned();
        self.registration.expires = expires;
        self.registration.proven = false;
        self.say_register(None).await
    }

    async fn say_register(&mut self, proof: Option<String>) -> Result<()> {
        self.registration.cseq += 1;
        let Registration { call_id, cseq, expires, .. } = &self.registration;
        let (call_id, what) = (call_id.clone(), format!("{cseq} REGISTER"));
        let aor = format!("<sip:{}@{}>", self.user, self.server);
        let mut headers = vec![
            ("From", format!("{aor};tag={}", fresh())),
            ("To", aor),
            ("Call-ID", call_id.clone()),
            ("CSeq", what.clone()),
            ("Contact", format!("{};expires={expires}", self.contact())),
        ];
        headers.extend(proof.map(|p| ("Authorization", p)));
        let text = self.request(&format!("REGISTER sip:{} SIP/2.0", self.server), &fresh(), headers, "");
        self.repeat(&call_id, what, text, 0);
        self.flush().await
    }

    /// A challenge is answered once.
    async fn registered(&mut self, reply: &Message, status: u16) -> Result<Option<Heard>> {
        if reply.cseq() != format!("{} REGISTER", self.registration.cseq) {
            return Ok(None);
        }
        if status != 401 || std::mem::replace(&mut self.registration.proven, true) {
            return Ok(Some(Heard::Registered(status)));
        }
        let challenge = reply.get("WWW-Authenticate").context("a challenge")?;
        let uri = format!("sip:{}", self.server);
        let proof = digest(challenge, &self.user, &self.registration.password, "REGISTER", &uri)?;
        self.say_register(Some(proof)).await.map(|()| None)
    }

    /// Dial; follow with [`Handset::next`].
    pub async fn dial(&mut self, number: &str) -> Result<()> {
        let target = format!("sip:{number}@{}", self.server);
        let dialog = Dialog {
            call_id: fresh(),
            local: format!("<sip:{}@{}>;tag={}", self.user, self.address, fresh()),
            remote: format!("<{target}>"),
            target: target.clone(),
            cseq: 1,
            branch: fresh(),
            invite: None,
            up: false,
        };
        let mut headers = headers_of(&dialog, "INVITE");
        headers.push(("Contact", self.contact()));
        let text = self.request(&format!("INVITE {target} SIP/2.0"), &dialog.branch, headers, &self.sdp());
        self.repeat(&dialog.call_id, "1 INVITE".into(), text, 0);
        self.dialog = Some(dialog);
        self.flush().await
    }

    /// Take the INVITE back; its end is still to come.
    pub async fn cancel(&mut self) -> Result<()> {
        let Some(dialog) = &self.dialog else { return Ok(()) };
        let headers = headers_of(dialog, "CANCEL");
        let text = self.request(&format!("CANCEL {} SIP/2.0", dialog.target), &dialog.branch, headers, "");
        let (call_id, what) = (dialog.call_id.clone(), format!("{} CANCEL", dialog.cseq));
        self.repeat(&call_id, what, text, 0);
        self.flush().await
    }

    /// Hang up; the first so many BYEs are lost.
    pub async fn hang_up(&mut self, lost: u32) -> Result<Bye> {
        self.stream.hush();
        let Some(dialog) = &mut self.dialog else { return Ok(Bye::Crossed) };
        dialog.cseq += 1;
        let what = format!("{} BYE", dialog.cseq);
        let call_id = dialog.call_id.clone();
        let (start, headers) = (format!("BYE {} SIP/2.0", dialog.target), headers_of(dialog, "BYE"));
        let text = self.request(&start, &fresh(), headers, "");
        self.repeat(&call_id, what.clone(), text, lost);
        let until = Instant::now() + PATIENCE;
        let ended = loop {
            match self.next(until).await? {
                Heard::Final(reply) if reply.cseq() == what => break Bye::Answered,
                Heard::HungUp => break Bye::Crossed,
                Heard::Nothing => break Bye::Unanswered,
                _ => {}
            }
        };
        self.dialog = None;
        self.repeats.retain(|r| r.call_id != call_id);
        Ok(ended)
    }

    /// Is there a call, or one that rings?
    pub fn busy(&self) -> bool {
        self.dialog.is_some()
    }

    /// Forget the call without a word.
    pub fn drop_call(&mut self) {
        self.stream.hush();
        self.dialog = None;
        self.repeats.clear();
    }

    /// Say 180.
    pub async fn ring(&mut self) -> Result<()> {
        self.answer("180 Ringing", "").await
    }

    /// Say 200, again and again until [`Heard::Confirmed`].
    pub async fn pick_up(&mut self) -> Result<()> {
        let sdp = self.sdp();
        if let Some(to) = self.dialog.as_ref().and_then(|d| d.invite.as_ref()?.sound_address()) {
            self.stream.speak_to(to);
        }
        self.answer("200 OK", &sdp).await
    }

    /// Refuse the call that rings.
    pub async fn decline(&mut self, status: &str) -> Result<()> {
        self.answer(status, "").await?;
        self.dialog = None;
        Ok(())
    }

    async fn answer(&mut self, status: &str, body: &str) -> Result<()> {
        let Some(dialog) = &self.dialog else { return Ok(()) };
        let Some(invite) = &dialog.invite else { return Ok(()) };
        let text = self.response(invite, status, &dialog.local, body);
        if status.starts_with('1') {
            self.say(&text).await
        } else {
            let call_id = dialog.call_id.clone();
            self.repeat(&call_id, "answer".into(), text, 0);
            self.flush().await
        }
    }

    /// What happens next, at most until then. Repetitions, keepalives and re-INVITEs are answered on the way. May be
    /// dropped while it waits.
    pub async fn next(&mut self, until: Instant) -> Result<Heard> {
        let mut buffer = [0; 8_192];
        loop {
            self.flush().await?;
            let wake = self.repeats.iter().map(|r| r.at).min().map_or(until, |at| at.min(until));
            match timeout_at(wake, self.socket.recv_from(&mut buffer)).await {
                Ok(Ok((length, _))) => {
                    let Ok(message) = Message::parse(&buffer[..length]) else { continue };
                    let heard = match message.status() {
                        Some(status) => self.replied(message, status).await?,
                        None => self.asked(message).await?,
                    };
                    if let Some(heard) = heard {
                        return Ok(heard);
                    }
                }
                // The server is gone for a moment.
                Ok(Err(fault)) if fault.kind() == std::io::ErrorKind::ConnectionRefused => {}
                Ok(Err(fault)) => return Err(fault.into()),
                Err(_) if Instant::now() >= until => return Ok(Heard::Nothing),
                Err(_) => {}
            }
        }
    }

    async fn replied(&mut self, reply: Message, status: u16) -> Result<Option<Heard>> {
        let (call_id, cseq) = (reply.get("Call-ID").unwrap_or_default().to_owned(), reply.cseq().to_owned());
        let invite = cseq.ends_with(" INVITE");
        if status >= 200 || invite {
            self.repeats.retain(|r| r.call_id != call_id || r.what != cseq);
        }
        if cseq.ends_with(" REGISTER") && status >= 200 {
            return self.registered(&reply, status).await;
        }
        if !invite {
            return Ok((status >= 200).then_some(Heard::Final(reply)));
        }
        if let Some((of, ack)) = &self.ack
            && *of == call_id
        {
            if status >= 200 {
                self.say(ack).await?;
            }
            return Ok(None);
        }
        let Some(dialog) = self.dialog.as_mut().filter(|d| d.call_id == call_id && d.invite.is_none()) else {
            return Ok(None);
        };
        if status < 200 {
            return Ok(Some(Heard::Progress(status)));
        }
        dialog.remote = reply.get("To").unwrap_or_default().to_owned();
        let mut branch = dialog.branch.clone();
        if status < 300 {
            dialog.up = true;
            dialog.target = reply.get("Contact").map_or(dialog.target.clone(), uri_of);
            branch = fresh(); // RFC 3261 §13.2.2.4: this ACK is a transaction of its own
        }
        let (start, headers) = (format!("ACK {} SIP/2.0", dialog.target), headers_of(dialog, "ACK"));
        let ack = self.request(&start, &branch, headers, "");
        self.say(&ack).await?;
        self.ack = Some((call_id, ack));
        if status >= 300 {
            self.dialog = None;
            return Ok(Some(Heard::Refused(status)));
        }
        if let Some(to) = reply.sound_address() {
            self.stream.speak_to(to);
        }
        Ok(Some(Heard::Answered))
    }

    async fn asked(&mut self, request: Message) -> Result<Option<Heard>> {
        let method = request.method().unwrap_or_default().to_owned();
        let call_id = request.get("Call-ID").unwrap_or_default().to_owned();
        let mine = self.dialog.as_ref().is_some_and(|d| d.call_id == call_id);
        let tag = self.dialog.as_ref().filter(|_| mine).map_or_else(|| with_tag(&request), |d| d.local.clone());
        if method == "ACK" {
            let waited = self.repeats.len();
            self.repeats.retain(|r| r.call_id != call_id || r.what != "answer");
            let confirms = mine && waited != self.repeats.len();
            if let Some(dialog) = self.dialog.as_mut().filter(|d| confirms && !d.up) {
                dialog.up = true;
                return Ok(Some(Heard::Confirmed));
            }
            return Ok(None);
        }
        let key = format!("{call_id} {}", request.cseq());
        if let Some((_, answer)) = self.answers.iter().find(|(k, _)| *k == key) {
            self.say(answer).await?;
            return Ok(None);
        }
        if method == "BYE" && mine {
            self.bye_at.get_or_insert_with(Instant::now);
        }
        match method.as_str() {
            "BYE" if mine && self.deaf_to_byes > 0 => {
                self.deaf_to_byes -= 1;
                Ok(None)
            }
            "BYE" if mine => {
                self.reply(key, &request, "200 OK", &tag, "").await?;
                self.stream.hush();
                self.dialog = None;
                self.repeats.retain(|r| r.call_id != call_id);
                Ok(Some(Heard::HungUp))
            }
            "CANCEL" => {
                self.reply(key, &request, "200 OK", &tag, "").await?;
                if self.dialog.as_ref().is_some_and(|d| mine && !d.up && d.invite.is_some())
                    && !self.repeats.iter().any(|r| r.call_id == call_id && r.what == "answer")
                {
                    self.decline("487 Request Terminated").await?;
                    return Ok(Some(Heard::Cancelled));
                }
                Ok(None)
            }
            "INVITE" if mine && self.dialog.as_ref().is_some_and(|d| d.up) => {
                let sdp = self.sdp();
                if let Some(to) = request.sound_address() {
                    self.stream.speak_to(to);
                }
                let text = self.response(&request, "200 OK", &tag, &sdp);
                self.repeat(&call_id, "answer".into(), text, 0);
                self.flush().await?;
                Ok(None)
            }
            // The first INVITE again: what we said last is on its way again anyhow.
            "INVITE" if mine => Ok(None),
            "INVITE" if self.dialog.is_some() => {
                self.reply(key, &request, "486 Busy Here", &tag, "").await?;
                Ok(None)
            }
            "INVITE" => {
                let from = request.get("From").map(uri_of).unwrap_or_default();
                let number = from.trim_start_matches("sip:").split('@').next().unwrap_or_default().to_owned();
                self.bye_at = None;
                self.dialog = Some(Dialog {
                    call_id,
                    local: tag,
                    remote: request.get("From").unwrap_or_default().to_owned(),
                    target: request.get("Contact").map(uri_of).unwrap_or_default(),
                    cseq: 1,
                    branch: String::new(),
                    invite: Some(request),
                    up: false,
                });
                Ok(Some(Heard::Ringing(number)))
            }
            "OPTIONS" => self.reply(key, &request, "200 OK", &tag, "").await.map(|()| None),
            "UPDATE" | "INFO" | "NOTIFY" if mine => {
                let sdp = if method == "UPDATE" && !request.body.is_empty() { self.sdp() } else { String::new() };
                self.reply(key, &request, "200 OK", &tag, &sdp).await.map(|()| None)
            }
            _ => self.reply(key, &request, "481 Call/Transaction Does Not Exist", &tag, "").await.map(|()| None),
        }
    }

    async fn reply(&mut self, key: String, request: &Message, status: &str, to: &str, body: &str) -> Result<()> {
        let text = self.response(request, status, to, body);
        self.say(&text).await?;
        if self.answers.len() == ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((key, text));
        Ok(())
    }

    fn repeat(&mut self, call_id: &str, what: String, bytes: Vec<u8>, lost: u32) {
        self.repeats.retain(|r| r.call_id != call_id || r.what != what);
        let at = Instant::now();
        self.repeats.push(Repeat { call_id: call_id.to_owned(), what, bytes, at, wait: T1, tries: 0, lost });
    }

    /// Send what is due.
    async fn flush(&mut self) -> Result<()> {
        let now = Instant::now();
        for at in 0..self.repeats.len() {
            let repeat = &mut self.repeats[at];
            if repeat.at > now {
                continue;
            }
            repeat.tries += 1;
            (repeat.at, repeat.wait) = (now + repeat.wait, (repeat.wait * 2).min(T2));
            match repeat.lost {
                0 => self.say(&self.repeats[at].bytes).await?,
                _ => repeat.lost -= 1,
            }
        }
        self.repeats.retain(|r| r.tries < TRIES);
        Ok(())
    }

    async fn say(&self, bytes: &[u8]) -> Result<()> {
        match self.socket.send_to(bytes, self.server).await {
            Err(fault) if fault.kind() != std::io::ErrorKind::ConnectionRefused => Err(fault.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        self.stream.close();
    }
}

fn headers_of(dialog: &Dialog, method: &str) -> Vec<(&'static str, String)> {
    vec![
        ("From", dialog.local.clone()),
        ("To", dialog.remote.clone()),
        ("Call-ID", dialog.call_id.clone()),
        ("CSeq", format!("{} {method}", dialog.cseq)),
    ]
}

fn with_tag(request: &Message) -> String {
    let to = request.get("To").unwrap_or_default();
    if to.contains("tag=") { to.to_owned() } else { format!("{to};tag={}", fresh()) }
}
