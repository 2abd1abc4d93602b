//! One account's queues: routing on one side, the calls on the other.

mod asking;
mod engaged;
mod observing;
mod supervising;
mod turns;

use crate::places::PlaceDesk;
use crate::text::TextDesk;
use crate::{AccountCarry, AccountInput, AccountOrder};
use engaged::EngagedLegs;
use ringdesk_model::{
    AgentId, AskId, CallId, Ids, Medium, OfferId, OrderId, QueueId, Timestamp, WorkItemId, WorkOutcome,
};
use ringdesk_routing::{self as routing, Ended, Floor, How, Router};
use ringdesk_voice::{Answer, CallOrder, LegId, OfferOrder, OfferOutcome, Outcome, Place, Target};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use supervising::Supervising;

/// A work item that is a call.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    call: CallId,
    ask: AskId,
}

#[derive(Clone, Copy, Debug)]
struct Offered {
    work_item: WorkItemId,
    agent: AgentId,
    queue: QueueId,
}

/// An agent's part in a call.
#[derive(Clone, Copy, Debug)]
struct Part {
    call: CallId,
    agent: AgentId,
    offer: OfferId,
    queue: QueueId,
    /// Known from the moment it joins: a hold from there is this agent's.
    leg: Option<LegId>,
    /// Its leg has left this call and is not in the other yet.
    moving: bool,
    /// The agent is waited for: their leg may end meanwhile.
    lost: bool,
}

/// Owns one account's [`Router`].
pub struct AccountDesk {
    router: Router,
    ids: Ids,
    /// Work items in a queue, with the question that stays open as long.
    waiting: BTreeMap<WorkItemId, Waiting>,
    asks: BTreeMap<AskId, WorkItemId>,
    /// Orders we gave to calls, with the offer they are about.
    orders: BTreeMap<OrderId, OfferId>,
    /// Which work item an offer is about, from the offer to its end.
    offers: BTreeMap<OfferId, Offered>,
    /// Work items agents have taken, several in one call where they talk together: the call's events say when each one's
    /// part is over.
    parts: BTreeMap<WorkItemId, Part>,
    /// Work items for one agent that the store knows, until they are taken or not.
    sought: BTreeMap<WorkItemId, CallId>,
    /// Legs that joined a talk by an offer, until the call says how the offer ended.
    joined: BTreeMap<OfferId, LegId>,
    supervising: Supervising,
    /// Legs of agents that no offer stands for.
    engaged: EngagedLegs,
    /// Work items that are texts.
    texts: TextDesk,
    /// Work items whose contact is called back.
    places: PlaceDesk,
    /// Calls with work that were over when routing was last compared with them.
    suspects: BTreeSet<CallId>,
    carries: VecDeque<AccountCarry>,
}

impl AccountDesk {
    pub fn new(router: Router, ids: Ids) -> Self {
        AccountDesk {
            router,
            ids,
            waiting: BTreeMap::new(),
            asks: BTreeMap::new(),
            orders: BTreeMap::new(),
            offers: BTreeMap::new(),
            parts: BTreeMap::new(),
            sought: BTreeMap::new(),
            joined: BTreeMap::new(),
            supervising: Supervising::new(),
            engaged: EngagedLegs::default(),
            texts: TextDesk::default(),
            places: PlaceDesk::default(),
            suspects: BTreeSet::new(),
            carries: VecDeque::new(),
        }
    }

    pub fn handle_input(&mut self, now: Timestamp, input: AccountInput) {
        match input {
            AccountInput::Configured(plan) => self.router.handle_input(now, routing::Input::Configured(plan)),
            AccountInput::Recovered(state) => self.router.handle_input(now, routing::Input::Recovered(state)),
            AccountInput::Committed(offers) => self.router.handle_input(now, routing::Input::Committed(offers)),
            AccountInput::Lost(offer) => self.router.handle_input(now, routing::Input::Lost(offer)),
            AccountInput::Drain => self.router.handle_input(now, routing::Input::Drain),
            AccountInput::Queue { call, ask, request, treatment } => self.queue(now, call, ask, request, treatment),
            AccountInput::Seek { call, ask, request } => self.seek(now, call, ask, request),
            AccountInput::Place { call, ask, work_item } => {
                let wait = self.router.wait(now, work_item);
                let place = self.router.place(work_item).map(|position| Answer::Place(Place { position, wait }));
                self.carries.push_back(AccountCarry::Answer(call, ask, place.unwrap_or(Answer::Failed)));
            }
            AccountInput::Cancel(ask) => {
                if let Some(work_item) = self.asks.remove(&ask) {
                    self.router.handle_input(now, routing::Input::Withdrawn(work_item));
                    // Telephones that ring for it are told through the call, so it is forgotten last.
                    self.connect(now);
                    self.waiting.remove(&work_item);
                }
            }
            AccountInput::Replied(order, outcome) => self.replied(now, order, &outcome),
            AccountInput::Observed(call, event) => self.observed(now, call, &event),
            AccountInput::Texts(open) => {
                for input in self.texts.are(open) {
                    self.router.handle_input(now, input);
                }
            }
            AccountInput::Places(_)
            | AccountInput::PlaceKept(_)
            | AccountInput::Turn(..)
            | AccountInput::Called(..) => self.turned(now, input),
            AccountInput::Order(order, _, AccountOrder::AnswerText(agent, offer, takes)) => {
                let answered = self.texts.answered(agent, offer, takes);
                let done = answered.map(|(ended, joined)| {
                    self.router.handle_input(now, routing::Input::OfferEnded(offer, ended));
                    // The end of the offer goes before what follows from it.
                    self.connect(now);
                    self.carries.extend(joined);
                });
                self.carries.push_back(AccountCarry::Done(order, done));
            }
            AccountInput::Order(order, _actor, what) => self.router.handle_input(now, ordered(order, what)),
        }
        self.connect(now);
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.router.handle_timeout(now);
        for offer in self.texts.overdue(now) {
            self.router.handle_input(now, routing::Input::OfferEnded(offer, Ended::NoAnswer));
        }
        self.connect(now);
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.router.poll_timeout().into_iter().chain(self.texts.poll_timeout()).min()
    }

    pub fn poll_carry(&mut self) -> Option<AccountCarry> {
        self.carries.pop_front()
    }

    /// Live figures, for supervisors and metrics.
    pub fn floor(&self) -> Floor {
        self.router.floor()
    }

    /// Compare routing with the live calls and mend what is stuck; returns what was found (must be nothing). A call that has
    /// just ended may have its last words still on their way here: stuck is what is there a second time.
    pub fn reconcile(&mut self, now: Timestamp, is_live: impl Fn(CallId) -> bool) -> Vec<String> {
        let mut faults = self.router.audit();
        let calls = self.waiting.values().map(|of| of.call).chain(self.parts.values().map(|of| of.call));
        let calls = calls.chain(self.engaged_calls()).chain(self.places.calls());
        let over: BTreeSet<CallId> = calls.filter(|call| !is_live(*call)).collect();
        let stuck: BTreeSet<CallId> = over.intersection(&self.suspects).copied().collect();
        self.suspects = over;
        let dead: Vec<(WorkItemId, CallId)> =
            self.waiting.iter().map(|(w, of)| (*w, of.call)).filter(|(_, call)| stuck.contains(call)).collect();
        for (work_item, call) in dead {
            faults.push(format!("{work_item:?} waits for {call:?}, which is over"));
            self.forget(work_item);
            self.router.handle_input(now, routing::Input::Withdrawn(work_item));
        }
        for call in stuck {
            if self.call_first_over(now, call) {
                faults.push(format!("{call:?} is over and somebody still keeps a place for it"));
            }
            for part in self.parts_of(call, |_| true) {
                faults.push(format!("{call:?} is over and still keeps an agent"));
                self.part_ended(now, part);
            }
            if self.nobody_engaged_in(call) {
                faults.push(format!("{call:?} is over and still engages an agent"));
            }
        }
        self.tell_engaged(now);
        self.connect(now);
        faults
    }

    /// A call's reply to "offer this": it is routing's business how the offer ended.
    fn replied(&mut self, now: Timestamp, order: OrderId, outcome: &Outcome) {
        let Some(offer) = self.orders.remove(&order) else { return };
        let ended = match outcome {
            Outcome::Offer(outcome) => *outcome,
            Outcome::Refused(_) | Outcome::Released { .. } | Outcome::RingsFor(_) => OfferOutcome::Failed,
            Outcome::Done => return, // the reply to a withdrawal; the offer's own reply follows
        };
        self.offer_ended(now, offer, ended);
    }

    fn offer_ended(&mut self, now: Timestamp, offer: OfferId, outcome: OfferOutcome) {
        if let (OfferOutcome::Accepted, Some(work_item)) = (outcome, self.offers.get(&offer).map(|of| of.work_item))
            && let Some(waiting) = self.forget(work_item)
        {
            let leg = self.joined.remove(&offer);
            if let Some(Offered { agent, queue, .. }) = self.offers.get(&offer).copied() {
                let part = Part { call: waiting.call, agent, offer, queue, leg, moving: false, lost: false };
                self.parts.insert(work_item, part);
            }
            self.carries.push_back(AccountCarry::Answer(
                waiting.call,
                waiting.ask,
                Answer::LeftQueue(WorkOutcome::Served),
            ));
        }
        self.router.handle_input(now, routing::Input::OfferEnded(offer, into_routing(outcome)));
        self.tell_engaged(now);
    }

    fn sought_ended(&mut self, work_item: WorkItemId, outcome: OfferOutcome) {
        if let Some(call) = self.sought.remove(&work_item) {
            self.carries.push_back(AccountCarry::SoughtEnded { call, work_item, outcome });
        }
    }

    fn forget(&mut self, work_item: WorkItemId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&work_item)?;
        self.asks.remove(&waiting.ask);
        Some(waiting)
    }

    fn connect(&mut self, now: Timestamp) {
        while let Some(output) = self.router.poll_output() {
            self.router_said(now, output);
        }
    }

    fn router_said(&mut self, now: Timestamp, output: routing::Output) {
        match output {
            routing::Output::Propose(batch) => {
                // The store has to know the work before it can be offered.
                for p in batch.iter().filter(|p| p.why.how == How::Sought) {
                    if let Some(waiting) = self.waiting.get(&p.work_item) {
                        let (call, agent, queue) = (waiting.call, p.agent, p.queue);
                        self.sought.insert(p.work_item, call);
                        self.carries.push_back(AccountCarry::Sought { call, work_item: p.work_item, agent, queue });
                    }
                }
                self.carries.push_back(AccountCarry::Propose(batch));
            }
            routing::Output::Offer(offered) if offered.medium == Medium::Text => self.texts.offered(now, &offered),
            routing::Output::Offer(offered) if self.turn_came(&offered) => {}
            routing::Output::Offer(offered) => {
                self.offers.insert(
                    offered.offer,
                    Offered { work_item: offered.work_item, agent: offered.agent, queue: offered.queue },
                );
                let Some(waiting) = self.waiting.get(&offered.work_item).copied() else {
                    return self.offer_ended(now, offered.offer, OfferOutcome::CallerLeft);
                };
                let order = self.ids.next(now);
                self.orders.insert(order, offered.offer);
                let offer = OfferOrder {
                    offer: offered.offer,
                    work_item: offered.work_item,
                    agent: offered.agent,
                    queue: offered.queue,
                    target: Target::Extension(offered.target),
                    ring_for: offered.ring_for,
                };
                self.carries.push_back(AccountCarry::Order(waiting.call, order, CallOrder::Offer(offer)));
            }
            routing::Output::CallFirst { work_item, queue } => {
                self.carries.extend(self.places.turn_of(work_item, queue))
            }
            routing::Output::WithdrawOffer(offer) if self.texts.withdrawn(offer) => {
                self.router.handle_input(now, routing::Input::OfferEnded(offer, Ended::Superseded));
            }
            routing::Output::WithdrawOffer(offer) if self.turn_passed(now, offer) => {}
            routing::Output::WithdrawOffer(offer) => {
                let call = self.offers.get(&offer).and_then(|of| self.waiting.get(&of.work_item)).map(|w| w.call);
                if let Some(call) = call {
                    let order = self.ids.next(now);
                    self.carries.push_back(AccountCarry::Order(call, order, CallOrder::WithdrawOffer(offer)));
                }
            }
            routing::Output::Left(work_item, outcome) if self.texts.left(work_item, outcome) => {}
            routing::Output::Left(work_item, outcome) if self.places.left(work_item, outcome) => {}
            routing::Output::Left(work_item, outcome) => {
                let taken = outcome == WorkOutcome::Served;
                self.sought_ended(work_item, if taken { OfferOutcome::Accepted } else { OfferOutcome::CallerLeft });
                if let Some(waiting) = self.forget(work_item) {
                    self.carries.push_back(AccountCarry::Answer(waiting.call, waiting.ask, Answer::LeftQueue(outcome)));
                }
            }
            routing::Output::Moved { work_item, to, .. } => {
                if let Some(waiting) = self.waiting.get(&work_item) {
                    self.carries.push_back(AccountCarry::Moved { call: waiting.call, work_item, queue: to });
                }
                self.carries.extend(self.texts.moved(work_item, to).or_else(|| self.places.moved(work_item, to)));
            }
            routing::Output::NotTaken(work_item, ended) if self.texts.knows(work_item) => {
                self.carries.extend(self.texts.not_taken(work_item, from_routing(ended)));
            }
            routing::Output::NotTaken(work_item, ended) => {
                self.sought_ended(work_item, from_routing(ended));
                if let Some(waiting) = self.forget(work_item) {
                    let answer = Answer::AgentRefused(from_routing(ended));
                    self.carries.push_back(AccountCarry::Answer(waiting.call, waiting.ask, answer));
                }
            }
            routing::Output::OfferEnded(offer, ended) => {
                self.offers.remove(&offer);
                self.joined.remove(&offer);
                self.texts.withdrawn(offer);
                self.carries.push_back(AccountCarry::OfferEnded(offer, from_routing(ended)));
            }
            routing::Output::PresenceChanged { agent, presence, since, queue } => {
                self.carries.push_back(AccountCarry::Presence { agent, presence, since, queue });
            }
            routing::Output::Done(order, result) => self.carries.push_back(AccountCarry::Done(order, result)),
        }
    }
}

fn ordered(order: OrderId, what: AccountOrder) -> routing::Input {
    match what {
        AccountOrder::Presence(agent, wanted) => routing::Input::Chosen(order, agent, wanted),
        AccountOrder::PresenceNext(agent, wanted) => routing::Input::NextChosen(order, agent, wanted),
        AccountOrder::FinishWrapUp(agent) => routing::Input::WrapUpDone(order, agent),
        AccountOrder::ExtendWrapUp(agent, by) => routing::Input::WrapUpExtended(order, agent, by),
        AccountOrder::Assign(work_item, agent) => routing::Input::AssignTo(order, work_item, agent),
        AccountOrder::PickUp(agent, of) => routing::Input::PickUp(order, agent, of),
        AccountOrder::AnswerText(_, offer, _) => unreachable!("{offer:?} is the text desk's"),
        AccountOrder::Pick(agent, work_item) => routing::Input::Pick(order, agent, work_item),
        AccountOrder::Move(work_item, queue) => routing::Input::MoveTo(order, work_item, queue),
        AccountOrder::MoveToHead(work_item) => routing::Input::MoveToHead(order, work_item),
    }
}

fn into_routing(outcome: OfferOutcome) -> Ended {
    match outcome {
        OfferOutcome::Accepted => Ended::Accepted,
        OfferOutcome::Declined => Ended::Declined,
        OfferOutcome::NoAnswer => Ended::NoAnswer,
        OfferOutcome::Busy => Ended::Busy,
        OfferOutcome::Unreachable => Ended::Unreachable,
        OfferOutcome::CallerLeft => Ended::CallerLeft,
        OfferOutcome::Superseded => Ended::Superseded,
        OfferOutcome::Failed => Ended::Failed,
    }
}

fn from_routing(ended: Ended) -> OfferOutcome {
    match ended {
        Ended::Accepted => OfferOutcome::Accepted,
        Ended::Declined => OfferOutcome::Declined,
        Ended::NoAnswer => OfferOutcome::NoAnswer,
        Ended::Busy => OfferOutcome::Busy,
        Ended::Unreachable => OfferOutcome::Unreachable,
        Ended::CallerLeft => OfferOutcome::CallerLeft,
        Ended::Superseded => OfferOutcome::Superseded,
        Ended::Failed => OfferOutcome::Failed,
    }
}

#[cfg(test)]
mod tests;
