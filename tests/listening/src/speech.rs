//! Sentences with their words, and a tape of them with pauses between, as a telephone would say it.

use ringdesk_audio::RATE;
use ringdesk_audio::resample::resample;
use std::ops::Range;
use std::path::Path;

/// Silence before, between and after sentences: long enough to end an utterance.
const PAUSE: usize = 8_000;

/// One recording of a folder of the recognisers' tests.
#[derive(Clone, Debug)]
pub struct Sentence {
    pub file: String,
    /// At the telephone's rate.
    pub sound: Vec<i16>,
}

impl Sentence {
    /// Read this file of a folder.
    pub fn read(folder: &Path, file: &str) -> Result<Sentence, hound::Error> {
        let mut reader = hound::WavReader::open(folder.join(file))?;
        let rate = reader.spec().sample_rate;
        let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
        Ok(Sentence { file: file.to_owned(), sound: resample(&samples, rate, RATE) })
    }
}

/// Sentences one after the other, at the telephone's rate.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    pub sound: Vec<i16>,
    /// Where each sentence is.
    pub places: Vec<(String, Range<usize>)>,
}

impl Tape {
    pub fn of(sentences: &[Sentence]) -> Tape {
        let mut tape = Tape { sound: vec![0; PAUSE], places: Vec::new() };
        for sentence in sentences {
            let from = tape.sound.len();
            tape.sound.extend(&sentence.sound);
            tape.places.push((sentence.file.clone(), from..tape.sound.len()));
            tape.sound.resize(tape.sound.len() + PAUSE, 0);
        }
        tape
    }

    pub fn seconds(&self) -> usize {
        self.sound.len() / RATE as usize
    }
}
