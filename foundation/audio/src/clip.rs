//! A finished piece of sound.

use crate::RATE;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sound at 8 kHz mono. Cheap to clone: many legs may play one clip.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    samples: Arc<[i16]>,
}

impl Clip {
    pub fn new(samples: impl Into<Arc<[i16]>>) -> Clip {
        Clip { samples: samples.into() }
    }

    /// `lasting` of nothing to hear.
    pub fn silence(lasting: Duration) -> Clip {
        Clip::new(vec![0; samples(lasting)])
    }

    /// One after the other.
    pub fn join<'a>(clips: impl IntoIterator<Item = &'a Clip>) -> Clip {
        let mut all = Vec::new();
        for clip in clips {
            all.extend_from_slice(&clip.samples);
        }
        Clip::new(all)
    }

    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    pub fn len(&self) -> usize {
        self.samples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples.len() as u64 * 1_000_000 / u64::from(RATE))
    }
}

impl fmt::Debug for Clip {
    /// The samples are a caller's or an agent's words, or merely long: neither belongs into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({} ms)", self.duration().as_millis())
    }
}

/// How many samples at 8 kHz last this long.
pub fn samples(lasting: Duration) -> usize {
    usize::try_from(lasting.as_micros() * u128::from(RATE) / 1_000_000).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_knows_how_long_it_is() {
        assert_eq!(Clip::new(vec![0; 160]).duration(), Duration::from_millis(20));
        assert_eq!(Clip::silence(Duration::from_millis(1_250)).len(), 10_000);
        assert!(Clip::new(Vec::new()).is_empty());
        let two = Clip::join([&Clip::new(vec![1, 2]), &Clip::new(vec![3])]);
        assert_eq!(two.samples(), [1, 2, 3]);
        assert_eq!(format!("{:?}", Clip::silence(Duration::from_secs(2))), "Clip(2000 ms)");
    }
}
