//! Inboxes, and the switch that closes one out of turn.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{RecordingPolicy, RecordingRule, RecordingStart};
use ringdesk_model::{AccountId, Clock as _, InboxId, Timestamp};
use ringdesk_storage::inboxes::Closure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct InboxReply {
    id: Uuid,
    name: String,
    channel: &'static str,
    numbers: Vec<String>,
    flow: Option<Uuid>,
    /// In force now.
    closed: Option<ClosureReply>,
    /// When its calls are recorded; without one as the house does.
    recording: Option<Recording>,
    /// False: out of use, without numbers.
    active: bool,
    /// Counts changes of name, numbers and flow; an edit says which it replaces.
    version: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ClosureReply {
    until: i64,
    prompt: String,
    action: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    /// `off`, `on_answer`, `on_bridge`.
    #[schema(value_type = String)]
    pub(super) start: RecordingStart,
    /// `best_effort`: the call goes on without; `record_or_refuse`: no recording, no call.
    #[serde(default)]
    #[schema(value_type = String)]
    pub(super) policy: RecordingPolicy,
}

/// What an inbox is called.
#[derive(Serialize, ToSchema)]
pub(crate) struct InboxName {
    id: Uuid,
    name: String,
    /// `phone`, `web_chat`, `api`.
    channel: &'static str,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    /// Milliseconds since 1970 (UTC); then the inbox opens by itself.
    until: i64,
    /// Id of a prompt, or a text to be spoken.
    prompt: String,
    /// `hangup`, `voicemail`, or `queue:<name>`.
    #[serde(default = "hangup")]
    action: String,
}

/// What inboxes are called, those out of use among them: for whoever reads conversations and wants to tell them apart.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/inbox_names", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<InboxName>), (status = 403, body = Problem)))]
pub(crate) async fn names(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<InboxName>>, Problem> {
    caller.may_read(account)?;
    let all = gateway.operations.inboxes(&caller.who.scope).await?.into_iter();
    Ok(Json(all.map(|one| InboxName { id: one.id.0, name: one.name, channel: one.channel.as_str() }).collect()))
}

/// Every inbox with its numbers.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<InboxReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<InboxReply>>, Problem> {
    caller.may(account, Permission::InboxesRead)?;
    let now = gateway.clock.now();
    let shown = |c: Closure| ClosureReply { until: c.until.as_millis(), prompt: c.prompt, action: c.action };
    let rules = gateway.operations.recording_rules(account).await?;
    let rule = |r: &RecordingRule| Recording { start: r.start, policy: r.policy };
    let standing = gateway.operations.inbox_standing(account).await?;
    let found = gateway.operations.inboxes(&caller.who.scope).await?.into_iter().map(|inbox| InboxReply {
        active: standing.get(&inbox.id).is_none_or(|s| !s.disabled),
        version: standing.get(&inbox.id).map_or(1, |s| s.version),
        id: inbox.id.0,
        recording: rules.get(&inbox.id).map(rule),
        name: inbox.name,
        channel: inbox.channel.as_str(),
        numbers: inbox.numbers,
        flow: inbox.flow.map(|f| f.0),
        closed: inbox.closure.filter(|c| now < c.until).map(shown),
    });
    Ok(Json(found.collect()))
}

/// Close it: from the next call on callers hear this and nothing else. Calls that run are not touched.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/inboxes/{id}/closure", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Closing,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn close(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
    body: Result<Json<Closing>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesClose)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let prompt = wish.prompt.trim();
    if prompt.is_empty() || prompt.chars().count() > 2_000 {
        return Err(Problem::invalid("callers must hear something, of at most 2,000 characters"));
    }
    match wish.action.strip_prefix("queue:") {
        None if ["hangup", "voicemail"].contains(&wish.action.as_str()) => {}
        Some(name) if gateway.operations.queues(&caller.who.scope).await?.iter().any(|q| q.name == name) => {}
        _ => return Err(Problem::invalid("the action is `hangup`, `voicemail`, or `queue:` and the name of a queue")),
    }
    let until = Timestamp::from_millis(wish.until);
    let closure = Closure { until, prompt: prompt.to_owned(), action: wish.action };
    gateway.operations.close_inbox(gateway.clock.now(), &caller.who.actor, account, id, closure).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Open it again.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/inboxes/{id}/closure", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn open(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesClose)?;
    gateway.operations.open_inbox(gateway.clock.now(), &caller.who.actor, account, id).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// When its calls are recorded, from the next one on.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/inboxes/{id}/recording", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Recording,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn record(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
    body: Result<Json<Recording>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(Recording { start, policy }) = body.map_err(|e| Problem::unreadable(&e))?;
    set_rule(&gateway, &caller, account, id, Some(RecordingRule { start, policy })).await
}

/// As the house does.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/inboxes/{id}/recording", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn record_as_the_house(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    set_rule(&gateway, &caller, account, id, None).await
}

async fn set_rule(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    id: InboxId,
    rule: Option<RecordingRule>,
) -> Result<StatusCode, Problem> {
    gateway.operations.set_recording_rule(gateway.clock.now(), &caller.who.actor, account, id, rule).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

fn hangup() -> String {
    "hangup".into()
}
