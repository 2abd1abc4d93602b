//! Makes what people hear: the packets of a log, decoded, each at its time, caller left and everybody else right.
//!
//! Done when the call is over, by whoever has time. The log is read twice: once for what has to be known before the first
//! packet (who is where, where nothing may be heard, how long it is), once for the sound. A call of any length takes the
//! same few megabytes. The same log gives the same bytes each time.

pub(crate) mod decode;
mod ogg_opus;
mod placing;
mod stage;
#[cfg(test)]
mod tests;
mod wav;

use crate::file::{FileError, SealedWriter};
use crate::gap::Gap;
use crate::keys::{LogKey, RecordingKey};
use crate::log::Entry;
use crate::peaks::Peaks;
use crate::read::{Found, Reader};
use crate::verify::{Verdict, survey};
use ring::digest::{Context, SHA256};
use ringdesk_audio::RATE;
use serde::{Deserialize, Serialize};
use stage::Stage;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// A call that lasts longer was not hung up; a WAV of it would not fit its own header.
pub const LONGEST: Duration = Duration::from_secs(24 * 3_600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Opus in Ogg (RFC 7845), two streams that know nothing of each other: a stereo encoder mixes the sides when one of
    /// them is silent.
    Ogg,
    /// 16 bit, 8 kHz, stereo.
    Wav,
}

impl Format {
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Ogg => "audio/ogg; codecs=opus",
            Format::Wav => "audio/wav",
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Ogg => "ogg",
            Format::Wav => "wav",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the log has nothing that can be read")]
    Nothing,
    #[error("the log spans {0:?}, more than a file can hold")]
    TooLong(Duration),
    #[error("the encoder refused: {0}")]
    Encoder(#[from] opus::Error),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What was heard while a log was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    pub verdict: Verdict,
    /// Of the sound; a frame longer than the log at most.
    pub duration_ms: i64,
    /// Everything that is missing, also what only the packets tell. Each instant of each side was heard or is in here.
    pub gaps: Vec<Gap>,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub format: Format,
    pub played: Played,
    /// Of the file as people get it, before it was sealed.
    pub bytes: u64,
    pub sha256: [u8; 32],
    pub peaks: Peaks,
}

/// Takes the sound: left and right, equally long, at [`RATE`].
pub type Listener<'a> = dyn FnMut(&[i16], &[i16]) -> Result<(), RenderError> + 'a;

/// Play a log to a listener: an encoder, a recogniser.
pub fn play<R: Read + Seek>(key: &LogKey, mut log: R, listener: &mut Listener<'_>) -> Result<Played, RenderError> {
    let start = log.stream_position()?;
    let (plan, stage) = plan(key, &mut log)?;
    log.seek(io::SeekFrom::Start(start))?;
    run(key, log, plan, stage, listener)
}

/// Make a file of a log.
pub fn render<R: Read + Seek, W: Write>(
    key: &LogKey,
    mut log: R,
    format: Format,
    out: W,
) -> Result<(Rendered, W), RenderError> {
    let start = log.stream_position()?;
    let (plan, stage) = plan(key, &mut log)?;
    log.seek(io::SeekFrom::Start(start))?;
    let mut out = Counted { to: out, sum: Context::new(&SHA256), bytes: 0 };
    let mut peaks = Peaks::default();
    let played = match format {
        Format::Wav => {
            wav::header(&mut out, stage.samples())?;
            run(key, log, plan, stage, &mut |left, right| {
                peaks.add(left, right);
                Ok(wav::samples(&mut out, left, right)?)
            })?
        }
        Format::Ogg => {
            let mut file = ogg_opus::OggOpus::new(&mut out, key.recording(), stage.samples())?;
            let played = run(key, log, plan, stage, &mut |left, right| {
                peaks.add(left, right);
                file.put(left, right)
            })?;
            file.finish()?;
            played
        }
    };
    peaks.finish();
    out.flush()?;
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(out.sum.finish().as_ref());
    Ok((Rendered { format, played, bytes: out.bytes, sha256, peaks }, out.to))
}

/// Make a sealed file of a log. It is there whole, durable and under its name, or not at all.
pub fn render_file(key: &RecordingKey, log: &Path, format: Format, out: &Path) -> Result<Rendered, RenderError> {
    let log = BufReader::with_capacity(64 * 1_024, File::open(log)?);
    write_whole(out, |file| {
        let (rendered, sealed) = render(&key.log(), log, format, SealedWriter::new(key, file)?)?;
        Ok((rendered, sealed.finish()?))
    })
}

/// Write beside, make durable, and only then take the name.
pub(crate) fn write_whole<T, E: From<io::Error>>(
    out: &Path,
    write: impl FnOnce(File) -> Result<(T, File), E>,
) -> Result<T, E> {
    let mut part = out.as_os_str().to_os_string();
    part.push(".part");
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    let written = write(file).and_then(|(made, file)| {
        file.sync_all()?;
        fs::rename(&part, out)?;
        if let Some(folder) = out.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(made)
    });
    if written.is_err() {
        // It is worth nothing, and the next attempt would overwrite it anyway.
        let _ = fs::remove_file(&part);
    }
    written
}

fn plan<R: Read>(key: &LogKey, log: R) -> Result<(Verdict, Stage), RenderError> {
    let (verdict, outline) = survey(key, log, None)?;
    if verdict.blocks == 0 {
        return Err(RenderError::Nothing);
    }
    let span = outline.sound_to.since(verdict.started_at);
    if span > LONGEST {
        return Err(RenderError::TooLong(span));
    }
    let stage = Stage::new(verdict.started_at, outline);
    Ok((verdict, stage))
}

fn run<R: Read>(
    key: &LogKey,
    log: R,
    verdict: Verdict,
    mut stage: Stage,
    listener: &mut Listener<'_>,
) -> Result<Played, RenderError> {
    let mut reader = Reader::new(key, log);
    while let Some(found) = reader.next()? {
        // What is wrong with the log was found out before.
        let Found::Block(block) = found else { continue };
        let packets = block.entries.into_iter().filter_map(|e| if let Entry::Packet(p) = e { Some(p) } else { None });
        stage.take(block.from, packets.collect(), listener)?;
    }
    let duration_ms = (stage.samples() * 1_000).div_ceil(u64::from(RATE)) as i64;
    let gaps = stage.finish(listener)?;
    Ok(Played { verdict, duration_ms, gaps })
}

/// Counts and hashes what passes.
struct Counted<W> {
    to: W,
    sum: Context,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.sum.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
