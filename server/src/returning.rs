//! Agents whose browsers are lost in the middle of a talk: by what a page of theirs knows the call that is its own.

use ringdesk_agent_gateway::orders::Returning;
use ringdesk_model::{AgentId, CallId};
use ringdesk_voice::CallEvent;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// One entry per agent, so it is bounded by the agents there are. It is never written anywhere: who restarts has no calls.
#[derive(Debug, Default)]
pub(crate) struct ReturningAgents(RwLock<BTreeMap<AgentId, Returning>>);

impl ReturningAgents {
    /// What waits for this agent.
    pub(crate) fn of(&self, agent: AgentId) -> Option<Returning> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&agent).cloned()
    }

    /// Something happened in a call.
    pub(crate) fn event(&self, call: CallId, event: &CallEvent) {
        match event {
            CallEvent::Reconnecting { agent, token, until, .. } => {
                let waits = Returning { call, token: token.clone(), until: *until };
                self.0.write().unwrap_or_else(PoisonError::into_inner).insert(*agent, waits);
            }
            CallEvent::Reconnected { agent, .. } | CallEvent::NotReconnected { agent, .. } => {
                self.0.write().unwrap_or_else(PoisonError::into_inner).remove(agent);
            }
            _ => {}
        }
    }

    /// The call is over.
    pub(crate) fn forget(&self, call: CallId) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.values().any(|waits| waits.call == call) {
            all.retain(|_, waits| waits.call != call);
        }
    }
}
