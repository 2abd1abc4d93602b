//! Bad input from everywhere: requests of people who are nobody, guessed passwords, broken messages; each from an address
//! and a port of its own.

use crate::dice::Dice;
use ringdesk_model::{Clock as _, WallClock};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

/// Addresses from 127.100.0.0 on.
const FIRST: u32 = 0x7f64_0000;
/// What is sent in one go.
const BURST: Duration = Duration::from_millis(5);

/// What is bad about a message, in the order in which they are counted.
pub const KINDS: [&str; 8] = [
    "REGISTER without a password",
    "REGISTER with a guessed password",
    "INVITE of a stranger",
    "INVITE in an agent's name",
    "OPTIONS",
    "in-dialog requests of no dialog",
    "messages with a broken head",
    "garbage",
];

/// A flood that goes on until it is dropped or ended.
pub struct Noise {
    over: Arc<AtomicBool>,
    sent: Arc<[AtomicU64; KINDS.len()]>,
    thread: Option<JoinHandle<u64>>,
}

impl Noise {
    /// So many messages a second from so many addresses.
    pub fn start(server: SocketAddr, per_second: u32, sources: u32, seed: u64) -> std::io::Result<Noise> {
        let (over, sent): (Arc<AtomicBool>, Arc<[AtomicU64; KINDS.len()]>) = Default::default();
        let (end, tally) = (over.clone(), sent.clone());
        let run = move || pour(server, per_second, sources, Dice::new(seed), &end, &tally);
        let thread = std::thread::Builder::new().name("noise".into()).spawn(run)?;
        Ok(Noise { over, sent, thread: Some(thread) })
    }

    pub fn sent(&self) -> [u64; KINDS.len()] {
        std::array::from_fn(|n| self.sent[n].load(Relaxed))
    }

    /// End it: how many messages the machine did not take.
    pub fn end(mut self) -> u64 {
        self.over.store(true, Relaxed);
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or(0)
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}

fn pour(
    server: SocketAddr,
    per_second: u32,
    sources: u32,
    mut dice: Dice,
    over: &AtomicBool,
    sent: &[AtomicU64; KINDS.len()],
) -> u64 {
    let clock = WallClock::start();
    let start = clock.now();
    let (mut n, mut failed) = (0u64, 0);
    while !over.load(Relaxed) {
        // Who is late catches up, but does not shout.
        let due = (clock.now().since(start).as_secs_f64() * f64::from(per_second)) as u64;
        for _ in 0..due.saturating_sub(n).min(u64::from(per_second) / 20) {
            let source = Ipv4Addr::from(FIRST + 1 + (n % u64::from(sources)) as u32);
            n += 1;
            // A socket per message: the port is another one each time, too.
            let Ok(socket) = UdpSocket::bind((source, 0)) else {
                failed += 1;
                continue;
            };
            let Ok(local) = socket.local_addr() else { continue };
            let kind = dice.below(KINDS.len());
            let message = message(kind, n, local, server, &mut dice);
            match socket.send_to(&message, server) {
                Ok(_) => sent[kind].fetch_add(1, Relaxed),
                Err(_) => {
                    failed += 1;
                    0
                }
            };
        }
        std::thread::sleep(BURST);
    }
    failed
}

fn message(kind: usize, n: u64, from: SocketAddr, server: SocketAddr, dice: &mut Dice) -> Vec<u8> {
    let agent = 3001 + dice.below(60);
    match kind {
        0 => request("REGISTER", n, from, server, &format!("{}", dice.below(10_000)), "", ""),
        1 => {
            let guess = format!(
                "Authorization: Digest username=\"{agent}\", realm=\"ringdesk\", nonce=\"{:x}\", uri=\"sip:{server}\", \
                 response=\"{:032x}\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"a\"\r\n",
                dice.bits(),
                dice.bits()
            );
            request("REGISTER", n, from, server, &agent.to_string(), &guess, "")
        }
        2 => request("INVITE", n, from, server, "+4900", "", &sdp(from)),
        3 => request("INVITE", n, from, server, &agent.to_string(), "", &sdp(from)),
        4 => request("OPTIONS", n, from, server, "friendly-scanner", "", ""),
        5 => {
            let method = dice.pick(&["BYE", "CANCEL", "ACK", "UPDATE", "REFER", "PRACK"]);
            let text = request(method, n, from, server, "7001", "", "");
            String::from_utf8_lossy(&text).replace("To: <sip:", "To: <sip:x;tag=guess@").into_bytes()
        }
        6 => broken(request("INVITE", n, from, server, "7001", "", &sdp(from)), dice),
        _ => (0..dice.below(1_200)).map(|_| dice.bits() as u8).collect(),
    }
}

/// A message that was a good one before.
fn broken(mut text: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => text.truncate(dice.below(text.len())),
        1 => {
            for _ in 0..8 {
                let at = dice.below(text.len());
                text[at] = dice.bits() as u8;
            }
        }
        2 => return String::from_utf8_lossy(&text).replace("Content-Length: ", "Content-Length: 99").into_bytes(),
        3 => return String::from_utf8_lossy(&text).replace("CSeq: 1", "CSeq: 99999999999").into_bytes(),
        4 => {
            let bomb: String = (0..400).fold(String::new(), |mut all, n| {
                let _ = write!(all, "X-{n}: {n}\r\n"); // a String takes everything
                all
            });
            return String::from_utf8_lossy(&text).replace("Max-Forwards: 70\r\n", &bomb).into_bytes();
        }
        _ => return String::from_utf8_lossy(&text).replace("SIP/2.0", "SIP/9.0").into_bytes(),
    }
    text
}

fn request(method: &str, n: u64, from: SocketAddr, server: SocketAddr, user: &str, more: &str, body: &str) -> Vec<u8> {
    let target = if method == "REGISTER" { format!("sip:{server}") } else { format!("sip:7001@{server}") };
    let to = if method == "REGISTER" { user } else { "7001" };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKnoise{n};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{user}@{server}>;tag=n{n}\r\nTo: <sip:{to}@{server}>\r\nCall-ID: noise{n}@{from}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:{user}@{from}>\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn sdp(at: SocketAddr) -> String {
    let (host, port) = (at.ip(), at.port());
    format!("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_datagram() {
        let mut dice = Dice::new(1);
        let (from, server) = ("127.100.0.1:1024".parse().unwrap(), "127.0.0.1:5060".parse().unwrap());
        for n in 0..4_000 {
            let message = message(n % KINDS.len(), n as u64, from, server, &mut dice);
            assert!(message.len() < 60_000, "{}", KINDS[n % KINDS.len()]);
        }
        assert!(message(2, 7, from, server, &mut dice).starts_with(b"INVITE sip:7001@127.0.0.1:5060 SIP/2.0\r\nVia: "));
    }
}
