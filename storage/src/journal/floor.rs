//! What routing leaves in a set: offers that ended and presence that changed, each with its event in its place.

use super::Set;
use crate::outbox::NewEvent;
use crate::routing::Ended;
use crate::{StoreError, Tx, agents, routing};
use ringdesk_model::{AgentId, OfferId, Pii, Presence, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An event of a set, in its place. Some are known in full only when their rows were written.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Event(NewEvent),
    OfferEnded(OfferId),
    /// The n-th change of presence.
    Presence(usize),
}

/// What became of both, for the events.
pub(super) struct Floor {
    ended: BTreeMap<OfferId, Ended>,
    agents: BTreeSet<AgentId>,
}

/// Before anything that ends assignments, queues again or ends calls: all that comes after the end of an offer.
pub(super) async fn write(tx: &mut Tx, set: &Set) -> Result<Floor, StoreError> {
    let account = set.key.account();
    let ends: Vec<_> = set.offers.values().cloned().collect();
    let ended = routing::end_offers(tx, account, &ends).await?;
    let agents = agents::set_presences(tx, account, &set.presences).await?;
    Ok(Floor { ended: ended.into_iter().map(|e| (e.offer, e)).collect(), agents: agents.into_iter().collect() })
}

/// Who says that they are at work, and when first: those of them who were not before come to work.
pub(super) fn coming(set: &Set) -> BTreeMap<AgentId, Timestamp> {
    let mut coming = BTreeMap::new();
    for (agent, change) in &set.presences {
        if matches!(change.presence, Presence::Ready | Presence::NotReady(_)) {
            coming.entry(*agent).or_insert(change.at);
        }
    }
    coming
}

/// The events of a set. An offer that had ended before, and an agent who is gone, have none.
pub(super) fn events(set: &Set, mut floor: Floor) -> Vec<NewEvent> {
    let mut events = Vec::with_capacity(set.events.len());
    for told in &set.events {
        match told {
            Told::Event(event) => events.push(event.clone()),
            Told::OfferEnded(offer) => {
                if let (Some(end), Some(of)) = (set.offers.get(offer), floor.ended.remove(offer)) {
                    let payload = Pii::new(serde_json::json!({
                        "offer": offer, "work_item": of.work_item, "agent": of.agent, "queue": of.queue, "outcome": end.outcome
                    }));
                    events.push(NewEvent { at: end.at, kind: "offer_ended", payload });
                }
            }
            Told::Presence(n) => {
                if let Some((agent, change)) = set.presences.get(*n).filter(|(agent, _)| floor.agents.contains(agent)) {
                    let payload = Pii::new(serde_json::json!({
                        "agent": agent, "presence": change.presence, "since": change.at, "queue": change.queue
                    }));
                    events.push(NewEvent { at: change.at, kind: "presence_changed", payload });
                }
            }
        }
    }
    events
}
