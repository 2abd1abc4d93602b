//! From events to samples: the rows behind a figure.

use crate::places::{PlaceKept, places};
use crate::{Asked, Events, Metric, Part, Share, Stay, first, spans};
use ringdesk_model::{AgentId, CallId, ConversationId, Presence, QueueId, Timestamp, WorkOutcome};
use std::time::Duration;

/// So many stars or more are satisfied, so many or fewer a low rating: as `core/conversations` has it.
const SATISFIED: u8 = 4;
const LOW: u8 = 2;

/// From a moment until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Period {
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// What an account means by its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The y of "x % in y s".
    pub answer_within: Duration,
    /// Whoever gives up earlier had dialled wrongly, or changed their mind.
    pub short_abandon: Duration,
    /// Of a conversation by text, where its inbox says nothing else.
    pub first_answer: Duration,
    /// How soon the first agent should be asked.
    pub offer_within: Duration,
    /// The same for VIPs.
    pub offer_within_vip: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            answer_within: Duration::from_secs(20),
            short_abandon: Duration::from_secs(5),
            first_answer: Duration::from_secs(45),
            offer_within: Duration::from_secs(30),
            offer_within_vip: Duration::from_secs(10),
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub conversation: Option<ConversationId>,
    pub call: Option<CallId>,
    /// How long it lasted, in microseconds; wait, talk, state …
    pub us: i64,
    /// What somebody gave, where they rated; 0: nothing.
    pub stars: u8,
    /// It is one of those that count, where a metric tells them apart.
    pub hit: bool,
    /// Outcome, or reason.
    pub detail: Option<String>,
}

/// Somebody else has taken what was passed on.
const PASSED_ON: &str = "completed";

/// The samples of a metric within a period, in the order of the events. What began in the period belongs to it whole;
/// states are cut at its ends. What goes on still lasts until `now`.
pub fn samples(metric: Metric, events: &Events, rules: &Rules, period: Period, now: Timestamp) -> Vec<Sample> {
    use Metric::*;
    match metric {
        Queued => stays(events, period, now, |_, _| Some(true)),
        Answered | WaitAverage | WaitP50 | WaitP90 => {
            stays(events, period, now, |stay, _| (stay.outcome == Some(WorkOutcome::Served)).then_some(true))
        }
        Abandoned => {
            stays(events, period, now, |stay, wait| (gave_up(stay) && wait >= rules.short_abandon).then_some(true))
        }
        ShortAbandoned => {
            stays(events, period, now, |stay, wait| (gave_up(stay) && wait < rules.short_abandon).then_some(true))
        }
        TurnedAway => stays(events, period, now, |stay, _| turned_away(stay).then_some(true)),
        Unanswered => stays(events, period, now, |stay, _| (gave_up(stay) || turned_away(stay)).then_some(true)),
        WaitMax => stays(events, period, now, |_, _| Some(true)),
        ServiceLevel => stays(events, period, now, |stay, wait| match stay.outcome {
            Some(WorkOutcome::Served) => Some(wait <= rules.answer_within),
            Some(WorkOutcome::Abandoned) if wait >= rules.short_abandon => Some(false),
            _ => None,
        }),
        Handled => handled(events, period, now, |_, talk, hold| talk + hold),
        Talk => handled(events, period, now, |_, talk, _| talk),
        Hold => handled(events, period, now, |_, _, hold| hold),
        Missed => events.shares.iter().filter_map(|share| missed(share, period)).collect(),
        HandleAverage => {
            let mut all = handled(events, period, now, |_, talk, hold| talk + hold);
            let wrap_up = states(events, period, now, |p| (*p == Presence::WrapUp).then_some(false));
            all.extend(wrap_up);
            all
        }
        TextsHandled => {
            parts(&events.hands, period, |part| by_text(part).then_some((true, part.ended_at.unwrap_or(now))))
        }
        TextHandleAverage => {
            parts(&events.hands, period, |part| Some((true, part.ended_at.filter(|_| by_text(part))?)))
        }
        TextsMissed => events.text_offers.iter().filter_map(|offer| text_missed(offer, period)).collect(),
        Transfers => parts(&events.transfers, period, |part| Some((true, part.at))),
        TransferRate => {
            parts(&events.hands, period, |part| Some((part.outcome.as_deref() == Some(PASSED_ON), part.at)))
        }
        LoggedIn => states(events, period, now, |_| Some(true)),
        TimeReady => states(events, period, now, |p| (*p == Presence::Ready).then_some(true)),
        TimeNotReady => states(events, period, now, |p| matches!(p, Presence::NotReady(_)).then_some(true)),
        TimeOffered => {
            states(events, period, now, |p| matches!(p, Presence::Reserved | Presence::Offered).then_some(true))
        }
        TimeTalking => states(events, period, now, |p| (*p == Presence::Talking).then_some(true)),
        TimeHold => states(events, period, now, |p| (*p == Presence::Hold).then_some(true)),
        TimeWrapUp => states(events, period, now, |p| (*p == Presence::WrapUp).then_some(true)),
        TimeReconnecting => states(events, period, now, |p| (*p == Presence::Reconnecting).then_some(true)),
        Satisfaction => ratings(events, period, |stars| stars.map(|_| true)),
        Satisfied => ratings(events, period, |stars| stars.map(|stars| stars >= SATISFIED)),
        SurveyResponse => ratings(events, period, |stars| Some(stars.is_some())),
        AnsweredInTime => first::answers(&events.answers, rules, period, now, true),
        FirstAnswer | FirstAnswerP90 => first::answers(&events.answers, rules, period, now, false),
        OfferedInTime => first::offers(&events.offers, rules, period, now),
        PlacesKept => places(&events.places, period, |place| Some((until(place, now), true))),
        PlacesReached => places(&events.places, period, |place| {
            place.is_over().then(|| (until(place, now), place.talked_at.is_some()))
        }),
        PlaceWaitBefore => places(&events.places, period, |place| Some((place.kept_at, true))),
        PlaceWaitAverage | PlaceWaitP90 => places(&events.places, period, |place| Some((place.talked_at?, true))),
        LowRatings => ratings(events, period, |stars| stars.filter(|stars| *stars <= LOW).map(|_| true)),
        Occupancy => states(events, period, now, |p| match p {
            Presence::Talking | Presence::Hold | Presence::WrapUp => Some(true),
            Presence::Ready | Presence::Reserved | Presence::Offered => Some(false),
            _ => None,
        }),
    }
}

/// As long as they have waited, so far as is known; who was not reached has no end of their own.
fn until(place: &PlaceKept, now: Timestamp) -> Timestamp {
    place.talked_at.unwrap_or(if place.is_over() { place.kept_at } else { now })
}

fn by_text(part: &Part) -> bool {
    part.call.is_none()
}

/// `which`: whether a part is one of them, whether it counts, and until when it lasted.
fn parts(parts: &[Part], period: Period, which: impl Fn(&Part) -> Option<(bool, Timestamp)>) -> Vec<Sample> {
    let one = |part: &Part| which(part).map(|(hit, until)| of_part(part, part.at, until, hit));
    parts.iter().filter(|part| period.holds(part.at)).filter_map(one).collect()
}

fn of_part(part: &Part, at: Timestamp, until: Timestamp, hit: bool) -> Sample {
    Sample {
        at,
        queue: part.queue,
        agent: Some(part.agent),
        conversation: Some(part.conversation),
        call: part.call,
        us: micros(until.since(part.at)),
        stars: 0,
        hit,
        detail: part.outcome.clone(),
    }
}

/// Like a call that rang in vain: it is of the moment at which it ended.
fn text_missed(offer: &Part, period: Period) -> Option<Sample> {
    let at = offer.ended_at.filter(|at| period.holds(*at))?;
    is_missed(offer.outcome.as_deref()?).then(|| of_part(offer, at, at, true))
}

fn is_missed(outcome: &str) -> bool {
    matches!(outcome, "declined" | "no_answer" | "busy" | "unreachable")
}

/// `which`: whether an invitation is one of them, by its answer, and whether it counts.
fn ratings(events: &Events, period: Period, which: impl Fn(Option<u8>) -> Option<bool>) -> Vec<Sample> {
    let one = |asked: &Asked| {
        which(asked.stars).map(|hit| Sample {
            at: asked.at,
            queue: asked.queue,
            agent: Some(asked.agent),
            conversation: Some(asked.conversation),
            call: None,
            us: 0,
            stars: asked.stars.unwrap_or(0),
            hit,
            detail: asked.stars.map(|stars| stars.to_string()),
        })
    };
    events.asked.iter().filter(|asked| period.holds(asked.at)).filter_map(one).collect()
}

fn gave_up(stay: &Stay) -> bool {
    stay.outcome == Some(WorkOutcome::Abandoned)
}

fn turned_away(stay: &Stay) -> bool {
    use WorkOutcome::{Draining, MaxWait, NoAgents, QueueFull};
    matches!(stay.outcome, Some(NoAgents | MaxWait | QueueFull | Draining))
}

/// `which`: whether a stay is one of them, by its wait, and whether it counts.
fn stays(
    events: &Events,
    period: Period,
    now: Timestamp,
    which: impl Fn(&Stay, Duration) -> Option<bool>,
) -> Vec<Sample> {
    let one = |stay: &Stay| {
        let wait = stay.left_at.unwrap_or(now).since(stay.at);
        which(stay, wait).map(|hit| Sample {
            at: stay.at,
            queue: Some(stay.queue),
            agent: None,
            conversation: Some(stay.conversation),
            call: stay.call,
            us: micros(wait),
            stars: 0,
            hit,
            detail: stay.outcome.map(|o| o.as_str().to_owned()),
        })
    };
    events.stays.iter().filter(|stay| period.holds(stay.at)).filter_map(one).collect()
}

/// Shares in which the agent talked with the contact; `long` of (share, talk, hold).
fn handled(events: &Events, period: Period, now: Timestamp, long: impl Fn(&Share, i64, i64) -> i64) -> Vec<Sample> {
    let one = |share: &Share| {
        let at = share.joined_at.filter(|at| period.holds(*at) && !share.consults)?;
        let whole = micros(share.left_at.unwrap_or(now).since(at));
        let hold = i64::try_from(share.hold_us).unwrap_or(i64::MAX).min(whole);
        Some(Sample {
            at,
            queue: share.queue,
            agent: Some(share.agent),
            conversation: Some(share.conversation),
            call: Some(share.call),
            us: long(share, whole - hold, hold),
            stars: 0,
            hit: true,
            detail: None,
        })
    };
    events.shares.iter().filter_map(one).collect()
}

fn missed(share: &Share, period: Period) -> Option<Sample> {
    let outcome = share.offer_outcome.as_deref()?;
    let at = share.offer_ended_at.filter(|at| period.holds(*at))?;
    is_missed(outcome).then(|| Sample {
        at,
        queue: share.queue,
        agent: Some(share.agent),
        conversation: Some(share.conversation),
        call: Some(share.call),
        us: share.offered_at.map_or(0, |offered| micros(at.since(offered))),
        stars: 0,
        hit: true,
        detail: Some(outcome.to_owned()),
    })
}

fn states(events: &Events, period: Period, now: Timestamp, which: impl Fn(&Presence) -> Option<bool>) -> Vec<Sample> {
    let one = |span: crate::Span| {
        let hit = which(&span.presence)?;
        let detail = match &span.presence {
            Presence::NotReady(reason) => Some(reason.clone()),
            other => Some(other.as_str().to_owned()),
        };
        let us = span.to.0 - span.from.0;
        Some(Sample {
            at: span.from,
            queue: None,
            agent: Some(span.agent),
            conversation: None,
            call: None,
            us,
            stars: 0,
            hit,
            detail,
        })
    };
    spans(&events.presence, period, now).into_iter().filter_map(one).collect()
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
