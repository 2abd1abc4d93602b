//! G.722 at 64 kbit/s (mode 1): sound of 7 kHz in as many bits as the telephone's 3.4 kHz.
//!
//! A pair of samples at 16 kHz is split by a quadrature mirror filter into a low and a high band at 8 kHz; each band is
//! coded as the difference to its prediction (ADPCM): six bits for the low one, two for the high. One byte per pair, so
//! 160 bytes are 20 ms, and the RTP clock is 8 kHz though the sound is 16 kHz (RFC 3551 §4.5.2: an old mistake that
//! became the rule). Block names in brackets are those of the Recommendation.

/// Samples per second of the sound.
pub const RATE: u32 = 16_000;

/// Of the quadrature mirror filter: its even half; the odd one is the same turned round.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// What multiplies the step in the low band, by the upper four bits and by all six.
const LOW_4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const LOW_6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, //
    -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856, //
    -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, //
    -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, //
    24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, //
    10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, //
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, //
    1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// And in the high band.
const HIGH_2: [i32; 4] = [-7408, -1616, 7408, 1616];

/// How the logarithm of the step moves.
const LOW_MOVE: [i32; 16] = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const HIGH_MOVE: [i32; 4] = [798, -214, 798, -214];
const LOW_MOST: i32 = 18_432;
const HIGH_MOST: i32 = 22_528;

/// From the logarithm of the step back to the step: the 32 places between two powers of two.
const EXPONENTIAL: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, //
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// Where one code of the low band ends and the next begins, in steps.
const DECISIONS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// The high band has one.
const HIGH_DECISION: i32 = 564;

/// One band: its step and its predictor of two poles and six zeros.
#[derive(Clone, Debug)]
struct Band {
    /// Logarithm of the step, and the step.
    log: i32,
    step: i32,
    /// What the next sample is expected to be, and the zeros' share of it.
    predicted: i32,
    by_zeros: i32,
    /// The last two reconstructed samples, and the last two without the poles' share: newest first.
    sounds: [i32; 2],
    partials: [i32; 2],
    poles: [i32; 2],
    /// The last six quantised differences, newest first.
    differences: [i32; 6],
    zeros: [i32; 6],
}

impl Band {
    const fn new(step: i32) -> Band {
        Band {
            log: 0,
            step,
            predicted: 0,
            by_zeros: 0,
            sounds: [0; 2],
            partials: [0; 2],
            poles: [0; 2],
            differences: [0; 6],
            zeros: [0; 6],
        }
    }

    /// A code's value in steps of now.
    fn scaled(&self, factor: i32) -> i32 {
        (self.step * factor) >> 15
    }

    /// The step follows the code (LOGSCL and SCALEL, LOGSCH and SCALEH). `shift`: 8 in the low band, 10 in the high.
    fn move_step(&mut self, by: i32, most: i32, shift: i32) {
        self.log = (((self.log * 127) >> 7) + by).clamp(0, most);
        let place = EXPONENTIAL[((self.log >> 6) & 31) as usize];
        let right = shift - (self.log >> 11);
        self.step = if right < 0 { place << -right } else { place >> right } << 2;
    }

    /// The predictor learns from a quantised difference, and predicts.
    fn learn(&mut self, difference: i32) {
        let sound = saturate(self.predicted + difference); // RECONS
        let partial = saturate(self.by_zeros + difference); // PARREC
        let like = |other: i32| (partial < 0) == (other < 0);
        let (newer, older) = (like(self.partials[0]), like(self.partials[1]));

        // UPPOL2
        let twisted = saturate(self.poles[0] << 2);
        let twisted = if newer { (-twisted).min(32_767) } else { twisted };
        let second = (if older { 128 } else { -128 }) + (twisted >> 7) + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        // UPPOL1
        let most = saturate(15_360 - second);
        let first = saturate((if newer { 192 } else { -192 }) + ((self.poles[0] * 32_640) >> 15));
        self.poles = [first.clamp(-most, most), second];

        // UPZERO
        let pull = if difference == 0 { 0 } else { 128 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            let pull = if (difference < 0) == (*before < 0) { pull } else { -pull };
            *zero = saturate(pull + ((*zero * 32_640) >> 15));
        }

        // DELAYA
        self.differences.copy_within(0..5, 1);
        self.differences[0] = difference;
        self.sounds = [sound, self.sounds[0]];
        self.partials = [partial, self.partials[0]];

        // FILTEP, FILTEZ, PREDIC
        let weigh = |coefficient: i32, value: i32| (coefficient * saturate(2 * value)) >> 15;
        let by_poles = saturate(weigh(self.poles[0], self.sounds[0]) + weigh(self.poles[1], self.sounds[1]));
        self.by_zeros = saturate(self.zeros.iter().zip(&self.differences).map(|(z, d)| weigh(*z, *d)).sum());
        self.predicted = saturate(by_poles + self.by_zeros);
    }

    /// What follows from a code of the low band, on both sides.
    fn low(&mut self, code: usize) {
        let coarse = code >> 2;
        let difference = self.scaled(LOW_4[coarse]);
        self.move_step(LOW_MOVE[coarse], LOW_MOST, 8);
        self.learn(difference);
    }

    fn high(&mut self, code: usize) {
        let difference = self.scaled(HIGH_2[code]);
        self.move_step(HIGH_MOVE[code], HIGH_MOST, 10);
        self.learn(difference);
    }
}

/// Sound to bytes.
#[derive(Clone, Debug)]
pub struct Encoder {
    low: Band,
    high: Band,
    line: [i32; 24],
}

impl Default for Encoder {
    fn default() -> Self {
        Encoder { low: Band::new(32), high: Band::new(8), line: [0; 24] }
    }
}

impl Encoder {
    pub fn new() -> Encoder {
        Encoder::default()
    }

    /// Take samples at 16 kHz, append a byte for every two; one that is left over is dropped.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        out.extend(samples.chunks_exact(2).map(|pair| self.pair(pair[0], pair[1])));
    }

    fn pair(&mut self, first: i16, second: i16) -> u8 {
        self.line.copy_within(2.., 0);
        self.line[22] = first.into();
        self.line[23] = second.into();
        let (one, other) = mirror(&self.line);
        let (low, high) = ((other + one) >> 14, (other - one) >> 14);

        let off = saturate(low - self.low.predicted);
        let size = if off < 0 { -(off + 1) } else { off };
        let place = DECISIONS.iter().take_while(|d| size >= (**d * self.low.step) >> 12).count();
        // The two smallest negative values have codes of their own; else the sign is a bit.
        let low_code = match (off < 0, place) {
            (true, 0..=1) => 63 - place,
            (true, _) => 33 - place,
            (false, _) => 61 - place,
        };
        self.low.low(low_code);

        let off = saturate(high - self.high.predicted);
        let size = if off < 0 { -(off + 1) } else { off };
        let far = size >= (HIGH_DECISION * self.high.step) >> 12;
        let high_code = match (off < 0, far) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        };
        self.high.high(high_code);
        (high_code << 6 | low_code) as u8
    }
}

/// Bytes to sound.
#[derive(Clone, Debug)]
pub struct Decoder {
    low: Band,
    high: Band,
    line: [i32; 24],
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder { low: Band::new(32), high: Band::new(8), line: [0; 24] }
    }
}

impl Decoder {
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Take bytes, append two samples at 16 kHz for each.
    pub fn decode(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        for byte in bytes {
            let (low, high) = (usize::from(byte & 63), usize::from(byte >> 6));
            let low_sound = limit(self.low.predicted + self.low.scaled(LOW_6[low]));
            self.low.low(low);
            let high_sound = limit(self.high.predicted + self.high.scaled(HIGH_2[high]));
            self.high.high(high);

            self.line.copy_within(2.., 0);
            self.line[22] = low_sound + high_sound;
            self.line[23] = low_sound - high_sound;
            let (second, first) = mirror(&self.line);
            out.extend([saturate(first >> 11) as i16, saturate(second >> 11) as i16]);
        }
    }
}

/// Both halves of the filter over the newest 24 samples.
fn mirror(line: &[i32; 24]) -> (i32, i32) {
    let (mut even, mut odd) = (0, 0);
    for (i, coefficient) in QMF.iter().enumerate() {
        even += line[2 * i] * coefficient;
        odd += line[23 - 2 * i] * coefficient;
    }
    (even, odd)
}

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// The reconstructed bands have 15 bits.
fn limit(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{measure, mix, sine};

    /// Half a second of speech, its bytes and what they sound like, both by the coder of FFmpeg (LGPL; only its output is
    /// here). Speech: LJ Speech, public domain.
    const SPEECH: &[u8] = include_bytes!("../tests/data/g722/speech.raw");
    const BYTES: &[u8] = include_bytes!("../tests/data/g722/ffmpeg.g722");
    const SOUND: &[u8] = include_bytes!("../tests/data/g722/ffmpeg.raw");

    fn samples(raw: &[u8]) -> Vec<i16> {
        raw.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
    }

    fn there_and_back(sound: &[i16]) -> Vec<i16> {
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        Encoder::new().encode(sound, &mut bytes);
        Decoder::new().decode(&bytes, &mut back);
        back
    }

    #[test]
    fn another_decoder_hears_the_same() {
        let mut sound = Vec::new();
        Decoder::new().decode(BYTES, &mut sound);
        assert_eq!(sound, samples(SOUND));
    }

    #[test]
    fn another_encoder_writes_the_same() {
        let mut bytes = Vec::new();
        Encoder::new().encode(&samples(SPEECH), &mut bytes);
        let same = bytes.iter().zip(BYTES).take_while(|(a, b)| a == b).count();
        assert_eq!(same, BYTES.len(), "they part at byte {same}");
    }

    #[test]
    fn tones_of_both_bands_keep_their_level() {
        for hz in [100.0, 440.0, 1_004.0, 3_000.0, 3_900.0, 5_000.0, 6_500.0] {
            let back = there_and_back(&sine(hz, -10.0, RATE, 16_000));
            let level = measure(&back[1_600..], RATE, hz);
            assert!((level + 10.0).abs() < 1.0, "{hz} Hz came out at {level}");
        }
        let back = there_and_back(&mix(&[700.0, 5_500.0], -16.0, RATE, 16_000));
        assert!(measure(&back[1_600..], RATE, 700.0) > -17.0 && measure(&back[1_600..], RATE, 5_500.0) > -18.0);
    }

    #[test]
    fn silence_stays_silent_and_the_loudest_does_not_turn_over() {
        assert!(there_and_back(&[0; 3_200]).iter().all(|s| s.abs() < 8));
        let square: Vec<i16> = (0..3_200).map(|n| if n / 16 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let back = there_and_back(&square);
        let wrong = back[400..].windows(2).filter(|w| (i32::from(w[0]) - i32::from(w[1])).abs() > 60_000).count();
        assert_eq!(wrong, 0);
    }

    /// Any byte is a code: noise decodes to noise, in pieces as in one.
    #[test]
    fn no_bytes_are_wrong() {
        let mut state = 7u32;
        let bytes: Vec<u8> = (0..4_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        Decoder::new().decode(&bytes, &mut whole);
        let mut decoder = Decoder::new();
        for piece in bytes.chunks(37) {
            decoder.decode(piece, &mut pieces);
        }
        assert_eq!(whole, pieces);
        assert_eq!(whole.len(), 8_000);
    }
}
