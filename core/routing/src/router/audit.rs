//! What must never be: an item in no hands, an offer without end, an agent with more than they take.

use super::agent::PartState;
use super::item::{Offer, OfferStage};
use super::{MEDIA, Router, Timer};
use crate::ChannelSwitch;
use ringdesk_model::{AgentId, Medium};
use std::collections::BTreeSet;

impl Router {
    /// Faults found now, a sentence each. Always empty; a reconciler asks every few seconds to make sure.
    pub fn audit(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.audit_items(&mut faults);
        self.audit_offers(&mut faults);
        self.audit_agents(&mut faults);
        self.audit_queues(&mut faults);
        faults
    }

    fn audit_items(&self, faults: &mut Vec<String>) {
        for (id, item) in &self.items {
            let mut fault = |what: &str| faults.push(format!("{id:?} {what}"));
            let agrees = |o: &Offer| o.work_item == *id && o.gone.is_none();
            if item.offers.iter().any(|offer| !self.offers.get(offer).is_some_and(agrees)) {
                fault("is offered, but no such offer lives");
            }
            match item.waits() {
                false => {}
                true => {
                    let Some(queue) = self.queues.get(&item.work.queue) else {
                        fault("waits in a queue that is gone");
                        continue;
                    };
                    if !queue.items.contains(&item.rank) {
                        fault("waits, but its queue does not know it");
                    }
                    let personal = item
                        .required
                        .and_then(|a| self.agents.get(&a))
                        .is_some_and(|a| a.personal.contains(&item.rank));
                    let lane = queue.side(item.work.medium).lanes.get(&item.demand);
                    let open = lane.is_some_and(|lane| lane.contains(&item.rank));
                    let held = self.channel(&item.work).1 == ChannelSwitch::Hold;
                    let called = queue.callers.get(&item.demand).is_some_and(|lane| lane.contains(&item.rank));
                    let first = self.is_called_first(item);
                    let right = match (item.paused_until, item.required) {
                        (Some(at), _) => {
                            !personal && !open && !called && self.timers.contains(&(at, Timer::ItemPause(*id)))
                        }
                        (None, _) if held => !personal && !open && !called,
                        (None, _) if first => !personal && !open && called == queue.pushes(),
                        (None, Some(_)) => personal && !open && !called,
                        (None, None) => open == queue.pushes() && !called,
                    };
                    if !right {
                        fault("waits where nobody looks");
                    }
                }
            }
            if self.held.contains_key(id) {
                fault("is in a queue and in an agent's hands");
            }
        }
    }

    fn audit_offers(&self, faults: &mut Vec<String>) {
        for (id, offer) in &self.offers {
            let mut fault = |what: &str| faults.push(format!("{id:?} {what}"));
            if !self.timers.contains(&(offer.deadline, Timer::Offer(*id))) {
                fault("has no deadline");
            }
            let wanted = if offer.stage == OfferStage::Reserved { PartState::Reserved } else { PartState::Offered };
            let part = self.agents.get(&offer.agent).and_then(|a| a.work.get(&offer.work_item));
            if part.is_none_or(|p| p.state != wanted) {
                fault("lives, but its agent does not hold it");
            }
            if offer.gone.is_some() == self.items.get(&offer.work_item).is_some_and(|i| i.offers.contains(id)) {
                fault("lives, but its work item does not know it");
            }
        }
    }

    fn audit_agents(&self, faults: &mut Vec<String>) {
        let offered: BTreeSet<_> = self.offers.values().map(|o| (o.agent, o.work_item)).collect();
        for (id, agent) in &self.agents {
            let mut fault = |what: String| faults.push(format!("{id:?} {what}"));
            let (voice, text) = agent.used();
            if !agent.capacity.holds(voice, text) {
                fault(format!("holds {voice} calls and {text} texts, more than they take"));
            }
            if agent.derived().0 != agent.presence {
                fault(format!("is shown as {}", agent.presence.as_str()));
            }
            if agent.paused_until.is_some_and(|at| !self.timers.contains(&(at, Timer::AgentPause(*id)))) {
                fault("is paused for ever".to_owned());
            }
            for (work_item, part) in &agent.work {
                match part.state {
                    PartState::Reserved | PartState::Offered if !offered.contains(&(*id, *work_item)) => {
                        fault(format!("is offered {work_item:?} by no offer"));
                    }
                    PartState::Active | PartState::Held | PartState::Lost { .. } | PartState::WrapUp { .. }
                        if self.held.get(work_item) != Some(id) =>
                    {
                        fault(format!("has {work_item:?}, but it is not known as theirs"));
                    }
                    PartState::WrapUp { until: Some(at) }
                        if !self.timers.contains(&(at, Timer::WrapUp(*id, *work_item))) =>
                    {
                        fault("is in wrap-up without an end".to_owned());
                    }
                    _ => {}
                }
            }
        }
        for (work_item, id) in &self.held {
            if !self.agents.get(id).is_some_and(|a| a.work.contains_key(work_item)) {
                faults.push(format!("{work_item:?} is in the hands of {id:?}, who does not hold it"));
            }
        }
    }

    fn audit_queues(&self, faults: &mut Vec<String>) {
        for (id, queue) in &self.queues {
            let mut fault = |what: String| faults.push(format!("{id:?} {what}"));
            for medium in MEDIA {
                let side = queue.side(medium);
                let members = || queue.members.iter().filter_map(|a| self.agents.get(a));
                let present = members().filter(|a| a.is_present() && a.capacity.of(medium) > 0).count();
                if present != side.present as usize {
                    fault(format!("counts {} present for {medium:?}, {present} are", side.present));
                }
                let available = members().filter(|a| a.is_available(medium)).count();
                if available != side.available.len() || side.available.iter().any(|p| !self.is_available(p.3, medium)) {
                    fault(format!("lists {} available for {medium:?}, {available} are", side.available.len()));
                }
                // Outside of a settling nobody waits while somebody could be asked.
                for (demand, lane) in &side.lanes {
                    let free =
                        side.available.iter().filter(|p| self.agents.get(&p.3).is_some_and(|a| a.meets(demand, *id)));
                    if free.count() > 0 || lane.is_empty() {
                        fault(format!("{} wait for {medium:?} while somebody is free for them", lane.len()));
                    }
                    if lane.iter().any(|rank| self.items.get(&rank.1).is_none_or(|i| i.demand != *demand)) {
                        fault("has a lane with items that want something else".to_owned());
                    }
                }
            }
            for (demand, lane) in &queue.callers {
                if lane.first().is_none_or(|first| self.may_call_first(*id, first.1)) {
                    fault("calls nobody while somebody is free for who picks up".to_owned());
                }
                if lane.iter().any(|rank| self.items.get(&rank.1).is_none_or(|i| i.demand != *demand)) {
                    fault("has callers in a lane who want something else".to_owned());
                }
            }
            if queue.calling.iter().any(|item| !self.items.get(item).is_some_and(|item| item.calling)) {
                fault("calls somebody who does not wait any more".to_owned());
            }
            if queue.items.iter().any(|(_, item)| !self.items.contains_key(item)) {
                fault("knows an item that is gone".to_owned());
            }
        }
    }

    fn is_available(&self, agent: AgentId, medium: Medium) -> bool {
        self.agents.get(&agent).is_some_and(|a| a.is_available(medium))
    }
}
