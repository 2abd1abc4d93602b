//! An opened store with one account, two agents and a queue, on either database.

use crate::postgres;
use ringdesk_conversations::{ContactNumber, Country};
use ringdesk_model::{
    AccountId, AgentId, CallId, Channel, ConversationId, Ids, Medium, OfferId, ParticipationId, Pii, QueueId, Scope,
    Timestamp, WorkItemId,
};
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::journal::*;
use ringdesk_storage::outbox::NewEvent;
use ringdesk_storage::{Store, Tx, accounts, agents, leases};
use ringdesk_vault::AccountKey;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub struct World {
    pub dir: tempfile::TempDir,
    pub url: String,
    pub store: Store,
    pub account: AccountId,
    pub key: Arc<AccountKey>,
    pub agents: [AgentId; 2],
    pub queue: QueueId,
    pub lease: leases::Lease,
    ids: Mutex<Ids>,
}

/// A call that was queued, as the suite's cases use it.
pub struct Waiting {
    pub call: CallId,
    pub conversation: ConversationId,
    pub work_item: WorkItemId,
}

impl World {
    pub async fn sqlite() -> World {
        World::open(String::new()).await
    }

    pub async fn postgres() -> World {
        World::open(postgres::database().await).await
    }

    async fn open(url: String) -> World {
        let dir = tempfile::tempdir().unwrap();
        let (store, recovery) = Store::open(dir.path(), &url).await.unwrap();
        assert!(recovery.is_some(), "the first start gives the recovery key");
        let mut ids = Ids::seeded(11);
        let account: AccountId = ids.next(START);
        let (_, wrapped) = AccountKey::create(store.root(), account).unwrap();
        let agents: [AgentId; 2] = [ids.next(START), ids.next(START)];
        let queue: QueueId = ids.next(START);
        let mut tx = store.db.write().await.unwrap();
        accounts::create(&mut tx, START, account, "test", &wrapped).await.unwrap();
        for agent in agents {
            agents::create_agent(&mut tx, START, account, agent, "Agent", "{}").await.unwrap();
        }
        let row = agents::Queue { id: queue, name: "support".into(), settings: "{}".into() };
        agents::create_queue(&mut tx, account, &row).await.unwrap();
        let lease = leases::take(&mut tx, START, "routing", "node", Duration::from_secs(3_600)).await.unwrap().unwrap();
        let key = store.key(&mut tx, account).await.unwrap();
        tx.commit().await.unwrap();
        World { dir, url, store, account, key, agents, queue, lease, ids: Mutex::new(ids) }
    }

    pub fn id<T: From<uuid::Uuid>>(&self, at: Timestamp) -> T {
        self.ids.lock().unwrap().next(at)
    }

    pub async fn write(&self) -> Tx {
        self.store.db.write().await.unwrap()
    }

    pub async fn read(&self) -> Tx {
        self.store.db.read().await.unwrap()
    }

    pub fn set(&self) -> Set {
        Set::new(self.key.clone())
    }

    pub async fn commit(&self, set: &Set) {
        let mut tx = self.write().await;
        write(&mut tx, set).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub fn everyone(&self) -> Scope {
        Scope { account: self.account, user: self.id(START), agent: None, everyone: true, unmasked: true }
    }

    pub fn own(&self, agent: AgentId) -> Scope {
        Scope { agent: Some(agent), everyone: false, ..self.everyone() }
    }

    /// A call comes in and waits; all in one set.
    pub fn call_in(&self, set: &mut Set, at: Timestamp, from: &str) -> Waiting {
        let (call, conversation, work_item) = (self.id(at), self.id(at), self.id(at));
        let number = ContactNumber::normalise(from, Country::of("DE").unwrap()).unwrap();
        set.open_conversation(ConversationOpened {
            id: conversation,
            channel: Channel::Phone,
            inbox: None,
            at,
            contact: Some((Identity::number(&number), self.id(at))),
        })
        .unwrap();
        let parties = Parties {
            from: Pii::new(from.to_owned()),
            from_name: Some(Pii::new("Marker Name".to_owned())),
            to: Pii::new("1001".to_owned()),
        };
        set.start_call(CallStarted {
            id: call,
            conversation,
            direction: "inbound",
            origin: "trunk".into(),
            parties,
            at,
        })
        .unwrap();
        set.call_event(call, 1, at, "started", "{}").unwrap();
        self.say(set, conversation, at, "call.started");
        set.queued(Queued {
            id: work_item,
            conversation,
            call: Some(call),
            queue: self.queue,
            medium: Medium::Voice,
            at,
        });
        set.call_event(call, 2, at, "queued", r#"{"digits":"marker-digits-4711"}"#).unwrap();
        set.emit(NewEvent {
            at,
            kind: "call_started",
            payload: Pii::new(serde_json::json!({ "call": call, "from": from })),
        });
        Waiting { call, conversation, work_item }
    }

    pub fn say(&self, set: &mut Set, conversation: ConversationId, at: Timestamp, text: &str) {
        set.message(NewMessage {
            id: self.id(at),
            conversation,
            kind: "call_event",
            speaker: "system",
            agent: None,
            text: Pii::new(text.to_owned()),
            start_ms: None,
            end_ms: None,
            at,
        })
        .unwrap();
    }

    pub fn joined(&self, set: &mut Set, waiting: &Waiting, agent: AgentId, at: Timestamp) -> ParticipationId {
        let id = self.id(at);
        set.participation(ParticipationState {
            id,
            conversation: waiting.conversation,
            call: Some(waiting.call),
            agent,
            queue: Some(self.queue),
            started_at: at,
            ended_at: None,
            hold_us: 0,
        });
        id
    }

    pub fn end(&self, set: &mut Set, waiting: &Waiting, at: Timestamp) {
        let ended = Some(CallEnd { at, cause: "normal".into(), by: "caller".into() });
        set.change_call(waiting.call, CallChange { ended, ..CallChange::default() }).unwrap();
        set.close_conversation(waiting.conversation, at);
    }

    pub async fn propose(&self, at: Timestamp, work_item: WorkItemId, agent: AgentId) -> Option<OfferId> {
        let offer = self.id(at);
        let (queue, why) = (self.queue, "{}".to_owned());
        let proposal = ringdesk_storage::routing::Proposed { offer, work_item, agent, queue, why };
        let mut tx = self.write().await;
        let made = ringdesk_storage::routing::commit_proposals(&mut tx, at, self.account, &self.lease, &[proposal])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        made.first().copied()
    }
}
