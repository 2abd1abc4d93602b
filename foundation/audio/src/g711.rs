//! G.711: µ-law and A-law, bit by bit as the ITU's own reference code (G.191) does it.
//!
//! A negative sample is complemented, not negated, before its sign is dropped: −1 is the negative zero of µ-law (0x7F).
//! Everything is a table made when the crate is compiled.

/// µ-law of linear zero, to fill a gap with.
pub const ULAW_SILENCE: u8 = 0xFF;
/// A-law of linear zero (A-law has none: this is +8).
pub const ALAW_SILENCE: u8 = 0xD5;

/// µ-law to A-law without the way through linear samples: table 3 of G.711.
pub static ULAW_TO_ALAW: [u8; 256] = ulaw_to_alaw();
/// A-law to µ-law: table 4 of G.711.
pub static ALAW_TO_ULAW: [u8; 256] = alaw_to_ulaw();

/// µ-law looks at the upper 14 bits of a sample, A-law at the upper 12 (the thirteenth is below its smallest step).
static ULAW_OF: [u8; 1 << 14] = ulaw_encoder();
static ALAW_OF: [u8; 1 << 12] = alaw_encoder();
static LINEAR_OF_ULAW: [i16; 256] = ulaw_decoder();
static LINEAR_OF_ALAW: [i16; 256] = alaw_decoder();

pub fn ulaw_encode(sample: i16) -> u8 {
    ULAW_OF[usize::from(sample as u16 >> 2)]
}

pub fn ulaw_decode(code: u8) -> i16 {
    LINEAR_OF_ULAW[usize::from(code)]
}

pub fn alaw_encode(sample: i16) -> u8 {
    ALAW_OF[usize::from(sample as u16 >> 4)]
}

pub fn alaw_decode(code: u8) -> i16 {
    LINEAR_OF_ALAW[usize::from(code)]
}

const fn ulaw_encoder() -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut i = 0;
    while i < table.len() {
        let x = ((i as u16) << 2) as i16;
        let magnitude = if x < 0 { (!x >> 2) + 33 } else { (x >> 2) + 33 };
        let magnitude = if magnitude > 0x1FFF { 0x1FFF } else { magnitude };
        let mut segment = 1;
        while magnitude >> (5 + segment) != 0 {
            segment += 1;
        }
        let high = 8 - segment as u8;
        let low = 0xF - ((magnitude >> segment) & 0xF) as u8;
        table[i] = high << 4 | low | if x < 0 { 0 } else { 0x80 };
        i += 1;
    }
    table
}

const fn ulaw_decoder() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = !(code as i32);
        let exponent = (bits >> 4) & 7;
        let mantissa = bits & 0xF;
        let step = 8 << exponent;
        let magnitude = (0x80 << exponent) + step * mantissa + step / 2 - 4 * 33;
        table[code] = if code < 0x80 { -magnitude as i16 } else { magnitude as i16 };
        code += 1;
    }
    table
}

const fn alaw_encoder() -> [u8; 1 << 12] {
    let mut table = [0; 1 << 12];
    let mut i = 0;
    while i < table.len() {
        let x = ((i as u16) << 4) as i16;
        let mut magnitude = if x < 0 { !x >> 4 } else { x >> 4 };
        if magnitude > 15 {
            let mut exponent = 1;
            while magnitude > 31 {
                magnitude >>= 1;
                exponent += 1;
            }
            magnitude = magnitude - 16 + (exponent << 4);
        }
        let signed = magnitude as u8 | if x < 0 { 0 } else { 0x80 };
        table[i] = signed ^ 0x55; // even bits inverted
        i += 1;
    }
    table
}

const fn alaw_decoder() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = (code as i32 ^ 0x55) & 0x7F;
        let exponent = bits >> 4;
        let mantissa = (bits & 0xF) + if exponent > 0 { 16 } else { 0 };
        let magnitude = (mantissa << 4) + 8;
        let magnitude = if exponent > 1 { magnitude << (exponent - 1) } else { magnitude };
        table[code] = if code < 0x80 { -magnitude as i16 } else { magnitude as i16 };
        code += 1;
    }
    table
}

/// Value numbers of A-law (from 1) for the value numbers 0 to 127 of µ-law.
const TABLE_3: [u8; 128] = [
    1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, //
    9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, //
    25, 27, 29, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, //
    46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, //
    64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, //
    80, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, //
    97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, //
    113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128,
];

/// Value numbers of µ-law (from 0) for the value numbers 1 to 128 of A-law.
const TABLE_4: [u8; 128] = [
    1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, //
    24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35, //
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 48, 49, 49, //
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 64, //
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, //
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, //
    96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, //
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
];

const fn ulaw_to_alaw() -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let value = TABLE_3[!code & 0x7F] - 1;
        table[code] = (value | (code as u8 & 0x80)) ^ 0x55;
        code += 1;
    }
    table
}

const fn alaw_to_ulaw() -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let value = TABLE_4[(code ^ 0x55) & 0x7F];
        table[code] = (!value & 0x7F) | (code as u8 & 0x80);
        code += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (linear, ulaw, alaw) in [
            (0, 0xFF, 0xD5),
            (-1, 0x7F, 0x55),
            (7, 0xFE, 0xD5),
            (1_000, 0xCE, 0xFA),
            (-1_000, 0x4E, 0x7A),
            (8_031, 0xA0, 0x8A),
            (32_767, 0x80, 0xAA),
            (-32_768, 0x00, 0x2A),
        ] {
            assert_eq!(ulaw_encode(linear), ulaw, "µ-law of {linear}");
            assert_eq!(alaw_encode(linear), alaw, "A-law of {linear}");
        }
        for (code, ulaw, alaw) in [
            (0x00, -32_124, -5_504),
            (0x80, 32_124, 5_504),
            (0x2A, -5_372, -32_256),
            (0xAA, 5_372, 32_256),
            (0xFF, 0, 848),
        ] {
            assert_eq!(ulaw_decode(code), ulaw, "µ-law {code:#x}");
            assert_eq!(alaw_decode(code), alaw, "A-law {code:#x}");
        }
        assert_eq!((ulaw_decode(ULAW_SILENCE), alaw_decode(ALAW_SILENCE)), (0, 8));
    }

    #[test]
    fn every_code_survives_the_round_trip() {
        for code in 0..=255 {
            assert_eq!(alaw_encode(alaw_decode(code)), code);
            if code != 0x7F {
                assert_eq!(ulaw_encode(ulaw_decode(code)), code); // 0x7F is −0
            }
        }
    }

    /// A code stands for the interval around its value: the error is at most half a step of the segment.
    #[test]
    fn every_sample_finds_the_nearest_step() {
        for x in i16::MIN..=i16::MAX {
            let magnitude = i32::from(x).abs();
            let (u, a) = (i32::from(ulaw_decode(ulaw_encode(x))), i32::from(alaw_decode(alaw_encode(x))));
            // µ-law: steps of 8 from 0, doubled where the biased magnitude doubles. Beyond the last value it clips.
            let step = (0..8).map(|e| 8 << e).find(|s| magnitude + 132 < s * 32).unwrap_or(1_024);
            let bound = if magnitude > 31_612 { 644 } else { step / 2 };
            assert!((u - i32::from(x)).abs() <= bound, "µ-law: {x} became {u}");
            let step = (1..8).map(|e| 8 << e).find(|s| magnitude < s * 32).unwrap_or(1_024);
            assert!((a - i32::from(x)).abs() <= step / 2, "A-law: {x} became {a}");
        }
    }

    #[test]
    fn the_short_way_between_the_laws_is_as_good_as_the_long_one() {
        for code in 0..=255u8 {
            let (u, a) = (i32::from(ulaw_decode(code)), i32::from(alaw_decode(ULAW_TO_ALAW[usize::from(code)])));
            assert!((u - a).abs() <= 16 + u.abs() / 24, "µ-law {code:#x}: {u} became {a}");
            let (a, u) = (i32::from(alaw_decode(code)), i32::from(ulaw_decode(ALAW_TO_ULAW[usize::from(code)])));
            assert!((u - a).abs() <= 16 + a.abs() / 24, "A-law {code:#x}: {a} became {u}");
        }
    }

    /// Neither table changes a sign, and louder never becomes softer.
    #[test]
    fn the_tables_are_monotonic() {
        let number_u = |n: u8| !n; // positive µ-law value number n
        let number_a = |n: u8| (n | 0x80) ^ 0x55;
        for n in 1..128 {
            let louder = |t: &[u8; 256], d: fn(u8) -> i16, of: &dyn Fn(u8) -> u8| {
                d(t[usize::from(of(n))]) >= d(t[usize::from(of(n - 1))])
            };
            assert!(louder(&ULAW_TO_ALAW, alaw_decode, &number_u), "µ-law value {n}");
            assert!(louder(&ALAW_TO_ULAW, ulaw_decode, &number_a), "A-law value {n}");
        }
        for code in 0..=255u8 {
            assert_eq!(code & 0x80, ULAW_TO_ALAW[usize::from(code)] & 0x80);
            assert_eq!(code & 0x80, ALAW_TO_ULAW[usize::from(code)] & 0x80);
        }
    }
}
