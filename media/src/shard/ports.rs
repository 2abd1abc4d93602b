//! Which ports are free. A pair that was used rests, so that late packets of the old call enter no new one.

use ringdesk_model::{Ids, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Ports {
    free: VecDeque<u16>,
    resting: VecDeque<(Timestamp, u16)>,
    rest: Duration,
}

impl Ports {
    /// In random order: the next call's port should not be known from the last one's.
    pub(crate) fn new(mut ports: Vec<u16>, rest: Duration, ids: &mut Ids) -> Self {
        for i in (1..ports.len()).rev() {
            ports.swap(i, (ids.bits() % (i as u64 + 1)) as usize);
        }
        Ports { free: ports.into(), resting: VecDeque::new(), rest }
    }

    /// The port that has been free for the longest time.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<u16> {
        self.release(now);
        self.free.pop_front()
    }

    /// A pair was closed, or is held by another program.
    pub(crate) fn rest(&mut self, port: u16, now: Timestamp) {
        self.resting.push_back((now + self.rest, port));
    }

    pub(crate) fn release(&mut self, now: Timestamp) {
        while let Some((until, port)) = self.resting.front().copied().filter(|(until, _)| *until <= now) {
            debug_assert!(until <= now);
            self.resting.pop_front();
            self.free.push_back(port);
        }
    }

    pub(crate) fn next_release(&self) -> Option<Timestamp> {
        self.resting.front().map(|(until, _)| *until)
    }

    pub(crate) fn resting(&self) -> usize {
        self.resting.len()
    }

    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_port_rests_before_it_is_used_again() {
        let mut ports = Ports::new(vec![2, 4], Duration::from_secs(5), &mut Ids::seeded(1));
        let at = |s: i64| Timestamp::from_millis(s * 1000);
        let (a, b) = (ports.take(at(0)).unwrap(), ports.take(at(0)).unwrap());
        assert_ne!(a, b);
        assert_eq!(ports.take(at(0)), None);
        ports.rest(b, at(1));
        ports.rest(a, at(2));
        assert_eq!((ports.take(at(5)), ports.next_release()), (None, Some(at(6))));
        assert_eq!((ports.take(at(6)), ports.take(at(7)), ports.take(at(7))), (Some(b), Some(a), None));
    }
}
