//! May the centre go live, is it, and by whose word?

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_readiness::{Check, judge, may_go_live};
use ringdesk_storage::go_live::GoLive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct GoLiveReply {
    /// Nothing is red.
    may_go_live: bool,
    checks: Vec<CheckReply>,
    live: Option<LiveReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CheckReply {
    /// `certificate`, `public_address`, `rtp_reachable`, `trunk_in`, `trunk_out`, `keys_in_clear`, `clock`, `disk_days`, `backup_age`, `recogniser`,
    /// `recording_announcement`, `holidays`, `empty_queue`, `admin_second_factor`, `demo_data`.
    id: &'static str,
    /// `green`, `amber`, `red`.
    state: &'static str,
    /// What was seen, in an English sentence.
    seen: String,
    /// The same for programs: which sentence it is, and what stands in it. Time is in seconds, room in gigabytes.
    seen_code: &'static str,
    seen_values: BTreeMap<&'static str, String>,
    /// What to do; empty where there is nothing.
    advice: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LiveReply {
    /// Milliseconds since 1970 (UTC).
    since: i64,
    user_id: Option<Uuid>,
    /// Why, although something was red.
    reason: Option<String>,
    /// What was.
    overridden: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoLiveWish {
    live: bool,
    /// Wanted where something is red: why all the same. It is in the audit.
    #[serde(default)]
    reason: Option<String>,
}

/// Of a reason, characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

impl From<Check> for CheckReply {
    fn from(check: Check) -> CheckReply {
        CheckReply {
            id: check.id.as_str(),
            state: check.state.as_str(),
            seen: check.seen.to_string(),
            seen_code: check.seen.code(),
            seen_values: check.seen.values(),
            advice: check.advice,
        }
    }
}

impl From<GoLive> for LiveReply {
    fn from(live: GoLive) -> LiveReply {
        LiveReply {
            since: live.at.as_millis(),
            user_id: live.user.map(|user| user.0),
            reason: live.reason,
            overridden: live.overridden,
        }
    }
}

async fn look(gateway: &Gateway) -> Result<Vec<Check>, Problem> {
    let inspector = gateway.inspector.as_ref().ok_or_else(|| Problem::not_found("inspector"))?;
    Ok(judge(gateway.clock.now(), &inspector.look().await))
}

/// Everything that has to be right, looked at now.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/go_live", tag = "system", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = GoLiveReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<GoLiveReply>, Problem> {
    caller.may(account, Permission::SettingsManage).or_else(|_| caller.may(account, Permission::SystemMaintain))?;
    let checks = look(&gateway).await?;
    Ok(Json(GoLiveReply {
        may_go_live: may_go_live(&checks),
        live: gateway.operations.live(account).await?.map(LiveReply::from),
        checks: checks.into_iter().map(CheckReply::from).collect(),
    }))
}

/// Go live, or not any more. While something is red only with a reason (409 says what is).
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/go_live", tag = "system", params(("account_id" = Uuid, Path)),
    request_body = GoLiveWish, responses((status = 200, body = GoLiveReply), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<GoLiveWish>, JsonRejection>,
) -> Result<Json<GoLiveReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    if !wish.live {
        gateway.operations.end_live(now, actor, account).await?;
        return read(State(gateway), Path(account), caller).await;
    }
    let reason = wish.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| !REASON.contains(&reason.chars().count())) {
        return Err(Problem::invalid(format!("a reason has {} to {} characters", REASON.start(), REASON.end())));
    }
    let checks = look(&gateway).await?;
    let red: Vec<&str> =
        checks.iter().filter(|c| c.state == ringdesk_readiness::State::Red).map(|c| c.id.as_str()).collect();
    if !red.is_empty() && reason.is_none() {
        return Err(Problem::refused(format!(
            "red: {}; mend it, or say why it goes live all the same",
            red.join(", ")
        )));
    }
    let overridden: Vec<String> = red.iter().map(|id| (*id).to_owned()).collect();
    let reason = reason.filter(|_| !overridden.is_empty());
    gateway.operations.set_live(now, actor, account, (reason, overridden)).await?;
    read(State(gateway), Path(account), caller).await
}
