//! Several voices at once, and each party without its own.

/// The sum of a frame of everybody's sound. Exact: saturation happens when somebody's share is taken out, so a loud
/// party does not distort what it itself does not hear.
#[derive(Clone, Debug, Default)]
pub struct Mixer {
    sum: Vec<i32>,
}

impl Mixer {
    pub fn new() -> Mixer {
        Mixer::default()
    }

    /// Begin a frame of so many samples.
    pub fn start(&mut self, samples: usize) {
        self.sum.clear();
        self.sum.resize(samples, 0);
    }

    /// A voice; what is longer than the frame is left out.
    pub fn add(&mut self, voice: &[i16]) {
        for (sum, sample) in self.sum.iter_mut().zip(voice) {
            *sum += i32::from(*sample);
        }
    }

    /// The frame without this voice, which was added before.
    pub fn without(&self, own: &[i16], out: &mut Vec<i16>) {
        out.clear();
        let own = own.iter().map(|s| i32::from(*s)).chain(std::iter::repeat(0));
        out.extend(self.sum.iter().zip(own).map(|(sum, own)| saturate(sum - own)));
    }

    /// The frame as it is.
    pub fn all(&self, out: &mut Vec<i16>) {
        self.without(&[], out);
    }
}

fn saturate(sum: i32) -> i16 {
    sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{measure, sine};

    #[test]
    fn everybody_hears_the_others_and_not_themselves() {
        let voices = [440.0, 900.0, 1_700.0].map(|hz| sine(hz, -12.0, 8_000, 1_600));
        let mut mixer = Mixer::new();
        mixer.start(1_600);
        voices.iter().for_each(|v| mixer.add(v));
        let mut heard = Vec::new();
        for (own, hz) in voices.iter().zip([440.0, 900.0, 1_700.0]) {
            mixer.without(own, &mut heard);
            for other in [440.0, 900.0, 1_700.0] {
                let level = measure(&heard, 8_000, other);
                assert!(if other == hz { level < -70.0 } else { (level + 12.0).abs() < 0.2 }, "{hz} {other} {level}");
            }
        }
        mixer.all(&mut heard);
        assert!([440.0, 900.0, 1_700.0].iter().all(|hz| (measure(&heard, 8_000, *hz) + 12.0).abs() < 0.2));
    }

    #[test]
    fn what_does_not_fit_saturates_and_only_there() {
        let mut mixer = Mixer::new();
        mixer.start(3);
        for _ in 0..100 {
            mixer.add(&[i16::MAX, i16::MIN, 100]);
        }
        let mut heard = Vec::new();
        mixer.all(&mut heard);
        assert_eq!(heard, [i16::MAX, i16::MIN, 10_000]);
        mixer.start(2);
        mixer.add(&[30_000, -30_000]);
        mixer.add(&[20_000, -20_000, 7]);
        mixer.without(&[30_000, -30_000], &mut heard);
        assert_eq!(heard, [20_000, -20_000], "not cut by the voice that is taken out");
        mixer.without(&[30_000], &mut heard);
        assert_eq!(heard, [20_000, i16::MIN]);
    }
}
