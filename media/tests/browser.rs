//! The room and real browsers: Chromium and Firefox, with a telephone of ours at the other end. Every scenario hears its tones
//! in both directions.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]
#![allow(clippy::disallowed_methods, reason = "browsers keep no time of ours")]

use ringdesk_audio::{g711, tone};
use ringdesk_media::{Config, Interface, Media, Shelf};
use ringdesk_model::{CallId, Full, Outlet, WallClock};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, Profile, Refusal, Sdp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use uuid::Uuid;

const CALL: CallId = CallId(Uuid::from_u128(1));
/// Nothing here takes this long, but what a browser gives up on.
const BOUND: Duration = Duration::from_secs(60);

/// An address of this machine at which a browser looks for others: Firefox leaves its loopback alone.
fn here() -> IpAddr {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    // Nothing is sent; the system only chooses.
    let routed = socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).and_then(|()| socket.local_addr());
    routed.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

/// A browser, and the page in it.
struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
}

impl Browser {
    fn start(kind: &str) -> Browser {
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/browser/driver.mjs");
        let mut child = Command::new("node")
            .args([driver, kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node; scripts/setup test installs it");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tx, output) = sync_channel(100);
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tx.send(line)));
        let browser = Browser { input: child.stdin.take(), child, output };
        assert_eq!(browser.read("start"), json!("ready"));
        browser
    }

    fn read(&self, what: &str) -> Value {
        let line = self.output.recv_timeout(Duration::from_secs(150)).unwrap_or_else(|e| panic!("{what}: {e}"));
        let mut said: Value = serde_json::from_str(&line).unwrap();
        assert!(said.get("failed").is_none(), "{what}: {}", said["failed"].as_str().unwrap_or_default());
        said["done"].take()
    }

    fn call(&mut self, function: &str, with: Value) -> Value {
        let line = json!({ "call": function, "with": with });
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        self.read(function)
    }

    fn sdp(&mut self, function: &str, with: Value) -> String {
        self.call(function, with).as_str().expect("a description").to_owned()
    }

    /// Ask until it is so.
    fn until(&mut self, what: &str, function: &str, name: &str, so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let value = self.call(function, json!([name]));
            if so(&value) {
                return value;
            }
            assert!(start.elapsed() < 2 * BOUND, "{name}: {what}, but {function} says {value}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    fn hears(&mut self, name: &str, hz: f32) {
        self.until(&format!("hears {hz} Hz"), "hears", name, |heard| {
            let at = |key: &str| heard[key].as_f64().unwrap();
            (at("frequency") - f64::from(hz)).abs() < 12.0 && at("level") > -60.0
        });
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.input.take());
        let end = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().is_ok_and(|gone| gone.is_none()) && Instant::now() < end {
            std::thread::park_timeout(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Room {
    media: Media,
    events: Receiver<(CallId, MediaEvent)>,
    next: u128,
}

impl Room {
    fn open() -> Room {
        let (tx, events) = sync_channel(10_000);
        let outlet = Outlet::new(move |e| {
            tx.try_send(e).map_err(|(TrySendError::Full(e) | TrySendError::Disconnected(e))| Full(e))
        });
        let interfaces = vec![Interface { bind: here(), advertise: None }];
        let config = Config { interfaces, realtime: false, shards: 1, report_every_s: 1, ..Config::default() };
        let seed = u64::from(std::process::id()) << 16;
        let media = Media::start(config, WallClock::start(), seed, Shelf::default(), outlet).unwrap();
        Room { media, events, next: 1 }
    }

    fn leg(&mut self) -> LegId {
        self.next += 1;
        LegId(Uuid::from_u128(self.next))
    }

    fn ask(&self, command: MediaCommand) {
        self.media.command(CALL, command).unwrap();
    }

    fn wait<T>(&self, what: &str, mut wanted: impl FnMut(MediaEvent) -> Option<T>) -> T {
        loop {
            let (_, event) = self.events.recv_timeout(BOUND).unwrap_or_else(|e| panic!("{what}: {e}"));
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    fn offer(&self, leg: LegId, prefer: Option<LegId>) -> String {
        self.ask(MediaCommand::MakeOffer { leg, interface: InterfaceId(0), profile: Profile::WebRtc, prefer });
        self.wait("an offer", |event| match event {
            MediaEvent::Offer { leg: of, offer } if of == leg => Some(text(&offer)),
            MediaEvent::Refused { leg: of, why } if of == leg => panic!("{why:?}"),
            _ => None,
        })
    }

    fn answer(&self, leg: LegId, profile: Profile, offer: &str, prefer: Option<LegId>) -> String {
        let offer = Sdp::from(offer.as_bytes().to_vec());
        self.ask(MediaCommand::AnswerOffer { leg, interface: InterfaceId(0), profile, offer, prefer });
        self.wait("an answer", |event| match event {
            MediaEvent::Negotiated { leg: of, answer, .. } if of == leg => Some(text(&answer.unwrap())),
            MediaEvent::Refused { leg: of, why } if of == leg => panic!("{why:?}"),
            _ => None,
        })
    }

    fn take(&self, leg: LegId, answer: &str) {
        self.ask(MediaCommand::TakeAnswer { leg, answer: Sdp::from(answer.as_bytes().to_vec()) });
        self.wait("agreement", |event| match event {
            MediaEvent::Negotiated { leg: of, .. } if of == leg => Some(()),
            MediaEvent::Refused { leg: of, why } if of == leg => panic!("{why:?}"),
            _ => None,
        });
    }

    fn bridge(&self, a: LegId, b: LegId) {
        self.ask(MediaCommand::Hear { leg: a, legs: vec![b] });
        self.ask(MediaCommand::Hear { leg: b, legs: vec![a] });
    }

    fn digits(&self, leg: LegId, count: usize) -> (String, Vec<u128>) {
        let (mut keys, mut lengths) = (String::new(), Vec::new());
        while keys.len() < count {
            let (key, length) = self.wait("a key", |event| match event {
                MediaEvent::Digit { leg: of, digit, duration, .. } if of == leg => {
                    Some((digit.key(), duration.as_millis()))
                }
                _ => None,
            });
            keys.push(key);
            lengths.push(length);
        }
        (keys, lengths)
    }

    fn close(&self, leg: LegId) -> ringdesk_voice::LegQuality {
        self.ask(MediaCommand::Close { leg });
        self.wait("the end", |event| match event {
            MediaEvent::Closed { leg: of, quality } if of == leg => Some(quality),
            _ => None,
        })
    }

    fn figure(&self, name: &str) -> u64 {
        self.media.figures().into_iter().find(|(n, _)| *n == name).unwrap().1
    }
}

fn text(sdp: &Sdp) -> String {
    String::from_utf8(sdp.0.to_vec()).unwrap()
}

/// Of a description of ours: where a browser is to come.
fn port(sdp: &str) -> u16 {
    sdp.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

/// A telephone that hums, and listens.
struct Phone {
    leg: LegId,
    heard: Arc<Mutex<Vec<i16>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    rate: u32,
}

impl Phone {
    fn start(room: &mut Room, opus: bool, hz: f32) -> Phone {
        let leg = room.leg();
        let socket = UdpSocket::bind((here(), 0)).unwrap();
        let (own, home) = (socket.local_addr().unwrap().port(), here());
        let formats = if opus {
            "111 110\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000"
        } else {
            "0 101\r\na=rtpmap:101 telephone-event/8000"
        };
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 {home}\r\ns=-\r\nc=IN IP4 {home}\r\nt=0 0\r\nm=audio {own} RTP/AVP {formats}\r\n"
        );
        let answer = room.answer(leg, Profile::default(), &offer, None);
        let to = SocketAddr::new(here(), port(&answer));
        let rate = if opus { 48_000 } else { 8_000 };
        let (heard, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (ears, end) = (heard.clone(), stop.clone());
        let thread = std::thread::spawn(move || talk(&socket, to, opus, hz, &ears, &end));
        Phone { leg, heard, stop, thread: Some(thread), rate }
    }

    fn hears(&self, hz: f32) {
        let start = Instant::now();
        loop {
            self.heard.lock().unwrap().clear();
            while self.heard.lock().unwrap().len() < self.rate as usize / 3 && start.elapsed() < BOUND {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            let heard = self.heard.lock().unwrap().clone();
            let (got, loud) = (tone::dominant(&heard, self.rate), tone::measure(&heard, self.rate, hz));
            if (got - hz).abs() < 12.0 && loud > -40.0 {
                return;
            }
            assert!(start.elapsed() < BOUND, "{hz} Hz expected, {got} Hz heard, {loud} dB");
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn talk(socket: &UdpSocket, to: SocketAddr, opus: bool, hz: f32, heard: &Mutex<Vec<i16>>, stop: &AtomicBool) {
    let rate: u32 = if opus { 48_000 } else { 8_000 };
    let frame = rate as usize / 50;
    let sound = tone::sine(hz, -12.0, rate, rate as usize);
    let mut encoder = opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
    let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (start, mut sent, mut packet) = (Instant::now(), 0u32, [0u8; 1500]);
    while !stop.load(Ordering::Relaxed) {
        while u128::from(sent) * 20 <= start.elapsed().as_millis() {
            let at = sent as usize * frame % sound.len();
            let payload: Vec<u8> = if opus {
                encoder.encode_vec(&sound[at..at + frame], 1_200).unwrap()
            } else {
                sound[at..at + frame].iter().map(|s| g711::ulaw_encode(*s)).collect()
            };
            let mut out = vec![0x80, if opus { 111 } else { 0 }];
            out.extend((sent as u16).to_be_bytes());
            out.extend((sent * frame as u32).to_be_bytes());
            out.extend([1, 2, 3, 4]);
            out.extend(payload);
            let _ = socket.send_to(&out, to);
            sent += 1;
        }
        while let Ok((length, _)) = socket.recv_from(&mut packet) {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            match packet[1] & 0x7f {
                0 => heard.extend(packet[12..length].iter().map(|b| g711::ulaw_decode(*b))),
                111 => {
                    let mut samples = [0i16; 5_760];
                    if let Ok(count) = decoder.decode(&packet[12..length], &mut samples, false) {
                        heard.extend(&samples[..count]);
                    }
                }
                _ => {}
            }
            if heard.len() > 100_000 {
                heard.clear();
            }
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// The way between a browser and the room: two of them, and each may be cut.
struct Ways {
    ports: [u16; 2],
    cut: Arc<[AtomicBool; 2]>,
    anew: Arc<AtomicBool>,
    used: Arc<[AtomicU32; 2]>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ways {
    fn to(room: u16) -> Ways {
        let bind = || {
            let socket = UdpSocket::bind((here(), 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        let doors = [bind(), bind()];
        let ports = [0, 1].map(|n: usize| doors[n].local_addr().unwrap().port());
        let (cut, stop) = (Arc::new([const { AtomicBool::new(false) }; 2]), Arc::new(AtomicBool::new(false)));
        let used = Arc::new([const { AtomicU32::new(0) }; 2]);
        let anew = Arc::new(AtomicBool::new(false));
        let (cuts, uses, end, home) = (cut.clone(), used.clone(), stop.clone(), here());
        let begins_anew = anew.clone();
        let thread = std::thread::spawn(move || {
            let mut behind: HashMap<(usize, SocketAddr), UdpSocket> = HashMap::new();
            let mut packet = [0; 2_000];
            while !end.load(Ordering::Relaxed) {
                if begins_anew.swap(false, Ordering::Relaxed) {
                    behind.clear();
                }
                for (n, door) in doors.iter().enumerate() {
                    let open = !cuts[n].load(Ordering::Relaxed);
                    while let Ok((length, from)) = door.recv_from(&mut packet) {
                        let socket = behind.entry((n, from)).or_insert_with(bind);
                        if open {
                            let _ = socket.send_to(&packet[..length], (home, room));
                        }
                    }
                    for ((_, to), socket) in behind.iter().filter(|((of, _), _)| *of == n) {
                        while let Ok((length, _)) = socket.recv_from(&mut packet) {
                            if open {
                                // Sound only: checks go by every way.
                                uses[n].fetch_add(u32::from(packet[0] >= 128), Ordering::Relaxed);
                                let _ = door.send_to(&packet[..length], to);
                            }
                        }
                    }
                }
                std::thread::park_timeout(Duration::from_millis(1));
            }
        });
        Ways { ports, cut, anew, used, stop, thread: Some(thread) }
    }

    /// The description, with these ways instead of the direct one.
    fn through(&self, sdp: &str, count: usize) -> String {
        let mut out: String =
            sdp.lines().filter(|l| !l.starts_with("a=candidate")).map(|l| format!("{l}\r\n")).collect();
        for (n, port) in self.ports[..count].iter().enumerate() {
            let priority = (126 << 24) + ((65_000 - n as u32) << 8) + 255;
            out += &format!("a=candidate:{} 1 udp {priority} {} {port} typ host\r\n", n + 1, here());
        }
        out
    }

    fn cut(&self, n: usize, cut: bool) {
        self.cut[n].store(cut, Ordering::Relaxed);
    }

    /// From now on the room sees the browser at other addresses; what is sent to the old ones is lost.
    fn translate_anew(&self) {
        self.anew.store(true, Ordering::Relaxed);
    }

    /// By which way sound goes to the browser now.
    fn in_use(&self) -> [bool; 2] {
        let before = [0, 1].map(|n: usize| self.used[n].load(Ordering::Relaxed));
        std::thread::park_timeout(Duration::from_millis(300));
        [0, 1].map(|n: usize| self.used[n].load(Ordering::Relaxed) > before[n] + 3)
    }
}

impl Drop for Ways {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Two browsers at once are too much for a small machine.
static ONE: Mutex<()> = Mutex::new(());

fn with(kind: &str, test: impl FnOnce(&mut Browser, &mut Room)) {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    test(&mut Browser::start(kind), &mut Room::open());
}

/// Both sides hear each other, and the keys of the browser have the length at which they were pressed.
fn talks(browser: &mut Browser, room: &Room, name: &str, leg: LegId, phone: &Phone, (theirs, ours): (f32, f32)) {
    room.bridge(leg, phone.leg);
    browser.hears(name, ours);
    phone.hears(theirs);
    browser.call("press", json!([name, "12#", 100, 70]));
    let (keys, lengths) = room.digits(leg, 3);
    assert_eq!(keys, "12#", "{name}");
    // Browsers send in steps of a packet or of 50 ms.
    assert!(lengths.iter().all(|ms| (80..=160).contains(ms)), "{name}: {lengths:?}");
}

/// Offers of ours and of the browser, G.711 and Opus, three at once on one port; a second offer; the end.
fn calls(browser: &mut Browser, room: &mut Room) {
    // We call the browser: G.711, as the telephone speaks it.
    let (phone_a, a) = (Phone::start(room, false, 700.0), room.leg());
    let offer = room.offer(a, Some(phone_a.leg));
    for wanted in ["a=ice-lite", "a=setup:actpass", "UDP/TLS/RTP/SAVPF 0 8 101", "a=rtcp-mux", "a=group:BUNDLE 0"] {
        assert!(offer.contains(wanted), "{wanted} in\n{offer}");
    }
    let answer = browser.sdp("answer", json!(["a", offer, 600]));
    assert!(answer.contains("a=setup:active"), "{answer}");
    room.take(a, &answer);
    talks(browser, room, "a", a, &phone_a, (600.0, 700.0));
    assert_eq!(browser.call("stats", json!(["a"]))["codec"], "audio/PCMU");

    // The browser calls us, with all it has; the telephone's G.711 is chosen, and the keys on its clock.
    let (phone_b, b) = (Phone::start(room, false, 900.0), room.leg());
    let offer = browser.sdp("offer", json!(["b", { "frequency": 800 }]));
    let answer = room.answer(b, Profile::WebRtc, &offer, Some(phone_b.leg));
    assert!(answer.contains("PCMU/8000") && !answer.contains("opus"), "{answer}");
    assert!(answer.contains("telephone-event/8000") && !answer.contains("telephone-event/48000"), "{answer}");
    assert!(answer.contains("a=setup:passive"), "{answer}");
    browser.call("take", json!(["b", answer]));
    talks(browser, room, "b", b, &phone_b, (800.0, 900.0));

    // Opus where the other side speaks it, passed as it is, with keys on its clock.
    let (phone_c, c) = (Phone::start(room, true, 1_100.0), room.leg());
    let offer = room.offer(c, Some(phone_c.leg));
    assert!(offer.contains("opus/48000/2") && offer.contains("telephone-event/48000"), "{offer}");
    let ports = [port(&offer), port(&answer)];
    assert_eq!(ports[0], ports[1], "one port for all");
    let answer = browser.sdp("answer", json!(["c", offer, 1_000]));
    room.take(c, &answer);
    talks(browser, room, "c", c, &phone_c, (1_000.0, 1_100.0));
    assert_eq!(browser.call("stats", json!(["c"]))["codec"], "audio/opus");
    assert_eq!(room.figure("mixed_frames"), 0, "nothing was converted");

    // The browser calls, and speaks nothing but Opus; the telephone nothing but G.711.
    let (phone_d, d) = (Phone::start(room, false, 1_300.0), room.leg());
    let offer = browser.sdp("offer", json!(["d", { "frequency": 1_200, "only": "opus" }]));
    let answer = room.answer(d, Profile::WebRtc, &offer, Some(phone_d.leg));
    // Firefox knows keys on the telephone's clock alone.
    let clock = if offer.contains("telephone-event/48000") { "telephone-event/48000" } else { "telephone-event/8000" };
    assert!(answer.contains("opus/48000/2") && answer.contains(clock), "{answer}");
    browser.call("take", json!(["d", answer]));
    talks(browser, room, "d", d, &phone_d, (1_200.0, 1_300.0));
    assert!(room.figure("mixed_frames") > 0);

    // All four are still there, each with its own.
    for (name, hz) in [("a", 700.0), ("b", 900.0), ("c", 1_100.0), ("d", 1_300.0)] {
        browser.hears(name, hz);
    }

    // A second offer of ours changes nothing; one of the browser's, too; and one that changes the codec.
    let offer = room.offer(a, Some(phone_a.leg));
    let answer = browser.sdp("answer", json!(["a", offer]));
    room.take(a, &answer);
    talks(browser, room, "a", a, &phone_a, (600.0, 700.0));
    let offer = browser.sdp("offer", json!(["a"]));
    let answer = room.answer(a, Profile::WebRtc, &offer, Some(phone_a.leg));
    browser.call("take", json!(["a", answer]));
    talks(browser, room, "a", a, &phone_a, (600.0, 700.0));
    let offer = room.offer(a, Some(phone_c.leg));
    assert!(offer.contains("opus/48000/2"), "{offer}");
    let answer = browser.sdp("answer", json!(["a", offer]));
    room.take(a, &answer);
    room.bridge(a, phone_c.leg);
    talks(browser, room, "a", a, &phone_c, (600.0, 1_100.0));

    // Reports go both ways, and say that nothing is lost.
    browser.until("a round trip is known", "stats", "b", |stats| stats["remoteRtt"].is_number());
    let quality = room.close(b);
    assert!(quality.rtt_ms.is_some() && quality.remote_loss == Some(0.0), "{quality:?}");
    assert!(quality.received_packets > 100 && quality.sent_packets > 100, "{quality:?}");
    assert_eq!(room.figure("dropped_forged") + room.figure("dtls_failed"), 0);
    for name in ["a", "b", "c", "d"] {
        browser.call("close", json!([name]));
    }
}

/// The network goes away until the browser says so in this word; it comes back, and ICE begins anew.
fn restart(browser: &mut Browser, room: &mut Room, word: &str) {
    let (phone, leg) = (Phone::start(room, false, 700.0), room.leg());
    let offer = room.offer(leg, Some(phone.leg));
    let ways = Ways::to(port(&offer));
    let answer = browser.sdp("answer", json!(["r", ways.through(&offer, 1), 600]));
    room.take(leg, &answer);
    talks(browser, room, "r", leg, &phone, (600.0, 700.0));
    ways.cut(0, true);
    browser.until(word, "state", "r", |state| state["connection"] == word || state["ice"] == word);
    ways.cut(0, false);
    let offer = browser.sdp("offer", json!(["r", { "restart": true }]));
    let answer = room.answer(leg, Profile::WebRtc, &offer, Some(phone.leg));
    browser.call("take", json!(["r", ways.through(&answer, 1)]));
    browser.until("is back", "state", "r", |state| state["connection"] == "connected");
    talks(browser, room, "r", leg, &phone, (600.0, 700.0));
    assert_eq!(room.figure("dtls_failed"), 0);
    browser.call("close", json!(["r"]));
    room.close(leg);
}

/// An address translator on the way begins anew. Nobody is told of it, and both go on hearing each other.
fn translated(browser: &mut Browser, room: &mut Room) {
    let (phone, leg) = (Phone::start(room, false, 700.0), room.leg());
    let offer = room.offer(leg, Some(phone.leg));
    let ways = Ways::to(port(&offer));
    let answer = browser.sdp("answer", json!(["t", ways.through(&offer, 1), 600]));
    room.take(leg, &answer);
    talks(browser, room, "t", leg, &phone, (600.0, 700.0));
    ways.translate_anew();
    let start = Instant::now();
    while room.figure("paths_switched") == 0 || !ways.in_use()[0] {
        assert!(start.elapsed() < BOUND, "sound follows the browser");
    }
    talks(browser, room, "t", leg, &phone, (600.0, 700.0));
    browser.call("close", json!(["t"]));
    room.close(leg);
}

/// Somebody else's fingerprint in the description: no keys, no sound, and the call is told.
fn stranger(browser: &mut Browser, room: &mut Room) {
    let (phone, leg) = (Phone::start(room, false, 700.0), room.leg());
    let offer = room.offer(leg, Some(phone.leg));
    let answer = browser.sdp("answer", json!(["s", offer, 600]));
    let at = answer.find("a=fingerprint:sha-256 ").unwrap() + 22;
    let forged = if &answer[at..at + 2] == "00" { "01" } else { "00" };
    let answer = format!("{}{forged}{}", &answer[..at], &answer[at + 2..]);
    room.take(leg, &answer);
    room.bridge(leg, phone.leg);
    let why = room.wait("the refusal", |event| match event {
        MediaEvent::Refused { leg: of, why } if of == leg => Some(why),
        _ => None,
    });
    assert_eq!((why, room.figure("dtls_strangers")), (Refusal::Unsecured, 1));
    let quality = room.close(leg);
    assert_eq!(quality.received_packets, 0, "{quality:?}");
    browser.call("close", json!(["s"]));
}

/// Rows: V2, S12.1
#[test]
fn chromium_calls_and_is_called() {
    with("chromium", |browser, room| {
        calls(browser, room);
        stranger(browser, room);
    });
}

/// Rows: V2, S12.1
#[test]
fn firefox_calls_and_is_called() {
    with("firefox", |browser, room| {
        calls(browser, room);
        stranger(browser, room);
    });
}

/// Rows: V2
#[test]
fn chromium_comes_back_after_a_long_silence() {
    with("chromium", |browser, room| restart(browser, room, "failed"));
}

/// Once Firefox has given up it comes back, hears, and sends nothing any more; so it is asked while it still hopes.
///
/// Rows: V2
#[test]
fn firefox_comes_back_after_a_silence() {
    with("firefox", |browser, room| restart(browser, room, "disconnected"));
}

/// From one network to another without a word of signalling: the browser nominates another path, and sound follows it.
///
/// Rows: V2
#[test]
fn chromium_changes_its_way_in_mid_call() {
    with("chromium", |browser, room| {
        let (phone, leg) = (Phone::start(room, false, 700.0), room.leg());
        let offer = room.offer(leg, Some(phone.leg));
        let ways = Ways::to(port(&offer));
        let answer = browser.sdp("answer", json!(["n", ways.through(&offer, 2), 600]));
        room.take(leg, &answer);
        talks(browser, room, "n", leg, &phone, (600.0, 700.0));
        let first = ways.in_use();
        assert!(first[0] != first[1], "one of both: {first:?}");
        let old = usize::from(first[1]);
        ways.cut(old, true);
        let start = Instant::now();
        while !ways.in_use()[1 - old] {
            assert!(start.elapsed() < BOUND, "sound goes by the other way");
        }
        talks(browser, room, "n", leg, &phone, (600.0, 700.0));
        assert!(room.figure("paths_switched") > 0);
        browser.call("close", json!(["n"]));
    });
}

/// Rows: S7.28, V2
#[test]
fn chromium_is_followed_to_another_address() {
    with("chromium", translated);
}

/// Rows: S7.28, V2
#[test]
fn firefox_is_followed_to_another_address() {
    with("firefox", translated);
}
