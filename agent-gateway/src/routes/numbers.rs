//! Telephone numbers of ours: which inbox answers them, what callers are told they have dialled, how many calls they take.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::trunks::PhoneNumber;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct NumberReply {
    number: String,
    /// Which answers its calls.
    inbox: Option<Uuid>,
    /// What callers have dialled, where that is another number: the 400 number over this landing number.
    label: Option<String>,
    /// Calls at a time, those that come in and those that show it together. `null`: as many as come.
    channels: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberWish {
    /// What callers have dialled, where that is another number. If that number belongs to an inbox and this one does not, its
    /// calls go there.
    label: Option<String>,
    /// Calls at a time, 1 to 100000.
    channels: Option<u32>,
}

/// Every number of the account.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/numbers", tag = "trunks", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<NumberReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<NumberReply>>, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let bare = |number: &String| NumberReply { number: number.clone(), inbox: None, label: None, channels: None };
    let mut all: BTreeMap<String, NumberReply> = BTreeMap::new();
    for (number, plan) in gateway.operations.numbers(account).await? {
        all.insert(number.clone(), NumberReply { inbox: Some(plan.inbox.0), ..bare(&number) });
    }
    for PhoneNumber { number, label, channels } in gateway.operations.phone_numbers(account).await? {
        let reply = all.entry(number.clone()).or_insert_with(|| bare(&number));
        (reply.label, reply.channels) = (label, channels);
    }
    Ok(Json(all.into_values().collect()))
}

/// Say what there is to say of a number, in the place of what was said. The next call meets it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/numbers/{name}", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)), request_body = NumberWish,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path((account, number)): Path<(AccountId, String)>,
    caller: Caller,
    body: Result<Json<NumberWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let Json(NumberWish { label, channels }) = body.map_err(|e| Problem::unreadable(&e))?;
    let wrong = |pointer: &str, detail: &str| {
        let fault = Fault { pointer: pointer.into(), detail: detail.into() };
        Problem::faulty(vec![fault]).detail(format!("{pointer}: {detail}"))
    };
    let dialled =
        |n: &str| (1..=32).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_alphanumeric() || b"+*#".contains(&b));
    if !dialled(&number) {
        return Err(Problem::invalid("a number is 1 to 32 letters, digits, +, * or #"));
    }
    if label.as_deref().is_some_and(|label| !dialled(label)) {
        return Err(wrong("/label", "1 to 32 letters, digits, +, * or #"));
    }
    if channels.is_some_and(|channels| !(1..=100_000).contains(&channels)) {
        return Err(wrong("/channels", "not between 1 and 100000"));
    }
    let new = PhoneNumber { number, label, channels };
    gateway.operations.set_phone_number(gateway.clock.now(), &caller.who.actor, account, &new).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what was said of a number; it stays with its inbox.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/numbers/{name}", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, number)): Path<(AccountId, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    gateway.operations.remove_phone_number(gateway.clock.now(), &caller.who.actor, account, &number).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
