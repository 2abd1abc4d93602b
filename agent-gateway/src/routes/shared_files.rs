//! Files that everybody may send: manuals, quotes, guides. Kept by administrators in versions, found and brought by agents.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::attachments::{AttachmentReply, Named, Upload, said, send};
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_conversations::SharedFile;
use ringdesk_model::{AccountId, Clock as _, ConversationId, QueueId, Timestamp};
use ringdesk_operations::shared_files::SharedWish;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct SharedFileReply {
    id: Uuid,
    title: String,
    /// Words to find it by.
    tags: Vec<String>,
    /// Only agents of these queues see it; empty: everybody does.
    queues: Vec<Uuid>,
    /// How often it was sent.
    uses: i64,
    /// It is sent no more; what was sent stays.
    withdrawn: bool,
    /// From 1 up; the last one is sent.
    version: i64,
    /// Of its last version, as its owner calls it.
    name: String,
    /// `picture`, `sound`, `film`, `document`.
    kind: String,
    /// By its content.
    mime: String,
    bytes: i64,
    /// When this version came.
    at: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharedFileWish {
    /// One line of at most 80 characters.
    title: String,
    /// At most 12 words to find it by.
    #[serde(default)]
    tags: Vec<String>,
    /// Only agents of these queues see it; empty: everybody does.
    #[serde(default)]
    queues: Vec<Uuid>,
    /// It is sent no more; what was sent stays.
    #[serde(default)]
    withdrawn: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharedFileUse {
    /// One by text that I may answer.
    conversation: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct SharedQuery {
    /// Words of a title, of what it is found by, or of a file's name; Chinese also by pinyin. Empty: the most used.
    #[serde(default)]
    q: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfVersion {
    /// Without it the last one.
    version: Option<i64>,
}

/// All of them, for those who keep them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/shared_files", tag = "texts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<SharedFileReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<SharedFileReply>>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let all = gateway.operations.shared_files(&caller.who.scope).await?;
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// The best answers among those that I may send, at most 20.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/shared_files/search", tag = "texts",
    params(("account_id" = Uuid, Path), SharedQuery), responses((status = 200, body = Vec<SharedFileReply>), (status = 403, body = Problem)))]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<SharedQuery>, QueryRejection>,
) -> Result<Json<Vec<SharedFileReply>>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Query(query) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let found = gateway.operations.find_shared_files(&caller.who.scope, &query.q).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// A new one; the body is the file, of the types that go with texts (docs/channels.md). Its title is its name until it is changed.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/shared_files", tag = "texts", params(("account_id" = Uuid, Path), Named),
    responses((status = 201, body = SharedFileReply), (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Named>, QueryRejection>,
    upload: Upload,
) -> Result<(StatusCode, Json<SharedFileReply>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let (name, now) = (said(query)?, gateway.clock.now());
    let file = gateway.operations.share_file(now, &caller.who.actor, account, (&name, upload.1.into())).await?;
    Ok((StatusCode::CREATED, Json(shown(file))))
}

/// What it is called, what it is found by, who sees it, and whether it is sent.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/shared_files/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = SharedFileWish,
    responses((status = 200, body = SharedFileReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    body: Result<Json<SharedFileWish>, JsonRejection>,
) -> Result<Json<SharedFileReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let queues = wish.queues.into_iter().map(QueueId).collect();
    let wish = SharedWish { title: wish.title, tags: wish.tags, queues, withdrawn: wish.withdrawn };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    Ok(Json(shown(gateway.operations.change_shared_file(now, actor, account, id, wish).await?)))
}

/// Another version of it; the body is the file. What was sent before stays what it was.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/shared_files/{id}/versions", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), Named),
    responses((status = 201, body = SharedFileReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn renew(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    query: Result<Query<Named>, QueryRejection>,
    upload: Upload,
) -> Result<(StatusCode, Json<SharedFileReply>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let (name, now, actor) = (said(query)?, gateway.clock.now(), &caller.who.actor);
    let file = gateway.operations.renew_shared_file(now, actor, account, id, (&name, upload.1.into())).await?;
    Ok((StatusCode::CREATED, Json(shown(file))))
}

/// What it contains. Who looks is written in the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/shared_files/{id}/content", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), OfVersion),
    responses((status = 200), (status = 206), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    query: Result<Query<OfVersion>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Query(OfVersion { version }) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let keeps = who.grants.allows(Permission::SettingsManage);
    send(gateway.operations.open_shared_file(now, &who.actor, &who.scope, (id, version), keeps).await?, &headers)
}

/// Bring it to a conversation, without an upload: it leaves with my next text that names it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/shared_files/{id}/use", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = SharedFileUse,
    responses((status = 201, body = AttachmentReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn bring(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    body: Result<Json<SharedFileUse>, JsonRejection>,
) -> Result<(StatusCode, Json<AttachmentReply>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(SharedFileUse { conversation }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let conversation = ConversationId(conversation);
    let kept = gateway.operations.bring_shared_file(now, &who.actor, &who.scope, conversation, id).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

fn shown(file: SharedFile) -> SharedFileReply {
    let SharedFile { id, title, tags, queues, uses, withdrawn_at, version } = file;
    SharedFileReply {
        id,
        title,
        tags,
        queues: queues.into_iter().map(|queue| queue.0).collect(),
        uses,
        withdrawn: withdrawn_at.is_some(),
        version: version.n,
        name: version.name.into_inner(),
        kind: version.kind,
        mime: version.mime,
        bytes: version.bytes,
        at: Timestamp::as_millis(version.at),
    }
}
