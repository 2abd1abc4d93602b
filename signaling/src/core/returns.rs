//! Browsers that are waited for: the device of a leg that comes back as another page, which knows nothing of the leg's
//! session and has to be called anew.

use super::input::Hop;
use super::registrar::Instance;
use super::uri::Uri;
use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a device is known after its leg has ended, and how long anybody may wait for it.
const KNOWN: Duration = Duration::from_secs(60);
/// Devices of legs that have ended, at most; beyond it those of the oldest legs are forgotten.
const MOST: usize = 4_096;

#[derive(Default)]
pub(crate) struct Returns {
    left: BTreeMap<LegId, (Instance, Timestamp)>,
    /// One for each call that waits, so it is bounded by the calls there are.
    waiting: BTreeMap<u64, (LegId, Timestamp)>,
}

impl Returns {
    /// A leg of this device is gone.
    pub(crate) fn leg_left(&mut self, now: Timestamp, leg: LegId, device: Instance) {
        self.left.retain(|_, (_, until)| *until > now);
        if self.left.len() >= MOST {
            self.left.pop_first();
        }
        self.left.insert(leg, (device, now + KNOWN));
    }

    pub(crate) fn device_of(&self, leg: LegId) -> Option<&Instance> {
        self.left.get(&leg).map(|(device, _)| device)
    }

    pub(crate) fn wait(&mut self, now: Timestamp, ask: u64, leg: LegId) {
        self.waiting.insert(ask, (leg, now + KNOWN));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn waiting(&self) -> Vec<(u64, LegId)> {
        self.waiting.iter().map(|(ask, (leg, _))| (*ask, *leg)).collect()
    }

    pub(crate) fn answered(&mut self, ask: u64) {
        self.waiting.remove(&ask);
    }

    /// Those who have waited in vain.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<u64> {
        let late: Vec<u64> = self.waiting.iter().filter(|(_, (_, until))| *until <= now).map(|(ask, _)| *ask).collect();
        late.iter().for_each(|ask| self.answered(*ask));
        late
    }
}

/// The Contacts of a page and of itself: a page makes a name and keeps it as long as it lives (JsSIP: of each `UA`); the
/// parameters say nothing about that.
pub(crate) fn is_same_page(a: &str, b: &str) -> bool {
    let name = |uri: &str| Uri::parse(uri).ok().map(|uri| (uri.user().map(|user| user.into_owned()), uri.host.clone()));
    name(a).is_some_and(|a| name(b) == Some(a))
}

/// Nobody opens a connection to it.
pub(crate) fn is_browser(hop: &Hop) -> bool {
    !hop.transport.is_dialable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_name() {
        let page = "sip:x7k2@df7j.invalid;transport=ws";
        for (other, same) in [
            (page, true),
            ("sip:x7k2@df7j.invalid;transport=ws;ob", true),
            ("sip:x7k2@df7j.invalid", true),
            ("sip:y7k2@df7j.invalid;transport=ws", false),
            ("sip:x7k2@other.invalid;transport=ws", false),
            ("sip:df7j.invalid;transport=ws", false),
            ("", false),
        ] {
            assert_eq!(is_same_page(page, other), same, "{other}");
        }
    }
}
