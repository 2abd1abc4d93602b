//! What happens, as it happens: a WebSocket that follows the outbox.
//!
//! The truth is in the rows: a client that was away resumes from the number of the last event it has, and misses nothing.
//! So nothing is kept for a slow client either: it is told the next event when it has taken the one before; one that takes
//! none for a while is cut off, and resumes.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::{Caller, Holder};
use crate::feed::{Post, ReaderEar, ReaderPost, Rights};
use crate::problem::Problem;
use crate::sees::told;
use crate::typing::{Typed, Typist};
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, QueueId, UserId};
use ringdesk_operations::SignedIn;
use ringdesk_operations::events::Followed;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use utoipa::IntoParams;

/// Events read at once.
const PAGE: i64 = 200;
/// Bytes that are read at once. Each look at a socket clears so many, and an event makes every socket look that it concerns: the
/// 128 KiB that are usual cost a thousand sockets a quarter of the processor.
pub(super) const READ_BUFFER: usize = 2 * 1_024;
/// What a client sends is not read, but it is not kept either.
const LONGEST: usize = 4_096;

/// RFC 6455 §7.4.1 and the IANA registry.
const POLICY: u16 = 1008;
const TRY_AGAIN_LATER: u16 = 1013;

/// How many sockets each person has open.
#[derive(Clone, Debug, Default)]
pub struct Sockets(Arc<Mutex<HashMap<UserId, usize>>>);

impl Sockets {
    fn take(&self, user: UserId, most: usize) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        (*count < most).then(|| {
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
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    /// The number of the last event the client has; without it: only what is new.
    after: Option<i64>,
    /// Of `POST /api/v1/auth/ticket`, for browsers, which cannot set a header here.
    #[serde(rename = "ticket")]
    _ticket: Option<String>,
}

/// A WebSocket of events, in order: `{"seq", "at", "type", "data"}`. Numbers have gaps where an event is not for this
/// reader; `{"type": "cursor", "seq"}` says how far they have come. `{"type": "reset", "seq", "reason"}`: what happened after
/// the client's number is not kept any more (`too_old`) or was never here (`unknown`); read everything anew, what follows
/// comes after `seq`. `{"type": "typing", "data": {"conversation"}}`, without a number: a contact of mine types; with `asked` and
/// `name`: a colleague who answers what I asked a help desk;
/// `{"type": "looking", "data": {"conversation", "page", "title", "at"}}`: a visitor of mine came to that page. Closed with 1008: the session is over. With 1013: too slow, or the server has to go; resume.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/events", tag = "events", params(("account_id" = Uuid, Path), Resume),
    responses((status = 101), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn follow(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    Holder(caller): Holder,
    query: Result<Query<Resume>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // A department sees no queue; it hears of its tickets.
    caller.may(account, Permission::QueuesRead).or_else(|_| caller.may(account, Permission::TicketsWork))?;
    let Query(resume) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    if resume.after.is_some_and(|after| after < 0) {
        return Err(Problem::invalid("after is the number of an event, or 0"));
    }
    let upgrade = upgrade.map_err(|e| Problem::malformed(e.body_text()))?;
    let most = gateway.limits.sockets_per_user;
    let seat = gateway
        .sockets
        .take(caller.who.user.id, most)
        .ok_or_else(|| Problem::throttled().detail(format!("at most {most} sockets per person")))?;
    let follower = Follower {
        cursor: 0,
        said: 0,
        account,
        queues: BTreeSet::new(),
        sessions: gateway.operations.sessions_changed(),
        gateway,
        caller,
        _seat: seat,
    };
    Ok(upgrade
        .max_message_size(LONGEST)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| follower.run(socket, resume.after)))
}

struct Follower {
    gateway: Gateway,
    account: AccountId,
    caller: Caller,
    /// Of the reader, who may be an agent.
    queues: BTreeSet<QueueId>,
    sessions: watch::Receiver<u64>,
    /// Everything up to here was told, or is not for this reader.
    cursor: i64,
    /// The highest number that the client has heard.
    said: i64,
    _seat: Seat,
}

/// Why a socket ends.
enum End {
    Gone,
    Close(u16, &'static str),
}

impl Follower {
    async fn run(mut self, mut socket: WebSocket, after: Option<i64>) {
        let end = self.follow(&mut socket, after).await;
        if let End::Close(code, reason) = end {
            let frame = CloseFrame { code, reason: reason.into() };
            // Behind what the client has not read yet; it may be gone already. Its answer is awaited (RFC 6455 §7.1.1): a TCP
            // socket that is closed with something unread in it takes back what was sent.
            let farewell = async {
                if socket.send(Message::Close(Some(frame))).await.is_ok() {
                    while let Some(Ok(_)) = socket.recv().await {}
                }
            };
            let _ = timeout(self.gateway.limits.linger, farewell).await;
        }
    }

    async fn follow(&mut self, socket: &mut WebSocket, after: Option<i64>) -> End {
        let gateway = self.gateway.clone();
        // First what is new, then what was: between the two nothing is missed.
        let (orders, rights) = (&gateway.orders, self.rights());
        let ear = gateway.feeds.follow_as_reader(&gateway.operations, || orders.events(), self.account, rights).await;
        let Some(ear) = ear else { return broken() };
        if let Err(end) = self.start(socket, &ear, after).await {
            return end;
        }
        let mut recheck = interval(gateway.limits.recheck);
        let mut ping = interval(gateway.limits.ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let done = tokio::select! {
                post = ear.next() => self.hear(socket, &ear, post).await,
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
                    Some(Ok(_)) => {
                        heard = Instant::now();
                        Ok(())
                    }
                },
                _ = self.sessions.changed() => self.keep_up(socket, &ear).await,
                _ = recheck.tick() => self.keep_up(socket, &ear).await,
                _ = ping.tick() => match heard.elapsed() > gateway.limits.silence {
                    true => Err(End::Gone),
                    false => self.ping(socket, &ear).await,
                },
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Where the client's number fits this store; then everything there is.
    async fn start(&mut self, socket: &mut WebSocket, ear: &ReaderEar, after: Option<i64>) -> Result<(), End> {
        self.ask_again().await?;
        ear.may(self.rights());
        let (oldest, head) = self.gateway.operations.events_kept(self.account).await.map_err(|_| broken())?;
        let reason = match after {
            Some(after) if after > head => Some("unknown"),
            Some(after) if after + 1 < oldest => Some("too_old"),
            _ => None,
        };
        self.cursor = after.filter(|_| reason.is_none()).unwrap_or(head);
        self.said = self.cursor;
        let first = match reason {
            Some(reason) => json!({ "type": "reset", "seq": self.cursor, "reason": reason }),
            None => json!({ "type": "cursor", "seq": self.cursor }),
        };
        self.send(socket, text(&first)).await?;
        self.catch_up(socket, ear).await
    }

    /// Everything the rows have, page by page.
    async fn catch_up(&mut self, socket: &mut WebSocket, ear: &ReaderEar) -> Result<(), End> {
        loop {
            let page = self.gateway.operations.followed(self.account, self.cursor, PAGE).await.map_err(|_| broken())?;
            let Some(last) = page.last().map(|e| e.seq) else { return Ok(()) };
            for event in &page {
                // A long past and a slow reader: it must not outlive the session.
                if self.sessions.has_changed().unwrap_or(false) {
                    self.sessions.borrow_and_update();
                    self.ask_again().await?;
                    ear.may(self.rights()); // what is left of the past is told by them anyway
                }
                self.tell(socket, event).await?;
            }
            self.cursor = last;
            self.say_cursor(socket).await?;
        }
    }

    /// What the feed has for this reader.
    async fn hear(&mut self, socket: &mut WebSocket, ear: &ReaderEar, post: Post<ReaderPost>) -> Result<(), End> {
        match post {
            // It came from the rows before.
            Post::It(ReaderPost::Event(event)) if event.seq <= self.cursor => Ok(()),
            // Numbers between are of events that are not for this reader.
            Post::It(ReaderPost::Event(event)) => self.tell(socket, &event).await,
            Post::It(ReaderPost::Typed(typed)) => self.tell_typing(socket, typed).await,
            Post::Missed => self.catch_up(socket, ear).await,
        }
    }

    /// Who has other rights than before is told by them what happened since the last that they were told: the feed went by the old ones.
    async fn keep_up(&mut self, socket: &mut WebSocket, ear: &ReaderEar) -> Result<(), End> {
        self.ask_again().await?;
        if ear.may(self.rights()) { self.catch_up(socket, ear).await } else { Ok(()) }
    }

    fn rights(&self) -> Rights {
        Rights { who: self.caller.who.clone(), queues: self.queues.clone() }
    }

    async fn tell(&mut self, socket: &mut WebSocket, event: &Followed) -> Result<(), End> {
        if let Some(data) = told(event, &self.caller.who, &self.queues) {
            let line = json!({ "seq": event.seq, "at": event.at.as_millis(), "type": event.kind, "data": data });
            self.send(socket, text(&line)).await?;
            self.said = event.seq;
        }
        self.cursor = event.seq;
        Ok(())
    }

    /// A contact types, or came to another page: for the agent who has them in hand. It has no number: no event was written.
    async fn tell_typing(&self, socket: &mut WebSocket, typed: Typed) -> Result<(), End> {
        let of = typed.conversation;
        let line = match typed.by {
            Typist::Contact(_) => json!({ "type": "typing", "data": { "conversation": of } }),
            Typist::Visitor { page, .. } => {
                let (page, at) = (page.reveal(), self.gateway.clock.now().as_millis());
                let data = json!({ "conversation": of, "page": page.page, "title": page.title, "at": at });
                json!({ "type": "looking", "data": data })
            }
            Typist::Helper { name, .. } => {
                json!({ "type": "typing", "data": { "conversation": of, "asked": true, "name": name } })
            }
            Typist::Agent(_) => return Ok(()),
        };
        self.send(socket, text(&line)).await
    }

    /// So that who resumes is not shown again what is not for them.
    async fn say_cursor(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        if self.said < self.cursor {
            self.said = self.cursor;
            self.send(socket, text(&json!({ "type": "cursor", "seq": self.cursor }))).await?;
        }
        Ok(())
    }

    async fn ping(&mut self, socket: &mut WebSocket, ear: &ReaderEar) -> Result<(), End> {
        // In this order: what came up to that number is in the mailbox by then.
        let come = ear.told();
        while let Some(post) = ear.taken() {
            self.hear(socket, ear, post).await?;
        }
        self.cursor = self.cursor.max(come);
        self.say_cursor(socket).await?;
        self.send(socket, Message::Ping(Vec::new().into())).await
    }

    /// Whether the session still holds, and what its user may see by now.
    async fn ask_again(&mut self) -> Result<(), End> {
        let operations = &self.gateway.operations;
        let who = match operations.signed_in(self.gateway.clock.now(), &self.caller.token, None).await {
            Ok(who) => who.filter(may_follow).ok_or(End::Close(POLICY, "signed out"))?,
            // A store that is away for a moment signs nobody out.
            Err(_) => return Ok(()),
        };
        if let Some(agent) = who.scope.agent
            && let Ok(queues) = operations.queues_of(self.account, agent).await
        {
            self.queues = queues;
        }
        self.caller.who = who;
        Ok(())
    }

    async fn send(&self, socket: &mut WebSocket, message: Message) -> Result<(), End> {
        match timeout(self.gateway.limits.patience, socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(TRY_AGAIN_LATER, "too slow; resume after the last number")),
        }
    }
}

fn may_follow(who: &SignedIn) -> bool {
    who.grants.allows(Permission::QueuesRead)
}

fn broken() -> End {
    End::Close(TRY_AGAIN_LATER, "the store does not answer")
}

fn text(line: &Value) -> Message {
    Message::Text(line.to_string().into())
}
