//! What happens, as it happens: a WebSocket that follows the outbox.
//!
//! The truth is in the rows: a client that was away resumes from the number of the last event it has, and misses nothing.
//! So no event is kept for a slow client either: it is read when the client has taken the one before.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::masked::hide_numbers;
use crate::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, UserId};
use ringdesk_operations::SignedIn;
use ringdesk_storage::outbox::Event;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use utoipa::IntoParams;

/// Events read at once.
const PAGE: i64 = 200;
/// A client that takes no event for so long is cut off; it resumes where it was.
const PATIENCE: Duration = Duration::from_secs(10);
const PING: Duration = Duration::from_secs(20);
/// Without a sign of life, three pings long, the client is gone.
const SILENCE: Duration = Duration::from_secs(65);
/// How soon a voided session loses its socket.
const RECHECK: Duration = Duration::from_secs(1);
/// Windows of one person: tabs, a wallboard, a phone.
const PER_USER: usize = 20;

/// RFC 6455 §7.4.1 and the IANA registry.
const POLICY: u16 = 1008;
const TRY_AGAIN_LATER: u16 = 1013;

/// How many sockets each person has open.
#[derive(Clone, Debug, Default)]
pub struct Sockets(Arc<Mutex<HashMap<UserId, usize>>>);

impl Sockets {
    fn take(&self, user: UserId) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        (*count < PER_USER).then(|| {
            *count += 1;
            Seat { sockets: self.clone(), user }
        })
    }
}

/// One open socket; its place is free again when it is dropped.
struct Seat {
    sockets: Sockets,
    user: UserId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.sockets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[derive(Deserialize, IntoParams)]
pub(crate) struct Resume {
    /// The number of the last event the client has; without it: only what is new.
    after: Option<i64>,
}

/// A WebSocket of events, in order: `{"seq", "at", "type", "data"}`. Numbers have gaps where an event is not for this
/// reader; `{"type": "cursor", "seq"}` says how far they have come. `{"type": "reset", "seq"}`: what the client has is not
/// of this store, read everything anew. Browsers give their token as `?access_token=`.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/events", tag = "events", params(("account_id" = Uuid, Path), Resume),
    responses((status = 101), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn follow(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Resume>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let Query(resume) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let upgrade = upgrade.map_err(|e| Problem::malformed(e.body_text()))?;
    let seat = gateway
        .sockets
        .take(caller.who.user.id)
        .ok_or_else(|| Problem::throttled().detail(format!("at most {PER_USER} sockets per person")))?;
    let follower = Follower {
        cursor: resume.after.unwrap_or(-1),
        account,
        mine: HashSet::new(),
        offers: HashSet::new(),
        gateway,
        caller,
        _seat: seat,
    };
    Ok(upgrade.max_message_size(4_096).on_upgrade(|socket| follower.run(socket)))
}

struct Follower {
    gateway: Gateway,
    account: AccountId,
    caller: Caller,
    /// The last event the client has.
    cursor: i64,
    /// Conversations and offers known to be this reader's.
    mine: HashSet<ConversationId>,
    offers: HashSet<String>,
    _seat: Seat,
}

/// Why a socket ends.
enum End {
    Gone,
    Close(u16, &'static str),
}

impl Follower {
    async fn run(mut self, mut socket: WebSocket) {
        let end = self.follow(&mut socket).await;
        if let End::Close(code, reason) = end {
            let frame = CloseFrame { code, reason: reason.into() };
            let _ = timeout(PATIENCE, socket.send(Message::Close(Some(frame)))).await; // it may be gone already
        }
    }

    async fn follow(&mut self, socket: &mut WebSocket) -> End {
        let mut news = self.gateway.orders.events();
        if let Err(end) = self.start(socket).await {
            return end;
        }
        let mut recheck = interval(RECHECK);
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            // Marked as seen before the rows are read: what is written meanwhile wakes us again.
            news.borrow_and_update();
            if let Err(end) = self.catch_up(socket).await {
                return end;
            }
            tokio::select! {
                changed = news.changed() => if changed.is_err() {
                    return End::Close(TRY_AGAIN_LATER, "the server is going down");
                },
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                    Some(Ok(_)) => heard = Instant::now(),
                },
                _ = recheck.tick() => match self.still_signed_in().await {
                    Some(who) => self.caller.who = who,
                    None => return End::Close(POLICY, "signed out"),
                },
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE {
                        return End::Gone;
                    }
                    if let Err(end) = send(socket, Message::Ping(Vec::new().into())).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Where the client's numbers fit this store.
    async fn start(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let head = self.gateway.operations.events_head(self.account).await.map_err(|_| broken())?;
        if self.cursor > head {
            self.cursor = head;
            return send(socket, text(&json!({ "type": "reset", "seq": head }))).await;
        }
        if self.cursor < 0 {
            self.cursor = head;
        }
        send(socket, text(&json!({ "type": "cursor", "seq": self.cursor }))).await
    }

    /// Everything there is, page by page.
    async fn catch_up(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        loop {
            let events =
                self.gateway.operations.events_after(self.account, self.cursor, PAGE).await.map_err(|_| broken())?;
            let Some(last) = events.last().map(|e| e.seq) else { return Ok(()) };
            let page: Vec<(Event, Value)> = events
                .into_iter()
                .map(|e| {
                    let data = serde_json::from_str(e.payload.reveal()).unwrap_or_default();
                    (e, data)
                })
                .collect();
            self.learn(&page).await?;
            let mut told = self.cursor;
            for (event, mut data) in page {
                if !self.may_see(&event, &data) {
                    continue;
                }
                hide_numbers(&mut data, &self.caller.who.scope);
                told = event.seq;
                let line = json!({ "seq": event.seq, "at": event.at.as_millis(), "type": event.kind, "data": data });
                send(socket, text(&line)).await?;
            }
            if told < last {
                send(socket, text(&json!({ "type": "cursor", "seq": last }))).await?;
            }
            self.cursor = last;
        }
    }

    /// Which of the conversations in this page are the reader's.
    async fn learn(&mut self, page: &[(Event, Value)]) -> Result<(), End> {
        let scope = &self.caller.who.scope;
        if scope.everyone || scope.agent.is_none() {
            return Ok(());
        }
        let unknown: HashSet<ConversationId> =
            page.iter().filter_map(|(_, data)| conversation(data)).filter(|c| !self.mine.contains(c)).collect();
        if !unknown.is_empty() {
            let unknown: Vec<ConversationId> = unknown.into_iter().collect();
            let found = self.gateway.operations.visible(scope, &unknown).await.map_err(|_| broken())?;
            self.mine.extend(found);
        }
        Ok(())
    }

    fn may_see(&mut self, event: &Event, data: &Value) -> bool {
        let (scope, grants) = (&self.caller.who.scope, &self.caller.who.grants);
        let may = |permission| grants.require(permission).is_ok();
        let own_agent = scope.agent.is_some_and(|own| data["agent"].as_str() == Some(&own.to_string()));
        match event.kind.as_str() {
            "presence_changed" => own_agent || may(Permission::PresenceOthers),
            "work_offered" => {
                if own_agent && let Some(offer) = data["offer"].as_str() {
                    self.offers.insert(offer.to_owned());
                }
                own_agent || may(Permission::WorkAssign)
            }
            "offer_ended" => {
                let own = data["offer"].as_str().is_some_and(|offer| self.offers.remove(offer));
                own || may(Permission::WorkAssign)
            }
            "inbox_closed" | "inbox_opened" => may(Permission::InboxesRead),
            "flow_published" => may(Permission::FlowsRead),
            "disposition_set" => scope.everyone,
            _ => match conversation(data) {
                Some(about) => scope.everyone || self.mine.contains(&about),
                None => may(Permission::SettingsManage),
            },
        }
    }

    async fn still_signed_in(&self) -> Option<SignedIn> {
        let now = self.gateway.clock.now();
        match self.gateway.operations.signed_in(now, &self.caller.token, None).await {
            Ok(who) => who.filter(|w| w.grants.require(Permission::QueuesRead).is_ok()),
            // A store that is away for a moment signs nobody out.
            Err(_) => Some(self.caller.who.clone()),
        }
    }
}

fn conversation(data: &Value) -> Option<ConversationId> {
    data["conversation"].as_str()?.parse().ok()
}

fn broken() -> End {
    End::Close(TRY_AGAIN_LATER, "the store does not answer")
}

fn text(line: &Value) -> Message {
    Message::Text(line.to_string().into())
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Close(TRY_AGAIN_LATER, "too slow; resume after the last number")),
    }
}
