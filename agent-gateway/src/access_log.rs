//! One line per request, without a person in it (S12.24).

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// The request's id goes back in `x-request-id`, so that a complaint finds its line.
pub(crate) async fn access_log(request: Request, next: Next) -> Response {
    let id = Uuid::from_u64_pair(fastrand(), fastrand()).simple().to_string();
    let method = request.method().clone();
    // The template, never the path itself: paths and queries may hold ids and tokens.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    tracing::info!(target: "ringdesk_agent_gateway::access", %method, route, status = response.status().as_u16(), request.id = id);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Bits that differ from request to request; nothing depends on their being secret.
fn fastrand() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}
