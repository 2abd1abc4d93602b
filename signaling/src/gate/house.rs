//! Reporting to the house: what happens when the house does not take an event.
//!
//! The outlet never blocks, so something has to give way when it is full. A new call is refused: its caller hears "busy
//! here, try later" instead of silence. An event of a live leg must not be lost, or the house would keep a leg that is
//! gone: it waits here, in order, and while anything waits no new call is announced. What waits is bounded: a leg with
//! [`PER_LEG`] events waiting is given up, ended by us, and only its last event is added. So at most
//! `legs × (PER_LEG + 1)` events wait. Of registrations only the latest of each extension and of each trunk waits.

use super::counters::Counters;
use crate::core::binding::Binding;
use crate::core::input::HopFailure;
use crate::core::output::{LegNote, RegistrationChange};
use crate::core::trunk_health::TrunkHealth;
use crate::core::trunks::TrunkState;
use ringdesk_model::{Full, Outlet, TrunkId};
use ringdesk_voice::{Cause, IncomingCall, LegEvent, LegId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What the room reports.
#[derive(Clone, Debug)]
pub enum SignalingEvent {
    Incoming(IncomingCall),
    /// The last one of a leg is [`LegEvent::Ended`], always; and again to a house that goes on commanding the leg.
    Leg(LegId, LegEvent),
    /// Phones of an extension came or went; `contacts` is how many it has now, `bindings` what they are: whoever keeps
    /// them puts them in the place of what it had of this extension, and gives them to [`super::SignalingHandle::restore`]
    /// after a restart.
    Registration {
        extension: String,
        contacts: usize,
        change: RegistrationChange,
        bindings: Vec<Binding>,
    },
    /// Our registration with the operator of this trunk stands, does not, or is not wanted any more.
    Trunk {
        trunk: TrunkId,
        state: TrunkState,
    },
    /// A trunk is up or down, as far as OPTIONS tell.
    Health {
        trunk: TrunkId,
        health: TrunkHealth,
    },
    /// Nothing gets through to a trunk.
    Trouble {
        trunk: TrunkId,
        why: HopFailure,
    },
    /// What the wire said of a leg beyond what a call needs.
    Noted(LegId, LegNote),
}

/// Events of one leg that may wait.
const PER_LEG: u16 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The house knows it.
    Live,
    /// The house never heard of it: its events, the last one included, are not for it.
    Refused,
    /// The house knows it but could not keep up; of its events only the last one is told.
    GivenUp,
}

/// The call was not announced; it has to be refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CallRefused;

/// The leg has to be ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LegGivenUp;

pub(crate) struct House {
    outlet: Outlet<SignalingEvent>,
    counters: Arc<Counters>,
    emergency_numbers: BTreeSet<String>,
    legs: BTreeMap<LegId, Standing>,
    waiting: VecDeque<SignalingEvent>,
    waiting_of: BTreeMap<LegId, u16>,
    registrations: BTreeMap<Registrar, SignalingEvent>,
}

/// Whose registration it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Registrar {
    Extension(String),
    Trunk(TrunkId),
    Health(TrunkId),
    Trouble(TrunkId),
}

impl House {
    pub(crate) fn new(
        outlet: Outlet<SignalingEvent>,
        counters: Arc<Counters>,
        emergency_numbers: impl IntoIterator<Item = String>,
    ) -> House {
        House {
            outlet,
            counters,
            emergency_numbers: emergency_numbers.into_iter().collect(),
            legs: BTreeMap::new(),
            waiting: VecDeque::new(),
            waiting_of: BTreeMap::new(),
            registrations: BTreeMap::new(),
        }
    }

    /// Announce a call. `crowded`: the house's commands fill up as well, so it had better get no new work. An emergency
    /// call is never refused here: it waits like an event of a live leg.
    pub(crate) fn incoming(&mut self, call: IncomingCall, crowded: bool) -> Result<(), CallRefused> {
        let leg = call.leg;
        let emergency = self.emergency_numbers.contains(call.to.number.reveal());
        let event = SignalingEvent::Incoming(call);
        let taken = if crowded || !self.waiting.is_empty() { Err(Full(event)) } else { self.outlet.try_send(event) };
        match taken {
            Ok(()) => {}
            Err(Full(event)) if emergency => self.wait(leg, event),
            Err(Full(_)) => {
                self.counters.calls_refused.one();
                self.legs.insert(leg, Standing::Refused);
                return Err(CallRefused);
            }
        }
        self.legs.insert(leg, Standing::Live);
        Ok(())
    }

    /// The house dials this leg.
    pub(crate) fn dialled(&mut self, leg: LegId) {
        self.legs.insert(leg, Standing::Live);
    }

    pub(crate) fn leg(&mut self, leg: LegId, event: LegEvent) -> Result<(), LegGivenUp> {
        let last = matches!(event, LegEvent::Ended { .. });
        let standing = self.legs.get(&leg).copied();
        if last {
            self.legs.remove(&leg);
        }
        match standing {
            // A leg that is not in the list has had its last event.
            None | Some(Standing::Refused) => return Ok(()),
            Some(Standing::GivenUp) if !last => return Ok(()),
            Some(Standing::GivenUp | Standing::Live) => {}
        }
        let event = SignalingEvent::Leg(leg, event);
        if self.waiting.is_empty() {
            if let Err(Full(event)) = self.outlet.try_send(event) {
                self.wait(leg, event);
            }
            return Ok(());
        }
        if !last && self.waiting_of.get(&leg).is_some_and(|waiting| *waiting >= PER_LEG) {
            self.counters.legs_given_up.one();
            self.legs.insert(leg, Standing::GivenUp);
            return Err(LegGivenUp);
        }
        self.wait(leg, event);
        Ok(())
    }

    /// The house commands this leg. If it has ended, the house did not hear of it: a caller who hangs up while the call is
    /// still at the door ends a leg that is nobody's yet. Said again, or a call would go on without its caller. A house that
    /// takes nothing now is told at its next command.
    pub(crate) fn remind(&mut self, leg: LegId) {
        if !self.knows(leg) && !self.waiting_of.contains_key(&leg) {
            let ended = LegEvent::Ended { cause: Cause::Cancelled, status: None };
            self.outlet.try_send(SignalingEvent::Leg(leg, ended)).ok();
        }
    }

    pub(crate) fn registration(&mut self, extension: String, bindings: Vec<Binding>, change: RegistrationChange) {
        let (of, contacts) = (Registrar::Extension(extension.clone()), bindings.len());
        self.registered(of, SignalingEvent::Registration { extension, contacts, change, bindings });
    }

    pub(crate) fn trunk(&mut self, trunk: TrunkId, state: TrunkState) {
        self.registered(Registrar::Trunk(trunk), SignalingEvent::Trunk { trunk, state });
    }

    pub(crate) fn health(&mut self, trunk: TrunkId, health: TrunkHealth) {
        self.registered(Registrar::Health(trunk), SignalingEvent::Health { trunk, health });
    }

    pub(crate) fn trouble(&mut self, trunk: TrunkId, why: HopFailure) {
        self.registered(Registrar::Trouble(trunk), SignalingEvent::Trouble { trunk, why });
    }

    /// A note is not worth waiting for: a house that takes nothing now has lost it, counted.
    pub(crate) fn note(&mut self, leg: LegId, note: LegNote) {
        if self.outlet.try_send(SignalingEvent::Noted(leg, note)).is_err() {
            self.counters.notes_lost.one();
        }
    }

    fn registered(&mut self, of: Registrar, event: SignalingEvent) {
        let taken = if self.registrations.is_empty() { self.outlet.try_send(event) } else { Err(Full(event)) };
        if let Err(Full(event)) = taken {
            self.registrations.insert(of, event);
        }
    }

    /// Try again what waits. True: nothing waits any more.
    pub(crate) fn retry(&mut self) -> bool {
        while let Some(event) = self.waiting.pop_front() {
            let leg = match &event {
                SignalingEvent::Incoming(call) => Some(call.leg),
                SignalingEvent::Leg(leg, _) => Some(*leg),
                SignalingEvent::Registration { .. }
                | SignalingEvent::Trunk { .. }
                | SignalingEvent::Health { .. }
                | SignalingEvent::Trouble { .. }
                | SignalingEvent::Noted(..) => None,
            };
            if let Err(Full(event)) = self.outlet.try_send(event) {
                self.waiting.push_front(event);
                return false;
            }
            if let Some(leg) = leg
                && let Some(waiting) = self.waiting_of.get_mut(&leg)
            {
                *waiting -= 1;
                if *waiting == 0 {
                    self.waiting_of.remove(&leg);
                }
            }
        }
        while let Some((of, event)) = self.registrations.pop_first() {
            if let Err(Full(event)) = self.outlet.try_send(event) {
                self.registrations.insert(of, event);
                return false;
            }
        }
        true
    }

    /// Every leg ended by a fault of ours: the core that knew them is gone.
    pub(crate) fn end_all(&mut self, cause: Cause) {
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for leg in legs {
            // The last event is never refused.
            self.leg(leg, LegEvent::Ended { cause, status: None }).ok();
        }
    }

    pub(crate) fn knows(&self, leg: LegId) -> bool {
        self.legs.contains_key(&leg)
    }

    /// Live legs, those of refused calls included: they still take a place in the core.
    pub(crate) fn legs(&self) -> usize {
        self.legs.len()
    }

    fn wait(&mut self, leg: LegId, event: SignalingEvent) {
        *self.waiting_of.entry(leg).or_default() += 1;
        self.waiting.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Pii, Timestamp};
    use ringdesk_voice::{Digit, InterfaceId, Origin, Party};
    use std::sync::mpsc::{Receiver, sync_channel};

    fn house(room: usize) -> (House, Receiver<SignalingEvent>) {
        let (tx, rx) = sync_channel(room);
        let outlet = Outlet::new(move |event| {
            tx.try_send(event).map_err(|error| match error {
                std::sync::mpsc::TrySendError::Full(event) | std::sync::mpsc::TrySendError::Disconnected(event) => {
                    Full(event)
                }
            })
        });
        (House::new(outlet, Arc::default(), ["112".to_owned()]), rx)
    }

    fn leg(n: u128) -> LegId {
        LegId(uuid::Uuid::from_u128(n))
    }

    fn call(n: u128, to: &str) -> IncomingCall {
        IncomingCall {
            leg: leg(n),
            from: Party::number("1"),
            to: Party { number: Pii::new(to.into()), name: None },
            origin: Origin::Extension("1".into()),
            interface: InterfaceId(0),
            profile: Default::default(),
            offer: None,
            reliable: false,
            replaces: None,
            hops: 69,
            sip_call_id: n.to_string(),
        }
    }

    fn digit() -> LegEvent {
        LegEvent::Digit { digit: Digit::new('1').unwrap(), duration: None }
    }

    fn ended() -> LegEvent {
        LegEvent::Ended { cause: Cause::Normal, status: None }
    }

    #[test]
    fn who_commands_a_leg_that_is_gone_hears_of_its_end_again() {
        let (mut house, rx) = house(2);
        house.incoming(call(1, "100"), false).unwrap();
        house.remind(leg(1));
        assert_eq!(told(&rx), ["call 1"], "it is live");
        house.leg(leg(1), ended()).unwrap();
        house.remind(leg(1));
        assert_eq!(told(&rx), ["end 1", "end 1"]);
        // An end that still waits is not told before what waits with it.
        house.incoming(call(2, "100"), false).unwrap();
        house.leg(leg(2), digit()).unwrap();
        house.leg(leg(2), digit()).unwrap();
        house.leg(leg(2), ended()).unwrap();
        assert_eq!(told(&rx), ["call 2", "leg 2"]);
        house.remind(leg(2));
        assert!(told(&rx).is_empty());
        assert!(house.retry());
        assert_eq!(told(&rx), ["leg 2", "end 2"]);
    }

    fn told(rx: &Receiver<SignalingEvent>) -> Vec<String> {
        rx.try_iter()
            .map(|event| match event {
                SignalingEvent::Incoming(call) => format!("call {}", call.leg.0.as_u128()),
                SignalingEvent::Leg(leg, LegEvent::Ended { .. }) => format!("end {}", leg.0.as_u128()),
                SignalingEvent::Leg(leg, _) => format!("leg {}", leg.0.as_u128()),
                SignalingEvent::Registration { extension, contacts, .. } => format!("{extension} {contacts}"),
                SignalingEvent::Trunk { state, .. } => format!("{state:?}"),
                SignalingEvent::Health { health, .. } => format!("{health:?}"),
                SignalingEvent::Trouble { why, .. } => format!("{why:?}"),
                SignalingEvent::Noted(leg, _) => format!("note {}", leg.0.as_u128()),
            })
            .collect()
    }

    #[test]
    fn a_full_house_gets_no_new_call_but_every_event_of_its_legs() {
        let (mut house, rx) = house(2);
        assert_eq!(house.incoming(call(1, "1000"), false), Ok(()));
        assert_eq!(house.leg(leg(1), digit()), Ok(()));
        assert_eq!(house.incoming(call(2, "1000"), false), Err(CallRefused));
        assert_eq!(house.leg(leg(2), ended()), Ok(()), "nobody heard of it, nobody hears of its end");
        assert_eq!(house.incoming(call(3, "112"), false), Ok(()), "an emergency call waits");
        assert_eq!(house.leg(leg(1), ended()), Ok(()));
        assert!(!house.retry());
        assert_eq!(told(&rx), ["call 1", "leg 1"]);
        assert_eq!(house.incoming(call(4, "1000"), false), Err(CallRefused), "others wait already");
        assert!(house.retry());
        assert_eq!(told(&rx), ["call 3", "end 1"]);
        assert_eq!(house.incoming(call(5, "1000"), true), Err(CallRefused), "crowded");
        assert_eq!(house.incoming(call(6, "1000"), false), Ok(()));
        assert_eq!(told(&rx), ["call 6"]);
    }

    #[test]
    fn a_leg_with_too_many_events_is_given_up_and_ends_once() {
        let (mut house, rx) = house(1);
        house.dialled(leg(1));
        house.dialled(leg(2));
        assert_eq!(house.leg(leg(2), digit()), Ok(()));
        let kept = (0..100).take_while(|_| house.leg(leg(1), digit()) == Ok(())).count();
        assert_eq!(kept, usize::from(PER_LEG));
        assert_eq!(house.leg(leg(1), digit()), Ok(()), "given up once");
        assert_eq!(house.leg(leg(1), ended()), Ok(()));
        assert_eq!(house.leg(leg(1), ended()), Ok(()));
        let mut all = told(&rx);
        while !house.retry() {
            all.extend(told(&rx));
        }
        all.extend(told(&rx));
        assert_eq!(all.len(), 1 + usize::from(PER_LEG) + 1);
        assert_eq!(all.last().unwrap(), "end 1");
        assert!(house.waiting_of.is_empty());
        assert_eq!(house.legs(), 1);
    }

    #[test]
    fn of_registrations_the_latest_waits() {
        let (mut house, rx) = house(1);
        let bindings = |n: usize| {
            let one = || Binding {
                extension: "x".into(),
                contact: Pii::new("sip:x@192.0.2.1".into()),
                flow: Pii::new("udp/0/192.0.2.1:5060".into()),
                instance: None,
                q: 1_000,
                call_id: Pii::new("c".into()),
                cseq: 1,
                expires: Timestamp(2),
                since: Timestamp(1),
                proof: Pii::new(String::new()),
            };
            std::iter::repeat_with(one).take(n).collect::<Vec<_>>()
        };
        let trunk = TrunkId(uuid::Uuid::from_u128(1));
        house.registration("1000".into(), bindings(1), RegistrationChange::Added);
        house.registration("1001".into(), bindings(1), RegistrationChange::Added);
        house.trunk(trunk, TrunkState::Registered { until: Timestamp(1) });
        house.registration("1001".into(), bindings(2), RegistrationChange::Added);
        house.trunk(trunk, TrunkState::Left);
        assert_eq!(told(&rx), ["1000 1"]);
        assert!(!house.retry());
        assert_eq!(told(&rx), ["1001 2"]);
        assert!(house.retry());
        assert_eq!(told(&rx), ["Left"]);
    }

    #[test]
    fn a_lost_core_ends_every_leg_once() {
        let (mut house, rx) = house(9);
        assert_eq!(house.incoming(call(1, "1000"), false), Ok(()));
        assert_eq!(house.incoming(call(2, "1000"), true), Err(CallRefused));
        house.dialled(leg(3));
        house.end_all(Cause::InternalFailure);
        assert_eq!(told(&rx), ["call 1", "end 1", "end 3"]);
        assert_eq!(house.legs(), 0);
    }
}
