//! Whose line is busy: what the legs of each extension come to.

use super::notices::Lamp;
use ringdesk_voice::LegId;
use std::collections::BTreeMap;

/// Bounded by the legs there are.
#[derive(Default)]
pub(crate) struct Lamps {
    legs: BTreeMap<LegId, String>,
    lines: BTreeMap<String, BTreeMap<LegId, Lamp>>,
}

impl Lamps {
    pub(crate) fn of(&self, extension: &str) -> Lamp {
        self.lines.get(extension).into_iter().flat_map(|legs| legs.values().copied()).max().unwrap_or_default()
    }

    /// This leg of that extension is where it is. `Some`: its lamp changes.
    pub(crate) fn note(&mut self, leg: LegId, extension: &str, lamp: Lamp) -> Option<String> {
        if lamp == Lamp::Idle {
            return self.forget(leg);
        }
        let before = self.of(extension);
        self.legs.insert(leg, extension.to_owned());
        self.lines.entry(extension.to_owned()).or_default().insert(leg, lamp);
        (self.of(extension) != before).then(|| extension.to_owned())
    }

    /// The leg is over.
    pub(crate) fn forget(&mut self, leg: LegId) -> Option<String> {
        let extension = self.legs.remove(&leg)?;
        let before = self.of(&extension);
        if let Some(legs) = self.lines.get_mut(&extension) {
            legs.remove(&leg);
            if legs.is_empty() {
                self.lines.remove(&extension);
            }
        }
        (self.of(&extension) != before).then_some(extension)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.legs.is_empty() && self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_brightest_leg_counts() {
        let leg = |n| LegId(Uuid::from_u128(n));
        let mut lamps = Lamps::default();
        let a = || Some("a".to_owned());
        assert_eq!(lamps.note(leg(1), "a", Lamp::Calling), a());
        assert_eq!(lamps.note(leg(2), "a", Lamp::Busy), a());
        assert_eq!(lamps.note(leg(1), "a", Lamp::Ringing), None, "it talks");
        assert_eq!(lamps.note(leg(2), "a", Lamp::Idle), a());
        assert_eq!((lamps.of("a"), lamps.of("b")), (Lamp::Ringing, Lamp::Idle));
        assert_eq!(lamps.forget(leg(2)), None);
        assert_eq!(lamps.forget(leg(1)), a());
        assert!(lamps.is_empty());
    }
}
