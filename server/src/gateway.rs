//! The HTTP side: the API's routes, and the three pages that machines read.

use crate::demo_centre::Centre;
use crate::desk::Desks;
use crate::metrics as figures;
use crate::outbound;
use crate::recordings::archive::Cabinet;
use crate::recordings::live::{Refused, Wish};
use crate::sip_socket;
use crate::tasks::account::AccountOrders;
use crate::tasks::rows::{self, Rows};
use crate::tasks::texts::TextsChanged;
use crate::trunk_test;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use ringdesk_agent_gateway::certificate::TellsOfCertificate;
use ringdesk_agent_gateway::demo::DemoCentre;
use ringdesk_agent_gateway::orders::{
    CallWish, DialWish, FlowFault, Limited, PartySound, RecordingWish, Reply, Returning, Supervision, TransferWay,
    TrunkNow, TrunkTest, TrunkTestWish,
};
use ringdesk_agent_gateway::prompts::Prompts;
use ringdesk_agent_gateway::readiness::Inspector;
use ringdesk_agent_gateway::{Gateway, OrderRefused, Orders, Proxies, Turn};
use ringdesk_channels::Carrier;
use ringdesk_conversations::TransferTarget;
use ringdesk_ivr::{Flow, FlowError};
use ringdesk_model::{
    Actor, AgentId, CallId, Clock, Country, Ids, Medium, OfferId, Pii, Presence, QueueId, Timestamp, TrunkId,
    WallClock, WorkItemId,
};
use ringdesk_operations::Operations;
use ringdesk_operations::directory::NewTrunk;
use ringdesk_operations::visitor_calls::VisitorCall;
use ringdesk_routing::{Floor, Refusal, Wanted};
use ringdesk_switchboard::AccountOrder;
use ringdesk_voice::{
    CallOrder, Digit, Outcome, SuperviseOrder, SupervisionMode, Target, TransferMode, TransferOrder, TransferTo,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What the HTTP side is made of.
pub(crate) struct Parts {
    /// The certificate of the house's own authority (PEM), where it has one.
    pub(crate) authority: Option<String>,
    pub(crate) certificate: Arc<dyn TellsOfCertificate>,
    pub(crate) inspector: Arc<dyn Inspector>,
    pub(crate) prompts: Arc<dyn Prompts>,
    /// Where an authority elsewhere reads that a name leads to us.
    pub(crate) proofs: Router,
    /// Pages from elsewhere that may talk SIP.
    pub(crate) origins: Arc<[String]>,
    pub(crate) turn: Option<Turn>,
    /// How numbers are dialled where the server stands.
    pub(crate) home: Country,
    /// Run with `--demo`.
    pub(crate) centre: Option<Centre>,
    pub(crate) operations: Arc<Operations>,
    pub(crate) desks: Arc<Desks>,
    pub(crate) orders: AccountOrders,
    pub(crate) cabinet: Cabinet,
    pub(crate) rows: Rows,
    pub(crate) proxies: Proxies,
    pub(crate) floor: watch::Receiver<Arc<Floor>>,
    pub(crate) events: watch::Receiver<u64>,
    pub(crate) clock: WallClock,
    pub(crate) recorder: PrometheusHandle,
    pub(crate) seeds: Arc<Mutex<Ids>>,
    pub(crate) texts: TextsChanged,
    /// Who looks at addresses of webhooks.
    pub(crate) carrier: Carrier,
}

pub(crate) fn routes(parts: Parts) -> Router {
    let (desks, recorder) = (parts.desks.clone(), parts.recorder.clone());
    let (ready, clock) = (parts.desks.clone(), parts.clock);
    let archive = Arc::new(parts.cabinet.clone());
    let (operations, proxies) = (parts.operations.clone(), parts.proxies.clone());
    let door = operations.clone();
    let browsers = sip_socket::Door {
        signaling: parts.desks.signaling.clone(),
        proxies: parts.proxies.clone(),
        origins: parts.origins.clone(),
    };
    let authority = parts.authority.clone();
    let proofs = parts.proofs.clone();
    let gateway = Gateway {
        proxies,
        turn: parts.turn.clone(),
        certificate: Some(parts.certificate.clone()),
        inspector: Some(parts.inspector.clone()),
        prompts: Some(parts.prompts.clone()),
        demo: parts.centre.is_some(),
        centre: parts.centre.clone().map(|centre| Arc::new(centre) as Arc<dyn DemoCentre>),
        home: parts.home,
        ..Gateway::new(operations, Arc::new(Counter(parts)), archive, clock)
    };
    let machines = Router::new()
        .route("/sip", get(async move |request: axum::extract::Request| sip_socket::enter(browsers, request)))
        .route("/authority.pem", get(async move || certificate(authority)))
        .route("/livez", get(async || "ok"))
        .route(
            "/readyz",
            get(async move || match ready.is_draining() {
                false => (StatusCode::OK, "ready"),
                true => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
            }),
        )
        .route("/metrics", get(async move || page(&recorder, &desks, &door.figures())));
    machines.merge(proofs).merge(ringdesk_agent_gateway::router(gateway))
}

/// For people to install, so that their browsers and telephones believe this server. It is no secret.
fn certificate(pem: Option<String>) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let headers = [
        ("content-type", "application/x-x509-ca-cert"),
        ("content-disposition", "attachment; filename=\"ringdesk-authority.pem\""),
    ];
    match pem {
        Some(pem) => (headers, pem).into_response(),
        None => (StatusCode::NOT_FOUND, "this server shows a certificate of its operator's").into_response(),
    }
}

fn page(recorder: &PrometheusHandle, desks: &Desks, door: &[(&'static str, u64)]) -> String {
    let lag = desks.journal.lag();
    metrics::gauge!("journal_lag_seconds").set(lag.now().as_secs_f64());
    metrics::gauge!("journal_lag_longest_seconds").set(lag.longest().as_secs_f64());
    let mut text = recorder.render();
    figures::append(&mut text, &desks.signaling.figures());
    figures::append(&mut text, door);
    figures::append_media(&mut text, &desks.media.figures());
    let recorder = desks.recordings.recorder.figures();
    figures::append(
        &mut text,
        &[
            ("recordings_open", recorder.open),
            ("recordings_stored_total", recorder.stored),
            ("recordings_bytes_total", recorder.bytes),
            ("recordings_dropped_packets_total", recorder.dropped),
            ("recordings_waiting", recorder.waiting),
            ("recordings_events_lost_total", recorder.events_lost),
        ],
    );
    figures::append(&mut text, &crate::hearing::figures(&desks.recordings.hearing.recogniser));
    let now = desks.signaling.snapshot();
    figures::append(
        &mut text,
        &[
            ("calls_open", desks.open_calls() as u64),
            ("tasks_open", tokio::runtime::Handle::current().metrics().num_alive_tasks() as u64),
            ("signaling_legs_open", now.legs as u64),
            ("signaling_transactions_open", now.transactions as u64),
            ("signaling_registrations", now.registrations as u64),
            ("signaling_connections", now.connections as u64),
            ("signaling_dialogs_open", now.dialogs as u64),
            ("signaling_lookups_open", now.lookups as u64),
            ("signaling_strangers", now.strangers as u64),
            ("signaling_guessers", now.guessers as u64),
            ("signaling_subscriptions", now.subscriptions as u64),
            ("signaling_buffered_bytes", now.buffered_bytes as u64),
            ("signaling_behind_ms", now.behind.as_millis() as u64),
        ],
    );
    text
}

/// In words; and whether somebody was faster.
fn refused(refusal: Refusal) -> OrderRefused {
    match refusal {
        Refusal::NotWaiting | Refusal::Lost => OrderRefused::InHand(refusal.to_string()),
        _ => OrderRefused::Refused(refusal.to_string()),
    }
}

/// Where orders from outside are handed in.
struct Counter(Parts);

impl Counter {
    fn give(&self, actor: Actor, what: AccountOrder) -> Reply<Result<(), OrderRefused>> {
        let orders = self.0.orders.clone();
        Box::pin(async move {
            match orders.give(actor, what).await {
                Some(result) => result.map_err(refused),
                None => Err(OrderRefused::Busy),
            }
        })
    }
}

impl Orders for Counter {
    fn presence(&self, actor: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::Presence(agent, wanted))
    }

    fn presence_next(&self, actor: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::PresenceNext(agent, wanted))
    }

    fn wrap_up_done(&self, actor: Actor, agent: AgentId) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::FinishWrapUp(agent))
    }

    fn wrap_up_extend(&self, actor: Actor, agent: AgentId, by: Duration) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::ExtendWrapUp(agent, by))
    }

    fn assign(&self, actor: Actor, work_item: WorkItemId, agent: AgentId) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::Assign(work_item, agent))
    }

    fn pick(&self, actor: Actor, agent: AgentId, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::Pick(agent, work_item))
    }

    fn move_to(&self, actor: Actor, work_item: WorkItemId, queue: QueueId) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::Move(work_item, queue))
    }

    fn move_to_head(&self, actor: Actor, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>> {
        self.give(actor, AccountOrder::MoveToHead(work_item))
    }

    fn answer_text(
        &self,
        actor: Actor,
        agent: AgentId,
        offer: OfferId,
        takes: bool,
    ) -> Reply<Result<(), OrderRefused>> {
        let (desks, given) = (self.0.desks.clone(), self.give(actor, AccountOrder::AnswerText(agent, offer, takes)));
        Box::pin(async move {
            given.await?;
            // Whoever is told that they have it finds their part in it.
            desks.journal.flushed().await;
            Ok(())
        })
    }

    fn texts_changed(&self) {
        self.0.texts.tell();
    }

    fn check_webhook(&self, url: &str) -> Result<(), String> {
        self.0.carrier.check(url).map_err(|why| why.to_string())
    }

    fn expect_visitor(
        &self,
        ticket: Pii<String>,
        until: Timestamp,
        call: VisitorCall,
    ) -> Reply<Result<(), OrderRefused>> {
        let (desks, now) = (self.0.desks.clone(), self.0.clock.now());
        let is_answered = self.0.rows.number(&call.number).is_some();
        Box::pin(async move {
            if !is_answered {
                return Err(OrderRefused::Refused("the number is not answered".into()));
            }
            if desks.is_draining() {
                return Err(OrderRefused::Busy);
            }
            let ticket = ticket.into_inner();
            desks.guests.expect(now, ticket.clone(), until, call);
            if desks.signaling.expect(ticket.clone(), until).await {
                return Ok(());
            }
            desks.guests.take(&ticket);
            Err(OrderRefused::Busy)
        })
    }

    fn hang_up(&self, actor: Actor, call: CallId) -> Reply<Result<(), OrderRefused>> {
        let desks = self.0.desks.clone();
        let order = self.0.seeds.lock().unwrap_or_else(PoisonError::into_inner).next(self.0.clock.now());
        Box::pin(async move {
            match desks.order(call, order, actor, CallOrder::Hangup).await {
                Some(Outcome::Refused(why)) => Err(OrderRefused::Refused(why)),
                Some(Outcome::Done | Outcome::Offer(_) | Outcome::Released { .. } | Outcome::RingsFor(_)) => Ok(()),
                None => Err(OrderRefused::Refused("this call is over".into())),
            }
        })
    }

    fn dial(&self, _: Actor, wish: DialWish) -> Reply<Result<CallId, OrderRefused>> {
        let (desks, rows, seeds) = (self.0.desks.clone(), self.0.rows.clone(), self.0.seeds.clone());
        let floor = self.0.floor.borrow().clone();
        Box::pin(async move {
            let refused = |why: &str| Err(OrderRefused::Refused(why.into()));
            if desks.is_draining() {
                return Err(OrderRefused::Busy);
            }
            match floor.agents.iter().find(|a| a.agent == wish.agent) {
                Some(me) if me.presence == Presence::LoggedOut => return refused("sign in first"),
                Some(me) if me.work.iter().any(|w| w.medium == Medium::Voice) => {
                    return refused("you have a call, or its wrap-up");
                }
                Some(_) => {}
                None => return refused("you take no calls"),
            }
            let DialWish { agent, extension, dialled, caller_id, shown, queue, device } = wish;
            let wanted = outbound::Wanted { agent, extension, dialled, caller_id, shown, queue, device };
            match outbound::begin(&desks, &rows, &seeds, wanted).await {
                Ok(call) => Ok(call),
                Err(outbound::NotMade::Failed) => Err(OrderRefused::Busy),
                Err(why) => refused(&why.to_string()),
            }
        })
    }

    fn call(&self, actor: Actor, call: CallId, wish: CallWish) -> Reply<Result<(), OrderRefused>> {
        let desks = self.0.desks.clone();
        let order = self.0.seeds.lock().unwrap_or_else(PoisonError::into_inner).next(self.0.clock.now());
        Box::pin(async move {
            let what = ordered(&desks, wish).await?;
            match desks.order(call, order, actor, what).await {
                Some(Outcome::Refused(why)) => Err(OrderRefused::Refused(why)),
                Some(Outcome::Done | Outcome::Offer(_) | Outcome::Released { .. } | Outcome::RingsFor(_)) => Ok(()),
                None => Err(OrderRefused::Refused("this call is over".into())),
            }
        })
    }

    fn record(&self, actor: Actor, call: CallId, wish: RecordingWish) -> Reply<Result<(), OrderRefused>> {
        let wish = match wish {
            RecordingWish::Start => Wish::Start,
            RecordingWish::Stop => Wish::Stop,
            RecordingWish::Pause => Wish::Pause,
            RecordingWish::Mask => Wish::Mask,
            RecordingWish::Unmask => Wish::Unmask,
        };
        let done = self.0.desks.recordings.order(call, &actor, wish).map_err(|refused| match refused {
            Refused::Because(why) => OrderRefused::Refused(why.into()),
            Refused::Busy => OrderRefused::Busy,
        });
        Box::pin(std::future::ready(done))
    }

    fn limited(&self) -> Reply<Vec<Limited>> {
        let signaling = self.0.desks.signaling.clone();
        Box::pin(async move {
            let shown = |one: ringdesk_signaling::Limited| Limited {
                limit: one.limit.as_str(),
                address: one.address,
                extension: one.extension,
                since: one.since,
                until: one.until,
                refused: one.refused,
                known: one.known,
            };
            signaling.limited().await.into_iter().map(shown).collect()
        })
    }

    fn floor(&self) -> Arc<Floor> {
        self.0.floor.borrow().clone()
    }

    fn events(&self) -> watch::Receiver<u64> {
        self.0.events.clone()
    }

    fn check_trunk(&self, trunk: &NewTrunk) -> Result<(), FlowFault> {
        let NewTrunk { name, networks, settings, password } = trunk;
        let id = self.0.operations.id(self.0.clock.now());
        let read = rows::trunk(id, name, networks, settings, password.clone(), self.0.rows.premises());
        read.map(drop).map_err(|rows::TrunkFault { pointer, why }| FlowFault { pointer, reason: why })
    }

    fn check_flow(&self, flow: &serde_json::Value) -> Vec<FlowFault> {
        match Flow::parse(&flow.to_string()) {
            Err(FlowError::Step { step, why }) => vec![FlowFault { pointer: step_pointer(&step), reason: why }],
            Err(FlowError::Form(reason)) => vec![FlowFault { pointer: String::new(), reason }],
            Ok(flow) => flow
                .check()
                .into_iter()
                .filter(|f| f.severity == ringdesk_ivr::Severity::Error)
                .map(|f| FlowFault {
                    pointer: f.step.as_deref().map(step_pointer).unwrap_or_default(),
                    reason: f.reason,
                })
                .collect(),
        }
    }

    fn trunks(&self) -> BTreeMap<TrunkId, TrunkNow> {
        self.0.rows.trunks().all()
    }

    fn returning(&self, agent: AgentId) -> Option<Returning> {
        self.0.desks.returning.of(agent)
    }

    fn sound(&self, call: CallId) -> Option<Vec<PartySound>> {
        self.0.desks.of_call(call).map(|_| self.0.desks.sound.of(call))
    }

    fn test_trunk(&self, trunk: TrunkId, wish: TrunkTestWish) -> Reply<Result<TrunkTest, OrderRefused>> {
        let desks = self.0.desks.clone();
        Box::pin(async move { trunk_test::test(&desks, trunk, wish).await })
    }

    fn rows_changed(&self) -> Reply<()> {
        let rows = self.0.rows.clone();
        Box::pin(async move { rows.changed().await })
    }
}

/// A wish in the words of the call.
async fn ordered(desks: &Desks, wish: CallWish) -> Result<CallOrder, OrderRefused> {
    Ok(match wish {
        CallWish::Transfer { transfer, by, target, way, reason } => {
            let mode = match way {
                TransferWay::Blind => TransferMode::Blind,
                TransferWay::Consult => TransferMode::Consult,
                TransferWay::Join => TransferMode::Join,
            };
            CallOrder::Transfer(TransferOrder { transfer, by, to: transfer_to(target), mode, reason })
        }
        CallWish::Complete { by } => CallOrder::CompleteTransfer { by },
        CallWish::Return { by } => CallOrder::ReturnToContact { by },
        CallWish::Merge { by } => CallOrder::MergeConsultation { by },
        CallWish::Hold { by, on } => CallOrder::Hold { by, on },
        CallWish::Mute { by, on } => CallOrder::Mute { by, on },
        CallWish::Leave { by } => CallOrder::Leave { by },
        CallWish::Keys { by, keys } => {
            let keys = keys.reveal().chars().filter_map(Digit::new).collect();
            CallOrder::PressKeys { by, keys: Pii::new(keys) }
        }
        CallWish::Park { by } => CallOrder::Park { by },
        CallWish::Retrieve { by } => CallOrder::Retrieve { by },
        CallWish::Supervise { supervisor, of, mode } => {
            let mode = match mode {
                Supervision::Listen => SupervisionMode::Listen,
                Supervision::Whisper => SupervisionMode::Whisper,
                Supervision::Barge => SupervisionMode::Barge,
            };
            let (operations, account) = desks.dialling.house();
            let extension = operations.extension_of(account, supervisor).await.map_err(|_| OrderRefused::Busy)?;
            let target = match extension.filter(|extension| !extension.is_empty()) {
                Some(extension) => Target::Extension(extension),
                None => return Err(OrderRefused::Refused("you have no telephone".into())),
            };
            CallOrder::Supervise(SuperviseOrder { supervisor, target, of, mode })
        }
        CallWish::StopSupervising { supervisor } => CallOrder::StopSupervising { supervisor },
        CallWish::TakeOver { supervisor } => CallOrder::TakeOver { supervisor },
    })
}

fn transfer_to(target: TransferTarget) -> TransferTo {
    match target {
        TransferTarget::Agent { agent } => TransferTo::Agent(agent),
        TransferTarget::Supervisor => TransferTo::Supervisor,
        TransferTarget::Queue { queue } => TransferTo::Queue(queue),
        TransferTarget::Flow { flow } => TransferTo::Flow(flow),
        TransferTarget::Number { number } => TransferTo::Number(number),
        TransferTarget::Extension { number } => TransferTo::Extension(number.into_inner()),
    }
}

/// Where a step stands in its flow (RFC 6901).
fn step_pointer(step: &str) -> String {
    format!("/steps/{}", step.replace('~', "~0").replace('/', "~1"))
}
