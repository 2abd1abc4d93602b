//! How inboxes fare: when contacts last came, what waits, what failed and why.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct InboxStateReply {
    inbox: Uuid,
    /// When a contact last wrote or called, within thirty days; milliseconds since 1970 (UTC).
    heard_at: Option<i64>,
    /// Conversations that began in the last thirty days.
    conversations: i64,
    /// Texts of ours that wait to be handed over.
    pending: i64,
    /// Texts of the last day that the other side did not take; at most 1,000 are counted.
    failed: i64,
    last_failure: Option<FailureReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FailureReply {
    /// When the text was written.
    at: i64,
    /// In words, as whoever was to take it said it, or as it failed on the way.
    reason: Option<String>,
}

/// How every inbox fares of which anything is known.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/inbox_states", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<InboxStateReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<InboxStateReply>>, Problem> {
    caller.may(account, Permission::InboxesRead)?;
    let found = gateway.operations.inbox_states(gateway.clock.now(), account).await?;
    let failure = |(at, reason): (Timestamp, Option<String>)| FailureReply { at: at.as_millis(), reason };
    let all = found.into_iter().map(|(inbox, state)| InboxStateReply {
        inbox: inbox.0,
        heard_at: state.heard_at.map(Timestamp::as_millis),
        conversations: state.conversations,
        pending: state.pending,
        failed: state.failed,
        last_failure: state.last_failure.map(failure),
    });
    Ok(Json(all.collect()))
}
