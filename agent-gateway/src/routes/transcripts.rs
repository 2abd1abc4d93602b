//! What was said in a recording, as a file: for people to read, or for a player to show beside the sound.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use ringdesk_model::{AccountId, Clock as _, RecordingId};
use ringdesk_storage::conversations::MessageView;
use serde::Deserialize;
use std::fmt::Write as _;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct As {
    /// `text`, or `vtt` (WebVTT); `text` without it.
    format: Option<String>,
}

/// The best transcript there is of it. Taking it away leaves an entry in the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/transcript", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), As),
    responses((status = 200, content_type = "text/plain"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn export(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    query: Result<Query<As>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.may_read(account)?;
    let Query(wish) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (kind, write): (_, fn(&[MessageView]) -> String) = match wish.format.as_deref() {
        None | Some("text") => ("text/plain; charset=utf-8", text),
        Some("vtt") => ("text/vtt; charset=utf-8", vtt),
        Some(_) => return Err(Problem::invalid("the format is text or vtt")),
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    let lines = gateway.operations.export_transcript(now, &who.actor, &who.scope, id).await?;
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((head, write(&lines)).into_response())
}

fn text(lines: &[MessageView]) -> String {
    lines.iter().fold(String::new(), |mut all, line| {
        let said = line.text.reveal();
        let _ = writeln!(all, "{} {}: {said}", time(line.start_ms), line.speaker); // a String takes everything
        all
    })
}

/// WebVTT §3: what would be a tag is written out, and a line has no line break.
fn vtt(lines: &[MessageView]) -> String {
    lines.iter().fold("WEBVTT\n".to_owned(), |mut all, line| {
        let said = line.text.reveal().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let (from, to) = (time(line.start_ms), time(line.end_ms));
        let _ = write!(all, "\n{from} --> {to}\n<v {}>{said}</v>\n", line.speaker); // a String takes everything
        all
    })
}

fn time(ms: Option<i64>) -> String {
    let ms = ms.unwrap_or(0).max(0);
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}
