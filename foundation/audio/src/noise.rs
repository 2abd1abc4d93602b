//! Comfort noise (RFC 3389): what a line sounds like on which nobody speaks, made here from the few bytes that describe it.

use crate::level::to_sample;

/// RFC 3389 §3: more coefficients say nothing that is heard.
const MOST_ORDER: usize = 24;

/// A description of noise, and its generator. The same seed makes the same noise.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Of the white noise that goes through the filter.
    amplitude: f32,
    /// Reflection coefficients.
    reflections: Vec<f32>,
    memory: Vec<f32>,
    state: u32,
}

impl Noise {
    /// Noise of a level in −dBov (0 to 127), with the spectrum of white noise.
    pub fn white(level: u8, seed: u32) -> Noise {
        Noise::shaped(level, Vec::new(), seed)
    }

    /// A comfort noise payload: the level, then the reflection coefficients, which may be missing. `None`: empty.
    pub fn parse(payload: &[u8], seed: u32) -> Option<Noise> {
        let (level, rest) = payload.split_first()?;
        // §3.2: 127 is zero, steps of 1/127.
        let reflections = rest.iter().take(MOST_ORDER).map(|b| (f32::from(*b) - 127.0) / 127.0);
        // One of ±1 rings for ever.
        Some(Noise::shaped(level & 0x7f, reflections.map(|k| k.clamp(-0.97, 0.97)).collect(), seed))
    }

    fn shaped(level: u8, reflections: Vec<f32>, seed: u32) -> Noise {
        // §3.1: 0 dBov is the overload point, a full-scale square wave.
        let rms = 32_767.0 * 10f32.powf(-f32::from(level) / 20.0);
        // The filter adds what its prediction gain is; even noise has an RMS of its peak over √3.
        let gain: f32 = reflections.iter().map(|k| 1.0 - k * k).product::<f32>().sqrt();
        let memory = vec![0.0; reflections.len() + 1];
        Noise { amplitude: rms * gain * 3f32.sqrt(), reflections, memory, state: seed | 1 }
    }

    /// A new description for the same line: what sounds goes over into it.
    pub fn change(&mut self, to: Noise) {
        let state = self.state;
        *self = Noise { state, ..to };
    }

    /// Append so many samples.
    pub fn make(&mut self, samples: usize, out: &mut Vec<i16>) {
        for _ in 0..samples {
            // xorshift32: its upper bits are white enough for a line nobody speaks on.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            let white = (self.state >> 8) as f32 / 8_388_608.0 - 1.0;
            out.push(to_sample(self.filter(white * self.amplitude).into()));
        }
    }

    /// The all-pole lattice of the reflection coefficients.
    fn filter(&mut self, excitation: f32) -> f32 {
        let mut forward = excitation;
        for i in (0..self.reflections.len()).rev() {
            forward -= self.reflections[i] * self.memory[i];
            self.memory[i + 1] = self.memory[i] + self.reflections[i] * forward;
        }
        self.memory[0] = forward;
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms;
    use crate::tone::measure;

    fn made(mut noise: Noise) -> Vec<i16> {
        let mut out = Vec::new();
        noise.make(16_000, &mut out);
        out
    }

    #[test]
    fn as_loud_as_it_was_described() {
        for level in [20u8, 40, 60, 70] {
            // A full-scale sine is 0 on our scale and −3 dBov.
            let heard = rms(&made(Noise::white(level, 5)));
            assert!((heard - 3.01 + f32::from(level)).abs() < 0.7, "−{level} dBov came out at {heard} dBFS");
            let heard = rms(&made(Noise::parse(&[level, 20, 180, 100], 5).unwrap()));
            assert!((heard - 3.01 + f32::from(level)).abs() < 1.5, "shaped: −{level} dBov came out at {heard} dBFS");
        }
        assert!(made(Noise::white(127, 5)).iter().all(|s| *s == 0));
    }

    #[test]
    fn coefficients_shape_it() {
        // A negative first reflection coefficient is a pole at low frequencies.
        let dark = made(Noise::parse(&[30, 13], 9).unwrap());
        let band = |sound: &[i16], hz: [f32; 3]| hz.iter().map(|hz| measure(sound, 8_000, *hz)).sum::<f32>() / 3.0;
        assert!(band(&dark, [150.0, 210.0, 260.0]) > band(&dark, [3_300.0, 3_500.0, 3_700.0]) + 10.0);
    }

    #[test]
    fn nothing_that_arrives_makes_it_ring_or_fail() {
        assert!(Noise::parse(&[], 1).is_none());
        for payload in [vec![255; 200], vec![0; 30], vec![30, 254, 0, 254, 0, 254], vec![127]] {
            let sound = made(Noise::parse(&payload, 3).unwrap());
            assert!(rms(&sound[8_000..]) <= 4.0, "{payload:?}");
        }
        assert_eq!(made(Noise::white(30, 4)), made(Noise::white(30, 4)));
    }
}
