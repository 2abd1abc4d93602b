//! Following what happens.

use super::socket::Socket;
use super::world::{Login, NUMBER, PASSWORD, World};
use ringdesk_agent_gateway::Limits;
use ringdesk_conversations::CallFact;
use ringdesk_model::Clock as _;
use serde_json::{Value, json};
use std::time::Duration;

async fn ticket(world: &World, who: &Login) -> String {
    let got = world.send("POST", "/api/v1/auth/ticket", Some(&who.token), "").await;
    assert_eq!((got.status, &got.body["expires_in"]), (200, &json!(30)), "{}", got.body);
    got.body["ticket"].as_str().unwrap().to_owned()
}

async fn head(world: &World) -> i64 {
    world.operations.events_head(world.account).await.unwrap()
}

/// Rows: S7.25, S2.16
#[tokio::test]
async fn each_hears_what_is_theirs_with_numbers_as_their_right_is() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    let mut sockets = Vec::new();
    for login in ["agent1", "agent2", "supervisor", "admin", "reviewer", "tessa"] {
        sockets.push((login, Socket::start(&world, &world.login(login).await).await));
    }
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    world.answered(&mut waiting, one.agent.unwrap()).await;
    world
        .facts(&mut waiting, world.clock.now(), &[CallFact::Held { agent: None }, CallFact::Resumed { agent: None }])
        .await;
    let leader = world.login("supervisor").await;
    let inbox = world.get(&leader, "inboxes").await[0]["id"].as_str().unwrap().to_owned();
    let until = world.clock.now().as_millis() + 60_000;
    let closure = json!({ "until": until, "prompt": "closed" });
    assert_eq!(world.api(&leader, "PUT", &format!("inboxes/{inbox}/closure"), closure).await.status, 204);
    let path = format!("conversations/{}/disposition", waiting.conversation);
    assert_eq!(world.api(&one, "PUT", &path, json!({ "path": "solved" })).await.status, 204);
    world.choose(&two, "ready").await;
    let last = head(&world).await;

    // A call that comes is nobody's yet; what is told of it later is its agent's.
    let of_the_call = ["conversation_updated", "disposition_set"];
    for (login, socket) in &mut sockets {
        // A last event that is for all of them but one, who learns by the cursor how far they are.
        let mut kinds: Vec<String> = Vec::new();
        let mut seqs: Vec<i64> = Vec::new();
        let mut address = None;
        let wanted: &[(&str, usize)] = match *login {
            "agent1" => &[("presence_changed", 3), ("work_offered", 1), ("work_queued", 1), ("disposition_set", 1)],
            "agent2" => &[("work_queued", 1), ("work_left", 1), ("presence_changed", 1)],
            "supervisor" | "admin" => &[
                ("conversation_created", 1),
                ("presence_changed", 5),
                ("work_offered", 1),
                ("inbox_closed", 1),
                ("disposition_set", 1),
            ],
            "reviewer" => &[("conversation_created", 1), ("disposition_set", 1)],
            _ => &[("inbox_closed", 1)],
        };
        while wanted.iter().any(|(kind, n)| kinds.iter().filter(|k| k == kind).count() < *n) {
            let line = socket.line().await;
            assert_ne!(line["type"], "closed", "{login}: {line}, so far {kinds:?}");
            if line["type"] == "cursor" {
                continue;
            }
            seqs.push(line["seq"].as_i64().unwrap());
            kinds.push(line["type"].as_str().unwrap().to_owned());
            if line["type"] == "conversation_created" {
                address = Some((line["data"]["address"].clone(), line["data"]["name"].clone()));
            }
        }
        assert!(seqs.is_sorted_by(|a, b| a < b) && seqs.iter().all(|s| *s <= last), "{login}: {seqs:?}");
        let heard = |kind: &str| kinds.iter().any(|k| k == kind);
        let sees_the_call = !matches!(*login, "agent2" | "tessa");
        for kind in of_the_call {
            assert_eq!(heard(kind), sees_the_call, "{login} {kind}: {kinds:?}");
        }
        match *login {
            "admin" => assert_eq!(address, Some((json!(NUMBER), json!("Carla Caller")))),
            "supervisor" | "reviewer" => assert_eq!(address, Some((json!("+49•••••456"), json!("C•••")))),
            _ => assert!(!heard("inbox_closed") || *login == "tessa"),
        }
    }
}

/// Everything after the number, once, in order, and then what is new.
#[tokio::test]
async fn a_follower_resumes_where_it_was() {
    let world = World::start().await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent1").await);
    let mut first = Socket::start(&world, &leader).await;
    for state in ["ready", "not_ready", "ready", "not_ready"] {
        world.choose(&agent, state).await;
    }
    let lines = first.up_to(head(&world).await).await;
    assert!(lines.len() >= 4);
    drop(first);
    world.choose(&agent, "ready").await;
    let after = lines[1]["seq"].as_i64().unwrap();
    let mut again = Socket::open(&world, &leader, &format!("?after={after}")).await.unwrap();
    assert_eq!(again.line().await, json!({ "type": "cursor", "seq": after }));
    let replayed = again.up_to(head(&world).await).await;
    assert_eq!(replayed[..lines.len() - 2], lines[2..]);
    assert_eq!(replayed.last().unwrap()["data"]["presence"]["state"], "ready");
    world.choose(&agent, "not_ready").await;
    assert_eq!(again.event("presence_changed").await["data"]["presence"]["state"], "not_ready");
    // From the very first on: nothing was forgotten yet.
    let mut all = Socket::open(&world, &leader, "?after=0").await.unwrap();
    assert_eq!(all.line().await, json!({ "type": "cursor", "seq": 0 }));
    let seqs: Vec<i64> = all.up_to(head(&world).await).await.iter().map(|l| l["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=head(&world).await).collect::<Vec<_>>());
}

/// Many writers, and followers who come at any moment: no gap and no double where the past meets the present.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_missed_between_the_past_and_the_present() {
    let world = World::start().await;
    let leader = world.login("supervisor").await;
    let start = head(&world).await;
    let write = async || {
        for _ in 0..40 {
            append(&world, vec![("presence_changed", json!({ "agent": null }))]).await;
        }
    };
    let call = async || {
        for _ in 0..20 {
            world.call("sales", NUMBER).await;
        }
    };
    let listen = async |nth: i64| {
        // Each comes when a part of it has been written.
        let behind = async || (head(&world).await >= start + nth * 12).then_some(());
        world.until("writers", behind).await;
        let mut socket = Socket::open(&world, &leader, &format!("?after={start}")).await.unwrap();
        let mut seqs = Vec::new();
        // The leader hears everything that is written here.
        while seqs.len() < 120 {
            let line = socket.line().await;
            assert_ne!(line["type"], "closed", "{line}");
            if line["type"] != "cursor" {
                seqs.push(line["seq"].as_i64().unwrap());
            }
        }
        assert_eq!(seqs, (start + 1..=start + 120).collect::<Vec<_>>(), "follower {nth}");
    };
    tokio::join!(write(), write(), call(), listen(0), listen(1), listen(2), listen(4), listen(6), listen(8));
}

#[tokio::test]
async fn a_number_that_is_forgotten_or_from_elsewhere_is_answered_with_a_reset() {
    let world = World::start().await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent1").await);
    for state in ["ready", "not_ready", "ready"] {
        world.choose(&agent, state).await;
    }
    let newest = head(&world).await;
    let mut lost = Socket::open(&world, &leader, &format!("?after={}", newest + 1)).await.unwrap();
    assert_eq!(lost.line().await, json!({ "type": "reset", "seq": newest, "reason": "unknown" }));

    let forgotten = world.operations.forget_events(world.account, world.clock.now()).await.unwrap();
    assert_eq!(i64::try_from(forgotten).unwrap(), newest);
    let mut late = Socket::open(&world, &leader, &format!("?after={}", newest - 1)).await.unwrap();
    assert_eq!(late.line().await, json!({ "type": "reset", "seq": newest, "reason": "too_old" }));
    // Who has everything up to the last one misses nothing.
    let mut fine = Socket::open(&world, &leader, &format!("?after={newest}")).await.unwrap();
    assert_eq!(fine.line().await, json!({ "type": "cursor", "seq": newest }));
    world.choose(&agent, "not_ready").await;
    for socket in [&mut lost, &mut late, &mut fine] {
        assert_eq!(socket.event("presence_changed").await["seq"], newest + 1);
    }
}

/// A ticket opens one socket, once, and only as long as its session lasts. A token in an address opens nothing.
///
/// Rows: S12.6
#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let world = World::start().await;
    let agent = world.login("agent1").await;
    let open = async |query: String| Socket::open_with(&world, &agent.account, &query, None).await;
    let one = ticket(&world, &agent).await;
    assert_ne!(one, agent.token);
    let mut socket = open(format!("?ticket={one}")).await.unwrap();
    assert_eq!(socket.line().await["type"], "cursor");
    for refused in [format!("?ticket={one}"), "?ticket=".into(), format!("?ticket={}", agent.token), String::new()] {
        assert_eq!(open(refused.clone()).await.err(), Some(401), "{refused}");
    }
    assert_eq!(open(format!("?access_token={}", agent.token)).await.err(), Some(401));
    // It lets nobody in anywhere else.
    let two = ticket(&world, &agent).await;
    let path = format!("/api/v1/accounts/{}/queues?ticket={two}", agent.account);
    assert_eq!(world.send("GET", &path, None, "").await.status, 401);
    assert_eq!(world.send("GET", &path.replace(&format!("?ticket={two}"), ""), Some(&two), "").await.status, 401);
    assert!(open(format!("?after=0&ticket={two}")).await.is_ok(), "and is still good for a socket");
    let three = ticket(&world, &agent).await;
    assert_eq!(world.send("POST", "/api/v1/auth/logout", Some(&agent.token), "").await.status, 204);
    assert_eq!(open(format!("?ticket={three}")).await.err(), Some(401));
}

/// Signing out, a new password, lost rights: the socket ends with them, at once.
///
/// Rows: S12.6
#[tokio::test]
async fn a_socket_ends_with_its_session() {
    // Nothing but the word that sessions ended may be what closes it.
    let limits = Limits { recheck: Duration::from_secs(3_600), ..Limits::default() };
    let world = World::start_with(limits).await;
    let admin = world.login("admin").await;
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let user = format!("users/{}", id.as_str().unwrap());
    for how in ["logout", "everywhere", "by the manager", "password", "roles"] {
        let (agent, other) = (world.login("agent1").await, world.login("agent2").await);
        let (mut socket, mut unharmed) = (Socket::start(&world, &agent).await, Socket::start(&world, &other).await);
        let begun = tokio::time::Instant::now();
        let got = match how {
            "logout" => world.send("POST", "/api/v1/auth/logout", Some(&agent.token), "").await,
            "everywhere" => world.send("DELETE", "/api/v1/auth/sessions", Some(&agent.token), "").await,
            "by the manager" => world.api(&admin, "DELETE", &format!("{user}/sessions"), Value::Null).await,
            "password" => {
                let new = json!({ "password": PASSWORD, "must_change_password": false });
                world.api(&admin, "PUT", &format!("{user}/password"), new).await
            }
            _ => world.api(&admin, "PUT", &format!("{user}/roles"), json!({ "roles": [] })).await,
        };
        assert_eq!(got.status, 204, "{how}: {}", got.body);
        assert_eq!(socket.next().await, json!({ "type": "closed", "code": 1008, "reason": "signed out" }), "{how}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{how}: {:?}", begun.elapsed());
        world.choose(&other, "ready").await;
        unharmed.event("presence_changed").await;
        world.choose(&other, "not_ready").await;
    }
}

/// More rights, more events; fewer, fewer: without opening the socket again.
///
/// Rows: S12.6
#[tokio::test]
async fn an_open_socket_follows_its_users_rights() {
    let world = World::start().await;
    let (admin, one, two) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let roles = format!("users/{}/roles", id.as_str().unwrap());
    let mut socket = Socket::start(&world, &one).await;
    let other = json!(two.agent);
    assert_eq!(world.api(&admin, "PUT", &roles, json!({ "roles": ["leader"] })).await.status, 204);
    world.choose(&two, "ready").await;
    assert_eq!(socket.event("presence_changed").await["data"]["agent"], other);
    assert_eq!(world.api(&admin, "PUT", &roles, json!({ "roles": ["agent"] })).await.status, 204);
    world.choose(&two, "not_ready").await;
    world.choose(&one, "ready").await;
    assert_eq!(
        socket.event("presence_changed").await["data"]["agent"],
        json!(one.agent),
        "their own is the next they hear"
    );
}

/// A client that takes nothing for a while is cut off with a word to try again, and misses nothing by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_client_is_cut_off_and_resumes() {
    let patience = Duration::from_millis(800);
    let limits = Limits { patience, linger: Duration::from_secs(30), ..Limits::default() };
    let world = World::start_with(limits).await;
    let leader = world.login("supervisor").await;
    let start = head(&world).await;
    let mut slow = Socket::start(&world, &leader).await;
    let mut quick = Socket::start(&world, &leader).await;
    // More than any buffer between us and the server holds.
    let written = start + 1_000;
    // Others do not wait for the slow one.
    let reader = tokio::spawn(async move { quick.up_to(written).await.len() });
    let bulk = json!({ "agent": null, "presence": "x".repeat(20_000) });
    for _ in 0..20 {
        let events = vec![("presence_changed", bulk.clone()); 50];
        append(&world, events).await;
    }
    assert_eq!(head(&world).await, written);
    assert_eq!(reader.await.unwrap(), 1_000);
    // The slow one is idle for longer than the server waits.
    tokio::time::sleep(patience * 4).await;
    let mut seqs = Vec::new();
    let closed = loop {
        let line = slow.line().await;
        match line["type"].as_str() {
            Some("presence_changed") => seqs.push(line["seq"].as_i64().unwrap()),
            Some("cursor") => {}
            _ => break line,
        }
    };
    assert_eq!((&closed["code"], seqs.len() < 1_000), (&json!(1013), true), "{closed} after {}", seqs.len());
    assert!(closed["reason"].as_str().unwrap().contains("resume"));
    assert_eq!(seqs, (start + 1..=start + seqs.len() as i64).collect::<Vec<_>>());
    let last = *seqs.last().unwrap();
    let mut again = Socket::open(&world, &leader, &format!("?after={last}")).await.unwrap();
    let rest: Vec<i64> = again.up_to(written).await.iter().map(|l| l["seq"].as_i64().unwrap()).collect();
    assert_eq!(rest, (last + 1..=written).collect::<Vec<_>>());
}

async fn append(world: &World, events: Vec<(&'static str, Value)>) -> i64 {
    use ringdesk_storage::outbox::{self, NewEvent};
    let at = world.clock.now();
    let events: Vec<NewEvent> =
        events.into_iter().map(|(kind, data)| NewEvent { at, kind, payload: data.into() }).collect();
    let store = world.operations.store();
    let mut tx = store.db.write().await.unwrap();
    let key = store.key(&mut tx, world.account).await.unwrap();
    let last = outbox::append(&mut tx, &key, &events).await.unwrap();
    tx.commit().await.unwrap();
    world.desk.wake().await;
    last
}

/// So many windows and no more; one that closes, or whose owner is gone without a word, makes room.
#[tokio::test]
async fn sockets_are_counted_per_person() {
    let limits = Limits {
        sockets_per_user: 2,
        ping: Duration::from_millis(50),
        silence: Duration::from_millis(500),
        ..Limits::default()
    };
    let world = World::start_with(limits).await;
    let (agent, other) = (world.login("agent1").await, world.login("agent2").await);
    let closing = Socket::start(&world, &agent).await;
    let mute = Socket::start(&world, &agent).await;
    assert_eq!(Socket::open(&world, &agent, "").await.err(), Some(429));
    assert!(Socket::open(&world, &other, "").await.is_ok(), "others have their own");
    drop(closing);
    let room = async || Socket::open(&world, &agent, "").await.ok();
    let mut talking = world.until("a closed socket makes room", room).await;
    // `mute` reads nothing and so answers no ping; who reads, answers.
    let alive = tokio::spawn(async move {
        let line = talking.line().await;
        (line, talking)
    });
    world.until("a silent socket makes room", room).await;
    let (line, _talking) = alive.await.unwrap();
    assert_eq!(line["type"], "cursor");
    drop(mute);
}
