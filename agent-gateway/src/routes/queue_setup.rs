//! Queues as their editors see them.

use super::queue_routing::QueueRouting;
use super::queue_waiting::QueueWaiting;
use super::users::name_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, Language, QueueId};
use ringdesk_operations::queues::QueueEdit;
use ringdesk_routing::{AfterNoAnswer, Empty, Mode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct QueueSheet {
    id: Uuid,
    name: String,
    active: bool,
    /// Counts changes; an edit says which it replaces.
    version: i64,
    ring_for_ms: u64,
    /// 0: until the agent says done.
    wrap_up_ms: u64,
    /// 0: as long as it takes.
    max_wait_ms: u64,
    /// 0: as many as come.
    max_length: u32,
    #[schema(value_type = String)]
    mode: Mode,
    #[schema(value_type = String)]
    empty: Empty,
    #[schema(value_type = String)]
    after_no_answer: AfterNoAnswer,
    /// What callers who wait here are heard in; null: the language of the number they dialled.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// Names and words that speech engines should expect.
    hot_words: Vec<String>,
    /// Numbers that its agents may show to whom they call; the first where they do not choose.
    caller_ids: Vec<String>,
    /// Its calls are picked up by the agent's browser, after a tone in their ear.
    auto_answer: bool,
    /// After this an agent is warned that a contact whom they have in hand waits for an answer by text.
    warn_after_ms: u64,
    /// How its work finds its agents.
    routing: QueueRouting,
    /// What callers who wait are told, and whether they may be called back instead.
    waiting: QueueWaiting,
    members: Vec<Member>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    #[schema(value_type = Uuid)]
    agent: AgentId,
    /// 1 is asked before 2.
    #[serde(default = "first")]
    level: u8,
}

/// What is not named stays; of a new queue it has its default.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EditQueue {
    name: Option<String>,
    /// False: out of use.
    active: Option<bool>,
    /// 1 s to 3 min.
    ring_for_ms: Option<u64>,
    /// At most an hour; 0: until the agent says done.
    wrap_up_ms: Option<u64>,
    /// At most a day; 0: as long as it takes.
    max_wait_ms: Option<u64>,
    /// 0: as many as come.
    max_length: Option<u32>,
    /// `push`, `pull`, `assign`
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// `wait`, `leave_at_once`
    #[schema(value_type = Option<String>)]
    empty: Option<Empty>,
    /// `not_ready`, `pause`
    #[schema(value_type = Option<String>)]
    after_no_answer: Option<AfterNoAnswer>,
    /// `en`, `zh-CN`; empty: that of the number dialled.
    language: Option<String>,
    /// At most 100 of at most 64 characters.
    hot_words: Option<Vec<String>>,
    /// Numbers that its agents may show to whom they call, at most 100; the first where they do not choose.
    caller_ids: Option<Vec<String>>,
    /// Its calls are picked up by the agent's browser, after a tone in their ear.
    auto_answer: Option<bool>,
    /// 5 s to an hour; 0: two minutes. After this an agent is warned that a contact whom they have in hand waits for an answer by text.
    warn_after_ms: Option<u64>,
    /// How its work finds its agents.
    routing: Option<QueueRouting>,
    /// What callers who wait are told, and whether they may be called back instead.
    waiting: Option<QueueWaiting>,
    /// Everybody who works in it.
    members: Option<Vec<Member>>,
    /// The version that the editor has seen.
    replaces: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Version {
    pub(super) id: Uuid,
    pub(super) version: i64,
}

impl EditQueue {
    fn read(self) -> Result<QueueEdit, Problem> {
        let within = |name: &str, ms: Option<u64>, least: u64, most: u64| match ms {
            Some(ms) if ms != 0 && !(least..=most).contains(&ms) => {
                Err(Problem::invalid(format!("{name} is between {least} and {most}")))
            }
            _ => Ok(ms.map(Duration::from_millis)),
        };
        let mut settings = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| settings.insert(name.to_owned(), value));
        let optional = |d: Duration| if d.is_zero() { Value::Null } else { json!(d) };
        if self.ring_for_ms == Some(0) {
            return Err(Problem::invalid("it rings for at least 1000 ms"));
        }
        put("ring_for", within("ring_for_ms", self.ring_for_ms, 1_000, 180_000)?.map(|d| json!(d)));
        put("wrap_up", within("wrap_up_ms", self.wrap_up_ms, 1, 3_600_000)?.map(optional));
        put("max_wait", within("max_wait_ms", self.max_wait_ms, 1_000, 86_400_000)?.map(optional));
        put("max_length", self.max_length.map(|n| if n == 0 { Value::Null } else { json!(n) }));
        put("mode", self.mode.map(|m| json!(m)));
        put("empty", self.empty.map(|e| json!(e)));
        put("after_no_answer", self.after_no_answer.map(|a| json!(a)));
        put("language", self.language.as_deref().map(language_of).transpose()?.map(|language| json!(language)));
        put("hot_words", self.hot_words.map(words_of).transpose()?.map(|words| json!(words)));
        put("auto_answer", self.auto_answer.map(|on| json!(on)));
        put("warn_after", within("warn_after_ms", self.warn_after_ms, 5_000, 3_600_000)?.map(optional));
        put("caller_ids", self.caller_ids.map(numbers_of).transpose()?.map(|numbers| json!(numbers)));
        self.routing.map(|routing| routing.put(&mut settings)).transpose()?;
        self.waiting.map(|waiting| waiting.put(&mut settings)).transpose()?;
        let members = self.members.map(|all| all.into_iter().map(|m| (m.agent, m.level)).collect());
        let name = self.name.as_deref().map(name_of).transpose()?;
        Ok(QueueEdit { name, active: self.active, settings, members, whole: false })
    }
}

fn numbers_of(numbers: Vec<String>) -> Result<Vec<String>, Problem> {
    let is_number = |n: &String| {
        let digits = n.strip_prefix('+').unwrap_or(n);
        (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    match numbers.len() <= 100 && numbers.iter().all(is_number) {
        true => Ok(numbers),
        false => Err(Problem::invalid("caller_ids: at most 100 numbers of 3 to 15 digits")),
    }
}

/// A queue with its settings and its members.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/queues/{id}", tag = "queues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = QueueSheet), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QueueId)>,
    caller: Caller,
) -> Result<Json<QueueSheet>, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let found = gateway.operations.queue_sheet(&caller.who.scope, id).await?;
    let ms = |d: Option<Duration>| d.map_or(0, |d| d.as_millis() as u64);
    let member = |(agent, level): (AgentId, i64)| Member { agent, level: u8::try_from(level).unwrap_or(u8::MAX) };
    Ok(Json(QueueSheet {
        id: id.0,
        routing: QueueRouting::of(&found.setup),
        waiting: QueueWaiting::of(&found.setup),
        name: found.setup.name,
        active: !found.standing.disabled,
        version: found.standing.version,
        ring_for_ms: ms(Some(found.setup.ring_for)),
        wrap_up_ms: ms(found.setup.wrap_up),
        max_wait_ms: ms(found.setup.max_wait),
        max_length: found.setup.max_length.unwrap_or(0),
        mode: found.setup.mode,
        empty: found.setup.empty,
        after_no_answer: found.setup.after_no_answer,
        language: found.speech.language,
        hot_words: found.speech.hot_words,
        caller_ids: found.caller_ids,
        auto_answer: found.auto_answer,
        warn_after_ms: ms(Some(found.warn_after)),
        members: found.members.into_iter().map(member).collect(),
    }))
}

/// Make a queue.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/queues", tag = "queues", params(("account_id" = Uuid, Path)),
    request_body = EditQueue, responses((status = 201, body = Version), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<EditQueue>, JsonRejection>,
) -> Result<(StatusCode, Json<Version>), Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let id = gateway.operations.create_queue(now, actor, account, new.read()?).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(Version { id: id.0, version: 1 })))
}

/// Edit a queue: `replaces` is the version that the editor has seen.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/queues/{id}", tag = "queues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditQueue,
    responses((status = 200, body = Version), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QueueId)>,
    caller: Caller,
    body: Result<Json<EditQueue>, JsonRejection>,
) -> Result<Json<Version>, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    let replaces = edit.replaces.ok_or_else(|| Problem::invalid("say which version it replaces"))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let version = gateway.operations.edit_queue(now, actor, account, id, edit.read()?, Some(replaces)).await?;
    gateway.orders.rows_changed().await;
    Ok(Json(Version { id: id.0, version }))
}

/// Put a queue out of use; refused while a flow or a closure leads to it. Its history stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/queues/{id}", tag = "queues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn disable(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QueueId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let edit = QueueEdit { active: Some(false), ..QueueEdit::default() };
    gateway.operations.edit_queue(gateway.clock.now(), &caller.who.actor, account, id, edit, None).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Empty: none of its own.
fn language_of(text: &str) -> Result<Option<Language>, Problem> {
    match text {
        "" => Ok(None),
        "en" => Ok(Some(Language::En)),
        "zh-CN" => Ok(Some(Language::ZhCn)),
        _ => Err(Problem::invalid("language is en, zh-CN or empty")),
    }
}

fn words_of(words: Vec<String>) -> Result<Vec<String>, Problem> {
    let fits = |word: &String| !word.trim().is_empty() && word.chars().count() <= 64;
    if words.len() > 100 || !words.iter().all(fits) {
        return Err(Problem::invalid("hot_words are at most 100 of 1 to 64 characters"));
    }
    Ok(words)
}

fn first() -> u8 {
    1
}
