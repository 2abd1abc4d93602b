//! What happened in a call, told to those who keep books: legs and sound become the facts of `core/conversations`.

use ringdesk_conversations::CallFact;
use ringdesk_model::{AgentId, OfferId, QueueId};
use ringdesk_voice::{CallEvent, LegId};
use std::collections::BTreeMap;

/// Follows one call. It remembers who is who, because facts name agents where events name legs.
#[derive(Debug, Default)]
pub struct Observer {
    queues: BTreeMap<OfferId, QueueId>,
    /// The agent who talks, and on which leg.
    talking: Option<(AgentId, LegId)>,
}

impl Observer {
    /// The fact in this event, if it is one for the books.
    pub fn fact(&mut self, event: &CallEvent) -> Option<CallFact> {
        match event {
            CallEvent::Answered { .. } => Some(CallFact::Answered),
            CallEvent::StepEntered { step, kind } => {
                Some(CallFact::StepEntered { step: step.clone(), kind: kind.clone() })
            }
            CallEvent::Queued { work_item, queue } => Some(CallFact::Queued { work_item: *work_item, queue: *queue }),
            CallEvent::LeftQueue { work_item, outcome } => {
                Some(CallFact::LeftQueue { work_item: *work_item, outcome: *outcome })
            }
            CallEvent::Offered { offer, agent, queue, .. } => {
                self.queues.insert(*offer, *queue);
                Some(CallFact::Offered { offer: *offer, agent: *agent, queue: *queue })
            }
            CallEvent::OfferEnded { offer, agent, outcome } => {
                Some(CallFact::OfferEnded { offer: *offer, agent: *agent, outcome: outcome.as_str().into() })
            }
            CallEvent::Bridged { b, agent: Some(agent), offer: Some(offer), .. } => {
                self.talking = Some((*agent, *b));
                Some(CallFact::AgentJoined { offer: *offer, agent: *agent, queue: self.queues.get(offer).copied() })
            }
            CallEvent::Unbridged { .. } => self.talking.take().map(|(agent, _)| CallFact::AgentLeft { agent }),
            CallEvent::Held { .. } => self.talking.map(|_| CallFact::Held),
            CallEvent::Resumed { .. } => self.talking.map(|_| CallFact::Resumed),
            CallEvent::Ended { cause, by } => {
                Some(CallFact::Ended { cause: cause.as_str().into(), by: by.as_str().into() })
            }
            // The call's opening carries it.
            CallEvent::Started { .. } => None,
            // Matters of the line, not of the books.
            CallEvent::DigitPressed { .. }
            | CallEvent::Collected { .. }
            | CallEvent::Dialled { .. }
            | CallEvent::Ringing { .. }
            | CallEvent::Bridged { .. }
            | CallEvent::SoundLost { .. }
            | CallEvent::LegEnded { .. }
            | CallEvent::Quality { .. } => None,
        }
    }
}
