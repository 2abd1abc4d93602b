//! Calls that are no work: a colleague rings at the agent directly, or they call somebody themselves. Nothing of them is kept
//! here but that the agent has a call in hand; they end without wrap-up.

use super::Router;
use super::agent::Agent;
use crate::Engaged;
use ringdesk_model::{AgentId, Timestamp};

impl Router {
    /// What is offered to them already still rings.
    pub(super) fn engaged(&mut self, now: Timestamp, id: AgentId, how: Option<Engaged>) {
        let Some(agent) = self.agents.get_mut(&id).filter(|agent| !agent.removed) else { return };
        if agent.engaged.is_some() && how.is_none() {
            agent.idle_since = now;
        }
        agent.engaged = how;
        self.refresh(now, id);
    }

    /// Who is at this extension.
    pub fn agent_at(&self, extension: &str) -> Option<AgentId> {
        let is_at = |of: &Agent| of.setup.target == extension || of.setup.also_at.contains(extension);
        let found = self.agents.values().find(|agent| !agent.removed && is_at(agent));
        found.filter(|_| !extension.is_empty()).map(Agent::id)
    }
}
