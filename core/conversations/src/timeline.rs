//! The lines a person reads in the conversation.

use crate::{CallFact, TransferTarget};
use ringdesk_model::{AgentId, QueueId, WorkOutcome};
use serde::{Deserialize, Serialize};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Something happened in a call.
    CallEvent,
    /// A message that the caller spoke; its place is one in the recording that `detail` names.
    Voicemail,
    /// A written message.
    Message,
    /// For staff only; never leaves by any channel.
    Note,
}

impl LineKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            LineKind::CallEvent => "call_event",
            LineKind::Voicemail => "voicemail",
            LineKind::Message => "message",
            LineKind::Note => "note",
        }
    }
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Contact,
    Agent,
    Bot,
    System,
}

impl Speaker {
    pub const fn as_str(self) -> &'static str {
        match self {
            Speaker::Contact => "contact",
            Speaker::Agent => "agent",
            Speaker::Bot => "bot",
            Speaker::System => "system",
        }
    }
}

/// One line of the timeline. `text` is a key (`call.queued`) that the reader's language turns into words; the rest fills
/// the words in. No line carries a number or a name: those come from contact and call, under the reader's mask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub kind: LineKind,
    pub speaker: Speaker,
    pub text: String,
    pub agent: Option<AgentId>,
    pub queue: Option<QueueId>,
    /// Outcome or cause, in the words of the API.
    pub detail: Option<String>,
}

/// The line of a fact; `None`: not worth a line.
pub fn line(fact: &CallFact) -> Option<Line> {
    let line = match fact {
        CallFact::Started { .. } => Line::event(Speaker::Contact, "call.started"),
        CallFact::Answered => Line::event(Speaker::System, "call.answered"),
        CallFact::StepEntered { .. } => return None,
        CallFact::Queued { queue, .. } => Line::event(Speaker::System, "call.queued").in_queue(Some(*queue)),
        // The agent's joining says it already.
        CallFact::LeftQueue { outcome: WorkOutcome::Served, .. } => return None,
        CallFact::LeftQueue { outcome, .. } => Line::event(Speaker::System, "call.left_queue").detail(outcome.as_str()),
        CallFact::Offered { agent, queue, .. } => {
            Line::event(Speaker::System, "call.offered").by(*agent, Speaker::System).in_queue(Some(*queue))
        }
        CallFact::OfferEnded { outcome, .. } if outcome == "accepted" => return None,
        CallFact::OfferEnded { agent, outcome, .. } => {
            Line::event(Speaker::System, "call.offer_ended").by(*agent, Speaker::System).detail(outcome)
        }
        CallFact::AgentJoined { agent, queue, .. } => {
            Line::event(Speaker::Agent, "call.agent_joined").by(*agent, Speaker::Agent).in_queue(*queue)
        }
        CallFact::AgentLeft { agent } => Line::event(Speaker::Agent, "call.agent_left").by(*agent, Speaker::Agent),
        CallFact::CalleeJoined => Line::event(Speaker::System, "call.callee_joined"),
        CallFact::CalleeLeft => Line::event(Speaker::System, "call.callee_left"),
        CallFact::Sound { .. } | CallFact::SoundPoor { .. } | CallFact::SoundRecovered { .. } => return None,
        CallFact::VoicemailBegun { .. } => return None,
        CallFact::VoicemailDiscarded { reason, .. } => {
            Line::event(Speaker::Contact, "call.voicemail_discarded").detail(reason)
        }
        CallFact::Voicemail { recording, queue, .. } => Line {
            kind: LineKind::Voicemail,
            detail: recording.map(|r| r.to_string()),
            ..Line::event(Speaker::Contact, "call.voicemail").in_queue(*queue)
        },
        CallFact::Rated { stars } => Line::event(Speaker::Contact, "call.rated").detail(&stars.as_ref()?.to_string()),
        // The transfer's own lines say it, and who joins.
        CallFact::Sought { .. } | CallFact::SoughtEnded { .. } => return None,
        CallFact::AgentConsulted { agent, queue, .. } => {
            Line::event(Speaker::Agent, "call.agent_consulted").by(*agent, Speaker::Agent).in_queue(*queue)
        }
        CallFact::Held { agent } => Line::event(Speaker::System, "call.held").perhaps_by(*agent),
        CallFact::Resumed { agent } => Line::event(Speaker::System, "call.resumed").perhaps_by(*agent),
        // What the agent does with their microphone is not the contact's matter.
        CallFact::Muted { .. } | CallFact::Unmuted { .. } => return None,
        CallFact::Transferring { by, target, mode, .. } => {
            let line = Line::event(Speaker::System, "call.transferring").perhaps_by(*by).detail(mode);
            match target {
                TransferTarget::Queue { queue } => line.in_queue(Some(*queue)),
                _ => line,
            }
        }
        CallFact::TransferEnded { agent, outcome, .. } => {
            Line::event(Speaker::System, "call.transfer_ended").perhaps_by(*agent).detail(outcome)
        }
        // Who listens is written in the audit, not where everybody who has a part reads it.
        CallFact::Supervised { mode, .. } if mode == "listen" || mode == "whisper" => return None,
        CallFact::Supervised { supervisor, mode, .. } => {
            Line::event(Speaker::Agent, "call.supervised").by(*supervisor, Speaker::Agent).detail(mode)
        }
        CallFact::SupervisionEnded { .. } => return None,
        CallFact::AgentLost { agent } => {
            Line::event(Speaker::System, "call.agent_reconnecting").by(*agent, Speaker::System)
        }
        CallFact::AgentBack { agent } => {
            Line::event(Speaker::System, "call.agent_reconnected").by(*agent, Speaker::System)
        }
        CallFact::AgentGone { agent } => {
            Line::event(Speaker::System, "call.agent_not_reconnected").by(*agent, Speaker::System)
        }
        CallFact::Parked { agent } => Line::event(Speaker::Agent, "call.parked").by(*agent, Speaker::Agent),
        CallFact::Retrieved { agent } => Line::event(Speaker::Agent, "call.retrieved").by(*agent, Speaker::Agent),
        CallFact::Ended { cause, by } => {
            let speaker = match by.as_str() {
                "caller" => Speaker::Contact,
                "agent" => Speaker::Agent,
                "flow" => Speaker::Bot,
                _ => Speaker::System,
            };
            Line::event(speaker, "call.ended").detail(cause)
        }
    };
    Some(line)
}

/// What becomes of a message that a caller left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageStep {
    Claimed,
    Released,
    Closed,
}

/// The line of it; `agent`: who sees to it, or did.
pub fn message_line(step: MessageStep, agent: AgentId, queue: Option<QueueId>, detail: Option<&str>) -> Line {
    let text = match step {
        MessageStep::Claimed => "message.claimed",
        MessageStep::Released => "message.released",
        MessageStep::Closed => "message.closed",
    };
    let line = Line::event(Speaker::Agent, text).by(agent, Speaker::Agent).in_queue(queue);
    match detail {
        Some(detail) => line.detail(detail),
        None => line,
    }
}

impl Line {
    fn event(speaker: Speaker, text: &str) -> Line {
        Line { kind: LineKind::CallEvent, speaker, text: text.to_owned(), agent: None, queue: None, detail: None }
    }

    fn by(mut self, agent: AgentId, speaker: Speaker) -> Line {
        (self.agent, self.speaker) = (Some(agent), speaker);
        self
    }

    fn perhaps_by(mut self, agent: Option<AgentId>) -> Line {
        if agent.is_some() {
            (self.agent, self.speaker) = (agent, Speaker::Agent);
        }
        self
    }

    fn in_queue(mut self, queue: Option<QueueId>) -> Line {
        self.queue = queue;
        self
    }

    fn detail(mut self, detail: &str) -> Line {
        self.detail = Some(detail.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Pii, Timestamp};

    #[test]
    fn a_served_call_reads_without_repetition() {
        let mut ids = Ids::seeded(1);
        let now = Timestamp(0);
        let (queue, agent, offer, work_item) = (ids.next(now), ids.next(now), ids.next(now), ids.next(now));
        let facts = [
            CallFact::Started { from: Pii::new("+4930123456".into()), to: Pii::new("1001".into()), inbox: None },
            CallFact::Answered,
            CallFact::StepEntered { step: "menu".into(), kind: "menu".into() },
            CallFact::Queued { work_item, queue },
            CallFact::Offered { offer, agent, queue },
            CallFact::OfferEnded { offer, agent, outcome: "accepted".into() },
            CallFact::LeftQueue { work_item, outcome: WorkOutcome::Served },
            CallFact::AgentJoined { offer, agent, queue: Some(queue) },
            CallFact::AgentLeft { agent },
            CallFact::Ended { cause: "normal".into(), by: "agent".into() },
        ];
        let lines: Vec<Line> = facts.iter().filter_map(line).collect();
        let read: Vec<String> = lines.iter().map(|l| format!("{} {}", l.speaker.as_str(), l.text)).collect();
        assert_eq!(
            read,
            [
                "contact call.started",
                "system call.answered",
                "system call.queued",
                "system call.offered",
                "agent call.agent_joined",
                "agent call.agent_left",
                "agent call.ended",
            ]
        );
        assert!(!serde_json::to_string(&lines).unwrap().contains("+49"), "no number in a line");
    }

    #[test]
    fn outcome_words_are_those_of_the_wire() {
        use WorkOutcome::*;
        for outcome in [Served, Abandoned, NoAgents, MaxWait, QueueFull, Draining, ChannelOff, CalledBack, Moved] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
