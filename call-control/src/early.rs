//! What is heard before anybody answers: an announcement, the ringing tone of another country (RFC 3960).

use crate::Call;
use crate::leg::About;
use crate::rung::{For, Rings};
use ringdesk_model::Timestamp;
use ringdesk_voice::{LegCommand, LegId, Profile, Sdp};

impl Call {
    /// Early media: the caller gets ringing, the description is kept for a 200 that has none. Who had somebody dialled hears
    /// it as soon as there is something to hear; who waits for an agent hears the queue's music.
    pub(crate) fn device_progresses(&mut self, now: Timestamp, id: LegId, answer: Sdp) {
        if self.ringing_at(id).is_none() {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.settled_early = None;
        let first = leg.early.replace(answer.clone()).is_none();
        if first && !leg.rang {
            self.device_rings(id);
        }
        if self.has_early_listener(id) {
            self.take_answer(now, id, answer, About::Early);
        }
    }

    fn has_early_listener(&self, id: LegId) -> bool {
        // A line whose early sound is not wanted rings instead.
        if matches!(self.legs.get(&id).map(|l| &l.profile), Some(Profile::Rtp(line)) if !line.early_media) {
            return false;
        }
        let why = self.ringing_at(id).and_then(|whose| self.ringings.get(&whose).map(|r| (whose, &r.why)));
        matches!(why, Some((For::Contact, Rings::Dial(_)) | (For::Search, Rings::Target(..))))
    }

    /// Sound arrives before the answer: an announcement, the ringing tone of another country. The first such device is heard.
    pub(crate) fn early_sound(&mut self, id: LegId) {
        let has_sound = self.legs.get(&id).is_some_and(|l| l.has_early_sound && l.flows);
        let Some(whose) = self.ringing_at(id).filter(|_| has_sound && self.has_early_listener(id)) else { return };
        if self.ringings.get(&whose).is_none_or(|r| r.early.is_some()) {
            return;
        }
        if whose == For::Contact {
            if self.is_unanswered() {
                // An offer of ours that only the 200 can carry: nobody knows yet where to send sound (RFC 3261 §13.2.1).
                let Some(answer) = self.description.clone().filter(|_| !self.late_offer) else { return };
                self.leg_command(self.caller, LegCommand::Progress { answer });
            }
            if let Some(play) = self.plays.last().copied() {
                self.stop_play(play);
            }
        }
        if let Some(ringing) = self.ringings.get_mut(&whose) {
            ringing.early = Some(id);
        }
    }

    pub(crate) fn early_of_dial(&self) -> Option<LegId> {
        self.ringings.get(&For::Contact).and_then(|r| r.early)
    }

    pub(crate) fn early_of_search(&self) -> Option<LegId> {
        self.ringings.get(&For::Search).and_then(|r| r.early)
    }

    /// Media is done with an early answer, whether it could use it or not.
    pub(crate) fn early_answer_taken(&mut self, now: Timestamp, id: LegId, usable: bool) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.has_early_sound |= usable;
        if leg.unsettled {
            return self.take_final_answer(now, id);
        }
        self.early_sound(id);
    }
}
