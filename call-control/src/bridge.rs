//! Two legs that talk.

use crate::{Call, FlowFact};
use ringdesk_model::{AgentId, OfferId, Timestamp};
use ringdesk_voice::{CallEvent, Cause, DialOutcome, EndedBy, LegId, MUSIC, MediaCommand, PlayId, PromptRef};

/// The caller and the one he talks to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bridge {
    pub(crate) other: LegId,
    /// Whose leg `other` is, when it came from a queue.
    pub(crate) agent: Option<(AgentId, OfferId)>,
}

impl Bridge {
    pub(crate) fn is_with_agent(&self) -> bool {
        self.agent.is_some()
    }
}

impl Call {
    pub(crate) fn bridge(&mut self, other: LegId, agent: Option<(AgentId, OfferId)>) {
        if let Some(play) = self.plays.last().copied() {
            self.stop_play(play); // earlier ones were replaced by this one
        }
        self.left = None;
        self.bridge = Some(Bridge { other, agent });
        self.event(CallEvent::Bridged {
            a: self.caller,
            b: other,
            agent: agent.map(|a| a.0),
            offer: agent.map(|a| a.1),
        });
        self.hear_each_other();
    }

    /// Who talks with this leg.
    pub(crate) fn partner(&self, id: LegId) -> Option<LegId> {
        let other = self.bridge.as_ref()?.other;
        if id == self.caller { Some(other) } else { (id == other).then_some(self.caller) }
    }

    /// Each hears the other, unless the other put us on hold: then nothing comes from there worth hearing, and music plays.
    pub(crate) fn hear_each_other(&mut self) {
        let Some(Bridge { other, .. }) = self.bridge else { return };
        for (listener, source) in [(self.caller, other), (other, self.caller)] {
            let held = self.legs.get(&source).is_none_or(|l| l.held);
            self.hear(listener, (!held).then_some(source));
            self.hold_music(listener, held);
        }
    }

    /// The other side is gone. The flow decides what becomes of the caller.
    pub(crate) fn bridge_ended(&mut self, now: Timestamp, cause: Cause) {
        let Some(bridge) = self.bridge.take() else { return };
        self.event(CallEvent::Unbridged { a: self.caller, b: bridge.other });
        self.hear(self.caller, None);
        self.hold_music(self.caller, false);
        let by = match (cause, bridge.is_with_agent()) {
            (Cause::SignalingTimeout | Cause::MediaTimeout | Cause::InternalFailure | Cause::Shutdown, _) => {
                EndedBy::System
            }
            (_, true) => EndedBy::Agent,
            (_, false) => EndedBy::Callee,
        };
        match self.flow_ended.take() {
            Some(_) => self.end(now, cause, by),
            None => {
                self.left = Some((cause, by, now + self.config.alone));
                self.fact(FlowFact::DialEnded(DialOutcome::Talked));
            }
        }
    }

    fn hold_music(&mut self, listener: LegId, plays: bool) {
        let Some(leg) = self.legs.get_mut(&listener).filter(|l| l.is_live()) else { return };
        match (plays, leg.music) {
            (true, None) => {
                let play = PlayId(u32::MAX - self.own_plays);
                self.own_plays += 1;
                leg.music = Some(play);
                let prompts = vec![PromptRef::new(MUSIC)];
                self.media_command(MediaCommand::Play { leg: listener, play, prompts, repeat: true });
            }
            (false, Some(play)) => {
                leg.music = None;
                self.media_command(MediaCommand::StopPlay { leg: listener, play });
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    pub(crate) fn hear(&mut self, listener: LegId, source: Option<LegId>) {
        let Some(leg) = self.legs.get_mut(&listener).filter(|l| l.is_live() && l.hears != source) else { return };
        leg.hears = source;
        self.media_command(MediaCommand::Hear { leg: listener, legs: source.into_iter().collect() });
    }
}
