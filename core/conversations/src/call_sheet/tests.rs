use super::*;
use ringdesk_model::Ids;

struct Case {
    sheet: CallSheet,
    work_item: WorkItemId,
    queue: QueueId,
    agents: [AgentId; 2],
    offers: [OfferId; 2],
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

impl Case {
    fn new() -> Self {
        let mut ids = Ids::seeded(3);
        let mut id = || ids.next::<uuid_of::Any>(at(0)).0;
        Case {
            sheet: CallSheet::default(),
            work_item: id().into(),
            queue: id().into(),
            agents: [id().into(), id().into()],
            offers: [id().into(), id().into()],
        }
    }

    fn started(&self) -> CallFact {
        CallFact::Started { from: Pii::new("+4930123456".into()), to: Pii::new("1001".into()), inbox: None }
    }

    fn joined(&self, n: usize) -> CallFact {
        CallFact::AgentJoined { offer: self.offers[n], agent: self.agents[n], queue: Some(self.queue) }
    }

    fn apply(&mut self, seconds: i64, fact: CallFact) {
        self.sheet.apply(at(seconds), &fact);
    }
}

/// Any id: the raw number is what these tests need.
mod uuid_of {
    pub(super) type Any = ringdesk_model::JobId;
}

fn ended() -> CallFact {
    CallFact::Ended { cause: "normal".into(), by: "caller".into() }
}

/// Rows: S1.2
#[test]
fn who_was_dialled_talks_too() {
    let mut c = Case::new();
    for (seconds, fact) in [
        (0, c.started()),
        (1, CallFact::Answered),
        (10, CallFact::CalleeJoined),
        (20, CallFact::Held { agent: None }),
        (25, CallFact::Resumed { agent: None }),
        (40, CallFact::CalleeLeft),
        (41, CallFact::CalleeLeft),
    ] {
        c.apply(seconds, fact);
    }
    let figures = c.sheet.figures(at(100));
    assert_eq!((figures.talk_ms, figures.hold_ms), (25_000, 5_000));
    assert!(c.sheet.participations.is_empty(), "no agent of ours took part");

    c.apply(50, CallFact::CalleeJoined);
    c.apply(60, ended());
    assert_eq!(c.sheet.figures(at(100)).talk_ms, 35_000, "the end of the call ends the talk");
}

#[test]
fn the_sound_of_everybody_is_kept() {
    let mut c = Case::new();
    c.apply(0, c.started());
    let figures = SoundFigures { received_packets: 500, lost_packets: 5, ..SoundFigures::default() };
    c.apply(9, CallFact::Sound { party: SoundParty::Caller, figures: figures.clone() });
    assert_eq!(c.sheet.sound, [Sound { party: SoundParty::Caller, figures }]);
}

/// Rows: S1.2
#[test]
fn a_queued_call_folds_into_its_figures() {
    let mut c = Case::new();
    let facts = [
        (0, c.started()),
        (1, CallFact::Answered),
        (2, CallFact::StepEntered { step: "menu".into(), kind: "menu".into() }),
        (10, CallFact::Queued { work_item: c.work_item, queue: c.queue }),
        (12, CallFact::Offered { offer: c.offers[0], agent: c.agents[0], queue: c.queue }),
        (20, CallFact::OfferEnded { offer: c.offers[0], agent: c.agents[0], outcome: "no_answer".into() }),
        (21, CallFact::Offered { offer: c.offers[1], agent: c.agents[1], queue: c.queue }),
        (25, CallFact::OfferEnded { offer: c.offers[1], agent: c.agents[1], outcome: "accepted".into() }),
        (25, CallFact::LeftQueue { work_item: c.work_item, outcome: WorkOutcome::Served }),
        (25, c.joined(1)),
        (40, CallFact::Held { agent: None }),
        (50, CallFact::Resumed { agent: None }),
        (85, CallFact::AgentLeft { agent: c.agents[1] }),
        (85, ended()),
    ];
    for (seconds, fact) in &facts {
        c.sheet.apply(at(*seconds), fact);
    }
    let expected = Figures { queue_ms: 15_000, talk_ms: 50_000, hold_ms: 10_000 };
    assert_eq!(c.sheet.figures(at(1_000)), expected);
    assert_eq!((c.sheet.answered_at, c.sheet.ended_at), (Some(at(1)), Some(at(85))));
    assert_eq!((c.sheet.hangup_cause.as_deref(), c.sheet.hung_up_by.as_deref()), (Some("normal"), Some("caller")));
    assert_eq!(c.sheet.participations.len(), 2);
    assert_eq!(c.sheet.participations[0].offer_outcome.as_deref(), Some("no_answer"));
    let talked: Vec<_> = c.sheet.talked().collect();
    assert_eq!(talked.len(), 1);
    assert_eq!((talked[0].talk(at(1_000)).as_secs(), talked[0].hold().as_secs()), (50, 10));

    // All of it told again changes nothing: a journal may repeat after a crash.
    let once = c.sheet.clone();
    for (seconds, fact) in &facts {
        if !matches!(fact, CallFact::Held { .. } | CallFact::Resumed { .. }) {
            c.sheet.apply(at(*seconds), fact);
        }
    }
    c.apply(40, CallFact::Held { agent: None });
    c.apply(50, CallFact::Resumed { agent: None });
    assert_eq!(c.sheet, once);
}

#[test]
fn the_end_closes_what_is_open_and_late_facts_do_not_reopen_it() {
    let mut c = Case::new();
    c.apply(0, c.started());
    c.apply(5, CallFact::Queued { work_item: c.work_item, queue: c.queue });
    c.apply(15, CallFact::Ended { cause: "cancelled".into(), by: "caller".into() });
    c.apply(16, CallFact::LeftQueue { work_item: c.work_item, outcome: WorkOutcome::Abandoned });
    c.apply(17, ended());
    c.apply(18, CallFact::Queued { work_item: c.work_item, queue: c.queue });
    c.apply(19, CallFact::AgentLeft { agent: c.agents[0] });
    c.apply(20, CallFact::Held { agent: None });
    assert_eq!(c.sheet.figures(at(90)), Figures { queue_ms: 10_000, talk_ms: 0, hold_ms: 0 });
    assert_eq!(c.sheet.queue_spells.len(), 1);
    assert_eq!(c.sheet.queue_spells[0].outcome, Some(WorkOutcome::Abandoned));
    assert_eq!(c.sheet.hangup_cause.as_deref(), Some("cancelled"));
}

/// Rows: S7.5
#[test]
fn who_changes_queues_waits_in_both_one_after_the_other() {
    let mut c = Case::new();
    let other = QueueId(c.work_item.0);
    c.apply(0, c.started());
    c.apply(5, CallFact::Queued { work_item: c.work_item, queue: c.queue });
    c.apply(15, CallFact::Queued { work_item: c.work_item, queue: other });
    c.apply(16, CallFact::Queued { work_item: c.work_item, queue: other });
    c.apply(45, CallFact::LeftQueue { work_item: c.work_item, outcome: WorkOutcome::Served });
    let spells: Vec<_> = c.sheet.queue_spells.iter().map(|s| (s.queue, s.queued_at, s.left_at, s.outcome)).collect();
    let expected = [
        (c.queue, at(5), Some(at(15)), Some(WorkOutcome::Moved)),
        (other, at(15), Some(at(45)), Some(WorkOutcome::Served)),
    ];
    assert_eq!(spells, expected);
    assert_eq!(c.sheet.figures(at(90)).queue_ms, 40_000, "no second is counted twice");
}

#[test]
fn a_join_written_after_the_end_counts_to_the_end() {
    let mut c = Case::new();
    c.apply(0, c.started());
    c.apply(30, ended());
    c.apply(10, c.joined(0));
    assert_eq!(c.sheet.figures(at(90)).talk_ms, 20_000);
    assert_eq!(c.sheet.participations[0].left_at, Some(at(30)));
}

#[test]
fn open_spans_count_up_to_now() {
    let mut c = Case::new();
    c.apply(0, c.started());
    c.apply(5, CallFact::Queued { work_item: c.work_item, queue: c.queue });
    assert_eq!(c.sheet.figures(at(9)).queue_ms, 4_000);
    c.apply(10, CallFact::LeftQueue { work_item: c.work_item, outcome: WorkOutcome::Served });
    c.apply(10, c.joined(0));
    c.apply(14, CallFact::Held { agent: None });
    assert_eq!(c.sheet.figures(at(20)), Figures { queue_ms: 5_000, talk_ms: 4_000, hold_ms: 6_000 });
}

#[test]
fn two_agents_at_once_are_one_talk() {
    let mut c = Case::new();
    c.apply(0, c.joined(0));
    c.apply(10, c.joined(1));
    c.apply(20, CallFact::AgentLeft { agent: c.agents[0] });
    c.apply(30, CallFact::AgentLeft { agent: c.agents[1] });
    assert_eq!(c.sheet.figures(at(99)).talk_ms, 30_000);
    assert_eq!(c.sheet.participations[0].talk(at(99)).as_secs(), 20);
    assert_eq!(c.sheet.participations[1].talk(at(99)).as_secs(), 20);
}

#[test]
fn a_fact_before_its_time_makes_no_negative_span() {
    let mut c = Case::new();
    c.apply(20, c.joined(0));
    c.apply(15, CallFact::Held { agent: None });
    c.apply(10, CallFact::AgentLeft { agent: c.agents[0] });
    c.apply(5, ended());
    assert_eq!(c.sheet.figures(at(99)), Figures::default());
}

#[test]
fn the_sheet_survives_the_store() {
    let mut c = Case::new();
    c.apply(0, c.started());
    c.apply(1, c.joined(0));
    c.apply(3, CallFact::Held { agent: None });
    let json = serde_json::to_string(&c.sheet).unwrap();
    let mut again: CallSheet = serde_json::from_str(&json).unwrap();
    assert_eq!(again, c.sheet);
    again.apply(at(5), &ended());
    assert_eq!(again.figures(at(9)), Figures { queue_ms: 0, talk_ms: 2_000, hold_ms: 2_000 });
    assert_eq!(serde_json::from_str::<CallSheet>("{}").unwrap(), CallSheet::default());
}

#[test]
fn endless_offers_stay_bounded() {
    let mut c = Case::new();
    let mut ids = Ids::seeded(9);
    for n in 0..1_000 {
        c.apply(n, CallFact::Offered { offer: ids.next(at(n)), agent: c.agents[0], queue: c.queue });
        let work_item = ids.next(at(n));
        c.apply(n, CallFact::Queued { work_item, queue: c.queue });
        c.apply(n + 1, CallFact::LeftQueue { work_item, outcome: WorkOutcome::MaxWait });
    }
    assert_eq!((c.sheet.participations.len(), c.sheet.queue_spells.len()), (PARTICIPATIONS, SPELLS));
    assert_eq!(c.sheet.figures(at(5_000)).queue_ms, 1_000_000);
}

/// One asks, the contact hears music; then three talk; then the first leaves. Each has the times that are theirs.
///
/// Rows: S7.11, S7.16
#[test]
fn several_agents_have_each_their_own_times() {
    let mut c = Case::new();
    let (first, second) = (c.agents[0], c.agents[1]);
    let consulted = CallFact::AgentConsulted { offer: c.offers[1], agent: second, queue: None, by: Some(first) };
    for (seconds, fact) in [
        (0, c.started()),
        (0, c.joined(0)),
        (10, CallFact::Held { agent: Some(first) }),
        (12, consulted),
        (30, CallFact::Resumed { agent: Some(first) }),
        (30, c.joined(1)),
        (40, CallFact::Held { agent: Some(second) }),
        (45, CallFact::Resumed { agent: Some(second) }),
        (50, CallFact::AgentLeft { agent: first }),
        (60, CallFact::Held { agent: Some(second) }),
        (70, ended()),
    ] {
        c.apply(seconds, fact);
    }
    // The contact was alone with the music while the two spoke, and at the end; not while the first still talked.
    assert_eq!(c.sheet.figures(at(99)), Figures { queue_ms: 0, talk_ms: 40_000, hold_ms: 30_000 });
    let parts: Vec<_> = c.sheet.talked().map(|p| (p.joined_at, p.left_at, p.hold().as_secs())).collect();
    assert_eq!(parts, [(Some(at(0)), Some(at(50)), 20), (Some(at(12)), Some(at(70)), 15)]);
}

/// Who was asked and let go has a part, and the contact's talk is not theirs.
///
/// Rows: S7.11
#[test]
fn who_was_only_asked_never_talked_with_the_contact() {
    let mut c = Case::new();
    let (first, second) = (c.agents[0], c.agents[1]);
    for (seconds, fact) in [
        (0, c.joined(0)),
        (10, CallFact::Held { agent: Some(first) }),
        (11, CallFact::AgentConsulted { offer: c.offers[1], agent: second, queue: None, by: Some(first) }),
        (20, CallFact::AgentLeft { agent: second }),
        (20, CallFact::Resumed { agent: Some(first) }),
        (30, ended()),
    ] {
        c.apply(seconds, fact);
    }
    assert_eq!(c.sheet.figures(at(99)), Figures { queue_ms: 0, talk_ms: 20_000, hold_ms: 10_000 });
    assert_eq!(c.sheet.participations[1].talk(at(99)).as_secs(), 9);
}
