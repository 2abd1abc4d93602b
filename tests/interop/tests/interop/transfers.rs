//! Calls passed on, asked about and shared, ordered over the API: who hears whom at every step, and who is told what became of it.

use crate::interop::supervisor::with_role;
use anyhow::{Context, Result};
use ringdesk_interop::centre::{Login, PASSWORD};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Long enough for the last half second to be all new.
const QUIET: Duration = Duration::from_millis(1_500);
pub(crate) const CONTACT: f32 = 440.0;
pub(crate) const FIRST: f32 = 620.0;
pub(crate) const SECOND: f32 = 780.0;

/// A contact who talks with the first agent; the second sits at their desk, on a break.
pub(crate) struct Talk {
    pub(crate) centre: Centre,
    pub(crate) contact: Phone,
    pub(crate) one: (Phone, Login),
    pub(crate) two: (Phone, Login),
    pub(crate) call: String,
    pub(crate) conversation: String,
}

impl Talk {
    pub(crate) async fn begin(config: &str) -> Result<Talk> {
        Talk::begin_as(config, false).await
    }

    /// The contact speaks Opus.
    pub(crate) async fn begin_in_opus(config: &str) -> Result<Talk> {
        Talk::begin_as(config, true).await
    }

    async fn begin_as(config: &str, opus: bool) -> Result<Talk> {
        let centre = Centre::start_with(config, &[]).await?;
        let mut one = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
        let two = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
        let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
        if opus {
            contact.sound.use_opus()?;
        }
        contact.invite("1001").await?;
        contact.answered(SOON).await?;
        one.0.rings(SOON).await?;
        one.0.pick_up().await?;
        hear_each_other(&mut [(&mut contact, CONTACT), (&mut one.0, FIRST)]).await;
        let found = centre.until(&one.1, "conversations", |c| c[0]["calls"][0]["id"].is_string()).await?;
        let id = |value: &Value| value.as_str().map(str::to_owned);
        let call = id(&found[0]["calls"][0]["id"]).context("a call")?;
        let conversation = id(&found[0]["id"]).context("a conversation")?;
        Ok(Talk { centre, contact, one, two, call, conversation })
    }

    /// As the first agent.
    pub(crate) async fn order(&self, what: &str, body: Value) -> Result<(u16, Value)> {
        self.order_as(&self.one.1, what, body).await
    }

    pub(crate) async fn order_as(&self, who: &Login, what: &str, body: Value) -> Result<(u16, Value)> {
        self.centre.api(who, "POST", &format!("calls/{}/{what}", self.call), Some(&body)).await
    }

    pub(crate) async fn transfer(&self, to: Value, mode: &str) -> Result<()> {
        let (status, reply) =
            self.order("transfer", json!({ "to": to, "mode": mode, "reason": "a matter of the law" })).await?;
        assert_eq!(status, 202, "{reply}\n{}", self.centre.log());
        Ok(())
    }

    /// The log of transfers, once the last has ended.
    pub(crate) async fn path(&self, outcomes: &[&str]) -> Result<Value> {
        let told = |t: &Value| {
            let all: Vec<&str> = t.as_array().into_iter().flatten().filter_map(|t| t["outcome"].as_str()).collect();
            all == outcomes
        };
        self.centre.until(&self.one.1, &format!("conversations/{}/transfers", self.conversation), told).await
    }

    /// All that happened is in the contact's conversation, of so many parts, and there is no other.
    pub(crate) async fn is_one_conversation_of(&self, parts: usize) -> Result<()> {
        let admin = self.centre.login("admin").await?;
        let (_, all) = self.centre.api(&admin, "GET", "conversations", None).await?;
        assert_eq!(all.as_array().map(Vec::len), Some(1), "{all:#}");
        let path = format!("conversations/{}", self.conversation);
        let whole = |c: &Value| c["participations"].as_array().is_some_and(|all| all.len() == parts);
        self.centre.until(&admin, &path, whole).await.map(drop)
    }

    /// Everybody is gone, and nothing is stuck.
    pub(crate) async fn ends(self) -> Result<()> {
        self.centre.figure_until("calls_open", SOON, |n| n == 0).await?;
        self.centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
        assert_eq!(self.centre.figure("stuck_total").await.unwrap_or(0), 0, "{}", self.centre.log());
        Ok(())
    }
}

pub(crate) async fn agent(
    centre: &Centre,
    login: &str,
    extension: &str,
    hz: f32,
    state: &str,
) -> Result<(Phone, Login)> {
    let mut phone = Phone::new(extension, extension, centre.sip, hz, &Ladder::default()).await?;
    phone.register(PASSWORD, 300).await?;
    let login = centre.login(login).await?;
    let (status, reply) =
        centre.api(&login, "PUT", "presence", Some(&json!({ "state": state, "reason": "lunch" }))).await?;
    assert_eq!(status, 200, "{reply}");
    Ok((phone, login))
}

/// Each hears each of the others.
pub(crate) async fn hear_each_other(all: &mut [(&mut Phone, f32)]) {
    let tones: Vec<f32> = all.iter().map(|(_, hz)| *hz).collect();
    for (phone, own) in all.iter_mut() {
        for hz in tones.iter().filter(|hz| *hz != own) {
            phone.sound.clear();
            assert!(phone.sound.hears_tone(*hz, SOON).await.is_some(), "{} does not hear {hz}", phone.name);
        }
    }
}

pub(crate) async fn does_not_hear(phone: &mut Phone, hz: f32) {
    phone.sound.clear();
    assert!(phone.sound.hears_tone(hz, QUIET).await.is_none(), "{} hears {hz}", phone.name);
}

/// The contact goes to a colleague, who is on a break: the sender is free when the colleague has answered.
///
/// Rows: S7.9, S7.10, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn a_blind_transfer_to_an_agent() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let two = talk.two.1.agent.clone();
    talk.transfer(json!({ "agent": two }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "talking").await?;
    let path = talk.path(&["completed"]).await?;
    assert_eq!(
        (&path[0]["agent"], &path[0]["mode"], &path[0]["reason"]),
        (&json!(two), &json!("blind"), &json!("a matter of the law"))
    );
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "wrap_up").await?;
    let (_, seen) = talk.centre.api(&talk.two.1, "GET", &format!("conversations/{}", talk.conversation), None).await?;
    let parts = seen["participations"].as_array().context("participations")?;
    assert_eq!(parts.len(), 2, "{seen:#}");
    talk.ends().await
}

/// Somebody declines: the contact is the sender's again, and the log says why.
///
/// Rows: S7.9, S7.10, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_fails_comes_back() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let two = talk.two.1.agent.clone();
    talk.transfer(json!({ "agent": two }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.decline("486 Busy Here").await?;
    talk.path(&["declined"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.one.0.hang_up().await?;
    talk.contact.hung_up(SOON).await?;
    talk.ends().await
}

/// Ask first: the contact hears music and not a word; then the colleague takes over.
///
/// Rows: S7.11, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_that_is_completed() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.transfer(json!({ "agent": talk.two.1.agent.clone() }), "consult").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    does_not_hear(&mut talk.contact, FIRST).await;
    does_not_hear(&mut talk.contact, SECOND).await;
    does_not_hear(&mut talk.two.0, CONTACT).await;
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_something(SOON).await, "no music");
    assert_eq!(talk.order("transfer/complete", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.path(&["completed"]).await?;
    talk.two.0.hang_up().await?;
    talk.contact.hung_up(SOON).await?;
    talk.ends().await
}

/// Ask, and come back; ask again, and talk all three; then one leaves and the others go on.
///
/// Rows: S7.11, S7.16
#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_that_returns_and_one_that_becomes_a_conference() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let two = json!({ "agent": talk.two.1.agent.clone() });
    talk.transfer(two.clone(), "consult").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    assert_eq!(talk.order("transfer/return", json!({})).await?.0, 204);
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.path(&["returned"]).await?;
    // In wrap-up they are not asked again; done, they are.
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "wrap_up").await?;
    let done = json!({ "action": "done" });
    assert_eq!(talk.centre.api(&talk.two.1, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "not_ready").await?;
    talk.transfer(two, "consult").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    assert_eq!(talk.order("transfer/merge", json!({})).await?.0, 204);
    let Talk { contact, one, two, .. } = &mut talk;
    hear_each_other(&mut [(contact, CONTACT), (&mut one.0, FIRST), (&mut two.0, SECOND)]).await;
    // Muted: the others go on, and nobody hears this one.
    assert_eq!(talk.order("mute", json!({ "on": true })).await?.0, 204);
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_tone(SECOND, SOON).await.is_some());
    does_not_hear(&mut talk.contact, FIRST).await;
    assert_eq!(talk.order("mute", json!({ "on": false })).await?.0, 204);
    assert_eq!(talk.order("leave", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.path(&["returned", "completed"]).await?;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// Back into a queue: whoever is ready there takes it.
///
/// Rows: S7.9, S7.10
#[tokio::test(flavor = "multi_thread")]
async fn a_blind_transfer_into_a_queue() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let (_, queues) = talk.centre.api(&talk.one.1, "GET", "queues", None).await?;
    let sales = queues.as_array().context("queues")?.iter().find(|q| q["name"] == "sales").context("sales")?;
    talk.centre.api(&talk.two.1, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
    talk.transfer(json!({ "queue": sales["id"] }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// To a number outside, through the one gate: what is shut is refused and nothing rings; what is open rings at the operator.
///
/// Rows: S7.10, S12.13
#[tokio::test(flavor = "multi_thread")]
async fn a_blind_transfer_to_a_number_outside() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let mut outside = Phone::new("outside", "03012345678", talk.centre.sip, SECOND, &Ladder::default()).await?;
    trunk(&talk.centre, &outside).await?;
    talk.transfer(json!({ "number": "00442071234567" }), "blind").await?;
    talk.path(&["forbidden"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.transfer(json!({ "number": "13800138000" }), "blind").await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut outside, SECOND)]).await;
    talk.path(&["forbidden", "completed"]).await?;
    outside.hang_up().await?;
    talk.contact.hung_up(SOON).await?;
    talk.ends().await
}

/// An operator that is this telephone.
pub(crate) async fn trunk(centre: &Centre, phone: &Phone) -> Result<()> {
    let admin = centre.login("admin").await?;
    let at = phone.seen_at();
    let body = json!({
        "name": "operator", "networks": ["127.0.0.77"],
        "settings": { "host": at.ip().to_string(), "port": at.port(), "transport": "udp" },
    });
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&body)).await?;
    anyhow::ensure!(status < 300, "{status} {reply}");
    Ok(())
}

/// What the agent orders over the API the contact hears, and keys arrive.
///
/// Rows: S7.9
#[tokio::test(flavor = "multi_thread")]
async fn hold_and_park_over_the_api() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    assert_eq!(talk.order("hold", json!({ "on": true })).await?.0, 204);
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "hold").await?;
    does_not_hear(&mut talk.contact, FIRST).await;
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_something(SOON).await, "no music");
    assert_eq!(talk.order("hold", json!({ "on": false })).await?.0, 204);
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    assert_eq!(talk.order("park", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_something(SOON).await, "no music");
    assert_eq!(talk.order_as(&talk.two.1, "retrieve", json!({})).await?.0, 204);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// Escalated: the supervisor on duty is asked.
///
/// Rows: S7.15
#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_to_the_supervisor_on_duty() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.transfer(json!({ "supervisor": true }), "blind").await?;
    talk.path(&["unreachable"]).await?;
    with_role(&talk.centre, "agent2", "leader").await?;
    talk.transfer(json!({ "supervisor": true }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// From one department to another whose people have other rights, and back: each sees as much of the contact as their own rights
/// show, on the telephone and in the conversation, whoever passed the call on.
///
/// Rows: S7.13
#[tokio::test(flavor = "multi_thread")]
async fn whoever_a_call_is_passed_to_sees_what_their_own_rights_show() -> Result<()> {
    const NUMBER: &str = "015112345678";
    let mut talk = Talk::begin("").await?;
    with_role(&talk.centre, "agent2", "manager").await?;
    let [one, two] = [&talk.one.1, &talk.two.1].map(|login| json!({ "agent": login.agent }));
    talk.transfer(two, "blind").await?;
    let invite = talk.two.0.rings(SOON).await?;
    assert!(invite.get("From").context("From")?.contains(NUMBER), "{:?}", invite.get("From"));
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    let path = format!("conversations/{}", talk.conversation);
    for (who, whole) in [(&talk.one.1, false), (&talk.two.1, true)] {
        let (status, seen) = talk.centre.api(who, "GET", &path, None).await?;
        assert_eq!((status, seen.to_string().contains(NUMBER)), (200, whole), "{seen:#}");
    }
    // And back, by somebody who saw it whole.
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    let lunch = json!({ "state": "not_ready", "reason": "lunch" });
    assert_eq!(talk.centre.api(&talk.one.1, "PUT", "presence", Some(&lunch)).await?.0, 200);
    let back = json!({ "to": one, "mode": "blind", "reason": "it was yours" });
    let (status, reply) = talk.order_as(&talk.two.1, "transfer", back).await?;
    assert_eq!(status, 202, "{reply}\n{}", talk.centre.log());
    let invite = talk.one.0.rings(SOON).await?;
    assert!(!invite.get("From").context("From")?.contains(NUMBER), "{:?}", invite.get("From"));
    talk.one.0.pick_up().await?;
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.path(&["completed", "completed"]).await?;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.ends().await
}
