//! Prompts: what callers hear from the house itself, and who recorded it.

use crate::Gateway;
use crate::byte_range::{Wanted, wanted};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::prompts::{DictationWish, PromptListed, PromptTake, PromptTakes, Prompts};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Language};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of an upload: a quarter of an hour of MP3.
pub(super) const UPLOAD: usize = 16 * 1024 * 1024;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Its number; without one what callers hear.
    take: Option<u32>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    /// At which the telephones ring; without it my own.
    extension: Option<String>,
}

/// A file, as it comes.
pub(crate) struct Upload(Bytes);

impl FromRequest<Gateway> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, gateway).await;
        bytes.map(Upload).map_err(|refused| Problem::refused_by_library(refused.status()))
    }
}

fn library(gateway: &Gateway) -> Result<&Arc<dyn Prompts>, Problem> {
    gateway.prompts.as_ref().ok_or_else(|| Problem::not_found("library of prompts"))
}

fn language(name: &str) -> Result<Language, Problem> {
    [Language::En, Language::ZhCn]
        .into_iter()
        .find(|l| l.as_str() == name)
        .ok_or_else(|| Problem::not_found("language"))
}

fn number(query: Result<Query<Which>, QueryRejection>) -> Result<u32, Problem> {
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    which.take.ok_or_else(|| Problem::invalid("which take?"))
}

/// Every prompt with its texts, how it stands in each language, and the flows that play it. What is `missing` is a gap.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/prompts", tag = "prompts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<PromptListed>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<PromptListed>>, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    let mut all = library(&gateway)?.list().await;
    for flow in gateway.operations.flows(&caller.who.scope).await? {
        let document: Value = serde_json::from_str(&flow.document).unwrap_or_default();
        let mut named = BTreeSet::new();
        played(&document["steps"], &mut named);
        for prompt in &mut all {
            if named.remove(&prompt.id) {
                prompt.used_by.push(flow.name.clone());
            }
        }
        // A flow plays what nobody has recorded yet.
        for id in named {
            let languages = [Language::En, Language::ZhCn].map(|language| crate::prompts::PromptLanguage {
                language: language.as_str(),
                text: None,
                state: "missing",
                take: None,
            });
            let (languages, used_by) = (languages.into(), vec![flow.name.clone()]);
            all.push(PromptListed { id, of_house: false, variables: false, languages, used_by });
        }
    }
    Ok(Json(all))
}

/// Ids of prompts anywhere in a flow: `{"id": "…"}`, and bare where a step lists them.
fn played(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(Value::String(id)), 1) = (fields.get("id"), fields.len()) {
                found.insert(id.clone());
            }
            fields.values().for_each(|value| played(value, found));
        }
        Value::Array(all) => all.iter().for_each(|value| played(value, found)),
        _ => {}
    }
}

/// Who recorded it, and which take callers hear.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path)),
    responses((status = 200, body = PromptTakes), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn takes(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
) -> Result<Json<PromptTakes>, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    Ok(Json(library(&gateway)?.takes(language(&name)?, id).await?))
}

/// A new take; callers hear it from now on. The body is the file: WAV, MP3, Ogg (Vorbis, Opus) or WebM (Opus), as a browser
/// records it; at most 16 MB (413) and a quarter of an hour. What it is, its content says. The detail of a 422 begins with `empty`,
/// `too_large`, `unknown_kind`, `broken_off`, `damaged`, `too_long`, `rate`, `channels` or `silent`.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path)),
    responses((status = 201, body = PromptTake), (status = 403, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
    Upload(sound): Upload,
) -> Result<(StatusCode, Json<PromptTake>), Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let (language, by) = (language(&name)?, caller.who.user.id.to_string());
    let take = library(&gateway)?.add(language, id.clone(), sound, by).await?;
    changed(&gateway, &caller, (&name, &id), "prompt.take", Some(take.number)).await?;
    Ok((StatusCode::CREATED, Json(take)))
}

/// Speak it into a telephone: mine rings, or the one of this extension. A voice says what is recorded; after the tone one speaks, up to `#`;
/// then it is played, and 1 keeps it (callers hear it from now on), 2 speaks it again, 3 throws it away. Who hangs up before that has left
/// a take that can be chosen. The event `prompt_changed` tells of it. 409: no such telephone is registered.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}/telephone", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path), Where),
    responses((status = 202), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn dictate(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
    query: Result<Query<Where>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let Query(at) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (library, language) = (library(&gateway)?, language(&name)?);
    let mine = || caller.who.user.extension.clone().filter(|extension| !extension.is_empty());
    let extension =
        at.extension.or_else(mine).ok_or_else(|| Problem::refused("you have no telephone: say at which extension"))?;
    let agent = gateway.operations.agent_of_extension(account, &extension).await?;
    let agent = agent.ok_or_else(|| Problem::not_found("extension"))?;
    let (actor, by) = (caller.who.actor.clone(), caller.who.user.id.to_string());
    library.dictate(DictationWish { language, id, agent, extension, actor, by }).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Callers hear this take from now on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}/use", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path), Which),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn choose(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let take = number(query)?;
    library(&gateway)?.choose(language(&name)?, id.clone(), take).await?;
    changed(&gateway, &caller, (&name, &id), "prompt.use", Some(take)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Back to the spoken text, or, of one's own, to nothing. The takes stay, and can be used again.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn retire(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    library(&gateway)?.retire(language(&name)?, id.clone()).await?;
    changed(&gateway, &caller, (&name, &id), "prompt.retire", None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take one away for good. Not the one that callers hear.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}/takes", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path), Which),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let take = number(query)?;
    library(&gateway)?.remove(language(&name)?, id.clone(), take).await?;
    changed(&gateway, &caller, (&name, &id), "prompt.remove", Some(take)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What callers hear, recorded or spoken, or one take; whole, or the range that is asked for.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/prompts/{name}/{id}/audio", tag = "prompts",
    params(("account_id" = Uuid, Path), ("name" = String, Path, description = "language"), ("id" = String, Path), Which),
    responses((status = 200, content_type = "audio/wav"), (status = 206, content_type = "audio/wav"), (status = 404, body = Problem), (status = 416, body = Problem)))]
pub(crate) async fn audio(
    State(gateway): State<Gateway>,
    Path((account, name, id)): Path<(AccountId, String, String)>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let wav = library(&gateway)?.audio(language(&name)?, id, which.take).await?;
    let length = wav.len() as u64;
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let builder = Response::builder()
        .header(header::CONTENT_TYPE, "audio/wav")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-store");
    let built = match wanted(range, length) {
        Wanted::Nothing => return Ok(Problem::beyond_the_end(length)),
        Wanted::All => builder.body(Body::from(wav)),
        Wanted::Part { first, last } => builder
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))
            .body(Body::from(wav[first as usize..=last as usize].to_vec())),
    };
    built.map_err(|fault| Problem::internal(&fault))
}

async fn changed(
    gateway: &Gateway,
    caller: &Caller,
    (language, id): (&str, &str),
    act: &'static str,
    take: Option<u32>,
) -> Result<(), Problem> {
    let account = caller.who.user.account;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    Ok(gateway.operations.prompt_changed(now, actor, account, (act, language, id), take).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S13.3
    #[test]
    fn what_a_flow_plays_is_found() {
        let steps = serde_json::json!({
            "a": { "kind": "say", "prompt": { "id": "sales.spring" }, "next": "b" },
            "b": { "kind": "menu", "prompts": [{ "text": "hello" }, { "id": "menu.main" }] },
            "c": { "kind": "queue", "queue": "0193", "announce": { "prompt": { "id": "queue.position" } } }
        });
        let mut found = BTreeSet::new();
        played(&steps, &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["menu.main", "queue.position", "sales.spring"]);
    }
}
