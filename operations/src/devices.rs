//! The devices of agents: what is there, added, changed, taken away; and how they are rung.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, DeviceId, Pii, Timestamp};
pub use ringdesk_storage::devices::{AgentDevice, AgentRinging, DeviceKind, RingOrder};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{Tx, agents, devices, users};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;

/// One agent's.
const MOST: usize = 8;
/// The longest name, in characters.
const NAME: usize = 64;
const RING_SECONDS: std::ops::RangeInclusive<i64> = 5..=60;
/// What a number may be made of, beside its figures.
const MARKS: &str = "+ -().*#";

/// An agent's devices, as they are rung.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentDevices {
    pub ringing: AgentRinging,
    /// In their order. Empty: wherever the extension is registered.
    pub devices: Vec<AgentDevice>,
}

/// A device to be.
#[derive(Clone, Debug)]
pub struct NewDevice {
    pub kind: DeviceKind,
    pub name: String,
    pub ring_seconds: i64,
    pub extension: Option<String>,
    pub number: Option<Pii<String>>,
}

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct DeviceEdit {
    pub name: Option<String>,
    pub ring_seconds: Option<i64>,
    pub active: Option<bool>,
    pub number: Option<Pii<String>>,
}

/// How they are rung; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct RingingEdit {
    pub order: Option<RingOrder>,
    pub language: Option<ringdesk_model::Language>,
    /// All of them, as they are to stand.
    pub places: Option<Vec<DeviceId>>,
}

impl Operations {
    /// Of every agent who has any, or of whom it was said how they are rung; by extension.
    pub async fn devices_by_extension(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<String, AgentDevices>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let mut all = devices_of_all(&mut tx, &key, account).await?;
        let agents = agents::agents(&mut tx, account).await?;
        let mut found = BTreeMap::new();
        for agent in agents {
            if let (Some(extension), Some(of)) = (agent.extension, all.remove(&agent.id)) {
                found.insert(extension, of);
            }
        }
        Ok(found)
    }

    pub async fn agent_devices(&self, account: AccountId, agent: AgentId) -> Result<AgentDevices, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        known(&mut tx, account, agent).await?;
        Ok(devices_of_all(&mut tx, &key, account).await?.remove(&agent).unwrap_or_default())
    }

    pub async fn add_device(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
        new: NewDevice,
    ) -> Result<DeviceId, OperationError> {
        let NewDevice { kind, name, ring_seconds, extension, number } = new;
        let (mut tx, key) = self.write(account).await?;
        let own = known(&mut tx, account, agent).await?;
        let there = devices_of_all(&mut tx, &key, account).await?.remove(&agent).unwrap_or_default().devices;
        if there.len() >= MOST {
            return Err(invalid("an agent has at most 8 devices"));
        }
        match (kind, &number) {
            (DeviceKind::Mobile, None) => return Err(invalid("a mobile has a number")),
            (DeviceKind::Browser | DeviceKind::DeskPhone, Some(_)) => {
                return Err(invalid("only a mobile has a number"));
            }
            _ => {}
        }
        let extension = extension.filter(|other| Some(other) != own.as_ref());
        if let Some(other) = &extension {
            if kind != DeviceKind::DeskPhone {
                return Err(invalid("only a desk phone has an extension"));
            }
            self.may_ring(&mut tx, &key, account, agent, other).await?;
        }
        let place = there.iter().map(|device| device.place).max().unwrap_or(0) + 1;
        let id = self.id(now);
        let device = AgentDevice { id, agent, kind, name, place, ring_seconds, active: true, extension, number };
        check(&device)?;
        devices::put(&mut tx, &key, &device).await?;
        changed(&mut tx, &key, now, actor, "device.add", &device).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn edit_device(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (agent, id): (AgentId, DeviceId),
        edit: DeviceEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut device = of_agent(&mut tx, &key, account, agent, id).await?;
        let DeviceEdit { name, ring_seconds, active, number } = edit;
        if number.is_some() && device.kind != DeviceKind::Mobile {
            return Err(invalid("only a mobile has a number"));
        }
        device.name = name.unwrap_or(device.name);
        device.ring_seconds = ring_seconds.unwrap_or(device.ring_seconds);
        device.active = active.unwrap_or(device.active);
        device.number = number.or(device.number);
        check(&device)?;
        devices::put(&mut tx, &key, &device).await?;
        changed(&mut tx, &key, now, actor, "device.edit", &device).await?;
        Ok(tx.commit().await?)
    }

    pub async fn remove_device(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (agent, id): (AgentId, DeviceId),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let device = of_agent(&mut tx, &key, account, agent, id).await?;
        devices::remove(&mut tx, account, id).await?;
        changed(&mut tx, &key, now, actor, "device.remove", &device).await?;
        Ok(tx.commit().await?)
    }

    pub async fn set_ringing(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
        edit: RingingEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        known(&mut tx, account, agent).await?;
        let mut there = devices_of_all(&mut tx, &key, account).await?.remove(&agent).unwrap_or_default();
        let RingingEdit { order, language, places } = edit;
        there.ringing.order = order.unwrap_or(there.ringing.order);
        there.ringing.language = language.unwrap_or(there.ringing.language);
        devices::set_ringing(&mut tx, account, agent, there.ringing).await?;
        if let Some(places) = places {
            let mut wanted = places.clone();
            wanted.sort_unstable();
            let mut all: Vec<DeviceId> = there.devices.iter().map(|device| device.id).collect();
            all.sort_unstable();
            if wanted != all {
                return Err(invalid("name each of the devices once"));
            }
            for device in &mut there.devices {
                let at = places.iter().position(|id| *id == device.id).unwrap_or_default();
                device.place = i64::try_from(at).unwrap_or_default() + 1;
                devices::put(&mut tx, &key, device).await?;
            }
        }
        let after = format!("{}, {}", there.ringing.order.as_str(), there.ringing.language.as_str());
        let object = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "agent.ringing", &object, None, Some(&after)).await?;
        told(&mut tx, &key, now, agent).await?;
        Ok(tx.commit().await?)
    }

    /// A desk phone under another extension: one that is there, and not another agent's.
    async fn may_ring(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        account: AccountId,
        agent: AgentId,
        extension: &str,
    ) -> Result<(), OperationError> {
        let there = users::extensions(tx, key).await?.iter().any(|e| e.number == extension);
        let others = agents::agents(tx, account).await?;
        let taken = others.iter().any(|a| a.id != agent && a.extension.as_deref() == Some(extension));
        match there && !taken {
            true => Ok(()),
            false => Err(invalid("there is no such extension, or it is another agent's")),
        }
    }
}

/// The agent's extension.
async fn known(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<Option<String>, OperationError> {
    let all = agents::agents(tx, account).await?;
    let found = all.into_iter().find(|a| a.id == agent).ok_or(OperationError::NotFound("agent"))?;
    Ok(found.extension)
}

pub(crate) async fn devices_of_all(
    tx: &mut Tx,
    key: &AccountKey,
    account: AccountId,
) -> Result<BTreeMap<AgentId, AgentDevices>, OperationError> {
    let mut all: BTreeMap<AgentId, AgentDevices> = BTreeMap::new();
    for (agent, ringing) in devices::ringing(tx, account).await? {
        all.entry(agent).or_default().ringing = ringing;
    }
    for device in devices::all(tx, key).await? {
        all.entry(device.agent).or_default().devices.push(device);
    }
    Ok(all)
}

async fn of_agent(
    tx: &mut Tx,
    key: &AccountKey,
    account: AccountId,
    agent: AgentId,
    id: DeviceId,
) -> Result<AgentDevice, OperationError> {
    known(tx, account, agent).await?;
    let all = devices::all(tx, key).await?;
    all.into_iter().find(|device| device.id == id && device.agent == agent).ok_or(OperationError::NotFound("device"))
}

fn check(device: &AgentDevice) -> Result<(), OperationError> {
    let name = device.name.trim();
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(invalid("a device has a name of at most 64 characters"));
    }
    if !RING_SECONDS.contains(&device.ring_seconds) {
        return Err(invalid("a device rings for 5 to 60 seconds"));
    }
    let fits = |number: &str| {
        number.chars().filter(char::is_ascii_digit).count() >= 3
            && number.len() <= 32
            && number.chars().all(|c| c.is_ascii_digit() || MARKS.contains(c))
    };
    match device.number.as_ref().is_none_or(|number| fits(number.reveal())) {
        true => Ok(()),
        false => Err(invalid("that is no number")),
    }
}

async fn changed(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    actor: &Actor,
    action: &'static str,
    device: &AgentDevice,
) -> Result<(), OperationError> {
    let after = format!("{} agent:{}", device.kind.as_str(), device.agent);
    audited(tx, key, now, actor, action, &format!("device:{}", device.id), None, Some(&after)).await?;
    told(tx, key, now, device.agent).await
}

async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, agent: AgentId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "agent": agent, "devices": true }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "agent_changed", payload }]).await?;
    Ok(())
}

fn invalid(why: &str) -> OperationError {
    OperationError::Invalid(why.into())
}
