//! Queues and agents of an account, as configured.

use crate::skills::{RelaxStep, Skills};
use ringdesk_model::{AgentId, CalendarId, Medium, Priority, QueueId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floorplan {
    pub queues: Vec<QueueSetup>,
    pub agents: Vec<AgentSetup>,
    /// Those that differ from the others; work of a channel that is not named has neither advantage nor hindrance.
    #[serde(default)]
    pub channels: Vec<ChannelSetup>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSetup {
    pub id: QueueId,
    pub name: String,
    pub ring_for: Duration,
    /// `None` or zero: until the agent says done.
    pub wrap_up: Option<Duration>,
    pub max_wait: Option<Duration>,
    pub max_length: Option<u32>,
    pub mode: Mode,
    pub empty: Empty,
    pub after_no_answer: AfterNoAnswer,
    /// The agent cannot finish wrap-up by hand without a disposition. Held here for those who read the plan; the law is
    /// in `conversations`.
    pub disposition_required: bool,
    /// What its work wants of an agent, beside what each item wants.
    #[serde(default)]
    pub wants: Skills,
    /// Agents of the contact's region are asked first: its skill is wanted, too, until a step drops it.
    #[serde(default)]
    pub near: bool,
    /// Whom of those who could take it a work item goes to.
    #[serde(default)]
    pub strategy: QueueStrategy,
    /// Only agents up to this level are asked at first; `None`: all.
    #[serde(default)]
    pub first_levels: Option<u8>,
    /// How wishes get smaller with time, in order.
    #[serde(default)]
    pub relax: Vec<RelaxStep>,
    /// The first that applies and can be done is done.
    #[serde(default)]
    pub overflow: Vec<Overflow>,
    /// Callers are told their place and the wait that is likely so often; `None`: where their flow says so. Held here for those
    /// who read the plan.
    #[serde(default)]
    pub announce: Option<Duration>,
    /// Callers may hang up, keep their place and be called back. Held here for those who read the plan.
    #[serde(default)]
    pub callback: Option<CallbackOffer>,
}

impl QueueSetup {
    /// What a queue is when nobody says otherwise.
    pub fn new(id: QueueId, name: impl Into<String>) -> Self {
        QueueSetup {
            id,
            name: name.into(),
            ring_for: Duration::from_secs(20),
            wrap_up: None,
            max_wait: None,
            max_length: None,
            mode: Mode::Push,
            empty: Empty::Wait,
            after_no_answer: AfterNoAnswer::NotReady,
            disposition_required: false,
            wants: Skills::new(),
            near: false,
            strategy: QueueStrategy::default(),
            first_levels: None,
            relax: Vec::new(),
            overflow: Vec::new(),
            announce: None,
            callback: None,
        }
    }
}

/// When callers are offered to be called back (with both, when the first of them is so), and how that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackOffer {
    /// So long in the queue.
    pub after: Option<Duration>,
    /// It will probably take longer than that.
    pub above: Option<Duration>,
    /// Calls that reach nobody, before they are given up.
    pub tries: u8,
    /// So long after one of them comes the next.
    pub again: Duration,
    /// Nobody is called outside of these opening hours; `None`: at any hour.
    #[serde(default)]
    pub hours: Option<CalendarId>,
    #[serde(default)]
    pub first: CallFirst,
}

/// Whose telephone rings first when somebody's turn comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFirst {
    /// An agent is asked, and calls.
    #[default]
    Agent,
    /// The house calls, and whoever picks up waits at their place for the next agent.
    Caller,
}

impl Default for CallbackOffer {
    fn default() -> Self {
        let (hours, first) = (None, CallFirst::default());
        CallbackOffer { after: None, above: None, tries: 3, again: Duration::from_secs(900), hours, first }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Work is offered to agents.
    #[default]
    Push,
    /// Agents pick it.
    Pull,
    /// A leader assigns it.
    Assign,
}

/// Among agents of the same level who meet a demand equally well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueStrategy {
    /// Who has least in hand, then who has been idle longest.
    #[default]
    LeastBusy,
    /// Who has nothing in hand and has been idle longest; then who has something, by the same.
    LongestIdle,
    /// Always the first on the list who is free: the level is the place on the list.
    TopDown,
    /// Who comes after the one asked last.
    RoundRobin,
    /// All of the first level where somebody is free, at the same time; the first who takes it has it.
    RingAll,
}

/// What becomes of work that this queue does not serve in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    pub when: OverflowWhen,
    pub to: OverflowTo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverflowWhen {
    /// So long in this queue, and nobody is being asked.
    Waited(Duration),
    /// So many are in the queue already when it comes.
    Length(u32),
    /// No agent is present.
    NoAgents,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverflowTo {
    /// With the rank it has. Never to a queue where it was before, nor to one that is full.
    Queue(QueueId),
    /// Back to the flow, with the outcome that tells the reason (`MaxWait`, `QueueFull`, `NoAgents`).
    Flow,
}

/// A channel, and what an administrator wants of its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSetup {
    pub name: String,
    /// Added to that of each of its work items.
    pub priority: Priority,
    pub switch: ChannelSwitch,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSwitch {
    #[default]
    On,
    /// New work waits, and is offered to nobody until the channel is on again.
    Hold,
    /// New work is turned away; what waits is still served.
    Refuse,
}

/// What becomes of the waiting when no agent is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    LeaveAtOnce,
    #[default]
    Wait,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterNoAnswer {
    /// Not ready, reason `no_answer`: whoever left the desk stops taking callers away from others (RONA).
    #[default]
    NotReady,
    /// Only a pause.
    Pause,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSetup {
    pub id: AgentId,
    /// With the skill level in each: 1 is asked before 2.
    pub queues: BTreeMap<QueueId, u8>,
    pub capacity: Capacity,
    /// The extension that rings.
    pub target: String,
    /// Other extensions at which they are: those of their devices.
    #[serde(default)]
    pub also_at: BTreeSet<String>,
    #[serde(default)]
    pub skills: Skills,
}

impl AgentSetup {
    /// An agent of no queue, with no skill.
    pub fn new(id: AgentId, target: impl Into<String>) -> Self {
        AgentSetup {
            id,
            queues: BTreeMap::new(),
            capacity: Capacity::default(),
            target: target.into(),
            also_at: BTreeSet::new(),
            skills: Skills::new(),
        }
    }
}

/// How much an agent takes at once. The media share: each call is 1/voice of the agent, each text 1/text. So with the
/// default one call or four texts are full capacity, and who holds a text takes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    pub voice: u16,
    pub text: u16,
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity { voice: 1, text: 4 }
    }
}

impl Capacity {
    pub const fn of(self, medium: Medium) -> u16 {
        match medium {
            Medium::Voice => self.voice,
            Medium::Text => self.text,
        }
    }

    /// The part of the agent in use, in millionths.
    pub(crate) fn load(self, voice: u32, text: u32) -> u32 {
        let (of_voice, of_text) = (u64::from(self.voice.max(1)), u64::from(self.text.max(1)));
        let used = u64::from(voice) * of_text + u64::from(text) * of_voice;
        u32::try_from(used * 1_000_000 / (of_voice * of_text)).unwrap_or(u32::MAX)
    }

    /// Is that not more than the agent takes?
    pub(crate) fn holds(self, voice: u32, text: u32) -> bool {
        let (of_voice, of_text) = (u64::from(self.voice.max(1)), u64::from(self.text.max(1)));
        let used = u64::from(voice) * of_text + u64::from(text) * of_voice;
        (voice == 0 || self.voice > 0) && (text == 0 || self.text > 0) && used <= of_voice * of_text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S7.4
    #[test]
    fn one_call_fills_and_texts_share() {
        let table = [
            (Capacity { voice: 1, text: 0 }, [(1, 0, true), (2, 0, false), (0, 1, false)]),
            (Capacity { voice: 1, text: 3 }, [(0, 3, true), (0, 4, false), (1, 1, false)]),
            (Capacity { voice: 0, text: 2 }, [(0, 2, true), (1, 0, false), (0, 3, false)]),
            (Capacity { voice: 2, text: 4 }, [(1, 2, true), (1, 3, false), (2, 0, true)]),
        ];
        for (capacity, cases) in table {
            for (voice, text, holds) in cases {
                assert_eq!(capacity.holds(voice, text), holds, "{capacity:?} {voice} {text}");
            }
        }
        assert_eq!(Capacity { voice: 1, text: 4 }.load(0, 1), 250_000);
        assert_eq!(Capacity { voice: 1, text: 0 }.load(1, 0), 1_000_000);
    }
}
