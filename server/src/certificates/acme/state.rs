//! How it stands with the authority: for the API, for `/metrics`, and in a file for `ringdesk doctor`.

use super::fault::AcmeFault;
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Nothing was asked yet.
    #[default]
    Waiting,
    /// An order is open.
    Ordering,
    /// Its certificate is shown, and lasts.
    Good,
    /// The last order failed; another one follows.
    Failing,
}

impl Phase {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Ordering => "ordering",
            Phase::Good => "good",
            Phase::Failing => "failing",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct AcmeState {
    pub(crate) phase: Phase,
    /// Kind, and a sentence with what to do.
    pub(crate) fault: Option<(String, String)>,
    /// In a row.
    pub(crate) failures: u32,
    /// Of the last order, and of the next one; milliseconds since 1970.
    pub(crate) tried: Option<i64>,
    pub(crate) next: Option<i64>,
}

impl AcmeState {
    pub(super) fn ordering(&mut self, now: Timestamp) {
        (self.phase, self.tried, self.next) = (Phase::Ordering, Some(now.as_millis()), None);
    }

    pub(super) fn good(&mut self, next: Timestamp) {
        *self =
            AcmeState { phase: Phase::Good, tried: self.tried, next: Some(next.as_millis()), ..AcmeState::default() };
    }

    pub(super) fn failed(&mut self, fault: &AcmeFault, next: Timestamp) {
        self.phase = Phase::Failing;
        self.fault = Some((fault.kind().to_owned(), format!("{fault}; {}", fault.advice())));
        self.failures = self.failures.saturating_add(1);
        self.next = Some(next.as_millis());
    }

    pub(super) fn write(&self, file: &Path) {
        let text = serde_json::to_vec(self).expect("plain data");
        if let Err(fault) = super::super::write(file, &text, 0o644) {
            tracing::warn!(%fault, "the doctor is not told");
        }
    }

    pub(crate) fn read(file: &Path) -> Option<AcmeState> {
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }
}
