//! What opening hours say of an instant: open or not, when next, how much business time lies between two.

use crate::{Calendar, Date};
use ringdesk_model::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// So far ahead an opening is looked for; a house that is closed longer is closed for good.
const AHEAD: usize = 800;
/// So long a stretch of business time is counted, in days.
const LONGEST: usize = 4_000;

/// How a house stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "name")]
pub enum Standing {
    Open,
    /// By the week.
    Closed,
    /// By a special day: its name.
    Holiday(String),
}

impl Standing {
    pub fn is_open(&self) -> bool {
        *self == Standing::Open
    }

    /// The name of the holiday, if it is one.
    pub fn holiday(&self) -> Option<&str> {
        match self {
            Standing::Holiday(name) => Some(name),
            _ => None,
        }
    }

    pub const fn as_str(&self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Closed => "closed",
            Standing::Holiday(_) => "holiday",
        }
    }
}

/// A calendar that is asked.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a>(pub &'a Calendar);

impl Hours<'_> {
    pub fn at(&self, at: Timestamp) -> Standing {
        let date = self.0.zone.date(at);
        if self.spans(date).any(|(from, to)| from <= at && at < to) {
            return Standing::Open;
        }
        match self.0.on(date).1 {
            // An exchanged workday is none of rest, before and after its hours.
            Some(day) if day.like.is_none() => Standing::Holiday(day.name.clone()),
            _ => Standing::Closed,
        }
    }

    /// The first instant from `at` on when it is open: `at` itself if it is. `None`: not within two years.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let (from, _) = self.stretches(at).next()?;
        Some(from.max(at))
    }

    /// When it closes next, seen from an instant when it is open: `None` when it is closed, or never closes.
    pub fn closes(&self, at: Timestamp) -> Option<Timestamp> {
        let mut end = None;
        for (from, to) in self.stretches(at) {
            match end {
                None if from <= at => end = Some(to),
                // Over midnight without a gap.
                Some(then) if from <= then => end = Some(to.max(then)),
                _ => return end,
            }
        }
        None
    }

    /// Business time between two instants; zero when they are the wrong way round.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let mut sum = Duration::ZERO;
        for (opens, closes) in self.days(from, LONGEST) {
            if opens >= to {
                break;
            }
            sum += closes.min(to).since(opens.max(from));
        }
        sum
    }

    /// The instant when so much business time has passed since `at`. `None`: it is not open for so long in the years ahead.
    pub fn after(&self, at: Timestamp, business: Duration) -> Option<Timestamp> {
        let mut left = business;
        for (opens, closes) in self.days(at, LONGEST) {
            let opens = opens.max(at);
            let span = closes.since(opens);
            if left <= span {
                return Some(opens + left);
            }
            left -= span;
        }
        None
    }

    /// When it is open, from `at` on; the first may have begun before.
    fn stretches(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.days(at, AHEAD)
    }

    fn days(&self, at: Timestamp, most: usize) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let first = self.0.zone.date(at);
        let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take(most);
        dates.flat_map(|date| self.spans(date)).filter(move |(_, closes)| *closes > at)
    }

    /// Those of a day. What lies in an hour that is skipped is not there at all; where an hour comes twice, one may reach into
    /// the next, which then begins later: no moment is counted twice.
    fn spans(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let zone = &self.0.zone;
        let mut before = Timestamp(i64::MIN);
        let instants = self.0.on(date).0.iter().map(move |span| {
            let (from, to) = (zone.first(date, span.from).max(before), zone.last(date, span.to));
            before = before.max(to);
            (from, to)
        });
        instants.filter(|(from, to)| from < to)
    }
}

#[cfg(test)]
mod tests;
