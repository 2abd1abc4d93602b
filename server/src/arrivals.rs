//! Telephones at the door whose agents have asked for somebody: who is parked, rings at a colleague, or talks to one. They wait for
//! routing's offer, which connects them; a moment later there is none, and they are told so.

use crate::desk::Desks;
use crate::tasks::exchange::AtTheDoor;
use crate::trunks;
use ringdesk_model::{Actor, AgentId, CallId, OrderId};
use ringdesk_switchboard::CallInput;
use ringdesk_voice::{Arrival, CallOrder, Cause, LegCommand, LegId, OfferOrder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Routing and the store take some milliseconds.
const PATIENCE: Duration = Duration::from_secs(4);

/// Who waits; one telephone for each agent, so at most as many as there are agents.
#[derive(Default)]
pub(crate) struct Arrivals(Mutex<BTreeMap<AgentId, Waits>>);

struct Waits {
    /// Only for an offer of this call; `None`: of any.
    call: Option<CallId>,
    door: AtTheDoor,
    taken: oneshot::Sender<()>,
}

impl Arrivals {
    fn wait(
        &self,
        agent: AgentId,
        call: Option<CallId>,
        door: AtTheDoor,
    ) -> Result<oneshot::Receiver<()>, Box<AtTheDoor>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(&agent) {
            return Err(Box::new(door));
        }
        let (taken, is_taken) = oneshot::channel();
        all.insert(agent, Waits { call, door, taken });
        Ok(is_taken)
    }

    /// For an offer to this agent.
    fn take(&self, agent: AgentId, call: CallId) -> Option<AtTheDoor> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&agent).filter(|waits| waits.call.is_none_or(|of| of == call))?;
        let Waits { door, taken, .. } = all.remove(&agent)?;
        let _ = taken.send(()); // whoever waits has just lost patience
        Some(door)
    }

    /// Nobody has taken it.
    fn give_back(&self, agent: AgentId, leg: LegId) -> Option<AtTheDoor> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&agent).filter(|waits| waits.door.leg() == leg)?;
        all.remove(&agent).map(|waits| waits.door)
    }
}

/// Have this telephone connected by the next offer to its agent. `asks`: what makes routing offer; false, when it will not. An
/// error gives the telephone back: nothing came.
pub(crate) async fn connected(
    desks: &Desks,
    agent: AgentId,
    call: Option<CallId>,
    door: AtTheDoor,
    asks: impl Future<Output = bool>,
) -> Result<(), Box<AtTheDoor>> {
    let leg = door.leg();
    let taken = desks.arrivals.wait(agent, call, door)?;
    if asks.await && tokio::time::timeout(PATIENCE, taken).await.is_ok_and(|taken| taken.is_ok()) {
        return Ok(());
    }
    desks.arrivals.give_back(agent, leg).map_or(Ok(()), |door| Err(Box::new(door)))
}

/// An offer as the call is given it: with the telephone of the agent, where that is at the door.
pub(crate) fn offer(desks: &Arc<Desks>, call: CallId, order: OrderId, offer: OfferOrder) {
    let door = desks.arrivals.take(offer.agent, call);
    let what = match door {
        None => CallOrder::Offer(offer),
        Some(door) => {
            let (incoming, _, mut inputs) = door.parts();
            let leg = incoming.leg;
            desks.dialling.trunks.put(trunks::Entry::Of(leg, call));
            // What its leg says before the call has it as its own, from then on it says it there.
            let passes = desks.clone();
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        input = inputs.recv() => match input {
                            Some(input) => passes.tell(call, input),
                            None => return,
                        },
                        // The call was over before it could have it.
                        () = passes.gone(call) => {
                            passes.forget_leg(leg);
                            return passes.signaling.command(leg, LegCommand::Hangup { cause: Cause::Unreachable });
                        }
                    }
                }
            });
            let (interface, profile, described) = (incoming.interface, incoming.profile, incoming.offer);
            CallOrder::Connect(offer, Arrival { leg, interface, profile, offer: described })
        }
    };
    desks.tell(call, CallInput::Order(order, Actor::System, Box::new(what)));
}
