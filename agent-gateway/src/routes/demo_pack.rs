//! What a demo brings along to look at, and how it goes away.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct DemoPackReply {
    /// Conversations that were never held. They have the tag `demo`.
    conversations: i64,
}

/// How much of it there is; 0: none, or not any more.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/demo_pack", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = DemoPackReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<DemoPackReply>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    Ok(Json(DemoPackReply { conversations: gateway.operations.demo_pack(account).await? }))
}

/// Take all of it away, recordings and figures too. Real conversations stay. Gives how much there was.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/demo_pack", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = DemoPackReply), (status = 403, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<DemoPackReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let conversations = gateway.operations.demo_pack(account).await?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    for recording in gateway.operations.remove_demo_pack(now, actor, account).await? {
        gateway.archive.forget(recording).await?;
    }
    Ok(Json(DemoPackReply { conversations }))
}
