//! The routes, one file per noun, and what surrounds them; [`table`] lists them all.

mod agents;
mod alerts;
mod api_tokens;
mod attachments;
mod audit;
mod auth;
mod browser;
mod busy_hour;
mod calendars;
mod call_quality;
pub mod callbacks;
mod caller_rate;
mod calls;
mod certificate;
mod channel;
mod closure_pin;
mod colleagues;
mod contact_blocks;
mod contact_cards;
mod contact_fields;
mod contact_identities;
mod contact_merges;
mod contact_timeline;
mod contacts;
mod conversations;
mod demo_pack;
mod devices;
mod dialling;
mod dispositions;
mod drafts;
pub mod events;
mod floor;
mod flows;
mod go_live;
mod help;
mod help_desk;
mod inbox_setup;
mod inbox_states;
mod inboxes;
mod left_messages;
mod limits;
mod mentoring;
mod mentors;
mod messages;
mod my_day;
mod notes;
mod notices;
mod numbers;
mod phone;
mod preferences;
mod presence;
mod prompts;
mod queue_routing;
mod queue_setup;
mod queue_waiting;
mod queues;
mod quick_phrases;
mod rate;
mod recording_care;
mod recordings;
mod reports;
mod returning;
mod reviewing;
mod routing_setup;
mod rules;
mod satisfaction;
mod search;
mod second_factor;
mod segments;
mod sessions;
mod setting_history;
mod shared_files;
mod sign_in_challenge;
mod staff;
mod staff_lines;
mod staff_rooms;
mod supervision;
mod support_tickets;
mod table;
mod tags;
mod text_filters;
mod text_inboxes;
mod text_offers;
mod text_passing;
mod ticket_setup;
mod ticket_steps;
mod track;
mod transcripts;
mod transfers;
mod trunk_legs;
mod trunks;
mod turn;
mod unserved;
mod user_list;
mod users;
mod visits;
mod widget;
mod widget_lines;
mod widget_socket;
mod work;

pub(crate) use table::described;

use crate::Gateway;
use crate::access_log::access_log;
use crate::console;
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

/// Requests are small; a larger one is not ours.
const BODY: usize = 256 * 1024;

/// Everything under `/api`.
pub fn router(gateway: Gateway) -> Router {
    let (router, description) = described().split_for_parts();
    let description = openapi::finish(description);
    router
        .route("/api/openapi.json", get(async move || axum::Json(description)))
        .route("/api/docs", get(openapi::page))
        .fallback(console::page)
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
