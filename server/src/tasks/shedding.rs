//! Whether new calls are taken. When the server is behind its work, it says so to whoever calls (503 with Retry-After), and
//! keeps the calls it has. Emergency numbers and everything inside a call pass always: that is signaling's business.
//!
//! A single hiccup is no reason, and one good moment is none to begin anew: a measure has to be over its mark for
//! [`Marks::after`] to shed, and all have to be below half of theirs for [`Marks::calm`] to stop.

use crate::desk::Desks;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(100);

/// When new calls are refused. A mark of 0 is not looked at. How many calls there may be at all is
/// `signaling.limits.calls`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shedding {
    /// A SIP message waited so long, or the SIP thread came so late.
    pub sip_behind_ms: u64,
    /// A media thread came so late: sound is late for all of its calls.
    pub media_behind_ms: u64,
    /// The oldest event of a call that is not in the store yet.
    pub journal_behind_ms: u64,
    /// Over a mark for so long: new calls are refused. Peaks of the first two are kept for up to two seconds, so below that
    /// one is enough.
    pub after_ms: u64,
    /// Below half of every mark for so long: they are taken again.
    pub calm_ms: u64,
}

impl Default for Shedding {
    fn default() -> Self {
        Shedding {
            sip_behind_ms: 1_000,
            media_behind_ms: 500,
            journal_behind_ms: 15_000,
            after_ms: 3_000,
            calm_ms: 5_000,
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    sip: Duration,
    media: Duration,
    journal: Duration,
}

/// What new calls are refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Sip,
    Media,
    Journal,
}

impl Cause {
    const fn as_str(self) -> &'static str {
        match self {
            Cause::Sip => "sip",
            Cause::Media => "media",
            Cause::Journal => "journal",
        }
    }
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Shed(Cause),
    Take,
}

#[derive(Default)]
struct Shedder {
    over: Option<Instant>,
    calm: Option<Instant>,
    shedding: bool,
}

impl Shedder {
    fn look(&mut self, now: Instant, marks: &Shedding, load: Load) -> Option<Change> {
        let measures = [
            (Cause::Media, load.media, marks.media_behind_ms),
            (Cause::Sip, load.sip, marks.sip_behind_ms),
            (Cause::Journal, load.journal, marks.journal_behind_ms),
        ];
        let past = |share: u32| {
            let over = |(_, behind, mark): &&(Cause, Duration, u64)| {
                *mark > 0 && *behind * share >= Duration::from_millis(*mark)
            };
            measures.iter().find(over).map(|(cause, ..)| *cause)
        };
        let lasts = |since: Instant, ms: u64| now.saturating_duration_since(since) >= Duration::from_millis(ms);
        if !self.shedding {
            let Some(cause) = past(1) else {
                self.over = None;
                return None;
            };
            let since = *self.over.get_or_insert(now);
            if !lasts(since, marks.after_ms) {
                return None;
            }
            *self = Shedder { shedding: true, ..Shedder::default() };
            return Some(Change::Shed(cause));
        }
        if past(2).is_some() {
            self.calm = None;
            return None;
        }
        let since = *self.calm.get_or_insert(now);
        if !lasts(since, marks.calm_ms) {
            return None;
        }
        *self = Shedder::default();
        Some(Change::Take)
    }
}

pub(crate) async fn run_shedding(desks: Arc<Desks>, marks: Shedding) {
    let mut shedder = Shedder::default();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    metrics::gauge!("calls_shedding").set(0.0);
    loop {
        look.tick().await;
        let load = Load {
            sip: desks.signaling.snapshot().behind,
            media: desks.media.behind(),
            journal: desks.journal.lag().now(),
        };
        match shedder.look(Instant::now(), &marks, load) {
            Some(Change::Shed(cause)) => {
                desks.signaling.shed(true);
                metrics::gauge!("calls_shedding").set(1.0);
                metrics::counter!("calls_shedding_begun_total", "cause" => cause.as_str()).increment(1);
                tracing::warn!(
                    cause = cause.as_str(),
                    sip_ms = load.sip.as_millis(),
                    media_ms = load.media.as_millis(),
                    journal_ms = load.journal.as_millis(),
                    calls = desks.open_calls(),
                    "the server is behind its work; new calls are refused"
                );
            }
            Some(Change::Take) => {
                desks.signaling.shed(false);
                metrics::gauge!("calls_shedding").set(0.0);
                tracing::info!(calls = desks.open_calls(), "new calls are taken again");
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Shedding = Shedding {
        sip_behind_ms: 1_000,
        media_behind_ms: 0,
        journal_behind_ms: 4_000,
        after_ms: 3_000,
        calm_ms: 5_000,
    };

    /// What was done, and when, in milliseconds; `load` is asked for every look.
    fn story(until: u64, load: impl Fn(u64) -> (u64, u64, u64)) -> Vec<(u64, Change)> {
        let (mut shedder, start) = (Shedder::default(), Instant::now());
        let mut done = Vec::new();
        for ms in (0..until).step_by(100) {
            let (sip, media, journal) = load(ms);
            let span = Duration::from_millis;
            let load = Load { sip: span(sip), media: span(media), journal: span(journal) };
            done.extend(shedder.look(start + span(ms), &MARKS, load).map(|change| (ms, change)));
        }
        done
    }

    #[test]
    fn a_hiccup_is_no_reason() {
        assert_eq!(story(60_000, |ms| (if ms % 10_000 < 2_900 { 5_000 } else { 0 }, 0, 0)), []);
        assert_eq!(story(60_000, |_| (999, 60_000, 3_999)), [], "media has no mark");
    }

    /// Rows: S16.11
    #[test]
    fn it_sheds_when_it_lasts_and_takes_calls_again_when_it_is_calm_for_long() {
        let done = story(60_000, |ms| (0, 0, if (1_000..20_000).contains(&ms) { 4_000 } else { 0 }));
        assert_eq!(done, [(4_000, Change::Shed(Cause::Journal)), (25_000, Change::Take)]);
        // Between half a mark and the mark nothing changes, whichever it was.
        let done = story(60_000, |ms| (if ms < 5_000 { 1_000 } else { 500 }, 0, 0));
        assert_eq!(done, [(3_000, Change::Shed(Cause::Sip))]);
        assert_eq!(story(60_000, |_| (500, 0, 2_000)), []);
    }

    #[test]
    fn it_does_not_flutter() {
        // A second over the mark, a second far below, for a minute.
        let done = story(60_000, |ms| (if ms / 1_000 % 2 == 0 { 3_000 } else { 0 }, 0, 0));
        assert_eq!(done, []);
        let done = story(60_000, |ms| (if ms < 4_000 || ms / 1_000 % 2 == 0 { 3_000 } else { 0 }, 0, 0));
        assert_eq!(done, [(3_000, Change::Shed(Cause::Sip))], "it is not calm for long enough");
    }
}
