//! What a demo brings along: it is there soon, its recordings verify, and it goes away with one request.

use anyhow::{Context as _, Result};
use ringdesk_interop::Centre;
use ringdesk_interop::centre::Login;
use serde_json::{Value, json};
use std::time::Duration;

async fn get(centre: &Centre, who: &Login, path: &str) -> Result<Value> {
    let (status, body) = centre.api(who, "GET", path, None).await?;
    anyhow::ensure!(status == 200, "GET {path}: {status} {body}\n{}", centre.log());
    Ok(body)
}

/// Sixty conversations of fourteen days in two languages; fifteen of them can be heard, and the sound is what the books say. Some were with
/// the help desk of the house, which goes with them.
///
/// Rows: S16.26, S1.24
#[tokio::test(flavor = "multi_thread")]
async fn a_demo_has_something_to_look_at_and_takes_it_away_again() -> Result<()> {
    let centre = Centre::start_with("", &[("RINGDESK_DEMO_PACK", "on")]).await?;
    let admin = centre.login("admin").await?;
    let whole = |pack: &Value| pack["conversations"] == 64 && pack["loading"] == false;
    centre.until_within(Duration::from_secs(120), &admin, "demo_pack", whole).await?;
    let mut heard = Vec::new();
    let (mut before, mut seen) = (String::new(), 0);
    loop {
        let page = get(&centre, &admin, &format!("conversations?limit=50{before}")).await?;
        let page = page.as_array().context("a list")?.clone();
        let Some(last) = page.last() else { break };
        before = format!("&before={}", last["id"].as_str().context("an id")?);
        seen += page.len();
        heard.extend(page.into_iter().filter(|c| c["recordings"].as_array().is_some_and(|r| !r.is_empty())));
    }
    assert_eq!((seen, heard.len()), (64, 15));
    // By the number that they dialled.
    let inboxes: std::collections::BTreeSet<String> = heard.iter().map(|c| c["inbox_name"].to_string()).collect();
    assert_eq!(inboxes.into_iter().collect::<Vec<_>>(), ["\"Main menu\""]);
    let mut languages = std::collections::BTreeSet::new();
    for conversation in &heard {
        let recording = &conversation["recordings"][0];
        let id = recording["id"].as_str().context("an id")?;
        let verdict = get(&centre, &admin, &format!("recordings/{id}/verify")).await?;
        assert_eq!(verdict["intact"], true, "{verdict:#}\n{}", centre.log());
        languages.insert(conversation["transcripts"][0]["language"].to_string());
        let duration = recording["duration_ms"].as_i64().context("a duration")?;
        assert!(duration < 120_000, "{recording:#}");
        let path = format!("conversations/{}/messages?limit=200", conversation["id"].as_str().context("an id")?);
        let lines = get(&centre, &admin, &path).await?;
        let said: Vec<&Value> =
            lines.as_array().context("lines")?.iter().filter(|line| line["kind"] == "speech").collect();
        assert!(!said.is_empty(), "{lines:#}");
        for line in said {
            let (from, to) = (line["start_ms"].as_i64(), line["end_ms"].as_i64());
            assert!(from < to && to <= Some(duration), "{line:#} of {duration} ms");
        }
    }
    assert_eq!(languages.len(), 2, "{languages:?}");
    let kinds = get(&centre, &admin, "unserved").await?.to_string();
    assert!(kinds.contains("abandoned") && kinds.contains("voicemail"), "{kinds}");
    assert_eq!(get(&centre, &admin, "callbacks").await?.as_array().context("callbacks")?.len(), 1);
    assert_eq!(get(&centre, &admin, "left_messages").await?.as_array().context("messages")?.len(), 1);
    let help = get(&centre, &centre.login("reviewer").await?, "help_desk").await?;
    assert_eq!((&help["desks"][0]["name"], &help["unread"]), (&"IT help desk".into(), &0.into()), "{help}");
    let told = &help["talks"][0];
    assert!(told["closed_at"].is_i64() && told["last_seq"].as_i64() > Some(4), "{help}");
    let asked = get(&centre, &admin, "conversations?channel=help_desk").await?;
    assert_eq!(asked.as_array().context("a list")?.len(), 3, "{asked}");
    let found = get(&centre, &admin, "search?q=refund").await?;
    assert!(!found["items"].as_array().context("lines")?.is_empty(), "{found}");

    let (status, gone) = centre.api(&admin, "DELETE", "demo_pack", None).await?;
    assert_eq!((status, &gone["conversations"]), (200, &64.into()), "{gone}\n{}", centre.log());
    assert_eq!(get(&centre, &admin, "conversations").await?, Value::Array(vec![]));
    assert_eq!(get(&centre, &admin, "text_inboxes").await?, Value::Array(vec![]), "nor its help desk");
    assert_eq!(get(&centre, &admin, "contacts").await?, Value::Array(vec![]), "nor who asked it");
    assert_eq!(get(&centre, &admin, "search?q=refund").await?["items"], Value::Array(vec![]));
    assert_eq!(get(&centre, &admin, "callbacks").await?, Value::Array(vec![]));
    Ok(())
}

/// Callers come over real sockets, wait, are answered by helpers whose telephones are registered, and all of it is seen on the floor;
/// stopped, nothing of it is left but what goes away with the pack.
///
/// Rows: S16.26
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_hour_brings_the_floor_to_life_and_stops_at_once() -> Result<()> {
    // Somebody listens to its calls.
    let engine = "[[asr.engines]]\nkind = \"scripted\"\nname = \"script\"\nlanguages = [\"en\", \"zh-CN\"]\nlines = [{ text = \"hello\" }]\n";
    let mut centre = Centre::start_with(engine, &[]).await?;
    let boss = centre.login("supervisor").await?;
    let wish = json!({ "callers": 20, "minutes": 1, "helpers": 1 });
    let (status, refused) = centre.api(&boss, "POST", "demo/busy_hour", Some(&json!({ "callers": 1_000 }))).await?;
    assert_eq!(status, 422, "{refused}");
    let (status, begun) = centre.api(&boss, "POST", "demo/busy_hour", Some(&wish)).await?;
    assert_eq!((status, &begun["running"], &begun["helpers"]), (200, &true.into(), &1.into()), "{begun}");
    let (status, twice) = centre.api(&boss, "POST", "demo/busy_hour", Some(&wish)).await?;
    assert_eq!(status, 409, "{twice}");

    let minute = Duration::from_secs(75);
    let more_than = |floor: &Value, name: &str| {
        let queues = floor["queues"].as_array().map(Vec::as_slice).unwrap_or_default();
        queues.iter().any(|queue| queue[name].as_i64() > Some(0))
    };
    let talking = |floor: &Value| {
        let agents = floor["agents"].as_array().map(Vec::as_slice).unwrap_or_default();
        agents.iter().any(|agent| agent["state"] == "talking")
    };
    centre.until_within(minute, &boss, "floor", talking).await?;
    centre.until_within(minute, &boss, "floor", |floor| more_than(floor, "waiting")).await?;
    let both = |now: &Value| now["waiting"].as_i64() > Some(0) && now["answered"].as_i64() > Some(0);
    let now = centre.until_within(minute, &boss, "demo/busy_hour", both).await?;
    assert_eq!(now["refused"], 0, "{now}\n{}", centre.log());

    let begins = tokio::time::Instant::now();
    let (status, over) = centre.api(&boss, "DELETE", "demo/busy_hour", None).await?;
    assert_eq!((status, &over["running"], &over["calls"]), (200, &false.into(), &0.into()), "{over}");
    assert!(begins.elapsed() < Duration::from_secs(10), "{:?}", begins.elapsed());
    centre.figure_until("media_calls_open", Duration::from_secs(5), |open| open == 0).await?;
    assert_eq!(centre.figure("routing_stuck_total").await?, 0, "{}", centre.log());
    let floor = get(&centre, &boss, "floor").await?;
    assert!(!talking(&floor) && !more_than(&floor, "waiting"), "{floor:#}");

    // Every call of it is marked, and goes away; so do the helpers.
    let admin = centre.login("admin").await?;
    let made = over["made"].as_u64().context("a count")?;
    let all = get(&centre, &admin, "conversations?limit=50").await?;
    let all = all.as_array().context("a list")?;
    assert_eq!(all.len() as u64, made, "{over}");
    let tags = get(&centre, &admin, "tags").await?;
    let tag = tags.as_array().context("tags")?.iter().find(|tag| tag["name"] == "demo").context("the tag")?;
    for conversation in all {
        assert!(conversation["tags"].as_array().is_some_and(|tags| tags.contains(&tag["id"])), "{conversation:#}");
    }
    let (status, gone) = centre.api(&admin, "DELETE", "demo_pack", None).await?;
    assert_eq!((status, &gone["conversations"], &gone["helpers"]), (200, &made.into(), &1.into()), "{gone}");
    assert_eq!(get(&centre, &admin, "conversations").await?, Value::Array(vec![]));
    let agents = get(&centre, &admin, "agents").await?;
    assert_eq!(agents.as_array().context("agents")?.len(), 2, "{agents}");
    // Whoever still listened to a call that was taken away finds nothing left to end, and makes no alarm of it.
    centre.terminate()?;
    centre.ended(minute).await?;
    let log = centre.log();
    let alarms: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(alarms.is_empty(), "{alarms:#?}");
    Ok(())
}
