//! A call at the door: may it come in, and what becomes of it; and who is told that there is no room.

use super::Core;
use crate::core::address::NameAddr;
use crate::core::headers::Name;
use crate::core::leg::session::agree;
use crate::core::leg::{Leg, unusable_body};
use crate::core::message::Message;
use crate::core::output::Counter;
use crate::core::replaces::Replaces;
use crate::core::stack::Inbound;
use crate::core::uri::Uri;
use ringdesk_voice::{LegId, Origin};

impl Core {
    /// A call at the door.
    pub(super) fn invite(&mut self, inbound: Inbound, emergency: bool) {
        let request = inbound.message;
        // Before anything is looked at: it has to cost as little as can be.
        if !emergency && self.shedding {
            self.stack.count(Counter::Shed);
            return self.retry_later(inbound);
        }
        let trunk = self.stack.trunk_at(inbound.source.remote.ip(), "").is_some();
        if !emergency && !trunk && self.is_full_for_strangers() {
            return self.overloaded(inbound);
        }
        let origin = match self.guest(inbound) {
            Some(guest) => guest,
            None => match self.admission.caller(&mut self.stack, inbound) {
                Ok(origin) => origin,
                Err(refusal) => return self.turn_away_for(inbound, refusal),
            },
        };
        if !emergency {
            if self.draining {
                self.stack.count(Counter::Drained);
                return self.retry_later(inbound);
            }
            let limits = self.stack.wire.setup.limits;
            let full = self.legs.len() >= limits.legs || self.calls.len() >= limits.calls;
            if full || self.stack.transactions.len() >= limits.transactions {
                return self.overloaded(inbound);
            }
        }
        if unusable_body(request) {
            let more = [(Name::Accept, "application/sdp"), (Name::AcceptEncoding, "identity")];
            return self.reject(inbound, 415, &more);
        }
        if let Err(small) = agree(self.stack.wire.setup.session, request) {
            return self.reject(inbound, 422, &[(Name::MinSe, &small.min.to_string())]);
        }
        let replaces = match self.to_be_replaced(request, &origin) {
            Ok(replaces) => replaces,
            Err(status) => return self.reject(inbound, status, &[]),
        };
        let id: LegId = self.ids.next(self.stack.wire.now);
        if let Origin::Trunk(trunk) = &origin
            && let Err(full) = self.stack.take_place(id, *trunk, request, emergency)
        {
            let (status, reason) = full.refusal();
            let after = self.stack.wire.setup.limits.retry_after.to_string();
            let more = [reason, (Name::RetryAfter, after.as_str())];
            return self.turn_away(inbound, status, if status == 503 { &more } else { &more[..1] });
        }
        let (extension, device) = match &origin {
            Origin::Extension(user) => {
                (Some(user.clone()), self.admission.device_over(&inbound.source, None, Some(user)))
            }
            Origin::Trunk(_) | Origin::Guest(_) => (None, None),
        };
        match Leg::incoming(&mut self.stack, id, inbound, origin, replaces) {
            Some(mut leg) => {
                leg.is_of(extension, device);
                self.legs.insert(id, Box::new(leg));
                self.calls.insert(id);
                self.note(id);
            }
            None => {
                self.stack.places.release(id);
                self.stack.count(Counter::Rejected);
                self.turn_away_saying(inbound, 400, Some("Missing Contact"), &[]);
            }
        }
    }

    /// Whoever calls by a ticket.
    fn guest(&mut self, inbound: Inbound) -> Option<Origin> {
        let called = Uri::parse(inbound.message.uri()).ok()?.user()?.into_owned();
        let is_expected = self.guests.admit(self.stack.wire.now, &inbound.source, &called);
        is_expected.then_some(Origin::Guest(called))
    }

    /// The leg that is meant, or why it cannot be replaced (RFC 3891 §3).
    pub(super) fn replaced(&self, replaces: &Replaces) -> Result<LegId, u16> {
        let id = self.stack.leg_of(&replaces.to_tag).ok_or(481_u16)?;
        self.legs.get(&id).ok_or(481_u16)?.may_be_replaced(replaces)?;
        Ok(id)
    }

    /// The leg that this INVITE takes the place of. Only who has proven who it is may do that.
    pub(super) fn to_be_replaced(&self, invite: &Message, origin: &Origin) -> Result<Option<LegId>, u16> {
        let Some(replaces) = Replaces::of_invite(invite)? else { return Ok(None) };
        let leg = self.replaced(&replaces)?;
        match origin {
            Origin::Extension(_) => Ok(Some(leg)),
            Origin::Trunk(_) | Origin::Guest(_) => Err(403),
        }
    }

    /// A device has registered: its calls come along over its new connection.
    pub(super) fn rebind(&mut self, registered: Inbound) {
        let hop = registered.source;
        for contact in registered.message.headers.all(&Name::Contact).filter_map(NameAddr::parse) {
            let Some(device) = self.admission.device_over(&hop, Some(&contact.uri), None) else { continue };
            for leg in self.flows.of(&device) {
                self.with_leg(leg, |leg, stack| leg.rebind(stack, hop, &contact.uri));
            }
        }
    }

    pub(super) fn is_full_for_strangers(&self) -> bool {
        self.stack.transactions.len() >= self.stack.wire.setup.limits.transactions / 2
    }

    pub(super) fn overloaded(&mut self, inbound: Inbound) {
        self.stack.count(Counter::Overloaded);
        self.retry_later(inbound);
    }

    pub(super) fn retry_later(&mut self, inbound: Inbound) {
        let after = self.stack.wire.setup.limits.retry_after.to_string();
        self.turn_away(inbound, 503, &[(Name::RetryAfter, &after)]);
    }
}
