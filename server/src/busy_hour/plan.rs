//! Who calls when, and what they want: as it is in a busy hour, compressed into minutes.

use ringdesk_model::Ids;
use std::time::Duration;

/// The demo's numbers.
pub(super) const MENU: &str = "1000";
pub(super) const SUPPORT: &str = "1001";
pub(super) const VOICEMAIL: &str = "1004";

/// Somebody who will call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// From the beginning of the hour.
    pub(super) after: Duration,
    pub(super) number: &'static str,
    /// Which they show (030 23125 xxx is kept for fiction), and under which name.
    pub(super) from: String,
    pub(super) name: &'static str,
    /// In answer to the menu, one after the other.
    pub(super) keys: &'static [char],
    /// How long they wait for an agent.
    pub(super) patience: Duration,
    /// They do not even wait for the queue.
    pub(super) leaves_after: Option<Duration>,
    /// How long they talk, or speak after the tone.
    pub(super) talks: Duration,
}

const NAMES: [&str; 16] = [
    "Maria Schmidt",
    "Li Wei",
    "Jonas Weber",
    "Wang Fang",
    "Emma Clark",
    "Ali Demir",
    "Zhang Min",
    "Sophie Martin",
    "Peter Novak",
    "Chen Jie",
    "Lena Fischer",
    "Omar Haddad",
    "Liu Yang",
    "Anna Rossi",
    "Tom Baker",
    "Zhao Lei",
];

/// So many callers within `span`: few at first, most in the middle, few at the end. `open`: which numbers there are.
pub(super) fn plan(seed: u64, callers: u32, span: Duration, open: &[&'static str]) -> Vec<Planned> {
    let mut dice = Ids::seeded(seed);
    let has = |number| open.contains(&number);
    let straight = if has(SUPPORT) { SUPPORT } else { MENU };
    let menu = if has(MENU) { MENU } else { SUPPORT };
    let mut all: Vec<Planned> = (0..callers)
        .map(|n| {
            let mut between = |from: u64, to: u64| Duration::from_millis(from + dice.bits() % (to - from).max(1));
            let jitter = between(0, 1_000).as_secs_f64() - 0.5;
            let after = if n == 0 { Duration::ZERO } else { span.mul_f64(arrival(n, callers, jitter)) };
            let mut caller = Planned {
                after,
                number: if n % 2 == 0 { straight } else { menu },
                from: format!("+493023125{:03}", (n * 37 + 11) % 1_000),
                name: NAMES[n as usize % NAMES.len()],
                keys: if n % 3 == 0 { &['2'] } else { &['1'] },
                patience: between(35_000, 110_000),
                leaves_after: None,
                talks: between(20_000, 60_000),
            };
            match n % 10 {
                // They mistype first.
                5 => (caller.number, caller.keys) = (menu, &['7', '1']),
                // They change their mind.
                3 => caller.leaves_after = Some(between(5_000, 14_000)),
                7 if has(VOICEMAIL) => (caller.number, caller.talks) = (VOICEMAIL, between(5_000, 11_000)),
                _ => {}
            }
            caller
        })
        .collect();
    all.sort_by_key(|caller| caller.after);
    all
}

/// Where in the hour the caller of this place comes, 0 to 1: the density is four times higher in the middle than at its ends.
fn arrival(n: u32, of: u32, jitter: f64) -> f64 {
    let place = ((f64::from(n) + 0.5 + jitter * 0.8) / f64::from(of.max(1))).clamp(0.0, 1.0);
    (place + 0.12 * (std::f64::consts::TAU * place).sin()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 3] = [MENU, SUPPORT, VOICEMAIL];

    /// Rows: S16.26
    #[test]
    fn a_busy_hour_has_all_kinds_of_callers_and_a_peak() {
        let span = Duration::from_secs(300);
        let all = plan(7, 60, span, &ALL);
        assert_eq!(all.len(), 60);
        assert_eq!(all[0].after, Duration::ZERO, "somebody calls at once");
        assert!(all.iter().all(|caller| caller.after <= span));
        let within = |from: u64, to: u64| all.iter().filter(|c| (from..to).contains(&c.after.as_secs())).count();
        let (begin, middle, end) = (within(0, 60), within(120, 180), within(240, 301));
        assert!(middle >= 2 * begin && middle >= 2 * end, "{begin} {middle} {end}");
        assert_eq!(all.iter().filter(|c| c.leaves_after.is_some()).count(), 6);
        assert_eq!(all.iter().filter(|c| c.number == VOICEMAIL).count(), 6);
        assert!(all.iter().any(|c| c.keys.len() == 2) && all.iter().any(|c| c.keys == ['2']));
        assert_eq!(plan(7, 60, span, &ALL), all, "the same seed, the same hour");
        assert!(plan(7, 60, span, &[SUPPORT]).iter().all(|c| c.number == SUPPORT));
    }
}
