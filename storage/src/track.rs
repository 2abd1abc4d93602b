//! The way of visitors through web sites: whether they agreed that it is kept, what they did, and its end.

use crate::accounts::open_text;
use crate::batch::{Arena, Id, Span, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, InboxId, Pii, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;
use uuid::Uuid;

/// Something that a visitor did.
#[derive(Clone, Debug)]
pub struct NewTrackEvent {
    pub visitor: Uuid,
    /// The page's own name for it.
    pub id: Uuid,
    pub kind: &'static str,
    pub at: Timestamp,
    /// JSON.
    pub said: Pii<String>,
}

/// How long a page was looked at, when it was left.
#[derive(Clone, Copy, Debug)]
pub struct TrackDwell {
    pub visitor: Uuid,
    pub page: Uuid,
    pub milliseconds: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackRow {
    pub visitor: Uuid,
    pub id: Uuid,
    pub kind: String,
    pub at: Timestamp,
    pub dwell_ms: Option<i64>,
    /// JSON.
    pub said: Pii<String>,
}

#[derive(Serialize)]
struct NewRow {
    visitor: Id,
    id: Id,
    kind: &'static str,
    at: i64,
    said: Span,
}

#[derive(Serialize)]
struct DwellRow {
    visitor: Id,
    page: Id,
    dwell: i64,
}

/// Who holds this token of this inbox, if they were seen since `since`; and when they agreed that their way is kept, if they did.
pub async fn visitor_of(
    tx: &mut Tx,
    key: &AccountKey,
    (inbox, token): (InboxId, &str),
    since: Timestamp,
) -> Result<Option<(Uuid, Option<Timestamp>)>, StoreError> {
    let found: Option<(Uuid, Option<i64>)> = row!(
        tx,
        "SELECT id, agreed_at FROM visitor WHERE account_id = $1 AND inbox_id = $2 AND token_hash = $3 AND seen_at > $4",
        key.account().0,
        inbox.0,
        &key.blind("visitor", token)[..],
        since.0
    )?;
    Ok(found.map(|(id, agreed)| (id, agreed.map(Timestamp))))
}

/// They agree, or do not any more. False: they had said so before.
pub async fn agree(tx: &mut Tx, account: AccountId, visitor: Uuid, at: Option<Timestamp>) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        sqlite: "UPDATE visitor SET agreed_at = $3 WHERE id = $1 AND account_id = $2 AND (agreed_at IS NULL) <> ($3 IS NULL)",
        postgres: "UPDATE visitor SET agreed_at = $3::bigint
                   WHERE id = $1 AND account_id = $2 AND (agreed_at IS NULL) <> ($3::bigint IS NULL)",
        visitor,
        account.0,
        at.map(|at| at.0)
    )?;
    Ok(changed == 1)
}

/// Those of them who agree that their way is kept.
pub async fn who_agree(tx: &mut Tx, account: AccountId, of: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        sqlite: "SELECT id FROM visitor WHERE account_id = $1 AND agreed_at IS NOT NULL
                 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id FROM visitor WHERE account_id = $1 AND agreed_at IS NOT NULL
                 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids(of)
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Keep what happened, each once however often it is told. One statement for all of it.
pub async fn insert(tx: &mut Tx, key: &AccountKey, events: &[NewTrackEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let (mut arena, mut rows) = (Arena::default(), Vec::with_capacity(events.len()));
    for new in events {
        let sealed = key.seal(place(&name(new.visitor, new.id)), new.said.reveal().as_bytes())?;
        let said = arena.put(&sealed)?;
        rows.push(NewRow { visitor: Id(new.visitor), id: Id(new.id), kind: new.kind, at: new.at.0, said });
    }
    exec!(
        tx,
        sqlite: "INSERT INTO track_event (visitor_id, id, account_id, kind, at, said_sealed)
            SELECT unhex(r.value->>'visitor'), unhex(r.value->>'id'), $1, r.value->>'kind', r.value->>'at',
                   substr($3, (r.value->>'said') >> 24, (r.value->>'said') & 16777215)
            FROM jsonb_each($2) r WHERE true ON CONFLICT DO NOTHING",
        postgres: "INSERT INTO track_event (visitor_id, id, account_id, kind, at, said_sealed)
            SELECT r.visitor, r.id, $1::uuid, r.kind, r.at,
                   substring($3::bytea FROM (r.said >> 24)::int FOR (r.said & 16777215)::int)
            FROM jsonb_to_recordset($2::jsonb) AS r(visitor uuid, id uuid, kind text, at bigint, said bigint) ON CONFLICT DO NOTHING",
        key.account().0,
        json(&rows),
        arena.bytes()
    )?;
    Ok(())
}

/// Pages were left. Told again, the longest time counts.
pub async fn leave(tx: &mut Tx, account: AccountId, left: &[TrackDwell]) -> Result<(), StoreError> {
    if left.is_empty() {
        return Ok(());
    }
    let mut longest = std::collections::BTreeMap::new();
    for one in left {
        let kept = longest.entry((one.visitor, one.page)).or_insert(one.milliseconds);
        *kept = one.milliseconds.max(*kept);
    }
    let row = |((visitor, page), dwell)| DwellRow { visitor: Id(visitor), page: Id(page), dwell };
    let rows: Vec<DwellRow> = longest.into_iter().map(row).collect();
    exec!(
        tx,
        sqlite: "UPDATE track_event SET dwell_ms = r.dwell
            FROM (SELECT unhex(value->>'visitor') AS visitor, unhex(value->>'page') AS page, value->>'dwell' AS dwell FROM jsonb_each($2)) r
            WHERE track_event.visitor_id = r.visitor AND track_event.id = r.page AND track_event.account_id = $1
              AND kind = 'page' AND COALESCE(dwell_ms, -1) < r.dwell",
        postgres: "UPDATE track_event SET dwell_ms = r.dwell
            FROM jsonb_to_recordset($2::jsonb) AS r(visitor uuid, page uuid, dwell bigint)
            WHERE track_event.visitor_id = r.visitor AND track_event.id = r.page AND track_event.account_id = $1::uuid
              AND kind = 'page' AND COALESCE(dwell_ms, -1) < r.dwell",
        account.0,
        json(&rows)
    )?;
    Ok(())
}

/// What these visitors did, newest first.
pub async fn of_visitors(
    tx: &mut Tx,
    key: &AccountKey,
    visitors: &[Uuid],
    limit: i64,
) -> Result<Vec<TrackRow>, StoreError> {
    type Row = (Uuid, Uuid, String, i64, Option<i64>, Vec<u8>);
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "SELECT visitor_id, id, kind, at, dwell_ms, said_sealed FROM track_event
                 WHERE account_id = $1 AND visitor_id IN (SELECT unhex(value) FROM json_each($2))
                 ORDER BY at DESC, id LIMIT $3",
        postgres: "SELECT visitor_id, id, kind, at, dwell_ms, said_sealed FROM track_event
                 WHERE account_id = $1 AND visitor_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)
                 ORDER BY at DESC, id LIMIT $3",
        key.account().0,
        ids(visitors),
        limit
    )?;
    let read = |(visitor, id, kind, at, dwell_ms, sealed): Row| {
        let said = Pii::new(open_text(key, place(&name(visitor, id)), &sealed)?);
        Ok(TrackRow { visitor, id, kind, at: Timestamp(at), dwell_ms, said })
    };
    found.into_iter().map(read).collect()
}

/// Erase the way of these visitors. Gives how much there was of it.
pub async fn erase(tx: &mut Tx, account: AccountId, visitors: &[Uuid]) -> Result<u64, StoreError> {
    exec!(
        tx,
        sqlite: "DELETE FROM track_event WHERE account_id = $1 AND visitor_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM track_event
                   WHERE account_id = $1 AND visitor_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids(visitors)
    )
}

/// Forget what visitors of an inbox did before a moment, and of each everything but the newest `most`. Gives how much it was.
pub async fn forget(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    before: Timestamp,
    most: i64,
) -> Result<u64, StoreError> {
    let old = exec!(
        tx,
        "DELETE FROM track_event WHERE account_id = $1 AND at < $3
            AND visitor_id IN (SELECT id FROM visitor WHERE inbox_id = $2 AND account_id = $1)",
        account.0,
        inbox.0,
        before.0
    )?;
    let many = exec!(
        tx,
        "DELETE FROM track_event WHERE account_id = $1 AND (visitor_id, id) IN (
            SELECT o.visitor_id, o.id FROM (
                SELECT t.visitor_id, t.id, ROW_NUMBER() OVER (PARTITION BY t.visitor_id ORDER BY t.at DESC, t.id) AS place
                FROM track_event t JOIN visitor v ON v.id = t.visitor_id WHERE v.inbox_id = $2 AND v.account_id = $1) o
            WHERE o.place > $3)",
        account.0,
        inbox.0,
        most
    )?;
    Ok(old + many)
}

fn ids(of: &[Uuid]) -> String {
    json(&of.iter().map(|id| Id(*id)).collect::<Vec<_>>())
}

/// Two visitors may call two things by one name.
fn name(visitor: Uuid, id: Uuid) -> [u8; 16] {
    (visitor.as_u128() ^ id.as_u128()).to_be_bytes()
}

fn place(name: &[u8; 16]) -> Place<'_> {
    Place::new("track_event", "said", name)
}
