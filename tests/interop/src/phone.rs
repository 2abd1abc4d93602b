//! A scripted telephone over UDP. One socket, one call at a time; the test says every step. What only odd telephones do
//! stands in `odd.rs`.

mod carrier;
mod lamps;
mod late;
mod odd;
mod operations;
mod replacing;

pub use odd::register_for;

use crate::{Ladder, Sound};
use anyhow::{Context, Result, bail, ensure};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// A SIP message as text.
#[derive(Clone, Debug)]
pub struct Message {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    pub fn parse(bytes: &[u8]) -> Result<Message> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").context("no empty line")?;
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let headers =
            lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned())).collect();
        Ok(Message { start, headers, body: body.to_owned() })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    }

    pub fn method(&self) -> Option<&str> {
        (!self.start.starts_with("SIP/2.0")).then(|| self.start.split(' ').next().unwrap_or_default())
    }

    pub fn cseq(&self) -> &str {
        self.get("CSeq").unwrap_or_default()
    }

    /// Where the other side wants its sound.
    pub fn sound_address(&self) -> Option<SocketAddr> {
        let line = |prefix| self.body.lines().find_map(|l| l.strip_prefix(prefix));
        let host = line("c=IN IP4 ").or_else(|| line("c=IN IP6 "))?.trim();
        let port = line("m=audio ")?.split(' ').next()?;
        Some(SocketAddr::new(host.parse().ok()?, port.parse().ok()?))
    }

    /// The start line, short enough for a ladder.
    fn title(&self) -> String {
        match self.method() {
            Some(method) => method.to_owned(),
            None => self.start["SIP/2.0 ".len()..].to_owned(),
        }
    }
}

/// How long a telephone waits for an answer before it asks again, at first.
const T1: Duration = Duration::from_millis(500);

static COUNTER: AtomicU32 = AtomicU32::new(1);

/// A number no other message of this process has; with the process id it is unique on the machine.
fn fresh() -> String {
    format!("{}t{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// The answer to a digest challenge by MD5 (RFC 7616).
pub fn answer(user: &str, challenge: &str, password: &str, method: &str, uri: &str) -> Result<String> {
    let part = |name: &str| {
        let rest = &challenge[challenge.find(&format!("{name}=\""))? + name.len() + 2..];
        Some(rest[..rest.find('"')?].to_owned())
    };
    let (realm, nonce) = (part("realm").context("realm")?, part("nonce").context("nonce")?);
    let ha1 = md5(&format!("{user}:{realm}:{password}"))?;
    let ha2 = md5(&format!("{method}:{uri}"))?;
    let response = md5(&format!("{ha1}:{nonce}:00000001:abcdef:auth:{ha2}"))?;
    Ok(format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm=MD5, qop=auth, nc=00000001, cnonce=\"abcdef\""
    ))
}

/// A request that nobody has answered yet.
struct Request {
    text: String,
    cseq: String,
    /// When to say it again, and how long to wait then.
    again: Instant,
    pause: Duration,
}

/// The call a telephone is in.
struct Dialog {
    call_id: String,
    local: String,
    remote: String,
    /// Request-URI for further requests: the other side's Contact.
    target: String,
    cseq: u32,
    /// The INVITE we sent or received.
    invite: Message,
    /// Branch of the INVITE we sent: its CANCEL and the ACK of a refusal repeat it.
    branch: String,
}

pub struct Phone {
    pub name: String,
    pub sound: Sound,
    user: String,
    socket: UdpSocket,
    server: SocketAddr,
    ladder: Ladder,
    dialog: Option<Dialog>,
    waiting: VecDeque<Message>,
    /// The last request, until something answers it: over UDP it is said again (RFC 3261 §17.1).
    unanswered: Option<Request>,
    /// (call-id, cseq) of requests already taken: a repeated one is a retransmission.
    taken: Vec<(String, String)>,
    /// The address it believes to have: behind a NAT not the one that others see.
    believes: Option<SocketAddr>,
}

impl Phone {
    /// A telephone of this user that speaks a tone of `hz`.
    pub async fn new(name: &str, user: &str, server: SocketAddr, hz: f32, ladder: &Ladder) -> Result<Phone> {
        Phone::at("127.0.0.1:0".parse()?, name, user, server, hz, ladder).await
    }

    /// The same, at this address.
    pub async fn at(
        address: SocketAddr,
        name: &str,
        user: &str,
        server: SocketAddr,
        hz: f32,
        ladder: &Ladder,
    ) -> Result<Phone> {
        Ok(Phone {
            name: name.into(),
            sound: Sound::open_at(address.ip(), hz).await?,
            user: user.into(),
            socket: UdpSocket::bind(address).await?,
            server,
            ladder: ladder.clone(),
            dialog: None,
            waiting: VecDeque::new(),
            unanswered: None,
            taken: Vec::new(),
            believes: None,
        })
    }

    fn address(&self) -> SocketAddr {
        self.believes.unwrap_or_else(|| self.seen_at())
    }

    /// Where its messages come from.
    pub fn seen_at(&self) -> SocketAddr {
        self.socket.local_addr().expect("a bound socket has an address")
    }

    fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.user, self.address())
    }

    /// Register with digest; answers the challenge once.
    pub async fn register(&mut self, password: &str, expires: u32) -> Result<()> {
        let (call_id, tag) = (fresh(), fresh());
        let uri = format!("sip:{}", self.server);
        let aor = format!("<sip:{}@{}>", self.user, self.server);
        let mut authorization = None;
        for cseq in 1..=2 {
            let mut headers = vec![
                ("From", format!("{aor};tag={tag}")),
                ("To", aor.clone()),
                ("Call-ID", call_id.clone()),
                ("CSeq", format!("{cseq} REGISTER")),
                ("Contact", format!("{};expires={expires}", self.contact())),
            ];
            if let Some(a) = authorization.take() {
                headers.push(("Authorization", a));
            }
            self.send(&format!("REGISTER {uri} SIP/2.0"), &fresh(), headers, "").await?;
            let reply = self.response("REGISTER", |s| s >= 200, Duration::from_secs(15)).await?;
            match reply.status() {
                Some(200) => return Ok(()),
                Some(401) if cseq == 1 => {
                    let challenge =
                        reply.all("WWW-Authenticate").find(|c| c.contains("MD5") || !c.contains("algorithm"));
                    authorization =
                        Some(self.digest(challenge.context("no MD5 challenge")?, password, "REGISTER", &uri)?);
                }
                other => bail!("{}: REGISTER ended with {other:?}", self.name),
            }
        }
        bail!("{}: REGISTER was challenged twice", self.name)
    }

    fn digest(&self, challenge: &str, password: &str, method: &str, uri: &str) -> Result<String> {
        answer(&self.user, challenge, password, method, uri)
    }

    /// What this telephone offers: PCMU and telephone-event, or Opus alone.
    pub fn sdp(&self, direction: &str) -> String {
        let (kinds, maps) = match self.sound.is_opus() {
            true => ("96", "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"),
            false => ("0 101", "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"),
        };
        format!(
            "v=0\r\no=- 1 1 IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\nm=audio {} RTP/AVP {kinds}\r\n\
             {maps}a=ptime:20\r\na={direction}\r\n",
            self.sound.port,
            host = self.address().ip(),
            family = if self.address().is_ipv4() { "IP4" } else { "IP6" },
        )
    }

    /// Dial; returns at once. Follow with [`Phone::answered`], [`Phone::refused`] or [`Phone::cancel`].
    pub async fn invite(&mut self, number: &str) -> Result<()> {
        let sdp = self.sdp("sendrecv");
        self.invite_with(number, &sdp).await
    }

    /// Dial with a session description of your own.
    pub async fn invite_with(&mut self, number: &str, sdp: &str) -> Result<()> {
        let target = format!("sip:{number}@{}", self.server);
        let dialog = Dialog {
            call_id: fresh(),
            local: format!("<sip:{}@{}>;tag={}", self.user, self.address(), fresh()),
            remote: format!("<{target}>"),
            target: target.clone(),
            cseq: 1,
            invite: Message { start: String::new(), headers: vec![], body: String::new() },
            branch: fresh(),
        };
        let mut headers = self.dialog_headers(&dialog, "INVITE");
        headers.push(("Contact", self.contact()));
        let branch = dialog.branch.clone();
        self.dialog = Some(dialog);
        self.send(&format!("INVITE {target} SIP/2.0"), &branch, headers, sdp).await
    }

    /// Dial as an extension: the challenge is answered.
    pub async fn invite_as(&mut self, number: &str, password: &str) -> Result<()> {
        let sdp = self.sdp("sendrecv");
        self.invite_as_with(number, password, &sdp).await
    }

    /// The same, with a session description of your own.
    pub async fn invite_as_with(&mut self, number: &str, password: &str, sdp: &str) -> Result<()> {
        self.invite_with(number, sdp).await?;
        let reply = self.response("INVITE", |s| s >= 200, Duration::from_secs(15)).await?;
        let (shown, answers) = match reply.status() {
            Some(401) => ("WWW-Authenticate", "Authorization"),
            Some(407) => ("Proxy-Authenticate", "Proxy-Authorization"),
            other => bail!("{}: not challenged, but {other:?}", self.name),
        };
        let mut dialog = self.dialog.take().context("no call")?;
        let mut headers = self.dialog_headers(&dialog, "ACK");
        headers.retain(|(n, _)| *n != "To");
        headers.push(("To", reply.get("To").context("To")?.to_owned()));
        let target = dialog.target.clone();
        self.send(&format!("ACK {target} SIP/2.0"), &dialog.branch, headers, "").await?;
        let challenge = reply.all(shown).find(|c| c.contains("MD5") || !c.contains("algorithm"));
        let proof = self.digest(challenge.context("no MD5 challenge")?, password, "INVITE", &target)?;
        (dialog.cseq, dialog.branch) = (dialog.cseq + 1, fresh());
        let mut headers = self.dialog_headers(&dialog, "INVITE");
        headers.extend([("Contact", self.contact()), (answers, proof)]);
        let branch = dialog.branch.clone();
        self.dialog = Some(dialog);
        self.send(&format!("INVITE {target} SIP/2.0"), &branch, headers, sdp).await
    }

    /// Wait for the 200, acknowledge it, and let the sound go there.
    pub async fn answered(&mut self, within: Duration) -> Result<Message> {
        let reply = self.response("INVITE", |s| s >= 200, within).await?;
        ensure!(reply.status() == Some(200), "{}: INVITE ended with {}", self.name, reply.start);
        self.take_answer(&reply).await?;
        Ok(reply)
    }

    /// Acknowledge this 200, and let the sound go where it says.
    pub async fn take_answer(&mut self, reply: &Message) -> Result<()> {
        let dialog = self.dialog.as_mut().context("no call")?;
        dialog.remote = reply.get("To").context("To")?.to_owned();
        if let Some(contact) = reply.get("Contact") {
            dialog.target = uri_of(contact);
        }
        if let Some(to) = reply.sound_address() {
            self.sound.send_to(to);
        }
        self.in_dialog("ACK", vec![], "").await
    }

    /// Wait for a final refusal, acknowledge it, and give its status.
    pub async fn refused(&mut self, within: Duration) -> Result<u16> {
        let reply = self.response("INVITE", |s| s >= 300, within).await?;
        self.acknowledge(&reply).await?;
        reply.status().context("a status")
    }

    /// Acknowledge this refusal; the call is over.
    pub async fn acknowledge(&mut self, reply: &Message) -> Result<()> {
        let dialog = self.dialog.take().context("no call")?;
        let mut headers = self.dialog_headers(&dialog, "ACK");
        headers.retain(|(n, _)| *n != "To");
        headers.push(("To", reply.get("To").context("To")?.to_owned()));
        self.send(&format!("ACK {} SIP/2.0", dialog.target), &dialog.branch, headers, "").await
    }

    /// Wait for a provisional answer of this status.
    pub async fn provisional(&mut self, status: u16, within: Duration) -> Result<Message> {
        self.response("INVITE", |s| s == status, within).await
    }

    pub async fn cancel(&mut self) -> Result<()> {
        let dialog = self.dialog.as_ref().context("no call")?;
        let headers = self.dialog_headers(dialog, "CANCEL");
        let (target, branch) = (dialog.target.clone(), dialog.branch.clone());
        self.send(&format!("CANCEL {target} SIP/2.0"), &branch, headers, "").await?;
        self.response("CANCEL", |s| s == 200, Duration::from_secs(5)).await.map(drop)
    }

    /// Wait until it rings here; says 180.
    pub async fn rings(&mut self, within: Duration) -> Result<Message> {
        let invite = self.request("INVITE", within).await?;
        let to = format!("{};tag={}", invite.get("To").context("To")?, fresh());
        self.dialog = Some(Dialog {
            call_id: invite.get("Call-ID").context("Call-ID")?.to_owned(),
            local: to,
            remote: invite.get("From").context("From")?.to_owned(),
            target: uri_of(invite.get("Contact").context("Contact")?),
            cseq: 1,
            invite: invite.clone(),
            branch: String::new(),
        });
        self.answer_invite("180 Ringing", "").await?;
        Ok(invite)
    }

    /// Pick up: 200, wait for the ACK.
    pub async fn pick_up(&mut self) -> Result<()> {
        let sdp = self.sdp("sendrecv");
        let to = self.dialog.as_ref().and_then(|d| d.invite.sound_address()).context("an offer with an address")?;
        self.answer_invite("200 OK", &sdp).await?;
        self.sound.send_to(to);
        self.request("ACK", Duration::from_secs(5)).await.map(drop)
    }

    /// Refuse the call that rings.
    pub async fn decline(&mut self, status: &str) -> Result<()> {
        self.answer_invite(status, "").await?;
        self.request("ACK", Duration::from_secs(5)).await?;
        self.dialog = None;
        Ok(())
    }

    /// Wait until the ringing is taken back (CANCEL). Gives its Reason.
    pub async fn ringing_stops(&mut self, within: Duration) -> Result<String> {
        let cancel = self.request("CANCEL", within).await?;
        self.respond(&cancel, "200 OK", "").await?;
        self.answer_invite("487 Request Terminated", "").await?;
        self.request("ACK", Duration::from_secs(5)).await?;
        self.dialog = None;
        Ok(cancel.get("Reason").unwrap_or_default().to_owned())
    }

    async fn answer_invite(&mut self, status: &str, body: &str) -> Result<()> {
        let invite = self.dialog.as_ref().context("no call")?.invite.clone();
        self.respond(&invite, status, body).await
    }

    /// Hang up and wait for the 200.
    pub async fn hang_up(&mut self) -> Result<()> {
        self.in_dialog("BYE", vec![], "").await?;
        self.response("BYE", |s| s >= 200, Duration::from_secs(5)).await?;
        self.dialog = None;
        Ok(())
    }

    /// Wait until the other side hangs up. Gives the BYE.
    pub async fn hung_up(&mut self, within: Duration) -> Result<Message> {
        let bye = self.request("BYE", within).await?;
        self.respond(&bye, "200 OK", "").await?;
        self.dialog = None;
        Ok(bye)
    }

    /// Re-INVITE: `sendonly` holds, `sendrecv` resumes. Gives the answer, acknowledged.
    pub async fn reinvite(&mut self, direction: &str) -> Result<Message> {
        let sdp = self
            .sdp(direction)
            .replace("o=- 1 1 ", &format!("o=- 1 {} ", fresh().split('t').next_back().unwrap_or("2")));
        self.reinvite_with(&sdp).await
    }

    pub async fn reinvite_with(&mut self, sdp: &str) -> Result<Message> {
        let contact = self.contact();
        self.in_dialog("INVITE", vec![("Contact", contact)], sdp).await?;
        let reply = self.response("INVITE", |s| s >= 200, Duration::from_secs(5)).await?;
        self.in_dialog("ACK", vec![], "").await?;
        Ok(reply)
    }

    /// Press a key by SIP INFO.
    pub async fn info_key(&mut self, key: char) -> Result<()> {
        let body = format!("Signal={key}\r\nDuration=160\r\n");
        self.in_dialog("INFO", vec![("Content-Type", "application/dtmf-relay".into())], &body).await?;
        self.response("INFO", |s| s == 200, Duration::from_secs(5)).await.map(drop)
    }

    /// A request inside the call.
    pub async fn in_dialog(&mut self, method: &str, more: Vec<(&str, String)>, body: &str) -> Result<()> {
        let dialog = self.dialog.as_mut().context("no call")?;
        if method != "ACK" {
            dialog.cseq += 1;
        }
        let dialog = self.dialog.as_ref().context("no call")?;
        let mut headers = self.dialog_headers(dialog, method);
        headers.extend(more);
        let start = format!("{method} {} SIP/2.0", dialog.target);
        self.send(&start, &fresh(), headers, body).await
    }

    fn dialog_headers(&self, dialog: &Dialog, method: &str) -> Vec<(&'static str, String)> {
        vec![
            ("From", dialog.local.clone()),
            ("To", dialog.remote.clone()),
            ("Call-ID", dialog.call_id.clone()),
            ("CSeq", format!("{} {method}", dialog.cseq)),
        ]
    }

    async fn send(&mut self, start: &str, branch: &str, headers: Vec<(&str, String)>, body: &str) -> Result<()> {
        let mut text = format!(
            "{start}\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n",
            self.address()
        );
        let typed = headers.iter().any(|(n, _)| *n == "Content-Type");
        let cseq = headers.iter().find(|(n, _)| *n == "CSeq").map(|(_, v)| v.clone()).unwrap_or_default();
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() && !typed {
            text += "Content-Type: application/sdp\r\n";
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.ladder.arrow(&self.name, "Ringdesk", start.split(' ').next().unwrap_or_default());
        self.socket.send_to(text.as_bytes(), self.server).await?;
        if !start.starts_with("ACK ") {
            self.unanswered = Some(Request { text, cseq, again: Instant::now() + T1, pause: T1 });
        }
        Ok(())
    }

    /// Say again what nobody has answered, if it is time to.
    async fn insist(&mut self) -> Result<()> {
        if let Some(request) = self.unanswered.as_mut().filter(|r| r.again <= Instant::now()) {
            request.pause *= 2;
            request.again = Instant::now() + request.pause;
            self.socket.send_to(request.text.as_bytes(), self.server).await?;
        }
        Ok(())
    }

    /// Answer a request.
    pub async fn respond(&mut self, request: &Message, status: &str, body: &str) -> Result<()> {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &request.headers {
            match name.to_ascii_lowercase().as_str() {
                "via" | "from" | "call-id" | "cseq" | "record-route" => text += &format!("{name}: {value}\r\n"),
                "to" if !value.contains("tag=") => {
                    let local = self.dialog.as_ref().map_or(value.clone(), |d| d.local.clone());
                    text += &format!("To: {local}\r\n");
                }
                "to" => text += &format!("To: {value}\r\n"),
                _ => {}
            }
        }
        text += &format!("Contact: {}\r\n", self.contact());
        if !body.is_empty() {
            text += "Content-Type: application/sdp\r\n";
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.ladder.arrow(&self.name, "Ringdesk", status);
        self.socket.send_to(text.as_bytes(), self.server).await?;
        Ok(())
    }

    /// Wait for a request of this method.
    pub async fn request(&mut self, method: &str, within: Duration) -> Result<Message> {
        self.wait(within, method, |m| m.method() == Some(method)).await
    }

    /// Wait for a response to a request of this method.
    pub async fn response(&mut self, method: &str, status: impl Fn(u16) -> bool, within: Duration) -> Result<Message> {
        self.wait(within, method, |m| m.cseq().ends_with(method) && m.status().is_some_and(&status)).await
    }

    async fn wait(&mut self, within: Duration, what: &str, fits: impl Fn(&Message) -> bool) -> Result<Message> {
        let deadline = Instant::now() + within;
        if let Some(at) = self.waiting.iter().position(&fits) {
            return self.waiting.remove(at).context("just found");
        }
        loop {
            let mut buffer = vec![0; 65_535];
            let awake = self.unanswered.as_ref().map_or(deadline, |r| r.again.min(deadline));
            let Ok(received) = timeout_at(awake, self.socket.recv_from(&mut buffer)).await else {
                if awake < deadline {
                    self.insist().await?;
                    continue;
                }
                bail!(
                    "{}: waited {within:?} for {what}; meanwhile came {:?}",
                    self.name,
                    self.waiting.iter().map(|m| &m.start).collect::<Vec<_>>()
                );
            };
            let (length, _) = received?;
            let Ok(message) = Message::parse(&buffer[..length]) else { continue };
            self.unanswered.take_if(|r| message.status().is_some() && message.cseq() == r.cseq);
            let key = (
                message.get("Call-ID").unwrap_or_default().to_owned(),
                format!("{}{}", message.cseq(), message.title()),
            );
            if self.taken.contains(&key) {
                continue; // a retransmission: the test has seen it
            }
            self.taken.push(key);
            self.ladder.arrow("Ringdesk", &self.name, &message.title());
            if message.method() == Some("OPTIONS") {
                self.respond(&message, "200 OK", "").await?;
            } else if fits(&message) {
                return Ok(message);
            } else {
                self.waiting.push_back(message);
            }
        }
    }
}

fn uri_of(contact: &str) -> String {
    contact.split(['<', '>']).nth(if contact.contains('<') { 1 } else { 0 }).unwrap_or(contact).to_owned()
}

/// MD5 by the system's own tool: one more implementation that is not ours.
fn md5(text: &str) -> Result<String> {
    use std::io::Write as _;
    let mut child = Command::new("md5sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("stdin")?.write_all(text.as_bytes())?;
    let out = child.wait_with_output()?;
    Ok(String::from_utf8(out.stdout)?.split(' ').next().unwrap_or_default().to_owned())
}
