//! Queues, agents and inboxes that are edited, and the count of calls to the outside.

use crate::world::{START, World};
use ringdesk_model::{Channel, FlowId, InboxId};
use ringdesk_storage::agents::{self, Queue, QueueAgent};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::setup::{self, Standing};
use ringdesk_storage::{accounts, users};

on_both! {
    of_two_who_edit_a_queue_one_learns
    of_two_who_edit_an_inbox_one_learns
    disabled_agents_are_named
    calls_to_the_outside_are_counted_up_to_a_limit
    calls_and_work_are_somebodys
}

/// Rows: S12.29
async fn of_two_who_edit_a_queue_one_learns(world: World) {
    let mut tx = world.write().await;
    let now = setup::queues(&mut tx, world.account).await.unwrap()[&world.queue];
    assert_eq!(now, Standing { version: 1, disabled: false });
    let queue = Queue { id: world.queue, name: "help".into(), settings: "{\"a\":1}".into() };
    let off = Standing { disabled: true, ..now };
    assert!(setup::edit_queue(&mut tx, world.account, &queue, off).await.unwrap());
    assert!(!setup::edit_queue(&mut tx, world.account, &queue, now).await.unwrap(), "the second one");
    assert!(!setup::edit_queue(&mut tx, world.id(START), &queue, off).await.unwrap(), "of another account");
    assert_eq!(agents::queues(&mut tx, world.account).await.unwrap(), [queue]);
    let [first, second] = world.agents;
    setup::set_members(&mut tx, world.queue, &[(first, 1), (second, 2)]).await.unwrap();
    setup::set_members(&mut tx, world.queue, &[(second, 3)]).await.unwrap();
    let place = QueueAgent { queue: world.queue, agent: second, level: 3 };
    assert_eq!(agents::queue_agents(&mut tx, world.account).await.unwrap(), [place]);
    assert!(setup::count_change(&mut tx, world.account, world.queue).await.unwrap());
    let now = setup::queues(&mut tx, world.account).await.unwrap()[&world.queue];
    assert_eq!(now, Standing { version: 3, disabled: true });
    assert!(!setup::count_change(&mut tx, world.id(START), world.queue).await.unwrap());
    assert!(setup::rename_agent(&mut tx, world.account, first, "Zoe").await.unwrap());
    assert!(!setup::rename_agent(&mut tx, world.id(START), first, "Zoe").await.unwrap());
    assert!(agents::agents(&mut tx, world.account).await.unwrap().iter().any(|a| a.id == first && a.name == "Zoe"));
}

/// Rows: S12.29
async fn of_two_who_edit_an_inbox_one_learns(world: World) {
    let mut tx = world.write().await;
    let flow: FlowId = world.id(START);
    inboxes::create_flow(&mut tx, world.account, flow, "main").await.unwrap();
    let mut made = Vec::new();
    for (name, number) in [("one", "1001"), ("two", "1002")] {
        let id: InboxId = world.id(START);
        let inbox = Inbox {
            id,
            channel: Channel::Phone,
            name: name.into(),
            numbers: vec![number.into()],
            flow: None,
            closure: None,
        };
        inboxes::create(&mut tx, world.account, &inbox).await.unwrap();
        made.push(id);
    }
    let now = setup::inboxes(&mut tx, world.account).await.unwrap()[&made[0]];
    assert_eq!(now, Standing { version: 1, disabled: false });
    assert!(setup::edit_inbox(&mut tx, world.account, made[0], "first", Some(flow), now).await.unwrap());
    assert!(!setup::edit_inbox(&mut tx, world.account, made[0], "first", None, now).await.unwrap());
    setup::set_numbers(&mut tx, world.account, made[0], &["1003".into(), "1004".into()]).await.unwrap();
    let found = inboxes::all(&mut tx, world.account).await.unwrap();
    assert_eq!((found[0].name.as_str(), found[0].flow, found[0].numbers.len()), ("first", Some(flow), 2));
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let taken = setup::set_numbers(&mut tx, world.account, made[1], &["1004".into()]).await.unwrap_err();
    assert!(taken.is_conflict(), "one number, one inbox");
}

/// Rows: S12.6
async fn calls_and_work_are_somebodys(world: World) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+4930123456");
    world.commit(&set).await;
    let mut tx = world.read().await;
    assert_eq!(accounts::of_call(&mut tx, waiting.call).await.unwrap(), Some(world.account));
    assert_eq!(accounts::of_work_item(&mut tx, waiting.work_item).await.unwrap(), Some(world.account));
    assert_eq!(accounts::of_call(&mut tx, world.id(START)).await.unwrap(), None);
    assert_eq!(accounts::of_work_item(&mut tx, world.id(START)).await.unwrap(), None);
}

/// Rows: S12.29
async fn disabled_agents_are_named(world: World) {
    let mut tx = world.write().await;
    for (n, agent) in world.agents.into_iter().enumerate() {
        let user = users::User {
            id: world.id(START),
            account: world.account,
            login: format!("agent{n}"),
            name: "Agent".into(),
            roles: vec![],
            agent: Some(agent),
            extension: None,
            disabled: n == 1,
            version: 1,
        };
        users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
    }
    let found = setup::disabled_agents(&mut tx, world.account).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [world.agents[1]]);
}

/// Rows: S12.13
async fn calls_to_the_outside_are_counted_up_to_a_limit(world: World) {
    let mut tx = world.write().await;
    for expected in [true, true, true, false, false] {
        assert_eq!(setup::count_dialled(&mut tx, world.account, 20_000, 3).await.unwrap(), expected);
    }
    assert_eq!(setup::dialled(&mut tx, world.account, 20_000).await.unwrap(), 3);
    assert_eq!(setup::dialled(&mut tx, world.account, 20_001).await.unwrap(), 0);
    assert!(setup::count_dialled(&mut tx, world.account, 20_001, 3).await.unwrap(), "a new day");
}
