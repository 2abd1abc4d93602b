//! What rules would have done with the conversations of the past. Nothing is written by it.

use super::carry::Names;
use super::facts::{Subject, facts_of};
use super::{Present, checked, kept};
use crate::{OperationError, Operations};
use ringdesk_model::{Channel, ConversationId, InboxId, Scope, Timestamp};
use ringdesk_rules::{Action, Event, Rule, follow};
use ringdesk_storage::conversation_list::{self, Listed};
use ringdesk_storage::rules;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// The longest past.
const DAYS: u32 = 365;
/// Conversations that are looked at, the newest.
const LOOKED: i64 = 500;

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Conversations that were looked at: the newest of those days that the reader sees, at most 500.
    pub looked: usize,
    /// In their order.
    pub rules: Vec<TriedRule>,
    /// Those for which some rule holds, or something would be otherwise, newest first.
    pub conversations: Vec<TriedConversation>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedRule {
    pub name: String,
    /// For how many it holds.
    pub holds: usize,
    /// For how many a rule before it had decided something that it says, too.
    pub overruled: usize,
}

/// One conversation for which some rule holds, or something would be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedConversation {
    pub conversation: ConversationId,
    pub opened_at: Timestamp,
    pub channel: Channel,
    pub inbox: Option<InboxId>,
    /// Their names, in order.
    pub held: Vec<String>,
    /// In which queue it waited first.
    pub went: Option<String>,
    /// In which it would have; `None`: no rule says so.
    pub would_go: Option<String>,
    /// What would be done beside: `tag Refund`.
    pub would: Vec<(String, String)>,
    /// It would be otherwise than by the rules as they are.
    pub differs: bool,
}

impl Operations {
    /// Try rules (`None`: those that are kept) on the conversations of the last days. Tags and what files say are those of today, hours and
    /// earlier conversations those of then.
    pub async fn try_rules(
        &self,
        now: Timestamp,
        scope: &Scope,
        tried: Option<Vec<Rule>>,
        days: u32,
    ) -> Result<Tried, OperationError> {
        if !(1..=DAYS).contains(&days) {
            return Err(OperationError::Invalid("a trial is of 1 to 365 days".into()));
        }
        let (mut tx, key) = self.read(scope.account).await?;
        let account = scope.account;
        let present = kept(&mut tx, account).await?.rules;
        let tried = match tried {
            Some(rules) => checked(&mut tx, account, rules).await?,
            None => present.clone(),
        };
        let there = Present::read(&mut tx, account).await?;
        let names = Names::all(&mut tx, account, &there).await?;
        let both: Vec<Rule> = tried.iter().chain(&present).cloned().collect();
        let span = i64::try_from((DAY * days).as_micros()).unwrap_or(i64::MAX);
        let wanted = Listed { from: Some(Timestamp(now.0.saturating_sub(span))), ..Listed::default() };
        let found = conversation_list::list(&mut tx, &key, scope, &wanted, LOOKED).await?;
        let rule = |rule: &Rule| TriedRule { name: rule.name.clone(), holds: 0, overruled: 0 };
        let mut came =
            Tried { looked: found.len(), rules: tried.iter().map(rule).collect(), conversations: Vec::new() };
        for view in found {
            let went = rules::first_queue(&mut tx, account, view.id).await?;
            let tags = view.tags.iter().map(|tag| Event::Tagged(tag.to_string()));
            let called = view.calls.last();
            let (begins, over) = match called {
                Some(_) => (Event::CallBegins, Event::CallClosed),
                None => (Event::Begins, Event::Closed),
            };
            // Nobody's rules choose whom an agent calls.
            let comes_in = called.is_none_or(|call| call.direction == "inbound");
            let mut events: Vec<Event> = comes_in.then_some(begins).into_iter().collect();
            events.extend(tags);
            events.extend(view.closed_at.map(|_| over));
            let of = Subject::of(account, &view, view.opened_at);
            let of = match called {
                Some(call) => {
                    let left = rules::left_a_message(&mut tx, account, call.id).await?;
                    of.of_call(&view, call.id, left)
                }
                None => of,
            };
            // It began with none: each was set on the way.
            let subject = Subject { tags: Default::default(), queue: went, ..of };
            let facts = facts_of(&mut tx, &key, &subject, &both).await?;
            let (would, is) = (follow(&tried, &events, &facts), follow(&present, &events, &facts));
            let actions = |done: &[(usize, Action)]| done.iter().map(|(_, action)| action.clone()).collect::<Vec<_>>();
            let (done, present) = (actions(&would.done), actions(&is.done));
            if would.held.is_empty() && done == present {
                continue;
            }
            for held in &would.held {
                came.rules[held.rule].holds += 1;
            }
            let mut overruled: Vec<usize> = would.overruled.iter().map(|(rule, _)| *rule).collect();
            overruled.dedup();
            overruled.into_iter().for_each(|rule| came.rules[rule].overruled += 1);
            let named = |action: &Action| {
                let (what, name) = names.action(action);
                (what.to_owned(), name)
            };
            let queue = done.iter().find(|action| matches!(action, Action::Queue(_)));
            came.conversations.push(TriedConversation {
                conversation: view.id,
                opened_at: view.opened_at,
                channel: view.channel,
                inbox: view.inbox,
                held: would.held.iter().map(|held| tried[held.rule].name.clone()).collect(),
                went: went.map(|queue| names.action(&Action::Queue(queue.to_string())).1),
                would_go: queue.map(|queue| names.action(queue).1),
                would: done.iter().filter(|action| !matches!(action, Action::Queue(_))).map(named).collect(),
                differs: done != present,
            });
        }
        Ok(came)
    }
}
