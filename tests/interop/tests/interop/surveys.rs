//! A caller who stays after the agent has hung up says with a key how satisfied they are.

use crate::interop::transfers::{CONTACT, FIRST, SOON, agent};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};

/// The question is heard, the key (RFC 4733) is the answer, the thanks are heard, the call ends; the answer belongs to the conversation, its agent
/// and its queue, and stands in the figures. A caller who hangs up first is not asked.
///
/// Rows: S11.11, S11.14
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_rates_the_talk_with_a_key() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (_, queues) = centre.api(&admin, "GET", "queues", None).await?;
    let support = queues.as_array().context("queues")?.iter().find(|queue| queue["name"] == "support");
    let support = support.context("support")?["id"].clone();
    let steps = json!({
        "wait": { "kind": "queue", "queue": support, "after": "stars" },
        "stars": { "kind": "survey", "next": "end" },
        "end": { "kind": "hangup" }
    });
    let document = json!({ "name": "Rated", "language": "en", "start": "wait", "steps": steps });
    let (status, flow) =
        centre.api(&admin, "POST", "flows", Some(&json!({ "name": "Rated", "document": document }))).await?;
    ensure!(status == 201, "{flow}");
    let number = json!({ "name": "Rated", "numbers": ["1098"], "flow": flow["id"] });
    let (status, made) = centre.api(&admin, "POST", "inboxes", Some(&number)).await?;
    ensure!(status == 201, "{made}");

    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    caller.invite("1098").await?;
    caller.answered(SOON).await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    ensure!(caller.sound.hears_tone(FIRST, SOON).await.is_some(), "the caller does not hear the agent");
    phone.hang_up().await?;
    let newest = |all: &Value| all[0]["calls"][0]["id"].is_string();
    let all = centre.until(&admin, "conversations?channel=phone&limit=1", newest).await?;
    let conversation = all[0]["id"].as_str().context("id")?.to_owned();
    let call = all[0]["calls"][0]["id"].as_str().context("call")?.to_owned();
    let asked = |events: &Value| events.to_string().contains("\"stars\"");
    centre.until(&admin, &format!("calls/{call}/events"), asked).await.with_context(|| centre.log())?;
    caller.sound.clear();
    ensure!(caller.sound.hears_something(SOON).await, "nothing is asked\n{}", centre.log());
    caller.sound.press('4');
    caller.hung_up(SOON).await.with_context(|| centre.log())?;

    let path = format!("conversations/{conversation}/satisfaction");
    let rated = centre.until(&admin, &path, |found| found["satisfaction"]["stars"] == 4).await?;
    assert_eq!(rated["satisfaction"]["queue"], support);
    let (_, agents) = centre.api(&admin, "GET", "agents", None).await?;
    let served = agents.as_array().context("agents")?.iter().find(|one| one["id"] == rated["satisfaction"]["agent"]);
    assert!(served.is_some_and(|one| one["extension"] == "2001" || one["name"] == "Anna"), "{rated}");
    let (_, lines) = centre.api(&login, "GET", &format!("conversations/{conversation}/messages"), None).await?;
    assert!(lines.to_string().contains("call.rated"), "the agent reads it in the timeline: {lines}");

    // Who hangs up first is not asked, and stands in no figure.
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    centre.api(&login, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await.with_context(|| centre.log())?;
    caller.invite("1098").await?;
    caller.answered(SOON).await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    ensure!(caller.sound.hears_tone(FIRST, SOON).await.is_some(), "the caller does not hear the agent");
    caller.hang_up().await?;
    phone.hung_up(SOON).await?;
    let ended = |all: &Value| all[0]["id"] != json!(conversation) && all[0]["closed_at"].is_i64();
    let all = centre.until(&admin, "conversations?channel=phone&limit=1", ended).await?;
    let second = all[0]["id"].as_str().context("id")?;
    let (_, found) = centre.api(&admin, "GET", &format!("conversations/{second}/satisfaction"), None).await?;
    assert_eq!(found["satisfaction"], Value::Null);
    Ok(())
}
