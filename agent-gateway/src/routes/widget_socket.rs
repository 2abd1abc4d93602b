//! The socket of a visitor's page: what they write is acknowledged by its number when it is stored; what the conversation has beyond
//! the number they have is told, in order and without gaps, from the rows. So a page that was away, was doubled or was reloaded
//! comes to the same conversation by itself. What is not stored has no number: who types, where they stand in the queue.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

mod calls;
mod rating;
mod telling;
mod writing;

use super::events::READ_BUFFER;
use super::widget::{attended, found, from_the_page};
use crate::Gateway;
use crate::caller::Stranger;
use crate::feed::{Post, VisitorPost};
use crate::problem::Problem;
use crate::visitor_limits::Seat;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Response;
use ringdesk_channels::capabilities::WEB;
use ringdesk_channels::web::{self, Frame, Hello};
use ringdesk_conversations::clean_address;
use ringdesk_model::{AgentId, Clock as _, ConversationId, InboxId, Timestamp};
use ringdesk_operations::visitors::{PlaceInQueue, SiteView, Visit, Visitor};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// For the first frame.
const HELLO: Duration = Duration::from_secs(10);
/// How often somebody who waits is told where they stand.
const PLACE: Duration = Duration::from_secs(3);
/// Of the contact's typing, one in this time is passed on.
const TYPING: Duration = Duration::from_secs(1);

/// RFC 6455 §7.4.1 and the IANA registry.
const POLICY: u16 = 1008;
const TRY_AGAIN_LATER: u16 = 1013;

/// A WebSocket for the page of a site's visitor (docs/channels.md). Its first frame is `{"t": "hello", "token", "conversation",
/// "after", "page"}`. Closed with 1008: the token or the inbox is not there. With 1013: come back, and say how far you have come.
#[utoipa::path(get, path = "/public/api/v1/widget/{inbox}/socket", tag = "widget", params(("inbox" = Uuid, Path)),
    responses((status = 101), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn follow(
    State(gateway): State<Gateway>,
    Path(inbox): Path<InboxId>,
    Stranger(address): Stranger,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    from_the_page(&headers)?;
    let site = found(&gateway, inbox).await?;
    let upgrade = upgrade.map_err(|e| Problem::malformed(e.body_text()))?;
    let most = gateway.visitors.rates.sockets_of_address;
    let seat = gateway.visitors.sit(format!("sockets of {address}"), most).ok_or_else(Problem::throttled)?;
    let device = headers.get(USER_AGENT).and_then(|said| said.to_str().ok()).map(web::device);
    Ok(upgrade.max_message_size(WEB.body_limit).read_buffer_size(READ_BUFFER).on_upgrade(
        move |mut socket| async move {
            let _seat = seat;
            let end = greeted(&gateway, site, &mut socket, address, device).await;
            if let Err(End::Close(code, reason)) = end {
                let frame = CloseFrame { code, reason: reason.into() };
                // Its answer is awaited: a TCP socket that is closed with something unread in it takes back what was sent.
                let farewell = async {
                    if socket.send(Message::Close(Some(frame))).await.is_ok() {
                        while let Some(Ok(_)) = socket.recv().await {}
                    }
                };
                let _ = timeout(gateway.limits.linger, farewell).await;
            }
        },
    ))
}

/// Why a socket ends.
enum End {
    Gone,
    Close(u16, &'static str),
}

/// The first frame says who it is; then it goes on until one of both leaves.
async fn greeted(
    gateway: &Gateway,
    site: SiteView,
    socket: &mut WebSocket,
    address: String,
    device: Option<String>,
) -> Result<(), End> {
    const NOBODY: End = End::Close(POLICY, "no such visitor");
    let first = timeout(HELLO, socket.recv()).await.map_err(|_| NOBODY)?;
    let Some(Ok(Message::Text(text))) = first else { return Err(NOBODY) };
    let Ok(Frame::Hello(hello)) = web::read(&text) else { return Err(NOBODY) };
    let now = gateway.clock.now();
    let visitor = gateway.operations.visitor(now, &site, &hello.token).await.map_err(|_| broken())?.ok_or(NOBODY)?;
    let most = gateway.visitors.rates.sockets_of_visitor;
    let seat = gateway.visitors.sit(format!("sockets of visitor {}", visitor.id), most);
    let seat = seat.ok_or(End::Close(POLICY, "too many windows"))?;
    let Hello { conversation, after, page, language, .. } = hello;
    let (url, referrer) = (page.url.as_deref().map(clean_address), page.referrer.as_deref().map(clean_address));
    let visit = Visit { page: url, title: page.title, referrer, device, language, reach: None };
    let mut page = VisitorsPage {
        gateway: gateway.clone(),
        site,
        visitor,
        address,
        visit,
        at: conversation.and_then(|id| id.parse().ok()),
        told: after,
        seen: 0,
        place: None,
        agent: None,
        typed_at: Timestamp(0),
        calling: None,
        asked: None,
        _seat: seat,
    };
    page.run(socket).await
}

struct VisitorsPage {
    gateway: Gateway,
    site: SiteView,
    visitor: Visitor,
    address: String,
    visit: Visit,
    /// The conversation that the page shows.
    at: Option<ConversationId>,
    /// The page has its lines up to here.
    told: i64,
    /// How far the page knows that we have read.
    seen: i64,
    place: Option<PlaceInQueue>,
    /// Who has it in hand.
    agent: Option<AgentId>,
    typed_at: Timestamp,
    /// They are in a call, or about to be.
    calling: Option<calls::Calling>,
    /// What the page was asked last.
    asked: Option<Value>,
    _seat: Seat,
}

impl VisitorsPage {
    async fn run(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let gateway = self.gateway.clone();
        let account = self.site.account;
        // First what is new, then what was: between the two nothing is missed.
        let (orders, address) = (&gateway.orders, self.visitor.address());
        let ear = gateway.feeds.follow_as_visitor(&gateway.operations, || orders.events(), account, address).await;
        let mut ear = ear.ok_or_else(broken)?;
        self.welcome(socket).await?;
        let (mut look, mut ping) = (interval(PLACE), interval(gateway.limits.ping));
        let mut recheck = interval(gateway.limits.recheck);
        for tick in [&mut look, &mut ping, &mut recheck] {
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut heard = Instant::now();
        loop {
            // What happened to a conversation before its name was left with the feed is in the rows.
            while ear.about(self.at.into_iter().chain(self.calls_in())) {
                self.news(socket).await?;
                self.say_call(socket).await?;
            }
            tokio::select! {
                post = ear.next() => match post {
                    Post::It(VisitorPost::News) | Post::Missed => {
                        self.news(socket).await?;
                        self.say_call(socket).await?;
                    }
                    Post::It(VisitorPost::Typing(conversation, name)) if self.at == Some(conversation) => {
                        self.send(socket, json!({ "t": "typing", "name": name })).await?;
                    }
                    Post::It(VisitorPost::Typing(..)) => {}
                },
                message = socket.recv() => {
                    match message {
                        Some(Ok(Message::Text(text))) => self.heard(socket, &text).await?,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
                        Some(Ok(_)) => {}
                    }
                    heard = Instant::now();
                }
                _ = look.tick() => {
                    self.say_place(socket).await?;
                    self.say_call(socket).await?;
                }
                _ = recheck.tick() => self.ask_again(socket).await?,
                _ = ping.tick() => {
                    if heard.elapsed() > gateway.limits.silence {
                        return Err(End::Gone);
                    }
                    // A page sees no ping: what it can see says that the line is alive.
                    self.send(socket, json!({ "t": "alive" })).await?;
                    timeout(gateway.limits.patience, socket.send(Message::Ping(Vec::new().into())))
                        .await
                        .map_or(Err(slow()), |sent| sent.map_err(|_| End::Gone))?;
                }
            }
        }
    }

    /// Whether the inbox still holds, and whether somebody is there by now.
    async fn ask_again(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let was = attended(&self.gateway, &self.site);
        match self.gateway.operations.site(self.gateway.clock.now(), self.site.inbox).await {
            Ok(None) => return Err(End::Close(POLICY, "no such inbox")),
            Ok(Some(site)) => self.site = site,
            // A store that is away for a moment closes no inbox.
            Err(_) => return Ok(()),
        }
        let is = attended(&self.gateway, &self.site);
        if is != was {
            self.send(socket, json!({ "t": "attended", "attended": is })).await?;
        }
        Ok(())
    }

    async fn send(&self, socket: &mut WebSocket, frame: Value) -> Result<(), End> {
        match timeout(self.gateway.limits.patience, socket.send(Message::Text(frame.to_string().into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(slow()),
        }
    }
}

fn broken() -> End {
    End::Close(TRY_AGAIN_LATER, "the store does not answer")
}

fn slow() -> End {
    End::Close(TRY_AGAIN_LATER, "too slow; come back")
}
