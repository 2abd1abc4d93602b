//! The sound of a stored recording, one side at a time, read while it is needed.

use ringdesk_asr::pass::Block;
use ringdesk_audio::RATE;
use ringdesk_recordings::{RecordingKey, RenderError, play};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Pieces of a second that wait to be heard.
const AHEAD: usize = 4;
const PER_MS: u64 = RATE as u64 / 1_000;

/// Which side of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Caller,
    Others,
}

/// Spans of a recording, from and to, in milliseconds.
pub(super) type Spans = Vec<(u64, u64)>;

/// A recording as it lies on the disk.
#[derive(Clone)]
pub(super) struct Tape {
    key: Arc<RecordingKey>,
    log: PathBuf,
    fault: Arc<Mutex<Option<String>>>,
}

impl Tape {
    pub(super) fn new(key: RecordingKey, log: PathBuf) -> Tape {
        Tape { key: Arc::new(key), log, fault: Arc::default() }
    }

    /// What is heard on this side within these spans. It plays on a thread of its own, no further ahead than a few seconds.
    pub(super) fn side(&self, side: Side, spans: Spans) -> Box<dyn Iterator<Item = Block> + Send> {
        Box::new(Blocks { tape: self.clone(), begin: Some((side, spans)), blocks: None })
    }

    /// Why it broke off, if it did: then what was heard is no transcript.
    pub(super) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn broken(&self, why: impl std::fmt::Display) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_string());
    }

    fn play(&self, side: Side, spans: &Spans, to: &SyncSender<Block>) -> Result<(), RenderError> {
        let log = BufReader::with_capacity(64 * 1_024, File::open(&self.log)?);
        let mut at = 0u64;
        let mut listen = |left: &[i16], right: &[i16]| {
            let sound = if side == Side::Caller { left } else { right };
            for (place, samples) in within(at, sound, spans) {
                // Nobody listens any more: the rest need not be read.
                to.send((place / PER_MS, samples.to_vec())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            }
            at += sound.len() as u64;
            Ok(())
        };
        play(&self.key.log(), log, &mut listen).map(drop)
    }
}

struct Blocks {
    tape: Tape,
    /// What to play; taken when the first block is wanted.
    begin: Option<(Side, Spans)>,
    blocks: Option<Receiver<Block>>,
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        if let Some((side, spans)) = self.begin.take() {
            let (put, blocks) = sync_channel(AHEAD);
            let tape = self.tape.clone();
            let run = move || {
                crate::recordings::archive::step_back();
                match tape.play(side, &spans, &put) {
                    Err(RenderError::Io(e)) if e.kind() == io::ErrorKind::BrokenPipe => {}
                    Err(fault) => tape.broken(fault),
                    Ok(()) => {}
                }
            };
            match std::thread::Builder::new().name("hear-again".into()).spawn(run) {
                Ok(_) => self.blocks = Some(blocks),
                Err(fault) => self.tape.broken(fault),
            }
        }
        self.blocks.as_ref()?.recv().ok()
    }
}

/// The parts of a piece that lie within spans, each with its place in samples.
fn within<'a>(at: u64, sound: &'a [i16], spans: &Spans) -> Vec<(u64, &'a [i16])> {
    let end = at + sound.len() as u64;
    let part = |(from, to): &(u64, u64)| {
        let (from, to) = (from.saturating_mul(PER_MS).max(at), to.saturating_mul(PER_MS).min(end));
        (from < to).then(|| (from, &sound[(from - at) as usize..(to - at) as usize]))
    };
    spans.iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_within_is_heard() {
        let sound: Vec<i16> = (0..80).collect();
        // Ten milliseconds from the fifth on.
        let found = within(40, &sound, &vec![(0, 6), (7, 8), (14, u64::MAX), (20, 30)]);
        let said: Vec<(u64, i16, usize)> = found.iter().map(|(at, part)| (*at, part[0], part.len())).collect();
        assert_eq!(said, [(40, 0, 8), (56, 16, 8), (112, 72, 8)]);
        assert!(within(0, &sound, &Vec::new()).is_empty());
    }
}
