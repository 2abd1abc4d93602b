//! By which devices agents are reached, and in which order.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, DeviceId, Language, Pii};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// Wherever the agent's extension is registered by a browser.
    Browser,
    /// Wherever an extension is registered by a telephone.
    DeskPhone,
    /// Over a trunk.
    Mobile,
}

impl DeviceKind {
    pub const ALL: [DeviceKind; 3] = [DeviceKind::Browser, DeviceKind::DeskPhone, DeviceKind::Mobile];

    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Browser => "browser",
            DeviceKind::DeskPhone => "desk_phone",
            DeviceKind::Mobile => "mobile",
        }
    }

    pub fn parse(name: &str) -> Option<DeviceKind> {
        DeviceKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDevice {
    pub id: DeviceId,
    pub agent: AgentId,
    pub kind: DeviceKind,
    pub name: String,
    /// From 1.
    pub place: i64,
    pub ring_seconds: i64,
    pub active: bool,
    /// Of a desk phone that is registered under another extension than the agent's.
    pub extension: Option<String>,
    /// Of a mobile.
    pub number: Option<Pii<String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RingOrder {
    #[default]
    Parallel,
    Sequence,
}

impl RingOrder {
    pub const fn as_str(self) -> &'static str {
        match self {
            RingOrder::Parallel => "parallel",
            RingOrder::Sequence => "sequence",
        }
    }

    pub fn parse(name: &str) -> Option<RingOrder> {
        [RingOrder::Parallel, RingOrder::Sequence].into_iter().find(|order| order.as_str() == name)
    }
}

/// How an agent's devices are rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentRinging {
    pub order: RingOrder,
    /// In which they are spoken to before they have accepted.
    pub language: Language,
}

/// Write it, as it is now.
pub async fn put(tx: &mut Tx, key: &AccountKey, device: &AgentDevice) -> Result<(), StoreError> {
    let sealed = device
        .number
        .as_ref()
        .map(|number| key.seal(place(device.id.0.as_bytes()), number.reveal().as_bytes()))
        .transpose()?;
    exec!(
        tx,
        "INSERT INTO agent_device
            (id, account_id, agent_id, kind, name, place, ring_seconds, active, extension, number_sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, place = excluded.place,
            ring_seconds = excluded.ring_seconds, active = excluded.active, extension = excluded.extension,
            number_sealed = excluded.number_sealed",
        device.id.0,
        key.account().0,
        device.agent.0,
        device.kind.as_str(),
        device.name.as_str(),
        device.place,
        device.ring_seconds,
        i64::from(device.active),
        device.extension.as_deref(),
        sealed
    )?;
    Ok(())
}

pub async fn remove(tx: &mut Tx, account: AccountId, device: DeviceId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM agent_device WHERE id = $1 AND account_id = $2", device.0, account.0)?;
    Ok(gone == 1)
}

/// Of all agents, each agent's in their order.
pub async fn all(tx: &mut Tx, key: &AccountKey) -> Result<Vec<AgentDevice>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        agent_id: Uuid,
        kind: String,
        name: String,
        place: i64,
        ring_seconds: i64,
        active: i64,
        extension: Option<String>,
        number_sealed: Option<Vec<u8>>,
    }
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, agent_id, kind, name, place, ring_seconds, active, extension, number_sealed FROM agent_device
         WHERE account_id = $1 ORDER BY agent_id, place, id",
        key.account().0
    )?;
    let device = |row: Row| {
        let sealed = row.number_sealed.as_deref();
        Ok(AgentDevice {
            id: DeviceId(row.id),
            agent: AgentId(row.agent_id),
            kind: DeviceKind::parse(&row.kind).ok_or_else(|| StoreError::unreadable("kind of a device", &row.kind))?,
            name: row.name,
            place: row.place,
            ring_seconds: row.ring_seconds,
            active: row.active != 0,
            extension: row.extension,
            number: sealed.map(|s| open_text(key, place(row.id.as_bytes()), s)).transpose()?.map(Pii::new),
        })
    };
    found.into_iter().map(device).collect()
}

pub async fn set_ringing(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    ringing: AgentRinging,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO agent_ringing (agent_id, account_id, ring_order, language) VALUES ($1, $2, $3, $4)
         ON CONFLICT (agent_id) DO UPDATE SET ring_order = excluded.ring_order, language = excluded.language",
        agent.0,
        account.0,
        ringing.order.as_str(),
        ringing.language.as_str()
    )?;
    Ok(())
}

/// Of the agents of whom it was said.
pub async fn ringing(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<AgentId, AgentRinging>, StoreError> {
    let found: Vec<(Uuid, String, String)> = rows!(
        tx,
        "SELECT agent_id, ring_order, language FROM agent_ringing WHERE account_id = $1 ORDER BY agent_id",
        account.0
    )?;
    let one = |(agent, order, language): (Uuid, String, String)| {
        let language = [Language::En, Language::ZhCn].into_iter().find(|l| l.as_str() == language);
        let order = RingOrder::parse(&order).unwrap_or_default();
        (AgentId(agent), AgentRinging { order, language: language.unwrap_or_default() })
    };
    Ok(found.into_iter().map(one).collect())
}

fn place(id: &[u8; 16]) -> Place<'_> {
    Place::new("agent_device", "number", id)
}
