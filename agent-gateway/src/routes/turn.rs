//! What a browser shows the TURN server.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_model::{AccountId, Clock as _};
use serde::Serialize;
use utoipa::ToSchema;

/// As `RTCPeerConnection` takes it in `iceServers`, beside the seconds for which it is good.
#[derive(Serialize, ToSchema)]
pub(crate) struct TurnReply {
    /// Empty: this centre has no TURN server, and needs none where its UDP ports can be reached.
    urls: Vec<String>,
    username: Option<String>,
    credential: Option<String>,
    ttl_seconds: Option<u64>,
}

/// Credentials for the TURN server; one asks again before they end.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/turn_credentials", tag = "calls",
    params(("account_id" = Uuid, Path)), responses((status = 200, body = TurnReply), (status = 404, body = Problem)))]
pub(crate) async fn credentials(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<TurnReply>, Problem> {
    caller.is_of(account)?;
    let Some(turn) = &gateway.turn else {
        return Ok(Json(TurnReply { urls: Vec::new(), username: None, credential: None, ttl_seconds: None }));
    };
    let made = turn.credentials(gateway.clock.now(), &caller.who.user.id.0.to_string());
    Ok(Json(TurnReply {
        urls: turn.urls().to_vec(),
        username: Some(made.username),
        credential: Some(made.credential),
        ttl_seconds: Some(made.seconds),
    }))
}
