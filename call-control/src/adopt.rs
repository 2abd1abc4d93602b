//! Legs that change calls (attended transfer by telephone, RFC 5589 §7; RFC 3891): one call lets its leg go without hanging it
//! up, the other takes it over and describes its sound anew.

use crate::leg::{About, Leg, Signaling};
use crate::rung::{For, Rings};
use crate::{Call, FlowFact};
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{CallEvent, Cause, EndedBy, InterfaceId, LegId, MediaCommand, Outcome, Profile};

impl Call {
    /// Another call takes over whom this leg talks to.
    pub(crate) fn release(&mut self, now: Timestamp, order: OrderId, leg: LegId) {
        let partner = self.partner(leg).filter(|_| self.parts() == 1 && self.search.is_none() && self.ending.is_none());
        let described = |id: &LegId| {
            self.legs
                .get(id)
                .filter(|l| l.signaling == Signaling::Answered && l.exchange.is_none() && l.expects.is_none())
        };
        let Some((partner, Leg { interface, profile, extension, .. })) =
            partner.and_then(|id| described(&id).map(|leg| (id, Leg::clone(leg))))
        else {
            return self.done(order, Outcome::Refused("this leg talks to nobody who could be taken over".into()));
        };
        let Some(part) = self.talk.as_ref().and_then(|talk| talk.parts.keys().next().copied()) else { return };
        self.take_out(now, part);
        self.media_command(MediaCommand::Close { leg: partner });
        self.legs.remove(&partner);
        self.event(CallEvent::Released { leg: partner });
        self.done(order, Outcome::Released { leg: partner, interface, profile, extension });
        self.end(now, Cause::Normal, EndedBy::Order);
    }

    /// It is ours now. Media has to make us an offer for it, and its party to answer that, before anybody hears it.
    pub(crate) fn adopt(
        &mut self,
        now: Timestamp,
        id: LegId,
        interface: InterfaceId,
        profile: Profile,
        agent: Option<AgentId>,
    ) {
        if self.legs.contains_key(&id) {
            return self.search_failed(now, ringdesk_voice::TransferOutcome::Failed);
        }
        self.legs.insert(id, Box::new(Leg::new(Signaling::Answered, interface, profile)));
        self.event(CallEvent::Adopted { leg: id });
        self.ring_alone(now, For::Search, Rings::Adopted(agent), id);
        self.make_offer(now, id, About::Adoption);
    }

    /// What the flow is to know. Nothing, when there is none.
    pub(crate) fn fact(&mut self, fact: FlowFact) {
        if !self.flowless {
            self.put(crate::Output::Flow(fact));
        }
    }
}
