//! What those who wait are told: their place, how long it will probably be, and that they may be called back.

use super::{CALL_BACK, Queue, State};
use crate::Waiting;
use crate::line::Line;
use crate::prompt::{self, Prompt};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Place, Question};
use std::time::Duration;

/// For the place in the queue.
const PLACE: Duration = Duration::from_secs(2);
/// Who is offered to be called back when the wait becomes long: how often it is looked at.
const LOOK: Duration = Duration::from_secs(30);

impl Queue {
    pub(super) fn ask_place(&self, state: &mut State, now: Timestamp, line: &mut Line) {
        let Some(every) = self.place_every(state.own) else { return };
        state.next_place = Some(now + every);
        if line.is_talking() || state.place.is_some() {
            return; // next time
        }
        let ask = line.ask(now, Question::Place(state.work_item));
        state.place = Some((ask, now + PLACE));
    }

    /// Never larger than what was said before: a place lost to a more urgent caller is not rubbed in.
    pub(super) fn announce(&self, state: &mut State, now: Timestamp, line: &mut Line, place: Place) {
        let 1.. = place.position else { return };
        let minutes = place.wait.map(|wait| u32::try_from(wait.as_secs().div_ceil(60)).unwrap_or(u32::MAX).max(1));
        let (position, before) = state.said.unwrap_or((place.position, None));
        let minutes = minutes.into_iter().chain(before.filter(|_| minutes.is_some())).min();
        let news = (position.min(place.position), minutes.or(before));
        let mut words = Vec::new();
        // A flow that announces says how often; a queue says it again only where it is better news.
        let again = self.announce.is_some() || (state.own.announce_every.is_some() && state.said != Some(news));
        if again {
            state.said = Some(news);
            words.push(self.announce.as_ref().map_or_else(super::news::position, |announce| announce.prompt.clone()));
            words.extend(match minutes {
                Some(1) => Some(Prompt::id(prompt::QUEUE_ESTIMATE_SHORT)),
                Some(minutes) => line.counted(prompt::QUEUE_ESTIMATE, "minutes", minutes),
                None => None,
            });
        }
        let above = state.own.callback.and_then(|offer| offer.above).filter(|_| self.offers());
        match above.zip(place.wait).is_some_and(|(above, wait)| wait > above) && !state.offered {
            true => self.offer(state, now, line, words, Some(news.0)),
            false if words.is_empty() => {}
            false => drop(line.say(now, &words, Some(news.0))),
        }
    }

    /// By which key they are called back; once.
    pub(super) fn offer(
        &self,
        state: &mut State,
        now: Timestamp,
        line: &mut Line,
        mut words: Vec<Prompt>,
        position: Option<u32>,
    ) {
        (state.offer_at, state.offered) = (None, true);
        words.push(Prompt::id(prompt::CALLBACK_OFFER));
        line.say(now, &words, position);
    }
    /// How often the place is asked for, if it is of use to anybody.
    pub(super) fn place_every(&self, own: Waiting) -> Option<Duration> {
        let announced = self.announce.as_ref().map(|a| Duration::from_millis(a.position_every_ms.max(1).into()));
        let looked_at = own.callback.and_then(|offer| offer.above).filter(|_| self.offers()).map(|_| LOOK);
        announced.or(own.announce_every).or(looked_at)
    }

    /// The key is free.
    pub(super) fn offers(&self) -> bool {
        !self.keys.contains_key(&CALL_BACK.to_string())
    }
}

pub(super) fn position() -> Prompt {
    Prompt::id(prompt::QUEUE_POSITION)
}
