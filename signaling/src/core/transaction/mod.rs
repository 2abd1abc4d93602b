//! Transactions (RFC 3261 §17 with RFC 6026 and RFC 4320): who repeats what, until when, and which message belongs to
//! which request. Not here: what a message means; that is for the leg or the endpoint.
//!
//! Reading order: [`client`], [`server`], [`key`].

pub(crate) mod client;
pub(crate) mod key;
pub(crate) mod server;

#[cfg(test)]
mod tests;

pub(crate) use client::{ClientEnd, Heard};
pub(crate) use server::Arrived;

use super::headers::Name;
use super::input::Hop;
use super::message::Message;
use super::method::Method;
use super::subscriptions::SubscriptionId;
use super::via::Via;
use client::Client;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::LegId;
use server::Server;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;

/// One transaction of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TxId(pub(crate) u64);

/// Whose request it is, and so who hears of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Leg(LegId),
    Subscription(SubscriptionId),
    /// The registration of this trunk.
    Trunk(TrunkId),
    /// The question how this trunk is.
    Probe(TrunkId),
}

impl From<LegId> for Owner {
    fn from(leg: LegId) -> Owner {
        Owner::Leg(leg)
    }
}

/// What a timer of a transaction does. The letters of RFC 3261 that it stands for depend on the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionTimer {
    /// Repeat the message: A, E, G.
    Resend,
    /// Give up, or forget: B, C, D, F, H, I, J, K, L, M.
    End,
    /// Say 100 (§17.2.1).
    Trying,
}

impl TransactionTimer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            TransactionTimer::Resend => "transaction: repeat",
            TransactionTimer::End => "transaction: end",
            TransactionTimer::Trying => "transaction: trying",
        }
    }
}

/// All of them. The maps are looked up by key only; nothing depends on their order.
#[derive(Default)]
pub(crate) struct Transactions {
    last: u64,
    clients: HashMap<TxId, Client>,
    client_keys: HashMap<String, TxId>,
    /// Client transactions that wait for an answer, by where they were sent.
    waiting: BTreeSet<(Hop, TxId)>,
    /// Neighbours that took no TCP from us, until when they are not asked again.
    deaf_to_tcp: BTreeMap<SocketAddr, Timestamp>,
    servers: HashMap<TxId, Server>,
    server_keys: HashMap<String, TxId>,
    /// Requests outside of dialogs by From tag, Call-ID and CSeq (§8.2.2.2).
    merge_keys: HashMap<String, TxId>,
}

impl Transactions {
    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// A Via of this INVITE names one of ours that waits for its answer: it is ours (RFC 3261 §16.3).
    pub(crate) fn has_come_back(&self, invite: &Message) -> bool {
        let mut vias = invite.headers.all(&Name::Via).filter_map(Via::parse);
        vias.any(|via| {
            via.branch
                .is_some_and(|branch| self.client_keys.contains_key(&key::client_key(&branch, Method::Invite.as_str())))
        })
    }

    fn fresh(&mut self) -> TxId {
        self.last += 1;
        TxId(self.last)
    }
}
