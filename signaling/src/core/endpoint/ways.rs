//! Where somebody can be dialled: telephones that are registered, trunks best first.

use super::Core;
use crate::core::directory::Trunk;
use crate::core::output::Output;
use crate::core::returns::is_same_page;
use crate::core::trunk_choice::{Standing, in_order};
use crate::core::trunk_health::TrunkHealth;
use ringdesk_voice::{Destination, InterfaceId, Profile, Target};
use std::collections::BTreeMap;

impl Core {
    pub(super) fn reach(&mut self, target: Target) -> Vec<Destination> {
        match target {
            Target::Extension(user) => self.admission.contacts(&self.stack, &user),
            Target::Uri(uri) => vec![Destination {
                uri,
                interface: InterfaceId(0),
                flow: None,
                trunk: None,
                profile: Default::default(),
            }],
            Target::Number(number) => self.ways_out(number.reveal()),
            // Whose it is, and where, the house knows.
            Target::Device(_) => Vec::new(),
        }
    }

    /// Devices that are waited for and have come back as another page: their leg's session is not theirs.
    pub(super) fn answer_returns(&mut self) {
        if self.returns.is_empty() {
            return;
        }
        let now = self.stack.wire.now;
        for (ask, leg) in self.returns.waiting() {
            let live = self.legs.get(&leg).filter(|leg| !leg.is_over());
            let of = self.legs.get(&leg).and_then(|leg| leg.instance()).or(self.returns.device_of(leg));
            let there = of.and_then(|device| self.admission.destination(&self.stack, device));
            let other = |there: &Destination| {
                live.is_none_or(|leg| leg.contact().is_some_and(|known| !is_same_page(known, &there.uri)))
            };
            if let Some(there) = there.filter(other) {
                self.returns.answered(ask);
                self.stack.wire.outputs.push_back(Output::Reached { ask, destinations: vec![there] });
            }
        }
        for ask in self.returns.overdue(now) {
            self.stack.wire.outputs.push_back(Output::Reached { ask, destinations: Vec::new() });
        }
    }

    /// The trunks to a number, best first.
    pub(super) fn ways_out(&mut self, number: &str) -> Vec<Destination> {
        let Core { stack, probes, trunks, .. } = self;
        let directory = stack.directory.clone();
        let standing = |trunk| match probes.health(trunk) {
            _ if stack.places.is_full(&directory, trunk) => Standing::Full,
            TrunkHealth::Down { .. } => Standing::Down,
            _ if stack.doubts(trunk) || trunks.is_refused(trunk) => Standing::Doubtful,
            _ => Standing::Well,
        };
        let standings: BTreeMap<_, _> = directory.trunks().iter().map(|t| (t.id, standing(t.id))).collect();
        let ordered = in_order(&directory, |trunk| standings[&trunk], || stack.wire.words.bits());
        let way = |trunk: &Trunk| {
            let uri = trunk.outbound.as_ref()?.uri(Some(number)).to_string();
            let profile = Profile::Rtp(directory.profile(trunk.id).sound.clone());
            Some(Destination { uri, interface: trunk.interface, flow: None, trunk: Some(trunk.id), profile })
        };
        ordered.into_iter().filter_map(way).collect()
    }
}
