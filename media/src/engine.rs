//! The face of the room: shards started, calls placed on them, commands handed over.

use crate::call::commands::Command;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::figures::Figures;
use crate::shard::line::Lines;
use crate::shard::outbox::Outbox;
use crate::shard::ports::Ports;
use crate::shard::pulse::Pulse;
use crate::shard::shared::Shared;
use crate::shard::{Rest, Shard, WAKER, priority};
use crate::shelf::Shelf;
use crate::webrtc::certificate::Identity;
use mio::{Poll, Waker};
use ringdesk_model::{CallId, Clock, Full, Ids, Outlet, WallClock};
use ringdesk_voice::{MediaCommand, MediaEvent, Tapped};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism};
use std::time::Duration;

/// The media room. Dropping it closes every leg and ends its threads.
pub struct Media {
    shards: Vec<Handle>,
    shelf: Shelf,
    places: Mutex<Places>,
    refused: AtomicU64,
    clock: WallClock,
}

struct Handle {
    orders: SyncSender<Order>,
    waker: Waker,
    /// Orders on their way.
    queued: Arc<AtomicU32>,
    figures: Arc<Figures>,
    pulse: Arc<Pulse>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A command on its way to a shard.
pub(crate) struct Order {
    pub(crate) call: CallId,
    pub(crate) place: Arc<Place>,
    pub(crate) command: Command,
}

/// Where a call lives. It stays known while it has legs or commands on their way; the shard only stores numbers, so
/// that it never waits for a lock.
#[derive(Debug)]
pub(crate) struct Place {
    shard: usize,
    queued: Arc<AtomicU32>,
    pending: AtomicU32,
    legs: AtomicU32,
}

impl Place {
    pub(crate) fn taken(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    /// A command was carried out; the call has this many legs now.
    pub(crate) fn settle(&self, legs: usize) {
        self.legs.store(legs as u32, Ordering::Release);
        self.pending.fetch_sub(1, Ordering::Release);
    }

    pub(crate) fn empty(&self) {
        self.legs.store(0, Ordering::Release);
    }

    fn is_done(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0 && self.legs.load(Ordering::Acquire) == 0
    }
}

#[derive(Default)]
struct Places {
    by_call: HashMap<CallId, Arc<Place>>,
    /// Places that are done are forgotten when the map has grown to this.
    sweep_at: usize,
    turn: usize,
}

impl Media {
    /// Open the room. Needs `config.interfaces`. `seed`: for SSRCs, ports and session ids.
    ///
    /// Events of a call arrive in order. State events are never dropped while the outlet is full: the shard keeps them,
    /// and when too many wait it takes no more commands (see [`Media::command`]).
    pub fn start(
        config: Config,
        clock: WallClock,
        seed: u64,
        shelf: Shelf,
        outlet: Outlet<(CallId, MediaEvent)>,
    ) -> Result<Media> {
        check(&config)?;
        let cores = available_parallelism().map_or(1, usize::from);
        let pairs: Vec<u16> = config.pairs().collect();
        let wanted = if config.shards == 0 { cores.saturating_sub(1) } else { config.shards };
        let count = wanted.clamp(1, pairs.len());
        let identity = Identity::new().map(Arc::new);
        let shards = (0..count)
            .map(|n| {
                let ports = pairs.iter().copied().skip(n).step_by(count).collect();
                let (first, last) = config.browser_ports;
                let shared = (first..=last).skip(n).step_by(count).collect();
                let ports = (ports, shared);
                start_shard(n, ports, &config, clock, seed, identity.clone(), outlet.clone()).map_err(Error::Thread)
            })
            .collect::<Result<_>>()?;
        Ok(Media { shards, shelf, places: Mutex::default(), refused: AtomicU64::new(0), clock })
    }

    /// How far the shard that is latest is behind real time: the worst of the last second or two.
    pub fn behind(&self) -> Duration {
        let now = self.clock.now();
        self.shards.iter().map(|shard| shard.pulse.behind(now)).max().unwrap_or_default()
    }

    /// Hand a command to the call's shard. Never blocks. `Full`: the shard has too many waiting (it is overloaded, or
    /// the listener of its events does not listen); the command was not taken, and the caller decides what that means.
    pub fn command(&self, call: CallId, command: MediaCommand) -> std::result::Result<(), Full<MediaCommand>> {
        let order = match &command {
            // The shard gets the sound itself, so that it never waits for the shelf.
            MediaCommand::Play { leg, play, prompts, repeat } => {
                let (prompts, missing) = self.shelf.take(prompts);
                Command::Play { leg: *leg, play: *play, prompts, missing, repeat: *repeat }
            }
            other => Command::Media(other.clone()),
        };
        self.hand_over(call, order).map_err(|()| Full(command))
    }

    /// Copy the sound of a call to this buffer from now on, or to nobody; a call that has legs. The outlet is called by the
    /// shard for every packet, so it must neither wait nor wake anybody dearly.
    pub fn tap(&self, call: CallId, outlet: Option<Outlet<Tapped>>) -> std::result::Result<(), Full<()>> {
        self.hand_over(call, Command::Tap(outlet)).map_err(|()| Full(()))
    }

    /// Figures for `/metrics`, summed over the shards.
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        let mut all = Figures::sums(self.shards.iter().map(|s| &*s.figures));
        let queued = self.shards.iter().map(|s| u64::from(s.queued.load(Ordering::Relaxed))).sum();
        all.push(("commands_waiting", queued));
        all.push(("commands_refused", self.refused.load(Ordering::Relaxed)));
        all.push(("shards", self.shards.len() as u64));
        all.push(("behind_ms", self.behind().as_millis() as u64));
        all.push(("shelf_bytes", self.shelf.bytes()));
        all
    }

    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    pub(crate) fn hand_over(&self, call: CallId, command: Command) -> std::result::Result<(), ()> {
        let place = self.place(call);
        let shard = &self.shards[place.shard];
        shard.queued.fetch_add(1, Ordering::Relaxed);
        match shard.orders.try_send(Order { call, place, command }) {
            Ok(()) => {
                // It fails only where the descriptor is broken; the next packet or timer wakes the shard then.
                let _ = shard.waker.wake();
                Ok(())
            }
            Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) => {
                order.place.taken();
                order.place.pending.fetch_sub(1, Ordering::Release);
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(())
            }
        }
    }

    /// The call's shard: where it is, or the one with the least to do.
    fn place(&self, call: CallId) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.by_call.get(&call) {
            place.pending.fetch_add(1, Ordering::AcqRel);
            return place.clone();
        }
        if places.by_call.len() >= places.sweep_at {
            places.by_call.retain(|_, place| !place.is_done());
            places.sweep_at = (2 * places.by_call.len()).max(64);
        }
        places.turn += 1;
        let count = self.shards.len();
        let turn = places.turn;
        let load = |n: &usize| {
            let shard = &self.shards[*n];
            shard.figures.legs_open.get() + u64::from(shard.queued.load(Ordering::Relaxed))
        };
        let shard = (0..count).map(|n| (n + turn) % count).min_by_key(load).unwrap_or(0);
        let place = Arc::new(Place {
            shard,
            queued: self.shards[shard].queued.clone(),
            pending: AtomicU32::new(1),
            legs: AtomicU32::new(0),
        });
        places.by_call.insert(call, place.clone());
        place
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        for shard in &self.shards {
            shard.stop.store(true, Ordering::Relaxed);
            let _ = shard.waker.wake();
        }
        for shard in &mut self.shards {
            if let Some(thread) = shard.thread.take()
                && thread.join().is_err()
            {
                tracing::error!("a media thread had panicked");
            }
        }
    }
}

fn check(config: &Config) -> Result<()> {
    if config.interfaces.is_empty() {
        return Err(Error::NoInterface);
    }
    for interface in &config.interfaces {
        let bind = interface.bind;
        match interface.advertise {
            None if bind.is_unspecified() => return Err(Error::NoAddress(bind)),
            Some(advertise) if advertise.is_ipv6() != bind.is_ipv6() => {
                return Err(Error::MixedFamilies { bind, advertise });
            }
            _ => {}
        }
    }
    if config.pairs().next().is_none() {
        return Err(Error::NoPorts(config.ports.0, config.ports.1));
    }
    Ok(())
}

fn start_shard(
    n: usize,
    (ports, shared): (Vec<u16>, Vec<u16>),
    config: &Config,
    clock: WallClock,
    seed: u64,
    identity: Option<Arc<Identity>>,
    outlet: Outlet<(CallId, MediaEvent)>,
) -> std::io::Result<Handle> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    let figures = Arc::new(Figures::default());
    let pulse = Arc::new(Pulse::default());
    let stop = Arc::new(AtomicBool::new(false));
    let (orders, received) = sync_channel(config.commands.max(1));
    let mut ids = Ids::seeded(seed.wrapping_add(n as u64));
    let ports = Ports::new(ports, Duration::from_millis(config.quarantine_ms), &mut ids);
    let now = clock.now();
    let registry = poll.registry().try_clone()?;
    let shared =
        Shared::open(&registry, &config.interfaces, shared, config.dscp, figures.clone()).unwrap_or_else(|error| {
            tracing::warn!(%error, "no port for browsers");
            Shared::none(figures.clone())
        });
    let shard = Shard {
        poll,
        clock,
        lines: Lines::new(registry, config.interfaces.clone(), ports, shared, config.dscp, figures.clone(), now),
        orders: received,
        stop: stop.clone(),
        figures: figures.clone(),
        pulse: pulse.clone(),
        rest: Rest::new(Outbox::new(outlet), ids, config.settings(), identity, now),
    };
    let realtime = config.realtime;
    let thread = Builder::new().name(format!("media-{n}")).spawn(move || {
        if realtime && let Err(error) = priority::ask() {
            tracing::warn!(%error, "no real-time scheduling for media: delays may grow when the machine is busy");
        }
        shard.run();
    })?;
    Ok(Handle { orders, waker, queued: Arc::default(), figures, pulse, stop, thread: Some(thread) })
}

#[cfg(test)]
mod tests;
