//! How many calls a trunk takes and a number has channels for. A call holds its places from its INVITE to its end, whichever
//! end that is; in both directions alike. What arrives in one second is counted in that second, whole.

use super::directory::Directory;
use super::headers::Name;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::LegId;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Places {
    held: BTreeMap<LegId, Place>,
    calls: BTreeMap<TrunkId, u32>,
    channels: BTreeMap<String, u32>,
    /// When calls of the last second began, of trunks that limit them; no more than they may have.
    begun: BTreeMap<TrunkId, VecDeque<Timestamp>>,
}

/// What one call holds.
struct Place {
    trunk: TrunkId,
    /// In its one form.
    number: Option<String>,
}

/// There is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// The trunk has as many calls as it may.
    Trunk,
    /// They come, or go, too fast.
    Pace,
    /// All channels of the number are taken.
    Number,
}

impl NoPlace {
    /// What a call gets that comes in, with its cause in the network's words (Q.850).
    pub(crate) fn refusal(self) -> (u16, (Name, &'static str)) {
        match self {
            NoPlace::Trunk => (503, (Name::Reason, "Q.850;cause=34;text=\"No circuit/channel available\"")),
            NoPlace::Pace => (503, (Name::Reason, "Q.850;cause=42;text=\"Switching equipment congestion\"")),
            NoPlace::Number => (486, (Name::Reason, "Q.850;cause=17;text=\"User busy\"")),
        }
    }
}

impl Places {
    /// A call begins. `must`: an emergency call is counted, never refused.
    pub(crate) fn take(
        &mut self,
        now: Timestamp,
        directory: &Directory,
        leg: LegId,
        trunk: TrunkId,
        number: Option<String>,
        must: bool,
    ) -> Result<(), NoPlace> {
        let profile = directory.profile(trunk);
        let number = number.filter(|number| directory.own_number(number).is_some_and(|own| own.channels.is_some()));
        if !must {
            if self.is_full(directory, trunk) {
                return Err(NoPlace::Trunk);
            }
            if let Some(number) = &number {
                let most = directory.own_number(number).and_then(|own| own.channels);
                let taken = self.channels.get(number).copied().unwrap_or(0);
                if most.is_some_and(|most| taken >= most) {
                    return Err(NoPlace::Number);
                }
            }
        }
        match profile.calls_per_second {
            Some(most) => {
                let begun = self.begun.entry(trunk).or_default();
                while begun.front().is_some_and(|at| now.since(*at) >= SECOND) {
                    begun.pop_front();
                }
                if begun.len() >= most as usize && !must {
                    return Err(NoPlace::Pace);
                }
                if begun.len() < most as usize {
                    begun.push_back(now);
                }
            }
            None => drop(self.begun.remove(&trunk)),
        }
        *self.calls.entry(trunk).or_default() += 1;
        if let Some(number) = &number {
            *self.channels.entry(number.clone()).or_default() += 1;
        }
        self.release(leg);
        self.held.insert(leg, Place { trunk, number });
        Ok(())
    }

    /// A call is over; said more than once it does no harm.
    pub(crate) fn release(&mut self, leg: LegId) {
        let Some(Place { trunk, number }) = self.held.remove(&leg) else { return };
        give_back(&mut self.calls, &trunk);
        if let Some(number) = number {
            give_back(&mut self.channels, &number);
        }
    }

    pub(crate) fn is_full(&self, directory: &Directory, trunk: TrunkId) -> bool {
        directory.profile(trunk).max_calls.is_some_and(|most| self.calls(trunk) >= most)
    }

    /// Calls that this trunk has now.
    pub(crate) fn calls(&self, trunk: TrunkId) -> u32 {
        self.calls.get(&trunk).copied().unwrap_or(0)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.calls.is_empty() && self.channels.is_empty()
    }
}

fn give_back<K: Ord>(counts: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
