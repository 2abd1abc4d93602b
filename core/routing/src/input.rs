//! What routing is told.

use crate::{Floorplan, Region, Skills};
use ringdesk_model::{AgentId, Medium, OfferId, OrderId, Presence, Priority, QueueId, Timestamp, WorkItemId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Serialisable, every one: what routing was told can be kept and told again ([`crate::journal`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Queues and agents, at the start and after every change of them.
    Configured(Floorplan),
    /// Presence as the store last knew it; once, at the start.
    Recovered(Recovered),
    /// An agent (or a leader for them) chose a state. With work in hand it comes into force when that is over, except that
    /// it ends wrap-up, and that signing out stops the ringing. Ends with one `Done`, as all orders do.
    Chosen(OrderId, AgentId, Wanted),
    /// The state wanted after the work in hand and its wrap-up.
    NextChosen(OrderId, AgentId, Wanted),
    Queued(Work),
    /// A colleague or a leader asks for exactly this agent, at once: there is no queue to wait in. Ends with `Left` when the
    /// agent has taken it or the contact has left, else with `NotTaken`.
    Sought(Sought),
    /// The agent is in a call by themselves: nobody has rung them for it.
    Joined(Joined),
    /// And has left it, with nothing to finish.
    WorkLeft(WorkItemId),
    /// A call that nobody gave them as work rings at the agent, or they talk in one: a colleague's, their own. `None`: no more.
    Engaged(AgentId, Option<Engaged>),
    /// The contact left, or the flow moved on.
    Withdrawn(WorkItemId),
    /// The store took these proposals.
    Committed(Vec<OfferId>),
    /// The store refused this one.
    Lost(OfferId),
    OfferEnded(OfferId, Ended),
    /// The agent put the contact on hold, or came back.
    WorkHeld(WorkItemId),
    WorkResumed(WorkItemId),
    /// The agent was lost in the middle of it, and is waited for.
    WorkLost(WorkItemId),
    /// And is back.
    WorkFound(WorkItemId),
    /// And is not: somebody else goes on with it. They are not ready, as far as anybody knows.
    WorkGivenUp(WorkItemId),
    /// The agent's part in it is over: wrap-up begins.
    WorkEnded(WorkItemId),
    WrapUpDone(OrderId, AgentId),
    WrapUpExtended(OrderId, AgentId, Duration),
    /// A leader gives a waiting work item to a named agent. `Done` comes when the store has taken it.
    AssignTo(OrderId, WorkItemId, AgentId),
    /// An agent picks a waiting work item from a pull queue. `Done` comes when the store has taken it.
    Pick(OrderId, AgentId, WorkItemId),
    /// What rings at a colleague of the same queue, or at that one, rings at this agent instead.
    PickUp(OrderId, AgentId, Option<AgentId>),
    /// A leader moves a waiting work item to another queue. It keeps its rank.
    MoveTo(OrderId, WorkItemId, QueueId),
    /// A leader moves a waiting work item before all others of its queue.
    MoveToHead(OrderId, WorkItemId),
    /// No device of the agent is connected: with empty hands they are not ready (`disconnected`), now or as soon as that is so.
    Unseen(AgentId),
    /// One is again. They choose for themselves when they are ready.
    Seen(AgentId),
    /// Take no new work. What waits is still served.
    Drain,
}

/// Presence survives a restart, work does not: its calls died with the server. Who was working comes back not ready with
/// the reason `restart`; who was ready stays so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// With the moment since when.
    pub agents: BTreeMap<AgentId, (Presence, Timestamp)>,
}

/// The states an agent chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum Wanted {
    Ready,
    NotReady(String),
    LoggedOut,
}

/// Something that asks for an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub priority: Priority,
    pub medium: Medium,
    pub enqueued_at: Timestamp,
    /// Only this agent, as long as they are present; then anybody of the queue.
    pub required_agent: Option<AgentId>,
    /// The one who served this contact last, or whom a VIP has for themselves.
    pub preferred: Option<Preferred>,
    /// What an agent must be able to, until the queue's steps relax it.
    pub skills: Skills,
    /// Where the contact is at home; of use to queues that ask [`crate::QueueSetup::near`] first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Before all who are not, but for those who came [`crate::Config::vip_ahead`] earlier: nobody waits for ever.
    pub vip: bool,
    /// The medium's channel, by name ([`crate::ChannelSetup`]).
    pub channel: Option<String>,
    /// Nobody is on the line: it neither leaves because it waits long nor because nobody is there.
    pub callback: bool,
    /// It takes the queue, the rank and the time waited of this one, which leaves with it. For a contact who hangs up and is called
    /// back at the time when their turn comes.
    pub in_place_of: Option<WorkItemId>,
    /// Who asks it themselves: one of ours, who comes after all who do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<AgentId>,
}

impl Work {
    /// The same for whom this is known of.
    pub fn treated(mut self, treatment: Treatment) -> Self {
        self.priority = Priority(self.priority.0.saturating_add(treatment.priority.0));
        (self.vip, self.preferred, self.region) = (treatment.vip, treatment.preferred, treatment.region);
        self
    }

    /// With no wish but to be served.
    pub fn new(work_item: WorkItemId, queue: QueueId, medium: Medium, enqueued_at: Timestamp) -> Self {
        Work {
            work_item,
            queue,
            priority: Priority(0),
            medium,
            enqueued_at,
            required_agent: None,
            preferred: None,
            skills: Skills::new(),
            region: None,
            vip: false,
            channel: None,
            callback: false,
            in_place_of: None,
            asked_by: None,
        }
    }
}

/// How a contact waits, from what is known of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    pub vip: bool,
    /// Beside that of the way they came.
    pub priority: Priority,
    pub preferred: Option<Preferred>,
    /// Where they are at home, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

impl Treatment {
    /// By what rules give.
    pub fn raised(self, by: Priority) -> Treatment {
        Treatment { priority: Priority(self.priority.0.saturating_add(by.0)), ..self }
    }
}

/// Somebody the contact knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferred {
    pub agent: AgentId,
    /// Waited for so long while they are present; then anybody may have it, though they still come first. Also when they do not
    /// take it. Zero: first only where they are free.
    pub patience: Duration,
}

/// Something that asks for one agent and nobody else: a transfer, a consultation, an agent's own call to the outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    pub work_item: WorkItemId,
    pub agent: AgentId,
    /// Whose rules the work follows (wrap-up); `None`, or one that is gone: the agent's first.
    pub queue: Option<QueueId>,
    pub medium: Medium,
    pub ring_for: Duration,
    /// Wrap-up does not stand in the way: the agent has finished with the last.
    pub ends_wrap_up: bool,
    /// Nor does the call they are engaged in: it is this very one.
    pub engaged_here: bool,
}

/// How far a call has come that is no work of an agent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engaged {
    Ringing,
    Talking,
}

/// An agent who came into a call by themselves, to supervise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    pub work_item: WorkItemId,
    pub agent: AgentId,
    /// Whose rules it follows, should they take it over.
    pub queue: Option<QueueId>,
}

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Accepted,
    Declined,
    NoAnswer,
    Busy,
    Unreachable,
    CallerLeft,
    /// Taken back by routing.
    Superseded,
    Failed,
}
