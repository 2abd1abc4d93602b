//! Calls that agents make.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::work::note;
use crate::Gateway;
use crate::caller::Caller;
use crate::orders::DialWish;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::mask_number;
use ringdesk_model::{AccountId, AgentId, ContactId, ConversationId, DeviceId, Pii, QueueId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// As long as a number or an extension may be.
const DIALLED: usize = 64;

/// Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Called {
    /// As a person dials: outside, or an extension.
    Number(String),
    /// With whom I have spoken: by the number they called from, which I need not see.
    Contact(Uuid),
    Conversation(Uuid),
    /// A colleague.
    Agent(Uuid),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialOut {
    to: Called,
    /// Of the numbers that the queue may show; without it the first.
    caller_id: Option<String>,
    /// One of mine, whose rules the call follows; without it my first.
    queue: Option<Uuid>,
    /// The one of my devices that rings; without it all that I have.
    device: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Dialled {
    /// What becomes of it is in its events, and in its conversation.
    call: Uuid,
}

/// Call somebody: my own telephone rings first, then theirs. Also on a break.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls", tag = "calls", request_body = DialOut, params(("account_id" = Uuid, Path)),
    responses((status = 202, body = Dialled), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn dial(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<DialOut>, JsonRejection>,
) -> Result<(StatusCode, Json<Dialled>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let (agent, scope) = (caller.agent()?, &caller.who.scope);
    let operations = &gateway.operations;
    let (dialled, secret) = match wanted.to {
        Called::Number(number) => (number_of(number)?, false),
        Called::Contact(contact) => (operations.number_of_contact(scope, ContactId(contact)).await?, true),
        Called::Conversation(id) => (operations.number_of_conversation(scope, ConversationId(id)).await?, true),
        Called::Agent(other) if other == agent.0 => return Err(Problem::invalid("that is you")),
        Called::Agent(other) => match operations.extension_of(account, AgentId(other)).await? {
            Some(extension) if !extension.is_empty() => (Pii::new(extension), false),
            _ => return Err(Problem::not_found("agent")),
        },
    };
    let queue = wanted.queue.map(QueueId);
    let (queue, caller_id) = operations.calls_out_as(account, agent, queue, wanted.caller_id.as_deref()).await?;
    let extension = operations.extension_of(account, agent).await?.unwrap_or_default();
    let shown = match secret && !scope.unmasked {
        true => mask_number(dialled.reveal()),
        false => dialled.reveal().clone(),
    };
    let device = wanted.device.map(DeviceId);
    let wish = DialWish { agent, extension, dialled, caller_id, shown, queue, device };
    let call = gateway.orders.dial(caller.who.actor.clone(), wish).await?;
    note(&gateway, &caller, account, "call.dial_out", &format!("call:{call}"), Some(&format!("agent:{agent}"))).await?;
    Ok((StatusCode::ACCEPTED, Json(Dialled { call: call.0 })))
}

/// What a person has typed to be dialled.
pub(super) fn number_of(text: String) -> Result<Pii<String>, Problem> {
    let text = text.trim().to_owned();
    let fits = !text.is_empty() && text.chars().count() <= DIALLED && !text.chars().any(char::is_control);
    fits.then(|| Pii::new(text)).ok_or_else(|| Problem::invalid("that is no number"))
}
