//! Rules in an order that is seen: the first that says something of a place decides it; marks and notices add up.

use crate::{Condition, Facts};
use serde::{Deserialize, Serialize};

/// What an account writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    pub when: Condition,
    pub then: Vec<Action>,
    /// No rule after it is looked at where it holds.
    #[serde(default)]
    pub last: bool,
    #[serde(default)]
    pub disabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Queue(String),
    /// In minutes of waiting.
    Priority(i16),
    /// The id of a prompt, or a text.
    Greeting(String),
    Tag(String),
    /// A line for who answers.
    Notice(String),
}

impl Action {
    /// Of these one counts.
    fn is_alone(&self) -> bool {
        matches!(self, Action::Queue(_) | Action::Priority(_) | Action::Greeting(_))
    }
}

/// What came of all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What is done, in order, and the place of the rule (from 0) that says so.
    pub done: Vec<(usize, Action)>,
    /// What a rule would have done, if one before it had not.
    pub overruled: Vec<(usize, Action)>,
    /// The rules that hold.
    pub held: Vec<usize>,
}

pub fn decide(rules: &[Rule], facts: &Facts) -> Decision {
    let mut decision = Decision::default();
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.disabled) {
        if !rule.when.holds(facts) {
            continue;
        }
        decision.held.push(at);
        for action in &rule.then {
            let same = |done: &Action| {
                std::mem::discriminant(done) == std::mem::discriminant(action) && (action.is_alone() || done == action)
            };
            let place = match decision.done.iter().any(|(_, done)| same(done)) {
                true => &mut decision.overruled,
                false => &mut decision.done,
            };
            place.push((at, action.clone()));
        }
        if rule.last {
            break;
        }
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fact;

    fn rule(name: &str, when: &str, then: &[Action]) -> Rule {
        let when = serde_json::from_str(when).unwrap();
        Rule { name: name.into(), when, then: then.to_vec(), last: false, disabled: false }
    }

    /// Rows: S13.5
    #[test]
    fn the_first_decides_and_the_others_are_seen() {
        use Action::{Notice, Priority, Queue, Tag};
        let vip = r#"{"is":{"fact":"tier","one_of":["vip"]}}"#;
        let refund = r#"{"says":{"fact":"text","words":["退款"]}}"#;
        let mut rules = vec![
            rule("off", r#"{"all":[]}"#, &[Queue("nowhere".into())]),
            rule("vip", vip, &[Queue("vip".into()), Priority(10), Tag("VIP".into())]),
            rule("refund", refund, &[Queue("refund".into()), Tag("退款".into()), Tag("VIP".into())]),
            rule("all", r#"{"all":[]}"#, &[Queue("general".into()), Notice("be kind".into())]),
        ];
        rules[0].disabled = true;
        let facts =
            Facts::from([("tier".into(), Fact::Word("vip".into())), ("text".into(), Fact::Word("我要退款".into()))]);
        let decision = decide(&rules, &facts);
        assert_eq!(decision.held, [1, 2, 3]);
        let done = [
            (1, Queue("vip".into())),
            (1, Priority(10)),
            (1, Tag("VIP".into())),
            (2, Tag("退款".into())),
            (3, Notice("be kind".into())),
        ];
        assert_eq!(decision.done, done);
        assert_eq!(
            decision.overruled,
            [(2, Queue("refund".into())), (2, Tag("VIP".into())), (3, Queue("general".into()))]
        );
        rules[2].last = true;
        assert_eq!(decide(&rules, &facts).held, [1, 2]);
        assert_eq!(decide(&rules, &Facts::new()).done[0], (3, Queue("general".into())));
    }

    #[test]
    fn rules_are_kept_as_they_are_written() {
        let text = r#"{"name":"vip","when":{"known":{"fact":"tier"}},"then":[{"queue":"vip"},{"priority":5}]}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(rule.then, [Action::Queue("vip".into()), Action::Priority(5)]);
        assert_eq!(serde_json::from_str::<Rule>(&serde_json::to_string(&rule).unwrap()).unwrap(), rule);
    }
}
