//! What I have begun to write after a conversation: a refresh, or another device, finds it again.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, Pii};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct DraftReply {
    /// As it was kept; null: there is none.
    #[schema(value_type = Option<Object>)]
    draft: serde_json::Value,
    at: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// Whatever the panel holds: disposition, note, tags … At most 32 kB.
    #[schema(value_type = Object)]
    draft: serde_json::Map<String, serde_json::Value>,
}

/// What I had begun, here or on another device.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/draft", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = DraftReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<DraftReply>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let found = gateway.operations.draft(&caller.who.scope, id).await?;
    Ok(Json(match found {
        None => DraftReply { draft: serde_json::Value::Null, at: None },
        Some((at, draft)) => {
            DraftReply { draft: serde_json::from_str(draft.reveal()).unwrap_or_default(), at: Some(at.as_millis()) }
        }
    }))
}

/// Keep it in the place of the one before; nobody else sees it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/draft", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Draft,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn keep(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<Draft>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(Draft { draft }) = body.map_err(|e| Problem::unreadable(&e))?;
    let draft = Pii::new(serde_json::Value::Object(draft).to_string());
    gateway.operations.keep_draft(gateway.clock.now(), &caller.who.scope, id, &draft).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It was sent, or is not wanted any more.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/conversations/{id}/draft", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn drop(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    gateway.operations.drop_draft(&caller.who.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
