//! What the gateway needs of the server: orders to running machines, the floor, and wake-ups.

use crate::archive::Archive;
use crate::certificate::TellsOfCertificate;
use crate::demo::DemoCentre;
use crate::feed::Feeds;
use crate::prompts::Prompts;
use crate::proxies::Proxies;
use crate::readiness::Inspector;
use crate::routes::events::Sockets;
use crate::standings::Standings;
use crate::tickets::Tickets;
use crate::track_writer::TrackWriter;
use crate::turn::Turn;
use crate::turned_away::TurnedAway;
use crate::visitor_limits::VisitorLimits;
use ringdesk_conversations::{SoundFigures, SoundParty, TransferTarget};
use ringdesk_model::{
    Actor, AgentId, CallId, Country, DeviceId, OfferId, Pii, QueueId, Timestamp, TransferId, TrunkId, WallClock,
    WorkItemId,
};
use ringdesk_operations::Operations;
use ringdesk_operations::directory::NewTrunk;
use ringdesk_operations::visitor_calls::VisitorCall;
use ringdesk_routing::{Floor, Wanted};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The reply to an order.
pub type Reply<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderRefused {
    /// The machine is in no state for it; a sentence for a person.
    Refused(String),
    /// Somebody else has it, or is being asked; a sentence for a person.
    InHand(String),
    /// The machine did not reply.
    Busy,
}

/// What somebody wants of a running call's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingWish {
    /// Begin, or go on after a pause.
    Start,
    Stop,
    Pause,
    /// What is said from now on is secret; the recording keeps its clock.
    Mask,
    Unmask,
}

/// How a contact is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferWay {
    Blind,
    Consult,
    Join,
}

impl TransferWay {
    pub const fn as_str(self) -> &'static str {
        match self {
            TransferWay::Blind => "blind",
            TransferWay::Consult => "consult",
            TransferWay::Join => "join",
        }
    }

    pub fn parse(name: &str) -> Option<TransferWay> {
        [TransferWay::Blind, TransferWay::Consult, TransferWay::Join].into_iter().find(|way| way.as_str() == name)
    }
}

/// How a supervisor is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    Listen,
    Whisper,
    Barge,
}

impl Supervision {
    pub const fn as_str(self) -> &'static str {
        match self {
            Supervision::Listen => "listen",
            Supervision::Whisper => "whisper",
            Supervision::Barge => "barge",
        }
    }

    pub fn parse(name: &str) -> Option<Supervision> {
        [Supervision::Listen, Supervision::Whisper, Supervision::Barge].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What somebody wants of a running call. `by`: the agent whose talk it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallWish {
    Transfer {
        transfer: TransferId,
        by: AgentId,
        target: TransferTarget,
        way: TransferWay,
        reason: Option<Pii<String>>,
    },
    Complete {
        by: AgentId,
    },
    Return {
        by: AgentId,
    },
    Merge {
        by: AgentId,
    },
    Hold {
        by: AgentId,
        on: bool,
    },
    Mute {
        by: AgentId,
        on: bool,
    },
    Leave {
        by: AgentId,
    },
    /// `0` to `9`, `*`, `#`, `A` to `D`.
    Keys {
        by: AgentId,
        keys: Pii<String>,
    },
    Park {
        by: AgentId,
    },
    Retrieve {
        by: AgentId,
    },
    Supervise {
        supervisor: AgentId,
        of: AgentId,
        mode: Supervision,
    },
    StopSupervising {
        supervisor: AgentId,
    },
    TakeOver {
        supervisor: AgentId,
    },
}

/// Somebody who is not listened to for now, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// `guessing`, `flood`, `connections`, `strangers`.
    pub limit: &'static str,
    /// `None`: wherever it comes from.
    pub address: Option<IpAddr>,
    /// `None`: whatever it tries.
    pub extension: Option<String>,
    pub since: Timestamp,
    /// `None`: when they close some connections.
    pub until: Option<Timestamp>,
    pub refused: u64,
    /// One of ours: a telephone is registered there, or it is a trunk, or it has calls.
    pub known: bool,
}

/// An agent's call to somebody.
#[derive(Clone, Debug)]
pub struct DialWish {
    pub agent: AgentId,
    /// Theirs, which is rung first.
    pub extension: String,
    /// A number, or an extension.
    pub dialled: Pii<String>,
    /// Shown to whom is called.
    pub caller_id: Option<String>,
    /// Shown on the agent's own telephone: masked for who sees numbers so.
    pub shown: String,
    pub queue: Option<QueueId>,
    /// Of theirs, which is rung alone; `None`: all of them.
    pub device: Option<DeviceId>,
}

/// A call whose agent was lost in the middle of the talk.
#[derive(Clone, Debug)]
pub struct Returning {
    pub call: CallId,
    /// By which a page of theirs knows the INVITE that is its own.
    pub token: Pii<String>,
    pub until: Timestamp,
}

/// Running machines, as the gateway sees them. The server implements it.
pub trait Orders: Send + Sync {
    fn presence(&self, actor: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>>;
    /// The presence wanted when the current work is over.
    fn presence_next(&self, actor: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>>;
    fn wrap_up_done(&self, actor: Actor, agent: AgentId) -> Reply<Result<(), OrderRefused>>;
    fn wrap_up_extend(&self, actor: Actor, agent: AgentId, by: Duration) -> Reply<Result<(), OrderRefused>>;
    fn assign(&self, actor: Actor, work_item: WorkItemId, agent: AgentId) -> Reply<Result<(), OrderRefused>>;
    fn pick(&self, actor: Actor, agent: AgentId, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>>;
    /// A waiting work item waits in another queue from now on, as long as it has already.
    fn move_to(&self, actor: Actor, work_item: WorkItemId, queue: QueueId) -> Reply<Result<(), OrderRefused>>;
    /// A waiting work item is the next of its queue.
    fn move_to_head(&self, actor: Actor, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>>;
    /// An agent answers the offer of a text: takes it, or not. Done when the books have it.
    fn answer_text(&self, actor: Actor, agent: AgentId, offer: OfferId, takes: bool)
    -> Reply<Result<(), OrderRefused>>;
    /// A text came in, is to leave, or was settled: routing and channels look at once.
    fn texts_changed(&self);
    /// May this be the address of a webhook? An error is a sentence for people.
    fn check_webhook(&self, url: &str) -> Result<(), String>;
    /// Let a visitor's page in that calls this ticket over SIP, once, until then.
    fn expect_visitor(
        &self,
        ticket: Pii<String>,
        until: Timestamp,
        call: VisitorCall,
    ) -> Reply<Result<(), OrderRefused>>;
    fn hang_up(&self, actor: Actor, call: CallId) -> Reply<Result<(), OrderRefused>>;
    /// What becomes of it is in the events of the call.
    fn dial(&self, actor: Actor, wish: DialWish) -> Reply<Result<CallId, OrderRefused>>;
    /// What becomes of it, when it has only begun, is in the events.
    fn call(&self, actor: Actor, call: CallId, wish: CallWish) -> Reply<Result<(), OrderRefused>>;
    /// Of a running call's recording.
    fn record(&self, actor: Actor, call: CallId, wish: RecordingWish) -> Reply<Result<(), OrderRefused>>;
    /// Who is limited now at the SIP side.
    fn limited(&self) -> Reply<Vec<Limited>>;
    fn floor(&self) -> Arc<Floor>;
    /// Newest cursor of the outbox. A wake-up: the truth is in the rows.
    fn events(&self) -> watch::Receiver<u64>;
    /// Everything that is wrong with a flow.
    fn check_flow(&self, flow: &serde_json::Value) -> Vec<FlowFault>;
    /// What is wrong with a trunk that somebody wants to make.
    fn check_trunk(&self, trunk: &NewTrunk) -> Result<(), FlowFault>;
    /// How the trunks are that the server knows.
    fn trunks(&self) -> BTreeMap<TrunkId, TrunkNow>;
    /// Dial over this trunk, with a tone, and tell what becomes of it.
    fn test_trunk(&self, trunk: TrunkId, wish: TrunkTestWish) -> Reply<Result<TrunkTest, OrderRefused>>;
    /// The call that waits for the page of this agent to come back.
    fn returning(&self, agent: AgentId) -> Option<Returning>;
    /// How everybody in a call sounds who was rated; `None`: it does not run.
    fn sound(&self, call: CallId) -> Option<Vec<PartySound>>;
    /// Numbers, flows, queues or agents were changed: running machines read them again.
    /// It returns when they have.
    fn rows_changed(&self) -> Reply<()>;
}

/// How somebody in a running call sounded in the seconds before the last rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartySound {
    pub party: SoundParty,
    pub figures: SoundFigures,
    /// Nothing comes, though it should.
    pub one_way: bool,
    pub at: Timestamp,
}

/// How a trunk is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TrunkNow {
    /// `up`, `down`; `None`: it is not asked, or has not answered yet.
    pub health: Option<bool>,
    /// What came in the place of an answer.
    pub status: Option<u16>,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// `None`: it wants no registration.
    pub registered: Option<bool>,
    /// What the operator said of our registration, where it did not take it.
    pub registration_status: Option<u16>,
    /// It stands until then, if nothing else comes.
    pub registered_until: Option<Timestamp>,
    /// Calls that it has now, in either direction.
    pub calls: u32,
    pub last_failure: Option<TrunkFailure>,
}

/// A call that tries a trunk.
#[derive(Clone, Debug)]
pub struct TrunkTestWish {
    pub number: Pii<String>,
    /// Shown to whom is called; `None`: what the trunk shows for calls without a number.
    pub caller: Option<String>,
    pub ring_for: Duration,
    pub listen_for: Duration,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrunkTest {
    /// `answered`, or why not: `busy`, `no_answer`, `unreachable` …
    pub outcome: &'static str,
    /// The final response, where it was refused.
    pub status: Option<u16>,
    pub rang_after_ms: Option<u64>,
    pub answered_after_ms: Option<u64>,
    /// The trunk over which a call to the same number came in meanwhile: the way back works as well.
    pub came_in_over: Option<String>,
    /// Sound came from the other side.
    pub sound: bool,
    pub codec: Option<String>,
    pub sent_packets: u64,
    pub received_packets: u64,
    pub lost_packets: u64,
    pub jitter_ms: f32,
    pub mos: Option<f32>,
}

/// What went wrong with a trunk last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkFailure {
    pub at: Timestamp,
    /// `registration`, `options`, `call`; or why nothing gets through: `certificate_expired`, `certificate_refused`, `unsecured`,
    /// `connection_refused`, `timed_out`, `closed`, `unroutable`.
    pub what: &'static str,
    pub status: Option<u16>,
    pub q850: Option<u8>,
}

/// Where a document, a flow or a trunk, is wrong (a JSON pointer into it), and how, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowFault {
    pub pointer: String,
    pub reason: String,
}

/// What every route has at hand.
#[derive(Clone)]
pub struct Gateway {
    pub operations: Arc<Operations>,
    pub orders: Arc<dyn Orders>,
    pub archive: Arc<dyn Archive>,
    pub clock: WallClock,
    pub limits: Limits,
    pub sockets: Sockets,
    pub tickets: Tickets,
    pub feeds: Feeds,
    /// Where visitors stand who wait.
    pub standings: Standings,
    /// What visitors do on web sites, on its way into the store.
    pub track: TrackWriter,
    /// What visitors of web sites ask for.
    pub visitors: VisitorLimits,
    /// How many of them were told to wait, or to stay away.
    pub turned_away: TurnedAway,
    /// In front of us.
    pub proxies: Proxies,
    /// How numbers are dialled where the server stands.
    pub home: Country,
    /// For browsers.
    pub turn: Option<Turn>,
    /// What is shown to prove who this server is.
    pub certificate: Option<Arc<dyn TellsOfCertificate>>,
    /// What callers hear from the house itself.
    pub prompts: Option<Arc<dyn Prompts>>,
    /// Who looks whether the centre may go live.
    pub inspector: Option<Arc<dyn Inspector>>,
    /// The demo centre is served: who sits at this machine comes in as one of its people by one click.
    pub demo: bool,
    /// What there is to do in it.
    pub centre: Option<Arc<dyn DemoCentre>>,
}

impl Gateway {
    pub fn new(
        operations: Arc<Operations>,
        orders: Arc<dyn Orders>,
        archive: Arc<dyn Archive>,
        clock: WallClock,
    ) -> Gateway {
        Gateway {
            operations,
            orders,
            archive,
            clock,
            limits: Limits::default(),
            sockets: Sockets::default(),
            tickets: Tickets::default(),
            feeds: Feeds::default(),
            standings: Standings::default(),
            track: TrackWriter::default(),
            visitors: VisitorLimits::default(),
            turned_away: TurnedAway::default(),
            proxies: Proxies::default(),
            home: Country::of("CN").expect("it is in the table"),
            turn: None,
            certificate: None,
            prompts: None,
            inspector: None,
            demo: false,
            centre: None,
        }
    }
}

/// Patience with those who ask, and with those who follow events.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A request that changes something, its body included.
    pub change: Duration,
    /// Windows of one person: tabs, a wallboard, a phone.
    pub sockets_per_user: usize,
    /// A client that takes no event for so long is cut off; it resumes where it was.
    pub patience: Duration,
    /// How long a client that is cut off may take to read that it is.
    pub linger: Duration,
    pub ping: Duration,
    /// Without a sign of life for so long the client is gone.
    pub silence: Duration,
    /// How often a session is looked at again when nobody says that it ended: some end by time.
    pub recheck: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            change: Duration::from_secs(30),
            sockets_per_user: 20,
            patience: Duration::from_secs(10),
            linger: Duration::from_secs(10),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(65),
            recheck: Duration::from_secs(15),
        }
    }
}
