//! How often one number may call.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::contact_blocks::BlockAnswerShape;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::turned_away::CallerRate;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// So many calls of one number in such a time. VIPs, emergency services and who shows no number are not counted.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerRateShape {
    /// 1 to 1,000.
    most: u32,
    /// Seconds, 1 to 86,400.
    within: u32,
    /// What who calls more often meets.
    answer: BlockAnswerShape,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerRateWish {
    /// Null: anybody calls as often as they like.
    rate: Option<CallerRateShape>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallerRateReply {
    /// Null: anybody calls as often as they like.
    rate: Option<CallerRateShape>,
    /// Calls that met it in the last 24 hours.
    turned_away: i64,
    /// Calls of contacts who are kept out, in the last 24 hours.
    kept_out: i64,
}

/// How often one number may call, and how many were turned away.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/caller_rate", tag = "contacts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = CallerRateReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<CallerRateReply>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let rate = gateway.operations.caller_rate(account).await?;
    let counted = gateway.operations.turned_away(account, gateway.clock.now() - DAY).await?;
    let texts: Vec<_> = gateway.operations.text_inboxes(account).await?.into_iter().map(|inbox| inbox.id).collect();
    let of_calls = |wanted: &str| {
        let calls = counted.iter().filter(|(inbox, why, _)| why == wanted && !texts.contains(inbox));
        calls.map(|(.., count)| count).sum()
    };
    let rate = rate.map(|CallerRate { most, within, answer }| CallerRateShape {
        most,
        within,
        answer: BlockAnswerShape::of(answer),
    });
    Ok(Json(CallerRateReply { rate, turned_away: of_calls("called_too_often"), kept_out: of_calls("kept_out") }))
}

/// Say it. The next call meets it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/caller_rate", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = CallerRateWish,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<CallerRateWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let rate = wish.rate.map(|CallerRateShape { most, within, answer }| {
        Ok::<_, Problem>(CallerRate { most, within, answer: answer.read()? })
    });
    let rate = rate.transpose()?;
    gateway.operations.set_caller_rate(gateway.clock.now(), &caller.who.actor, account, rate.as_ref()).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
