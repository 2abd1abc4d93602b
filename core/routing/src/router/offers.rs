//! The life of an offer: reserved → ringing → ended, once.

use super::agent::{Agent, PartState};
use super::item::{Offer, OfferStage};
use super::{GIVEN_UP, Router, Timer};
use crate::{AfterNoAnswer, Ended, Offered, Output, Refusal};
use ringdesk_model::{AgentId, OfferId, Timestamp, WorkItemId, WorkOutcome};

impl Router {
    pub(super) fn committed(&mut self, now: Timestamp, offer_id: OfferId) {
        let Some(offer) = self.offers.get_mut(&offer_id) else {
            // Confirmed after we gave it up: the store has a row that somebody must end.
            if self.given_up.remove(&offer_id) {
                self.outputs.push_back(Output::OfferEnded(offer_id, Ended::Superseded));
            }
            return;
        };
        if offer.stage != OfferStage::Reserved {
            return; // told twice
        }
        if let Some(gone) = offer.gone {
            return self.end_offer(now, offer_id, gone);
        }
        // Who chose a break while the store was writing is not rung, unless a colleague asks for them.
        let sought = self.items.get(&offer.work_item).is_some_and(|item| item.sought);
        let rings = |a: &&mut Agent| if sought { a.is_within_reach() } else { a.is_willing() };
        let Some(agent) = self.agents.get_mut(&offer.agent).filter(rings) else {
            return self.end_offer(now, offer_id, Ended::Superseded);
        };
        self.timers.remove(&(offer.deadline, Timer::Offer(offer_id)));
        offer.stage = OfferStage::Ringing;
        offer.deadline = now + offer.ring_for + self.config.ring_grace;
        self.timers.insert((offer.deadline, Timer::Offer(offer_id)));
        if let Some(order) = offer.order.take() {
            self.outputs.push_back(Output::Done(order, Ok(())));
        }
        if let Some(part) = agent.work.get_mut(&offer.work_item) {
            part.state = PartState::Offered;
        }
        let offered = Offered {
            offer: offer_id,
            work_item: offer.work_item,
            agent: offer.agent,
            queue: offer.queue,
            medium: offer.medium,
            target: agent.setup.target.clone(),
            ring_for: offer.ring_for,
        };
        let id = offer.agent;
        self.refresh(now, id);
        self.outputs.push_back(Output::Offer(offered));
    }

    /// The store refused it: no offer came to be, so none ends.
    pub(super) fn lost(&mut self, now: Timestamp, offer_id: OfferId) {
        if self.offers.get(&offer_id).is_none_or(|o| o.stage != OfferStage::Reserved) {
            self.given_up.remove(&offer_id);
            return;
        }
        let Some(offer) = self.offers.remove(&offer_id) else { return };
        self.timers.remove(&(offer.deadline, Timer::Offer(offer_id)));
        if let Some(order) = offer.order {
            self.outputs.push_back(Output::Done(order, Err(Refusal::Lost)));
        }
        if let Some(item) = self.items.get_mut(&offer.work_item) {
            item.offers.remove(&offer_id);
        }
        // Which of the two was taken is not known; both are left alone for a moment.
        let pause = self.config.lost_pause;
        self.pause_agent(now, offer.agent, pause);
        self.let_go(now, offer.agent, offer.work_item);
        if offer.gone.is_none() && !self.not_taken(offer.work_item, Ended::Failed) {
            self.put_back(now, offer.work_item, Some(pause));
        }
    }

    /// The call's word on how it ended.
    pub(super) fn offer_ended(&mut self, now: Timestamp, offer_id: OfferId, ended: Ended) {
        if self.offers.get(&offer_id).is_some_and(|o| o.stage != OfferStage::Reserved) {
            self.end_offer(now, offer_id, ended);
        }
    }

    /// Nobody told us: the backstop of every offer and reservation.
    pub(super) fn offer_overdue(&mut self, now: Timestamp, offer_id: OfferId) {
        match self.offers.get(&offer_id).map(|o| o.stage) {
            None => {}
            Some(OfferStage::Reserved) => {
                if self.given_up.len() >= GIVEN_UP {
                    self.given_up.pop_first();
                }
                self.lost(now, offer_id);
                self.given_up.insert(offer_id);
            }
            Some(OfferStage::Ringing) => {
                self.outputs.push_back(Output::WithdrawOffer(offer_id));
                self.end_offer(now, offer_id, Ended::Failed);
            }
            Some(OfferStage::Withdrawing) => self.end_offer(now, offer_id, Ended::Superseded),
        }
    }

    pub(super) fn end_offer(&mut self, now: Timestamp, offer_id: OfferId, ended: Ended) {
        let gone = self.offers.get(&offer_id).and_then(|offer| offer.gone);
        // Where several rang together there is one winner, whoever else says that they took it.
        let ended = gone.filter(|_| ended == Ended::Accepted).unwrap_or(ended);
        let Some(offer) = self.close_offer(offer_id, ended) else { return };
        if gone.is_some() {
            return self.let_go(now, offer.agent, offer.work_item);
        }
        let (agent, item, config) = (offer.agent, offer.work_item, self.config);
        match ended {
            Ended::Accepted => return self.accepted(now, agent, item),
            Ended::Declined => self.pause_agent(now, agent, config.declined_pause),
            Ended::Busy => self.pause_agent(now, agent, config.busy_pause),
            Ended::Failed => self.pause_agent(now, agent, config.failed_pause),
            Ended::Unreachable => self.make_not_ready(agent, "unreachable"),
            Ended::NoAnswer => match self.queues.get(&offer.queue).map(|q| q.setup.after_no_answer) {
                Some(AfterNoAnswer::Pause) => self.pause_agent(now, agent, config.declined_pause),
                Some(AfterNoAnswer::NotReady) | None => self.make_not_ready(agent, "no_answer"),
            },
            // It cost the agent nothing: ready again at once, idle as long as before.
            Ended::CallerLeft | Ended::Superseded => {}
        }
        if ended == Ended::CallerLeft {
            self.withdrawn(now, item);
            return self.let_go(now, agent, item);
        }
        if ended != Ended::Superseded
            && let Some(item) = self.items.get_mut(&item)
        {
            *item.tries.entry(agent).or_default() += 1;
            // Whom the contact knows has had their chance.
            if item.patience_at.is_some() && item.required == Some(agent) {
                item.required = None;
            }
        }
        self.let_go(now, agent, item);
        if !self.not_taken(item, ended) {
            self.put_back(now, item, (ended == Ended::Failed).then_some(config.lost_pause));
        }
    }

    fn accepted(&mut self, now: Timestamp, id: AgentId, work_item: WorkItemId) {
        if let Some(part) = self.agents.get_mut(&id).and_then(|a| a.work.get_mut(&work_item)) {
            part.state = PartState::Active;
            self.held.insert(work_item, id);
        }
        self.others_lost(now, work_item);
        self.waited(now, work_item);
        self.leave(work_item, WorkOutcome::Served);
        self.refresh(now, id);
    }

    /// Where several rang together, all but one rang in vain.
    fn others_lost(&mut self, now: Timestamp, work_item: WorkItemId) {
        let others = self.items.get(&work_item).map(|item| item.offers.clone()).unwrap_or_default();
        for offer_id in others {
            let Some(offer) = self.offers.get_mut(&offer_id) else { continue };
            offer.gone = Some(Ended::Superseded);
            if offer.stage == OfferStage::Ringing {
                self.take_back(now, offer_id);
            }
        }
    }

    /// It lives no more; what follows from that is the caller's business.
    pub(super) fn close_offer(&mut self, offer_id: OfferId, ended: Ended) -> Option<Offer> {
        let offer = self.offers.remove(&offer_id)?;
        self.timers.remove(&(offer.deadline, Timer::Offer(offer_id)));
        if let Some(item) = self.items.get_mut(&offer.work_item) {
            item.offers.remove(&offer_id);
        }
        self.outputs.push_back(Output::OfferEnded(offer_id, ended));
        if let Some(order) = offer.order {
            let refusal = if ended == Ended::CallerLeft { Refusal::ContactLeft } else { Refusal::NotReady };
            self.outputs.push_back(Output::Done(order, Err(refusal)));
        }
        Some(offer)
    }

    /// An offer came to nothing: out of the agent's hands, without a mark on their idle time.
    pub(super) fn let_go(&mut self, now: Timestamp, id: AgentId, work_item: WorkItemId) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.work.remove(&work_item);
        }
        self.hands_empty(now, id);
        self.refresh(now, id);
    }
}
