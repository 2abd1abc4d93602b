//! Calls that ask for an agent: whoever of a queue is next, or this one and nobody else.

use super::{AccountDesk, Waiting};
use ringdesk_model::{AskId, CallId, Channel, Medium, Timestamp};
use ringdesk_routing::{self as routing, Sought, Treatment, Work};
use ringdesk_voice::{AgentRequest, WorkRequest};

impl AccountDesk {
    /// Who was called back waits where they always did.
    pub(super) fn queue(
        &mut self,
        now: Timestamp,
        call: CallId,
        ask: AskId,
        request: WorkRequest,
        treatment: Treatment,
    ) {
        let WorkRequest { work_item, queue, priority } = request;
        self.waiting.insert(work_item, Waiting { call, ask });
        self.asks.insert(ask, work_item);
        let (in_place_of, since) = self.places.returns(call).unzip();
        let channel = Some(Channel::Phone.as_str().to_owned());
        let new = Work::new(work_item, queue, Medium::Voice, since.unwrap_or(now));
        let work = Work { priority, channel, in_place_of, ..new };
        self.router.handle_input(now, routing::Input::Queued(work.treated(treatment)));
    }

    /// A colleague asks for one agent, or an agent for themselves. The queue whose rules the work follows is the one the contact
    /// came from; where the call does not know it, that of the work in hand.
    pub(super) fn seek(&mut self, now: Timestamp, call: CallId, ask: AskId, request: AgentRequest) {
        let AgentRequest { work_item, agent, queue, ring_for, ends_wrap_up } = request;
        self.waiting.insert(work_item, Waiting { call, ask });
        self.asks.insert(ask, work_item);
        let queue = queue.or_else(|| self.parts.values().find(|part| part.call == call).map(|part| part.queue));
        let engaged_here = self.is_engaged_in(agent, call);
        let sought = Sought { work_item, agent, queue, medium: Medium::Voice, ring_for, ends_wrap_up, engaged_here };
        self.router.handle_input(now, routing::Input::Sought(sought));
    }
}
