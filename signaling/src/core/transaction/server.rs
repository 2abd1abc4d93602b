//! Requests that others sent us (RFC 3261 §17.2, RFC 6026 §7.1, RFC 4320).

use super::key::{merge_key, server_key};
use super::{ClientEnd, TransactionTimer, Transactions, TxId};
use crate::core::build::respond;
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::timers::{Alarm, Ticket};
use crate::core::wire::Wire;
use bytes::Bytes;
use ringdesk_voice::LegId;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No final response yet.
    Proceeding,
    /// A final response (of an INVITE: not 2xx) was sent.
    Completed,
    /// It was acknowledged.
    Confirmed,
    /// A 2xx to an INVITE was sent; its repetition is the leg's (RFC 6026).
    Accepted,
}

pub(super) struct Server {
    pub(super) owner: Option<LegId>,
    state: State,
    invite: bool,
    /// Where responses go.
    hop: Hop,
    key: String,
    merge: Option<String>,
    /// The last response, to be repeated when the request is.
    last: Option<Bytes>,
    interval: Duration,
    resend: Option<Ticket>,
    end: Option<Ticket>,
    trying: Option<(Ticket, Bytes)>,
}

/// An INVITE that somebody wants to cancel.
pub(crate) struct Cancelled {
    /// Where it came from.
    pub(crate) from: IpAddr,
    /// Its leg, while there is no final response.
    pub(crate) pending: Option<(TxId, LegId)>,
}

/// What a request is to the transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Never seen.
    New,
    /// Seen; answered from memory where there is an answer.
    Repeated,
    /// The same request over another path (482, RFC 3261 §8.2.2.2).
    Merged,
    /// An ACK for a failure: all done.
    Acknowledged,
}

impl Transactions {
    /// A request arrived.
    pub(crate) fn arrived(&mut self, wire: &mut Wire, request: &Message) -> Arrived {
        let method = request.method().unwrap_or(&Method::Options);
        if *method == Method::Ack {
            return self.acknowledged(wire, request);
        }
        if let Some(tx) = self.server_keys.get(&server_key(request, method.as_str())) {
            wire.count(Counter::Repeated);
            if let Some(server) = self.servers.get(tx)
                && let Some(last) = &server.last
                && server.state != State::Accepted
            {
                wire.send(server.hop, last.clone());
            }
            return Arrived::Repeated;
        }
        // A CANCEL shares these with nothing but its own repetitions.
        match merge_key(request) {
            Some(key) if *method != Method::Cancel && self.merge_keys.contains_key(&key) => Arrived::Merged,
            _ => Arrived::New,
        }
    }

    fn acknowledged(&mut self, wire: &mut Wire, ack: &Message) -> Arrived {
        let Some(tx) = self.server_keys.get(&server_key(ack, "INVITE")).copied() else { return Arrived::New };
        let Some(server) = self.servers.get_mut(&tx) else { return Arrived::New };
        match server.state {
            State::Completed => {
                server.state = State::Confirmed;
                wire.timers.cancel(server.resend.take());
                wire.timers.cancel(server.end.take());
                server.last = None;
                if server.hop.transport.is_reliable() {
                    self.forget_server(wire, tx);
                } else {
                    let at = wire.now + wire.setup.timers.t4;
                    server.end = Some(wire.timers.set(at, Alarm::Transaction(tx, TransactionTimer::End)));
                }
                Arrived::Acknowledged
            }
            State::Confirmed => Arrived::Acknowledged,
            // A peer of RFC 2543, or one that reuses the branch: it is the leg's.
            State::Accepted | State::Proceeding => Arrived::New,
        }
    }

    /// Open a transaction for a request that is answered later. An INVITE says 100 by itself if nobody else does.
    pub(crate) fn open(&mut self, wire: &mut Wire, request: &Message, hop: Hop, owner: Option<LegId>) -> TxId {
        let tx = self.fresh();
        let method = request.method().unwrap_or(&Method::Options);
        let invite = *method == Method::Invite;
        let trying = invite.then(|| {
            let at = wire.now + wire.setup.timers.trying;
            let ticket = wire.timers.set(at, Alarm::Transaction(tx, TransactionTimer::Trying));
            (ticket, respond(request, 100, None, None).to_bytes())
        });
        let key = server_key(request, method.as_str());
        let merge = merge_key(request).filter(|_| *method != Method::Cancel);
        self.server_keys.insert(key.clone(), tx);
        if let Some(merge) = &merge {
            self.merge_keys.insert(merge.clone(), tx);
        }
        let server = Server {
            owner,
            state: State::Proceeding,
            invite,
            hop,
            key,
            merge,
            last: None,
            interval: wire.setup.timers.t1,
            resend: None,
            end: None,
            trying,
        };
        self.servers.insert(tx, server);
        tx
    }

    /// Send a response. After a final one the transaction goes on by itself.
    pub(crate) fn respond(&mut self, wire: &mut Wire, tx: TxId, response: &Message) -> Option<(Hop, Bytes)> {
        let server = self.servers.get_mut(&tx)?;
        if server.state != State::Proceeding {
            return None;
        }
        let status = response.status().unwrap_or(500);
        let bytes = response.to_bytes();
        let hop = server.hop;
        wire.send(hop, bytes.clone());
        if let Some((ticket, _)) = server.trying.take() {
            wire.timers.cancel(Some(ticket));
        }
        if status < 200 {
            server.last = Some(bytes.clone());
            return Some((hop, bytes));
        }
        let timers = &wire.setup.timers;
        let (now, life, t1) = (wire.now, timers.transaction(), timers.t1);
        let reliable = hop.transport.is_reliable();
        if server.invite && status < 300 {
            // Timer L. The leg keeps and repeats the response itself.
            server.state = State::Accepted;
            server.last = None;
        } else {
            server.state = State::Completed;
            server.last = Some(bytes.clone());
            if server.invite && !reliable {
                server.resend = Some(wire.timers.set(now + t1, Alarm::Transaction(tx, TransactionTimer::Resend)));
            }
            // A client that tries again with credentials but the same CSeq is no merged request.
            if matches!(status, 401 | 407)
                && let Some(merge) = server.merge.take()
            {
                self.merge_keys.remove(&merge);
            }
        }
        if !server.invite && reliable {
            self.forget_server(wire, tx);
        } else {
            server.end = Some(wire.timers.set(now + life, Alarm::Transaction(tx, TransactionTimer::End)));
        }
        Some((hop, bytes))
    }

    /// Answer a new request at once, in a transaction that keeps the answer.
    pub(crate) fn answer(&mut self, wire: &mut Wire, request: &Message, hop: Hop, response: &Message) {
        let tx = self.open(wire, request, hop, None);
        self.respond(wire, tx, response);
    }

    /// The INVITE that this CANCEL is for.
    pub(crate) fn cancelled_by(&self, cancel: &Message) -> Option<Cancelled> {
        let tx = *self.server_keys.get(&server_key(cancel, "INVITE"))?;
        let server = self.servers.get(&tx)?;
        let pending = server.owner.filter(|_| server.state == State::Proceeding).map(|leg| (tx, leg));
        Some(Cancelled { from: server.hop.remote.ip(), pending })
    }

    /// A timer of a transaction is due.
    pub(crate) fn timer(&mut self, wire: &mut Wire, tx: TxId, timer: TransactionTimer) -> Option<ClientEnd> {
        let Some(server) = self.servers.get_mut(&tx) else {
            return self.client_timer(wire, tx, timer);
        };
        match timer {
            TransactionTimer::Trying => {
                if let Some((_, trying)) = server.trying.take() {
                    wire.send(server.hop, trying.clone());
                    server.last = Some(trying);
                }
            }
            TransactionTimer::Resend => {
                server.resend = None;
                if let (State::Completed, Some(last)) = (server.state, &server.last) {
                    wire.count(Counter::Retransmission);
                    wire.send(server.hop, last.clone());
                    server.interval = (server.interval * 2).min(wire.setup.timers.t2);
                    let at = wire.now + server.interval;
                    server.resend = Some(wire.timers.set(at, Alarm::Transaction(tx, TransactionTimer::Resend)));
                }
            }
            TransactionTimer::End => {
                server.end = None;
                self.forget_server(wire, tx);
            }
        }
        None
    }

    fn forget_server(&mut self, wire: &mut Wire, tx: TxId) {
        if let Some(server) = self.servers.remove(&tx) {
            self.server_keys.remove(&server.key);
            if let Some(merge) = server.merge {
                self.merge_keys.remove(&merge);
            }
            wire.timers.cancel(server.resend);
            wire.timers.cancel(server.end);
            wire.timers.cancel(server.trying.map(|(ticket, _)| ticket));
        }
    }
}
