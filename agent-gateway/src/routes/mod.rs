//! The routes, one file per noun, and what surrounds them.

mod agents;
mod audit;
mod auth;
mod calls;
mod conversations;
mod dispositions;
pub mod events;
mod flows;
mod inbox_setup;
mod inboxes;
mod left_messages;
mod limits;
mod numbers;
mod presence;
mod queue_setup;
mod queues;
mod recording_care;
mod recordings;
mod search;
mod sessions;
mod staff;
mod transcripts;
mod trunk_legs;
mod trunks;
mod turn;
mod users;
mod work;

use crate::Gateway;
use crate::access_log::access_log;
use crate::headers::{in_time, safe};
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
        .layer(from_fn_with_state(gateway.clone(), in_time))
        .layer(map_response(only_problems))
        .layer(from_fn_with_state(gateway.clone(), look_again))
        .layer(from_fn(access_log))
        .layer(map_response(safe))
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
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::end_all_of))
        .routes(routes!(presence::read, presence::choose))
        .routes(routes!(presence::choose_next))
        .routes(routes!(presence::wrap_up))
        .routes(routes!(queues::list, queue_setup::create))
        .routes(routes!(queue_setup::read, queue_setup::edit, queue_setup::disable))
        .routes(routes!(agents::list, staff::create))
        .routes(routes!(staff::edit_agent, staff::disable_agent))
        .routes(routes!(staff::renew_phone))
        .routes(routes!(agents::choose))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::messages))
        .routes(routes!(conversations::events))
        .routes(routes!(conversations::transfers))
        .routes(routes!(dispositions::list, dispositions::publish))
        .routes(routes!(dispositions::set))
        .routes(routes!(events::follow))
        .routes(routes!(work::list))
        .routes(routes!(work::assign))
        .routes(routes!(work::pick))
        .routes(routes!(work::hang_up))
        .routes(routes!(work::events))
        .routes(routes!(calls::dial))
        .routes(routes!(calls::transfer))
        .routes(routes!(calls::complete))
        .routes(routes!(calls::come_back))
        .routes(routes!(calls::merge))
        .routes(routes!(calls::leave))
        .routes(routes!(calls::hold))
        .routes(routes!(calls::mute))
        .routes(routes!(calls::keys))
        .routes(routes!(calls::park))
        .routes(routes!(calls::retrieve))
        .routes(routes!(calls::supervise, calls::stop_supervising))
        .routes(routes!(calls::take_over))
        .routes(routes!(recordings::order))
        .routes(routes!(recordings::audio))
        .routes(routes!(recordings::peaks))
        .routes(routes!(recordings::verify))
        .routes(routes!(recordings::certificate))
        .routes(routes!(recordings::link))
        .routes(routes!(recording_care::hold, recording_care::release))
        .routes(routes!(recording_care::erase))
        .routes(routes!(recording_care::record, recording_care::record_as_the_number))
        .routes(routes!(recordings::by_link))
        .routes(routes!(left_messages::list))
        .routes(routes!(left_messages::claim))
        .routes(routes!(left_messages::assign))
        .routes(routes!(left_messages::release))
        .routes(routes!(left_messages::close))
        .routes(routes!(search::find))
        .routes(routes!(transcripts::export))
        .routes(routes!(inboxes::list, inbox_setup::create))
        .routes(routes!(inbox_setup::edit, inbox_setup::disable))
        .routes(routes!(inboxes::close, inboxes::open))
        .routes(routes!(inboxes::record, inboxes::record_as_the_house))
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::read, flows::publish))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::remove))
        .routes(routes!(trunk_legs::list))
        .routes(routes!(numbers::list))
        .routes(routes!(numbers::set, numbers::remove))
        .routes(routes!(turn::credentials))
        .routes(routes!(users::list, users::create))
        .routes(routes!(staff::edit_user, staff::disable_user))
        .routes(routes!(users::set_password))
        .routes(routes!(users::set_roles))
        .routes(routes!(users::roles))
        .routes(routes!(limits::list))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
}
