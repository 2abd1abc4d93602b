//! `dial`: ring somebody and bridge him with the caller. A caller who was not answered yet hears the ringing of his own
//! network and is answered together with the other side.

use super::{Exit, Go, check_span};
use crate::Output;
use crate::line::{Fact, Line};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Cause, DialOutcome, DialRequest, RINGBACK, Target};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A call ends long before this.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dial {
    /// `{"extension": "2001"}`, `{"number": "+4930123"}`, `{"uri": "sip:…"}`
    pub target: Target,
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
        let target = match &self.target {
            Target::Extension(target) | Target::Uri(target) => target,
            Target::Number(number) => number.reveal(),
        };
        if target.is_empty() || target.len() > 256 || target.chars().any(|c| c.is_control() || c.is_whitespace()) {
            fault("the target is empty, too long, or has blanks".into());
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> Go {
        line.forget_keys();
        if line.answered {
            line.start_music(self.music.as_deref().unwrap_or(RINGBACK));
        }
        let ring_for = Duration::from_millis(self.ring_for_ms.into());
        line.put(Output::Dial(DialRequest { target: self.target.clone(), from: None, ring_for }));
        line.wait(now, LONGEST, "the longest conversation");
        Go::Stay
    }

    pub(crate) fn on(&self, fact: &Fact) -> Go {
        let outcome = match fact {
            Fact::DialEnded(outcome) => outcome,
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

fn thirty_seconds() -> u32 {
    30_000
}
