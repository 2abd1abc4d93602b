//! A little shorter or a little longer, without another pitch: one period of the voice is taken out or put in twice, and
//! the cut is blended. A buffer that has to catch up or to wait does it with this instead of dropping sound.

use crate::conceal::pitch;
use crate::level::to_sample;

/// Units of 1 ÷ 8,000 s that are needed to find a period of up to 15 ms and blend it: 35 ms.
const NEEDED: usize = 280;

/// Samples that [`shorten`] and [`lengthen`] need.
pub const fn needed(rate: u32) -> usize {
    NEEDED * (rate / crate::RATE) as usize
}

/// Take one period out of the end of this sound. Returns how many samples fewer it has; 0: it is too short.
pub fn shorten(sound: &mut Vec<i16>, rate: u32) -> usize {
    let Some((period, end)) = period(sound, rate) else { return 0 };
    // The last two periods become one: the first of them goes over into the second.
    let from = end - 2 * period;
    for n in 0..period {
        sound[from + n] = blended(sound[from + n], sound[from + period + n], n, period);
    }
    sound.truncate(end - period);
    period
}

/// Put one period in again at the end of this sound. Returns how many samples more it has; 0: it is too short.
pub fn lengthen(sound: &mut Vec<i16>, rate: u32) -> usize {
    let Some((period, end)) = period(sound, rate) else { return 0 };
    let last = sound[end - period..].to_vec();
    for n in 0..period {
        // Back over the period before, then the last one itself once more.
        sound[end - period + n] = blended(sound[end - period + n], sound[end - 2 * period + n], n, period);
    }
    sound.extend(last);
    period
}

fn period(sound: &[i16], rate: u32) -> Option<(usize, usize)> {
    let per = (rate / crate::RATE).clamp(1, 2) as usize;
    (sound.len() >= needed(rate)).then(|| (pitch(sound, per), sound.len()))
}

fn blended(from: i16, to: i16, n: usize, of: usize) -> i16 {
    let share = (n + 1) as f64 / (of + 1) as f64;
    to_sample(f64::from(from) * (1.0 - share) + f64::from(to) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{measure, mix};

    #[test]
    fn shorter_and_longer_with_the_same_pitch_and_no_click() {
        let steps = |s: &[i16]| s.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
        for rate in [8_000, 16_000] {
            for hz in [90.0, 130.0, 250.0] {
                let whole = mix(&[hz, 3.0 * hz], -16.0, rate, rate as usize);
                let cut = rate as usize / 2;
                let mut head = whole[..cut].to_vec();
                let fewer = shorten(&mut head, rate);
                assert!((40..=240).contains(&fewer) && head.len() == cut - fewer, "{hz} {fewer}");
                head.extend(&whole[cut..]);
                assert!(steps(&head) < steps(&whole) * 5 / 4, "shorter: {hz} at {rate}");
                assert!((measure(&head, rate, hz) + 16.0).abs() < 1.0);

                let mut head = whole[..cut].to_vec();
                let more = lengthen(&mut head, rate);
                assert!((40..=240).contains(&more) && head.len() == cut + more, "{hz} {more}");
                head.extend(&whole[cut..]);
                assert!(steps(&head) < steps(&whole) * 5 / 4, "longer: {hz} at {rate}");
                assert!((measure(&head, rate, hz) + 16.0).abs() < 1.0);
            }
        }
    }

    #[test]
    fn too_little_stays_as_it_is() {
        let mut short = vec![5; 100];
        assert_eq!((shorten(&mut short, 8_000), lengthen(&mut short, 8_000)), (0, 0));
        assert_eq!(short, [5; 100]);
        let mut silence = vec![0; 400];
        assert!(shorten(&mut silence, 8_000) > 0 && silence.iter().all(|s| *s == 0));
    }
}
