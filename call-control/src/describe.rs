//! Session descriptions between a leg and media: offers, answers, hold (RFC 3264). One exchange per leg at a time.

use crate::leg::{About, Exchange, Media, Signaling};
use crate::{Call, FlowFact};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Cause, InterfaceId, LegCommand, LegId, MediaCommand, Profile, Refusal, Sdp};

impl Call {
    pub(crate) fn answer_offer(&mut self, now: Timestamp, id: LegId, offer: Sdp, about: About) {
        let prefer = self.partner(id).or((about == About::Adoption).then_some(self.caller));
        let Some((interface, profile)) = self.begin(now, id, Exchange::Answering(about)) else { return };
        self.media_command(MediaCommand::AnswerOffer { leg: id, interface, profile, offer, prefer });
    }

    pub(crate) fn make_offer(&mut self, now: Timestamp, id: LegId, about: About) {
        // Whom we dial for the caller should speak the caller's codec: then the bridge converts nothing.
        let prefer = self.partner(id).or((id != self.caller).then_some(self.caller));
        let Some((interface, profile)) = self.begin(now, id, Exchange::Offering(about)) else { return };
        self.media_command(MediaCommand::MakeOffer { leg: id, interface, profile, prefer });
    }

    pub(crate) fn take_answer(&mut self, now: Timestamp, id: LegId, answer: Sdp, about: About) {
        if self.begin(now, id, Exchange::Taking(about)).is_some() {
            self.media_command(MediaCommand::TakeAnswer { leg: id, answer });
        }
    }

    /// The other side wants to change its session: hold, resume, a new address, T.38.
    pub(crate) fn offered(&mut self, now: Timestamp, id: LegId, offer: Option<Sdp>) {
        let Some(leg) = self.legs.get(&id).filter(|l| l.is_live()) else { return };
        // A leg we dialled answers our offer first; so does a late caller (RFC 3261 §14.2). Before its 200 it may do so with an
        // early answer (RFC 3311 §5.1), but cannot ask for another offer of ours.
        let answered_early = leg.early.is_some() || leg.has_early_sound || leg.settled_early.is_some();
        let too_early = leg.signaling == Signaling::Early
            && if id == self.incoming { self.description.is_none() } else { offer.is_none() || !answered_early };
        if too_early || leg.exchange.is_some() || leg.expects.is_some() {
            return self.leg_command(id, LegCommand::RefuseOffer { status: 491 });
        }
        match offer {
            Some(offer) => self.answer_offer(now, id, offer, About::Change),
            None => self.make_offer(now, id, About::Change),
        }
    }

    /// The ACK, with the answer where the offer was ours.
    pub(crate) fn confirmed(&mut self, now: Timestamp, id: LegId, answer: Option<Sdp>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.is_live()) else { return };
        match (leg.expects.take(), answer) {
            (Some((about, _)), Some(answer)) => self.take_answer(now, id, answer, about),
            (Some((About::Start | About::Adoption | About::Early, _)), None) => {
                self.fail_leg(now, id, Cause::RemoteFailure);
            }
            (Some((About::Change | About::Restart, _)), None) | (None, _) => {}
        }
    }

    pub(crate) fn negotiated(&mut self, now: Timestamp, id: LegId, answer: Option<Sdp>, held: bool) {
        let Some(exchange) = self.finish(id) else { return };
        match (exchange, answer) {
            (Exchange::Answering(About::Adoption), Some(answer)) => {
                self.arrival_described(now, id, answer, true);
                self.set_held(id, held);
            }
            (Exchange::Answering(About::Start | About::Early | About::Restart), Some(answer)) => {
                self.description = Some(answer);
                self.fact(FlowFact::Started);
                self.set_held(id, held);
            }
            (Exchange::Answering(About::Change), Some(answer)) => self.change_accepted(now, id, answer, held),
            (Exchange::Answering(About::Start | About::Early | About::Adoption | About::Restart), None) => {
                self.fail_leg(now, id, Cause::InternalFailure)
            }
            (Exchange::Answering(About::Change), None) => self.change_refused(now, id, 500),
            (Exchange::Taking(About::Start), _) => {
                if id == self.incoming {
                    self.fact(FlowFact::CallerAnswered);
                } else {
                    self.device_ready(now, id);
                }
                self.set_held(id, held);
            }
            (Exchange::Taking(About::Adoption), _) => {
                self.device_ready(now, id);
                self.set_held(id, held);
            }
            // From here on it is as if the caller had made the offer.
            (Exchange::Taking(About::Early), _) if id == self.incoming => {
                self.late_offer = false;
                self.fact(FlowFact::Started);
                self.set_held(id, held);
            }
            (Exchange::Taking(About::Early), _) => self.early_answer_taken(now, id, true),
            (Exchange::Taking(About::Change | About::Restart), _) => self.set_held(id, held),
            (Exchange::Offering(_), _) => {} // `finish` gives it back only for an offer
        }
    }

    /// Our answer to a change of theirs is ready. Before the 200 it is the description that holds from now on: whoever is not
    /// heard yet does not hold the call either, for operators announce with `sendonly`.
    fn change_accepted(&mut self, now: Timestamp, id: LegId, answer: Sdp, held: bool) {
        let early = self.legs.get(&id).is_some_and(|l| l.signaling == Signaling::Early);
        if early && id == self.incoming {
            self.description = Some(answer.clone());
        }
        self.leg_command(id, LegCommand::AcceptOffer { answer });
        if id == self.incoming {
            return self.set_held(id, held);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !early && !leg.unsettled {
            return self.set_held(id, held);
        }
        leg.early = None;
        leg.settled_early = Some(held);
        leg.has_early_sound = true;
        match early {
            true => self.early_sound(id),
            false => self.take_final_answer(now, id),
        }
    }

    /// The session stays as it was.
    pub(crate) fn change_refused(&mut self, now: Timestamp, id: LegId, status: u16) {
        self.leg_command(id, LegCommand::RefuseOffer { status });
        if self.legs.get(&id).is_some_and(|l| l.unsettled) {
            self.take_final_answer(now, id);
        }
    }

    pub(crate) fn offer_made(&mut self, now: Timestamp, id: LegId, offer: Sdp) {
        let until = now + self.config.confirm;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some((Exchange::Offering(about), _)) = leg.exchange else { return };
        leg.exchange = None;
        match about {
            About::Start if id == self.incoming => {
                self.description = Some(offer.clone());
                if !self.offers_early {
                    return self.fact(FlowFact::Started);
                }
                leg.expects = Some((About::Early, until));
                self.leg_command(id, LegCommand::Progress { answer: offer });
            }
            About::Start | About::Early => self.dial_device(id, offer),
            About::Change => {
                leg.expects = Some((About::Change, until));
                self.leg_command(id, LegCommand::AcceptOffer { answer: offer });
            }
            About::Adoption if leg.signaling == Signaling::Early => self.arrival_described(now, id, offer, false),
            About::Adoption | About::Restart => {
                leg.expects = Some((about, until));
                self.leg_command(id, LegCommand::Reoffer { offer });
            }
        }
    }

    pub(crate) fn refused(&mut self, now: Timestamp, id: LegId, why: Refusal) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some((exchange, _)) = leg.exchange.take() else {
            // Who answers the handshake is not who signed the description: nothing that comes from there may be heard.
            if why == Refusal::Unsecured {
                self.fail_leg(now, id, cause_of(why));
            }
            return;
        };
        match exchange {
            Exchange::Answering(About::Start | About::Early | About::Adoption)
            | Exchange::Offering(About::Start | About::Early | About::Adoption) => {
                leg.media = Media::Unopened;
                self.fail_leg(now, id, cause_of(why));
            }
            Exchange::Taking(About::Start | About::Adoption) => self.fail_leg(now, id, cause_of(why)),
            Exchange::Taking(About::Early) if id == self.incoming => self.fail_leg(now, id, cause_of(why)),
            // T.38, video only, nothing in common: the call goes on as it was.
            Exchange::Answering(About::Change) | Exchange::Offering(About::Change) => self.change_refused(now, id, 488),
            Exchange::Taking(About::Early) => self.early_answer_taken(now, id, false),
            Exchange::Taking(About::Change | About::Restart)
            | Exchange::Offering(About::Restart)
            | Exchange::Answering(About::Restart) => {}
        }
    }

    /// Our offer to a leg that came from another call, or whose ICE begins anew, was answered, or not.
    pub(crate) fn reoffer_ended(&mut self, now: Timestamp, id: LegId, answer: Option<Sdp>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.is_live()) else { return };
        // We never re-offer otherwise: the description of one leg does not depend on the other's.
        let ours = leg.expects.take_if(|(about, _)| matches!(about, About::Adoption | About::Restart));
        match (ours, answer) {
            (Some((about, _)), Some(answer)) => self.take_answer(now, id, answer, about),
            (Some((About::Adoption, _)), None) => self.fail_leg(now, id, Cause::RemoteFailure),
            _ => {}
        }
    }

    /// A page that does not know the session any more is another one.
    pub(crate) fn reoffer_refused(&mut self, now: Timestamp, id: LegId, status: u16) {
        let restart = self.legs.get(&id).is_some_and(|l| matches!(l.expects, Some((About::Restart, _))));
        if restart && matches!(status, 404 | 480 | 481) {
            return self.fail_leg(now, id, Cause::SignalingTimeout);
        }
        self.reoffer_ended(now, id, None);
    }

    /// Note what media is asked. `None`: the leg cannot be asked now.
    fn begin(&mut self, now: Timestamp, id: LegId, exchange: Exchange) -> Option<(InterfaceId, Profile)> {
        let until = now + self.config.media_reply;
        let leg = self.legs.get_mut(&id)?;
        if !matches!(leg.media, Media::Unopened | Media::Open) {
            return None;
        }
        leg.media = Media::Open;
        leg.exchange = Some((exchange, until));
        Some((leg.interface, leg.profile.clone()))
    }

    /// Media took a description; which one was it?
    fn finish(&mut self, id: LegId) -> Option<Exchange> {
        let leg = self.legs.get_mut(&id)?;
        let (exchange, _) = leg.exchange.filter(|(e, _)| !matches!(e, Exchange::Offering(_)))?;
        leg.exchange = None;
        leg.keys = None;
        // That ICE begins anew is no sound yet.
        if !self.lost.contains_key(&id) {
            leg.silent_until = None;
        }
        Some(exchange)
    }

    pub(crate) fn set_held(&mut self, id: LegId, held: bool) {
        let Some(leg) = self.legs.get_mut(&id).filter(|l| l.is_live() && l.held != held) else { return };
        leg.held = held;
    }
}

/// What we say to a caller whose offer is of no use. A malformed one gets 488 too: it is the description that is not
/// acceptable, the request was fine.
fn cause_of(why: Refusal) -> Cause {
    match why {
        Refusal::NoCommonCodec | Refusal::NoAudio | Refusal::Malformed | Refusal::Unsecured => Cause::NotAcceptable,
        Refusal::NoPorts => Cause::Congestion,
    }
}
