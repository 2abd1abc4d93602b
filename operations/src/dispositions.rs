//! The agent's outcome code and note, and the trees from which codes are chosen.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{
    DispositionNode, DispositionTree, Participation, Refusal, SetDisposition, check_note, may_finish_wrap_up,
    set_disposition,
};
use ringdesk_model::{AccountId, Actor, AgentId, OfferId, ParticipationId, Pii, QueueId, Scope, Timestamp, UserId};
use ringdesk_storage::agents::{self, Queue};
use ringdesk_storage::disposition_trees::{self, Owner, StoredTree};
use ringdesk_storage::dispositions::{self, Disposition, Judged};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx};
use ringdesk_vault::AccountKey;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The codes of an account, for those who choose one.
#[derive(Clone, Debug)]
pub struct Dispositions {
    /// For the queues without a tree of their own.
    pub default: VersionedTree,
    pub queues: Vec<QueueDispositions>,
}

#[derive(Clone, Debug, Default)]
pub struct VersionedTree {
    /// 0: there is none.
    pub version: i64,
    pub tree: DispositionTree,
}

#[derive(Clone, Debug)]
pub struct QueueDispositions {
    pub queue: QueueId,
    pub name: String,
    /// Its own tree.
    pub own: VersionedTree,
    /// Wrap-up is not finished without one.
    pub required: bool,
}

/// A new version of a tree.
#[derive(Clone, Debug)]
pub struct NewTree {
    /// `None`: for the queues without a tree of their own.
    pub queue: Option<QueueId>,
    pub tree: DispositionTree,
    /// The version it replaces, 0 for none: of two editors one learns of the other.
    pub replaces: i64,
    /// Of a queue: whether wrap-up wants a disposition from now on.
    pub required: Option<bool>,
}

impl Operations {
    pub async fn dispositions(&self, scope: &Scope) -> Result<Dispositions, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let trees = trees(&mut tx, scope.account).await?;
        let own = |owner| trees.get(&owner).cloned().unwrap_or_default();
        let of = |queue: Queue| {
            let required = wishes(&queue)?.disposition_required;
            Ok(QueueDispositions { queue: queue.id, name: queue.name, own: own(Owner::Queue(queue.id)), required })
        };
        let queues =
            agents::queues(&mut tx, scope.account).await?.into_iter().map(of).collect::<Result<_, OperationError>>();
        Ok(Dispositions { default: own(Owner::Account(scope.account)), queues: queues? })
    }

    /// Keep a new version of a tree; gives its number. Codes that were chosen stay what they are.
    pub async fn publish_dispositions(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        new: NewTree,
    ) -> Result<i64, OperationError> {
        new.tree.check()?;
        let (mut tx, key) = self.write(account).await?;
        let owner = new.queue.map_or(Owner::Account(account), Owner::Queue);
        let found = trees(&mut tx, account).await?.remove(&owner).unwrap_or_default();
        if found.version != new.replaces {
            return Err(OperationError::Changed("the disposition tree"));
        }
        let mut what = "tree".to_owned();
        if let Some(id) = new.queue {
            let queue = agents::queues(&mut tx, account).await?.into_iter().find(|q| q.id == id);
            let queue = queue.ok_or(OperationError::NotFound("queue"))?;
            if let Some(required) = new.required.filter(|r| wishes(&queue).is_ok_and(|w| w.disposition_required != *r))
            {
                let mut settings: serde_json::Value = serde_json::from_str(&queue.settings).map_err(unreadable)?;
                settings["disposition_required"] = required.into();
                agents::set_queue_settings(&mut tx, account, id, &settings.to_string()).await?;
                what = if required { "tree, required".to_owned() } else { "tree, not required".to_owned() };
            }
        } else if new.required.is_some() {
            return Err(OperationError::Invalid("whether one is required is said per queue".into()));
        }
        let tree = serde_json::to_string(&new.tree).map_err(unreadable)?;
        let stored = StoredTree { owner, version: found.version + 1, tree };
        disposition_trees::add(&mut tx, now, account, &stored, who(actor))
            .await
            .map_err(OperationError::raced("the disposition tree"))?;
        let object = new.queue.map_or_else(|| format!("account:{account}"), |q| format!("queue:{q}"));
        let (before, after) = (format!("version {}", found.version), format!("version {}, {what}", stored.version));
        audited(&mut tx, &key, now, actor, "dispositions.publish", &object, Some(&before), Some(&after)).await?;
        let payload = Pii::new(serde_json::json!({ "queue": new.queue, "version": stored.version }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "dispositions_published", payload }]).await?;
        tx.commit().await?;
        Ok(stored.version)
    }

    /// Whether an agent may end their wrap-up by hand: not before the code that the queue wants.
    pub async fn may_finish_wrap_up(&self, account: AccountId, agent: AgentId) -> Result<(), OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(id) = dispositions::latest_of(&mut tx, account, agent).await? else { return Ok(()) };
        let Some(judged) = dispositions::load(&mut tx, &key, id).await? else { return Ok(()) };
        let queue = agents::queues(&mut tx, account).await?.into_iter().find(|q| Some(q.id) == judged.queue);
        let required = queue.map(|q| wishes(&q)).transpose()?.unwrap_or_default().disposition_required;
        Ok(may_finish_wrap_up(&participation(id, &judged), required)?)
    }

    /// Set, change or take back (`path: None`) the disposition of a participation: one's own, or anybody's for who sees
    /// everyone's.
    pub async fn set_disposition(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ParticipationId,
        path: Option<String>,
        note: Option<Pii<String>>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        judge(&mut tx, &key, now, actor, scope, id, path, note).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The same as part of something larger.
pub(crate) async fn judge(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    actor: &Actor,
    scope: &Scope,
    id: ParticipationId,
    path: Option<String>,
    note: Option<Pii<String>>,
) -> Result<(), OperationError> {
    const NONE: OperationError = OperationError::NotFound("participation");
    let judged = dispositions::load(tx, key, id).await?.ok_or(NONE)?;
    if !scope.everyone && scope.agent != Some(judged.agent) {
        return Err(NONE);
    }
    let queue = agents::queues(tx, scope.account).await?.into_iter().find(|q| Some(q.id) == judged.queue);
    let required = queue.map(|q| wishes(&q)).transpose()?.unwrap_or_default().disposition_required;
    let mut trees = trees(tx, scope.account).await?;
    let own = judged.queue.and_then(|q| trees.remove(&Owner::Queue(q)));
    let tree = match own.or_else(|| trees.remove(&Owner::Account(scope.account))) {
        Some(stored) => stored.tree,
        // Where nobody made a tree, any code that could stand in one will do.
        None => only(path.as_deref())?,
    };
    let part = participation(id, &judged);
    if let Some(note) = &note {
        check_note(now, &part, note.reveal())?;
    }
    let change = set_disposition(now, &part, &tree, &SetDisposition { path, required })?;
    match &change.after {
        Some(code) => {
            let to = Disposition { code: code.clone(), note, at: change.at, by: who(actor) };
            dispositions::set(tx, key, id, &to).await?;
        }
        // A note belongs to a code.
        None if note.is_some() => return Err(Refusal::Unknown.into()),
        None => dispositions::clear(tx, key, id).await?,
    }
    let object = format!("participation:{id}");
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    audited(tx, key, now, actor, "disposition.set", &object, before, after).await?;
    let payload = Pii::new(serde_json::json!({
        "conversation": judged.conversation, "participation": id, "agent": judged.agent, "disposition": change.after
    }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "disposition_set", payload }]).await?;
    Ok(())
}

/// What a queue's settings say of dispositions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wishes {
    disposition_required: bool,
}

fn wishes(queue: &Queue) -> Result<Wishes, OperationError> {
    Ok(serde_json::from_str(&queue.settings).map_err(unreadable)?)
}

/// Does this queue want one after each call?
pub(crate) fn is_required(queue: &Queue) -> bool {
    wishes(queue).is_ok_and(|wishes| wishes.disposition_required)
}

async fn trees(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<Owner, VersionedTree>, OperationError> {
    let read = |stored: StoredTree| {
        let tree = serde_json::from_str(&stored.tree).map_err(unreadable)?;
        Ok((stored.owner, VersionedTree { version: stored.version, tree }))
    };
    disposition_trees::all(tx, account).await?.into_iter().map(read).collect()
}

/// The tree in which this path is all there is.
fn only(path: Option<&str>) -> Result<DispositionTree, OperationError> {
    let mut nodes = Vec::new();
    for key in path.into_iter().flat_map(|p| p.rsplit('/')) {
        nodes = vec![DispositionNode { key: key.to_owned(), labels: BTreeMap::new(), children: nodes }];
    }
    let tree = DispositionTree(nodes);
    tree.check()?;
    Ok(tree)
}

fn who(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { user, .. } => Some(*user),
        _ => None,
    }
}

fn unreadable(why: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "dispositions", why: why.to_string() }
}

/// What the law looks at. A participation is kept only when its agent joined, under the id of its offer.
fn participation(id: ParticipationId, judged: &Judged) -> Participation {
    Participation {
        offer: OfferId(id.0),
        agent: judged.agent,
        queue: judged.queue,
        offered_at: None,
        offer_ended_at: None,
        offer_outcome: None,
        joined_at: Some(judged.started),
        left_at: judged.ended,
        hold_us: 0,
        consults: false,
        wrap_up_until: None,
        wrap_up_ended_at: None,
        disposition: judged.disposition.as_ref().map(|d| d.code.clone()),
    }
}
