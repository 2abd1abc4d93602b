//! The sound of many telephones from one thread: every 20 ms each stream speaks a packet and reads what came.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// One packet time.
const TICK: Duration = Duration::from_millis(20);
/// PCMU silence with its smallest sample now and then: what it says is nobody's business here, that it arrives is.
const PAYLOAD: [u8; 160] = [0xff; 160];

type Streams = Arc<Mutex<Vec<Arc<Stream>>>>;

/// A thread; dropped, all its telephones fall silent.
pub struct Studio {
    streams: Streams,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    ssrc: AtomicU64,
}

/// The ear and the mouth of one telephone.
pub struct Stream {
    socket: UdpSocket,
    port: u16,
    state: Mutex<State>,
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    to: Option<SocketAddr>,
    /// Speak in every so-many-th tick: 1 is a whole telephone, 5 costs a fifth.
    pace: u32,
    ticks: u32,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    tally: Tally,
}

/// What was said and heard since the last [`Stream::reset`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: u64,
    pub heard: u64,
    /// Holes in the sequence numbers heard, by now.
    pub missing: u64,
    /// The longest pause between two packets, in ticks.
    pub longest_pause: u32,
    pause: u32,
    last: Option<u16>,
}

impl Tally {
    fn packet(&mut self, sequence: u16) {
        self.heard += 1;
        self.longest_pause = self.longest_pause.max(self.pause);
        self.pause = 0;
        match self.last.map(|last| sequence.wrapping_sub(last)) {
            // A packet that was late is no hole any more.
            Some(ahead) if ahead >= 0x8000 => {
                self.missing = self.missing.saturating_sub(1);
                return;
            }
            Some(ahead) => self.missing += u64::from(ahead.saturating_sub(1)),
            None => {}
        }
        self.last = Some(sequence);
    }
}

impl Studio {
    pub fn open() -> io::Result<Studio> {
        let (streams, over): (Streams, Arc<AtomicBool>) = Default::default();
        let (mine, end) = (streams.clone(), over.clone());
        let thread = std::thread::Builder::new().name("studio".into()).spawn(move || run(&mine, &end))?;
        Ok(Studio { streams, over, thread: Some(thread), ssrc: AtomicU64::new(0x5000_0000) })
    }

    pub fn stream(&self, at: IpAddr, pace: u32) -> io::Result<Arc<Stream>> {
        let socket = UdpSocket::bind((at, 0))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let ssrc = self.ssrc.fetch_add(1, Relaxed) as u32;
        let state = Mutex::new(State { pace: pace.max(1), ssrc, ..State::default() });
        let stream = Arc::new(Stream { socket, port, state, closed: AtomicBool::new(false) });
        lock(&self.streams).push(stream.clone());
        Ok(stream)
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it does not panic; and if it did, the run is over
        }
    }
}

impl Stream {
    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn speak_to(&self, to: SocketAddr) {
        lock(&self.state).to = Some(to);
    }

    pub fn hush(&self) {
        lock(&self.state).to = None;
    }

    /// Leave the studio; the socket closes with the last handle.
    pub fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Begin to count.
    pub fn reset(&self) {
        lock(&self.state).tally = Tally::default();
    }

    pub fn tally(&self) -> Tally {
        lock(&self.state).tally
    }

    fn tick(&self) {
        let mut state = lock(&self.state);
        state.ticks = state.ticks.wrapping_add(1);
        state.timestamp = state.timestamp.wrapping_add(160);
        if let Some(to) = state.to
            && state.ticks.is_multiple_of(state.pace)
        {
            state.sequence = state.sequence.wrapping_add(1);
            let mut packet = [0u8; 12 + PAYLOAD.len()];
            packet[0] = 0x80;
            packet[2..4].copy_from_slice(&state.sequence.to_be_bytes());
            packet[4..8].copy_from_slice(&state.timestamp.to_be_bytes());
            packet[8..12].copy_from_slice(&state.ssrc.to_be_bytes());
            packet[12..].copy_from_slice(&PAYLOAD);
            if self.socket.send_to(&packet, to).is_ok() {
                state.tally.sent += 1;
            }
        }
        state.tally.pause += 1;
        let mut packet = [0u8; 512];
        loop {
            match self.socket.recv_from(&mut packet) {
                Ok((12.., _)) if packet[0] >> 6 == 2 && !(200..=207).contains(&packet[1]) => {
                    state.tally.packet(u16::from_be_bytes([packet[2], packet[3]]));
                }
                Ok(_) => {}
                // "Connection refused" is an answer to an earlier packet, not the end.
                Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }
}

fn run(streams: &Mutex<Vec<Arc<Stream>>>, over: &AtomicBool) {
    let clock = ringdesk_model::WallClock::start();
    let mut due = ringdesk_model::Clock::now(&clock);
    while !over.load(Relaxed) {
        due += TICK;
        let now = ringdesk_model::Clock::now(&clock);
        // Who is late speaks at once, as often as it takes: a telephone's clock does not stop.
        let wait = due.since(now);
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
        let all = {
            let mut streams = lock(streams);
            streams.retain(|s| !s.closed.load(Relaxed));
            streams.clone()
        };
        all.iter().for_each(|s| s.tick());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_counted_and_late_packets_fill_them() {
        let mut tally = Tally::default();
        for sequence in [65_534, 65_535, 2, 1, 3] {
            tally.packet(sequence);
        }
        assert_eq!((tally.heard, tally.missing, tally.last), (5, 1, Some(3)));
    }
}
