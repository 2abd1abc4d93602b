//! Sound out of a call, to everybody who listens along: media knows one outlet, this hands its packets to all.
//!
//! The outlet is called by a media shard for every packet; it takes no lock. Whoever comes or goes gives media a new outlet.

use ringdesk_media::Media;
use ringdesk_model::{CallId, Full, Outlet, Timestamp};
use ringdesk_voice::Tapped;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Who listens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// Knows of masks by itself, and keeps the time under them.
    Recorder,
    /// Must not hear what is masked.
    Recogniser,
    /// Of a prompt that is spoken into a telephone.
    Dictation,
    /// Of a flow that asks the caller to say something.
    Flow,
}

/// One listener's buffer. What it refuses is counted, and told to it with the next thing it takes.
struct Ear {
    listener: Listener,
    outlet: Outlet<Tapped>,
    missing: AtomicU64,
    since: AtomicI64,
}

#[derive(Default)]
struct Call {
    ears: Vec<Arc<Ear>>,
    masked: Arc<AtomicBool>,
}

/// The listeners of all calls. Clones share them.
#[derive(Clone)]
pub(crate) struct Taps {
    media: Arc<Media>,
    calls: Arc<Mutex<HashMap<CallId, Call>>>,
}

impl Taps {
    pub(crate) fn new(media: Arc<Media>) -> Taps {
        Taps { media, calls: Arc::default() }
    }

    /// Hear this call from now on; it must have a leg.
    pub(crate) fn listen(&self, call: CallId, listener: Listener, outlet: Outlet<Tapped>) {
        let ear = Arc::new(Ear { listener, outlet, missing: AtomicU64::new(0), since: AtomicI64::new(0) });
        let mut calls = self.lock();
        let ears = &mut calls.entry(call).or_default().ears;
        ears.retain(|e| e.listener != listener);
        ears.push(ear);
        drop(calls);
        self.connect(call);
    }

    pub(crate) fn leave(&self, call: CallId, listener: Listener) {
        if let Some(found) = self.lock().get_mut(&call) {
            found.ears.retain(|e| e.listener != listener);
        }
        self.connect(call);
    }

    /// What is said now is secret: nobody but the recorder, who keeps only the time, hears it.
    pub(crate) fn mask(&self, call: CallId, masked: bool) {
        if let Some(found) = self.lock().get(&call) {
            found.masked.store(masked, Relaxed);
        }
    }

    /// The call is over.
    pub(crate) fn forget(&self, call: CallId) {
        self.lock().remove(&call);
    }

    /// Tell media who listens now. A shard that takes no commands is asked again, as long as somebody wants to listen.
    fn connect(&self, call: CallId) {
        if self.try_connect(call) {
            return;
        }
        let taps = self.clone();
        tokio::spawn(async move {
            while !taps.try_connect(call) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }

    /// Under the lock: of two who come at once, media hears last of whoever came last.
    fn try_connect(&self, call: CallId) -> bool {
        let calls = self.lock();
        let outlet = match calls.get(&call) {
            None => return true, // it is over, and its tap with it
            Some(call) if call.ears.is_empty() => None,
            Some(call) => Some(spread(call.ears.clone(), call.masked.clone())),
        };
        self.media.tap(call, outlet).is_ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One outlet for all. It takes everything: a loss is that ear's alone.
fn spread(ears: Vec<Arc<Ear>>, masked: Arc<AtomicBool>) -> Outlet<Tapped> {
    Outlet::new(move |tapped: Tapped| {
        for ear in &ears {
            let hears = ear.listener == Listener::Recorder || !masked.load(Relaxed);
            if hears || matches!(tapped, Tapped::Ended { .. }) {
                ear.put(tapped.clone());
            }
        }
        Ok(())
    })
}

impl Ear {
    fn put(&self, tapped: Tapped) {
        let packets = self.missing.load(Relaxed);
        if packets > 0 {
            let at = Timestamp(self.since.load(Relaxed));
            if self.outlet.try_send(Tapped::Lost { at, packets }).is_ok() {
                self.missing.store(0, Relaxed);
            }
        }
        let (at, lost) = match &tapped {
            Tapped::Packet { arrived, .. } => (*arrived, 1),
            Tapped::Lost { at, packets } => (*at, *packets),
            Tapped::Ended { at, .. } => (*at, 0),
        };
        // After a loss nothing overtakes the news of it.
        let refused = self.missing.load(Relaxed) > 0 || matches!(self.outlet.try_send(tapped), Err(Full(_)));
        if refused && self.missing.fetch_add(lost, Relaxed) == 0 {
            self.since.store(at.0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_voice::{Coding, LegId, Track};
    use std::sync::mpsc::sync_channel;

    fn packet(n: u16) -> Tapped {
        Tapped::Packet {
            track: Track::Leg(LegId(uuid::Uuid::from_u128(1))),
            arrived: Timestamp(i64::from(n)),
            ssrc: 1,
            sequence: n,
            timestamp: 0,
            coding: Coding::Pcmu,
            payload: Default::default(),
        }
    }

    fn ear(listener: Listener, room: usize) -> (Arc<Ear>, std::sync::mpsc::Receiver<Tapped>) {
        let (put, heard) = sync_channel(room);
        let outlet = Outlet::new(move |t| put.try_send(t).map_err(|_| Full(packet(0))));
        (Arc::new(Ear { listener, outlet, missing: AtomicU64::new(0), since: AtomicI64::new(0) }), heard)
    }

    #[test]
    fn a_slow_listener_loses_its_own_packets_and_is_told_which() {
        let ((recorder, kept), (recogniser, heard)) = (ear(Listener::Recorder, 99), ear(Listener::Recogniser, 1));
        let outlet = spread(vec![recorder, recogniser], Arc::default());
        (1..=3).for_each(|n| outlet.try_send(packet(n)).unwrap());
        assert_eq!(kept.try_iter().count(), 3);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [packet(1)]);
        outlet.try_send(packet(4)).unwrap();
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Tapped::Lost { at: Timestamp(2), packets: 2 }]);
        outlet.try_send(packet(5)).unwrap();
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Tapped::Lost { at: Timestamp(4), packets: 1 }]);
    }

    #[test]
    fn what_is_masked_reaches_nobody_but_the_recorder() {
        let ((recorder, kept), (recogniser, heard)) = (ear(Listener::Recorder, 9), ear(Listener::Recogniser, 9));
        let masked = Arc::new(AtomicBool::new(false));
        let outlet = spread(vec![recorder, recogniser], masked.clone());
        outlet.try_send(packet(1)).unwrap();
        masked.store(true, Relaxed);
        outlet.try_send(packet(2)).unwrap();
        masked.store(false, Relaxed);
        outlet.try_send(packet(3)).unwrap();
        assert_eq!(kept.try_iter().count(), 3);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [packet(1), packet(3)]);
    }
}
