//! The routes, one file per noun, and what surrounds them.

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
mod support_tickets;
mod tags;
mod text_filters;
mod text_inboxes;
mod text_offers;
mod text_passing;
mod ticket_setup;
mod ticket_steps;
mod track;
mod transcripts;
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

/// The routes with their descriptions: in parts, because what describes a route stands on the stack until its part is whole.
pub(crate) fn described() -> OpenApiRouter<Gateway> {
    people()
        .merge(talks())
        .merge(contacts())
        .merge(beside_talks())
        .merge(floor_and_figures())
        .merge(work_and_calls())
        .merge(recorded())
        .merge(lines())
        .merge(house())
}

/// Who signs in, and who is there.
fn people() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::ticket))
        .routes(routes!(browser::me))
        .routes(routes!(preferences::choose))
        .routes(routes!(browser::sign_in, browser::sign_out))
        .routes(routes!(browser::demo_people, browser::demo_sign_in))
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
        .routes(routes!(agents::name))
        .routes(routes!(routing_setup::ability, routing_setup::set_ability))
        .routes(routes!(routing_setup::channels))
        .routes(routes!(routing_setup::set_channel))
        .routes(routes!(devices::list, devices::arrange, devices::add))
        .routes(routes!(devices::edit, devices::remove))
}

/// Conversations, and what is written in them.
fn talks() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::read))
        .routes(routes!(conversations::messages, messages::send))
        .routes(routes!(messages::edit, messages::recall))
        .routes(routes!(messages::retry))
        .routes(routes!(messages::reveal))
        .routes(routes!(messages::cursors, messages::seen))
        .routes(routes!(messages::close))
        .routes(routes!(text_passing::pass))
        .routes(routes!(text_passing::leave))
        .routes(routes!(quick_phrases::list, quick_phrases::create))
        .routes(routes!(quick_phrases::search))
        .routes(routes!(quick_phrases::edit, quick_phrases::remove))
        .routes(routes!(quick_phrases::fill))
        .routes(routes!(quick_phrases::create_category))
        .routes(routes!(quick_phrases::edit_category, quick_phrases::remove_category))
        .routes(routes!(text_offers::list))
        .routes(routes!(text_offers::accept))
        .routes(routes!(text_offers::decline))
        .routes(routes!(text_inboxes::list, text_inboxes::create))
        .routes(routes!(text_inboxes::edit))
        .routes(routes!(text_inboxes::renew_secret))
        .routes(routes!(visits::read))
        .routes(routes!(visits::typing))
        .routes(routes!(widget::page))
        .routes(routes!(widget::read))
        .routes(routes!(widget::visitor))
        .routes(routes!(widget_socket::follow))
        .routes(routes!(track::agree))
        .routes(routes!(track::tell))
        .routes(routes!(track::of_conversation))
        .routes(routes!(track::of_contact, track::erase))
        .routes(routes!(attachments::bring))
        .routes(routes!(attachments::open))
        .routes(routes!(attachments::by_link))
        .routes(routes!(attachments::receive))
        .routes(routes!(attachments::from_visitor))
        .routes(routes!(shared_files::list, shared_files::add))
        .routes(routes!(shared_files::search))
        .routes(routes!(shared_files::edit))
        .routes(routes!(shared_files::renew))
        .routes(routes!(shared_files::open))
        .routes(routes!(shared_files::bring))
        .routes(routes!(channel::message))
        .routes(routes!(channel::receipt))
        .routes(routes!(conversations::events))
        .routes(routes!(conversations::transfers))
        .routes(routes!(routing_setup::offers))
}

/// Whom they are with.
fn contacts() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(contact_cards::of_work_item))
        .routes(routes!(contact_cards::of_conversation))
        .routes(routes!(contact_cards::set_vip))
        .routes(routes!(contacts::list, contacts::create))
        .routes(routes!(contacts::search))
        .routes(routes!(contacts::read, contacts::change))
        .routes(routes!(contacts::alike))
        .routes(routes!(contacts::mark))
        .routes(routes!(contact_timeline::read))
        .routes(routes!(segments::of_contact))
        .routes(routes!(segments::list, segments::create))
        .routes(routes!(segments::edit, segments::remove))
        .routes(routes!(segments::count))
        .routes(routes!(contact_identities::add))
        .routes(routes!(contact_identities::remove))
        .routes(routes!(contact_identities::reveal))
        .routes(routes!(contact_fields::list, contact_fields::create))
        .routes(routes!(contact_fields::edit))
        .routes(routes!(contact_merges::list, contact_merges::merge))
        .routes(routes!(contact_merges::undo))
        .routes(routes!(contact_blocks::block))
        .routes(routes!(contact_blocks::list))
        .routes(routes!(contact_blocks::decide, contact_blocks::lift))
        .routes(routes!(contact_blocks::answer, contact_blocks::set_answer))
        .routes(routes!(caller_rate::read, caller_rate::set))
        .routes(routes!(text_filters::list, text_filters::create))
        .routes(routes!(text_filters::edit, text_filters::remove))
        .routes(routes!(text_filters::texts))
        .routes(routes!(text_filters::judge))
        .routes(routes!(calendars::list, calendars::create))
        .routes(routes!(calendars::edit, calendars::remove))
        .routes(routes!(calendars::preview))
        .routes(routes!(calendars::holidays))
        .routes(routes!(rules::list, rules::set))
        .routes(routes!(rules::try_them))
}

/// What staff write beside talks, and what comes of them.
fn beside_talks() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(notes::list, notes::write))
        .routes(routes!(notes::edit, notes::remove))
        .routes(routes!(tags::list, tags::create))
        .routes(routes!(tags::edit))
        .routes(routes!(tags::usage))
        .routes(routes!(tags::merge))
        .routes(routes!(tags::mark))
        .routes(routes!(staff_rooms::list, staff_rooms::create))
        .routes(routes!(staff_rooms::people))
        .routes(routes!(staff_rooms::direct))
        .routes(routes!(staff_rooms::edit))
        .routes(routes!(staff_rooms::add))
        .routes(routes!(staff_rooms::leave))
        .routes(routes!(staff_lines::list, staff_lines::say))
        .routes(routes!(staff_lines::recall))
        .routes(routes!(staff_lines::read))
        .routes(routes!(help_desk::read))
        .routes(routes!(help_desk::ask))
        .routes(routes!(help_desk::lines))
        .routes(routes!(help_desk::recall))
        .routes(routes!(help_desk::seen))
        .routes(routes!(mentors::list, mentors::attach))
        .routes(routes!(mentors::detach))
        .routes(routes!(mentoring::read))
        .routes(routes!(mentoring::talks))
        .routes(routes!(mentoring::lines))
        .routes(routes!(mentoring::suggest))
        .routes(routes!(mentoring::suggestions))
        .routes(routes!(mentoring::settle))
        .routes(routes!(drafts::read, drafts::keep, drafts::drop))
        .routes(routes!(support_tickets::list, support_tickets::create))
        .routes(routes!(support_tickets::search))
        .routes(routes!(support_tickets::read, ticket_steps::edit))
        .routes(routes!(ticket_steps::set_state))
        .routes(routes!(ticket_steps::set_priority))
        .routes(routes!(ticket_steps::assign))
        .routes(routes!(ticket_steps::claim))
        .routes(routes!(ticket_steps::comment))
        .routes(routes!(ticket_setup::types, ticket_setup::create_type))
        .routes(routes!(ticket_setup::edit_type))
        .routes(routes!(ticket_setup::departments, ticket_setup::create_department))
        .routes(routes!(ticket_setup::edit_department))
        .routes(routes!(ticket_setup::people))
}

/// What goes on, and what it comes to.
fn floor_and_figures() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(floor::read))
        .routes(routes!(demo_pack::read, demo_pack::load, demo_pack::remove))
        .routes(routes!(busy_hour::read, busy_hour::begin, busy_hour::end))
        .routes(routes!(alerts::rules, alerts::create))
        .routes(routes!(alerts::edit, alerts::remove))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(help::list, help::want, help::settle))
        .routes(routes!(help::settle_of))
        .routes(routes!(help::side_note))
        .routes(routes!(help::reveal))
        .routes(routes!(help::reveal_callback))
        .routes(routes!(callbacks::list, callbacks::promise_one))
        .routes(routes!(callbacks::edit))
        .routes(routes!(callbacks::call))
        .routes(routes!(callbacks::close))
        .routes(routes!(unserved::list))
        .routes(routes!(unserved::claim))
        .routes(routes!(unserved::release))
        .routes(routes!(unserved::call))
        .routes(routes!(unserved::close))
        .routes(routes!(satisfaction::read))
        .routes(routes!(satisfaction::list))
        .routes(routes!(rate::page, rate::answer))
        .routes(routes!(reports::metrics))
        .routes(routes!(reports::report))
        .routes(routes!(reports::rows))
        .routes(routes!(my_day::read))
        .routes(routes!(my_day::rows))
        .routes(routes!(dispositions::list, dispositions::publish))
        .routes(routes!(dispositions::set))
        .routes(routes!(events::follow))
}

/// Work in hand, and calls.
fn work_and_calls() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(work::list))
        .routes(routes!(work::assign))
        .routes(routes!(work::pick))
        .routes(routes!(work::move_to))
        .routes(routes!(work::move_to_head))
        .routes(routes!(work::hang_up))
        .routes(routes!(work::events))
        .routes(routes!(calls::dial))
        .routes(routes!(returning::returning))
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
        .routes(routes!(call_quality::quality))
}

/// What was recorded, left and found.
fn recorded() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
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
        .routes(routes!(reviewing::comments, reviewing::comment))
        .routes(routes!(reviewing::uncomment))
        .routes(routes!(reviewing::corrections, reviewing::correct))
        .routes(routes!(search::find))
        .routes(routes!(transcripts::export))
}

/// By which numbers and operators the house is reached.
fn lines() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(inboxes::list, inbox_setup::create))
        .routes(routes!(inbox_setup::edit, inbox_setup::disable))
        .routes(routes!(inboxes::names))
        .routes(routes!(inbox_states::list))
        .routes(routes!(inboxes::close, inboxes::open))
        .routes(routes!(inboxes::record, inboxes::record_as_the_house))
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::read, flows::publish))
        .routes(routes!(flows::versions))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::change, trunks::remove))
        .routes(routes!(trunks::test))
        .routes(routes!(trunk_legs::list))
        .routes(routes!(numbers::list))
        .routes(routes!(numbers::set, numbers::remove))
        .routes(routes!(turn::credentials))
        .routes(routes!(phone::mine))
        .routes(routes!(colleagues::list))
}

/// The house itself: people, keys, prompts, the audit.
fn house() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(users::list, users::create))
        .routes(routes!(staff::edit_user, staff::disable_user))
        .routes(routes!(users::set_password))
        .routes(routes!(users::set_roles))
        .routes(routes!(users::roles))
        .routes(routes!(user_list::export))
        .merge(OpenApiRouter::new().routes(routes!(user_list::import)).layer(DefaultBodyLimit::max(user_list::UPLOAD)))
        .routes(routes!(second_factor::read, second_factor::begin, second_factor::confirm))
        .routes(routes!(second_factor::renew_codes))
        .routes(routes!(second_factor::remove))
        .routes(routes!(second_factor::reset))
        .routes(routes!(second_factor::roles, second_factor::set_roles))
        .routes(routes!(sign_in_challenge::read, sign_in_challenge::set))
        .routes(routes!(notices::list))
        .routes(routes!(notices::seen))
        .routes(routes!(notices::choices, notices::choose))
        .routes(routes!(notices::house, notices::set_house))
        .routes(routes!(notices::preview))
        .routes(routes!(api_tokens::list, api_tokens::create))
        .routes(routes!(api_tokens::remove))
        .routes(routes!(limits::list))
        .routes(routes!(certificate::read))
        .routes(routes!(go_live::read, go_live::set))
        .routes(routes!(prompts::list))
        .routes(routes!(prompts::choose))
        .routes(routes!(prompts::remove))
        .routes(routes!(prompts::audio))
        .routes(routes!(prompts::dictate))
        .routes(routes!(closure_pin::read, closure_pin::set, closure_pin::remove))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(prompts::takes, prompts::add, prompts::retire))
                .layer(DefaultBodyLimit::max(prompts::UPLOAD)),
        )
        .routes(routes!(audit::list))
        .routes(routes!(setting_history::list))
        .routes(routes!(setting_history::undo))
        .routes(routes!(setting_history::used_by))
        .routes(routes!(audit::verify))
}
