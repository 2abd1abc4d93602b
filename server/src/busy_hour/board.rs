//! Which calls of the house are a busy hour's, and how they are: told by the exchange and by the calls themselves.

use ringdesk_model::{AgentId, CallId, ConversationId, OfferId};
use ringdesk_voice::CallEvent;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where a caller is. A person hears that; ours are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not yet answered, or somewhere in the flow.
    #[default]
    Flow,
    /// Asked to press a key.
    Menu,
    Waiting,
    Talking,
    /// After the tone.
    Message,
    Over,
}

/// So many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Calls that reached the house.
    pub(crate) came: u32,
    /// And are not over.
    pub(crate) running: u32,
    pub(crate) waiting: u32,
    /// Reached an agent, now or before.
    pub(crate) answered: u32,
    /// Left the queue before anybody answered.
    pub(crate) abandoned: u32,
    /// Messages that were left.
    pub(crate) messages: u32,
}

/// One per house. Empty, but for a busy hour.
#[derive(Default)]
pub(crate) struct Board {
    any: AtomicBool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By the Call-ID, which nobody can guess: who is told of it.
    expected: BTreeMap<String, watch::Sender<Phase>>,
    calls: BTreeMap<CallId, Call>,
    /// By which offer an agent has, or last had, a call of ours.
    parts: BTreeMap<AgentId, OfferId>,
}

struct Call {
    conversation: ConversationId,
    told: watch::Sender<Phase>,
    phase: Phase,
    answered: bool,
    abandoned: bool,
    message: bool,
}

impl Board {
    /// A call with this Call-ID will come. Forgotten with [`Board::clear`].
    pub(super) fn expect(&self, sip_call_id: String) -> watch::Receiver<Phase> {
        let (told, hears) = watch::channel(Phase::default());
        self.known().expected.insert(sip_call_id, told);
        self.any.store(true, Ordering::Release);
        hears
    }

    /// A call is at the door. True: it is one of ours.
    pub(crate) fn opened(&self, sip_call_id: &str, call: CallId, conversation: ConversationId) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let mut known = self.known();
        let Some(told) = known.expected.remove(sip_call_id) else { return false };
        let (phase, answered, abandoned, message) = Default::default();
        known.calls.insert(call, Call { conversation, told, phase, answered, abandoned, message });
        true
    }

    /// Of whatever call of the house.
    pub(crate) fn event(&self, call: CallId, event: &CallEvent) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let mut known = self.known();
        let Known { calls, parts, .. } = &mut *known;
        let Some(ours) = calls.get_mut(&call) else { return };
        let phase = match event {
            CallEvent::StepEntered { kind, .. } if kind == "menu" => Phase::Menu,
            CallEvent::StepEntered { .. } => Phase::Flow,
            CallEvent::Queued { .. } => Phase::Waiting,
            CallEvent::Bridged { agent: Some(agent), offer, .. } => {
                if let Some(offer) = offer {
                    parts.insert(*agent, *offer);
                }
                ours.answered = true;
                Phase::Talking
            }
            CallEvent::VoicemailStarted { .. } => Phase::Message,
            CallEvent::VoicemailEnded { discarded: None, .. } => {
                ours.message = true;
                Phase::Flow
            }
            CallEvent::Ended { .. } => {
                ours.abandoned = ours.phase == Phase::Waiting;
                Phase::Over
            }
            _ => return,
        };
        ours.phase = phase;
        ours.told.send_replace(phase);
    }

    /// Is this call one of ours? It never leaves the house.
    pub(crate) fn holds(&self, call: CallId) -> bool {
        self.any.load(Ordering::Acquire) && self.known().calls.contains_key(&call)
    }

    pub(super) fn part_of(&self, agent: AgentId) -> Option<OfferId> {
        self.known().parts.get(&agent).copied()
    }

    pub(super) fn tally(&self) -> Tally {
        let known = self.known();
        let count = |fits: fn(&Call) -> bool| known.calls.values().filter(|call| fits(call)).count() as u32;
        Tally {
            came: count(|_| true),
            running: count(|call| call.phase != Phase::Over),
            waiting: count(|call| call.phase == Phase::Waiting),
            answered: count(|call| call.answered),
            abandoned: count(|call| call.abandoned),
            messages: count(|call| call.message),
        }
    }

    pub(super) fn calls(&self) -> Vec<(CallId, ConversationId)> {
        self.known().calls.iter().map(|(id, call)| (*id, call.conversation)).collect()
    }

    /// It is over.
    pub(super) fn clear(&self) {
        *self.known() = Known::default();
        self.any.store(false, Ordering::Release);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};
    use ringdesk_voice::{Cause, EndedBy, LegId};

    #[test]
    fn a_call_is_ours_by_its_call_id_alone_and_counted_by_what_becomes_of_it() {
        let (board, mut ids, at) = (Board::default(), Ids::seeded(1), Timestamp(0));
        let mut id = || -> uuid::Uuid { ids.next(at) };
        let (call, other) = (CallId(id()), CallId(id()));
        assert!(!board.opened("a", other, ConversationId(id())));
        let told = board.expect("a".into());
        assert!(!board.opened("b", other, ConversationId(id())));
        assert!(board.opened("a", call, ConversationId(id())));
        assert!(!board.opened("a", other, ConversationId(id())), "a Call-ID is good for one call");
        assert!(board.holds(call) && !board.holds(other));

        let queue = ringdesk_model::QueueId(id());
        board.event(other, &CallEvent::Queued { work_item: id().into(), queue });
        assert_eq!(board.tally().waiting, 0);
        board.event(call, &CallEvent::Queued { work_item: id().into(), queue });
        assert_eq!((*told.borrow(), board.tally().waiting), (Phase::Waiting, 1));
        let (agent, offer) = (AgentId(id()), OfferId(id()));
        let (a, b) = (LegId(id()), LegId(id()));
        board.event(call, &CallEvent::Bridged { a, b, agent: Some(agent), offer: Some(offer) });
        assert_eq!(board.part_of(agent), Some(offer));
        board.event(call, &CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller });
        let tally = board.tally();
        assert_eq!((tally.came, tally.running, tally.answered, tally.abandoned), (1, 0, 1, 0));
        board.clear();
        assert!(!board.holds(call) && board.tally() == Tally::default());
    }
}
