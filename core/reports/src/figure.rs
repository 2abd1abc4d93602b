//! From samples to figures.

use crate::{Kind, Metric, Sample};
use ringdesk_model::{AgentId, Channel, InboxId, QueueId, SegmentId, TagId, Timestamp};
use std::collections::BTreeMap;

const HOUR_US: i64 = 3_600_000_000;

/// What to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Nothing,
    Queue,
    Agent,
    /// Hours of the clock. All zones differ from each other by quarters of an hour, most by whole ones: `shift_us` is that of
    /// the reader's zone from UTC.
    Hour {
        shift_us: i64,
    },
    /// Outcome, or reason.
    Detail,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    All,
    Queue(QueueId),
    Agent(AgentId),
    /// Its beginning.
    Hour(Timestamp),
    Detail(String),
    Channel(Channel),
    Inbox(InboxId),
    Tag(TagId),
    /// Of contacts.
    Segment(SegmentId),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub key: Key,
    /// In the unit of the metric; times in milliseconds. `None`: of nothing there is no average.
    pub value: Option<f64>,
    /// Samples behind it.
    pub rows: usize,
}

/// The figures of a metric, one per key, in the order of the keys. Samples that the key does not tell apart (a stay in a
/// queue has no agent) are left out.
pub fn figures(metric: Metric, samples: &[Sample], by: By) -> Vec<Figure> {
    let mut groups: BTreeMap<Key, Vec<Sample>> = BTreeMap::new();
    if by == By::Nothing {
        groups.insert(Key::All, Vec::new());
    }
    for sample in samples {
        match by {
            By::Nothing => groups.entry(Key::All).or_default().push(sample.clone()),
            By::Queue => {
                if let Some(queue) = sample.queue {
                    groups.entry(Key::Queue(queue)).or_default().push(sample.clone());
                }
            }
            By::Agent => {
                if let Some(agent) = sample.agent {
                    groups.entry(Key::Agent(agent)).or_default().push(sample.clone());
                }
            }
            By::Detail => {
                let detail = sample.detail.clone().unwrap_or_default();
                groups.entry(Key::Detail(detail)).or_default().push(sample.clone());
            }
            By::Hour { shift_us } => {
                for (hour, part) in hours(metric, sample, shift_us) {
                    groups.entry(Key::Hour(hour)).or_default().push(part);
                }
            }
        }
    }
    of_groups(metric, groups)
}

/// The figures of a metric by what somebody else knows of each sample: none, one or several keys. A conversation with two tags
/// counts under both.
pub fn figures_by(metric: Metric, samples: &[Sample], keys: impl Fn(&Sample) -> Vec<Key>) -> Vec<Figure> {
    let mut groups: BTreeMap<Key, Vec<Sample>> = BTreeMap::new();
    for sample in samples {
        for key in keys(sample) {
            groups.entry(key).or_default().push(sample.clone());
        }
    }
    of_groups(metric, groups)
}

fn of_groups(metric: Metric, groups: BTreeMap<Key, Vec<Sample>>) -> Vec<Figure> {
    let figure = |(key, samples): (Key, Vec<Sample>)| Figure {
        key,
        value: aggregate(metric.kind(), &samples),
        rows: samples.len(),
    };
    groups.into_iter().map(figure).collect()
}

/// A sample belongs to the hour in which it began; a state is in every hour that it lasts.
fn hours(metric: Metric, sample: &Sample, shift_us: i64) -> Vec<(Timestamp, Sample)> {
    let hour = |at: i64| (at + shift_us).div_euclid(HOUR_US) * HOUR_US - shift_us;
    let cut = matches!(metric.source(), crate::Source::Presence) || sample.conversation.is_none();
    if !cut {
        return vec![(Timestamp(hour(sample.at.0)), sample.clone())];
    }
    let (mut from, end, mut parts) = (sample.at.0, sample.at.0 + sample.us, Vec::new());
    while from < end {
        let begins = hour(from);
        let to = end.min(begins + HOUR_US);
        parts.push((Timestamp(begins), Sample { at: Timestamp(from), us: to - from, ..sample.clone() }));
        from = to;
    }
    parts
}

/// One figure from its samples.
pub fn aggregate(kind: Kind, samples: &[Sample]) -> Option<f64> {
    let count = samples.len();
    let sum: i64 = samples.iter().map(|s| s.us).sum();
    let hits = samples.iter().filter(|s| s.hit).count();
    let hit_sum: i64 = samples.iter().filter(|s| s.hit).map(|s| s.us).sum();
    let ms = |us: i64| us as f64 / 1_000.0;
    match kind {
        Kind::Count => Some(count as f64),
        Kind::Sum => Some(ms(sum)),
        Kind::Mean => {
            let stars: f64 = samples.iter().map(|s| f64::from(s.stars)).sum();
            (count > 0).then(|| hundredths(stars / count as f64))
        }
        Kind::Average => (count > 0).then(|| ms(sum) / count as f64),
        Kind::Longest => samples.iter().map(|s| s.us).max().map(ms),
        Kind::Percentile(p) => {
            let mut all: Vec<i64> = samples.iter().map(|s| s.us).collect();
            all.sort_unstable();
            let rank = (count * usize::from(p)).div_ceil(100).max(1);
            all.get(rank - 1).copied().map(ms)
        }
        Kind::Share => (count > 0).then(|| hundredths(100.0 * hits as f64 / count as f64)),
        Kind::ShareOfTime => (sum > 0).then(|| hundredths(100.0 * hit_sum as f64 / sum as f64)),
        Kind::PerHit => (hits > 0).then(|| ms(sum) / hits as f64),
    }
}

/// The one in the middle; of an even number the mean of the two there.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => values.get(middle).copied(),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

fn hundredths(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
