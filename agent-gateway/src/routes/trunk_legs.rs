//! What operators said of a call: who called whom in their words, and why it ended in the network's.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_model::{AccountId, CallId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TrunkLegReply {
    trunk: Uuid,
    /// `in` or `out`.
    direction: String,
    at: i64,
    /// The fields of the INVITE: `request_uri`, `from`, `to`, `asserted`, `diversion`, `history` … `null` for readers who may not
    /// see numbers. Of an anonymous caller the network's own knowledge is for nobody.
    said: Value,
    /// The final response that refused it.
    status: Option<u16>,
    /// The network's cause of its end (Q.850); `null` while it lives.
    q850: Option<u8>,
}

/// The legs of a call over trunks, in their order.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/calls/{id}/trunk_legs", tag = "trunks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<TrunkLegReply>), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<Json<Vec<TrunkLegReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let found = gateway.operations.trunk_legs(scope, id).await?.ok_or_else(|| Problem::not_found("call"))?;
    let shown = found.into_iter().map(|leg| TrunkLegReply {
        trunk: leg.trunk.0,
        direction: leg.direction,
        at: leg.at.as_millis(),
        said: if scope.unmasked { public(leg.said.reveal()) } else { Value::Null },
        status: leg.status,
        q850: leg.q850,
    });
    Ok(Json(shown.collect()))
}

/// Without what the network asserts of somebody who does not want to be known.
fn public(said: &str) -> Value {
    let mut said: Value = serde_json::from_str(said).unwrap_or_default();
    let private = said["privacy"].as_array().is_some_and(|levels| levels.iter().any(|level| level != "none"));
    if private && let Some(fields) = said.as_object_mut() {
        fields.remove("asserted");
        fields.remove("preferred");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: V15
    #[test]
    fn an_anonymous_caller_is_nobodys() {
        let known = public(r#"{"from":"<sip:1@x>","asserted":["<tel:1>"],"privacy":["none"]}"#);
        assert_eq!(known["asserted"][0], "<tel:1>");
        let hidden = public(r#"{"from":"<sip:a@x>","asserted":["<tel:1>"],"preferred":["<tel:1>"],"privacy":["id"]}"#);
        assert_eq!(hidden, serde_json::json!({ "from": "<sip:a@x>", "privacy": ["id"] }));
    }
}
