//! Files beside texts: brought as they are, opened by who may read the text, and by a link that ends.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::channel::believed;
use super::widget::{found, from_the_page};
use crate::Gateway;
use crate::byte_range::{Wanted, wanted};
use crate::caller::{Caller, Stranger};
use crate::headers::Framed;
use crate::problem::Problem;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_conversations::attachment::LARGEST;
use ringdesk_model::{AccountId, Clock as _, ConversationId, InboxId, Pii};
use ringdesk_operations::attachments::Opened;
use ringdesk_storage::attachments::Attachment;
use ringdesk_storage::clip_transcripts::ClipTranscript;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// As its owner calls it; its ending must be that of its content.
    pub(super) name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AttachmentReply {
    pub(super) id: Uuid,
    name: String,
    /// `picture`, `sound`, `film`, `document`.
    kind: String,
    /// By its content.
    mime: String,
    bytes: i64,
    /// Of a sound that was sent: what became of hearing it. What was said are lines of speech whose `transcript` is its id.
    pub(super) transcript: Option<ClipReply>,
}

/// A sound is heard by the engines that hear calls.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClipReply {
    /// `running`, `done`, `no_engine`, `failed`.
    state: String,
    /// Name and model; empty where there is none.
    engine: String,
    language: String,
    reason: Option<String>,
}

impl From<ClipTranscript> for ClipReply {
    fn from(one: ClipTranscript) -> Self {
        ClipReply { state: one.state, engine: one.engine, language: one.language, reason: one.reason }
    }
}

impl From<Attachment> for AttachmentReply {
    fn from(one: Attachment) -> Self {
        let (id, name, bytes) = (one.id, one.name.into_inner(), one.bytes);
        AttachmentReply { id, name, kind: one.kind, mime: one.mime, bytes, transcript: None }
    }
}

/// A file, as it comes, and what was said of it.
pub(crate) struct Upload(pub(super) HeaderMap, pub(super) Bytes);

impl FromRequest<Gateway> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Gateway) -> Result<Upload, Problem> {
        let (head, body) = request.into_parts();
        let too_large = |_| Problem::too_large(format!("at most {LARGEST} bytes"));
        Ok(Upload(head.headers, axum::body::to_bytes(body, LARGEST).await.map_err(too_large)?))
    }
}

/// Bring a file to a conversation by text; it leaves with my next text that names it. The body is the file: a picture (PNG, JPEG,
/// GIF, WebP; 10 MiB), sound (WAV, MP3, Ogg, M4A; 16 MiB), a film (MP4, WebM), PDF, an office file or plain text (25 MiB). What it
/// is, its content says. What is not sent within a day is thrown away.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/attachments", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), Named),
    responses((status = 201, body = AttachmentReply), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn bring(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    query: Result<Query<Named>, QueryRejection>,
    upload: Upload,
) -> Result<(StatusCode, Json<AttachmentReply>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let name = said(query)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let kept = gateway.operations.bring_file(now, &who.actor, &who.scope, id, (&name, upload.1.into())).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// What a file contains. Who opens it is written in the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/attachments/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200), (status = 206), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may_read(account)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    send(gateway.operations.open_file(now, &who.actor, &who.scope, id).await?, &headers)
}

/// What a link leads to that left with a text.
#[utoipa::path(get, path = "/public/api/v1/attachments/{link}", tag = "channels", params(("link" = String, Path)),
    responses((status = 200), (status = 206), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn by_link(
    State(gateway): State<Gateway>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    send(gateway.operations.open_file_by_link(gateway.clock.now(), &link).await?, &headers)
}

/// A contact brings a file; the text that names it under `attachments` follows. The body is the file, signed like a text.
#[utoipa::path(post, path = "/public/api/v1/inboxes/{id}/attachments", tag = "channels", params(("id" = Uuid, Path), Named),
    responses((status = 201, body = AttachmentReply), (status = 401, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn receive(
    State(gateway): State<Gateway>,
    Path(id): Path<InboxId>,
    query: Result<Query<Named>, QueryRejection>,
    Upload(headers, content): Upload,
) -> Result<(StatusCode, Json<AttachmentReply>), Problem> {
    let account = believed(&gateway, id, &headers, &content).await?.account;
    let name = said(query)?;
    let kept = gateway.operations.receive_file(gateway.clock.now(), account, id, (&name, content.into())).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// A visitor brings a file; the text that names it follows over their socket. Who they are is their token, as `Bearer`.
#[utoipa::path(post, path = "/public/api/v1/widget/{inbox}/attachments", tag = "widget", params(("inbox" = Uuid, Path), Named),
    responses((status = 201, body = AttachmentReply), (status = 401, body = Problem), (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn from_visitor(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
    Stranger(address): Stranger,
    query: Result<Query<Named>, QueryRejection>,
    head: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<AttachmentReply>), Problem> {
    from_the_page(&head)?;
    let site = found(&gateway, inbox).await?;
    let (now, limits) = (gateway.clock.now(), &gateway.visitors);
    let token = head.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = Pii::new(token.ok_or_else(Problem::unauthorized)?.to_owned());
    let visitor = gateway.operations.visitor(now, &site, &token).await?.ok_or_else(Problem::unauthorized)?;
    let asked = limits
        .take(now, &format!("files of visitor {}", visitor.id), limits.rates.files_of_visitor)
        .and_then(|()| limits.take(now, &format!("files of {address}"), limits.rates.files_of_address));
    if let Err(wait) = asked {
        metrics::counter!("widget_refused_total", "reason" => "files").increment(1);
        return Err(Problem::throttled().after(wait));
    }
    // Only now is anything of it read.
    let Upload(_, content) = Upload::from_request(request, &gateway).await?;
    let name = said(query)?;
    let kept = gateway.operations.receive_file(now, site.account, inbox, (&name, content.into())).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

pub(super) fn said(query: Result<Query<Named>, QueryRejection>) -> Result<Pii<String>, Problem> {
    let Query(named) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    Ok(Pii::new(named.name.unwrap_or_default()))
}

/// Shown in its page only what a browser draws without running any of it; the rest is saved. A PDF is drawn by the browser's own
/// viewer, within a page of ours.
pub(super) fn send(opened: Opened, headers: &HeaderMap) -> Result<Response, Problem> {
    let Opened { attachment, content } = opened;
    let length = content.len() as u64;
    let is_paper = attachment.mime == "application/pdf";
    let shown = is_paper || matches!(attachment.kind.as_str(), "picture" | "sound" | "film");
    let disposition = if shown { "inline" } else { "attachment" };
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, &attachment.mime)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'self'")
        .header(header::CONTENT_DISPOSITION, format!("{disposition}; {}", file_name(attachment.name.reveal())));
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let body = match wanted(range, length) {
        Wanted::Nothing => return Ok(Problem::beyond_the_end(length)),
        Wanted::All => Bytes::from(content),
        Wanted::Part { first, last } => {
            response = response
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"));
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            Bytes::from(content).slice(place(first)..=place(last))
        }
    };
    let mut response = response.body(Body::from(body)).map_err(|fault| Problem::internal(&fault))?;
    if is_paper {
        response.extensions_mut().insert(Framed);
    }
    Ok(response)
}

/// A name in any script, as a header carries it (RFC 6266, RFC 8187).
fn file_name(name: &str) -> String {
    use std::fmt::Write as _;
    let mut coded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => coded.push(char::from(byte)),
            byte => _ = write!(coded, "%{byte:02X}"),
        }
    }
    format!("filename*=UTF-8''{coded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_stays_within_its_header() {
        assert_eq!(file_name("a b\"\r\n.png"), "filename*=UTF-8''a%20b%22%0D%0A.png");
        assert_eq!(file_name("发.pdf"), "filename*=UTF-8''%E5%8F%91.pdf");
    }
}
