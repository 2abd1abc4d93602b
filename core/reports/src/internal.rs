//! Whether what staff ask the house's own help desks counts.

use crate::Events;
use ringdesk_model::ConversationId;
use std::collections::BTreeSet;

/// A figure tells how customers are served, unless somebody asks for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Internal {
    /// Conversations with customers alone.
    #[default]
    Exclude,
    Include,
    /// Conversations with help desks alone.
    Only,
}

impl Internal {
    pub fn parse(name: &str) -> Option<Internal> {
        match name {
            "exclude" => Some(Internal::Exclude),
            "include" => Some(Internal::Include),
            "only" => Some(Internal::Only),
            _ => None,
        }
    }

    /// Does something count that is, or is not, of a help desk?
    pub fn counts(self, is_internal: bool) -> bool {
        match self {
            Internal::Exclude => !is_internal,
            Internal::Include => true,
            Internal::Only => is_internal,
        }
    }

    /// Take away what does not count. `internal`: the conversations with help desks. Presence is of no conversation, and stays.
    pub fn sift(self, events: &mut Events, internal: &BTreeSet<ConversationId>) {
        let counts = |id: &ConversationId| self.counts(internal.contains(id));
        events.stays.retain(|one| counts(&one.conversation));
        events.shares.retain(|one| counts(&one.conversation));
        events.transfers.retain(|one| counts(&one.conversation));
        events.hands.retain(|one| counts(&one.conversation));
        events.text_offers.retain(|one| counts(&one.conversation));
        events.asked.retain(|one| counts(&one.conversation));
        events.answers.retain(|one| counts(&one.conversation));
        events.offers.retain(|one| counts(&one.conversation));
        events.places.retain(|one| counts(&one.conversation));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FirstAnswer, FirstOffer, Part, PresenceAt, Stay};
    use ringdesk_model::{AgentId, Ids, Presence, QueueId, Timestamp};

    /// Rows: S1.24
    #[test]
    fn help_desks_count_only_where_somebody_asks_for_them() {
        let mut ids = Ids::seeded(1);
        let at = Timestamp::from_millis(1);
        let [outside, inside]: [ConversationId; 2] = [ids.next(at), ids.next(at)];
        let (agent, queue): (AgentId, QueueId) = (ids.next(at), ids.next(at));
        let mut all = Events::default();
        for conversation in [outside, inside] {
            all.stays.push(Stay { conversation, call: None, queue, at, left_at: None, outcome: None });
            let part = Part { conversation, call: None, agent, queue: None, at, ended_at: None, outcome: None };
            for parts in [&mut all.transfers, &mut all.hands, &mut all.text_offers] {
                parts.push(part.clone());
            }
            let (answered_at, closed_at, within) = (None, None, None);
            all.answers.push(FirstAnswer { conversation, queue, agent: None, at, answered_at, closed_at, within });
            let (offered_at, left_at) = (None, None);
            all.offers.push(FirstOffer { conversation, call: None, queue, at, offered_at, left_at, vip: false });
        }
        all.presence.push(PresenceAt { agent, at, presence: Presence::Ready });
        for (name, expected) in [("exclude", vec![outside]), ("include", vec![outside, inside]), ("only", vec![inside])]
        {
            let mut events = all.clone();
            Internal::parse(name).unwrap().sift(&mut events, &[inside].into());
            let stays: Vec<_> = events.stays.iter().map(|one| one.conversation).collect();
            assert_eq!(stays, expected, "{name}");
            for parts in [&events.transfers, &events.hands, &events.text_offers] {
                assert_eq!(parts.iter().map(|one| one.conversation).collect::<Vec<_>>(), expected, "{name}");
            }
            assert_eq!(events.answers.iter().map(|one| one.conversation).collect::<Vec<_>>(), expected, "{name}");
            assert_eq!(events.offers.iter().map(|one| one.conversation).collect::<Vec<_>>(), expected, "{name}");
            assert_eq!(events.presence, all.presence, "{name}: who was there was there");
        }
        assert_eq!((Internal::default(), Internal::parse("all")), (Internal::Exclude, None));
    }
}
