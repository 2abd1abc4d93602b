//! From how many failures on the door asks for work, and for how much.

use super::second_factor::person;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::{ChallengeRule, Permission};
use ringdesk_model::{AccountId, Clock as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeRuleShape {
    /// 1 to 100: so many failures are free, per login; five times as many per address.
    after_failures: u32,
    /// 8 to 22: leading zero bits, on average 2 to this many hashes. 17 are a second of a telephone.
    bits: u32,
}

/// When a challenge is asked for before a password is looked at.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/sign_in_challenge", tag = "users", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = ChallengeRuleShape), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<ChallengeRuleShape>, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    let ChallengeRule { after_failures, bits } = gateway.operations.challenge_rule(account).await?;
    Ok(Json(ChallengeRuleShape { after_failures, bits }))
}

/// It holds from the next try on. Of several accounts of one server the strictest counts: before somebody is in, nobody knows whose
/// they are.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/sign_in_challenge", tag = "users", params(("account_id" = Uuid, Path)),
    request_body = ChallengeRuleShape,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<ChallengeRuleShape>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    person(&caller)?;
    let Json(ChallengeRuleShape { after_failures, bits }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, rule) = (gateway.clock.now(), ChallengeRule { after_failures, bits });
    gateway.operations.set_challenge_rule(now, &caller.who.actor, account, rule).await?;
    Ok(StatusCode::NO_CONTENT)
}
