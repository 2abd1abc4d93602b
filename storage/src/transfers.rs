//! Who passed whom on to whom, why, and what came of it: one row per transfer, from its beginning to its one end.

use crate::accounts::open_text;
use crate::batch::{Hex, Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, CallId, ConversationId, Pii, Scope, Timestamp, TransferId};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;
use uuid::Uuid;

/// Somebody passes a contact on, asks somebody, or lets somebody join.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    pub id: TransferId,
    pub conversation: ConversationId,
    /// `None`: a text.
    pub call: Option<CallId>,
    pub by: Option<AgentId>,
    /// `blind`, `consult`, `join`.
    pub mode: String,
    /// `agent`, `queue`, `flow`, `number`, `extension`, `supervisor`.
    pub target: &'static str,
    /// The whole of it, as JSON.
    pub target_said: Pii<String>,
    pub reason: Option<Pii<String>>,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct TransferEnd {
    pub id: TransferId,
    pub at: Timestamp,
    pub waited_ms: i64,
    pub outcome: String,
    pub taken_by: Option<AgentId>,
}

#[derive(Clone, Debug)]
pub struct TransferView {
    pub id: TransferId,
    /// `None`: a text.
    pub call: Option<CallId>,
    pub by: Option<AgentId>,
    pub mode: String,
    pub target: String,
    /// JSON.
    pub target_said: Pii<String>,
    pub reason: Option<Pii<String>>,
    pub began_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub waited_ms: Option<i64>,
    pub outcome: Option<String>,
    pub taken_by: Option<AgentId>,
}

/// The row of one that begins, sealed.
#[derive(Serialize)]
pub(crate) struct BegunRow {
    id: Id,
    conversation: Id,
    call: Option<Id>,
    by: Option<Id>,
    mode: String,
    target: &'static str,
    said: Hex,
    reason: Option<Hex>,
    at: i64,
}

#[derive(Serialize)]
pub(crate) struct EndRow {
    id: Id,
    at: i64,
    waited: i64,
    outcome: String,
    taken: Option<Id>,
}

impl BegunRow {
    pub(crate) fn new(key: &AccountKey, new: &NewTransfer) -> Result<BegunRow, StoreError> {
        let seal = |column, text: &str| key.seal(Place::new("transfer", column, new.id.0.as_bytes()), text.as_bytes());
        Ok(BegunRow {
            id: Id(new.id.0),
            conversation: Id(new.conversation.0),
            call: new.call.map(|c| Id(c.0)),
            by: new.by.map(|a| Id(a.0)),
            mode: new.mode.clone(),
            target: new.target,
            said: Hex(seal("target", new.target_said.reveal())?),
            reason: new.reason.as_ref().map(|reason| seal("reason", reason.reveal())).transpose()?.map(Hex),
            at: new.at.0,
        })
    }
}

impl EndRow {
    pub(crate) fn new(end: TransferEnd) -> EndRow {
        EndRow {
            id: Id(end.id.0),
            at: end.at.0,
            waited: end.waited_ms,
            outcome: end.outcome,
            taken: end.taken_by.map(|a| Id(a.0)),
        }
    }
}

/// What a set holds of transfers: those that began, then those that ended.
pub(crate) async fn write(
    tx: &mut Tx,
    account: AccountId,
    begun: &[BegunRow],
    ended: &[EndRow],
) -> Result<(), StoreError> {
    if !begun.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO transfer (id, account_id, conversation_id, call_id, by_agent, mode, target, target_sealed, reason_sealed, began_at)
                SELECT unhex(r.value->>'id'), $1, unhex(r.value->>'conversation'), unhex(r.value->>'call'), unhex(r.value->>'by'),
                       r.value->>'mode', r.value->>'target', unhex(r.value->>'said'), unhex(r.value->>'reason'), r.value->>'at'
                FROM jsonb_each($2) r WHERE true ON CONFLICT DO NOTHING",
            postgres: "INSERT INTO transfer (id, account_id, conversation_id, call_id, by_agent, mode, target, target_sealed, reason_sealed, began_at)
                SELECT r.id, $1::uuid, r.conversation, r.call, r.by, r.mode, r.target, decode(r.said, 'hex'), decode(r.reason, 'hex'), r.at
                FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, conversation uuid, call uuid, by uuid, mode text, target text,
                  said text, reason text, at bigint) ON CONFLICT DO NOTHING",
            account.0,
            json(begun)
        )?;
    }
    if !ended.is_empty() {
        exec!(
            tx,
            sqlite: "UPDATE transfer SET ended_at = COALESCE(ended_at, r.at), waited_ms = COALESCE(waited_ms, r.waited),
                  outcome = COALESCE(transfer.outcome, r.outcome), taken_by = CASE WHEN ended_at IS NULL THEN r.taken ELSE taken_by END
                FROM (SELECT unhex(value->>'id') AS ended, value->>'at' AS at, value->>'waited' AS waited,
                        value->>'outcome' AS outcome, unhex(value->>'taken') AS taken FROM jsonb_each($1)) r
                WHERE transfer.id = r.ended",
            postgres: "UPDATE transfer SET ended_at = COALESCE(ended_at, r.at), waited_ms = COALESCE(waited_ms, r.waited),
                  outcome = COALESCE(transfer.outcome, r.outcome), taken_by = CASE WHEN ended_at IS NULL THEN r.taken ELSE taken_by END
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint, waited bigint, outcome text, taken uuid)
                WHERE transfer.id = r.id",
            json(ended)
        )?;
    }
    Ok(())
}

/// The path of a conversation, in order. Nothing for who may not see the conversation.
pub async fn of_conversation(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    conversation: ConversationId,
) -> Result<Vec<TransferView>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        call_id: Option<Uuid>,
        by_agent: Option<Uuid>,
        mode: String,
        target: String,
        target_sealed: Vec<u8>,
        reason_sealed: Option<Vec<u8>>,
        began_at: i64,
        ended_at: Option<i64>,
        waited_ms: Option<i64>,
        outcome: Option<String>,
        taken_by: Option<Uuid>,
    }
    let found: Vec<Row> = rows!(
        tx,
        "SELECT t.id, t.call_id, t.by_agent, t.mode, t.target, t.target_sealed, t.reason_sealed, t.began_at, t.ended_at,
                t.waited_ms, t.outcome, t.taken_by
         FROM transfer t WHERE t.account_id = $1 AND t.conversation_id = $2
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = t.conversation_id AND p.agent_id = $4))
         ORDER BY t.began_at, t.id",
        key.account().0,
        conversation.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    let view = |row: Row| {
        let open = |column, sealed: &[u8]| {
            Ok::<_, StoreError>(Pii::new(open_text(key, Place::new("transfer", column, row.id.as_bytes()), sealed)?))
        };
        Ok(TransferView {
            target_said: open("target", &row.target_sealed)?,
            reason: row.reason_sealed.as_deref().map(|sealed| open("reason", sealed)).transpose()?,
            id: TransferId(row.id),
            call: row.call_id.map(CallId),
            by: row.by_agent.map(AgentId),
            mode: row.mode,
            target: row.target,
            began_at: Timestamp(row.began_at),
            ended_at: row.ended_at.map(Timestamp),
            waited_ms: row.waited_ms,
            outcome: row.outcome,
            taken_by: row.taken_by.map(AgentId),
        })
    };
    found.into_iter().map(view).collect()
}

/// End what a dead server left open: a text that waits in a queue goes on waiting there. Gives how many there were.
pub(crate) async fn end_open(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    outcome: &str,
) -> Result<u64, StoreError> {
    exec!(
        tx,
        "UPDATE transfer SET ended_at = COALESCE((SELECT c.ended_at FROM call c WHERE c.id = transfer.call_id), $2), outcome = $3
         WHERE account_id = $1 AND ended_at IS NULL AND (call_id IS NOT NULL OR target <> 'queue')",
        account.0,
        now.0,
        outcome
    )
}
