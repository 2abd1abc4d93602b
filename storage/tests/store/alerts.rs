//! Alert rules and warnings, and agents who want help.

use crate::world::{START, World};
use ringdesk_model::{Pii, Presence};
use ringdesk_storage::agents::{self, PresenceChange};
use ringdesk_storage::alerts::{self, Alert, RuleRow};
use ringdesk_storage::help::{self, Help};
use ringdesk_storage::recordings::{self, NewRecording};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_warning_lasts_until_it_ends_and_is_seen_to_once
    what_is_watched_is_counted
    help_is_wanted_until_it_is_settled
}

/// Rows: S11.26
async fn a_warning_lasts_until_it_ends_and_is_seen_to_once(world: World) {
    let mut tx = world.write().await;
    assert!(!alerts::any_rule(&mut tx, world.account).await.unwrap());
    let mut rule = RuleRow { id: world.id(START), name: "Busy".into(), rule: "{}".into(), disabled: false };
    alerts::put_rule(&mut tx, world.account, &rule).await.unwrap();
    rule.disabled = true;
    alerts::put_rule(&mut tx, world.account, &rule).await.unwrap();
    assert_eq!(alerts::rules(&mut tx, world.account).await.unwrap(), [rule.clone()]);
    assert!(alerts::any_rule(&mut tx, world.account).await.unwrap());
    let alert = |n: u32, subject: &str| Alert {
        id: world.id(START + SECOND * n),
        rule: rule.id,
        name: "Busy".into(),
        metric: "waiting".into(),
        subject: subject.into(),
        value: "7".into(),
        raised_at: START + SECOND * n,
        ended_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        measure: None,
    };
    let (one, two) = (alert(1, "queue:a"), alert(2, "queue:b"));
    for new in [&one, &two] {
        alerts::raise(&mut tx, world.account, new).await.unwrap();
    }
    let end = START + SECOND * 9;
    assert_eq!(alerts::end(&mut tx, end, world.account, rule.id, "queue:a").await.unwrap(), [one.id]);
    assert_eq!(alerts::end(&mut tx, end, world.account, rule.id, "queue:a").await.unwrap(), []);
    let by = Some(world.id(START));
    assert!(alerts::acknowledge(&mut tx, end, world.account, one.id, by, "one more").await.unwrap());
    assert!(!alerts::acknowledge(&mut tx, end, world.account, one.id, by, "again").await.unwrap());
    let open = alerts::list(&mut tx, world.account, true, None, 9).await.unwrap();
    assert_eq!(open, std::slice::from_ref(&two));
    let all = alerts::list(&mut tx, world.account, false, None, 9).await.unwrap();
    assert_eq!((all.len(), all[1].measure.as_deref(), all[1].ended_at), (2, Some("one more"), Some(end)));
    let older = alerts::list(&mut tx, world.account, false, Some(two.id), 9).await.unwrap();
    assert_eq!(older.iter().map(|a| a.id).collect::<Vec<_>>(), [one.id]);
    assert!(alerts::remove_rule(&mut tx, world.account, rule.id).await.unwrap());
    assert!(!alerts::remove_rule(&mut tx, world.account, rule.id).await.unwrap());
}

/// Rows: S11.26
async fn what_is_watched_is_counted(world: World) {
    let mut tx = world.write().await;
    for (n, reason) in [(1u32, "no_answer"), (2, "lunch"), (3, "no_answer")] {
        let presence = Presence::NotReady(reason.into());
        let change = PresenceChange { at: START + SECOND * n, presence, queue: None, actor: "system".into() };
        agents::set_presence(&mut tx, world.account, world.agents[0], &change).await.unwrap();
    }
    let count = alerts::no_answers(&mut tx, world.account, START).await.unwrap();
    assert_eq!(count, [(world.agents[0], 2)]);
    let count = alerts::no_answers(&mut tx, world.account, START + SECOND * 2).await.unwrap();
    assert_eq!(count, [(world.agents[0], 1)]);
    let new = NewRecording {
        id: world.id(START),
        conversation: world.id(START),
        call: world.id(START),
        wrapped_key: vec![1],
        started_at: START,
    };
    recordings::insert(&mut tx, world.account, &new).await.unwrap();
    assert_eq!(alerts::recordings_failed(&mut tx, world.account, START).await.unwrap(), 0);
}

/// Rows: S12.2
async fn help_is_wanted_until_it_is_settled(world: World) {
    let mut tx = world.write().await;
    let wants = |n: u32, agent, text: Option<&str>| Help {
        agent,
        conversation: None,
        text: text.map(|t| Pii::new(t.to_owned())),
        at: START + SECOND * n,
    };
    let [one, two] = world.agents;
    let (first, again, other) = (wants(1, one, None), wants(3, one, Some("MARKER now")), wants(2, two, None));
    for help in [&first, &other, &again] {
        help::want(&mut tx, &world.key, help).await.unwrap();
    }
    assert_eq!(help::wanted(&mut tx, &world.key).await.unwrap(), [other, again]);
    assert!(help::settle(&mut tx, world.account, one).await.unwrap());
    assert!(!help::settle(&mut tx, world.account, one).await.unwrap());
    assert_eq!(help::wanted(&mut tx, &world.key).await.unwrap().len(), 1);
}
