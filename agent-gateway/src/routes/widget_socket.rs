//! The socket of a visitor's page: what they write is acknowledged by its number when it is stored; what the conversation has beyond
//! the number they have is told, in order and without gaps, from the rows. So a page that was away, was doubled or was reloaded
//! comes to the same conversation by itself. What is not stored has no number: who types, where they stand in the queue.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

mod calls;
mod rating;

use super::events::READ_BUFFER;
use super::widget::{attended, found, from_the_page};
use super::widget_lines::shown;
use crate::Gateway;
use crate::caller::Stranger;
use crate::problem::Problem;
use crate::typing::{Typed, Typist};
use crate::visitor_limits::Seat;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Response;
use ringdesk_channels::capabilities::WEB;
use ringdesk_channels::web::{self, Frame, Hello, Written};
use ringdesk_conversations::{clean_address, reply_in};
use ringdesk_model::{AgentId, Clock as _, ConversationId, InboxId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::events::Followed;
use ringdesk_operations::texts::InboundText;
use ringdesk_operations::visitors::{PlaceInQueue, SiteView, Visit, Visitor, VisitorMatter};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
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
        let live = gateway.feeds.follow(&gateway.operations, || gateway.orders.events(), account).await;
        let mut live = live.ok_or_else(broken)?;
        let mut typing = gateway.typing.follow();
        self.welcome(socket).await?;
        let (mut look, mut ping) = (interval(PLACE), interval(gateway.limits.ping));
        let mut recheck = interval(gateway.limits.recheck);
        for tick in [&mut look, &mut ping, &mut recheck] {
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                event = live.recv() => match event {
                    Ok(event) if self.is_ours(&event) => self.news(socket).await?,
                    Ok(event) if self.is_of_call(&event) => self.say_call(socket).await?,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.news(socket).await?,
                    Err(RecvError::Closed) => return Err(End::Close(TRY_AGAIN_LATER, "the server is going down")),
                },
                typed = typing.recv() => match typed {
                    Ok(Typed { conversation, by: Typist::Agent(name), .. }) if self.at == Some(conversation) => {
                        self.send(socket, json!({ "t": "typing", "name": name })).await?;
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Err(End::Close(TRY_AGAIN_LATER, "the server is going down")),
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

    /// Where the page's number fits the conversation; then everything there is.
    async fn welcome(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let matter = self.matter().await?;
        if self.at != matter.map(|m| m.conversation) || matter.is_none_or(|m| self.told > m.last_seq) {
            self.told = 0;
        }
        self.at = matter.map(|m| m.conversation);
        self.seen = matter.map_or(0, |m| m.cursors.seen);
        let greeting = json!({
            "t": "welcome", "conversation": self.at, "after": self.told, "closed": matter.is_some_and(|m| m.closed),
            "seen": self.seen, "attended": attended(&self.gateway, &self.site)
        });
        self.send(socket, greeting).await?;
        self.lines(socket).await?;
        self.asked = None;
        if matter.is_some_and(|m| m.closed) { self.say_survey(socket).await } else { Ok(()) }
    }

    async fn heard(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), End> {
        let (now, operations) = (self.gateway.clock.now(), self.gateway.operations.clone());
        match web::read(text) {
            Err((id, why)) => self.refuse(socket, id, why.code(), None).await,
            // Who it is was said.
            Ok(Frame::Hello(_)) => Ok(()),
            Ok(Frame::Send(written)) => self.take(socket, written).await,
            Ok(Frame::Resume { after }) => {
                self.told = self.told.min(after.max(0));
                self.lines(socket).await
            }
            Ok(Frame::Typing) => {
                self.typing(now).await;
                Ok(())
            }
            Ok(Frame::Cursor { delivered, read }) => {
                // What could not be kept is said again with the next text.
                let kept = operations.visitor_read(now, &self.visitor, (delivered, read)).await;
                self.gateway.feeds.look();
                kept.map_err(|_| broken())
            }
            Ok(Frame::Rate(said)) => self.rate(socket, said).await,
            Ok(Frame::Call { id }) => self.call(socket, id).await,
            Ok(Frame::Recall { seq }) => match operations.visitor_recall(now, &self.visitor, seq).await {
                Ok(()) => {
                    self.gateway.feeds.look();
                    self.news(socket).await
                }
                Err(OperationError::Store(_)) => Err(broken()),
                Err(_) => self.refuse(socket, None, "recall", None).await,
            },
        }
    }

    /// A text: within the limits it is stored, acknowledged, and told to every page of theirs.
    async fn take(&mut self, socket: &mut WebSocket, written: Written) -> Result<(), End> {
        let now = self.gateway.clock.now();
        let (limits, id) = (&self.gateway.visitors, written.id);
        let rates = limits.rates;
        let (inbox, of) = (self.site.inbox, &self.site.rates);
        let of_visitor = of.contact.map_or(rates.texts_of_visitor, Into::into);
        let of_address = of.address.map_or(rates.texts_of_address, Into::into);
        let allowed = limits
            .take(now, &format!("texts of visitor {}", self.visitor.id), of_visitor)
            .and_then(|()| limits.take(now, &format!("texts of {} at {inbox}", self.address), of_address))
            .and_then(|()| limits.take(now, &format!("texts at {inbox}"), rates.texts_of_inbox));
        if let Err(wait) = allowed {
            let reply = reply_in(&of.reply, self.reads()).map(str::to_owned);
            return self.refuse_saying(socket, Some(id), "too_fast", (Some(wait), reply)).await;
        }
        let inbound = InboundText {
            // Another visitor's texts have other names, whatever their pages call them.
            name: format!("{}:{id}", self.visitor.id),
            address: self.visitor.address(),
            contact_name: written.name,
            text: written.text,
            files: written.files,
            visit: Some(Visit { reach: written.reach, ..self.visit.clone() }),
        };
        let account = self.site.account;
        let taken = match self.gateway.operations.receive_text(now, account, inbox, &inbound).await {
            Ok(taken) => taken,
            Err(OperationError::KeptOut) => return self.refuse(socket, Some(id), "kept_out", None).await,
            Err(OperationError::Held) => return self.hold(socket, id).await,
            Err(OperationError::Filtered(reply)) => {
                self.gateway.feeds.look();
                let reply = reply_in(&reply, self.reads()).map(str::to_owned);
                return self.refuse_saying(socket, Some(id), "refused", (None, reply)).await;
            }
            Err(OperationError::NotFound("file")) => return self.refuse(socket, Some(id), "file", None).await,
            Err(OperationError::NotFound(_)) => return self.refuse(socket, Some(id), "closed", None).await,
            Err(OperationError::Refused(_)) => return self.refuse(socket, Some(id), "field", None).await,
            Err(fault) => {
                tracing::warn!(%fault, "a visitor's text could not be stored");
                return Err(broken());
            }
        };
        self.gateway.orders.texts_changed();
        self.gateway.feeds.look();
        let ack = json!({
            "t": "ack", "id": id, "conversation": taken.conversation, "seq": taken.seq, "at": taken.at.as_millis()
        });
        self.send(socket, ack).await?;
        self.news(socket).await
    }

    async fn typing(&mut self, now: Timestamp) {
        let Some(conversation) = self.at.filter(|_| now.since(self.typed_at) >= TYPING) else { return };
        self.typed_at = now;
        // Whoever has taken it a moment ago is told, too.
        if self.agent.is_none() {
            self.agent = self.gateway.operations.in_hand_of(self.site.account, conversation).await.unwrap_or(None);
        }
        if let Some(agent) = self.agent {
            self.gateway.typing.tell(Typed { account: self.site.account, conversation, by: Typist::Contact(agent) });
        }
    }

    /// Is this about the visitor's conversation? Of one that another page of theirs begins, the address tells.
    fn is_ours(&self, event: &Followed) -> bool {
        match event.kind.as_str() {
            "conversation_created" => event.data.reveal()["address"] == *self.visitor.address().reveal(),
            _ => event.conversation.is_some() && event.conversation == self.at,
        }
    }

    /// Something happened: what the page lacks.
    async fn news(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(matter) = self.matter().await? else { return Ok(()) };
        if self.at != Some(matter.conversation) {
            (self.at, self.told, self.seen) = (Some(matter.conversation), 0, 0);
            self.send(socket, json!({ "t": "conversation", "conversation": matter.conversation })).await?;
        }
        if matter.last_seq > self.told {
            self.lines(socket).await?;
        }
        if matter.cursors.seen > self.seen {
            self.seen = matter.cursors.seen;
            self.send(socket, json!({ "t": "seen", "seq": self.seen })).await?;
        }
        if matter.closed { self.say_survey(socket).await } else { Ok(()) }
    }

    /// Everything after what the page has, page by page.
    async fn lines(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.at else { return Ok(()) };
        let account = self.site.account;
        loop {
            let page = self.gateway.operations.visitor_lines(account, conversation, self.told).await;
            let page = page.map_err(|_| broken())?;
            if page.is_empty() {
                return Ok(());
            }
            let (now, last) = (self.gateway.clock.now(), page.last().map_or(self.told, |line| line.seq));
            let files = self.gateway.operations.visitor_files(now, account, conversation, (self.told, last)).await;
            let files = files.map_err(|_| broken())?;
            for line in page {
                let mut shown = shown(conversation, &line, &files);
                if let Some(of) = shown["of"].as_i64().filter(|_| shown["kind"] == "edited") {
                    let now_says = self.gateway.operations.visitor_lines(account, conversation, of - 1).await;
                    let now_says = now_says.map_err(|_| broken())?.into_iter().next().filter(|one| one.seq == of);
                    shown["text"] = now_says.map(|one| one.text.into_inner()).into();
                }
                self.send(socket, shown).await?;
                self.told = line.seq;
            }
        }
    }

    /// Who waits is told where they stand, when it is another place than before; an estimate never grows.
    async fn say_place(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.at else { return Ok(()) };
        let now = self.gateway.clock.now();
        let of = (self.site.account, conversation);
        let Ok(standing) = self.gateway.standings.of(&self.gateway.operations, now, of).await else { return Ok(()) };
        self.agent = standing.agent;
        let place = standing.place;
        let place = place.map(|new| match self.place {
            Some(old) => PlaceInQueue { estimate: new.estimate.min(old.estimate.or(new.estimate)), ..new },
            None => new,
        });
        if place != self.place {
            self.place = place;
            let (position, wait) = (place.map(|p| p.position), place.and_then(|p| p.estimate).map(|e| e.as_secs()));
            self.send(socket, json!({ "t": "queue", "position": position, "estimate_s": wait })).await?;
        }
        Ok(())
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

    async fn matter(&self) -> Result<Option<VisitorMatter>, End> {
        self.gateway.operations.visitor_matter(&self.visitor).await.map_err(|_| broken())
    }

    async fn refuse(
        &self,
        socket: &mut WebSocket,
        id: Option<String>,
        reason: &'static str,
        wait: Option<Duration>,
    ) -> Result<(), End> {
        self.refuse_saying(socket, id, reason, (wait, None)).await
    }

    /// It stands in no conversation until somebody has looked at it.
    async fn hold(&self, socket: &mut WebSocket, id: String) -> Result<(), End> {
        self.gateway.turned_away.count(&self.gateway, self.site.account, self.site.inbox, "held");
        self.gateway.feeds.look();
        self.send(socket, json!({ "t": "held", "id": id })).await
    }

    /// `reply`: what the inbox says to it in its own words.
    async fn refuse_saying(
        &self,
        socket: &mut WebSocket,
        id: Option<String>,
        reason: &'static str,
        (wait, reply): (Option<Duration>, Option<String>),
    ) -> Result<(), End> {
        metrics::counter!("widget_refused_total", "reason" => reason).increment(1);
        if matches!(reason, "too_fast" | "kept_out" | "refused") {
            self.gateway.turned_away.count(&self.gateway, self.site.account, self.site.inbox, reason);
        }
        let wait = wait.map(|wait| wait.as_millis() as u64);
        let told = json!({ "t": "refused", "id": id, "reason": reason, "after_ms": wait, "text": reply });
        self.send(socket, told).await
    }

    /// The language they read: the inbox's, where it says one.
    fn reads(&self) -> Option<&str> {
        self.site.site.language.as_deref().or(self.visit.language.as_deref())
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
