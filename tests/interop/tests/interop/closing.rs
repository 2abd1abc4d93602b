//! The centre is closed from a telephone, by a code, and opened again; or one number of it.

use crate::interop::transfers::{SOON, agent};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const CODE: &str = "480715";
/// Between two keys a person's finger moves.
const PAUSE: Duration = Duration::from_millis(160);
const BURNING: &str = "015155512345";

async fn types(phone: &Phone, keys: &str) {
    let mut moves = tokio::time::interval(PAUSE);
    for key in keys.chars() {
        moves.tick().await;
        phone.sound.press(key);
    }
    moves.tick().await;
    // Whatever was being said stopped with the first key.
    phone.sound.clear();
}

async fn is_told(phone: &Phone, centre: &Centre) -> Result<()> {
    ensure!(phone.sound.hears_something(SOON).await, "nothing is said\n{}", centre.log());
    Ok(())
}

async fn entries(centre: &Centre, who: &Login, action: &str) -> Result<Vec<Value>> {
    let (_, all) = centre.api(who, "GET", "audit?limit=100", None).await?;
    Ok(all.as_array().context("entries")?.iter().filter(|entry| entry["action"] == action).cloned().collect())
}

/// Whoever calls 1001 now: served by an agent, or told that we are closed and hung up.
async fn next_caller(centre: &Centre, agent: &mut Phone, served: bool) -> Result<()> {
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 620.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    if served {
        agent.rings(SOON).await.with_context(|| centre.log())?;
        caller.hang_up().await?;
        agent.ringing_stops(SOON).await?;
        return Ok(());
    }
    ensure!(caller.sound.hears_something(SOON).await, "the caller is told nothing\n{}", centre.log());
    caller.hung_up(SOON * 2).await.map(drop)
}

/// A number that leads to the code, for whoever stands outside: three wrong ones end the call, the right one closes every number, the next
/// caller is told so; an agent's telephone opens again by the feature code. The books have the caller's number masked, and never the code.
///
/// Rows: S13.23
#[tokio::test(flavor = "multi_thread")]
async fn a_code_closes_the_centre_from_any_telephone_and_opens_it() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let steps = json!({ "code": { "kind": "closing" } });
    let flow = json!({ "name": "Closing", "document": { "name": "Closing", "language": "en", "start": "code", "steps": steps } });
    let (status, flow) = centre.api(&admin, "POST", "flows", Some(&flow)).await?;
    ensure!(status == 201, "{flow}");
    let number = json!({ "name": "Closing", "numbers": ["1099"], "flow": flow["id"] });
    let (status, made) = centre.api(&admin, "POST", "inboxes", Some(&number)).await?;
    ensure!(status == 201, "{made}");
    for (pin, expected) in [("123456", 422), ("12345", 422), ("48071a", 422), (CODE, 204)] {
        let wish = json!({ "pin": pin, "hours": 2 });
        let (status, said) = centre.api(&admin, "PUT", "closure_pin", Some(&wish)).await?;
        assert_eq!(status, expected, "{pin}: {said}");
    }
    let (mut phone, login) = agent(&centre, "agent1", "2001", 440.0, "ready").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    next_caller(&centre, &mut phone, true).await?;

    // Three wrong ones.
    let mut outside = Phone::new("outside", BURNING, centre.sip, 0.0, &Ladder::default()).await?;
    outside.invite("1099").await?;
    outside.answered(SOON).await?;
    for wrong in ["111222#", "480716#", "999888#"] {
        is_told(&outside, &centre).await?;
        types(&outside, wrong).await;
    }
    outside.hung_up(SOON * 2).await.with_context(|| centre.log())?;
    assert_eq!(entries(&centre, &admin, "closure_pin.wrong").await?.len(), 3);
    assert!(entries(&centre, &admin, "inbox.close").await?.is_empty());

    // The right one.
    outside.invite("1099").await?;
    outside.answered(SOON).await?;
    is_told(&outside, &centre).await?;
    types(&outside, &format!("{CODE}#")).await;
    is_told(&outside, &centre).await?;
    types(&outside, "1").await;
    let closed = |all: &Value| {
        // The number that leads to the code stays: how else would one open again from outside?
        all.as_array().is_some_and(|all| all.iter().all(|i| i["closed"].is_object() == (i["name"] != "Closing")))
    };
    let open = |all: &Value| all.as_array().is_some_and(|all| all.iter().all(|i| i["closed"].is_null()));
    centre.until(&admin, "inboxes", closed).await.with_context(|| centre.log())?;
    outside.hung_up(SOON * 2).await?;
    next_caller(&centre, &mut phone, false).await?;
    let made = entries(&centre, &admin, "inbox.close").await?;
    let told = serde_json::to_string(&made)?;
    assert!(told.contains("by telephone from") && !told.contains(BURNING) && !told.contains(CODE), "{told}");

    // Open again: an agent's telephone, and once more from outside.
    phone.invite_as("*44", PASSWORD).await?;
    phone.answered(SOON).await?;
    is_told(&phone, &centre).await?;
    types(&phone, &format!("{CODE}#")).await;
    is_told(&phone, &centre).await?;
    types(&phone, "2").await;
    centre.until(&admin, "inboxes", open).await.with_context(|| centre.log())?;
    phone.hung_up(SOON * 2).await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    next_caller(&centre, &mut phone, true).await?;
    for (key, so) in [("1", &closed as &dyn Fn(&Value) -> bool), ("2", &open)] {
        outside.invite("1099").await?;
        outside.answered(SOON).await?;
        is_told(&outside, &centre).await?;
        types(&outside, &format!("{CODE}#")).await;
        is_told(&outside, &centre).await?;
        types(&outside, key).await;
        centre.until(&admin, "inboxes", so).await.with_context(|| centre.log())?;
        outside.hung_up(SOON * 2).await?;
    }
    let (status, said) = centre.api(&admin, "DELETE", "closure_pin", None).await?;
    assert_eq!(status, 204, "{said}");
    Ok(())
}

/// One number alone: named by its digits, which are said back; the next caller of it is told that it is closed, and of the others nothing
/// changes. It is opened the same way.
///
/// Rows: S13.23
#[tokio::test(flavor = "multi_thread")]
async fn a_code_closes_one_number_and_opens_it() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (status, said) = centre.api(&admin, "PUT", "closure_pin", Some(&json!({ "pin": CODE, "hours": 2 }))).await?;
    ensure!(status == 204, "{said}");
    let (mut phone, login) = agent(&centre, "agent1", "2001", 440.0, "ready").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    let closed = |all: &Value| {
        let is_the_one = |inbox: &Value| inbox["numbers"].as_array().is_some_and(|all| all.contains(&json!("1001")));
        let all = all.as_array().cloned().unwrap_or_default();
        all.len() > 1 && all.iter().all(|inbox| inbox["closed"].is_object() == is_the_one(inbox))
    };
    let open = |all: &Value| all.as_array().is_some_and(|all| all.iter().all(|i| i["closed"].is_null()));
    for (key, so) in [("1", &closed as &dyn Fn(&Value) -> bool), ("2", &open)] {
        phone.invite_as("*44", PASSWORD).await?;
        phone.answered(SOON).await?;
        is_told(&phone, &centre).await?;
        types(&phone, &format!("{CODE}#")).await;
        is_told(&phone, &centre).await?;
        types(&phone, "3").await;
        is_told(&phone, &centre).await?;
        types(&phone, "4711#").await;
        is_told(&phone, &centre).await.context("there is no such number")?;
        types(&phone, "1001#").await;
        is_told(&phone, &centre).await.context("its digits")?;
        types(&phone, key).await;
        centre.until(&admin, "inboxes", so).await.with_context(|| centre.log())?;
        phone.hung_up(SOON * 2).await?;
        centre.until(&login, "presence", |p| p["state"] == "ready").await?;
        next_caller(&centre, &mut phone, key == "2").await?;
        if key == "2" {
            break;
        }
    }
    let made = entries(&centre, &admin, "inbox.close").await?;
    ensure!(made.len() == 1, "{made:?}");
    Ok(())
}
