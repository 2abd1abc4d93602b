//! Alerts: when a leader is warned, how long a condition must hold for that, and when it is enough.
//!
//! A watch over readings. Whoever reads (the floor, the trunks, the rows) says how things stand; this says what is new.

use ringdesk_model::{AlertRuleId, QueueId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

macro_rules! watched {
    ($($(#[$doc:meta])* $name:ident $id:literal $below:literal,)*) => {
        /// What can be watched.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Watched {$(
            $(#[$doc])*
            #[serde(rename = $id)]
            $name,
        )*}

        impl Watched {
            pub const ALL: &[Watched] = &[$(Watched::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Watched::$name => $id,)* }
            }

            /// It is bad when it falls to the threshold, and not when it rises to it.
            pub const fn is_bad_below(self) -> bool {
                match self { $(Watched::$name => $below,)* }
            }
        }
    };
}

watched! {
    /// Callers who wait in a queue.
    Waiting "waiting" false,
    /// Seconds that the longest of them waits.
    LongestWait "longest_wait" false,
    /// Percent, of the day.
    ServiceLevel "service_level" true,
    /// Agents of a queue who are ready.
    Ready "ready" true,
    /// 1: agents of a queue are there, and all of them on a break.
    AllOnBreak "all_on_break" false,
    /// Seconds that an agent is in wrap-up.
    WrapUp "wrap_up" false,
    /// Rings within half an hour that an agent left unanswered.
    NoAnswers "no_answers" false,
    /// 1: a trunk does not answer.
    TrunkDown "trunk_down" false,
    /// Recordings of the last ten minutes that failed.
    RecordingFailed "recording_failed" false,
    /// Days until the disk is full.
    DiskDays "disk_days" true,
    /// Promised callbacks of a queue whose time is over.
    CallbacksOverdue "callbacks_overdue" false,
    /// Answers of one or two stars within half an hour.
    LowRatings "low_ratings" false,
    /// Conversations by text of a queue that agents have in hand.
    TextsInHand "texts_in_hand" false,
}

impl Watched {
    pub fn parse(name: &str) -> Option<Watched> {
        Watched::ALL.iter().copied().find(|watched| watched.as_str() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertRule {
    pub metric: Watched,
    pub threshold: f64,
    /// It must hold so many seconds.
    #[serde(default)]
    pub for_seconds: u32,
    /// `None`: any queue, whichever it is.
    #[serde(default)]
    pub queue: Option<QueueId>,
    /// After its end nobody is warned of the same again for so many seconds.
    #[serde(default)]
    pub cool_down_seconds: u32,
}

/// How something stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub metric: Watched,
    /// `queue:<id>`, `agent:<id>`, `trunk:<id>`, `house`.
    pub subject: String,
    /// Where it belongs to one.
    pub queue: Option<QueueId>,
    pub value: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlertNews {
    Raised { rule: AlertRuleId, subject: String, value: f64 },
    Ended { rule: AlertRuleId, subject: String },
}

#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    bad_since: Option<Timestamp>,
    raised: bool,
    quiet_until: Option<Timestamp>,
}

/// What is being watched, by rule and subject.
#[derive(Clone, Debug, Default)]
pub struct Watching(BTreeMap<(AlertRuleId, String), Watch>);

impl Watching {
    /// What was raised before a restart and has not ended.
    pub fn resume(&mut self, rule: AlertRuleId, subject: String) {
        self.0.insert((rule, subject), Watch { bad_since: Some(Timestamp(0)), raised: true, quiet_until: None });
    }

    /// Everything that is read now. What is not read any more (a queue that is gone, an agent who left) is well.
    pub fn look(
        &mut self,
        now: Timestamp,
        rules: &BTreeMap<AlertRuleId, AlertRule>,
        readings: &[Reading],
    ) -> Vec<AlertNews> {
        let mut bad: BTreeMap<(AlertRuleId, String), f64> = BTreeMap::new();
        for (id, rule) in rules {
            let of = |reading: &&Reading| {
                reading.metric == rule.metric && (rule.queue.is_none() || reading.queue == rule.queue)
            };
            for reading in readings.iter().filter(of) {
                let is_bad = match rule.metric.is_bad_below() {
                    true => reading.value <= rule.threshold,
                    false => reading.value >= rule.threshold,
                };
                if is_bad {
                    bad.insert((*id, reading.subject.clone()), reading.value);
                }
            }
        }
        let mut news = Vec::new();
        for (place, value) in &bad {
            let Some(rule) = rules.get(&place.0) else { continue };
            let watch = self.0.entry(place.clone()).or_default();
            let since = *watch.bad_since.get_or_insert(now);
            let holds = now.since(since) >= Duration::from_secs(rule.for_seconds.into());
            if !watch.raised && holds && watch.quiet_until.is_none_or(|until| now >= until) {
                watch.raised = true;
                news.push(AlertNews::Raised { rule: place.0, subject: place.1.clone(), value: *value });
            }
        }
        for (place, watch) in &mut self.0 {
            if bad.contains_key(place) {
                continue;
            }
            watch.bad_since = None;
            if std::mem::take(&mut watch.raised) {
                let quiet = rules.get(&place.0).map_or(0, |rule| rule.cool_down_seconds);
                watch.quiet_until = Some(now + Duration::from_secs(quiet.into()));
                news.push(AlertNews::Ended { rule: place.0, subject: place.1.clone() });
            }
        }
        self.0.retain(|_, watch| {
            watch.raised || watch.bad_since.is_some() || watch.quiet_until.is_some_and(|until| now < until)
        });
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    /// Rows: S11.26
    #[test]
    fn a_warning_needs_time_and_comes_once() {
        let mut ids = Ids::seeded(1);
        let (rule, queue, other): (AlertRuleId, QueueId, QueueId) = (ids.next(at(0)), ids.next(at(0)), ids.next(at(0)));
        let rules = BTreeMap::from([(
            rule,
            AlertRule {
                metric: Watched::Waiting,
                threshold: 5.0,
                for_seconds: 30,
                queue: Some(queue),
                cool_down_seconds: 60,
            },
        )]);
        let reads = |queue: QueueId, value| Reading {
            metric: Watched::Waiting,
            subject: format!("queue:{queue}"),
            queue: Some(queue),
            value,
        };
        let mut watching = Watching::default();
        let subject = format!("queue:{queue}");
        let raised = |value| vec![AlertNews::Raised { rule, subject: subject.clone(), value }];
        let ended = || vec![AlertNews::Ended { rule, subject: subject.clone() }];
        for (second, value, expected) in [
            (0, 4.0, vec![]),
            (10, 5.0, vec![]),
            (39, 6.0, vec![]),
            (40, 7.0, raised(7.0)),
            (41, 9.0, vec![]),
            (50, 2.0, ended()),
            // Within the cool-down it stays quiet, however long it lasts.
            (60, 8.0, vec![]),
            (109, 8.0, vec![]),
            (110, 8.0, raised(8.0)),
            (111, 1.0, ended()),
        ] {
            let news = watching.look(at(second), &rules, &[reads(queue, value), reads(other, 99.0)]);
            assert_eq!(news, expected, "second {second}");
        }
        assert_eq!(watching.look(at(400), &rules, &[]), []);
        assert!(watching.0.is_empty(), "nothing is kept for ever");
    }

    #[test]
    fn some_things_are_bad_when_they_fall_and_what_is_gone_is_well() {
        let mut ids = Ids::seeded(1);
        let rule: AlertRuleId = ids.next(at(0));
        let rules = BTreeMap::from([(
            rule,
            AlertRule { metric: Watched::DiskDays, threshold: 7.0, for_seconds: 0, queue: None, cool_down_seconds: 0 },
        )]);
        let reads = |value| [Reading { metric: Watched::DiskDays, subject: "house".into(), queue: None, value }];
        let mut watching = Watching::default();
        assert_eq!(watching.look(at(0), &rules, &reads(8.0)), []);
        assert_eq!(watching.look(at(1), &rules, &reads(7.0)).len(), 1);
        assert_eq!(watching.look(at(2), &rules, &[]), [AlertNews::Ended { rule, subject: "house".into() }]);
        watching.resume(rule, "house".into());
        assert_eq!(watching.look(at(3), &rules, &reads(1.0)), [], "it was raised before the restart");
        assert_eq!(watching.look(at(4), &rules, &reads(9.0)).len(), 1);
        for watched in Watched::ALL {
            assert_eq!(Watched::parse(watched.as_str()), Some(*watched));
        }
    }
}
