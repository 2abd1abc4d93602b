//! The way of visitors through a site: told by their page (or an app of the site's), shown to who may read what they write.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::widget::{found, from_the_page};
use crate::Gateway;
use crate::caller::{Caller, Stranger};
use crate::problem::Problem;
use crate::track_writer::Told;
use crate::typing::{Typed, Typist};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use ringdesk_access::Permission;
use ringdesk_conversations::{TRACK_BATCH, TrackKind, TrackSaid, track_dwell, track_event};
use ringdesk_model::{AccountId, Clock as _, ContactId, ConversationId, InboxId, Pii, Timestamp};
use ringdesk_operations::track::{TrackLine, Tracked};
use ringdesk_operations::visitors::{SiteView, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// When there is room again, where too much waits to be written.
const FULL: Duration = Duration::from_secs(2);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreement {
    /// False takes it back, and erases what was kept.
    agrees: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackTold {
    /// In their order; at most 20.
    events: Vec<TrackEvent>,
}

/// Something that a visitor did.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackEvent {
    /// The page's own name for it: told again, it is the same one. Of `left`: the name of the page that they left.
    id: Uuid,
    /// `page`, `click`, `form`, `event`; `left`: how long a page was looked at.
    kind: String,
    /// Milliseconds ago.
    #[serde(default)]
    ago_ms: u64,
    /// The address of the page, or of the screen of an app. What may tell of a person is taken out of it.
    #[serde(default)]
    page: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// Of the marked element, the form or the event; at most 80 characters.
    #[serde(default)]
    name: Option<String>,
    /// Of an event, at most ten: texts, numbers, true or false.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: BTreeMap<String, Value>,
    /// Of `left`, in milliseconds.
    #[serde(default)]
    dwell_ms: u64,
}

/// Something that a visitor did on a site.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrackReply {
    /// `page`, `click`, `form`, `event`.
    kind: String,
    at: i64,
    page: Option<String>,
    title: Option<String>,
    name: Option<String>,
    fields: BTreeMap<String, String>,
    /// Of a page that was left: how long it was looked at.
    dwell_ms: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TrackErased {
    /// Things that were kept.
    erased: u64,
}

/// A visitor agrees that their way through the site is kept, or does not any more.
#[utoipa::path(put, path = "/public/api/v1/widget/{inbox}/agreement", tag = "widget", params(("inbox" = Uuid, Path)), request_body = Agreement,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn agree(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
    Stranger(address): Stranger,
    head: HeaderMap,
    body: Result<Json<Agreement>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (_, visitor, _) = who(&gateway, inbox, &head, &address).await?;
    let Json(Agreement { agrees }) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.visitor_agrees(gateway.clock.now(), &visitor, agrees).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a visitor did. It is taken, not yet stored; told again under its name it is kept once.
#[utoipa::path(post, path = "/public/api/v1/widget/{inbox}/track", tag = "widget", params(("inbox" = Uuid, Path)), request_body = TrackTold,
    responses((status = 202), (status = 401, body = Problem), (status = 403, description = "The visitor did not agree, or nothing is kept here", body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn tell(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
    Stranger(address): Stranger,
    head: HeaderMap,
    body: Result<Json<TrackTold>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (site, visitor, agreed) = who(&gateway, inbox, &head, &address).await?;
    if !site.site.track.allows(agreed) {
        return Err(Problem::forbidden().detail("the visitor did not agree that this is kept"));
    }
    let Json(TrackTold { events }) = body.map_err(|e| Problem::unreadable(&e))?;
    if events.len() > TRACK_BATCH {
        return Err(Problem::invalid(format!("at most {TRACK_BATCH} things in one request")));
    }
    let now = gateway.clock.now();
    let of = events.into_iter().map(|event| read(now, event).map(|tracked| (visitor.id, tracked)));
    let of = of.collect::<Result<Vec<_>, Problem>>()?;
    let newest = of.iter().rev().find_map(|(_, tracked)| match tracked {
        Tracked::Happened { kind: TrackKind::Page, said, .. } => Some(said.clone()),
        _ => None,
    });
    if !gateway.track.take(&gateway.operations, Told { account: site.account, agreed, of }) {
        metrics::counter!("widget_refused_total", "reason" => "track").increment(1);
        return Err(Problem::throttled().after(FULL));
    }
    if let Some(page) = newest {
        show(&gateway, &visitor, page).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// What the visitor of a conversation did on the site, newest first; at most 200.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/track", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = Vec<TrackReply>), (status = 404, body = Problem)))]
pub(crate) async fn of_conversation(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<TrackReply>>, Problem> {
    caller.may_read(account)?;
    let track = gateway.operations.track_of_conversation(&caller.who.scope, id).await?;
    Ok(Json(track.into_iter().map(shown).collect()))
}

/// What a contact did on all sites where they are known, newest first; at most 200.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}/track", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = Vec<TrackReply>), (status = 404, body = Problem)))]
pub(crate) async fn of_contact(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<Vec<TrackReply>>, Problem> {
    caller.may_read(account)?;
    let track = gateway.operations.track_of_contact(&caller.who.scope, id).await?;
    Ok(Json(track.into_iter().map(shown).collect()))
}

/// Erase what is kept of a contact's way.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/contacts/{id}/track", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = TrackErased), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn erase(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<TrackErased>, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let erased = gateway.operations.erase_track(now, &who.actor, &who.scope, id).await?;
    Ok(Json(TrackErased { erased }))
}

/// Whose page asks, within what it may ask for; and whether they agreed.
async fn who(
    gateway: &Gateway,
    inbox: InboxId,
    head: &HeaderMap,
    address: &str,
) -> Result<(SiteView, Visitor, bool), Problem> {
    from_the_page(head)?;
    let site = found(gateway, inbox).await?;
    let token = head.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = Pii::new(token.ok_or_else(Problem::unauthorized)?.to_owned());
    let (now, limits) = (gateway.clock.now(), &gateway.visitors);
    let visitor = gateway.operations.tracked_visitor(now, &site, &token).await?;
    let (visitor, agreed) = visitor.ok_or_else(Problem::unauthorized)?;
    let asked = limits
        .take(now, &format!("track of visitor {}", visitor.id), limits.rates.tracks_of_visitor)
        .and_then(|()| limits.take(now, &format!("track of {address}"), limits.rates.tracks_of_address))
        .and_then(|()| limits.take(now, &format!("track at {inbox}"), limits.rates.tracks_of_inbox));
    if let Err(wait) = asked {
        metrics::counter!("widget_refused_total", "reason" => "track").increment(1);
        return Err(Problem::throttled().after(wait));
    }
    Ok((site, visitor, agreed))
}

/// Whoever talks with them sees where they are.
async fn show(gateway: &Gateway, visitor: &Visitor, page: TrackSaid) -> Result<(), Problem> {
    if let Some((conversation, agent)) = gateway.operations.watcher_of(visitor).await? {
        let by = Typist::Visitor { agent, page: Pii::new(page) };
        gateway.feeds.typed(visitor.account, &Typed { conversation, by });
    }
    Ok(())
}

fn read(now: Timestamp, event: TrackEvent) -> Result<Tracked, Problem> {
    if event.kind == "left" {
        return Ok(Tracked::Left { page: event.id, milliseconds: track_dwell(event.dwell_ms) });
    }
    let no_kind = || Problem::invalid("the kind is page, click, form, event or left");
    let kind = TrackKind::parse(&event.kind).ok_or_else(no_kind)?;
    let field = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        _ => Err(Problem::invalid("a field is a text, a number, true or false")),
    };
    let fields = event.fields.into_iter().map(field).collect::<Result<_, _>>()?;
    let said = TrackSaid { page: event.page, title: event.title, name: event.name, fields };
    let read = track_event(now, kind, event.ago_ms, said);
    let (at, said) = read.map_err(|refusal| Problem::invalid(refusal.to_string()))?;
    Ok(Tracked::Happened { id: event.id, kind, at, said })
}

fn shown(line: TrackLine) -> TrackReply {
    let TrackSaid { page, title, name, fields } = line.said.into_inner();
    let dwell_ms = line.dwell.map(|dwell| u64::try_from(dwell.as_millis()).unwrap_or(u64::MAX));
    TrackReply { kind: line.kind, at: line.at.as_millis(), page, title, name, fields, dwell_ms }
}
