//! The cases, each on both databases.

use crate::world::{START, World};
use ringdesk_model::{Actor, Pii, Presence};
use ringdesk_storage::agents::PresenceChange;
use ringdesk_storage::audit::Act;
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::conversation_list::{self, Listed};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::sessions::{self, Session};
use ringdesk_storage::{
    Db, StoreError, Tx, agents, audit, contacts, conversations, inboxes, registrations, routing, users,
};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_call_is_read_back_as_far_as_the_scope_reaches
    messages_are_numbered_without_gaps
    a_known_number_is_the_same_contact
    an_unfinished_transaction_leaves_nothing
    events_are_numbered_without_gaps_by_many_writers
    the_audit_chain_finds_every_change
    presence_is_kept_with_time_and_actor
    sessions_end_by_time_and_by_disabling
    users_are_known_where_they_got_in
    flows_and_inboxes_keep_their_versions
    contacts_of_telephones_are_kept
    who_gives_up_on_a_transaction_leaves_none_behind
}

async fn raw(world: &World, sql: &'static str) {
    let mut tx = world.write().await;
    match &mut tx {
        Tx::Sqlite(t) => drop(sqlx::query(sql).execute(&mut **t).await.unwrap()),
        Tx::Postgres(t) => drop(sqlx::query(sql).execute(&mut **t).await.unwrap()),
    }
    tx.commit().await.unwrap();
}

/// Gives up on it when it waits for the `n`th time.
async fn given_up<F: Future>(wanted: F, n: usize) -> Option<F::Output> {
    let (mut wanted, mut waits) = (pin!(wanted), 0);
    poll_fn(|task| match wanted.as_mut().poll(task) {
        Poll::Ready(got) => Poll::Ready(Some(got)),
        Poll::Pending => {
            waits += 1;
            if waits == n { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

/// A client that hangs up takes its request along wherever that stands: also between the sending of BEGIN and its answer. On every
/// connection there is, the next one begins afresh.
async fn who_gives_up_on_a_transaction_leaves_none_behind(world: World) {
    let connections = match &world.store.db {
        Db::Sqlite { .. } => 1,
        Db::Postgres(_) => 16,
    };
    for n in 1..=4 {
        drop(given_up(world.store.db.write(), n).await);
        drop(given_up(world.store.db.read(), n).await);
        // Each on a connection of its own, until there is no other.
        let mut all = Vec::new();
        for connection in 0..connections {
            let mut tx = world.write().await;
            let name = format!("queue {n} {connection}");
            let row = agents::Queue { id: world.id(START), name, settings: "{}".into() };
            // Within a transaction that was for reading only this fails.
            agents::create_queue(&mut tx, world.account, &row).await.unwrap();
            all.push(tx);
        }
        for tx in all {
            tx.commit().await.unwrap();
        }
    }
    let there = agents::queues(&mut world.read().await, world.account).await.unwrap();
    assert_eq!(there.len(), 1 + connections * 4);
}

/// Rows: S1.2(call)
async fn a_call_is_read_back_as_far_as_the_scope_reaches(world: World) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+49301234567");
    let unseen = world.call_in(&mut set, START + SECOND, "+49301234568");
    world.commit(&set).await;
    let mut set = world.set();
    let part = world.joined(&mut set, &waiting, world.agents[0], START + SECOND);
    world.end(&mut set, &waiting, START + SECOND * 9);
    world.commit(&set).await;

    let mut tx = world.read().await;
    let all = conversation_list::list(&mut tx, &world.key, &world.everyone(), &Listed::default(), 10).await.unwrap();
    assert_eq!(
        all.iter().map(|c| c.id).collect::<Vec<_>>(),
        [unseen.conversation, waiting.conversation],
        "newest first"
    );
    let before = Listed { before: Some(unseen.conversation), ..Listed::default() };
    let page = conversation_list::list(&mut tx, &world.key, &world.everyone(), &before, 10).await.unwrap();
    assert_eq!(page.len(), 1, "what comes after the first of two");
    let call = &all[1].calls[0];
    assert_eq!(call.parties.from.reveal(), "+49301234567");
    assert_eq!((call.ended_at, call.cause.as_deref()), (Some(START + SECOND * 9), Some("normal")));
    assert_eq!(all[1].closed_at, Some(START + SECOND * 9));
    assert_eq!(all[1].participations[0].id, part);

    let own = world.own(world.agents[0]);
    let seen = conversation_list::list(&mut tx, &world.key, &own, &Listed::default(), 10).await.unwrap();
    assert_eq!(seen.iter().map(|c| c.id).collect::<Vec<_>>(), [waiting.conversation]);
    assert!(conversations::get(&mut tx, &world.key, &own, unseen.conversation).await.unwrap().is_none());
    assert!(
        conversations::messages(&mut tx, &world.key, &own, unseen.conversation, (0, false), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(conversations::call_events(&mut tx, &world.key, &own, unseen.call).await.unwrap().is_empty());
    let events = conversations::call_events(&mut tx, &world.key, &own, waiting.call).await.unwrap();
    assert_eq!(events.iter().map(|e| (e.n, e.kind.as_str())).collect::<Vec<_>>(), [(1, "started"), (2, "queued")]);
    assert!(events[1].payload.reveal().contains("marker-digits-4711"));
    let other = world.own(world.agents[1]);
    assert!(conversation_list::list(&mut tx, &world.key, &other, &Listed::default(), 10).await.unwrap().is_empty());
    let mut nobody = world.own(world.agents[0]);
    nobody.agent = None;
    assert!(conversation_list::list(&mut tx, &world.key, &nobody, &Listed::default(), 10).await.unwrap().is_empty());
    let mut stranger = world.everyone();
    stranger.account = world.id(START);
    assert!(
        conversation_list::list(&mut tx, &world.key, &stranger, &Listed::default(), 10).await.is_err(),
        "another account"
    );
    assert_eq!(
        routing::open_work(&mut tx, world.account).await.unwrap(),
        (1, 0),
        "the ended call took its work item along"
    );
}

async fn messages_are_numbered_without_gaps(world: World) {
    let mut set = world.set();
    let (a, b) = (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    world.say(&mut set, b.conversation, START, "second");
    world.commit(&set).await;
    // A set that failed is written again as it is.
    let mut set = world.set();
    for text in ["third", "fourth"] {
        world.say(&mut set, b.conversation, START, text);
        world.say(&mut set, a.conversation, START, text);
    }
    let mut tx = world.write().await;
    ringdesk_storage::journal::write(&mut tx, &set).await.unwrap();
    drop(tx);
    world.commit(&set).await;
    let mut tx = world.read().await;
    for (conversation, last) in [(a.conversation, 3), (b.conversation, 4)] {
        let scope = world.everyone();
        let messages =
            conversations::messages(&mut tx, &world.key, &scope, conversation, (0, false), 100).await.unwrap();
        assert_eq!(messages.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
        assert_eq!(messages.last().unwrap().text.reveal(), "fourth");
        assert_eq!(
            conversations::get(&mut tx, &world.key, &scope, conversation).await.unwrap().unwrap().last_seq,
            last
        );
        assert_eq!(
            conversations::messages(&mut tx, &world.key, &scope, conversation, (last - 1, false), 100)
                .await
                .unwrap()
                .len(),
            1
        );
    }
    drop(tx);
    let mut stray = world.set();
    world.say(&mut stray, world.id(START), START, "nowhere");
    world.say(&mut stray, a.conversation, START, "fifth");
    world.commit(&stray).await;
    let mut tx = world.read().await;
    let messages =
        conversations::messages(&mut tx, &world.key, &world.everyone(), a.conversation, (3, false), 9).await.unwrap();
    assert_eq!(messages[0].text.reveal(), "fifth", "a stray line takes nothing along");
}

async fn a_known_number_is_the_same_contact(world: World) {
    // Twice within a set, again in another, in two spellings.
    let mut set = world.set();
    world.call_in(&mut set, START, "+49301234567");
    world.call_in(&mut set, START, "030 1234567");
    world.commit(&set).await;
    let mut set = world.set();
    world.call_in(&mut set, START + SECOND, "0049 30 1234567");
    world.call_in(&mut set, START + SECOND, "+49309999999");
    world.commit(&set).await;
    let mut tx = world.read().await;
    let all = conversation_list::list(&mut tx, &world.key, &world.everyone(), &Listed::default(), 10).await.unwrap();
    let contacts: BTreeSet<_> = all.iter().map(|c| c.contact.unwrap()).collect();
    assert_eq!((all.len(), contacts.len()), (4, 2));
    let germany = ringdesk_conversations::Country::of("DE").unwrap();
    let number = ringdesk_conversations::ContactNumber::normalise("+49 30 1234567", germany).unwrap();
    let found = contacts::by_identity(&mut tx, &world.key, &Identity::number(&number)).await.unwrap();
    assert_eq!(found, all.last().unwrap().contact);
}

async fn an_unfinished_transaction_leaves_nothing(world: World) {
    let mut set = world.set();
    world.call_in(&mut set, START, "+49301234567");
    let mut tx = world.write().await;
    ringdesk_storage::journal::write(&mut tx, &set).await.unwrap();
    drop(tx);
    let mut tx = world.read().await;
    assert!(
        conversation_list::list(&mut tx, &world.key, &world.everyone(), &Listed::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(outbox::head(&mut tx, world.account).await.unwrap(), 0);
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (0, 0));
    drop(tx);
    // The connection is whole: the next one writes.
    world.commit(&set).await;
}

async fn events_are_numbered_without_gaps_by_many_writers(world: World) {
    let world = Arc::new(world);
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let world = world.clone();
            tokio::spawn(async move {
                for n in 0..10 {
                    let event = NewEvent {
                        at: START,
                        kind: "test",
                        payload: Pii::new(serde_json::json!({ "writer": writer, "n": n })),
                    };
                    let mut tx = world.write().await;
                    outbox::append(&mut tx, &world.key, &[event.clone(), event]).await.unwrap();
                    // Every third one is given up: its numbers are not lost.
                    if n % 3 != 2 {
                        tx.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut tx = world.read().await;
    let all = outbox::after(&mut tx, &world.key, 0, 1_000).await.unwrap();
    assert_eq!(all.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=8 * 7 * 2).collect::<Vec<_>>());
    assert_eq!(outbox::head(&mut tx, world.account).await.unwrap(), 8 * 7 * 2);
    let rest = outbox::after(&mut tx, &world.key, 100, 5).await.unwrap();
    assert_eq!(rest.iter().map(|e| e.seq).collect::<Vec<_>>(), [101, 102, 103, 104, 105]);
    assert!(rest[0].payload.reveal().contains("writer"));
}

/// Rows: S12.9
async fn the_audit_chain_finds_every_change(world: World) {
    let user = Actor::User { user: world.id(START), agent: None, address: Some("192.0.2.1".into()) };
    let mut tx = world.write().await;
    assert_eq!(audit::verify(&mut tx, &world.key).await.unwrap(), 0);
    for n in 0..5 {
        let act = Act { action: "inbox.close", object: "inbox:1", before: None, after: Some("closed"), result: "ok" };
        let (who, address) = if n == 0 { (&Actor::System, Some("198.51.100.9")) } else { (&user, None) };
        assert_eq!(audit::append(&mut tx, &world.key, START, who, address, act).await.unwrap(), n + 1);
    }
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(audit::verify(&mut tx, &world.key).await.unwrap(), 5);
    let list = audit::list(&mut tx, world.account, i64::MAX, 10).await.unwrap();
    assert_eq!(list.iter().map(|e| e.seq).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    assert_eq!((list[0].address.as_deref(), list[4].address.as_deref()), (Some("192.0.2.1"), Some("198.51.100.9")));
    assert!(list[0].actor.starts_with("user:"));
    drop(tx);

    let broken = async |expected: i64| {
        let mut tx = world.read().await;
        let error = audit::verify(&mut tx, &world.key).await.unwrap_err();
        assert!(matches!(error, StoreError::BrokenChain(at) if at == expected), "{error}");
    };
    raw(&world, "UPDATE audit_entry SET result = 'refused' WHERE seq = 3").await;
    broken(3).await;
    raw(&world, "UPDATE audit_entry SET result = 'ok' WHERE seq = 3").await;
    raw(&world, "UPDATE audit_entry SET address = NULL WHERE seq = 2").await;
    broken(2).await;
    raw(&world, "UPDATE audit_entry SET address = '192.0.2.1' WHERE seq = 2").await;
    audit::verify(&mut world.read().await, &world.key).await.expect("as it was");
    raw(&world, "DELETE FROM audit_entry WHERE seq = 5").await;
    broken(5).await;
    raw(&world, "UPDATE audit_head SET seq = 4").await;
    broken(5).await;
    raw(&world, "DELETE FROM audit_entry WHERE seq = 2").await;
    broken(2).await;
}

/// Rows: S7.25
async fn presence_is_kept_with_time_and_actor(world: World) {
    let mut tx = world.write().await;
    for (n, presence) in
        [Presence::Ready, Presence::NotReady("lunch".into()), Presence::Talking].into_iter().enumerate()
    {
        let at = START + SECOND * u32::try_from(n).unwrap();
        let change = PresenceChange { at, presence, queue: Some(world.queue), actor: "user:1".into() };
        assert!(agents::set_presence(&mut tx, world.account, world.agents[0], &change).await.unwrap());
    }
    let change = PresenceChange { at: START, presence: Presence::Ready, queue: None, actor: "system".into() };
    assert!(!agents::set_presence(&mut tx, world.account, world.id(START), &change).await.unwrap());
    let kept = agents::presence_changes(&mut tx, world.account, world.agents[0], 2).await.unwrap();
    assert_eq!(kept[0].presence, Presence::Talking);
    assert_eq!((kept[1].presence.clone(), kept[1].at), (Presence::NotReady("lunch".into()), START + SECOND));
    assert_eq!((kept[0].actor.as_str(), kept[0].queue), ("user:1", Some(world.queue)));
    let agent =
        agents::agents(&mut tx, world.account).await.unwrap().into_iter().find(|a| a.id == world.agents[0]).unwrap();
    assert_eq!((agent.presence, agent.since), (Presence::Talking, START + SECOND * 2));
    for state in ["logged_out", "ready", "reserved", "offered", "talking", "hold", "wrap_up", "reconnecting"] {
        raw_presence(&mut tx, state).await;
        let agent = &agents::agents(&mut tx, world.account).await.unwrap()[0];
        assert_eq!(agent.presence.as_str(), state);
    }
    let place = agents::QueueAgent { queue: world.queue, agent: world.agents[0], level: 2 };
    agents::set_queue_agent(&mut tx, agents::QueueAgent { level: 1, ..place }).await.unwrap();
    agents::set_queue_agent(&mut tx, place).await.unwrap();
    assert_eq!(agents::queue_agents(&mut tx, world.account).await.unwrap(), [place]);
    assert_eq!(agents::queues(&mut tx, world.account).await.unwrap()[0].name, "support");
}

async fn raw_presence(tx: &mut Tx, state: &str) {
    let sql = "UPDATE agent SET presence = $1";
    match tx {
        Tx::Sqlite(t) => drop(sqlx::query(sql).bind(state).execute(&mut **t).await.unwrap()),
        Tx::Postgres(t) => drop(sqlx::query(sql).bind(state).execute(&mut **t).await.unwrap()),
    }
}

async fn sessions_end_by_time_and_by_disabling(world: World) {
    let user = users::User {
        id: world.id(START),
        account: world.account,
        login: "agent1".into(),
        name: "Agent".into(),
        roles: vec!["agent".into()],
        agent: Some(world.agents[0]),
        extension: None,
        disabled: false,
        version: 1,
    };
    let mut tx = world.write().await;
    users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
    let ids = [world.id::<uuid::Uuid>(START), world.id(START), world.id(START)];
    for (n, ttl) in [SECOND, SECOND * 9, SECOND * 9].into_iter().enumerate() {
        let session = Session {
            id: ids[n],
            created: START + SECOND * n as u32,
            seen: START,
            expires: START + ttl,
            address: Some("192.0.2.1".into()),
        };
        sessions::open(&mut tx, &user, &[n as u8 + 1; 32], &session).await.unwrap();
    }
    let long_ago = START - SECOND;
    let (whose, session) = sessions::by_token(&mut tx, START, long_ago, &[1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (whose.roles, session.id, session.address.as_deref()),
        (vec!["agent".into()], ids[0], Some("192.0.2.1"))
    );
    let later = START + SECOND;
    assert!(sessions::by_token(&mut tx, later, long_ago, &[1; 32]).await.unwrap().is_none(), "expired");
    assert!(sessions::by_token(&mut tx, START, long_ago, &[9; 32]).await.unwrap().is_none());
    assert!(sessions::by_token(&mut tx, later, START, &[2; 32]).await.unwrap().is_none(), "at rest");
    sessions::touch(&mut tx, later, ids[1]).await.unwrap();
    sessions::touch(&mut tx, START, ids[1]).await.unwrap();
    assert_eq!(sessions::by_token(&mut tx, later, START, &[2; 32]).await.unwrap().unwrap().1.seen, later);
    let held = sessions::of_user(&mut tx, later, long_ago, user.id).await.unwrap();
    assert_eq!(held.iter().map(|s| s.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
    assert_eq!(sessions::drop_old(&mut tx, later, long_ago).await.unwrap(), 1);
    assert_eq!(sessions::drop_old(&mut tx, later, START).await.unwrap(), 1, "at rest");
    let off = users::User { disabled: true, ..user.clone() };
    assert!(users::edit(&mut tx, &off).await.unwrap());
    assert!(sessions::by_token(&mut tx, START, long_ago, &[2; 32]).await.unwrap().is_none(), "disabled");
    let on = users::User { version: 2, ..user.clone() };
    assert!(users::edit(&mut tx, &on).await.unwrap());
    assert!(!sessions::close(&mut tx, world.id(START), ids[1]).await.unwrap(), "somebody else's");
    assert!(sessions::close(&mut tx, user.id, ids[1]).await.unwrap());
    assert_eq!(sessions::close_all(&mut tx, user.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let twin = users::User { id: world.id(START), ..user };
    assert!(users::create(&mut tx, START, &twin, "x").await.unwrap_err().is_conflict(), "one login, one user");
}

async fn users_are_known_where_they_got_in(world: World) {
    let user = users::User {
        id: world.id(START),
        account: world.account,
        login: "agent1".into(),
        name: "Agent".into(),
        roles: vec![],
        agent: None,
        extension: None,
        disabled: false,
        version: 1,
    };
    let mut tx = world.write().await;
    users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
    for n in 0..25u32 {
        sessions::know(&mut tx, START + SECOND * n, user.id, &format!("192.0.2.{n}")).await.unwrap();
    }
    sessions::know(&mut tx, START + SECOND * 30, user.id, "192.0.2.9").await.unwrap();
    let now = START + SECOND * 40;
    let mut known = Vec::new();
    for n in 0..25 {
        if sessions::is_known(&mut tx, now, SECOND * 100, "agent1", &format!("192.0.2.{n}")).await.unwrap() {
            known.push(n);
        }
    }
    assert_eq!(known, (5..25).collect::<Vec<_>>(), "the newest twenty");
    for (login, address, within, expected) in [
        ("agent1", "192.0.2.9", SECOND * 11, true),
        ("agent1", "192.0.2.9", SECOND * 10, false),
        ("agent2", "192.0.2.9", SECOND * 100, false),
        ("agent1", "192.0.2.99", SECOND * 100, false),
    ] {
        assert_eq!(
            sessions::is_known(&mut tx, now, within, login, address).await.unwrap(),
            expected,
            "{login} {address}"
        );
    }
    assert_eq!(sessions::forget_known(&mut tx, user.id).await.unwrap(), 20);
    assert!(!sessions::is_known(&mut tx, now, SECOND * 100, "agent1", "192.0.2.9").await.unwrap());
    // Of two who edit the same, one learns.
    let edited = users::User { name: "Other".into(), extension: Some("2009".into()), disabled: true, ..user.clone() };
    assert!(users::edit(&mut tx, &edited).await.unwrap());
    assert!(!users::edit(&mut tx, &edited).await.unwrap());
    let found = users::by_id(&mut tx, world.account, user.id).await.unwrap().unwrap().user;
    assert_eq!((found.name.as_str(), found.version, found.disabled), ("Other", 2, true));
}

async fn flows_and_inboxes_keep_their_versions(world: World) {
    let mut tx = world.write().await;
    let flow = world.id(START);
    inboxes::create_flow(&mut tx, world.account, flow, "main").await.unwrap();
    assert_eq!(inboxes::add_flow_version(&mut tx, START, flow, "{\"v\":1}", None).await.unwrap(), 1);
    assert!(inboxes::published_flows(&mut tx, world.account).await.unwrap().is_empty());
    assert_eq!(inboxes::publish_flow(&mut tx, world.account, flow, 1).await.unwrap(), None);
    assert_eq!(inboxes::add_flow_version(&mut tx, START, flow, "{\"v\":2}", None).await.unwrap(), 2);
    assert_eq!(inboxes::published_flows(&mut tx, world.account).await.unwrap()[0].document, "{\"v\":1}");
    assert_eq!(inboxes::publish_flow(&mut tx, world.account, flow, 2).await.unwrap(), Some(1));
    assert!(inboxes::publish_flow(&mut tx, world.account, flow, 3).await.is_err(), "no such version");
    let kept = inboxes::flow_versions(&mut tx, world.account, flow, 10).await.unwrap();
    assert_eq!(
        kept.iter().map(|v| (v.version, v.at, v.by.clone())).collect::<Vec<_>>(),
        [(2, START, None), (1, START, None)]
    );
    assert_eq!(inboxes::flow_versions(&mut tx, world.account, flow, 1).await.unwrap().len(), 1);
    let first = inboxes::flow_version(&mut tx, world.account, flow, 1).await.unwrap().unwrap();
    assert_eq!((first.name.as_str(), first.document.as_str()), ("main", "{\"v\":1}"));
    assert_eq!(inboxes::flow_version(&mut tx, world.account, flow, 3).await.unwrap(), None);
    let other = world.id(START);
    assert!(inboxes::flow_versions(&mut tx, other, flow, 10).await.unwrap().is_empty(), "not theirs");
    assert_eq!(inboxes::flow_version(&mut tx, other, flow, 1).await.unwrap(), None);
    let mut inbox = inboxes::Inbox {
        id: world.id(START),
        channel: ringdesk_model::Channel::Phone,
        name: "main menu".into(),
        numbers: vec!["1000".into(), "1001".into()],
        flow: Some(flow),
        closure: None,
    };
    inboxes::create(&mut tx, world.account, &inbox).await.unwrap();
    assert_eq!(inboxes::all(&mut tx, world.account).await.unwrap(), [inbox.clone()]);
    let closure = inboxes::Closure { until: START + SECOND, prompt: "closed".into(), action: "hangup".into() };
    inbox.closure = Some(closure.clone());
    assert!(inboxes::set_closure(&mut tx, world.account, inbox.id, Some(&closure)).await.unwrap());
    assert_eq!(inboxes::all(&mut tx, world.account).await.unwrap(), [inbox.clone()]);
    assert!(inboxes::set_closure(&mut tx, world.account, inbox.id, None).await.unwrap());
    assert!(!inboxes::set_closure(&mut tx, world.id(START), inbox.id, None).await.unwrap(), "another account's");
    assert_eq!(inboxes::all(&mut tx, world.account).await.unwrap()[0].closure, None);
    let trunk = inboxes::Trunk {
        id: world.id(START),
        name: "demo".into(),
        networks: vec!["127.0.0.0/8".into()],
        settings: "{}".into(),
        password: Some(Pii::new("geheim".into())),
    };
    inboxes::create_trunk(&mut tx, &world.key, &trunk).await.unwrap();
    assert_eq!(inboxes::trunks(&mut tx, &world.key).await.unwrap(), std::slice::from_ref(&trunk));
    let other = inboxes::Trunk { settings: "{\"host\":\"h\"}".into(), password: None, ..trunk };
    assert!(inboxes::change_trunk(&mut tx, &world.key, &other).await.unwrap());
    assert_eq!(inboxes::trunks(&mut tx, &world.key).await.unwrap(), std::slice::from_ref(&other));
    let nobodys = inboxes::Trunk { id: world.id(START + SECOND), ..other };
    assert!(!inboxes::change_trunk(&mut tx, &world.key, &nobodys).await.unwrap());
    assert!(!inboxes::remove_trunk(&mut tx, world.id(START), "demo").await.unwrap(), "another account's");
    assert!(inboxes::remove_trunk(&mut tx, world.account, "demo").await.unwrap());
    assert_eq!(inboxes::trunks(&mut tx, &world.key).await.unwrap(), []);
}

async fn contacts_of_telephones_are_kept(world: World) {
    let (mut tx, key) = (world.write().await, &world.key);
    let contacts = |extension: &str, text: &str| registrations::Registration {
        extension: extension.into(),
        contacts: Pii::new(text.into()),
    };
    for new in [contacts("2001", "[1]"), contacts("2002", "[2]"), contacts("2001", "[3]")] {
        registrations::put(&mut tx, key, &new).await.unwrap();
    }
    registrations::remove(&mut tx, key, "2003").await.unwrap();
    assert_eq!(registrations::all(&mut tx, key).await.unwrap(), [contacts("2001", "[3]"), contacts("2002", "[2]")]);
    registrations::remove(&mut tx, key, "2001").await.unwrap();
    assert_eq!(registrations::all(&mut tx, key).await.unwrap(), [contacts("2002", "[2]")]);
}
