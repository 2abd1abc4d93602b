//! What a demo brings along to look at, and how it goes away.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::routes::busy_hour::no_demo;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::demo_pack::Held;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct DemoPackReply {
    /// Conversations that were never held, and those of busy hours. They have the tag `demo`.
    conversations: i64,
    recordings: i64,
    /// Calls that were promised in them, and are still open.
    callbacks: i64,
    /// Messages that callers left in them.
    left_messages: i64,
    /// Agents of busy hours.
    helpers: i64,
    /// It is being made; what there is grows.
    loading: bool,
}

fn reply(gateway: &Gateway, held: Held) -> Json<DemoPackReply> {
    Json(DemoPackReply {
        conversations: held.conversations,
        recordings: held.recordings,
        callbacks: held.callbacks,
        left_messages: held.left_messages,
        helpers: held.helpers,
        loading: gateway.centre.as_ref().is_some_and(|centre| centre.is_loading()),
    })
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
    Ok(reply(&gateway, gateway.operations.demo_pack_held(account).await?))
}

/// Make it again, after it was taken away. It takes some seconds: `loading` says when it is done.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/demo_pack", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 202, body = DemoPackReply), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn load(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<(StatusCode, Json<DemoPackReply>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let centre = gateway.centre.as_ref().ok_or_else(no_demo)?;
    centre.load_pack(caller.who.actor.clone()).await?;
    Ok((StatusCode::ACCEPTED, reply(&gateway, gateway.operations.demo_pack_held(account).await?)))
}

/// Take all of it away, recordings and figures too, with what busy hours left; one that runs is stopped. Real conversations stay. Gives how much there was.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/demo_pack", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = DemoPackReply), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<DemoPackReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    // Its calls must be over before they can be taken away.
    if let Some(centre) = &gateway.centre {
        if centre.is_loading() {
            return Err(Problem::refused("it is being made; wait until that is done"));
        }
        centre.end_busy_hour(caller.who.actor.clone()).await;
    }
    let held = gateway.operations.demo_pack_held(account).await?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    for recording in gateway.operations.remove_demo_pack(now, actor, account).await? {
        gateway.archive.forget(recording).await?;
    }
    gateway.orders.rows_changed().await;
    Ok(reply(&gateway, held))
}
