//! What refers to a setting: asked before it is changed or taken away.

use crate::{OperationError, Operations};
use ringdesk_access::role_name;
use ringdesk_model::AccountId;
use ringdesk_storage::disposition_trees::{self, Owner};
use ringdesk_storage::{
    Tx, agents, alerts, api_tokens, inboxes, numbers, second_factors, segments, setup, tags, users,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Something that refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `flow`, `inbox`, `queue`, `agent`, `user`, `alert_rule`, `api_token`, `number`, `second_factor`, `conversations`, `segment`, `rule`.
    pub kind: &'static str,
    pub id: Option<String>,
    /// Of `conversations` how many there are.
    pub name: String,
    /// It keeps the setting from being put out of use.
    pub holds: bool,
}

impl Operations {
    /// `object`: `queue:<id>`, `flow:<id>`, `prompt:<language>/<id>`, `number:<number>`, `trunk:<id>`, `dispositions:<queue or account>`,
    /// `tag:<id>`, `calendar:<id>`, `role:<name>`, `user:<id>`.
    pub async fn used_by(&self, account: AccountId, object: &str) -> Result<Vec<User>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let (kind, id) = object.split_once(':').unwrap_or((object, ""));
        let mut found = Vec::new();
        match kind {
            "queue" => queue(&mut tx, account, id, &mut found).await?,
            "flow" => {
                for inbox in inboxes::all(&mut tx, account).await? {
                    if inbox.flow.is_some_and(|flow| flow.to_string() == id) {
                        let numbers = inbox.numbers.join(", ");
                        let name = if numbers.is_empty() { inbox.name } else { format!("{} ({numbers})", inbox.name) };
                        found.push(User { kind: "inbox", id: Some(inbox.id.to_string()), name, holds: false });
                    }
                }
            }
            "prompt" => {
                let prompt = id.split_once('/').map_or(id, |(_, prompt)| prompt);
                flows(&mut tx, account, prompt, false, &mut found).await?;
                for inbox in inboxes::all(&mut tx, account).await? {
                    if inbox.closure.is_some_and(|closure| closure.prompt == prompt) {
                        found.push(User {
                            kind: "inbox",
                            id: Some(inbox.id.to_string()),
                            name: inbox.name,
                            holds: false,
                        });
                    }
                }
            }
            "number" => number(&mut tx, account, id, &mut found).await?,
            "trunk" => {
                // Calls go out over whichever trunk fits: what names one is a flow that transfers over it.
                flows(&mut tx, account, id, false, &mut found).await?;
                for rule in
                    alerts::rules(&mut tx, account).await?.into_iter().filter(|rule| rule.rule.contains("trunk_down"))
                {
                    found.push(User {
                        kind: "alert_rule",
                        id: Some(rule.id.to_string()),
                        name: rule.name,
                        holds: false,
                    });
                }
            }
            "dispositions" => dispositions(&mut tx, account, id, &mut found).await?,
            "tag" => {
                let count = match id.parse() {
                    Ok(tag) => tags::count(&mut tx, account, tag).await?,
                    Err(_) => 0,
                };
                if count > 0 {
                    found.push(User { kind: "conversations", id: None, name: count.to_string(), holds: false });
                }
                for segment in segments::all(&mut tx, &key).await?.into_iter().filter(|row| row.condition.contains(id))
                {
                    found.push(User {
                        kind: "segment",
                        id: Some(segment.id.to_string()),
                        name: segment.name,
                        holds: false,
                    });
                }
            }
            "calendar" => {
                flows(&mut tx, account, id, true, &mut found).await?;
                for queue in agents::queues(&mut tx, account).await? {
                    if names(&serde_json::from_str(&queue.settings).unwrap_or_default(), id) {
                        found.push(User {
                            kind: "queue",
                            id: Some(queue.id.to_string()),
                            name: queue.name,
                            holds: true,
                        });
                    }
                }
            }
            "role" => {
                let role = role_name(id);
                for user in users::all(&mut tx, account)
                    .await?
                    .into_iter()
                    .filter(|u| u.roles.iter().any(|r| role_name(r) == role))
                {
                    found.push(User { kind: "user", id: Some(user.id.to_string()), name: user.name, holds: false });
                }
                if second_factors::needed_by(&mut tx, account).await?.contains(role) {
                    found.push(User { kind: "second_factor", id: None, name: role.to_owned(), holds: false });
                }
            }
            "user" | "agent" => person(&mut tx, account, id, &mut found).await?,
            _ => return Err(OperationError::NotFound("setting")),
        }
        if ["queue", "tag", "calendar"].contains(&kind) {
            let named = crate::rules::naming(&mut tx, account, id).await?;
            found.extend(named.into_iter().map(|name| User { kind: "rule", id: None, name, holds: false }));
        }
        Ok(found)
    }
}

async fn queue(tx: &mut Tx, account: AccountId, id: &str, found: &mut Vec<User>) -> Result<(), OperationError> {
    let all = agents::queues(tx, account).await?;
    let queue = all.into_iter().find(|q| q.id.to_string() == id).ok_or(OperationError::NotFound("queue"))?;
    flows(tx, account, id, true, found).await?;
    let action = format!("queue:{}", queue.name);
    for inbox in inboxes::all(tx, account).await? {
        if inbox.closure.is_some_and(|closure| closure.action == action) {
            found.push(User { kind: "inbox", id: Some(inbox.id.to_string()), name: inbox.name, holds: true });
        }
    }
    for rule in alerts::rules(tx, account).await?.into_iter().filter(|rule| rule.rule.contains(id)) {
        found.push(User { kind: "alert_rule", id: Some(rule.id.to_string()), name: rule.name, holds: false });
    }
    let members = agents::queue_agents(tx, account).await?;
    let members: BTreeSet<_> = members.into_iter().filter(|m| m.queue == queue.id).map(|m| m.agent).collect();
    for agent in agents::agents(tx, account).await?.into_iter().filter(|a| members.contains(&a.id)) {
        found.push(User { kind: "agent", id: Some(agent.id.to_string()), name: agent.name, holds: false });
    }
    Ok(())
}

/// Those that callers meet and that name it.
async fn flows(
    tx: &mut Tx,
    account: AccountId,
    name: &str,
    holds: bool,
    found: &mut Vec<User>,
) -> Result<(), OperationError> {
    for flow in inboxes::published_flows(tx, account).await? {
        let document: Value = serde_json::from_str(&flow.document).unwrap_or_default();
        if names(&document, name) {
            found.push(User { kind: "flow", id: Some(flow.id.to_string()), name: flow.name, holds });
        }
    }
    Ok(())
}

/// Whether a text somewhere in it is this one.
fn names(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Array(all) => all.iter().any(|value| names(value, wanted)),
        Value::Object(fields) => fields.values().any(|value| names(value, wanted)),
        _ => false,
    }
}

async fn number(tx: &mut Tx, account: AccountId, number: &str, found: &mut Vec<User>) -> Result<(), OperationError> {
    for inbox in inboxes::all(tx, account).await?.into_iter().filter(|i| i.numbers.iter().any(|n| n == number)) {
        found.push(User { kind: "inbox", id: Some(inbox.id.to_string()), name: inbox.name, holds: false });
    }
    for queue in agents::queues(tx, account).await? {
        if crate::whom::caller_ids(&queue).iter().any(|n| n == number) {
            found.push(User { kind: "queue", id: Some(queue.id.to_string()), name: queue.name, holds: false });
        }
    }
    if numbers::all(tx, account).await?.iter().any(|n| n.number == number) {
        found.push(User { kind: "number", id: None, name: number.to_owned(), holds: false });
    }
    flows(tx, account, number, false, found).await
}

/// A queue's own tree is used by that queue, the account's by all that have none.
async fn dispositions(
    tx: &mut Tx,
    account: AccountId,
    owner: &str,
    found: &mut Vec<User>,
) -> Result<(), OperationError> {
    let own: BTreeSet<Owner> = disposition_trees::all(tx, account).await?.into_iter().map(|t| t.owner).collect();
    let standing = setup::queues(tx, account).await?;
    for queue in agents::queues(tx, account).await? {
        let uses = match owner == account.to_string() {
            true => !own.contains(&Owner::Queue(queue.id)) && standing.get(&queue.id).is_some_and(|s| !s.disabled),
            false => owner == queue.id.to_string(),
        };
        if uses {
            found.push(User { kind: "queue", id: Some(queue.id.to_string()), name: queue.name, holds: false });
        }
    }
    Ok(())
}

async fn person(tx: &mut Tx, account: AccountId, id: &str, found: &mut Vec<User>) -> Result<(), OperationError> {
    let all = users::all(tx, account).await?;
    let is = |user: &&users::User| user.id.to_string() == id || user.agent.is_some_and(|a| a.to_string() == id);
    let user = all.iter().find(is).ok_or(OperationError::NotFound("user"))?;
    let places = agents::queue_agents(tx, account).await?;
    let places: BTreeSet<_> = places.into_iter().filter(|p| Some(p.agent) == user.agent).map(|p| p.queue).collect();
    for queue in agents::queues(tx, account).await?.into_iter().filter(|q| places.contains(&q.id)) {
        found.push(User { kind: "queue", id: Some(queue.id.to_string()), name: queue.name, holds: false });
    }
    for token in api_tokens::all(tx, account).await?.into_iter().filter(|t| t.user == user.id) {
        found.push(User { kind: "api_token", id: Some(token.id.to_string()), name: token.name, holds: false });
    }
    Ok(())
}
