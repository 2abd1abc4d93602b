//! What contacts are known by.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::help::Reason;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_contacts::{IdentityKind, Proof};
use ringdesk_model::{AccountId, Clock as _, ContactId, Pii};
use ringdesk_storage::contacts::Known;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityReply {
    /// Its name in the account; it tells nothing of it.
    id: String,
    /// `number`, `email`, `visitor`, `wechat_openid`, `wechat_unionid`, `whatsapp`, `external`, `channel`; `staff`: one of our own,
    /// whom help desks of the house serve.
    kind: &'static str,
    /// With its middle hidden, for readers without the right to numbers.
    value: String,
    /// How it is known that it is theirs: `caller`, `provider`, `code`, `staff`, `import`. Null: they say so, and nobody is linked
    /// by it.
    proof: Option<&'static str>,
    /// Milliseconds since 1970; 0: as long as the file.
    at: i64,
}

impl IdentityReply {
    pub(super) fn of(known: Known, unmasked: bool) -> IdentityReply {
        let value = known.value.into_inner();
        IdentityReply {
            id: known.id,
            kind: known.kind.as_str(),
            value: if unmasked { value } else { known.kind.mask(&value) },
            proof: known.proof.map(Proof::as_str),
            at: known.at.as_millis(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIdentity {
    /// `number`, `email`, `visitor`, `wechat_openid`, `wechat_unionid`, `whatsapp`, `external`.
    kind: String,
    value: String,
    /// Somebody of the staff made sure that it is theirs: from then on it links whoever comes by it. Otherwise it is kept as what
    /// they say.
    #[serde(default)]
    verified: bool,
}

/// Add what somebody is known by. One that is another contact's is refused: then the two are merged, or they are two.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts/{id}/identities", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewIdentity,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<NewIdentity>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let kind = IdentityKind::parse(&new.kind).map_err(|e| Problem::invalid(e.to_string()))?;
    let (value, proof) = (Pii::new(new.value), new.verified.then_some(Proof::Staff));
    let (now, who) = (gateway.clock.now(), &caller.who);
    let operations = &gateway.operations;
    operations.add_identity(now, &who.actor, &who.scope, id, (kind, &value), proof, gateway.home).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// It is not theirs, or not any more.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/contacts/{id}/identities/{name}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id, identity)): Path<(AccountId, ContactId, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.remove_identity(now, &who.actor, &who.scope, id, &identity).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// What somebody is known by in full, for a reason.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts/{id}/reveal", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Reason,
    responses((status = 200, body = Vec<IdentityReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn reveal(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<Reason>, JsonRejection>,
) -> Result<Json<Vec<IdentityReply>>, Problem> {
    caller.may(account, Permission::NumbersReveal)?;
    let Json(why) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let known = gateway.operations.reveal_contact(now, &who.actor, &who.scope, id, &why.reason).await?;
    Ok(Json(known.into_iter().map(|known| IdentityReply::of(known, true)).collect()))
}
