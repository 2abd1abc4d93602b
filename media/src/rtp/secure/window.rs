//! Which numbers of a stream were there: against replays at one end (RFC 3711 §3.3.2), against using a number twice at the
//! other.

/// More than the 64 that RFC 3711 asks for: a path that holds packets back for two seconds loses none by this.
const SIZE: u64 = 128;

/// The newest numbers of a stream.
#[derive(Debug)]
pub(super) struct Window {
    highest: u64,
    /// Bit n: `highest - n` was there.
    seen: u128,
}

impl Window {
    pub(super) fn new(first: u64) -> Window {
        Window { highest: first, seen: 1 }
    }

    /// It is new, and not too old to tell.
    pub(super) fn admits(&self, number: u64) -> bool {
        match self.highest.checked_sub(number) {
            None => true,
            Some(behind) => behind < SIZE && self.seen & (1 << behind) == 0,
        }
    }

    pub(super) fn note(&mut self, number: u64) {
        match number.checked_sub(self.highest) {
            None | Some(0) => {
                let behind = self.highest - number;
                if behind < SIZE {
                    self.seen |= 1 << behind;
                }
            }
            Some(ahead) => {
                self.seen = if ahead < SIZE { self.seen << ahead | 1 } else { 1 };
                self.highest = number;
            }
        }
    }

    /// The whole number of a packet that says its last 16 bits: the nearest there is (RFC 3711 §3.3.1).
    pub(super) fn whole(&self, sequence: u16) -> u64 {
        let here = self.highest & !0xffff | u64::from(sequence);
        let ahead = i64::from(sequence) - (self.highest & 0xffff) as i64;
        if ahead > 0x8000 {
            here.checked_sub(0x1_0000).unwrap_or(here)
        } else if ahead < -0x8000 {
            here + 0x1_0000
        } else {
            here
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_number_is_meant() {
        for (highest, sequence, whole) in [
            (5, 9, 9),
            (0xfff0, 3, 0x1_0003),
            (0x1_0003, 0xfff0, 0xfff0),
            (0x1_0003, 4, 0x1_0004),
            (0x2_8000, 0x7fff, 0x2_7fff),
            (0x2_8001, 0, 0x3_0000),
            (0x2_7fff, 0xffff, 0x2_ffff),
            (0x2_7ffe, 0xffff, 0x1_ffff),
            // Before the first there is nothing.
            (2, 0xfff0, 0xfff0),
        ] {
            assert_eq!(Window::new(highest).whole(sequence), whole, "{highest:x} {sequence:x}");
        }
    }

    #[test]
    fn each_number_once() {
        let mut window = Window::new(1_000);
        for (number, admitted) in [
            (1_000, false),
            (999, true),
            (1_003, true),
            (1_003, false),
            (1_001, true),
            (1_131, true),
            (1_003, false),
            (1_004, true),
        ] {
            assert_eq!(window.admits(number), admitted, "{number}");
            window.note(number);
        }
        window.note(10_000);
        assert!(!window.admits(1_131) && !window.admits(9_872) && window.admits(9_873));
    }
}
