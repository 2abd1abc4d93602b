//! What a setting is now, as JSON. Secrets are no part of it.

use super::facet::Facet;
use super::phrases::{CategoryState, PhraseState};
use crate::OperationError;
use crate::floor::{AgentSettings, agent_settings};
use crate::routing_setup::channels;
use ringdesk_access::ChallengeRule;
use ringdesk_conversations::PhraseFor;
use ringdesk_model::{AgentId, Language, Pii, UserId};
use ringdesk_storage::disposition_trees::{self, Owner};
use ringdesk_storage::documents::{self, Versioned};
use ringdesk_storage::inboxes::{self, Closure, Inbox};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{
    StoreError, Tx, agents, alerts, calendars, contact_fields, departments, numbers, people, quick_phrases, recordings,
    second_factors, setup, sign_in_challenge, tags, text_inboxes, ticket_types,
};
use ringdesk_vault::AccountKey;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Display;

/// What dispositions keep among the settings of their queue.
const REQUIRED: &str = "disposition_required";

/// `Null`: it is not there, or nothing is said.
pub(super) async fn read(tx: &mut Tx, key: &AccountKey, facet: Facet, object: &str) -> Result<Value, OperationError> {
    let (account, id) = (key.account(), object.split_once(':').map_or("", |(_, id)| id));
    let is = |other: &dyn Display| other.to_string() == id;
    Ok(match facet {
        Facet::Queue => {
            let found = agents::queues(tx, account).await?.into_iter().find(|q| is(&q.id));
            let Some(queue) = found else { return Ok(Value::Null) };
            let out = setup::queues(tx, account).await?.get(&queue.id).is_some_and(|s| s.disabled);
            let members = agents::queue_agents(tx, account).await?.into_iter().filter(|m| m.queue == queue.id);
            let members: Map<String, Value> = members.map(|m| (m.agent.to_string(), m.level.into())).collect();
            let mut settings = object_of(&queue.settings)?;
            settings.remove(REQUIRED);
            json!({ "name": queue.name, "active": !out, "settings": settings, "members": members })
        }
        Facet::QueueRecording => rule(recordings::queue_rules(tx, account).await?, |other| is(&other))?,
        Facet::InboxRecording => rule(recordings::rules(tx, account).await?, |other| is(&other))?,
        Facet::Dispositions => {
            let all = disposition_trees::all(tx, account).await?;
            let of = |owner: Owner| match owner {
                Owner::Account(account) => object == format!("account:{account}"),
                Owner::Queue(queue) => object == format!("queue:{queue}"),
            };
            let tree = all.into_iter().find(|t| of(t.owner)).map(|t| parsed(&t.tree)).transpose()?;
            let queue = agents::queues(tx, account).await?.into_iter().find(|q| is(&q.id));
            let required = match &queue {
                Some(queue) => object_of(&queue.settings)?.remove(REQUIRED).is_some_and(|r| r == json!(true)),
                None => false,
            };
            match (tree, required) {
                (None, false) => Value::Null,
                (tree, required) => json!({ "tree": tree.unwrap_or_else(|| json!([])), "required": required }),
            }
        }
        Facet::Inbox => {
            let Some(inbox) = inbox(tx, key, is).await? else { return Ok(Value::Null) };
            let out = setup::inboxes(tx, account).await?.get(&inbox.id).is_some_and(|s| s.disabled);
            json!({ "name": inbox.name, "active": !out, "numbers": inbox.numbers, "flow": inbox.flow })
        }
        Facet::Closure => match inbox(tx, key, is).await?.and_then(|inbox| inbox.closure) {
            Some(Closure { until, prompt, action }) => {
                json!({ "until": until.as_millis(), "prompt": prompt, "action": action })
            }
            None => Value::Null,
        },
        Facet::Flow => {
            let found = inboxes::published_flows(tx, account).await?.into_iter().find(|f| is(&f.id));
            let Some(flow) = found else { return Ok(Value::Null) };
            json!({ "name": flow.name, "version": flow.version, "document": parsed(&flow.document)? })
        }
        Facet::User => match user(tx, key, id).await? {
            Some(user) => {
                let person = people::of_user(tx, key, user.id).await?.unwrap_or_default();
                json!({
                    "name": user.name,
                    "extension": user.extension,
                    "active": !user.disabled,
                    // Empty: none. What was kept before there were any says nothing about them.
                    "email": person.email.map(Pii::into_inner).unwrap_or_default(),
                    "language": person.language.map_or("", Language::as_str),
                })
            }
            None => Value::Null,
        },
        Facet::AgentRouting => {
            let Some(agent) = user(tx, key, id).await?.and_then(|user| user.agent) else { return Ok(Value::Null) };
            let found = agents::agents(tx, account).await?.into_iter().find(|one| one.id == agent);
            let settings = found.map(|agent| agent_settings(&agent)).transpose()?;
            settings.map_or(Value::Null, |AgentSettings { capacity, skills }| {
                json!({ "skills": skills, "capacity": capacity.unwrap_or_default() })
            })
        }
        Facet::Channel => match channels(tx, account).await?.into_iter().find(|one| one.name == id) {
            Some(channel) => json!({ "priority": channel.priority, "switch": channel.switch }),
            None => Value::Null,
        },
        Facet::Roles => user(tx, key, id).await?.map_or(Value::Null, |user| json!({ "roles": user.roles })),
        Facet::Trunk => match inboxes::trunks(tx, key).await?.into_iter().find(|t| is(&t.id)) {
            Some(trunk) => {
                let has = trunk.password.as_ref().is_some_and(|p| !p.reveal().is_empty());
                let settings = parsed(&trunk.settings)?;
                json!({ "name": trunk.name, "networks": trunk.networks, "settings": settings, "has_password": has })
            }
            None => Value::Null,
        },
        Facet::Number => match numbers::all(tx, account).await?.into_iter().find(|n| is(&n.number)) {
            Some(number) => json!({ "label": number.label, "channels": number.channels }),
            None => Value::Null,
        },
        Facet::AlertRule => match alerts::rules(tx, account).await?.into_iter().find(|r| is(&r.id)) {
            Some(rule) => json!({ "name": rule.name, "rule": parsed(&rule.rule)?, "enabled": !rule.disabled }),
            None => Value::Null,
        },
        Facet::Tag => match tags::all(tx, account).await?.into_iter().find(|t| is(&t.id)) {
            Some(tag) => {
                json!({ "name": tag.name, "colour": tag.colour, "group": tag.group, "roles": tag.roles, "active": !tag.disabled })
            }
            None => Value::Null,
        },
        Facet::TicketType => match ticket_types::all(tx, account).await?.into_iter().find(|t| is(&t.id)) {
            Some(row) => json!({ "name": row.name, "kind": row.kind, "active": !row.disabled }),
            None => Value::Null,
        },
        Facet::Department => match departments::all(tx, account).await?.into_iter().find(|d| is(&d.id)) {
            Some(row) => json!({ "name": row.name, "members": row.members, "active": !row.disabled }),
            None => Value::Null,
        },
        Facet::Calendar => match calendars::all(tx, account).await?.into_iter().find(|c| is(&c.id)) {
            Some(row) => json!({ "name": row.name, "calendar": parsed(&row.document)? }),
            None => Value::Null,
        },
        Facet::ContactField => match contact_fields::all(tx, account).await?.into_iter().find(|(field, _)| is(field)) {
            Some((_, rule)) => json!({
                "name": rule.name,
                "kind": rule.kind.as_str(),
                "choices": rule.choices,
                "sensitive": rule.sensitive,
                "active": !rule.disabled,
            }),
            None => Value::Null,
        },
        Facet::SecondFactorRoles => json!({ "roles": second_factors::needed_by(tx, account).await? }),
        Facet::SignInChallenge => kept(sign_in_challenge::of_account(tx, account).await?.map(ChallengeRule::of))?,
        Facet::Notices => match documents::get(tx, account, Versioned::HouseNotices).await? {
            Some(house) => parsed(&house.text)?,
            None => Value::Null,
        },
        Facet::Rules => match documents::get(tx, account, Versioned::Rules).await? {
            Some(list) => json!({ "rules": parsed(&list.text)? }),
            None => Value::Null,
        },
        Facet::QuickPhrase => {
            let Ok(id) = id.parse() else { return Ok(Value::Null) };
            kept(quick_phrases::by_id(tx, account, id).await?.and_then(PhraseState::of))?
        }
        Facet::PhraseCategory => {
            let found = quick_phrases::categories(tx, account).await?.into_iter().find(|c| is(&c.id));
            kept(found.map(CategoryState::of))?
        }
        Facet::TextInbox => match text_inboxes::all(tx, account).await?.into_iter().find(|i| is(&i.id)) {
            Some(inbox) => json!({ "queue": inbox.queue, "settings": parsed(&inbox.settings)? }),
            None => Value::Null,
        },
        // A file of the server: what it is, the act says.
        Facet::Prompt => Value::Null,
    })
}

/// The object in whose name the history of an act is kept: an agent's is that of the user who they are.
pub(super) async fn kept_under(tx: &mut Tx, key: &AccountKey, object: &str) -> Result<String, OperationError> {
    let Some(agent) = object.strip_prefix("agent:").and_then(|id| id.parse::<AgentId>().ok()) else {
        return Ok(object.to_owned());
    };
    let found = users::of_agent(tx, key.account(), agent).await?;
    Ok(found.map_or_else(|| object.to_owned(), |user| format!("user:{}", user.id)))
}

/// Every object that has a history.
pub(super) async fn objects(tx: &mut Tx, key: &AccountKey) -> Result<Vec<String>, OperationError> {
    let account = key.account();
    let mut all = vec![format!("account:{account}")];
    all.extend(agents::queues(tx, account).await?.iter().map(|q| format!("queue:{}", q.id)));
    all.extend(inboxes::all(tx, account).await?.iter().map(|i| format!("inbox:{}", i.id)));
    all.extend(inboxes::published_flows(tx, account).await?.iter().map(|f| format!("flow:{}", f.id)));
    all.extend(users::all(tx, account).await?.iter().map(|u| format!("user:{}", u.id)));
    all.extend(inboxes::trunks(tx, key).await?.iter().map(|t| format!("trunk:{}", t.id)));
    all.extend(numbers::all(tx, account).await?.iter().map(|n| format!("number:{}", n.number)));
    all.extend(alerts::rules(tx, account).await?.iter().map(|r| format!("alert_rule:{}", r.id)));
    all.extend(tags::all(tx, account).await?.iter().map(|t| format!("tag:{}", t.id)));
    all.extend(calendars::all(tx, account).await?.iter().map(|c| format!("calendar:{}", c.id)));
    all.extend(contact_fields::all(tx, account).await?.iter().map(|(field, _)| format!("contact_field:{field}")));
    all.extend(ticket_types::all(tx, account).await?.iter().map(|t| format!("ticket_type:{}", t.id)));
    all.extend(departments::all(tx, account).await?.iter().map(|d| format!("department:{}", d.id)));
    let shared = quick_phrases::all(tx, account).await?.into_iter().filter(|p| !matches!(p.whose, PhraseFor::Me(_)));
    all.extend(shared.map(|p| format!("quick_phrase:{}", p.id)));
    all.extend(quick_phrases::categories(tx, account).await?.iter().map(|c| format!("phrase_category:{}", c.id)));
    all.extend(channels(tx, account).await?.iter().map(|c| format!("channel:{}", c.name)));
    Ok(all)
}

async fn inbox(tx: &mut Tx, key: &AccountKey, is: impl Fn(&dyn Display) -> bool) -> Result<Option<Inbox>, StoreError> {
    Ok(inboxes::all(tx, key.account()).await?.into_iter().find(|i| is(&i.id)))
}

async fn user(tx: &mut Tx, key: &AccountKey, id: &str) -> Result<Option<User>, StoreError> {
    let Ok(id) = id.parse::<UserId>() else { return Ok(None) };
    Ok(users::by_id(tx, key.account(), id).await?.map(|found| found.user))
}

fn rule<Id>(stored: Vec<(Id, String)>, is: impl Fn(Id) -> bool + Copy) -> Result<Value, StoreError> {
    let mut found = stored.into_iter().filter_map(|(id, rule)| is(id).then_some(rule));
    found.next().map_or(Ok(Value::Null), |rule| parsed(&rule))
}

/// `None`: it is not there.
fn kept(state: Option<impl Serialize>) -> Result<Value, OperationError> {
    serde_json::to_value(state).map_err(|_| OperationError::Internal("a setting could not be written"))
}

pub(super) fn parsed(text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::Unreadable { what: "a setting", why: why.to_string() })
}

pub(super) fn object_of(text: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::Unreadable { what: "a setting", why: why.to_string() })
}
