//! Opus in WebM: what Chromium's MediaRecorder makes. A tree of elements with sizes in front (RFC 8794); a recorder that does
//! not know yet how much will come says that the size is unknown, and clusters follow until the end of the file.
//!
//! The tree is read as one line: of an element that holds others only the head is taken, so nothing of it nests.

use super::opus_stream::{Head, OpusStream};
use super::{Listener, SoundFault};

const EBML: u32 = 0x1A45_DFA3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const CODEC: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63A2;
const CLUSTER: u32 = 0x1F43_B675;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const SIMPLE_BLOCK: u32 = 0xA3;

/// What is known of the track whose description is being read.
#[derive(Default)]
struct Track<'a> {
    number: Option<u64>,
    codec: Option<&'a [u8]>,
    head: Option<&'a [u8]>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Listener, SoundFault> {
    let (mut rest, mut track, mut heard) = (bytes, Track::default(), None::<(u64, Head, OpusStream)>);
    while !rest.is_empty() {
        let (id, size, after) = element(rest)?;
        if matches!(id, EBML | SEGMENT | TRACKS | TRACK | CLUSTER | BLOCK_GROUP) {
            if id == TRACK {
                track = Track::default();
            }
            rest = after;
            continue;
        }
        let size = size.ok_or_else(|| damaged("an element of unknown size"))?;
        let (content, next) = after.split_at_checked(size).ok_or(SoundFault::BrokenOff)?;
        rest = next;
        match id {
            DOC_TYPE if content != b"webm" && content != b"matroska" => {
                return Err(SoundFault::UnknownKind("this kind of EBML"));
            }
            TRACK_NUMBER => track.number = Some(number(content)?),
            CODEC => track.codec = Some(content),
            CODEC_PRIVATE => track.head = Some(content),
            BLOCK | SIMPLE_BLOCK => {
                if let Some((ours, _, opus)) = &mut heard {
                    block(content, *ours, opus)?;
                } else {
                    return Err(SoundFault::UnknownKind("WebM without Opus"));
                }
            }
            _ => {}
        }
        if let (None, Track { number: Some(number), codec: Some(b"A_OPUS"), head: Some(head) }) = (&heard, &track) {
            let head = Head::read(head)?;
            let opus = OpusStream::new(&head)?;
            heard = Some((*number, head, opus));
        }
    }
    match heard {
        Some((_, head, opus)) => opus.end(&head, None),
        None => Err(SoundFault::UnknownKind("WebM without Opus")),
    }
}

/// Track number, time (2), flags, then the packet.
fn block(content: &[u8], ours: u64, opus: &mut OpusStream) -> Result<(), SoundFault> {
    let (track, after) = vint(content, 8, true).ok_or_else(|| damaged("a block without a track"))?;
    let [_, _, flags, packet @ ..] = after else { return Err(damaged("a short block")) };
    if track != ours {
        return Ok(());
    }
    if flags & 0x06 != 0 {
        return Err(damaged("several packets in one block"));
    }
    opus.packet(packet)
}

/// Id, size (`None`: unknown), and what follows.
fn element(bytes: &[u8]) -> Result<(u32, Option<usize>, &[u8]), SoundFault> {
    let broken = || if bytes.len() < 12 { SoundFault::BrokenOff } else { damaged("an element without a head") };
    let (id, after) = vint(bytes, 4, false).ok_or_else(broken)?;
    let length = after.first().map_or(0, |first| first.leading_zeros() + 1);
    let (size, after) = vint(after, 8, true).ok_or_else(broken)?;
    let unknown = size == (1 << (7 * length)) - 1;
    let size = usize::try_from(size).map_err(|_| SoundFault::BrokenOff)?;
    Ok((id as u32, (!unknown).then_some(size), after))
}

/// A number whose leading zeros say how long it is; the one that ends them is cut off, but for ids.
fn vint(bytes: &[u8], longest: usize, cut: bool) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest {
        return None;
    }
    let (digits, after) = bytes.split_at_checked(length)?;
    let value = digits.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let mark = 1u64 << (7 * length);
    Some((if cut { value & (mark - 1) } else { value }, after))
}

fn number(content: &[u8]) -> Result<u64, SoundFault> {
    match content.len() {
        0..=8 => Ok(content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))),
        _ => Err(damaged("a long number")),
    }
}

fn damaged(why: &str) -> SoundFault {
    SoundFault::Damaged(why.into())
}
