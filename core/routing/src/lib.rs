//! One account's queues: which agent is offered which work item, and where every agent stands.
//!
//! A pure machine. It knows work items, not calls: no SIP, RTP, leg or codec, no store, no clock. It decides, the store
//! confirms ([`Output::Propose`] → [`Input::Committed`] | [`Input::Lost`]), and only then an agent is rung ([`Output::Offer`]).
//!
//! The rules, in short (each has a table test beside the code):
//! - Work is ordered by a rank that time does not change: when it was queued, minus the minutes its priority is worth. A
//!   refused or unanswered item keeps its rank. An agent looks at the heads of all their queues.
//! - Work may want skills; a queue's steps relax the wish with time, and the place stays. Items with the same wish wait in one
//!   lane, and no lane holds up another.
//! - Agents are ordered by level in the queue (lower first), by how well they meet the wish, by the queue's strategy, by id. One
//!   call fills an agent; texts share.
//! - A VIP goes before all who did not come a quarter of an hour earlier: that bound is what guards the others.
//! - An agent the contact knows is waited for within a patience, and comes first after it.
//! - Every offer ends once. No answer and unreachable make the agent not ready; declined and busy pause them; a caller
//!   who hangs up costs them nothing. Who had the item already gets it again only when nobody else is there.
//! - Present is who works or is ready. Logged in but on break is not present: such a queue is empty.
//! - What waits too long, comes when too many wait, or finds nobody there goes where the queue's overflow says: to another queue
//!   with its rank, or back to the flow.
//! - The longest wait never cuts an item that an agent is being asked about.
//! - Where a queue calls the contact first, a kept place whose turn has come asks no agent: as many are called as agents are free, and
//!   who picks up waits at that place.
//! - Who is sought by a colleague is asked at once or not at all; a break does not protect from that, work in hand does.
//! - Draining: new work is turned away; what waits is still served.
//!
//! Reading order: [`floorplan`] (queues and agents), [`skills`], [`region`], [`input`], [`output`], [`journal`], [`router`] and the files below it, one per
//! matter, [`floor`] (what a supervisor sees).

pub mod config;
pub mod error;
pub mod floor;
pub mod floorplan;
pub mod input;
pub mod journal;
pub mod output;
pub mod region;
pub mod router;
pub mod skills;

pub use config::Config;
pub use error::Refusal;
pub use floor::{AgentFloor, Floor, QueueFloor, WorkFloor};
pub use floorplan::{
    AfterNoAnswer, AgentSetup, CallFirst, CallbackOffer, Capacity, ChannelSetup, ChannelSwitch, Empty, Floorplan, Mode,
    Overflow, OverflowTo, OverflowWhen, QueueSetup, QueueStrategy,
};
pub use input::{Ended, Engaged, Input, Joined, Preferred, Recovered, Sought, Treatment, Wanted, Work};
pub use journal::Entry;
pub use output::{How, MoveReason, Offered, Output, Proposal, Why};
pub use region::Region;
pub use router::Router;
pub use skills::{RelaxStep, Relaxed, Skill, Skills};
