//! WAV: a header that is known beforehand, and samples.

use ringdesk_audio::RATE;
use std::io::{self, Write};

const CHANNELS: u16 = 2;
const FRAME: u32 = 4;
const HEADER: u32 = 44;

pub(super) fn header(out: &mut impl Write, samples: u64) -> io::Result<()> {
    let data = u32::try_from(samples * u64::from(FRAME)).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut header = Vec::with_capacity(HEADER as usize);
    header.extend(b"RIFF");
    header.extend((data + HEADER - 8).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    header.extend(1u16.to_le_bytes()); // PCM
    header.extend(CHANNELS.to_le_bytes());
    header.extend(RATE.to_le_bytes());
    header.extend((RATE * FRAME).to_le_bytes());
    header.extend((FRAME as u16).to_le_bytes());
    header.extend(16u16.to_le_bytes());
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    out.write_all(&header)
}

pub(super) fn samples(out: &mut impl Write, left: &[i16], right: &[i16]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(left.len() * FRAME as usize);
    for (l, r) in left.iter().zip(right) {
        bytes.extend(l.to_le_bytes());
        bytes.extend(r.to_le_bytes());
    }
    out.write_all(&bytes)
}
