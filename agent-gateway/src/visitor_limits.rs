//! What visitors of web sites may ask for: so much at once, and so much in time, each for themselves. Whoever asks for more is
//! told when to come back, and slows nobody else: what one has asked in vain counts for nobody but them.

use ringdesk_conversations::Allowance;
use ringdesk_model::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Buckets that are kept. When full, those that are whole again are forgotten; where none is, newcomers share one.
const KEPT: usize = 20_000;

/// So many at once, and one more in each of these times.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub at_once: u32,
    pub one_in: Duration,
}

impl From<Allowance> for Rate {
    fn from(allowance: Allowance) -> Rate {
        Rate { at_once: allowance.at_once, one_in: allowance.one_in() }
    }
}

/// How much is let through where an inbox does not say otherwise. An office, or the visitors of a mobile network, are one address.
#[derive(Clone, Copy, Debug)]
pub struct VisitorRates {
    pub texts_of_visitor: Rate,
    pub texts_of_address: Rate,
    pub texts_of_inbox: Rate,
    /// Of the API channel, whose programs speak for all their contacts.
    pub texts_of_contact: Rate,
    pub files_of_visitor: Rate,
    pub files_of_address: Rate,
    pub calls_of_visitor: Rate,
    pub calls_of_address: Rate,
    pub calls_of_inbox: Rate,
    pub tracks_of_visitor: Rate,
    pub tracks_of_address: Rate,
    pub tracks_of_inbox: Rate,
    pub visitors_of_address: Rate,
    pub visitors_of_inbox: Rate,
    pub ratings_of_address: Rate,
    pub sockets_of_visitor: usize,
    pub sockets_of_address: usize,
}

impl Default for VisitorRates {
    fn default() -> Self {
        let rate = |at_once, millis| Rate { at_once, one_in: Duration::from_millis(millis) };
        VisitorRates {
            texts_of_visitor: rate(10, 1_000),
            texts_of_address: rate(100, 100),
            texts_of_inbox: rate(1_000, 5),
            texts_of_contact: rate(60, 500),
            files_of_visitor: rate(10, 6_000),
            files_of_address: rate(60, 1_000),
            calls_of_visitor: rate(4, 15_000),
            calls_of_address: rate(20, 3_000),
            calls_of_inbox: rate(200, 200),
            tracks_of_visitor: rate(20, 500),
            tracks_of_address: rate(300, 20),
            tracks_of_inbox: rate(2_000, 1),
            visitors_of_address: rate(30, 2_000),
            visitors_of_inbox: rate(500, 50),
            ratings_of_address: rate(30, 2_000),
            sockets_of_visitor: 10,
            sockets_of_address: 500,
        }
    }
}

/// Clones share what they know.
#[derive(Clone, Default)]
pub struct VisitorLimits {
    pub rates: VisitorRates,
    buckets: Arc<Mutex<HashMap<String, Bucket>>>,
    seats: Arc<Mutex<HashMap<String, usize>>>,
}

struct Bucket {
    /// From when on it is whole.
    whole_at: Timestamp,
}

/// One open socket; its place is free again when it is dropped.
pub(crate) struct Seat {
    seats: Arc<Mutex<HashMap<String, usize>>>,
    whose: String,
}

impl VisitorLimits {
    /// One more of this. An error: not before so long.
    pub(crate) fn take(&self, now: Timestamp, whose: &str, rate: Rate) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT && !buckets.contains_key(whose) {
            buckets.retain(|_, bucket| bucket.whole_at > now);
        }
        let whose = if buckets.len() >= KEPT && !buckets.contains_key(whose) { "" } else { whose };
        let bucket = buckets.entry(whose.to_owned()).or_insert(Bucket { whole_at: now });
        let whole_at = bucket.whole_at.max(now) + rate.one_in;
        let most = now + rate.one_in * rate.at_once;
        if whole_at > most {
            return Err(whole_at.since(most));
        }
        bucket.whole_at = whole_at;
        Ok(())
    }

    /// A place for a socket, if there are fewer than `most`.
    pub(crate) fn sit(&self, whose: String, most: usize) -> Option<Seat> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let open = seats.entry(whose.clone()).or_default();
        (*open < most).then(|| {
            *open += 1;
            Seat { seats: self.seats.clone(), whose }
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = seats.get_mut(&self.whose) {
            *open -= 1;
            if *open == 0 {
                seats.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_flood_is_its_own_makers_trouble() {
        let limits = VisitorLimits::default();
        let rate = Rate { at_once: 10, one_in: SECOND };
        let let_in = (0..100).filter(|n| limits.take(START + SECOND / 100 * *n, "loud", rate).is_ok()).count();
        assert_eq!(let_in, 10, "a hundred in a second");
        assert_eq!(limits.take(START, "quiet", rate), Ok(()));
        let wait = limits.take(START + SECOND, "loud", rate);
        assert_eq!(wait, Ok(()), "what came in vain did not lengthen the wait");
        let wait = limits.take(START + SECOND, "loud", rate).unwrap_err();
        assert_eq!(wait, SECOND);
        assert_eq!(limits.take(START + SECOND + wait, "loud", rate), Ok(()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let limits = VisitorLimits::default();
        let rate = Rate { at_once: 2, one_in: SECOND };
        for n in 0..KEPT + 100 {
            let _ = limits.take(START, &n.to_string(), rate);
        }
        assert!(limits.buckets.lock().unwrap().len() <= KEPT + 1);
        assert!(limits.take(START, "newcomer", rate).is_err(), "newcomers share one");
        assert_eq!(limits.take(START + SECOND * 3, "newcomer", rate), Ok(()), "those that are whole make room");
    }

    #[test]
    fn a_place_is_free_again() {
        let limits = VisitorLimits::default();
        let first = limits.sit("a".into(), 1).unwrap();
        assert!(limits.sit("a".into(), 1).is_none());
        assert!(limits.sit("b".into(), 1).is_some());
        drop(first);
        assert!(limits.sit("a".into(), 1).is_some());
    }
}
