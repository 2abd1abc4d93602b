//! What speech engines answer, what the worker sends, and sound from files.

use crate::script::Script;
use ringdesk_asr::engines::{answer, hypseg};
use ringdesk_asr::recogniser::wire::{FromWorker, ToWorker, frame, read};
use ringdesk_asr::{Clip16k, EngineFault, Segment};
use ringdesk_model::Language;
use std::io::Read;

/// The first byte says who speaks.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let who = script.byte();
    let said = script.rest();
    match who % 5 {
        0 => {
            let language = if who & 0x80 == 0 { Language::En } else { Language::ZhCn };
            understood(&answer::segments(said, &clip(), language), said);
        }
        1 => understood(&hypseg::segments(&String::from_utf8_lossy(said), &clip()), said),
        2 => worker(said),
        3 => heard(said),
        _ => prompt(said),
    }
}

/// Two seconds of nothing.
fn clip() -> Clip16k {
    Clip16k::new(vec![0; 32_000])
}

/// Times lie in the clip and in order; and a fault never quotes what was said.
fn understood(segments: &Result<Vec<Segment>, EngineFault>, said: &[u8]) {
    let segments = match segments {
        Ok(segments) => segments,
        Err(EngineFault::Rubbish(why)) => return assert!(why.len() < 100, "{} bytes gave {why}", said.len()),
        Err(_) => return,
    };
    assert!(segments.len() <= 2_000);
    for segment in segments {
        assert!(segment.start_ms <= segment.end_ms && segment.end_ms <= 2_000, "{segment:?}");
        assert!(segment.confidence.is_none_or(|c| (0.0..=1.0).contains(&c)), "{segment:?}");
        for word in &segment.words {
            assert!(word.start_ms <= word.end_ms && word.end_ms <= 2_000, "{word:?}");
            assert!(word.confidence.is_none_or(|c| (0.0..=1.0).contains(&c)), "{word:?}");
        }
        for pair in segment.words.windows(2) {
            assert!(pair[0].start_ms <= pair[1].start_ms, "{segment:?}");
        }
    }
    for pair in segments.windows(2) {
        assert!(pair[0].start_ms <= pair[1].start_ms);
    }
}

/// Frames in either direction; what is read is written and read again.
fn worker(mut bytes: &[u8]) {
    let mut other = bytes;
    while let Ok(Some((message, sound))) = read::<FromWorker>(&mut Bounded(&mut bytes)) {
        let again = frame(&message, &sound).expect("it came in a frame");
        let (back, samples) = read::<FromWorker>(&mut &again[..]).expect("a frame").expect("one");
        assert_eq!(format!("{message:?}"), format!("{back:?}"));
        assert_eq!(sound, samples);
    }
    while let Ok(Some((message, sound))) = read::<ToWorker>(&mut Bounded(&mut other)) {
        let again = frame(&message, &sound).expect("it came in a frame");
        let (back, samples) = read::<ToWorker>(&mut &again[..]).expect("a frame").expect("one");
        assert_eq!(format!("{message:?}"), format!("{back:?}"));
        assert_eq!(sound, samples);
    }
}

/// A reader that gives little at a time, as a pipe does.
struct Bounded<'a, 'b>(&'a mut &'b [u8]);

impl Read for Bounded<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(7);
        self.0.read(&mut into[..most])
    }
}

/// A WAV file of a caller.
fn heard(wav: &[u8]) {
    if let Ok(clip) = ringdesk_asr::wav::read_from(wav) {
        let written = ringdesk_asr::wav::write(&clip);
        let again = ringdesk_asr::wav::read_from(&written[..]).expect("what is written is read again");
        assert!(again.samples() == clip.samples());
    }
}

/// A WAV file that becomes a prompt.
fn prompt(wav: &[u8]) {
    if let Err(why) = ringdesk_tts::wav::read(wav) {
        assert!(!why.is_empty() && why.len() < 200, "{why}");
    }
}
