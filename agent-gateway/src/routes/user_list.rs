//! Users by the list: a file of a spreadsheet comes in, with a trial before, and goes out.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::user_list::{FirstSecret, Import, ListLanguage, Outcome, PlannedRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Bytes of a file: some ten times what the longest list has.
pub(super) const UPLOAD: usize = 4 * 1024 * 1024;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// `trial` (without it): change nothing. `all`: everything, or nothing where a row is faulty. `good`: the rows that are good.
    mode: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Of the titles, roles and states: `en` (without it) or `zh`.
    language: Option<String>,
    /// No users, but the titles and a remark that shows how a row is written.
    template: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListReply {
    /// False: nothing was changed.
    applied: bool,
    rows: Vec<ListRow>,
    /// Titles of columns that nobody reads.
    unread: Vec<String>,
    /// Shown once: nobody can read them again.
    secrets: Vec<ListSecret>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListRow {
    /// In the file; the first is 1.
    line: u32,
    login: String,
    name: String,
    /// `create`, `change`, `same` (all of it is so already), `faulty`.
    outcome: &'static str,
    changes: Vec<ListChange>,
    faults: Vec<ListFault>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListChange {
    /// `name`, `email`, `language`, `extension`, `roles`, `queues`, `state`.
    column: &'static str,
    before: String,
    after: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListFault {
    /// `login`, `name`, `email`, `language`, `extension`, `roles`, `queues`, `state`.
    column: &'static str,
    /// `login`, `twice`, `login_taken`, `missing`, `name`, `email`, `email_taken`, `language`, `extension`, `extension_taken`, `extension_missing`, `no_agent`,
    /// `role_unknown`, `role_beyond_you`, `beyond_you`, `rights`, `queue_unknown`, `queue_out_of_use`, `queue_twice`, `level`,
    /// `queues_right`, `state`, `last_to_grant`.
    code: &'static str,
    /// What is in the cell.
    value: String,
    /// How to mend it.
    detail: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ListSecret {
    login: String,
    name: String,
    /// For signing in, of somebody new.
    password: Option<String>,
    extension: Option<String>,
    phone_password: Option<String>,
}

/// A file, as it comes.
pub(crate) struct Upload(Bytes);

impl FromRequest<Gateway> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self, Problem> {
        match Bytes::from_request(request, gateway).await {
            Ok(bytes) => Ok(Upload(bytes)),
            Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::too_large("a list of users has at most 4 MB; bring it in several files"))
            }
            Err(refused) => Err(Problem::malformed(refused.body_text())),
        }
    }
}

/// Make and change users by a list. The body is the file: CSV (comma, semicolon or tab; UTF-8, UTF-16 or GB18030) or an Excel
/// workbook, of which the first sheet is read; what it is, its content says. The first row names the columns: `login`, `name`, `email`,
/// `language`, `extension`, `roles`, `queues` (`Sales:1; Support:2`), `state`; or 账号, 姓名, 邮箱, 语言, 分机, 角色, 队列, 状态. Who has a row with a login that
/// there is already is changed; an empty cell leaves what there is, a dash takes it away. The detail of a 422 begins with `empty`,
/// `unknown_kind`, `old_excel`, `encoding`, `damaged`, `too_large`, `no_login` or `column_twice`.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/users/import", tag = "users", params(("account_id" = Uuid, Path), How),
    responses((status = 200, body = ListReply), (status = 403, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn import(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<How>, QueryRejection>,
    Upload(file): Upload,
) -> Result<Json<ListReply>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Query(how) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let what = match how.mode.as_deref() {
        None | Some("trial") => Import::Trial,
        Some("all") => Import::All,
        Some("good") => Import::Good,
        Some(_) => return Err(Problem::invalid("mode is trial, all or good")),
    };
    let done = gateway.operations.import_users(gateway.clock.now(), &caller.who, &file, what).await?;
    if done.applied {
        gateway.orders.rows_changed().await;
    }
    Ok(Json(ListReply {
        applied: done.applied,
        rows: done.plan.rows.into_iter().map(row).collect(),
        unread: done.plan.unread,
        secrets: done.secrets.into_iter().map(secret).collect(),
    }))
}

/// All users as CSV that can be brought in again. No cell of it is a formula.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/users/export", tag = "users", params(("account_id" = Uuid, Path), Wanted),
    responses((status = 200, content_type = "text/csv"), (status = 403, body = Problem)))]
pub(crate) async fn export(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Query(wanted) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let language = match wanted.language.as_deref() {
        None | Some("en") => ListLanguage::En,
        Some("zh") => ListLanguage::Zh,
        Some(_) => return Err(Problem::invalid("language is en or zh")),
    };
    let (name, text) = match wanted.template.unwrap_or(false) {
        true => ("users-template.csv", gateway.operations.users_template(account, language).await?),
        false => ("users.csv", gateway.operations.export_users(gateway.clock.now(), &caller.who, language).await?),
    };
    let built = Response::builder()
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(Body::from(text));
    built.map_err(|fault| Problem::internal(&fault))
}

fn row(row: PlannedRow) -> ListRow {
    let change = |c: ringdesk_operations::user_list::CellChange| ListChange {
        column: c.column.as_str(),
        before: c.before,
        after: c.after,
    };
    let fault = |f: ringdesk_operations::user_list::CellFault| ListFault {
        column: f.column.as_str(),
        code: f.code,
        value: f.value,
        detail: f.detail,
    };
    ListRow {
        line: row.line,
        login: row.login,
        name: row.name,
        outcome: match row.outcome {
            Outcome::Create => "create",
            Outcome::Change => "change",
            Outcome::Same => "same",
            Outcome::Faulty => "faulty",
        },
        changes: row.changes.into_iter().map(change).collect(),
        faults: row.faults.into_iter().map(fault).collect(),
    }
}

fn secret(secret: FirstSecret) -> ListSecret {
    let FirstSecret { login, name, password, extension, phone_password } = secret;
    ListSecret { login, name, password, extension, phone_password }
}
