//! `dial`: ring somebody and bridge him with the caller. A caller who was not answered yet hears the ringing of his own
//! network and is answered together with the other side.

use super::{Exit, Go, State as RunState, check_span};
use crate::Output;
use crate::line::{Fact, Line};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Cause, DialOutcome, DialRequest, RINGBACK, Target};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Groups of one step, and members of one group.
const GROUPS: usize = 10;
const MEMBERS: usize = 10;
/// A call ends long before this.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dial {
    /// `{"extension": "2001"}`, `{"number": "+4930123"}`, `{"uri": "sip:…"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// In place of one target: the members of a group ring together, one group after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    #[serde(default = "thirty_seconds")]
    pub ring_for_ms: u32,
    /// Played to a caller who was answered before, while it rings; by its name on media's shelf. Without: the ringing tone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music: Option<String>,
    /// Where to go when nobody was reached. Without a step: hang up with that cause.
    #[serde(default)]
    pub on: On,
    /// Where to go when the other side has hung up. Without a step: hang up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub targets: Vec<Target>,
    /// Without: that of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_for_ms: Option<u32>,
}

/// Which group rings.
#[derive(Debug)]
pub(crate) struct State {
    group: usize,
    /// What a person did weighs more than what a telephone did: the outcome of the groups before.
    so_far: Option<DialOutcome>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct On {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Dial {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        let On { busy, no_answer, declined, unreachable, failed } = &self.on;
        let at_once = [busy, declined, unreachable, failed].into_iter().flatten().map(|to| Exit::at_once(to));
        at_once.chain(no_answer.iter().chain(&self.after).map(|to| Exit::after_a_while(to))).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        check_span("ring_for_ms", self.ring_for_ms, 1_000, 150_000, fault);
        if self.target.is_some() != self.groups.is_empty() {
            fault("it dials either a target or groups".into());
        }
        if self.groups.len() > GROUPS || self.groups.iter().any(|g| g.targets.is_empty() || g.targets.len() > MEMBERS) {
            fault(format!("there may be {GROUPS} groups, each of 1 to {MEMBERS} targets"));
        }
        for ms in self.groups.iter().filter_map(|group| group.ring_for_ms) {
            check_span("ring_for_ms of a group", ms, 1_000, 150_000, fault);
        }
        for target in self.target.iter().chain(self.groups.iter().flat_map(|group| &group.targets)) {
            let target = match target {
                Target::Extension(target) | Target::Uri(target) => target,
                Target::Number(number) => number.reveal(),
                Target::Device(_) => {
                    fault("a device is an agent's own: dial the extension".into());
                    continue;
                }
            };
            if target.is_empty() || target.len() > 256 || target.chars().any(|c| c.is_control() || c.is_whitespace()) {
                fault("the target is empty, too long, or has blanks".into());
            }
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys();
        if line.answered {
            line.start_music(self.music.as_deref().unwrap_or(RINGBACK));
        }
        self.ring(0, line);
        line.wait(now, LONGEST, "the longest conversation");
        (RunState::Dial(State { group: 0, so_far: None }), Go::Stay)
    }

    /// False: there is no such group.
    fn ring(&self, group: usize, line: &mut Line) -> bool {
        let (targets, ring_for_ms) = match (&self.target, self.groups.get(group)) {
            (_, Some(group)) => (group.targets.clone(), group.ring_for_ms.unwrap_or(self.ring_for_ms)),
            (Some(target), None) if group == 0 => (vec![target.clone()], self.ring_for_ms),
            _ => return false,
        };
        line.put(Output::Dial(DialRequest {
            targets,
            from: None,
            ring_for: Duration::from_millis(ring_for_ms.into()),
        }));
        true
    }

    pub(crate) fn on(&self, state: &mut State, line: &mut Line, fact: &Fact) -> Go {
        let outcome = match fact {
            Fact::DialEnded(DialOutcome::Talked) => DialOutcome::Talked,
            Fact::DialEnded(outcome) => {
                let outcome = weightier(state.so_far, *outcome);
                state.so_far = Some(outcome);
                state.group += 1;
                if self.ring(state.group, line) {
                    return Go::Stay;
                }
                outcome
            }
            Fact::Due => return Go::End(Cause::Normal),
            _ => return Go::Stay, // keys go to the other side; music that ends stays away
        };
        let (step, cause) = match outcome {
            DialOutcome::Talked => (&self.after, Cause::Normal),
            DialOutcome::Busy => (&self.on.busy, Cause::Busy),
            DialOutcome::NoAnswer => (&self.on.no_answer, Cause::NoAnswer),
            DialOutcome::Declined => (&self.on.declined, Cause::Declined),
            DialOutcome::Unreachable => (&self.on.unreachable, Cause::Unreachable),
            DialOutcome::Failed => (&self.on.failed, Cause::RemoteFailure),
        };
        Go::to_or_end(step.as_ref(), cause)
    }
}

/// Of two groups that were rung in vain, which outcome is told.
fn weightier(before: Option<DialOutcome>, now: DialOutcome) -> DialOutcome {
    let weight = |outcome: DialOutcome| match outcome {
        DialOutcome::Talked => 5,
        DialOutcome::Declined => 4,
        DialOutcome::NoAnswer => 3,
        DialOutcome::Busy => 2,
        DialOutcome::Failed => 1,
        DialOutcome::Unreachable => 0,
    };
    before.filter(|before| weight(*before) > weight(now)).unwrap_or(now)
}

fn thirty_seconds() -> u32 {
    30_000
}
