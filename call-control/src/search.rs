//! Somebody is looked for, for the contact or for an agent who asks: by a transfer, to retrieve or bring back a contact, or to
//! take the place of a leg. One search at a time; it ends found, failed, or stopped.

use crate::leg::Signaling;
use crate::rung::{For, Rings};
use crate::search_ends::transfer_outcome;
use crate::talk::Part;
use crate::{Call, Output};
use ringdesk_model::{AgentId, AskId, Timestamp, TransferId, WorkItemId, WorkOutcome};
use ringdesk_voice::{
    AgentRequest, Answer, CallEvent, Cause, LegCommand, LegId, OfferOutcome, Question, Target, TransferMode,
    TransferOutcome, TransferTo,
};

/// A transfer as it was ordered, or asked for by a telephone.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) id: TransferId,
    pub(crate) by: Option<AgentId>,
    pub(crate) mode: TransferMode,
}

/// What it is for.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    Transfer(Transfer),
    /// This agent picks up the parked contact.
    Retrieve(AgentId),
    /// The contact goes back to the agent who passed it on or parked it.
    BringBack,
    /// The agent takes the place of this leg.
    TakeUp(LegId),
}

/// How far it is.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// The house reads what was dialled.
    Whom { ask: AskId, to: TransferTo, until: Timestamp },
    /// The program of a flow is fetched.
    Program { ask: AskId, until: Timestamp },
    /// Routing reserves an agent; its offer has this work item.
    Agent { ask: AskId, work_item: WorkItemId, until: Timestamp },
    /// Telephones ring, or a leg of another call is being described anew.
    Rings,
    /// Another call is asked to give up a leg.
    Adopts { ask: AskId, until: Timestamp },
    /// A consultation: the sender talks to this leg.
    Asked(LegId, Part),
}

#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) purpose: Purpose,
    /// Who waits for it; `None`: hung up meanwhile, or there is nobody.
    pub(crate) sender: Option<LegId>,
    pub(crate) stage: Stage,
    since: Timestamp,
    /// How long it took until somebody answered.
    waited_ms: Option<u64>,
}

impl Search {
    /// Whom the sender consults.
    pub(crate) fn asked(&self) -> Option<(LegId, &Part)> {
        if let Stage::Asked(leg, part) = &self.stage { Some((*leg, part)) } else { None }
    }

    pub(crate) fn asked_mut(&mut self) -> Option<(LegId, &mut Part)> {
        if let Stage::Asked(leg, part) = &mut self.stage { Some((*leg, part)) } else { None }
    }

    pub(crate) fn transfer(&self) -> Option<&Transfer> {
        if let Purpose::Transfer(transfer) = &self.purpose { Some(transfer) } else { None }
    }

    /// Who lets somebody join goes on talking; who passes the contact on, or asks, does not.
    pub(crate) fn takes_sender_away(&self) -> bool {
        self.transfer().is_some_and(|t| t.mode != TransferMode::Join)
    }

    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Whom { until, .. }
            | Stage::Program { until, .. }
            | Stage::Agent { until, .. }
            | Stage::Adopts { until, .. } => Some(until),
            Stage::Rings | Stage::Asked(..) => None, // the ringing has its own; who talks may talk
        }
    }

    fn ask(&self) -> Option<AskId> {
        match self.stage {
            Stage::Whom { ask, .. }
            | Stage::Program { ask, .. }
            | Stage::Agent { ask, .. }
            | Stage::Adopts { ask, .. } => Some(ask),
            Stage::Rings | Stage::Asked(..) => None,
        }
    }

    pub(crate) fn waited(&self, now: Timestamp) -> u64 {
        self.waited_ms.unwrap_or_else(|| span_ms(self.since, now))
    }
}

impl Call {
    pub(crate) fn begin_search(&mut self, now: Timestamp, purpose: Purpose, sender: Option<LegId>, to: TransferTo) {
        self.search = Some(Search { purpose, sender, stage: Stage::Rings, since: now, waited_ms: None });
        self.seek(now, to, false);
    }

    /// `read`: the house has said that this is meant.
    fn seek(&mut self, now: Timestamp, to: TransferTo, read: bool) {
        let by = self.search.as_ref().and_then(|s| s.transfer()).and_then(|t| t.by);
        let until = now + self.config.answer;
        match to {
            TransferTo::Extension(extension) if read => self.search_rings(now, Target::Extension(extension)),
            TransferTo::Number(number) if read => self.search_rings(now, Target::Number(number)),
            TransferTo::Supervisor if read => self.search_failed(now, TransferOutcome::Unreachable),
            TransferTo::Extension(_) | TransferTo::Number(_) | TransferTo::Supervisor => {
                let ask = self.ask(now, Question::Whom { to: to.clone(), by });
                self.stage(Stage::Whom { ask, to, until });
            }
            TransferTo::Agent(agent) => self.seek_agent(now, agent),
            TransferTo::Queue(queue) => {
                if self.may_leave_to_flow() {
                    self.queue_transferred(now, queue);
                } else {
                    self.search_failed(now, TransferOutcome::Failed);
                }
            }
            TransferTo::Flow(flow) => {
                if self.may_leave_to_flow() {
                    let ask = self.ask(now, Question::Program(flow));
                    self.stage(Stage::Program { ask, until });
                } else {
                    self.search_failed(now, TransferOutcome::Failed);
                }
            }
        }
    }

    fn seek_agent(&mut self, now: Timestamp, agent: AgentId) {
        if self.leg_of(agent).is_some() || self.supervisions.contains_key(&agent) {
            return self.search_failed(now, TransferOutcome::Busy); // in this very call
        }
        let work_item: WorkItemId = self.ids.next(now);
        let ring_for = self.config.transfer_ring;
        let ends_wrap_up = self.is_sought(|purpose| !matches!(purpose, Purpose::Transfer(_)));
        let request = AgentRequest { work_item, agent, queue: self.queue, ring_for, ends_wrap_up };
        let ask = self.ask(now, Question::Agent(request));
        self.stage(Stage::Agent { ask, work_item, until: now + ring_for + self.config.answer + self.config.answer });
    }

    /// A queue or a flow takes the contact as a whole, or not at all.
    fn may_leave_to_flow(&self) -> bool {
        let blind = self.is_sought(|p| matches!(p, Purpose::Transfer(t) if t.mode == TransferMode::Blind));
        blind && self.parts() <= 1
    }

    fn search_rings(&mut self, now: Timestamp, target: Target) {
        self.stage(Stage::Rings);
        let ring_for = self.config.transfer_ring;
        self.reach(now, For::Search, Rings::Target(target, ring_for));
    }

    pub(crate) fn stage(&mut self, stage: Stage) {
        if let Some(search) = &mut self.search {
            search.stage = stage;
        }
    }

    pub(crate) fn search_asks(&self, ask: AskId) -> bool {
        self.search.as_ref().is_some_and(|s| s.ask() == Some(ask))
    }

    /// The offer of this work item belongs to the search.
    pub(crate) fn is_search_item(&self, work_item: WorkItemId) -> bool {
        let awaits = |s: &Search| matches!(s.stage, Stage::Agent { work_item: sought, .. } if sought == work_item);
        self.search.as_ref().is_some_and(awaits)
    }

    pub(crate) fn search_answered(&mut self, now: Timestamp, answer: Answer) {
        let Some(search) = &mut self.search else { return };
        match (std::mem::replace(&mut search.stage, Stage::Rings), answer) {
            (Stage::Whom { .. }, Answer::To(to)) => self.seek(now, to, true),
            (Stage::Whom { .. }, Answer::NotTo(outcome)) => self.search_failed(now, outcome),
            // Nobody reads numbers here. The phones of an extension are the house's own; elsewhere nobody may call unasked.
            (Stage::Whom { to: to @ TransferTo::Extension(_), .. }, _) => self.seek(now, to, true),
            (Stage::Whom { .. }, _) => self.search_failed(now, TransferOutcome::Forbidden),
            (Stage::Program { .. }, Answer::Program(program)) => {
                if self.may_leave_to_flow() {
                    self.flow_transferred(now, program);
                } else {
                    self.search_failed(now, TransferOutcome::Failed);
                }
            }
            (Stage::Agent { .. }, Answer::AgentRefused(outcome)) => {
                self.stop_ringing(now, For::Search, OfferOutcome::Superseded, Cause::Cancelled);
                self.search_failed(now, transfer_outcome(outcome));
            }
            (Stage::Agent { .. }, Answer::LeftQueue(WorkOutcome::Draining)) => {
                self.search_failed(now, TransferOutcome::Unreachable);
            }
            (Stage::Adopts { .. }, Answer::Adopted { leg, interface, profile, agent }) => {
                self.adopt(now, leg, interface, profile, agent);
            }
            (_, _) => {
                self.stop_ringing(now, For::Search, OfferOutcome::Failed, Cause::Cancelled);
                self.search_failed(now, TransferOutcome::Failed);
            }
        }
    }

    /// What was asked was not answered in time.
    pub(crate) fn search_expired(&mut self, now: Timestamp) {
        let outcome = match self.search.as_ref().map(|s| &s.stage) {
            Some(Stage::Agent { .. }) => TransferOutcome::NoAnswer,
            _ => TransferOutcome::Failed,
        };
        self.take_back_question();
        self.stop_ringing(now, For::Search, OfferOutcome::NoAnswer, Cause::NoAnswer);
        self.search_failed(now, outcome);
    }

    pub(crate) fn take_back_question(&mut self) {
        if let Some(ask) = self.search.as_ref().and_then(|s| s.ask()) {
            self.put(Output::Cancel(ask));
            self.stage(Stage::Rings);
        }
    }

    /// The target's telephone rings.
    pub(crate) fn search_progresses(&mut self) {
        if let Some(sender) = self.search.as_ref().and_then(|s| s.sender) {
            self.tell_transferor(sender, 180);
        }
    }

    /// All telephones of the target have ended.
    pub(crate) fn search_unanswered(&mut self, now: Timestamp, outcome: OfferOutcome) {
        let until = now + self.config.answer;
        match self.search.as_mut().map(|s| &mut s.stage) {
            // Routing has its say: it ends the question, and with it the search.
            Some(Stage::Agent { until: at, .. }) => *at = until,
            Some(Stage::Rings) => self.search_failed(now, transfer_outcome(outcome)),
            _ => {}
        }
    }

    /// Somebody has answered, and media is ready.
    pub(crate) fn search_found(&mut self, now: Timestamp, leg: LegId, part: Part) {
        if let Some(Stage::Agent { ask, .. }) = self.search.as_ref().map(|s| &s.stage) {
            self.owed.insert(*ask, now + self.config.answer); // routing says `Served` in a moment
        }
        let Some(search) = &mut self.search else { return self.hang_up(now, leg, Cause::Normal) };
        search.waited_ms = Some(span_ms(search.since, now));
        let (agent, offer) = (part.agent, part.offer);
        search.stage = Stage::Asked(leg, part);
        match (search.purpose.clone(), search.sender) {
            (Purpose::Transfer(Transfer { mode: TransferMode::Consult, .. }), Some(sender)) => {
                self.event(CallEvent::Bridged { a: sender, b: leg, agent, offer });
            }
            (Purpose::Transfer(Transfer { mode: TransferMode::Join, .. }), _) => self.target_joins(now),
            (Purpose::Transfer(_), _) => self.target_takes_over(now),
            (Purpose::Retrieve(by), _) => {
                self.parked = None;
                self.target_joins(now);
                self.event(CallEvent::Retrieved { leg, by });
            }
            (Purpose::BringBack, _) => {
                self.parked = None;
                self.returning = false;
                self.target_joins(now);
            }
            (Purpose::TakeUp(former), _) => self.place_taken(now, former),
        }
    }

    /// Whom the sender looked for joins the contact's talk; the sender stays.
    pub(crate) fn target_joins(&mut self, now: Timestamp) {
        let Some(search) = self.search.take() else { return };
        let Some((leg, part)) = search.asked().map(|(leg, part)| (leg, part.clone())) else { return };
        let waited_ms = search.waited(now);
        self.join(leg, part);
        if let Purpose::Transfer(transfer) = search.purpose {
            let (transfer, outcome) = (transfer.id, TransferOutcome::Completed);
            self.event(CallEvent::TransferEnded { transfer, outcome, waited_ms, leg: Some(leg) });
        }
        if let Some(sender) = search.sender {
            self.tell_transferor(sender, 200);
        }
    }

    /// Whom the sender looked for takes the sender's place.
    pub(crate) fn target_takes_over(&mut self, now: Timestamp) {
        let Some(sender) = self.search.as_ref().and_then(|s| s.sender) else { return self.target_joins(now) };
        if sender == self.caller {
            // The caller has passed on whom he talked to, and is not part of it any more. His telephone hears how it went
            // before it is sent home.
            self.tell_transferor(sender, 200);
            self.let_go(now, sender);
            self.target_joins(now);
        } else {
            self.target_joins(now);
            self.let_go(now, sender);
        }
    }

    /// To a telephone that sent a REFER (RFC 3515 §2.4.5).
    pub(crate) fn tell_transferor(&mut self, leg: LegId, status: u16) {
        let Some(state) = self.legs.get_mut(&leg).filter(|l| l.is_live() && l.refers) else { return };
        state.refers = status < 200;
        state.asked_for_transfer = status < 300;
        if state.signaling == Signaling::Answered {
            self.leg_command(leg, LegCommand::TransferProgress { status });
        }
    }

    /// Ask a question that the search waits for.
    fn ask(&mut self, now: Timestamp, question: Question) -> AskId {
        let ask: AskId = self.ids.next(now);
        self.put(Output::Ask(ask, question));
        ask
    }

    pub(crate) fn begin_adoption(&mut self, now: Timestamp, purpose: Purpose, sender: Option<LegId>, leg: LegId) {
        let ask = self.ask(now, Question::Adopt { leg });
        let stage = Stage::Adopts { ask, until: now + self.config.answer };
        self.search = Some(Search { purpose, sender, stage, since: now, waited_ms: None });
    }
}

pub(crate) fn span_ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0)
}
