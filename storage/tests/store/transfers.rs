//! The transfer log, on both databases.

use crate::world::{START, World};
use ringdesk_model::Pii;
use ringdesk_storage::journal::ParticipationState;
use ringdesk_storage::transfers::{self, NewTransfer, TransferEnd};
use ringdesk_storage::{conversations, recovery};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_transfer_is_told_from_who_to_whom_and_ends_once
    a_crash_ends_transfers_that_were_under_way
    who_talks_in_a_call_and_who_knows_it
}

/// Rows: S7.14
async fn a_transfer_is_told_from_who_to_whom_and_ends_once(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let [first, second] = world.agents;
    let (one, two) = (world.id(START), world.id(START + SECOND));
    let begun = |id, seconds: u32, target, said: &str, reason: Option<&str>| NewTransfer {
        id,
        conversation: call.conversation,
        call: Some(call.call),
        by: Some(first),
        mode: "consult".into(),
        target,
        target_said: Pii::new(said.into()),
        reason: reason.map(|r| Pii::new(r.into())),
        at: START + SECOND * seconds,
    };
    let end = |id, seconds: u32, outcome: &str, taken_by| TransferEnd {
        id,
        at: START + SECOND * seconds,
        waited_ms: 2_500,
        outcome: outcome.into(),
        taken_by,
    };
    set.transfer(&begun(two, 9, "agent", r#"{"kind":"agent"}"#, None)).unwrap();
    set.transfer(&begun(one, 1, "number", r#"{"number":"+4930987654"}"#, Some("wants Marker Mustermann"))).unwrap();
    set.end_transfer(end(one, 4, "busy", None));
    world.commit(&set).await;
    let mut set = world.set();
    set.end_transfer(end(two, 12, "completed", Some(second)));
    world.commit(&set).await;
    let mut set = world.set();
    set.end_transfer(end(two, 99, "failed", None));
    world.commit(&set).await;

    let read = async |scope| {
        transfers::of_conversation(&mut world.read().await, &world.key, &scope, call.conversation).await.unwrap()
    };
    let found = read(world.everyone()).await;
    let told: Vec<_> = found
        .iter()
        .map(|t| (t.id, t.by, t.target.as_str(), t.outcome.as_deref(), t.taken_by, t.waited_ms, t.ended_at))
        .collect();
    assert_eq!(
        told,
        [
            (one, Some(first), "number", Some("busy"), None, Some(2_500), Some(START + SECOND * 4)),
            (two, Some(first), "agent", Some("completed"), Some(second), Some(2_500), Some(START + SECOND * 12)),
        ]
    );
    assert_eq!(found[0].target_said.reveal(), r#"{"number":"+4930987654"}"#);
    assert_eq!(found[0].reason.as_ref().map(|r| r.reveal().as_str()), Some("wants Marker Mustermann"));
    assert!(read(world.own(second)).await.is_empty(), "who has no part in it sees nothing");
}

/// Rows: S7.14
async fn a_crash_ends_transfers_that_were_under_way(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let id = world.id(START);
    let new = NewTransfer {
        id,
        conversation: call.conversation,
        call: Some(call.call),
        by: None,
        mode: "blind".into(),
        target: "queue",
        target_said: Pii::new("{}".into()),
        reason: None,
        at: START + SECOND,
    };
    set.transfer(&new).unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    recovery::recover(&mut tx, &world.key, START + SECOND * 60).await.unwrap();
    tx.commit().await.unwrap();
    let everyone = world.everyone();
    let found =
        transfers::of_conversation(&mut world.read().await, &world.key, &everyone, call.conversation).await.unwrap();
    assert_eq!((found.len(), found[0].outcome.as_deref()), (1, Some(recovery::CAUSE)));
    let view = conversations::get(&mut world.read().await, &world.key, &everyone, call.conversation).await.unwrap();
    assert_eq!(found[0].ended_at, view.unwrap().calls[0].ended_at, "with its call");
}

/// Rows: S7.16, V14, S12.6
async fn who_talks_in_a_call_and_who_knows_it(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let [first, second] = world.agents;
    let part = |agent, seconds: u32, ended: Option<u32>| ParticipationState {
        id: world.id(START + SECOND * seconds),
        conversation: call.conversation,
        call: Some(call.call),
        agent,
        queue: Some(world.queue),
        started_at: START + SECOND * seconds,
        ended_at: ended.map(|seconds| START + SECOND * seconds),
        hold_us: 0,
    };
    set.participation(part(second, 2, None));
    set.participation(part(first, 1, Some(3)));
    world.commit(&set).await;
    let mut tx = world.write().await;
    let stranger = world.id(START);
    assert_eq!(conversations::who_talks_in(&mut tx, world.account, call.call).await.unwrap(), [second]);
    for (agent, talked) in [(first, true), (second, true), (stranger, false)] {
        assert_eq!(conversations::talked_in(&mut tx, world.account, agent, call.call).await.unwrap(), talked);
    }
    let known = async |tx: &mut ringdesk_storage::Tx, agent| {
        conversations::is_known_to(tx, world.account, agent, call.call).await.unwrap()
    };
    assert!(known(&mut tx, first).await && known(&mut tx, second).await);
    assert!(!known(&mut tx, stranger).await, "of no queue of theirs");
    let view = conversations::get(&mut tx, &world.key, &world.everyone(), call.conversation).await.unwrap().unwrap();
    let contact = view.contact.unwrap();
    let newest = conversations::newest_with(&mut tx, &world.own(first), contact).await.unwrap();
    assert_eq!(newest, Some(call.conversation));
    assert_eq!(conversations::newest_with(&mut tx, &world.own(stranger), contact).await.unwrap(), None);
}
