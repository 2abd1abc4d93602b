//! What settings were, the way back, and what refers to them.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Language};
use ringdesk_operations::directory::NewTrunk;
use ringdesk_operations::setting_history::{Before, Checked, Difference, Facet, Past, Undone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Of what: `queue:<id>`, `inbox:<id>`, `flow:<id>`, `user:<id>`, `trunk:<id>`, `number:<number>`, `alert_rule:<id>`, `tag:<id>`,
    /// `prompt:<language>/<id>`, `account:<id>` (what holds for all of it). Without it: of everything.
    object: Option<String>,
    /// Only changes before this number.
    before: Option<i64>,
    /// 1 to 200; 50 without it.
    limit: Option<i64>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Object {
    /// `queue:<id>`, `flow:<id>`, `prompt:<language>/<id>`, `number:<number>`, `trunk:<id>`, `dispositions:<id of the queue or the account>`,
    /// `tag:<id>`, `role:<name>`, `user:<id>`.
    object: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PastReply {
    id: Uuid,
    /// Of its audit entry.
    seq: i64,
    /// Milliseconds since 1970 (UTC).
    at: i64,
    /// `user:<id>`, `system`.
    actor: String,
    /// `queue.edit` …
    action: String,
    object: String,
    /// Which part of it: `queue`, `queue_recording`, `dispositions`, `inbox`, `inbox_recording`, `closure`, `flow`, `user`, `roles`,
    /// `trunk`, `number`, `alert_rule`, `tag`, `second_factor_roles`, `prompt`.
    facet: &'static str,
    /// Nobody has changed this part since.
    newest: bool,
    /// `state`: there was an earlier one. `nothing`: this made it. `unknown`: it was made before the history began.
    before: &'static str,
    /// This took it away.
    removed: bool,
    /// It can be asked to be put back as it was before. Whether that still fits, the answer says.
    undo: bool,
    changes: Vec<DifferenceReply>,
    /// There are more than are listed.
    more: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct DifferenceReply {
    /// `settings/music`, from the outside in.
    path: String,
    before: Option<Value>,
    after: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    /// The number of the newest change of this part that you have seen: where there is a newer one, nothing happens (409).
    newest: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UndoneReply {
    /// Of a phone that came back with a new password; it is shown once.
    phone: Option<ComeBack>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ComeBack {
    extension: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UserOfSetting {
    /// `flow`, `inbox`, `queue`, `agent`, `user`, `alert_rule`, `api_token`, `number`, `second_factor`, `conversations`.
    kind: &'static str,
    id: Option<String>,
    /// Of `conversations` how many there are.
    name: String,
    /// As long as this is so it is not put out of use.
    holds: bool,
}

/// The right to change any setting at all.
fn may_change_some(caller: &Caller, account: AccountId) -> Result<(), Problem> {
    caller.is_of(account)?;
    let any = Facet::ALL.iter().any(|facet| caller.who.grants.allows(facet.permission()));
    if any { Ok(()) } else { Err(Problem::forbidden()) }
}

/// Changes of settings, newest first, of the parts that the caller may change. Passwords and other secrets are no part of it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/setting_history", tag = "audit", params(("account_id" = Uuid, Path), Which),
    responses((status = 200, body = Vec<PastReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<PastReply>>, Problem> {
    may_change_some(&caller, account)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(which.limit, 50, 200)?;
    let may = |facet: Facet| caller.who.grants.allows(facet.permission());
    let (object, before) = (which.object.as_deref(), which.before.unwrap_or(i64::MAX));
    let found = gateway.operations.setting_history(account, object, before, limit, may).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// Put a part of a setting back as it was before a change. It is written like any other change, with the same rules, and has its own
/// place in the history. What no longer fits is refused with the reason.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/setting_history/{id}/undo", tag = "audit",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Undo,
    responses((status = 200, body = UndoneReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn undo(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    body: Result<Json<Undo>, JsonRejection>,
) -> Result<Json<UndoneReply>, Problem> {
    may_change_some(&caller, account)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let now = gateway.clock.now();
    let done = gateway.operations.undo_setting(now, &caller.who, id, wish.newest, &AskedOf(&gateway)).await?;
    let phone = match done {
        Undone::Done => None,
        Undone::Phone { extension, password } => Some(ComeBack { extension, password }),
        Undone::Prompt { object, take } => {
            prompt_back(&gateway, &caller, account, &object, take).await?;
            None
        }
    };
    gateway.orders.rows_changed().await;
    Ok(Json(UndoneReply { phone }))
}

/// What refers to a setting.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/used_by", tag = "audit", params(("account_id" = Uuid, Path), Object),
    responses((status = 200, body = Vec<UserOfSetting>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn used_by(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Object>, QueryRejection>,
) -> Result<Json<Vec<UserOfSetting>>, Problem> {
    may_change_some(&caller, account)?;
    let Query(Object { object }) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let object = object.ok_or_else(|| Problem::invalid("of which object?"))?;
    let needed = match object.split_once(':').map_or("", |(kind, _)| kind) {
        "queue" | "dispositions" => Permission::QueuesEdit,
        "flow" | "prompt" => Permission::FlowsRead,
        "number" | "trunk" => Permission::TrunksManage,
        "tag" | "calendar" => Permission::SettingsManage,
        "role" | "user" | "agent" => Permission::UsersManage,
        _ => return Err(Problem::not_found("setting")),
    };
    caller.may(account, needed)?;
    let found = gateway.operations.used_by(account, &object).await?.into_iter();
    Ok(Json(found.map(|u| UserOfSetting { kind: u.kind, id: u.id, name: u.name, holds: u.holds }).collect()))
}

/// What other rooms say of an earlier state.
struct AskedOf<'a>(&'a Gateway);

impl Checked for AskedOf<'_> {
    fn flow(&self, document: &Value) -> Result<(), String> {
        let faults = self.0.orders.check_flow(document);
        match faults.first() {
            None => Ok(()),
            Some(fault) => {
                Err(format!("this flow does not pass its check any more: {} {}", fault.pointer, fault.reason))
            }
        }
    }

    fn trunk(&self, trunk: &NewTrunk) -> Result<(), String> {
        self.0.orders.check_trunk(trunk).map_err(|fault| format!("{} {}", fault.pointer, fault.reason))
    }
}

/// `prompt:<language>/<id>`: the library has the take, or has it no more.
async fn prompt_back(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    object: &str,
    take: Option<u32>,
) -> Result<(), Problem> {
    let name = object.strip_prefix("prompt:").and_then(|rest| rest.split_once('/'));
    let (language, id) = name.ok_or_else(|| Problem::not_found("prompt"))?;
    let spoken = [Language::En, Language::ZhCn].into_iter().find(|l| l.as_str() == language);
    let spoken = spoken.ok_or_else(|| Problem::not_found("language"))?;
    let library = gateway.prompts.as_ref().ok_or_else(|| Problem::not_found("library of prompts"))?;
    let action = match take {
        Some(take) => {
            library.choose(spoken, id.to_owned(), take).await?;
            "prompt.use"
        }
        None => {
            library.retire(spoken, id.to_owned()).await?;
            "prompt.retire"
        }
    };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    Ok(gateway.operations.prompt_changed(now, actor, account, (action, language, id), take).await?)
}

fn shown(past: Past) -> PastReply {
    let difference = |d: Difference| DifferenceReply { path: d.path, before: d.before, after: d.after };
    PastReply {
        id: past.id,
        seq: past.seq,
        at: past.at.as_millis(),
        actor: past.actor,
        action: past.action,
        object: past.object,
        facet: past.facet.as_str(),
        newest: past.newest,
        undo: match past.before {
            Before::State => true,
            Before::Unknown => false,
            // What was made can be taken away again, but not these.
            Before::Nothing => ![Facet::Flow, Facet::Roles, Facet::TextInbox].contains(&past.facet),
        },
        before: match past.before {
            Before::Nothing => "nothing",
            Before::State => "state",
            Before::Unknown => "unknown",
        },
        removed: past.removed,
        changes: past.differences.into_iter().map(difference).collect(),
        more: past.more,
    }
}
