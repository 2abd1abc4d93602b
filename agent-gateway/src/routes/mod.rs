//! The routes, one file per noun, and what surrounds them.

mod agents;
mod audit;
mod auth;
mod conversations;
mod dispositions;
pub mod events;
mod flows;
mod inboxes;
mod presence;
mod left_messages;
mod queues;
mod recordings;
mod search;
mod transcripts;
mod trunks;
mod users;
mod work;

use crate::Gateway;
use crate::access_log::access_log;
use crate::openapi;
use crate::problem::Problem;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
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
        .layer(map_response(only_problems))
        .layer(from_fn_with_state(gateway.clone(), look_again))
        .layer(from_fn(access_log))
        .with_state(gateway)
}

/// What the library refuses by itself (an id in the path that is none) is said as a problem, too.
async fn only_problems(response: Response) -> Response {
    let status = response.status();
    let ours = response.headers().get(CONTENT_TYPE).is_some_and(|t| t == "application/problem+json");
    match status.is_client_error() && !ours {
        true => Problem::refused_by_library(status).into_response(),
        false => response,
    }
}

/// Whoever changed something may have left an event: those who follow hear of it at once.
async fn look_again(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET;
    let response = next.run(request).await;
    if !reads {
        gateway.feeds.look();
    }
    response
}

/// The routes with their descriptions.
pub(crate) fn described() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::ticket))
        .routes(routes!(presence::read, presence::choose))
        .routes(routes!(presence::choose_next))
        .routes(routes!(presence::wrap_up))
        .routes(routes!(queues::list))
        .routes(routes!(agents::list))
        .routes(routes!(agents::choose))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::messages))
        .routes(routes!(conversations::events))
        .routes(routes!(dispositions::list, dispositions::publish))
        .routes(routes!(dispositions::set))
        .routes(routes!(events::follow))
        .routes(routes!(work::list))
        .routes(routes!(work::assign))
        .routes(routes!(work::pick))
        .routes(routes!(work::hang_up))
        .routes(routes!(work::events))
        .routes(routes!(recordings::order))
        .routes(routes!(recordings::audio))
        .routes(routes!(recordings::peaks))
        .routes(routes!(recordings::verify))
        .routes(routes!(recordings::certificate))
        .routes(routes!(recordings::link))
        .routes(routes!(recordings::by_link))
        .routes(routes!(search::find))
        .routes(routes!(transcripts::export))
        .routes(routes!(inboxes::list))
        .routes(routes!(inboxes::close, inboxes::open))
        .routes(routes!(inboxes::record, inboxes::record_as_the_house))
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::read, flows::publish))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::remove))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::set_password))
        .routes(routes!(users::set_roles))
        .routes(routes!(users::roles))
        .routes(routes!(audit::list))
        .routes(routes!(left_messages::list))
        .routes(routes!(left_messages::claim))
        .routes(routes!(left_messages::assign))
        .routes(routes!(left_messages::release))
        .routes(routes!(left_messages::close))
        .routes(routes!(audit::verify))
}
