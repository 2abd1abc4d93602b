//! No recording, no call: before the caller is answered, and before anybody is bridged, the house says whether it records.
//!
//! What waits for that word waits in silence: the caller is not answered, two who have picked up do not hear each other.

use crate::{Call, Output};
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Answer, Cause, EndedBy, LegId, Question};

/// What waits for the house's word.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    ask: AskId,
    pub(crate) until: Timestamp,
    /// What was asked: may two hear each other.
    bridge: bool,
    /// The caller is to be answered by the flow.
    answers: bool,
    /// Devices that have picked up, in their order; the first that is still there is bridged.
    ready: Vec<LegId>,
}

impl Call {
    pub(crate) fn is_gate(&self, ask: AskId) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.ask == ask)
    }

    /// The caller is to be answered. False: that has to wait.
    pub(crate) fn may_answer(&mut self, now: Timestamp) -> bool {
        if !self.config.recorded {
            return true;
        }
        match &mut self.gate {
            Some(gate) => gate.answers = true,
            None => self.ask_house(now, false, None),
        }
        false
    }

    /// This device is to be bridged. False: that has to wait.
    pub(crate) fn may_bridge(&mut self, now: Timestamp, id: LegId) -> bool {
        if !self.config.recorded {
            return true;
        }
        match &mut self.gate {
            Some(gate) => gate.ready.push(id),
            None => self.ask_house(now, true, Some(id)),
        }
        false
    }

    /// The house has spoken, or has not said anything in time.
    pub(crate) fn gate_opens(&mut self, now: Timestamp, answer: Option<Answer>) {
        let Some(gate) = self.gate.take() else { return };
        if answer != Some(Answer::Recording) {
            if answer.is_none() {
                self.put(Output::Cancel(gate.ask));
            }
            return self.end(now, Cause::Congestion, EndedBy::System);
        }
        if gate.answers {
            self.answer_now(now);
        }
        for id in gate.ready {
            match gate.bridge {
                true => self.connect(now, id),
                false => self.device_ready(now, id), // it picked up while only the answer was asked for
            }
        }
    }

    /// The call ends: nobody waits any more.
    pub(crate) fn forget_gate(&mut self) {
        if let Some(gate) = self.gate.take() {
            self.put(Output::Cancel(gate.ask));
        }
    }

    fn ask_house(&mut self, now: Timestamp, bridge: bool, ready: Option<LegId>) {
        let ask: AskId = self.ids.next(now);
        let until = now + self.config.answer;
        self.gate = Some(Gate { ask, until, bridge, answers: !bridge, ready: ready.into_iter().collect() });
        self.put(Output::Ask(ask, Question::Connect { bridge }));
    }
}
