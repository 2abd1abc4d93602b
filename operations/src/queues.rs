//! Queues: made, edited, put out of use.

use crate::desk::audited;
use crate::floor::setup as read_setup;
use crate::routing_setup::check_skills;
use crate::transcripts::QueueSpeech;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, Pii, QueueId, Scope, Timestamp};
use ringdesk_routing::{OverflowTo, QueueSetup, Region, RelaxStep, Relaxed};
use ringdesk_storage::agents::{self, Queue};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::setup::{self, Standing};
use ringdesk_storage::{StoreError, Tx, calendars, inboxes};
use ringdesk_vault::AccountKey;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::time::Duration;

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct QueueEdit {
    pub name: Option<String>,
    pub active: Option<bool>,
    /// In the form of [`QueueSetup`], without id and name.
    pub settings: Map<String, Value>,
    /// Everybody who works in it, with their level; 1 is asked first.
    pub members: Option<Vec<(AgentId, u8)>>,
    /// The settings take the place of all that were there, but for what dispositions keep among them.
    pub whole: bool,
}

/// A queue as its editor sees it.
#[derive(Clone, Debug)]
pub struct QueueSheet {
    pub setup: QueueSetup,
    pub speech: QueueSpeech,
    /// Numbers that its agents may show to whom they call.
    pub caller_ids: Vec<String>,
    /// Its calls are picked up by the agent's browser, after a tone in their ear.
    pub auto_answer: bool,
    /// After this an agent is warned that whom they have in hand waits for an answer.
    pub warn_after: Duration,
    pub standing: Standing,
    pub members: Vec<(AgentId, i64)>,
}

impl Operations {
    pub async fn queue_sheet(&self, scope: &Scope, id: QueueId) -> Result<QueueSheet, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let (queue, standing) = find(&mut tx, scope.account, id).await?;
        let all = agents::queue_agents(&mut tx, scope.account).await?;
        let members = all.into_iter().filter(|m| m.queue == id).map(|m| (m.agent, m.level)).collect();
        let (speech, caller_ids) = (QueueSpeech::of(&queue), crate::whom::caller_ids(&queue));
        let (auto_answer, warn_after) = (crate::whom::auto_answer(&queue), crate::whom::warn_after(&queue));
        Ok(QueueSheet { setup: read_setup(queue)?, speech, caller_ids, auto_answer, warn_after, standing, members })
    }

    pub async fn create_queue(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: QueueEdit,
    ) -> Result<QueueId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let name = edit.name.ok_or_else(|| OperationError::Invalid("a queue has a name".into()))?;
        let queue = Queue { id: self.id(now), name, settings: settings("{}", edit.settings)? };
        check_routing(&mut tx, account, &read_setup(queue.clone())?).await?;
        agents::create_queue(&mut tx, account, &queue).await.map_err(OperationError::taken("the name"))?;
        if let Some(members) = &edit.members {
            set_members(&mut tx, account, queue.id, members).await?;
        }
        let object = format!("queue:{}", queue.id);
        audited(&mut tx, &key, now, actor, "queue.create", &object, None, Some(&queue.name)).await?;
        told(&mut tx, &key, now, queue.id).await?;
        tx.commit().await?;
        Ok(queue.id)
    }

    /// Change a queue, or put it out of use: no call may be on its way there, so not while a flow or a closure leads to it. Who
    /// waits in it leaves by the way for empty queues. `replaces`: the version that the editor has seen. Gives the new one.
    pub async fn edit_queue(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: QueueId,
        edit: QueueEdit,
        replaces: Option<i64>,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let (mut queue, standing) = find(&mut tx, account, id).await?;
        if replaces.is_some_and(|version| version != standing.version) {
            return Err(OperationError::Changed("the queue"));
        }
        let before = said(&queue, standing);
        let wanted = Standing { disabled: edit.active.map_or(standing.disabled, |active| !active), ..standing };
        let renamed = edit.name.as_ref().is_some_and(|name| *name != queue.name);
        if let Some(why) = leads_here(&mut tx, account, &queue, wanted.disabled && !standing.disabled, renamed).await? {
            return Err(OperationError::InUse(why));
        }
        queue.name = edit.name.unwrap_or(queue.name);
        let standing_settings = if edit.whole { only_dispositions(&queue.settings)? } else { queue.settings };
        queue.settings = settings(&standing_settings, edit.settings)?;
        check_routing(&mut tx, account, &read_setup(queue.clone())?).await?;
        let edited = setup::edit_queue(&mut tx, account, &queue, wanted).await;
        if !edited.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the queue"));
        }
        if let Some(members) = &edit.members {
            set_members(&mut tx, account, id, members).await?;
        }
        let action = if wanted.disabled && !standing.disabled { "queue.disable" } else { "queue.edit" };
        let (object, after) = (format!("queue:{id}"), said(&queue, wanted));
        audited(&mut tx, &key, now, actor, action, &object, Some(&before), Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(standing.version + 1)
    }
}

async fn find(tx: &mut Tx, account: AccountId, id: QueueId) -> Result<(Queue, Standing), OperationError> {
    let queue = agents::queues(tx, account).await?.into_iter().find(|q| q.id == id);
    let standing = setup::queues(tx, account).await?.get(&id).copied();
    queue.zip(standing).ok_or(OperationError::NotFound("queue"))
}

/// What would send callers to a queue that is not there any more.
async fn leads_here(
    tx: &mut Tx,
    account: AccountId,
    queue: &Queue,
    closes: bool,
    renamed: bool,
) -> Result<Option<String>, OperationError> {
    if closes {
        let id = queue.id.to_string();
        let flows = inboxes::published_flows(tx, account).await?;
        if let Some(flow) = flows.into_iter().find(|f| f.document.contains(&id)) {
            return Ok(Some(format!("the flow {:?} leads to this queue", flow.name)));
        }
        let standing = setup::queues(tx, account).await?;
        for other in agents::queues(tx, account).await?.into_iter().filter(|other| other.id != queue.id) {
            let setup = read_setup(other)?;
            let used = standing.get(&setup.id).is_some_and(|standing| !standing.disabled);
            if used && setup.overflow.iter().any(|rule| rule.to == OverflowTo::Queue(queue.id)) {
                return Ok(Some(format!("the queue {:?} overflows to this queue", setup.name)));
            }
        }
    }
    if closes || renamed {
        let action = format!("queue:{}", queue.name);
        let all = inboxes::all(tx, account).await?;
        let closed = all.into_iter().find(|i| i.closure.as_ref().is_some_and(|c| c.action == action));
        return Ok(closed.map(|inbox| format!("the closure of {:?} leads to this queue", inbox.name)));
    }
    Ok(None)
}

/// Skills that can be read, overflow only to queues and callbacks only by calendars that there are.
async fn check_routing(tx: &mut Tx, account: AccountId, queue: &QueueSetup) -> Result<(), OperationError> {
    check_skills(&queue.wants)?;
    let goes_on = |step: &RelaxStep| match &step.what {
        Relaxed::Drop(name) => name == Region::KIND,
        Relaxed::DropAll => true,
        _ => false,
    };
    if queue.near && !queue.relax.iter().any(goes_on) {
        let why =
            "a queue that asks agents of the contact's region first says by a step when it wants the region no more";
        return Err(OperationError::Invalid(why.into()));
    }
    if let Some(hours) = queue.callback.and_then(|offer| offer.hours)
        && !calendars::all(tx, account).await?.iter().any(|calendar| calendar.id == hours)
    {
        return Err(OperationError::NotFound("calendar"));
    }
    let mut wanted: BTreeSet<QueueId> = BTreeSet::new();
    for rule in &queue.overflow {
        if let OverflowTo::Queue(to) = rule.to {
            wanted.insert(to);
        }
    }
    if wanted.contains(&queue.id) {
        return Err(OperationError::Invalid("a queue does not overflow to itself".into()));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let there = setup::queues(tx, account).await?;
    match wanted.iter().all(|id| there.get(id).is_some_and(|standing| !standing.disabled)) {
        true => Ok(()),
        false => Err(OperationError::NotFound("queue")),
    }
}

/// Members are agents of this account, each once.
async fn set_members(
    tx: &mut Tx,
    account: AccountId,
    queue: QueueId,
    members: &[(AgentId, u8)],
) -> Result<(), OperationError> {
    let there: BTreeSet<AgentId> = agents::agents(tx, account).await?.into_iter().map(|a| a.id).collect();
    let mut named = BTreeSet::new();
    for (agent, level) in members {
        if !there.contains(agent) {
            return Err(OperationError::NotFound("agent"));
        }
        if !named.insert(agent) || *level == 0 {
            return Err(OperationError::Invalid("a member is named once, with a level from 1".into()));
        }
    }
    let members: Vec<(AgentId, i64)> = members.iter().map(|(agent, level)| (*agent, i64::from(*level))).collect();
    Ok(setup::set_members(tx, queue, &members).await?)
}

/// What was there, with what is new in its place. What others keep there stays.
fn settings(old: &str, new: Map<String, Value>) -> Result<String, OperationError> {
    let mut merged: Map<String, Value> = serde_json::from_str(old).map_err(unreadable)?;
    merged.extend(new);
    Ok(Value::Object(merged).to_string())
}

fn only_dispositions(settings: &str) -> Result<String, OperationError> {
    let all: Map<String, Value> = serde_json::from_str(settings).map_err(unreadable)?;
    let kept: Map<String, Value> = all.into_iter().filter(|(name, _)| name == "disposition_required").collect();
    Ok(Value::Object(kept).to_string())
}

fn unreadable(why: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "settings of a queue", why: why.to_string() }
}

fn said(queue: &Queue, standing: Standing) -> String {
    let state = if standing.disabled { "out of use" } else { "active" };
    format!("{}, {state}: {}", queue.name, queue.settings)
}

pub(crate) async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, queue: QueueId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "queue": queue }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "queue_changed", payload }]).await?;
    Ok(())
}
