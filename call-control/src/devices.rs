//! Devices that ring in turns, and devices on which a person has to say that it is a person: whoever answers a mobile hears
//! whose call it is and presses 1. A voicemail never does, so it never has the call.

use crate::Call;
use crate::leg::Signaling;
use crate::rung::For;
use ringdesk_model::Timestamp;
use ringdesk_voice::{Cause, Digit, LegId, MediaCommand, OfferOutcome, PlayId};

/// Takes the call.
const ACCEPTS: char = '1';

impl Call {
    /// Ring what rings now.
    pub(crate) fn take_turn(&mut self, now: Timestamp, whose: For) {
        let ways = self.ringings.get_mut(&whose).map(|ringing| ringing.take_turn()).unwrap_or_default();
        for way in ways {
            self.try_next(now, whose, way);
        }
    }

    /// This turn has come to nothing. False: there is no other.
    pub(crate) fn next_turn(&mut self, now: Timestamp, whose: For) -> bool {
        let Some(ringing) = self.ringings.get_mut(&whose) else { return false };
        let Some(turn) = ringing.next_turn() else { return false };
        ringing.turn = turn;
        self.take_turn(now, whose);
        true
    }

    /// A device rang long enough, or was answered by somebody who did not say that they take the call.
    pub(crate) fn devices_due(&mut self, now: Timestamp, whose: For) {
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let mut late = Vec::new();
        for id in ringing.devices_due(now) {
            let Some(device) = ringing.devices.get_mut(&id) else { continue };
            device.until = None;
            let answered = self.legs.get(&id).is_some_and(|leg| leg.signaling == Signaling::Answered);
            if device.accepting.take().is_some() || !answered {
                let outcome = if device.away { OfferOutcome::Unreachable } else { OfferOutcome::NoAnswer };
                device.ended = Some(outcome);
                late.push(id);
            }
        }
        ringing.early.take_if(|early| late.contains(early));
        for id in late {
            self.hang_up(now, id, Cause::NoAnswer);
        }
        self.conclude(now, whose);
    }

    /// Whoever has answered has to say that they take the call. False: there is nothing to say.
    pub(crate) fn asks_to_accept(&mut self, now: Timestamp, id: LegId) -> bool {
        let play = PlayId(u32::MAX - self.own_plays);
        let Some(ringing) = self.rings_at(id).and_then(|whose| self.ringings.get_mut(&whose)) else { return false };
        let Some(device) = ringing.devices.get_mut(&id).filter(|device| !device.accepted) else { return false };
        let Some(accept) = ringing.ways.get(device.way).and_then(|way| way.accept.clone()) else { return false };
        if device.accepting.is_none() {
            device.accepting = Some((play, now + accept.within));
            self.own_plays += 1;
            self.media_command(MediaCommand::Play { leg: id, play, prompts: vec![accept.prompt], repeat: true });
        }
        true
    }

    /// A key on a device that was answered. True: it was meant for us.
    pub(crate) fn accepts(&mut self, now: Timestamp, id: LegId, digit: Digit) -> bool {
        let Some(ringing) = self.rings_at(id).and_then(|whose| self.ringings.get_mut(&whose)) else { return false };
        let Some(device) = ringing.devices.get_mut(&id) else { return false };
        let Some((play, _)) = device.accepting else { return false };
        if Digit::new(ACCEPTS) == Some(digit) {
            (device.accepting, device.accepted) = (None, true);
            self.media_command(MediaCommand::StopPlay { leg: id, play });
            self.device_ready(now, id);
        }
        true
    }
}
