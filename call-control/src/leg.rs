//! One party's connection, as the call sees it.

use crate::sound::Trouble;
use ringdesk_model::Timestamp;
use ringdesk_voice::{Destination, DigitSource, DtmfMode, InterfaceId, LegId, PlayId, Profile, Sdp};

/// How far signaling is with a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signaling {
    /// Ours, not dialled yet: signaling does not know it.
    New,
    /// An INVITE without a final response.
    Early,
    Answered,
    /// We hung up; `Ended` must come until then.
    HangingUp(Timestamp),
    Ended,
}

/// How far media is with a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Unopened,
    Open,
    /// We closed it; `Closed` must come until then.
    Closing(Timestamp),
    Closed,
}

/// What a description is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The beginning of the leg.
    Start,
    /// What comes before the answer: an announcement, ringing from afar.
    Early,
    /// A change of the running session, wanted by the other side.
    Change,
    /// The leg came from another call; its sound goes elsewhere now.
    Adoption,
    /// ICE begins anew, because nothing comes from a browser.
    Restart,
}

/// What media was asked about a leg's description. One question at a time, as offer and answer want it (RFC 3264 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Answering(About),
    Offering(About),
    Taking(About),
}

#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub(crate) signaling: Signaling,
    pub(crate) media: Media,
    pub(crate) interface: InterfaceId,
    pub(crate) profile: Profile,
    /// Where to dial it, until it is dialled.
    pub(crate) to: Option<Destination>,
    /// Waiting for media, at most until then.
    pub(crate) exchange: Option<(Exchange, Timestamp)>,
    /// Our offer is out and its answer comes with the ACK, at most until then.
    pub(crate) expects: Option<(About, Timestamp)>,
    /// The description of the last early answer: a 200 without one means this.
    pub(crate) early: Option<Sdp>,
    /// It was described anew before the answer (RFC 3311), and whether it does not want to hear us since: a 200 without a
    /// description means this.
    pub(crate) settled_early: Option<bool>,
    /// It was answered while media had another question about it.
    pub(crate) unsettled: bool,
    /// It said that it rings.
    pub(crate) rang: bool,
    /// The other side of this leg does not want to hear us.
    pub(crate) held: bool,
    pub(crate) hears: Vec<LegId>,
    /// Media copies nothing of what it says.
    pub(crate) aside: bool,
    /// What we play to it while nobody talks to it, by its name on media's shelf.
    pub(crate) sound: Option<(PlayId, &'static str)>,
    /// Whether the books know it as one that holds.
    pub(crate) reported_hold: bool,
    /// A REFER of this leg is open: it is to be told how that goes.
    pub(crate) refers: bool,
    /// It asked for a transfer, which is being done or was: it hangs up itself.
    pub(crate) asked_for_transfer: bool,
    /// It is in no talk any more and is expected to hang up, at most until then.
    pub(crate) leaves: Option<Timestamp>,
    /// Media took an early answer: what arrives is worth hearing.
    pub(crate) has_early_sound: bool,
    /// Sound has arrived.
    pub(crate) flows: bool,
    /// No sound arrives; hung up then.
    pub(crate) silent_until: Option<Timestamp>,
    /// What was told of how it sounds.
    pub(crate) trouble: Option<Trouble>,
    /// The way this leg's keys come: the first way counts, so that a phone which sends each key in RTP *and* by INFO
    /// presses it once. A new description forgets it.
    pub(crate) keys: Option<DigitSource>,
    /// Whoever looks at it is not shown numbers; nor is anybody of whom nothing is known.
    pub(crate) discreet: bool,
    /// It was dialled as a device of this extension.
    pub(crate) extension: Option<String>,
}

impl Leg {
    pub(crate) fn new(signaling: Signaling, interface: InterfaceId, profile: Profile) -> Self {
        Leg {
            signaling,
            media: Media::Unopened,
            interface,
            profile,
            to: None,
            exchange: None,
            expects: None,
            early: None,
            settled_early: None,
            unsettled: false,
            rang: false,
            held: false,
            hears: Vec::new(),
            aside: false,
            sound: None,
            reported_hold: false,
            refers: false,
            asked_for_transfer: false,
            leaves: None,
            has_early_sound: false,
            flows: false,
            silent_until: None,
            trouble: None,
            keys: None,
            discreet: true,
            extension: None,
        }
    }

    /// Signaling knows this leg and has not been told to end it.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.signaling, Signaling::Early | Signaling::Answered)
    }

    /// Nothing of it is left anywhere.
    pub(crate) fn is_gone(&self) -> bool {
        self.signaling == Signaling::Ended && matches!(self.media, Media::Unopened | Media::Closed)
    }

    /// Nothing is awaited of it any more.
    pub(crate) fn forget_waits(&mut self) {
        self.exchange = None;
        self.expects = None;
        self.silent_until = None;
        self.leaves = None;
    }

    /// Its line wants keys by INFO.
    pub(crate) fn takes_keys_by_info(&self) -> bool {
        matches!(&self.profile, Profile::Rtp(line) if line.dtmf == DtmfMode::Info)
    }

    /// Whether a key that came this way counts.
    pub(crate) fn takes_key(&mut self, source: DigitSource) -> bool {
        *self.keys.get_or_insert(source) == source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Call;
    use std::collections::BTreeMap;

    /// What a map costs with its first entry on: its leaves have room for eleven.
    fn leaf<K, V>(_: fn(&Call) -> &BTreeMap<K, V>) -> usize {
        11 * (size_of::<K>() + size_of::<V>())
    }

    #[test]
    fn a_call_takes_no_more_memory_than_it_needs() {
        let maps = leaf(|call| &call.legs) + leaf(|call| &call.ringings);
        assert!(maps <= 768, "{maps} bytes before anybody is in them");
        assert!(size_of::<Leg>() <= 384, "a leg: {}", size_of::<Leg>());
        assert!(size_of::<Call>() <= 1_280, "a call: {}", size_of::<Call>());
    }
}
