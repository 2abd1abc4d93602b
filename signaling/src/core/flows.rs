//! Which leg stands on which connection, and which device it belongs to: so that the end of a connection, and a device
//! that comes back over another one, find their legs without a search.

use super::leg::Leg;
use super::registrar::Instance;
use ringdesk_voice::LegId;
use std::collections::{BTreeMap, BTreeSet};

/// Bounded by the legs there are.
#[derive(Default)]
pub(crate) struct Flows {
    noted: BTreeMap<LegId, (Option<u64>, Option<Instance>)>,
    by_connection: BTreeMap<u64, BTreeSet<LegId>>,
    by_device: BTreeMap<Instance, BTreeSet<LegId>>,
}

impl Flows {
    /// What holds of this leg now.
    pub(crate) fn note(&mut self, id: LegId, leg: &Leg) {
        let (connection, device) = (leg.connection(), leg.instance());
        let same = match self.noted.get(&id) {
            Some((old, of)) => *old == connection && of.as_ref() == device,
            None => connection.is_none() && device.is_none(),
        };
        if same {
            return;
        }
        self.forget(id);
        if let Some(connection) = connection {
            self.by_connection.entry(connection).or_default().insert(id);
        }
        if let Some(device) = device {
            self.by_device.entry(device.clone()).or_default().insert(id);
        }
        self.noted.insert(id, (connection, device.cloned()));
    }

    pub(crate) fn forget(&mut self, id: LegId) {
        let Some((connection, device)) = self.noted.remove(&id) else { return };
        if let Some(connection) = connection {
            remove(&mut self.by_connection, &connection, id);
        }
        if let Some(device) = device {
            remove(&mut self.by_device, &device, id);
        }
    }

    /// The legs on this connection.
    pub(crate) fn over(&self, connection: u64) -> Vec<LegId> {
        self.by_connection.get(&connection).into_iter().flatten().copied().collect()
    }

    /// The legs of this device.
    pub(crate) fn of(&self, device: &Instance) -> Vec<LegId> {
        self.by_device.get(device).into_iter().flatten().copied().collect()
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.noted.is_empty() && self.by_connection.is_empty() && self.by_device.is_empty()
    }
}

fn remove<K: Ord>(index: &mut BTreeMap<K, BTreeSet<LegId>>, key: &K, id: LegId) {
    if let Some(legs) = index.get_mut(key) {
        legs.remove(&id);
        if legs.is_empty() {
            index.remove(key);
        }
    }
}
