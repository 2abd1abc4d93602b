//! What a call-minute costs the media threads, passed through and converted. CPU time of those threads alone, kernel and
//! all; the telephones run in this process too, but in a thread of their own, and their packets are coded beforehand.
//!
//! `cargo run --release -p ringdesk-media --example convert [calls] [seconds] [speech.wav]`. The WAV is 16 kHz, mono, 16 bit;
//! both sides say it all the time, each from elsewhere, which is twice what people do.

#![expect(clippy::print_stdout, reason = "figures are the output")]
#![allow(clippy::unwrap_used, reason = "a bench that fails has failed")]

use ringdesk_audio::{g711, g722, resample};
use ringdesk_media::{Config, Interface, Media, Shelf};
use ringdesk_model::{CallId, Clock, Outlet, WallClock};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, Sdp};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;
use uuid::Uuid;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const RATE: u32 = 16_000;
const FRAME: usize = 320;

#[derive(Clone, Copy)]
struct Codec {
    name: &'static str,
    payload_type: u8,
    map: &'static str,
    ticks: u32,
    encode: fn(&[i16]) -> Vec<Vec<u8>>,
}

const PCMU: Codec = Codec {
    name: "PCMU",
    payload_type: 0,
    map: "",
    ticks: 160,
    encode: |sound| {
        let sound: Vec<u8> = resample::resample(sound, RATE, 8_000).iter().map(|s| g711::ulaw_encode(*s)).collect();
        sound.chunks_exact(FRAME / 2).map(<[u8]>::to_vec).collect()
    },
};
const G722: Codec = Codec {
    name: "G722",
    payload_type: 9,
    map: "",
    ticks: 160,
    encode: |sound| {
        let mut bytes = Vec::new();
        g722::Encoder::new().encode(sound, &mut bytes);
        bytes.chunks_exact(FRAME / 2).map(<[u8]>::to_vec).collect()
    },
};
const OPUS: Codec = Codec {
    name: "opus",
    payload_type: 96,
    map: "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n",
    ticks: 960,
    encode: |sound| {
        let mut encoder = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip).unwrap();
        sound.chunks_exact(FRAME).map(|frame| encoder.encode_vec(frame, 1_275).unwrap()).collect()
    },
};

fn main() {
    let mut args = std::env::args().skip(1);
    let calls: u32 = args.next().map_or(20, |n| n.parse().expect("how many calls"));
    let seconds: u32 = args.next().map_or(10, |n| n.parse().expect("how many seconds"));
    let speech = concat!(env!("CARGO_MANIFEST_DIR"), "/../asr/tests/data/en/lj001-0005.wav").to_owned();
    let wav = fs::read(args.next().unwrap_or(speech)).expect("the speech");
    let data = wav.windows(4).position(|w| w == b"data").expect("a WAV has data") + 8;
    let sound: Vec<i16> = wav[data..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    println!("{calls} calls of {seconds} s, 20 ms packets, both sides speaking");
    for (a, b) in [(PCMU, PCMU), (OPUS, OPUS), (PCMU, G722), (PCMU, OPUS), (G722, OPUS)] {
        run(a, b, calls, seconds, &sound);
    }
}

struct Phone {
    rtp: UdpSocket,
    codec: Codec,
    packets: std::sync::Arc<Vec<Vec<u8>>>,
    at: usize,
    heard: u64,
}

impl Phone {
    fn turn(&mut self, n: u32) {
        let mut packet = vec![0x80, self.codec.payload_type];
        packet.extend((n as u16).to_be_bytes());
        packet.extend((n.wrapping_mul(self.codec.ticks)).to_be_bytes());
        packet.extend([1, 2, 3, 4]);
        packet.extend(&self.packets[(self.at + n as usize) % self.packets.len()]);
        self.rtp.send(&packet).unwrap();
        let mut buffer = [0; 2_000];
        while self.rtp.recv(&mut buffer).is_ok() {
            self.heard += 1;
        }
    }
}

fn run(a: Codec, b: Codec, calls: u32, seconds: u32, sound: &[i16]) {
    let (tx, events) = sync_channel(10_000);
    let outlet = Outlet::new(move |e| {
        let _ = tx.try_send(e);
        Ok(())
    });
    let config = Config {
        interfaces: vec![Interface { bind: LOCAL, advertise: None }],
        realtime: false,
        shards: 1,
        ports: (40_000, 59_998),
        ..Config::default()
    };
    let media = Media::start(config, WallClock::start(), 7, Shelf::default(), outlet).unwrap();
    let said = [a, b].map(|codec| std::sync::Arc::new((codec.encode)(sound)));
    let mut phones = Vec::new();
    for call in 0..calls {
        let id = CallId(Uuid::from_u128(u128::from(call) + 1));
        let legs = [0, 1].map(|side| LegId(Uuid::from_u128(u128::from(call) * 2 + side + 1)));
        for (side, codec) in [a, b].into_iter().enumerate() {
            let rtp = join(&media, &events, id, legs[side], codec);
            let at = call as usize * 37 + side * 150;
            phones.push(Phone { rtp, codec, packets: said[side].clone(), at, heard: 0 });
        }
        for (sink, source) in [(0, 1), (1, 0)] {
            media.command(id, MediaCommand::Hear { leg: legs[sink], legs: vec![legs[source]] }).unwrap();
        }
    }
    // A second to settle: buffers fill, encoders are made.
    pace(&mut phones, 0, 50);
    let clock = WallClock::start();
    let (before, began) = (media_cpu_ms(), clock.now());
    phones.iter_mut().for_each(|p| p.heard = 0);
    pace(&mut phones, 50, 50 * seconds);
    let used = media_cpu_ms() - before;
    let minutes = f64::from(calls) * clock.now().since(began).as_secs_f64() / 60.0;
    let heard: u64 = phones.iter().map(|p| p.heard).sum();
    let share = heard as f64 / f64::from(calls * 2 * 50 * seconds);
    println!(
        "{:>4} ↔ {:<4} {:7.1} CPU-ms per call-minute; {:.1} % heard",
        a.name,
        b.name,
        used / minutes,
        share * 100.0
    );
}

fn pace(phones: &mut [Phone], from: u32, turns: u32) {
    let clock = WallClock::start();
    let began = clock.now();
    for n in 0..turns {
        phones.iter_mut().for_each(|p| p.turn(from + n));
        thread::sleep((began + Duration::from_millis(20) * (n + 1)).since(clock.now()));
    }
}

fn join(media: &Media, events: &Receiver<(CallId, MediaEvent)>, call: CallId, leg: LegId, codec: Codec) -> UdpSocket {
    let rtp = UdpSocket::bind((LOCAL, 0)).unwrap();
    let offer = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP {} 101\r\n{}a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n",
        rtp.local_addr().unwrap().port(),
        codec.payload_type,
        codec.map
    );
    let offer = Sdp::from(offer.into_bytes());
    media
        .command(
            call,
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
        if let MediaEvent::Negotiated { answer: Some(answer), .. } = events.recv().unwrap().1 {
            break String::from_utf8(answer.0.to_vec()).unwrap();
        }
    };
    let port: u16 = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    rtp.connect((LOCAL, port)).unwrap();
    rtp.set_nonblocking(true).unwrap();
    rtp
}

/// Nanoseconds of the threads named `media-…`, by the scheduler's own account.
fn media_cpu_ms() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten().map(|t| t.path());
    let ours = tasks.filter(|t| fs::read_to_string(t.join("comm")).is_ok_and(|name| name.starts_with("media-")));
    let ran = |task: std::path::PathBuf| -> f64 {
        let stat = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0.0)
    };
    ours.map(ran).sum::<f64>() / 1e6
}
