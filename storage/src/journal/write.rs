//! One statement per table.

use super::rows::{ConversationRow, MessageRow};
use super::{Set, floor};
use crate::batch::{Id, json};
use crate::{
    StoreError, Tx, jobs, left_messages, outbox, rules, satisfaction, search, text_matters, text_transfers, transfers,
    unserved, visitors,
};
use ringdesk_model::AccountId;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// When something became of a row.
#[derive(Serialize)]
struct Moment {
    id: Id,
    at: i64,
}

/// Write a set. Gives the number of the last outbox event, if it had any.
pub async fn write(tx: &mut Tx, set: &Set) -> Result<Option<i64>, StoreError> {
    let account = set.key.account();
    let mut conversations: Vec<ConversationRow> = set.conversations.values().cloned().collect();
    with_contacts(tx, set, &mut conversations).await?;
    let messages = number(tx, set, &mut conversations).await?;
    if !conversations.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO conversation (id, account_id, channel, contact_id, via_hash, inbox_id, opened_at, closed_at, seq, place)
                SELECT unhex(r.value->>'id'), $1, r.value->>'channel', unhex(r.value->>'contact'), unhex(r.value->>'via'),
                       unhex(r.value->>'inbox'), r.value->>'at', r.value->>'closed', r.value->>'seq', r.value->>'place'
                FROM jsonb_each($2) r WHERE true ON CONFLICT DO NOTHING",
            postgres: "INSERT INTO conversation (id, account_id, channel, contact_id, via_hash, inbox_id, opened_at, closed_at, seq, place)
                SELECT r.id, $1::uuid, r.channel, r.contact, decode(r.via, 'hex'), r.inbox, r.at, r.closed, r.seq, r.place
                FROM jsonb_to_recordset($2::jsonb)
                AS r(id uuid, channel text, contact uuid, via text, inbox uuid, at bigint, closed bigint, seq bigint, place text) ON CONFLICT DO NOTHING",
            account.0,
            json(&conversations)
        )?;
    }
    if !set.closed.is_empty() {
        let rows: Vec<Moment> = set.closed.iter().map(|(id, at)| Moment { id: Id(*id), at: *at }).collect();
        exec!(
            tx,
            sqlite: "UPDATE conversation SET closed_at = r.at
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at FROM jsonb_each($1)) r WHERE conversation.id = r.target",
            postgres: "UPDATE conversation SET closed_at = r.at
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint) WHERE conversation.id = r.id",
            json(&rows)
        )?;
    }
    calls(tx, set).await?;
    if !set.participations.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO participation
                  (id, account_id, conversation_id, call_id, agent_id, queue_id, started_at, ended_at, hold_us)
                SELECT unhex(r.value->>'id'), $1, unhex(r.value->>'conversation'), unhex(r.value->>'call'), unhex(r.value->>'agent'),
                       unhex(r.value->>'queue'), r.value->>'started', r.value->>'ended', r.value->>'hold'
                FROM jsonb_each($2) r WHERE true
                ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, hold_us = excluded.hold_us",
            postgres: "INSERT INTO participation
                  (id, account_id, conversation_id, call_id, agent_id, queue_id, started_at, ended_at, hold_us)
                SELECT r.id, $1::uuid, r.conversation, r.call, r.agent, r.queue, r.started, r.ended, r.hold
                FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, conversation uuid, call uuid, agent uuid, queue uuid,
                  started bigint, ended bigint, hold bigint)
                ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, hold_us = excluded.hold_us",
            account.0,
            json(&set.participations.values().collect::<Vec<_>>())
        )?;
    }
    for joined in &set.texts_joined {
        let (by, about) = ((joined.offer, joined.agent), (joined.conversation, joined.queue));
        text_matters::join(tx, account, joined.at, by, about).await?;
    }
    for refused in &set.texts_refused {
        text_transfers::refused(tx, account, refused).await?;
    }
    if !messages.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO message (conversation_id, seq, id, kind, speaker, agent_id, text_sealed, start_ms, end_ms, at, transcript_id)
                SELECT unhex(r.value->>'conversation'), r.value->>'seq', unhex(r.value->>'id'), r.value->>'kind', r.value->>'speaker',
                       unhex(r.value->>'agent'), substr($2, (r.value->>'text') >> 24, (r.value->>'text') & 16777215), r.value->>'start', r.value->>'end', r.value->>'at',
                       unhex(r.value->>'transcript')
                FROM jsonb_each($1) r",
            postgres: "INSERT INTO message (conversation_id, seq, id, kind, speaker, agent_id, text_sealed, start_ms, end_ms, at, transcript_id)
                SELECT r.conversation, r.seq, r.id, r.kind, r.speaker, r.agent, substring($2::bytea FROM (r.text >> 24)::int FOR (r.text & 16777215)::int), r.start, r.\"end\", r.at, r.transcript
                FROM jsonb_to_recordset($1::jsonb) AS r(conversation uuid, seq bigint, id uuid, kind text, speaker text, agent uuid,
                  text bigint, start bigint, \"end\" bigint, at bigint, transcript uuid)",
            json(&messages),
            set.sealed.messages.bytes()
        )?;
    }
    if !set.lines.is_empty() {
        let places: BTreeMap<Uuid, (Uuid, i64)> =
            messages.iter().map(|m| (m.id.0, (m.conversation.0, m.seq))).collect();
        search::insert(tx, account, &set.lines, |message| places.get(&message).copied()).await?;
    }
    left_messages::insert(tx, account, &set.left_messages).await?;
    for (conversation, at, said) in &set.visits {
        visitors::begin_visit(tx, &set.key, *at, *conversation, said).await?;
    }
    for new in &set.unserved {
        unserved::add(tx, &set.key, new).await?;
    }
    for new in &set.invitations {
        satisfaction::invite(tx, account, new).await?;
    }
    transfers::write(tx, account, &set.transfers, &set.transfers_ended).await?;
    if !set.done.is_empty() {
        let rows: Vec<Moment> = set.done.iter().map(|(id, at)| Moment { id: Id(*id), at: *at }).collect();
        exec!(
            tx,
            sqlite: "UPDATE conversation SET closed_at = r.at
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at FROM jsonb_each($1)) r
                WHERE conversation.id = r.target AND NOT EXISTS (
                    SELECT 1 FROM left_message m WHERE m.conversation_id = conversation.id AND m.state <> 'closed')",
            postgres: "UPDATE conversation SET closed_at = r.at
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint)
                WHERE conversation.id = r.id AND NOT EXISTS (
                    SELECT 1 FROM left_message m WHERE m.conversation_id = conversation.id AND m.state <> 'closed')",
            json(&rows)
        )?;
    }
    let alerts = left_messages::alerts(tx, account, &floor::coming(set)).await?;
    let floor = floor::write(tx, set).await?;
    work(tx, set).await?;
    for job in &set.jobs {
        jobs::enqueue(tx, account, job).await?;
    }
    if !set.ruled_jobs.is_empty() && rules::asks_of_closed_calls(tx, account).await? {
        for job in &set.ruled_jobs {
            jobs::enqueue(tx, account, job).await?;
        }
    }
    // Last: its head is what other writers of the account wait for.
    if let Some(name) = set.name {
        exec!(tx, "UPDATE outbox_head SET journal_set = $2 WHERE account_id = $1", account.0, name)?;
    }
    let mut events = floor::events(set, floor);
    events.extend(alerts);
    match events.is_empty() {
        true => Ok(None),
        false => outbox::append(tx, &set.key, &events).await.map(Some),
    }
}

/// Was the set of this name the last that was written? Asked after a commit that ended without an answer.
pub async fn is_written(tx: &mut Tx, account: AccountId, name: Uuid) -> Result<bool, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT seq FROM outbox_head WHERE account_id = $1 AND journal_set = $2", account.0, name)?;
    Ok(found.is_some())
}

/// Find the contacts of new conversations, and make those who are new.
async fn with_contacts(tx: &mut Tx, set: &Set, conversations: &mut [ConversationRow]) -> Result<(), StoreError> {
    if set.contacts.is_empty() {
        return Ok(());
    }
    let account = set.key.account().0;
    let all = json(&set.contacts.values().collect::<Vec<_>>());
    let mut known: BTreeMap<Vec<u8>, Uuid> = {
        // CROSS JOIN keeps SQLite from going through all contacts and the batch for each of them. Two files that are being
        // merged wait for this set, or it for them: no conversation is left with a file that is gone.
        let found: Vec<(Vec<u8>, Uuid)> = rows!(
            tx,
            sqlite: "SELECT i.value_hash, i.contact_id FROM jsonb_each($2) r CROSS JOIN contact_identity i
                ON i.account_id = $1 AND i.kind = r.value->>'kind' AND i.value_hash = unhex(r.value->>'hash')",
            postgres: "SELECT i.value_hash, i.contact_id FROM jsonb_to_recordset($2::jsonb) AS r(kind text, hash text)
                JOIN contact_identity i ON i.account_id = $1::uuid AND i.kind = r.kind AND i.value_hash = decode(r.hash, 'hex')
                FOR SHARE OF i",
            account,
            all
        )?;
        found.into_iter().collect()
    };
    let new: Vec<_> = set.contacts.iter().filter(|(hash, _)| !known.contains_key(*hash)).map(|(_, row)| row).collect();
    if !new.is_empty() {
        let rows = json(&new);
        exec!(
            tx,
            sqlite: "INSERT INTO contact (id, account_id, created_at)
                SELECT unhex(r.value->>'contact'), $1, r.value->>'at' FROM jsonb_each($2) r",
            postgres: "INSERT INTO contact (id, account_id, created_at)
                SELECT r.contact, $1::uuid, r.at FROM jsonb_to_recordset($2::jsonb) AS r(contact uuid, at bigint)",
            account,
            rows.as_str()
        )?;
        exec!(
            tx,
            sqlite: "INSERT INTO contact_identity (account_id, kind, value_hash, contact_id, value_sealed)
                SELECT $1, r.value->>'kind', unhex(r.value->>'hash'), unhex(r.value->>'contact'), substr($3, (r.value->>'value') >> 24, (r.value->>'value') & 16777215)
                FROM jsonb_each($2) r",
            postgres: "INSERT INTO contact_identity (account_id, kind, value_hash, contact_id, value_sealed)
                SELECT $1::uuid, r.kind, decode(r.hash, 'hex'), r.contact, substring($3::bytea FROM (r.value >> 24)::int FOR (r.value & 16777215)::int)
                FROM jsonb_to_recordset($2::jsonb) AS r(kind text, hash text, contact uuid, value bigint)",
            account,
            rows.as_str(),
            set.sealed.contacts.bytes()
        )?;
        known.extend(new.into_iter().map(|row| (row.hash.0.clone(), row.contact.0)));
    }
    for row in conversations {
        row.contact = row.with.as_ref().and_then(|hash| known.get(hash)).map(|id| Id(*id));
    }
    Ok(())
}

/// Give the messages their numbers: new conversations count from one, others go on from their head.
async fn number(tx: &mut Tx, set: &Set, conversations: &mut [ConversationRow]) -> Result<Vec<MessageRow>, StoreError> {
    let mut added: BTreeMap<Uuid, i64> = BTreeMap::new();
    for message in &set.messages {
        *added.entry(message.conversation.0).or_default() += 1;
    }
    let mut next: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in conversations {
        if let Some(count) = added.remove(&row.id.0) {
            row.seq = count;
            next.insert(row.id.0, 1);
        }
    }
    if !added.is_empty() {
        #[derive(Serialize)]
        struct Row {
            id: Id,
            added: i64,
        }
        let rows: Vec<Row> = added.iter().map(|(id, added)| Row { id: Id(*id), added: *added }).collect();
        let heads: Vec<(Uuid, i64)> = rows!(
            tx,
            sqlite: "UPDATE conversation SET seq = seq + r.added
                FROM (SELECT unhex(value->>'id') AS target, value->>'added' AS added FROM jsonb_each($1)) r
                WHERE conversation.id = r.target RETURNING id, seq",
            postgres: "UPDATE conversation SET seq = seq + r.added
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, added bigint)
                WHERE conversation.id = r.id RETURNING conversation.id, conversation.seq",
            json(&rows)
        )?;
        next.extend(heads.into_iter().map(|(id, head)| (id, head - added.get(&id).copied().unwrap_or(0) + 1)));
    }
    let mut messages = set.messages.clone();
    messages.retain_mut(|message| {
        let Some(seq) = next.get_mut(&message.conversation.0) else {
            // One stray line must not keep the calls of a whole set from being written.
            tracing::error!(conversation = %message.conversation.0, "a line for an unknown conversation was dropped");
            return false;
        };
        message.seq = *seq;
        *seq += 1;
        true
    });
    Ok(messages)
}

async fn calls(tx: &mut Tx, set: &Set) -> Result<(), StoreError> {
    if !set.calls.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO call (id, account_id, conversation_id, direction, origin, parties_sealed, started_at)
                SELECT unhex(r.value->>'id'), $1, unhex(r.value->>'conversation'), r.value->>'direction', r.value->>'origin',
                       substr($3, (r.value->>'parties') >> 24, (r.value->>'parties') & 16777215), r.value->>'at' FROM jsonb_each($2) r WHERE true ON CONFLICT DO NOTHING",
            postgres: "INSERT INTO call (id, account_id, conversation_id, direction, origin, parties_sealed, started_at)
                SELECT r.id, $1::uuid, r.conversation, r.direction, r.origin, substring($3::bytea FROM (r.parties >> 24)::int FOR (r.parties & 16777215)::int), r.at
                FROM jsonb_to_recordset($2::jsonb)
                AS r(id uuid, conversation uuid, direction text, origin text, parties bigint, at bigint) ON CONFLICT DO NOTHING",
            set.key.account().0,
            json(&set.calls.values().collect::<Vec<_>>()),
            set.sealed.calls.bytes()
        )?;
    }
    if !set.changes.is_empty() {
        exec!(
            tx,
            sqlite: "UPDATE call SET answered_at = COALESCE(r.answered, answered_at), ended_at = COALESCE(r.ended, ended_at),
                  cause = COALESCE(r.cause, call.cause), ended_by = COALESCE(r.by, ended_by), sheet_sealed = COALESCE(r.sheet, sheet_sealed)
                FROM (SELECT unhex(value->>'id') AS target, value->>'answered' AS answered, value->>'ended' AS ended,
                        value->>'cause' AS cause, value->>'by' AS by, substr($2, (value->>'sheet') >> 24, (value->>'sheet') & 16777215) AS sheet FROM jsonb_each($1)) r
                WHERE call.id = r.target",
            postgres: "UPDATE call SET answered_at = COALESCE(r.answered, answered_at), ended_at = COALESCE(r.ended, ended_at),
                  cause = COALESCE(r.cause, call.cause), ended_by = COALESCE(r.by, ended_by),
                  sheet_sealed = COALESCE(substring($2::bytea FROM (r.sheet >> 24)::int FOR (r.sheet & 16777215)::int), sheet_sealed)
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, answered bigint, ended bigint, cause text, by text, sheet bigint)
                WHERE call.id = r.id",
            json(&set.changes.values().collect::<Vec<_>>()),
            set.sealed.changes.bytes()
        )?;
    }
    if !set.call_events.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO call_event (call_id, n, at, kind, payload_sealed)
                SELECT unhex(r.value->>'call'), r.value->>'n', r.value->>'at', r.value->>'kind', substr($2, (r.value->>'payload') >> 24, (r.value->>'payload') & 16777215)
                FROM jsonb_each($1) r WHERE true ON CONFLICT DO NOTHING",
            postgres: "INSERT INTO call_event (call_id, n, at, kind, payload_sealed)
                SELECT r.call, r.n, r.at, r.kind, substring($2::bytea FROM (r.payload >> 24)::int FOR (r.payload & 16777215)::int)
                FROM jsonb_to_recordset($1::jsonb) AS r(call uuid, n bigint, at bigint, kind text, payload bigint) ON CONFLICT DO NOTHING",
            json(&set.call_events),
            set.sealed.call_events.bytes()
        )?;
    }
    Ok(())
}

async fn work(tx: &mut Tx, set: &Set) -> Result<(), StoreError> {
    if !set.assignments.is_empty() {
        let rows: Vec<Moment> = set.assignments.iter().map(|(id, at)| Moment { id: Id(*id), at: *at }).collect();
        let over: Vec<(Uuid, i64)> = rows!(
            tx,
            sqlite: "UPDATE offer SET state = 'ended', ended_at = r.at, outcome = COALESCE(outcome, 'accepted')
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at FROM jsonb_each($1)) r
                WHERE offer.id = r.target AND offer.state <> 'ended' RETURNING work_item_id, ended_at",
            postgres: "UPDATE offer SET state = 'ended', ended_at = r.at, outcome = COALESCE(outcome, 'accepted')
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint) WHERE offer.id = r.id AND offer.state <> 'ended'
                RETURNING offer.work_item_id, offer.ended_at",
            json(&rows)
        )?;
        // Before anything that queues the same work item again.
        let rows: Vec<Moment> = over.into_iter().map(|(id, at)| Moment { id: Id(id), at }).collect();
        exec!(
            tx,
            sqlite: "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, r.at)
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at FROM jsonb_each($1)) r
                WHERE work_item.id = r.target AND work_item.state IN ('offered', 'active')",
            postgres: "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, r.at)
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint)
                WHERE work_item.id = r.id AND work_item.state IN ('offered', 'active')",
            json(&rows)
        )?;
    }
    if !set.work_items.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO work_item (id, account_id, conversation_id, call_id, queue_id, medium, state, enqueued_at)
                SELECT unhex(r.value->>'id'), $1, unhex(r.value->>'conversation'), unhex(r.value->>'call'), unhex(r.value->>'queue'),
                       r.value->>'medium', 'waiting', r.value->>'at' FROM jsonb_each($2) r WHERE true
                ON CONFLICT (id) DO UPDATE SET queue_id = excluded.queue_id, call_id = COALESCE(excluded.call_id, work_item.call_id),
                  conversation_id = excluded.conversation_id, state = 'waiting', left_at = NULL, outcome = NULL",
            postgres: "INSERT INTO work_item (id, account_id, conversation_id, call_id, queue_id, medium, state, enqueued_at)
                SELECT r.id, $1::uuid, r.conversation, r.call, r.queue, r.medium, 'waiting', r.at
                FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, conversation uuid, call uuid, queue uuid, medium text, at bigint)
                ON CONFLICT (id) DO UPDATE SET queue_id = excluded.queue_id, call_id = COALESCE(excluded.call_id, work_item.call_id),
                  conversation_id = excluded.conversation_id, state = 'waiting', left_at = NULL, outcome = NULL",
            set.key.account().0,
            json(&set.work_items.values().collect::<Vec<_>>())
        )?;
    }
    if !set.left.is_empty() {
        // What the end of its call closed already stays closed.
        exec!(
            tx,
            sqlite: "UPDATE work_item SET state = CASE WHEN work_item.state = 'closed' THEN 'closed' ELSE r.next END,
                  left_at = r.at, outcome = r.outcome
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at, value->>'outcome' AS outcome, value->>'state' AS next
                      FROM jsonb_each($1)) r
                WHERE work_item.id = r.target",
            postgres: "UPDATE work_item SET state = CASE WHEN work_item.state = 'closed' THEN 'closed' ELSE r.state END,
                  left_at = r.at, outcome = r.outcome
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint, outcome text, state text) WHERE work_item.id = r.id",
            json(&set.left.values().collect::<Vec<_>>())
        )?;
    }
    if !set.ended.is_empty() {
        let at = |id: &Uuid| set.changes.get(id).and_then(|c| c.ended).unwrap_or(0);
        let rows: Vec<Moment> = set.ended.iter().map(|id| Moment { id: Id(*id), at: at(id) }).collect();
        let rows = json(&rows);
        exec!(
            tx,
            sqlite: "UPDATE offer SET state = 'ended', ended_at = r.at, outcome = COALESCE(offer.outcome, 'caller_left')
                FROM (SELECT w.id AS target, j.value->>'at' AS at FROM jsonb_each($1) j
                      JOIN work_item w ON w.call_id = unhex(j.value->>'id')) r
                WHERE offer.work_item_id = r.target AND offer.state <> 'ended'",
            postgres: "UPDATE offer SET state = 'ended', ended_at = r.at, outcome = COALESCE(offer.outcome, 'caller_left')
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint) JOIN work_item w ON w.call_id = r.id
                WHERE offer.work_item_id = w.id AND offer.state <> 'ended'",
            rows.as_str()
        )?;
        exec!(
            tx,
            sqlite: "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, r.at), outcome = COALESCE(outcome, 'abandoned')
                FROM (SELECT unhex(value->>'id') AS target, value->>'at' AS at FROM jsonb_each($1)) r
                WHERE work_item.call_id = r.target AND work_item.state <> 'closed'",
            postgres: "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, r.at), outcome = COALESCE(outcome, 'abandoned')
                FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, at bigint)
                WHERE work_item.call_id = r.id AND work_item.state <> 'closed'",
            rows.as_str()
        )?;
    }
    Ok(())
}
