//! Places that callers keep when they hang up, as the rows have them: when they may be called, and by whom first.

use super::world::{Login, NUMBER, Waiting, World};
use ringdesk_conversations::CallFact;
use ringdesk_model::{CallId, Clock as _, Pii, QueueId, Timestamp, WorkOutcome};
use ringdesk_operations::kept_places::{Promised, WaitingPlace, WantsCallback};
use ringdesk_operations::place_hours::OpeningDay;
use ringdesk_routing::{Floor, Input};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: i64 = 86_400_000_000;

/// The queue for support offers to call back.
async fn offers(world: &World, admin: &Login, mut callback: Value) -> QueueId {
    let queue = world.queues["support"];
    let path = format!("queues/{queue}");
    let version = world.get(admin, &path).await["version"].clone();
    callback["after_ms"] = json!(60_000);
    let edit = json!({ "waiting": { "callback": callback }, "replaces": version });
    let got = world.api(admin, "PUT", &path, edit).await;
    assert_eq!(got.status, 200, "{}", got.body);
    queue
}

async fn keep(world: &World, now: Timestamp, waiting: &Waiting) -> Option<Promised> {
    let (call, work_item, number) = (waiting.call, waiting.work_item, Pii::new(NUMBER.to_owned()));
    let wanted = WantsCallback { call, work_item, number, priority: Default::default(), treatment: Default::default() };
    world.operations.keep_place(now, world.account, wanted).await.unwrap()
}

async fn places(world: &World, now: Timestamp) -> Vec<WaitingPlace> {
    world.operations.waiting_places(now, world.account).await.unwrap()
}

async fn tend(world: &World, now: Timestamp) {
    let nobody = Floor { queues: vec![], agents: vec![] };
    assert!(world.operations.tend_promises(now, world.account, &nobody).await.unwrap().is_empty());
}

/// They hear when it opens; until then, and after it has closed, routing does not know the place, which stays as old as it is.
///
/// Rows: V7, S13.9
#[tokio::test]
async fn a_place_is_kept_over_night() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let open = json!([{ "from": "09:00", "to": "17:00" }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: serde_json::Map<String, Value> = days.map(|day| (day.to_owned(), open.clone())).into_iter().collect();
    let office = json!({ "name": "Office", "calendar": { "zone": "UTC", "week": week } });
    let calendar = world.api(&admin, "POST", "calendars", office).await.body["id"].clone();
    offers(&world, &admin, json!({ "hours": calendar })).await;
    let caller = world.call("support", NUMBER).await;

    let tomorrow = Timestamp((world.clock.now().0 / DAY + 1) * DAY);
    let (evening, morning) = (tomorrow + HOUR * 20, tomorrow + HOUR * 33);
    let Promised { place, opens } = keep(&world, evening, &caller).await.expect("they wait");
    let opens = opens.expect("it is closed");
    assert_eq!((opens.at, opens.day, opens.time.as_str()), (morning, OpeningDay::Tomorrow, "09:00"));
    let promised = world.get(&admin, "callbacks").await;
    assert_eq!(
        promised[0]["due_until"],
        json!((morning + HOUR).as_millis()),
        "an hour in which it is open: {promised}"
    );
    for (now, waits) in [(evening, 0), (morning, 1), (morning + HOUR * 7, 1), (morning + HOUR * 8, 0)] {
        let found = places(&world, now).await;
        assert_eq!(found.len(), waits, "{now:?}");
        assert!(found.iter().all(|one| one.work_item == place.work_item && one.enqueued_at == place.enqueued_at));
    }

    // While it is open they are called when their turn comes; where it never opens any more, nobody is promised anything.
    let second = world.call("support", "+4930555555").await;
    let kept = keep(&world, morning, &second).await.expect("they wait");
    assert_eq!(kept.opens, None);
    let closed = json!({ "name": "Office", "calendar": { "zone": "UTC" }, "replaces": 1 });
    let path = format!("calendars/{}", calendar.as_str().unwrap());
    assert_eq!(world.api(&admin, "PUT", &path, closed).await.status, 204);
    let third = world.call("support", "+4930555556").await;
    assert!(keep(&world, morning, &third).await.is_none());
    assert!(places(&world, morning).await.is_empty());
}

/// A call that came to nothing, to whom the house has called.
async fn in_vain(world: &World) -> CallId {
    let mut call = world.call("sales", "+4930555557").await;
    let (work_item, outcome) = (call.work_item, WorkOutcome::Abandoned);
    let ended = CallFact::Ended { cause: "busy".into(), by: "callee".into() };
    let at = world.clock.now();
    world.facts(&mut call, at, &[CallFact::LeftQueue { work_item, outcome }, ended]).await;
    call.call
}

/// Each call that is made counts, whether or not an agent was there; one that could not be made does not. The place stays as old as it
/// is, until they are given up.
///
/// Rows: V7, S7.27
#[tokio::test]
async fn who_is_called_before_an_agent_is_asked_is_called_as_often_as_the_queue_says() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = offers(&world, &admin, json!({ "first": "caller", "tries": 2, "again_ms": 120_000 })).await;
    let caller = world.call("support", NUMBER).await;
    let mut now = world.clock.now();
    let Promised { place, opens } = keep(&world, now, &caller).await.expect("they wait");
    assert_eq!(opens, None);
    let first = async |now: Timestamp, place: &WaitingPlace| {
        world.operations.call_first(now, world.account, place.work_item, queue).await.unwrap()
    };
    let dialled = async |now: Timestamp, call: Option<CallId>| {
        world.operations.callback_dialled(now, world.account, place.callback, call).await.unwrap();
    };
    let stands = async || world.get(&admin, "callbacks").await[0].clone();

    let call = first(now, &place).await.expect("it is their turn");
    assert_eq!((call.callback, call.number.reveal().as_str()), (place.callback, NUMBER));
    assert_eq!(call.caller_id.as_deref(), Some("1001"), "the queue shows none: the number of ours that they called");
    assert!(first(now, &place).await.is_none(), "they are being called");
    assert!(places(&world, now).await.is_empty());
    // No trunk: again in a minute, and it costs nothing.
    dialled(now, None).await;
    assert!(first(now, &place).await.is_none(), "not at once");
    now += Duration::from_secs(61);
    for attempts in 1..=2 {
        tend(&world, now).await;
        let found = places(&world, now).await;
        assert_eq!((found.len(), found[0].enqueued_at), (1, place.enqueued_at), "with the rank they had");
        first(now, &found[0]).await.expect("it is their turn");
        assert_eq!(stands().await["state"], "calling");
        dialled(now, Some(in_vain(&world).await)).await;
        tend(&world, now).await;
        if attempts == 1 {
            let again = stands().await;
            assert_eq!((&again["state"], &again["attempts"]), (&json!("promised"), &json!(1)), "{again}");
            tend(&world, now + Duration::from_secs(119)).await;
            assert!(places(&world, now + Duration::from_secs(119)).await.is_empty(), "let them come home");
        }
        now += Duration::from_secs(121);
    }
    tend(&world, now).await;
    let gone = world.get(&admin, "callbacks?state=closed").await[0].clone();
    assert_eq!((&gone["closed_as"], &gone["attempts"]), (&json!("not_reached"), &json!(2)), "{gone}");
    let owed = world.get(&admin, "unserved?kind=callback_failed").await;
    assert_eq!(owed.as_array().unwrap().len(), 1, "{owed}");
}

/// Who calls them, an agent or the house, shows the number of the queue; and who is offered them knows since when they wait.
///
/// Rows: V7
#[tokio::test]
async fn who_is_called_back_is_shown_the_queue_and_has_waited_since_they_came() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = offers(&world, &admin, json!({ "first": "caller" })).await;
    let path = format!("queues/{queue}");
    let version = world.get(&admin, &path).await["version"].clone();
    let edit = json!({ "caller_ids": ["+4930900900"], "replaces": version });
    assert_eq!(world.api(&admin, "PUT", &path, edit).await.status, 200);
    let caller = world.call("support", NUMBER).await;
    let now = world.clock.now();
    let Promised { place, .. } = keep(&world, now, &caller).await.expect("they wait");
    let agent = world.login("agent1").await.agent.expect("an agent");
    let asked = world.operations.call_for_place(world.account, place.work_item, agent).await.unwrap();
    assert_eq!(asked.expect("they wait").caller_id.as_deref(), Some("+4930900900"));
    let first = world.operations.call_first(now, world.account, place.work_item, queue).await.unwrap();
    assert_eq!(first.expect("they wait").caller_id.as_deref(), Some("+4930900900"));

    // Whoever is offered them then sees how long they have waited altogether.
    let back = world.call("support", NUMBER).await;
    let since = async || world.get(&admin, &format!("work_items/{}/card", back.work_item)).await["enqueued_at"].clone();
    assert!(since().await.as_i64() > Some(place.enqueued_at.as_millis()), "a call like any other");
    world.operations.callback_dialled(now, world.account, place.callback, Some(back.call)).await.unwrap();
    assert_eq!(since().await, json!(place.enqueued_at.as_millis()));
    let all = world.get(&admin, "work_items").await;
    let listed = all.as_array().unwrap().iter().find(|item| item["id"] == json!(back.work_item)).expect("they wait");
    assert_eq!(listed["enqueued_at"], json!(place.enqueued_at.as_millis()), "{all}");
}

/// Their stay ends when they hang up; the whole wait lasts until an agent talks with them, in whichever call that is.
///
/// Rows: V7, S11.26
#[tokio::test]
async fn reports_know_the_whole_wait_of_who_keeps_their_place() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = offers(&world, &admin, json!({ "first": "caller" })).await;
    let mut caller = world.call("support", NUMBER).await;
    let from = world.clock.now().as_millis() - 3_600_000;
    let figure = async |metric: &str| {
        let got = world.get(&admin, &format!("reports/{metric}?from={from}&queue={queue}&offer_within=0")).await;
        (got["total"]["value"].clone(), got["total"]["rows"].clone())
    };
    let kept = world.clock.now() + Duration::from_secs(60);
    keep(&world, kept, &caller).await.expect("they wait");
    assert_eq!(figure("places_kept").await, (json!(1.0), json!(1)));
    assert_eq!(figure("place_wait_average").await, (Value::Null, json!(0)), "nobody has talked with them");
    let (before, rows) = figure("place_wait_before").await;
    assert!(before.as_f64().is_some_and(|ms| (60_000.0..120_000.0).contains(&ms)) && rows == 1, "{before} of {rows}");

    let (work_item, outcome) = (caller.work_item, WorkOutcome::CalledBack);
    let ended = CallFact::Ended { cause: "normal".into(), by: "callee".into() };
    world.facts(&mut caller, kept, &[CallFact::LeftQueue { work_item, outcome }, ended]).await;
    world.desk.tell(|_| Input::Withdrawn(work_item)).await;

    // They do not wait for the call-back, call again, and an agent has them.
    let agent = world.login("agent1").await;
    world.choose(&agent, "ready").await;
    let mut back = world.call("support", NUMBER).await;
    world.answered(&mut back, agent.agent.expect("an agent")).await;
    tend(&world, kept).await;
    assert_eq!(figure("places_reached").await, (json!(100.0), json!(1)));
    let rows = world.get(&admin, &format!("reports/place_wait_average/rows?from={from}")).await;
    assert_eq!((&rows[0]["call"], &rows[0]["detail"]), (&json!(back.call), &json!("they_called")), "{rows}");
    assert_eq!(figure("offered_in_time").await.1, json!(1), "where they wait last; nobody is judged three times");
}
