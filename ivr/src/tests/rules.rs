//! Callers whom the account's rules send elsewhere, on their way into a queue.

use super::*;
use ringdesk_model::{Priority, QueueId};

const OTHER: &str = "01930000-0000-7000-8000-000000000002";
const QUEUED: &str = r#""a": {"kind": "collect", "prompts": [{"id": "n"}], "name": "customer", "max_digits": 2, "next": "q", "on_failed": "q"},
    "q": {"kind": "queue", "queue": "QUEUE", "keys": {"*": "a"}}"#;

/// A caller who has typed 42.
fn ruled() -> Rig {
    let mut rig = Rig::of(QUEUED, Context { ruled: true, ..context() });
    rig.keys("42");
    rig
}

fn asked(rig: &Rig) -> (AskId, RulesRequest) {
    match rig.asks().pop() {
        Some((ask, Question::Rules(request))) => (ask, request),
        other => panic!("{other:?}"),
    }
}

/// Where they wait, and how.
fn waits(rig: &Rig) -> Option<(String, Priority)> {
    rig.asks().into_iter().rev().find_map(|(_, question)| match question {
        Question::Queue(request) => Some((request.queue.to_string(), request.priority)),
        _ => None,
    })
}

/// Rows: S7.7, S13.5
#[test]
fn rules_choose_the_queue_before_anybody_waits() {
    let mut rig = ruled();
    let (ask, request) = asked(&rig);
    assert_eq!(request.queue.to_string(), QUEUE);
    assert_eq!(
        request.entered.iter().map(|(name, value)| (name.as_str(), value.reveal().as_str())).collect::<Vec<_>>(),
        [("customer", "42")]
    );
    assert_eq!(waits(&rig), None, "nobody waits before it is decided");
    let other: QueueId = OTHER.parse().expect("an id");
    let ruling = CallRuling { queue: Some(other), priority: Some(Priority(7)), greeting: Some("Dear guest.".into()) };
    rig.put(Input::Answer(ask, Answer::Ruled(ruling)));
    assert_eq!(waits(&rig), Some((OTHER.into(), Priority(7))));
    let queued = rig.events().iter().any(|event| matches!(event, CallEvent::Queued { queue, .. } if *queue == other));
    assert!(queued, "the books have the queue that was decided");
    assert_eq!(rig.texts(), ["Dear guest."], "greeted in place of the queue's welcome");

    // Back to the menu and here again: it is decided, and rules are not asked twice.
    rig.take();
    rig.keys("*");
    rig.keys("43");
    assert_eq!(waits(&rig), Some((OTHER.into(), Priority(7))));
    assert!(rig.asks().iter().all(|(_, question)| !matches!(question, Question::Rules(_))));
}

/// Rows: S7.7
#[test]
fn rules_that_say_nothing_or_too_late_leave_the_flow_as_it_is() {
    let mut rig = ruled();
    let (ask, _) = asked(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(waits(&rig), Some((QUEUE.into(), Priority(0))));

    let mut rig = ruled();
    let (ask, _) = asked(&rig);
    rig.pass(2_499);
    assert_eq!(waits(&rig), None);
    rig.pass(1);
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(waits(&rig), Some((QUEUE.into(), Priority(0))), "a caller waits for no rule");
}

#[test]
fn nobody_asks_for_whom_is_gone_or_was_sent_elsewhere() {
    let mut rig = ruled();
    let (ask, _) = asked(&rig);
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(waits(&rig), None);

    let mut rig = ruled();
    let (ask, _) = asked(&rig);
    rig.put(Input::Queue { queue: OTHER.parse().expect("an id"), returns: false });
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(waits(&rig), Some((OTHER.into(), Priority(0))), "somebody has chosen: no rule is asked");
}
