//! The console's own sign-in: who I am, and a session that lives in a cookie.

use super::auth::{Address, Credentials};
use super::preferences::PreferencesReply;
use crate::Gateway;
use crate::caller::Caller;
use crate::cookie;
use crate::listen::Secured;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use ringdesk_access::Permission;
use ringdesk_model::Clock as _;
use ringdesk_operations::{Duty, LoggedIn};
use ringdesk_storage::users::User;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who asks, and what they may.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeReply {
    user: Myself,
    account_id: Uuid,
    /// Of who takes work items.
    agent: Option<MyAgent>,
    /// By name, `conversations.answer` …; what is not here is refused.
    permissions: Vec<&'static str>,
    /// What I do before anything else; until then every other request is refused. `change_password`: somebody else knows mine
    /// (`users/{id}/password`); `set_up_second_factor`: a role of mine needs one and I have none (`auth/second_factor`).
    must: Option<&'static str>,
    preferences: PreferencesReply,
    /// Of the server.
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Myself {
    id: Uuid,
    login: String,
    name: String,
    roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MyAgent {
    id: Uuid,
    /// Of one's telephones.
    extension: Option<String>,
}

/// Somebody of the demo centre.
#[derive(Serialize, ToSchema)]
pub(crate) struct DemoPerson {
    login: String,
    name: String,
    roles: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoLogin {
    login: String,
}

/// Who I am.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = MeReply), (status = 401, body = Problem)))]
pub(crate) async fn me(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<MeReply>, Problem> {
    shown(&gateway, &caller).await.map(Json)
}

/// Sign a browser in: as `login`, but the token is in a cookie that no script reads. Wants the header `X-Ringdesk: console`, as
/// every request with that cookie that changes something.
#[utoipa::path(post, path = "/api/v1/auth/session", tag = "auth", request_body = Credentials,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn sign_in(
    State(gateway): State<Gateway>,
    Address(from): Address,
    visit: Visit,
    body: Result<Json<Credentials>, JsonRejection>,
) -> Result<Response, Problem> {
    visit.is_console()?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let signed = body.sign_in(&gateway, &from).await?;
    Ok(let_in(&gateway, &visit, &signed))
}

/// Sign a browser out.
#[utoipa::path(delete, path = "/api/v1/auth/session", tag = "auth", responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn sign_out(State(gateway): State<Gateway>, caller: Caller) -> Result<Response, Problem> {
    gateway.operations.logout(gateway.clock.now(), &caller.who).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, cookie::cleared())])).into_response())
}

/// As whom one may come in by one click: nobody, but on the machine itself where the demo centre runs.
#[utoipa::path(get, path = "/api/v1/auth/demo", tag = "auth", responses((status = 200, body = Vec<DemoPerson>)))]
pub(crate) async fn demo_people(
    State(gateway): State<Gateway>,
    visit: Visit,
) -> Result<Json<Vec<DemoPerson>>, Problem> {
    if !gateway.demo || !visit.at_this_machine {
        return Ok(Json(Vec::new()));
    }
    let shown = |user: User| DemoPerson { login: user.login, name: user.name, roles: user.roles };
    Ok(Json(gateway.operations.demo_people().await?.into_iter().map(shown).collect()))
}

/// Come in as one of them.
#[utoipa::path(post, path = "/api/v1/auth/demo", tag = "auth", request_body = DemoLogin,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn demo_sign_in(
    State(gateway): State<Gateway>,
    Address(from): Address,
    visit: Visit,
    body: Result<Json<DemoLogin>, JsonRejection>,
) -> Result<Response, Problem> {
    if !gateway.demo || !visit.at_this_machine {
        return Err(Problem::not_found("page"));
    }
    visit.is_console()?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let signed = gateway.operations.enter_demo(gateway.clock.now(), &body.login, &from).await?;
    Ok(let_in(&gateway, &visit, &signed))
}

fn let_in(gateway: &Gateway, visit: &Visit, signed: &LoggedIn) -> Response {
    let life = signed.expires.since(gateway.clock.now());
    let cookie = cookie::set(&signed.token, life, visit.secure);
    (StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, cookie)])).into_response()
}

async fn shown(gateway: &Gateway, caller: &Caller) -> Result<MeReply, Problem> {
    let user = caller.who.user.clone();
    let agent = match user.agent {
        Some(id) => {
            let extension = gateway.operations.extension_of(user.account, id).await?;
            Some(MyAgent { id: id.0, extension: extension.filter(|extension| !extension.is_empty()) })
        }
        None => None,
    };
    let preferences = gateway.operations.preferences(&caller.who).await?.into();
    let permissions = caller.who.grants.iter().map(Permission::as_str).collect();
    Ok(MeReply {
        user: Myself { id: user.id.0, login: user.login, name: user.name, roles: user.roles },
        account_id: user.account.0,
        agent,
        permissions,
        must: caller.who.must.map(Duty::as_str),
        preferences,
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// How somebody came who wants a cookie.
pub(crate) struct Visit {
    secure: bool,
    /// The browser runs here, and nothing stands between: no proxy, and no name that is not this machine's, which a page from
    /// elsewhere could have pointed at us.
    at_this_machine: bool,
    console: bool,
}

impl Visit {
    fn is_console(&self) -> Result<(), Problem> {
        if self.console { Ok(()) } else { Err(Problem::not_from_the_console()) }
    }
}

impl FromRequestParts<Gateway> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|connect| connect.0.ip().to_canonical());
        let forwarded =
            ["x-forwarded-for", "x-forwarded-host", "forwarded", "via"].map(|name| parts.headers.contains_key(name));
        // What the page's own connection was, a proxy that is believed says.
        let told = parts.headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
        let secure =
            parts.extensions.get::<Secured>().is_some() || (told && peer.is_some_and(|p| gateway.proxies.trusts(p)));
        let own = parts.headers.get("origin").is_none_or(|origin| cookie::is_own(origin, &parts.headers));
        Ok(Visit {
            secure,
            at_this_machine: peer.is_some_and(|peer| peer.is_loopback())
                && !forwarded.contains(&true)
                && parts.headers.get(HOST).is_some_and(is_this_machine),
            console: own && cookie::is_console(&parts.headers),
        })
    }
}

fn is_this_machine(host: &HeaderValue) -> bool {
    let host = host.to_str().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_points_here_is_not_this_machine() {
        for (host, here) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("rebound.example:8080", false),
            ("127.0.0.1.example", false),
            ("192.0.2.1", false),
            ("[2001:db8::1]:8080", false),
            ("", false),
        ] {
            assert_eq!(is_this_machine(&HeaderValue::from_static(host)), here, "{host}");
        }
    }
}
