//! Places in queues that callers kept when they hung up: how long they wait altogether, and whether somebody talks with them at last.
//! The stay of the call in which they came ends when they hang up, and that of a call in which they are called back begins when they
//! are on the line: neither is what they have waited.

use crate::{Period, Sample};
use ringdesk_model::{CallId, ConversationId, QueueId, Timestamp};
use std::time::Duration;

/// A place that somebody kept, from the moment at which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceKept {
    /// In which they came.
    pub conversation: ConversationId,
    pub queue: QueueId,
    /// Since when they wait.
    pub at: Timestamp,
    /// Until then they were on the line.
    pub kept_at: Timestamp,
    /// The last call that was made for it, or that closed it.
    pub call: Option<CallId>,
    /// They talked with an agent; `None`: they have not.
    pub talked_at: Option<Timestamp>,
    /// `reached`, `they_called`, `not_reached`, or why somebody closed it; `None`: it goes on.
    pub closed_as: Option<String>,
}

impl PlaceKept {
    /// Is there nothing more to come?
    pub(crate) fn is_over(&self) -> bool {
        self.closed_as.is_some()
    }
}

/// Those of callers who came within a period. `which`: until when a place lasted, and whether it counts; `None`: it is not one of them.
pub(crate) fn places(
    kept: &[PlaceKept],
    period: Period,
    which: impl Fn(&PlaceKept) -> Option<(Timestamp, bool)>,
) -> Vec<Sample> {
    let one = |place: &PlaceKept| {
        let (until, hit) = which(place)?;
        Some(Sample {
            at: place.at,
            queue: Some(place.queue),
            agent: None,
            conversation: Some(place.conversation),
            call: place.call,
            us: micros(until.since(place.at)),
            stars: 0,
            hit,
            detail: Some(place.closed_as.clone().unwrap_or_else(|| "open".to_owned())),
        })
    };
    kept.iter().filter(|place| period.holds(place.at)).filter_map(one).collect()
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{By, Events, Figure, Key, Metric, Rules, figures, samples};
    use ringdesk_model::Ids;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn figures_of(metric: Metric, events: &Events, by: By) -> Vec<Figure> {
        let period = Period { from: at(0), to: at(1_000) };
        figures(metric, &samples(metric, events, &Rules::default(), period, at(9_000)), by)
    }

    /// Came at, kept their place and talked after so many seconds, and how it ended: called back after 10 min, by themselves after
    /// 5 min, never reached, still open; yesterday's.
    ///
    /// Rows: V7
    #[test]
    fn the_whole_wait_of_who_keeps_their_place_lasts_until_the_talk() {
        let mut ids = Ids::seeded(7);
        let queue: QueueId = ids.next(at(0));
        let mut events = Events::default();
        for (from, kept, talked, closed_as) in [
            (10, 60, Some(600), Some("reached")),
            (20, 120, Some(300), Some("they_called")),
            (30, 90, None, Some("not_reached")),
            (40, 30, None, None),
            (-10, 60, Some(100), Some("reached")),
        ] {
            events.places.push(PlaceKept {
                conversation: ids.next(at(0)),
                queue,
                at: at(from),
                kept_at: at(from + kept),
                call: None,
                talked_at: talked.map(|after: i64| at(from + after)),
                closed_as: closed_as.map(str::to_owned),
            });
        }
        let whole = |metric: Metric| figures_of(metric, &events, By::Nothing)[0].value;
        assert_eq!(whole(Metric::PlacesKept), Some(4.0));
        assert_eq!(whole(Metric::PlacesReached), Some(66.67), "two of three that are over");
        assert_eq!(whole(Metric::PlaceWaitBefore), Some((60.0 + 120.0 + 90.0 + 30.0) / 4.0 * 1_000.0));
        assert_eq!(whole(Metric::PlaceWaitAverage), Some((600.0 + 300.0) / 2.0 * 1_000.0));
        assert_eq!(whole(Metric::PlaceWaitP90), Some(600_000.0));
        let by: Vec<Key> = figures_of(Metric::PlacesKept, &events, By::Detail).into_iter().map(|f| f.key).collect();
        let named = ["not_reached", "open", "reached", "they_called"].map(|name| Key::Detail(name.into()));
        assert!(by.len() == 4 && named.iter().all(|key| by.contains(key)), "{by:?}");
        assert_eq!(figures_of(Metric::PlaceWaitAverage, &events, By::Queue)[0].key, Key::Queue(queue));
        let none = samples(
            Metric::PlaceWaitAverage,
            &Events::default(),
            &Rules::default(),
            Period { from: at(0), to: at(9) },
            at(9),
        );
        assert_eq!(figures(Metric::PlaceWaitAverage, &none, By::Nothing)[0].value, None);
    }
}
