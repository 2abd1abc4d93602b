//! Whose a message is: a transaction's, a leg's, a subscription's, or nobody's yet.

use super::{ALLOW_ALL, Core};
use crate::core::admission::Refusal;
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::leg::refer::ALLOW_EVENTS;
use crate::core::leg::{SUPPORTED, not_understood};
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::notices::Package;
use crate::core::output::Counter;
use crate::core::replaces::ReferTo;
use crate::core::stack::Inbound;
use crate::core::transaction::{Arrived, Heard, Owner};
use crate::core::uri::{Scheme, Uri};
use bytes::Bytes;
use ringdesk_voice::LegId;
use std::net::{IpAddr, SocketAddr};

impl Core {
    pub(super) fn received(&mut self, source: Hop, bytes: &Bytes) {
        match Message::parse(bytes) {
            Ok(message) if message.is_request() => {
                let (message, answer) = addressed(message, source);
                self.request(Inbound { message: &message, source, answer });
            }
            Ok(response) => match self.stack.transactions.response(&mut self.stack.wire, &response) {
                Heard::Deliver(tx, Owner::Trunk(trunk), _) => {
                    self.trunks.response(&mut self.stack, trunk, tx, &response);
                }
                Heard::Deliver(tx, Owner::Probe(trunk), _) => {
                    self.probes.response(&mut self.stack, trunk, tx, &response);
                }
                Heard::Deliver(tx, Owner::Subscription(id), _) => {
                    self.subscriptions.response(&mut self.stack, id, tx, &response);
                }
                Heard::Deliver(tx, Owner::Leg(leg), heard_from) => {
                    let source = heard_from.unwrap_or(source);
                    if !self.with_leg(leg, |leg, stack| leg.response(stack, tx, &response, source)) {
                        self.stack.count(Counter::StrayResponse);
                    }
                }
                Heard::Absorbed => {}
                Heard::Stray => self.stack.count(Counter::StrayResponse),
            },
            Err(failure) => {
                self.stack.count(Counter::Malformed);
                if let Some(partial) = failure.partial {
                    let (message, answer) = addressed(*partial, source);
                    let inbound = Inbound { message: &message, source, answer };
                    self.turn_away_saying(inbound, failure.status, Some(failure.reason), &[]);
                }
            }
        }
    }

    pub(super) fn request(&mut self, inbound: Inbound) {
        let request = inbound.message;
        let arrived = self.stack.transactions.arrived(&mut self.stack.wire, request);
        match (arrived, request.method()) {
            (Arrived::Repeated | Arrived::Acknowledged, _) => {}
            (_, Some(Method::Ack)) => self.ack(inbound),
            (_, Some(Method::Cancel)) => self.cancel(inbound),
            (Arrived::Merged, _) => {
                self.stack.count(Counter::Merged);
                self.turn_away(inbound, 482, &[]);
            }
            (Arrived::New, _) => match request.to_tag().map(|tag| self.stack.leg_of(tag)) {
                None => self.outside(inbound),
                Some(Some(leg)) if self.inside(leg, inbound) => {}
                Some(None) if self.subscribed(inbound) => {}
                Some(_) => {
                    self.stack.count(Counter::UnknownDialog);
                    self.turn_away(inbound, 481, &[]);
                }
            },
        }
    }

    /// A request inside a dialog of this leg.
    pub(super) fn inside(&mut self, leg: LegId, inbound: Inbound) -> bool {
        let refer_to = inbound.message.method().filter(|method| **method == Method::Refer);
        let refer_to = refer_to.and_then(|_| ReferTo::of(inbound.message).ok());
        let replaced = refer_to.and_then(|to| to.replaces).map(|replaces| self.replaced(&replaces));
        self.with_leg(leg, |leg, stack| leg.request(stack, inbound, replaced))
    }

    /// A request inside a subscription.
    pub(super) fn subscribed(&mut self, inbound: Inbound) -> bool {
        let tag = inbound.message.to_tag().unwrap_or("").to_owned();
        self.subscriptions.inside(&mut self.stack, &tag, inbound)
    }

    /// SUBSCRIBE outside of any dialog.
    pub(super) fn subscribe(&mut self, inbound: Inbound) {
        if self.is_full_for_strangers() {
            return self.overloaded(inbound);
        }
        if Package::of(inbound.message.headers.get(&Name::Event).unwrap_or("")).is_none() {
            return self.reject(inbound, 489, &[(Name::AllowEvents, ALLOW_EVENTS)]);
        }
        let subscriber = match self.admission.subscriber(&mut self.stack, inbound) {
            Ok(subscriber) => subscriber,
            Err(refusal) => return self.turn_away_for(inbound, refusal),
        };
        if let Err((status, fields)) = self.subscriptions.subscribe(&mut self.stack, inbound, &subscriber) {
            self.stack.count(Counter::Rejected);
            self.answer_for(inbound, Refusal { status, fields });
        }
    }

    pub(super) fn ack(&mut self, ack: Inbound) {
        let Some(tag) = ack.message.to_tag() else { return self.stack.count(Counter::StrayAck) };
        // For an answer of which nothing was kept.
        if *tag == self.stateless_tag(ack.message) {
            return;
        }
        let leg = self.stack.leg_of(tag);
        if !leg.is_some_and(|leg| self.with_leg(leg, |leg, stack| leg.acknowledged(stack, ack))) {
            self.stack.count(Counter::StrayAck);
        }
    }

    /// RFC 3261 §9.2.
    pub(super) fn cancel(&mut self, inbound: Inbound) {
        let Some(cancelled) = self.stack.transactions.cancelled_by(inbound.message) else {
            self.stack.count(Counter::StrayCancel);
            return self.turn_away(inbound, 481, &[]);
        };
        // CANCEL cannot be challenged, so it has to come from where its INVITE came (§22.1): a branch and a sent-by that
        // somebody saw or guessed are not enough.
        if !self.same_neighbour(inbound.source.remote.ip(), cancelled.from) {
            self.stack.count(Counter::ForgedCancel);
            return self.turn_away(inbound, 481, &[]);
        }
        let invite = cancelled.pending;
        let leg = invite.and_then(|(tx, id)| Some((tx, id, self.legs.get(&id)?)));
        let tag = match leg {
            Some((_, _, leg)) => leg.tag().to_owned(),
            None => self.stateless_tag(inbound.message),
        };
        let response = respond(inbound.message, 200, None, Some(&tag));
        self.stack.transactions.answer(&mut self.stack.wire, inbound.message, inbound.answer, &response);
        if let Some((tx, id)) = invite {
            self.with_leg(id, |leg, stack| leg.cancelled(stack, tx, inbound.message));
        }
    }

    /// One address, or two of one trunk.
    pub(super) fn same_neighbour(&self, one: IpAddr, other: IpAddr) -> bool {
        let trunk = |address| self.stack.trunk_at(address, "");
        one.to_canonical() == other.to_canonical() || trunk(one).is_some_and(|one| trunk(other) == Some(one))
    }

    /// A request outside of any dialog.
    pub(super) fn outside(&mut self, inbound: Inbound) {
        let request = inbound.message;
        let Some(method) = request.method() else { return };
        let uri = Uri::parse(request.uri());
        match &uri {
            Ok(Uri { scheme: Scheme::Sip | Scheme::Sips | Scheme::Tel, .. }) => {}
            Ok(_) => return self.reject(inbound, 416, &[]),
            Err(_) => return self.reject(inbound, 400, &[]),
        }
        // An OPTIONS that has run out of hops may still ask us (RFC 3261 §11).
        if request.max_forwards() == Some(0) && *method != Method::Options {
            return self.reject(inbound, 483, &[]);
        }
        // A number that is forwarded to itself. Behind another B2BUA nothing of ours is left in it, and Max-Forwards ends it.
        if *method == Method::Invite && self.stack.transactions.has_come_back(request) {
            self.stack.count(Counter::Looped);
            return self.reject(inbound, 482, &[]);
        }
        if let Some(unknown) = not_understood(inbound) {
            return self.reject(inbound, 420, &[(Name::Unsupported, &unknown)]);
        }
        match method {
            Method::Invite => {
                let number = uri.as_ref().ok().and_then(Uri::user).unwrap_or_default();
                let emergency = self.emergency.contains(number.as_ref());
                self.invite(inbound, emergency);
            }
            Method::Register => {
                if self.is_full_for_strangers() && self.stack.directory.trunk_of(inbound.source.remote.ip()).is_none() {
                    return self.overloaded(inbound);
                }
                match self.admission.register(&mut self.stack, inbound) {
                    Some(answer) if answer.status == 200 => {
                        self.answer_for(inbound, answer);
                        self.rebind(inbound);
                        self.end_subscriptions();
                    }
                    Some(refusal) if matches!(refusal.status, 401 | 503) => self.turn_away_for(inbound, refusal),
                    // Kept for its repetitions: the credentials are used up now.
                    Some(answer) => self.answer_for(inbound, answer),
                    None => {}
                }
            }
            Method::Options if self.draining => self.retry_later(inbound),
            Method::Options => {
                let more = [(Name::Allow, ALLOW_ALL), (Name::Accept, "application/sdp"), (Name::Supported, SUPPORTED)];
                self.turn_away(inbound, 200, &more);
            }
            Method::Subscribe => self.subscribe(inbound),
            // RFC 3903 §6.
            Method::Publish => self.reject(inbound, 489, &[]),
            Method::Notify | Method::Bye | Method::Update | Method::Info | Method::Prack => {
                self.stack.count(Counter::UnknownDialog);
                self.turn_away(inbound, 481, &[]);
            }
            // Only who is in a call may pass it on.
            Method::Refer => self.reject(inbound, 403, &[]),
            // RFC 3261 §21.5.2: not known at all; §21.4.6: known, and not served here.
            Method::Other(_) => self.reject(inbound, 501, &[(Name::Allow, ALLOW_ALL)]),
            _ => self.reject(inbound, 405, &[(Name::Allow, ALLOW_ALL)]),
        }
    }
}

/// Note in the Via from where a request came, and find where its answer goes (RFC 3261 §18.2.2, RFC 3581 §4).
fn addressed(mut request: Message, source: Hop) -> (Message, Hop) {
    request.stamp_source(source.remote, false);
    if source.transport.is_reliable() {
        return (request, source);
    }
    // The stamp has put the source address where sent-by is another one.
    let port = request.via().and_then(|via| via.answer_port()).unwrap_or(source.transport.default_port());
    let answer = Hop { remote: SocketAddr::new(source.remote.ip(), port), ..source };
    (request, answer)
}
