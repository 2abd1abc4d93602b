//! Opus in Ogg (RFC 7845), channel mapping family 255: two mono streams side by side, uncoupled.
//!
//! A packet of it is one packet per stream, all but the last with their length (RFC 6716 appendix B).

use super::RenderError;
use ogg::{PacketWriteEndInfo, PacketWriter};
use opus::{Application, Bitrate, Channels, Encoder, Signal};
use ringdesk_audio::RATE;
use ringdesk_model::RecordingId;
use std::io::Write;

/// 20 ms.
const FRAME: usize = 160;
/// Positions in the file count at 48 kHz whatever the sound's own rate is (RFC 7845 §4).
const TO_48: u64 = 48_000 / RATE as u64;
/// A page per second: a player that jumps finds its place.
const PAGE: u64 = 50;
/// Per side. Speech of the telephone loses nothing that is heard.
const BITRATE: i32 = 12_000;
/// Of 10. Telephone speech at this rate gains little from more, and 2 already costs half as much again.
const COMPLEXITY: i32 = 1;
/// RFC 6716 §3.4 R2: no frame is longer.
const LONGEST_FRAME: usize = 1_275;

pub(super) struct OggOpus<W: Write> {
    out: PacketWriter<'static, W>,
    serial: u32,
    sides: [Side; 2],
    skip: u64,
    samples: u64,
    frames: u64,
}

struct Side {
    encoder: Encoder,
    waiting: Vec<i16>,
}

impl<W: Write> OggOpus<W> {
    pub(super) fn new(out: W, recording: RecordingId, samples: u64) -> Result<Self, RenderError> {
        let mut sides = [Side::new()?, Side::new()?];
        let skip = u64::from(sides[0].encoder.get_lookahead()?.unsigned_abs()) * TO_48;
        // Any number will do (RFC 3533); this one is the same each time.
        let serial = recording.0.as_bytes().iter().fold(0u32, |n, b| n.wrapping_mul(31).wrapping_add(u32::from(*b)));
        let mut file = OggOpus { out: PacketWriter::new(out), serial, sides, skip, samples, frames: 0 };
        let mut head = b"OpusHead\x01\x02".to_vec();
        head.extend((skip as u16).to_le_bytes());
        head.extend(RATE.to_le_bytes());
        head.extend([0, 0, 255, 2, 0, 0, 1]); // no gain; family 255, two streams, none coupled, left and right
        file.out.write_packet(head, serial, PacketWriteEndInfo::EndPage, 0)?;
        let mut tags = b"OpusTags\x08\0\0\0ringdesk".to_vec();
        tags.extend([0; 4]);
        file.out.write_packet(tags, serial, PacketWriteEndInfo::EndPage, 0)?;
        Ok(file)
    }

    pub(super) fn put(&mut self, left: &[i16], right: &[i16]) -> Result<(), RenderError> {
        self.sides[0].waiting.extend_from_slice(left);
        self.sides[1].waiting.extend_from_slice(right);
        self.encode(false)
    }

    /// What the encoders still hold back.
    pub(super) fn finish(mut self) -> Result<(), RenderError> {
        let missing = self.last_frame() - self.frames;
        for side in &mut self.sides {
            side.waiting.resize(missing as usize * FRAME, 0);
        }
        self.encode(true)
    }

    /// How many frames the sound and the encoder's delay take; an empty file has one.
    fn last_frame(&self) -> u64 {
        (self.samples + self.skip.div_ceil(TO_48)).div_ceil(FRAME as u64).max(1)
    }

    fn encode(&mut self, to_the_end: bool) -> Result<(), RenderError> {
        let ready = self.sides[0].waiting.len() / FRAME;
        // The last frame says that it is the last: it waits for the end.
        let many = if to_the_end { ready } else { ready.min((self.last_frame() - 1 - self.frames) as usize) };
        for i in 0..many {
            let [left, right] = &mut self.sides;
            let mut packet = with_length(left.frame(i)?);
            packet.extend(right.frame(i)?);
            self.frames += 1;
            let last = to_the_end && i + 1 == many;
            let end = match last {
                true => PacketWriteEndInfo::EndStream,
                false if self.frames.is_multiple_of(PAGE) => PacketWriteEndInfo::EndPage,
                false => PacketWriteEndInfo::NormalPacket,
            };
            // The end cuts off what only fills the last frame (RFC 7845 §4.4).
            let whole = self.frames * FRAME as u64 * TO_48;
            let position = if last { self.skip + self.samples * TO_48 } else { whole };
            self.out.write_packet(packet, self.serial, end, position)?;
        }
        for side in &mut self.sides {
            side.waiting.drain(..many * FRAME);
        }
        Ok(())
    }
}

impl Side {
    fn new() -> Result<Side, RenderError> {
        let mut encoder = Encoder::new(RATE, Channels::Mono, Application::Voip)?;
        encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
        encoder.set_complexity(COMPLEXITY)?;
        encoder.set_signal(Signal::Voice)?;
        Ok(Side { encoder, waiting: Vec::new() })
    }

    fn frame(&mut self, index: usize) -> Result<Vec<u8>, RenderError> {
        Ok(self.encoder.encode_vec(&self.waiting[index * FRAME..(index + 1) * FRAME], LONGEST_FRAME + 1)?)
    }
}

/// A packet of one frame (code 0), with the frame's length after its first byte.
fn with_length(packet: Vec<u8>) -> Vec<u8> {
    debug_assert!(packet.first().is_some_and(|toc| toc & 3 == 0), "20 ms are one frame");
    let frame = packet.len() - 1;
    let mut out = Vec::with_capacity(packet.len() + 2);
    out.push(packet[0]);
    // RFC 6716 §3.2.1
    if frame < 252 {
        out.push(frame as u8);
    } else {
        let first = 252 + (frame & 3);
        out.extend([first as u8, ((frame - first) / 4) as u8]);
    }
    out.extend_from_slice(&packet[1..]);
    out
}
