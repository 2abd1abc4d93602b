//! Sound as other programs make it (ffmpeg), and everything that is none.

use super::*;
use ringdesk_audio::tone;
use std::path::Path;
use std::process::{Command, Stdio};

const HZ: f32 = 697.0;

/// A file of two seconds of a tone, as ffmpeg makes it with these words.
fn made(folder: &Path, name: &str, words: &str) -> Vec<u8> {
    let file = folder.join(name);
    let source = format!("sine=frequency={HZ}:sample_rate=48000:duration=2");
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", &source])
        .args(words.split_whitespace())
        .arg(&file)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg (scripts/setup test installs it)");
    assert!(status.success(), "{name} {words}");
    std::fs::read(file).unwrap()
}

/// Every kind that is taken, as (name, words, kind, rate, channels).
const KINDS: &[(&str, &str, Kind, u32, u32)] = &[
    ("a.wav", "-c:a pcm_s16le -ar 44100 -ac 2", Kind::Wav, 44_100, 2),
    ("b.wav", "-c:a pcm_f32le -ar 48000", Kind::Wav, 48_000, 1),
    ("c.wav", "-c:a pcm_alaw -ar 8000", Kind::Wav, 8_000, 1),
    ("d.wav", "-c:a pcm_mulaw -ar 8000 -ac 2", Kind::Wav, 8_000, 2),
    ("a.mp3", "-c:a libmp3lame -b:a 128k -ar 44100 -ac 2", Kind::Mp3, 44_100, 2),
    ("b.mp3", "-c:a libmp3lame -q:a 4 -ar 22050 -write_xing 0 -id3v2_version 0", Kind::Mp3, 22_050, 1),
    ("c.mp3", "-c:a libmp3lame -b:a 24k -ar 8000 -metadata title=Welcome", Kind::Mp3, 8_000, 1),
    ("a.ogg", "-c:a libvorbis -ar 44100 -ac 2", Kind::OggVorbis, 44_100, 2),
    ("b.opus", "-c:a libopus -b:a 32k", Kind::OggOpus, 8_000, 1),
    ("c.opus", "-c:a libopus -ac 2 -frame_duration 60", Kind::OggOpus, 8_000, 2),
    ("a.webm", "-c:a libopus -b:a 48k", Kind::WebmOpus, 8_000, 1),
    // As a recorder writes it that does not know how much will come.
    ("b.webm", "-c:a libopus -f webm -live 1 -cluster_time_limit 500", Kind::WebmOpus, 8_000, 1),
    ("a.m4a", "-c:a aac -b:a 64k", Kind::Mp4Aac, 48_000, 1),
    // As Safari writes it: in pieces, with their table in front.
    (
        "b.mp4",
        "-c:a aac -ar 44100 -ac 2 -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 500000",
        Kind::Mp4Aac,
        44_100,
        2,
    ),
];

/// Rows: S13.3, V13
#[test]
fn every_kind_keeps_its_tone_its_length_and_gets_the_level() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words, kind, rate, channels) in KINDS {
        let decoded = decode(&made(folder.path(), name, words)).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        assert_eq!((decoded.kind, decoded.rate, decoded.channels), (*kind, *rate, *channels), "{name}");
        let samples = decoded.clip.samples();
        // MP3 without a table keeps the encoder's own delay.
        assert!((15_500..=17_000).contains(&samples.len()), "{name}: {}", samples.len());
        let middle = &samples[4_000..12_000];
        assert!((tone::dominant(middle, 8_000) - HZ).abs() < 2.0, "{name}: {}", tone::dominant(middle, 8_000));
        let loud = tone::measure(middle, 8_000, HZ);
        assert!((loud - level::SPEECH).abs() < 1.0, "{name}: {loud} dBFS");
        assert!(decoded.gain.abs() < 40.0);
    }
}

/// Rows: S13.3, V13
#[test]
fn what_is_no_sound_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let silent = made(path, "silent.wav", "-af volume=0 -c:a pcm_s16le");
    let wide = made(path, "wide.wav", "-c:a pcm_s16le -ac 6");
    let wide_opus = made(path, "wide.opus", "-c:a libopus -ac 6");
    let wide_vorbis = made(path, "wide.ogg", "-c:a libvorbis -ac 6");
    let flac = made(path, "a.flac", "-c:a flac");
    let ogg_flac = made(path, "flac.ogg", "-c:a flac");
    let alac = made(path, "alac.m4a", "-c:a alac");
    let vorbis_webm = made(path, "vorbis.webm", "-c:a libvorbis");
    let odd_rate = made(path, "odd.wav", "-c:a pcm_s16le -ar 44103");
    let layer_2 = made(path, "a.mp2", "-c:a mp2");
    let long = made(path, "long.opus", "-c:a libopus -b:a 6k -af aloop=loop=-1:size=96000,atrim=end=905");
    for (what, bytes, code) in [
        ("nothing", Vec::new(), "empty"),
        ("a page", b"<!doctype html><html><body>not sound</body></html>".to_vec(), "unknown_kind"),
        ("a picture that is called sound", b"\x89PNG\r\n\x1a\n0000000000000000".to_vec(), "unknown_kind"),
        ("a program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(), "unknown_kind"),
        ("FLAC", flac, "unknown_kind"),
        ("FLAC in Ogg", ogg_flac, "unknown_kind"),
        ("ALAC in MP4", alac, "unknown_kind"),
        ("layer II", layer_2, "unknown_kind"),
        ("Vorbis in WebM", vorbis_webm, "unknown_kind"),
        ("silence", silent, "silent"),
        ("six channels", wide, "channels"),
        ("six channels of Opus", wide_opus, "channels"),
        ("six channels of Vorbis", wide_vorbis, "channels"),
        ("a rate of nobody's", odd_rate, "rate"),
        ("more than a quarter of an hour", long, "too_long"),
        ("too much", vec![0; MOST_BYTES + 1], "too_large"),
        ("an ID3 tag and nothing", b"ID3\x04\0\0\0\0\0\0".to_vec(), "broken_off"),
        ("a head of WAV", b"RIFF\x24\0\0\0WAVE".to_vec(), "broken_off"),
    ] {
        match decode(&bytes) {
            Err(fault) => assert_eq!(fault.code(), code, "{what}: {fault}"),
            Ok(decoded) => panic!("{what}: {decoded:?}"),
        }
    }
}

/// Cut anywhere, or with any byte another one: an error, or some sound, and no panic.
///
/// Rows: S13.3, V13
#[test]
fn hostile_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words, kind, ..) in KINDS {
        let good = made(folder.path(), name, &format!("{words} -t 0.4"));
        for cut in (0..good.len()).step_by(good.len() / 60 + 1) {
            let cut_off = decode(&good[..cut]);
            // An MP3 without a table is as long as it is.
            if (*name == "a.mp3" && cut < good.len() / 2) || (*kind != Kind::Mp3 && *kind != Kind::WebmOpus) {
                assert!(cut_off.is_err(), "{name} cut at {cut}");
            }
        }
        let mut seed = 0x2545_F491_4F6C_DD1Du64;
        for _ in 0..120 {
            let mut bad = good.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bad.len();
                bad[at] = (seed >> 24) as u8;
            }
            let _ = decode(&bad);
        }
    }
}

/// A size that promises more than there is, and elements that hold themselves.
#[test]
fn a_tree_of_lies_is_read_as_a_line() {
    let ebml = [0x1A, 0x45, 0xDF, 0xA3, 0x80];
    for lie in [
        &[0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &[0xA3, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xA3, 0xFF],
        &[0xAE, 0x80, 0xAE, 0x80, 0xAE, 0x80],
        &[0x00, 0x00, 0x00, 0x00],
        &[0xEC, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE],
    ] {
        assert!(decode(&[&ebml[..], lie].concat()).is_err(), "{lie:?}");
    }
    // A quarter of a million nested heads cost no stack.
    let deep: Vec<u8> = ebml.iter().copied().chain([0xAE, 0x80].repeat(250_000)).collect();
    assert!(decode(&deep).is_err());
}
