//! How long somebody will wait: from how long others waited, per place in the queue. Four of five waited less than that, and what
//! was said once only falls.

use super::Router;
use ringdesk_model::{Medium, QueueId, Timestamp, WorkItemId};
use std::collections::VecDeque;
use std::time::Duration;

/// The newest served, and not longer ago than that.
const KEPT: usize = 50;
const RECENT: Duration = Duration::from_secs(3_600);
/// With fewer nothing is said.
const LEAST: usize = 5;

/// The waits of those who were served lately.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// When, and µs of waiting per place they had when they came. At most [`KEPT`]; the oldest go.
    served: VecDeque<(Timestamp, u64)>,
}

impl Waits {
    fn add(&mut self, now: Timestamp, waited: Duration, place: u32) {
        let per_place = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX) / u64::from(place.max(1));
        while self.served.len() >= KEPT || self.served.front().is_some_and(|(at, _)| *at + RECENT < now) {
            self.served.pop_front();
        }
        self.served.push_back((now, per_place));
    }

    /// Of waits per place, the one that four of five did not exceed.
    fn per_place(&self, now: Timestamp) -> Option<Duration> {
        let mut recent: Vec<u64> =
            self.served.iter().filter(|(at, _)| *at + RECENT >= now).map(|(_, per_place)| *per_place).collect();
        if recent.len() < LEAST {
            return None;
        }
        recent.sort_unstable();
        let rank = (recent.len() * 4).div_ceil(5) - 1;
        Some(Duration::from_micros(recent[rank]))
    }
}

impl Router {
    /// How long the item will wait from now on, at the most, as far as can be said: four of five times it is less. Never more than
    /// what was left of the last answer. `None`: too little is known, or it has waited longer than was said.
    pub fn wait(&self, now: Timestamp, work_item: WorkItemId) -> Option<Duration> {
        let until = self.items.get(&work_item).filter(|item| !item.sought)?.promised?;
        (until > now).then(|| until.since(now))
    }

    /// Its place and what is known of the queue's pace say until when it will have been served.
    pub(super) fn promise(&mut self, now: Timestamp, id: WorkItemId) {
        let Some(place) = self.place(id) else { return };
        let Some(item) = self.items.get(&id) else { return };
        let Some(queue) = self.queues.get(&item.work.queue) else { return };
        let per_place = queue.side(item.work.medium).waits.per_place(now);
        if let Some(item) = self.items.get_mut(&id) {
            item.first_place = place;
            item.promised = sooner(item.promised, now, per_place, place);
        }
    }

    /// Somebody was served who had waited: the others may be nearer than was thought.
    pub(super) fn waited(&mut self, now: Timestamp, id: WorkItemId) {
        let Some(item) = self.items.get(&id).filter(|item| item.waited && !item.work.callback && !item.sought) else {
            return;
        };
        let (queue_id, medium) = (item.work.queue, item.work.medium);
        let (waited, place) = (now.since(item.entered_at), item.first_place);
        if let Some(queue) = self.queues.get_mut(&queue_id) {
            queue.side_mut(medium).waits.add(now, waited, place);
        }
        self.promise_anew(now, queue_id, medium, id);
    }

    fn promise_anew(&mut self, now: Timestamp, queue_id: QueueId, medium: Medium, served: WorkItemId) {
        let Some(queue) = self.queues.get(&queue_id) else { return };
        let per_place = queue.side(medium).waits.per_place(now);
        let behind = queue.items.iter().filter(|(_, id)| *id != served);
        for (place, (_, id)) in (1..).zip(behind) {
            if let Some(item) = self.items.get_mut(id).filter(|item| item.work.medium == medium) {
                item.promised = sooner(item.promised, now, per_place, place);
            }
        }
    }
}

fn sooner(promised: Option<Timestamp>, now: Timestamp, per_place: Option<Duration>, place: u32) -> Option<Timestamp> {
    let new = per_place.map(|per_place| now + per_place.saturating_mul(place));
    match (promised, new) {
        (Some(old), Some(new)) => Some(old.min(new)),
        (old, new) => old.or(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    /// Rows: S7.6
    #[test]
    fn the_pace_is_what_four_of_five_did_not_exceed() {
        let mut waits = Waits::default();
        for (n, seconds) in (0..).zip([10, 20, 30, 40]) {
            waits.add(at(n), Duration::from_secs(seconds), 1);
        }
        assert_eq!(waits.per_place(at(10)), None, "four are too few");
        waits.add(at(4), Duration::from_secs(100), 2);
        assert_eq!(waits.per_place(at(10)), Some(Duration::from_secs(40)), "10, 20, 30, 40, 50: the fourth");
        assert_eq!(waits.per_place(at(3_601)), None, "an hour later the first is forgotten");
        for n in 0..60 {
            waits.add(at(10 + n), Duration::from_secs(1), 1);
        }
        assert_eq!((waits.per_place(at(70)), waits.served.len()), (Some(Duration::from_secs(1)), KEPT));
    }

    /// Rows: S7.6
    #[test]
    fn what_was_said_only_falls() {
        let pace = Some(Duration::from_secs(60));
        assert_eq!(sooner(None, at(0), None, 3), None);
        assert_eq!(sooner(None, at(0), pace, 3), Some(at(180)));
        assert_eq!(sooner(Some(at(180)), at(60), pace, 3), Some(at(180)), "others went first: not longer");
        assert_eq!(sooner(Some(at(180)), at(60), pace, 1), Some(at(120)));
        assert_eq!(sooner(Some(at(180)), at(60), None, 1), Some(at(180)));
    }
}
