//! A supervisor in an agent's talk: listens, whispers, speaks to all, takes over. Who hears whom then, `hearing` says.

use crate::Call;
use crate::rung::{For, Rings};
use crate::talk::Part;
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{CallEvent, Cause, LegId, OfferOutcome, Outcome, SuperviseOrder, SupervisionMode};

/// Supervisors one call has room for.
const SUPERVISORS: usize = 4;

#[derive(Clone, Debug)]
pub(crate) struct Supervision {
    /// Whose talk.
    pub(crate) of: AgentId,
    pub(crate) mode: SupervisionMode,
    /// `None`: the supervisor's telephones ring.
    pub(crate) leg: Option<LegId>,
}

impl Call {
    pub(crate) fn supervise(&mut self, now: Timestamp, order: OrderId, wanted: SuperviseOrder) {
        let SuperviseOrder { supervisor, target, of, mode } = wanted;
        let known = self.supervisions.contains_key(&supervisor);
        let obstacle = if self.ending.is_some() {
            Some("the call is over")
        } else if self.leg_of(of).is_none() {
            Some("this agent does not talk in this call")
        } else if self.leg_of(supervisor).is_some() {
            Some("the supervisor takes part in this call")
        } else if !known && self.supervisions.len() >= SUPERVISORS {
            Some("this call has as many supervisors as it can have")
        } else {
            None
        };
        if let Some(why) = obstacle {
            return self.done(order, Outcome::Refused(why.into()));
        }
        match self.supervisions.get_mut(&supervisor) {
            Some(supervision) => {
                (supervision.of, supervision.mode) = (of, mode);
                if let Some(leg) = supervision.leg {
                    self.event(CallEvent::Supervised { leg, supervisor, of, mode });
                }
            }
            None => {
                self.supervisions.insert(supervisor, Supervision { of, mode, leg: None });
                let ring_for = self.config.transfer_ring;
                self.reach(now, For::Supervisor(supervisor), Rings::Target(target, ring_for));
            }
        }
        self.done(order, Outcome::Done);
    }

    pub(crate) fn stop_supervising(&mut self, now: Timestamp, order: OrderId, supervisor: AgentId) {
        if !self.supervisions.contains_key(&supervisor) {
            return self.done(order, Outcome::Refused("this supervisor is not in this call".into()));
        }
        self.supervision_stops(now, supervisor);
        self.done(order, Outcome::Done);
    }

    /// The supervisor's leg becomes a part of the talk, the agent's goes.
    pub(crate) fn take_over(&mut self, now: Timestamp, order: OrderId, supervisor: AgentId) {
        let watched = self.supervisions.get(&supervisor).map(|s| (s.of, s.leg));
        let obstacle = match watched {
            None | Some((_, None)) => Some("this supervisor is not in this call"),
            Some((of, Some(leg))) => match self.free_part(of) {
                Ok(agent) => {
                    self.supervisions.remove(&supervisor);
                    // First the part: nobody takes the supervisor for free in between.
                    self.join(leg, Part { agent: Some(supervisor), ..Part::default() });
                    self.event(CallEvent::SupervisionEnded { supervisor, of, failed: None });
                    self.let_go(now, agent);
                    None
                }
                Err(why) => Some(why),
            },
        };
        self.done(order, obstacle.map_or(Outcome::Done, |why| Outcome::Refused(why.into())));
    }

    /// The supervisor has picked up.
    pub(crate) fn supervisor_in(&mut self, now: Timestamp, supervisor: AgentId, leg: LegId) {
        match self.supervisions.get_mut(&supervisor) {
            Some(supervision) => {
                supervision.leg = Some(leg);
                let (of, mode) = (supervision.of, supervision.mode);
                self.event(CallEvent::Supervised { leg, supervisor, of, mode });
            }
            None => self.hang_up(now, leg, Cause::Normal),
        }
    }

    /// The supervisor's telephones did not come in.
    pub(crate) fn supervisor_unreached(&mut self, supervisor: AgentId, outcome: OfferOutcome) {
        if let Some(Supervision { of, .. }) = self.supervisions.remove(&supervisor) {
            self.event(CallEvent::SupervisionEnded { supervisor, of, failed: Some(outcome) });
        }
    }

    /// A leg has ended; true, if it was a supervisor's.
    pub(crate) fn supervisor_left(&mut self, id: LegId) -> bool {
        let found =
            self.supervisions.iter().find(|(_, s)| s.leg == Some(id)).map(|(supervisor, s)| (*supervisor, s.of));
        let Some((supervisor, of)) = found else { return false };
        self.supervisions.remove(&supervisor);
        self.event(CallEvent::SupervisionEnded { supervisor, of, failed: None });
        true
    }

    /// This agent's part is over, and with it everything that was to be heard of it.
    pub(crate) fn nothing_to_supervise(&mut self, now: Timestamp, of: AgentId) {
        let over: Vec<AgentId> = self.supervisions.iter().filter(|(_, s)| s.of == of).map(|(id, _)| *id).collect();
        for supervisor in over {
            self.supervision_stops(now, supervisor);
        }
    }

    pub(crate) fn supervisions_end(&mut self, now: Timestamp) {
        let all: Vec<AgentId> = self.supervisions.keys().copied().collect();
        for supervisor in all {
            self.supervision_stops(now, supervisor);
        }
    }

    fn supervision_stops(&mut self, now: Timestamp, supervisor: AgentId) {
        match self.supervisions.get(&supervisor).map(|s| s.leg) {
            Some(Some(leg)) => {
                self.supervisor_left(leg);
                self.hang_up(now, leg, Cause::Normal);
            }
            Some(None) => {
                // Its end takes the supervision away.
                self.stop_ringing(now, For::Supervisor(supervisor), OfferOutcome::Superseded, Cause::Cancelled);
                self.supervisor_unreached(supervisor, OfferOutcome::Superseded);
            }
            None => {}
        }
    }
}
