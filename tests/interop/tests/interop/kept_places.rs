//! Callers who hang up and keep their place in the queue, with telephones.

use crate::interop::routing::{edit, queue, state, waiting};
use crate::interop::transfers::{FIRST, SOON, agent, hear_each_other, trunk};
use anyhow::{Context as _, Result, bail};
use ringdesk_interop::centre::Login;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

/// Of somebody whom the house may call.
pub(crate) const NUMBER: &str = "13800138000";
const TONE: f32 = 440.0;
const LATER: f32 = 520.0;
/// How often the keys are pressed: the offer is made a while after the caller has come.
const TRIES: usize = 60;

/// They have heard that they may be called back, and want to be, at the number they call from. The call ends.
pub(crate) async fn keep_place(centre: &Centre, who: &Login, caller: &mut Phone) -> Result<Value> {
    let before = centre.api(who, "GET", "callbacks", None).await?.1.as_array().map_or(0, Vec::len);
    for _ in 0..TRIES {
        // Before the offer these keys mean nothing; a star goes back to the music, wherever they have got to.
        for key in ['1', '1', '#'] {
            caller.info_key(key).await?;
        }
        let kept = |all: &Value| all.as_array().is_some_and(|all| all.len() > before);
        let within = Duration::from_secs(2);
        if let Ok(all) = centre.until_within(within, who, "callbacks", kept).await {
            caller.hung_up(SOON).await?;
            let newest = all.as_array().and_then(|all| all.iter().max_by_key(|one| one["promised_at"].as_i64()));
            return Ok(newest.context("the promise")?.clone());
        }
        caller.info_key('*').await?;
    }
    bail!("the place was never kept\n{}", centre.log())
}

/// A queue that offers it after a second.
pub(crate) fn offering(tries: u8) -> Value {
    let callback = json!({ "after_ms": 1_000, "tries": tries, "again_ms": 10_000 });
    json!({ "empty": "wait", "waiting": { "callback": callback } })
}

async fn finish(centre: &Centre, who: &Login) -> Result<()> {
    centre.until(who, "presence", |p| p["state"] == "wrap_up").await?;
    let (status, told) = centre.api(who, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?;
    assert_eq!(status, 200, "{told}");
    Ok(())
}

/// A caller keeps their place and hangs up, the server dies and comes back, somebody else calls: when an agent is ready their telephone
/// rings for the first one, who is called and talks, and only then for the second. The promise is closed with both calls.
///
/// Rows: V7, S7.7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_keeps_their_place_even_if_the_server_dies() -> Result<()> {
    let mut centre = Centre::start_with("", &[]).await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, offering(3)).await?;
    let (mut phone, _) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut caller = Phone::new("caller", NUMBER, centre.sip, TONE, &Ladder::default()).await?;
    trunk(&centre, &caller).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let items = centre.until(&admin, "work_items", waiting(1)).await?;
    let came = items[0]["enqueued_at"].as_i64().context("when they came")?;

    let kept = keep_place(&centre, &admin, &mut caller).await?;
    assert_eq!((&kept["state"], &kept["waiting_since"]), (&json!("promised"), &json!(came)), "{kept:#}");
    let place = |items: &Value| {
        waiting(1)(items)
            && items[0]["call"].is_null()
            && items[0]["medium"] == "voice"
            && items[0]["enqueued_at"] == came
    };
    centre.until(&admin, "work_items", place).await?;
    let (_, owed) = centre.api(&admin, "GET", "unserved", None).await?;
    assert_eq!(owed, json!([]), "they are owed a call, and that is promised");

    centre.crash_and_restart().await?;
    let (admin, login) = (centre.login("admin").await?, centre.login("agent1").await?);
    centre.until(&admin, "work_items", place).await?;
    let mut second = Phone::new("second", "015112345678", centre.sip, LATER, &Ladder::default()).await?;
    second.invite("1001").await?;
    second.answered(SOON).await?;
    centre.until(&admin, "work_items", waiting(2)).await?;

    state(&centre, &login, "ready").await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    caller.rings(SOON).await.with_context(|| centre.log())?;
    caller.pick_up().await?;
    hear_each_other(&mut [(&mut caller, TONE), (&mut phone, FIRST)]).await;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    centre.until(&admin, "work_items", waiting(1)).await?;
    let closed = |all: &Value| all[0]["closed_as"] == "reached";
    let kept_now = centre.until(&admin, "callbacks?state=closed", closed).await?;
    assert_eq!((&kept_now[0]["id"], &kept_now[0]["conversation_id"]), (&kept["id"], &kept["conversation_id"]));
    assert!(kept_now[0]["call"].is_string(), "{kept_now:#}");
    caller.hang_up().await?;
    phone.hung_up(SOON).await?;
    finish(&centre, &login).await?;

    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    hear_each_other(&mut [(&mut second, LATER), (&mut phone, FIRST)]).await;
    second.hang_up().await?;
    phone.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// Who is not reached is called again after a while, as often as their queue says, and stands then on the list of those whom nobody served.
///
/// Rows: V7, S7.27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_reached_is_called_again_and_then_owed_a_call() -> Result<()> {
    let centre = Centre::start_with("", &[]).await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, offering(2)).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut caller = Phone::new("caller", NUMBER, centre.sip, TONE, &Ladder::default()).await?;
    trunk(&centre, &caller).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let kept = keep_place(&centre, &admin, &mut caller).await?;
    state(&centre, &login, "ready").await?;
    for _ in 0..2 {
        phone.rings(SOON * 3).await.with_context(|| centre.log())?;
        phone.pick_up().await?;
        caller.rings(SOON).await.with_context(|| centre.log())?;
        caller.decline("486 Busy Here").await?;
        phone.hung_up(SOON).await?;
        finish(&centre, &login).await?;
    }
    let given_up = |all: &Value| all[0]["closed_as"] == "not_reached";
    let closed = centre.until(&admin, "callbacks?state=closed", given_up).await?;
    assert_eq!((&closed[0]["id"], &closed[0]["attempts"]), (&kept["id"], &json!(2)));
    let owed = centre.until(&admin, "unserved", |all| all[0]["kind"] == "callback_failed").await?;
    assert_eq!(owed[0]["conversation_id"], kept["conversation_id"], "{owed:#}");
    centre.until(&admin, "work_items", waiting(0)).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// A queue that offers it after a second, and calls the contact before it asks an agent.
fn calling_first(tries: u8) -> Value {
    let mut rule = offering(tries);
    rule["waiting"]["callback"]["first"] = json!("caller");
    rule
}

/// A caller keeps their place, and somebody else calls. When an agent is ready the first one's telephone rings, and the agent talks with
/// the second meanwhile; who picks up and says that they are there waits at their place, and is the next.
///
/// Rows: V7, S7.7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_called_first_ties_no_agent_up_and_is_the_next() -> Result<()> {
    let centre = Centre::start_with("", &[]).await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, calling_first(3)).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut caller = Phone::new("caller", NUMBER, centre.sip, TONE, &Ladder::default()).await?;
    trunk(&centre, &caller).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let kept = keep_place(&centre, &admin, &mut caller).await?;
    let mut second = Phone::new("second", "015112345678", centre.sip, LATER, &Ladder::default()).await?;
    second.invite("1001").await?;
    second.answered(SOON).await?;
    centre.until(&admin, "work_items", waiting(2)).await?;

    state(&centre, &login, "ready").await?;
    caller.rings(SOON).await.with_context(|| centre.log())?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    hear_each_other(&mut [(&mut second, LATER), (&mut phone, FIRST)]).await;
    centre.until(&admin, "callbacks", |all| all[0]["state"] == "calling").await?;
    caller.pick_up().await?;
    says_that_they_are_there(&centre, &admin, &mut caller).await?;
    let as_old_as_ever = |items: &Value| waiting(1)(items) && items[0]["enqueued_at"] == kept["waiting_since"];
    centre.until(&admin, "work_items", as_old_as_ever).await?;
    second.hang_up().await?;
    phone.hung_up(SOON).await?;
    finish(&centre, &login).await?;

    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    hear_each_other(&mut [(&mut caller, TONE), (&mut phone, FIRST)]).await;
    let closed = |all: &Value| all[0]["closed_as"] == "reached";
    let kept_now = centre.until(&admin, "callbacks?state=closed", closed).await?;
    assert_eq!((&kept_now[0]["id"], &kept_now[0]["attempts"]), (&kept["id"], &json!(0)), "{kept_now:#}");
    caller.hang_up().await?;
    phone.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// They press the key of the greeting, until they wait in the queue; there it means nothing.
async fn says_that_they_are_there(centre: &Centre, who: &Login, caller: &mut Phone) -> Result<()> {
    for _ in 0..TRIES {
        caller.info_key('1').await?;
        let there = |items: &Value| waiting(1)(items) && items.as_array().is_some_and(|all| all.iter().all(in_a_call));
        if centre.until_within(Duration::from_secs(2), who, "work_items", there).await.is_ok() {
            return Ok(());
        }
    }
    bail!("they never came to wait\n{}", centre.log())
}

fn in_a_call(item: &Value) -> bool {
    item["call"].is_string()
}

/// Whose telephone is busy is called again, and then owed a call; no agent is asked for them.
///
/// Rows: V7, S7.27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_called_first_and_not_reached_costs_no_agent_anything() -> Result<()> {
    let centre = Centre::start_with("", &[]).await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, calling_first(2)).await?;
    let (_phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut caller = Phone::new("caller", NUMBER, centre.sip, TONE, &Ladder::default()).await?;
    trunk(&centre, &caller).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let kept = keep_place(&centre, &admin, &mut caller).await?;
    state(&centre, &login, "ready").await?;
    for _ in 0..2 {
        caller.rings(SOON * 3).await.with_context(|| centre.log())?;
        let (_, presence) = centre.api(&login, "GET", "presence", None).await?;
        assert_eq!(presence["state"], "ready", "{presence}");
        caller.decline("486 Busy Here").await?;
    }
    let given_up = |all: &Value| all[0]["closed_as"] == "not_reached";
    let closed = centre.until(&admin, "callbacks?state=closed", given_up).await?;
    assert_eq!((&closed[0]["id"], &closed[0]["attempts"]), (&kept["id"], &json!(2)));
    let owed = centre.until(&admin, "unserved", |all| all[0]["kind"] == "callback_failed").await?;
    assert_eq!(owed[0]["conversation_id"], kept["conversation_id"], "{owed:#}");
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}
