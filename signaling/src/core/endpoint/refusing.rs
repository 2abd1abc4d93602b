//! Answers that nothing is kept of.

use super::Core;
use crate::core::admission::Refusal;
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::message::Message;
use crate::core::output::Counter;
use crate::core::stack::Inbound;

impl Core {
    pub(super) fn answer_for(&mut self, inbound: Inbound, answer: Refusal) {
        let tag = self.stateless_tag(inbound.message);
        let mut response = respond(inbound.message, answer.status, None, Some(&tag));
        for (name, value) in answer.fields {
            response.headers.push(name, value);
        }
        response.headers.push(Name::Server, self.stack.wire.setup.user_agent.as_str());
        self.stack.transactions.answer(&mut self.stack.wire, inbound.message, inbound.answer, &response);
    }

    pub(super) fn turn_away_for(&mut self, inbound: Inbound, refusal: Refusal) {
        let more: Vec<(Name, &str)> =
            refusal.fields.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        self.turn_away(inbound, refusal.status, &more);
    }

    pub(super) fn reject(&mut self, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        self.stack.count(Counter::Rejected);
        self.turn_away(inbound, status, more);
    }

    pub(super) fn turn_away(&mut self, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        self.turn_away_saying(inbound, status, None, more);
    }

    /// Answer and forget.
    pub(super) fn turn_away_saying(
        &mut self,
        inbound: Inbound,
        status: u16,
        reason: Option<&str>,
        more: &[(Name, &str)],
    ) {
        let tag = self.stateless_tag(inbound.message);
        let mut response = respond(inbound.message, status, reason, Some(&tag));
        for (name, value) in more {
            response.headers.push(name.clone(), *value);
        }
        response.headers.push(Name::Server, self.stack.wire.setup.user_agent.as_str());
        self.stack.wire.send(inbound.answer, response.to_bytes());
    }

    /// The same for a request and its ACK.
    pub(super) fn stateless_tag(&self, request: &Message) -> String {
        let cseq = request.cseq().0.to_string();
        self.stack.wire.words.of(&[request.call_id(), request.from_tag().unwrap_or(""), &cseq])
    }
}
