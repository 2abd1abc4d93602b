//! A media thread: one epoll loop that owns its sockets, legs and calls. Nobody else touches them.
//!
//! A turn: packets, commands, what is due, events that wait. It never blocks but in `poll` and, in a crowd, for the rest before it
//! ([`pace`]); it takes no lock, touches no file.

pub(crate) mod line;
pub(crate) mod outbox;
pub(crate) mod pace;
pub(crate) mod ports;
pub(crate) mod priority;
pub(crate) mod pulse;
pub(crate) mod shared;
pub(crate) mod wheel;

use crate::call::{Call, Surroundings, Wire as _};
use crate::config::Settings;
use crate::engine::{Order, Place};
use crate::figures::Figures;
use crate::webrtc::Path;
use crate::webrtc::certificate::Identity;
use line::Lines;
use mio::{Events, Poll, Token};
use outbox::Outbox;
use pace::Pace;
use pulse::Pulse;
use ringdesk_model::{CallId, Clock, Ids, Timestamp, WallClock};
use ringdesk_voice::{LegQuality, MediaEvent};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;
use wheel::{Entry, Wheel};

/// The token of the waker; sockets have small ones.
pub(crate) const WAKER: Token = Token(usize::MAX);
/// Datagrams taken from one socket before the others have their turn.
const BURST: usize = 32;
/// The same of the port that all browsers share.
const SHARED_BURST: u32 = 256;
/// Commands taken in one turn.
const COMMANDS: usize = 64;
/// Packets after which the clock is read again.
const CLOCK: u32 = 16;
/// Between attempts to hand over events that wait.
const RETRY: Duration = Duration::from_millis(5);
/// An RTP packet is far smaller; longer datagrams are cut and found malformed or played short.
const DATAGRAM: usize = 2048;

pub(crate) struct Shard {
    pub(crate) poll: Poll,
    pub(crate) clock: WallClock,
    pub(crate) lines: Lines,
    pub(crate) orders: Receiver<Order>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) figures: Arc<Figures>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) rest: Rest,
}

/// What is lent to a call, next to the lines.
pub(crate) struct Rest {
    seats: Vec<Option<Seat>>,
    free: Vec<u32>,
    by_call: HashMap<CallId, u32>,
    wheel: Wheel,
    outbox: Outbox,
    ids: Ids,
    settings: Settings,
    identity: Option<Arc<Identity>>,
    now: Timestamp,
}

struct Seat {
    call: Call,
    place: Arc<Place>,
}

impl Rest {
    pub(crate) fn new(
        outbox: Outbox,
        ids: Ids,
        settings: Settings,
        identity: Option<Arc<Identity>>,
        now: Timestamp,
    ) -> Self {
        Rest {
            seats: Vec::new(),
            free: Vec::new(),
            by_call: HashMap::new(),
            wheel: Wheel::new(now),
            outbox,
            ids,
            settings,
            identity,
            now,
        }
    }
}

impl Shard {
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut unfinished = Vec::new();
        let mut fired = Vec::new();
        let mut buffer = [0u8; DATAGRAM];
        let mut more = false;
        let mut pace = Pace::default();
        while !self.stop.load(Ordering::Relaxed) {
            if !more && let Some(rest) = pace.rest(self.clock.now()) {
                std::thread::sleep(rest);
            }
            let sleep = if more || !unfinished.is_empty() { Some(Duration::ZERO) } else { self.sleep() };
            if let Err(error) = self.poll.poll(&mut events, sleep)
                && error.kind() != ErrorKind::Interrupted
            {
                // Only a wrong descriptor or no memory. At real-time priority this must not spin.
                tracing::error!(%error, "poll failed");
                events.clear();
                std::thread::park_timeout(RETRY);
            }
            self.tick();
            self.pulse.beat(self.rest.now, !self.rest.by_call.is_empty());
            let packets = !unfinished.is_empty() || events.iter().any(|event| event.token() != WAKER);
            pace.turn(self.rest.now, packets, self.rest.by_call.len());
            for token in std::mem::take(&mut unfinished) {
                self.readable(token, &mut buffer, &mut unfinished);
            }
            for event in &events {
                if event.token() != WAKER && !unfinished.contains(&event.token()) {
                    self.readable(event.token(), &mut buffer, &mut unfinished);
                }
            }
            self.tick();
            more = self.take_orders();
            self.rest.wheel.fire(self.rest.now, &mut fired);
            for entry in fired.drain(..) {
                self.alarm(entry);
            }
            self.rest.outbox.flush(&self.figures);
        }
        self.end();
    }

    fn tick(&mut self) {
        self.rest.now = self.clock.now();
        self.lines.release(self.rest.now);
    }

    fn sleep(&self) -> Option<Duration> {
        let now = self.clock.now();
        let release = self.lines.ports.next_release().map(|at| at.since(now));
        let retry = self.rest.outbox.is_waiting().then_some(RETRY);
        [self.rest.wheel.sleep(now), release, retry, self.pulse.sleep(now)].into_iter().flatten().min()
    }

    fn readable(&mut self, token: Token, buffer: &mut [u8; DATAGRAM], unfinished: &mut Vec<Token>) {
        if let Some(socket) = self.lines.shared.socket_of(token) {
            return self.shared_readable(socket, token, buffer, unfinished);
        }
        let (index, rtcp) = ((token.0 / 2) as u32, token.0 % 2 == 1);
        for n in 1..=BURST as u32 {
            let Some(line) = self.lines.get(index) else { return };
            match line.receive(rtcp, buffer) {
                Ok((length, from)) => {
                    let (slot, id) = (line.slot, line.id);
                    let packet = &mut buffer[..length];
                    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
                    self.with_call(slot, |call, around| {
                        if rtcp {
                            call.rtcp(id, from, packet, around);
                        } else {
                            call.rtp(id, from, packet, around);
                        }
                    });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A late ICMP error of something sent; it was taken off the socket by this.
                Err(_) => {}
            }
            if n % CLOCK == 0 {
                self.rest.now = self.clock.now();
            }
        }
        // More may wait, and the poll tells of new arrivals only.
        unfinished.push(token);
    }

    /// The browsers' port: each datagram may be another leg's.
    fn shared_readable(&mut self, socket: u16, token: Token, buffer: &mut [u8; DATAGRAM], unfinished: &mut Vec<Token>) {
        for n in 1..=SHARED_BURST {
            match self.lines.shared.receive(socket, buffer) {
                Ok((length, from)) => {
                    let remote = SocketAddr::new(from.ip().to_canonical(), from.port());
                    let (path, packet) = (Path { socket, remote }, &mut buffer[..length]);
                    if let Some(id) = self.lines.shared.sort(path, packet)
                        && let Some(slot) = self.lines.get(id.index).map(|line| line.slot)
                    {
                        self.with_call(slot, |call, around| call.browser(id, path, packet, around));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {}
            }
            if n % CLOCK == 0 {
                self.rest.now = self.clock.now();
            }
        }
        unfinished.push(token);
    }

    /// `true`: more may wait, though their wake-up was taken by this turn.
    fn take_orders(&mut self) -> bool {
        for _ in 0..COMMANDS {
            // Looked at again after every attempt to empty it.
            if self.rest.outbox.is_full() {
                return false;
            }
            let Ok(order) = self.orders.try_recv() else { return false };
            order.place.taken();
            self.order(order);
        }
        true
    }

    fn order(&mut self, order: Order) {
        let Order { call, place, command } = order;
        let slot = self.seat(call, &place);
        self.with_call(slot, |call, around| call.command(command, around));
        let legs = self.seat_legs(slot);
        place.settle(legs);
        if legs == 0 {
            self.unseat(slot);
        }
    }

    fn alarm(&mut self, entry: Entry) {
        self.with_call(entry.slot, |call, around| call.alarm(entry.line, entry.alarm, around));
    }

    fn seat(&mut self, call: CallId, place: &Arc<Place>) -> u32 {
        let rest = &mut self.rest;
        if let Some(slot) = rest.by_call.get(&call) {
            return *slot;
        }
        let seat = Some(Seat { call: Call::new(call), place: place.clone() });
        let slot = rest.free.pop().unwrap_or_else(|| {
            rest.seats.push(None);
            rest.seats.len() as u32 - 1
        });
        rest.seats[slot as usize] = seat;
        rest.by_call.insert(call, slot);
        self.figures.calls_open.set(rest.by_call.len() as u64);
        slot
    }

    fn seat_legs(&self, slot: u32) -> usize {
        let seat = self.rest.seats.get(slot as usize).and_then(Option::as_ref);
        seat.map_or(0, |s| s.call.legs())
    }

    fn unseat(&mut self, slot: u32) {
        let rest = &mut self.rest;
        if let Some(seat) = rest.seats.get_mut(slot as usize).and_then(Option::take) {
            rest.by_call.remove(&seat.call.id);
            rest.free.push(slot);
            self.figures.calls_open.set(rest.by_call.len() as u64);
        }
    }

    /// Let a call do something. A panic in it ends that call's media and nothing else.
    fn with_call(&mut self, slot: u32, act: impl FnOnce(&mut Call, &mut Surroundings<'_, Lines>)) {
        let Some(seat) = self.rest.seats.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let rest = &mut self.rest.wheel;
        let mut around = Surroundings {
            now: self.rest.now,
            slot,
            wire: &mut self.lines,
            wheel: rest,
            outbox: &mut self.rest.outbox,
            figures: &self.figures,
            ids: &mut self.rest.ids,
            settings: &self.rest.settings,
            identity: self.rest.identity.as_ref(),
        };
        let call = &mut seat.call;
        if catch_unwind(AssertUnwindSafe(|| act(call, &mut around))).is_ok() {
            return;
        }
        self.figures.panics.add(1);
        let id = seat.call.id;
        tracing::error!(call = %id, "a call's media failed and is closed");
        let place = seat.place.clone();
        // Its legs may be in any state: closing them may fail as well.
        let mut call = std::mem::replace(&mut seat.call, Call::new(id));
        let legs = call.leg_ids();
        if catch_unwind(AssertUnwindSafe(|| call.close_all(&mut around))).is_err() {
            for leg in legs.into_iter().filter(|leg| call.leg_ids().contains(leg)) {
                around.outbox.put(id, MediaEvent::Closed { leg, quality: LegQuality::default() }, &self.figures);
                self.figures.legs_open.add(1u64.wrapping_neg());
            }
        }
        for line in self.lines.of_slot(slot) {
            self.lines.close(line, self.rest.now);
        }
        place.empty();
        self.unseat(slot);
    }

    /// The room closes: say goodbye on every leg and hand over the last figures.
    fn end(&mut self) {
        for slot in 0..self.rest.seats.len() as u32 {
            self.with_call(slot, |call, around| call.close_all(around));
            self.unseat(slot);
        }
        // The listener has half a second to take them.
        for _ in 0..100 {
            self.rest.outbox.flush(&self.figures);
            if !self.rest.outbox.is_waiting() {
                break;
            }
            std::thread::park_timeout(RETRY);
        }
    }
}
