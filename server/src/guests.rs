//! Calls that visitors of web sites were let in to make, until they are at the door: where each goes, and who it is.

use ringdesk_model::Timestamp;
use ringdesk_operations::visitor_calls::VisitorCall;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// By their tickets. Signaling bounds how many are expected, and asks for each at most once.
#[derive(Default)]
pub(crate) struct Guests(Mutex<BTreeMap<String, (Timestamp, VisitorCall)>>);

impl Guests {
    /// It may come until then.
    pub(crate) fn expect(&self, now: Timestamp, ticket: String, until: Timestamp, call: VisitorCall) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (until, _)| *until > now);
        all.insert(ticket, (until, call));
    }

    /// It is at the door, or will not come.
    pub(crate) fn take(&self, ticket: &str) -> Option<VisitorCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(ticket).map(|(_, call)| call)
    }
}
