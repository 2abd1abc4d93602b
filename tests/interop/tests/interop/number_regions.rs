//! Where a caller's number is at home chooses who is asked first, and everybody after a while.

use crate::interop::routing::{edit, queue, waiting};
use crate::interop::transfers::{CONTACT, SOON};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};

/// By the number plan a mobile number of China Unicom, and one of Germany.
const CHINESE: &str = "+8618612345678";
const GERMAN: &str = "+4915112345678";

/// Callers of a region wait in its queue, and after the time it says in the one for everybody; others go there at once. The agent's card says
/// where the number is at home.
///
/// Rows: S7.3, S9.1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_has_its_own_queue_for_a_while() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (everybody, region) = (queue(&centre, &admin, "support").await?, queue(&centre, &admin, "sales").await?);
    edit(&centre, &admin, &everybody, json!({ "empty": "wait" })).await?;
    let falls_back = json!([{ "when": "waited", "after_ms": 8_000, "queue": everybody }]);
    edit(&centre, &admin, &region, json!({ "empty": "wait", "routing": { "overflow": falls_back } })).await?;
    let (_, now) = centre.api(&admin, "GET", "rules", None).await?;
    let rule = json!({ "name": "their region", "on": "call_begins",
        "when": { "is": { "fact": "region", "one_of": ["cn"] } }, "then": [{ "queue": region }] });
    let wish = json!({ "replaces": now["version"], "rules": [rule] });
    let (status, told) = centre.api(&admin, "PUT", "rules", Some(&wish)).await?;
    assert_eq!(status, 200, "{told}");

    let mut callers = Vec::new();
    for number in [GERMAN, CHINESE] {
        let mut caller = Phone::new("caller", number, centre.sip, CONTACT, &Ladder::default()).await?;
        caller.invite("1001").await?;
        caller.answered(SOON).await?;
        callers.push(caller);
        centre.until(&admin, "work_items", waiting(callers.len())).await.with_context(|| centre.log())?;
    }
    let queues = |all: &Value| -> Vec<String> {
        let mut all: Vec<_> = all.as_array().into_iter().flatten().filter_map(|one| one["queue"].as_str()).collect();
        all.sort_unstable();
        all.into_iter().map(str::to_owned).collect()
    };
    let mut apart = vec![everybody.clone(), region.clone()];
    apart.sort_unstable();
    let items = centre.until(&admin, "work_items", |all| queues(all) == apart).await.with_context(|| centre.log())?;
    let theirs = items.as_array().into_iter().flatten().find(|one| one["queue"] == json!(region)).context("theirs")?;
    let path = format!("work_items/{}/card", theirs["id"].as_str().context("an id")?);
    let (_, card) = centre.api(&admin, "GET", &path, None).await?;
    assert_eq!((&card["place"]["country"], &card["place"]["carrier"]), (&json!("CN"), &json!("unicom")), "{card}");

    let together = vec![everybody.clone(); 2];
    centre
        .until_within(SOON * 6, &admin, "work_items", |all| queues(all) == together)
        .await
        .with_context(|| centre.log())?;
    for caller in &mut callers {
        caller.hang_up().await?;
    }
    Ok(())
}
