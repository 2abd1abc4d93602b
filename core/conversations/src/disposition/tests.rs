use super::*;
use crate::{CallFact, CallSheet, may_finish_wrap_up};
use ringdesk_model::Ids;

fn node(key: &str, children: Vec<DispositionNode>) -> DispositionNode {
    DispositionNode { key: key.into(), labels: BTreeMap::new(), children }
}

fn tree() -> DispositionTree {
    let refund = node("refund", vec![node("full", vec![]), node("partial", vec![])]);
    DispositionTree(vec![node("billing", vec![refund]), node("other", vec![])])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

/// Joined at 10 s, left at 100 s if `left`.
fn part(left: bool) -> Participation {
    let mut ids = Ids::seeded(4);
    let (offer, agent) = (ids.next(at(0)), ids.next(at(0)));
    let mut sheet = CallSheet::default();
    sheet.apply(at(10), &CallFact::AgentJoined { offer, agent, queue: None });
    if left {
        sheet.apply(at(100), &CallFact::AgentLeft { agent });
    }
    sheet.participations.remove(0)
}

fn set(path: Option<&str>, required: bool) -> SetDisposition {
    SetDisposition { path: path.map(str::to_owned), required }
}

/// Rows: S7.29
#[test]
fn leaves_are_chosen_for_a_day() {
    let day = 24 * 3_600;
    let table = [
        (50, false, set(Some("billing/refund/full"), true), None),
        (150, true, set(Some("other"), true), None),
        (100 + day, true, set(Some("other"), false), None),
        (101 + day, true, set(Some("other"), false), Some(Refusal::TooLate)),
        (150, true, set(Some("billing"), false), Some(Refusal::NotALeaf)),
        (150, true, set(Some("billing/refund"), false), Some(Refusal::NotALeaf)),
        (150, true, set(Some("billing/gone"), false), Some(Refusal::Unknown)),
        (150, true, set(Some(""), false), Some(Refusal::Unknown)),
        (150, true, set(None, true), Some(Refusal::Required)),
        (150, true, set(None, false), None),
    ];
    for (now, left, command, refused) in table {
        let result = set_disposition(at(now), &part(left), &tree(), &command);
        assert_eq!(result.clone().err(), refused, "{command:?} at {now}");
        if let Ok(change) = result {
            assert_eq!((change.before, change.after), (None, command.path));
        }
    }
}

#[test]
fn who_did_not_talk_has_nothing_to_say() {
    let mut never = part(false);
    never.joined_at = None;
    assert_eq!(set_disposition(at(20), &never, &tree(), &set(Some("other"), false)), Err(Refusal::NoPart));
}

#[test]
fn trees_are_at_most_three_deep_with_unique_keys() {
    assert_eq!(tree().check(), Ok(()));
    let deep = DispositionTree(vec![node("a", vec![node("b", vec![node("c", vec![node("d", vec![])])])])]);
    assert!(matches!(deep.check(), Err(Refusal::Tree(_))));
    let twice = DispositionTree(vec![node("a", vec![]), node("a", vec![])]);
    assert!(matches!(twice.check(), Err(Refusal::Tree(_))));
    for key in ["", "a/b"] {
        assert!(matches!(DispositionTree(vec![node(key, vec![])]).check(), Err(Refusal::Tree(_))), "{key:?}");
    }
    let many = DispositionTree((0..1_001).map(|n| node(&n.to_string(), vec![])).collect());
    assert!(matches!(many.check(), Err(Refusal::Tree(_))));
}

/// Rows: S7.29
#[test]
fn a_required_disposition_keeps_the_agent_in_wrap_up() {
    let mut part = part(true);
    assert_eq!(may_finish_wrap_up(&part, false), Ok(()));
    assert_eq!(may_finish_wrap_up(&part, true), Err(Refusal::Required));
    part.disposition = Some("other".into());
    assert_eq!(may_finish_wrap_up(&part, true), Ok(()));
}
