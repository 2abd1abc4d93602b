//! MP3, Vorbis and AAC, through `symphonia`: decoders in safe Rust.

use super::{Kind, LONGEST, Listener, SoundFault, to_i16};
use std::io::Cursor;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia::default::codecs::{AacDecoder, MpaDecoder, VorbisDecoder};
use symphonia::default::formats::{IsoMp4Reader, MpaReader, OggReader};

/// Packets that cannot be decoded, in a row or not: a scratch is heard over, a file of rubbish is not.
const SCRATCHES: u32 = 8;

pub(super) fn read(bytes: &[u8], kind: Kind) -> Result<Listener, SoundFault> {
    if kind == Kind::Mp4Aac && !has_whole_boxes(bytes) {
        return Err(SoundFault::BrokenOff);
    }
    let file = Cursor::new(bytes);
    let source: Box<dyn MediaSource + '_> = match kind {
        Kind::OggVorbis | Kind::Mp4Aac => Box::new(file),
        // Whoever can seek guesses how long an MP3 is by its first bit rate, and cuts it off there.
        _ => Box::new(ReadOnlySource::new(file)),
    };
    let source = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let options = FormatOptions::default();
    let mut reader: Box<dyn FormatReader + '_> = match kind {
        Kind::OggVorbis => Box::new(OggReader::try_new(source, options).map_err(fault)?),
        Kind::Mp4Aac => Box::new(IsoMp4Reader::try_new(source, options).map_err(fault)?),
        _ => Box::new(MpaReader::try_new(source, options).map_err(fault)?),
    };
    let nothing = || SoundFault::Damaged("no sound in it".into());
    let track = reader.default_track(TrackType::Audio).ok_or_else(nothing)?;
    let (id, told) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(nothing)?.clone();
    let options = AudioDecoderOptions::default();
    let mut decoder: Box<dyn AudioDecoder> = match kind {
        Kind::OggVorbis => Box::new(VorbisDecoder::try_new(&params, &options).map_err(fault)?),
        Kind::Mp4Aac if params.codec != CODEC_ID_AAC => return Err(SoundFault::UnknownKind("this kind of MP4")),
        Kind::Mp4Aac => Box::new(AacDecoder::try_new(&params, &options).map_err(fault)?),
        _ => Box::new(MpaDecoder::try_new(&params, &options).map_err(fault)?),
    };
    if let (Some(frames), Some(rate)) = (told, params.sample_rate)
        && frames > u64::from(rate) * u64::from(LONGEST)
    {
        return Err(SoundFault::TooLong);
    }
    let (mut listener, mut scratches, mut samples) = (None::<Listener>, 0, Vec::<f32>::new());
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => packet,
            Ok(Some(_)) => continue,
            Ok(None) => break,
            Err(Error::IoError(end)) if end.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(other) => return Err(fault(other)),
        };
        match decoder.decode(&packet) {
            Ok(sound) if sound.frames() > 0 => {
                let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count() as u32);
                let listener = match &mut listener {
                    Some(listener) => listener,
                    None => listener.insert(Listener::new(rate, channels)?),
                };
                if (listener.rate, listener.channels) != (rate, channels) {
                    return Err(SoundFault::Damaged("its rate changes".into()));
                }
                sound.copy_to_vec_interleaved(&mut samples);
                listener.hear(samples.iter().copied().map(to_i16))?;
            }
            Ok(_) => {}
            Err(Error::DecodeError(why)) => {
                scratches += 1;
                if scratches > SCRATCHES {
                    return Err(SoundFault::Damaged(why.into()));
                }
            }
            Err(other) => return Err(fault(other)),
        }
    }
    let listener = listener.ok_or_else(|| SoundFault::Damaged("no sound in it".into()))?;
    match told {
        // Of an MP3 without a table of contents nobody knows how long it should be.
        Some(told) if listener.frames + u64::from(listener.rate) / 10 < told => Err(SoundFault::BrokenOff),
        _ => Ok(listener),
    }
}

fn fault(fault: Error) -> SoundFault {
    match fault {
        Error::IoError(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => SoundFault::BrokenOff,
        other => SoundFault::Damaged(other.to_string()),
    }
}

/// Its outermost boxes (ISO 14496-12 §4.2) fill the file to its end. A recorder writes a box for each piece of sound, and says nowhere how
/// many there will be: what breaks off within one is heard of by nobody else.
fn has_whole_boxes(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [a, b, c, d, _, _, _, _, body @ ..] = rest {
        let size = match (u32::from_be_bytes([*a, *b, *c, *d]), body) {
            // To the end of the file.
            (0, _) => return true,
            (1, long) => match long.first_chunk::<8>() {
                Some(size) => usize::try_from(u64::from_be_bytes(*size)).unwrap_or(usize::MAX).max(16),
                None => return false,
            },
            (size, _) => usize::try_from(size).unwrap_or(usize::MAX).max(8),
        };
        match rest.get(size..) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    rest.is_empty()
}
