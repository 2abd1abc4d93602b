//! The caller's side of it: answering, plays, keys, silence.

use crate::leg::{About, Leg, Signaling};
use crate::rung::For;
use crate::{Call, FlowFact};
use ringdesk_model::{Pii, Timestamp};
use ringdesk_voice::{
    CallEvent, Cause, Digit, DigitSource, LegCommand, LegId, MediaCommand, PlayEnd, PlayId, PromptRef,
};
use std::time::Duration;

/// Plays of the flow that may be open at once: media ends each that is replaced, so there are two at the worst moment
/// unless media does not reply. Beyond it a play ends `Stopped` without having been asked for.
const PLAYS: usize = 32;

impl Call {
    pub(crate) fn is_unanswered(&self) -> bool {
        self.legs.get(&self.caller).is_some_and(|l| l.signaling == Signaling::Early)
    }

    /// The caller was answered and media knows where to send.
    pub(crate) fn caller_listens(&self) -> bool {
        self.legs.get(&self.caller).is_some_and(|l| {
            l.signaling == Signaling::Answered
                && !matches!(l.expects, Some((About::Start, _)))
                && !matches!(l.exchange, Some((crate::leg::Exchange::Taking(About::Start), _)))
        })
    }

    /// Send the 200. Nothing, when it was sent before.
    pub(crate) fn answer_caller(&mut self, now: Timestamp) {
        if let Some(why) = self.begins.take() {
            return self.reach(now, For::Own, why);
        }
        if self.is_unanswered() && self.description.is_some() && self.may_answer(now) {
            self.answer_now(now);
        }
    }

    pub(crate) fn answer_now(&mut self, now: Timestamp) {
        if !self.is_unanswered() {
            return;
        }
        let Some(sdp) = self.description.take() else { return }; // the flow did not wait for `Started`
        let id = self.caller;
        let until = now + self.config.confirm;
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.signaling = Signaling::Answered;
            leg.expects = self.late_offer.then_some((About::Start, until));
        }
        self.leg_command(id, LegCommand::Answer { sdp });
        self.event(CallEvent::Answered { leg: id });
        if !self.late_offer {
            self.fact(FlowFact::CallerAnswered);
        }
    }

    pub(crate) fn play(&mut self, play: PlayId, prompts: Vec<PromptRef>, repeat: bool) {
        if !self.caller_listens() || self.talk.is_some() || self.plays.len() >= PLAYS || self.plays.contains(&play) {
            return self.fact(FlowFact::Played(play, PlayEnd::Stopped));
        }
        self.plays.insert(play);
        self.media_command(MediaCommand::Play { leg: self.caller, play, prompts, repeat });
    }

    pub(crate) fn stop_play(&mut self, play: PlayId) {
        if self.plays.contains(&play) {
            self.media_command(MediaCommand::StopPlay { leg: self.caller, play });
        }
    }

    pub(crate) fn played(&mut self, play: PlayId, end: PlayEnd) {
        if self.plays.remove(&play) {
            self.fact(FlowFact::Played(play, end));
        }
    }

    pub(crate) fn echo(&mut self) {
        if self.caller_listens() && self.talk.is_none() {
            self.media_command(MediaCommand::Echo { leg: self.caller });
        }
    }

    pub(crate) fn attend(&mut self, on: bool) {
        if self.caller_listens() {
            self.media_command(MediaCommand::Attend { leg: self.caller, on });
        }
    }

    pub(crate) fn caller_talks(&mut self, id: LegId, talking: bool) {
        if id == self.caller && self.ending.is_none() {
            self.fact(FlowFact::Talk(talking));
        }
    }

    /// Keys of the caller are the flow's too; those of whoever is asked whether they take the call are nobody else's.
    pub(crate) fn key(&mut self, now: Timestamp, id: LegId, digit: Digit, source: DigitSource) {
        let counts = self.legs.get_mut(&id).is_some_and(|l| l.is_live() && l.takes_key(source));
        if !counts || self.ending.is_some() || self.accepts(now, id, digit) {
            return;
        }
        if id == self.caller {
            self.event(CallEvent::DigitPressed { leg: id, digit: Pii::new(digit), source });
            self.fact(FlowFact::Digit(digit));
        }
        self.pass_key(id, digit, source);
        self.types(now, id, digit);
    }

    /// Whoever hears this leg hears its keys: by RTP and as sound they go with its sound, through media.
    fn pass_key(&mut self, from: LegId, digit: Digit, source: DigitSource) {
        let hears = |l: &Leg| l.signaling == Signaling::Answered && l.hears.contains(&from);
        let listeners = self.legs.iter().filter(|(id, l)| **id != from && hears(l));
        let listeners: Vec<(LegId, bool)> = listeners.map(|(id, l)| (*id, l.takes_keys_by_info())).collect();
        for (leg, by_info) in listeners {
            if by_info || source == DigitSource::Info {
                self.press(leg, vec![digit], by_info);
            }
        }
    }

    pub(crate) fn press(&mut self, leg: LegId, keys: Vec<Digit>, by_info: bool) {
        let keys = Pii::new(keys);
        match by_info {
            true => self.leg_command(leg, LegCommand::Press { keys }),
            false => self.media_command(MediaCommand::Press { leg, keys }),
        }
    }

    pub(crate) fn sound_lost(&mut self, now: Timestamp, id: LegId, lasted: Duration) {
        let limit = self.config.silence;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.signaling != Signaling::Answered || leg.held || leg.silent_until.is_some() {
            return;
        }
        leg.silent_until = Some(now + limit.saturating_sub(lasted));
        self.event(CallEvent::SoundLost { leg: id });
        self.browser_silent(now, id);
        if lasted >= limit {
            self.fail_leg(now, id, Cause::MediaTimeout);
        }
    }

    pub(crate) fn sound_is_back(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.silent_until = None;
        }
    }
}
