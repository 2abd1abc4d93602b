//! Who is kept out, at the door of the real server; and opening hours that a flow asks.

use anyhow::{Context as _, Result};
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(60);
/// From whom the scenarios and telephones of these tests call.
const CALLER: &str = "015112345678";

async fn made(centre: &Centre, who: &Login, path: &str, body: Value) -> Result<String> {
    let (status, reply) = centre.api(who, "POST", path, Some(&body)).await?;
    assert_eq!(status, 201, "{path}: {reply}");
    Ok(reply["id"].as_str().context("an id")?.to_owned())
}

/// Blocked by an address of mail, they cannot telephone either: one contact, every identity. SIPp calls and hears busy; a colleague's
/// block needs no call to be known, and the first call after it is lifted goes through. Who telephones from inside is nobody's caller.
///
/// Rows: S9.17, S9.20
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_caller_is_refused_before_the_flow() -> Result<()> {
    let centre = Centre::start().await?;
    let (admin, agent) = (centre.login("admin").await?, centre.login("agent1").await?);
    Run::new("call", centre.sip, "1003").start()?.succeeded(LATER).await?;
    let found = centre.api(&admin, "POST", "contacts/search", Some(&json!({ "typed": CALLER }))).await?.1;
    let contact = found[0]["id"].as_str().context("the caller has a file")?.to_owned();
    let mail = json!({ "kind": "email", "value": "Mei@Example.com", "verified": true });
    let path = format!("contacts/{contact}");
    assert_eq!(centre.api(&admin, "POST", &format!("{path}/identities"), Some(&mail)).await?.0, 204);

    let block = made(&centre, &admin, &format!("{path}/block"), json!({ "reason": "abuse" })).await?;
    Run { calls: 3, ..Run::new("call_busy", centre.sip, "1003") }.start()?.succeeded(LATER).await?;
    assert_eq!(centre.figure("calls_kept_out_total").await?, 3);
    // What is kept of them says why they got no further.
    let refused = |c: &Value| c[0]["calls"][0]["hangup_cause"] == "busy" && c[0]["contact"] == json!(contact);
    centre.until(&admin, "conversations?channel=phone&limit=1", refused).await?;

    let answer = json!({ "answer": "message", "text": "closed.emergency" });
    assert_eq!(centre.api(&admin, "PUT", "block_answer", Some(&answer)).await?.0, 204);
    let mut caller = Phone::new("caller", CALLER, centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1003").await?;
    caller.answered(SOON).await?;
    caller.hung_up(LATER).await?;
    let mut other = Phone::new("other", "015187654321", centre.sip, 440.0, &Ladder::default()).await?;
    other.invite("1003").await?;
    other.answered(SOON).await.context("everybody else is let in")?;
    other.hang_up().await?;

    assert_eq!(centre.api(&agent, "DELETE", &format!("blocks/{block}"), None).await?.0, 403);
    assert_eq!(centre.api(&admin, "DELETE", &format!("blocks/{block}"), None).await?.0, 204);
    Run::new("call", centre.sip, "1003").start()?.succeeded(LATER).await?;
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    Ok(())
}

/// Who calls again and again hears busy, while others come through; a VIP, and everybody once it is switched off, calls as often as they like.
///
/// Rows: S9.18
#[tokio::test(flavor = "multi_thread")]
async fn who_calls_too_often_is_refused() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let rate = json!({ "rate": { "most": 2, "within": 3_600, "answer": { "answer": "busy" } } });
    assert_eq!(centre.api(&admin, "PUT", "caller_rate", Some(&rate)).await?.0, 204);
    Run { calls: 2, ..Run::new("call", centre.sip, "1003") }.start()?.succeeded(LATER).await?;
    Run { calls: 3, ..Run::new("call_busy", centre.sip, "1003") }.start()?.succeeded(LATER).await?;
    assert_eq!(centre.figure("calls_too_often_total").await?, 3);
    centre.until(&admin, "caller_rate", |now| now["turned_away"] == 3 && now["rate"]["most"] == 2).await?;
    let mut other = Phone::new("other", "015187654321", centre.sip, 440.0, &Ladder::default()).await?;
    other.invite("1003").await?;
    other.answered(SOON).await.context("others come through")?;
    other.hang_up().await?;

    let found = centre.api(&admin, "POST", "contacts/search", Some(&json!({ "typed": CALLER }))).await?.1;
    let contact = found[0]["id"].as_str().context("the caller has a file")?.to_owned();
    let (_, all) = centre.api(&admin, "GET", "conversations?channel=phone&limit=20", None).await?;
    let theirs = all.as_array().into_iter().flatten().find(|one| one["contact"] == json!(contact));
    let id = theirs.and_then(|one| one["id"].as_str()).context("their conversation")?;
    let vip = json!({ "vip": true });
    assert_eq!(centre.api(&admin, "PUT", &format!("conversations/{id}/vip"), Some(&vip)).await?.0, 204);
    Run::new("call", centre.sip, "1003").start()?.succeeded(LATER).await.context("a VIP comes through")?;
    assert_eq!(
        centre.api(&admin, "PUT", &format!("conversations/{id}/vip"), Some(&json!({ "vip": false }))).await?.0,
        204
    );
    Run::new("call_busy", centre.sip, "1003").start()?.succeeded(LATER).await.context("nobody's favourite any more")?;
    assert_eq!(centre.api(&admin, "PUT", "caller_rate", Some(&json!({ "rate": null }))).await?.0, 204);
    Run::new("call", centre.sip, "1003").start()?.succeeded(LATER).await.context("it is switched off")?;
    Ok(())
}

/// A flow asks the calendar: open it echoes, on a holiday it refuses. What changes in the calendar the next call meets.
///
/// Rows: S13.9, S5.1
#[tokio::test(flavor = "multi_thread")]
async fn a_flow_asks_the_opening_hours() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let day = json!([{ "from": "00:00", "to": "24:00" }]);
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: Value =
        names.iter().map(|name| ((*name).to_owned(), day.clone())).collect::<serde_json::Map<_, _>>().into();
    let calendar = json!({ "name": "Always", "calendar": { "zone": "Asia/Shanghai", "week": week } });
    let id = made(&centre, &admin, "calendars", calendar.clone()).await?;
    let mut flow = json!({ "name": "Echo test", "start": "hours", "steps": {
        "hours": { "kind": "hours", "calendar": id, "open": "echo", "closed": "shut" },
        "echo": { "kind": "echo" }, "shut": { "kind": "hangup", "cause": "busy" } } });
    let (_, inboxes) = centre.api(&admin, "GET", "inboxes", None).await?;
    let echo = inboxes.as_array().into_iter().flatten().find(|i| i["name"] == "Echo test").context("the echo test")?;
    let (_, flows) = centre.api(&admin, "GET", "flows", None).await?;
    let named = flows.as_array().into_iter().flatten().find(|f| f["id"] == echo["flow"]).context("its flow")?;
    flow["name"] = named["name"].clone();
    let published = json!({ "document": flow, "replaces": named["version"] });
    let path = format!("flows/{}", named["id"].as_str().context("an id")?);
    let (status, reply) = centre.api(&admin, "PUT", &path, Some(&published)).await?;
    assert_eq!(status, 200, "{reply}");
    Run::new("call", centre.sip, "1003").start()?.succeeded(LATER).await.context("it is open")?;

    let (status, reply) = centre.api(&admin, "DELETE", &format!("calendars/{id}"), None).await?;
    assert_eq!(status, 409, "a flow asks it: {reply}");
    let (_, all) = centre.api(&admin, "GET", "calendars", None).await?;
    assert_eq!((&all[0]["now"]["state"], &all[0]["now"]["closes"]), (&json!("open"), &Value::Null), "{all}");
    let today = json!({ "text": "2020-01-01,off,x" });
    assert_eq!(centre.api(&admin, "POST", "calendars/holidays", Some(&today)).await?.0, 200);
    let never = json!({ "name": "Never", "calendar": { "zone": "Asia/Shanghai" }, "replaces": 1 });
    assert_eq!(centre.api(&admin, "PUT", &format!("calendars/{id}"), Some(&never)).await?.0, 204);
    Run::new("call_busy", centre.sip, "1003").start()?.succeeded(LATER).await.context("it is closed")?;
    let again = centre.api(&admin, "PUT", &format!("calendars/{id}"), Some(&never)).await?;
    assert_eq!(again.0, 409, "another editor was quicker: {}", again.1);
    Ok(())
}
