//! May the centre go live? Asked of the server, and of the command line beside it.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::binary;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// Every check with its colour.
type Colours = BTreeMap<String, String>;

fn colours(reply: &Value) -> Result<Colours> {
    let checks = reply["checks"].as_array().with_context(|| format!("checks: {reply}"))?;
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    for check in checks {
        assert!(!text(check, "seen").is_empty(), "{check}");
        assert_eq!(text(check, "state") == "green", text(check, "advice").is_empty(), "{check}");
    }
    Ok(checks.iter().map(|check| (text(check, "id"), text(check, "state"))).collect())
}

async fn read(centre: &Centre, who: &Login) -> Result<Value> {
    let (status, reply) = centre.api(who, "GET", "go_live", None).await?;
    ensure!(status == 200, "{status} {reply}");
    Ok(reply)
}

/// `ringdesk go-live`: whether it succeeded, each line's colour by its check, and all that was said.
fn command(centre: &Centre) -> Result<(bool, Colours, String)> {
    let output = Command::new(binary()).arg("--config").arg(centre.configuration()).arg("go-live").output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = said.lines().map(|line| {
        let (colour, rest) = line.split_once(' ').with_context(|| line.to_owned())?;
        let (id, seen) = rest.trim().split_once(": ").with_context(|| line.to_owned())?;
        ensure!(!seen.is_empty(), "{line}");
        Ok((id.to_owned(), colour.to_owned()))
    });
    let lines = lines.collect::<Result<Colours>>()?;
    Ok((output.status.success(), lines, said + &String::from_utf8_lossy(&output.stderr)))
}

/// Red is not overlooked: it goes live with a reason or not at all, the reason is kept with what it overrode, and it ends as it
/// began.
///
/// Rows: S16.28
#[tokio::test(flavor = "multi_thread")]
async fn red_goes_live_by_somebodys_word_alone() -> Result<()> {
    let mut centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let reply = read(&centre, &who).await?;
    let found = colours(&reply)?;
    assert_eq!((found.len(), &reply["may_go_live"], &reply["live"]), (15, &json!(false), &json!(null)), "{reply}");
    // What a demo on loopback cannot have.
    for red in ["demo_data", "trunk_in", "trunk_out", "admin_second_factor", "public_address"] {
        assert_eq!(found[red], "red", "{reply:#}");
    }
    assert_eq!(found["recording_announcement"], "green", "{reply:#}");

    for (body, status, words) in [
        (json!({ "live": true }), 409, "demo_data"),
        (json!({ "live": true, "reason": "   " }), 409, "trunk_in"),
        (json!({ "live": true, "reason": "just so" }), 422, "10 to 500"),
        (json!({ "live": true, "reason": "x".repeat(501) }), 422, "10 to 500"),
        (json!({ "live": false }), 404, ""),
    ] {
        let (got, problem) = centre.api(&who, "PUT", "go_live", Some(&body)).await?;
        assert_eq!(got, status, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap_or_default().contains(words), "{body}: {problem}");
    }
    let leader = centre.login("supervisor").await?;
    let wish = json!({ "live": true, "reason": "a rehearsal with friends" });
    assert_eq!(centre.api(&leader, "PUT", "go_live", Some(&wish)).await?.0, 403);
    assert_eq!(read(&centre, &who).await?["live"], json!(null));

    let (status, reply) = centre.api(&who, "PUT", "go_live", Some(&wish)).await?;
    ensure!(status == 200, "{reply}");
    let red: Vec<&str> = found.iter().filter(|(_, state)| *state == "red").map(|(id, _)| id.as_str()).collect();
    let overridden = reply["live"]["overridden"].as_array().context("overridden")?;
    let mut overridden: Vec<&str> = overridden.iter().filter_map(Value::as_str).collect();
    overridden.sort_unstable();
    assert_eq!((overridden, &reply["live"]["reason"]), (red, &json!("a rehearsal with friends")));
    centre.crash_and_restart().await?;
    let who = centre.login("admin").await?;
    assert_eq!(read(&centre, &who).await?["live"], reply["live"], "it is kept");
    let (status, reply) = centre.api(&who, "PUT", "go_live", Some(&json!({ "live": false }))).await?;
    assert_eq!((status, &reply["live"]), (200, &json!(null)), "{reply}");

    let (_, entries) = centre.api(&who, "GET", "audit?limit=20", None).await?;
    let acts = entries.as_array().context("entries")?.iter().filter(|e| e["action"] == "account.go_live");
    let acts: Vec<String> = acts.map(Value::to_string).collect();
    assert_eq!(acts.len(), 2, "{entries:#}");
    assert!(acts[1].contains("a rehearsal with friends"), "{acts:#?}");
    Ok(())
}

/// The command line beside the server sees the same, and fails while something is red. What is made wrong turns red in both, and
/// green again.
///
/// Rows: S16.28
#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_sees_what_the_server_sees() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let (may, lines, said) = command(&centre)?;
    assert!(!may && said.contains("something is red"), "{said}");
    let mut seen = colours(&read(&centre, &who).await?)?;
    // By which ways telephones are there the server knows alone.
    assert_eq!(seen.insert("keys_in_clear".into(), "amber".into()).as_deref(), Some("green"));
    assert_eq!(lines, seen, "{said}");

    let (_, inboxes) = centre.api(&who, "GET", "inboxes", None).await?;
    let echo = inboxes.as_array().and_then(|all| all.iter().find(|one| one["numbers"] == json!(["1003"])));
    let echo = echo.context("the echo test")?;
    let rule = format!("inboxes/{}/recording", echo["id"].as_str().context("an id")?);
    let (status, _) = centre.api(&who, "PUT", &rule, Some(&json!({ "start": "on_answer" }))).await?;
    ensure!(status == 204);
    let (_, lines, said) = command(&centre)?;
    let name = echo["name"].as_str().context("a name")?;
    let told = |said: &str| said.lines().any(|line| line.contains("callers are not told") && line.contains(name));
    assert_eq!(lines["recording_announcement"], "red", "{said}");
    assert!(told(&said), "{said}");
    assert_eq!(colours(&read(&centre, &who).await?)?["recording_announcement"], "red");

    let (status, _) = centre.api(&who, "PUT", &rule, Some(&json!({ "start": "off" }))).await?;
    ensure!(status == 204);
    let (_, lines, said) = command(&centre)?;
    assert_eq!(lines["recording_announcement"], "green", "{said}");
    Ok(())
}

/// Telephones that are there without TLS and whose sound is encrypted: one that brings keys of its own accord, and one that the house
/// offers them to. While they are plain nobody is told anything.
///
/// Rows: S12.1, S16.28
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_anybody_reads_are_told() -> Result<()> {
    const SOON: Duration = Duration::from_secs(20);
    let centre = Centre::start_with("[signaling.phones.extensions]\n2002 = \"offered\"\n", &[]).await?;
    let who = centre.login("admin").await?;
    let keys = async || -> Result<Value> {
        let reply = read(&centre, &who).await?;
        let found = reply["checks"].as_array().and_then(|all| all.iter().find(|one| one["id"] == "keys_in_clear"));
        let found = found.context("the check")?;
        Ok(json!([found["state"], found["seen_values"]["lines"]]))
    };
    let mut one = Phone::new("2001", "2001", centre.sip, 440.0, &Ladder::default()).await?;
    one.register(PASSWORD, 300).await?;
    assert_eq!(keys().await?, json!(["green", null]));
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";
    let sdp = one.sdp("sendrecv") + key;
    one.invite_as_with("1003", PASSWORD, &sdp).await?;
    one.answered(SOON).await?;
    assert_eq!(keys().await?, json!(["amber", "2001"]));
    let mut two = Phone::new("2002", "2002", centre.sip, 620.0, &Ladder::default()).await?;
    two.register(PASSWORD, 300).await?;
    assert_eq!(keys().await?, json!(["amber", "2001, 2002"]));
    one.hang_up().await?;
    Ok(())
}
