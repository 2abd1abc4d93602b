//! When something holds: a tree over named facts.
//!
//! ```json
//! { "all": [ { "is": { "fact": "channel", "one_of": ["phone"] } },
//!            { "not": { "is": { "fact": "tier", "one_of": ["standard"] } } },
//!            { "any": [ { "says": { "fact": "text", "words": ["退款", "refund"] } },
//!                       { "at_least": { "fact": "spend", "number": 1000 } } ] } ] }
//! ```
//! A fact that is not known makes every test of it fail, and so its `not` hold.

use crate::words::Text;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const DEEPEST: usize = 8;
const TESTS: usize = 200;
const LIST: usize = 500;
const WORD: usize = 200;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Each; an empty one holds.
    All(Vec<Condition>),
    /// One at least; an empty one never holds.
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// The fact, or one of its words, is one of these. Width, case and traditional characters do not count.
    Is {
        fact: String,
        one_of: Vec<String>,
    },
    /// The text says one of these words.
    Says {
        fact: String,
        words: Vec<String>,
    },
    AtLeast {
        fact: String,
        number: f64,
    },
    AtMost {
        fact: String,
        number: f64,
    },
    /// It is known at all.
    Known {
        fact: String,
    },
}

/// What is known of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    Number(f64),
    Word(String),
    /// Tags, choices: several at a time.
    Words(Vec<String>),
}

pub type Facts = BTreeMap<String, Fact>;

/// A test that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    pub fact: String,
    /// Which of the words of the test, or what number the fact is.
    pub found: String,
    /// The test did not hold, and that was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
}

/// What is wrong, and where (a JSON pointer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct ConditionFault {
    pub pointer: String,
    pub detail: &'static str,
}

impl Condition {
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Condition::All(each) => each.iter().all(|condition| condition.holds(facts)),
            Condition::Any(each) => each.iter().any(|condition| condition.holds(facts)),
            Condition::Not(condition) => !condition.holds(facts),
            Condition::Is { fact, one_of } => facts.get(fact).is_some_and(|fact| {
                let wanted: Vec<String> = one_of.iter().map(|word| form(word)).collect();
                fact.words().iter().any(|word| wanted.contains(&form(word)))
            }),
            Condition::Says { fact, words } => facts.get(fact).is_some_and(|fact| {
                fact.words().iter().any(|text| {
                    let text = Text::new(text);
                    words.iter().any(|word| text.says(word))
                })
            }),
            Condition::AtLeast { fact, number } => facts.get(fact).and_then(Fact::number).is_some_and(|n| n >= *number),
            Condition::AtMost { fact, number } => facts.get(fact).and_then(Fact::number).is_some_and(|n| n <= *number),
            Condition::Known { fact } => facts.contains_key(fact),
        }
    }

    /// Why it holds: the tests that counted, in their order. Of one that does not: why not.
    pub fn because(&self, facts: &Facts) -> Vec<Because> {
        let mut reasons = Vec::new();
        self.reasons(facts, self.holds(facts), &mut reasons);
        reasons
    }

    fn reasons(&self, facts: &Facts, holds: bool, reasons: &mut Vec<Because>) {
        match (self, holds) {
            (Condition::All(each), true) | (Condition::Any(each), false) => {
                each.iter().for_each(|condition| condition.reasons(facts, holds, reasons));
            }
            (Condition::All(each), false) | (Condition::Any(each), true) => {
                // One is enough.
                if let Some(one) = each.iter().find(|condition| condition.holds(facts) == holds) {
                    one.reasons(facts, holds, reasons);
                }
            }
            (Condition::Not(condition), holds) => condition.reasons(facts, !holds, reasons),
            (test, holds) => reasons.extend(test.reason(facts, holds)),
        }
    }

    /// Of a single test.
    fn reason(&self, facts: &Facts, holds: bool) -> Option<Because> {
        let (fact, found) = match self {
            Condition::Is { fact, one_of: list } | Condition::Says { fact, words: list } => {
                let alone = |word: &&String| {
                    let (fact, word) = (fact.clone(), vec![(*word).clone()]);
                    let one = match self {
                        Condition::Is { .. } => Condition::Is { fact, one_of: word },
                        _ => Condition::Says { fact, words: word },
                    };
                    one.holds(facts) == holds
                };
                let counted: Vec<&str> = list.iter().filter(alone).map(String::as_str).collect();
                (fact, counted.join(", "))
            }
            Condition::AtLeast { fact, number } | Condition::AtMost { fact, number } => {
                let is = facts.get(fact).and_then(Fact::number);
                (fact, is.unwrap_or(*number).to_string())
            }
            Condition::Known { fact } => (fact, String::new()),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => return None,
        };
        Some(Because { fact: fact.clone(), found, not: !holds })
    }

    /// The facts it asks for.
    pub fn asks(&self, named: &mut BTreeSet<String>) {
        match self {
            Condition::All(each) | Condition::Any(each) => each.iter().for_each(|condition| condition.asks(named)),
            Condition::Not(condition) => condition.asks(named),
            Condition::Is { fact, .. }
            | Condition::Says { fact, .. }
            | Condition::AtLeast { fact, .. }
            | Condition::AtMost { fact, .. }
            | Condition::Known { fact } => {
                named.insert(fact.clone());
            }
        }
    }

    /// Everything that is wrong with it. `known`: the facts there can be.
    pub fn check(&self, known: &dyn Fn(&str) -> bool) -> Vec<ConditionFault> {
        let mut faults = Vec::new();
        let mut tests = 0;
        self.check_at(String::new(), 1, known, &mut tests, &mut faults);
        if tests > TESTS {
            faults.push(ConditionFault { pointer: String::new(), detail: "more than 200 tests" });
        }
        faults
    }

    fn check_at(
        &self,
        at: String,
        depth: usize,
        known: &dyn Fn(&str) -> bool,
        tests: &mut usize,
        faults: &mut Vec<ConditionFault>,
    ) {
        *tests += 1;
        if depth > DEEPEST {
            return faults.push(ConditionFault { pointer: at, detail: "deeper than 8 levels" });
        }
        let name = self.name();
        let mut fault = |pointer: String, detail| faults.push(ConditionFault { pointer, detail });
        match self {
            Condition::All(each) | Condition::Any(each) => {
                for (n, condition) in each.iter().enumerate() {
                    condition.check_at(format!("{at}/{name}/{n}"), depth + 1, known, tests, faults);
                }
            }
            Condition::Not(condition) => condition.check_at(format!("{at}/{name}"), depth + 1, known, tests, faults),
            Condition::Is { fact, one_of: list } | Condition::Says { fact, words: list } => {
                if !known(fact) {
                    fault(format!("{at}/{name}/fact"), "there is no such fact");
                }
                let fits = |word: &String| !word.trim().is_empty() && word.chars().count() <= WORD;
                if list.is_empty() || list.len() > LIST || !list.iter().all(fits) {
                    fault(format!("{at}/{name}"), "1 to 500 words of at most 200 characters");
                }
            }
            Condition::AtLeast { fact, number } | Condition::AtMost { fact, number } => {
                if !known(fact) {
                    fault(format!("{at}/{name}/fact"), "there is no such fact");
                }
                if !number.is_finite() {
                    fault(format!("{at}/{name}/number"), "no number");
                }
            }
            Condition::Known { fact } => {
                if !known(fact) {
                    fault(format!("{at}/{name}/fact"), "there is no such fact");
                }
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Condition::All(_) => "all",
            Condition::Any(_) => "any",
            Condition::Not(_) => "not",
            Condition::Is { .. } => "is",
            Condition::Says { .. } => "says",
            Condition::AtLeast { .. } => "at_least",
            Condition::AtMost { .. } => "at_most",
            Condition::Known { .. } => "known",
        }
    }
}

impl Fact {
    fn words(&self) -> Vec<String> {
        match self {
            Fact::Number(number) => vec![number.to_string()],
            Fact::Word(word) => vec![word.clone()],
            Fact::Words(words) => words.clone(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Fact::Number(number) => Some(*number),
            Fact::Word(word) => word.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Fact::Words(_) => None,
        }
    }
}

fn form(word: &str) -> String {
    ringdesk_language::search::folded(word.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition(text: &str) -> Condition {
        serde_json::from_str(text).unwrap()
    }

    fn facts() -> Facts {
        let word = |w: &str| Fact::Word(w.to_owned());
        Facts::from([
            ("channel".into(), word("phone")),
            ("tier".into(), word("vip")),
            ("text".into(), word("我要退款 please")),
            ("spend".into(), word("1500.5")),
            ("waited".into(), Fact::Number(30.0)),
            ("tags".into(), Fact::Words(vec!["投訴".into(), "老客户".into()])),
        ])
    }

    /// Rows: S13.5
    #[test]
    fn trees_hold_or_do_not() {
        for (text, holds) in [
            (r#"{"all":[]}"#, true),
            (r#"{"any":[]}"#, false),
            (r#"{"is":{"fact":"channel","one_of":["web_chat","Phone"]}}"#, true),
            (r#"{"is":{"fact":"tags","one_of":["投诉"]}}"#, true),
            (r#"{"is":{"fact":"waited","one_of":["30"]}}"#, true),
            (r#"{"not":{"is":{"fact":"channel","one_of":["phone"]}}}"#, false),
            (r#"{"not":{"is":{"fact":"region","one_of":["north"]}}}"#, true),
            (r#"{"says":{"fact":"text","words":["換貨","退款"]}}"#, true),
            (r#"{"says":{"fact":"text","words":["plea"]}}"#, false),
            (r#"{"at_least":{"fact":"spend","number":1500}}"#, true),
            (r#"{"at_most":{"fact":"spend","number":1500}}"#, false),
            (r#"{"at_least":{"fact":"tier","number":0}}"#, false),
            (r#"{"known":{"fact":"tier"}}"#, true),
            (r#"{"known":{"fact":"region"}}"#, false),
            (
                r#"{"all":[{"known":{"fact":"tier"}},{"any":[{"known":{"fact":"region"}},{"known":{"fact":"text"}}]}]}"#,
                true,
            ),
        ] {
            assert_eq!(condition(text).holds(&facts()), holds, "{text}");
        }
    }

    #[test]
    fn faults_say_where() {
        let known = |fact: &str| fact == "tier";
        let bad = r#"{"all":[{"known":{"fact":"tier"}},{"not":{"is":{"fact":"x","one_of":[]}}}]}"#;
        let at: Vec<String> = condition(bad).check(&known).into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(at, ["/all/1/not/is/fact", "/all/1/not/is"]);
        let mut deep = Condition::All(Vec::new());
        for _ in 0..DEEPEST {
            deep = Condition::Not(Box::new(deep));
        }
        assert_eq!(deep.check(&known).len(), 1);
        let wide = Condition::All(vec![Condition::All(Vec::new()); TESTS]);
        assert_eq!(wide.check(&known).len(), 1);
        assert!(serde_json::from_str::<Condition>(r#"{"is":{"fact":"x","one_of":["a"],"else":1}}"#).is_err());
        assert!(serde_json::from_str::<Condition>(r#"{"maybe":[]}"#).is_err());
    }

    fn conditions() -> impl Strategy<Value = Condition> {
        let fact = || prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
        let leaf = prop_oneof![
            fact().prop_map(|fact| Condition::Known { fact }),
            (fact(), 0u8..4).prop_map(|(fact, n)| Condition::Is { fact, one_of: vec![n.to_string()] }),
            (fact(), 0u8..4).prop_map(|(fact, n)| Condition::AtLeast { fact, number: f64::from(n) }),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
                inner.prop_map(|c| Condition::Not(Box::new(c))),
            ]
        })
    }

    #[test]
    fn a_reason_names_the_tests_that_counted() {
        let why = |text: &str| {
            let said = |b: Because| format!("{}{}={}", if b.not { "!" } else { "" }, b.fact, b.found);
            condition(text).because(&facts()).into_iter().map(said).collect::<Vec<_>>()
        };
        let phone = r#"{"is":{"fact":"channel","one_of":["chat","PHONE"]}}"#;
        let vip = r#"{"is":{"fact":"tier","one_of":["standard","preferred"]}}"#;
        assert_eq!(why(phone), ["channel=PHONE"]);
        assert_eq!(
            why(&format!(r#"{{"all":[{phone},{{"not":{vip}}}]}}"#)),
            ["channel=PHONE", "!tier=standard, preferred"]
        );
        assert_eq!(why(&format!(r#"{{"any":[{vip},{phone}]}}"#)), ["channel=PHONE"], "one of them is enough");
        assert!(why(r#"{"all":[]}"#).is_empty(), "always");
        let mut asked = BTreeSet::new();
        condition(&format!(r#"{{"any":[{{"not":{vip}}},{{"at_most":{{"fact":"spend","number":3}}}}]}}"#))
            .asks(&mut asked);
        assert_eq!(asked.into_iter().collect::<Vec<_>>(), ["spend", "tier"]);
    }

    proptest! {
        /// De Morgan, and what is kept as JSON is the same condition.
        #[test]
        fn trees_follow_logic(all in prop::collection::vec(conditions(), 0..4), known in prop::collection::btree_map("[abc]", 0u8..4, 0..3)) {
            let facts: Facts = known.into_iter().map(|(fact, n)| (fact, Fact::Number(f64::from(n)))).collect();
            let not = |c: &Condition| Condition::Not(Box::new(c.clone()));
            let one = Condition::Not(Box::new(Condition::All(all.clone())));
            let other = Condition::Any(all.iter().map(not).collect());
            prop_assert_eq!(one.holds(&facts), other.holds(&facts));
            let kept: Condition = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
            prop_assert_eq!(kept, one);
        }
    }
}
