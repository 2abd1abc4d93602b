//! The audit: who did what.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Only entries before this number.
    before: Option<i64>,
    /// 1 to 500; 100 without it.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EntryReply {
    seq: i64,
    at: i64,
    /// `user:<id>`, `system` …
    actor: String,
    /// `user.login`, `inbox.close` …
    action: String,
    object: String,
    before: Option<String>,
    after: Option<String>,
    /// `ok`, or why not.
    result: String,
    address: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Entries from the first to the last, each linked to the one before.
    entries: i64,
}

/// Newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/audit", tag = "audit", params(("account_id" = Uuid, Path), Page),
    responses((status = 200, body = Vec<EntryReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Vec<EntryReply>>, Problem> {
    caller.may(account, Permission::AuditRead)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(page.limit, 100, 500)?;
    let found =
        gateway.operations.audit(&caller.who.scope, page.before, limit).await?.into_iter().map(|e| EntryReply {
            seq: e.seq,
            at: Timestamp(e.at).as_millis(),
            actor: e.actor,
            action: e.action,
            object: e.object,
            before: e.before,
            after: e.after,
            result: e.result,
            address: e.address,
        });
    Ok(Json(found.collect()))
}

/// Walk the chain from its first entry. A changed, removed or inserted entry breaks it, and is named (409).
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/audit/verify", tag = "audit", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Verified), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn verify(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Verified>, Problem> {
    caller.may(account, Permission::AuditRead)?;
    Ok(Json(Verified { entries: gateway.operations.verify_audit(account).await? }))
}
