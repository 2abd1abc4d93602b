//! WAV of any usual kind, brought to 8 kHz mono.

use ringdesk_audio::{Clip, level, resample};
use std::io::Read;

/// Read PCM of 8 to 32 bits or float, any rate and channel count, and normalise it to the level of speech.
pub(crate) fn read(source: impl Read) -> Result<Clip, String> {
    let mut reader = hound::WavReader::new(source).map_err(|e| e.to_string())?;
    let spec = reader.spec();
    if !(4_000..=192_000).contains(&spec.sample_rate) || !(1..=8).contains(&spec.channels) {
        return Err(format!("{} Hz with {} channels is not usable", spec.sample_rate, spec.channels));
    }
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map_while(Result::ok).map(|s| s * 32_767.0).collect(),
        hound::SampleFormat::Int => {
            let scale = 32_768.0 / (1u64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map_while(Result::ok).map(|s| s as f32 * scale).collect()
        }
    };
    let channels = usize::from(spec.channels);
    let mono: Vec<i16> = samples
        .chunks(channels)
        .map(|frame| (frame.iter().sum::<f32>() / channels as f32).clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    let mut mono = resample::resample(&mono, spec.sample_rate, ringdesk_audio::RATE);
    level::normalise(&mut mono, level::SPEECH);
    Ok(Clip::new(mono))
}

/// 8 kHz mono, 16 bits.
pub(crate) fn write(clip: &Clip, path: &std::path::Path) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: ringdesk_audio::RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in clip.samples() {
        writer.write_sample(*sample)?;
    }
    writer.finalize()
}
