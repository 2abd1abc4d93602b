//! Trunks: lines to operators and to other exchanges. A password goes in and never comes out.

use crate::Gateway;
use crate::caller::Caller;
use crate::orders::{FlowFault, TrunkFailure, TrunkNow, TrunkTest, TrunkTestWish};
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Pii};
use ringdesk_operations::directory;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TrunkReply {
    id: Uuid,
    name: String,
    networks: Vec<String>,
    settings: serde_json::Value,
    has_password: bool,
    /// `up`, `down`, or `unknown`: it is not asked, or has not answered yet.
    health: &'static str,
    /// What came in the place of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    health_status: Option<u16>,
    health_since: Option<i64>,
    /// `null`: it wants no registration.
    registered: Option<bool>,
    /// What the operator said of our registration, where it did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered_until: Option<i64>,
    /// Its sound is encrypted, but its keys (SDES, RFC 4568) travel over UDP or TCP where anybody on the way reads them.
    keys_in_clear: bool,
    /// Calls that it has now, in either direction.
    calls: u32,
    /// What went wrong last.
    last_failure: Option<LastFailure>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LastFailure {
    at: i64,
    /// `registration`, `options`, `call`; or why nothing gets through: `certificate_expired`, `certificate_refused`, `unsecured`,
    /// `connection_refused`, `timed_out`, `closed`, `unroutable`.
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    q850: Option<u8>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTrunk {
    name: String,
    /// Where its calls come from: addresses and networks.
    #[serde(default)]
    networks: Vec<String>,
    /// `preset` (`generic`, `cn-ims`), `host`, `port`, `transport` (`udp`, `tcp`, `tls`), `username`, `register` … : docs/trunks.md
    /// has them all. A wrong one is refused by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[schema(value_type = Option<String>)]
    password: Option<Pii<String>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTrunk {
    id: Uuid,
}

#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/trunks", tag = "trunks", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TrunkReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TrunkReply>>, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let now = gateway.orders.trunks();
    let found = gateway.operations.directory(account).await?.trunks.into_iter().map(|trunk| {
        let now = now.get(&trunk.id).cloned().unwrap_or_default();
        let TrunkNow { health, status, since, registered, registration_status, registered_until, calls, last_failure } =
            now;
        let settings = serde_json::from_str(&trunk.settings).unwrap_or_default();
        TrunkReply {
            id: trunk.id.0,
            name: trunk.name,
            networks: trunk.networks,
            keys_in_clear: keys_in_clear(&settings),
            settings,
            has_password: trunk.password.is_some(),
            health: health.map_or("unknown", |up| if up { "up" } else { "down" }),
            health_status: status,
            health_since: since.map(|at| at.as_millis()),
            registered,
            registration_status,
            registered_until: registered_until.map(|at| at.as_millis()),
            calls,
            last_failure: last_failure.map(|TrunkFailure { at, what, status, q850 }| LastFailure {
                at: at.as_millis(),
                what,
                status,
                q850,
            }),
        }
    });
    Ok(Json(found.collect()))
}

/// A line that we dial (RFC 4568, section 6.1: keys want a transport that keeps them).
fn keys_in_clear(settings: &serde_json::Value) -> bool {
    let word = |name: &str| settings[name].as_str().unwrap_or_default();
    !word("host").is_empty() && ringdesk_readiness::keys_in_clear(word("srtp"), word("transport"))
}

/// Make a trunk; calls use it from the next one on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/trunks", tag = "trunks", params(("account_id" = Uuid, Path)),
    request_body = NewTrunk, responses((status = 201, body = MadeTrunk), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewTrunk>, JsonRejection>,
) -> Result<(StatusCode, Json<MadeTrunk>), Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let NewTrunk { name, networks, settings, password } = wish;
    if name.trim().is_empty() {
        return Err(Problem::invalid("a trunk has a name"));
    }
    let settings = serde_json::Value::Object(settings).to_string();
    let new = directory::NewTrunk { name, networks, settings, password };
    gateway.orders.check_trunk(&new).map_err(faulty)?;
    let id = gateway.operations.create_trunk(gateway.clock.now(), &caller.who.actor, account, new).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(MadeTrunk { id: id.0 })))
}

/// Put this in the place of a trunk. Its calls go on; the next one goes as it is said now. A password that is not given stays as long as
/// there is a user name.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/trunks/{name}", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)), request_body = NewTrunk,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    body: Result<Json<NewTrunk>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    if wish.name.trim().is_empty() {
        return Err(Problem::invalid("a trunk has a name"));
    }
    let before = gateway.operations.directory(account).await?.trunks.into_iter().find(|trunk| trunk.name == name);
    let before = before.ok_or_else(|| Problem::not_found("trunk"))?;
    let has_user = wish.settings.get("username").is_some_and(|user| !user.is_null());
    let password = wish.password.or(before.password.filter(|_| has_user));
    let settings = serde_json::Value::Object(wish.settings).to_string();
    let new = directory::NewTrunk { name: wish.name, networks: wish.networks, settings, password };
    gateway.orders.check_trunk(&new).map_err(faulty)?;
    gateway.operations.change_trunk(gateway.clock.now(), &caller.who.actor, account, &name, new).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTest {
    /// Whom to dial: somebody who answers, best an echo or a number of ours.
    #[schema(value_type = String)]
    number: Pii<String>,
    /// Shown to whom is called; one of ours.
    caller: Option<String>,
    /// 1 to 20; 15 unless said otherwise.
    ring_seconds: Option<u64>,
    /// 1 to 6, from the answer on; 3 unless said otherwise.
    listen_seconds: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TestReply {
    /// `answered`, or why not: `busy`, `declined`, `no_answer`, `not_found`, `unreachable`, `forbidden`, `not_acceptable`, `congestion`,
    /// `remote_failure`, `signaling_timeout`.
    outcome: &'static str,
    /// The final response, where it was refused.
    status: Option<u16>,
    rang_after_ms: Option<u64>,
    answered_after_ms: Option<u64>,
    /// The trunk over which a call to the same number came in meanwhile: dial a number of ours, and the way back is tried as well.
    came_in_over: Option<String>,
    /// Sound came back.
    sound: bool,
    codec: Option<String>,
    sent_packets: u64,
    received_packets: u64,
    lost_packets: u64,
    jitter_ms: f32,
    mos: Option<f32>,
}

/// Dial a number over this trunk and no other, let it hear a tone, listen, hang up: the check before somebody relies on it. The number
/// must be one that may be dialled, and counts like any other.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/trunks/{name}/test", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)), request_body = NewTest,
    responses((status = 200, body = TestReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn test(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    body: Result<Json<NewTest>, JsonRejection>,
) -> Result<Json<TestReply>, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let is_number =
        |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'+');
    if !is_number(wish.number.reveal()) || wish.caller.as_deref().is_some_and(|caller| !is_number(caller)) {
        return Err(Problem::invalid("a number has 1 to 20 digits"));
    }
    let (rings, listens) = (wish.ring_seconds.unwrap_or(15), wish.listen_seconds.unwrap_or(3));
    if !(1..=20).contains(&rings) || !(1..=6).contains(&listens) {
        return Err(Problem::invalid("1 to 20 seconds of ringing, 1 to 6 of listening"));
    }
    let all = gateway.operations.directory(account).await?.trunks;
    let trunk = all.into_iter().find(|trunk| trunk.name == name).ok_or_else(|| Problem::not_found("trunk"))?;
    let wish = TrunkTestWish {
        number: wish.number,
        caller: wish.caller,
        ring_for: Duration::from_secs(rings),
        listen_for: Duration::from_secs(listens),
    };
    let told = gateway.orders.test_trunk(trunk.id, wish).await?;
    gateway.operations.trunk_tested(gateway.clock.now(), &caller.who.actor, account, trunk.id, told.outcome).await?;
    let TrunkTest { outcome, status, rang_after_ms, answered_after_ms, came_in_over, sound, codec, .. } = told;
    let TrunkTest { sent_packets, received_packets, lost_packets, jitter_ms, mos, .. } = told;
    Ok(Json(TestReply {
        outcome,
        status,
        rang_after_ms,
        answered_after_ms,
        came_in_over,
        sound,
        codec,
        sent_packets,
        received_packets,
        lost_packets,
        jitter_ms,
        mos,
    }))
}

fn faulty(FlowFault { pointer, reason }: FlowFault) -> Problem {
    let problem = Problem::faulty(vec![Fault { pointer: pointer.clone(), detail: reason.clone() }]);
    problem.detail(format!("{pointer}: {reason}"))
}

/// Take a trunk away. Calls that run over it go on.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/trunks/{name}", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    gateway.operations.remove_trunk(gateway.clock.now(), &caller.who.actor, account, &name).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::keys_in_clear;
    use serde_json::json;

    #[test]
    fn keys_over_a_line_that_anybody_reads_are_told() {
        for (settings, told) in [
            (json!({ "host": "sip.example.net", "srtp": "offered" }), true),
            (json!({ "host": "sip.example.net", "srtp": "required", "transport": "tcp" }), true),
            (json!({ "host": "sip.example.net", "srtp": "required", "transport": "tls" }), false),
            (json!({ "host": "sip.example.net", "srtp": "off" }), false),
            (json!({ "host": "sip.example.net" }), false),
            (json!({ "srtp": "optional" }), false),
        ] {
            assert_eq!(keys_in_clear(&settings), told, "{settings}");
        }
    }
}
