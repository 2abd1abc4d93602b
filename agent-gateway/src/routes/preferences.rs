//! What somebody has chosen for themselves, in whatever browser.

use super::second_factor::person;
use super::users::language_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use ringdesk_model::{Clock as _, Language};
use ringdesk_operations::preferences::{Preferences, PreferencesEdit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One's own; they are read with `auth/me`.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreferencesReply {
    /// `en` or `zh-CN`; `null`: as the browser reads.
    language: Option<&'static str>,
    /// Was shown round.
    tour_seen: bool,
    /// By action, the key that does it (`mute`: `Alt+M`): only those that were moved.
    shortcuts: BTreeMap<String, String>,
}

/// What is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferencesWish {
    /// `en` or `zh-CN`; empty: as the browser reads.
    language: Option<String>,
    tour_seen: Option<bool>,
    /// In the place of all there were; at most 64, of at most 32 bytes each.
    shortcuts: Option<BTreeMap<String, String>>,
}

impl From<Preferences> for PreferencesReply {
    fn from(chosen: Preferences) -> Self {
        let Preferences { language, tour_seen, shortcuts } = chosen;
        PreferencesReply { language: language.map(Language::as_str), tour_seen, shortcuts }
    }
}

/// Choose for oneself.
#[utoipa::path(put, path = "/api/v1/auth/me/preferences", tag = "auth", request_body = PreferencesWish,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn choose(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<Json<PreferencesWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    person(&caller)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let PreferencesWish { language, tour_seen, shortcuts } = wish;
    let language = language.as_deref().map(language_of).transpose()?;
    let edit = PreferencesEdit { language, tour_seen, shortcuts };
    gateway.operations.prefer(gateway.clock.now(), &caller.who, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}
