//! Opening hours with their holidays.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, CalendarId, Clock as _, Timestamp};
use ringdesk_operations::calendars::{CalendarView, Preview};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarShape {
    /// By its name in the IANA database: `Asia/Shanghai`.
    zone: String,
    /// By weekday (`monday` …); one that is not named is closed.
    #[serde(default)]
    week: BTreeMap<String, Vec<SpanShape>>,
    /// By date (`2026-10-01`): days that are not like their weekday.
    #[serde(default)]
    days: BTreeMap<String, DayShape>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpanShape {
    /// `09:00`
    from: String,
    /// At most `24:00`.
    to: String,
}

/// Closed, unless it is like a weekday or has hours of its own.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayShape {
    name: String,
    /// Open as on this weekday: an exchanged workday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    like: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<SpanShape>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarReply {
    id: Uuid,
    name: String,
    calendar: CalendarShape,
    /// Say it when you change the calendar.
    version: i64,
    now: PreviewReply,
}

/// How a calendar stands at a moment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewReply {
    /// `open`, `closed`, `holiday`.
    state: &'static str,
    /// Of the holiday.
    holiday: Option<String>,
    /// When it is open: milliseconds since 1970; null: it never closes.
    closes: Option<i64>,
    /// When it is not; null: not within two years.
    opens: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarWish {
    /// One line of at most 64 characters.
    name: String,
    calendar: CalendarShape,
    /// The version it is put in the place of. Of a new one: nothing.
    #[serde(default)]
    replaces: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewQuestion {
    calendar: CalendarShape,
    /// Milliseconds since 1970; now without it.
    #[serde(default)]
    at: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolidayFile {
    /// CSV (`date,kind,name`; `off` or `work`), JSON, or iCalendar: docs/opening-hours.md.
    text: String,
    /// Exchanged workdays are open as on this weekday.
    #[serde(default = "monday")]
    like: String,
}

fn monday() -> String {
    "monday".into()
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarMade {
    id: Uuid,
}

/// Every calendar of the account, by name, and how it stands now.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/calendars", tag = "settings", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<CalendarReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<CalendarReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let now = gateway.clock.now();
    let shown = |view: CalendarView| {
        let preview = PreviewReply::of(Preview::of(&view.calendar, now));
        let shape = serde_json::to_value(&view.calendar).and_then(serde_json::from_value);
        let calendar = shape.expect("a calendar is written in its own shape");
        CalendarReply { id: view.id.0, name: view.name, calendar, version: view.version, now: preview }
    };
    Ok(Json(gateway.operations.calendars(account).await?.into_iter().map(shown).collect()))
}

/// A new one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calendars", tag = "settings", params(("account_id" = Uuid, Path)),
    request_body = CalendarWish,
    responses((status = 201, body = CalendarMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<CalendarWish>, JsonRejection>,
) -> Result<(StatusCode, Json<CalendarMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let calendar = gateway.operations.read_calendar(document(&wish.calendar))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let id = gateway.operations.create_calendar(now, &who.actor, account, &wish.name, &calendar).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(CalendarMade { id: id.0 })))
}

/// Put it in the place of the version before.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/calendars/{id}", tag = "settings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = CalendarWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CalendarId)>,
    caller: Caller,
    body: Result<Json<CalendarWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let replaces = wish.replaces.ok_or_else(|| Problem::invalid("say which version it replaces"))?;
    let calendar = gateway.operations.read_calendar(document(&wish.calendar))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_calendar(now, &who.actor, account, (id, replaces), &wish.name, &calendar).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Take it away. One that a published flow asks stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/calendars/{id}", tag = "settings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CalendarId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    gateway.operations.remove_calendar(gateway.clock.now(), &caller.who.actor, account, id).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// How a calendar would stand at a moment, before it is kept.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calendars/preview", tag = "settings", params(("account_id" = Uuid, Path)),
    request_body = PreviewQuestion,
    responses((status = 200, body = PreviewReply), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<PreviewQuestion>, JsonRejection>,
) -> Result<Json<PreviewReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(question) = body.map_err(|e| Problem::unreadable(&e))?;
    let calendar = gateway.operations.read_calendar(document(&question.calendar))?;
    let at = question.at.map_or_else(|| gateway.clock.now(), |ms| Timestamp(ms.saturating_mul(1_000)));
    Ok(Json(PreviewReply::of(Preview::of(&calendar, at))))
}

/// The holidays and exchanged workdays of a file, as a calendar has them. Nothing is kept by it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calendars/holidays", tag = "settings", params(("account_id" = Uuid, Path)),
    request_body = HolidayFile,
    responses((status = 200, body = BTreeMap<String, DayShape>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn holidays(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<HolidayFile>, JsonRejection>,
) -> Result<Json<BTreeMap<String, DayShape>>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(file) = body.map_err(|e| Problem::unreadable(&e))?;
    let days = gateway.operations.read_holidays(&file.text, &file.like)?;
    let shape = serde_json::to_value(&days).and_then(serde_json::from_value);
    Ok(Json(shape.expect("a day is written in its own shape")))
}

impl PreviewReply {
    fn of(preview: Preview) -> PreviewReply {
        PreviewReply {
            state: preview.now.as_str(),
            holiday: preview.now.holiday().map(str::to_owned),
            closes: preview.closes.map(Timestamp::as_millis),
            opens: preview.opens.map(Timestamp::as_millis),
        }
    }
}

fn document(shape: &CalendarShape) -> serde_json::Value {
    serde_json::to_value(shape).expect("texts, and lists and maps of them")
}
