//! Orders as the server carries them out, without calls: routing decides, the store confirms.

use ringdesk_agent_gateway::orders::{
    CallWish, DialWish, FlowFault, Limited, PartySound, RecordingWish, Reply, Returning, TrunkNow, TrunkTest,
    TrunkTestWish,
};
use ringdesk_agent_gateway::{OrderRefused, Orders};
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, Clock as _, Ids, OfferId, OrderId, Pii, QueueId, Timestamp, TrunkId, WallClock,
    WorkItemId,
};
use ringdesk_operations::Operations;
use ringdesk_operations::directory::NewTrunk;
use ringdesk_operations::visitor_calls::VisitorCall;
use ringdesk_routing::{Config, Ended, Floor, Input, Output, Refusal, Router, Wanted};
use ringdesk_storage::leases::Lease;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct Desk {
    operations: Arc<Operations>,
    account: AccountId,
    clock: WallClock,
    lease: Lease,
    routing: tokio::sync::Mutex<Routing>,
    floor: watch::Sender<Arc<Floor>>,
    newest: watch::Sender<u64>,
    /// Calls that run, for who hangs one up.
    pub(crate) calls: Mutex<BTreeSet<CallId>>,
    /// Whom agents called.
    pub(crate) dialled: Mutex<Vec<DialWish>>,
    /// What was ordered of calls.
    pub(crate) call_wishes: Mutex<Vec<(CallId, CallWish)>>,
    /// What was ordered of calls' recordings.
    pub(crate) wishes: Mutex<Vec<(CallId, RecordingWish)>>,
    /// The call that waits for this agent's page.
    pub(crate) returning: Mutex<Option<(AgentId, Returning)>>,
    /// Visitors who were let in to call: their tickets, until when, and what for.
    pub(crate) visitors: Mutex<Vec<(Pii<String>, Timestamp, VisitorCall)>>,
    /// How often somebody said that rows had changed.
    pub(crate) rows_changed: AtomicUsize,
}

struct Routing {
    router: Router,
    ids: Ids,
    done: HashMap<OrderId, Result<(), Refusal>>,
}

impl Desk {
    pub(crate) async fn new(operations: Arc<Operations>, account: AccountId, clock: WallClock) -> Arc<Desk> {
        let now = clock.now();
        let lease =
            operations.take_routing(now, account, "test", Duration::from_secs(3_600)).await.unwrap().expect("alone");
        let routing = Routing {
            router: Router::new(Config::default(), Ids::seeded(5)),
            ids: Ids::seeded(6),
            done: HashMap::new(),
        };
        let desk = Arc::new(Desk {
            operations,
            account,
            clock,
            lease,
            routing: tokio::sync::Mutex::new(routing),
            floor: watch::Sender::default(),
            newest: watch::Sender::default(),
            calls: Mutex::default(),
            dialled: Mutex::default(),
            call_wishes: Mutex::default(),
            wishes: Mutex::default(),
            returning: Mutex::default(),
            visitors: Mutex::default(),
            rows_changed: AtomicUsize::new(0),
        });
        desk.configure().await;
        desk
    }

    /// Queues and agents, as the rows say now.
    pub(crate) async fn configure(&self) {
        let plan = self.operations.floorplan(self.account).await.unwrap();
        self.tell(|_| Input::Configured(plan)).await;
    }

    /// An input, and everything that follows from it, as far as the store.
    pub(crate) async fn tell(&self, input: impl FnOnce(OrderId) -> Input) -> Option<Result<(), Refusal>> {
        let mut routing = self.routing.lock().await;
        let now = self.clock.now();
        let order = routing.ids.next(now);
        routing.router.handle_input(now, input(order));
        while let Some(output) = routing.router.poll_output() {
            match output {
                Output::Propose(batch) => {
                    let made =
                        self.operations.commit_proposals(now, self.account, &self.lease, None, &batch).await.unwrap();
                    for lost in batch.iter().map(|p| p.offer).filter(|offer| !made.contains(offer)) {
                        routing.router.handle_input(now, Input::Lost(lost));
                    }
                    routing.router.handle_input(now, Input::Committed(made));
                }
                Output::PresenceChanged { agent, presence, since, queue } => {
                    self.operations
                        .record_presence(since, &Actor::System, self.account, agent, presence, queue)
                        .await
                        .unwrap();
                }
                Output::OfferEnded(offer, ended) => {
                    let outcome = serde_json::to_value(ended).unwrap();
                    self.operations.end_offer(now, self.account, offer, outcome.as_str().unwrap()).await.unwrap();
                }
                Output::Done(order, result) => drop(routing.done.insert(order, result)),
                Output::Offer(_)
                | Output::WithdrawOffer(_)
                | Output::Left(..)
                | Output::Moved { .. }
                | Output::CallFirst { .. }
                | Output::NotTaken(..) => {}
            }
        }
        self.floor.send_replace(Arc::new(routing.router.floor()));
        self.wake().await;
        routing.done.remove(&order)
    }

    /// The agent answers what rings, talks, and is in wrap-up.
    pub(crate) async fn talk(&self, agent: AgentId) -> OfferId {
        let scope = ringdesk_model::Scope {
            account: self.account,
            user: ringdesk_model::UserId(uuid::Uuid::nil()),
            agent: None,
            everyone: true,
            unmasked: true,
        };
        let events = self.operations.events_after(scope.account, 0, 1_000).await.unwrap();
        let offer = events
            .iter()
            .rev()
            .filter(|e| e.kind == "work_offered")
            .map(|e| serde_json::from_str::<serde_json::Value>(e.payload.reveal()).unwrap())
            .find(|data| data["agent"] == agent.to_string())
            .expect("something was offered");
        let offer = offer["offer"].as_str().unwrap().parse().unwrap();
        self.tell(|_| Input::OfferEnded(offer, Ended::Accepted)).await;
        offer
    }

    /// There is something new in the outbox.
    pub(crate) async fn wake(&self) {
        let head = self.operations.events_head(self.account).await.unwrap();
        self.newest.send_replace(u64::try_from(head).unwrap());
    }

    fn order(
        self: &Arc<Self>,
        input: impl FnOnce(OrderId) -> Input + Send + 'static,
    ) -> Reply<Result<(), OrderRefused>> {
        let desk = self.clone();
        Box::pin(async move {
            match desk.tell(input).await {
                Some(result) => result.map_err(|refusal| match refusal {
                    Refusal::NotWaiting | Refusal::Lost => OrderRefused::InHand(refusal.to_string()),
                    _ => OrderRefused::Refused(refusal.to_string()),
                }),
                None => Err(OrderRefused::Busy),
            }
        })
    }
}

/// What the gateway holds; the trait is not for an `Arc`.
pub(crate) struct Counter(pub(crate) Arc<Desk>);

impl Orders for Counter {
    fn returning(&self, agent: AgentId) -> Option<Returning> {
        self.0.returning.lock().unwrap().clone().filter(|(of, _)| *of == agent).map(|(_, waits)| waits)
    }

    fn presence(&self, _: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::Chosen(order, agent, wanted))
    }

    fn presence_next(&self, _: Actor, agent: AgentId, wanted: Wanted) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::NextChosen(order, agent, wanted))
    }

    fn wrap_up_done(&self, _: Actor, agent: AgentId) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::WrapUpDone(order, agent))
    }

    fn wrap_up_extend(&self, _: Actor, agent: AgentId, by: Duration) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::WrapUpExtended(order, agent, by))
    }

    fn assign(&self, _: Actor, work_item: WorkItemId, agent: AgentId) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::AssignTo(order, work_item, agent))
    }

    fn pick(&self, _: Actor, agent: AgentId, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::Pick(order, agent, work_item))
    }

    fn move_to(&self, _: Actor, work_item: WorkItemId, queue: QueueId) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::MoveTo(order, work_item, queue))
    }

    fn move_to_head(&self, _: Actor, work_item: WorkItemId) -> Reply<Result<(), OrderRefused>> {
        self.0.order(move |order| Input::MoveToHead(order, work_item))
    }

    /// Without the text desk: routing alone.
    fn answer_text(&self, _: Actor, _: AgentId, offer: OfferId, takes: bool) -> Reply<Result<(), OrderRefused>> {
        let desk = self.0.clone();
        Box::pin(async move {
            let ended = if takes { Ended::Accepted } else { Ended::Declined };
            desk.tell(|_| Input::OfferEnded(offer, ended)).await;
            Ok(())
        })
    }

    fn texts_changed(&self) {}

    fn check_webhook(&self, url: &str) -> Result<(), String> {
        let closed = url.contains("127.0.0.1");
        if closed { Err("the address leads into a closed network".into()) } else { Ok(()) }
    }

    fn expect_visitor(
        &self,
        ticket: Pii<String>,
        until: Timestamp,
        call: VisitorCall,
    ) -> Reply<Result<(), OrderRefused>> {
        self.0.visitors.lock().unwrap().push((ticket, until, call));
        Box::pin(async { Ok(()) })
    }

    fn hang_up(&self, _: Actor, call: CallId) -> Reply<Result<(), OrderRefused>> {
        let ran = self.0.calls.lock().unwrap().remove(&call);
        Box::pin(async move { if ran { Ok(()) } else { Err(OrderRefused::Refused("this call is over".into())) } })
    }

    fn dial(&self, _: Actor, wish: DialWish) -> Reply<Result<CallId, OrderRefused>> {
        let call = self.0.operations.id(self.0.clock.now());
        self.0.dialled.lock().unwrap().push(wish);
        Box::pin(async move { Ok(call) })
    }

    fn call(&self, _: Actor, call: CallId, wish: CallWish) -> Reply<Result<(), OrderRefused>> {
        let runs = self.0.calls.lock().unwrap().contains(&call);
        if runs {
            self.0.call_wishes.lock().unwrap().push((call, wish));
        }
        Box::pin(async move { if runs { Ok(()) } else { Err(OrderRefused::Refused("this call is over".into())) } })
    }

    fn record(&self, _: Actor, call: CallId, wish: RecordingWish) -> Reply<Result<(), OrderRefused>> {
        let runs = self.0.calls.lock().unwrap().contains(&call);
        if runs {
            self.0.wishes.lock().unwrap().push((call, wish));
        }
        Box::pin(async move { if runs { Ok(()) } else { Err(OrderRefused::Refused("this call is over".into())) } })
    }

    /// Signaling's to say; here somebody guesses.
    fn limited(&self) -> Reply<Vec<Limited>> {
        let limited = Limited {
            limit: "guessing",
            address: "198.51.100.7".parse().ok(),
            extension: Some("2001".into()),
            since: Timestamp::from_millis(10_000),
            until: Some(Timestamp::from_millis(130_000)),
            refused: 7,
            known: false,
        };
        Box::pin(std::future::ready(vec![limited]))
    }

    fn floor(&self) -> Arc<Floor> {
        self.0.floor.borrow().clone()
    }

    fn events(&self) -> watch::Receiver<u64> {
        self.0.newest.subscribe()
    }

    /// A flow needs a start here; what else it needs is the flow room's to say.
    fn check_flow(&self, flow: &serde_json::Value) -> Vec<FlowFault> {
        match flow["start"].is_string() {
            true => vec![],
            false => vec![FlowFault { pointer: "/start".into(), reason: "it has no start".into() }],
        }
    }

    /// Signaling's and media's to do; here somebody answers, and says nothing.
    fn test_trunk(&self, _: TrunkId, wish: TrunkTestWish) -> Reply<Result<TrunkTest, OrderRefused>> {
        let closed = wish.number.reveal().starts_with("00");
        let answered = TrunkTest {
            outcome: "answered",
            rang_after_ms: Some(20),
            answered_after_ms: Some(1_020),
            ..TrunkTest::default()
        };
        let why = "this number may not be dialled";
        Box::pin(async move { if closed { Err(OrderRefused::Refused(why.into())) } else { Ok(answered) } })
    }

    fn trunks(&self) -> BTreeMap<TrunkId, TrunkNow> {
        BTreeMap::new()
    }

    /// What a trunk needs is signaling's to say.
    fn check_trunk(&self, trunk: &NewTrunk) -> Result<(), FlowFault> {
        match trunk.settings.contains("register") {
            true => Err(FlowFault { pointer: "/settings/register".into(), reason: "a host is needed".into() }),
            false => Ok(()),
        }
    }

    fn sound(&self, _: CallId) -> Option<Vec<PartySound>> {
        None
    }

    fn rows_changed(&self) -> Reply<()> {
        self.0.rows_changed.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {})
    }
}
