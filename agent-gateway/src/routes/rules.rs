//! Rules of the account: what follows when a conversation begins, is marked, is closed.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::rules::{Tried, TriedConversation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Some ten screens; the counts are of all.
const LISTED: usize = 200;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleShape {
    /// One line of at most 64 characters; no two are called alike.
    name: String,
    /// `begins`, `tagged`, `closed`: what has to happen to a conversation; `call_begins`, `call_closed`: to a call.
    #[serde(default = "begins")]
    on: String,
    /// A tree of `all`, `any`, `not` and tests (`is`, `says`, `at_least`, `at_most`, `known`) of facts: docs/rules.md.
    #[schema(value_type = Object)]
    when: Value,
    /// `{"queue": id}`, `{"priority": minutes}`, `{"greeting": text}`, `{"tag": id}` …: docs/rules.md.
    #[schema(value_type = Vec<Object>)]
    then: Vec<Value>,
    /// No rule after it is looked at where it holds.
    #[serde(default)]
    last: bool,
    /// It is kept, and not followed.
    #[serde(default)]
    disabled: bool,
}

fn begins() -> String {
    "begins".into()
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RulesReply {
    /// Say it when you change them. 0: none were written yet.
    version: i64,
    /// The first that decides something decides it.
    rules: Vec<RuleShape>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesWish {
    /// The version they are put in the place of.
    replaces: i64,
    rules: Vec<RuleShape>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RulesKept {
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialWish {
    /// To be tried; without them those that are kept.
    #[serde(default)]
    rules: Option<Vec<RuleShape>>,
    /// 1 to 365.
    days: u32,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TrialReply {
    /// Conversations that were looked at: the newest of those days, at most 500.
    looked: usize,
    /// For how many some rule holds.
    held: usize,
    /// For how many something would be done otherwise than by the rules that are kept.
    differ: usize,
    rules: Vec<TriedRuleReply>,
    /// Those for which some rule holds, or something would be otherwise, newest first, at most 200.
    conversations: Vec<TriedReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TriedRuleReply {
    name: String,
    /// For how many it holds.
    holds: usize,
    /// For how many a rule before it had decided what it says, too.
    overruled: usize,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TriedReply {
    conversation: Uuid,
    /// Milliseconds since 1970.
    opened_at: i64,
    channel: String,
    inbox: Option<Uuid>,
    /// The rules that hold, in order.
    held: Vec<String>,
    /// The queue in which it waited first.
    went: Option<String>,
    /// The queue in which it would have; null: no rule says so.
    would_go: Option<String>,
    would: Vec<TriedActionReply>,
    differs: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TriedActionReply {
    /// `priority`, `greeting`, `tag` …
    what: String,
    name: String,
}

/// The rules in their order.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/rules", tag = "settings", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = RulesReply), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<RulesReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let view = gateway.operations.rules(account).await?;
    let shapes = serde_json::to_value(&view.rules).and_then(serde_json::from_value);
    let rules = shapes.expect("a rule is written in its own shape");
    Ok(Json(RulesReply { version: view.version, rules }))
}

/// Put all of them, in this order, in the place of the version before.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/rules", tag = "settings", params(("account_id" = Uuid, Path)),
    request_body = RulesWish,
    responses((status = 200, body = RulesKept), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<RulesWish>, JsonRejection>,
) -> Result<Json<RulesKept>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let rules = gateway.operations.read_rules(document(&wish.rules))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let version = gateway.operations.set_rules(now, &who.actor, account, wish.replaces, rules).await?;
    gateway.orders.rows_changed().await;
    Ok(Json(RulesKept { version }))
}

/// What rules would have done with the conversations of the last days. Nothing is kept or done by it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/rules/try", tag = "settings", params(("account_id" = Uuid, Path)),
    request_body = TrialWish,
    responses((status = 200, body = TrialReply), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn try_them(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<TrialWish>, JsonRejection>,
) -> Result<Json<TrialReply>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let rules = wish.rules.map(|rules| gateway.operations.read_rules(document(&rules))).transpose()?;
    let now = gateway.clock.now();
    let tried = gateway.operations.try_rules(now, &caller.who.scope, rules, wish.days).await?;
    Ok(Json(TrialReply::of(tried)))
}

impl TrialReply {
    fn of(tried: Tried) -> TrialReply {
        let rules = tried.rules.into_iter();
        TrialReply {
            looked: tried.looked,
            held: tried.conversations.iter().filter(|one| !one.held.is_empty()).count(),
            differ: tried.conversations.iter().filter(|one| one.differs).count(),
            rules: rules
                .map(|one| TriedRuleReply { name: one.name, holds: one.holds, overruled: one.overruled })
                .collect(),
            conversations: tried.conversations.into_iter().take(LISTED).map(TriedReply::of).collect(),
        }
    }
}

impl TriedReply {
    fn of(one: TriedConversation) -> TriedReply {
        TriedReply {
            conversation: one.conversation.0,
            opened_at: one.opened_at.as_millis(),
            channel: one.channel.as_str().to_owned(),
            inbox: one.inbox.map(|inbox| inbox.0),
            held: one.held,
            went: one.went,
            would_go: one.would_go,
            would: one.would.into_iter().map(|(what, name)| TriedActionReply { what, name }).collect(),
            differs: one.differs,
        }
    }
}

fn document(rules: &[RuleShape]) -> Value {
    serde_json::to_value(rules).expect("texts, flags and JSON")
}
