//! Sound that somebody uploads, from the studio, a music shop or a browser's microphone, brought to what a caller hears:
//! 8 kHz, mono, at the level of speech. What it is, its content says; a name or a type that came along counts for nothing.
//!
//! Nothing of it is believed: sizes, rates and lengths are bounded before they cost memory, and whatever is wrong is a
//! [`SoundFault`], never a panic. A file that breaks off is refused, not shortened.
//!
//! Reading order: [`decode`], [`Listener`], then the kinds: [`riff`] (WAV), [`coded`] (MP3, Vorbis, AAC), [`ogg_opus`], [`webm`].

mod coded;
mod ogg_opus;
mod opus_stream;
mod riff;
mod webm;

#[cfg(test)]
mod tests;

use ringdesk_audio::resample::Resampler;
use ringdesk_audio::{Clip, RATE, level};
use std::time::Duration;

/// Bytes of an upload: a quarter of an hour of MP3, a minute and a half of the best WAV.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest sound, in seconds: nobody listens to a longer prompt.
pub const LONGEST: u32 = 900;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Wav,
    Mp3,
    OggVorbis,
    OggOpus,
    WebmOpus,
    /// What Safari and telephones record: AAC in MP4.
    Mp4Aac,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Wav => "wav",
            Kind::Mp3 => "mp3",
            Kind::OggVorbis => "ogg_vorbis",
            Kind::OggOpus => "ogg_opus",
            Kind::WebmOpus => "webm_opus",
            Kind::Mp4Aac => "mp4_aac",
        }
    }
}

/// Why an upload is no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoundFault {
    #[error("the file is empty")]
    Empty,
    #[error("the file has more than {} MB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    /// What it seems to be.
    #[error("{0} is not taken: WAV, MP3, M4A (AAC), Ogg (Vorbis, Opus) and WebM (Opus) are")]
    UnknownKind(&'static str),
    #[error("the file breaks off")]
    BrokenOff,
    #[error("the file cannot be read: {0}")]
    Damaged(String),
    #[error("it lasts longer than {} minutes", LONGEST / 60)]
    TooLong,
    #[error("{0} Hz is no usual rate")]
    Rate(u32),
    #[error("{0} channels are not one or two")]
    Channels(u32),
    #[error("there is nothing to hear in it")]
    Silent,
}

impl SoundFault {
    /// For programs.
    pub const fn code(&self) -> &'static str {
        match self {
            SoundFault::Empty => "empty",
            SoundFault::TooLarge => "too_large",
            SoundFault::UnknownKind(_) => "unknown_kind",
            SoundFault::BrokenOff => "broken_off",
            SoundFault::Damaged(_) => "damaged",
            SoundFault::TooLong => "too_long",
            SoundFault::Rate(_) => "rate",
            SoundFault::Channels(_) => "channels",
            SoundFault::Silent => "silent",
        }
    }
}

/// What became of an upload.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub clip: Clip,
    pub kind: Kind,
    /// As it came.
    pub rate: u32,
    pub channels: u32,
    /// By how much it was made louder, dB.
    pub gain: f32,
}

impl Decoded {
    pub fn duration(&self) -> Duration {
        self.clip.duration()
    }
}

/// Read it to its end. Takes processor time in proportion to the sound; off the threads that serve others, please.
pub fn decode(bytes: &[u8]) -> Result<Decoded, SoundFault> {
    if bytes.is_empty() {
        return Err(SoundFault::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(SoundFault::TooLarge);
    }
    let kind = sniff(bytes)?;
    let heard = match kind {
        Kind::Wav => riff::read(bytes)?,
        Kind::Mp3 | Kind::OggVorbis | Kind::Mp4Aac => coded::read(bytes, kind)?,
        Kind::OggOpus => ogg_opus::read(bytes)?,
        Kind::WebmOpus => webm::read(bytes)?,
    };
    let (rate, channels) = (heard.rate, heard.channels);
    let mut mono = heard.end();
    if level::peak(&mono) <= level::SILENCE {
        return Err(SoundFault::Silent);
    }
    let gain = level::normalise(&mut mono, level::SPEECH);
    Ok(Decoded { clip: Clip::new(mono), kind, rate, channels, gain })
}

/// What the content says that it is.
fn sniff(bytes: &[u8]) -> Result<Kind, SoundFault> {
    let at = |offset: usize, mark: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    let ogg = |mark: &[u8]| {
        // The first packet stands behind the first page's table.
        let table = usize::from(bytes.get(26).copied().unwrap_or(0));
        at(27 + table, mark)
    };
    match () {
        () if at(0, b"RIFF") && at(8, b"WAVE") => Ok(Kind::Wav),
        () if at(0, b"OggS") && ogg(b"OpusHead") => Ok(Kind::OggOpus),
        () if at(0, b"OggS") && ogg(b"\x01vorbis") => Ok(Kind::OggVorbis),
        () if at(0, b"OggS") => Err(SoundFault::UnknownKind("this kind of Ogg")),
        () if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) => Ok(Kind::WebmOpus),
        () if at(0, b"ID3") || is_mpeg_layer_3(bytes) => Ok(Kind::Mp3),
        () if at(0, b"fLaC") => Err(SoundFault::UnknownKind("FLAC")),
        () if at(4, b"ftyp") => Ok(Kind::Mp4Aac),
        () if at(0, b"FORM") => Err(SoundFault::UnknownKind("AIFF")),
        () => Err(SoundFault::UnknownKind("this")),
    }
}

/// A frame's head (ISO 11172-3 §2.4.2.3): eleven ones, a version, layer III, a bit rate and a sampling rate that exist.
fn is_mpeg_layer_3(bytes: &[u8]) -> bool {
    let [first, second, third, ..] = bytes else { return false };
    *first == 0xFF
        && second & 0xE6 == 0xE2
        && second & 0x18 != 0x08
        && third & 0xF0 != 0xF0
        && third & 0xF0 != 0
        && third & 0x0C != 0x0C
}

/// Hears samples of any rate, interleaved, and keeps them as 8 kHz mono.
struct Listener {
    rate: u32,
    channels: u32,
    resampler: Option<Resampler>,
    /// Of the filter's start: not sound yet.
    skip: usize,
    mixed: Vec<i16>,
    kept: Vec<i16>,
    /// Frames heard, at their own rate.
    frames: u64,
}

impl Listener {
    fn new(rate: u32, channels: u32) -> Result<Listener, SoundFault> {
        // Every rate that machines record at is a multiple of 25; the filter for another one would be huge.
        if !(4_000..=192_000).contains(&rate) || !rate.is_multiple_of(25) {
            return Err(SoundFault::Rate(rate));
        }
        if !(1..=2).contains(&channels) {
            return Err(SoundFault::Channels(channels));
        }
        let resampler = (rate != RATE).then(|| Resampler::new(rate, RATE));
        let skip = resampler.as_ref().map_or(0, |r| (r.delay() as u64 * u64::from(RATE) / u64::from(rate)) as usize);
        Ok(Listener { rate, channels, resampler, skip, mixed: Vec::new(), kept: Vec::new(), frames: 0 })
    }

    /// Interleaved; whole frames.
    fn hear(&mut self, samples: impl Iterator<Item = i16>) -> Result<(), SoundFault> {
        self.mixed.clear();
        if self.channels == 1 {
            self.mixed.extend(samples);
        } else {
            let mut samples = samples;
            while let (Some(left), Some(right)) = (samples.next(), samples.next()) {
                self.mixed.push(((i32::from(left) + i32::from(right)) / 2) as i16); // between the two, so it fits
            }
        }
        self.frames += self.mixed.len() as u64;
        if self.frames > u64::from(self.rate) * u64::from(LONGEST) {
            return Err(SoundFault::TooLong);
        }
        match &mut self.resampler {
            Some(resampler) => resampler.process(&self.mixed, &mut self.kept),
            None => self.kept.extend_from_slice(&self.mixed),
        }
        Ok(())
    }

    /// As long as it was, to the sample.
    fn end(mut self) -> Vec<i16> {
        let wanted = (self.frames * u64::from(RATE)).div_ceil(u64::from(self.rate)) as usize;
        if let Some(resampler) = &mut self.resampler {
            resampler.process(&vec![0; resampler.delay() * 2 + self.rate as usize / RATE as usize + 2], &mut self.kept);
        }
        self.kept.drain(..self.skip.min(self.kept.len()));
        self.kept.truncate(wanted);
        self.kept
    }
}

/// A float sample as an integer one.
fn to_i16(sample: f32) -> i16 {
    // A NaN becomes 0.
    (sample * 32_767.0).round() as i16
}
