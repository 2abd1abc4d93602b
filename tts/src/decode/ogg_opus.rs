//! Opus in Ogg (RFC 7845): Firefox's MediaRecorder, and every encoder.

use super::opus_stream::{Head, OpusStream};
use super::{Listener, SoundFault};
use ogg::{OggReadError, PacketReader};
use std::io::Cursor;

pub(super) fn read(bytes: &[u8]) -> Result<Listener, SoundFault> {
    let mut packets = PacketReader::new(Cursor::new(bytes));
    let mut stream: Option<(u32, Head, OpusStream)> = None;
    let (mut seen, mut until, mut ended) = (0u64, None, false);
    while let Some(packet) = packets.read_packet().map_err(fault)? {
        match &mut stream {
            None => {
                let head = Head::read(&packet.data)?;
                let opus = OpusStream::new(&head)?;
                stream = Some((packet.stream_serial(), head, opus));
            }
            // Whatever is woven in, or follows, is not this sound.
            Some((serial, ..)) if *serial != packet.stream_serial() => continue,
            Some((_, _, opus)) if seen > 1 => opus.packet(&packet.data)?,
            Some(_) if packet.data.starts_with(b"OpusTags") => {}
            Some(_) => return Err(SoundFault::Damaged("no OpusTags".into())),
        }
        seen += 1;
        if packet.last_in_stream() {
            (until, ended) = (Some(packet.absgp_page()), true);
            break;
        }
    }
    match stream {
        Some((_, head, opus)) if ended => opus.end(&head, until),
        _ => Err(SoundFault::BrokenOff),
    }
}

fn fault(fault: OggReadError) -> SoundFault {
    match fault {
        OggReadError::ReadError(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => SoundFault::BrokenOff,
        other => SoundFault::Damaged(other.to_string()),
    }
}
