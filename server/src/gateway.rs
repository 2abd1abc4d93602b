//! The HTTP side: the API's routes, and the three pages that machines read.

use crate::desk::Desks;
use crate::metrics as figures;
use crate::recordings::archive::Cabinet;
use crate::recordings::live::{Refused, Wish};
use crate::tasks::account::AccountOrders;
use crate::tasks::rows::Rows;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use ringdesk_agent_gateway::orders::{FlowFault, Limited, RecordingWish, Reply};
use ringdesk_agent_gateway::{Gateway, OrderRefused, Orders, Proxies};
use ringdesk_ivr::{Flow, FlowError};
use ringdesk_model::{Actor, AgentId, CallId, Clock, Ids, WallClock, WorkItemId};
use ringdesk_operations::Operations;
use ringdesk_operations::directory::NewTrunk;
use ringdesk_routing::{Floor, Wanted};
use ringdesk_switchboard::AccountOrder;
use ringdesk_voice::{CallOrder, Outcome};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What the HTTP side is made of.
pub(crate) struct Parts {
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
}

pub(crate) fn routes(parts: Parts) -> Router {
    let (desks, recorder) = (parts.desks.clone(), parts.recorder.clone());
    let (ready, clock) = (parts.desks.clone(), parts.clock);
    let archive = Arc::new(parts.cabinet.clone());
    let (operations, proxies) = (parts.operations.clone(), parts.proxies.clone());
    let door = operations.clone();
    let gateway = Gateway { proxies, ..Gateway::new(operations, Arc::new(Counter(parts)), archive, clock) };
    let machines = Router::new()
        .route("/livez", get(async || "ok"))
        .route(
            "/readyz",
            get(async move || match ready.is_draining() {
                false => (StatusCode::OK, "ready"),
                true => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
            }),
        )
        .route("/metrics", get(async move || page(&recorder, &desks, &door.figures())));
    machines.merge(ringdesk_agent_gateway::router(gateway))
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
            ("signaling_buffered_bytes", now.buffered_bytes as u64),
            ("signaling_behind_ms", now.behind.as_millis() as u64),
        ],
    );
    text
}

/// Where orders from outside are handed in.
struct Counter(Parts);

impl Counter {
    fn give(&self, actor: Actor, what: AccountOrder) -> Reply<Result<(), OrderRefused>> {
        let orders = self.0.orders.clone();
        Box::pin(async move {
            match orders.give(actor, what).await {
                Some(result) => result.map_err(|refusal| OrderRefused::Refused(refusal.to_string())),
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

    fn hang_up(&self, actor: Actor, call: CallId) -> Reply<Result<(), OrderRefused>> {
        let desks = self.0.desks.clone();
        let order = self.0.seeds.lock().unwrap_or_else(PoisonError::into_inner).next(self.0.clock.now());
        Box::pin(async move {
            match desks.order(call, order, actor, CallOrder::Hangup).await {
                Some(Outcome::Refused(why)) => Err(OrderRefused::Refused(why)),
                Some(Outcome::Done | Outcome::Offer(_)) => Ok(()),
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

    fn check_trunk(&self, trunk: &NewTrunk) -> Result<(), String> {
        let NewTrunk { name, networks, settings, password } = trunk;
        let id = self.0.operations.id(self.0.clock.now());
        let read = crate::tasks::rows::trunk(id, name, networks, settings, password.clone());
        read.map(drop).map_err(|fault| format!("{fault:#}"))
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

    fn rows_changed(&self) -> Reply<()> {
        let rows = self.0.rows.clone();
        Box::pin(async move { rows.changed().await })
    }
}

/// Where a step stands in its flow (RFC 6901).
fn step_pointer(step: &str) -> String {
    format!("/steps/{}", step.replace('~', "~0").replace('/', "~1"))
}
