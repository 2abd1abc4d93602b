//! What a dead server left open is closed at the next start, with the cause `server_restart`: nothing stays open.

use crate::agents::{self, PresenceChange};
use crate::batch::{Hex, Id, json};
use crate::journal::event_row;
use crate::outbox::{self, NewEvent};
use crate::{StoreError, Tx};
use ringdesk_model::{AgentId, CallId, ConversationId, OfferId, Pii, Presence, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;
use uuid::Uuid;

/// The cause under which everything is closed.
pub const CAUSE: &str = "server_restart";

/// What was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    pub calls: Vec<(CallId, ConversationId)>,
    pub work_items: u64,
    pub offers: Vec<OfferId>,
    pub participations: u64,
    /// Agents who were at work; they are not ready now, with the reason `restart`.
    pub agents: Vec<AgentId>,
}

/// Run it once at the start, before the first call, by the one node that serves the account.
pub async fn recover(tx: &mut Tx, key: &AccountKey, now: Timestamp) -> Result<Recovered, StoreError> {
    let account = key.account();
    // The honest end is the last thing that was written of the call.
    let calls: Vec<(Uuid, Uuid, i64, i64)> = rows!(
        tx,
        "SELECT c.id, c.conversation_id,
                COALESCE((SELECT MAX(e.n) FROM call_event e WHERE e.call_id = c.id), 0),
                COALESCE((SELECT MAX(e.at) FROM call_event e WHERE e.call_id = c.id), c.started_at)
         FROM call c WHERE c.account_id = $1 AND c.ended_at IS NULL ORDER BY c.id",
        account.0
    )?;
    close_calls(tx, key, &calls).await?;
    let participations = exec!(
        tx,
        "UPDATE participation SET ended_at = COALESCE(
             (SELECT c.ended_at FROM call c WHERE c.id = participation.call_id AND c.ended_at >= participation.started_at), $2)
         WHERE account_id = $1 AND ended_at IS NULL",
        account.0,
        now.0
    )?;
    let offers: Vec<(Uuid, Uuid, Uuid, Uuid)> = rows!(
        tx,
        "UPDATE offer SET state = 'ended', ended_at = $2, outcome = COALESCE(outcome, $3)
         WHERE account_id = $1 AND state <> 'ended' RETURNING id, work_item_id, agent_id, queue_id",
        account.0,
        now.0,
        CAUSE
    )?;
    let work_items = exec!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, $2), outcome = COALESCE(outcome, $3)
         WHERE account_id = $1 AND state <> 'closed'",
        account.0,
        now.0,
        CAUSE
    )?;
    let mut busy = Vec::new();
    for agent in agents::agents(tx, account).await? {
        if !matches!(agent.presence, Presence::LoggedOut | Presence::NotReady(_) | Presence::Ready) {
            let presence = Presence::NotReady("restart".to_owned());
            let change = PresenceChange { at: now, presence, queue: None, actor: "system".to_owned() };
            agents::set_presence(tx, account, agent.id, &change).await?;
            busy.push(agent.id);
        }
    }
    let recovered = Recovered {
        calls: calls.iter().map(|(call, conversation, ..)| (CallId(*call), ConversationId(*conversation))).collect(),
        work_items,
        offers: offers.iter().map(|(id, ..)| OfferId(*id)).collect(),
        participations,
        agents: busy,
    };
    let mut events = Vec::new();
    for (call, conversation) in &recovered.calls {
        let payload = serde_json::json!({ "call": call, "conversation": conversation, "cause": CAUSE });
        events.push(NewEvent { at: now, kind: "call_ended", payload: Pii::new(payload) });
    }
    for (offer, work_item, agent, queue) in &offers {
        let payload = serde_json::json!({
            "offer": offer, "work_item": work_item, "agent": agent, "queue": queue, "outcome": CAUSE
        });
        events.push(NewEvent { at: now, kind: "offer_ended", payload: Pii::new(payload) });
    }
    if !events.is_empty() {
        outbox::append(tx, key, &events).await?;
    }
    Ok(recovered)
}

async fn close_calls(tx: &mut Tx, key: &AccountKey, calls: &[(Uuid, Uuid, i64, i64)]) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct Row {
        call: Id,
        conversation: Id,
        n: i64,
        at: i64,
        payload: Hex,
    }
    if calls.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(calls.len());
    for (call, conversation, n, at) in calls {
        let place = event_row(CallId(*call), n + 1);
        let fact = serde_json::json!({ "type": "ended", "cause": CAUSE, "by": "system" }).to_string();
        let payload = Hex(key.seal(Place::new("call_event", "payload", &place), fact.as_bytes())?);
        rows.push(Row { call: Id(*call), conversation: Id(*conversation), n: n + 1, at: *at, payload });
    }
    let rows = json(&rows);
    exec!(
        tx,
        sqlite: "INSERT INTO call_event (call_id, n, at, kind, payload_sealed)
            SELECT unhex(r.value->>'call'), r.value->>'n', r.value->>'at', 'ended', unhex(r.value->>'payload') FROM jsonb_each($1) r",
        postgres: "INSERT INTO call_event (call_id, n, at, kind, payload_sealed)
            SELECT r.call, r.n, r.at, 'ended', decode(r.payload, 'hex')
            FROM jsonb_to_recordset($1::jsonb) AS r(call uuid, n bigint, at bigint, payload text)",
        rows.as_str()
    )?;
    exec!(
        tx,
        sqlite: "UPDATE call SET ended_at = r.at, cause = $2, ended_by = 'system'
            FROM (SELECT unhex(value->>'call') AS target, value->>'at' AS at FROM jsonb_each($1)) r WHERE call.id = r.target",
        postgres: "UPDATE call SET ended_at = r.at, cause = $2, ended_by = 'system'
            FROM jsonb_to_recordset($1::jsonb) AS r(call uuid, at bigint) WHERE call.id = r.call",
        rows.as_str(),
        CAUSE
    )?;
    // A message that somebody left is still to be heard.
    exec!(
        tx,
        sqlite: "UPDATE conversation SET closed_at = r.at
            FROM (SELECT unhex(value->>'conversation') AS target, value->>'at' AS at FROM jsonb_each($1)) r
            WHERE conversation.id = r.target AND closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM message m WHERE m.conversation_id = conversation.id AND m.kind = 'voicemail')",
        postgres: "UPDATE conversation SET closed_at = r.at
            FROM jsonb_to_recordset($1::jsonb) AS r(conversation uuid, at bigint)
            WHERE conversation.id = r.conversation AND closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM message m WHERE m.conversation_id = conversation.id AND m.kind = 'voicemail')",
        rows.as_str()
    )?;
    Ok(())
}
