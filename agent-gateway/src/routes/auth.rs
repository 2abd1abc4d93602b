//! Signing in and out.

use crate::Gateway;
use crate::caller::{Caller, address};
use crate::problem::Problem;
use crate::tickets::LIFE;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use ringdesk_model::Clock as _;
use ringdesk_operations::LoggedIn;
use ringdesk_operations::challenges::Solution;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    pub(super) login: String,
    pub(super) password: String,
    /// Of the second factor, or a recovery code: after the answer `code-wanted`.
    #[serde(default)]
    pub(super) code: Option<String>,
    /// After the answer `challenge-required`.
    #[serde(default)]
    pub(super) answer: Option<ChallengeAnswer>,
}

/// The number that was found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeAnswer {
    /// Of the challenge, unchanged.
    seed: String,
    number: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInReply {
    /// For `Authorization: Bearer`.
    token: String,
    account_id: Uuid,
    /// Of who takes work items.
    agent_id: Option<Uuid>,
}

impl Credentials {
    pub(super) async fn sign_in(&self, gateway: &Gateway, from: &str) -> Result<LoggedIn, Problem> {
        let secrets = (self.password.as_str(), self.code.as_deref());
        let solution = self.answer.as_ref().map(|of| Solution { seed: of.seed.clone(), number: of.number });
        let now = gateway.clock.now();
        Ok(gateway.operations.login_by(now, &self.login, secrets, solution.as_ref(), from).await?)
    }
}

/// Where a request came from.
pub(crate) struct Address(pub(crate) String);

impl FromRequestParts<Gateway> for Address {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        Ok(Address(address(parts, gateway)))
    }
}

/// Sign in. Failures are slowed down per login and address: `429` says after how many seconds (`Retry-After`). After some of them
/// the answer is `challenge-required`, with a challenge: the same once more, with its answer. It says nothing of the password, and is no
/// failure; a wrong, used or foreign answer is `challenge-failed` (`403`), with another challenge.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = Credentials,
    responses((status = 200, body = SignedInReply), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn login(
    State(gateway): State<Gateway>,
    Address(from): Address,
    body: Result<Json<Credentials>, JsonRejection>,
) -> Result<Json<SignedInReply>, Problem> {
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let signed = body.sign_in(&gateway, &from).await?;
    Ok(Json(SignedInReply {
        token: signed.token,
        account_id: signed.user.account.0,
        agent_id: signed.user.agent.map(|a| a.0),
    }))
}

/// Sign out: the token is void.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn logout(State(gateway): State<Gateway>, caller: Caller) -> Result<StatusCode, Problem> {
    gateway.operations.logout(gateway.clock.now(), &caller.who).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SocketTicket {
    ticket: String,
    /// Seconds within which it must be used.
    expires_in: u64,
}

/// A ticket for the events socket, for browsers: `events?ticket=…`. It opens one socket, once.
#[utoipa::path(post, path = "/api/v1/auth/ticket", tag = "auth", responses((status = 200, body = SocketTicket), (status = 401, body = Problem)))]
pub(crate) async fn ticket(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<SocketTicket>, Problem> {
    let ticket = gateway.tickets.give(gateway.clock.now(), caller.who.user.id, &caller.token)?;
    Ok(Json(SocketTicket { ticket, expires_in: LIFE.as_secs() }))
}
