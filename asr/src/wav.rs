//! Clips as WAV: the one form of sound that every engine takes.

use crate::engine::{Clip16k, RATE};
use ringdesk_audio::resample::resample;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The longest file that is read: ten minutes at 48 kHz.
const MOST_SAMPLES: u32 = 48_000 * 600;

/// 16 kHz, mono, 16 bits.
pub fn write(clip: &Clip16k) -> Vec<u8> {
    let length = clip.samples().len() as u32 * 2;
    let mut wav = Vec::with_capacity(44 + length as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + length).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&(RATE * 2).to_le_bytes());
    wav.extend_from_slice(b"\x02\0\x10\0data");
    wav.extend_from_slice(&length.to_le_bytes());
    wav.extend(clip.samples().iter().flat_map(|s| s.to_le_bytes()));
    wav
}

/// The first channel of a file of 16 bits, at any rate.
pub fn read(file: &Path) -> Result<Clip16k, hound::Error> {
    read_from(BufReader::new(File::open(file)?))
}

/// The same, from whatever gives its bytes.
pub fn read_from(source: impl Read) -> Result<Clip16k, hound::Error> {
    let wav = hound::WavReader::new(source)?;
    let spec = wav.spec();
    if spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int || wav.duration() > MOST_SAMPLES {
        return Err(hound::Error::Unsupported);
    }
    let samples: Result<Vec<i16>, _> = wav.into_samples().step_by(usize::from(spec.channels)).collect();
    Ok(Clip16k::new(resample(&samples?, spec.sample_rate, RATE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let clip = Clip16k::new((0..4_000i16).collect::<Vec<_>>());
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.wav");
        std::fs::write(&file, write(&clip)).unwrap();
        assert!(read(&file).unwrap() == clip);
        std::fs::write(&file, b"RIFF....WAVE").unwrap();
        assert!(read(&file).is_err());
    }
}
