//! What happened in a call, told to those who keep books: legs and sound become the facts of `core/conversations`.

use ringdesk_conversations::{CallFact, SoundFigures, SoundParty, TransferTarget};
use ringdesk_model::{AgentId, OfferId, Pii, QueueId};
use ringdesk_voice::{CallEvent, LegId, LegQuality, TransferTo};
use std::collections::{BTreeMap, BTreeSet};

/// Follows one call. It remembers who is who, because facts name agents where events name legs.
#[derive(Debug, Default)]
pub struct Observer {
    queues: BTreeMap<OfferId, QueueId>,
    /// Everybody who takes part or took part, by leg.
    parties: BTreeMap<LegId, SoundParty>,
    /// The contact's leg.
    contact: Option<LegId>,
    /// Who talks with the contact.
    talking: BTreeSet<LegId>,
    /// Agents who talk only with the colleague who asked them.
    consulted: BTreeSet<LegId>,
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
            CallEvent::Bridged { a, b, agent, offer } => self.bridged(*a, *b, *agent, *offer),
            CallEvent::Unbridged { b, .. } => self.left(*b),
            CallEvent::Held { leg } => self.takes_part(*leg).then(|| CallFact::Held { agent: self.agent(*leg) }),
            CallEvent::Resumed { leg } => self.takes_part(*leg).then(|| CallFact::Resumed { agent: self.agent(*leg) }),
            CallEvent::Muted { leg } => Some(CallFact::Muted { agent: self.agent(*leg)? }),
            CallEvent::Unmuted { leg } => Some(CallFact::Unmuted { agent: self.agent(*leg)? }),
            CallEvent::Transferring { transfer, leg, by, to, mode, reason } => Some(CallFact::Transferring {
                transfer: *transfer,
                by: by.or_else(|| self.agent(*leg)),
                target: target(to),
                mode: mode.as_str().into(),
                reason: reason.clone(),
            }),
            CallEvent::TransferEnded { transfer, outcome, waited_ms, leg } => Some(CallFact::TransferEnded {
                transfer: *transfer,
                outcome: outcome.as_str().into(),
                waited_ms: *waited_ms,
                agent: leg.and_then(|leg| self.agent(leg)),
            }),
            CallEvent::Supervised { leg, supervisor, of, mode } => {
                self.parties.insert(*leg, SoundParty::Agent { agent: *supervisor });
                Some(CallFact::Supervised { supervisor: *supervisor, of: *of, mode: mode.as_str().into() })
            }
            CallEvent::SupervisionEnded { supervisor, of, failed } => Some(CallFact::SupervisionEnded {
                supervisor: *supervisor,
                of: *of,
                failed: failed.map(|why| why.as_str().into()),
            }),
            CallEvent::Reconnecting { agent, .. } => Some(CallFact::AgentLost { agent: *agent }),
            CallEvent::Reconnected { leg, was, agent } => {
                self.moves(*was, *leg);
                Some(CallFact::AgentBack { agent: *agent })
            }
            CallEvent::NotReconnected { agent, .. } => Some(CallFact::AgentGone { agent: *agent }),
            CallEvent::Parked { by } => Some(CallFact::Parked { agent: *by }),
            CallEvent::Retrieved { by, .. } => Some(CallFact::Retrieved { agent: *by }),
            CallEvent::Quality { leg, quality } => {
                let party = *self.parties.get(leg)?; // who only rang has no sound
                Some(CallFact::Sound { party, figures: figures(quality) })
            }
            CallEvent::SoundPoor { leg, one_way, quality } => {
                let party = *self.parties.get(leg)?;
                metrics::counter!("calls_sound_poor_total", "one_way" => one_way.to_string()).increment(1);
                Some(CallFact::SoundPoor { party, one_way: *one_way, figures: figures(quality) })
            }
            CallEvent::SoundRecovered { leg, quality } => {
                let party = *self.parties.get(leg)?;
                Some(CallFact::SoundRecovered { party, figures: figures(quality) })
            }
            // Whoever was only asked left when their telephone did.
            CallEvent::LegEnded { leg, .. } | CallEvent::Released { leg } => {
                let agent = self.agent(*leg).filter(|_| self.consulted.remove(leg));
                agent.map(|agent| CallFact::AgentLeft { agent })
            }
            CallEvent::Ended { cause, by } => {
                Some(CallFact::Ended { cause: cause.as_str().into(), by: by.as_str().into() })
            }
            // The call's opening carries it.
            CallEvent::Started { leg, .. } => {
                self.parties.insert(*leg, SoundParty::Caller);
                self.contact = Some(*leg);
                None
            }
            CallEvent::Rated { stars } => Some(CallFact::Rated { stars: *stars }),
            // Where a message lies, the recordings know.
            CallEvent::VoicemailStarted { .. } | CallEvent::VoicemailEnded { .. } => None,
            // Matters of the line, not of the books.
            CallEvent::DigitPressed { .. }
            | CallEvent::Collected { .. }
            | CallEvent::Dialled { .. }
            | CallEvent::Ringing { .. }
            | CallEvent::Inherited { .. }
            | CallEvent::Adopted { .. }
            | CallEvent::SoundLost { .. }
            | CallEvent::Sounds { .. } => None,
        }
    }

    /// `a`: the contact, or the agent who asks somebody.
    fn bridged(&mut self, a: LegId, b: LegId, agent: Option<AgentId>, offer: Option<OfferId>) -> Option<CallFact> {
        let with_contact = self.contact == Some(a) || !self.parties.contains_key(&a);
        let Some(agent) = agent else {
            self.parties.insert(b, SoundParty::Callee);
            // Outsiders are counted together: the first who joins, the last who leaves.
            let first = with_contact && self.talking.insert(b) && self.outsiders() == 1;
            return first.then_some(CallFact::CalleeJoined);
        };
        self.parties.insert(b, SoundParty::Agent { agent });
        // Of a call that an agent makes the contact is known when it has answered.
        if with_contact && self.contact != Some(a) {
            self.contact = Some(a);
            self.parties.insert(a, SoundParty::Caller);
        }
        // A supervisor who took over came by no offer; their part is known by their telephone.
        let offer = offer.unwrap_or(OfferId(b.0));
        let queue = self.queues.get(&offer).copied();
        if with_contact {
            self.consulted.remove(&b);
            self.talking.insert(b);
            return Some(CallFact::AgentJoined { offer, agent, queue });
        }
        self.consulted.insert(b);
        Some(CallFact::AgentConsulted { offer, agent, queue, by: self.agent(a) })
    }

    /// The end of a consultation is no end yet: whoever was asked may be about to join.
    fn left(&mut self, leg: LegId) -> Option<CallFact> {
        if !self.talking.remove(&leg) {
            return None;
        }
        match self.parties.get(&leg)? {
            SoundParty::Agent { agent } => Some(CallFact::AgentLeft { agent: *agent }),
            SoundParty::Callee => (self.outsiders() == 0).then_some(CallFact::CalleeLeft),
            SoundParty::Caller => None,
        }
    }

    /// The party of one leg goes on by another.
    fn moves(&mut self, from: LegId, to: LegId) {
        if from == to {
            return;
        }
        if let Some(party) = self.parties.get(&from).copied() {
            self.parties.insert(to, party);
        }
        for legs in [&mut self.talking, &mut self.consulted] {
            if legs.remove(&from) {
                legs.insert(to);
            }
        }
    }

    fn outsiders(&self) -> usize {
        self.talking.iter().filter(|leg| self.parties.get(leg) == Some(&SoundParty::Callee)).count()
    }

    fn takes_part(&self, leg: LegId) -> bool {
        self.talking.contains(&leg) || (self.contact == Some(leg) && !self.talking.is_empty())
    }

    fn agent(&self, leg: LegId) -> Option<AgentId> {
        match self.parties.get(&leg) {
            Some(SoundParty::Agent { agent }) => Some(*agent),
            _ => None,
        }
    }
}

fn target(to: &TransferTo) -> TransferTarget {
    match to {
        TransferTo::Agent(agent) => TransferTarget::Agent { agent: *agent },
        TransferTo::Supervisor => TransferTarget::Supervisor,
        TransferTo::Queue(queue) => TransferTarget::Queue { queue: *queue },
        TransferTo::Flow(flow) => TransferTarget::Flow { flow: *flow },
        TransferTo::Number(number) => TransferTarget::Number { number: number.clone() },
        TransferTo::Extension(number) => TransferTarget::Extension { number: Pii::new(number.clone()) },
    }
}

/// Fractions become whole numbers of a smaller unit: books are compared and summed.
pub(crate) fn figures(quality: &LegQuality) -> SoundFigures {
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
        lowest_mos_hundredths: quality.lowest_mos.map(|mos| whole(mos, 100.0) as u16),
    }
}
