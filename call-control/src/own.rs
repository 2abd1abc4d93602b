//! A call that begins here: an agent makes it, from one of their telephones or by an order (then their own devices ring first), or
//! the house calls a contact.

use crate::leg::Signaling;
use crate::rung::Rings;
use crate::{Call, Config, FlowFact};
use ringdesk_model::{AgentId, Ids, Timestamp};
use ringdesk_voice::{CallEvent, Cause, EndedBy, IncomingCall, LegId, OfferOutcome, Origin, Party, Target};
use std::time::Duration;

/// An agent wants to call somebody.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Stands for the agent's leg until a device has answered: each that rings is a leg of its own.
    pub leg: LegId,
    pub agent: AgentId,
    /// The agent's devices, or one of them.
    pub target: Target,
    pub ring_for: Duration,
    /// Shown on them.
    pub shown: Party,
    /// Shown to whom is called.
    pub from: Party,
    pub to: Party,
    pub origin: Origin,
}

/// The house calls somebody of its own accord.
#[derive(Clone, Debug)]
pub struct Contacted {
    /// Stands for the contact's leg until they have answered: each way to them that is tried is a leg of its own.
    pub leg: LegId,
    pub target: Target,
    pub ring_for: Duration,
    /// Shown to them.
    pub from: Party,
    /// Shown to whoever talks with them.
    pub to: Party,
    pub origin: Origin,
}

impl Call {
    /// A call of which nobody is at the door, and that is nobody's own. When the flow answers the caller the contact is called; they
    /// are the caller from then on.
    pub fn to_contact(now: Timestamp, ids: Ids, wanted: Contacted, config: Config) -> Call {
        let Contacted { leg, target, ring_for, from, to, origin } = wanted;
        let mut call = Call::bare(now, ids, leg, to.clone(), config);
        call.begins = Some(Rings::Own(target, from.clone(), ring_for));
        call.event(CallEvent::Started { leg, from, to, origin });
        call.fact(FlowFact::Started);
        call
    }

    /// A call of which nobody is at the door. When the flow answers the caller the agent's devices ring; the one that answers is
    /// the caller's.
    pub fn outgoing(now: Timestamp, ids: Ids, wanted: Outgoing, config: Config) -> Call {
        let Outgoing { leg, agent, target, ring_for, shown, from, to, origin } = wanted;
        let mut call = Call::bare(now, ids, leg, from.clone(), config);
        call.begins = Some(Rings::Own(target, shown, ring_for));
        call.event(CallEvent::Started { leg, from, to, origin });
        call.fact(FlowFact::Started);
        call.of_agent(agent)
    }

    /// A call at the door is this agent's own: he may pass on whom he has called, and all that.
    pub fn of_agent(mut self, agent: AgentId) -> Call {
        self.own = Some(agent);
        self
    }

    /// The agent has picked up, on this device, or the contact whom the house has called.
    pub(crate) fn own_answered(&mut self, leg: LegId) {
        self.caller = leg;
        self.event(CallEvent::Answered { leg });
        self.fact(FlowFact::CallerAnswered);
    }

    /// No device of the agent's was answered, nor the contact's telephone.
    pub(crate) fn own_unanswered(&mut self, now: Timestamp, outcome: OfferOutcome) {
        let cause = match outcome {
            OfferOutcome::Busy => Cause::Busy,
            OfferOutcome::Declined => Cause::Declined,
            OfferOutcome::NoAnswer => Cause::NoAnswer,
            OfferOutcome::Unreachable => Cause::Unreachable,
            OfferOutcome::CallerLeft | OfferOutcome::Superseded => Cause::Cancelled,
            OfferOutcome::Accepted | OfferOutcome::Failed => Cause::InternalFailure,
        };
        self.end(now, cause, if self.own.is_some() { EndedBy::Agent } else { EndedBy::Callee });
    }

    /// What came in; media is asked about its offer at once.
    pub(crate) fn at_the_door(now: Timestamp, ids: Ids, incoming: &IncomingCall, config: Config) -> Call {
        let mut call = Call::bare(now, ids, incoming.leg, incoming.from.clone(), config);
        call.hops = Some(incoming.hops);
        let leg = crate::leg::Leg::new(Signaling::Early, incoming.interface, incoming.profile.clone());
        call.legs.insert(incoming.leg, Box::new(leg));
        call.late_offer = incoming.offer.is_none();
        call.offers_early = call.late_offer && incoming.reliable;
        call
    }
}
