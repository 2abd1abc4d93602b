//! Places in queues that callers keep when they hang up: kept, waited for, called, tried again. They are callbacks that are promised
//! for no time: routing says when their turn comes, and until then each waits by a work item of its own.

use crate::callbacks::{CallbackCall, PATIENCE, everything, how_to_call, let_go, object, tell};
use crate::desk::audited;
use crate::place_hours::{MayCall, NextOpening, PlaceRules};
use crate::transcripts::QueueSpeech;
use crate::{OperationError, Operations};
use ringdesk_conversations::CallbackState;
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, CallbackId, ConversationId, Language, Pii, Priority, QueueId, Timestamp,
    WorkItemId,
};
use ringdesk_routing::Treatment;
use ringdesk_storage::callbacks::{self, Callback, KeptPlace, WaitingCaller};
use ringdesk_storage::{Tx, agents};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};

/// What somebody who waits in a queue has said.
#[derive(Clone, Debug)]
pub struct WantsCallback {
    /// In which they wait, and by what.
    pub call: CallId,
    pub work_item: WorkItemId,
    pub number: Pii<String>,
    pub priority: Priority,
    pub treatment: Treatment,
}

/// A place that waits for its turn, as routing is told.
#[derive(Clone, Debug)]
pub struct WaitingPlace {
    pub callback: CallbackId,
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub priority: Priority,
    pub enqueued_at: Timestamp,
    pub treatment: Treatment,
}

/// They may hang up.
#[derive(Clone, Debug)]
pub struct Promised {
    pub place: WaitingPlace,
    /// Nobody calls before then: until then routing knows nothing of it.
    pub opens: Option<NextOpening>,
}

/// Everything that is needed to call a contact before an agent is asked.
#[derive(Clone, Debug)]
pub struct FirstCall {
    pub callback: CallbackId,
    pub number: Pii<String>,
    /// Shown to them.
    pub caller_id: Option<String>,
    /// Of the queue, if it has one.
    pub language: Option<Language>,
}

/// How somebody waits, in the row.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct How {
    priority: Priority,
    treatment: Treatment,
}

impl Operations {
    /// They may hang up: their place is kept, since they wait. `None`: they do not wait any more, or nobody would ever call them, as far
    /// as the calendar of their queue goes.
    pub async fn keep_place(
        &self,
        now: Timestamp,
        account: AccountId,
        wanted: WantsCallback,
    ) -> Result<Option<Promised>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let WantsCallback { call, work_item, number, priority, treatment } = wanted;
        let Some(caller) = callbacks::waiting_caller(&mut tx, account, call, work_item).await? else {
            return Ok(None);
        };
        let WaitingCaller { conversation, contact, queue, since } = caller;
        let rules = PlaceRules::read(&mut tx, account).await?;
        let opens = match rules.may_call(now, queue) {
            MayCall::Now => None,
            MayCall::From(opening) => Some(opening),
            MayCall::Never => return Ok(None),
        };
        let how = serde_json::to_string(&How { priority, treatment }).expect("ids and numbers");
        let item: WorkItemId = self.id(now);
        let callback = Callback {
            id: self.id(now),
            conversation: Some(conversation),
            contact,
            number,
            queue,
            owner: None,
            due_from: since,
            due_until: rules.overdue(now, queue),
            note: None,
            state: CallbackState::Promised,
            reminded: false,
            attempts: 0,
            next_at: now,
            call: None,
            promised_by: None,
            promised_at: now,
            closed_at: None,
            closed_as: None,
            place: Some(KeptPlace { since, how, work_item: Some(item), called_first: false }),
        };
        callbacks::wait_in(&mut tx, account, item, &caller, None).await?;
        callbacks::put(&mut tx, &key, &callback).await?;
        let has = format!("queue:{queue}, since {}", since.as_millis());
        audited(&mut tx, &key, now, &Actor::System, "callback.keep_place", &object(callback.id), None, Some(&has))
            .await?;
        tell(&mut tx, &key, now, &callback).await?;
        tx.commit().await?;
        let callback = callback.id;
        let enqueued_at = since;
        let place = WaitingPlace { callback, work_item: item, conversation, queue, priority, enqueued_at, treatment };
        Ok(Some(Promised { place, opens }))
    }

    /// All that wait for their turn and may be called now, by the hours of the queue that has promised it. The others wait in their
    /// rows, and come back at their old rank when it opens.
    pub async fn waiting_places(
        &self,
        now: Timestamp,
        account: AccountId,
    ) -> Result<Vec<WaitingPlace>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut open = callbacks::open_places(&mut tx, account).await?;
        if !open.is_empty() {
            let rules = PlaceRules::read(&mut tx, account).await?;
            open.retain(|place| rules.may_call(now, place.promised_in) == MayCall::Now);
        }
        let place = |open: callbacks::OpenPlace| {
            // What cannot be read any more waits as everybody.
            let How { priority, treatment } = serde_json::from_str(&open.how).unwrap_or_default();
            let callbacks::OpenPlace { callback, work_item, conversation, queue, since, .. } = open;
            WaitingPlace { callback, work_item, conversation, queue, priority, enqueued_at: since, treatment }
        };
        Ok(open.into_iter().map(place).collect())
    }

    /// This agent is to call whoever waits by this work item. `None`: it is over.
    pub async fn call_for_place(
        &self,
        account: AccountId,
        work_item: WorkItemId,
        agent: AgentId,
    ) -> Result<Option<CallbackCall>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(callback) = find(&mut tx, &key, work_item).await? else { return Ok(None) };
        Ok(Some(how_to_call(&mut tx, &key, &callback, agent).await?))
    }

    /// The house calls whoever waits by this work item, and asks no agent first: nobody waits by it any more. Say with
    /// [`Operations::callback_dialled`] what came of it. `None`: it is over, or not now. `queue`: where they wait.
    pub async fn call_first(
        &self,
        now: Timestamp,
        account: AccountId,
        work_item: WorkItemId,
        queue: QueueId,
    ) -> Result<Option<FirstCall>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let Some(mut callback) = find(&mut tx, &key, work_item).await? else { return Ok(None) };
        if callback.state != CallbackState::Promised || callback.next_at > now {
            return Ok(None);
        }
        (callback.state, callback.call, callback.next_at) = (CallbackState::Calling, None, now + PATIENCE);
        if let Some(place) = &mut callback.place {
            place.called_first = true;
        }
        let_go(&mut tx, now, &callback).await?;
        callbacks::put(&mut tx, &key, &callback).await?;
        let has = format!("queue:{queue}, before an agent is asked");
        audited(&mut tx, &key, now, &Actor::System, "callback.call", &object(callback.id), None, Some(&has)).await?;
        tell(&mut tx, &key, now, &callback).await?;
        let all = agents::queues(&mut tx, account).await?;
        let row = all.iter().find(|row| row.id == queue);
        let caller_id = crate::whom::shown_to(&mut tx, &key, row, callback.conversation).await?;
        let language = row.and_then(|row| QueueSpeech::of(row).language);
        tx.commit().await?;
        Ok(Some(FirstCall { callback: callback.id, number: callback.number, caller_id, language }))
    }

    /// The agent has picked up: from now on it is this call in which they are reached or not.
    pub async fn place_taken(
        &self,
        now: Timestamp,
        account: AccountId,
        work_item: WorkItemId,
        call: CallId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let Some(mut callback) = find(&mut tx, &key, work_item).await? else { return Ok(()) };
        (callback.state, callback.call) = (CallbackState::Calling, Some(call));
        callback.next_at = now + PATIENCE;
        if let Some(place) = &mut callback.place {
            place.called_first = false;
        }
        callbacks::put(&mut tx, &key, &callback).await?;
        tell(&mut tx, &key, now, &callback).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who was called in vain, or whose work item died with a server, waits in the queue again, since they always did.
    pub(crate) async fn queue_again(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        for id in callbacks::places_without_work(tx, key.account(), now).await? {
            let Some(mut callback) = callbacks::get(tx, key, &everything(key.account()), id).await? else { continue };
            let (Some(place), Some(conversation)) = (&mut callback.place, callback.conversation) else { continue };
            let (item, before): (WorkItemId, _) = (self.id(now), place.work_item);
            let waits =
                WaitingCaller { conversation, contact: callback.contact, queue: callback.queue, since: place.since };
            place.work_item = Some(item);
            callbacks::wait_in(tx, key.account(), item, &waits, before).await?;
            callbacks::put(tx, key, &callback).await?;
            tell(tx, key, now, &callback).await?;
        }
        Ok(())
    }
}

async fn find(tx: &mut Tx, key: &AccountKey, work_item: WorkItemId) -> Result<Option<Callback>, OperationError> {
    match callbacks::of_work_item(tx, key.account(), work_item).await? {
        Some(id) => Ok(callbacks::get(tx, key, &everything(key.account()), id).await?),
        None => Ok(None),
    }
}
