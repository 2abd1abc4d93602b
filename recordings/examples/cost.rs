//! What a recorded call-minute costs: writing it, verifying it, rendering it. CPU time of this process and its threads.
//!
//! `cargo run -p ringdesk-recordings --example cost [calls] [seconds] [speech.wav] [both]`. Sound is a modulated tone
//! unless a WAV (8 kHz or a multiple, mono, 16 bit) is given; the sides talk in turns of four seconds above a line's noise,
//! or with a fourth argument both all the time.

#![expect(unsafe_code, reason = "CPU time is asked of libc")]
#![expect(clippy::print_stdout, reason = "figures are the output")]

use bytes::Bytes;
use ringdesk_audio::g711;
use ringdesk_model::{AccountId, CallId, Clock, Ids, Outlet, RecordingId, Timestamp};
use ringdesk_recordings::log::Opening;
use ringdesk_recordings::render::{Format, play, render_file};
use ringdesk_recordings::writer::{Config, Feed, Folder, Happened, Recorder};
use ringdesk_recordings::{RecordingKey, verify::verify};
use ringdesk_vault::{AccountKey, RootKey};
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::fs::{self, File};
use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;

struct Shown(AtomicI64);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Relaxed))
    }
}

fn cpu_ms() -> f64 {
    used_by(libc::RUSAGE_SELF)
}

fn used_by(whom: libc::c_int) -> f64 {
    // SAFETY: getrusage fills the structure it is given.
    let used = unsafe {
        let mut used = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(whom, &mut used);
        used
    };
    let ms = |t: libc::timeval| t.tv_sec as f64 * 1_000.0 + t.tv_usec as f64 / 1_000.0;
    ms(used.ru_utime) + ms(used.ru_stime)
}

/// 8 kHz µ-law, to go round and round.
fn sound(path: Option<&str>) -> Vec<u8> {
    let samples: Vec<i16> = match path {
        Some(path) => {
            let bytes = fs::read(path).expect("the WAV is there");
            let rate = u32::from_le_bytes(*bytes[24..].first_chunk().expect("a WAV has a header"));
            bytes[44..]
                .chunks_exact(2)
                .step_by((rate / 8_000).max(1) as usize)
                .map(|s| i16::from_le_bytes([s[0], s[1]]))
                .collect()
        }
        None => (0..80_000)
            .map(|n| {
                let t = f64::from(n) / 8_000.0;
                let pitch = 120.0 + 30.0 * (t * 3.0).sin();
                let voice = (1..12)
                    .map(|h| (t * pitch * std::f64::consts::TAU * f64::from(h)).sin() / f64::from(h))
                    .sum::<f64>();
                (voice * 5_000.0 * (t * 12.0).sin().max(0.0)) as i16
            })
            .collect(),
    };
    samples.into_iter().map(g711::ulaw_encode).collect()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, otherwise: i64| args.get(i).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let (calls, seconds) = (number(0, 50), number(1, 60));
    let sound = sound(args.get(2).map(String::as_str));
    let dir = tempfile::tempdir().expect("a folder for the logs");
    let (root, _) = RootKey::open_or_create(&dir.path().join("root.key")).expect("a root key");
    let mut ids = Ids::seeded(1);
    let (account, _) = AccountKey::create(&root, ids.next::<AccountId>(Timestamp(0))).expect("a key");
    let keys: Vec<RecordingKey> = (0..calls)
        .map(|_| RecordingKey::create(&account, ids.next::<RecordingId>(Timestamp(0))).expect("a key").0)
        .collect();
    let legs: [LegId; 2] = [ids.next(Timestamp(0)), ids.next(Timestamp(0))];
    let call = ids.next::<CallId>(Timestamp(0));
    let (sender, events) = sync_channel(100_000);
    let outlet = Outlet::new(move |e| {
        let _ = sender.try_send(e);
        Ok(())
    });
    let clock = Arc::new(Shown(AtomicI64::new(0)));
    let folder = Folder(dir.path().join("logs"));
    let config = Config { buffer: 1_000_000, ..Config::default() };
    let recorder = Recorder::start(config, Arc::new(folder.clone()), clock.clone(), outlet).expect("threads");

    let (before, feeding) = (cpu_ms(), used_by(libc::RUSAGE_THREAD));
    let feeds: Vec<Feed> = keys
        .iter()
        .map(|key| recorder.open(key, Opening { call, caller: legs[0], at: Timestamp(0) }).expect("room"))
        .collect();
    let noise: Vec<u8> =
        (0..160u32).map(|n| [0xFE, 0xFF, 0x7F, 0x7E][(n.wrapping_mul(2_654_435_761) >> 29) as usize % 4]).collect();
    let turns = args.len() < 4;
    let packets = seconds * 50;
    for i in 0..packets {
        let arrived = Timestamp(i * 20_000);
        clock.0.store(arrived.0, Relaxed);
        let from = (i as usize * 160) % (sound.len() - 160);
        for (n, feed) in feeds.iter().enumerate() {
            for (side, leg) in legs.iter().enumerate() {
                let from = (from + n * 999 + side * 40_000) % (sound.len() - 160);
                let talks = !turns || (i / 200) as usize % 2 == side;
                feed.try_push(Tapped::Packet {
                    track: Track::Leg(*leg),
                    arrived,
                    ssrc: side as u32,
                    sequence: i as u16,
                    timestamp: i as u32 * 160,
                    coding: Coding::Pcmu,
                    payload: Bytes::copy_from_slice(if talks { &sound[from..from + 160] } else { &noise }),
                });
            }
        }
        while recorder.figures().waiting > 500_000 {
            std::thread::yield_now();
        }
    }
    for feed in &feeds {
        feed.end(Timestamp(seconds * 1_000_000)).expect("room");
    }
    recorder.shut_down();
    let minutes = (calls * seconds) as f64 / 60.0;
    let feeding = used_by(libc::RUSAGE_THREAD) - feeding;
    let writing = cpu_ms() - before - feeding;
    println!("write   {:8.2} CPU-ms per call-minute", writing / minutes);
    println!("        {:8.2} more for making and handing over the packets", feeding / minutes);
    let stored = events.try_iter().filter(|e| matches!(e.what, Happened::Stored(_))).count();
    let figures = recorder.figures();
    println!(
        "        {stored} stored, {} dropped, {:.0} bytes per call-minute",
        figures.dropped,
        figures.bytes as f64 / minutes
    );

    let of = |key: &RecordingKey| folder.path(key.recording(), Timestamp(0));
    let before = cpu_ms();
    for key in &keys {
        assert!(verify(&key.log(), File::open(of(key)).expect("a log"), None).expect("readable").intact);
    }
    println!("verify  {:8.2} CPU-ms per call-minute", (cpu_ms() - before) / minutes);
    let before = cpu_ms();
    for key in &keys {
        let log = BufReader::new(File::open(of(key)).expect("a log"));
        play(&key.log(), log, &mut |_, _| Ok(())).expect("playable");
    }
    println!("decode  {:8.2} CPU-ms per call-minute", (cpu_ms() - before) / minutes);
    for format in [Format::Wav, Format::Ogg] {
        let before = cpu_ms();
        let mut bytes = 0;
        for key in &keys {
            bytes += render_file(key, &of(key), format, &dir.path().join("out")).expect("rendered").bytes;
        }
        let each = (cpu_ms() - before) / minutes;
        println!("{:7} {each:8.2} CPU-ms per call-minute, {:.0} bytes", format.as_str(), bytes as f64 / minutes);
    }
}
