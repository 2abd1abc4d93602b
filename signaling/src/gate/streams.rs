//! The table of stream connections: their caps, and finding the one a message leaves by.

use super::limits::AGAIN;
use crate::config::LimitsConfig;
use crate::core::input::{Hop, Transport};
use bytes::Bytes;
use ringdesk_model::Timestamp;
use ringdesk_voice::InterfaceId;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The driver's end of one connection.
#[derive(Debug)]
pub(crate) struct Link {
    /// With the id of the connection in it.
    pub(crate) hop: Hop,
    outgoing: mpsc::Sender<Bytes>,
    queued: Arc<AtomicUsize>,
    most: usize,
    /// Ends both tasks of the connection.
    pub(crate) close: CancellationToken,
}

/// The connection's end: what its writer takes from.
pub(crate) struct Outgoing {
    messages: mpsc::Receiver<Bytes>,
    queued: Arc<AtomicUsize>,
}

/// The buffer of a connection is full; the connection is being closed. `first`: by this very message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotReading {
    pub(crate) first: bool,
}

impl Link {
    fn new(hop: Hop, limits: &LimitsConfig, close: CancellationToken) -> (Link, Outgoing) {
        // Bytes are what counts; the places only have to outlast them, and a SIP message has 200 bytes and more.
        let (outgoing, messages) = mpsc::channel((limits.write_buffer_bytes / 128).max(64));
        let queued = Arc::new(AtomicUsize::new(0));
        let link = Link { hop, outgoing, queued: queued.clone(), most: limits.write_buffer_bytes, close };
        (link, Outgoing { messages, queued })
    }

    /// Queue bytes for the writer. Never waits: a client that does not read loses its connection, not our time.
    pub(crate) fn send(&self, bytes: Bytes) -> Result<(), NotReading> {
        let length = bytes.len();
        let before = self.queued.fetch_add(length, Ordering::AcqRel);
        if before + length > self.most || self.outgoing.try_send(bytes).is_err() {
            self.queued.fetch_sub(length, Ordering::AcqRel);
            let first = !self.close.is_cancelled();
            self.close.cancel();
            return Err(NotReading { first });
        }
        Ok(())
    }
}

impl Outgoing {
    /// The next message, or `None` when nobody can send any more.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        self.messages.recv().await
    }

    /// `length` bytes have left for the kernel.
    pub(crate) fn written(&self, length: usize) {
        self.queued.fetch_sub(length, Ordering::AcqRel);
    }
}

/// All connections. Locked for a look-up by the driver and the connections' own tasks, never across an await.
#[derive(Debug)]
pub(crate) struct Streams {
    table: Mutex<Table>,
    limits: LimitsConfig,
    /// Bytes that were read and are no whole message yet, of all connections.
    unfinished: Arc<AtomicUsize>,
    /// Ends all of them.
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Table {
    last: u64,
    // Looked up only; nothing depends on their order.
    links: HashMap<u64, Arc<Link>>,
    by_remote: HashMap<(Transport, InterfaceId, SocketAddr), u64>,
    inbound_by_source: HashMap<IpAddr, Crowd>,
    inbound: usize,
}

/// The connections of one source.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    open: usize,
    excess: Option<Excess>,
}

/// That further ones were refused, and have not left room since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    pub(crate) since: Timestamp,
    told: Timestamp,
    pub(crate) refused: u64,
}

/// A connection was refused by a cap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Capped;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Opened by the other side, from a source that is known or not.
    Inbound { known: bool },
    /// Opened by us.
    Outbound,
}

impl Streams {
    pub(crate) fn new(limits: LimitsConfig, stop: CancellationToken) -> Streams {
        Streams { table: Mutex::default(), limits, unfinished: Arc::default(), stop }
    }

    /// Take a place for a connection to or from `hop.remote`.
    pub(crate) fn open(&self, hop: &Hop, direction: Direction) -> Result<(Arc<Link>, Outgoing), Capped> {
        let mut table = self.lock();
        let source = hop.remote.ip().to_canonical();
        match direction {
            Direction::Inbound { known } => {
                let cap =
                    if known { self.limits.connections_per_known_source } else { self.limits.connections_per_source };
                let same = table.inbound_by_source.get(&source).map_or(0, |crowd| crowd.open);
                if table.inbound >= self.limits.connections || same >= cap {
                    return Err(Capped);
                }
                table.inbound_by_source.entry(source).or_default().open += 1;
                table.inbound += 1;
            }
            Direction::Outbound if table.links.len() - table.inbound >= self.limits.outbound_connections => {
                return Err(Capped);
            }
            Direction::Outbound => {}
        }
        table.last += 1;
        let id = table.last;
        let (link, outgoing) = Link::new(Hop { connection: Some(id), ..*hop }, &self.limits, self.stop.child_token());
        let link = Arc::new(link);
        table.links.insert(id, link.clone());
        table.by_remote.insert(remote_of(hop), id);
        Ok((link, outgoing))
    }

    /// Give the place back.
    pub(crate) fn close(&self, link: &Link, direction: Direction) {
        let mut table = self.lock();
        let Some(id) = link.hop.connection else { return };
        if table.links.remove(&id).is_none() {
            return;
        }
        // A newer connection with the same remote address keeps its entry.
        if table.by_remote.get(&remote_of(&link.hop)) == Some(&id) {
            table.by_remote.remove(&remote_of(&link.hop));
        }
        if let Direction::Inbound { .. } = direction {
            let source = link.hop.remote.ip().to_canonical();
            table.inbound -= 1;
            if let Some(same) = table.inbound_by_source.get_mut(&source) {
                same.open -= 1;
                same.excess = None;
                if same.open == 0 {
                    table.inbound_by_source.remove(&source);
                }
            }
        }
    }

    /// The connection by which a message for `hop` leaves: the one it names, else any to the same remote address.
    pub(crate) fn find(&self, hop: &Hop) -> Option<Arc<Link>> {
        let table = self.lock();
        let named = hop.connection.and_then(|id| table.links.get(&id));
        named.or_else(|| table.by_remote.get(&remote_of(hop)).and_then(|id| table.links.get(id))).cloned()
    }

    /// A connection of this source was refused. True: it is time to say so. A source without any connection was refused
    /// for want of room; that is not its fault.
    pub(crate) fn refuse(&self, now: Timestamp, source: IpAddr) -> bool {
        let mut table = self.lock();
        let Some(crowd) = table.inbound_by_source.get_mut(&source.to_canonical()) else { return false };
        match &mut crowd.excess {
            Some(excess) => {
                excess.refused += 1;
                let again = now.since(excess.told) >= AGAIN;
                if again {
                    excess.told = now;
                }
                again
            }
            None => {
                crowd.excess = Some(Excess { since: now, told: now, refused: 1 });
                true
            }
        }
    }

    /// Sources that wanted more connections than they may have.
    pub(crate) fn excesses(&self) -> Vec<(IpAddr, Excess)> {
        let table = self.lock();
        let mut found: Vec<_> =
            table.inbound_by_source.iter().filter_map(|(source, crowd)| Some((*source, crowd.excess?))).collect();
        found.sort_by_key(|(source, _)| *source);
        found
    }

    /// Bytes that wait for their connection to take them, and those of messages that are not whole.
    pub(crate) fn buffered(&self) -> usize {
        let queued: usize = self.lock().links.values().map(|link| link.queued.load(Ordering::Relaxed)).sum();
        queued + self.unfinished.load(Ordering::Relaxed)
    }

    /// The share of one connection in [`Streams::buffered`].
    pub(crate) fn unfinished(&self) -> Unfinished {
        Unfinished { of_all: self.unfinished.clone(), bytes: 0 }
    }

    /// Cancelled when the room closes.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().links.len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing in here panics half way; a poisoned lock still guards whole values.
        self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Bytes of one connection that are no whole message yet; given back when it ends.
pub(crate) struct Unfinished {
    of_all: Arc<AtomicUsize>,
    bytes: usize,
}

impl Unfinished {
    pub(crate) fn set(&mut self, bytes: usize) {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.of_all.fetch_add(more, Ordering::Relaxed),
            None => self.of_all.fetch_sub(self.bytes - bytes, Ordering::Relaxed),
        };
        self.bytes = bytes;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.set(0);
    }
}

fn remote_of(hop: &Hop) -> (Transport, InterfaceId, SocketAddr) {
    (hop.transport, hop.interface, hop.remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: Direction = Direction::Inbound { known: false };

    fn hop(remote: &str) -> Hop {
        let remote = remote.parse().unwrap();
        Hop { transport: Transport::Tcp, interface: InterfaceId(0), remote, connection: None }
    }

    fn streams() -> Streams {
        let limits = LimitsConfig {
            connections: 4,
            connections_per_source: 2,
            connections_per_known_source: 3,
            outbound_connections: 1,
            write_buffer_bytes: 1_000,
            ..LimitsConfig::default()
        };
        Streams::new(limits, CancellationToken::new())
    }

    #[test]
    fn caps_hold_per_source_and_in_all() {
        let streams = streams();
        let first = streams.open(&hop("192.0.2.1:1000"), STRANGER).unwrap().0;
        let _second = streams.open(&hop("192.0.2.1:1001"), STRANGER).unwrap();
        assert!(streams.open(&hop("192.0.2.1:1002"), STRANGER).is_err());
        assert!(streams.open(&hop("192.0.2.1:1002"), Direction::Inbound { known: true }).is_ok());
        assert!(streams.open(&hop("192.0.2.2:1000"), STRANGER).is_ok());
        assert!(streams.open(&hop("192.0.2.3:1000"), STRANGER).is_err(), "four are all");
        let from = |last| IpAddr::from([192, 0, 2, last]);
        assert!(streams.refuse(Timestamp(1), from(1)));
        assert!(!streams.refuse(Timestamp(2), from(1)), "said once");
        assert!(streams.refuse(Timestamp(2) + AGAIN, from(1)));
        assert!(!streams.refuse(Timestamp(2), from(3)), "it has none; there was no room");
        let [(source, excess)] = streams.excesses()[..] else { panic!("one source") };
        assert_eq!((source, excess.since, excess.refused), (from(1), Timestamp(1), 3));
        streams.close(&first, STRANGER);
        assert_eq!(streams.excesses(), []);
        streams.close(&first, STRANGER);
        assert!(streams.open(&hop("192.0.2.3:1000"), STRANGER).is_ok());
        assert!(streams.open(&hop("192.0.2.4:5060"), Direction::Outbound).is_ok(), "ours are counted apart");
        assert!(streams.open(&hop("192.0.2.5:5060"), Direction::Outbound).is_err());
        assert_eq!(streams.count(), 5);
    }

    #[test]
    fn a_message_finds_its_connection_or_one_to_the_same_address() {
        let streams = streams();
        let old = streams.open(&hop("192.0.2.1:5060"), STRANGER).unwrap().0;
        assert_eq!(streams.find(&hop("192.0.2.1:5060")).unwrap().hop, old.hop);
        let new = streams.open(&hop("192.0.2.1:5060"), STRANGER).unwrap().0;
        assert_eq!(streams.find(&old.hop).unwrap().hop, old.hop);
        streams.close(&old, STRANGER);
        assert_eq!(streams.find(&old.hop).unwrap().hop, new.hop);
        streams.close(&new, STRANGER);
        assert!(streams.find(&old.hop).is_none());
    }

    #[test]
    fn a_buffer_that_nobody_empties_closes_its_connection() {
        let streams = streams();
        let (link, _outgoing) = streams.open(&hop("192.0.2.1:5060"), STRANGER).unwrap();
        assert_eq!(link.send(Bytes::from(vec![b'a'; 600])), Ok(()));
        let mut unfinished = streams.unfinished();
        for bytes in [70, 20, 90] {
            unfinished.set(bytes);
            assert_eq!(streams.buffered(), 600 + bytes);
        }
        drop(unfinished);
        assert_eq!(streams.buffered(), 600);
        assert_eq!(link.send(Bytes::from(vec![b'a'; 401])), Err(NotReading { first: true }));
        assert_eq!(link.send(Bytes::from(vec![b'a'; 401])), Err(NotReading { first: false }));
        assert!(link.close.is_cancelled());
    }

    #[tokio::test]
    async fn what_was_written_makes_room() {
        let streams = streams();
        let (link, mut outgoing) = streams.open(&hop("192.0.2.1:5060"), STRANGER).unwrap();
        for _ in 0..10 {
            assert_eq!(link.send(Bytes::from(vec![b'a'; 900])), Ok(()));
            let length = outgoing.next().await.unwrap().len();
            outgoing.written(length);
        }
    }
}
