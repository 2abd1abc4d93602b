//! The agent's outcome code and note.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{
    DispositionTree, Participation, Refusal, SetDisposition, check_note, may_finish_wrap_up, set_disposition,
};
use ringdesk_model::{AccountId, Actor, AgentId, OfferId, ParticipationId, Pii, QueueId, Scope, Timestamp};
use ringdesk_storage::StoreError;
use ringdesk_storage::agents::{self, Queue};
use ringdesk_storage::dispositions::{self, Disposition, Judged};
use ringdesk_storage::outbox::{self, NewEvent};
use serde::Deserialize;

/// The codes of a queue, for those who choose one.
#[derive(Clone, Debug)]
pub struct QueueDispositions {
    pub queue: QueueId,
    pub name: String,
    pub tree: DispositionTree,
    /// Wrap-up is not finished without one.
    pub required: bool,
}

impl Operations {
    pub async fn dispositions(&self, scope: &Scope) -> Result<Vec<QueueDispositions>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let of = |queue: Queue| {
            let Wishes { dispositions: tree, disposition_required: required } = wishes(&queue)?;
            Ok(QueueDispositions { queue: queue.id, name: queue.name, tree, required })
        };
        agents::queues(&mut tx, scope.account).await?.into_iter().map(of).collect()
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
        const NONE: OperationError = OperationError::NotFound("participation");
        let (mut tx, key) = self.write(scope.account).await?;
        let judged = dispositions::load(&mut tx, &key, id).await?.ok_or(NONE)?;
        if !scope.everyone && scope.agent != Some(judged.agent) {
            return Err(NONE);
        }
        let queue = agents::queues(&mut tx, scope.account).await?.into_iter().find(|q| Some(q.id) == judged.queue);
        let wishes = queue.map(|q| wishes(&q)).transpose()?.unwrap_or_default();
        let part = participation(id, &judged);
        if let Some(note) = &note {
            check_note(now, &part, note.reveal())?;
        }
        let change = set_disposition(
            now,
            &part,
            &wishes.dispositions,
            &SetDisposition { path, required: wishes.disposition_required },
        )?;
        let by = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        match &change.after {
            Some(code) => {
                let to = Disposition { code: code.clone(), note, at: change.at, by };
                dispositions::set(&mut tx, &key, id, &to).await?;
            }
            // A note belongs to a code.
            None if note.is_some() => return Err(Refusal::Unknown.into()),
            None => dispositions::clear(&mut tx, &key, id).await?,
        }
        let object = format!("participation:{id}");
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        audited(&mut tx, &key, now, actor, "disposition.set", &object, before, after).await?;
        let payload = Pii::new(serde_json::json!({ "participation": id, "disposition": change.after }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "disposition_set", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What a queue's settings say of dispositions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wishes {
    dispositions: DispositionTree,
    disposition_required: bool,
}

fn wishes(queue: &Queue) -> Result<Wishes, OperationError> {
    let unreadable =
        |why: serde_json::Error| StoreError::Unreadable { what: "settings of a queue", why: why.to_string() };
    Ok(serde_json::from_str(&queue.settings).map_err(unreadable)?)
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
        wrap_up_until: None,
        wrap_up_ended_at: None,
        disposition: judged.disposition.as_ref().map(|d| d.code.clone()),
    }
}
