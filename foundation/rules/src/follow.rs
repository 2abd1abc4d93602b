//! What comes of rules in an order that is seen: the first that says something of a place decides it; tags and notices add up.
//!
//! A tag that a rule sets is an event like one that a person sets, so rules may follow from rules. That ends: each rule is
//! followed once for what has happened, and a chain is at most so long.

use crate::rule::{Action, Occasion, Rule};
use crate::{Because, Fact, Facts};
use std::collections::{BTreeSet, VecDeque};

/// Rules that follow from each other.
const LONGEST: usize = 5;
/// Tags of the conversation, tags of the contact, and the tag that has just been set.
pub const TAG: &str = "tag";
pub const CONTACT_TAG: &str = "contact_tag";
pub const SET_TAG: &str = "set_tag";

/// Something has happened to a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Begins,
    /// With this one.
    Tagged(String),
    Closed,
    CallBegins,
    CallClosed,
}

impl Event {
    fn occasion(&self) -> Occasion {
        match self {
            Event::Begins => Occasion::Begins,
            Event::Tagged(_) => Occasion::Tagged,
            Event::Closed => Occasion::Closed,
            Event::CallBegins => Occasion::CallBegins,
            Event::CallClosed => Occasion::CallClosed,
        }
    }
}

/// What came of all rules. A rule is named by its place, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// In order, with the rule that says so.
    pub done: Vec<(usize, Action)>,
    /// What a rule would have done, if one before it had not.
    pub overruled: Vec<(usize, Action)>,
    pub held: Vec<Held>,
    /// The chain was longer than rules are followed.
    pub cut: bool,
}

/// A rule that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub rule: usize,
    pub because: Vec<Because>,
    /// The rule whose tag it follows from.
    pub after: Option<usize>,
}

/// Follow all rules from what has happened.
pub fn follow(rules: &[Rule], events: &[Event], facts: &Facts) -> Decision {
    let mut facts = facts.clone();
    let mut decision = Decision::default();
    let mut settled = BTreeSet::new();
    let mut followed = BTreeSet::new();
    let mut open: VecDeque<(Event, Option<usize>, usize)> = events.iter().map(|e| (e.clone(), None, 0)).collect();
    while let Some((event, after, length)) = open.pop_front() {
        if length > LONGEST {
            decision.cut = true;
            break;
        }
        match &event {
            Event::Tagged(tag) => facts.insert(SET_TAG.to_owned(), Fact::Word(tag.clone())),
            Event::Begins | Event::Closed | Event::CallBegins | Event::CallClosed => facts.remove(SET_TAG),
        };
        for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.disabled && rule.on == event.occasion()) {
            if followed.contains(&at) || !rule.when.holds(&facts) {
                continue;
            }
            followed.insert(at);
            decision.held.push(Held { rule: at, because: rule.when.because(&facts), after });
            for action in &rule.then {
                if !settled.insert(action.place()) {
                    decision.overruled.push((at, action.clone()));
                    continue;
                }
                let changes = match action {
                    Action::Tag(tag) => {
                        let new = mark(&mut facts, TAG, tag);
                        if new {
                            open.push_back((Event::Tagged(tag.clone()), Some(at), length + 1));
                        }
                        new
                    }
                    Action::Untag(tag) => unmark(&mut facts, TAG, tag),
                    Action::ContactTag(tag) => mark(&mut facts, CONTACT_TAG, tag),
                    Action::ContactUntag(tag) => unmark(&mut facts, CONTACT_TAG, tag),
                    _ => true,
                };
                if changes {
                    decision.done.push((at, action.clone()));
                }
            }
            if rule.last {
                break;
            }
        }
    }
    decision
}

/// False: it is there already.
fn mark(facts: &mut Facts, place: &str, tag: &str) -> bool {
    let fact = facts.entry(place.to_owned()).or_insert_with(|| Fact::Words(Vec::new()));
    match fact {
        Fact::Words(tags) if tags.iter().any(|there| there == tag) => return false,
        Fact::Words(tags) => tags.push(tag.to_owned()),
        Fact::Word(_) | Fact::Number(_) => *fact = Fact::Words(vec![tag.to_owned()]),
    }
    true
}

/// False: it is not there.
fn unmark(facts: &mut Facts, place: &str, tag: &str) -> bool {
    let Some(Fact::Words(tags)) = facts.get_mut(place) else { return false };
    let before = tags.len();
    tags.retain(|there| there != tag);
    tags.len() < before
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Note, Priority, Queue, Tag, Untag};

    const ALWAYS: &str = r#"{"all":[]}"#;

    fn rule(name: &str, on: Occasion, when: &str, then: &[Action]) -> Rule {
        let when = serde_json::from_str(when).unwrap();
        Rule { name: name.into(), on, when, then: then.to_vec(), last: false, disabled: false }
    }

    fn places(decision: &Decision) -> Vec<usize> {
        decision.held.iter().map(|held| held.rule).collect()
    }

    fn set(tag: &str) -> String {
        format!(r#"{{"is":{{"fact":"set_tag","one_of":["{tag}"]}}}}"#)
    }

    /// Rows: S13.5, S7.7
    #[test]
    fn the_first_decides_and_the_others_are_seen() {
        let vip = r#"{"is":{"fact":"tier","one_of":["vip"]}}"#;
        let refund = r#"{"says":{"fact":"text","words":["退款"]}}"#;
        let on = Occasion::Begins;
        let mut rules = vec![
            rule("off", on, ALWAYS, &[Queue("nowhere".into())]),
            rule("vip", on, vip, &[Queue("vip".into()), Priority(10), Tag("VIP".into())]),
            rule("refund", on, refund, &[Queue("refund".into()), Tag("退款".into()), Tag("VIP".into())]),
            rule("all", on, ALWAYS, &[Queue("general".into()), Note("be kind".into())]),
            rule("end", Occasion::Closed, ALWAYS, &[Note("over".into())]),
        ];
        rules[0].disabled = true;
        let facts =
            Facts::from([("tier".into(), Fact::Word("vip".into())), ("text".into(), Fact::Word("我要退款".into()))]);
        let decision = follow(&rules, &[Event::Begins], &facts);
        assert_eq!(places(&decision), [1, 2, 3]);
        let done = [
            (1, Queue("vip".into())),
            (1, Priority(10)),
            (1, Tag("VIP".into())),
            (2, Tag("退款".into())),
            (3, Note("be kind".into())),
        ];
        assert_eq!(decision.done, done);
        assert_eq!(
            decision.overruled,
            [(2, Queue("refund".into())), (2, Tag("VIP".into())), (3, Queue("general".into()))]
        );
        assert_eq!(decision.held[1].because[0].found, "退款");
        rules[2].last = true;
        assert_eq!(places(&follow(&rules, &[Event::Begins], &facts)), [1, 2]);
        assert_eq!(follow(&rules, &[Event::Begins], &Facts::new()).done[0], (3, Queue("general".into())));
        assert_eq!(follow(&rules, &[Event::Closed], &facts).done, [(4, Note("over".into()))]);
    }

    /// Rows: S9.10
    #[test]
    fn rules_that_follow_from_rules_come_to_an_end() {
        let on = Occasion::Tagged;
        let rules = [
            rule("a", on, &set("a"), &[Untag("a".into()), Tag("b".into())]),
            rule("b", on, &set("b"), &[Untag("b".into()), Tag("a".into())]),
        ];
        let tagged = Facts::from([("tag".into(), Fact::Words(vec!["a".into()]))]);
        let decision = follow(&rules, &[Event::Tagged("a".into())], &tagged);
        assert_eq!(decision.done, [(0, Untag("a".into())), (0, Tag("b".into()))], "b gives nothing back that a took");
        assert_eq!(decision.overruled, [(1, Untag("b".into())), (1, Tag("a".into()))]);
        assert_eq!(decision.held[1].after, Some(0));

        // Each sets the next one's.
        let long: Vec<Rule> =
            (0..20).map(|n| rule(&n.to_string(), on, &set(&format!("t{n}")), &[Tag(format!("t{}", n + 1))])).collect();
        let decision = follow(&long, &[Event::Tagged("t0".into())], &Facts::new());
        assert!(decision.cut);
        assert_eq!(decision.held.len(), LONGEST + 1);
    }

    /// Rows: S9.10
    #[test]
    fn what_is_set_already_sets_nothing_off() {
        let rules = [
            rule("mark", Occasion::Begins, ALWAYS, &[Tag("x".into()), Untag("y".into())]),
            rule("then", Occasion::Tagged, ALWAYS, &[Note("x was set".into())]),
        ];
        let there = Facts::from([("tag".into(), Fact::Words(vec!["x".into()]))]);
        assert!(follow(&rules, &[Event::Begins], &there).done.is_empty());
        let new = follow(&rules, &[Event::Begins], &Facts::new());
        assert_eq!(new.done, [(0, Tag("x".into())), (1, Note("x was set".into()))]);
    }
}
