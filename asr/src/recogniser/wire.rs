//! What goes between the house and the worker. A frame: the length of its JSON, the length of its sound (both 32 bits, little
//! endian), the JSON, the samples (16 bits, little endian).

use crate::engine::{LONGEST, RATE};
use crate::{Capabilities, EngineConfig, EngineFault, Options, Transcript};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// Both are bounds on what the other end may make us keep in memory.
const MOST_JSON: usize = 8 << 20;
const MOST_SOUND: usize = LONGEST.as_secs() as usize * RATE as usize * 2;

#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// The first frame. On standard input, because there may be keys in it.
    Engines(Vec<EngineConfig>),
    /// With sound.
    Hear {
        id: u64,
        engine: String,
        options: Options,
    },
    TakeBack {
        id: u64,
    },
    /// Are the engines ready now?
    Look,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    Engines(Vec<EngineState>),
    Heard { id: u64, answer: Result<Transcript, EngineFault> },
}

/// An engine as the worker sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineState {
    pub name: String,
    pub model: String,
    pub capabilities: Capabilities,
    /// Why it cannot work.
    pub fault: Option<EngineFault>,
}

pub fn frame(message: &impl Serialize, sound: &[i16]) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(message)?;
    if json.len() > MOST_JSON || sound.len() * 2 > MOST_SOUND {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too long for a frame"));
    }
    let mut frame = Vec::with_capacity(8 + json.len() + sound.len() * 2);
    frame.extend_from_slice(&(json.len() as u32).to_le_bytes());
    frame.extend_from_slice(&(sound.len() as u32 * 2).to_le_bytes());
    frame.extend_from_slice(&json);
    frame.extend(sound.iter().flat_map(|s| s.to_le_bytes()));
    Ok(frame)
}

/// Of a frame's first eight bytes: how much JSON and how much sound follow.
pub(crate) fn lengths(head: [u8; 8]) -> io::Result<(usize, usize)> {
    let [a, b, c, d, e, f, g, h] = head;
    let (json, sound) = (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize);
    if json > MOST_JSON || sound > MOST_SOUND || !sound.is_multiple_of(2) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a frame"));
    }
    Ok((json, sound))
}

pub(crate) fn message<T: DeserializeOwned>(json: &[u8]) -> io::Result<T> {
    // Not the parser's words: they may quote what was said.
    serde_json::from_slice(json).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a message"))
}

/// `None` at the end of the stream.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<(T, Vec<i16>)>> {
    let mut head = [0; 8];
    match from.read_exact(&mut head) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let (json, sound) = lengths(head)?;
    let mut body = vec![0; json + sound];
    from.read_exact(&mut body)?;
    let samples = body[json..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    Ok(Some((message(&body[..json])?, samples)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_sent_arrives() {
        let bytes = frame(&ToWorker::TakeBack { id: 7 }, &[1, -2, i16::MIN]).unwrap();
        let mut from = &bytes[..];
        let (message, sound) = read::<ToWorker>(&mut from).unwrap().unwrap();
        assert!(matches!(message, ToWorker::TakeBack { id: 7 }));
        assert_eq!(sound, [1, -2, i16::MIN]);
        assert!(read::<ToWorker>(&mut from).unwrap().is_none());
        assert!(frame(&0, &vec![0; MOST_SOUND / 2 + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<FromWorker>(&mut &bytes[..]);
        }
    }
}
