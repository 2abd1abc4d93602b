//! The routes, one file per noun, and what surrounds them.

mod auth;
mod conversations;
mod presence;
mod queues;

use crate::Gateway;
use crate::access_log::access_log;
use crate::openapi;
use crate::problem::Problem;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Requests are small; a larger one is not ours.
const BODY: usize = 256 * 1024;

/// Everything under `/api`.
pub fn router(gateway: Gateway) -> Router {
    let (router, description) = described().split_for_parts();
    let description = openapi::finish(description);
    router
        .route("/api/openapi.json", get(async move || axum::Json(description)))
        .route("/api/docs", get(openapi::page))
        .fallback(async || Problem::not_found("page"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(access_log))
        .with_state(gateway)
}

/// The routes with their descriptions.
pub(crate) fn described() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(presence::read, presence::choose))
        .routes(routes!(presence::wrap_up))
        .routes(routes!(queues::list))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::messages))
}
