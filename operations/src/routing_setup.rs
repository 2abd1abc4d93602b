//! What routing is told of people beside queues: how a contact waits, what an agent can and takes, how channels are treated.

use crate::desk::audited;
use crate::floor::{AgentSettings, agent_settings};
use crate::{OperationError, Operations};
use ringdesk_contacts::Tier;
use ringdesk_model::{
    AccountId, Actor, AgentId, Channel, ContactNumber, ConversationId, Country, Pii, Priority, Scope, Timestamp,
    number_place,
};
use ringdesk_routing::{Capacity, ChannelSetup, ChannelSwitch, Preferred, Region, Skills, Treatment};
use ringdesk_storage::contacts::{self, Identity, Standing};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::routing::{self, OfferView};
use ringdesk_storage::setup::{self, ChannelRow};
use ringdesk_storage::{StoreError, Tx, agents, conversations};
use ringdesk_vault::AccountKey;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a contact waits for the agent whom they have for themselves, or who is in the middle of their matter, before anybody
/// else may have it.
const DEDICATED: Duration = Duration::from_secs(60);
/// Who talked with them last comes first for so long, where they are free.
const LAST: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Minutes of waiting that a preferred contact is given.
const PREFERRED: Priority = Priority(5);
/// Priorities of channels: minutes of waiting, to and fro.
const MINUTES: i16 = 240;
/// Skills of one agent or one queue.
pub const SKILLS: usize = 50;

/// What an agent can, and takes at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AgentRouting {
    pub skills: Skills,
    pub capacity: Capacity,
}

/// How somebody waits of whom this is known. `in_hand`: who is in the middle of their matter.
pub fn treatment(now: Timestamp, standing: &Standing, in_hand: Option<AgentId>) -> Treatment {
    let waited_for = standing.dedicated.or(in_hand).map(|agent| Preferred { agent, patience: DEDICATED });
    let last = standing.last.filter(|(_, at)| now.since(*at) <= LAST);
    Treatment {
        vip: standing.tier == Tier::Vip,
        priority: if standing.tier == Tier::Preferred { PREFERRED } else { Priority(0) },
        preferred: waited_for.or(last.map(|(agent, _)| Preferred { agent, patience: Duration::ZERO })),
        region: None,
    }
}

/// Where whoever calls from here is at home, by the number plan. Of a mobile number it knows the country alone, and in a country whose
/// provinces it tells apart that says nothing.
fn region(identity: &Identity) -> Option<Region> {
    let number = (identity.kind == "number").then(|| identity.value.reveal())?;
    // It has its one form already: of which country it is read makes no difference.
    let place = number_place(&ContactNumber::normalise(number, Country::of("CN")?)?)?;
    place.province.or(place.country.filter(|country| *country != "CN")).and_then(Region::parse)
}

impl Operations {
    /// How whoever calls from here waits; as everybody, if nobody is known by it.
    pub async fn treatment(
        &self,
        now: Timestamp,
        account: AccountId,
        identity: &Identity,
    ) -> Result<Treatment, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let standing = contacts::standing(&mut tx, &key, identity).await?;
        let treatment = standing.map(|standing| treatment(now, &standing, None)).unwrap_or_default();
        Ok(Treatment { region: region(identity), ..treatment })
    }

    /// Who was asked to take a conversation, and why they, in order.
    pub async fn conversation_offers(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<OfferView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let found = conversations::get(&mut tx, &key, scope, conversation).await?;
        found.ok_or(OperationError::NotFound("conversation"))?;
        Ok(routing::offers_of(&mut tx, scope, conversation).await?)
    }

    pub async fn agent_routing(&self, account: AccountId, id: AgentId) -> Result<AgentRouting, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(read_routing(&mut tx, account, id).await?.0)
    }

    /// Say what an agent can, and takes at once. What they have in hand they keep.
    pub async fn set_agent_routing(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: AgentId,
        wanted: &AgentRouting,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let (was, settings) = read_routing(&mut tx, account, id).await?;
        check_skills(&wanted.skills)?;
        let Capacity { voice, text } = wanted.capacity;
        if voice > 1 || text > 20 || voice + text == 0 {
            return Err(OperationError::Invalid("an agent takes one call or none, and at most 20 texts".into()));
        }
        if was == *wanted {
            return Ok(());
        }
        let mut settings: Map<String, Value> = serde_json::from_str(&settings).map_err(unreadable)?;
        settings.insert("skills".into(), json!(wanted.skills));
        settings.insert("capacity".into(), json!(wanted.capacity));
        setup::set_agent_settings(&mut tx, account, id, &Value::Object(settings).to_string()).await?;
        let (before, after) = (said(&was), said(wanted));
        audited(&mut tx, &key, now, actor, "agent.routing", &format!("agent:{id}"), Some(&before), Some(&after))
            .await?;
        let payload = Pii::new(json!({ "agent": id }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "agent_changed", payload }]).await?;
        Ok(tx.commit().await?)
    }

    /// Every channel there is, as it is treated.
    pub async fn channel_setups(&self, account: AccountId) -> Result<Vec<ChannelSetup>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let said = channels(&mut tx, account).await?;
        let of = |channel: Channel| {
            let plain =
                || ChannelSetup { name: channel.as_str().to_owned(), priority: Priority(0), switch: ChannelSwitch::On };
            said.iter().find(|one| one.name == channel.as_str()).cloned().unwrap_or_else(plain)
        };
        Ok(Channel::ALL.map(of).into())
    }

    /// Give a channel's work an advantage, let it wait, or turn it away.
    pub async fn set_channel(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        wanted: &ChannelSetup,
    ) -> Result<(), OperationError> {
        if Channel::parse(&wanted.name).is_none() {
            return Err(OperationError::NotFound("channel"));
        }
        if !(-MINUTES..=MINUTES).contains(&wanted.priority.0) {
            return Err(OperationError::Invalid(format!("a priority is -{MINUTES} to {MINUTES} minutes")));
        }
        let (mut tx, key) = self.write(account).await?;
        let was = channels(&mut tx, account).await?.into_iter().find(|one| one.name == wanted.name);
        let row = ChannelRow {
            name: wanted.name.clone(),
            priority: wanted.priority.0.into(),
            switch: switch(wanted.switch).to_owned(),
        };
        setup::set_channel(&mut tx, account, &row).await?;
        let said = |one: &ChannelSetup| format!("{} min, {}", one.priority.0, switch(one.switch));
        let (object, before, after) = (format!("channel:{}", wanted.name), was.as_ref().map(said), said(wanted));
        audited(&mut tx, &key, now, actor, "channel.set", &object, before.as_deref(), Some(&after)).await?;
        channel_told(&mut tx, &key, now, &wanted.name).await?;
        Ok(tx.commit().await?)
    }
}

/// Channels of which somebody said something.
pub(crate) async fn channels(tx: &mut Tx, account: AccountId) -> Result<Vec<ChannelSetup>, StoreError> {
    let found = setup::channels(tx, account).await?;
    let channel = |row: ChannelRow| ChannelSetup {
        priority: Priority(i16::try_from(row.priority).unwrap_or_default()),
        switch: match row.switch.as_str() {
            "hold" => ChannelSwitch::Hold,
            "refuse" => ChannelSwitch::Refuse,
            _ => ChannelSwitch::On,
        },
        name: row.name,
    };
    Ok(found.into_iter().map(channel).collect())
}

/// Names that can be read, levels that say something.
pub fn check_skills(skills: &Skills) -> Result<(), OperationError> {
    let fits = |name: &str| !name.trim().is_empty() && name.trim() == name && name.chars().count() <= 64;
    match skills.len() <= SKILLS && skills.iter().all(|(skill, level)| fits(&skill.0) && (1..=10).contains(level)) {
        true => Ok(()),
        false => Err(OperationError::Invalid(format!(
            "skills are at most {SKILLS} names of 1 to 64 characters, with levels from 1 to 10"
        ))),
    }
}

fn switch(switch: ChannelSwitch) -> &'static str {
    match switch {
        ChannelSwitch::On => "on",
        ChannelSwitch::Hold => "hold",
        ChannelSwitch::Refuse => "refuse",
    }
}

/// With their settings as they stand.
async fn read_routing(tx: &mut Tx, account: AccountId, id: AgentId) -> Result<(AgentRouting, String), OperationError> {
    let found = agents::agents(tx, account).await?.into_iter().find(|agent| agent.id == id);
    let agent = found.ok_or(OperationError::NotFound("agent"))?;
    let AgentSettings { capacity, skills } = agent_settings(&agent)?;
    Ok((AgentRouting { skills, capacity: capacity.unwrap_or_default() }, agent.settings))
}

async fn channel_told(tx: &mut Tx, key: &AccountKey, now: Timestamp, name: &str) -> Result<(), OperationError> {
    let payload = Pii::new(json!({ "channel": name }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "channel_changed", payload }]).await?;
    Ok(())
}

fn said(routing: &AgentRouting) -> String {
    let skills: Vec<String> = routing.skills.iter().map(|(skill, level)| format!("{} {level}", skill.0)).collect();
    format!("calls {}, texts {}: {}", routing.capacity.voice, routing.capacity.text, skills.join(", "))
}

fn unreadable(why: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "settings of an agent", why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S7.8, S9.11
    #[test]
    fn how_a_contact_waits_follows_from_their_file() {
        let now = Timestamp::from_millis(1_000_000_000_000);
        let mut ids = Ids::seeded(1);
        let (own, last, busy): (AgentId, AgentId, AgentId) = (ids.next(now), ids.next(now), ids.next(now));
        let (hour, month) = (Duration::from_secs(3_600), Duration::from_secs(30 * 24 * 3_600));
        let ago = |span: Duration| Timestamp(now.0 - i64::try_from(span.as_micros()).unwrap());
        let waits = |agent| Some(Preferred { agent, patience: DEDICATED });
        let first = |agent| Some(Preferred { agent, patience: Duration::ZERO });
        let table = [
            (Tier::Standard, None, None, None, (false, 0, None)),
            (Tier::Standard, None, Some((last, ago(hour))), None, (false, 0, first(last))),
            (Tier::Standard, None, Some((last, ago(month))), None, (false, 0, None)),
            (Tier::Preferred, None, Some((last, ago(hour))), Some(busy), (false, 5, waits(busy))),
            (Tier::Vip, Some(own), Some((last, ago(hour))), Some(busy), (true, 0, waits(own))),
        ];
        for (tier, dedicated, last, in_hand, (vip, priority, preferred)) in table {
            let got = treatment(now, &Standing { tier, dedicated, last }, in_hand);
            assert_eq!(got, Treatment { vip, priority: Priority(priority), preferred, region: None }, "{tier:?}");
        }
    }

    /// Rows: S7.3
    #[test]
    fn a_caller_is_at_home_where_the_number_plan_says_so() {
        let of = |kind, value: &str| region(&Identity { kind, value: Pii::new(value.to_owned()) });
        for (number, home) in [
            ("+862012345678", Some("CN-GD")),
            ("+861012345678", Some("CN-BJ")),
            ("+4930123456", Some("DE")),
            ("+8613800138000", None),
            ("anonymous", None),
        ] {
            assert_eq!(of("number", number).map(String::from).as_deref(), home, "{number}");
        }
        assert_eq!(of("channel", "+862012345678"), None, "not what somebody calls themselves elsewhere");
    }
}
