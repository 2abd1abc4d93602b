//! A rule as an account writes it: on what occasion, when, what then.

use crate::{Condition, ConditionFault};
use serde::{Deserialize, Serialize};

const NAME: usize = 64;
const ACTIONS: usize = 10;
const GREETING: usize = 2_000;
const LINE: usize = 500;
const TITLE: usize = 200;
/// A day of waiting is worth more than any queue is long.
const MOST_MINUTES: i16 = 1_440;
/// A month, in minutes.
const LATEST: u32 = 43_200;
/// For which a rule keeps somebody out.
const MOST_DAYS: u32 = 365;

/// ```json
/// { "name": "refunds", "on": "begins", "when": { "says": { "fact": "text", "words": ["退款", "refund"] } },
///   "then": [{ "queue": "0197…" }, { "priority": 5 }, { "tag": "0197…" }], "last": false, "disabled": false }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    #[serde(default)]
    pub on: Occasion,
    pub when: Condition,
    pub then: Vec<Action>,
    /// No rule after it is looked at where it holds.
    #[serde(default)]
    pub last: bool,
    #[serde(default)]
    pub disabled: bool,
}

/// What has to happen for a rule to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A conversation by text begins.
    #[default]
    Begins,
    /// A tag is set on it.
    Tagged,
    /// It is closed.
    Closed,
    /// A caller comes to a queue, for the first time in their call.
    CallBegins,
    /// A call is over.
    CallClosed,
}

/// Queues, tags and types of tickets are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    Queue(String),
    /// In minutes of waiting.
    Priority(i16),
    /// Said to the contact.
    Greeting(String),
    /// On the conversation.
    Tag(String),
    Untag(String),
    /// On the contact.
    ContactTag(String),
    ContactUntag(String),
    /// A line for who answers.
    Note(String),
    /// A line for the leaders, at once.
    Notice(String),
    Ticket {
        kind: String,
        title: String,
    },
    /// Somebody calls the contact.
    Callback {
        in_minutes: u32,
        queue: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// The contact is kept out from their next text or call on. For a time: for good is for people to decide.
    Block {
        days: u32,
    },
}

impl Action {
    /// What it decides: of two actions in one place the first counts.
    pub(crate) fn place(&self) -> (&'static str, &str) {
        match self {
            Action::Queue(_) => ("queue", ""),
            Action::Priority(_) => ("priority", ""),
            Action::Greeting(_) => ("greeting", ""),
            Action::Tag(tag) | Action::Untag(tag) => ("tag", tag),
            Action::ContactTag(tag) | Action::ContactUntag(tag) => ("contact_tag", tag),
            Action::Note(text) => ("note", text),
            Action::Notice(text) => ("notice", text),
            Action::Ticket { kind, .. } => ("ticket", kind),
            Action::Callback { .. } => ("callback", ""),
            Action::Block { .. } => ("block", ""),
        }
    }

    /// Of use only before anybody has the conversation in hand.
    fn is_first(&self) -> bool {
        matches!(self, Action::Queue(_) | Action::Priority(_) | Action::Greeting(_))
    }

    fn fault(&self, on: Occasion) -> Option<&'static str> {
        let written = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        match self {
            action if action.is_first() && !matches!(on, Occasion::Begins | Occasion::CallBegins) => {
                Some("a queue, a priority and a greeting are given when a conversation begins")
            }
            Action::Priority(minutes) if !(-MOST_MINUTES..=MOST_MINUTES).contains(minutes) => {
                Some("a priority is worth at most 1440 minutes")
            }
            Action::Greeting(text) if !written(text, GREETING) => Some("a greeting has 1 to 2000 characters"),
            Action::Note(text) | Action::Notice(text) if !written(text, LINE) => Some("a line has 1 to 500 characters"),
            Action::Ticket { title, .. } if !written(title, TITLE) => Some("a title has 1 to 200 characters"),
            Action::Block { days } if !(1..=MOST_DAYS).contains(days) => Some("somebody is kept out for 1 to 365 days"),
            Action::Callback { in_minutes, .. } if *in_minutes > LATEST => Some("a callback is within 30 days"),
            Action::Callback { note, .. } if note.chars().count() > LINE => Some("a line has 1 to 500 characters"),
            _ => None,
        }
    }
}

impl Rule {
    /// Everything that is wrong with it. `known`: the facts there can be.
    pub fn check(&self, known: &dyn Fn(&str) -> bool) -> Vec<ConditionFault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, detail| faults.push(ConditionFault { pointer, detail });
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
            fault("/name".into(), "a name is one line of at most 64 characters");
        }
        if self.then.is_empty() || self.then.len() > ACTIONS {
            fault("/then".into(), "a rule does 1 to 10 things");
        }
        for (n, action) in self.then.iter().enumerate() {
            if let Some(detail) = action.fault(self.on) {
                fault(format!("/then/{n}"), detail);
            }
        }
        let inner = self.when.check(known).into_iter();
        faults.extend(inner.map(|f| ConditionFault { pointer: format!("/when{}", f.pointer), ..f }));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_kept_as_they_are_written() {
        let text = r#"{"name":"vip","when":{"known":{"fact":"tier"}},"then":[{"queue":"vip"},{"priority":5},
            {"ticket":{"kind":"x","title":"call them"}},{"callback":{"in_minutes":60,"queue":"q"}}]}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(rule.on, Occasion::Begins);
        assert_eq!(rule.then[..2], [Action::Queue("vip".into()), Action::Priority(5)]);
        assert_eq!(serde_json::from_str::<Rule>(&serde_json::to_string(&rule).unwrap()).unwrap(), rule);
    }

    #[test]
    fn faults_say_where() {
        let faults = |text: &str| {
            let rule: Rule = serde_json::from_str(text).unwrap();
            rule.check(&|fact| fact == "tier").into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        };
        assert!(faults(r#"{"name":"x","when":{"known":{"fact":"tier"}},"then":[{"priority":5}]}"#).is_empty());
        let bad =
            r#"{"name":" ","on":"closed","when":{"not":{"known":{"fact":"x"}}},"then":[{"queue":"q"},{"note":" "}]}"#;
        assert_eq!(faults(bad), ["/name", "/then/0", "/then/1", "/when/not/known/fact"]);
        assert_eq!(faults(r#"{"name":"x","when":{"all":[]},"then":[]}"#), ["/then"]);
        assert!(faults(r#"{"name":"x","on":"call_begins","when":{"all":[]},"then":[{"queue":"q"}]}"#).is_empty());
        assert_eq!(faults(r#"{"name":"x","on":"call_closed","when":{"all":[]},"then":[{"queue":"q"}]}"#), ["/then/0"]);
        assert_eq!(faults(r#"{"name":"x","when":{"all":[]},"then":[{"priority":2000}]}"#), ["/then/0"]);
        let blocks = |on: &str, days: u32| {
            faults(&format!(r#"{{"name":"x","on":"{on}","when":{{"all":[]}},"then":[{{"block":{{"days":{days}}}}}]}}"#))
        };
        assert!(blocks("begins", 1).is_empty() && blocks("call_closed", 365).is_empty());
        assert_eq!((blocks("begins", 0), blocks("begins", 366)), (vec!["/then/0".into()], vec!["/then/0".to_owned()]));
    }
}
