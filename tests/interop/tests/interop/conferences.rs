//! Many in one talk: everybody hears everybody else, keys arrive, and it goes on as long as two are left.

use super::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, hear_each_other, trunk};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Ladder, PASSWORD, Phone};
use serde_json::json;

const THIRD: f32 = 910.0;
const OUTSIDE: f32 = 1_180.0;

/// Contact, three agents and a lawyer outside, who come in one after the other while they talk; five tones, each heard by the
/// four others. One presses keys, one leaves, the contact leaves, and those who stay go on.
///
/// Rows: S7.16, S7.11
#[tokio::test(flavor = "multi_thread")]
async fn five_in_one_talk() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let admin = talk.centre.login("admin").await?;
    let (_, queues) = talk.centre.api(&admin, "GET", "queues", None).await?;
    let new = json!({ "login": "carla", "name": "Carla Agent", "password": PASSWORD, "must_change_password": false, "extension": "2003",
        "queues": [{ "queue": queues[0]["id"] }] });
    let (status, made) = talk.centre.api(&admin, "POST", "agents", Some(&new)).await?;
    assert_eq!(status, 201, "{made}");
    let password = made["phone"]["password"].as_str().context("a password")?.to_owned();
    let mut three = Phone::new("2003", "2003", talk.centre.sip, THIRD, &Ladder::default()).await?;
    three.register(&password, 300).await?;
    let carla = talk.centre.agent_ready("carla").await?;
    let mut outside = Phone::new("outside", "03012345678", talk.centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&talk.centre, &outside).await?;

    talk.transfer(json!({ "agent": talk.two.1.agent.clone() }), "join").await?;
    // While it rings the two talk on.
    talk.two.0.rings(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.two.0.pick_up().await?;
    let Talk { contact, one, two, .. } = &mut talk;
    hear_each_other(&mut [(contact, CONTACT), (&mut one.0, FIRST), (&mut two.0, SECOND)]).await;
    talk.transfer(json!({ "agent": carla.agent.clone() }), "join").await?;
    three.rings(SOON).await?;
    three.pick_up().await?;
    talk.path(&["completed", "completed"]).await?;
    // One who has come in lets the next one come.
    let order = json!({ "to": { "number": "13800138000" }, "mode": "join" });
    assert_eq!(talk.order_as(&talk.two.1, "transfer", order).await?.0, 202);
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    let Talk { contact, one, two, .. } = &mut talk;
    let five = &mut [
        (contact, CONTACT),
        (&mut one.0, FIRST),
        (&mut two.0, SECOND),
        (&mut three, THIRD),
        (&mut outside, OUTSIDE),
    ];
    hear_each_other(five).await;
    talk.path(&["completed", "completed", "completed"]).await?;
    talk.centre.figure_until("media_legs_mixed", SOON, |n| n == 5).await?;

    // Keys by order reach everybody else, as keys.
    for phone in [&talk.contact, &talk.two.0, &three, &outside] {
        phone.sound.clear();
    }
    assert_eq!(talk.order("keys", json!({ "digits": "42#" })).await?.0, 204);
    for phone in [&talk.contact, &talk.two.0, &three, &outside] {
        pressed(phone, 3).await.with_context(|| phone.name.clone())?;
    }

    assert_eq!(talk.order("leave", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    let Talk { contact, two, .. } = &mut talk;
    let four = &mut [(contact, CONTACT), (&mut two.0, SECOND), (&mut three, THIRD), (&mut outside, OUTSIDE)];
    hear_each_other(four).await;
    // The contact goes; somebody outside is still there to be talked to.
    talk.contact.hang_up().await?;
    hear_each_other(&mut [(&mut talk.two.0, SECOND), (&mut three, THIRD), (&mut outside, OUTSIDE)]).await;
    three.hang_up().await?;
    hear_each_other(&mut [(&mut talk.two.0, SECOND), (&mut outside, OUTSIDE)]).await;
    outside.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// So many keys arrived: each begins once, by its timestamp.
async fn pressed(phone: &Phone, keys: usize) -> Result<()> {
    let deadline = tokio::time::Instant::now() + SOON;
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        tick.tick().await;
        let packets = phone.sound.packets();
        let begun: std::collections::BTreeSet<u32> =
            packets.iter().filter(|(.., kind)| *kind == 101).map(|(_, timestamp, _)| *timestamp).collect();
        if begun.len() == keys {
            return Ok(());
        }
        anyhow::ensure!(tokio::time::Instant::now() < deadline, "{} keys of {keys}", begun.len());
    }
}

/// An agent who comes in declines: nobody notices but the log.
///
/// Rows: S7.16
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_come_in_is_in_the_log() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.transfer(json!({ "agent": talk.two.1.agent.clone() }), "join").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.decline("603 Decline").await?;
    talk.path(&["declined"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.ends().await
}
