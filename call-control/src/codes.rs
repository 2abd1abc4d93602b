//! What an agent says to us with keys while talking: pass the contact on, ask somebody, hold, park.
//!
//! Only keys of an agent's own leg are read: a caller's belong to the flow, or to whom they talk to. A code is read as it is
//! typed; what is typed after one that wants a number is that number, up to `#` or a pause, and the contact hears music meanwhile.

use crate::Call;
use ringdesk_model::{AgentId, OrderId, Pii, Timestamp};
use ringdesk_voice::{CallOrder, Digit, LegId, TransferMode, TransferOrder, TransferTo};
use std::time::Duration;

/// Keys in one code.
pub const LONGEST: usize = 4;
/// Keys of one code come so close together.
const TOGETHER: Duration = Duration::from_secs(2);
/// A number is over when nothing follows for so long.
const NUMBER_PAUSE: Duration = Duration::from_secs(4);
/// As long as a number may be.
const NUMBER: usize = 32;

/// A code of one to [`LONGEST`] keys; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCode([Option<Digit>; LONGEST]);

impl KeyCode {
    /// `None`: too long, or no keys of a telephone. An empty text is no code.
    pub fn new(text: &str) -> Option<KeyCode> {
        let mut code = KeyCode::default();
        if text.chars().count() > LONGEST {
            return None;
        }
        for (place, key) in code.0.iter_mut().zip(text.chars()) {
            *place = Some(Digit::new(key)?);
        }
        Some(code)
    }

    fn ends(self, typed: &[Digit]) -> bool {
        let code: Vec<Digit> = self.0.into_iter().flatten().collect();
        !code.is_empty() && typed.ends_with(&code)
    }
}

/// What agents may type while they talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// Then a number: the contact goes there.
    pub transfer: KeyCode,
    /// Then a number: ask there first. Hanging up passes the contact on.
    pub consult: KeyCode,
    /// Back to the contact.
    pub back: KeyCode,
    /// All three talk.
    pub merge: KeyCode,
    /// On, and off again.
    pub hold: KeyCode,
    pub park: KeyCode,
}

/// What an agent has typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    keys: Vec<Digit>,
    last: Timestamp,
    /// A number is being typed, for this.
    number: Option<TransferMode>,
}

impl Typed {
    /// A number that is not ended is over then.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.number.map(|_| self.last + NUMBER_PAUSE)
    }
}

impl Call {
    /// A key of somebody who talks. Nobody's but an agent's is read.
    pub(crate) fn types(&mut self, now: Timestamp, id: LegId, digit: Digit) {
        let Some(agent) = self.agent_at(id) else { return };
        let typed = self.typed.entry(id).or_default();
        if typed.number.is_none() && now > typed.last + TOGETHER {
            typed.keys.clear();
        }
        typed.last = now;
        match (typed.number, digit.key()) {
            (Some(_), '#') => return self.number_typed(now, id),
            (Some(_), '*') => return self.number_dropped(now, id), // thought better of it
            (Some(_), _) => {
                if typed.keys.len() < NUMBER {
                    typed.keys.push(digit);
                }
                return;
            }
            (None, _) => {
                if typed.keys.len() >= LONGEST {
                    typed.keys.remove(0);
                }
                typed.keys.push(digit);
            }
        }
        let codes = self.config.codes;
        let keys = typed.keys.clone();
        let is = |code: KeyCode| code.ends(&keys);
        let known =
            [codes.transfer, codes.consult, codes.back, codes.merge, codes.hold, codes.park].into_iter().any(is);
        if !known {
            return;
        }
        typed.keys.clear();
        let holds = self.part(id).is_some_and(|part| part.holds);
        if is(codes.transfer) {
            self.number_begins(now, id, agent, TransferMode::Blind);
        } else if is(codes.consult) {
            self.number_begins(now, id, agent, TransferMode::Consult);
        } else if is(codes.back) {
            self.typed_order(now, CallOrder::ReturnToContact { by: agent });
        } else if is(codes.merge) {
            self.typed_order(now, CallOrder::MergeConsultation { by: agent });
        } else if is(codes.hold) {
            self.typed_order(now, CallOrder::Hold { by: agent, on: !holds });
        } else {
            self.typed_order(now, CallOrder::Park { by: agent });
        }
    }

    /// Whose leg it is, of those who talk: also of one's own call, before anything was done with it.
    fn agent_at(&self, id: LegId) -> Option<AgentId> {
        let own = self.own.filter(|_| id == self.caller && self.parts() > 0);
        self.part(id).and_then(|part| part.agent).or(own)
    }

    fn number_begins(&mut self, now: Timestamp, id: LegId, agent: AgentId, mode: TransferMode) {
        self.turn_own(now);
        if self.free_part(agent).is_err() {
            return; // somebody is being called already
        }
        self.typed_order(now, CallOrder::Hold { by: agent, on: true });
        if let Some(typed) = self.typed.get_mut(&id) {
            typed.number = Some(mode);
        }
    }

    /// The number is whole.
    pub(crate) fn number_typed(&mut self, now: Timestamp, id: LegId) {
        let Some((mode, number)) = self.number_ends(now, id) else { return };
        let Some(by) = self.agent_at(id).filter(|_| !number.is_empty()) else { return };
        let to = TransferTo::Number(Pii::new(number));
        let transfer = self.ids.next(now);
        self.typed_order(now, CallOrder::Transfer(TransferOrder { transfer, by, to, mode, reason: None }));
    }

    fn number_dropped(&mut self, now: Timestamp, id: LegId) {
        self.number_ends(now, id);
    }

    fn number_ends(&mut self, now: Timestamp, id: LegId) -> Option<(TransferMode, String)> {
        let typed = self.typed.remove(&id)?;
        if let Some(by) = self.agent_at(id) {
            self.typed_order(now, CallOrder::Hold { by, on: false });
        }
        Some((typed.number?, typed.keys.iter().map(|digit| digit.key()).collect()))
    }

    /// As if it had been ordered; nobody waits for the reply.
    fn typed_order(&mut self, now: Timestamp, what: CallOrder) {
        let order: OrderId = self.ids.next(now);
        self.on_order(now, order, what);
        self.forget_reply(order);
    }
}
