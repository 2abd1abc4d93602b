//! By which devices somebody is reached: those an agent has named, in their order; where none are named, every telephone and
//! browser that is registered.

use crate::desk::Desks;
use crate::dialling::Outside;
use ringdesk_ivr::prompt::shelf_name;
use ringdesk_model::{AccountId, CallId, DeviceId, Language};
use ringdesk_operations::devices::{AgentDevice, AgentDevices, DeviceKind, RingOrder};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_voice::{Accept, Destination, Device, Profile, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// What whoever answers a mobile hears.
const ASKED: &str = "device.accept";
/// For so long after the answer; an offer that has rung to its end leaves so much time.
const WITHIN: Duration = Duration::from_secs(9);

/// The named devices of agents, by extension, as they were last read. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Devices(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    devices: BTreeMap<String, AgentDevices>,
    /// Extensions of those who may see numbers.
    seeing: BTreeSet<String>,
}

impl Devices {
    pub(crate) async fn load(&self, operations: &Operations, account: AccountId) -> Result<(), OperationError> {
        let devices = operations.devices_by_extension(account).await?;
        let seeing = operations.extensions_seeing_numbers(account).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Known { devices, seeing };
        Ok(())
    }

    /// `None`: nothing is named, so whatever is registered rings.
    fn of(&self, extension: &str) -> Option<AgentDevices> {
        let all = &self.0.read().unwrap_or_else(PoisonError::into_inner).devices;
        all.get(extension).filter(|of| !of.devices.is_empty()).cloned()
    }

    /// One device, of whatever agent; with the extension.
    fn one(&self, id: DeviceId) -> Option<(String, AgentDevices)> {
        let all = &self.0.read().unwrap_or_else(PoisonError::into_inner).devices;
        all.iter().find_map(|(extension, of)| {
            let device = of.devices.iter().find(|device| device.id == id && device.active)?;
            let ringing = AgentDevices { ringing: of.ringing, devices: vec![device.clone()] };
            Some((extension.clone(), ringing))
        })
    }

    /// Are callers shown without their numbers there? Also where nobody knows who looks.
    fn is_discreet(&self, extension: &str) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).seeing.contains(extension)
    }

    /// In which whoever has this extension is spoken to.
    pub(crate) fn language(&self, extension: &str) -> Language {
        let all = &self.0.read().unwrap_or_else(PoisonError::into_inner).devices;
        all.get(extension).map(|of| of.ringing.language).unwrap_or_default()
    }

    pub(crate) fn is_of(&self, id: DeviceId, extension: &str) -> bool {
        self.one(id).is_some_and(|(of, _)| of == extension)
    }
}

/// Where a target is reached, if it may be dialled at all. A call that goes out keeps its place among those that have.
pub(crate) async fn reach(
    desks: &Desks,
    call: CallId,
    target: Target,
    outside: &Mutex<Option<Outside>>,
) -> Vec<Device> {
    match target {
        Target::Extension(extension) => match desks.devices.of(&extension) {
            Some(of) => named(desks, call, &extension, of, outside).await,
            None => {
                let discreet = desks.devices.is_discreet(&extension);
                let all = desks.signaling.reach(Target::Extension(extension)).await;
                all.into_iter().map(|one| Device { discreet, ..Device::plain(vec![one]) }).collect()
            }
        },
        Target::Device(id) => match desks.devices.one(id) {
            Some((extension, of)) => named(desks, call, &extension, of, outside).await,
            None => Vec::new(),
        },
        other => match ways_out(desks, call, other, outside).await {
            ways if ways.is_empty() => Vec::new(),
            ways => vec![Device::plain(ways)],
        },
    }
}

/// Is there anything to ring? A mobile's trunk is asked when it rings.
pub(crate) async fn is_reachable(desks: &Desks, target: &Target) -> bool {
    let of = match target {
        Target::Extension(extension) => match desks.devices.of(extension) {
            Some(of) => Some((extension.clone(), of)),
            None => return !desks.signaling.reach(target.clone()).await.is_empty(),
        },
        Target::Device(id) => desks.devices.one(*id),
        Target::Number(_) | Target::Uri(_) => return true,
    };
    let Some((extension, of)) = of else { return false };
    for device in of.devices.iter().filter(|device| device.active) {
        if device.kind == DeviceKind::Mobile || !registered(desks, &extension, device).await.is_empty() {
            return true;
        }
    }
    false
}

async fn named(
    desks: &Desks,
    call: CallId,
    extension: &str,
    of: AgentDevices,
    outside: &Mutex<Option<Outside>>,
) -> Vec<Device> {
    let mut found = Vec::new();
    let discreet = desks.devices.is_discreet(extension);
    let active = of.devices.iter().filter(|device| device.active);
    for (at, device) in active.enumerate() {
        let turn = match of.ringing.order {
            RingOrder::Parallel => 0,
            RingOrder::Sequence => u8::try_from(at).unwrap_or(u8::MAX),
        };
        let ring_for = Some(Duration::from_secs(u64::try_from(device.ring_seconds).unwrap_or_default()));
        let like = |ways, accept| Device { ways, turn, ring_for, accept, discreet };
        match device.kind {
            DeviceKind::Mobile => {
                let Some(number) = &device.number else { continue };
                let prompt = shelf_name(of.ringing.language, ASKED);
                let dialled = number.reveal().chars().filter(|c| !" -().".contains(*c)).collect::<String>();
                let ways = ways_out(desks, call, Target::Number(dialled.into()), outside).await;
                // A number of the network: what stands on it is what a network takes.
                found.push(Device { discreet: false, ..like(ways, Some(Accept { prompt, within: WITHIN })) });
            }
            DeviceKind::Browser | DeviceKind::DeskPhone => {
                let there = registered(desks, extension, device).await;
                found.extend(there.into_iter().map(|one| like(vec![one], None)));
            }
        }
    }
    found
}

/// Browsers and telephones may share an extension: they are told apart by how their sound travels.
async fn registered(desks: &Desks, own: &str, device: &AgentDevice) -> Vec<Destination> {
    let extension = device.extension.as_deref().unwrap_or(own);
    let mut there = desks.signaling.reach(Target::Extension(extension.to_owned())).await;
    there.retain(|one| (one.profile == Profile::WebRtc) == (device.kind == DeviceKind::Browser));
    there
}

async fn ways_out(desks: &Desks, call: CallId, target: Target, outside: &Mutex<Option<Outside>>) -> Vec<Destination> {
    if desks.busy.holds(call) {
        return Vec::new(); // nobody outside is called for a caller whom we made
    }
    let holds = outside.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    match desks.dialling.pass(call, &target, holds).await {
        Ok(place) => {
            if place.is_some() {
                *outside.lock().unwrap_or_else(PoisonError::into_inner) = place;
            }
            desks.signaling.reach(target).await
        }
        Err(_) => Vec::new(),
    }
}
