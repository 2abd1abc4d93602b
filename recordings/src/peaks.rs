//! The waveform: how far the sound goes up and down, twenty times a second on each side.

use crate::file::{FileError, SealedFile, SealedWriter};
use crate::keys::RecordingKey;
use crate::render::write_whole;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Pairs per second.
pub const PER_SECOND: u32 = 20;
/// 50 ms.
const SPAN: usize = 400;

/// Lowest and highest sample of each span, in 1/128 of full scale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peaks {
    pub left: Vec<[i8; 2]>,
    pub right: Vec<[i8; 2]>,
    /// Samples in the span that is not over.
    #[serde(skip)]
    open: usize,
    #[serde(skip)]
    extremes: [(i16, i16); 2],
}

impl Peaks {
    pub(crate) fn add(&mut self, left: &[i16], right: &[i16]) {
        let mut at = 0;
        while at < left.len() {
            let taken = (SPAN - self.open).min(left.len() - at);
            for (side, extremes) in [left, right].iter().zip(&mut self.extremes) {
                for sample in side.iter().skip(at).take(taken) {
                    *extremes = (extremes.0.min(*sample), extremes.1.max(*sample));
                }
            }
            at += taken;
            self.open += taken;
            if self.open == SPAN {
                self.finish();
            }
        }
    }

    /// The last span may be shorter.
    pub(crate) fn finish(&mut self) {
        if self.open > 0 {
            let [left, right] =
                std::mem::take(&mut self.extremes).map(|(low, high)| [(low >> 8) as i8, (high >> 8) as i8]);
            self.left.push(left);
            self.right.push(right);
            self.open = 0;
        }
    }

    /// At most so many pairs per side: what a narrow screen shows.
    pub fn thinned(&self, most: usize) -> Peaks {
        let span = self.left.len().div_ceil(most.max(1)).max(1);
        let thin = |side: &[[i8; 2]]| {
            let widest =
                |pairs: &[[i8; 2]]| pairs.iter().fold([0, 0], |w: [i8; 2], p| [w[0].min(p[0]), w[1].max(p[1])]);
            side.chunks(span).map(widest).collect()
        };
        Peaks { left: thin(&self.left), right: thin(&self.right), ..Peaks::default() }
    }

    /// Keep them, sealed, beside what was rendered.
    pub fn store(&self, key: &RecordingKey, path: &Path) -> Result<(), FileError> {
        write_whole(path, |file| {
            let mut to = SealedWriter::new(key, file)?;
            let bytes: Vec<u8> = self
                .left
                .iter()
                .zip(&self.right)
                .flat_map(|(l, r)| [l[0], l[1], r[0], r[1]])
                .map(|p| p as u8)
                .collect();
            to.write_all(&bytes)?;
            Ok(((), to.finish()?))
        })
    }

    pub fn load(key: &RecordingKey, path: &Path) -> Result<Peaks, FileError> {
        let mut bytes = Vec::new();
        SealedFile::open(key, File::open(path)?)?.read_to_end(&mut bytes)?;
        let mut peaks = Peaks::default();
        for four in bytes.chunks_exact(4) {
            peaks.left.push([four[0] as i8, four[1] as i8]);
            peaks.right.push([four[2] as i8, four[3] as i8]);
        }
        Ok(peaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::recording_key;
    use ringdesk_audio::tone;

    #[test]
    fn a_loud_side_and_a_quiet_one_whatever_the_pieces() {
        let (loud, quiet) = (tone::sine(400.0, 0.0, 8_000, 8_100), tone::sine(400.0, -20.0, 8_000, 8_100));
        let mut peaks = Peaks::default();
        for (l, r) in loud.chunks(77).zip(quiet.chunks(77)) {
            peaks.add(l, r);
        }
        peaks.finish();
        assert_eq!((peaks.left.len(), peaks.right.len()), (21, 21), "a second, and a piece of the next span");
        assert!(peaks.left[..20].iter().all(|p| *p == [-128, 127]), "{:?}", peaks.left);
        assert!(peaks.right[..20].iter().all(|p| *p == [-13, 12]), "{:?}", peaks.right);
        let thin = peaks.thinned(5);
        assert_eq!((thin.left.len(), thin.left[0], thin.right[0]), (5, [-128, 127], [-13, 12]));
        assert_eq!(peaks.thinned(0).left.len(), 1);
        assert_eq!(Peaks::default().thinned(100), Peaks::default());

        let (key, dir) = (recording_key(1), tempfile::tempdir().unwrap());
        let path = dir.path().join("peaks");
        peaks.store(&key, &path).unwrap();
        assert_eq!(Peaks::load(&key, &path).unwrap(), peaks);
        assert!(Peaks::load(&recording_key(1), &path).is_err(), "another key");
    }
}
