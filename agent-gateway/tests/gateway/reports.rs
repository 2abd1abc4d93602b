//! Figures over HTTP: equal to what the raw events say, counted by hand.

use super::widget::{Tab, token};
use super::world::{Login, World};
use ringdesk_conversations::CallFact;
use ringdesk_model::{AgentId, Clock as _, Timestamp, WorkOutcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::slice;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A call that waits so many seconds and is then answered, talked for some, with some of them on hold; or is left.
async fn call(world: &World, queue: &str, wait: u32, end: Result<(AgentId, u32, u32), WorkOutcome>) -> Timestamp {
    let mut waiting = world.call(queue, "+4930123456").await;
    let events = world.get(&world.login("admin").await, &format!("calls/{}/events", waiting.call)).await;
    let queued = events.as_array().unwrap().iter().find(|e| e["kind"] == "queued").unwrap()["at"].as_i64().unwrap();
    let (from, work_item, in_queue) = (Timestamp::from_millis(queued), waiting.work_item, waiting.queue);
    let at = |seconds: u32| from + SECOND * seconds;
    match end {
        Err(outcome) => {
            world.facts(&mut waiting, at(wait), &[CallFact::LeftQueue { work_item, outcome }]).await;
        }
        Ok((agent, talk, hold)) => {
            let offer = world.id();
            let queue = in_queue;
            world.facts(&mut waiting, at(1), &[CallFact::Offered { offer, agent, queue }]).await;
            let accepted = CallFact::OfferEnded { offer, agent, outcome: "accepted".into() };
            let left = CallFact::LeftQueue { work_item, outcome: WorkOutcome::Served };
            let joined = CallFact::AgentJoined { offer, agent, queue: Some(queue) };
            world.facts(&mut waiting, at(wait), &[accepted, left, joined]).await;
            world.facts(&mut waiting, at(wait + 1), &[CallFact::Held { agent: Some(agent) }]).await;
            world.facts(&mut waiting, at(wait + 1 + hold), &[CallFact::Resumed { agent: Some(agent) }]).await;
            world.facts(&mut waiting, at(wait + talk), &[CallFact::AgentLeft { agent }]).await;
        }
    }
    let last = at(wait + end.map_or(0, |(_, talk, _)| talk));
    world.facts(&mut waiting, last, &[CallFact::Ended { cause: "normal".into(), by: "caller".into() }]).await;
    last
}

/// The events of all calls, folded here and now: nothing of the house's laws is used.
async fn by_hand(world: &World, admin: &Login) -> BTreeMap<&'static str, f64> {
    let (mut waits, mut gave_up, mut turned_away, mut talks, mut holds, mut queued) =
        (vec![], vec![], 0, vec![], vec![], 0);
    for conversation in world.get(admin, "conversations?limit=100").await.as_array().unwrap() {
        let path = format!("conversations/{}/events", conversation["id"].as_str().unwrap());
        let (mut since, mut joined, mut held, mut on_hold) = (0, 0, 0, 0);
        for event in world.get(admin, &path).await.as_array().unwrap() {
            let at = event["at"].as_i64().unwrap();
            match event["kind"].as_str().unwrap() {
                "queued" => (since, queued) = (at, queued + 1),
                "left_queue" => match event["detail"]["outcome"].as_str().unwrap() {
                    "served" => waits.push(at - since),
                    "abandoned" => gave_up.push(at - since),
                    _ => turned_away += 1,
                },
                "agent_joined" => joined = at,
                "held" => held = at,
                "resumed" => on_hold += at - held,
                "agent_left" => {
                    talks.push(at - joined - on_hold);
                    holds.push(on_hold);
                }
                _ => {}
            }
        }
    }
    waits.sort_unstable();
    let abandoned = gave_up.iter().filter(|w| **w >= 5_000).count();
    let in_time = waits.iter().filter(|w| **w <= 20_000).count();
    let sum = |all: &[i64]| all.iter().sum::<i64>() as f64;
    BTreeMap::from([
        ("queued", f64::from(queued)),
        ("answered", waits.len() as f64),
        ("abandoned", abandoned as f64),
        ("short_abandoned", (gave_up.len() - abandoned) as f64),
        ("turned_away", f64::from(turned_away)),
        ("unanswered", gave_up.len() as f64 + f64::from(turned_away)),
        ("wait_average", sum(&waits) / waits.len() as f64),
        ("wait_p50", waits[(waits.len() * 50).div_ceil(100) - 1] as f64),
        ("wait_p90", waits[(waits.len() * 90).div_ceil(100) - 1] as f64),
        ("service_level", (10_000.0 * in_time as f64 / (waits.len() + abandoned) as f64).round() / 100.0),
        ("handled", talks.len() as f64),
        ("talk", sum(&talks)),
        ("hold", sum(&holds)),
    ])
}

/// Rows: S11.1(voice), S11.8, S11.9, S11.26
#[tokio::test]
async fn every_figure_equals_what_the_raw_events_say() {
    let world = World::start().await;
    let (admin, one, two) = (
        world.login("admin").await,
        world.login("agent1").await.agent.unwrap(),
        world.login("agent2").await.agent.unwrap(),
    );
    let from = world.clock.now().as_millis() - 1_000;
    let mut last = Timestamp(0);
    for (queue, wait, end) in [
        ("support", 2, Ok((one, 60, 10))),
        ("support", 19, Ok((two, 30, 0))),
        ("support", 21, Ok((one, 90, 5))),
        ("sales", 45, Ok((one, 12, 3))),
        ("support", 3, Err(WorkOutcome::Abandoned)),
        ("support", 33, Err(WorkOutcome::Abandoned)),
        ("sales", 120, Err(WorkOutcome::MaxWait)),
        ("sales", 0, Err(WorkOutcome::NoAgents)),
    ] {
        last = last.max(call(&world, queue, wait, end).await);
    }
    let to = last.as_millis() + 1_000;
    let report = async |metric: &str, more: &str| {
        world.get(&admin, &format!("reports/{metric}?from={from}&to={to}{more}")).await
    };
    let expected = by_hand(&world, &admin).await;
    assert_eq!((expected["queued"], expected["answered"], expected["unanswered"]), (8.0, 4.0, 4.0));
    for (metric, value) in &expected {
        let got = report(metric, "").await;
        // Events are told to the millisecond, and kept to the microsecond.
        let said = got["total"]["value"].as_f64().unwrap();
        let close = if got["unit"] == "milliseconds" { value * 0.000_1 + 4.0 } else { 0.0 };
        assert!((said - value).abs() <= close, "{metric} by hand {value}: {got}");
    }
    // Parts make the whole; the rows are as many as the figure says.
    for (metric, by) in [("queued", "queue"), ("handled", "agent"), ("unanswered", "detail"), ("answered", "hour")] {
        let got = report(metric, &format!("&by={by}")).await;
        let parts: f64 = got["parts"].as_array().unwrap().iter().map(|p| p["value"].as_f64().unwrap()).sum();
        assert_eq!(parts, expected[metric], "{metric} by {by}: {got}");
    }
    let mine = report("talk", &format!("&agent={one}")).await["total"]["value"].clone();
    let all = report("talk", "&by=agent").await;
    let part = all["parts"].as_array().unwrap().iter().find(|p| p["agent"] == json!(one)).unwrap();
    assert_eq!(mine, part["value"]);
    let support = report("service_level", &format!("&queue={}&answer_within=21", world.queues["support"])).await;
    assert_eq!(support["total"]["value"], 75.0, "three of four in 21 s, one gave up after 33 s");
    let rows = world.get(&admin, &format!("reports/unanswered/rows?from={from}&to={to}")).await;
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|r| r["conversation_id"].is_string() && r["queue"].is_string()), "{rows:?}");
    let details: Vec<&str> = rows.iter().map(|r| r["detail"].as_str().unwrap()).collect();
    assert_eq!(details.iter().filter(|d| **d == "abandoned").count(), 2, "{details:?}");

    let wrong = async |query: &str| world.api(&admin, "GET", &format!("reports/{query}"), Value::Null).await.status;
    assert_eq!(wrong("nonsense?from=0").await, 404);
    assert_eq!(wrong(&format!("queued?from={to}&to={from}")).await, 422);
    assert_eq!(wrong(&format!("queued?from={from}&by=agent")).await, 422, "a stay has no agent");
    assert_eq!(wrong("queued?from=0").await, 422, "too long");
    assert_eq!(wrong("queued").await, 400);
}

/// The catalogue says what each figure is, in both languages.
///
/// Rows: S11.26
#[tokio::test]
async fn the_catalogue_explains_every_figure() {
    let world = World::start().await;
    let agent = world.login("agent1").await;
    let all = world.get(&agent, "reports/metrics").await;
    let ids: Vec<&str> = all.as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"service_level") && ids.contains(&"time_not_ready") && ids.len() > 20, "{ids:?}");
    let level = all.as_array().unwrap().iter().find(|m| m["id"] == "service_level").unwrap();
    assert_eq!((&level["unit"], &level["source"]), (&json!("percent"), &json!("stays")));
    let by = json!(["queue", "hour", "detail", "channel", "inbox", "tag", "segment"]);
    assert_eq!((&level["zh"]["name"], &level["by"]), (&json!("服务水平"), &by));
}

/// An agent sees their own figures against the team's median, and the rows behind them; and nobody else's.
///
/// Rows: S11.35
#[tokio::test]
async fn an_agent_sees_their_day_against_the_team() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    let from = world.clock.now().as_millis() - 1_000;
    for (who, state) in [(&one, "ready"), (&two, "ready"), (&one, "not_ready"), (&one, "ready")] {
        world.choose(who, state).await;
    }
    let mut last = call(&world, "support", 2, Ok((one.agent.unwrap(), 60, 10))).await;
    last = last.max(call(&world, "support", 4, Ok((one.agent.unwrap(), 20, 0))).await);
    let to = last.as_millis() + 1_000;
    let day = world.get(&one, &format!("my_day?from={from}&to={to}")).await;
    let of =
        |day: &Value, metric: &str| day.as_array().unwrap().iter().find(|d| d["metric"] == metric).unwrap().clone();
    let handled = of(&day, "handled");
    assert_eq!((&handled["value"], &handled["median"], &handled["team"]), (&json!(2.0), &json!(1.0), &json!(2)));
    assert_eq!(
        (of(&day, "talk")["value"].clone(), of(&day, "hold")["value"].clone()),
        (json!(70_000.0), json!(10_000.0))
    );
    let states = [
        "time_ready",
        "time_not_ready",
        "time_offered",
        "time_talking",
        "time_hold",
        "time_wrap_up",
        "time_reconnecting",
    ];
    let times: f64 = states.iter().filter_map(|m| of(&day, m)["value"].as_f64()).sum();
    let logged_in = of(&day, "logged_in")["value"].as_f64().unwrap();
    assert!((times - logged_in).abs() < 0.01, "{times} of {logged_in}");
    let rows = world.get(&one, &format!("my_day/talk?from={from}&to={to}")).await;
    assert_eq!(rows.as_array().unwrap().iter().map(|r| r["ms"].as_i64().unwrap()).sum::<i64>(), 70_000);
    let theirs = world.get(&two, &format!("my_day/talk?from={from}&to={to}")).await;
    assert_eq!(theirs, json!([]));
    assert_eq!(of(&world.get(&two, &format!("my_day?from={from}&to={to}")).await, "handled")["value"], 0.0);
}

/// The floor names everybody with their state and their work, queues with who waits, and the day's figures.
///
/// Rows: S11.26
#[tokio::test]
async fn the_floor_shows_now_and_today() {
    let world = World::start().await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent1").await);
    let queue = world.queues["support"];
    world.choose(&agent, "ready").await;
    let mut talking = world.call("support", "+4930123456").await;
    world.answered(&mut talking, agent.agent.unwrap()).await;
    let waiting = world.call("support", "+4930999999").await;
    // Figures are read again after three seconds at the latest; the live part is now.
    let floor = world
        .until("the call stands in today's figures", async || {
            let floor = world.get(&leader, "floor").await;
            let of = |list: &str, id: Value| {
                floor[list].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
            };
            let (queue, agent) = (of("queues", json!(queue)), of("agents", json!(agent.agent)));
            (queue["today"]["answered"] == 1.0 && queue["waiting"] == 1).then_some((floor.clone(), queue, agent))
        })
        .await;
    let (floor, queue, shown) = floor;
    assert_eq!((&shown["state"], &shown["unfilled"]), (&json!("talking"), &json!(0)));
    let work = &shown["work"][0];
    assert_eq!((&work["state"], &work["call"]), (&json!("active"), &json!(talking.call)));
    assert_eq!(work["conversation_id"], json!(talking.conversation));
    assert_eq!((&queue["agents"]["talking"], &queue["today"]["service_level"]), (&json!(1), &json!(100.0)));
    assert!(queue["longest_wait_ms"].as_i64().unwrap() >= 0);
    assert_eq!(floor["today"]["answered"], 1.0);
    let lag = floor["at"].as_i64().unwrap() - floor["figures_at"].as_i64().unwrap();
    assert!((0..=5_000).contains(&lag), "{lag}");
    drop(waiting);
    assert_eq!(world.api(&agent, "GET", "floor", Value::Null).await.status, 403);
    assert_eq!(world.api(&leader, "GET", "floor?since=0", Value::Null).await.status, 422);
}

/// An inbox for texts on web sites.
async fn site(world: &World, admin: &Login, name: &str, more: Value) -> String {
    let mut body =
        json!({ "name": name, "queue": world.queues["support"], "site": { "allowed": ["*"] }, "survey": {} });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = world.api(admin, "POST", "text_inboxes", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// A visitor writes; who waits is answered by the first agent, where `answered`, and closed. Gives the conversation.
async fn text(world: &World, inbox: &str, answered: bool) -> String {
    let (mut tab, _) = Tab::of(world, inbox, &token(world, inbox).await).await;
    tab.write("a", "do they keep warm?").await;
    let id = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    if answered {
        let anna = world.login("agent1").await;
        super::satisfaction::take(world, &id, 77 + id.bytes().map(u64::from).sum::<u64>()).await;
        let body = json!({ "client_id": format!("answer-{id}"), "text": "they do" });
        let sent = world.api(&anna, "POST", &format!("conversations/{id}/messages"), body).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        assert_eq!(world.api(&anna, "POST", &format!("conversations/{id}/close"), Value::Null).await.status, 204);
        tab.next("survey").await;
        tab.say(json!({ "t": "rate", "stars": 2 })).await;
        tab.next("survey").await;
    }
    id
}

/// Figures, conversations and lines that were said are told by channel and inbox, by tag and segment, and narrowed to them.
///
/// Rows: S1.19, S2.14, S9.9, N4
#[tokio::test]
async fn figures_and_lists_know_channel_inbox_tag_and_segment() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let shop = site(&world, &admin, "Shop", json!({ "answer_within": 600 })).await;
    let repairs = site(&world, &admin, "Repairs", json!({})).await;
    let (first, other) = (text(&world, &shop, true).await, text(&world, &repairs, false).await);
    let waiting = world.call("support", "+4930123456").await;
    let created = world.api(&admin, "POST", "tags", json!({ "name": "Warmth" })).await;
    let tag = created.body["id"].as_str().unwrap().to_owned();
    let marked = json!({ "tags": [tag] });
    let put = world.api(&admin, "PUT", &format!("conversations/{first}/tags"), marked).await;
    assert!(put.status < 300, "{}", put.body);
    let by_chat = json!({ "is": { "fact": "channel", "one_of": ["web_chat"] } });
    let made = world.api(&admin, "POST", "segments", json!({ "name": "Chatters", "condition": by_chat })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let segment = made.body["id"].as_str().unwrap().to_owned();

    let from = world.clock.now().as_millis() - 3_600_000;
    let parts = async |metric: &str, by: &str| {
        let path = format!("reports/{metric}?from={from}&by={by}&offer_within=0&offer_within_vip=0");
        let got = world.get(&leader, &path).await;
        let all = got["parts"].as_array().unwrap().iter();
        all.map(|part| (part[by].as_str().unwrap().to_owned(), part["rows"].as_i64().unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let offered = async |more: &str| {
        let path = format!("reports/offered_in_time/rows?from={from}&offer_within=0&offer_within_vip=0{more}");
        world.get(&leader, &path).await.as_array().unwrap().len()
    };
    assert_eq!(offered("").await, 3, "two texts and a call waited");
    assert_eq!((offered("&channel=phone").await, offered(&format!("&inbox={repairs}")).await), (1, 1));
    let (tagged, of_them) = (offered(&format!("&tag={tag}")).await, offered(&format!("&segment={segment}")).await);
    assert_eq!((tagged, of_them), (1, 2), "the caller is in no segment");
    assert_eq!(parts("satisfaction", "inbox").await, BTreeMap::from([(shop.clone(), 1)]));
    assert_eq!(parts("satisfaction", "tag").await, BTreeMap::from([(tag.clone(), 1)]));
    assert_eq!(parts("satisfaction", "segment").await, BTreeMap::from([(segment.clone(), 1)]));
    let by_channel = BTreeMap::from([("phone".to_owned(), 1), ("web_chat".to_owned(), 2)]);
    assert_eq!(parts("offered_in_time", "channel").await, by_channel);
    // The figures of waiting know texts, too. (The call here waits without a sheet.)
    assert_eq!(parts("queued", "channel").await, BTreeMap::from([("web_chat".to_owned(), 2)]));
    assert_eq!(parts("answered_in_time", "channel").await, BTreeMap::from([("web_chat".to_owned(), 1)]));
    let report = world.get(&leader, &format!("reports/answered_in_time?from={from}")).await;
    assert_eq!((&report["total"]["value"], &report["unit"]), (&json!(100.0), &json!("percent")));
    let own = world.get(&admin, "text_inboxes").await;
    let own = own.as_array().unwrap().iter().find(|one| one["id"] == *shop).unwrap().clone();
    assert_eq!(own["answer_within"], 600);
    let refused = async |query: &str| world.api(&leader, "GET", &format!("reports/{query}"), Value::Null).await.status;
    assert_eq!(refused(&format!("time_ready?from={from}&by=inbox")).await, 422, "a state is of no conversation");
    assert_eq!(refused(&format!("queued?from={from}&channel=pigeon")).await, 422);
    assert_eq!(refused(&format!("satisfaction?from={from}&segment={}", world.id::<AgentId>())).await, 404);

    let listed = async |query: &str| {
        let all = world.get(&leader, &format!("conversations?{query}")).await;
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("channel=phone").await, [waiting.conversation.to_string()]);
    assert_eq!(listed("stars_most=2").await, slice::from_ref(&first));
    assert_eq!(listed("stars_most=1").await, Vec::<String>::new());
    assert_eq!(listed(&format!("segment={segment}")).await, [other.clone(), first.clone()]);
    assert_eq!(listed(&format!("segment={segment}&inbox={shop}")).await, slice::from_ref(&first));
    let row = world.get(&leader, &format!("conversations/{first}")).await;
    assert_eq!((&row["channel"], &row["inbox_name"]), (&json!("web_chat"), &json!("Shop")));

    let found = async |query: &str| {
        let page = world.get(&leader, &format!("search?q=warm{query}")).await;
        let one = |line: &Value| (line["conversation_id"].as_str().unwrap().to_owned(), line["inbox"].clone());
        page["items"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    let [in_shop, in_repairs] = [(first, json!(shop)), (other, json!(repairs))];
    assert_eq!(found("").await, [in_repairs.clone(), in_shop.clone()]);
    assert_eq!(found("&stars_most=3").await, slice::from_ref(&in_shop));
    assert_eq!(found(&format!("&segment={segment}&inbox={repairs}")).await, [in_repairs]);
    assert_eq!(found(&format!("&segment={segment}&tag={tag}&order=ranked")).await, [in_shop]);
    let status = world.api(&leader, "GET", "search?q=warm&stars_most=6", Value::Null).await.status;
    assert_eq!(status, 422);
    drop(waiting);
}
