//! WAV of any usual kind, brought to 8 kHz mono.

use ringdesk_audio::{Clip, RATE, level, resample};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest sound, in seconds: nobody listens to a longer prompt, and it is all in memory.
const LONGEST: u32 = 900;

/// Read PCM of 8 to 32 bits or float, any rate and channel count, and bring it to the level of speech. A file that breaks
/// off is refused, not shortened.
pub fn read(mut source: impl Read) -> Result<Clip, String> {
    decode(&mut source)
}

/// Not generic, so that it is compiled here once, with this crate's optimisation, and not by who reads.
fn decode(source: &mut dyn Read) -> Result<Clip, String> {
    let mut reader = hound::WavReader::new(source).map_err(|e| e.to_string())?;
    let spec = reader.spec();
    if !(4_000..=192_000).contains(&spec.sample_rate) || !(1..=8).contains(&spec.channels) {
        return Err(format!("{} Hz with {} channels is not usable", spec.sample_rate, spec.channels));
    }
    if reader.duration() / spec.sample_rate >= LONGEST {
        return Err(format!("longer than {LONGEST} seconds"));
    }
    let samples: Result<Vec<f32>, hound::Error> = match (spec.sample_format, spec.bits_per_sample) {
        (hound::SampleFormat::Float, 32) => reader.samples::<f32>().map(|s| s.map(|s| s * 32_767.0)).collect(),
        (hound::SampleFormat::Int, bits @ 8..=32) => {
            let scale = 32_768.0 / (1u64 << (bits - 1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 * scale)).collect()
        }
        (_, bits) => return Err(format!("{bits} bits are not usable")),
    };
    let channels = usize::from(spec.channels);
    let mut mono: Vec<i16> = samples
        .map_err(|e| e.to_string())?
        .chunks_exact(channels)
        .map(|frame| (frame.iter().sum::<f32>() / channels as f32).round().clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    if level::peak(&mono) <= level::SILENCE {
        return Err("nothing to hear in it".to_owned());
    }
    mono = resample::resample(&mono, spec.sample_rate, RATE);
    level::normalise(&mut mono, level::SPEECH);
    Ok(Clip::new(mono))
}

/// 8 kHz mono, 16 bits; its folder is made. Written beside and renamed: a crash leaves no half file, and two writers do
/// not mix.
pub fn write(clip: &Clip, path: &Path) -> Result<(), String> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let beside = path.with_extension(format!("{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let written = hound::WavWriter::create(&beside, spec)
        .and_then(|mut writer| {
            for sample in clip.samples() {
                writer.write_sample(*sample)?;
            }
            writer.finalize()
        })
        .map_err(|e| e.to_string())
        .and_then(|()| fs::rename(&beside, path).map_err(|e| e.to_string()));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{SampleFormat, WavSpec, WavWriter};
    use ringdesk_audio::tone;
    use std::io::Cursor;

    fn file(spec: WavSpec, hz: f32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for sample in tone::sine(hz, -12.0, spec.sample_rate, spec.sample_rate as usize) {
            for _ in 0..spec.channels {
                match (spec.sample_format, spec.bits_per_sample) {
                    (SampleFormat::Float, _) => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
                    (_, 8) => writer.write_sample(i32::from(sample >> 8)).unwrap(),
                    (_, bits) => writer.write_sample(i32::from(sample) << (bits - 16)).unwrap(),
                }
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_usual_kind_keeps_its_tone_and_gets_the_level() {
        for sample_rate in [8_000, 16_000, 22_050, 44_100, 48_000] {
            for (bits_per_sample, sample_format) in [
                (8, SampleFormat::Int),
                (16, SampleFormat::Int),
                (24, SampleFormat::Int),
                (32, SampleFormat::Int),
                (32, SampleFormat::Float),
            ] {
                for channels in [1, 2] {
                    let spec = WavSpec { channels, sample_rate, bits_per_sample, sample_format };
                    let clip = read(Cursor::new(file(spec, 697.0))).unwrap();
                    assert_eq!(clip.len(), 8_000, "{spec:?}");
                    assert!((tone::dominant(clip.samples(), 8_000) - 697.0).abs() < 1.0, "{spec:?}");
                    let loud = tone::measure(clip.samples(), 8_000, 697.0);
                    assert!((loud - level::SPEECH).abs() < 0.5, "{spec:?}: {loud}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        let spec = WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let good = file(spec, 440.0);
        assert!(read(Cursor::new(&good)).is_ok());
        let patched = |at: usize, bytes: &[u8]| {
            let mut bad = good.clone();
            bad[at..at + bytes.len()].copy_from_slice(bytes);
            bad
        };
        let mut silent = good.clone();
        silent[44..].fill(0);
        for (what, bad) in [
            ("nothing", Vec::new()),
            ("no WAV", b"ID3\x04 this is something else entirely, and long enough".to_vec()),
            ("broken off", good[..good.len() / 2].to_vec()),
            ("silence", silent),
            ("no channels", patched(22, &[0, 0])),
            ("no rate", patched(24, &[0, 0, 0, 0])),
            ("no bits", patched(34, &[0, 0])),
        ] {
            assert!(read(Cursor::new(bad)).is_err(), "{what}");
        }
        // Whatever byte of the head is wrong, it is an error or a clip, never a panic.
        for at in 0..44 {
            for byte in [0, 1, 0x7F, 0xFF] {
                let _ = read(Cursor::new(patched(at, &[byte])));
            }
        }
    }
}
