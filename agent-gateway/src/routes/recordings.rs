//! Recordings: heard, seen, checked, taken away; begun and stopped while the call runs.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::work::note;
use crate::Gateway;
use crate::archive::Waveform;
use crate::byte_range::{Wanted, wanted};
use crate::caller::{Caller, Stranger};
use crate::orders::RecordingWish;
use crate::problem::Problem;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, CallId, Clock as _, RecordingId};
use ringdesk_operations::AudioFormat;
use ringdesk_operations::secrets::hex;
use ringdesk_storage::recordings::{RecordingState, RecordingView};
use ringdesk_storage::transcripts::TranscriptView;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Sent at a time: a few seconds of sound.
const PIECE: usize = 64 * 1_024;
/// How long a link lives that does not say.
const LINK: u64 = 3_600;
/// As wide as a waveform is drawn without a wish.
const SPANS: usize = 2_000;

#[derive(Serialize, ToSchema)]
pub(crate) struct RecordingReply {
    id: Uuid,
    call: Uuid,
    /// `requested`, `started`, `sealing`, `stored`, `verified`, `failed`, `erased`.
    state: &'static str,
    /// Why it failed; `recovered`: a crash broke it off.
    reason: Option<String>,
    started_at: i64,
    duration_ms: Option<i64>,
    /// Of the log, as it was stored.
    sha256: Option<String>,
    /// Every answered millisecond is in the sound or in here.
    gaps: Vec<GapReply>,
    /// Why it must be kept: it is on legal hold.
    held: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct GapReply {
    from_ms: i64,
    to_ms: i64,
    /// `pause`, `mask`, `recorder_behind`, `lost`, `damaged`, `unreadable`, `no_sound`.
    reason: String,
    /// `both`, `left` (the caller), `right`.
    side: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TranscriptReply {
    id: Uuid,
    call: Uuid,
    recording: Option<Uuid>,
    /// `live`: heard while people talked; `final`: heard again afterwards.
    pass: String,
    /// Name and model; empty where there is none.
    engine: String,
    language: String,
    /// `running`, `done`, `no_engine`, `failed`, `superseded`.
    state: String,
    reason: Option<String>,
    /// While two were connected: for how long neither spoke, and for how long both did at once. Null: not measured.
    silence_ms: Option<i64>,
    talk_over_ms: Option<i64>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct As {
    /// `ogg` (Opus, two channels) or `wav`; `ogg` without it.
    format: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wide {
    /// So many spans at most, 1 to 20,000.
    spans: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkWish {
    /// How long it holds, at most a week.
    seconds: u64,
    /// `ogg` or `wav`.
    format: String,
}

impl Default for LinkWish {
    fn default() -> Self {
        LinkWish { seconds: LINK, format: "ogg".into() }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LinkReply {
    /// Below this server's address. Whoever has it hears the recording.
    url: String,
    expires_at: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    /// `start` (or go on after a pause), `stop`, `pause`, `mask`, `unmask`.
    action: String,
}

/// The sound, caller left and everybody else right. Whole, or the range that is asked for.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/audio", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), As),
    responses((status = 200, content_type = "audio/ogg"), (status = 206, content_type = "audio/ogg"), (status = 304),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 416, body = Problem)))]
pub(crate) async fn audio(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    query: Result<Query<As>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    may_hear(&gateway, &caller, account, id).await?;
    let Query(wish) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let format = format(wish.format.as_deref().unwrap_or("ogg"))?;
    // A WAV is what people take away.
    let act = if format == AudioFormat::Ogg { "recording.play" } else { "recording.export" };
    let row = open(&gateway, &caller, id, act).await?;
    send(&gateway, row, format, &headers).await
}

/// Those with the right to play, and whoever has a message in hand that was left in it.
async fn may_hear(gateway: &Gateway, caller: &Caller, account: AccountId, id: RecordingId) -> Result<(), Problem> {
    let refused = match caller.may(account, Permission::RecordingsPlay) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let Some(agent) = caller.who.scope.agent else { return Err(refused) };
    caller.may(account, Permission::ConversationsAnswer)?;
    match gateway.operations.hears_left_message(account, agent, id).await? {
        true => Ok(()),
        false => Err(refused),
    }
}

/// The waveform.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/peaks", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), Wide),
    responses((status = 200, body = Waveform), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn peaks(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    query: Result<Query<Wide>, QueryRejection>,
) -> Result<Json<Waveform>, Problem> {
    may_hear(&gateway, &caller, account, id).await?;
    let Query(wish) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let most = wish.spans.unwrap_or(SPANS);
    if !(1..=20_000).contains(&most) {
        return Err(Problem::invalid("spans is 1 to 20,000"));
    }
    let row = finished(open(&gateway, &caller, id, "recording.peaks").await?)?;
    Ok(Json(gateway.archive.peaks(row, most).await?))
}

/// Read it from end to end: `intact`, or every fault by its block.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/verify", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn verify(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let row = finished(open(&gateway, &caller, id, "recording.verify").await?)?;
    Ok(Json(gateway.archive.verify(row).await?))
}

/// What goes with it to a court: its hashes, its gaps, signed by this house.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/certificate", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn certificate(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let row = finished(open(&gateway, &caller, id, "recording.certificate").await?)?;
    let to = format!("user:{}", caller.who.user.id);
    Ok(Json(gateway.archive.certificate(row, to).await?))
}

/// A link for somebody without a login. It is worth what the rights of who made it are worth, and ends by itself.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/recordings/{id}/link", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = LinkWish,
    responses((status = 200, body = LinkReply), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn link(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    body: Result<Json<LinkWish>, JsonRejection>,
) -> Result<Json<LinkReply>, Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (format, life) = (format(&wish.format)?, Duration::from_secs(wish.seconds));
    let (now, who) = (gateway.clock.now(), &caller.who);
    let (token, until) = gateway.operations.make_recording_link(now, &who.actor, &who.scope, id, format, life).await?;
    Ok(Json(LinkReply { url: format!("/api/v1/recordings/{token}"), expires_at: until.as_millis() }))
}

/// What a link leads to.
#[utoipa::path(get, path = "/api/v1/recordings/{link}", tag = "recordings", params(("link" = String, Path)),
    responses((status = 200, content_type = "audio/ogg"), (status = 206, content_type = "audio/ogg"),
        (status = 404, body = Problem), (status = 410, body = Problem), (status = 416, body = Problem)))]
pub(crate) async fn by_link(
    State(gateway): State<Gateway>,
    Path(link): Path<String>,
    Stranger(address): Stranger,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (row, format) = gateway.operations.use_recording_link(gateway.clock.now(), &link, &address).await?;
    send(&gateway, row, format, &headers).await
}

/// Record a running call, or stop, pause, mask it: one in which I talk, or anybody's with the right to transfer.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/recording", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Action,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn order(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Action>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(Action { action }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (wish, act) = match action.as_str() {
        "start" => (RecordingWish::Start, "recording.start"),
        "stop" => (RecordingWish::Stop, "recording.stop"),
        "pause" => (RecordingWish::Pause, "recording.pause"),
        "mask" => (RecordingWish::Mask, "recording.mask"),
        "unmask" => (RecordingWish::Unmask, "recording.unmask"),
        _ => return Err(Problem::invalid("the action is start, stop, pause, mask or unmask")),
    };
    if gateway.operations.is_call_of_another(account, id).await? {
        return Err(Problem::not_found("call"));
    }
    let mine = match caller.who.scope.agent {
        Some(agent) => gateway.operations.talks_in(account, agent, id).await?,
        None => false,
    };
    if !mine && caller.may(account, Permission::ConversationsTransfer).is_err() {
        return Err(Problem::not_found("call"));
    }
    gateway.orders.record(caller.who.actor.clone(), id, wish).await?;
    note(&gateway, &caller, account, act, &format!("call:{id}"), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The row, for a reader who may see it; the audit keeps that they did.
async fn open(
    gateway: &Gateway,
    caller: &Caller,
    id: RecordingId,
    act: &'static str,
) -> Result<RecordingView, Problem> {
    let (now, who) = (gateway.clock.now(), &caller.who);
    Ok(gateway.operations.open_recording(now, &who.actor, &who.scope, id, act).await?.0)
}

/// Only what is whole can be heard, or what is left of one that failed.
fn finished(row: RecordingView) -> Result<RecordingView, Problem> {
    match row.state {
        RecordingState::Stored | RecordingState::Verified | RecordingState::Failed => Ok(row),
        RecordingState::Erased => Err(Problem::gone("it was erased")),
        RecordingState::Requested | RecordingState::Started | RecordingState::Sealing => {
            Err(Problem::refused("the call is still being recorded"))
        }
    }
}

fn format(name: &str) -> Result<AudioFormat, Problem> {
    match name {
        "ogg" => Ok(AudioFormat::Ogg),
        "wav" => Ok(AudioFormat::Wav),
        _ => Err(Problem::invalid("the format is ogg or wav")),
    }
}

async fn send(
    gateway: &Gateway,
    row: RecordingView,
    format: AudioFormat,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let row = finished(row)?;
    let (kind, ending) = match format {
        AudioFormat::Ogg => ("audio/ogg", "ogg"),
        AudioFormat::Wav => ("audio/wav", "wav"),
    };
    // The same log gives the same bytes each time, so its hash names the file, too.
    let tag = match &row.sha256 {
        Some(sum) => format!("\"{}-{ending}\"", hex(sum)),
        None => format!("\"{}-{ending}\"", row.id),
    };
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::ACCEPT_RANGES, "bytes")
        // What somebody may hear now must not lie in a cache for others, or for later.
        .header(header::CACHE_CONTROL, "private, no-store")
        .header("x-content-type-options", "nosniff");
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|t| t.trim() == tag)) {
        return built(response.status(StatusCode::NOT_MODIFIED).body(Body::empty()));
    }
    let id = row.id;
    let audio = gateway.archive.audio(row, format).await?;
    let length = audio.length();
    // A range of what it was before would not fit to what it is now.
    let current = text(header::IF_RANGE).is_none_or(|known| known.trim() == tag);
    let (status, first, last) = match wanted(text(header::RANGE).filter(|_| current), length) {
        Wanted::Nothing => return Ok(Problem::beyond_the_end(length)),
        Wanted::All => (StatusCode::OK, 0, length.saturating_sub(1)),
        Wanted::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last),
    };
    let count = if length == 0 { 0 } else { last - first + 1 };
    let mut response = response
        .status(status)
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_LENGTH, count)
        .header(header::CONTENT_DISPOSITION, format!("inline; filename=\"{id}.{ending}\""));
    if status == StatusCode::PARTIAL_CONTENT {
        response = response.header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"));
    }
    // Read as the client takes it, each piece on a thread that may block.
    let pieces = stream::try_unfold((audio, first, count), async |(mut audio, at, left)| {
        if left == 0 {
            return Ok(None);
        }
        let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let read = move || audio.read_at(at, length).map(|piece| (piece, audio));
        let (piece, audio) = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)??;
        if piece.is_empty() {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        let read = piece.len() as u64;
        Ok(Some((piece, (audio, at + read, left.saturating_sub(read)))))
    });
    built(response.body(Body::from_stream(pieces)))
}

fn built(response: Result<Response, axum::http::Error>) -> Result<Response, Problem> {
    response.map_err(|fault| Problem::internal(&fault))
}

pub(super) fn recording(view: RecordingView) -> RecordingReply {
    RecordingReply {
        id: view.id.0,
        call: view.call.0,
        state: view.state.as_str(),
        reason: view.reason,
        started_at: view.started_at.as_millis(),
        duration_ms: view.duration_ms,
        sha256: view.sha256.as_deref().map(hex),
        gaps: serde_json::from_str(&view.gaps).unwrap_or_default(),
        held: view.held,
    }
}

pub(super) fn transcript(view: TranscriptView) -> TranscriptReply {
    TranscriptReply {
        id: view.id,
        call: view.call_id,
        recording: view.recording_id,
        pass: view.pass,
        engine: view.engine,
        language: view.language,
        state: view.state,
        reason: view.reason,
        silence_ms: view.silence_ms,
        talk_over_ms: view.talk_over_ms,
    }
}
