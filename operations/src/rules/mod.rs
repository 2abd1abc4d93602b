//! Rules of an account: kept in their order, asked whenever something happens to a conversation, tried on the past.
//!
//! Reading order: [`facts`] and [`call_facts`] (what rules can ask), here (keeping them), [`carry`] (asking them, and doing what they say),
//! [`calls`] (when that is in a call), [`trial`] (what they would have done).

mod call_facts;
pub(crate) mod calls;
pub(crate) mod carry;
pub(crate) mod facts;
mod trial;

pub use calls::{CALL_RULES, CallComes, RuledCall};
pub use carry::{Ruled, RuledAction, RuledBecause};
pub use trial::{Tried, TriedConversation, TriedRule};

use crate::desk::audited;
use crate::ticket_setup::usable_type;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Pii, Timestamp};
use ringdesk_rules::{Action, Rule};
use ringdesk_storage::documents::{self, Document, Versioned};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, agents, setup, tags};
use std::collections::{BTreeMap, BTreeSet};

/// Of one account.
const RULES: usize = 100;

/// The rules in their order. Version 0: none were written yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RulesView {
    pub version: i64,
    pub rules: Vec<Rule>,
}

impl Operations {
    pub async fn rules(&self, account: AccountId) -> Result<RulesView, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        kept(&mut tx, account).await
    }

    /// Put all of them in the place of a version; of two editors one learns of the other. Gives the new version.
    pub async fn set_rules(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        replaces: i64,
        rules: Vec<Rule>,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = kept(&mut tx, account).await?;
        let rules = checked(&mut tx, account, rules).await?;
        let written = serde_json::to_string(&rules).map_err(|_| OperationError::Internal("rules cannot be kept"))?;
        let list = Document { version: replaces.saturating_add(1), text: written };
        if before.version != replaces || !documents::put(&mut tx, account, Versioned::Rules, &list).await? {
            return Err(OperationError::Changed("the rules"));
        }
        let (had, has) = (said(&before.rules), said(&rules));
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "rules.set", &object, Some(&had), Some(&has)).await?;
        let payload = Pii::new(serde_json::json!({ "version": list.version }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "rules_changed", payload }]).await?;
        tx.commit().await?;
        Ok(list.version)
    }

    /// Rules as they travel: JSON. The fault says where.
    pub fn read_rules(&self, rules: serde_json::Value) -> Result<Vec<Rule>, OperationError> {
        serde_json::from_value(rules).map_err(|fault| OperationError::Invalid(fault.to_string()))
    }
}

/// As they are now.
pub(crate) async fn kept(tx: &mut Tx, account: AccountId) -> Result<RulesView, OperationError> {
    let Some(list) = documents::get(tx, account, Versioned::Rules).await? else { return Ok(RulesView::default()) };
    let unreadable = |why: serde_json::Error| StoreError::Unreadable { what: "rules", why: why.to_string() };
    Ok(RulesView { version: list.version, rules: serde_json::from_str(&list.text).map_err(unreadable)? })
}

/// Those in force that name this id, in a condition or an action.
pub(crate) async fn naming(tx: &mut Tx, account: AccountId, id: &str) -> Result<Vec<String>, OperationError> {
    let rules = kept(tx, account).await?.rules.into_iter().filter(|rule| !rule.disabled);
    let names = |rule: &Rule| serde_json::to_string(rule).is_ok_and(|text| text.contains(id));
    Ok(rules.filter(names).map(|rule| rule.name).collect())
}

/// That each makes sense, and names what is there.
async fn checked(tx: &mut Tx, account: AccountId, mut rules: Vec<Rule>) -> Result<Vec<Rule>, OperationError> {
    if rules.len() > RULES {
        return Err(OperationError::Invalid("an account has at most 100 rules".into()));
    }
    let mut names = BTreeSet::new();
    let there = Present::read(tx, account).await?;
    for (n, rule) in rules.iter_mut().enumerate() {
        rule.name = rule.name.trim().to_owned();
        let at = |detail: String| OperationError::Invalid(format!("/{n}{detail}"));
        if let Some(fault) = rule.check(&facts::is_known).into_iter().next() {
            return Err(at(fault.to_string()));
        }
        if !names.insert(rule.name.clone()) {
            return Err(at("/name: another rule is called so".into()));
        }
        for (place, action) in rule.then.iter().enumerate() {
            let missing = there.missing(tx, account, action).await?;
            // A rule that is off may name what is gone: nothing follows it.
            if let (Some(what), false) = (missing, rule.disabled) {
                return Err(at(format!("/then/{place}: {what}")));
            }
        }
    }
    Ok(rules)
}

/// What actions can name: ids, and how they are called.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    pub(crate) queues: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Present {
    /// What is in use.
    pub(crate) async fn read(tx: &mut Tx, account: AccountId) -> Result<Present, OperationError> {
        let out = setup::queues(tx, account).await?;
        let queues = agents::queues(tx, account).await?.into_iter();
        let queues = queues.filter(|queue| !out.get(&queue.id).is_some_and(|setup| setup.disabled));
        let tags = tags::all(tx, account).await?.into_iter().filter(|tag| !tag.disabled);
        Ok(Present {
            queues: queues.map(|queue| (queue.id.to_string(), queue.name)).collect(),
            tags: tags.map(|tag| (tag.id.to_string(), tag.name)).collect(),
        })
    }

    /// What an action names that is not there.
    pub(crate) async fn missing(
        &self,
        tx: &mut Tx,
        account: AccountId,
        action: &Action,
    ) -> Result<Option<&'static str>, OperationError> {
        Ok(match action {
            Action::Queue(queue) | Action::Callback { queue, .. } if !self.queues.contains_key(queue) => {
                Some("there is no such queue in use")
            }
            Action::Tag(tag) | Action::Untag(tag) | Action::ContactTag(tag) | Action::ContactUntag(tag)
                if !self.tags.contains_key(tag) =>
            {
                Some("there is no such tag in use")
            }
            Action::Ticket { kind, .. } => {
                let Ok(id) = kind.parse() else { return Ok(Some("there is no such type of tickets")) };
                match usable_type(tx, account, id).await {
                    Ok(kind) if kind.kind.fill(&BTreeMap::new(), &BTreeMap::new()).is_err() => {
                        Some("this type of tickets asks for fields that no rule can fill in")
                    }
                    Ok(_) => None,
                    Err(OperationError::Store(fault)) => return Err(fault.into()),
                    Err(_) => Some("there is no such type of tickets in use"),
                }
            }
            _ => None,
        })
    }
}

fn said(rules: &[Rule]) -> String {
    let off = |rule: &Rule| if rule.disabled { " (off)" } else { "" };
    let names: Vec<String> = rules.iter().map(|rule| format!("{}{}", rule.name, off(rule))).collect();
    format!("{} rules: {}", names.len(), names.join(", "))
}
