//! The room with real sockets: two telephones of ours on the loopback interface.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_audio::{Clip, g711, tone};
use ringdesk_media::{Config, Interface, Media, Shelf};
use ringdesk_model::{CallId, Clock, Full, Outlet, Timestamp, WallClock};
use ringdesk_voice::{
    Digit, DigitSource, InterfaceId, LegId, LegQuality, MediaCommand, MediaEvent, PlayEnd, PlayId, PromptRef, Refusal,
    Sdp,
};
use rtc_rtcp::Packet;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::packet::{marshal, unmarshal};
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::time::Duration;
use uuid::Uuid;

/// Nothing here takes this long.
const BOUND: Duration = Duration::from_secs(10);
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const CALL: CallId = CallId(Uuid::from_u128(1));

struct Room {
    media: Media,
    events: Receiver<(CallId, MediaEvent)>,
}

impl Room {
    fn open(change: impl FnOnce(&mut Config)) -> Room {
        static ROOMS: AtomicU64 = AtomicU64::new(0);
        let (tx, events) = sync_channel(1000);
        let outlet = Outlet::new(move |e| {
            tx.try_send(e).map_err(|(TrySendError::Full(e) | TrySendError::Disconnected(e))| Full(e))
        });
        let interfaces = vec![Interface { bind: LOCAL, advertise: None }];
        let mut config = Config { interfaces, realtime: false, shards: 1, ..Config::default() };
        change(&mut config);
        // Rooms of other tests take ports of the same range, in another order.
        let seed = (u64::from(std::process::id()) << 16) + ROOMS.fetch_add(1, Ordering::Relaxed) * 1000;
        let media = Media::start(config, WallClock::start(), seed, Shelf::default(), outlet).unwrap();
        Room { media, events }
    }

    fn ask(&self, command: MediaCommand) {
        self.media.command(CALL, command).unwrap();
    }

    /// The next event that is asked for; others are passed over.
    fn wait<T>(&self, mut wanted: impl FnMut(MediaEvent) -> Option<T>) -> T {
        loop {
            let (call, event) = self.events.recv_timeout(BOUND).expect("an event in time");
            assert_eq!(call, CALL);
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// A telephone whose offer is answered.
    fn join(&self, n: u128, formats: &str, more: &str) -> Phone {
        let mut phone = Phone::new(n);
        let answer = self.negotiate(&phone, formats, more).expect("an answer");
        let port: u16 = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        phone.room = SocketAddr::new(LOCAL, port);
        phone
    }

    fn negotiate(&self, phone: &Phone, formats: &str, more: &str) -> Result<String, Refusal> {
        let port = phone.rtp.local_addr().unwrap().port();
        let rtcp = phone.rtcp.local_addr().unwrap().port();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=rtcp:{rtcp}\r\n{more}"
        );
        let (offer, interface) = (Sdp::from(offer.into_bytes()), InterfaceId(0));
        self.ask(MediaCommand::AnswerOffer {
            leg: phone.leg,
            interface,
            profile: Default::default(),
            offer,
            prefer: None,
        });
        self.wait(|event| match event {
            MediaEvent::Negotiated { answer, .. } => Some(Ok(String::from_utf8(answer.unwrap().0.to_vec()).unwrap())),
            MediaEvent::Refused { why, .. } => Some(Err(why)),
            _ => None,
        })
    }

    fn bridge(&self, a: &Phone, b: &Phone) {
        self.ask(MediaCommand::Hear { leg: a.leg, legs: vec![b.leg] });
        self.ask(MediaCommand::Hear { leg: b.leg, legs: vec![a.leg] });
        self.barrier();
    }

    /// All commands so far are carried out: the answer to a leg nobody knows comes behind them.
    fn barrier(&self) {
        let nobody = LegId(Uuid::from_u128(999));
        self.ask(MediaCommand::Close { leg: nobody });
        self.wait(|event| matches!(event, MediaEvent::Closed { leg, .. } if leg == nobody).then_some(()));
    }

    fn close(&self, phone: &Phone) -> LegQuality {
        self.ask(MediaCommand::Close { leg: phone.leg });
        self.wait(|event| match event {
            MediaEvent::Closed { leg, quality } if leg == phone.leg => Some(quality),
            _ => None,
        })
    }

    fn figure(&self, name: &str) -> u64 {
        self.media.figures().into_iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no figure {name}")).1
    }
}

/// A packet, read.
#[derive(Clone, Debug)]
struct Heard {
    marker: bool,
    payload_type: u8,
    seq: u16,
    timestamp: u32,
    payload: Vec<u8>,
}

struct Phone {
    leg: LegId,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    room: SocketAddr,
    ssrc: u32,
    seq: u16,
    timestamp: u32,
}

impl Phone {
    fn new(n: u128) -> Phone {
        let bind = || {
            let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
            socket.set_read_timeout(Some(BOUND)).unwrap();
            socket
        };
        Phone {
            leg: LegId(Uuid::from_u128(n)),
            rtp: bind(),
            rtcp: bind(),
            room: SocketAddr::new(LOCAL, 0),
            ssrc: n as u32,
            seq: 65_520,
            timestamp: 4_000_000_000,
        }
    }

    fn packet(&mut self, payload_type: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80, payload_type];
        packet.extend(self.seq.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(payload);
        self.seq = self.seq.wrapping_add(1);
        packet
    }

    fn say(&mut self, payload_type: u8, payload: &[u8]) {
        let packet = self.packet(payload_type, payload);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.rtp.send_to(&packet, self.room).unwrap();
    }

    fn hear(&self) -> Heard {
        let mut buffer = [0; 2000];
        let (length, from) = self.rtp.recv_from(&mut buffer).expect("a packet in time");
        assert_eq!(from, self.room);
        assert_eq!(buffer[0], 0x80);
        Heard {
            marker: buffer[1] & 0x80 != 0,
            payload_type: buffer[1] & 0x7f,
            seq: u16::from_be_bytes([buffer[2], buffer[3]]),
            timestamp: u32::from_be_bytes([buffer[4], buffer[5], buffer[6], buffer[7]]),
            payload: buffer[12..length].to_vec(),
        }
    }

    fn hear_reports(&self) -> Vec<Box<dyn Packet>> {
        let mut buffer = [0; 2000];
        let (length, from) = self.rtcp.recv_from(&mut buffer).expect("a report in time");
        assert_eq!(from.port(), self.room.port() + 1);
        unmarshal(&mut &buffer[..length]).unwrap()
    }

    fn report(&self, packets: &[Box<dyn Packet>]) {
        let to = SocketAddr::new(LOCAL, self.room.port() + 1);
        self.rtcp.send_to(&marshal(packets).unwrap(), to).unwrap();
    }
}

fn ulaw(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|s| g711::ulaw_encode(*s)).collect()
}

fn alaw(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|s| g711::alaw_encode(*s)).collect()
}

fn sound(heard: &[Heard], decode: fn(u8) -> i16) -> Vec<i16> {
    heard.iter().flat_map(|h| h.payload.iter().map(|b| decode(*b))).collect()
}

fn assert_continuous(heard: &[Heard]) {
    for pair in heard.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq.wrapping_add(1));
        assert_eq!(pair[1].timestamp.wrapping_sub(pair[0].timestamp), 160);
        assert!(!pair[1].marker);
    }
}

/// Rows: S16.12
#[test]
fn two_telephones_hear_each_other() {
    let room = Room::open(|_| {});
    let (mut a, mut b) = (room.join(1, "0 101", ""), room.join(2, "0 101", ""));
    room.bridge(&a, &b);
    let (low, high) = (tone::sine(440.0, -10.0, 8000, 8000), tone::sine(1000.0, -10.0, 8000, 8000));
    let (mut at_a, mut at_b) = (Vec::new(), Vec::new());
    for (x, y) in ulaw(&low).chunks(160).zip(ulaw(&high).chunks(160)) {
        a.say(0, x);
        b.say(0, y);
        at_a.push(a.hear());
        at_b.push(b.hear());
    }
    for (heard, hz, other) in [(&at_a, 1000.0, 440.0), (&at_b, 440.0, 1000.0)] {
        assert_continuous(heard);
        assert!(heard[0].marker);
        let sound = sound(heard, g711::ulaw_decode);
        let (wanted, unwanted) = (tone::measure(&sound, 8000, hz), tone::measure(&sound, 8000, other));
        assert!((wanted + 10.0).abs() < 0.5 && unwanted < -40.0, "{wanted} {unwanted}");
    }
    // A loss on the way in stays a gap on the way out.
    a.seq = a.seq.wrapping_add(2);
    a.timestamp = a.timestamp.wrapping_add(320);
    a.say(0, &[0xff; 160]);
    let after = b.hear();
    assert_eq!(after.seq, at_b[49].seq.wrapping_add(3));
    assert_eq!(after.timestamp.wrapping_sub(at_b[49].timestamp), 480);
    let quality = room.close(&a);
    assert_eq!((quality.received_packets, quality.sent_packets, quality.lost_packets), (51, 50, 2));
    assert_eq!(quality.codec.as_deref(), Some("PCMU"));
    assert!(quality.mos.unwrap() > 3.0);
    assert_eq!((room.figure("packets_in"), room.figure("packets_out"), room.figure("legs_open")), (101, 101, 1));
}

#[test]
fn law_to_law() {
    let room = Room::open(|_| {});
    let (mut a, mut b) = (room.join(1, "0 101", ""), room.join(2, "8 101", ""));
    room.bridge(&a, &b);
    let tone_440 = tone::sine(440.0, -15.0, 8000, 4000);
    let (mut at_a, mut at_b) = (Vec::new(), Vec::new());
    for (x, y) in ulaw(&tone_440).chunks(160).zip(alaw(&tone_440).chunks(160)) {
        a.say(0, x);
        at_b.push(b.hear());
        b.say(8, y);
        at_a.push(a.hear());
    }
    assert_continuous(&at_a);
    assert!(at_a.iter().all(|h| h.payload_type == 0) && at_b.iter().all(|h| h.payload_type == 8));
    let (at_a, at_b) = (sound(&at_a, g711::ulaw_decode), sound(&at_b, g711::alaw_decode));
    for sound in [at_a, at_b] {
        let level = tone::measure(&sound, 8000, 440.0);
        assert!((level + 15.0).abs() < 0.3, "{level}");
    }
}

#[test]
fn a_stranger_who_found_the_port_is_not_heard() {
    let room = Room::open(|_| {});
    let (mut a, mut b) = (room.join(1, "0", ""), room.join(2, "0", ""));
    room.bridge(&a, &b);
    a.say(0, &[1; 160]);
    let first = b.hear();
    let mut stranger = Phone::new(66);
    stranger.room = a.room;
    stranger.ssrc = a.ssrc;
    for _ in 0..30 {
        stranger.say(0, &[2; 160]);
    }
    a.say(0, &[1; 160]);
    let second = b.hear();
    assert_eq!((second.payload[0], second.seq), (1, first.seq.wrapping_add(1)));
    assert_eq!(room.figure("dropped_source"), 30);
    // Nor is what we send sent there.
    b.say(0, &[3; 160]);
    assert_eq!(a.hear().payload[0], 3);
}

#[test]
fn a_telephone_behind_nat_is_found_by_its_packets() {
    let room = Room::open(|_| {});
    let mut b = room.join(2, "0", "");
    let described = room.join(1, "0", "");
    let mut a = Phone::new(1);
    a.room = described.room;
    room.bridge(&described, &b);
    for n in 0..6 {
        a.say(0, &[n; 160]);
    }
    let heard: Vec<u8> = (0..3).map(|_| b.hear().payload[0]).collect();
    assert_eq!(heard, [3, 4, 5], "learned by the fourth");
    b.say(0, &[9; 160]);
    assert_eq!(a.hear().payload[0], 9);
}

/// Rows: V3
#[test]
fn a_prompt_is_played_at_its_pace_and_then_the_legs_are_heard_again() {
    let room = Room::open(|_| {});
    let clock = WallClock::start();
    let prompt = PromptRef::new("greeting");
    room.media.shelf().pin(prompt.clone(), &Clip::new(tone::sine(600.0, -12.0, 8000, 8000)));
    let (a, mut b) = (room.join(1, "8 101", ""), room.join(2, "0 101", ""));
    room.bridge(&a, &b);
    room.ask(MediaCommand::Play { leg: a.leg, play: PlayId(4), prompts: vec![prompt], repeat: false });
    let first = a.hear();
    let began = clock.now();
    let mut heard = vec![first];
    heard.extend((1..50).map(|_| a.hear()));
    let lasted = clock.now().since(began);
    assert_continuous(&heard);
    let level = tone::measure(&sound(&heard, g711::alaw_decode), 8000, 600.0);
    assert!((level + 12.0).abs() < 0.3, "{level}");
    // 49 gaps of 20 ms; a busy machine may be late, never early by more than one packet.
    assert!(lasted >= Duration::from_millis(950) && lasted < Duration::from_millis(3000), "{lasted:?}");
    let end = room.wait(|e| if let MediaEvent::Played { play, end, .. } = e { Some((play, end)) } else { None });
    assert_eq!(end, (PlayId(4), PlayEnd::Finished));
    b.say(0, &[0xff; 160]);
    let after = a.hear();
    assert_eq!((after.seq, after.marker), (heard[49].seq.wrapping_add(1), true));
    assert!(after.timestamp.wrapping_sub(heard[49].timestamp) >= 160);
    // What is not on the shelf is said.
    room.ask(MediaCommand::Play { leg: a.leg, play: PlayId(5), prompts: vec![PromptRef::new("x")], repeat: true });
    let end = room.wait(|e| if let MediaEvent::Played { play, end, .. } = e { Some((play, end)) } else { None });
    assert_eq!(end, (PlayId(5), PlayEnd::Missing));
}

#[test]
fn packet_time_of_the_telephone_and_repeat_until_stopped() {
    let room = Room::open(|_| {});
    let prompt = PromptRef::new("loop");
    room.media.shelf().put(prompt.clone(), &Clip::new(tone::sine(500.0, -12.0, 8000, 1000)));
    let a = room.join(1, "0", "a=ptime:40\r\n");
    room.ask(MediaCommand::Play { leg: a.leg, play: PlayId(1), prompts: vec![prompt], repeat: true });
    let heard: Vec<Heard> = (0..10).map(|_| a.hear()).collect();
    assert!(heard.iter().all(|h| h.payload.len() == 320));
    assert!(heard.windows(2).all(|p| p[1].timestamp.wrapping_sub(p[0].timestamp) == 320));
    room.ask(MediaCommand::StopPlay { leg: a.leg, play: PlayId(1) });
    let end = room.wait(|e| if let MediaEvent::Played { end, .. } = e { Some(end) } else { None });
    assert_eq!(end, PlayEnd::Stopped);
}

/// Rows: V3
#[test]
fn keys_are_reported_and_passed_on() {
    let room = Room::open(|_| {});
    let (mut a, b) = (room.join(1, "0 101", ""), room.join(2, "0 101", ""));
    room.bridge(&a, &b);
    a.say(0, &[0xff; 160]);
    let before = b.hear();
    for key in "4711#".chars() {
        let code = Digit::new(key).unwrap().event();
        for (end, duration) in [(0u8, 160u16), (0, 320), (0x80, 480), (0x80, 480), (0x80, 480)] {
            let [high, low] = duration.to_be_bytes();
            let packet = a.packet(101, &[code, end | 10, high, low]);
            a.rtp.send_to(&packet, a.room).unwrap();
        }
        a.timestamp = a.timestamp.wrapping_add(800);
        let digit = room.wait(|e| {
            if let MediaEvent::Digit { digit, duration, source, .. } = e {
                Some((digit, duration, source))
            } else {
                None
            }
        });
        assert_eq!((digit.0.key(), digit.1, digit.2), (key, Duration::from_millis(60), DigitSource::Rtp));
        let heard: Vec<Heard> = (0..5).map(|_| b.hear()).collect();
        assert!(heard[0].marker && heard.iter().all(|h| h.payload_type == 101 && h.payload[0] == code));
        assert!(heard.iter().all(|h| h.timestamp == heard[0].timestamp));
        assert_eq!(heard.iter().filter(|h| h.payload[1] & 0x80 != 0).count(), 3);
    }
    a.say(0, &[0xff; 160]);
    let after = b.hear();
    assert_eq!(after.seq, before.seq.wrapping_add(26), "25 packets of keys, and no gap");
    assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 160 + 5 * 800);
}

/// Rows: V3
#[test]
fn keys_in_the_sound_of_a_telephone_without_telephone_event() {
    let room = Room::open(|_| {});
    let mut a = room.join(1, "0", "");
    let ms = Duration::from_millis;
    for packet in ulaw(&ringdesk_audio::dtmf::dial("90*", ms(80), ms(80), -10.0).unwrap()).chunks(160) {
        a.say(0, packet);
    }
    for key in "90*".chars() {
        let (digit, source) =
            room.wait(|e| if let MediaEvent::Digit { digit, source, .. } = e { Some((digit, source)) } else { None });
        assert_eq!((digit.key(), source), (key, DigitSource::InBand));
    }
}

#[test]
fn held_legs_are_sent_nothing() {
    let room = Room::open(|_| {});
    let (mut a, mut b) = (room.join(1, "0", ""), room.join(2, "0", ""));
    room.bridge(&a, &b);
    a.say(0, &[1; 160]);
    let before = b.hear();
    let answer = room.negotiate(&b, "0", "a=sendonly\r\n").unwrap();
    assert!(answer.ends_with("a=recvonly\r\n"), "{answer}");
    for _ in 0..10 {
        a.say(0, &[2; 160]);
    }
    // The other direction goes on: music on hold of the holding side.
    b.say(0, &[7; 160]);
    assert_eq!(a.hear().payload[0], 7);
    room.negotiate(&b, "0", "a=sendrecv\r\n").unwrap();
    // By now the shard has dealt with all ten; the next is the first heard.
    a.say(0, &[3; 160]);
    let after = loop {
        let heard = b.hear();
        // Packets still on the loopback when the hold ended may be let through.
        if heard.payload[0] == 3 {
            break heard;
        }
    };
    assert!(after.seq.wrapping_sub(before.seq) <= 11);
    assert!(room.figure("packets_out") < 13);
}

/// Rows: S16.12
#[test]
fn reports_go_both_ways() {
    let room = Room::open(|config| config.report_every_s = 1);
    let (mut a, b) = (room.join(1, "0", ""), room.join(2, "0", ""));
    room.bridge(&b, &a);
    for _ in 0..20 {
        a.say(0, &[0xff; 160]);
        b.hear();
    }
    let sr = SenderReport { ssrc: a.ssrc, ntp_time: 0x1111_2222_3333_4444, ..SenderReport::default() };
    a.report(&[Box::new(sr)]);
    // B was sent sound: a sender report. It answers with a receiver report.
    let packets = b.hear_reports();
    let sr = packets[0].as_any().downcast_ref::<SenderReport>().expect("a sender report first");
    assert_eq!((sr.packet_count, sr.octet_count), (20, 3200));
    let block = ReceptionReport {
        ssrc: sr.ssrc,
        total_lost: 5,
        last_sender_report: (sr.ntp_time >> 16) as u32,
        ..ReceptionReport::default()
    };
    b.report(&[Box::new(ReceiverReport { ssrc: 2, reports: vec![block], ..ReceiverReport::default() })]);
    // A was sent nothing: a receiver report about what it sent.
    let block = loop {
        let packets = a.hear_reports();
        let rr = packets[0].as_any().downcast_ref::<ReceiverReport>().expect("a receiver report");
        if let Some(block) = rr.reports.first().filter(|b| b.last_sender_report != 0) {
            break block.clone();
        }
    };
    assert_eq!((block.ssrc, block.last_sender_report, block.total_lost), (a.ssrc, 0x2222_3333, 0));
    // Behind the report on the same socket pair nothing is lost: B's is read when its second one is there.
    b.hear_reports();
    let quality = room.close(&b);
    assert_eq!(quality.remote_loss, Some(0.25));
    assert!(quality.rtt_ms.unwrap() < 1000.0, "{quality:?}");
    let bye = b.hear_reports();
    assert!(bye.iter().any(|p| p.as_any().is::<Goodbye>()));
}

#[test]
fn ports_rest_before_they_are_used_again() {
    // A pair that is free now.
    let pair = loop {
        let port = UdpSocket::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port() & !1;
        if UdpSocket::bind((LOCAL, port)).is_ok() && UdpSocket::bind((LOCAL, port + 1)).is_ok() {
            break port;
        }
    };
    let room = Room::open(|config| {
        config.ports = (pair, pair + 1);
        config.quarantine_ms = 300;
    });
    let clock = WallClock::start();
    let a = room.join(1, "0", "");
    assert_eq!(a.room.port(), pair);
    let b = Phone::new(2);
    assert_eq!(room.negotiate(&b, "0", ""), Err(Refusal::NoPorts));
    room.close(&a);
    let closed: Timestamp = clock.now();
    assert_eq!(room.negotiate(&b, "0", ""), Err(Refusal::NoPorts));
    assert_eq!(room.figure("ports_in_quarantine"), 1);
    while room.negotiate(&b, "0", "").is_err() {
        assert!(clock.now().since(closed) < BOUND);
    }
    assert!(clock.now().since(closed) >= Duration::from_millis(290));
    assert_eq!(room.figure("ports_in_quarantine"), 0);
}

#[test]
fn a_port_held_by_another_program_is_passed_over() {
    let other = loop {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let next = port + 2;
        if port.is_multiple_of(2)
            && UdpSocket::bind((LOCAL, next)).is_ok()
            && UdpSocket::bind((LOCAL, next + 1)).is_ok()
        {
            break socket;
        }
    };
    let port = other.local_addr().unwrap().port();
    let room = Room::open(|config| config.ports = (port, port + 3));
    assert_eq!(room.join(1, "0", "").room.port(), port + 2);
}

#[test]
fn an_overloaded_listener_loses_no_state_event() {
    let (tx, events) = sync_channel(100);
    let outlet =
        Outlet::new(move |e| tx.try_send(e).map_err(|(TrySendError::Full(e) | TrySendError::Disconnected(e))| Full(e)));
    let interfaces = vec![Interface { bind: LOCAL, advertise: None }];
    let config = Config { interfaces, realtime: false, shards: 1, commands: 20_000, ..Config::default() };
    let media = Media::start(config, WallClock::start(), 5, Shelf::default(), outlet).unwrap();
    for n in 0..10_000u128 {
        media.command(CALL, MediaCommand::Close { leg: LegId(Uuid::from_u128(n)) }).unwrap();
    }
    for n in 0..10_000u128 {
        let (_, event) = events.recv_timeout(BOUND).expect("an event in time");
        assert_eq!(event.leg(), LegId(Uuid::from_u128(n)));
    }
}
