//! What the gateway needs of a server that runs the demo: its busy hour, and its pack.

use crate::orders::{OrderRefused, Reply};
use ringdesk_model::Actor;
use serde::Serialize;
use utoipa::ToSchema;

/// The server implements it, where it serves the demo's account.
pub trait DemoCentre: Send + Sync + 'static {
    /// The one that runs, or ran last.
    fn busy_hour(&self) -> BusyHourNow;
    fn begin_busy_hour(&self, actor: Actor, wish: BusyHourWish) -> Reply<Result<BusyHourNow, OrderRefused>>;
    /// Answered when nothing of it is left.
    fn end_busy_hour(&self, actor: Actor) -> Reply<BusyHourNow>;
    /// Is the pack being made?
    fn is_loading(&self) -> bool;
    /// Make the pack again. Answered when that has begun.
    fn load_pack(&self, actor: Actor) -> Reply<Result<(), OrderRefused>>;
}

/// How busy it is to be; the gateway has looked at the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusyHourWish {
    pub callers: u32,
    /// Within which they come.
    pub minutes: u32,
    /// Agents whose telephones the house answers.
    pub helpers: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BusyHourNow {
    /// This is the demo; elsewhere there is none.
    pub available: bool,
    pub running: bool,
    /// Callers who will have come at its end.
    pub callers: u32,
    pub helpers: u32,
    /// Calls that were made so far.
    pub made: u32,
    /// Of them now: in a menu, waiting, talking.
    pub calls: u32,
    /// Of them now: in a queue.
    pub waiting: u32,
    /// Reached an agent, now or before.
    pub answered: u32,
    /// Left the queue before an agent answered.
    pub abandoned: u32,
    /// Messages that were left.
    pub messages: u32,
    /// The house did not take them.
    pub refused: u32,
    /// Milliseconds since 1970 (UTC).
    pub began_at: Option<i64>,
    /// When the last caller comes; of one that is over: when it was.
    pub ends_at: Option<i64>,
}
