//! Rules for calls, with telephones: who calls and what they say chooses the queue, and what becomes of a call that nobody answered.

use crate::interop::kept_places::NUMBER;
use crate::interop::routing::{queue, waiting};
use crate::interop::transfers::{CONTACT, SOON};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::Login;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};

async fn made(centre: &Centre, admin: &Login, path: &str, what: Value) -> Result<String> {
    let (status, made) = centre.api(admin, "POST", path, Some(&what)).await?;
    ensure!(status == 201, "{path}: {made}");
    Ok(made["id"].as_str().context("an id")?.to_owned())
}

/// Put these in the place of all rules; calls meet them with the answer.
async fn rules(centre: &Centre, admin: &Login, rules: Value) -> Result<()> {
    let (_, now) = centre.api(admin, "GET", "rules", None).await?;
    let wish = json!({ "replaces": now["version"], "rules": rules });
    let (status, told) = centre.api(admin, "PUT", "rules", Some(&wish)).await?;
    ensure!(status == 200, "{told}");
    Ok(())
}

async fn calls(centre: &Centre, number: &str, dials: &str) -> Result<Phone> {
    let mut caller = Phone::new("caller", number, centre.sip, CONTACT, &Ladder::default()).await?;
    caller.invite(dials).await?;
    caller.answered(SOON).await?;
    Ok(caller)
}

/// How a call to the echo test ends; one that is answered is hung up.
async fn tried(caller: &mut Phone) -> Result<u16> {
    caller.invite("1003").await?;
    let reply = caller.response("INVITE", |status| status >= 200, SOON).await?;
    let status = reply.status().context("a status")?;
    match status {
        200 => {
            caller.take_answer(&reply).await?;
            caller.hang_up().await?;
        }
        _ => caller.acknowledge(&reply).await?,
    }
    Ok(status)
}

/// The newest call's conversation.
async fn newest(centre: &Centre, who: &Login, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let all = centre.until(who, "conversations?channel=phone&limit=1", |all| fits(&all[0])).await?;
    Ok(all[0].clone())
}

/// What rules did, as its timeline tells it, once there are so many.
async fn told(centre: &Centre, who: &Login, conversation: &Value, of: usize) -> Result<Vec<Value>> {
    let ruled = |all: &Value| -> Vec<Value> {
        let lines = all.as_array().into_iter().flatten().filter_map(|m| m["text"].as_str());
        let lines = lines.filter_map(|text| serde_json::from_str::<Value>(text).ok());
        lines.filter(|line| line["text"] == "text.ruled").map(|line| line["ruled"].clone()).collect()
    };
    let path = format!("conversations/{}/messages?limit=200", conversation["id"].as_str().context("an id")?);
    let all = centre.until(who, &path, |all| ruled(all).len() >= of).await?;
    Ok(ruled(&all))
}

/// A caller whose file has a tag waits in another queue than their flow says, is marked, and the reason stands in the timeline and in the audit;
/// another caller goes where the flow leads. Hung up before anybody answered, they are promised a call and a ticket is made: once, whatever
/// happens to the server.
///
/// Rows: S7.2, S7.7, S9.10, S13.5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_with_a_tag_waits_elsewhere_and_is_called_back_if_nobody_answers() -> Result<()> {
    let mut centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (support, sales) = (queue(&centre, &admin, "support").await?, queue(&centre, &admin, "sales").await?);
    // Who finds nobody waits.
    for id in [&support, &sales] {
        crate::interop::routing::edit(&centre, &admin, id, json!({ "empty": "wait" })).await?;
    }
    let buyer = made(&centre, &admin, "tags", json!({ "name": "Buyer" })).await?;
    let ruled = made(&centre, &admin, "tags", json!({ "name": "Sent to sales" })).await?;
    let lost = made(&centre, &admin, "tags", json!({ "name": "Lost call" })).await?;
    let kind = made(&centre, &admin, "ticket_types", json!({ "name": "Call back" })).await?;
    let mei = made(&centre, &admin, "contacts", json!({ "name": "Mei Lin" })).await?;
    let number = json!({ "kind": "number", "value": NUMBER, "verified": true });
    let (status, told_us) = centre.api(&admin, "POST", &format!("contacts/{mei}/identities"), Some(&number)).await?;
    ensure!(status < 300, "{told_us}");
    let (status, told_us) =
        centre.api(&admin, "PUT", &format!("contacts/{mei}/tags"), Some(&json!({ "tags": [buyer] }))).await?;
    ensure!(status < 300, "{told_us}");
    rules(
        &centre,
        &admin,
        json!([
            { "name": "texts only", "when": { "all": [] }, "then": [{ "queue": support }] },
            { "name": "buyers", "on": "call_begins",
              "when": { "all": [ { "is": { "fact": "contact_tag", "one_of": [buyer] } },
                                 { "is": { "fact": "called", "one_of": ["1001"] } } ] },
              "then": [{ "queue": sales }, { "priority": 5 }, { "tag": ruled }, { "notice": "a buyer calls" }] },
            { "name": "lost calls", "on": "call_closed",
              "when": { "all": [ { "is": { "fact": "outcome", "one_of": ["abandoned"] } },
                                 { "is": { "fact": "tag", "one_of": [ruled] } } ] },
              "then": [{ "callback": { "in_minutes": 600, "queue": sales } }, { "ticket": { "kind": kind, "title": "Lost call" } },
                       { "tag": lost }] },
        ]),
    )
    .await?;

    let mut caller = calls(&centre, NUMBER, "1001").await?;
    let items = centre.until(&admin, "work_items", waiting(1)).await.with_context(|| centre.log())?;
    assert_eq!(items[0]["queue"], json!(sales), "{items:#}");
    let conversation = newest(&centre, &admin, |one| one["id"].is_string()).await?;
    let why = told(&centre, &admin, &conversation, 1).await?;
    assert_eq!(why[0]["rule"], "buyers");
    let because = json!([{ "fact": "contact_tag", "found": "Buyer" }, { "fact": "called", "found": "1001" }]);
    assert_eq!(why[0]["because"], because);
    assert_eq!(why[0]["done"][0], json!({ "what": "queue", "name": "sales" }), "{:#}", why[0]);
    let (_, audit) = centre.api(&admin, "GET", "audit?limit=100", None).await?;
    assert!(audit.to_string().contains("by rule buyers, because contact_tag is Buyer"), "{audit}");

    // Nobody knows this one: the flow has its way.
    let mut other = calls(&centre, "015112345678", "1001").await?;
    let items = centre.until(&admin, "work_items", waiting(2)).await?;
    let queues: Vec<&Value> = items.as_array().into_iter().flatten().map(|item| &item["queue"]).collect();
    assert!(queues.contains(&&json!(support)), "{items:#}");
    other.hang_up().await?;
    centre.until(&admin, "work_items", waiting(1)).await?;

    caller.hang_up().await?;
    let promised = |all: &Value| all.as_array().is_some_and(|all| !all.is_empty());
    let owed = centre.until_within(SOON * 3, &admin, "callbacks", promised).await.with_context(|| centre.log())?;
    assert_eq!((&owed[0]["conversation_id"], &owed[0]["queue"]), (&conversation["id"], &json!(sales)), "{owed:#}");
    let why = told(&centre, &admin, &conversation, 2).await?;
    assert_eq!(why[1]["rule"], "lost calls");
    assert_eq!(why[1]["because"][0], json!({ "fact": "outcome", "found": "abandoned" }));
    // The other caller's end is judged, too; then the server dies, and nothing is done again.
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    centre.crash_and_restart().await?;
    let admin = centre.login("admin").await?;
    let mut third = calls(&centre, "015112345678", "1001").await?;
    centre.until(&admin, "work_items", waiting(1)).await?;
    third.hang_up().await?;
    newest(&centre, &admin, |one| one["id"] != conversation["id"] && one["closed_at"].is_i64()).await?;
    let (_, owed) = centre.api(&admin, "GET", "callbacks", None).await?;
    assert_eq!(owed.as_array().map(Vec::len), Some(1), "{owed:#}");
    let (_, tickets) = centre.api(&admin, "GET", "tickets", None).await?;
    assert_eq!(tickets.to_string().matches("Lost call").count(), 1, "{tickets:#}");
    let id = conversation["id"].as_str().context("an id")?;
    let (_, shown) = centre.api(&admin, "GET", &format!("conversations/{id}"), None).await?;
    for tag in [ruled, lost] {
        assert!(shown["tags"].to_string().contains(&tag), "{shown:#}");
    }

    // What these rules would have done with the calls of the past.
    let (status, tried) = centre.api(&admin, "POST", "rules/try", Some(&json!({ "days": 30 }))).await?;
    assert_eq!(status, 200, "{tried}");
    let of = |name: &str| tried["rules"].as_array().into_iter().flatten().find(|rule| rule["name"] == name).cloned();
    assert_eq!(of("buyers").context("the rule")?["holds"], 1, "{tried:#}");
    assert_eq!(of("texts only").context("the rule")?["holds"], 0, "no call is a text: {tried:#}");
    assert_eq!(centre.figure("stuck_total").await?, 0, "{}", centre.log());
    Ok(())
}

/// A rule keeps out whose call it judged: that call waits as it would have, the next one from this number is refused as all who are kept out
/// are, and says so; others are let in. The block is like any other: it has its rule for a reason, and ends when it is lifted.
///
/// Rows: S7.2, S9.17
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_blocked_by_a_rule_is_refused_with_the_next_call() -> Result<()> {
    const BLOCKED: &str = "015112345678";
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let support = queue(&centre, &admin, "support").await?;
    crate::interop::routing::edit(&centre, &admin, &support, json!({ "empty": "wait" })).await?;
    rules(
        &centre,
        &admin,
        json!([{ "name": "not this number", "on": "call_begins",
                 "when": { "is": { "fact": "called", "one_of": ["1001"] } }, "then": [{ "block": { "days": 30 } }] }]),
    )
    .await?;
    let mut caller = calls(&centre, BLOCKED, "1001").await?;
    let blocked = |all: &Value| all.as_array().is_some_and(|all| all.len() == 1);
    let blocks = centre.until(&admin, "blocks", blocked).await.with_context(|| centre.log())?;
    assert_eq!(
        (&blocks[0]["state"], &blocks[0]["reason"]),
        (&json!("active"), &json!("not this number")),
        "{blocks:#}"
    );
    assert!(blocks[0]["until"].is_i64() && blocks[0]["decided_by"].is_null(), "{blocks:#}");
    centre.until(&admin, "work_items", waiting(1)).await.context("the call that was judged goes on")?;
    caller.hang_up().await?;

    // The door is told by a job; until then they come through.
    let mut again = Phone::new("again", BLOCKED, centre.sip, CONTACT, &Ladder::default()).await?;
    let door = async {
        while let Ok(status) = tried(&mut again).await {
            if status != 200 {
                return status;
            }
        }
        0
    };
    let refused = tokio::time::timeout(SOON * 3, door).await.context("they are let in for ever")?;
    assert_eq!(refused, 486, "{}", centre.log());
    assert_eq!(centre.figure("calls_kept_out_total").await?, 1);
    let refused = newest(&centre, &admin, |one| one["calls"][0]["hangup_cause"] == "busy").await?;
    assert_eq!(refused["contact"], blocks[0]["contact"], "{refused:#}");
    let mut other = calls(&centre, "015187654321", "1003").await.context("everybody else is let in")?;
    other.hang_up().await?;

    let path = format!("blocks/{}", blocks[0]["id"].as_str().context("an id")?);
    assert_eq!(centre.api(&admin, "DELETE", &path, None).await?.0, 204);
    let mut free = calls(&centre, BLOCKED, "1003").await.context("it is lifted")?;
    free.hang_up().await?;
    Ok(())
}
