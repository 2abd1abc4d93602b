//! What an agent sees of somebody who writes from a web site beside what they write; and what they see of the agent.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::typing::{Typed, Typist};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Channel, ConversationId, Pii};
use serde::Serialize;
use utoipa::ToSchema;

/// As it was when the conversation began. What their browser did not say is null.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct VisitReply {
    /// The address of the page.
    page: Option<String>,
    title: Option<String>,
    referrer: Option<String>,
    /// What the browser says of itself.
    device: Option<String>,
    language: Option<String>,
    /// How they can be answered when they are gone, in their words; numbers in it are hidden from whom numbers are.
    reach: Option<String>,
    at: Option<i64>,
}

/// From where the contact wrote.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/visit", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = VisitReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<VisitReply>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let Some((visit, at)) = gateway.operations.visit(scope, id).await? else { return Ok(Json(VisitReply::default())) };
    Ok(Json(VisitReply {
        page: visit.page,
        title: visit.title,
        referrer: visit.referrer,
        device: visit.device,
        language: visit.language,
        reach: visit.reach.map(Pii::into_inner),
        at: Some(at.as_millis()),
    }))
}

/// I am typing: the contact sees it for six seconds, and it is kept nowhere.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/typing", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn typing(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let of = gateway.operations.conversation(&caller.who.scope, id).await?;
    let asker = match of.channel {
        Channel::HelpDesk => gateway.operations.asker_of(account, id).await?,
        _ => None,
    };
    let name = caller.who.user.name.clone();
    let by = match asker {
        Some(asker) => Typist::Helper { asker, name },
        None => Typist::Agent(name),
    };
    gateway.feeds.typed(account, &Typed { conversation: id, by });
    Ok(StatusCode::NO_CONTENT)
}
