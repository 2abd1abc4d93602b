//! The telephone in one's own browser.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

/// With what a page registers over `/sip`. It is as good as the telephone's password, and is nowhere kept in the browser.
#[derive(Serialize, ToSchema)]
pub(crate) struct BrowserPhone {
    extension: String,
    /// The domain of the address, and the realm of digest authentication.
    realm: String,
    /// H(extension ":" realm ":" password) with MD5 (RFC 7616 §3.4.2), in the place of the password, which nobody knows here.
    ha1: String,
}

/// How my browser becomes one of my telephones. Those on my desk go on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/phone", tag = "calls", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = BrowserPhone), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn mine(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<BrowserPhone>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let phone = gateway.operations.phone_of(account, caller.agent()?).await?;
    Ok(Json(BrowserPhone { extension: phone.extension, realm: phone.realm, ha1: phone.ha1_md5.reveal().clone() }))
}
