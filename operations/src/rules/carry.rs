//! Asking the rules when something happens to a conversation, and doing what they say: all of it in the transaction in which it
//! happened, each with the rule and the reason in a line of the timeline and in the audit.

use super::facts::{Subject, facts_of};
use super::{Present, kept};
use crate::desk::audited;
use crate::messages::told;
use crate::ticket_setup::usable_type;
use crate::tickets::NewTicket;
use crate::{OperationError, Operations, callbacks};
use ringdesk_conversations::CallbackState;
use ringdesk_model::{Actor, Pii, Priority, QueueId, TagId, Timestamp};
use ringdesk_rules::{Action, Because, Decision, Event, Rule, follow};
use ringdesk_storage::callbacks::Callback;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::{Tx, calendars, contact_fields, contact_files, contacts, inboxes, rules, tags, ticket_types};
use ringdesk_tickets::Priority as Pressing;
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How long a callback that a rule promised is due.
const WINDOW: Duration = Duration::from_secs(1_800);
const DAY: Duration = Duration::from_secs(86_400);

/// What came of the rules, before it is done.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    subject: Subject,
    rules: Vec<Rule>,
    decision: Decision,
    present: Present,
}

/// A rule that held: as people read it, with names in the place of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    pub rule: String,
    pub because: Vec<RuledBecause>,
    pub done: Vec<RuledAction>,
    /// The rule whose tag it followed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A test that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuledBecause {
    /// `channel`, `tier`, `hours`, `conversations` …
    pub fact: String,
    /// Which calendar or field, or of how many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What it was, or (`not`) was none of.
    pub found: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuledAction {
    /// `queue`, `priority`, `greeting`, `tag`, `untag`, `contact_tag`, `contact_untag`, `note`, `notice`, `ticket`, `callback`, `block`.
    pub what: String,
    /// The queue's or tag's name, minutes, the text.
    pub name: String,
    /// Why it was not done: `no_contact`, `no_number`, `gone`, `emergency`, `blocked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Ruling {
    /// The queue that a rule chose.
    pub(crate) fn queue(&self) -> Option<QueueId> {
        self.actions().find_map(|action| match action {
            Action::Queue(queue) if self.present.queues.contains_key(queue) => queue.parse().ok(),
            _ => None,
        })
    }

    /// What is done, in order.
    pub(super) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.decision.done.iter().map(|(_, action)| action)
    }

    fn priority(&self) -> Priority {
        let minutes = self.actions().find_map(|action| match action {
            Action::Priority(minutes) => Some(*minutes),
            _ => None,
        });
        Priority(minutes.unwrap_or_default())
    }
}

impl Operations {
    /// What the rules say of what has happened; `None`: nothing.
    pub(crate) async fn ask_rules(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        subject: Subject,
        events: &[Event],
    ) -> Result<Option<Ruling>, OperationError> {
        let rules = kept(tx, subject.account).await?.rules;
        if rules.iter().all(|rule| rule.disabled) {
            return Ok(None);
        }
        let facts = facts_of(tx, key, &subject, &rules).await?;
        let decision = follow(&rules, events, &facts);
        if decision.held.is_empty() {
            return Ok(None);
        }
        if decision.cut {
            tracing::warn!(conversation = %subject.conversation, "rules that follow from each other were cut off");
        }
        let present = Present::read(tx, subject.account).await?;
        Ok(Some(Ruling { subject, rules, decision, present }))
    }

    /// Ask, and do what they say.
    pub(crate) async fn follow_rules(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        subject: Subject,
        events: &[Event],
    ) -> Result<(), OperationError> {
        match self.ask_rules(tx, key, subject, events).await? {
            Some(ruling) => self.carry_out_rules(tx, key, now, ruling, None).await,
            None => Ok(()),
        }
    }

    /// Do what they say. `waits`: the queue in which a conversation by text that begins waits.
    pub(crate) async fn carry_out_rules(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        ruling: Ruling,
        waits: Option<QueueId>,
    ) -> Result<(), OperationError> {
        let conversation = ruling.subject.conversation;
        let mut failed = BTreeMap::new();
        for (n, (rule, action)) in ruling.decision.done.iter().enumerate() {
            let name = &ruling.rules[*rule].name;
            if let Some(why) = Box::pin(self.carry(tx, key, now, &ruling, name, action)).await? {
                failed.insert(n, why);
            }
        }
        if ruling.decision.done.iter().any(|(_, action)| matches!(action, Action::Tag(_) | Action::Untag(_))) {
            let tags = super::facts::tags_now(tx, key.account(), conversation).await?;
            let payload = Pii::new(serde_json::json!({ "conversation": conversation, "tags": tags }));
            outbox::append(tx, key, &[NewEvent { at: now, kind: "tags_changed", payload }]).await?;
        }
        let told = in_words(tx, &ruling, &failed).await?;
        if told.is_empty() {
            return Ok(());
        }
        if let Some(queue) = waits {
            let why = serde_json::to_string(&told).map_err(|_| OperationError::Internal("rules cannot be written"))?;
            let to = (ruling.queue().unwrap_or(queue), ruling.priority());
            rules::ruled(tx, key, conversation, to, &Pii::new(why)).await?;
        }
        let object = format!("conversation:{conversation}");
        for one in &told {
            let text = serde_json::json!({ "text": "text.ruled", "detail": one.rule, "ruled": one });
            let (id, text): (Uuid, _) = (self.id(now), Pii::new(text.to_string()));
            let (kind, speaker, agent) = ("text_event", "system", None);
            let line = NewTextLine { id, conversation, kind, speaker, agent, text: &text, at: now };
            texts::append_line(tx, key, &line).await?;
            let said = said(one);
            audited(tx, key, now, &Actor::System, "rule.apply", &object, None, Some(&said)).await?;
        }
        let payload = Pii::new(serde_json::json!({ "conversation": conversation, "line": "text.ruled" }));
        outbox::append(tx, key, &[NewEvent { at: now, kind: "conversation_updated", payload }]).await?;
        Ok(())
    }

    /// One action; gives why it could not be done.
    async fn carry(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        ruling: &Ruling,
        rule: &str,
        action: &Action,
    ) -> Result<Option<&'static str>, OperationError> {
        const GONE: Option<&str> = Some("gone");
        let (account, subject) = (key.account(), &ruling.subject);
        let conversation = subject.conversation;
        if ruling.present.missing(tx, account, action).await?.is_some() {
            return Ok(GONE);
        }
        match action {
            // They are part of how it waits, and of what its agent reads.
            Action::Queue(_) | Action::Priority(_) | Action::Note(_) => {}
            // A caller hears it from their flow.
            Action::Greeting(_) if subject.call.is_some() => {}
            Action::Greeting(text) => self.greet(tx, key, now, subject, text).await?,
            Action::Tag(tag) | Action::Untag(tag) => {
                let Ok(id) = tag.parse::<TagId>() else { return Ok(GONE) };
                match action {
                    Action::Tag(_) => tags::add(tx, now, account, conversation, id, None).await?,
                    _ => tags::take(tx, account, conversation, id).await?,
                }
            }
            Action::ContactTag(tag) | Action::ContactUntag(tag) => {
                let Some(contact) = subject.contact else { return Ok(Some("no_contact")) };
                let Ok(id) = tag.parse::<TagId>() else { return Ok(GONE) };
                match action {
                    Action::ContactTag(_) => contact_files::add_tag(tx, now, account, contact, id, None).await?,
                    _ => contact_files::take_tag(tx, account, contact, id).await?,
                }
                crate::contact_files::tell(tx, key, now, contact).await?;
            }
            Action::Notice(text) => {
                let payload = serde_json::json!({ "conversation": conversation, "rule": rule, "text": text });
                let payload = Pii::new(payload);
                outbox::append(tx, key, &[NewEvent { at: now, kind: "rule_notice", payload }]).await?;
            }
            Action::Block { days } => {
                let Some(contact) = subject.contact else { return Ok(Some("no_contact")) };
                let until = now + DAY * *days;
                return self.keep_out_by_rule(tx, key, now, contact, (rule, until)).await;
            }
            Action::Ticket { kind, title } => {
                let Ok(id) = kind.parse() else { return Ok(GONE) };
                let kind = usable_type(tx, account, id).await?;
                let problem = rules::first_words(tx, key, conversation).await?;
                let new = NewTicket {
                    kind: id,
                    title: Pii::new(title.clone()),
                    problem: problem.unwrap_or_else(|| Pii::new(String::new())),
                    fields: Pii::new(BTreeMap::new()),
                    priority: Pressing::default(),
                    department: None,
                    assignee: None,
                    conversation: Some(conversation),
                    contact: subject.contact,
                };
                Box::pin(self.make_ticket(tx, key, now, &Actor::System, kind, new)).await?;
            }
            Action::Callback { in_minutes, queue, note } => {
                let Some(contact) = subject.contact else { return Ok(Some("no_contact")) };
                let number = contacts::number_of(tx, key, contact).await?;
                let Some(number) = number else { return Ok(Some("no_number")) };
                let Ok(queue) = queue.parse() else { return Ok(GONE) };
                let due = now + Duration::from_secs(60 * u64::from(*in_minutes));
                let note = if note.trim().is_empty() { rule.to_owned() } else { note.clone() };
                let callback = Callback {
                    id: self.id(now),
                    conversation: Some(conversation),
                    contact: Some(contact),
                    number: number.value,
                    queue,
                    owner: None,
                    due_from: due,
                    due_until: due + WINDOW,
                    note: Some(Pii::new(note)),
                    state: CallbackState::Promised,
                    reminded: false,
                    attempts: 0,
                    next_at: due,
                    call: None,
                    promised_by: None,
                    promised_at: now,
                    closed_at: None,
                    closed_as: None,
                    place: None,
                };
                ringdesk_storage::callbacks::put(tx, key, &callback).await?;
                let (object, has) = (callbacks::object(callback.id), format!("by rule {rule}"));
                audited(tx, key, now, &Actor::System, "callback.promise", &object, None, Some(&has)).await?;
                callbacks::tell(tx, key, now, &callback).await?;
            }
        }
        Ok(None)
    }

    /// The house says it, over the conversation's own channel.
    async fn greet(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        subject: &Subject,
        text: &str,
    ) -> Result<(), OperationError> {
        let (id, conversation): (Uuid, _) = (self.id(now), subject.conversation);
        let (kind, speaker, agent, text) = ("message", "system", None, Pii::new(text.to_owned()));
        let line = NewTextLine { id, conversation, kind, speaker, agent, text: &text, at: now };
        let sending = Sending { author: None, sent_as: key.blind("sent_as", &id.to_string()), goes_out: true };
        let seq = texts::append(tx, key, &line, &sending).await?;
        self.hand_over(tx, key.account(), now, conversation, id).await?;
        Ok(told(tx, key, now, "message_created", &line, seq).await?)
    }
}

/// Each rule that did something, in order, as people read it.
async fn in_words(
    tx: &mut Tx,
    ruling: &Ruling,
    failed: &BTreeMap<usize, &'static str>,
) -> Result<Vec<Ruled>, OperationError> {
    let names = Names::read(tx, ruling).await?;
    let name = |at: usize| ruling.rules[at].name.clone();
    let mut told = Vec::new();
    for held in &ruling.decision.held {
        let done = ruling.decision.done.iter().enumerate().filter(|(_, (rule, _))| *rule == held.rule);
        let done = done.map(|(n, (_, action))| {
            let (what, name) = names.action(action);
            RuledAction { what: what.into(), name, failed: failed.get(&n).map(|why| (*why).to_owned()) }
        });
        told.push(Ruled {
            rule: name(held.rule),
            because: held.because.iter().map(|because| names.because(because)).collect(),
            done: done.collect(),
            after: held.after.map(name),
        });
    }
    // What rules before it had decided is nothing that happened.
    told.retain(|one| !one.done.is_empty());
    Ok(told)
}

/// How what has an id is called.
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    async fn read(tx: &mut Tx, ruling: &Ruling) -> Result<Names, OperationError> {
        Names::all(tx, ruling.subject.account, &ruling.present).await
    }

    pub(super) async fn all(
        tx: &mut Tx,
        account: ringdesk_model::AccountId,
        present: &Present,
    ) -> Result<Names, OperationError> {
        let mut all: BTreeMap<String, String> = present.queues.clone();
        all.extend(present.tags.clone());
        all.extend(inboxes::all(tx, account).await?.into_iter().map(|one| (one.id.to_string(), one.name)));
        all.extend(calendars::all(tx, account).await?.into_iter().map(|one| (one.id.to_string(), one.name)));
        all.extend(contact_fields::all(tx, account).await?.into_iter().map(|(id, rule)| (id.to_string(), rule.name)));
        all.extend(ticket_types::all(tx, account).await?.into_iter().map(|one| (one.id.to_string(), one.name)));
        Ok(Names(all))
    }

    fn of(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn action(&self, action: &Action) -> (&'static str, String) {
        match action {
            Action::Queue(id) => ("queue", self.of(id)),
            Action::Priority(minutes) => ("priority", minutes.to_string()),
            Action::Greeting(text) => ("greeting", text.clone()),
            Action::Tag(id) => ("tag", self.of(id)),
            Action::Untag(id) => ("untag", self.of(id)),
            Action::ContactTag(id) => ("contact_tag", self.of(id)),
            Action::ContactUntag(id) => ("contact_untag", self.of(id)),
            Action::Note(text) => ("note", text.clone()),
            Action::Notice(text) => ("notice", text.clone()),
            Action::Ticket { kind, .. } => ("ticket", self.of(kind)),
            Action::Callback { in_minutes, .. } => ("callback", in_minutes.to_string()),
            Action::Block { days } => ("block", days.to_string()),
        }
    }

    fn because(&self, because: &Because) -> RuledBecause {
        let (fact, of) = match because.fact.split_once(':') {
            Some((fact, of)) => (fact, Some(self.of(of))),
            None => (because.fact.as_str(), None),
        };
        let found: Vec<String> = because.found.split(", ").map(|word| self.of(word)).collect();
        RuledBecause { fact: fact.to_owned(), of, found: found.join(", "), not: because.not }
    }
}

/// For the audit. What the contact said is named only by the rule's own words.
fn said(ruled: &Ruled) -> String {
    let why = |because: &RuledBecause| {
        let of = because.of.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
        format!("{}{of} {} {}", because.fact, if because.not { "is not" } else { "is" }, because.found)
    };
    let did = |done: &RuledAction| {
        let failed = done.failed.as_ref().map(|why| format!(" (not done: {why})")).unwrap_or_default();
        format!("{} {}{failed}", done.what, done.name)
    };
    let because: Vec<String> = ruled.because.iter().map(why).collect();
    let done: Vec<String> = ruled.done.iter().map(did).collect();
    let because = if because.is_empty() { "always".to_owned() } else { because.join(", ") };
    format!("by rule {}, because {because}: {}", ruled.rule, done.join(", "))
}
