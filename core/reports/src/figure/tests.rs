use super::*;
use crate::{Asked, Events, Part, Period, PresenceAt, Rules, Share, Stay, samples};
use ringdesk_model::{CallId, ConversationId, Ids, Presence, WorkOutcome};

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

struct Day {
    ids: Ids,
    events: Events,
    queue: QueueId,
    agents: [AgentId; 2],
}

impl Day {
    fn begin() -> Day {
        let mut ids = Ids::seeded(3);
        let (queue, agents) = (ids.next(at(0)), [ids.next(at(0)), ids.next(at(0))]);
        Day { ids, events: Events::default(), queue, agents }
    }

    fn call(&mut self) -> (ConversationId, CallId) {
        (self.ids.next(at(0)), self.ids.next(at(0)))
    }

    fn stay(&mut self, from: i64, wait: i64, outcome: Option<WorkOutcome>) {
        let (conversation, call) = self.call();
        let call = Some(call);
        let left_at = outcome.map(|_| at(from + wait));
        self.events.stays.push(Stay { conversation, call, queue: self.queue, at: at(from), left_at, outcome });
    }

    /// Offered; `talk`: from, to, hold. All in seconds.
    fn share(&mut self, agent: usize, offered: i64, outcome: &str, talk: Option<(i64, i64, u64)>) {
        let (conversation, call) = self.call();
        self.events.shares.push(Share {
            conversation,
            call,
            offer: self.ids.next(at(0)),
            agent: self.agents[agent],
            queue: Some(self.queue),
            offered_at: Some(at(offered)),
            offer_ended_at: Some(at(offered + 8)),
            offer_outcome: Some(outcome.to_owned()),
            joined_at: talk.map(|t| at(t.0)),
            left_at: talk.map(|t| at(t.1)),
            hold_us: talk.map_or(0, |t| t.2 * 1_000_000),
            consults: false,
        });
    }

    fn is(&mut self, agent: usize, from: i64, presence: Presence) {
        self.events.presence.push(PresenceAt { agent: self.agents[agent], at: at(from), presence });
    }

    fn value(&self, metric: Metric) -> Option<f64> {
        let found = self.figures(metric, By::Nothing);
        assert_eq!(found.len(), 1);
        found[0].value
    }

    fn figures(&self, metric: Metric, by: By) -> Vec<Figure> {
        let period = Period { from: at(0), to: at(86_400) };
        figures(metric, &samples(metric, &self.events, &Rules::default(), period, at(50_000)), by)
    }
}

/// Waits of 2, 10, 20 and 40 s answered; one gave up after 3 s, one after 30 s; one found nobody; one waits since 100 s; one was
/// yesterday.
///
/// Rows: S11.8, S11.9
#[test]
fn queues_are_judged_by_their_formulas() {
    let mut day = Day::begin();
    for wait in [20, 2, 40, 10] {
        day.stay(1_000, wait, Some(WorkOutcome::Served));
    }
    day.stay(2_000, 3, Some(WorkOutcome::Abandoned));
    day.stay(2_000, 30, Some(WorkOutcome::Abandoned));
    day.stay(2_000, 1, Some(WorkOutcome::NoAgents));
    day.stay(49_900, 0, None);
    day.stay(-5, 60, Some(WorkOutcome::Served));
    for (metric, value) in [
        (Metric::Queued, Some(8.0)),
        (Metric::Answered, Some(4.0)),
        (Metric::Abandoned, Some(1.0)),
        (Metric::ShortAbandoned, Some(1.0)),
        (Metric::TurnedAway, Some(1.0)),
        (Metric::Unanswered, Some(3.0)),
        (Metric::WaitAverage, Some(18_000.0)),
        (Metric::WaitP50, Some(10_000.0)),
        (Metric::WaitP90, Some(40_000.0)),
        (Metric::WaitMax, Some(100_000.0)),
        // 3 of (4 answered + 1 abandoned).
        (Metric::ServiceLevel, Some(60.0)),
    ] {
        assert_eq!(day.value(metric), value, "{metric:?}");
    }
    let nothing = Day::begin();
    for metric in [Metric::WaitAverage, Metric::WaitP50, Metric::WaitMax, Metric::ServiceLevel, Metric::HandleAverage] {
        assert_eq!(nothing.value(metric), None, "of nothing there is no average: {metric:?}");
    }
    assert_eq!(nothing.value(Metric::Queued), Some(0.0));
}

/// Rows: S11.35
#[test]
fn an_agents_day_is_told_by_shares_and_states() {
    let mut day = Day::begin();
    day.share(0, 90, "accepted", Some((100, 160, 20)));
    day.share(0, 290, "accepted", Some((300, 340, 0)));
    day.share(0, 500, "no_answer", None);
    day.share(0, 600, "caller_left", None);
    day.share(1, 610, "declined", None);
    let (conversation, call) = day.call();
    let (agent, call) = (day.agents[0], Some(call));
    let (queue, outcome) = (None, Some("completed".into()));
    day.events.transfers.push(Part { conversation, call, agent, queue, at: at(150), ended_at: None, outcome });
    for (from, presence) in [
        (0, Presence::Ready),
        (90, Presence::Offered),
        (100, Presence::Talking),
        (160, Presence::WrapUp),
        (190, Presence::NotReady("lunch".into())),
        (250, Presence::NotReady("training".into())),
        (290, Presence::Talking),
        (340, Presence::LoggedOut),
    ] {
        day.is(0, from, presence);
    }
    day.is(1, 49_000, Presence::Ready);
    let of = |metric, agent: usize| {
        let key = Key::Agent(day.agents[agent]);
        day.figures(metric, By::Agent).into_iter().find(|f| f.key == key).and_then(|f| f.value)
    };
    for (metric, mine, theirs) in [
        (Metric::Handled, Some(2.0), None),
        (Metric::Missed, Some(1.0), Some(1.0)),
        (Metric::Talk, Some(80_000.0), None),
        (Metric::Hold, Some(20_000.0), None),
        (Metric::HandleAverage, Some(65_000.0), None),
        (Metric::Transfers, Some(1.0), None),
        (Metric::LoggedIn, Some(340_000.0), Some(1_000_000.0)),
        (Metric::TimeReady, Some(90_000.0), Some(1_000_000.0)),
        (Metric::TimeNotReady, Some(100_000.0), None),
        (Metric::TimeOffered, Some(10_000.0), None),
        (Metric::TimeTalking, Some(110_000.0), None),
        (Metric::TimeWrapUp, Some(30_000.0), None),
        // 140 of 240 seconds.
        (Metric::Occupancy, Some(58.33), Some(0.0)),
    ] {
        assert_eq!((of(metric, 0), of(metric, 1)), (mine, theirs), "{metric:?}");
    }
    let reasons = day.figures(Metric::TimeNotReady, By::Detail);
    let read: Vec<_> = reasons.iter().map(|f| (f.key.clone(), f.value)).collect();
    let reason = |name: &str, ms| (Key::Detail(name.into()), Some(ms));
    assert_eq!(read, [reason("lunch", 60_000.0), reason("training", 40_000.0)]);
}

/// The parts make the whole, and a state that lasts is in every hour.
///
/// Rows: S11.9, S11.26
#[test]
fn hours_and_queues_are_parts_of_the_whole() {
    let mut day = Day::begin();
    for from in [10, 3_599, 3_600, 7_300] {
        day.stay(from, 30, Some(WorkOutcome::Served));
    }
    let read = |figures: Vec<Figure>| figures.into_iter().map(|f| (f.key, f.value, f.rows)).collect::<Vec<_>>();
    let hour = |n: i64, value, rows| (Key::Hour(at(n * 3_600)), Some(value), rows);
    let by = By::Hour { shift_us: 0 };
    assert_eq!(read(day.figures(Metric::Queued, by)), [hour(0, 2.0, 2), hour(1, 1.0, 1), hour(2, 1.0, 1)]);
    // Half an hour east of UTC the hours begin half an hour earlier.
    let east = read(day.figures(Metric::Queued, By::Hour { shift_us: 1_800_000_000 }));
    assert_eq!(east[0].0, Key::Hour(at(-1_800)));
    assert_eq!(east.iter().map(|e| e.2).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(read(day.figures(Metric::Queued, By::Queue)), [(Key::Queue(day.queue), Some(4.0), 4)]);
    assert_eq!(read(day.figures(Metric::Queued, By::Agent)), [], "a stay has no agent");

    day.is(0, 3_000, Presence::Ready);
    day.is(0, 8_000, Presence::LoggedOut);
    let ready = read(day.figures(Metric::TimeReady, by));
    assert_eq!(ready, [hour(0, 600_000.0, 1), hour(1, 3_600_000.0, 1), hour(2, 800_000.0, 1)]);
    assert_eq!(day.value(Metric::TimeReady), Some(5_000_000.0));
}

#[test]
fn the_median_is_the_one_in_the_middle() {
    assert_eq!(median(vec![]), None);
    assert_eq!(median(vec![3.0]), Some(3.0));
    assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
}

/// Rows: S11.11, S11.14, S11.16
#[test]
fn satisfaction_is_told_of_those_who_answered_and_the_response_of_all() {
    let mut day = Day::begin();
    for (n, (agent, stars)) in [(0, Some(5)), (0, Some(4)), (0, None), (1, Some(1)), (1, None)].into_iter().enumerate()
    {
        let (conversation, _) = day.call();
        let (agent, queue) = (day.agents[agent], Some(day.queue));
        day.events.asked.push(Asked { conversation, agent, queue, at: at(n as i64 * 3_600), stars });
    }
    assert_eq!(day.value(Metric::Satisfaction), Some(3.33), "10 stars of three answers");
    assert_eq!(day.value(Metric::Satisfied), Some(66.67));
    assert_eq!(day.value(Metric::SurveyResponse), Some(60.0), "three of five");
    assert_eq!(day.value(Metric::LowRatings), Some(1.0));
    let by_agent: BTreeMap<_, _> =
        day.figures(Metric::Satisfaction, By::Agent).into_iter().map(|f| (f.key, f.value)).collect();
    let [first, second] = day.agents;
    assert_eq!(by_agent, BTreeMap::from([(Key::Agent(first), Some(4.5)), (Key::Agent(second), Some(1.0))]));
    let by_stars: Vec<_> = day.figures(Metric::Satisfaction, By::Detail).into_iter().map(|f| (f.key, f.rows)).collect();
    assert_eq!(by_stars, ["1", "4", "5"].map(|stars| (Key::Detail(stars.into()), 1)));
    assert_eq!(day.figures(Metric::SurveyResponse, By::Hour { shift_us: 0 }).len(), 5, "a line over time");
    assert_eq!(day.figures(Metric::Satisfied, By::Queue).len(), 1);
    let nobody = Day::begin();
    assert_eq!((nobody.value(Metric::Satisfaction), nobody.value(Metric::LowRatings)), (None, Some(0.0)));
}

/// Calls and texts, by the queue they came from: passed on is what somebody else has taken.
///
/// Rows: S7.24
#[test]
fn the_share_that_is_passed_on_is_told_by_queue() {
    let mut day = Day::begin();
    let queues: [QueueId; 2] = [day.queue, day.ids.next(at(0))];
    for (n, (queue, outcome)) in
        [(0, Some("completed")), (0, Some("declined")), (0, None), (0, Some("completed")), (1, None)]
            .into_iter()
            .enumerate()
    {
        let (conversation, call) = day.call();
        let (at, outcome) = (at(100 + n as i64), outcome.map(str::to_owned));
        let call = (n % 2 == 0).then_some(call);
        let (agent, queue) = (day.agents[0], Some(queues[queue]));
        let part = Part { conversation, call, agent, queue, at, ended_at: None, outcome };
        if part.outcome.is_some() {
            day.events.transfers.push(part.clone());
        }
        day.events.hands.push(part);
    }
    let of = |metric, queue: usize| {
        let key = Key::Queue(queues[queue]);
        day.figures(metric, By::Queue).into_iter().find(|f| f.key == key).and_then(|f| f.value)
    };
    assert_eq!((of(Metric::TransferRate, 0), of(Metric::TransferRate, 1)), (Some(50.0), Some(0.0)));
    assert_eq!((of(Metric::Transfers, 0), of(Metric::Transfers, 1)), (Some(3.0), None));
    assert_eq!(day.value(Metric::TransferRate), Some(40.0));
}

/// What an agent took and what they let pass, by text as by telephone; a call is none of either.
///
/// Rows: S11.35
#[test]
fn texts_are_handled_and_missed_by_agent_and_queue() {
    let mut day = Day::begin();
    let mut part = |agent: usize, (from, to): (i64, Option<i64>), outcome: Option<&str>, by_phone: bool| {
        let (conversation, call) = day.call();
        Part {
            conversation,
            call: by_phone.then_some(call),
            agent: day.agents[agent],
            queue: Some(day.queue),
            at: at(from),
            ended_at: to.map(at),
            outcome: outcome.map(str::to_owned),
        }
    };
    let hands = vec![
        part(0, (100, Some(160)), None, false),
        part(0, (120, Some(320)), Some("completed"), false),
        part(0, (400, None), None, false),
        part(0, (500, Some(900)), None, true),
        part(1, (90_000, None), None, false),
    ];
    let offers = vec![
        part(0, (90, Some(100)), Some("accepted"), false),
        part(0, (200, Some(220)), Some("no_answer"), false),
        part(1, (200, Some(210)), Some("declined"), false),
        part(1, (300, Some(310)), Some("caller_left"), false),
        part(1, (400, None), None, false),
    ];
    (day.events.hands, day.events.text_offers) = (hands, offers);
    let of = |metric, agent: usize| {
        let key = Key::Agent(day.agents[agent]);
        day.figures(metric, By::Agent).into_iter().find(|f| f.key == key).and_then(|f| f.value)
    };
    let queue = |metric| day.figures(metric, By::Queue).into_iter().find(|f| f.key == Key::Queue(day.queue))?.value;
    assert_eq!((of(Metric::TextsHandled, 0), of(Metric::TextsHandled, 1)), (Some(3.0), None), "one began too late");
    assert_eq!((of(Metric::TextsMissed, 0), of(Metric::TextsMissed, 1)), (Some(1.0), Some(1.0)));
    assert_eq!(of(Metric::TextHandleAverage, 0), Some(130_000.0), "what goes on has no length yet");
    assert_eq!((queue(Metric::TextsHandled), queue(Metric::TextsMissed)), (Some(3.0), Some(2.0)));
    let why = day.figures(Metric::TextsMissed, By::Detail).into_iter().map(|f| (f.key, f.value));
    let why: Vec<_> = why.collect();
    let detail = |word: &str| Key::Detail(word.into());
    assert_eq!(why, [(detail("declined"), Some(1.0)), (detail("no_answer"), Some(1.0))]);
}
