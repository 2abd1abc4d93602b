//! Who is limited at the SIP side now: guessers, floods. What `ringdesk doctor` shows, for who is not at the machine.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::AccountId;
use serde::Serialize;
use std::net::IpAddr;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct LimitReply {
    /// `guessing`: wrong passwords; `flood`: more messages than a stranger may send; `connections`: too many; `strangers`: more
    /// messages than all strangers together may send.
    limit: &'static str,
    /// Of IPv6 the network's first address. Without one: wherever it comes from.
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// Without one: whatever it tries.
    extension: Option<String>,
    /// Milliseconds since 1970 (UTC).
    since: i64,
    /// When it is over by itself if nothing more comes; without one: when some of the connections are closed.
    until: Option<i64>,
    /// What was refused or dropped meanwhile.
    refused: u64,
    /// One of ours: a telephone is registered there, or it is a trunk, or it has calls.
    known: bool,
}

/// At most so many: a flood has ten thousand addresses.
const MOST: usize = 1_000;

/// Who is limited now. `ringdesk lift` at the machine ends it before its time.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/limits", tag = "system", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<LimitReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<LimitReply>>, Problem> {
    caller.may(account, Permission::SystemMaintain)?;
    let limited = gateway.orders.limited().await.into_iter().take(MOST).map(|one| LimitReply {
        limit: one.limit,
        address: one.address,
        extension: one.extension,
        since: one.since.as_millis(),
        until: one.until.map(|until| until.as_millis()),
        refused: one.refused,
        known: one.known,
    });
    Ok(Json(limited.collect()))
}
