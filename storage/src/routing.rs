//! Offers and assignments. Routing decides in memory; here its decisions become true, or are refused: an assignment
//! exists when its row does, and two partial unique indexes let no work item have two agents and no agent two calls. Several
//! agents may be asked for one work item at the same time.

use crate::batch::{Id, json};
use crate::leases::Lease;
use crate::{StoreError, Tx};
use ringdesk_model::{
    AccountId, AgentId, CallId, Channel, ConversationId, OfferId, QueueId, Scope, Timestamp, WorkItemId,
};
use serde::Serialize;
use uuid::Uuid;

/// What routing wants to be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    /// JSON, as routing says it; without names and numbers.
    pub why: String,
}

#[derive(Serialize)]
struct Row<'a> {
    offer: Id,
    work_item: Id,
    agent: Id,
    queue: Id,
    why: &'a str,
}

/// Write proposals under guard: the work item waits, the agent is free, the lease is the proposer's. Gives those that
/// became true; the others are lost. Of one batch, several may be for one work item. A work item that waits only in an unwritten journal set is not there: write that
/// set in the same transaction first.
pub async fn commit_proposals(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    lease: &Lease,
    proposals: &[Proposed],
) -> Result<Vec<OfferId>, StoreError> {
    let mut batch = Vec::with_capacity(proposals.len());
    for Proposed { offer, work_item, agent, queue, why } in proposals {
        let (offer, work_item, agent, queue) = (Id(offer.0), Id(work_item.0), Id(agent.0), Id(queue.0));
        batch.push(Row { offer, work_item, agent, queue, why });
    }
    let made: Vec<(Uuid, Uuid)> = rows!(
        tx,
        sqlite: "INSERT INTO offer (id, account_id, work_item_id, agent_id, queue_id, medium, state, epoch, offered_at, why)
            SELECT unhex(r.value->>'offer'), w.account_id, w.id, a.id, unhex(r.value->>'queue'), w.medium, 'offered', l.epoch, $5,
                   r.value->>'why'
            FROM jsonb_each($2) r
            JOIN work_item w ON w.id = unhex(r.value->>'work_item') AND w.account_id = $1 AND w.state = 'waiting'
            JOIN agent a ON a.id = unhex(r.value->>'agent') AND a.account_id = $1
            JOIN lease l ON l.name = $3 AND l.epoch = $4 AND l.expires_at > $5
            ORDER BY r.key ON CONFLICT DO NOTHING RETURNING id, work_item_id",
        postgres: "INSERT INTO offer (id, account_id, work_item_id, agent_id, queue_id, medium, state, epoch, offered_at, why)
            SELECT r.offer, w.account_id, w.id, a.id, r.queue, w.medium, 'offered', l.epoch, $5::bigint, r.why
            FROM jsonb_to_recordset($2::jsonb) AS r(offer uuid, work_item uuid, agent uuid, queue uuid, why text)
            JOIN work_item w ON w.id = r.work_item AND w.account_id = $1 AND w.state = 'waiting'
            JOIN agent a ON a.id = r.agent AND a.account_id = $1
            JOIN lease l ON l.name = $3 AND l.epoch = $4 AND l.expires_at > $5
            FOR UPDATE OF w FOR SHARE OF l
            ON CONFLICT DO NOTHING RETURNING id, work_item_id",
        account.0,
        json(&batch),
        lease.name.as_str(),
        lease.epoch,
        now.0
    )?;
    if !made.is_empty() {
        let items: Vec<Id> = made.iter().map(|(_, item)| Id(*item)).collect();
        exec!(
            tx,
            sqlite: "UPDATE work_item SET state = 'offered' WHERE id IN (SELECT unhex(value) FROM json_each($1))",
            postgres: "UPDATE work_item SET state = 'offered' WHERE id IN (SELECT v::uuid FROM jsonb_array_elements_text($1::jsonb) v)",
            json(&items)
        )?;
    }
    Ok(made.into_iter().map(|(id, _)| OfferId(id)).collect())
}

/// How an offer ended, in the words of the API. `accepted`: it is an assignment from now on; otherwise its work item
/// waits again, unless somebody else is still being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferEnd {
    pub offer: OfferId,
    pub at: Timestamp,
    pub outcome: String,
}

/// Whom and what an offer that ended was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
}

/// Gives those that ended now; the others had ended before, or never were.
pub async fn end_offers(tx: &mut Tx, account: AccountId, ends: &[OfferEnd]) -> Result<Vec<Ended>, StoreError> {
    #[derive(Serialize)]
    struct Row<'a> {
        offer: Id,
        at: i64,
        outcome: &'a str,
        accepted: bool,
    }
    if ends.is_empty() {
        return Ok(Vec::new());
    }
    let batch: Vec<Row> = ends
        .iter()
        .map(|e| Row { offer: Id(e.offer.0), at: e.at.0, outcome: &e.outcome, accepted: e.outcome == "accepted" })
        .collect();
    let found: Vec<(Uuid, Uuid, Uuid, Uuid)> = rows!(
        tx,
        sqlite: "UPDATE offer SET state = CASE WHEN r.accepted THEN 'accepted' ELSE 'ended' END,
              accepted_at = CASE WHEN r.accepted THEN r.at END, ended_at = CASE WHEN r.accepted THEN NULL ELSE r.at END,
              outcome = r.outcome
            FROM (SELECT unhex(value->>'offer') AS target, value->>'at' AS at, value->>'outcome' AS outcome,
                    value->>'accepted' AS accepted FROM jsonb_each($2)) r
            WHERE offer.id = r.target AND offer.account_id = $1 AND offer.state = 'offered'
            RETURNING id, work_item_id, agent_id, queue_id",
        postgres: "UPDATE offer SET state = CASE WHEN r.accepted THEN 'accepted' ELSE 'ended' END,
              accepted_at = CASE WHEN r.accepted THEN r.at END, ended_at = CASE WHEN r.accepted THEN NULL ELSE r.at END,
              outcome = r.outcome
            FROM jsonb_to_recordset($2::jsonb) AS r(offer uuid, at bigint, outcome text, accepted boolean)
            WHERE offer.id = r.offer AND offer.account_id = $1 AND offer.state = 'offered'
            RETURNING offer.id, offer.work_item_id, offer.agent_id, offer.queue_id",
        account.0,
        json(&batch)
    )?;
    let items: Vec<Id> = found.iter().map(|(_, item, ..)| Id(*item)).collect();
    if !items.is_empty() {
        // Where several were asked, one of them decides what becomes of it, or the last.
        exec!(
            tx,
            sqlite: "UPDATE work_item SET state = CASE
                  WHEN EXISTS (SELECT 1 FROM offer o WHERE o.work_item_id = work_item.id AND o.state = 'accepted') THEN 'active'
                  WHEN EXISTS (SELECT 1 FROM offer o WHERE o.work_item_id = work_item.id AND o.state = 'offered') THEN 'offered'
                  ELSE 'waiting' END
                WHERE state = 'offered' AND id IN (SELECT unhex(value) FROM json_each($1))",
            postgres: "UPDATE work_item SET state = CASE
                  WHEN EXISTS (SELECT 1 FROM offer o WHERE o.work_item_id = work_item.id AND o.state = 'accepted') THEN 'active'
                  WHEN EXISTS (SELECT 1 FROM offer o WHERE o.work_item_id = work_item.id AND o.state = 'offered') THEN 'offered'
                  ELSE 'waiting' END
                WHERE state = 'offered' AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($1::jsonb) v)",
            json(&items)
        )?;
    }
    let ended = |(offer, item, agent, queue)| Ended {
        offer: OfferId(offer),
        work_item: WorkItemId(item),
        agent: AgentId(agent),
        queue: QueueId(queue),
    };
    Ok(found.into_iter().map(ended).collect())
}

/// The agent's part is over: the assignment ends, the work item is closed, the agent may have another.
pub async fn end_assignment(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    offer: OfferId,
) -> Result<bool, StoreError> {
    let item: Option<(Uuid,)> = row!(
        tx,
        "UPDATE offer SET state = 'ended', ended_at = $3 WHERE id = $1 AND account_id = $2 AND state = 'accepted'
         RETURNING work_item_id",
        offer.0,
        account.0,
        now.0
    )?;
    let Some((item,)) = item else { return Ok(false) };
    exec!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, $2) WHERE id = $1 AND state = 'active'",
        item,
        now.0
    )?;
    Ok(true)
}

/// Which of these offers there are: asked after a commit that ended without an answer.
pub async fn made(tx: &mut Tx, account: AccountId, offers: &[OfferId]) -> Result<Vec<OfferId>, StoreError> {
    let ids: Vec<Id> = offers.iter().map(|o| Id(o.0)).collect();
    let found: Vec<(Uuid,)> = rows!(
        tx,
        sqlite: "SELECT id FROM offer WHERE account_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id FROM offer WHERE account_id = $1 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        json(&ids)
    )?;
    Ok(found.into_iter().map(|(id,)| OfferId(id)).collect())
}

/// A work item that is not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenItem {
    pub id: WorkItemId,
    pub queue: QueueId,
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    /// `voice`, `text`.
    pub medium: String,
    /// `waiting`, `offered`, `active`.
    pub state: String,
    /// Of who is called back: when they first came.
    pub enqueued_at: Timestamp,
    /// One of our own asks a help desk of the house.
    pub internal: bool,
}

/// The open work items, longest waiting first.
pub async fn open_items(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<OpenItem>, StoreError> {
    type Row = (Uuid, Uuid, Uuid, Option<Uuid>, String, String, i64, String);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT w.id, w.queue_id, w.conversation_id, w.call_id, w.medium, w.state,
                COALESCE((SELECT MIN(s.place_since) FROM callback s WHERE s.contact_id = c.contact_id AND s.call_id = w.call_id), w.enqueued_at),
                c.channel
         FROM work_item w JOIN conversation c ON c.id = w.conversation_id
         WHERE w.account_id = $1 AND w.state <> 'closed' ORDER BY 7, w.id LIMIT $2",
        account.0,
        limit
    )?;
    let item = |(id, queue, conversation, call, medium, state, at, channel): Row| OpenItem {
        id: WorkItemId(id),
        queue: QueueId(queue),
        conversation: ConversationId(conversation),
        call: call.map(CallId),
        medium,
        state,
        enqueued_at: Timestamp(at),
        internal: Channel::parse(&channel) == Some(Channel::HelpDesk),
    };
    Ok(found.into_iter().map(item).collect())
}

/// Who was asked to take somebody's work, why they, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferView {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub offered_at: Timestamp,
    /// When it was taken, or came to nothing.
    pub answered_at: Option<Timestamp>,
    /// `None`: they are being asked.
    pub outcome: Option<String>,
    /// JSON, as routing says it; `None`: of a time when nobody kept it.
    pub why: Option<String>,
}

/// All offers of a conversation, in order. Nothing for who may not see the conversation.
pub async fn offers_of(tx: &mut Tx, scope: &Scope, conversation: ConversationId) -> Result<Vec<OfferView>, StoreError> {
    type Row = (Uuid, Uuid, Uuid, Uuid, i64, Option<i64>, Option<String>, Option<String>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT o.id, o.work_item_id, o.agent_id, o.queue_id, o.offered_at, COALESCE(o.accepted_at, o.ended_at), o.outcome, o.why
         FROM offer o JOIN work_item w ON w.id = o.work_item_id
         WHERE w.account_id = $1 AND w.conversation_id = $2
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = w.conversation_id AND p.agent_id = $4))
         ORDER BY o.offered_at, o.id LIMIT 500",
        scope.account.0,
        conversation.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    let view = |(offer, item, agent, queue, at, answered, outcome, why): Row| OfferView {
        offer: OfferId(offer),
        work_item: WorkItemId(item),
        agent: AgentId(agent),
        queue: QueueId(queue),
        offered_at: Timestamp(at),
        answered_at: answered.map(Timestamp),
        outcome,
        why,
    };
    Ok(found.into_iter().map(view).collect())
}

/// How many work items and offers are open, for the reconciler and for tests.
pub async fn open_work(tx: &mut Tx, account: AccountId) -> Result<(i64, i64), StoreError> {
    let found: Option<(i64, i64)> = row!(
        tx,
        "SELECT (SELECT COUNT(*) FROM work_item WHERE account_id = $1 AND state <> 'closed'),
                (SELECT COUNT(*) FROM offer WHERE account_id = $1 AND state <> 'ended')",
        account.0
    )?;
    Ok(found.unwrap_or_default())
}
