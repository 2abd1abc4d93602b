//! What becomes of promises and of unserved callers by themselves: reminded, rung, handed to the queue, kept, given up.
//!
//! One step over the rows, as often as somebody runs it. All of what it knows is in the rows, so a server that dies between
//! two steps forgets nothing.

use crate::callbacks::{CallbackCall, close, everything, tell};
use crate::desk::audited;
use crate::place_hours::PlaceRules;
use crate::{OperationError, Operations};
use ringdesk_conversations::callback::{AGAIN, SOON};
use ringdesk_conversations::{
    CallbackState, PlaceStep, Present, Promise, PromiseStep, UnservedKind, place_step, promise_step,
};
use ringdesk_model::{AccountId, Actor, AgentId, CallbackId, Pii, Presence, QueueId, Timestamp};
use ringdesk_routing::{AgentFloor, Floor};
use ringdesk_storage::callbacks::{self, Callback, Wanted};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::unserved::{self, NewUnserved};
use ringdesk_storage::{StoreError, Tx, agents};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// Promises looked at in one step, by when they are due.
const STEP: i64 = 500;

impl Operations {
    /// Look at everything that is promised or owed; gives the calls that are to be made now. Each of them is marked as being
    /// made: say with [`Operations::callback_dialled`] what came of it.
    pub async fn tend_promises(
        &self,
        now: Timestamp,
        account: AccountId,
        floor: &Floor,
    ) -> Result<Vec<CallbackCall>, OperationError> {
        if !self.owes_anything(account).await? {
            return Ok(Vec::new());
        }
        let (mut tx, key) = self.write(account).await?;
        kept(&mut tx, &key, now).await?;
        let places = PlaceRules::read(&mut tx, account).await?;
        for (id, taken) in callbacks::missed(&mut tx, account, now).await? {
            let Some(mut callback) = callbacks::get(&mut tx, &key, &everything(account), id).await? else { continue };
            callback.state = CallbackState::Promised;
            // Who was called by the house was called, whether or not an agent was there.
            let called = taken || (callback.call.is_some() && callback.place.as_ref().is_some_and(|p| p.called_first));
            callback.attempts += i64::from(called);
            let again = callback.place.as_ref().map_or(AGAIN, |_| places.of(callback.queue).again);
            callback.next_at = now + if called { again } else { SOON };
            callbacks::put(&mut tx, &key, &callback).await?;
            tell(&mut tx, &key, now, &callback).await?;
        }
        let members: BTreeSet<(QueueId, AgentId)> =
            agents::queue_agents(&mut tx, account).await?.into_iter().map(|m| (m.queue, m.agent)).collect();
        let soon = Wanted {
            state: Some(CallbackState::Promised),
            before: Some(now + ringdesk_conversations::callback::REMIND + SOON),
            ..Wanted::default()
        };
        let (mut calls, mut asked) = (Vec::new(), BTreeSet::new());
        for mut callback in callbacks::list(&mut tx, &key, &everything(account), &soon, STEP).await? {
            if callback.place.is_some() {
                let tries = i64::from(places.of(callback.queue).tries);
                if place_step(now, &promise(&callback), tries) == PlaceStep::GiveUp {
                    self.give_up(&mut tx, &key, now, callback).await?;
                }
                continue;
            }
            let present = present(&callback, floor, &members, &asked);
            match promise_step(now, &promise(&callback), present) {
                PromiseStep::Wait => {}
                PromiseStep::Remind(agent) => {
                    callback.reminded = true;
                    callbacks::put(&mut tx, &key, &callback).await?;
                    remind(&mut tx, &key, now, &callback, agent).await?;
                }
                PromiseStep::Call(agent) => {
                    asked.insert(agent);
                    calls.push(self.begin(&mut tx, &key, now, &mut callback, agent).await?);
                }
                PromiseStep::ToQueue => {
                    let had = callback.owner.map(|agent| format!("agent:{agent}"));
                    callback.owner = None;
                    callbacks::put(&mut tx, &key, &callback).await?;
                    tell(&mut tx, &key, now, &callback).await?;
                    let object = format!("callback:{}", callback.id);
                    let (had, has) = (had.as_deref(), format!("queue:{}", callback.queue));
                    audited(&mut tx, &key, now, &Actor::System, "callback.to_queue", &object, had, Some(&has)).await?;
                }
                PromiseStep::GiveUp => self.give_up(&mut tx, &key, now, callback).await?,
            }
        }
        self.queue_again(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(calls)
    }

    /// Most of the time nothing is owed, and nobody has to wait for the writer.
    async fn owes_anything(&self, account: AccountId) -> Result<bool, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let any = callbacks::list(&mut tx, &key, &everything(account), &Wanted::default(), 1).await?;
        let open = unserved::list(&mut tx, &key, &everything(account), &unserved::Wanted::default(), 1).await?;
        Ok(!any.is_empty() || !open.is_empty())
    }

    /// Nobody was reached, often enough: they are owed a service.
    async fn give_up(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        callback: Callback,
    ) -> Result<(), OperationError> {
        let contact = match callback.contact {
            Some(contact) => contacts::number_of(tx, key, contact).await?,
            None => None,
        };
        if let Some(conversation) = callback.conversation {
            let new = NewUnserved {
                id: self.id(now),
                queue: callback.queue,
                identity: contact,
                number: callback.number.clone(),
                kind: UnservedKind::CallbackFailed,
                at: now,
                wait_ms: 0,
                conversation,
                call: callback.call,
            };
            unserved::add(tx, key, &new).await?;
            told(tx, key, now, callback.queue).await?;
        }
        let tries = format!("{} tries", callback.attempts);
        let object = format!("callback:{}", callback.id);
        audited(tx, key, now, &Actor::System, "callback.give_up", &object, None, Some(&tries)).await?;
        close(tx, key, now, callback, "not_reached", None).await
    }
}

/// Close what a talk has settled since; whoever called whom.
async fn kept(tx: &mut Tx, key: &AccountKey, now: Timestamp) -> Result<(), OperationError> {
    let account = key.account();
    for mut callback in callbacks::list(tx, key, &everything(account), &Wanted::default(), STEP).await? {
        // Promised to a number that was nobody's contact then.
        if callback.contact.is_none() {
            let identity = Identity { kind: "number", value: callback.number.clone() };
            callback.contact = contacts::by_identity(tx, key, &identity).await?;
            if callback.contact.is_some() {
                callbacks::put(tx, key, &callback).await?;
            }
        }
    }
    let mut done: BTreeMap<CallbackId, _> = BTreeMap::new();
    for (id, call, direction) in callbacks::kept(tx, account).await? {
        done.entry(id).or_insert((call, direction));
    }
    for (id, (call, direction)) in done {
        let Some(callback) = callbacks::get(tx, key, &everything(account), id).await? else { continue };
        let closed_as = if direction == "inbound" { "they_called" } else { "reached" };
        close(tx, key, now, callback, closed_as, Some(call)).await?;
    }
    let mut served = BTreeMap::new();
    for (id, queue, call) in unserved::served(tx, account).await? {
        served.entry(id).or_insert((queue, call));
    }
    for (id, (queue, call)) in served {
        unserved::close(tx, now, account, id, "served", Some(call)).await?;
        told(tx, key, now, queue).await?;
    }
    for (id, queue) in unserved::heard(tx, account).await? {
        unserved::close(tx, now, account, id, "heard", None).await?;
        told(tx, key, now, queue).await?;
    }
    Ok(())
}

/// For the queue: there is somebody more, or less, on its list.
pub(crate) async fn told(tx: &mut Tx, key: &AccountKey, at: Timestamp, queue: QueueId) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({ "queue": queue }));
    outbox::append(tx, key, &[NewEvent { at, kind: "unserved_changed", payload }]).await?;
    Ok(())
}

async fn remind(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    callback: &Callback,
    agent: AgentId,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "callback": callback.id, "agent": agent, "conversation": callback.conversation, "number": callback.number,
        "due_from": callback.due_from.as_millis(), "due_until": callback.due_until.as_millis()
    }));
    outbox::append(tx, key, &[NewEvent { at, kind: "callback_due", payload }]).await?;
    Ok(())
}

/// As the law sees it.
pub fn promise(callback: &Callback) -> Promise {
    Promise {
        state: callback.state,
        owner: callback.owner,
        due_from: callback.due_from,
        due_until: callback.due_until,
        reminded: callback.reminded,
        attempts: callback.attempts,
        next_at: callback.next_at,
    }
}

fn present(
    callback: &Callback,
    floor: &Floor,
    members: &BTreeSet<(QueueId, AgentId)>,
    asked: &BTreeSet<AgentId>,
) -> Present {
    let free = |a: &&AgentFloor| a.presence == Presence::Ready && a.work.is_empty() && !asked.contains(&a.agent);
    let owner = callback.owner.and_then(|owner| floor.agents.iter().find(|a| a.agent == owner));
    let in_queue = floor.agents.iter().filter(free).filter(|a| members.contains(&(callback.queue, a.agent)));
    Present {
        owner_ready: owner.is_some_and(|owner| free(&owner)),
        owner_there: owner.is_some_and(|owner| owner.presence != Presence::LoggedOut),
        in_queue: in_queue.min_by_key(|a| (a.since, a.agent)).map(|a| a.agent),
    }
}
