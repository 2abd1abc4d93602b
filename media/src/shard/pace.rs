//! How far apart the turns of a crowded shard lie. The packets of many legs come one by one, and to be woken for each costs
//! as much as passing it on; a turn that waits a little finds many. With few legs there is nothing to gain, and no packet waits.

use ringdesk_model::Timestamp;
use std::time::Duration;

/// From one turn with packets to the next: the longest that a packet waits for others. A relay may delay by 2 ms.
pub(crate) const GATHER: Duration = Duration::from_micros(1_500);
/// Calls from which on packets are gathered: two legs of each bring some five packets in that time.
pub(crate) const CROWD: usize = 32;
/// Shorter rests cost more than they bring.
const LEAST: Duration = Duration::from_micros(100);

#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When the turn began before whose successor there is a rest.
    crowded: Option<Timestamp>,
}

impl Pace {
    /// A turn begins; `packets`: some have come.
    pub(crate) fn turn(&mut self, now: Timestamp, packets: bool, calls: usize) {
        self.crowded = (packets && calls >= CROWD).then_some(now);
    }

    /// For how long nothing is looked at before the next turn.
    pub(crate) fn rest(&self, now: Timestamp) -> Option<Duration> {
        let rest = GATHER.saturating_sub(now.since(self.crowded?));
        (rest >= LEAST).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packets_of_a_crowd_are_gathered_and_none_waits_longer() {
        let (mut pace, at) = (Pace::default(), Timestamp);
        assert_eq!(pace.rest(at(0)), None);
        pace.turn(at(10_000), true, CROWD - 1);
        assert_eq!(pace.rest(at(10_000)), None, "few calls");
        pace.turn(at(10_000), false, CROWD);
        assert_eq!(pace.rest(at(10_000)), None, "a timer or a command");
        pace.turn(at(10_000), true, CROWD);
        assert_eq!(pace.rest(at(10_300)), Some(Duration::from_micros(1_200)), "what the turn took is part of it");
        assert_eq!(pace.rest(at(11_450)), None, "not worth it");
        assert_eq!(pace.rest(at(20_000)), None, "late already");
    }
}
