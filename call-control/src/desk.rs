//! What an agent does to the talk he is in: hold, mute, keys, leaving it.

use crate::Call;
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{CallEvent, Digit, LegId, Outcome};

/// Keys one order may press.
const KEYS: usize = 64;

impl Call {
    pub(crate) fn hold(&mut self, order: OrderId, by: AgentId, on: bool) {
        match self.talking_leg(by) {
            Ok(leg) if self.is_away(leg) && self.peers(leg).is_empty() => {
                self.done(order, Outcome::Refused("the agent is waiting for somebody to answer".into()));
            }
            Ok(leg) => {
                if let Some(part) = self.part_mut(leg) {
                    part.holds = on;
                }
                self.done(order, Outcome::Done);
            }
            Err(why) => self.done(order, Outcome::Refused(why.into())),
        }
    }

    pub(crate) fn mute(&mut self, order: OrderId, by: AgentId, on: bool) {
        match self.talking_leg(by) {
            Ok(leg) => {
                if let Some(part) = self.part_mut(leg)
                    && std::mem::replace(&mut part.muted, on) != on
                {
                    self.event(if on { CallEvent::Muted { leg } } else { CallEvent::Unmuted { leg } });
                }
                self.done(order, Outcome::Done);
            }
            Err(why) => self.done(order, Outcome::Refused(why.into())),
        }
    }

    /// The agent goes, the others talk on.
    pub(crate) fn leave(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        let obstacle = match self.free_part(by) {
            Ok(_) if self.parts() < 2 => Some("the contact would be alone; transfer or hang up instead"),
            Ok(leg) => {
                self.let_go(now, leg);
                None
            }
            Err(why) => Some(why),
        };
        self.done(order, obstacle.map_or(Outcome::Done, |why| Outcome::Refused(why.into())));
    }

    pub(crate) fn press_keys(&mut self, order: OrderId, by: AgentId, keys: Vec<Digit>) {
        let others = match self.talking_leg(by) {
            Ok(_) if keys.is_empty() || keys.len() > KEYS => Err("between 1 and 64 keys can be pressed at once"),
            Ok(leg) => Ok(self.peers(leg)),
            Err(why) => Err(why),
        };
        match others {
            Ok(others) if others.is_empty() => {
                self.done(order, Outcome::Refused("the agent talks to nobody".into()));
            }
            Ok(others) => {
                for leg in others {
                    let by_info = self.legs.get(&leg).is_some_and(|l| l.takes_keys_by_info());
                    self.press(leg, keys.clone(), by_info);
                }
                self.done(order, Outcome::Done);
            }
            Err(why) => self.done(order, Outcome::Refused(why.into())),
        }
    }

    fn talking_leg(&self, by: AgentId) -> Result<LegId, &'static str> {
        match self.ending {
            Some(_) => Err("the call is over"),
            None => self.leg_of(by).ok_or("this agent does not talk in this call"),
        }
    }
}
