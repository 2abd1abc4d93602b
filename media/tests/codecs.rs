//! Other codecs than G.711, with real sockets and at the pace of real telephones. The codecs of these telephones are not the
//! room's: libopus as it is, G.722 by the foundation.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_audio::{g711, g722, resample, tone};
use ringdesk_media::{Config, Interface, Media, Shelf};
use ringdesk_model::{CallId, Clock, Full, Outlet, WallClock};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, Sdp};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;
use uuid::Uuid;

const BOUND: Duration = Duration::from_secs(10);
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const CALL: CallId = CallId(Uuid::from_u128(7));
/// Of what the telephones say and hear.
const RATE: u32 = 16_000;
const FRAME: usize = 320;
const OPUS: &str = "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n";

struct Room {
    media: Media,
    events: Receiver<(CallId, MediaEvent)>,
}

impl Room {
    fn open() -> Room {
        let (tx, events) = sync_channel(1_000);
        let outlet = Outlet::new(move |e| {
            tx.try_send(e).map_err(|(TrySendError::Full(e) | TrySendError::Disconnected(e))| Full(e))
        });
        let interfaces = vec![Interface { bind: LOCAL, advertise: None }];
        let ports = (30_000, 32_999);
        let config = Config { interfaces, realtime: false, shards: 1, ports, ..Config::default() };
        let seed = (u64::from(std::process::id()) << 20) + WallClock::start().now().0.unsigned_abs() % 1_000_000;
        Room { media: Media::start(config, WallClock::start(), seed, Shelf::default(), outlet).unwrap(), events }
    }

    fn join(&self, n: u128, spoken: Spoken) -> Phone {
        let rtp = UdpSocket::bind((LOCAL, 0)).unwrap();
        let leg = LegId(Uuid::from_u128(n));
        let (payload_type, map) = match spoken {
            Spoken::Pcmu => (0, ""),
            Spoken::G722(..) => (9, ""),
            Spoken::Opus(..) => (96, OPUS),
        };
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP {payload_type}\r\n{map}",
            rtp.local_addr().unwrap().port()
        );
        let offer = Sdp::from(offer.into_bytes());
        self.media
            .command(
                CALL,
                MediaCommand::AnswerOffer {
                    leg,
                    interface: InterfaceId(0),
                    profile: Default::default(),
                    offer,
                    prefer: None,
                },
            )
            .unwrap();
        let answer = loop {
            match self.events.recv_timeout(BOUND).expect("an answer in time").1 {
                MediaEvent::Negotiated { answer, .. } => break String::from_utf8(answer.unwrap().0.to_vec()).unwrap(),
                MediaEvent::Refused { why, .. } => panic!("refused: {why:?}"),
                _ => {}
            }
        };
        let port: u16 = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        rtp.connect((LOCAL, port)).unwrap();
        rtp.set_nonblocking(true).unwrap();
        Phone { leg, rtp, spoken, payload_type, ssrc: n as u32, sent: 0, last: None, heard: Vec::new(), packets: 0 }
    }

    fn hear(&self, sink: &Phone, sources: &[&Phone]) {
        let legs = sources.iter().map(|p| p.leg).collect();
        self.media.command(CALL, MediaCommand::Hear { leg: sink.leg, legs }).unwrap();
    }

    fn figure(&self, name: &str) -> u64 {
        self.media.figures().into_iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no figure {name}")).1
    }
}

enum Spoken {
    Pcmu,
    G722(g722::Encoder, g722::Decoder),
    Opus(Box<opus::Encoder>, Box<opus::Decoder>),
}

impl Spoken {
    fn g722() -> Spoken {
        Spoken::G722(g722::Encoder::new(), g722::Decoder::new())
    }

    fn opus() -> Spoken {
        let encoder = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).unwrap();
        Spoken::Opus(Box::new(encoder), Box::new(opus::Decoder::new(RATE, opus::Channels::Mono).unwrap()))
    }
}

struct Phone {
    leg: LegId,
    rtp: UdpSocket,
    spoken: Spoken,
    payload_type: u8,
    ssrc: u32,
    sent: u32,
    last: Option<(u16, u32)>,
    heard: Vec<i16>,
    packets: usize,
}

impl Phone {
    fn ticks(&self) -> u32 {
        if matches!(self.spoken, Spoken::Opus(..)) { 960 } else { 160 }
    }

    fn say(&mut self, frame: &[i16]) {
        let mut payload = Vec::new();
        match &mut self.spoken {
            Spoken::Pcmu => {
                payload.extend(resample::resample(frame, RATE, 8_000).iter().map(|s| g711::ulaw_encode(*s)))
            }
            Spoken::G722(encoder, _) => encoder.encode(frame, &mut payload),
            Spoken::Opus(encoder, _) => payload = encoder.encode_vec(frame, 1_275).unwrap(),
        }
        let mut packet = vec![0x80, self.payload_type];
        packet.extend((65_500u16.wrapping_add(self.sent as u16)).to_be_bytes());
        packet.extend((self.sent.wrapping_mul(self.ticks()).wrapping_sub(9_000)).to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(payload);
        self.sent += 1;
        self.rtp.send(&packet).unwrap();
    }

    /// Take what has arrived; its numbering and clock have no gap.
    fn hear(&mut self) {
        let mut buffer = [0; 2_000];
        while let Ok(length) = self.rtp.recv(&mut buffer) {
            assert_eq!(buffer[1] & 0x7f, self.payload_type);
            let seq = u16::from_be_bytes([buffer[2], buffer[3]]);
            let timestamp = u32::from_be_bytes([buffer[4], buffer[5], buffer[6], buffer[7]]);
            if let Some((before, clock)) = self.last.replace((seq, timestamp)) {
                assert_eq!((seq, timestamp.wrapping_sub(clock)), (before.wrapping_add(1), self.ticks()));
            }
            self.packets += 1;
            let payload = &buffer[12..length];
            match &mut self.spoken {
                Spoken::Pcmu => {
                    let samples: Vec<i16> = payload.iter().map(|b| g711::ulaw_decode(*b)).collect();
                    self.heard.extend(resample::resample(&samples, 8_000, RATE));
                }
                Spoken::G722(_, decoder) => decoder.decode(payload, &mut self.heard),
                Spoken::Opus(_, decoder) => {
                    let start = self.heard.len();
                    self.heard.resize(start + 1_920, 0);
                    let made = decoder.decode(payload, &mut self.heard[start..], false).unwrap();
                    self.heard.truncate(start + made);
                }
            }
        }
    }

    fn level(&self, hz: f32) -> f32 {
        tone::measure(&self.heard[self.heard.len() / 2..], RATE, hz)
    }
}

/// Two seconds of everybody's tone, at a telephone's pace.
fn talk(phones: &mut [Phone], hz: &[f32]) {
    let tones: Vec<Vec<i16>> = hz.iter().map(|hz| tone::sine(*hz, -14.0, RATE, 2 * RATE as usize)).collect();
    let clock = WallClock::start();
    let began = clock.now();
    for n in 0..100 {
        for (phone, tone) in phones.iter_mut().zip(&tones) {
            phone.say(&tone[n * FRAME..(n + 1) * FRAME]);
        }
        thread::sleep((began + Duration::from_millis(20) * (n as u32 + 1)).since(clock.now()));
        phones.iter_mut().for_each(Phone::hear);
    }
}

/// Rows: S4.5
#[test]
fn pcmu_and_g722_hear_each_other() {
    bridged(Spoken::g722());
}

/// Rows: S4.5
#[test]
fn pcmu_and_opus_hear_each_other() {
    bridged(Spoken::opus());
}

fn bridged(other: Spoken) {
    let room = Room::open();
    let mut phones = [room.join(1, Spoken::Pcmu), room.join(2, other)];
    room.hear(&phones[0], &[&phones[1]]);
    room.hear(&phones[1], &[&phones[0]]);
    talk(&mut phones, &[440.0, 1_000.0]);
    for (phone, wanted, own) in [(&phones[0], 1_000.0, 440.0), (&phones[1], 440.0, 1_000.0)] {
        // A busy machine starves telephone and room alike; what comes is right all the same.
        assert!(phone.packets > 60, "{} packets", phone.packets);
        let (wanted, own) = (phone.level(wanted), phone.level(own));
        assert!((wanted + 14.0).abs() < 3.5 && own < -40.0, "{wanted} {own}");
    }
    assert!(room.figure("mixed_frames") > 100);
}

#[test]
fn three_codecs_in_one_conference() {
    let room = Room::open();
    let mut phones = [room.join(1, Spoken::Pcmu), room.join(2, Spoken::g722()), room.join(3, Spoken::opus())];
    room.hear(&phones[0], &[&phones[1], &phones[2]]);
    room.hear(&phones[1], &[&phones[0], &phones[2]]);
    room.hear(&phones[2], &[&phones[0], &phones[1]]);
    let tones = [440.0, 1_000.0, 1_700.0];
    talk(&mut phones, &tones);
    for (phone, own) in phones.iter().zip(tones) {
        for hz in tones {
            let level = phone.level(hz);
            assert!(if hz == own { level < -38.0 } else { (level + 14.0).abs() < 4.0 }, "{own}: {hz} at {level}");
        }
    }
}

#[test]
fn opus_to_opus_is_passed_through() {
    let room = Room::open();
    let mut phones = [room.join(1, Spoken::opus()), room.join(2, Spoken::opus())];
    room.hear(&phones[1], &[&phones[0]]);
    talk(&mut phones, &[440.0, 1_000.0]);
    assert!(phones[1].packets > 90 && (phones[1].level(440.0) + 14.0).abs() < 3.5);
    assert_eq!((phones[0].packets, room.figure("mixed_frames")), (0, 0));
}
