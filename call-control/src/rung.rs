//! What rings: for whom and why, by which ways and in which turns, and what the ends of devices say about a person.

use ringdesk_model::{AgentId, AskId, OfferId, OrderId, Pii, Timestamp};
use ringdesk_voice::{
    Accept, CallEvent, Cause, Destination, Device, DialOutcome, DialRequest, LegId, OfferOrder, OfferOutcome, Party,
    PlayId, Target,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// For whom something rings. For each, one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum For {
    /// The contact, who waits in a queue or was sent to somebody by the flow.
    Contact,
    /// The contact, at one more agent of the same queue: several are asked at once, and one has them.
    Also(OfferId),
    Search,
    Supervisor(AgentId),
    /// The agent whose own call it is.
    Own,
}

/// Why it rings.
#[derive(Clone, Debug)]
pub(crate) enum Rings {
    Offer(OrderId, OfferOrder),
    Dial(DialRequest),
    Target(Target, Duration),
    /// The devices of whoever calls; they show whom.
    Own(Target, Party, Duration),
    /// Nothing rings: a leg of another call is being described, at which this agent is.
    Adopted(Option<AgentId>),
}

/// What rings.
#[derive(Clone, Debug)]
pub(crate) struct Ringing {
    pub(crate) why: Rings,
    /// We ask where the targets are, at most until then; with the extension whose devices ring together.
    pub(crate) asks: BTreeMap<AskId, Option<String>>,
    pub(crate) reach_until: Timestamp,
    /// It rings at most until then. `None`: it does not ring yet, or rang long enough.
    pub(crate) until: Option<Timestamp>,
    pub(crate) rang_out: bool,
    pub(crate) ways: Vec<Way>,
    /// Ways of later turns wait.
    pub(crate) turn: u8,
    pub(crate) devices: BTreeMap<LegId, Rung>,
    /// How targets ended that have no device at all.
    pub(crate) nowhere: Vec<OfferOutcome>,
    /// The first device with something to hear before the answer.
    pub(crate) early: Option<LegId>,
}

/// One device, and the ways to it that were not tried yet: two trunks to one number are one telephone.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) left: VecDeque<Destination>,
    pub(crate) turn: u8,
    pub(crate) begun: bool,
    pub(crate) ring_for: Option<Duration>,
    pub(crate) accept: Option<Accept>,
    pub(crate) discreet: bool,
    /// Whose device it is.
    pub(crate) extension: Option<String>,
}

impl Way {
    pub(crate) fn to(device: Device, most: usize, extension: Option<String>) -> Way {
        let Device { ways, turn, ring_for, accept, discreet } = device;
        Way { left: ways.into_iter().take(most).collect(), turn, begun: false, ring_for, accept, discreet, extension }
    }
}

/// One leg that rings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub(crate) way: usize,
    pub(crate) ended: Option<OfferOutcome>,
    /// It rings at most until then.
    pub(crate) until: Option<Timestamp>,
    /// It was answered, and hears what it has to do to take the call; at most until then.
    pub(crate) accepting: Option<(PlayId, Timestamp)>,
    pub(crate) accepted: bool,
    /// A page that has left while it rang; it may be back in a moment.
    pub(crate) away: bool,
}

impl Rung {
    pub(crate) fn new(way: usize, until: Option<Timestamp>) -> Rung {
        Rung { way, ended: None, until, accepting: None, accepted: false, away: false }
    }

    fn due(&self) -> Option<Timestamp> {
        self.accepting.map(|(_, until)| until).or(self.until).filter(|_| self.ended.is_none())
    }
}

impl Ringing {
    pub(crate) fn new(why: Rings, reach_until: Timestamp) -> Ringing {
        Ringing {
            why,
            asks: BTreeMap::new(),
            reach_until,
            until: None,
            rang_out: false,
            ways: Vec::new(),
            turn: 0,
            devices: BTreeMap::new(),
            nowhere: Vec::new(),
            early: None,
        }
    }

    pub(crate) fn is_reaching(&self) -> bool {
        !self.asks.is_empty()
    }

    pub(crate) fn targets(&self) -> &[Target] {
        match &self.why {
            Rings::Offer(_, offer) => std::slice::from_ref(&offer.target),
            Rings::Dial(request) => &request.targets,
            Rings::Target(target, _) | Rings::Own(target, ..) => std::slice::from_ref(target),
            Rings::Adopted(_) => &[],
        }
    }

    pub(crate) fn ring_for(&self) -> Duration {
        match &self.why {
            Rings::Offer(_, offer) => offer.ring_for,
            Rings::Dial(request) => request.ring_for,
            Rings::Target(_, ring_for) | Rings::Own(.., ring_for) => *ring_for,
            Rings::Adopted(_) => Duration::ZERO,
        }
    }

    pub(crate) fn is_open(&self, id: LegId) -> bool {
        self.devices.get(&id).is_some_and(|device| device.ended.is_none())
    }

    /// When something has to be done about one of the devices.
    pub(crate) fn device_due(&self) -> Option<Timestamp> {
        self.devices.values().filter_map(Rung::due).min()
    }

    /// Devices about which something has to be done now.
    pub(crate) fn devices_due(&self, now: Timestamp) -> Vec<LegId> {
        self.devices.iter().filter(|(_, device)| device.due().is_some_and(|at| at <= now)).map(|(id, _)| *id).collect()
    }

    /// Everything of this turn has ended.
    pub(crate) fn is_turn_over(&self) -> bool {
        !self.is_reaching() && self.devices.values().all(|device| device.ended.is_some())
    }

    /// The turn that follows, unless there is none or no time for it.
    pub(crate) fn next_turn(&self) -> Option<u8> {
        self.ways.iter().filter(|way| !way.begun && !self.rang_out).map(|way| way.turn).min()
    }

    /// Those that ring now; they are begun.
    pub(crate) fn take_turn(&mut self) -> Vec<usize> {
        let (turn, mut begun) = (self.turn, Vec::new());
        for (at, way) in self.ways.iter_mut().enumerate().filter(|(_, way)| !way.begun && way.turn <= turn) {
            way.begun = true;
            begun.push(at);
        }
        begun
    }
}

/// So that a softphone can show which work item rings.
pub(crate) fn offer_headers(offer: &OfferOrder) -> Vec<(String, Pii<String>)> {
    vec![
        ("X-Ringdesk-Offer".into(), Pii::new(offer.offer.to_string())),
        ("X-Ringdesk-Work-Item".into(), Pii::new(offer.work_item.to_string())),
    ]
}

/// Softphones and desk telephones pick up by themselves: their owner has just asked for it.
pub(crate) fn answers_itself() -> Vec<(String, Pii<String>)> {
    vec![
        ("Alert-Info".into(), Pii::new("<http://localhost>;info=alert-autoanswer".into())),
        ("Answer-Mode".into(), Pii::new("Auto".into())),
    ]
}

pub(crate) fn offer_ended(offer: &OfferOrder, outcome: OfferOutcome) -> CallEvent {
    CallEvent::OfferEnded { offer: offer.offer, agent: offer.agent, outcome }
}

/// What a device's end says about the agent.
pub(crate) fn outcome_of(cause: Cause) -> OfferOutcome {
    match cause {
        Cause::Busy => OfferOutcome::Busy,
        Cause::Declined => OfferOutcome::Declined,
        Cause::NoAnswer => OfferOutcome::NoAnswer,
        Cause::NotFound | Cause::Unreachable | Cause::SignalingTimeout => OfferOutcome::Unreachable,
        _ => OfferOutcome::Failed,
    }
}

/// Several devices are one agent. A decline on one device only silences that device; once all have ended, what a person
/// did weighs more than what a phone did.
pub(crate) fn combine(ends: impl Iterator<Item = OfferOutcome>) -> OfferOutcome {
    let weight = |o: &OfferOutcome| match o {
        OfferOutcome::Declined => 4,
        OfferOutcome::NoAnswer => 3,
        OfferOutcome::Busy => 2,
        OfferOutcome::Failed => 1,
        _ => 0,
    };
    ends.max_by_key(weight).unwrap_or(OfferOutcome::Unreachable)
}

pub(crate) fn dial_outcome(outcome: OfferOutcome) -> DialOutcome {
    match outcome {
        OfferOutcome::Busy => DialOutcome::Busy,
        OfferOutcome::Declined => DialOutcome::Declined,
        OfferOutcome::NoAnswer => DialOutcome::NoAnswer,
        OfferOutcome::Unreachable => DialOutcome::Unreachable,
        OfferOutcome::Accepted | OfferOutcome::CallerLeft | OfferOutcome::Superseded | OfferOutcome::Failed => {
            DialOutcome::Failed
        }
    }
}
