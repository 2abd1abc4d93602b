//! Transfers: as an agent orders them, as a telephone asks for them (REFER, RFC 5589), and into a queue or a flow.

use crate::search::{Purpose, Search, Transfer, span_ms};
use crate::{Call, FlowFact};
use ringdesk_model::{AgentId, OrderId, Pii, QueueId, Timestamp, TransferId, WorkOutcome};
use ringdesk_voice::{
    CallEvent, Cause, LegCommand, LegId, Outcome, TransferMode, TransferOrder, TransferOutcome, TransferTo,
};

/// The contact was transferred to a queue, and waits for somebody to take it.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    transfer: TransferId,
    /// To whom it goes back if nobody does.
    by: Option<AgentId>,
    since: Timestamp,
}

impl Call {
    pub(crate) fn transfer(&mut self, now: Timestamp, order: OrderId, wanted: TransferOrder) {
        let TransferOrder { transfer, by, to, mode, reason } = wanted;
        let leaves_to_flow = matches!(to, TransferTo::Queue(_) | TransferTo::Flow(_));
        let leg = match self.free_part(by) {
            Ok(leg) => leg,
            Err(why) => return self.done(order, Outcome::Refused(why.into())),
        };
        let obstacle = if to == TransferTo::Agent(by) {
            Some("this agent has the contact already")
        } else if !self.legs.get(&leg).is_some_and(|l| l.is_live()) {
            Some("this agent's browser is lost; wait until they are back")
        } else if leaves_to_flow && mode != TransferMode::Blind {
            Some("nobody in a queue or a flow can be asked first")
        } else if self.parts() > 1 && (leaves_to_flow || mode == TransferMode::Blind) {
            Some("others are in this talk; leave it, or let somebody join")
        } else {
            None
        };
        if let Some(why) = obstacle {
            return self.done(order, Outcome::Refused(why.into()));
        }
        self.event(CallEvent::Transferring { transfer, leg, by: Some(by), to: to.clone(), mode, reason });
        self.begin_search(now, Purpose::Transfer(Transfer { id: transfer, by: Some(by), mode }), Some(leg), to);
        self.done(order, Outcome::Done);
    }

    /// An agent's leg that talks to the contact, when nobody is being looked for.
    pub(crate) fn free_part(&self, by: AgentId) -> Result<LegId, &'static str> {
        if self.ending.is_some() {
            return Err("the call is over");
        }
        let leg = self.leg_of(by).ok_or("this agent does not talk in this call")?;
        if self.search.is_some() {
            return Err("somebody is being called for this contact already");
        }
        Ok(leg)
    }

    /// A telephone asks for it.
    pub(crate) fn transfer_asked(&mut self, now: Timestamp, leg: LegId, to: &Pii<String>, replaces: Option<LegId>) {
        // A supervisor, or who is not back yet, has nobody to pass on.
        let talks = leg == self.caller || self.is_part(leg);
        if !talks && self.legs.get(&leg).is_some_and(|l| l.is_live()) {
            return self.leg_command(leg, LegCommand::TransferProgress { status: 603 });
        }
        self.turn_own(now);
        let talks = leg == self.caller && self.parts() == 1 || self.is_part(leg) && self.parts() == 1;
        if !self.legs.get(&leg).is_some_and(|l| l.is_live()) {
            return;
        }
        let ours = replaces.is_some_and(|other| self.legs.contains_key(&other));
        if !talks || self.search.is_some() || self.ending.is_some() || ours {
            return self.leg_command(leg, LegCommand::TransferProgress { status: 603 });
        }
        if let Some(state) = self.legs.get_mut(&leg) {
            state.refers = true;
        }
        let by = self.part(leg).and_then(|part| part.agent);
        let (id, mode): (TransferId, _) = (self.ids.next(now), TransferMode::Blind);
        // A whole URI is not a number of ours, and whether it may be dialled is for the house to say.
        let dialled = to.reveal().clone();
        let to =
            if dialled.contains(':') { TransferTo::Number(dialled.into()) } else { TransferTo::Extension(dialled) };
        self.event(CallEvent::Transferring { transfer: id, leg, by, to: to.clone(), mode, reason: None });
        let purpose = Purpose::Transfer(Transfer { id, by, mode });
        self.tell_transferor(leg, 100);
        match replaces {
            Some(replaced) => self.begin_adoption(now, purpose, Some(leg), replaced),
            None => self.begin_search(now, purpose, Some(leg), to),
        }
    }

    /// The search has led to a queue: the sender is free, the contact waits there.
    pub(crate) fn queue_transferred(&mut self, now: Timestamp, queue: QueueId) {
        let Some((transfer, search)) = self.left_to_flow(now) else { return };
        self.queued = Some(Queued { transfer: transfer.id, by: transfer.by, since: now });
        self.back_to_queue(now, queue, transfer.by.is_some());
        if let Some(sender) = search.sender {
            self.tell_transferor(sender, 200);
        }
    }

    /// The search has led to a flow.
    pub(crate) fn flow_transferred(&mut self, now: Timestamp, program: String) {
        let Some((transfer, search)) = self.left_to_flow(now) else { return };
        self.back_to_flow(now);
        let (transfer, outcome) = (transfer.id, TransferOutcome::Completed);
        self.event(CallEvent::TransferEnded { transfer, outcome, waited_ms: 0, leg: None });
        if let Some(sender) = search.sender {
            self.tell_transferor(sender, 200);
        }
        self.fact(FlowFact::Program(program));
    }

    fn left_to_flow(&mut self, now: Timestamp) -> Option<(Transfer, Search)> {
        let search = self.search.take()?;
        let transfer = search.transfer().cloned()?;
        if let Some(leg) = search.sender.and_then(|sender| self.legs.get_mut(&sender)) {
            leg.asked_for_transfer = leg.refers;
        }
        if search.sender == Some(self.caller) {
            self.let_go(now, self.caller); // whom he has called goes there
        }
        Some((transfer, search))
    }

    /// An agent has taken the contact out of a queue.
    pub(crate) fn queue_served(&mut self, now: Timestamp, leg: LegId) {
        self.queue_ended(now, TransferOutcome::Completed, Some(leg));
    }

    /// The flow says that the contact has left the queue.
    pub(crate) fn left_queue(&mut self, now: Timestamp, outcome: WorkOutcome) {
        let Some(by) = self.queued.as_ref().map(|queued| queued.by) else { return };
        let outcome = match outcome {
            // Said when the agent answered; and in another queue they still wait.
            WorkOutcome::Served | WorkOutcome::Moved => return,
            WorkOutcome::Abandoned | WorkOutcome::CalledBack => TransferOutcome::CallerLeft,
            WorkOutcome::MaxWait => TransferOutcome::NoAnswer,
            WorkOutcome::NoAgents | WorkOutcome::QueueFull | WorkOutcome::Draining | WorkOutcome::ChannelOff => {
                TransferOutcome::Unreachable
            }
        };
        self.queue_ended(now, outcome, None);
        if by.is_some() && outcome != TransferOutcome::CallerLeft {
            self.returning = true;
            self.bring_back(now, by);
        }
    }

    pub(crate) fn queue_ended(&mut self, now: Timestamp, outcome: TransferOutcome, leg: Option<LegId>) {
        if let Some(Queued { transfer, since, .. }) = self.queued.take() {
            self.event(CallEvent::TransferEnded { transfer, outcome, waited_ms: span_ms(since, now), leg });
        }
    }

    /// The call ends while somebody is looked for.
    pub(crate) fn transfers_end(&mut self, now: Timestamp) {
        self.search_stops(now, TransferOutcome::CallerLeft);
        self.queue_ended(now, TransferOutcome::CallerLeft, None);
        for (ask, _) in std::mem::take(&mut self.owed) {
            self.put(crate::Output::Cancel(ask));
        }
    }

    /// A telephone that had asked for a transfer has not hung up.
    pub(crate) fn sent_home(&mut self, now: Timestamp, leg: LegId) {
        if let Some(state) = self.legs.get_mut(&leg) {
            state.leaves = None;
        }
        self.hang_up(now, leg, Cause::Normal);
    }
}
