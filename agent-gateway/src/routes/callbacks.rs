//! Promised callbacks: the due list, promising, calling, closing.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::work::note;
use crate::Gateway;
use crate::caller::Caller;
use crate::masked::Number;
use crate::orders::DialWish;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{CallbackState, is_overdue, mask_number};
use ringdesk_model::{
    AccountId, AgentId, CallbackId, Clock as _, ContactId, ConversationId, Pii, QueueId, Scope, Timestamp,
};
use ringdesk_operations::callbacks::{CallWhom, CallbackCall, CallbackEdit, NewCallback};
use ringdesk_operations::promises::promise;
use ringdesk_storage::callbacks::{Callback, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// `promised`, `calling`, `closed`; without it all that are not closed.
    state: Option<String>,
    queue: Option<Uuid>,
    /// Who promised to call.
    owner: Option<Uuid>,
    /// Due before then: milliseconds since 1970 (UTC).
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallbackReply {
    id: Uuid,
    conversation_id: Option<Uuid>,
    contact: Option<Uuid>,
    number: Number,
    queue: Uuid,
    /// Null: whoever of the queue is free.
    owner: Option<Uuid>,
    due_from: i64,
    due_until: i64,
    /// Its window is over, and nobody has called.
    overdue: bool,
    note: Option<String>,
    /// `promised`, `calling`, `closed`.
    state: &'static str,
    attempts: i64,
    /// Not tried again before then.
    next_at: i64,
    /// They hung up in a queue and keep their place there: since when they wait. Null: promised for a time.
    waiting_since: Option<i64>,
    /// The last call that was made for it, or that closed it.
    call: Option<Uuid>,
    /// The user who promised.
    promised_by: Option<Uuid>,
    promised_at: i64,
    closed_at: Option<i64>,
    /// `reached`, `they_called`, `not_reached`, or a reason in words.
    closed_as: Option<String>,
}

/// Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Promised {
    Conversation(Uuid),
    Contact(Uuid),
    Number(String),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPromise {
    to: Promised,
    /// Milliseconds since 1970 (UTC).
    due_from: i64,
    /// Without it half an hour later.
    #[serde(default)]
    due_until: Option<i64>,
    /// `me`, `queue` (whoever is free), or an agent's id.
    owner: String,
    /// Who keeps it if the owner does not. Without it the conversation's, or my first.
    #[serde(default)]
    queue: Option<Uuid>,
    /// At most 4,000 characters.
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedPromise {
    /// Both or none.
    #[serde(default)]
    due_from: Option<i64>,
    #[serde(default)]
    due_until: Option<i64>,
    /// `me`, `queue`, or an agent's id.
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    queue: Option<Uuid>,
    /// Empty: none.
    #[serde(default)]
    note: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallbackMade {
    id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// 1 to 500 characters.
    reason: String,
}

impl Why {
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CalledBack {
    /// What becomes of it is in its events.
    pub(super) call: Uuid,
}

/// In the order in which they are due: mine, and those of my queues; with the right to everybody's conversations all.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/callbacks", tag = "callbacks", params(("account_id" = Uuid, Path), Filter),
    responses((status = 200, body = Vec<CallbackReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<CallbackReply>>, Problem> {
    caller.may_read(account)?;
    let Query(filter) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let state = match filter.state.as_deref() {
        None => None,
        Some(name) => Some(
            CallbackState::parse(name).ok_or_else(|| Problem::invalid("the state is promised, calling or closed"))?,
        ),
    };
    let wanted = Wanted {
        state,
        queue: filter.queue.map(QueueId),
        owner: filter.owner.map(AgentId),
        before: filter.before.map(moment),
    };
    let (now, scope) = (gateway.clock.now(), &caller.who.scope);
    let found = gateway.operations.callbacks(scope, &wanted).await?;
    Ok(Json(found.into_iter().map(|one| shown(one, scope, now)).collect()))
}

/// Promise to call somebody.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/callbacks", tag = "callbacks", params(("account_id" = Uuid, Path)),
    request_body = NewPromise,
    responses((status = 201, body = CallbackMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn promise_one(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewPromise>, JsonRejection>,
) -> Result<(StatusCode, Json<CallbackMade>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let promise = NewCallback {
        whom: match new.to {
            Promised::Conversation(id) => CallWhom::Conversation(ConversationId(id)),
            Promised::Contact(id) => CallWhom::Contact(ContactId(id)),
            Promised::Number(number) => CallWhom::Number(Pii::new(number)),
        },
        due_from: moment(new.due_from),
        due_until: new.due_until.map(moment),
        owner: owner(&caller, &new.owner)?,
        queue: new.queue.map(QueueId),
        note: new.note.map(Pii::new),
        home: gateway.home,
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    let id = gateway.operations.promise_callback(now, &who.actor, &who.scope, promise).await?;
    Ok((StatusCode::CREATED, Json(CallbackMade { id: id.0 })))
}

/// Another time, another owner, another note.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/callbacks/{id}", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ChangedPromise,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallbackId)>,
    caller: Caller,
    body: Result<Json<ChangedPromise>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(changed) = body.map_err(|e| Problem::unreadable(&e))?;
    let due = match (changed.due_from, changed.due_until) {
        (None, None) => None,
        (Some(from), Some(until)) => Some((moment(from), moment(until))),
        _ => return Err(Problem::invalid("a window has a beginning and an end")),
    };
    let edit = CallbackEdit {
        due,
        owner: changed.owner.map(|name| owner(&caller, &name)).transpose()?,
        queue: changed.queue.map(QueueId),
        note: changed.note.map(|note| Some(note).filter(|n| !n.is_empty()).map(Pii::new)),
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_callback(now, &who.actor, &who.scope, id, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Call them now: my own telephone rings first. It is mine from then on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/callbacks/{id}/call", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 202, body = CalledBack), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn call(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallbackId)>,
    caller: Caller,
) -> Result<(StatusCode, Json<CalledBack>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (who, agent) = (&caller.who, caller.agent()?);
    let operations = &gateway.operations;
    let begun = operations.begin_callback(gateway.clock.now(), &who.actor, &who.scope, id, agent).await?;
    let dialled = gateway.orders.dial(who.actor.clone(), dial_wish(begun, who.scope.unmasked)).await;
    let made = dialled.as_ref().ok().copied();
    operations.callback_dialled(gateway.clock.now(), account, id, made).await?;
    let call = dialled?;
    note(&gateway, &caller, account, "call.dial_out", &format!("call:{call}"), Some(&format!("callback:{id}"))).await?;
    Ok((StatusCode::ACCEPTED, Json(CalledBack { call: call.0 })))
}

/// It was done some other way, or is not wanted any more.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/callbacks/{id}/close", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Why,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn close(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallbackId)>,
    caller: Caller,
    body: Result<Json<Why>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(why) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.close_callback(now, &who.actor, &who.scope, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The order for it. `unmasked`: the agent's own telephone may show the number.
pub fn dial_wish(call: CallbackCall, unmasked: bool) -> DialWish {
    let shown = if unmasked { call.number.reveal().clone() } else { mask_number(call.number.reveal()) };
    DialWish {
        agent: call.agent,
        extension: call.extension,
        dialled: call.number,
        caller_id: call.caller_id,
        shown,
        queue: call.queue,
        device: None,
    }
}

fn owner(caller: &Caller, name: &str) -> Result<Option<AgentId>, Problem> {
    match name {
        "me" => Ok(Some(caller.agent()?)),
        "queue" => Ok(None),
        id => match id.parse::<AgentId>() {
            Ok(agent) if caller.who.scope.agent == Some(agent) => Ok(Some(agent)),
            // To give work to a colleague is a leader's.
            Ok(agent) if caller.who.grants.allows(Permission::WorkAssign) => Ok(Some(agent)),
            Ok(_) => Err(Problem::forbidden()),
            Err(_) => Err(Problem::invalid("the owner is me, queue, or an agent's id")),
        },
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp(ms.saturating_mul(1_000))
}

fn shown(callback: Callback, scope: &Scope, now: Timestamp) -> CallbackReply {
    CallbackReply {
        id: callback.id.0,
        overdue: is_overdue(now, &promise(&callback)),
        conversation_id: callback.conversation.map(|c| c.0),
        contact: callback.contact.map(|c| c.0),
        number: Number::shown(&callback.number, scope),
        queue: callback.queue.0,
        owner: callback.owner.map(|a| a.0),
        due_from: callback.due_from.as_millis(),
        due_until: callback.due_until.as_millis(),
        note: callback.note.map(Pii::into_inner),
        state: callback.state.as_str(),
        attempts: callback.attempts,
        next_at: callback.next_at.as_millis(),
        call: callback.call.map(|c| c.0),
        promised_by: callback.promised_by.map(|u| u.0),
        promised_at: callback.promised_at.as_millis(),
        closed_at: callback.closed_at.map(Timestamp::as_millis),
        closed_as: callback.closed_as,
        waiting_since: callback.place.map(|place| place.since.as_millis()),
    }
}
