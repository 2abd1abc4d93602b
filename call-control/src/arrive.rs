//! Telephones of agents that are at the door of a call that runs: to pick up who is parked or rings at a colleague, or to take a
//! colleague's place (RFC 3891). Routing is asked first; its offer brings the telephone along, and nothing else rings.

use crate::Call;
use crate::leg::{About, Leg, Signaling};
use crate::rung::Rings;
use crate::search::Purpose;
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{Arrival, CallEvent, Cause, LegCommand, LegId, OfferOrder, Outcome, Sdp, TransferTo};

impl Call {
    /// Offer to this agent, who is at the door: the telephone is answered and connected as if it had rung and been picked up.
    pub(crate) fn connect_arrival(&mut self, now: Timestamp, order: OrderId, offer: OfferOrder, arrival: Arrival) {
        let Arrival { leg, interface, profile, offer: described } = arrival;
        if self.over || self.legs.contains_key(&leg) {
            return self.done(order, Outcome::Refused("the call is over, or has this telephone already".into()));
        }
        self.legs.insert(leg, Box::new(Leg::new(Signaling::Early, interface, profile)));
        self.event(CallEvent::Adopted { leg });
        let whose = match self.for_whom(&offer) {
            Ok(whose) => whose,
            Err(why) => {
                self.hang_up(now, leg, Cause::Unreachable);
                return self.done(order, Outcome::Refused(why.into()));
            }
        };
        self.offered_to(&offer);
        self.ring_alone(now, whose, Rings::Offer(order, offer), leg);
        match described {
            Some(theirs) => self.answer_offer(now, leg, theirs, About::Adoption),
            None => self.make_offer(now, leg, About::Adoption),
        }
    }

    /// Our description for it is ready. `answers`: it had made an offer; else ours is one, and the ACK brings the answer.
    pub(crate) fn arrival_described(&mut self, now: Timestamp, id: LegId, sdp: Sdp, answers: bool) {
        let until = now + self.config.confirm;
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.signaling == Signaling::Early) else { return };
        leg.signaling = Signaling::Answered;
        leg.expects = (!answers).then_some((About::Adoption, until));
        self.leg_command(id, LegCommand::Answer { sdp });
        if answers {
            self.device_ready(now, id);
        }
    }

    /// The agent takes the place of whoever talks at this leg, once routing has reserved them. What rings there is routing's to
    /// give to somebody else.
    pub(crate) fn take_up(&mut self, now: Timestamp, order: OrderId, by: AgentId, leg: LegId) {
        if leg == self.caller {
            self.turn_own(now);
        }
        let why = self.rings_at(leg).and_then(|whose| self.ringings.get(&whose)).map(|ringing| &ringing.why);
        if let Some(Rings::Offer(_, offer)) = why {
            let agent = offer.agent;
            return self.done(order, Outcome::RingsFor(agent));
        }
        let obstacle = if self.ending.is_some() {
            Some("the call is over")
        } else if !self.is_part(leg) {
            Some("nobody talks there whose place could be taken")
        } else if self.search.is_some() {
            Some("somebody is being called for this contact already")
        } else if self.leg_of(by).is_some() {
            Some("this agent talks in this call already")
        } else {
            None
        };
        if let Some(why) = obstacle {
            return self.done(order, Outcome::Refused(why.into()));
        }
        self.begin_search(now, Purpose::TakeUp(leg), None, TransferTo::Agent(by));
        self.done(order, Outcome::Done);
    }

    /// They are here: the former one goes.
    pub(crate) fn place_taken(&mut self, now: Timestamp, former: LegId) {
        self.target_joins(now);
        if self.is_part(former) {
            self.let_go(now, former);
        }
    }
}
