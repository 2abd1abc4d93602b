//! What the gateway needs of the server: orders to running machines, the floor, and wake-ups.

use crate::routes::events::Sockets;
use ringdesk_model::{Actor, AgentId, CallId, WallClock, WorkItemId};
use ringdesk_operations::Operations;
use ringdesk_routing::{Floor, Wanted};
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
    /// The machine did not reply.
    Busy,
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
    fn hang_up(&self, actor: Actor, call: CallId) -> Reply<Result<(), OrderRefused>>;
    fn floor(&self) -> Arc<Floor>;
    /// Newest cursor of the outbox. A wake-up: the truth is in the rows.
    fn events(&self) -> watch::Receiver<u64>;
    /// What is wrong with a flow, in words.
    fn check_flow(&self, flow: &serde_json::Value) -> Vec<String>;
    /// Numbers, flows, queues or agents were changed: running machines read them again.
    fn rows_changed(&self);
}

/// What every route has at hand.
#[derive(Clone)]
pub struct Gateway {
    pub operations: Arc<Operations>,
    pub orders: Arc<dyn Orders>,
    pub clock: WallClock,
    pub sockets: Sockets,
}
