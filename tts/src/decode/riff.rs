//! WAV: PCM of 8 to 32 bits, float, and the two laws of G.711, which telephone systems like to export.

use super::{Listener, SoundFault, to_i16};
use ringdesk_audio::g711;
use std::io::Cursor;

/// Formats of the `fmt ` chunk (RFC 2361).
const ALAW: u16 = 6;
const ULAW: u16 = 7;

pub(super) fn read(bytes: &[u8]) -> Result<Listener, SoundFault> {
    if let Some(form) = g711_form(bytes) {
        return g711(bytes, form);
    }
    let mut reader = hound::WavReader::new(Cursor::new(bytes)).map_err(fault)?;
    let spec = reader.spec();
    let mut listener = Listener::new(spec.sample_rate, u32::from(spec.channels))?;
    let frames = 1_024 * usize::from(spec.channels);
    let mut part = Vec::with_capacity(frames);
    match (spec.sample_format, spec.bits_per_sample) {
        (hound::SampleFormat::Float, 32) => {
            for sample in reader.samples::<f32>() {
                keep(&mut listener, &mut part, frames, to_i16(sample.map_err(fault)?))?;
            }
        }
        (hound::SampleFormat::Int, bits @ 8..=32) => {
            let down = bits.saturating_sub(16);
            for sample in reader.samples::<i32>() {
                let sample = sample.map_err(fault)?;
                let sample = if bits < 16 { sample << (16 - bits) } else { sample >> down };
                keep(&mut listener, &mut part, frames, sample.clamp(-32_768, 32_767) as i16)?;
            }
        }
        (_, bits) => return Err(SoundFault::Damaged(format!("samples of {bits} bits"))),
    }
    listener.hear(part.drain(..))?;
    Ok(listener)
}

fn keep(listener: &mut Listener, part: &mut Vec<i16>, frames: usize, sample: i16) -> Result<(), SoundFault> {
    part.push(sample);
    if part.len() == frames { listener.hear(part.drain(..)) } else { Ok(()) }
}

fn fault(fault: hound::Error) -> SoundFault {
    match fault {
        hound::Error::IoError(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => SoundFault::BrokenOff,
        hound::Error::IoError(fault) if fault.to_string().contains("enough bytes") => SoundFault::BrokenOff,
        other => SoundFault::Damaged(other.to_string()),
    }
}

struct G711 {
    ulaw: bool,
    channels: u16,
    rate: u32,
}

/// `None`: another format, for the library to read, or to say what is wrong with it.
fn g711_form(bytes: &[u8]) -> Option<G711> {
    let fmt = chunk(bytes, b"fmt ")?;
    let two = |at: usize| fmt.bytes.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let format = two(0)?;
    let rate = fmt.bytes.get(4..8).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))?;
    (format == ALAW || format == ULAW).then_some(G711 { ulaw: format == ULAW, channels: two(2)?, rate })
}

fn g711(bytes: &[u8], form: G711) -> Result<Listener, SoundFault> {
    let data = chunk(bytes, b"data").ok_or(SoundFault::BrokenOff)?;
    if !data.whole {
        return Err(SoundFault::BrokenOff);
    }
    let mut listener = Listener::new(form.rate, u32::from(form.channels))?;
    let linear = |code: &u8| if form.ulaw { g711::ulaw_decode(*code) } else { g711::alaw_decode(*code) };
    for part in data.bytes.chunks(4_096) {
        listener.hear(part.iter().map(linear))?;
    }
    Ok(listener)
}

struct Chunk<'a> {
    bytes: &'a [u8],
    /// As long as it says.
    whole: bool,
}

fn chunk<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<Chunk<'a>> {
    let mut rest = bytes.get(12..)?;
    loop {
        let (head, after) = rest.split_at_checked(8)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if head.starts_with(name) {
            return Some(Chunk { bytes: &after[..length.min(after.len())], whole: length <= after.len() });
        }
        rest = after.get(length + (length & 1)..)?;
    }
}
