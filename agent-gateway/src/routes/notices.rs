//! What each of the staff is told at once: their list, how they want to be told, and what the house has set.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::second_factor::person;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, NoticeId};
use ringdesk_notices::text::{check, fill};
use ringdesk_notices::{Channels, HouseNotices, Matrix, NoticeChannel, NoticeKind};
use ringdesk_storage::notices::Notice;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticesReply {
    /// Of all that are kept.
    unread: i64,
    /// Newest first, at most 50.
    notices: Vec<NoticeReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeReply {
    id: Uuid,
    /// `enquiry`, `text_overdue`, `ticket_assigned`, `ticket_due`, `ticket_overdue`, `rating`, `permissions`, `side_note`,
    /// `callback_due`, `left_message`.
    kind: String,
    /// What it says, by language: `en`, `zh-CN`.
    texts: BTreeMap<String, String>,
    /// Where it leads: `ticket:<id>`, `conversation:<id>`, `call:<conversation>`, `callbacks`, `left_messages`, `security`, or nothing.
    place: String,
    /// Milliseconds since 1970.
    at: i64,
    read: bool,
}

#[derive(Deserialize, IntoParams)]
pub(crate) struct Page {
    /// The last one of the page before.
    before: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticesRead {
    /// This one, and all before it.
    to: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeChoiceReply {
    kind: &'static str,
    /// `list`, `sound`, `desktop`: those that are on.
    channels: Vec<&'static str>,
    /// What it would be, had I not chosen.
    by_default: Vec<&'static str>,
    /// I have chosen.
    own: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeChoicesWish {
    /// By kind, the channels that are on; `null`: as the house has it. A kind that is not named stays.
    #[schema(value_type = BTreeMap<String, Option<Vec<String>>>)]
    choices: BTreeMap<NoticeKind, Option<Channels>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeSetupReply {
    /// Say it when you change it. 0: nothing was set yet.
    version: i64,
    /// By role, then by kind: the channels that are on for who has not chosen. What is not named is as it is shipped.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Vec<String>>>)]
    roles: BTreeMap<String, Matrix>,
    /// By kind, then by language.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, String>>)]
    texts: BTreeMap<NoticeKind, BTreeMap<String, String>>,
    kinds: Vec<NoticeKindReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeKindReply {
    kind: &'static str,
    /// What a text of it may name, in braces.
    variables: &'static [&'static str],
    /// As shipped, by language.
    texts: BTreeMap<&'static str, &'static str>,
    channels: Vec<&'static str>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeSetupWish {
    /// The version it is put in the place of.
    replaces: i64,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Vec<String>>>)]
    roles: Value,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, BTreeMap<String, String>>)]
    texts: Value,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeSetupKept {
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticePreviewWish {
    kind: String,
    text: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoticePreview {
    /// With an example in the place of each variable.
    text: String,
}

/// My own, newest first. They are kept for thirty days.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/notices", tag = "notices", params(("account_id" = Uuid, Path), Page),
    responses((status = 200, body = NoticesReply), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<NoticesReply>, Problem> {
    in_person(&caller, account)?;
    let own = gateway.operations.own_notices(&caller.who, page.before.map(NoticeId)).await?;
    let shown = |notice: Notice| NoticeReply {
        id: notice.id.0,
        texts: serde_json::from_str(notice.texts.reveal()).unwrap_or_default(),
        kind: notice.kind,
        place: notice.place,
        at: notice.at.as_millis(),
        read: own.read_to.is_some_and(|to| notice.id <= to),
    };
    let (unread, notices) = (own.unread, own.listed.into_iter().map(shown).collect());
    Ok(Json(NoticesReply { unread, notices }))
}

/// I have read them, in whatever window.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/notices/read", tag = "notices", params(("account_id" = Uuid, Path)),
    request_body = NoticesRead, responses((status = 204), (status = 403, body = Problem)))]
pub(crate) async fn seen(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NoticesRead>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    in_person(&caller, account)?;
    let Json(NoticesRead { to }) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.read_notices(gateway.clock.now(), &caller.who, NoticeId(to)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By which channels I am told of what.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/notice_choices", tag = "notices", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<NoticeChoiceReply>), (status = 403, body = Problem)))]
pub(crate) async fn choices(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<NoticeChoiceReply>>, Problem> {
    in_person(&caller, account)?;
    let found = gateway.operations.notice_choices(&caller.who).await?;
    let shown = found.into_iter().map(|choice| NoticeChoiceReply {
        kind: choice.kind.as_str(),
        channels: names(&choice.channels),
        by_default: names(&choice.by_default),
        own: choice.own,
    });
    Ok(Json(shown.collect()))
}

/// Choose for myself.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/notice_choices", tag = "notices", params(("account_id" = Uuid, Path)),
    request_body = NoticeChoicesWish, responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn choose(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NoticeChoicesWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    in_person(&caller, account)?;
    let Json(NoticeChoicesWish { choices }) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.choose_notices(gateway.clock.now(), &caller.who, choices).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the house has set, and what is shipped.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/notice_setup", tag = "notices", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = NoticeSetupReply), (status = 403, body = Problem)))]
pub(crate) async fn house(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<NoticeSetupReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let (version, HouseNotices { roles, texts }) = gateway.operations.house_notices(account).await?;
    let kind = |kind: &NoticeKind| {
        let (en, zh) = kind.shipped_texts();
        NoticeKindReply {
            kind: kind.as_str(),
            variables: kind.variables(),
            texts: BTreeMap::from([("en", en), ("zh-CN", zh)]),
            channels: names(&kind.shipped_channels()),
        }
    };
    Ok(Json(NoticeSetupReply { version, roles, texts, kinds: NoticeKind::ALL.iter().map(kind).collect() }))
}

/// Set it, whole: what is not named is as it is shipped. Who has chosen for themselves keeps their choice.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/notice_setup", tag = "notices", params(("account_id" = Uuid, Path)),
    request_body = NoticeSetupWish,
    responses((status = 200, body = NoticeSetupKept), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_house(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NoticeSetupWish>, JsonRejection>,
) -> Result<Json<NoticeSetupKept>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(NoticeSetupWish { replaces, roles, texts }) = body.map_err(|e| Problem::unreadable(&e))?;
    let said = [("roles", roles), ("texts", texts)].into_iter().filter(|(_, value)| !value.is_null());
    let wish = said.map(|(name, value)| (name.to_owned(), value)).collect();
    let wish = gateway.operations.read_house_notices(Value::Object(wish))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let version = gateway.operations.set_house_notices(now, actor, account, replaces, wish).await?;
    Ok(Json(NoticeSetupKept { version }))
}

/// A text as it would be shown, before it is kept.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/notice_setup/preview", tag = "notices", params(("account_id" = Uuid, Path)),
    request_body = NoticePreviewWish,
    responses((status = 200, body = NoticePreview), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview(
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NoticePreviewWish>, JsonRejection>,
) -> Result<Json<NoticePreview>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(NoticePreviewWish { kind, text }) = body.map_err(|e| Problem::unreadable(&e))?;
    let kind = NoticeKind::parse(&kind).ok_or_else(|| Problem::invalid(format!("there is no notice {kind}")))?;
    check(kind, &text).map_err(|why| Problem::invalid(why.to_string()))?;
    let values = kind.variables().iter().map(|name| (*name, NoticeKind::sample(name).to_owned())).collect();
    Ok(Json(NoticePreview { text: fill(&text, &values) }))
}

/// Everybody who signs in, and no program: what somebody is told is theirs.
fn in_person(caller: &Caller, account: AccountId) -> Result<(), Problem> {
    caller.is_of(account)?;
    person(caller)
}

fn names(channels: &BTreeSet<NoticeChannel>) -> Vec<&'static str> {
    channels.iter().map(|channel| channel.as_str()).collect()
}
