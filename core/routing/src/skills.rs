//! What work wants of an agent, what agents can, and how a wish gets smaller while it waits.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A skill, plain (`billing`) or of a kind (`language:zh`, `region:310`, `group:repair`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skill(pub String);

impl Skill {
    /// Is that its name, or its kind?
    pub fn is(&self, name: &str) -> bool {
        self.0 == name || self.0.split_once(':').is_some_and(|(kind, _)| kind == name)
    }
}

/// With a level each: what an agent can, or what work wants at least. 1 is a little; more is better.
pub type Skills = BTreeMap<Skill, u8>;

/// After so long in the queue, this much less is wanted. The place in the queue stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelaxStep {
    /// Since it came into this queue. A step begins after the one before it.
    pub after: Duration,
    pub what: Relaxed,
    /// Not later than the moment when nobody present could take it as it is. Present and busy is worth the wait.
    #[serde(default)]
    pub at_once_if_nobody: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relaxed {
    /// This skill, or all of this kind, is wanted no more.
    Drop(String),
    DropAll,
    /// This skill, or each of this kind, at that level is enough.
    Lower {
        skill: String,
        to: u8,
    },
    /// Agents up to this level of the queue are asked too.
    UpTo(u8),
}

/// What is wanted at one moment: items with the same demand wait in one lane, and only its head is looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Demand {
    pub(crate) skills: Skills,
    /// Agents up to this level of the queue.
    pub(crate) up_to: u8,
}

impl Demand {
    /// After these steps.
    pub(crate) fn after(wanted: &Skills, up_to: Option<u8>, steps: &[RelaxStep]) -> Demand {
        let mut demand = Demand { skills: wanted.clone(), up_to: up_to.unwrap_or(u8::MAX) };
        for step in steps {
            match &step.what {
                Relaxed::Drop(name) => demand.skills.retain(|skill, _| !skill.is(name)),
                Relaxed::DropAll => demand.skills.clear(),
                Relaxed::Lower { skill: name, to } => {
                    let of_name = demand.skills.iter_mut().filter(|(skill, _)| skill.is(name));
                    of_name.for_each(|(_, level)| *level = (*level).min(*to));
                }
                Relaxed::UpTo(level) => demand.up_to = demand.up_to.max(*level),
            }
        }
        demand
    }

    pub(crate) fn is_met(&self, level: u8, skills: &Skills) -> bool {
        level <= self.up_to
            && self.skills.iter().all(|(skill, least)| skills.get(skill).is_some_and(|has| has >= least))
    }

    /// How well: the sum of the levels in what is wanted.
    pub(crate) fn fit(&self, skills: &Skills) -> u32 {
        self.skills.keys().filter_map(|skill| skills.get(skill)).map(|level| u32::from(*level)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skills(of: &[(&str, u8)]) -> Skills {
        of.iter().map(|(name, level)| (Skill((*name).to_owned()), *level)).collect()
    }

    fn step(what: Relaxed) -> RelaxStep {
        RelaxStep { after: Duration::from_secs(30), what, at_once_if_nobody: false }
    }

    /// Rows: S7.1, S7.5
    #[test]
    fn steps_make_a_demand_smaller_one_after_the_other() {
        let wanted = skills(&[("language:zh", 3), ("language:en", 2), ("billing", 4)]);
        let lower = step(Relaxed::Lower { skill: "billing".into(), to: 2 });
        let raise = step(Relaxed::Lower { skill: "billing".into(), to: 5 });
        let table = [
            (vec![], &[("language:zh", 3), ("language:en", 2), ("billing", 4)][..], 1),
            (vec![step(Relaxed::Drop("language".into()))], &[("billing", 4)][..], 1),
            (vec![step(Relaxed::Drop("language:zh".into()))], &[("language:en", 2), ("billing", 4)][..], 1),
            (vec![lower.clone()], &[("language:zh", 3), ("language:en", 2), ("billing", 2)][..], 1),
            (vec![lower, raise], &[("language:zh", 3), ("language:en", 2), ("billing", 2)][..], 1),
            (vec![step(Relaxed::DropAll), step(Relaxed::UpTo(3))], &[][..], 3),
        ];
        for (steps, left, up_to) in table {
            let demand = Demand::after(&wanted, Some(1), &steps);
            assert_eq!((demand.skills, demand.up_to), (skills(left), up_to), "{steps:?}");
        }
    }

    /// Rows: S7.1
    #[test]
    fn who_has_each_skill_at_its_level_meets_a_demand() {
        let demand = Demand::after(&skills(&[("language:zh", 2), ("billing", 1)]), Some(2), &[]);
        let table = [
            (1, &[("language:zh", 2), ("billing", 1)][..], true, 3),
            (1, &[("language:zh", 5), ("billing", 3), ("sales", 9)][..], true, 8),
            (1, &[("language:zh", 1), ("billing", 9)][..], false, 10),
            (1, &[("language:zh", 2)][..], false, 2),
            (3, &[("language:zh", 2), ("billing", 1)][..], false, 3),
        ];
        for (level, has, met, fit) in table {
            assert_eq!((demand.is_met(level, &skills(has)), demand.fit(&skills(has))), (met, fit), "{level} {has:?}");
        }
    }
}
