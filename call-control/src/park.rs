//! Parking: the contact hears music, everybody else is free, until somebody picks the contact up.

use crate::Call;
use crate::search::Purpose;
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{CallEvent, Outcome, TransferTo};

#[derive(Clone, Debug)]
pub(crate) struct Parked {
    by: AgentId,
    /// Then it is brought back.
    pub(crate) until: Timestamp,
}

impl Call {
    pub(crate) fn park(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        let obstacle = match self.free_part(by) {
            Ok(_) if self.parts() > 1 => Some("others are in this talk; leave it instead"),
            Ok(leg) => {
                self.parked = Some(Parked { by, until: now + self.config.park });
                self.let_go(now, leg);
                self.event(CallEvent::Parked { by });
                None
            }
            Err(why) => Some(why),
        };
        self.done(order, obstacle.map_or(Outcome::Done, |why| Outcome::Refused(why.into())));
    }

    pub(crate) fn retrieve(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        let obstacle = if self.ending.is_some() {
            Some("the call is over")
        } else if self.parked.is_none() {
            Some("the contact is not parked")
        } else if self.search.is_some() {
            Some("somebody is picking the contact up already")
        } else {
            None
        };
        if let Some(why) = obstacle {
            return self.done(order, Outcome::Refused(why.into()));
        }
        self.begin_search(now, Purpose::Retrieve(by), None, TransferTo::Agent(by));
        self.done(order, Outcome::Done);
    }

    /// Nobody has picked it up.
    pub(crate) fn parked_long_enough(&mut self, now: Timestamp) {
        if let Some(by) = self.parked.as_ref().map(|parked| parked.by) {
            self.bring_back(now, Some(by));
        }
    }
}
