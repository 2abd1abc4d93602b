//! Damage that is the same in every run: what the replay does to a corpus.

/// Pieces that mean something to somebody.
const PIECES: &[&[u8]] = &[
    b"\r\n\r\n",
    b"\r\n",
    b"\n",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b"@",
    b"%00",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\xff\xfe",
    b"\xf4\x8f\xbf\xbf",
    b"sip:",
    b"-1",
    b"4294967295",
    b"18446744073709551616",
    b"1e400",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x80",
    b"\x7f",
];

/// A small generator (SplitMix64): the same numbers for the same seed, everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn seeded(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }
}

/// `whole`, damaged at up to four places; pieces of `other` may be among it.
pub fn damaged(whole: &[u8], other: &[u8], longest: usize, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let to = at + dice.below(bytes.len() - at + 1);
        match dice.below(8) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (to % 8)),
            1 => {
                let value = dice.roll() as u8;
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = value);
            }
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..to)),
            4 => {
                let more = bytes[at..to].repeat(dice.below(4));
                bytes.splice(at..at, more);
            }
            5 => {
                let from = dice.below(other.len() + 1);
                let end = from + dice.below(other.len() - from + 1);
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        bytes.truncate(longest);
    }
    bytes
}
