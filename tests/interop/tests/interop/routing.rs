//! Who is asked for whom, with telephones and texts at once: what a queue, an agent and a contact's file say of it.

use crate::interop::kept_places::{NUMBER, keep_place, offering};
use crate::interop::texts::{self, CONFIG};
use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, agent, hear_each_other, trunk};
use anyhow::{Context as _, Result};
use ringdesk_interop::centre::Login;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};

/// The tone of a caller who is not everybody.
const VIP: f32 = 520.0;
/// Of who is called back.
const GONE: f32 = 350.0;

pub(crate) async fn queue(centre: &Centre, admin: &Login, name: &str) -> Result<String> {
    let (_, queues) = centre.api(admin, "GET", "queues", None).await?;
    let found = queues.as_array().context("a list")?.iter().find(|q| q["name"] == name).context("the queue")?;
    Ok(found["id"].as_str().context("an id")?.to_owned())
}

/// Change a queue; running routing knows it with the answer.
pub(crate) async fn edit(centre: &Centre, admin: &Login, id: &str, mut what: Value) -> Result<()> {
    let path = format!("queues/{id}");
    let (_, sheet) = centre.api(admin, "GET", &path, None).await?;
    what["replaces"] = sheet["version"].clone();
    let (status, told) = centre.api(admin, "PUT", &path, Some(&what)).await?;
    assert_eq!(status, 200, "{told}");
    Ok(())
}

/// A very important contact, who has this agent for themselves.
async fn vip(centre: &Centre, admin: &Login, number: &str, own: Option<&str>) -> Result<()> {
    let file = json!({ "name": "Mei Lin", "tier": "vip", "agent": own.unwrap_or_default() });
    let (status, made) = centre.api(admin, "POST", "contacts", Some(&file)).await?;
    assert_eq!(status, 201, "{made}");
    let path = format!("contacts/{}/identities", made["id"].as_str().context("an id")?);
    let number = json!({ "kind": "number", "value": number, "verified": true });
    let (status, told) = centre.api(admin, "POST", &path, Some(&number)).await?;
    assert!(status < 300, "{status} {told}");
    Ok(())
}

pub(crate) async fn state(centre: &Centre, who: &Login, state: &str) -> Result<()> {
    let (status, told) = centre.api(who, "PUT", "presence", Some(&json!({ "state": state }))).await?;
    assert_eq!(status, 200, "{told}");
    Ok(())
}

/// The offers of the newest conversation of this channel, as they were decided.
async fn decided(centre: &Centre, admin: &Login, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let (_, all) = centre.api(admin, "GET", "conversations?channel=phone&limit=1", None).await?;
    let id = all[0]["id"].as_str().context("a conversation")?;
    centre.until(admin, &format!("conversations/{id}/offers"), fits).await
}

pub(crate) fn waiting(of: usize) -> impl Fn(&Value) -> bool {
    move |items: &Value| {
        items.as_array().is_some_and(|all| all.iter().filter(|item| item["state"] == "waiting").count() == of)
    }
}

/// Somebody who hangs up and keeps their place, a caller, three visitors and then a VIP wait for two agents: the VIP goes first, whoever
/// came first is called back next, a call fills an agent, and of the texts nobody gets more than they take.
///
/// Rows: S1.1, S7.4, S7.8, S9.11, V7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_and_visitors_compete_for_two_agents() -> Result<()> {
    let centre = Centre::start_with(CONFIG, &[]).await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, json!({ "routing": { "strategy": "longest_idle" } })).await?;
    edit(&centre, &admin, &support, offering(3)).await?;
    vip(&centre, &admin, "015187654321", None).await?;
    let (mut one, first) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let (mut two, second) = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
    for who in [&first, &second] {
        let path = format!("agents/{}/routing", who.agent.as_deref().context("an agent")?);
        let takes = json!({ "skills": {}, "calls": 1, "texts": 2 });
        assert_eq!(centre.api(&admin, "PUT", &path, Some(&takes)).await?.0, 204);
    }
    let bridge = texts::inbox(&centre, &admin, "support", json!({})).await?;

    let mut gone = Phone::new("gone", NUMBER, centre.sip, GONE, &Ladder::default()).await?;
    trunk(&centre, &gone).await?;
    gone.invite("1001").await?;
    gone.answered(SOON).await?;
    centre.until(&admin, "work_items", waiting(1)).await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    centre.until(&admin, "work_items", waiting(2)).await?;
    for visitor in ["a", "b", "c"] {
        let (status, told) = bridge.text(visitor, visitor, "hello").await?;
        assert_eq!(status, 201, "{told}");
    }
    let mut important = Phone::new("vip", "015187654321", centre.sip, VIP, &Ladder::default()).await?;
    important.invite("1001").await?;
    important.answered(SOON).await?;
    centre.until(&admin, "work_items", waiting(6)).await?;
    // The first hangs up; their place stays.
    keep_place(&centre, &admin, &mut gone).await?;
    centre.until(&admin, "work_items", waiting(6)).await?;

    // The last who came is the first who is served; then who is called back, then the caller, and the texts, who came later.
    state(&centre, &first, "ready").await?;
    one.rings(SOON).await?;
    one.pick_up().await?;
    hear_each_other(&mut [(&mut important, VIP), (&mut one, FIRST)]).await;
    let why = decided(&centre, &admin, |offers| offers[0]["outcome"] == "accepted").await?;
    assert_eq!((&why[0]["why"]["vip"], &why[0]["why"]["strategy"]), (&json!(true), &json!("longest_idle")), "{why:#}");
    state(&centre, &second, "ready").await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    gone.rings(SOON).await?;
    gone.pick_up().await?;
    hear_each_other(&mut [(&mut gone, GONE), (&mut two, SECOND)]).await;
    // A call for which nobody waited on the line fills an agent as any other.
    centre.until(&admin, "work_items", waiting(4)).await?;
    gone.hang_up().await?;
    two.hung_up(SOON).await?;
    let done = json!({ "action": "done" });
    centre.until(&second, "presence", |p| p["state"] == "wrap_up").await?;
    assert_eq!(centre.api(&second, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
    two.rings(SOON).await?;
    two.pick_up().await?;
    hear_each_other(&mut [(&mut caller, CONTACT), (&mut two, SECOND)]).await;
    // A call fills an agent: the texts wait.
    centre.until(&admin, "work_items", waiting(3)).await?;

    caller.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.until(&second, "presence", |p| p["state"] == "wrap_up").await?;
    assert_eq!(centre.api(&second, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
    let offers = centre.until(&second, "text_offers", |o| o.as_array().is_some_and(|all| all.len() == 2)).await?;
    for offer in offers.as_array().context("a list")? {
        let path = format!("text_offers/{}/accept", offer["id"].as_str().context("an id")?);
        assert_eq!(centre.api(&second, "POST", &path, None).await?.0, 204);
    }
    // As many as they take; the third waits until somebody else is free.
    centre.until(&admin, "work_items", waiting(1)).await?;
    important.hang_up().await?;
    one.hung_up(SOON).await?;
    centre.until(&first, "presence", |p| p["state"] == "wrap_up").await?;
    assert_eq!(centre.api(&first, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
    centre.until(&first, "text_offers", |o| o[0]["state"] == "offered").await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// All ring, one has it, and the others' telephones are still.
///
/// Rows: S7.22
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_telephones_ring_and_one_wins() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    edit(&centre, &admin, &support, json!({ "routing": { "strategy": "ring_all" } })).await?;
    let (mut one, first) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let (mut two, second) = agent(&centre, "agent2", "2002", SECOND, "ready").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    one.rings(SOON).await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    one.ringing_stops(SOON).await?;
    hear_each_other(&mut [(&mut caller, CONTACT), (&mut two, SECOND)]).await;
    centre.until(&second, "presence", |p| p["state"] == "talking").await?;
    centre.until(&first, "presence", |p| p["state"] == "ready").await?;
    let outcomes = |offers: &Value| {
        let all = offers.as_array().into_iter().flatten();
        let mut all: Vec<&str> = all.filter_map(|offer| offer["outcome"].as_str()).collect();
        all.sort_unstable();
        all == ["accepted", "superseded"]
    };
    decided(&centre, &admin, outcomes).await?;
    caller.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// Who has an agent for themselves gets them, though somebody else has been idle for longer; without them, whoever is there.
///
/// Rows: S7.8, S9.11
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_agent_for_themselves_gets_them() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (mut one, _first) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let (mut two, second) = agent(&centre, "agent2", "2002", SECOND, "ready").await?;
    vip(&centre, &admin, "015187654321", second.agent.as_deref()).await?;
    let mut important = Phone::new("vip", "015187654321", centre.sip, VIP, &Ladder::default()).await?;
    important.invite("1001").await?;
    important.answered(SOON).await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    hear_each_other(&mut [(&mut important, VIP), (&mut two, SECOND)]).await;
    let why = decided(&centre, &admin, |offers| offers[0]["outcome"] == "accepted").await?;
    assert_eq!(why[0]["why"]["how"], "required", "{why:#}");
    important.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.until(&second, "presence", |p| p["state"] == "wrap_up").await?;
    state(&centre, &second, "not_ready").await?;
    centre.until(&second, "presence", |p| p["state"] == "not_ready").await?;
    let mut again = Phone::new("again", "015187654321", centre.sip, VIP, &Ladder::default()).await?;
    again.invite("1001").await?;
    again.answered(SOON).await?;
    one.rings(SOON).await?;
    one.pick_up().await?;
    hear_each_other(&mut [(&mut again, VIP), (&mut one, FIRST)]).await;
    Ok(())
}
