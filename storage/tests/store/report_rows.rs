//! What reports read of a period.

use crate::world::{START, World};
use ringdesk_model::{Pii, Presence, Timestamp, TransferId};
use ringdesk_storage::agents::{self, PresenceChange};
use ringdesk_storage::dispositions::{self, Disposition};
use ringdesk_storage::journal::{CallChange, ParticipationState};
use ringdesk_storage::report_rows;
use ringdesk_storage::transfers::{NewTransfer, TransferEnd};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

on_both! {
    a_period_has_the_calls_that_ran_in_it
    the_state_before_the_period_belongs_to_it
    what_nobody_filled_in_is_counted
}

/// Rows: S11.9, S11.26
async fn a_period_has_the_calls_that_ran_in_it(world: World) {
    let mut all = Vec::new();
    for (n, lasts) in [(0u32, Some(2u32)), (1, Some(1)), (2, None), (5, Some(1))] {
        let (mut set, at) = (world.set(), START + HOUR * n);
        let waiting = world.call_in(&mut set, at, "+4930123456");
        let sheet = Some(format!("{{\"n\":{n}}}"));
        set.change_call(waiting.call, CallChange { sheet, ..CallChange::default() }).unwrap();
        if n == 1 {
            let id: TransferId = world.id(at);
            set.transfer(&NewTransfer {
                id,
                conversation: waiting.conversation,
                call: Some(waiting.call),
                by: Some(world.agents[0]),
                mode: "blind".into(),
                target: "queue",
                target_said: Pii::new("{}".into()),
                reason: None,
                at,
            })
            .unwrap();
            set.end_transfer(TransferEnd { id, at, waited_ms: 1, outcome: "completed".into(), taken_by: None });
        }
        if let Some(hours) = lasts {
            world.end(&mut set, &waiting, at + HOUR * hours);
        }
        world.commit(&set).await;
        all.push(waiting.call);
    }
    let mut tx = world.read().await;
    let mut of = async |from: Timestamp, to: Timestamp, after, limit| {
        let found = report_rows::sheets(&mut tx, &world.key, (from, to), after, limit).await.unwrap();
        found.iter().map(|row| all.iter().position(|c| *c == row.call).unwrap()).collect::<Vec<_>>()
    };
    let (from, to) = (START + HOUR * 2 + SECOND, START + HOUR * 5);
    assert_eq!(of(from, to, None, 10).await, [2], "two ended, one comes later");
    assert_eq!(of(START, to + SECOND, None, 2).await, [0, 1]);
    assert_eq!(of(START, to + SECOND, Some(all[1]), 2).await, [2, 3], "page by page");
    assert_eq!(
        of(START + HOUR * 40, START + HOUR * 41, None, 9).await,
        Vec::<usize>::new(),
        "a lost call is of its day"
    );
    let row = &report_rows::sheets(&mut tx, &world.key, (START, START + SECOND), None, 1).await.unwrap()[0];
    assert_eq!(row.sheet.as_ref().map(|s| s.reveal().as_str()), Some("{\"n\":0}"));
    let within = (START, START + HOUR * 2);
    let passed = report_rows::transfers(&mut tx, world.account, within).await.unwrap();
    assert_eq!(passed.len(), 1);
    assert_eq!((passed[0].by, passed[0].outcome.as_deref()), (world.agents[0], Some("completed")));
    assert!(report_rows::transfers(&mut tx, world.account, (START, START + HOUR)).await.unwrap().is_empty());
}

/// Rows: S11.35
async fn the_state_before_the_period_belongs_to_it(world: World) {
    let mut tx = world.write().await;
    let [one, two] = world.agents;
    for (agent, n, presence) in [
        (one, 1u32, Presence::Ready),
        (one, 2, Presence::NotReady("lunch".into())),
        (two, 3, Presence::Ready),
        (one, 5, Presence::Talking),
        (one, 9, Presence::LoggedOut),
    ] {
        let change = PresenceChange { at: START + SECOND * n, presence, queue: None, actor: "system".into() };
        agents::set_presence(&mut tx, world.account, agent, &change).await.unwrap();
    }
    let within = (START + SECOND * 4, START + SECOND * 9);
    let found = report_rows::presence(&mut tx, world.account, within).await.unwrap();
    let of = |agent| found.iter().filter(|c| c.0 == agent).map(|c| c.2.clone()).collect::<Vec<_>>();
    assert_eq!(of(one), [Presence::NotReady("lunch".into()), Presence::Talking]);
    assert_eq!(of(two), [Presence::Ready]);
    assert!(report_rows::presence(&mut tx, world.id(START), within).await.unwrap().is_empty(), "another account's");
}

/// Rows: S7.29
async fn what_nobody_filled_in_is_counted(world: World) {
    let (mut set, mut parts) = (world.set(), Vec::new());
    for n in 0..3u32 {
        let waiting = world.call_in(&mut set, START, "+4930123456");
        let id = world.joined(&mut set, &waiting, world.agents[0], START);
        set.participation(ParticipationState {
            id,
            conversation: waiting.conversation,
            call: Some(waiting.call),
            agent: world.agents[0],
            queue: Some(world.queue),
            started_at: START,
            ended_at: Some(START + HOUR * n),
            hold_us: 0,
        });
        parts.push(id);
    }
    world.commit(&set).await;
    let mut tx = world.write().await;
    let code = Disposition { code: "solved".into(), note: None, at: START, by: None };
    dispositions::set(&mut tx, &world.key, parts[2], &code).await.unwrap();
    let open = report_rows::unfilled(&mut tx, world.account, START + HOUR).await.unwrap();
    assert_eq!(open, [(world.agents[0], world.queue, 1)], "one is too old, one is filled in");
}
