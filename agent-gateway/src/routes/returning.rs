//! A call of mine that waits for my page: it was lost in the middle of the talk, or is being loaded anew.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::AccountId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct ReturningCall {
    call: Uuid,
    /// What the INVITE to my page carries as `X-Ringdesk-Return`. A page picks up by itself when they are the same.
    token: String,
    /// Given up then: milliseconds since 1970 (UTC).
    until: i64,
}

/// The call that waits for my page to come back; 404: none does.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/calls/returning", tag = "calls", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = ReturningCall), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn returning(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<ReturningCall>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let waits = gateway.orders.returning(caller.agent()?).ok_or_else(|| Problem::not_found("call"))?;
    let (call, until) = (waits.call.0, waits.until.as_millis());
    Ok(Json(ReturningCall { call, token: waits.token.into_inner(), until }))
}
