//! Deadlines: no state of a call is without one. What each is for, which is the first, and what happens then.

use crate::leg::{About, Exchange, Media, Signaling};
use crate::rung::For;
use crate::search::Search;
use crate::{Call, Output};
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Cause, EndedBy, LegId};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    MediaReply(LegId),
    Confirm(LegId),
    HangUp(LegId),
    Close(LegId),
    Silence(LegId),
    Leave(LegId),
    Reach(For),
    Gate,
    Ring(For),
    Device(For),
    Number(LegId),
    Search,
    Owed(AskId),
    Parked,
    Lost(LegId),
    Alone,
    Unanswered,
    Longest,
}

impl Due {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Due::MediaReply(_) => "media did not reply",
            Due::Confirm(_) => "no answer to our offer",
            Due::HangUp(_) => "a leg did not end",
            Due::Close(_) => "media did not close",
            Due::Silence(_) => "no sound",
            Due::Leave(_) => "a telephone did not hang up after its transfer",
            Due::Reach(_) => "nobody said where to dial",
            Due::Gate => "nobody said whether the call is recorded",
            Due::Ring(_) => "rang long enough",
            Due::Device(_) => "a device rang long enough",
            Due::Number(_) => "a number was typed",
            Due::Search => "nobody said who was found",
            Due::Owed(_) => "routing did not say that somebody was served",
            Due::Parked => "parked long enough",
            Due::Lost(_) => "an agent did not come back",
            Due::Alone => "the flow left the caller alone",
            Due::Unanswered => "the flow did not answer the caller",
            Due::Longest => "the longest call",
        }
    }
}

impl Call {
    /// The first of all deadlines.
    pub(crate) fn next_due(&self) -> Option<(Timestamp, Due)> {
        let mut first: Option<(Timestamp, Due)> = None;
        let mut consider = |at: Option<Timestamp>, due: Due| {
            if let Some(at) = at
                && first.is_none_or(|f| (at, due) < f)
            {
                first = Some((at, due));
            }
        };
        for (id, leg) in &self.legs {
            consider(leg.exchange.map(|(_, at)| at), Due::MediaReply(*id));
            consider(leg.expects.map(|(_, at)| at), Due::Confirm(*id));
            consider(leg.silent_until, Due::Silence(*id));
            consider(leg.leaves, Due::Leave(*id));
            if let Signaling::HangingUp(at) = leg.signaling {
                consider(Some(at), Due::HangUp(*id));
            }
            if let Media::Closing(at) = leg.media {
                consider(Some(at), Due::Close(*id));
            }
        }
        for (whose, ringing) in &self.ringings {
            consider(ringing.is_reaching().then_some(ringing.reach_until), Due::Reach(*whose));
            consider(ringing.until, Due::Ring(*whose));
            consider(ringing.device_due(), Due::Device(*whose));
        }
        for (leg, lost) in &self.lost {
            consider(lost.until, Due::Lost(*leg));
        }
        for (leg, typed) in &self.typed {
            consider(typed.until(), Due::Number(*leg));
        }
        for (ask, at) in &self.owed {
            consider(Some(*at), Due::Owed(*ask));
        }
        consider(self.search.as_ref().and_then(Search::until), Due::Search);
        consider(self.parked.as_ref().filter(|_| self.search.is_none()).map(|parked| parked.until), Due::Parked);
        consider(self.gate.as_ref().map(|gate| gate.until), Due::Gate);
        if self.ending.is_none() {
            consider(self.left.map(|(_, _, at)| at), Due::Alone);
            consider(self.is_unanswered().then_some(self.unanswered_until), Due::Unanswered);
            consider(Some(self.until), Due::Longest);
        }
        first
    }

    pub(crate) fn expire(&mut self, now: Timestamp, due: Due) {
        match due {
            Due::MediaReply(id) => {
                let about = self.legs.get_mut(&id).and_then(|l| l.exchange.take());
                match about {
                    Some((Exchange::Answering(About::Change) | Exchange::Offering(About::Change), _)) => {
                        self.change_refused(now, id, 500);
                    }
                    Some((Exchange::Taking(About::Early), _)) if id != self.incoming => {
                        self.early_answer_taken(now, id, false);
                    }
                    // The session stays as it was.
                    Some((
                        Exchange::Taking(About::Change | About::Restart) | Exchange::Offering(About::Restart),
                        _,
                    ))
                    | None => {}
                    Some(_) => self.fail_leg(now, id, Cause::InternalFailure),
                }
            }
            Due::Confirm(id) => match self.legs.get_mut(&id).and_then(|l| l.expects.take()) {
                Some((About::Start | About::Adoption | About::Early, _)) => {
                    self.fail_leg(now, id, Cause::SignalingTimeout);
                }
                Some((About::Change | About::Restart, _)) | None => {}
            },
            Due::HangUp(id) => {
                self.dropped += 1;
                self.leg_ended(now, id, Cause::SignalingTimeout, None);
            }
            Due::Close(id) => {
                self.dropped += 1;
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.media = Media::Closed;
                }
            }
            Due::Silence(id) => self.fail_leg(now, id, Cause::MediaTimeout),
            Due::Leave(id) => self.sent_home(now, id),
            Due::Reach(whose) => self.reach_failed(now, whose),
            Due::Gate => self.gate_opens(now, None),
            Due::Ring(whose) => self.rang_long_enough(now, whose),
            Due::Device(whose) => self.devices_due(now, whose),
            Due::Number(leg) => self.number_typed(now, leg),
            Due::Search => self.search_expired(now),
            Due::Owed(ask) => {
                self.owed.remove(&ask);
                self.put(Output::Cancel(ask));
            }
            Due::Parked => self.parked_long_enough(now),
            Due::Lost(id) => self.lost_too_long(now, id),
            Due::Alone => {
                if let Some((cause, by, _)) = self.left.take() {
                    self.end(now, cause, by);
                }
            }
            Due::Unanswered => self.end(now, Cause::NoAnswer, EndedBy::System),
            Due::Longest => self.end(now, Cause::Normal, EndedBy::System),
        }
    }
}
