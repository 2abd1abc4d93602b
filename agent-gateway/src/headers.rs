//! What every answer says to browsers, and how long a request may take.

use crate::Gateway;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Nothing that we answer is a page, but for one.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const PAGE: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Marks an answer that other sites may frame; its own policy says which.
#[derive(Clone, Copy)]
pub(crate) struct Framed;

/// Answers are data for who asked, and nobody's to keep, to frame or to guess at.
pub(crate) async fn safe(mut response: Response) -> Response {
    let framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { PAGE } else { NOTHING };
    let mut put = |name: HeaderName, value: &'static str| drop(headers.insert(name, HeaderValue::from_static(value)));
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !framed {
        put(X_FRAME_OPTIONS, "DENY");
    }
    put(REFERRER_POLICY, "no-referrer");
    // The console has its own.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Who sends a body byte by byte does not hold a connection for ever. What only reads has none to wait for; a socket and a
/// recording take as long as they take.
pub(crate) async fn in_time(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    match tokio::time::timeout(gateway.limits.change, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut response = Problem::too_slow().into_response();
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}
