//! Inboxes of text: of the API channel (any program that signs its requests may bring texts, and is sent ours), and of web sites.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::users::name_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_channels::webhook;
use ringdesk_conversations::TextManners;
use ringdesk_model::{AccountId, CalendarId, Clock as _, InboxId, Pii, QueueId};
use ringdesk_operations::secrets;
use ringdesk_operations::text_inboxes::{Site, TextInboxEdit, TextSettings};
use ringdesk_storage::text_inboxes::TextInbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// All of it: what is not named is not there any more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditTextInbox {
    name: String,
    /// Whose agents answer.
    queue: Uuid,
    /// Where our texts go out to: `https://…`. Without one they fail.
    #[serde(default)]
    webhook: Option<String>,
    /// The receiver does not know again what it is handed twice (by `webhook-id`): what nobody knows of is not sent again by
    /// itself.
    #[serde(default)]
    no_repeats: bool,
    /// Said once when somebody writes and nobody is at work. At most 1,000 characters, as the two below.
    #[serde(default)]
    away: Option<String>,
    /// Seconds of the contact's silence, 10 to 604,800.
    #[serde(default)]
    remind_after: Option<u32>,
    #[serde(default)]
    reminder: Option<String>,
    /// Seconds after the reminder, or after our last text where none is said; then it is closed.
    #[serde(default)]
    close_after: Option<u32>,
    #[serde(default)]
    farewell: Option<String>,
    /// It stands on web sites; without it, it is one of the API channel. What it is it stays.
    #[serde(default)]
    site: Option<SiteShape>,
}

/// How an inbox looks on a web site, and on which.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteShape {
    /// Pages of these origins may show it: `https://shop.example`; `*`: every page. At most 20.
    #[serde(default)]
    allowed: Vec<String>,
    /// Above the conversation, at most 60 characters; the inbox's name without it.
    #[serde(default)]
    title: Option<String>,
    /// `#rrggbb`.
    #[serde(default)]
    colour: Option<String>,
    /// Said before anybody has written. At most 1,000 characters.
    #[serde(default)]
    greeting: Option<String>,
    /// `en`, `zh`; the page's own without it.
    #[serde(default)]
    language: Option<String>,
    /// A calendar: outside of its hours a message is left.
    #[serde(default)]
    hours: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextInboxReply {
    id: Uuid,
    /// `api`, `web_chat`.
    channel: &'static str,
    name: String,
    queue: Uuid,
    webhook: Option<String>,
    no_repeats: bool,
    away: Option<String>,
    remind_after: Option<u32>,
    reminder: Option<String>,
    close_after: Option<u32>,
    farewell: Option<String>,
    site: Option<SiteShape>,
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextInboxMade {
    id: Uuid,
    /// Shown this once.
    secret: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SecretMade {
    /// Shown this once. The one before is good for another day.
    secret: String,
}

/// Every inbox for texts.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/text_inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TextInboxReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TextInboxReply>>, Problem> {
    caller.may(account, Permission::InboxesRead)?;
    Ok(Json(gateway.operations.text_inboxes(account).await?.into_iter().map(shown).collect()))
}

/// Make one, with its first secret.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    request_body = EditTextInbox, responses((status = 201, body = TextInboxMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<EditTextInbox>, JsonRejection>,
) -> Result<(StatusCode, Json<TextInboxMade>), Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = read(&gateway, new)?;
    let (now, actor, secret) = (gateway.clock.now(), &caller.who.actor, webhook::secret(&secrets::random()?));
    let id = gateway.operations.create_text_inbox(now, actor, account, &edit, Pii::new(secret.clone())).await?;
    Ok((StatusCode::CREATED, Json(TextInboxMade { id: id.0, secret })))
}

/// Edit one. Put it out of use where all inboxes are.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/text_inboxes/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditTextInbox,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
    body: Result<Json<EditTextInbox>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = read(&gateway, edit)?;
    gateway.operations.edit_text_inbox(gateway.clock.now(), &caller.who.actor, account, id, &edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another secret. Both are good for a day, and what leaves is signed with both, so that either side changes at its own time.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_inboxes/{id}/secret", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 201, body = SecretMade), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn renew_secret(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
) -> Result<(StatusCode, Json<SecretMade>), Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let (now, actor, secret) = (gateway.clock.now(), &caller.who.actor, webhook::secret(&secrets::random()?));
    gateway.operations.renew_inbox_secret(now, actor, account, id, Pii::new(secret.clone())).await?;
    Ok((StatusCode::CREATED, Json(SecretMade { secret })))
}

fn read(gateway: &Gateway, edit: EditTextInbox) -> Result<TextInboxEdit, Problem> {
    if let Some(url) = &edit.webhook {
        gateway.orders.check_webhook(url).map_err(Problem::invalid)?;
    }
    let EditTextInbox { webhook, no_repeats, away, remind_after, reminder, close_after, farewell, site, .. } = edit;
    let site = site.map(|SiteShape { allowed, title, colour, greeting, language, hours }| {
        // A browser writes an origin in small letters, and without a stroke at its end.
        let allowed = allowed.iter().map(|one| one.trim().trim_end_matches('/').to_lowercase()).collect();
        Site { allowed, title, colour, greeting, language, hours: hours.map(CalendarId) }
    });
    let manners = TextManners { away, remind_after, reminder, close_after, farewell };
    let settings = TextSettings { webhook, no_repeats, site, manners };
    Ok(TextInboxEdit { name: name_of(&edit.name)?, queue: QueueId(edit.queue), settings })
}

fn shown(inbox: TextInbox) -> TextInboxReply {
    let TextSettings { webhook, no_repeats, site, manners } = TextSettings::of(&inbox);
    TextInboxReply {
        id: inbox.id.0,
        channel: inbox.channel.as_str(),
        name: inbox.name,
        queue: inbox.queue.0,
        webhook,
        no_repeats,
        away: manners.away,
        remind_after: manners.remind_after,
        reminder: manners.reminder,
        close_after: manners.close_after,
        farewell: manners.farewell,
        site: site.map(|Site { allowed, title, colour, greeting, language, hours }| SiteShape {
            allowed,
            title,
            colour,
            greeting,
            language,
            hours: hours.map(|calendar| calendar.0),
        }),
        active: !inbox.disabled,
    }
}
