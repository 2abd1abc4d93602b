//! What staff ask the help desks of their own house: each person's own, at the console; programs have no part in it. Who answers has it
//! like any other conversation by text.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::attachments::{AttachmentReply, Upload};
use super::widget_lines::shown;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::typing::{Typed, Typist};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest as _, Path, Query, Request, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::reply_in;
use ringdesk_model::{AccountId, Clock as _, ConversationId, InboxId, Pii, Timestamp};
use ringdesk_operations::text_inboxes::TextSettings;
use ringdesk_operations::texts::is_attended;
use ringdesk_storage::help_desk::StaffTalk;
use ringdesk_storage::text_inboxes::TextInbox;
use ringdesk_storage::visitors::VisitorLine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct HelpDeskReply {
    /// To whom I can write.
    desks: Vec<HelpDeskInbox>,
    /// What I asked, the one with the newest line first; at most 100.
    talks: Vec<HelpTalk>,
    /// Texts to me that I have not read.
    unread: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct HelpDeskInbox {
    id: Uuid,
    name: String,
    /// Somebody who answers is at work.
    attended: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct HelpTalk {
    /// The conversation.
    id: Uuid,
    inbox: Uuid,
    inbox_name: String,
    opened_at: i64,
    /// Null: it goes on. A text within a day of it takes it up again.
    closed_at: Option<i64>,
    /// Number of the last line, and when that was written.
    last_seq: i64,
    last_at: i64,
    /// How far I have read.
    read: i64,
    /// Texts to me after that.
    unread: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHelpText {
    /// A help desk.
    inbox: Uuid,
    /// My own name for it, 1 to 150 bytes (a UUID): sent again under the same name, it is the same text and the same answer.
    client_id: String,
    /// At most 8,000 characters; may be empty where it brings files.
    text: String,
    /// What I brought to this help desk for it, at most 10.
    #[serde(default)]
    attachments: Vec<Uuid>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct HelpFileFor {
    /// The help desk that it is for.
    inbox: Uuid,
    /// As its owner calls it; its ending must be that of its content.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct HelpTextTaken {
    id: Uuid,
    conversation: Uuid,
    seq: i64,
    at: i64,
}

/// A line as who asked reads it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct HelpLine {
    seq: i64,
    /// `text`; or what happened: `joined`, `left`, `passed`, `closed`, `recalled`, `edited` (of another line). `none`: nothing that is
    /// for me.
    kind: String,
    #[serde(default)]
    at: Option<i64>,
    /// `me`, `agent`, `house`.
    #[serde(default)]
    by: Option<String>,
    /// Of the colleague who wrote it, or came.
    #[serde(default)]
    name: Option<String>,
    /// From whom they took it over.
    #[serde(default)]
    from: Option<String>,
    /// As it says by now; empty once it was recalled.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    recalled: bool,
    #[serde(default)]
    edited: bool,
    /// Number of the line that was recalled or edited.
    #[serde(default)]
    of: Option<i64>,
    #[serde(default)]
    files: Vec<HelpFile>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct HelpFile {
    name: String,
    /// `picture`, `sound`, `film`, `document`.
    kind: String,
    bytes: i64,
    /// Beneath this server; good for some days.
    path: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct HelpPage {
    /// Only lines after this number; from the beginning without it. A page has 200.
    after: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HelpRead {
    /// The number of the last line that I have read. Never goes back.
    seq: i64,
}

/// To whom I can write, and what I asked before.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/help_desk", tag = "help_desk", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = HelpDeskReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<HelpDeskReply>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let scope = &caller.who.scope;
    let floor = gateway.orders.floor();
    let desk = |inbox: TextInbox| HelpDeskInbox {
        id: inbox.id.0,
        attended: is_attended(&floor, inbox.queue),
        name: inbox.name,
    };
    let desks = gateway.operations.help_desks(scope).await?.into_iter().map(desk).collect();
    let talks: Vec<HelpTalk> = gateway.operations.help_talks(scope).await?.into_iter().map(talk).collect();
    let unread = talks.iter().map(|one| one.unread).sum();
    Ok(Json(HelpDeskReply { desks, talks, unread }))
}

/// Ask a help desk. What is open with it goes on; else a new conversation begins. What is acknowledged is stored, once.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/help_desk/texts", tag = "help_desk", params(("account_id" = Uuid, Path)),
    request_body = NewHelpText,
    responses((status = 200, body = HelpTextTaken), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn ask(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewHelpText>, JsonRejection>,
) -> Result<Json<HelpTextTaken>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(NewHelpText { inbox, client_id, text, attachments }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, inbox) = (gateway.clock.now(), &caller.who, InboxId(inbox));
    let desks = gateway.operations.help_desks(&who.scope).await?;
    let desk = desks.iter().find(|one| one.id == inbox).ok_or_else(|| Problem::not_found("help desk"))?;
    let (limits, of) = (&gateway.visitors, TextSettings::of(desk).rates);
    let mine = of.contact.map_or(limits.rates.texts_of_visitor, Into::into);
    if let Err(wait) = limits.take(now, &format!("texts of user {} at {inbox}", who.user.id), mine) {
        return Err(Problem::too_many_texts(wait, reply_in(&of.reply, None)));
    }
    let said = (client_id.as_str(), who.user.name.as_str(), &Pii::new(text), attachments);
    let taken = gateway.operations.ask_help_desk(now, &who.scope, inbox, said).await?;
    gateway.orders.texts_changed();
    Ok(Json(HelpTextTaken {
        id: taken.id,
        conversation: taken.conversation.0,
        seq: taken.seq,
        at: taken.at.as_millis(),
    }))
}

/// Bring a file to a help desk; it leaves with my next text to it that names it. The body is the file, of the kinds and sizes that
/// a conversation takes. What is not sent within a day is thrown away.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/help_desk/files", tag = "help_desk", params(("account_id" = Uuid, Path), HelpFileFor),
    responses((status = 201, body = AttachmentReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn bring(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<HelpFileFor>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<AttachmentReply>), Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Query(HelpFileFor { inbox, name }) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (now, who, inbox) = (gateway.clock.now(), &caller.who, InboxId(inbox));
    let limits = &gateway.visitors;
    let asked = limits.take(now, &format!("files of user {}", who.user.id), limits.rates.files_of_visitor);
    asked.map_err(|wait| Problem::throttled().after(wait))?;
    // Only now is anything of it read.
    let Upload(_, content) = Upload::from_request(request, &gateway).await?;
    let name = Pii::new(name.unwrap_or_default());
    let file = (&name, content.into());
    let kept = gateway.operations.bring_to_help_desk(now, &who.actor, &who.scope, inbox, file).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// What was said in one of mine, in its order.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/help_talks/{id}/lines", tag = "help_desk",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), HelpPage),
    responses((status = 200, body = Vec<HelpLine>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn lines(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    query: Result<Query<HelpPage>, QueryRejection>,
) -> Result<Json<Vec<HelpLine>>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (now, after) = (gateway.clock.now(), page.after.unwrap_or(0).max(0));
    let found = gateway.operations.help_lines(&caller.who.scope, id, after).await?;
    let last = found.last().map_or(after, |line| line.seq);
    let files = gateway.operations.visitor_files(now, account, id, (after, last)).await?;
    let line = |line: &VisitorLine| {
        serde_json::from_value::<HelpLine>(shown(id, line, &files)).map_err(|fault| Problem::internal(&fault))
    };
    Ok(Json(found.iter().map(line).collect::<Result<Vec<_>, _>>()?))
}

/// Take one of mine back, for two minutes.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/help_talks/{id}/lines/{seq}", tag = "help_desk",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn recall(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): Path<(AccountId, ConversationId, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.recall_from_help_desk(now, &who.actor, &who.scope, (id, seq)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// I am writing: who has it in hand sees it for six seconds, and it is kept nowhere.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/help_talks/{id}/typing", tag = "help_desk",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn typing(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    if let Some(agent) = gateway.operations.helper_of(&caller.who.scope, id).await? {
        gateway.feeds.typed(account, &Typed { conversation: id, by: Typist::Contact(agent) });
    }
    Ok(StatusCode::NO_CONTENT)
}

/// I have read up to here.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/help_talks/{id}/read", tag = "help_desk",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = HelpRead,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn seen(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<HelpRead>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(HelpRead { seq }) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.read_help_talk(gateway.clock.now(), &caller.who.scope, id, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn talk(one: StaffTalk) -> HelpTalk {
    HelpTalk {
        id: one.conversation.0,
        inbox: one.inbox.0,
        inbox_name: one.inbox_name,
        opened_at: one.opened_at.as_millis(),
        closed_at: one.closed_at.map(Timestamp::as_millis),
        last_seq: one.last_seq,
        last_at: one.last_at.as_millis(),
        read: one.read,
        unread: one.unread,
    }
}
