//! Presence: what agents choose, wrap-up, pauses, and how the queues learn of it.

use super::agent::{DISCONNECTED, Listed, PartState};
use super::item::OfferStage;
use super::{MEDIA, Router, Source, Timer};
use crate::{Output, Refusal, Wanted};
use ringdesk_model::{AgentId, OfferId, Timestamp, WorkItemId};
use std::time::Duration;

const REASON: usize = 64;
const EXTENSION: Duration = Duration::from_secs(3_600);

impl Router {
    pub(super) fn chosen(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) -> Result<(), Refusal> {
        check_reason(&wanted)?;
        let agent = self.agents.get_mut(&id).filter(|a| !a.removed).ok_or(Refusal::UnknownAgent)?;
        agent.unseen = false; // who chooses is there
        if agent.work.is_empty() {
            self.choose_now(now, id, wanted);
            self.refresh(now, id);
            return Ok(());
        }
        let signs_out = wanted == Wanted::LoggedOut;
        agent.next = Some(wanted);
        let wrap_up = agent.in_wrap_up();
        if wrap_up.len() == agent.work.len() || signs_out {
            wrap_up.into_iter().for_each(|work_item| self.part_over(now, id, work_item));
        }
        if signs_out {
            self.take_back_offers(now, id);
        }
        self.refresh(now, id);
        Ok(())
    }

    pub(super) fn next_chosen(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) -> Result<(), Refusal> {
        check_reason(&wanted)?;
        let agent = self.agents.get_mut(&id).filter(|a| !a.removed).ok_or(Refusal::UnknownAgent)?;
        if agent.work.is_empty() {
            return Err(Refusal::NoWork);
        }
        agent.next = Some(wanted);
        self.refresh(now, id);
        Ok(())
    }

    /// Nobody can reach them, as far as we know. Work in hand has rules of its own.
    pub(super) fn unseen(&mut self, now: Timestamp, id: AgentId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.unseen = true;
        }
        self.hands_empty(now, id);
        self.refresh(now, id);
    }

    pub(super) fn seen(&mut self, id: AgentId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.unseen = false;
        }
    }

    pub(super) fn wrap_up_done(&mut self, now: Timestamp, id: AgentId) -> Result<(), Refusal> {
        let agent = self.agents.get(&id).ok_or(Refusal::UnknownAgent)?;
        let wrap_up = agent.in_wrap_up();
        if wrap_up.is_empty() {
            return Err(Refusal::NotInWrapUp);
        }
        wrap_up.into_iter().for_each(|work_item| self.part_over(now, id, work_item));
        Ok(())
    }

    pub(super) fn wrap_up_extended(&mut self, now: Timestamp, id: AgentId, by: Duration) -> Result<(), Refusal> {
        let agent = self.agents.get_mut(&id).ok_or(Refusal::UnknownAgent)?;
        let wrap_up = agent.in_wrap_up();
        if wrap_up.is_empty() {
            return Err(Refusal::NotInWrapUp);
        }
        if by > EXTENSION {
            return Err(Refusal::TooLong);
        }
        for work_item in wrap_up {
            if let Some(part) = agent.work.get_mut(&work_item)
                && let PartState::WrapUp { until: Some(until) } = part.state
            {
                let later = until.max(now) + by;
                part.state = PartState::WrapUp { until: Some(later) };
                self.timers.remove(&(until, Timer::WrapUp(id, work_item)));
                self.timers.insert((later, Timer::WrapUp(id, work_item)));
            }
        }
        Ok(())
    }

    /// The agent put the contact on hold, or took them back.
    pub(super) fn work_held(&mut self, now: Timestamp, work_item: WorkItemId, held: bool) {
        let Some(id) = self.held.get(&work_item).copied() else { return };
        let Some(part) = self.agents.get_mut(&id).and_then(|a| a.work.get_mut(&work_item)) else { return };
        part.state = match part.state {
            PartState::Active | PartState::Held => at_work(held),
            PartState::Lost { .. } => PartState::Lost { held },
            state => state,
        };
        self.refresh(now, id);
    }

    /// The agent was lost in the middle of it, or is back.
    pub(super) fn work_lost(&mut self, now: Timestamp, work_item: WorkItemId, lost: bool) {
        let Some(id) = self.held.get(&work_item).copied() else { return };
        let Some(part) = self.agents.get_mut(&id).and_then(|a| a.work.get_mut(&work_item)) else { return };
        part.state = match (part.state, lost) {
            (PartState::Active, true) => PartState::Lost { held: false },
            (PartState::Held, true) => PartState::Lost { held: true },
            (PartState::Lost { held }, false) => at_work(held),
            (state, _) => state,
        };
        self.refresh(now, id);
    }

    /// The agent did not come back: nobody is at that desk, as far as we know, and there is nothing to wrap up.
    pub(super) fn work_given_up(&mut self, now: Timestamp, work_item: WorkItemId) {
        let Some(id) = self.held.get(&work_item).copied() else { return };
        let state = self.agents.get(&id).and_then(|a| a.work.get(&work_item)).map(|part| part.state);
        if matches!(state, Some(PartState::Active | PartState::Held | PartState::Lost { .. })) {
            self.make_not_ready(id, DISCONNECTED);
            self.part_over(now, id, work_item);
        }
    }

    /// The agent's part in a work item is over: wrap-up, unless they are signing out.
    pub(super) fn work_ended(&mut self, now: Timestamp, work_item: WorkItemId) {
        let Some(id) = self.held.get(&work_item).copied() else { return };
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let Some(part) = agent.work.get_mut(&work_item) else { return };
        if !matches!(part.state, PartState::Active | PartState::Held | PartState::Lost { .. }) {
            return; // told twice
        }
        let Some(queue) = self.queues.get(&part.queue) else {
            return self.part_over(now, id, work_item);
        };
        if agent.removed || agent.next == Some(Wanted::LoggedOut) {
            return self.part_over(now, id, work_item);
        }
        let until = queue.setup.wrap_up.filter(|d| !d.is_zero()).map(|d| now + d);
        part.state = PartState::WrapUp { until };
        if let Some(until) = until {
            self.timers.insert((until, Timer::WrapUp(id, work_item)));
        }
        self.refresh(now, id);
    }

    /// Nothing is left of this work item in the agent's hands.
    pub(super) fn part_over(&mut self, now: Timestamp, id: AgentId, work_item: WorkItemId) {
        self.held.remove(&work_item);
        let Some(agent) = self.agents.get_mut(&id) else { return };
        if let Some(part) = agent.work.remove(&work_item)
            && let PartState::WrapUp { until: Some(until) } = part.state
        {
            self.timers.remove(&(until, Timer::WrapUp(id, work_item)));
        }
        agent.idle_since = now;
        self.hands_empty(now, id);
        self.refresh(now, id);
    }

    /// With the last work item gone the chosen next state comes into force.
    pub(super) fn hands_empty(&mut self, now: Timestamp, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id).filter(|a| a.work.is_empty()) else { return };
        agent.capacity = agent.setup.capacity;
        if agent.unseen {
            self.make_not_ready(id, DISCONNECTED);
        }
        let Some(agent) = self.agents.get_mut(&id) else { return };
        if let Some(next) = agent.next.take() {
            self.choose_now(now, id, next);
        }
    }

    /// A system reason outranks nothing but being ready.
    pub(super) fn make_not_ready(&mut self, id: AgentId, reason: &str) {
        if let Some(agent) = self.agents.get_mut(&id)
            && matches!(agent.next.as_ref().unwrap_or(&agent.chosen), Wanted::Ready)
        {
            agent.next = Some(Wanted::NotReady(reason.to_owned()));
        }
    }

    pub(super) fn pause_agent(&mut self, now: Timestamp, id: AgentId, pause: Duration) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let until = agent.paused_until.map_or(now + pause, |until| until.max(now + pause));
        if let Some(before) = agent.paused_until.replace(until) {
            self.timers.remove(&(before, Timer::AgentPause(id)));
        }
        self.timers.insert((until, Timer::AgentPause(id)));
    }

    pub(super) fn agent_pause_over(&mut self, now: Timestamp, id: AgentId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.paused_until = None;
        }
        self.refresh(now, id);
    }

    /// Stop what rings at this agent; each offer still ends by the call's reply.
    pub(super) fn take_back_offers(&mut self, now: Timestamp, id: AgentId) {
        let ringing: Vec<OfferId> = self
            .offers
            .iter()
            .filter(|(_, o)| o.agent == id && o.stage == OfferStage::Ringing)
            .map(|(id, _)| *id)
            .collect();
        for offer in ringing {
            self.take_back(now, offer);
        }
    }

    /// This offer rings no more; it ends by the call's reply.
    pub(super) fn take_back(&mut self, now: Timestamp, id: OfferId) {
        let patience = self.config.ring_grace;
        let Some(offer) = self.offers.get_mut(&id) else { return };
        self.timers.remove(&(offer.deadline, Timer::Offer(id)));
        offer.stage = OfferStage::Withdrawing;
        offer.deadline = offer.deadline.min(now + patience);
        self.timers.insert((offer.deadline, Timer::Offer(id)));
        self.outputs.push_back(Output::WithdrawOffer(id));
    }

    fn choose_now(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        agent.next = None;
        if agent.chosen == wanted {
            return;
        }
        if wanted == Wanted::Ready {
            agent.idle_since = now;
        }
        agent.chosen = wanted;
        // A new choice is a new start: no pause survives it.
        if let Some(until) = agent.paused_until.take() {
            self.timers.remove(&(until, Timer::AgentPause(id)));
        }
    }

    /// After every change of an agent: tell their presence, and bring the queues' lists up to date.
    pub(super) fn refresh(&mut self, now: Timestamp, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let (presence, queue) = agent.derived();
        if presence != agent.presence {
            agent.presence = presence.clone();
            agent.since = now;
            self.outputs.push_back(Output::PresenceChanged { agent: id, presence, since: now, queue });
        }
        self.list(id);
        if self.agents.get(&id).is_some_and(|a| a.removed && a.work.is_empty()) {
            self.agents.remove(&id);
        }
    }

    /// Make the queues' lists say what the agent's state says.
    pub(super) fn list(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let mut listed = Listed::default();
        for medium in MEDIA {
            let takes = agent.capacity.of(medium) > 0;
            let available = agent.is_available(medium);
            if available {
                listed.personal[medium as usize] = true;
            }
            for (queue, level) in agent.setup.queues.iter().filter(|_| !agent.removed) {
                let Some(strategy) = self.queues.get(queue).map(|queue| queue.setup.strategy) else { continue };
                if takes && agent.is_present() {
                    listed.present.insert((*queue, medium));
                }
                if available {
                    listed.available.insert((*queue, medium), agent.preference(*level, strategy));
                }
            }
        }
        let before = std::mem::replace(&mut agent.listed, listed.clone());
        let (gone, takes) = (!agent.is_present(), agent.capacity);
        // Fewer things at once may have come into force with empty hands: then nobody waits for what is not taken any more.
        let mut theirs = agent.personal.iter().filter_map(|(_, item)| self.items.get(item));
        let stranded = theirs.any(|item| takes.of(item.work.medium) == 0);
        for ((queue_id, medium), preference) in &before.available {
            if listed.available.get(&(*queue_id, *medium)) != Some(preference)
                && let Some(queue) = self.queues.get_mut(queue_id)
            {
                queue.side_mut(*medium).available.remove(preference);
            }
        }
        for ((queue_id, medium), preference) in &listed.available {
            let known = before.available.get(&(*queue_id, *medium));
            if known != Some(preference)
                && let Some(queue) = self.queues.get_mut(queue_id)
            {
                queue.side_mut(*medium).available.insert(*preference);
            }
            if known.is_none() {
                self.affected.insert(Source::Freed(*queue_id, *medium, id));
            }
        }
        for (queue_id, medium) in before.present.difference(&listed.present) {
            if let Some(queue) = self.queues.get_mut(queue_id) {
                queue.side_mut(*medium).present -= 1;
                self.emptied.insert((*queue_id, *medium));
            }
        }
        for (queue_id, medium) in listed.present.difference(&before.present) {
            if let Some(queue) = self.queues.get_mut(queue_id) {
                queue.side_mut(*medium).present += 1;
            }
        }
        if listed.personal.iter().zip(before.personal).any(|(is, was)| *is && !was) {
            self.affected.insert(Source::Personal(id));
        }
        if gone || stranded {
            self.release_personal(id);
        }
    }

    /// Nobody waits for an agent who is not there, or does not take such work.
    fn release_personal(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        for (_, work_item) in std::mem::take(&mut agent.personal) {
            self.open_item(work_item); // where it finds nobody, it is open to the queue
        }
    }
}

fn at_work(held: bool) -> PartState {
    if held { PartState::Held } else { PartState::Active }
}

fn check_reason(wanted: &Wanted) -> Result<(), Refusal> {
    match wanted {
        Wanted::NotReady(reason) if reason.chars().count() > REASON => Err(Refusal::Reason),
        _ => Ok(()),
    }
}
