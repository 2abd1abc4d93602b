//! What routing reads and what it makes true: the floorplan, presence, offers.

use crate::devices::devices_of_all;
use crate::routing_setup::channels;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, OfferId, Pii, Presence, QueueId, Scope, Timestamp};
use ringdesk_routing::{AgentSetup, Capacity, Floorplan, Proposal, QueueSetup, Recovered, Skills};
use ringdesk_storage::agents::{self, Agent, PresenceChange, Queue, QueueAgent};
use ringdesk_storage::journal::{self, Set};
use ringdesk_storage::leases::{self, Lease};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::routing::{self, OpenItem, Proposed};
use ringdesk_storage::setup as rows;
use ringdesk_storage::{StoreError, audit};
use std::collections::BTreeSet;
use std::time::Duration;

/// The open work items shown at once.
const ITEMS: i64 = 2_000;

impl Operations {
    /// Queues and agents, as routing wants them.
    pub async fn floorplan(&self, account: AccountId) -> Result<Floorplan, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let members = agents::queue_agents(&mut tx, account).await?;
        let standing = rows::queues(&mut tx, account).await?;
        let used = |queue: &Queue| standing.get(&queue.id).is_none_or(|s| !s.disabled);
        let all = agents::queues(&mut tx, account).await?.into_iter().filter(used);
        let queues = all.map(setup).collect::<Result<_, _>>()?;
        let gone = rows::disabled_agents(&mut tx, account).await?;
        let mut all = agents::agents(&mut tx, account).await?;
        all.retain(|agent| !gone.contains(&agent.id));
        let mut devices = devices_of_all(&mut tx, &key, account).await?;
        let agent = |agent: Agent| {
            let mine = members.iter().filter(|m| m.agent == agent.id);
            let queues = mine.map(|m| (m.queue, u8::try_from(m.level).unwrap_or(u8::MAX))).collect();
            let AgentSettings { capacity, skills } = agent_settings(&agent)?;
            let setup = AgentSetup::new(agent.id, agent.extension.unwrap_or_default());
            let devices = devices.remove(&agent.id).map(|of| of.devices).unwrap_or_default();
            let also_at = devices.into_iter().filter_map(|device| device.extension).collect();
            Ok(AgentSetup { queues, capacity: capacity.unwrap_or_default(), skills, also_at, ..setup })
        };
        let agents = all.into_iter().map(agent).collect::<Result<_, OperationError>>()?;
        Ok(Floorplan { queues, agents, channels: channels(&mut tx, account).await? })
    }

    /// Presence as it was last kept, for the start of routing.
    pub async fn recovered_presence(&self, account: AccountId) -> Result<Recovered, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let agents = agents::agents(&mut tx, account).await?;
        Ok(Recovered { agents: agents.into_iter().map(|a| (a.id, (a.presence, a.since))).collect() })
    }

    pub async fn agents(&self, scope: &Scope) -> Result<Vec<Agent>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let mut all = agents::agents(&mut tx, scope.account).await?;
        all.retain(|a| scope.everyone || scope.agent == Some(a.id));
        Ok(all)
    }

    pub async fn queues(&self, scope: &Scope) -> Result<Vec<Queue>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(agents::queues(&mut tx, scope.account).await?)
    }

    pub async fn queue_agents(&self, scope: &Scope) -> Result<Vec<QueueAgent>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(agents::queue_agents(&mut tx, scope.account).await?)
    }

    /// Keep a change of presence with its time and who wanted it.
    pub async fn record_presence(
        &self,
        at: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
        presence: Presence,
        queue: Option<QueueId>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut set = Set::new(key);
        // The row itself names time and actor; an audit entry beside it would say the same once more.
        set.presence(agent, PresenceChange { at, presence, queue, actor: audit::actor(actor) });
        if journal::write(&mut tx, &set).await?.is_none() {
            return Err(OperationError::NotFound("agent"));
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest changes of an agent whom the reader may see.
    pub async fn presence_changes(
        &self,
        scope: &Scope,
        agent: AgentId,
        limit: i64,
    ) -> Result<Vec<PresenceChange>, OperationError> {
        if !scope.everyone && scope.agent != Some(agent) {
            return Err(OperationError::NotFound("agent"));
        }
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(agents::presence_changes(&mut tx, scope.account, agent, limit.clamp(1, 500)).await?)
    }

    /// Become the one who routes this account. `None`: another node does.
    pub async fn take_routing(
        &self,
        now: Timestamp,
        account: AccountId,
        node: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, OperationError> {
        let (mut tx, _) = self.write(account).await?;
        let lease = leases::take(&mut tx, now, &format!("routing:{account}"), node, ttl).await?;
        tx.commit().await?;
        Ok(lease)
    }

    /// False: the lease is lost; stop routing.
    pub async fn renew_routing(&self, now: Timestamp, lease: &Lease, ttl: Duration) -> Result<bool, OperationError> {
        // Late, and every offer meanwhile is refused.
        let mut tx = self.store.db.write_first().await?;
        let kept = leases::renew(&mut tx, now, lease, ttl).await?;
        tx.commit().await?;
        Ok(kept)
    }

    pub async fn release_routing(&self, account: AccountId, lease: &Lease) -> Result<(), OperationError> {
        let (mut tx, _) = self.write(account).await?;
        leases::release(&mut tx, lease).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Write what was gathered and then these proposals, in one transaction: an offer is never written before the work
    /// item it is for. Gives the offers that became true; the others are lost.
    pub async fn commit_proposals(
        &self,
        now: Timestamp,
        account: AccountId,
        lease: &Lease,
        before: Option<&Set>,
        proposals: &[Proposal],
    ) -> Result<Vec<OfferId>, OperationError> {
        let mut tx = self.store.db.write_first().await?;
        let key = self.store.key(&mut tx, account).await?;
        if let Some(set) = before {
            journal::write(&mut tx, set).await?;
        }
        let proposed: Vec<Proposed> = proposals
            .iter()
            .map(|p| Proposed {
                offer: p.offer,
                work_item: p.work_item,
                agent: p.agent,
                queue: p.queue,
                why: serde_json::to_string(&p.why).expect("names, numbers and lists of them"),
            })
            .collect();
        let made = routing::commit_proposals(&mut tx, now, account, lease, &proposed).await?;
        let event = |p: &Proposal| NewEvent {
            at: now,
            kind: "work_offered",
            payload: Pii::new(serde_json::json!({
                "offer": p.offer, "work_item": p.work_item, "agent": p.agent, "queue": p.queue, "why": p.why
            })),
        };
        let events: Vec<NewEvent> = proposals.iter().filter(|p| made.contains(&p.offer)).map(event).collect();
        if !events.is_empty() {
            outbox::append(&mut tx, &key, &events).await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// An offer ended, in the words of the API (`accepted`, `declined` …). Accepted, it is an assignment from now on.
    pub async fn end_offer(
        &self,
        now: Timestamp,
        account: AccountId,
        offer: OfferId,
        outcome: &str,
    ) -> Result<(), OperationError> {
        let mut set = Set::new(self.account_key(account).await?);
        set.end_offer(offer, now, outcome);
        self.write_journal(&set).await?;
        Ok(())
    }

    /// Which of these offers became true: asked after a commit that ended without an answer.
    pub async fn offers_made(&self, account: AccountId, offers: &[OfferId]) -> Result<Vec<OfferId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(routing::made(&mut tx, account, offers).await?)
    }

    /// The open work items of some queues, longest waiting first; `None`: of all.
    pub async fn work_items(
        &self,
        account: AccountId,
        queues: Option<&BTreeSet<QueueId>>,
    ) -> Result<Vec<OpenItem>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut found = routing::open_items(&mut tx, account, ITEMS).await?;
        found.retain(|item| queues.is_none_or(|of| of.contains(&item.queue)));
        Ok(found)
    }

    /// The queues of an agent.
    pub async fn queues_of(&self, account: AccountId, agent: AgentId) -> Result<BTreeSet<QueueId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = agents::queue_agents(&mut tx, account).await?;
        Ok(all.into_iter().filter(|m| m.agent == agent).map(|m| m.queue).collect())
    }

    /// Work items and offers that the store holds open, for the reconciler.
    pub async fn open_work(&self, account: AccountId) -> Result<(i64, i64), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(routing::open_work(&mut tx, account).await?)
    }
}

/// Name and id stand in columns; the settings hold the rest.
pub(crate) fn setup(queue: Queue) -> Result<QueueSetup, OperationError> {
    let unreadable =
        |why: serde_json::Error| StoreError::Unreadable { what: "settings of a queue", why: why.to_string() };
    let mut settings: serde_json::Value = serde_json::from_str(&queue.settings).map_err(unreadable)?;
    let defaults = serde_json::to_value(QueueSetup::new(queue.id, queue.name)).map_err(unreadable)?;
    if let (Some(settings), serde_json::Value::Object(defaults)) = (settings.as_object_mut(), defaults) {
        for (name, value) in defaults {
            // Columns go before settings, settings before defaults.
            if name == "id" || name == "name" || !settings.contains_key(&name) {
                settings.insert(name, value);
            }
        }
    }
    Ok(serde_json::from_value(settings).map_err(unreadable)?)
}

/// What an agent's settings hold for routing; others keep more there.
#[derive(serde::Deserialize)]
pub(crate) struct AgentSettings {
    #[serde(default)]
    pub(crate) capacity: Option<Capacity>,
    #[serde(default)]
    pub(crate) skills: Skills,
}

pub(crate) fn agent_settings(agent: &Agent) -> Result<AgentSettings, StoreError> {
    serde_json::from_str(&agent.settings)
        .map_err(|why| StoreError::Unreadable { what: "settings of an agent", why: why.to_string() })
}
