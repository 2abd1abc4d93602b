//! How the legs of running calls sound, as they were rated last: for who looks now. Nothing here is kept; the books have what
//! changed, and the figures of the whole once a leg is over.

use crate::observe::figures;
use ringdesk_agent_gateway::orders::PartySound;
use ringdesk_conversations::SoundParty;
use ringdesk_model::{CallId, Timestamp};
use ringdesk_voice::{CallEvent, LegId};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Legs {
    parties: BTreeMap<LegId, SoundParty>,
    /// Boxed: a map has room for eleven from its first entry on.
    rated: BTreeMap<LegId, Box<PartySound>>,
}

/// One per server.
#[derive(Default)]
pub(crate) struct SoundBoard(Mutex<HashMap<CallId, Legs>>, AtomicI64);

impl SoundBoard {
    /// When a caller was last heard who heard us; since the start.
    pub(crate) fn both_ways(&self) -> Option<Timestamp> {
        Some(self.1.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Timestamp)
    }

    /// Something happened in a call. `false`: it was a rating, which concerns nobody else.
    pub(crate) fn event(&self, call: CallId, at: Timestamp, event: &CallEvent) -> bool {
        let mut calls = self.lock();
        match event {
            CallEvent::Started { leg, .. } => {
                calls.entry(call).or_default().parties.insert(*leg, SoundParty::Caller);
            }
            CallEvent::Bridged { a, b, agent, .. } => {
                let legs = calls.entry(call).or_default();
                legs.parties.entry(*a).or_insert(SoundParty::Caller);
                legs.parties.insert(*b, agent.map_or(SoundParty::Callee, |agent| SoundParty::Agent { agent }));
            }
            CallEvent::Supervised { leg, supervisor, .. } => {
                let legs = calls.entry(call).or_default();
                legs.parties.insert(*leg, SoundParty::Agent { agent: *supervisor });
            }
            CallEvent::LegEnded { leg, .. } | CallEvent::Released { leg } => {
                if let Some(legs) = calls.get_mut(&call) {
                    legs.parties.remove(leg);
                    legs.rated.remove(leg);
                }
            }
            CallEvent::Ended { .. } => {
                calls.remove(&call);
            }
            CallEvent::Sounds { leg, quality, one_way } => {
                if let Some(legs) = calls.get_mut(&call)
                    && let Some(party) = legs.parties.get(leg).copied()
                {
                    // Who reports on what it receives, receives something.
                    if party == SoundParty::Caller && quality.received_packets > 0 && quality.remote_loss.is_some() {
                        self.1.store(at.0, Ordering::Relaxed);
                    }
                    let sound = PartySound { party, figures: figures(quality), one_way: *one_way, at };
                    legs.rated.insert(*leg, Box::new(sound));
                }
                return false;
            }
            _ => {}
        }
        true
    }

    /// Everybody who takes part and was rated.
    pub(crate) fn of(&self, call: CallId) -> Vec<PartySound> {
        self.lock()
            .get(&call)
            .map(|legs| legs.rated.values().map(|sound| PartySound::clone(sound)).collect())
            .unwrap_or_default()
    }

    /// The call's task is gone, however it ended.
    pub(crate) fn closed(&self, call: CallId) {
        self.lock().remove(&call);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, Legs>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{AgentId, Ids};
    use ringdesk_voice::{Cause, EndedBy, LegQuality};

    #[test]
    fn who_takes_part_is_rated_until_they_leave() {
        let (mut ids, board, at) = (Ids::seeded(1), SoundBoard::default(), Timestamp(5_000_000));
        let (call, agent): (CallId, AgentId) = (ids.next(at), ids.next(at));
        let [a, b, rings]: [LegId; 3] = std::array::from_fn(|_| ids.next(at));
        let rated = |leg, lost_packets| CallEvent::Sounds {
            leg,
            quality: LegQuality { received_packets: 250, lost_packets, mos: Some(4.2), ..LegQuality::default() },
            one_way: leg == b,
        };
        assert!(board.event(call, at, &CallEvent::Bridged { a, b, agent: Some(agent), offer: None }));
        for event in [rated(a, 1), rated(b, 2), rated(rings, 3), rated(a, 4)] {
            assert!(!board.event(call, at, &event), "a rating goes no further");
        }
        let now = board.of(call);
        let of = |party| now.iter().find(|s| s.party == party).map(|s| (s.figures.lost_packets, s.one_way));
        assert_eq!(now.len(), 2, "who only rings has no sound");
        assert_eq!(of(SoundParty::Caller), Some((4, false)));
        assert_eq!(of(SoundParty::Agent { agent }), Some((2, true)));
        board.event(call, at, &CallEvent::LegEnded { leg: b, cause: Cause::Normal, status: None });
        assert_eq!(board.of(call).len(), 1);
        board.event(call, at, &CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller });
        assert!(board.of(call).is_empty() && board.lock().is_empty());
    }
}
