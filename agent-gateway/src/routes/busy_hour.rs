//! The demo's busy hour: scripted callers through the real SIP path, and agents who help to answer them.

use crate::Gateway;
use crate::caller::Caller;
use crate::demo::{BusyHourNow, BusyHourWish};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::AccountId;
use serde::Deserialize;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

const CALLERS: RangeInclusive<u32> = 1..=120;
const MINUTES: RangeInclusive<u32> = 1..=15;
const HELPERS: RangeInclusive<u32> = 0..=6;

/// How busy. All that is left out is as here: 60 callers in 5 minutes, 3 helpers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BusyHourBody {
    /// 1 to 120.
    callers: u32,
    /// Within which they come; 1 to 15.
    minutes: u32,
    /// Agents of the house's own who answer beside the real ones; 0 to 6. Without any, callers wait for real agents.
    helpers: u32,
}

impl Default for BusyHourBody {
    fn default() -> Self {
        BusyHourBody { callers: 60, minutes: 5, helpers: 3 }
    }
}

impl BusyHourBody {
    fn wish(self) -> Result<BusyHourWish, Problem> {
        let within = |name: &str, value: u32, range: RangeInclusive<u32>| match range.contains(&value) {
            true => Ok(value),
            false => Err(Problem::invalid(format!("{name}: {} to {}", range.start(), range.end()))),
        };
        Ok(BusyHourWish {
            callers: within("callers", self.callers, CALLERS)?,
            minutes: within("minutes", self.minutes, MINUTES)?,
            helpers: within("helpers", self.helpers, HELPERS)?,
        })
    }
}

/// How the busy hour is that runs, or how the last one was. Where `available` is false this is no demo.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/demo/busy_hour", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = BusyHourNow), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<BusyHourNow>, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    Ok(Json(gateway.centre.as_ref().map(|centre| centre.busy_hour()).unwrap_or_default()))
}

/// Let callers come: real SIP calls from this machine to the demo's numbers. What they leave is marked and goes away with the pack.
/// Ends by itself, or with `DELETE`.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/demo/busy_hour", tag = "demo", params(("account_id" = Uuid, Path)),
    request_body = BusyHourBody,
    responses((status = 200, body = BusyHourNow), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn begin(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<BusyHourBody>, JsonRejection>,
) -> Result<Json<BusyHourNow>, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(body) = body.map_err(|why| Problem::unreadable(&why))?;
    let wish = body.wish()?;
    let centre = gateway.centre.as_ref().ok_or_else(no_demo)?;
    Ok(Json(centre.begin_busy_hour(caller.who.actor.clone(), wish).await?))
}

/// Stop it: its calls end within two seconds, its helpers are out of use. Answered when that is done.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/demo/busy_hour", tag = "demo", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = BusyHourNow), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn end(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<BusyHourNow>, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let centre = gateway.centre.as_ref().ok_or_else(no_demo)?;
    Ok(Json(centre.end_busy_hour(caller.who.actor.clone()).await))
}

pub(super) fn no_demo() -> Problem {
    Problem::refused("this server does not run the demo")
}
