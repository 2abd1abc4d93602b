//! Rules for calls: asked when a caller comes to a queue, and once more when the call is over.
//!
//! A caller waits for none of it. Before the queue the house gives it so much time, and what was not decided by then is not done either:
//! what a rule does and why is written before the caller is sent where it says, or nothing of it is true. What follows from a call that is
//! over is a job, enqueued with the call's end; whether it was done is written with what it did, so it is done once.

use super::facts::Subject;
use super::kept;
use crate::callbacks::everything;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, CallId, ConversationId, JobId, Priority, QueueId, Timestamp};
use ringdesk_rules::{Action, Event, Occasion, Rule};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::{Tx, conversations, rules};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The job that asks the rules of a call that is over.
pub const CALL_RULES: &str = "call_rules";
/// How long what agents and engines say of a call afterwards is waited for, where a rule asks for it.
const PATIENCE: Duration = Duration::from_secs(600);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(15);
const ATTEMPTS: i64 = 8;

/// What is known of a caller who comes to a queue, beside the rows.
#[derive(Clone, Debug)]
pub struct CallComes {
    pub call: CallId,
    pub conversation: ConversationId,
    /// Where the flow leads them.
    pub queue: QueueId,
    /// What they keyed or said, by the flow's names for it.
    pub entered: BTreeMap<String, ringdesk_model::Pii<String>>,
    /// All they said.
    pub said: Option<ringdesk_model::Pii<String>>,
}

/// Where rules want a caller, and how. Nothing said: as the flow has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuledCall {
    pub queue: Option<QueueId>,
    pub priority: Option<Priority>,
    pub greeting: Option<String>,
}

impl Operations {
    /// Are there rules in force for callers who come to a queue?
    pub async fn rules_callers(&self, account: AccountId) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(asked_on(&kept(&mut tx, account).await?.rules, Occasion::CallBegins))
    }

    /// Ask the rules of a caller who comes to a queue, whose conversation is in the books; do what they say, and write down why. Once in a
    /// call. `None`: nothing held.
    pub async fn rule_caller(
        &self,
        now: Timestamp,
        account: AccountId,
        comes: &CallComes,
    ) -> Result<Option<RuledCall>, OperationError> {
        {
            // Most callers are met by no rule, and wait for no writer.
            let (mut tx, key) = self.read(account).await?;
            let Some(subject) = subject(&mut tx, &key, now, comes).await? else { return Ok(None) };
            if Box::pin(self.ask_rules(&mut tx, &key, subject, &[Event::CallBegins])).await?.is_none() {
                return Ok(None);
            }
        }
        let (mut tx, key) = self.write(account).await?;
        let Some(subject) = subject(&mut tx, &key, now, comes).await? else { return Ok(None) };
        let Some(ruling) = Box::pin(self.ask_rules(&mut tx, &key, subject, &[Event::CallBegins])).await? else {
            return Ok(None);
        };
        if !rules::once(&mut tx, now, account, comes.call, "call_begins").await? {
            return Ok(None);
        }
        let ruled =
            RuledCall { queue: ruling.queue(), priority: ruling.decided_priority(), greeting: ruling.greeting() };
        Box::pin(self.carry_out_rules(&mut tx, &key, now, ruling, None)).await?;
        tx.commit().await?;
        Ok(Some(ruled))
    }

    /// A call is over: ask its rules, do what they say. Doing it twice is doing it once.
    pub async fn rule_closed_call(
        &self,
        now: Timestamp,
        account: AccountId,
        (call, conversation): (CallId, ConversationId),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let rules = kept(&mut tx, account).await?.rules;
        let found = conversations::get(&mut tx, &key, &everything(account), conversation).await?;
        // It was taken away meanwhile (a demo that is cleared), or nobody asks any more.
        let Some(view) = found.filter(|_| asked_on(&rules, Occasion::CallClosed)) else { return Ok(()) };
        let Some(of) = view.calls.iter().find(|of| of.id == call) else { return Ok(()) };
        let ended = of.ended_at.unwrap_or(now);
        if now < ended + PATIENCE && !is_settled(&mut tx, account, &rules, &view, call).await? {
            let at = now + LOOK;
            jobs::enqueue(&mut tx, account, &job(self.id(now), call, conversation, at)).await?;
            return Ok(tx.commit().await?);
        }
        if !rules::once(&mut tx, now, account, call, "call_closed").await? {
            return Ok(());
        }
        let left = rules::left_a_message(&mut tx, account, call).await?;
        let subject = Subject::of(account, &view, ended).of_call(&view, call, left);
        Box::pin(self.follow_rules(&mut tx, &key, now, subject, &[Event::CallClosed])).await?;
        Ok(tx.commit().await?)
    }
}

/// The job of a call that has just ended, due at `at`.
pub(crate) fn job(id: JobId, call: CallId, conversation: ConversationId, at: Timestamp) -> NewJob {
    NewJob {
        id,
        kind: CALL_RULES,
        key: Some(format!("{CALL_RULES}:{call}:{}", at.0)),
        payload: serde_json::json!({ "call": call, "conversation": conversation }).to_string(),
        run_at: at,
        max_attempts: ATTEMPTS,
    }
}

async fn subject(
    tx: &mut Tx,
    key: &ringdesk_vault::AccountKey,
    now: Timestamp,
    comes: &CallComes,
) -> Result<Option<Subject>, OperationError> {
    let account = key.account();
    let found = conversations::get(tx, key, &everything(account), comes.conversation).await?;
    Ok(found.map(|view| Subject::of(account, &view, now).of_call(&view, comes.call, false).comes(comes)))
}

fn asked_on(rules: &[Rule], on: Occasion) -> bool {
    rules.iter().any(|rule| !rule.disabled && rule.on == on)
}

/// Whether everything is known that these rules ask for.
async fn is_settled(
    tx: &mut Tx,
    account: AccountId,
    rules: &[Rule],
    view: &conversations::ConversationView,
    call: CallId,
) -> Result<bool, OperationError> {
    let mut named = BTreeSet::new();
    let closed = rules.iter().filter(|rule| !rule.disabled && rule.on == Occasion::CallClosed);
    closed.for_each(|rule| rule.when.asks(&mut named));
    let talked = |part: &&conversations::ParticipationView| part.call == Some(call);
    let open = view.participations.iter().filter(talked).any(|part| part.disposition.is_none());
    if named.contains("disposition") && open {
        return Ok(false);
    }
    Ok(!named.contains("text") || rules::is_heard(tx, account, call).await?)
}

impl super::carry::Ruling {
    /// As rules say it; nothing where none does.
    fn decided_priority(&self) -> Option<Priority> {
        self.actions().find_map(|action| match action {
            Action::Priority(minutes) => Some(Priority(*minutes)),
            _ => None,
        })
    }

    fn greeting(&self) -> Option<String> {
        self.actions().find_map(|action| match action {
            Action::Greeting(text) => Some(text.clone()),
            _ => None,
        })
    }
}
