//! The server's grip on the room: commands, questions, figures.

use super::counters::Counters;
use super::inlet::Inlet;
use super::lag::Lag;
use super::limits::Limited;
use super::sources::Sources;
use super::streams::Streams;
use super::web::{Visitor, WebDoor, WebPlace};
use crate::core::binding::Binding;
use crate::core::directory::Directory;
use crate::core::notices::MessageCount;
use ringdesk_model::{Clock as _, Timestamp, WallClock};
use ringdesk_voice::{Destination, LegCommand, LegId, Target};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Cheap to clone; any number of tasks may hold one.
#[derive(Clone)]
pub struct SignalingHandle {
    shared: Arc<Shared>,
}

struct Shared {
    commands: mpsc::Sender<(LegId, LegCommand)>,
    lost: Arc<Lost>,
    questions: mpsc::Sender<Reach>,
    enquiries: mpsc::Sender<Enquiry>,
    kept: mpsc::Sender<Vec<Binding>>,
    standing: watch::Sender<StandingOrders>,
    gauges: Arc<Gauges>,
    streams: Arc<Streams>,
    sources: Arc<Sources>,
    clock: WallClock,
    counters: Arc<Counters>,
    /// Set when the room is open.
    web: OnceLock<WebDoor>,
}

/// What the driver takes from.
pub(crate) struct Mailbox {
    pub(crate) commands: mpsc::Receiver<(LegId, LegCommand)>,
    pub(crate) lost: Arc<Lost>,
    pub(crate) questions: mpsc::Receiver<Reach>,
    pub(crate) enquiries: mpsc::Receiver<Enquiry>,
    pub(crate) kept: mpsc::Receiver<Vec<Binding>>,
    pub(crate) standing: watch::Receiver<StandingOrders>,
}

/// Where somebody is.
pub(crate) enum Sought {
    /// Now.
    Target(Target),
    /// The device of this leg, once it is back as another page.
    Back(LegId),
}

pub(crate) struct Reach {
    pub(crate) sought: Sought,
    pub(crate) answer: oneshot::Sender<Vec<Destination>>,
}

/// What people ask of the door, once in a while.
pub(crate) enum Enquiry {
    Limited(oneshot::Sender<Vec<Limited>>),
    Lift {
        address: Option<IpAddr>,
        extension: Option<String>,
        answer: oneshot::Sender<usize>,
    },
    /// Let in whoever calls this ticket, once.
    Expect {
        ticket: String,
        until: Timestamp,
        answer: oneshot::Sender<bool>,
    },
}

/// What holds until it is changed: only the latest matters, so it never fills anything.
#[derive(Clone)]
pub(crate) struct StandingOrders {
    pub(crate) directory: Arc<Directory>,
    pub(crate) draining: bool,
    pub(crate) shedding: bool,
    pub(crate) messages: Arc<BTreeMap<String, MessageCount>>,
}

/// Legs whose commands did not fit in. One entry per leg, so it is bounded by the legs there are.
#[derive(Default)]
pub(crate) struct Lost {
    legs: Mutex<BTreeMap<LegId, Missed>>,
    pub(crate) wake: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// The command that would have made the leg.
    Dial,
    /// A command to a leg that there is.
    Other,
}

impl Lost {
    fn put(&self, leg: LegId, missed: Missed) {
        let mut legs = self.legs.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A leg that was never dialled stays one, whatever else was said to it.
        legs.entry(leg).or_insert(missed);
        self.wake.notify_one();
    }

    pub(crate) fn take(&self) -> BTreeMap<LegId, Missed> {
        std::mem::take(&mut *self.legs.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// What there is right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub legs: usize,
    pub transactions: usize,
    /// Contacts of all extensions.
    pub registrations: usize,
    /// Stream connections in both directions.
    pub connections: usize,
    /// Dialogs that are let in first.
    pub dialogs: usize,
    /// Lookups under way.
    pub lookups: usize,
    /// Unknown addresses whose budget is not full.
    pub strangers: usize,
    /// Extensions and addresses whose wrong passwords are counted.
    pub guessers: usize,
    /// What telephones watch: lines and messages.
    pub subscriptions: usize,
    /// Bytes that wait for their connections to take them, and those of messages that are not whole.
    pub buffered_bytes: usize,
    /// How long the room is behind: the worst of the last second or two.
    pub behind: Duration,
}

/// What of [`Snapshot`] the driver knows; it writes it after every turn of the core.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) legs: AtomicUsize,
    pub(crate) transactions: AtomicUsize,
    pub(crate) registrations: AtomicUsize,
    pub(crate) dialogs: AtomicUsize,
    pub(crate) lookups: AtomicUsize,
    pub(crate) guessers: AtomicUsize,
    pub(crate) subscriptions: AtomicUsize,
    pub(crate) lag: Lag,
}

/// Commands that one leg may have waiting on average. A call needs about ten in its whole life.
const COMMANDS_PER_LEG: usize = 16;
/// Questions that may wait; whoever asks then waits for a place.
const QUESTIONS: usize = 256;
/// Enquiries that may wait; whoever has more waits too.
const ENQUIRIES: usize = 16;
/// Lists of kept contacts that may wait; whoever has more waits too.
const KEPT: usize = 4;

pub(crate) fn handle(
    legs: usize,
    directory: Arc<Directory>,
    gauges: Arc<Gauges>,
    streams: Arc<Streams>,
    inlet: &Inlet,
) -> (SignalingHandle, Mailbox) {
    // Twice: as many legs as may come in, and as many that are dialled for them.
    let (command_tx, command_rx) = mpsc::channel(legs.saturating_mul(2 * COMMANDS_PER_LEG).clamp(1_024, 1_000_000));
    let (question_tx, question_rx) = mpsc::channel(QUESTIONS);
    let (enquiry_tx, enquiry_rx) = mpsc::channel(ENQUIRIES);
    let (kept_tx, kept_rx) = mpsc::channel(KEPT);
    let standing = StandingOrders { directory, draining: false, shedding: false, messages: Arc::default() };
    let (standing_tx, standing_rx) = watch::channel(standing);
    let lost = Arc::new(Lost::default());
    let shared = Shared {
        commands: command_tx,
        lost: lost.clone(),
        questions: question_tx,
        enquiries: enquiry_tx,
        kept: kept_tx,
        standing: standing_tx,
        gauges,
        streams,
        sources: inlet.sources.clone(),
        clock: inlet.clock,
        counters: inlet.counters.clone(),
        web: OnceLock::new(),
    };
    let mailbox = Mailbox {
        commands: command_rx,
        lost,
        questions: question_rx,
        enquiries: enquiry_rx,
        kept: kept_rx,
        standing: standing_rx,
    };
    (SignalingHandle { shared: Arc::new(shared) }, mailbox)
}

impl SignalingHandle {
    /// Do this to that leg. Never blocks and is never lost: the buffer has room for many times the commands of all legs
    /// there may be, and from half of it on new calls are refused with 503, so it fills only when the driver stands
    /// still. Should it be full all the same, the leg whose command did not fit is ended once the driver moves again
    /// (a leg without its commands would be an orphan), and says so by its last event.
    pub fn command(&self, leg: LegId, command: LegCommand) {
        let missed = if matches!(command, LegCommand::Dial(_)) { Missed::Dial } else { Missed::Other };
        match self.shared.commands.try_send((leg, command)) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.shared.lost.put(leg, missed),
            // The room is closed, and with it every leg.
            Err(mpsc::error::TrySendError::Closed(_)) => {}
        }
    }

    pub(crate) fn open_web(&self, door: WebDoor) {
        self.shared.web.set(door).ok(); // opened once
    }

    /// A place for a browser that wants to talk SIP; `None`: there is none.
    pub fn web_place(&self, visitor: Visitor) -> Option<WebPlace> {
        self.shared.web.get()?.open(visitor)
    }

    /// Where can this target be dialled now? Empty: nobody there.
    pub async fn reach(&self, target: Target) -> Vec<Destination> {
        self.seek(Sought::Target(target)).await
    }

    /// Where can the device of this leg be dialled, once it is back as another page? Waits for that a minute.
    pub async fn back(&self, leg: LegId) -> Option<Destination> {
        self.seek(Sought::Back(leg)).await.into_iter().next()
    }

    async fn seek(&self, sought: Sought) -> Vec<Destination> {
        let (answer, answered) = oneshot::channel();
        if self.shared.questions.send(Reach { sought, answer }).await.is_err() {
            return Vec::new();
        }
        answered.await.unwrap_or_default()
    }

    /// Contacts that were kept over a restart, from [`super::SignalingEvent::Registration`]. Those are taken that have not
    /// expired, came by UDP, and were registered with the password that the directory has now; a phone that has registered
    /// since is left as it is. Each extension that gets some back is reported as if it had registered.
    pub async fn restore(&self, bindings: Vec<Binding>) {
        // A closed room has no phones.
        self.shared.kept.send(bindings).await.ok();
    }

    /// Extensions, trunks and realm from now on.
    pub fn set_directory(&self, directory: Arc<Directory>) {
        self.shared.standing.send_modify(|standing| standing.directory = directory);
    }

    /// Take no new calls from now on (503 with Retry-After; emergency numbers excepted). Live legs go on.
    pub fn drain(&self) {
        self.shared.standing.send_modify(|standing| standing.draining = true);
    }

    /// Voice messages of extensions, all of them: the lights of their telephones (RFC 3842). Who is not named has none.
    pub fn set_message_counts(&self, counts: Arc<BTreeMap<String, MessageCount>>) {
        self.shared.standing.send_modify(|standing| standing.messages = counts);
    }

    /// Take no new calls while the server is behind its work (503 with Retry-After; emergency numbers excepted), or take
    /// them again.
    pub fn shed(&self, shed: bool) {
        self.shared.standing.send_if_modified(|standing| std::mem::replace(&mut standing.shedding, shed) != shed);
    }

    /// Everybody who is limited now.
    pub async fn limited(&self) -> Vec<Limited> {
        let (answer, answered) = oneshot::channel();
        if self.shared.enquiries.send(Enquiry::Limited(answer)).await.is_err() {
            return Vec::new();
        }
        answered.await.unwrap_or_default()
    }

    /// Let those try again at once whom this address, or this extension, or both where both are given, concerns; how many
    /// they were.
    pub async fn lift(&self, address: Option<IpAddr>, extension: Option<String>) -> usize {
        let (answer, answered) = oneshot::channel();
        let lift = Enquiry::Lift { address, extension, answer };
        if self.shared.enquiries.send(lift).await.is_err() {
            return 0;
        }
        answered.await.unwrap_or_default()
    }

    /// Let in whoever calls this ticket over a WebSocket, once, until then; true when it is so. False: too many are expected.
    pub async fn expect(&self, ticket: String, until: Timestamp) -> bool {
        let (answer, answered) = oneshot::channel();
        let asked = self.shared.enquiries.send(Enquiry::Expect { ticket, until, answer }).await;
        asked.is_ok() && answered.await.unwrap_or(false)
    }

    pub fn snapshot(&self) -> Snapshot {
        let Shared { gauges, streams, sources, clock, .. } = &*self.shared;
        let gauge = |gauge: &AtomicUsize| gauge.load(Ordering::Relaxed);
        Snapshot {
            legs: gauge(&gauges.legs),
            transactions: gauge(&gauges.transactions),
            registrations: gauge(&gauges.registrations),
            connections: streams.count(),
            dialogs: gauge(&gauges.dialogs),
            lookups: gauge(&gauges.lookups),
            strangers: sources.strangers(clock.now()),
            guessers: gauge(&gauges.guessers),
            subscriptions: gauge(&gauges.subscriptions),
            buffered_bytes: streams.buffered(),
            behind: gauges.lag.now(clock.now()),
        }
    }

    /// Counters since the start, by the names under which they are exported.
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        self.shared.counters.figures()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BudgetConfig, LimitsConfig};
    use ringdesk_voice::Cause;
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    fn open() -> (SignalingHandle, Mailbox) {
        let streams = Streams::new(LimitsConfig::default(), CancellationToken::new());
        let (clock, (inbox, _)) = (WallClock::start(), mpsc::channel(1));
        let sources = Sources::new(BudgetConfig::default(), Duration::ZERO, clock.now());
        let inlet = Inlet::new(inbox, Arc::new(sources), Arc::default(), clock);
        handle(1, Arc::default(), Arc::default(), Arc::new(streams), &inlet)
    }

    #[tokio::test]
    async fn a_command_that_does_not_fit_marks_its_leg() {
        let (handle, mut mailbox) = open();
        let hangup = || LegCommand::Hangup { cause: Cause::Normal };
        for _ in 0..mailbox.commands.max_capacity() {
            handle.command(LegId(Uuid::nil()), hangup());
        }
        assert!(mailbox.lost.take().is_empty());
        handle.command(LegId(Uuid::from_u128(1)), LegCommand::Ring);
        handle.command(LegId(Uuid::from_u128(1)), hangup());
        assert_eq!(mailbox.lost.take(), BTreeMap::from([(LegId(Uuid::from_u128(1)), Missed::Other)]));
        assert!(mailbox.commands.recv().await.is_some());
        handle.command(LegId(Uuid::from_u128(1)), hangup());
        assert!(mailbox.lost.take().is_empty());
    }

    #[tokio::test]
    async fn a_closed_room_reaches_nobody() {
        let (handle, mailbox) = open();
        drop(mailbox);
        assert_eq!(handle.reach(Target::Extension("1000".into())).await, vec![]);
        handle.command(LegId(Uuid::nil()), LegCommand::Ring);
    }
}
