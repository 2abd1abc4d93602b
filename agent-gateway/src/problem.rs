//! Errors as `application/problem+json` (RFC 9457). Mapped to HTTP here and nowhere else.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ringdesk_operations::challenges::Challenge;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// What went wrong, for a program (`type`, `status`) and for a person (`title`, `detail`).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable name: `urn:ringdesk:problem:wrong-password`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Of a document: everything that is wrong with it, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Of a sign-in: work that is wanted before the password is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeReply>,
    /// Seconds to wait, also said as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// A number is wanted: SHA-256 of the seed as it stands here, a colon and the number in decimals begins with `bits` zero bits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChallengeReply {
    pub seed: String,
    pub bits: u32,
    /// Seconds within which the answer is taken; once, for this login from here.
    pub expires_in: u64,
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    pub detail: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Problem {
            kind: format!("urn:ringdesk:problem:{kind}"),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            challenge: None,
            retry_after: None,
        }
    }

    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs_f64().ceil() as u64);
        self
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first")
    }

    /// A request of another system that does not prove where it comes from.
    pub(crate) fn not_signed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed", "The request is not signed as it should be").detail(detail)
    }

    pub fn wrong_password() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong-password", "Login or password is wrong")
    }

    /// Of who is signed in and changes it: their session holds.
    pub fn wrong_present_password() -> Self {
        Self::new(StatusCode::FORBIDDEN, "wrong-password", "The present password is wrong")
    }

    /// The password was right; the same once more, with a code.
    pub fn code_wanted() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "code-wanted", "A code of your second factor is wanted")
    }

    /// After some failures: the same once more, with an answer.
    pub(crate) fn challenge_required(challenge: Challenge) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "challenge-required", "Solve the challenge first").challenge(challenge)
    }

    /// The detail begins with a word for programs: `foreign`, `expired`, `used`, `wrong`. Another challenge comes with it.
    pub(crate) fn challenge_failed(why: String, challenge: Challenge) -> Self {
        let problem = Self::new(StatusCode::FORBIDDEN, "challenge-failed", "This is no answer to the challenge");
        problem.detail(why).challenge(challenge)
    }

    fn challenge(mut self, Challenge { seed, bits, expires_in }: Challenge) -> Self {
        self.challenge = Some(ChallengeReply { seed, bits, expires_in: expires_in.as_secs() });
        self
    }

    pub fn wrong_code() -> Self {
        Self::new(StatusCode::FORBIDDEN, "wrong-code", "This code is wrong, or was used before")
    }

    pub fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts")
    }

    /// More texts than their inbox takes. `reply`: what the contact is to be told.
    pub(crate) fn too_many_texts(wait: Duration, reply: Option<&str>) -> Self {
        let problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-texts", "More texts than this inbox takes").after(wait);
        match reply {
            Some(reply) => problem.detail(reply),
            None => problem,
        }
    }

    /// More than anybody says in a while.
    pub(crate) fn too_fast(detail: impl Into<String>) -> Self {
        let wait = Duration::from_secs(10);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-fast", "Not so fast").detail(detail).after(wait)
    }

    /// A text that a filter refuses. `reply`: what its writer is to be told.
    pub(crate) fn filtered(reply: Option<&str>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "filtered", "This inbox does not take such a text");
        match reply {
            Some(reply) => problem.detail(reply),
            None => problem,
        }
    }

    /// It is of a help desk of the house, and this did not come from the console.
    pub(crate) fn internal_inbox() -> Self {
        Self::new(StatusCode::FORBIDDEN, "internal-inbox", "This inbox is for staff who are signed in")
    }

    /// Somebody else knows their password.
    pub(crate) fn must_change_password() -> Self {
        Self::new(StatusCode::FORBIDDEN, "must-change-password", "Choose a password of your own first")
    }

    /// The detail begins with a word for programs.
    pub(crate) fn weak_password(word: &str, why: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "weak-password", "Choose another password")
            .detail(format!("{word}: {why}"))
    }

    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "Your role does not allow this")
    }

    /// A browser's session, used by something that is not the console.
    pub(crate) fn not_from_the_console() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-from-the-console", "This did not come from the console").detail(
            "a session cookie changes something only with the header X-Ringdesk: console, from a page of this server",
        )
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", &format!("No such {what}"))
    }

    /// It was there, and is no longer.
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "Not here any more").detail(detail)
    }

    /// A range of which nothing is there; with the length there is (RFC 9110 §15.5.17).
    pub(crate) fn beyond_the_end(length: u64) -> Response {
        let problem = Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "beyond-the-end", "It is not that long");
        ([(header::CONTENT_RANGE, format!("bytes */{length}"))], problem).into_response()
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request does not make sense").detail(detail)
    }

    /// A document that does not pass its check.
    pub fn faulty(errors: Vec<Fault>) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "faulty", "The document does not pass its check");
        problem.errors = errors;
        problem
    }

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Not by this method")
    }

    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request could not be read").detail(detail)
    }

    /// A body that is no JSON, no JSON of ours, too long, or said to be something else.
    pub fn unreadable(why: &JsonRejection) -> Self {
        let (status, kind, title) = match why.status() {
            StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Send application/json")
            }
            StatusCode::UNPROCESSABLE_ENTITY => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request does not make sense")
            }
            _ => (StatusCode::BAD_REQUEST, "malformed", "The request could not be read"),
        };
        Self::new(status, kind, title).detail(why.body_text())
    }

    /// A file that is larger than any of its kind.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The file is too large").detail(detail)
    }

    pub(crate) fn refused_by_library(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found("page"),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "too-large", "The request is too large"),
            _ => Self::new(status, "malformed", "The request could not be read"),
        }
    }

    /// A request that did not arrive whole in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long")
    }

    pub fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "refused", "Not possible now").detail(detail)
    }

    /// Of two who changed the same, this one came second.
    pub fn changed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "changed", "Read it again first").detail(detail)
    }

    /// Of two who wanted the same, this one came second, or a colleague has it.
    pub fn in_hand(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "in-hand", "Somebody else has it").detail(detail)
    }

    pub fn disposition_required() -> Self {
        Self::new(StatusCode::CONFLICT, "disposition-required", "Say first what it was about")
            .detail("the queue requires a disposition: set it, then finish")
    }

    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Ringdesk cannot do this at the moment")
    }

    /// A fault of ours. The cause goes to the log under a request id, not to the caller.
    pub fn internal(fault: &dyn std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Ringdesk made a mistake")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
