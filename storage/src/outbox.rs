//! The outbox: what happened, numbered without gaps per account in the transaction that made it happen.
//! Clients resume from any number. A wake-up carries no truth; this does. Payloads are sealed: a client is told who calls.

use crate::accounts::open_text;
use crate::batch::{Arena, Span, json};
use crate::journal::numbered_row;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Pii, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub seq: i64,
    pub at: Timestamp,
    /// `conversation_created`, `presence_changed` …
    pub kind: String,
    /// JSON.
    pub payload: Pii<String>,
}

/// What to append; the number comes with the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub at: Timestamp,
    pub kind: &'static str,
    pub payload: Pii<serde_json::Value>,
}

#[derive(Serialize)]
struct Row<'a> {
    seq: i64,
    at: i64,
    kind: &'a str,
    payload: Span,
}

/// Append; gives the number of the last one. Holds the account's head until the transaction ends, so numbers become
/// visible in their order.
pub async fn append(tx: &mut Tx, key: &AccountKey, events: &[NewEvent]) -> Result<i64, StoreError> {
    let account = key.account();
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let head: Option<(i64,)> =
        row!(tx, "UPDATE outbox_head SET seq = seq + $2 WHERE account_id = $1 RETURNING seq", account.0, count)?;
    let (last,) = head.ok_or(StoreError::UnknownAccount(account))?;
    let mut sealed = Arena::default();
    let row = |(seq, e): (i64, &'_ NewEvent)| {
        let place = numbered_row(account.0, seq);
        let payload = key.seal(Place::new("event", "payload", &place), e.payload.reveal().to_string().as_bytes())?;
        Ok(Row { seq, at: e.at.0, kind: e.kind, payload: sealed.put(&payload)? })
    };
    let rows: Vec<Row> = (last - count + 1..).zip(events).map(row).collect::<Result<_, StoreError>>()?;
    if !rows.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO event (account_id, seq, at, type, payload_sealed)
                     SELECT $1, r.value->>'seq', r.value->>'at', r.value->>'kind', substr($3, (r.value->>'payload') >> 24, (r.value->>'payload') & 16777215) FROM jsonb_each($2) r",
            postgres: "INSERT INTO event (account_id, seq, at, type, payload_sealed)
                     SELECT $1, r.seq, r.at, r.kind, substring($3::bytea FROM (r.payload >> 24)::int FOR (r.payload & 16777215)::int)
                     FROM jsonb_to_recordset($2::jsonb) AS r(seq bigint, at bigint, kind text, payload bigint)",
            account.0,
            json(&rows),
            sealed.bytes()
        )?;
    }
    Ok(last)
}

/// What came after `cursor`, oldest first.
pub async fn after(tx: &mut Tx, key: &AccountKey, cursor: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    let found: Vec<(i64, i64, String, Vec<u8>)> = rows!(
        tx,
        "SELECT seq, at, type, payload_sealed FROM event WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        key.account().0,
        cursor,
        limit
    )?;
    found.into_iter().map(|row| event(key, row)).collect()
}

fn event(key: &AccountKey, (seq, at, kind, payload): (i64, i64, String, Vec<u8>)) -> Result<Event, StoreError> {
    let place = numbered_row(key.account().0, seq);
    let payload = Pii::new(open_text(key, Place::new("event", "payload", &place), &payload)?);
    Ok(Event { seq, at: Timestamp(at), kind, payload })
}

/// The same of some kinds alone, up to the number `to`: who waits for few of them opens few of them.
pub async fn of_kinds(
    tx: &mut Tx,
    key: &AccountKey,
    kinds: &[&str],
    (cursor, to): (i64, i64),
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let found: Vec<(i64, i64, String, Vec<u8>)> = rows!(
        tx,
        sqlite: "SELECT seq, at, type, payload_sealed FROM event
                 WHERE account_id = $1 AND seq > $2 AND seq <= $3 AND type IN (SELECT value FROM json_each($4)) ORDER BY seq LIMIT $5",
        postgres: "SELECT seq, at, type, payload_sealed FROM event
                 WHERE account_id = $1 AND seq > $2 AND seq <= $3 AND type IN (SELECT jsonb_array_elements_text($4::jsonb)) ORDER BY seq LIMIT $5",
        key.account().0,
        cursor,
        to,
        json(kinds),
        limit
    )?;
    found.into_iter().map(|row| event(key, row)).collect()
}

/// The number of the newest event.
pub async fn head(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let head: Option<(i64,)> = row!(tx, "SELECT seq FROM outbox_head WHERE account_id = $1", account.0)?;
    head.map(|(seq,)| seq).ok_or(StoreError::UnknownAccount(account))
}

/// The number of the oldest event that is kept; none are: the next one's.
pub async fn oldest(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let oldest: Option<(i64,)> = row!(
        tx,
        "SELECT COALESCE((SELECT MIN(e.seq) FROM event e WHERE e.account_id = h.account_id), h.seq + 1)
         FROM outbox_head h WHERE h.account_id = $1",
        account.0
    )?;
    oldest.map(|(seq,)| seq).ok_or(StoreError::UnknownAccount(account))
}

/// Write other payloads into events of one kind since a moment, those for which `other` gives one: what they told is
/// erased, that they happened stays. Gives how many.
pub async fn overwrite(
    tx: &mut Tx,
    key: &AccountKey,
    kind: &str,
    since: Timestamp,
    mut other: impl FnMut(&str) -> Option<serde_json::Value>,
) -> Result<u64, StoreError> {
    let (account, mut cursor, mut written) = (key.account(), 0, 0);
    loop {
        let page: Vec<(i64, Vec<u8>)> = rows!(
            tx,
            "SELECT seq, payload_sealed FROM event WHERE account_id = $1 AND type = $2 AND at >= $3 AND seq > $4
             ORDER BY seq LIMIT 500",
            account.0,
            kind,
            since.0,
            cursor
        )?;
        let Some((last, _)) = page.last() else { return Ok(written) };
        cursor = *last;
        for (seq, sealed) in page {
            let place = numbered_row(account.0, seq);
            let place = Place::new("event", "payload", &place);
            let Some(payload) = other(&open_text(key, place, &sealed)?) else { continue };
            let sealed = key.seal(place, payload.to_string().as_bytes())?;
            written += exec!(
                tx,
                "UPDATE event SET payload_sealed = $3 WHERE account_id = $1 AND seq = $2",
                account.0,
                seq,
                sealed
            )?;
        }
    }
}

/// Forget what happened before a moment; gives how many events that were. Who resumes from one of them is told to read
/// the rows anew.
pub async fn forget(tx: &mut Tx, account: AccountId, before: Timestamp) -> Result<u64, StoreError> {
    // By number, so that what is left has no holes, whatever clock an event's own time came from.
    exec!(
        tx,
        "DELETE FROM event WHERE account_id = $1
         AND seq < (SELECT COALESCE(MIN(e.seq), 9223372036854775807) FROM event e WHERE e.account_id = $1 AND e.at >= $2)",
        account.0,
        before.0
    )
}
