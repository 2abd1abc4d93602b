//! Requests that we sent (RFC 3261 §17.1, RFC 6026 §7.2).
//!
//! A request that is too large for a datagram leaves over TCP (§18.1.1) where whoever sends it says that its neighbour
//! may be dialled: a phone behind NAT may not. Nothing else of the dialog moves: Contact and the hop of the dialog name
//! UDP as before, and who asked is told that the answer came that way. Where TCP leads nowhere the same request leaves as
//! a datagram, and that neighbour is not asked by TCP for a while.

use super::key::client_key;
use super::{Owner, TransactionTimer, Transactions, TxId};
use crate::core::address::NameAddr;
use crate::core::headers::Name;
use crate::core::input::{Hop, Transport};
use crate::core::leg::route::{Way, way_to};
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::timers::{Alarm, Ticket};
use crate::core::uri::Uri;
use crate::core::wire::Wire;
use bytes::Bytes;
use std::time::Duration;

/// How long a neighbour that took no TCP is not asked again.
const DEAF: Duration = Duration::from_secs(600);
/// Such neighbours in mind, at most; beyond it the one that would be forgotten first is.
const MOST_DEAF: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Sent; nothing heard. (INVITE: Calling.)
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; what still arrives is absorbed.
    Completed,
    /// A 2xx to an INVITE came; more of them go to the leg (RFC 6026).
    Accepted,
}

pub(super) struct Client {
    pub(super) owner: Option<Owner>,
    state: State,
    invite: bool,
    hop: Hop,
    key: String,
    bytes: Bytes,
    /// Of an INVITE: what ACK and CANCEL are made from.
    request: Option<Box<Message>>,
    /// For a final response that is not 2xx.
    ack: Option<Bytes>,
    /// To be cancelled as soon as a provisional response allows it (§9.1), with this Reason.
    cancel: Cancel,
    /// It was too large for a datagram: the hop it would have left by, and itself, without Via.
    enlarged: Option<Box<(Hop, Message)>>,
    interval: Duration,
    resend: Option<Ticket>,
    end: Option<Ticket>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cancel {
    No,
    Wanted(Option<String>),
    Sent,
}

/// What a response was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It belongs to nothing.
    Stray,
    /// A repetition, or nobody's concern.
    Absorbed,
    /// With the hop from which it counts as heard, where that is not the one it came from.
    Deliver(TxId, Owner, Option<Hop>),
}

/// How a client transaction ended without a final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientEnd {
    pub(crate) tx: TxId,
    pub(crate) owner: Owner,
    pub(crate) why: ClientFailure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientFailure {
    /// Nothing was heard at all (timers B, F), or nothing after our CANCEL.
    Silence,
    /// A provisional response, and then nothing (timer C). The transaction lives on until it is cancelled.
    Stalled,
    /// The transport failed: to the user of the transaction this is a 503 (§8.1.3.1).
    Transport,
}

impl Transactions {
    /// Send a request in a new transaction. The Via is added here.
    pub(crate) fn request(&mut self, wire: &mut Wire, owner: Option<Owner>, hop: Hop, mut message: Message) -> TxId {
        let branch = wire.add_via(&mut message, &hop);
        let (tx, bytes) = (self.fresh(), message.to_bytes());
        self.start(wire, tx, owner, hop, message, bytes, &branch);
        tx
    }

    /// The same to a neighbour that may be dialled over TCP, should the request be too large for a datagram.
    pub(crate) fn request_of_any_size(
        &mut self,
        wire: &mut Wire,
        owner: Option<Owner>,
        hop: Hop,
        mut message: Message,
    ) -> TxId {
        let bare = self.may_grow(wire, hop, &message).then(|| message.clone());
        let branch = wire.add_via(&mut message, &hop);
        let (tx, bytes) = (self.fresh(), message.to_bytes());
        match bare {
            Some(bare) if bytes.len() > wire.setup.limits.datagram => {
                let stream = Hop { transport: Transport::Tcp, connection: None, ..hop };
                let mut message = bare.clone();
                let branch = wire.add_via(&mut message, &stream);
                let bytes = message.to_bytes();
                wire.count(Counter::Enlarged);
                self.start(wire, tx, owner, stream, message, bytes, &branch);
                if let Some(client) = self.clients.get_mut(&tx) {
                    client.enlarged = Some(Box::new((hop, bare)));
                }
            }
            _ => self.start(wire, tx, owner, hop, message, bytes, &branch),
        }
        tx
    }

    /// May this datagram become a stream? Not where the next URI orders a transport or is not where we send, which is
    /// a NAT on the way, and not where there is no TCP on our side or was none on theirs.
    fn may_grow(&self, wire: &Wire, hop: Hop, message: &Message) -> bool {
        // Below this a Via makes no difference.
        let small = message.body.len() + message.headers.iter().map(|(_, value)| value.len() + 24).sum::<usize>();
        let here = wire.setup.interfaces.get(usize::from(hop.interface.0));
        if hop.transport != Transport::Udp
            || small < wire.setup.limits.datagram / 2
            || here.is_none_or(|interface| interface.tcp.is_none())
            || self.deaf_to_tcp.get(&hop.remote).is_some_and(|until| *until > wire.now)
        {
            return false;
        }
        let route = message.headers.first(&Name::Route).and_then(NameAddr::parse).map(|route| route.uri);
        let Ok(next) = Uri::parse(route.as_deref().unwrap_or(message.uri())) else { return false };
        !next.params.has("transport")
            && match way_to(&next, Transport::Udp) {
                Way::Address(_, remote) => remote == hop.remote,
                Way::Name(_) => true,
            }
    }

    /// TCP led nowhere: the same request as a datagram.
    fn fall_back(&mut self, wire: &mut Wire, tx: TxId) -> bool {
        let Some(client) = self.clients.get_mut(&tx) else { return false };
        if client.state != State::Trying {
            return false;
        }
        let Some(enlarged) = client.enlarged.take() else { return false };
        let (hop, mut message) = *enlarged;
        let (owner, cancel) = (client.owner, client.cancel.clone());
        self.forget_client(wire, tx);
        self.remember_deaf(wire, hop);
        wire.count(Counter::FellBack);
        let branch = wire.add_via(&mut message, &hop);
        let bytes = message.to_bytes();
        self.start(wire, tx, owner, hop, message, bytes, &branch);
        if let Some(client) = self.clients.get_mut(&tx) {
            client.cancel = cancel;
        }
        true
    }

    fn remember_deaf(&mut self, wire: &Wire, hop: Hop) {
        let deaf = &mut self.deaf_to_tcp;
        if deaf.len() >= MOST_DEAF {
            deaf.retain(|_, until| *until > wire.now);
        }
        if deaf.len() >= MOST_DEAF
            && let Some(first) = deaf.iter().min_by_key(|(_, until)| **until).map(|(remote, _)| *remote)
        {
            deaf.remove(&first);
        }
        deaf.insert(hop.remote, wire.now + DEAF);
    }

    #[expect(clippy::too_many_arguments, reason = "what a transaction is made of")]
    fn start(
        &mut self,
        wire: &mut Wire,
        tx: TxId,
        owner: Option<Owner>,
        hop: Hop,
        message: Message,
        bytes: Bytes,
        branch: &str,
    ) {
        let timers = &wire.setup.timers;
        let (t1, life) = (timers.t1, timers.transaction());
        let method = message.method().cloned().unwrap_or(Method::Options);
        let invite = method == Method::Invite;
        let key = client_key(branch, method.as_str());
        wire.send(hop, bytes.clone());
        let now = wire.now;
        let resend = (!hop.transport.is_reliable())
            .then(|| wire.timers.set(now + t1, Alarm::Transaction(tx, TransactionTimer::Resend)));
        let end = wire.timers.set(now + life, Alarm::Transaction(tx, TransactionTimer::End));
        let client = Client {
            owner,
            state: State::Trying,
            invite,
            hop,
            key: key.clone(),
            bytes,
            request: invite.then(|| Box::new(Message { body: Bytes::new(), ..message })),
            ack: None,
            cancel: Cancel::No,
            enlarged: None,
            interval: t1,
            resend,
            end: Some(end),
        };
        self.client_keys.insert(key, tx);
        self.waiting.insert((hop, tx));
        self.clients.insert(tx, client);
    }

    /// Cancel an INVITE: now, or when its first provisional response comes. From then on it gets 64*T1 (§9.1). False:
    /// it has ended, and its owner was told.
    pub(crate) fn cancel(&mut self, wire: &mut Wire, tx: TxId, reason: Option<&str>) -> bool {
        let Some(client) = self.clients.get_mut(&tx) else { return false };
        match client.state {
            State::Completed | State::Accepted => return false,
            _ if client.cancel != Cancel::No || !client.invite => {}
            State::Trying => client.cancel = Cancel::Wanted(reason.map(str::to_owned)),
            State::Proceeding => self.send_cancel(wire, tx, reason),
        }
        true
    }

    fn send_cancel(&mut self, wire: &mut Wire, tx: TxId, reason: Option<&str>) {
        let Some(client) = self.clients.get_mut(&tx) else { return };
        let Some(invite) = client.request.as_deref() else { return };
        client.cancel = Cancel::Sent;
        let mut cancel = bare(invite, Method::Cancel);
        if let Some(reason) = reason {
            cancel.headers.push(Name::Reason, reason);
        }
        let branch = invite.via().and_then(|via| via.branch).unwrap_or_default();
        let (hop, life) = (client.hop, wire.setup.timers.transaction());
        wire.timers.cancel(client.end.take());
        client.end = Some(wire.timers.set(wire.now + life, Alarm::Transaction(tx, TransactionTimer::End)));
        let (tx, bytes) = (self.fresh(), cancel.to_bytes());
        self.start(wire, tx, None, hop, cancel, bytes, &branch);
    }

    /// A response arrived.
    pub(crate) fn response(&mut self, wire: &mut Wire, response: &Message) -> Heard {
        let (Some(status), Some(via)) = (response.status(), response.via()) else { return Heard::Stray };
        let (_, method) = response.cseq();
        let key = client_key(via.branch.as_deref().unwrap_or(""), method.as_str());
        let Some(tx) = self.client_keys.get(&key).copied() else { return Heard::Stray };
        let Some(client) = self.clients.get_mut(&tx) else { return Heard::Stray };
        let deliver = client.owner.map_or(Heard::Absorbed, |owner| {
            Heard::Deliver(tx, owner, client.enlarged.as_ref().map(|enlarged| enlarged.0))
        });
        match (client.state, status) {
            (State::Trying | State::Proceeding, 100..=199) => {
                let first = client.state == State::Trying;
                client.state = State::Proceeding;
                if client.invite {
                    client.proceed(wire, tx, first, status);
                    if let Cancel::Wanted(reason) = &client.cancel {
                        let reason = reason.clone();
                        self.send_cancel(wire, tx, reason.as_deref());
                    }
                } else if first && client.resend.is_some() {
                    // From now on every T2 (§17.1.2.2).
                    client.interval = wire.setup.timers.t2;
                }
                deliver
            }
            (State::Trying | State::Proceeding, _) => {
                self.waiting.remove(&(client.hop, tx));
                client.finish(wire, tx, status, response);
                if client.end.is_none() {
                    self.forget_client(wire, tx);
                }
                deliver
            }
            // A 2xx again, or of another fork: the leg acknowledges it.
            (State::Accepted, 200..=299) => deliver,
            (State::Completed, 300..) if client.invite => {
                wire.count(Counter::Repeated);
                if let Some(ack) = client.ack.clone() {
                    wire.send(client.hop, ack);
                }
                Heard::Absorbed
            }
            _ => {
                wire.count(Counter::Repeated);
                Heard::Absorbed
            }
        }
    }

    /// Something of this client transaction is due. `Some`: it ended without an answer and its owner has to know.
    pub(super) fn client_timer(&mut self, wire: &mut Wire, tx: TxId, timer: TransactionTimer) -> Option<ClientEnd> {
        let client = self.clients.get_mut(&tx)?;
        match timer {
            TransactionTimer::Trying => None,
            TransactionTimer::Resend => {
                client.resend = None;
                client.repeat(wire, tx);
                None
            }
            TransactionTimer::End => {
                client.end = None;
                let why = match client.state {
                    State::Completed | State::Accepted => {
                        self.forget_client(wire, tx);
                        return None;
                    }
                    State::Proceeding if client.invite && client.cancel == Cancel::No => ClientFailure::Stalled,
                    State::Trying | State::Proceeding => ClientFailure::Silence,
                };
                wire.count(Counter::TransactionTimeout);
                let owner = client.owner;
                if let Some(enlarged) = client.enlarged.as_ref().filter(|_| why == ClientFailure::Silence) {
                    // Taken by TCP and never answered: the next one goes the other way.
                    let hop = enlarged.0;
                    self.remember_deaf(wire, hop);
                }
                match why {
                    // The owner cancels it; should there be none, nobody waits for it either.
                    ClientFailure::Stalled if owner.is_some() => {
                        let client = self.clients.get_mut(&tx)?;
                        client.end = Some(wire.timers.set(
                            wire.now + wire.setup.timers.transaction(),
                            Alarm::Transaction(tx, TransactionTimer::End),
                        ));
                    }
                    _ => self.forget_client(wire, tx),
                }
                owner.map(|owner| ClientEnd { tx, owner, why })
            }
        }
    }

    /// Nothing gets through over this hop: the client transactions that wait for an answer over it end.
    pub(crate) fn hop_failed(&mut self, wire: &mut Wire, hop: Hop) -> Vec<ClientEnd> {
        let any = Hop { connection: None, ..hop };
        let mut hit: Vec<(Hop, TxId)> = match hop.connection {
            Some(_) => {
                let over = |hop: Hop| self.waiting.range((hop, TxId(0))..=(hop, TxId(u64::MAX)));
                over(any).chain(over(hop)).copied().collect()
            }
            None => {
                let last = Hop { connection: Some(u64::MAX), ..hop };
                self.waiting.range((any, TxId(0))..=(last, TxId(u64::MAX))).copied().collect()
            }
        };
        hit.sort_by_key(|(_, tx)| *tx);
        let mut ends = Vec::new();
        for (_, tx) in hit {
            if self.fall_back(wire, tx) {
                continue;
            }
            let owner = self.clients.get(&tx).and_then(|client| client.owner);
            self.forget_client(wire, tx);
            wire.count(Counter::TransportFailure);
            ends.extend(owner.map(|owner| ClientEnd { tx, owner, why: ClientFailure::Transport }));
        }
        ends
    }

    /// Nobody waits for the answer any more, but the transaction goes on to its end.
    pub(crate) fn disown(&mut self, tx: TxId) {
        if let Some(client) = self.clients.get_mut(&tx) {
            client.owner = None;
        }
    }

    /// It is over now, whatever may still come.
    pub(crate) fn forget_client(&mut self, wire: &mut Wire, tx: TxId) {
        if let Some(client) = self.clients.remove(&tx) {
            self.client_keys.remove(&client.key);
            self.waiting.remove(&(client.hop, tx));
            wire.timers.cancel(client.resend);
            wire.timers.cancel(client.end);
        }
    }
}

impl Client {
    /// An INVITE was heard of: no more repetitions, and timer C instead of B. A 100 does not prolong it (§16.7 step 2).
    fn proceed(&mut self, wire: &mut Wire, tx: TxId, first: bool, status: u16) {
        wire.timers.cancel(self.resend.take());
        if self.cancel == Cancel::Sent || !(first || status > 100) {
            return;
        }
        wire.timers.cancel(self.end.take());
        let at = wire.now + wire.setup.timers.c;
        self.end = Some(wire.timers.set(at, Alarm::Transaction(tx, TransactionTimer::End)));
    }

    /// A final response: timers D, K, M. `end` stays empty where there is nothing to wait for.
    fn finish(&mut self, wire: &mut Wire, tx: TxId, status: u16, response: &Message) {
        wire.timers.cancel(self.resend.take());
        wire.timers.cancel(self.end.take());
        let timers = &wire.setup.timers;
        let reliable = self.hop.transport.is_reliable();
        let accepted = self.invite && status < 300;
        let wait = match (accepted, self.invite, reliable) {
            (true, _, _) => timers.transaction(),
            // Timer D: at least 32 s.
            (_, true, false) => timers.transaction().max(Duration::from_secs(32)),
            (_, false, false) => timers.t4,
            (_, _, true) => Duration::ZERO,
        };
        if let (false, Some(invite)) = (accepted, self.request.take()) {
            let ack = ack_for_failure(&invite, response).to_bytes();
            wire.send(self.hop, ack.clone());
            self.ack = Some(ack);
        }
        self.bytes = Bytes::new();
        if let Some(enlarged) = &mut self.enlarged {
            enlarged.1.body = Bytes::new();
        }
        self.state = if accepted { State::Accepted } else { State::Completed };
        if !wait.is_zero() {
            self.end = Some(wire.timers.set(wire.now + wait, Alarm::Transaction(tx, TransactionTimer::End)));
        }
    }

    /// Timers A and E.
    fn repeat(&mut self, wire: &mut Wire, tx: TxId) {
        let waits = self.state == State::Trying || (self.state == State::Proceeding && !self.invite);
        if !waits {
            return;
        }
        wire.count(Counter::Retransmission);
        wire.send(self.hop, self.bytes.clone());
        self.interval = match (self.invite, self.state) {
            (true, _) => self.interval * 2,
            (false, State::Proceeding) => wire.setup.timers.t2,
            (false, _) => (self.interval * 2).min(wire.setup.timers.t2),
        };
        let at = wire.now + self.interval;
        self.resend = Some(wire.timers.set(at, Alarm::Transaction(tx, TransactionTimer::Resend)));
    }
}

/// What ACK (for a failure) and CANCEL share with their INVITE: one Via, Request-URI, Route, From, To, Call-ID, CSeq.
fn bare(invite: &Message, method: Method) -> Message {
    let mut message = Message::request(method.clone(), invite.uri());
    if let Some(via) = invite.headers.first(&Name::Via) {
        message.headers.push(Name::Via, via);
    }
    message.headers.push(Name::MaxForwards, "70");
    for route in invite.headers.all(&Name::Route) {
        message.headers.push(Name::Route, route);
    }
    for name in [Name::From, Name::To, Name::CallId] {
        if let Some(value) = invite.headers.get(&name) {
            message.headers.push(name, value);
        }
    }
    message.headers.push(Name::CSeq, format!("{} {method}", invite.cseq().0));
    message
}

/// RFC 3261 §17.1.1.3: To is that of the response.
fn ack_for_failure(invite: &Message, response: &Message) -> Message {
    let mut ack = bare(invite, Method::Ack);
    if let Some(to) = response.headers.get(&Name::To) {
        ack.headers.set(Name::To, to);
    }
    ack
}
