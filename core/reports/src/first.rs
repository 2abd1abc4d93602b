//! How soon somebody is there: the first answer to who wrote, and the first agent who is asked to take what waits.

use crate::{Period, Rules, Sample};
use ringdesk_model::{AgentId, CallId, ConversationId, QueueId, Timestamp};
use std::time::Duration;

/// A conversation by text, from the contact's first text to the first one that an agent wrote. What the house or a bot says by
/// itself is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAnswer {
    pub conversation: ConversationId,
    pub queue: QueueId,
    /// Who wrote it.
    pub agent: Option<AgentId>,
    pub at: Timestamp,
    /// `None`: nobody has.
    pub answered_at: Option<Timestamp>,
    /// It was closed.
    pub closed_at: Option<Timestamp>,
    /// How soon it should come by this inbox, where that is another time than the account's.
    pub within: Option<Duration>,
}

/// Something that waited in a queue, a call or a text, until the first agent was asked to take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstOffer {
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    pub queue: QueueId,
    pub at: Timestamp,
    /// `None`: nobody was asked.
    pub offered_at: Option<Timestamp>,
    /// It waits no more.
    pub left_at: Option<Timestamp>,
    pub vip: bool,
}

/// The conversations of a period that were answered; with `late`, also those that wait longer than they should, or ended so.
/// A hit came in time.
pub(crate) fn answers(
    answers: &[FirstAnswer],
    rules: &Rules,
    period: Period,
    now: Timestamp,
    late: bool,
) -> Vec<Sample> {
    let one = |text: &FirstAnswer| {
        let within = text.within.unwrap_or(rules.first_answer);
        let wait = text.answered_at.or(text.closed_at).unwrap_or(now).since(text.at);
        let counts = text.answered_at.is_some() || (late && wait > within);
        counts.then(|| Sample {
            at: text.at,
            queue: Some(text.queue),
            agent: text.agent,
            conversation: Some(text.conversation),
            call: None,
            us: micros(wait),
            stars: 0,
            hit: text.answered_at.is_some() && wait <= within,
            detail: Some(if text.answered_at.is_some() { "answered" } else { "unanswered" }.to_owned()),
        })
    };
    answers.iter().filter(|text| period.holds(text.at)).filter_map(one).collect()
}

/// What waited in a period and was offered, or waits longer than it should. A hit was offered in time.
pub(crate) fn offers(offers: &[FirstOffer], rules: &Rules, period: Period, now: Timestamp) -> Vec<Sample> {
    let one = |item: &FirstOffer| {
        let within = if item.vip { rules.offer_within_vip } else { rules.offer_within };
        let wait = item.offered_at.or(item.left_at).unwrap_or(now).since(item.at);
        (item.offered_at.is_some() || wait > within).then(|| Sample {
            at: item.at,
            queue: Some(item.queue),
            agent: None,
            conversation: Some(item.conversation),
            call: item.call,
            us: micros(wait),
            stars: 0,
            hit: item.offered_at.is_some() && wait <= within,
            detail: Some(if item.vip { "vip" } else { "others" }.to_owned()),
        })
    };
    offers.iter().filter(|item| period.holds(item.at)).filter_map(one).collect()
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{By, Events, Figure, Key, Metric, figures, samples};
    use ringdesk_model::Ids;

    const SECOND: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * SECOND)
    }

    fn figures_of(metric: Metric, events: &Events, by: By) -> Vec<Figure> {
        let period = Period { from: at(0), to: at(1_000) };
        figures(metric, &samples(metric, events, &Rules::default(), period, at(900)), by)
    }

    fn whole(metric: Metric, events: &Events) -> Option<f64> {
        figures_of(metric, events, By::Nothing)[0].value
    }

    /// Answered after 45 and after 46 s; by an inbox that takes two minutes after 100 s; closed without a word after 20 s and
    /// after 50 s; waits since 30 s and since 100 s; yesterday's.
    ///
    /// Rows: N4, S10.9
    #[test]
    fn first_answers_are_judged_by_the_time_of_their_inbox() {
        let mut ids = Ids::seeded(7);
        let (queue, agent): (QueueId, AgentId) = (ids.next(at(0)), ids.next(at(0)));
        let mut events = Events::default();
        for (from, answered, closed, within) in [
            (10, Some(45), None, None),
            (10, Some(46), Some(300), None),
            (10, Some(100), None, Some(120)),
            (10, None, Some(20), None),
            (10, None, Some(50), None),
            (870, None, None, None),
            (800, None, None, None),
            (-10, Some(5), None, None),
        ] {
            events.answers.push(FirstAnswer {
                conversation: ids.next(at(0)),
                queue,
                agent: answered.map(|_| agent),
                at: at(from),
                answered_at: answered.map(|after: i64| at(from + after)),
                closed_at: closed.map(|after: i64| at(from + after)),
                within: within.map(Duration::from_secs),
            });
        }
        assert_eq!(whole(Metric::AnsweredInTime, &events), Some(40.0), "two of five");
        assert_eq!(whole(Metric::FirstAnswer, &events), Some((45.0 + 46.0 + 100.0) / 3.0 * 1_000.0));
        assert_eq!(whole(Metric::FirstAnswerP90, &events), Some(100_000.0));
        let by_agent = figures_of(Metric::AnsweredInTime, &events, By::Agent);
        assert_eq!((by_agent.len(), by_agent[0].rows), (1, 3), "what nobody answered is nobody's");
        let unanswered = figures_of(Metric::AnsweredInTime, &events, By::Detail).pop().unwrap();
        assert_eq!((unanswered.key, unanswered.value), (Key::Detail("unanswered".into()), Some(0.0)));
        assert_eq!(whole(Metric::AnsweredInTime, &Events::default()), None);
    }

    /// Others have 30 s, who is a VIP 10 s; who left before that is nobody's fault.
    ///
    /// Rows: N62
    #[test]
    fn first_offers_are_judged_by_who_waits() {
        let mut ids = Ids::seeded(7);
        let queue: QueueId = ids.next(at(0));
        let mut events = Events::default();
        for (from, offered, left, vip) in [
            (10, Some(30), Some(40), false),
            (10, Some(31), None, false),
            (10, Some(10), None, true),
            (10, Some(11), None, true),
            (10, None, Some(9), true),
            (10, None, Some(29), false),
            (10, None, Some(60), false),
            (895, None, None, true),
            (860, None, None, false),
        ] {
            events.offers.push(FirstOffer {
                conversation: ids.next(at(0)),
                call: None,
                queue,
                at: at(from),
                offered_at: offered.map(|after: i64| at(from + after)),
                left_at: left.map(|after: i64| at(from + after)),
                vip,
            });
        }
        let by = figures_of(Metric::OfferedInTime, &events, By::Detail);
        let of = |name: &str| by.iter().find(|part| part.key == Key::Detail(name.into())).unwrap();
        assert_eq!((of("others").value, of("others").rows), (Some(25.0), 4));
        assert_eq!((of("vip").value, of("vip").rows), (Some(50.0), 2));
        assert_eq!(whole(Metric::OfferedInTime, &events), Some(33.33));
    }
}
