//! Who calls again and again: counted by number, so that one of them does not take all lines of the house.

use ringdesk_model::{Country, Timestamp};
use ringdesk_operations::contact_blocks::BlockAnswer;
use ringdesk_operations::turned_away::CallerLimit;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Numbers that are kept. When full, those that have not called for long are forgotten; where none is, newcomers are let in uncounted.
const KEPT: usize = 20_000;

/// What the house allows, and who called. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct CallerRates(Arc<Mutex<(Option<CallerLimit>, RecentCalls)>>);

impl CallerRates {
    /// As the account has it now; who called is remembered.
    pub(crate) fn set(&self, limit: Option<CallerLimit>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = limit;
    }

    /// One more call of this number. What it meets, where it is one too many.
    pub(crate) fn too_many(&self, now: Timestamp, caller: &str, home: Country) -> Option<BlockAnswer> {
        let (limit, recent) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limit.as_ref()?;
        let who = limit.counts(caller, home)?;
        recent.is_too_many(now, who, limit.rate.most, limit.rate.within()).then(|| limit.rate.answer.clone())
    }
}

/// When each of them called and was let in. What was refused does not count: who stops for a while gets through again.
#[derive(Default)]
struct RecentCalls(HashMap<Vec<u8>, VecDeque<Timestamp>>);

impl RecentCalls {
    /// One more call: is it one too many?
    fn is_too_many(&mut self, now: Timestamp, who: Vec<u8>, most: u32, within: Duration) -> bool {
        let since = now - within;
        if self.0.len() >= KEPT && !self.0.contains_key(&who) {
            self.0.retain(|_, calls| calls.back().is_some_and(|last| *last > since));
            if self.0.len() >= KEPT {
                return false;
            }
        }
        let calls = self.0.entry(who).or_default();
        while calls.front().is_some_and(|first| *first <= since) {
            calls.pop_front();
        }
        let is_full = calls.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if !is_full {
            calls.push_back(now);
        }
        is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Rows: S9.18
    #[test]
    fn so_many_calls_in_their_time_and_no_more() {
        let mut recent = RecentCalls::default();
        let mut call = |after: u32, who: &str| recent.is_too_many(START + MINUTE * after, who.into(), 2, MINUTE * 10);
        let said: Vec<bool> = [0, 1, 2, 3, 9].into_iter().map(|after| call(after, "a")).collect();
        assert_eq!(said, [false, false, true, true, true]);
        assert!(!call(3, "b"), "others are counted for themselves");
        assert!(!call(10, "a"), "the first is ten minutes ago; those that were refused did not count");
        assert!(call(10, "a"));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut recent = RecentCalls::default();
        for n in 0..KEPT {
            recent.is_too_many(START, n.to_be_bytes().to_vec(), 1, MINUTE);
        }
        for _ in 0..2 {
            assert!(!recent.is_too_many(START, b"newcomer".to_vec(), 1, MINUTE), "nobody is refused for want of room");
        }
        assert!(recent.0.len() <= KEPT);
        assert!(!recent.is_too_many(START + MINUTE, b"newcomer".to_vec(), 1, MINUTE), "those who stopped make room");
        assert!(recent.is_too_many(START + MINUTE, b"newcomer".to_vec(), 1, MINUTE));
        assert_eq!(recent.0.len(), 1);
    }
}
