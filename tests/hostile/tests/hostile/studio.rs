//! The media room with real sockets on the loopback.

use ringdesk_media::{Config, Interface, Media, Shelf};
use ringdesk_model::{CallId, Full, Outlet, WallClock};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, Refusal, Sdp};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Nothing here takes this long.
pub(crate) const BOUND: Duration = Duration::from_secs(10);
const CALL: CallId = CallId(Uuid::from_u128(1));

pub(crate) struct Studio {
    media: Media,
    events: Receiver<(CallId, MediaEvent)>,
}

pub(crate) fn leg(n: u128) -> LegId {
    LegId(Uuid::from_u128(n))
}

impl Studio {
    pub(crate) fn open() -> Studio {
        Studio::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Studio {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        // Wider than what a flood of packets can make it say before it is asked.
        let (tx, events) = sync_channel(10_000);
        let outlet = Outlet::new(move |event| {
            tx.try_send(event).map_err(|(TrySendError::Full(event) | TrySendError::Disconnected(event))| Full(event))
        });
        let interfaces = vec![Interface { bind: LOCAL, advertise: None }];
        let mut config = Config { interfaces, realtime: false, shards: 1, quarantine_ms: 1, ..Config::default() };
        change(&mut config);
        // Others take ports of the same range, in another order.
        let seed = (u64::from(std::process::id()) << 16) + 500 + OPENED.fetch_add(1, Ordering::Relaxed) * 1_000;
        Studio { media: Media::start(config, WallClock::start(), seed, Shelf::default(), outlet).unwrap(), events }
    }

    pub(crate) fn ask(&self, command: MediaCommand) {
        self.media.command(CALL, command).unwrap();
    }

    /// The next event that is wanted; others are passed over.
    pub(crate) fn wait<T>(&self, mut wanted: impl FnMut(MediaEvent) -> Option<T>) -> T {
        loop {
            let (_, event) = self.events.recv_timeout(BOUND).expect("an event in time");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// All commands so far are carried out; what was reported meanwhile.
    pub(crate) fn settled(&self) -> Vec<MediaEvent> {
        let nobody = leg(u128::MAX);
        self.ask(MediaCommand::Close { leg: nobody });
        let mut before = Vec::new();
        self.wait(|event| match event {
            MediaEvent::Closed { leg, .. } if leg == nobody => Some(()),
            event => {
                before.push(event);
                None
            }
        });
        before
    }

    /// Our answer to this offer.
    pub(crate) fn answer(&self, leg: LegId, offer: &[u8]) -> Result<String, Refusal> {
        let offer = Sdp::from(offer.to_vec());
        self.ask(MediaCommand::AnswerOffer {
            leg,
            interface: InterfaceId(0),
            profile: Default::default(),
            offer,
            prefer: None,
        });
        self.wait(|event| match event {
            MediaEvent::Negotiated { leg: of, answer, .. } if of == leg => {
                Some(Ok(String::from_utf8(answer.expect("an answer").0.to_vec()).expect("ASCII")))
            }
            MediaEvent::Refused { leg: of, why } if of == leg => Some(Err(why)),
            _ => None,
        })
    }

    pub(crate) fn close(&self, leg: LegId) {
        self.ask(MediaCommand::Close { leg });
        self.wait(|event| matches!(event, MediaEvent::Closed { leg: of, .. } if of == leg).then_some(()));
    }

    pub(crate) fn behind(&self) -> Duration {
        self.media.behind()
    }

    /// Wait for a figure; it is not announced.
    pub(crate) fn figure_reaches(&self, name: &str, least: u64) {
        let step = Duration::from_millis(1);
        let patience = BOUND.as_millis() / step.as_millis();
        for _ in 0..patience {
            if self.figure(name) >= least {
                return;
            }
            std::thread::sleep(step);
        }
        panic!("{name} stays below {least}");
    }

    pub(crate) fn figure(&self, name: &str) -> u64 {
        self.media.figures().into_iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no figure {name}")).1
    }
}
