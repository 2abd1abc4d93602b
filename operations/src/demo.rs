//! The demo centre: an account with people, queues, numbers, flows and a trunk, made once.

use crate::desk::audited;
use crate::people::About;
use crate::secrets::ha1;
use crate::users::NewUser;
use crate::{OperationError, Operations, setting_history};
use ringdesk_conversations::RecordingRule;
use ringdesk_model::{AccountId, Actor, AgentId, Channel, FlowId, QueueId, Timestamp, UserId};
use ringdesk_storage::agents::{self, Queue, QueueAgent};
use ringdesk_storage::disposition_trees::{self, Owner, StoredTree};
use ringdesk_storage::inboxes::{self, Inbox, Trunk};
use ringdesk_storage::{accounts, recordings, users};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;

const ACCOUNT: &str = "demo";

/// Login, name, role, extension of who takes work.
const PEOPLE: &[(&str, &str, &str, Option<&str>)] = &[
    ("supervisor", "Sofia Supervisor", "supervisor", None),
    ("agent1", "Anna Agent", "agent", Some("2001")),
    ("agent2", "Bernd Agent", "agent", Some("2002")),
    ("reviewer", "Rita Reviewer", "reviewer", None),
    ("operator", "Oskar Operator", "operator", None),
    ("admin", "Adam Admin", "admin", None),
];
const QUEUES: &[&str] = &["support", "sales"];
/// A call takes all of them, a text a quarter.
const AGENT: &str = r#"{"capacity":{"voice":1,"text":4}}"#;
/// Ten seconds of wrap-up: long enough to be seen, short enough for the next call of a demonstration.
/// With nobody there, callers are told so at once.
const QUEUE: &str = r#"{"wrap_up":{"secs":10,"nanos":0},"empty":"leave_at_once"}"#;
/// For every queue; none requires one.
const DISPOSITIONS: &str = r#"[
  {"key":"solved","labels":{"en":"Solved","zh-CN":"已解决"}},
  {"key":"callback","labels":{"en":"Call back","zh-CN":"需要回电"}},
  {"key":"billing","labels":{"en":"Billing","zh-CN":"账单"},"children":[
    {"key":"invoice","labels":{"en":"Invoice","zh-CN":"发票"}},
    {"key":"refund","labels":{"en":"Refund","zh-CN":"退款"}}]}]"#;

/// A voice inbox to make, with its flow.
#[derive(Clone, Debug)]
pub struct DemoInbox {
    pub name: String,
    pub numbers: Vec<String>,
    /// JSON, checked by whom it comes from.
    pub flow: String,
    /// `None`: as the house does.
    pub recording: Option<RecordingRule>,
}

/// What is there now.
#[derive(Clone, Debug)]
pub struct Demo {
    pub account: AccountId,
    pub queues: BTreeMap<String, QueueId>,
    /// False: it was there before, and nothing was changed.
    pub made: bool,
}

/// The logins of the demo, in the order in which they are printed, with the extension of who has a phone.
pub fn logins() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    PEOPLE.iter().map(|(login, _, _, extension)| (*login, *extension))
}

impl Operations {
    /// Make the demo centre, unless it is there. `passwords` names one per login of [`logins`]; phones register with the
    /// same. `inboxes` is given the queues' ids, for the flows that name them. All is one transaction.
    pub async fn install_demo(
        &self,
        now: Timestamp,
        passwords: &BTreeMap<String, String>,
        inboxes_for: impl FnOnce(&BTreeMap<String, QueueId>) -> Vec<DemoInbox>,
    ) -> Result<Demo, OperationError> {
        if let Some(demo) = self.demo().await? {
            return Ok(demo);
        }
        // Slow work before the transaction.
        let mut hashes = Vec::new();
        for (login, ..) in PEOPLE {
            let password = passwords
                .get(*login)
                .ok_or_else(|| OperationError::Invalid(format!("no password for the demo login {login}")))?;
            hashes.push((self.door.hash(password).await?, password));
        }

        let account: AccountId = self.id(now);
        let (key, wrapped) = AccountKey::create(self.store.root(), account)?;
        let mut tx = self.store.db.write().await?;
        accounts::create(&mut tx, now, account, ACCOUNT, &wrapped).await?;
        let mut queues = BTreeMap::new();
        for name in QUEUES {
            let queue = Queue { id: self.id(now), name: (*name).to_owned(), settings: QUEUE.to_owned() };
            agents::create_queue(&mut tx, account, &queue).await?;
            queues.insert(queue.name, queue.id);
        }
        let tree = StoredTree { owner: Owner::Account(account), version: 1, tree: DISPOSITIONS.to_owned() };
        disposition_trees::add(&mut tx, now, account, &tree, None).await?;
        for ((login, name, role, extension), (hash, password)) in PEOPLE.iter().zip(&hashes) {
            let agent: Option<AgentId> = extension.map(|_| self.id(now));
            if let Some(agent) = agent {
                agents::create_agent(&mut tx, now, account, agent, name, AGENT).await?;
                for queue in queues.values() {
                    agents::set_queue_agent(&mut tx, QueueAgent { queue: *queue, agent, level: 1 }).await?;
                }
            }
            let new = NewUser {
                login: (*login).to_owned(),
                name: (*name).to_owned(),
                roles: vec![(*role).to_owned()],
                agent,
                about: About::default(),
            };
            let user: UserId = self.insert_user(&mut tx, &key, now, new, hash).await?;
            if let Some(extension) = extension {
                let (md5, sha256) = ha1(extension, &self.realm, password);
                users::set_phone(&mut tx, &key, user, extension, &md5, &sha256).await?;
            }
        }
        for inbox in inboxes_for(&queues) {
            let flow: FlowId = self.id(now);
            inboxes::create_flow(&mut tx, account, flow, &inbox.name).await?;
            let version = inboxes::add_flow_version(&mut tx, now, flow, &inbox.flow, None).await?;
            inboxes::publish_flow(&mut tx, account, flow, version).await?;
            let row = Inbox {
                id: self.id(now),
                channel: Channel::Phone,
                name: inbox.name,
                numbers: inbox.numbers,
                flow: Some(flow),
                closure: None,
            };
            inboxes::create(&mut tx, account, &row).await?;
            if let Some(rule) = inbox.recording.and_then(|r| serde_json::to_string(&r).ok()) {
                recordings::set_rule(&mut tx, account, row.id, Some(&rule)).await?;
            }
        }
        let trunk = Trunk {
            id: self.id(now),
            name: ACCOUNT.to_owned(),
            networks: vec!["127.0.0.0/8".to_owned()],
            settings: "{}".to_owned(),
            password: None,
        };
        inboxes::create_trunk(&mut tx, &key, &trunk).await?;
        audited(&mut tx, &key, now, &Actor::System, "demo.install", &format!("account:{account}"), None, None).await?;
        setting_history::begin(&mut tx, &key).await?;
        tx.commit().await?;
        Ok(Demo { account, queues, made: true })
    }

    /// The demo centre, if it is there.
    pub async fn demo(&self) -> Result<Option<Demo>, OperationError> {
        let mut tx = self.store.db.read().await?;
        let Some(account) = accounts::by_name(&mut tx, ACCOUNT).await? else { return Ok(None) };
        let queues = agents::queues(&mut tx, account).await?.into_iter().map(|q| (q.name, q.id)).collect();
        Ok(Some(Demo { account, queues, made: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_conversations::DispositionTree;

    #[test]
    fn the_demos_dispositions_pass_their_check() {
        let tree: DispositionTree = serde_json::from_str(DISPOSITIONS).unwrap();
        assert_eq!(tree.check(), Ok(()));
        assert!(tree.find("billing/refund").is_some());
    }
}
