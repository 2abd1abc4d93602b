//! The code by which the centre is closed from a telephone.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Pii};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Nobody ever sees the code again.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosurePinReply {
    /// There is one.
    set: bool,
    /// How long such a closure lasts when nobody opens before.
    hours: Option<i64>,
    /// Milliseconds since 1970 (UTC).
    set_at: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosurePinWish {
    /// 6 to 12 digits, and none that anybody would try first (`123456`, `000000`).
    pin: String,
    /// 1 to 168.
    #[serde(default = "half_a_day")]
    hours: i64,
}

/// May the centre be closed by telephone?
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/closure_pin", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = ClosurePinReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<ClosurePinReply>, Problem> {
    caller.may(account, Permission::InboxesClose)?;
    let pin = gateway.operations.closure_pin(account).await?;
    let (hours, set_at) = (pin.as_ref().map(|pin| pin.hours), pin.as_ref().map(|pin| pin.set_at.as_millis()));
    Ok(Json(ClosurePinReply { set: pin.is_some(), hours, set_at }))
}

/// From now on whoever types this code, at the feature code for closing or at a number whose flow has the step `closing`, closes every
/// number of the centre, and opens them again. Wrong ones are slowed down like wrong passwords.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/closure_pin", tag = "inboxes", params(("account_id" = Uuid, Path)),
    request_body = ClosurePinWish, responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<ClosurePinWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor, pin) = (gateway.clock.now(), &caller.who.actor, Pii::new(wish.pin));
    gateway.operations.set_closure_pin(now, actor, account, &pin, wish.hours).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nobody closes by telephone any more. What is closed stays so.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/closure_pin", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    gateway.operations.remove_closure_pin(gateway.clock.now(), &caller.who.actor, account).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn half_a_day() -> i64 {
    12
}
