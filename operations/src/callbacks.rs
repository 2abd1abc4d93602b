//! Promised callbacks: made, changed, called, closed by people. What becomes of them by themselves is in [`crate::promises`].

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{CallbackState, ContactNumber, Country, NOTE_LIMIT, check_window};
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, CallbackId, ContactId, ConversationId, Pii, QueueId, Scope, Timestamp,
};
use ringdesk_storage::callbacks::{self, Callback, Wanted};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, agents};
use ringdesk_vault::AccountKey;
use std::time::Duration;

/// The longest list.
const LIST: i64 = 500;
/// A promise without an end lasts so long.
const HALF_AN_HOUR: Duration = Duration::from_secs(1_800);
/// A call that was ordered and does not come into the books by then was not made.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
const NONE: OperationError = OperationError::NotFound("callback");

/// Whom to call.
#[derive(Clone, Debug)]
pub enum CallWhom {
    /// With whom this conversation is.
    Conversation(ConversationId),
    Contact(ContactId),
    Number(Pii<String>),
}

/// A promise to make, or to make anew.
#[derive(Clone, Debug)]
pub struct NewCallback {
    pub whom: CallWhom,
    pub due_from: Timestamp,
    /// Without it half an hour later.
    pub due_until: Option<Timestamp>,
    /// `None`: whoever of the queue is free.
    pub owner: Option<AgentId>,
    /// Without it the conversation's, or the first of who promises.
    pub queue: Option<QueueId>,
    pub note: Option<Pii<String>>,
    /// How numbers are dialled where the server stands.
    pub home: Country,
}

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct CallbackEdit {
    pub due: Option<(Timestamp, Timestamp)>,
    pub owner: Option<Option<AgentId>>,
    pub queue: Option<QueueId>,
    pub note: Option<Option<Pii<String>>>,
}

/// Everything that is needed to ring an agent and then the contact.
#[derive(Clone, Debug)]
pub struct CallbackCall {
    pub callback: CallbackId,
    pub agent: AgentId,
    pub extension: String,
    pub number: Pii<String>,
    pub queue: Option<QueueId>,
    pub caller_id: Option<String>,
}

impl Operations {
    pub async fn callbacks(&self, scope: &Scope, wanted: &Wanted) -> Result<Vec<Callback>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(callbacks::list(&mut tx, &key, scope, wanted, LIST).await?)
    }

    pub async fn promise_callback(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        new: NewCallback,
    ) -> Result<CallbackId, OperationError> {
        let due_until = new.due_until.unwrap_or(new.due_from + HALF_AN_HOUR);
        check_window(now, new.due_from, due_until).map_err(|why| OperationError::Invalid(why.into()))?;
        let note = checked(new.note)?;
        let (conversation, number) = match new.whom {
            CallWhom::Number(number) => (None, number),
            CallWhom::Contact(contact) => (None, self.number_of_contact(scope, contact).await?),
            CallWhom::Conversation(id) => (Some(id), self.number_of_conversation(scope, id).await?),
        };
        let dialable = |c: char| c.is_ascii_digit() || "+ -./()".contains(c);
        let normal = ContactNumber::normalise(number.reveal(), new.home)
            .filter(|_| number.reveal().chars().all(dialable))
            .ok_or_else(|| OperationError::Invalid("this is no number that can be called back".into()))?;
        // So that it is found again when they call, whoever they are then.
        let number = if conversation.is_none() { Pii::new(normal.as_str().to_owned()) } else { number };
        let view = match conversation {
            Some(id) => Some(self.conversation(scope, id).await?),
            None => None,
        };
        let (mut tx, key) = self.write(scope.account).await?;
        let contact = match view.as_ref().and_then(|view| view.contact) {
            Some(contact) => Some(contact),
            None => contacts::by_identity(&mut tx, &key, &Identity::number(&normal)).await?,
        };
        let own = view.as_ref().and_then(|view| view.participations.iter().rev().find_map(|part| part.queue));
        let queue = place(&mut tx, scope, new.queue.or(own), new.owner).await?;
        let promised_by = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        let callback = Callback {
            id: self.id(now),
            conversation,
            contact,
            number,
            queue,
            owner: new.owner,
            due_from: new.due_from,
            due_until,
            note,
            state: CallbackState::Promised,
            reminded: false,
            attempts: 0,
            next_at: new.due_from,
            call: None,
            promised_by,
            promised_at: now,
            closed_at: None,
            closed_as: None,
            place: None,
        };
        callbacks::put(&mut tx, &key, &callback).await?;
        let (object, has) = (object(callback.id), said(&callback));
        audited(&mut tx, &key, now, actor, "callback.promise", &object, None, Some(&has)).await?;
        tell(&mut tx, &key, now, &callback).await?;
        tx.commit().await?;
        Ok(callback.id)
    }

    pub async fn edit_callback(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: CallbackId,
        edit: CallbackEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let before = open(&mut tx, &key, scope, id).await?;
        let mut after = before.clone();
        if let Some((from, until)) = edit.due {
            check_window(now, from, until).map_err(|why| OperationError::Invalid(why.into()))?;
            (after.due_from, after.due_until, after.next_at) = (from, until, from);
            (after.reminded, after.attempts) = (false, 0);
        }
        if let Some(owner) = edit.owner {
            (after.owner, after.reminded) = (owner, before.reminded && owner == before.owner);
        }
        if edit.queue.is_some() || edit.owner.is_some() {
            after.queue = place(&mut tx, scope, edit.queue.or(Some(before.queue)), after.owner).await?;
        }
        if let Some(note) = edit.note {
            after.note = checked(note)?;
        }
        callbacks::put(&mut tx, &key, &after).await?;
        let (had, has) = (said(&before), said(&after));
        audited(&mut tx, &key, now, actor, "callback.edit", &object(id), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now, &after).await?;
        tx.commit().await?;
        Ok(())
    }

    /// I call now, whenever it is due. It is mine from then on.
    pub async fn begin_callback(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: CallbackId,
        agent: AgentId,
    ) -> Result<CallbackCall, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let mut callback = open(&mut tx, &key, scope, id).await?;
        if callback.state == CallbackState::Calling {
            return Err(OperationError::InHand("the callback", "somebody who calls now".into()));
        }
        callback.owner = Some(agent);
        let call = self.begin(&mut tx, &key, now, &mut callback, agent).await?;
        let has = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "callback.call", &object(id), None, Some(&has)).await?;
        tx.commit().await?;
        Ok(call)
    }

    /// Mark it as being called, and say how.
    pub(crate) async fn begin(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        callback: &mut Callback,
        agent: AgentId,
    ) -> Result<CallbackCall, OperationError> {
        (callback.state, callback.call, callback.next_at) = (CallbackState::Calling, None, now + PATIENCE);
        if let Some(place) = &mut callback.place {
            place.called_first = false;
        }
        let_go(tx, now, callback).await?;
        callbacks::put(tx, key, callback).await?;
        tell(tx, key, now, callback).await?;
        how_to_call(tx, key, callback, agent).await
    }

    /// What came of ordering the call: it is under way, or was not made. `None`: not now; it is tried again.
    pub async fn callback_dialled(
        &self,
        now: Timestamp,
        account: AccountId,
        id: CallbackId,
        call: Option<CallId>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let scope = everything(account);
        let Some(mut callback) = callbacks::get(&mut tx, &key, &scope, id).await? else { return Ok(()) };
        if callback.state != CallbackState::Calling {
            return Ok(());
        }
        match call {
            Some(call) => callback.call = Some(call),
            None => {
                callback.state = CallbackState::Promised;
                callback.next_at = now + ringdesk_conversations::callback::SOON;
            }
        }
        callbacks::put(&mut tx, &key, &callback).await?;
        tell(&mut tx, &key, now, &callback).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Nobody will call any more: it was done some other way, or is not wanted.
    pub async fn close_callback(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: CallbackId,
        reason: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let callback = open(&mut tx, &key, scope, id).await?;
        close(&mut tx, &key, now, callback, &reason_text(reason)?, None).await?;
        audited(&mut tx, &key, now, actor, "callback.close", &object(id), None, Some(reason)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Everything that is needed to ring this agent, and then whom they call.
pub(crate) async fn how_to_call(
    tx: &mut Tx,
    key: &AccountKey,
    callback: &Callback,
    agent: AgentId,
) -> Result<CallbackCall, OperationError> {
    let all = agents::agents(tx, key.account()).await?;
    let extension = all.into_iter().find(|a| a.id == agent).and_then(|a| a.extension).unwrap_or_default();
    let queues = agents::queues(tx, key.account()).await?;
    let queue = queues.iter().find(|q| q.id == callback.queue);
    let caller_id = crate::whom::shown_to(tx, key, queue, callback.conversation).await?;
    Ok(CallbackCall {
        callback: callback.id,
        agent,
        extension,
        number: callback.number.clone(),
        queue: Some(callback.queue),
        caller_id,
    })
}

/// Nobody waits in the queue for it any more: somebody calls without waiting for the turn, or nobody will.
pub(crate) async fn let_go(tx: &mut Tx, now: Timestamp, callback: &Callback) -> Result<(), StoreError> {
    match callback.place.as_ref().and_then(|place| place.work_item) {
        Some(item) => callbacks::wait_no_more(tx, now, item, "called_back").await,
        None => Ok(()),
    }
}

/// It is over, with the call that made it so.
pub(crate) async fn close(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    mut callback: Callback,
    closed_as: &str,
    call: Option<CallId>,
) -> Result<(), OperationError> {
    callback.state = CallbackState::Closed;
    (callback.closed_at, callback.closed_as) = (Some(now), Some(closed_as.to_owned()));
    callback.call = call.or(callback.call);
    let_go(tx, now, &callback).await?;
    callbacks::put(tx, key, &callback).await?;
    Ok(tell(tx, key, now, &callback).await?)
}

pub(crate) async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp, callback: &Callback) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "callback": callback.id, "queue": callback.queue, "agent": callback.owner, "state": callback.state,
        "due_from": callback.due_from.as_millis(), "due_until": callback.due_until.as_millis(), "call": callback.call,
        "closed_as": callback.closed_as
    }));
    outbox::append(tx, key, &[NewEvent { at, kind: "callback_changed", payload }]).await?;
    Ok(())
}

/// A word or a sentence that says how something ended.
pub(crate) fn reason_text(reason: &str) -> Result<String, OperationError> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=500 => Ok(reason.to_owned()),
        _ => Err(OperationError::Invalid("a reason has 1 to 500 characters".into())),
    }
}

pub(crate) fn everything(account: AccountId) -> Scope {
    let user = ringdesk_model::UserId(uuid::Uuid::nil());
    Scope { account, user, agent: None, everyone: true, unmasked: true }
}

async fn open(tx: &mut Tx, key: &AccountKey, scope: &Scope, id: CallbackId) -> Result<Callback, OperationError> {
    let callback = callbacks::get(tx, key, scope, id).await?.ok_or(NONE)?;
    match callback.state {
        CallbackState::Closed => Err(OperationError::Closed("the callback")),
        _ => Ok(callback),
    }
}

/// The queue that keeps it if its owner does not; of an owner one of their own.
async fn place(
    tx: &mut Tx,
    scope: &Scope,
    queue: Option<QueueId>,
    owner: Option<AgentId>,
) -> Result<QueueId, OperationError> {
    let members = agents::queue_agents(tx, scope.account).await?;
    let of = |agent: Option<AgentId>| {
        let own = members.iter().filter(|m| Some(m.agent) == agent);
        own.min_by_key(|m| (m.level, m.queue)).map(|m| m.queue)
    };
    if let Some(owner) = owner
        && !agents::agents(tx, scope.account).await?.iter().any(|agent| agent.id == owner)
    {
        return Err(OperationError::NotFound("agent"));
    }
    let queue = queue.or_else(|| of(owner)).or_else(|| of(scope.agent));
    let queue = queue.ok_or_else(|| OperationError::Invalid("say which queue keeps it".into()))?;
    match agents::queues(tx, scope.account).await?.iter().any(|q| q.id == queue) {
        true => Ok(queue),
        false => Err(OperationError::NotFound("queue")),
    }
}

fn checked(note: Option<Pii<String>>) -> Result<Option<Pii<String>>, OperationError> {
    match note {
        Some(note) if note.reveal().chars().count() > NOTE_LIMIT => {
            Err(ringdesk_conversations::Refusal::NoteTooLong.into())
        }
        Some(note) if note.reveal().trim().is_empty() => Ok(None),
        other => Ok(other),
    }
}

fn said(callback: &Callback) -> String {
    let owner = callback.owner.map_or_else(|| "whoever is free".to_owned(), |agent| format!("agent:{agent}"));
    let (from, until) = (callback.due_from.as_millis(), callback.due_until.as_millis());
    format!("queue:{}, {owner}, due {from} to {until}", callback.queue)
}

pub(crate) fn object(id: CallbackId) -> String {
    format!("callback:{id}")
}
