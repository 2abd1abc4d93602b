//! How a queue's work finds its agents, as its editors say it.

use crate::problem::Problem;
use ringdesk_model::QueueId;
use ringdesk_routing::{
    Overflow, OverflowTo, OverflowWhen, QueueSetup, QueueStrategy, RelaxStep, Relaxed, Skill, Skills,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// Steps of relaxation, and rules of overflow, of one queue.
const STEPS: usize = 20;
/// A day.
const LONGEST: u64 = 86_400_000;

/// What is not named stays; of a new queue it has its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QueueRouting {
    /// `least_busy`, `longest_idle`, `top_down`, `round_robin`, `ring_all`
    #[schema(value_type = Option<String>)]
    strategy: Option<QueueStrategy>,
    /// Only agents up to this level are asked at first; 0: all.
    first_levels: Option<u8>,
    /// What agents must be able to, with the level that is the least, 1 to 10.
    wants: Option<BTreeMap<String, u8>>,
    /// Agents of the contact's region are asked first (`region:CN-GD`, by the number they call from), until a step of `relax` drops `region`, or
    /// all; there has to be one.
    near: Option<bool>,
    /// How that gets less while somebody waits, in order; at most 20.
    relax: Option<Vec<RelaxRule>>,
    /// Where work goes that is not served in time: the first that applies and can be done; at most 20.
    overflow: Option<Vec<OverflowRule>>,
}

/// After so long in the queue, this much less is wanted. The place in the queue stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelaxRule {
    /// At most a day.
    after_ms: u64,
    /// `drop`, `drop_all`, `lower`, `up_to`
    what: RelaxWhat,
    /// Of `drop` and `lower`: a skill, or the kind before its colon (`language`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skill: Option<String>,
    /// Of `lower` and `up_to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    /// Not later than the moment when nobody present could take it as it is.
    #[serde(default)]
    at_once_if_nobody: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RelaxWhat {
    Drop,
    DropAll,
    Lower,
    UpTo,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverflowRule {
    /// `waited`, `length`, `no_agents`
    when: OverflowCase,
    /// Of `waited`: 1 s to a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_ms: Option<u64>,
    /// Of `length`: so many are there already; at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
    /// Where it goes, with the time it has waited; `null`: back to the flow, as it would when nobody is there, when the queue is full
    /// or when the longest wait is over.
    #[serde(default)]
    queue: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OverflowCase {
    Waited,
    Length,
    NoAgents,
}

impl QueueRouting {
    pub(super) fn of(setup: &QueueSetup) -> QueueRouting {
        QueueRouting {
            strategy: Some(setup.strategy),
            first_levels: Some(setup.first_levels.unwrap_or(0)),
            wants: Some(setup.wants.iter().map(|(skill, level)| (skill.0.clone(), *level)).collect()),
            near: Some(setup.near),
            relax: Some(setup.relax.iter().map(RelaxRule::of).collect()),
            overflow: Some(setup.overflow.iter().map(OverflowRule::of).collect()),
        }
    }

    /// Into the settings of a queue.
    pub(super) fn put(self, settings: &mut Map<String, Value>) -> Result<(), Problem> {
        let mut put = |name: &str, value: Option<Value>| value.map(|value| settings.insert(name.to_owned(), value));
        put("strategy", self.strategy.map(|strategy| json!(strategy)));
        put("first_levels", self.first_levels.map(|level| if level == 0 { Value::Null } else { json!(level) }));
        put("wants", self.wants.map(|wants| json!(skills(wants))));
        put("near", self.near.map(|near| json!(near)));
        let few = |many: usize| match many <= STEPS {
            true => Ok(()),
            false => Err(Problem::invalid(format!("at most {STEPS} steps, and {STEPS} rules"))),
        };
        if let Some(relax) = self.relax {
            few(relax.len())?;
            let steps = relax.into_iter().map(RelaxRule::read).collect::<Result<Vec<_>, _>>()?;
            put("relax", Some(json!(steps)));
        }
        if let Some(overflow) = self.overflow {
            few(overflow.len())?;
            let rules = overflow.into_iter().map(OverflowRule::read).collect::<Result<Vec<_>, _>>()?;
            put("overflow", Some(json!(rules)));
        }
        Ok(())
    }
}

pub(super) fn skills(named: BTreeMap<String, u8>) -> Skills {
    named.into_iter().map(|(name, level)| (Skill(name), level)).collect()
}

impl RelaxRule {
    fn of(step: &RelaxStep) -> RelaxRule {
        let (what, skill, level) = match &step.what {
            Relaxed::Drop(skill) => (RelaxWhat::Drop, Some(skill.clone()), None),
            Relaxed::DropAll => (RelaxWhat::DropAll, None, None),
            Relaxed::Lower { skill, to } => (RelaxWhat::Lower, Some(skill.clone()), Some(*to)),
            Relaxed::UpTo(level) => (RelaxWhat::UpTo, None, Some(*level)),
        };
        let after_ms = step.after.as_millis() as u64;
        RelaxRule { after_ms, what, skill, level, at_once_if_nobody: step.at_once_if_nobody }
    }

    fn read(self) -> Result<RelaxStep, Problem> {
        let RelaxRule { after_ms, what, skill, level, at_once_if_nobody } = self;
        if after_ms > LONGEST {
            return Err(Problem::invalid("a step comes within a day"));
        }
        let skill = skill.filter(|skill| !skill.trim().is_empty());
        let what = match (what, skill, level) {
            (RelaxWhat::Drop, Some(skill), None) => Relaxed::Drop(skill),
            (RelaxWhat::DropAll, None, None) => Relaxed::DropAll,
            (RelaxWhat::Lower, Some(skill), Some(to @ 1..)) => Relaxed::Lower { skill, to },
            (RelaxWhat::UpTo, None, Some(level @ 1..)) => Relaxed::UpTo(level),
            _ => {
                let why = "drop names a skill, lower a skill and a level, up_to a level, drop_all neither";
                return Err(Problem::invalid(why));
            }
        };
        Ok(RelaxStep { after: Duration::from_millis(after_ms), what, at_once_if_nobody })
    }
}

impl OverflowRule {
    fn of(rule: &Overflow) -> OverflowRule {
        let (when, after_ms, length) = match rule.when {
            OverflowWhen::Waited(most) => (OverflowCase::Waited, Some(most.as_millis() as u64), None),
            OverflowWhen::Length(most) => (OverflowCase::Length, None, Some(most)),
            OverflowWhen::NoAgents => (OverflowCase::NoAgents, None, None),
        };
        let queue = match rule.to {
            OverflowTo::Queue(queue) => Some(queue.0),
            OverflowTo::Flow => None,
        };
        OverflowRule { when, after_ms, length, queue }
    }

    fn read(self) -> Result<Overflow, Problem> {
        let when = match (self.when, self.after_ms, self.length) {
            (OverflowCase::Waited, Some(ms @ 1_000..=LONGEST), None) => OverflowWhen::Waited(Duration::from_millis(ms)),
            (OverflowCase::Length, None, Some(most @ 1..)) => OverflowWhen::Length(most),
            (OverflowCase::NoAgents, None, None) => OverflowWhen::NoAgents,
            _ => {
                let why = "waited has after_ms, 1000 to 86400000; length has length, from 1; no_agents has neither";
                return Err(Problem::invalid(why));
            }
        };
        let to = self.queue.map_or(OverflowTo::Flow, |queue| OverflowTo::Queue(QueueId(queue)));
        Ok(Overflow { when, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S7.5, S7.7
    #[test]
    fn what_is_read_says_the_same_again() {
        let said = json!({
            "strategy": "ring_all", "first_levels": 1, "wants": { "billing": 3, "language:zh": 1 }, "near": true,
            "relax": [
                { "after_ms": 30_000, "what": "lower", "skill": "billing", "level": 1, "at_once_if_nobody": true },
                { "after_ms": 60_000, "what": "up_to", "level": 2, "at_once_if_nobody": false },
                { "after_ms": 90_000, "what": "drop", "skill": "language", "at_once_if_nobody": false },
                { "after_ms": 90_000, "what": "drop_all", "at_once_if_nobody": false },
            ],
            "overflow": [
                { "when": "waited", "after_ms": 120_000, "queue": "01930000-0000-7000-8000-000000000001" },
                { "when": "length", "length": 5, "queue": null },
                { "when": "no_agents", "queue": null },
            ],
        });
        let routing: QueueRouting = serde_json::from_value(said.clone()).unwrap();
        let queue = QueueId(Uuid::nil());
        let mut settings = serde_json::to_value(QueueSetup::new(queue, "x")).unwrap().as_object().unwrap().clone();
        routing.put(&mut settings).unwrap();
        let setup: QueueSetup = serde_json::from_value(Value::Object(settings)).unwrap();
        assert_eq!(serde_json::to_value(QueueRouting::of(&setup)).unwrap(), said);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for nonsense in [
            json!({ "relax": [{ "after_ms": 1, "what": "drop" }] }),
            json!({ "relax": [{ "after_ms": 1, "what": "lower", "skill": "x" }] }),
            json!({ "relax": [{ "after_ms": 1, "what": "up_to", "level": 0 }] }),
            json!({ "relax": [{ "after_ms": 86_400_001_u64, "what": "drop_all" }] }),
            json!({ "overflow": [{ "when": "waited" }] }),
            json!({ "overflow": [{ "when": "length", "length": 0 }] }),
            json!({ "overflow": [{ "when": "no_agents", "length": 3 }] }),
            json!({ "overflow": vec![json!({ "when": "no_agents" }); 21] }),
        ] {
            let routing: QueueRouting = serde_json::from_value(nonsense.clone()).unwrap();
            assert!(routing.put(&mut Map::new()).is_err(), "{nonsense}");
        }
    }
}
