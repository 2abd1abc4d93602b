//! What other people's programs make of the files: ffmpeg, which is the half of all players.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use bytes::Bytes;
use ringdesk_audio::{g711, tone};
use ringdesk_model::{AccountId, CallId, Ids, RecordingId, Timestamp};
use ringdesk_recordings::RecordingKey;
use ringdesk_recordings::log::{Config, Input, Log, Opening, Output};
use ringdesk_recordings::render::{Format, render};
use ringdesk_vault::{AccountKey, RootKey};
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::io::{Cursor, Write};
use std::process::{Command, Stdio};

/// The caller's tone and the agent's; one of them silent in the second half.
const TONES: [(f32, i64); 2] = [(440.0, 4_000), (620.0, 2_000)];

fn a_call() -> (RecordingKey, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let mut ids = Ids::seeded(1);
    let (root, _) = RootKey::open_or_create(&dir.path().join("root.key")).unwrap();
    let (account, _) = AccountKey::create(&root, ids.next::<AccountId>(Timestamp(0))).unwrap();
    let (key, _) = RecordingKey::create(&account, ids.next::<RecordingId>(Timestamp(0))).unwrap();
    let legs: [LegId; 2] = [ids.next(Timestamp(0)), ids.next(Timestamp(0))];
    let call = ids.next::<CallId>(Timestamp(0));
    let mut log = Log::open(key.log(), Opening { call, caller: legs[0], at: Timestamp(0) }, Config::default());
    let tones = TONES.map(|(hz, _)| tone::sine(hz, -12.0, 8_000, 8_000));
    for i in 0..200i64 {
        let arrived = Timestamp(i * 20_000);
        for (side, leg) in legs.iter().enumerate().filter(|(side, _)| i * 20 < TONES[*side].1) {
            let from = (i as usize * 160) % 8_000;
            let payload: Vec<u8> = tones[side][from..from + 160].iter().map(|s| g711::alaw_encode(*s)).collect();
            log.handle_input(
                arrived,
                Input::Heard(Tapped::Packet {
                    track: Track::Leg(*leg),
                    arrived,
                    ssrc: side as u32,
                    sequence: i as u16,
                    timestamp: i as u32 * 160,
                    coding: Coding::Pcma,
                    payload: Bytes::from(payload),
                }),
            );
        }
    }
    let end = Timestamp(4_000_000);
    log.handle_input(end, Input::End { at: end });
    let mut bytes = Vec::new();
    while let Some(output) = log.poll_output() {
        if let Output::Append(block) = output {
            bytes.extend(block);
        }
    }
    (key, bytes)
}

/// Both channels as ffmpeg hears them, at 8 kHz.
fn ffmpeg(file: Vec<u8>) -> [Vec<i16>; 2] {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-i", "-", "-f", "s16le", "-c:a", "pcm_s16le", "-ar", "8000", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed (scripts/setup test)");
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(&file));
    let heard = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert_eq!((heard.status.success(), String::from_utf8_lossy(&heard.stderr).as_ref()), (true, ""));
    let channel = |n: usize| heard.stdout.chunks(4).map(|f| i16::from_le_bytes([f[2 * n], f[2 * n + 1]])).collect();
    [channel(0), channel(1)]
}

/// Rows: S4.6, V6
#[test]
fn ffmpeg_hears_two_clean_sides_of_the_right_length() {
    let (key, log) = a_call();
    for format in [Format::Wav, Format::Ogg] {
        let (_, file) = render(&key.log(), Cursor::new(&log), format, Vec::new()).unwrap();
        let [left, right] = ffmpeg(file);
        let ms = |side: &[i16]| side.len() as i64 / 8;
        assert!((ms(&left) - 4_000).abs() <= 1 && left.len() == right.len(), "{format:?}: {} ms", ms(&left));
        let level = |side: &[i16], hz| tone::measure(&side[1_000..15_000], 8_000, hz);
        let (own_left, own_right) = (level(&left, 440.0), level(&right, 620.0));
        assert!((own_left + 12.0).abs() < 2.0 && (own_right + 12.0).abs() < 2.0, "{format:?} {own_left} {own_right}");
        // Each side has nothing of the other, also when only one talks.
        assert!(level(&left, 620.0) < own_left - 50.0, "{format:?} left has {}", level(&left, 620.0));
        assert!(level(&right, 440.0) < own_right - 50.0, "{format:?} right has {}", level(&right, 440.0));
        let silent = tone::measure(&right[17_000..31_000], 8_000, 440.0);
        assert!(silent < own_left - 50.0, "{format:?} silence has {silent}");
    }
}
