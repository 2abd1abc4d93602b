//! The agent's outcome code and note.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{DispositionTree, Participation, Refusal, SetDisposition, check_note, set_disposition};
use ringdesk_model::{Actor, OfferId, ParticipationId, Pii, Scope, Timestamp};
use ringdesk_storage::agents;
use ringdesk_storage::dispositions::{self, Disposition, Judged};
use ringdesk_storage::outbox::{self, NewEvent};

impl Operations {
    /// Set, change or take back (`path: None`) the disposition of a participation: one's own, or anybody's for who sees
    /// everyone's.
    pub async fn set_disposition(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ParticipationId,
        tree: &DispositionTree,
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
        let required = queue
            .and_then(|q| serde_json::from_str::<serde_json::Value>(&q.settings).ok())
            .is_some_and(|s| s["disposition_required"] == true);
        let part = participation(id, &judged);
        if let Some(note) = &note {
            check_note(now, &part, note.reveal())?;
        }
        let change = set_disposition(now, &part, tree, &SetDisposition { path, required })?;
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
