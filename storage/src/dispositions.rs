//! What an agent noted about a participation. Which codes and until when is a law of `core/conversations`.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, ConversationId, ParticipationId, Pii, QueueId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    pub code: String,
    pub note: Option<Pii<String>>,
    pub at: Timestamp,
    pub by: Option<UserId>,
}

/// What the law must know about a participation.
#[derive(Clone, Debug)]
pub struct Judged {
    pub conversation: ConversationId,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub disposition: Option<Disposition>,
}

pub async fn load(tx: &mut Tx, key: &AccountKey, id: ParticipationId) -> Result<Option<Judged>, StoreError> {
    type Row = (Uuid, Uuid, Option<Uuid>, i64, Option<i64>, Option<String>, Option<Vec<u8>>, Option<i64>, Option<Uuid>);
    let found: Option<Row> = row!(
        tx,
        "SELECT p.conversation_id, p.agent_id, p.queue_id, p.started_at, p.ended_at, d.code, d.note_sealed, d.set_at, d.set_by
         FROM participation p LEFT JOIN disposition d ON d.participation_id = p.id WHERE p.id = $1 AND p.account_id = $2",
        id.0,
        key.account().0
    )?;
    let Some((conversation, agent, queue, started, ended, code, note, at, by)) = found else { return Ok(None) };
    let disposition = match code {
        None => None,
        Some(code) => {
            let place = Place::new("disposition", "note", id.0.as_bytes());
            let note = note.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
            Some(Disposition { code, note, at: Timestamp(at.unwrap_or(0)), by: by.map(UserId) })
        }
    };
    Ok(Some(Judged {
        conversation: ConversationId(conversation),
        agent: AgentId(agent),
        queue: queue.map(QueueId),
        started: Timestamp(started),
        ended: ended.map(Timestamp),
        disposition,
    }))
}

/// The agent's newest participation in a call.
pub async fn latest_of(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<Option<ParticipationId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT id FROM participation WHERE account_id = $1 AND agent_id = $2 AND call_id IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1",
        account.0,
        agent.0
    )?;
    Ok(found.map(|(id,)| ParticipationId(id)))
}

/// Set or change it.
pub async fn set(tx: &mut Tx, key: &AccountKey, id: ParticipationId, to: &Disposition) -> Result<(), StoreError> {
    let place = Place::new("disposition", "note", id.0.as_bytes());
    let note = to.note.as_ref().map(|note| key.seal(place, note.reveal().as_bytes())).transpose()?;
    exec!(
        tx,
        "INSERT INTO disposition (participation_id, account_id, code, note_sealed, set_at, set_by) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (participation_id) DO UPDATE
         SET code = excluded.code, note_sealed = excluded.note_sealed, set_at = excluded.set_at, set_by = excluded.set_by",
        id.0,
        key.account().0,
        to.code.as_str(),
        note,
        to.at.0,
        to.by.map(|u| u.0)
    )?;
    Ok(())
}

/// Take it back.
pub async fn clear(tx: &mut Tx, key: &AccountKey, id: ParticipationId) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM disposition WHERE participation_id = $1 AND account_id = $2", id.0, key.account().0)?;
    Ok(())
}
