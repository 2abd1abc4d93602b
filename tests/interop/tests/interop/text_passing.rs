//! A text passed on, refused, taken, shared and left, by the API, in the server that users run.

use crate::interop::texts::{CONFIG, inbox, take};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::{Centre, Login};
use serde_json::{Value, json};

async fn pass(centre: &Centre, who: &Login, conversation: &str, body: Value) -> Result<(u16, Value)> {
    centre.api(who, "POST", &format!("conversations/{conversation}/pass"), Some(&body)).await
}

/// How the newest transfer ended.
async fn ended(centre: &Centre, admin: &Login, conversation: &str, outcome: &str) -> Result<Value> {
    let path = format!("conversations/{conversation}/transfers");
    let fits = |log: &Value| log.as_array().and_then(|all| all.last()).is_some_and(|last| last["outcome"] == outcome);
    let log = centre.until(admin, &path, fits).await?;
    Ok(log.as_array().and_then(|all| all.last()).cloned().unwrap_or_default())
}

async fn writes(centre: &Centre, who: &Login, conversation: &str, text: &str) -> Result<u16> {
    let body = json!({ "client_id": text, "text": text });
    Ok(centre.api(who, "POST", &format!("conversations/{conversation}/messages"), Some(&body)).await?.0)
}

/// Who has it in hand, by the books.
async fn hands(centre: &Centre, admin: &Login, conversation: &str, wanted: &[&Value]) -> Result<()> {
    let mut wanted: Vec<String> = wanted.iter().map(|agent| agent.to_string()).collect();
    wanted.sort();
    let fits = |view: &Value| {
        let parts = view["participations"].as_array().into_iter().flatten();
        let mut now: Vec<String> = parts.filter(|p| p["left_at"].is_null()).map(|p| p["agent"].to_string()).collect();
        now.sort();
        now == wanted
    };
    centre.until(admin, &format!("conversations/{conversation}"), fits).await?;
    Ok(())
}

/// A colleague who is not there, one who refuses, one who takes it with all that belongs to it; then two beside each other, one who
/// leaves; and a queue. Every step stands in the log with its outcome.
///
/// Rows: S2.13, S7.9, S7.10, S7.12, S7.14, S7.16, S7.21
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_goes_from_hand_to_hand() -> Result<()> {
    let centre = Centre::start_with(CONFIG, &[]).await?;
    let admin = centre.login("admin").await?;
    let bridge = inbox(&centre, &admin, "support", json!({})).await?;
    let anna = centre.agent_ready("agent1").await?;
    let (status, told) = bridge.text("visitor-1", "ext-1", "my parcel is late").await?;
    ensure!(status == 201, "{status} {told}");
    let conversation = take(&centre, &anna).await?;
    let notes = format!("conversations/{conversation}/notes");
    for (text, pinned) in [("has called twice", true), ("likes tea", false)] {
        let note = json!({ "text": text, "pinned": pinned });
        ensure!(centre.api(&anna, "POST", &notes, Some(&note)).await?.0 == 201);
    }
    let (_, colleagues) = centre.api(&anna, "GET", "colleagues", None).await?;
    let bea = centre.login("agent2").await?;
    let (_, mine) = centre.api(&bea, "GET", "colleagues", None).await?;
    let id_of = |list: &Value, but: &Value| {
        let all = list.as_array().cloned().unwrap_or_default();
        let other = but.as_array().cloned().unwrap_or_default();
        let is_known = |one: &Value| other.iter().any(|known| known["id"] == one["id"]);
        all.into_iter().find(|one| !is_known(one)).map(|one| one["id"].clone()).context("a colleague")
    };
    let (bea_id, anna_id) = (id_of(&colleagues, &mine)?, id_of(&mine, &colleagues)?);

    // Not there; then there, and not willing. It is Anna's all the while.
    let to_bea = json!({ "to": { "agent": bea_id }, "mode": "blind", "reason": "knows parcels" });
    let (status, told) = pass(&centre, &anna, &conversation, to_bea.clone()).await?;
    ensure!(status == 202, "{status} {told}");
    ended(&centre, &admin, &conversation, "unreachable").await?;
    let bea = centre.agent_ready("agent2").await?;
    ensure!(pass(&centre, &anna, &conversation, to_bea.clone()).await?.0 == 202);
    let (status, told) = pass(&centre, &anna, &conversation, to_bea.clone()).await?;
    ensure!(status == 409, "somebody is being asked: {status} {told}");
    let offered = centre.until(&bea, "text_offers", |o| o[0]["state"] == "offered").await?;
    ensure!(offered[0]["passed"]["by"] == anna_id && offered[0]["passed"]["reason"] == "knows parcels", "{offered}");
    ensure!(writes(&centre, &anna, &conversation, "one moment").await? == 201, "she still has it");
    let id = offered[0]["id"].as_str().context("an id")?;
    ensure!(centre.api(&bea, "POST", &format!("text_offers/{id}/decline"), None).await?.0 == 204);
    ended(&centre, &admin, &conversation, "declined").await?;
    hands(&centre, &admin, &conversation, &[&anna_id]).await?;

    // Taken: everything that belongs to it is on the first screen.
    ensure!(pass(&centre, &anna, &conversation, to_bea).await?.0 == 202);
    ensure!(take(&centre, &bea).await? == conversation);
    let done = ended(&centre, &admin, &conversation, "completed").await?;
    ensure!(done["agent"] == bea_id && done["by"] == anna_id && done["waited_ms"].as_i64() >= Some(0), "{done}");
    ensure!(done["reason"] == "knows parcels" && done["call"].is_null(), "{done}");
    hands(&centre, &admin, &conversation, &[&bea_id]).await?;
    let (_, lines) = centre.api(&bea, "GET", &format!("conversations/{conversation}/messages"), None).await?;
    let said = |text: &str| lines.as_array().is_some_and(|all| all.iter().any(|line| line["text"] == text));
    ensure!(said("my parcel is late") && said("one moment"), "{lines}");
    let (_, seen) = centre.api(&bea, "GET", &notes, None).await?;
    ensure!(
        seen[0]["text"] == "has called twice" && seen[0]["pinned"] == true && seen[1]["text"] == "likes tea",
        "{seen}"
    );

    // Beside each other.
    let join = json!({ "to": { "agent": anna_id }, "mode": "join" });
    ensure!(pass(&centre, &bea, &conversation, join.clone()).await?.0 == 202);
    ensure!(take(&centre, &anna).await? == conversation);
    hands(&centre, &admin, &conversation, &[&anna_id, &bea_id]).await?;
    ensure!(pass(&centre, &bea, &conversation, join).await?.0 == 409, "she is here");
    for (who, text) in [(&anna, "I looked it up"), (&bea, "it comes today")] {
        ensure!(writes(&centre, who, &conversation, text).await? == 201, "{text}");
    }
    let leave = format!("conversations/{conversation}/leave");
    ensure!(centre.api(&bea, "POST", &leave, None).await?.0 == 204);
    hands(&centre, &admin, &conversation, &[&anna_id]).await?;
    let (status, told) = centre.api(&anna, "POST", &leave, None).await?;
    ensure!(status == 409, "the last one stays: {status} {told}");

    // To a queue it goes at once, and whoever is there takes it.
    let (_, queues) = centre.api(&admin, "GET", "queues", None).await?;
    let queue = queues.as_array().and_then(|all| all.iter().find(|q| q["name"] == "support")).context("the queue")?;
    let presence = json!({ "state": "not_ready", "reason": "break" });
    ensure!(centre.api(&anna, "PUT", "presence/next", Some(&presence)).await?.0 == 200);
    let to_queue = json!({ "to": { "queue": queue["id"] }, "mode": "blind" });
    ensure!(pass(&centre, &anna, &conversation, to_queue).await?.0 == 202);
    hands(&centre, &admin, &conversation, &[]).await?;
    ensure!(centre.api(&anna, "PUT", "presence", Some(&presence)).await?.0 == 200, "her wrap-up is over");
    ensure!(take(&centre, &bea).await? == conversation);
    let done = ended(&centre, &admin, &conversation, "completed").await?;
    ensure!(done["to"]["kind"] == "queue" && done["agent"] == bea_id, "{done}");
    ensure!(centre.api(&bea, "POST", &format!("conversations/{conversation}/close"), None).await?.0 == 204);
    hands(&centre, &admin, &conversation, &[]).await?;
    let (_, log) = centre.api(&admin, "GET", &format!("conversations/{conversation}/transfers"), None).await?;
    let outcomes: Vec<&str> = log.as_array().into_iter().flatten().filter_map(|t| t["outcome"].as_str()).collect();
    ensure!(outcomes == ["unreachable", "declined", "completed", "completed", "completed"], "{log}");
    Ok(())
}
