//! The chat on web sites: the page that other sites frame, what it shows before anybody has written, and new visitors.
//!
//! The page is ours in an iframe of theirs: their styles and scripts do not reach it, and no cookie of a third party is needed. Who
//! may frame it says the page's own policy. Everything it then asks for comes from its own origin, which is looked at here.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Stranger;
use crate::cookie::is_own;
use crate::headers::Framed;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use ringdesk_model::{Clock as _, InboxId, Pii, Timestamp};
use ringdesk_operations::texts::is_attended;
use ringdesk_operations::visitors::SiteView;
use serde::Serialize;
use utoipa::ToSchema;

/// Scripts and styles are files of ours, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
const PAGE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Chat</title>\
    <link rel=\"stylesheet\" href=\"/widget-frame.css\"><script type=\"module\" src=\"/widget-frame.js\"></script></head>\
    <body></body></html>";

#[derive(Serialize, ToSchema)]
pub(crate) struct WidgetReply {
    /// Above the conversation.
    title: String,
    /// `#rrggbb`.
    colour: Option<String>,
    greeting: Option<String>,
    /// `en`, `zh`; none: the page's own.
    language: Option<String>,
    /// Somebody can answer now: it is within opening hours, and somebody is at work.
    attended: bool,
    /// Within opening hours.
    open: bool,
    /// When it is not: the next opening, in milliseconds since 1970 (UTC).
    opens_at: Option<i64>,
    /// Whether what visitors do on the site is kept: `asked` (once they agreed), `not_needed` (always), `never`.
    track: &'static str,
    /// Visitors may call from the page, within opening hours.
    calls: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct VisitorMade {
    /// The visitor is who shows it. Shown this once; their browser keeps it.
    token: String,
}

/// The page that stands in the frame. Pages of the inbox's sites may frame it, and the console.
#[utoipa::path(get, path = "/widget/{inbox}", tag = "widget", params(("inbox" = Uuid, Path)),
    responses((status = 200, description = "HTML"), (status = 404, body = Problem)))]
pub(crate) async fn page(State(gateway): State<Gateway>, Path(inbox): Path<InboxId>) -> Result<Response, Problem> {
    let site = found(&gateway, inbox).await?;
    let policy = site.site.allowed.iter().fold(POLICY.to_owned(), |policy, one| format!("{policy} {one}"));
    let policy = HeaderValue::try_from(policy).map_err(|_| Problem::not_found("inbox"))?;
    let mut response = Html(PAGE).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response.extensions_mut().insert(Framed);
    Ok(response)
}

/// How the chat looks, and whether somebody is there.
#[utoipa::path(get, path = "/public/api/v1/widget/{inbox}", tag = "widget", params(("inbox" = Uuid, Path)),
    responses((status = 200, body = WidgetReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
) -> Result<Json<WidgetReply>, Problem> {
    let site = found(&gateway, inbox).await?;
    let attended = attended(&gateway, &site);
    Ok(Json(WidgetReply {
        title: site.site.title.unwrap_or(site.name),
        colour: site.site.colour,
        greeting: site.site.greeting,
        language: site.site.language,
        attended,
        open: site.open,
        opens_at: site.opens_at.map(Timestamp::as_millis),
        track: site.site.track.as_str(),
        calls: site.site.calls.is_some(),
    }))
}

/// A visitor who was not here before, at the page in its frame.
#[utoipa::path(post, path = "/public/api/v1/widget/{inbox}/visitors", tag = "widget", params(("inbox" = Uuid, Path)),
    responses((status = 201, body = VisitorMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn visitor(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
    Stranger(address): Stranger,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<VisitorMade>), Problem> {
    from_the_page(&headers)?;
    let site = found(&gateway, inbox).await?;
    let (now, limits) = (gateway.clock.now(), &gateway.visitors);
    let asked = limits
        .take(now, &format!("visitors of {address}"), limits.rates.visitors_of_address)
        .and_then(|()| limits.take(now, &format!("visitors at {inbox}"), limits.rates.visitors_of_inbox));
    if let Err(wait) = asked {
        metrics::counter!("widget_refused_total", "reason" => "visitors").increment(1);
        return Err(Problem::throttled().after(wait));
    }
    let token = gateway.operations.new_visitor(now, &site).await?;
    Ok((StatusCode::CREATED, Json(VisitorMade { token: Pii::into_inner(token) })))
}

/// A browser says from where a page asks. Ours asks from here, whichever site it stands in.
pub(super) fn from_the_page(headers: &HeaderMap) -> Result<(), Problem> {
    let own = headers.get(ORIGIN).is_some_and(|origin| is_own(origin, headers));
    if own { Ok(()) } else { Err(Problem::forbidden().detail("this does not come from the chat's own page")) }
}

pub(super) async fn found(gateway: &Gateway, inbox: InboxId) -> Result<SiteView, Problem> {
    gateway.operations.site(gateway.clock.now(), inbox).await?.ok_or_else(|| Problem::not_found("inbox"))
}

/// Can somebody answer now?
pub(super) fn attended(gateway: &Gateway, site: &SiteView) -> bool {
    site.open && is_attended(&gateway.orders.floor(), site.queue)
}
