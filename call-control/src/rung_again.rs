//! A page that is loaded anew while it rings: the new one rings too, and it is still one offer.

use crate::rung::{Rings, Way};
use crate::{Call, Output};
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Cause, Destination, LegId, OfferOutcome, Profile, Question};
use std::time::Duration;

/// A page is there again after some seconds, or was closed: the contact does not wait for that.
const PAGE: Duration = Duration::from_secs(6);

impl Call {
    /// The connection of a browser is gone, or the page has left, while it rang for an offer. True: whoever sits there is waited for.
    pub(crate) fn awaits_page(&mut self, now: Timestamp, id: LegId, cause: Cause) -> bool {
        let broken = matches!(cause, Cause::Unreachable | Cause::SignalingTimeout) && self.ending.is_none();
        let page = self.legs.get(&id).is_some_and(|leg| leg.rang && leg.profile == Profile::WebRtc);
        let Some(whose) = self.rings_at(id).filter(|_| broken && page) else { return false };
        let ask: AskId = self.ids.next(now);
        let offered = self.ringings.get_mut(&whose).filter(|r| !r.rang_out && matches!(r.why, Rings::Offer(..)));
        let Some(device) = offered.and_then(|ringing| ringing.devices.get_mut(&id)) else { return false };
        let until = now + PAGE;
        (device.away, device.until) = (true, Some(device.until.map_or(until, |before| before.min(until))));
        self.pages.insert(id, ask);
        self.put(Output::Ask(ask, Question::Return { leg: id }));
        true
    }

    pub(crate) fn page_asked_by(&self, ask: AskId) -> Option<LegId> {
        self.pages.iter().find(|(_, of)| **of == ask).map(|(leg, _)| *leg)
    }

    /// The answer to it; without a place there is nothing left to wait for but the time.
    pub(crate) fn page_rings(&mut self, now: Timestamp, id: LegId, there: Option<Destination>) {
        self.pages.remove(&id);
        let (Some(whose), Some(there)) = (self.rings_at(id), there) else { return };
        let Some(ringing) = self.ringings.get_mut(&whose) else { return };
        let Some(device) = ringing.devices.get_mut(&id) else { return };
        device.ended = Some(OfferOutcome::Superseded);
        let before = ringing.ways.get(device.way);
        let (discreet, extension) = before.map_or((true, None), |way| (way.discreet, way.extension.clone()));
        let left = [there].into();
        let turn = ringing.turn;
        ringing.ways.push(Way { left, turn, begun: true, ring_for: None, accept: None, discreet, extension });
        let way = ringing.ways.len() - 1;
        self.try_next(now, whose, way);
    }

    /// Nothing rings there any more, whatever comes back.
    pub(crate) fn pages_given_up(&mut self) {
        let over: Vec<LegId> = self.pages.keys().copied().filter(|id| self.rings_at(*id).is_none()).collect();
        for id in over {
            if let Some(ask) = self.pages.remove(&id) {
                self.put(Output::Cancel(ask));
            }
        }
    }
}
