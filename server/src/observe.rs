//! What happened in a call, told to those who keep books: legs and sound become the facts of `core/conversations`.

use ringdesk_conversations::{CallFact, SoundFigures, SoundParty};
use ringdesk_model::{OfferId, QueueId};
use ringdesk_voice::{CallEvent, LegId, LegQuality};
use std::collections::BTreeMap;

/// Follows one call. It remembers who is who, because facts name agents where events name legs.
#[derive(Debug, Default)]
pub struct Observer {
    queues: BTreeMap<OfferId, QueueId>,
    /// Everybody who takes part or took part, by leg.
    parties: BTreeMap<LegId, SoundParty>,
    /// Who talks with the caller.
    talking: Option<SoundParty>,
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
                let party = SoundParty::Agent { agent: *agent };
                self.parties.insert(*b, party);
                self.talking = Some(party);
                Some(CallFact::AgentJoined { offer: *offer, agent: *agent, queue: self.queues.get(offer).copied() })
            }
            CallEvent::Bridged { b, .. } => {
                self.parties.insert(*b, SoundParty::Callee);
                self.talking = Some(SoundParty::Callee);
                Some(CallFact::CalleeJoined)
            }
            CallEvent::Unbridged { .. } => self.talking.take().and_then(|party| match party {
                SoundParty::Agent { agent } => Some(CallFact::AgentLeft { agent }),
                SoundParty::Callee => Some(CallFact::CalleeLeft),
                SoundParty::Caller => None,
            }),
            CallEvent::Held { .. } => self.talking.map(|_| CallFact::Held),
            CallEvent::Resumed { .. } => self.talking.map(|_| CallFact::Resumed),
            CallEvent::Quality { leg, quality } => {
                let party = *self.parties.get(leg)?; // who only rang has no sound
                Some(CallFact::Sound { party, figures: figures(quality) })
            }
            CallEvent::Ended { cause, by } => {
                Some(CallFact::Ended { cause: cause.as_str().into(), by: by.as_str().into() })
            }
            // The call's opening carries it.
            CallEvent::Started { leg, .. } => {
                self.parties.insert(*leg, SoundParty::Caller);
                None
            }
            // Where a message lies, the recordings know.
            CallEvent::VoicemailStarted { .. } | CallEvent::VoicemailEnded { .. } => None,
            // Matters of the line, not of the books.
            CallEvent::DigitPressed { .. }
            | CallEvent::Collected { .. }
            | CallEvent::Dialled { .. }
            | CallEvent::Ringing { .. }
            | CallEvent::Muted { .. }
            | CallEvent::Unmuted { .. }
            | CallEvent::Transferring { .. }
            | CallEvent::TransferEnded { .. }
            | CallEvent::Supervised { .. }
            | CallEvent::SupervisionEnded { .. }
            | CallEvent::Parked { .. }
            | CallEvent::Retrieved { .. }
            | CallEvent::Adopted { .. }
            | CallEvent::Released { .. }
            | CallEvent::SoundLost { .. }
            | CallEvent::LegEnded { .. } => None,
        }
    }
}

/// Fractions become whole numbers of a smaller unit: books are compared and summed.
fn figures(quality: &LegQuality) -> SoundFigures {
    let whole = |value: f32, unit: f32| (value.max(0.0) * unit).round() as u64;
    SoundFigures {
        codec: quality.codec.clone(),
        received_packets: quality.received_packets,
        sent_packets: quality.sent_packets,
        lost_packets: quality.lost_packets,
        jitter_us: whole(quality.jitter_ms, 1_000.0),
        round_trip_us: quality.rtt_ms.map(|ms| whole(ms, 1_000.0)),
        remote_loss_ppm: quality.remote_loss.map(|fraction| whole(fraction, 1_000_000.0)),
        mos_hundredths: quality.mos.map(|mos| whole(mos, 100.0) as u16),
    }
}
