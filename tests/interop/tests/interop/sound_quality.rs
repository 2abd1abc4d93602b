//! How the parties of a call sound: rated while they talk, told when one of them goes silent, in the books afterwards.

use super::transfers::{CONTACT, FIRST, SOON, Talk, hear_each_other};
use anyhow::{Context as _, Result};
use ringdesk_interop::Relay;
use ringdesk_listening::Line;
use serde_json::Value;
use std::time::Duration;

/// A rating comes every five seconds.
const RATED: Duration = Duration::from_secs(25);

fn of<'a>(rated: &'a Value, party: &str) -> Option<&'a Value> {
    rated.as_array()?.iter().find(|one| one["party"] == party)
}

/// Over a bad line the caller's loss and jitter are rated, and nobody else's; a caller who sends nothing any more is told of,
/// and that he is back; what was rated stands in the books.
///
/// Rows: S4.4, S16.12
#[tokio::test(flavor = "multi_thread")]
async fn every_party_is_rated_while_they_talk_and_afterwards() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let relay = Relay::to(talk.contact.sends_sound_to()?).await?;
    talk.contact.sound.send_to(relay.near);
    // It comes from another address now, which is believed after a while.
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    relay.becomes(Line::bad(1));
    let path = format!("calls/{}/quality", talk.call);
    let lossy = |rated: &Value| {
        let loss = of(rated, "caller").and_then(|caller| caller["loss_percent"].as_f64());
        loss.is_some_and(|percent| (1.0..12.0).contains(&percent)) && of(rated, "agent").is_some()
    };
    let rated = talk.centre.until_within(RATED, &talk.one.1, &path, lossy).await?;
    let (caller, agent) = (of(&rated, "caller").context("caller")?, of(&rated, "agent").context("agent")?);
    let number = |party: &Value, name: &str| party[name].as_f64().unwrap_or(-1.0);
    assert!(number(caller, "jitter_ms") > 8.0, "{rated:#}");
    assert!((2.0..4.2).contains(&number(caller, "mos")), "{rated:#}");
    assert!(number(agent, "loss_percent") < 1.0 && number(agent, "mos") > 4.2, "{rated:#}");
    assert_eq!((&caller["codec"], &agent["codec"]), (&"PCMU".into(), &"PCMU".into()));
    assert_eq!(agent["agent"], talk.one.1.agent.clone().context("an agent")?, "{rated:#}");
    assert!(number(caller, "age_ms") < 30_000.0 && caller["one_way"] == false, "{rated:#}");
    // Whoever has no part in it knows nothing of it.
    assert_eq!(talk.centre.api(&talk.two.1, "GET", &path, None).await?.0, 404);
    relay.becomes(Line::GOOD);

    // He sends nothing any more.
    let alarms = "calls_sound_poor_total{one_way=\"true\"}";
    let before = (talk.centre.figure(alarms).await?, talk.centre.figure("media_one_way_total").await?);
    talk.contact.sound.mute(true);
    let one_way = |rated: &Value| of(rated, "caller").is_some_and(|caller| caller["one_way"] == true);
    talk.centre.until_within(RATED, &talk.one.1, &path, one_way).await?;
    talk.centre.figure_until(alarms, SOON, |n| n == before.0 + 1).await?;
    assert!(talk.centre.figure("media_one_way_total").await? > before.1);
    let facts = format!("calls/{}/events", talk.call);
    let told = |kind: &'static str| {
        move |all: &Value| {
            let last = all.as_array().into_iter().flatten().rfind(|event| event["kind"].to_string().contains("sound_"));
            last.is_some_and(|event| {
                event["kind"] == kind && (kind != "sound_poor" || event["detail"]["one_way"] == true)
            })
        }
    };
    talk.centre.until(&talk.one.1, &facts, told("sound_poor")).await?;
    talk.contact.sound.mute(false);
    talk.centre.until_within(RATED, &talk.one.1, &facts, told("sound_recovered")).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;

    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    let whole = |page: &Value| page["calls"][0]["sound"].as_array().is_some_and(|all| all.len() == 2);
    let stored = talk.centre.until(&talk.one.1, &format!("conversations/{}", talk.conversation), whole).await?;
    let sound = &stored["calls"][0]["sound"];
    let caller = of(sound, "caller").context("caller")?;
    assert!(number(caller, "lost_packets") >= 5.0 && number(caller, "received_packets") > 300.0, "{sound:#}");
    assert!(number(caller, "lowest_mos") < number(caller, "mos"), "{sound:#}");
    assert!(number(of(sound, "agent").context("agent")?, "mos") > 4.0, "{sound:#}");
    assert_eq!(talk.centre.api(&talk.one.1, "GET", &path, None).await?.0, 404, "it is over");
    talk.ends().await
}

/// A telephone that sends reports: its round trip is known, and how much of what it was sent it missed.
///
/// Rows: S4.4
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_with_reports_has_a_round_trip() -> Result<()> {
    let (centre, mut one, login, _two, mut contact) = super::sip_operations::at_baresip().await?;
    let found = centre.until(&login, "conversations?limit=1", |c| c[0]["calls"][0]["id"].is_string()).await?;
    let path = format!("calls/{}/quality", found[0]["calls"][0]["id"].as_str().context("a call")?);
    let reported = |rated: &Value| of(rated, "agent").is_some_and(|agent| agent["round_trip_ms"].is_number());
    let rated = centre.until_within(Duration::from_secs(60), &login, &path, reported).await?;
    let (agent, caller) = (of(&rated, "agent").context("agent")?, of(&rated, "caller").context("caller")?);
    assert!(agent["round_trip_ms"].as_f64().is_some_and(|ms| ms < 1_000.0), "{rated:#}");
    assert!(agent["remote_loss_percent"].as_f64().is_some_and(|percent| percent < 20.0), "{rated:#}");
    assert!(caller["round_trip_ms"].is_null(), "it reports nothing: {rated:#}");
    contact.hang_up().await?;
    one.event("CALL_CLOSED", SOON).await?;
    Ok(())
}
