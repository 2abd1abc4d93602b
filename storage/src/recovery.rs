//! What a dead server left open is closed at the next start, with the cause `server_crash`: nothing stays open.

use crate::accounts::open_text;
use crate::agents::{self, PresenceChange};
use crate::batch::{Hex, Id, json};
use crate::journal::{Parties, event_row};
use crate::leases;
use crate::outbox::{self, NewEvent};
use crate::{StoreError, Tx, text_transfers, transfers};
use ringdesk_conversations::{CallFact, CallSheet};
use ringdesk_model::{
    AccountId, AgentId, CallId, ContactId, ConversationId, OfferId, Pii, Presence, QueueId, Timestamp,
};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;
use uuid::Uuid;

/// The cause under which everything is closed.
pub const CAUSE: &str = "server_crash";

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
    let calls = open_calls(tx, account, now).await?;
    close_calls(tx, key, &calls).await?;
    let participations = exec!(
        tx,
        "UPDATE participation SET ended_at = COALESCE(
             (SELECT c.ended_at FROM call c WHERE c.id = participation.call_id AND c.ended_at >= participation.started_at), $2)
         WHERE account_id = $1 AND ended_at IS NULL AND call_id IS NOT NULL",
        account.0,
        now.0
    )?;
    // A text outlives its server, and who had it in hand is asked anew.
    let participations = participations
        + exec!(
            tx,
            "UPDATE participation SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL
             AND id IN (SELECT o.id FROM offer o WHERE o.account_id = $1 AND o.medium = 'text' AND o.state <> 'ended')",
            account.0,
            now.0
        )?;
    text_transfers::nobody_asked(tx, account, now, CAUSE).await?;
    transfers::end_open(tx, account, now, CAUSE).await?;
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
         WHERE account_id = $1 AND state <> 'closed' AND medium <> 'text'",
        account.0,
        now.0,
        CAUSE
    )?;
    exec!(
        tx,
        "UPDATE work_item SET state = 'waiting' WHERE account_id = $1 AND state IN ('offered', 'active') AND medium = 'text'",
        account.0
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

/// A message that a caller spoke when the server died.
#[derive(Clone, Debug)]
pub struct OpenMessage {
    pub call: CallId,
    pub conversation: ConversationId,
    /// Number of the call's last event.
    pub facts: i64,
    pub began: Timestamp,
    /// When the call is known to have lived last.
    pub until: Timestamp,
    /// How it began.
    pub fact: CallFact,
}

/// Messages that nobody ended. Asked before [`recover`] ends their calls.
pub async fn open_messages(tx: &mut Tx, key: &AccountKey, now: Timestamp) -> Result<Vec<OpenMessage>, StoreError> {
    let account = key.account();
    let calls = open_calls(tx, account, now).await?;
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let begun: Vec<(Uuid, i64, i64, Vec<u8>)> = rows!(
        tx,
        "SELECT e.call_id, e.n, e.at, e.payload_sealed FROM call c JOIN call_event e ON e.call_id = c.id
         WHERE c.account_id = $1 AND c.ended_at IS NULL AND e.kind = 'voicemail_begun' AND NOT EXISTS (
             SELECT 1 FROM call_event o WHERE o.call_id = e.call_id AND o.n > e.n
               AND o.kind IN ('voicemail', 'voicemail_discarded', 'voicemail_begun', 'step_entered'))
         ORDER BY e.call_id",
        account.0
    )?;
    let mut open = Vec::new();
    for (call, n, began, payload) in begun {
        let Some((_, conversation, facts, until, _)) = calls.iter().find(|(id, ..)| *id == call) else { continue };
        let row = event_row(CallId(call), n);
        let text = open_text(key, Place::new("call_event", "payload", &row), &payload)?;
        let fact = serde_json::from_str(&text).map_err(|why| StoreError::unreadable("a fact of a call", why))?;
        open.push(OpenMessage {
            call: CallId(call),
            conversation: ConversationId(*conversation),
            facts: *facts,
            began: Timestamp(began),
            until: Timestamp(*until),
            fact,
        });
    }
    Ok(open)
}

/// A caller who waited when the server died, and whom nobody had talked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forsaken {
    pub call: CallId,
    pub conversation: ConversationId,
    pub contact: Option<ContactId>,
    pub number: Pii<String>,
    /// Where they waited last.
    pub queue: QueueId,
    /// In all queues, until the call is known to have lived last.
    pub wait_ms: i64,
    pub until: Timestamp,
    pub left_message: bool,
}

/// Asked before [`recover`] ends their calls, and after their open messages are ended.
pub async fn forsaken(tx: &mut Tx, key: &AccountKey, now: Timestamp) -> Result<Vec<Forsaken>, StoreError> {
    type Row = (Uuid, Option<Uuid>, Vec<u8>, Uuid, i64, Option<i64>, bool);
    let account = key.account();
    let calls = open_calls(tx, account, now).await?;
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let spells: Vec<Row> = rows!(
        tx,
        "SELECT c.id, v.contact_id, c.parties_sealed, w.queue_id, w.enqueued_at, w.left_at,
                EXISTS (SELECT 1 FROM left_message m WHERE m.conversation_id = v.id) AS left_message
         FROM call c JOIN conversation v ON v.id = c.conversation_id JOIN work_item w ON w.call_id = c.id
         WHERE c.account_id = $1 AND c.ended_at IS NULL AND c.direction = 'inbound'
           AND NOT EXISTS (SELECT 1 FROM participation p WHERE p.call_id = c.id)
         ORDER BY c.id, w.enqueued_at, w.id",
        account.0
    )?;
    let mut found: Vec<Forsaken> = Vec::new();
    for (call, contact, sealed, queue, enqueued_at, left_at, left_message) in spells {
        let Some((_, conversation, _, until, _)) = calls.iter().find(|(id, ..)| *id == call) else { continue };
        let waited = (left_at.unwrap_or(*until) - enqueued_at).max(0) / 1_000;
        if let Some(same) = found.last_mut().filter(|last| last.call.0 == call) {
            (same.queue, same.wait_ms) = (QueueId(queue), same.wait_ms + waited);
            continue;
        }
        let said = open_text(key, Place::new("call", "parties", call.as_bytes()), &sealed)?;
        let parties: Parties =
            serde_json::from_str(&said).map_err(|why| StoreError::unreadable("the parties of a call", why))?;
        found.push(Forsaken {
            call: CallId(call),
            conversation: ConversationId(*conversation),
            contact: contact.map(ContactId),
            number: parties.from,
            queue: QueueId(queue),
            wait_ms: waited,
            until: Timestamp(*until),
            left_message,
        });
    }
    Ok(found)
}

async fn open_calls(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<Vec<OpenCall>, StoreError> {
    let mut calls: Vec<OpenCall> = rows!(
        tx,
        "SELECT c.id, c.conversation_id,
                COALESCE((SELECT MAX(e.n) FROM call_event e WHERE e.call_id = c.id), 0),
                COALESCE((SELECT MAX(e.at) FROM call_event e WHERE e.call_id = c.id), c.started_at), c.sheet_sealed
         FROM call c WHERE c.account_id = $1 AND c.ended_at IS NULL ORDER BY c.id",
        account.0
    )?;
    // The honest end: a call that nothing was written of for long went on for as long as its server did.
    let lived_until = leases::routing_held_until(tx, account).await?.map_or(i64::MIN, |at| at.min(now).0);
    for (_, _, _, at, _) in &mut calls {
        *at = (*at).max(lived_until);
    }
    Ok(calls)
}

/// Call, conversation, number and time of the last event, the sheet.
type OpenCall = (Uuid, Uuid, i64, i64, Option<Vec<u8>>);

async fn close_calls(tx: &mut Tx, key: &AccountKey, calls: &[OpenCall]) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct Row {
        call: Id,
        conversation: Id,
        n: i64,
        at: i64,
        payload: Hex,
        sheet: Option<Hex>,
    }
    if calls.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(calls.len());
    for (call, conversation, n, at, sheet) in calls {
        let place = event_row(CallId(*call), n + 1);
        let fact = serde_json::json!({ "type": "ended", "cause": CAUSE, "by": "system" }).to_string();
        let payload = Hex(key.seal(Place::new("call_event", "payload", &place), fact.as_bytes())?);
        let sheet = match sheet.as_ref().map(|sealed| closed_sheet(key, *call, Timestamp(*at), sealed)).transpose() {
            Ok(sheet) => sheet,
            // A start must not fail for it; the call's own columns still say when it ended.
            Err(fault) => {
                tracing::warn!(call.id = %call, %fault, "the sheet of a call stays as it is");
                None
            }
        };
        rows.push(Row { call: Id(*call), conversation: Id(*conversation), n: n + 1, at: *at, payload, sheet });
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
        sqlite: "UPDATE call SET ended_at = r.at, cause = $2, ended_by = 'system', sheet_sealed = COALESCE(r.sheet, sheet_sealed)
            FROM (SELECT unhex(value->>'call') AS target, value->>'at' AS at, unhex(value->>'sheet') AS sheet FROM jsonb_each($1)) r
            WHERE call.id = r.target",
        postgres: "UPDATE call SET ended_at = r.at, cause = $2, ended_by = 'system',
                sheet_sealed = COALESCE(decode(r.sheet, 'hex'), sheet_sealed)
            FROM jsonb_to_recordset($1::jsonb) AS r(call uuid, at bigint, sheet text) WHERE call.id = r.call",
        rows.as_str(),
        CAUSE
    )?;
    // A message that somebody left is still to be heard.
    exec!(
        tx,
        sqlite: "UPDATE conversation SET closed_at = r.at
            FROM (SELECT unhex(value->>'conversation') AS target, value->>'at' AS at FROM jsonb_each($1)) r
            WHERE conversation.id = r.target AND closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM left_message m WHERE m.conversation_id = conversation.id AND m.state <> 'closed')",
        postgres: "UPDATE conversation SET closed_at = r.at
            FROM jsonb_to_recordset($1::jsonb) AS r(conversation uuid, at bigint)
            WHERE conversation.id = r.conversation AND closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM left_message m WHERE m.conversation_id = conversation.id AND m.state <> 'closed')",
        rows.as_str()
    )?;
    Ok(())
}

/// The sheet with its end in it: without one its spans would run on for as long as somebody looks.
fn closed_sheet(key: &AccountKey, call: Uuid, at: Timestamp, sealed: &[u8]) -> Result<Hex, StoreError> {
    let place = Place::new("call", "sheet", call.as_bytes());
    let text = open_text(key, place, sealed)?;
    let mut sheet: CallSheet =
        serde_json::from_str(&text).map_err(|why| StoreError::unreadable("the sheet of a call", why))?;
    sheet.apply(at, &CallFact::Ended { cause: CAUSE.to_owned(), by: "system".to_owned() });
    let text = serde_json::to_vec(&sheet).map_err(|why| StoreError::unreadable("the sheet of a call", why))?;
    Ok(Hex(key.seal(place, &text)?))
}
