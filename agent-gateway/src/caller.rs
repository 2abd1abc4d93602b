//! Who asks: the one extractor through which every route goes.

use crate::Gateway;
use crate::cookie;
use crate::orders::OrderRefused;
use crate::problem::Problem;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath};
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use ringdesk_access::{MentorRefusal, Permission};
use ringdesk_conversations::{Refusal, StaffRefusal, reply_in};
use ringdesk_model::{AccountId, AgentId, Clock as _};
use ringdesk_operations::{Duty, OperationError, SignedIn};
use std::net::SocketAddr;

/// A signed-in person. Holds no right by itself: each handler names the one it needs.
pub(crate) struct Caller {
    pub(crate) who: SignedIn,
    pub(crate) token: String,
}

impl Caller {
    /// Their account and this permission, or a problem. Another account is as if it were not there.
    pub(crate) fn may(&self, account: AccountId, permission: Permission) -> Result<(), Problem> {
        self.is_of(account)?;
        self.who.grants.require(permission).map_err(|_| Problem::forbidden())
    }

    pub(crate) fn is_of(&self, account: AccountId) -> Result<(), Problem> {
        if account == self.who.user.account { Ok(()) } else { Err(Problem::not_found("account")) }
    }

    /// As a person: what people say to each other is not for programs, whatever their token grants.
    pub(crate) fn may_in_person(&self, account: AccountId, permission: Permission) -> Result<(), Problem> {
        self.may(account, permission)?;
        if self.who.by_token.is_some() { Err(Problem::forbidden()) } else { Ok(()) }
    }

    /// Conversations: one's own, or everybody's. Which of them it are is the scope's business.
    pub(crate) fn may_read(&self, account: AccountId) -> Result<(), Problem> {
        self.may(account, Permission::ConversationsReadAll)
            .or_else(|_| self.may(account, Permission::ConversationsReadOwn))
    }

    pub(crate) fn agent(&self) -> Result<AgentId, Problem> {
        self.who.user.agent.ok_or_else(|| Problem::invalid("you are no agent"))
    }
}

impl FromRequestParts<Gateway> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        let token = match parts.headers.get(AUTHORIZATION) {
            Some(field) => field.to_str().ok().and_then(|h| h.strip_prefix("Bearer ")).map(str::to_owned),
            None => cookie::token(&parts.headers),
        };
        let token = token.ok_or_else(Problem::unauthorized)?;
        if !parts.headers.contains_key(AUTHORIZATION) && !cookie::may_use(parts) {
            return Err(Problem::not_from_the_console());
        }
        signed_in(parts, gateway, token).await
    }
}

/// Who opens a socket: a browser, which cannot set a header there, shows a ticket in its place. Nowhere else does an address
/// let anybody in.
pub(crate) struct Holder(pub(crate) Caller);

impl FromRequestParts<Gateway> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        match query.split('&').find_map(|pair| pair.strip_prefix("ticket=")) {
            Some(ticket) if !parts.headers.contains_key(AUTHORIZATION) => {
                let token = gateway.tickets.take(gateway.clock.now(), ticket).ok_or_else(Problem::unauthorized)?;
                Ok(Holder(signed_in(parts, gateway, token).await?))
            }
            _ => Ok(Holder(Caller::from_request_parts(parts, gateway).await?)),
        }
    }
}

/// Where somebody comes from of whom nothing else is known.
pub(crate) struct Stranger(pub(crate) String);

impl FromRequestParts<Gateway> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Problem> {
        Ok(Stranger(address(parts, gateway)))
    }
}

async fn signed_in(parts: &Parts, gateway: &Gateway, token: String) -> Result<Caller, Problem> {
    let who = gateway.operations.signed_in(gateway.clock.now(), &token, Some(&address(parts, gateway))).await?;
    let who = who.ok_or_else(Problem::unauthorized)?;
    match who.must {
        Some(Duty::ChangePassword) if !is_open_before(parts) => Err(Problem::must_change_password()),
        _ => Ok(Caller { who, token }),
    }
}

/// What is open to somebody whose password another person knows: to see who they are, to choose one of their own, to leave.
fn is_open_before(parts: &Parts) -> bool {
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    match parts.method {
        Method::GET => route.ends_with("/auth/me"),
        Method::PUT => route.ends_with("/users/{id}/password"),
        Method::DELETE => route.ends_with("/auth/session"),
        Method::POST => route.ends_with("/auth/logout"),
        _ => false,
    }
}

/// Where a request came from.
pub(crate) fn address(parts: &Parts, gateway: &Gateway) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |c| gateway.proxies.client(c.0.ip(), &parts.headers).to_string())
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::NotFound(what) => Problem::not_found(what),
            OperationError::Over(_) => Problem::gone(error.to_string()),
            OperationError::WrongLogin => Problem::wrong_password(),
            OperationError::CodeWanted => Problem::code_wanted(),
            OperationError::ChallengeWanted(challenge) => Problem::challenge_required(challenge),
            OperationError::ChallengeFailed(why, challenge) => Problem::challenge_failed(why.to_string(), challenge),
            OperationError::NotAllowed => Problem::forbidden(),
            OperationError::InternalInbox => Problem::internal_inbox(),
            OperationError::WrongCode => Problem::wrong_code(),
            OperationError::TryLater(wait) => Problem::throttled().detail(wait.to_string()).after(wait.0),
            OperationError::Refused(Refusal::FileTooLarge(_)) => Problem::too_large(error.to_string()),
            OperationError::Refused(Refusal::Required) => Problem::disposition_required(),
            OperationError::Refused(
                Refusal::NoPart
                | Refusal::TooLate
                | Refusal::NotYours
                | Refusal::NotYourText
                | Refusal::RecallOver
                | Refusal::Recalled,
            ) => Problem::refused(error.to_string()),
            OperationError::LegalHold(_) => Problem::refused(error.to_string()),
            OperationError::Changed(_) => Problem::changed(error.to_string()),
            OperationError::InHand(..) => Problem::in_hand(error.to_string()),
            OperationError::Unclaimed(_)
            | OperationError::Closed(_)
            | OperationError::KeptOut
            | OperationError::Held => Problem::refused(error.to_string()),
            OperationError::Filtered(ref reply) => Problem::filtered(reply_in(reply, None)),
            OperationError::InUse(_)
            | OperationError::Taken(_)
            | OperationError::LastToGrant
            | OperationError::BrokenChain(_) => Problem::refused(error.to_string()),
            OperationError::Pass(why) if why.is_of_the_moment() => Problem::refused(why.to_string()),
            OperationError::Pass(why) => Problem::invalid(why.to_string()),
            OperationError::Phrase(why) => Problem::invalid(why.to_string()),
            OperationError::Shared(why) => Problem::invalid(why.to_string()),
            OperationError::Staff(StaffRefusal::TooFast) => Problem::too_fast(error.to_string()),
            OperationError::Staff(why) if why.is_of_the_moment() => Problem::refused(why.to_string()),
            OperationError::Staff(why) => Problem::invalid(why.to_string()),
            OperationError::Contact(why) if why.is_of_the_moment() => Problem::refused(why.to_string()),
            OperationError::Contact(why) => Problem::invalid(why.to_string()),
            OperationError::Notice(why) => Problem::invalid(why.to_string()),
            OperationError::Mentor(MentorRefusal::Settled) => Problem::refused(error.to_string()),
            OperationError::Mentor(why) => Problem::invalid(why.to_string()),
            OperationError::Ticket(why) if why.is_of_the_moment() => Problem::refused(why.to_string()),
            OperationError::Ticket(why) => Problem::invalid(why.to_string()),
            OperationError::WeakPassword(why) => Problem::weak_password(why.as_str(), &why.to_string()),
            OperationError::Refused(_) | OperationError::Invalid(_) => Problem::invalid(error.to_string()),
            OperationError::Store(_) | OperationError::Internal(_) => Problem::internal(&error),
        }
    }
}

impl From<OrderRefused> for Problem {
    fn from(refused: OrderRefused) -> Self {
        match refused {
            OrderRefused::Refused(why) => Problem::refused(why),
            OrderRefused::InHand(why) => Problem::in_hand(why),
            OrderRefused::Busy => Problem::busy(),
        }
    }
}
