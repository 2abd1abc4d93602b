//! Who is kept out, why and until when. What they hear: [`crate::documents`].

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_contacts::{Block, BlockState};
use ringdesk_model::{AccountId, BlockId, ContactId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBlock {
    pub id: BlockId,
    pub contact: ContactId,
    pub block: Block,
    pub reason: Pii<String>,
    pub at: Timestamp,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contact_id: Uuid,
    state: String,
    reason_sealed: Vec<u8>,
    at: i64,
    until: Option<i64>,
    proposed_by: Option<Uuid>,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
}

/// A conflict: there is one for this contact that is not over.
pub async fn insert(tx: &mut Tx, key: &AccountKey, kept: &KeptBlock) -> Result<(), StoreError> {
    let place = Place::new("contact_block", "reason", kept.id.0.as_bytes());
    exec!(
        tx,
        "INSERT INTO contact_block (id, account_id, contact_id, state, reason_sealed, at, until, proposed_by, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        kept.id.0,
        key.account().0,
        kept.contact.0,
        kept.block.state.as_str(),
        key.seal(place, kept.reason.reveal().as_bytes())?,
        kept.at.0,
        kept.block.until.map(|at| at.0),
        kept.block.proposed_by.map(|u| u.0),
        kept.decided_by.map(|u| u.0),
        kept.decided_at.map(|at| at.0)
    )?;
    Ok(())
}

/// Those whose time is over make room for a new one.
pub async fn end_expired(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    contact: ContactId,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE contact_block SET state = CASE state WHEN 'active' THEN 'lifted' ELSE 'declined' END, decided_at = $3
         WHERE account_id = $1 AND contact_id = $2 AND state IN ('proposed', 'active') AND until <= $3",
        account.0,
        contact.0,
        now.0
    )?;
    Ok(())
}

/// False: it stands otherwise by now.
pub async fn set_state(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: BlockId,
    (from, to): (BlockState, BlockState),
    by: Option<UserId>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE contact_block SET state = $4, decided_by = $5, decided_at = $6 WHERE account_id = $1 AND id = $2 AND state = $3",
        account.0,
        id.0,
        from.as_str(),
        to.as_str(),
        by.map(|u| u.0),
        now.0
    )?;
    Ok(changed == 1)
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: BlockId) -> Result<Option<KeptBlock>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, contact_id, state, reason_sealed, at, until, proposed_by, decided_by, decided_at FROM contact_block
         WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| block(key, row)).transpose()
}

/// Newest first: of one contact, or everybody's; only such as are not over, if `open`.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    contact: Option<ContactId>,
    open: bool,
    limit: i64,
) -> Result<Vec<KeptBlock>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, contact_id, state, reason_sealed, at, until, proposed_by, decided_by, decided_at FROM contact_block
         WHERE account_id = $1 AND (contact_id = $2 OR $2 IS NULL) AND (state IN ('proposed', 'active') OR NOT $3)
         ORDER BY id DESC LIMIT $4",
        key.account().0,
        contact.map(|c| c.0),
        open,
        limit
    )?;
    found.into_iter().map(|row| block(key, row)).collect()
}

/// Every identity of everybody who is kept out: kind, keyed hash, until when. Where two files with a block each became one, both count.
pub async fn kept_out(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(String, Vec<u8>, Option<Timestamp>)>, StoreError> {
    let found: Vec<(String, Vec<u8>, Option<i64>)> = rows!(
        tx,
        "SELECT i.kind, i.value_hash, b.until FROM contact_block b JOIN contact k ON k.id = b.contact_id
            JOIN contact_identity i ON i.contact_id = COALESCE(k.merged_into, k.id)
         WHERE b.account_id = $1 AND b.state = 'active'",
        account.0
    )?;
    Ok(found.into_iter().map(|(kind, hash, until)| (kind, hash, until.map(Timestamp))).collect())
}

fn block(key: &AccountKey, row: Row) -> Result<KeptBlock, StoreError> {
    let place = Place::new("contact_block", "reason", row.id.as_bytes());
    Ok(KeptBlock {
        reason: Pii::new(open_text(key, place, &row.reason_sealed)?),
        id: BlockId(row.id),
        contact: ContactId(row.contact_id),
        block: Block {
            state: BlockState::parse(&row.state).ok_or_else(|| StoreError::unreadable("a block", "its state"))?,
            until: row.until.map(Timestamp),
            proposed_by: row.proposed_by.map(UserId),
        },
        at: Timestamp(row.at),
        decided_by: row.decided_by.map(UserId),
        decided_at: row.decided_at.map(Timestamp),
    })
}
