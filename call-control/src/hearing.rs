//! Who hears whom, and who hears music: derived from the state of the call, in one place. After every input it is compared
//! with what media was told last, and only the difference is sent. So a supervisor who listens changes nothing for the two he
//! listens to: their sound goes the way it went.
//!
//! Derived in the same way: whose words no recording keeps. What a supervisor says while only the agent hears it, or nobody, is
//! no part of the contact's call, from the first ringing of the telephone on.

use crate::Call;
use crate::leg::Media;
use crate::rung::For;
use crate::search::Purpose;
use ringdesk_voice::{
    CallEvent, LegId, MUSIC, MediaCommand, PlayId, PromptRef, RINGBACK, SupervisionMode, TransferMode,
};

/// What a leg is to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hearing {
    legs: Vec<LegId>,
    /// By its name on media's shelf.
    sound: Option<&'static str>,
}

impl Call {
    /// Tell media, and those who keep books, what has changed.
    pub(crate) fn refresh(&mut self) {
        let live: Vec<LegId> = self.legs.iter().filter(|(_, leg)| leg.is_live()).map(|(id, _)| *id).collect();
        for id in &live {
            self.report_hold(*id);
        }
        for id in self.caller_first(live) {
            let wanted = self.hearing(id);
            self.hear(id, wanted);
        }
        let open: Vec<LegId> = self.legs.iter().filter(|(_, l)| l.media == Media::Open).map(|(id, _)| *id).collect();
        for id in open {
            self.set_aside(id);
        }
    }

    fn set_aside(&mut self, id: LegId) {
        let speaks_to_all = |mode| mode == SupervisionMode::Barge;
        let watches = self.supervisions.values().any(|s| s.leg == Some(id) && !speaks_to_all(s.mode));
        let rings =
            self.ringings.iter().any(|(whose, r)| matches!(whose, For::Supervisor(_)) && r.devices.contains_key(&id));
        let wanted = watches || rings;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if std::mem::replace(&mut leg.aside, wanted) != wanted {
            self.media_command(MediaCommand::Aside { leg: id, on: wanted });
        }
    }

    /// The one before all others: after a change the contact hears somebody first.
    fn caller_first(&self, mut legs: Vec<LegId>) -> Vec<LegId> {
        legs.sort_by_key(|id| (*id != self.caller, *id));
        legs
    }

    fn hearing(&self, listener: LegId) -> Hearing {
        if let Some(watched) = self.watched_by(listener) {
            let mut legs = self.peers(watched);
            legs.push(watched);
            legs.retain(|leg| *leg != listener && self.is_audible(*leg));
            return Hearing { legs: sorted(legs), sound: None };
        }
        if self.talk.is_none() && listener == self.caller {
            return Hearing { legs: self.early_of_dial().into_iter().collect(), sound: None };
        }
        if !self.is_in(listener) || self.part(listener).is_some_and(|part| part.holds) {
            return Hearing::default();
        }
        let peers = self.peers(listener);
        let mut legs: Vec<LegId> = peers.iter().copied().filter(|leg| self.is_audible(*leg)).collect();
        let sound = if !legs.is_empty() {
            None
        } else if peers.is_empty() {
            self.waiting_sound(listener, &mut legs)
        } else {
            // Who is put on hold hears music; who talks to somebody muted hears that he is silent.
            peers.iter().any(|leg| self.holds(*leg)).then_some(MUSIC)
        };
        legs.extend(self.supervisors_heard_by(listener, &peers));
        Hearing { legs: sorted(legs), sound }
    }

    /// Nobody talks to this leg now: it waits for somebody.
    fn waiting_sound(&self, listener: LegId, legs: &mut Vec<LegId>) -> Option<&'static str> {
        let Some(search) = &self.search else { return Some(MUSIC) };
        let Purpose::Transfer(transfer) = &search.purpose else { return Some(MUSIC) };
        if search.sender == Some(listener) {
            // Who asked hears what he would hear had he dialled: ringing from afar, an announcement.
            legs.extend(self.early_of_search());
            return legs.is_empty().then_some(RINGBACK);
        }
        // Who is passed on hears that it rings; who is only waiting for somebody to come back hears music.
        Some(if transfer.mode == TransferMode::Consult { MUSIC } else { RINGBACK })
    }

    /// Those in the same room: the contact's, or that of a consultation.
    pub(crate) fn peers(&self, leg: LegId) -> Vec<LegId> {
        let asked = self.search.as_ref().and_then(|s| Some((s.sender?, s.asked()?.0)));
        match asked {
            Some((sender, target)) if leg == sender => return vec![target],
            Some((sender, target)) if leg == target => return vec![sender],
            _ => {}
        }
        if self.is_away(leg) {
            return Vec::new();
        }
        let Some(talk) = &self.talk else { return Vec::new() };
        let room = std::iter::once(self.caller).chain(talk.parts.keys().copied());
        room.filter(|other| *other != leg && !self.is_away(*other)).collect()
    }

    /// It has left the contact alone, to pass it on or to ask somebody.
    pub(crate) fn is_away(&self, leg: LegId) -> bool {
        self.search.as_ref().is_some_and(|s| s.sender == Some(leg) && s.takes_sender_away())
    }

    fn is_in(&self, leg: LegId) -> bool {
        (leg == self.caller && self.talk.is_some()) || self.part(leg).is_some()
    }

    fn holds(&self, leg: LegId) -> bool {
        if self.is_unheard(leg) {
            return true;
        }
        self.legs.get(&leg).is_none_or(|l| l.held) || self.part(leg).is_some_and(|part| part.holds)
    }

    fn is_audible(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|l| l.is_live()) && !self.holds(leg) && !self.part(leg).is_some_and(|p| p.muted)
    }

    fn supervisors_heard_by(&self, listener: LegId, peers: &[LegId]) -> Vec<LegId> {
        let heard = self.supervisions.values().filter_map(|supervision| {
            let watched = self.leg_of(supervision.of)?;
            let hears = match supervision.mode {
                SupervisionMode::Listen => false,
                SupervisionMode::Whisper => watched == listener,
                SupervisionMode::Barge => watched == listener || peers.contains(&watched),
            };
            supervision.leg.filter(|leg| hears && self.is_audible(*leg))
        });
        heard.collect()
    }

    fn watched_by(&self, listener: LegId) -> Option<LegId> {
        let supervision = self.supervisions.values().find(|s| s.leg == Some(listener))?;
        self.leg_of(supervision.of)
    }

    fn hear(&mut self, listener: LegId, wanted: Hearing) {
        let own = self.own_plays;
        let Some(leg) = self.legs.get_mut(&listener) else { return };
        let legs = (leg.hears != wanted.legs).then(|| {
            leg.hears.clone_from(&wanted.legs);
            wanted.legs
        });
        let stops = leg.sound.filter(|(_, sound)| Some(*sound) != wanted.sound).map(|(play, _)| play);
        let plays = wanted.sound.filter(|sound| leg.sound.is_none_or(|(_, now)| now != *sound));
        if stops.is_some() || plays.is_some() {
            leg.sound = plays.map(|sound| (PlayId(u32::MAX - own), sound));
        }
        if let Some(legs) = legs {
            self.media_command(MediaCommand::Hear { leg: listener, legs });
        }
        match (plays, stops) {
            (Some(sound), _) => {
                self.own_plays += 1;
                let play = PlayId(u32::MAX - own);
                let prompts = vec![PromptRef::new(sound)];
                self.media_command(MediaCommand::Play { leg: listener, play, prompts, repeat: true });
            }
            (None, Some(play)) => self.media_command(MediaCommand::StopPlay { leg: listener, play }),
            (None, None) => {}
        }
    }

    /// On hold by telephone, by order, or because its party asks somebody else: for the books it is one thing.
    fn report_hold(&mut self, id: LegId) {
        let away = self.is_away(id);
        let by_order = self.part(id).is_some_and(|part| part.holds);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.leaves.is_none()) else { return };
        let holds = leg.held || by_order || away;
        if std::mem::replace(&mut leg.reported_hold, holds) != holds {
            self.event(if holds { CallEvent::Held { leg: id } } else { CallEvent::Resumed { leg: id } });
        }
    }
}

fn sorted(mut legs: Vec<LegId>) -> Vec<LegId> {
    legs.sort_unstable();
    legs
}
