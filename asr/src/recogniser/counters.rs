//! What the recogniser has done, for the metrics.

use super::Purpose;
use crate::{NotHeard, Transcript};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Since the start, except what is said to be now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Clips asked for, by purpose: bot, live, second pass.
    pub asked: [u64; 3],
    pub heard: [u64; 3],
    pub dropped: [u64; 3],
    /// Milliseconds of sound asked for.
    pub audio_ms: u64,
    /// By the kind of fault ([`crate::EngineFault::kind`]), `no_engine` or `closed`.
    pub failed: BTreeMap<&'static str, u64>,
    /// Segments that were taken out or shortened, because nobody can have said them.
    pub phantoms: u64,
    /// How often the worker was started.
    pub started: u64,
    /// How often it was ended because it did not answer.
    pub hung: u64,
    /// Now: waiting for a place, and at work.
    pub waiting: u64,
    pub working: u64,
}

#[derive(Debug, Default)]
pub(super) struct Count {
    counters: Mutex<Counters>,
    pub(super) waiting: AtomicU64,
    pub(super) working: AtomicU64,
}

impl Count {
    pub(super) fn snapshot(&self) -> Counters {
        let mut counters = self.with(|c| c.clone());
        counters.waiting = self.waiting.load(Ordering::Relaxed);
        counters.working = self.working.load(Ordering::Relaxed);
        counters
    }

    /// Held for an addition only.
    pub(super) fn with<T>(&self, f: impl FnOnce(&mut Counters) -> T) -> T {
        f(&mut self.counters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn asked(&self, purpose: Purpose, ms: u64) {
        self.with(|c| {
            c.asked[purpose as usize] += 1;
            c.audio_ms += ms;
        });
    }

    pub(super) fn answered(&self, purpose: Purpose, answer: &Result<Transcript, NotHeard>) {
        self.with(|c| match answer {
            Ok(_) => c.heard[purpose as usize] += 1,
            Err(NotHeard::Dropped) => c.dropped[purpose as usize] += 1,
            Err(NotHeard::NoEngine { .. }) => *c.failed.entry("no_engine").or_default() += 1,
            Err(NotHeard::Closed) => *c.failed.entry("closed").or_default() += 1,
            Err(NotHeard::Failed { fault, .. }) => *c.failed.entry(fault.kind()).or_default() += 1,
        });
    }
}
