//! How inboxes fare: when somebody last wrote or called, what waits to leave, and what could not be handed over.

use crate::report_rows::id_at;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, InboxId, Timestamp};
use uuid::Uuid;

/// When contacts last came by each inbox, of the conversations that began since a moment; and how many did.
pub async fn last_heard(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<(InboxId, Timestamp, i64)>, StoreError> {
    let found: Vec<(Uuid, i64, i64)> = rows!(
        tx,
        "SELECT c.inbox_id, MAX(COALESCE(t.contact_at, c.opened_at)), COUNT(*)
         FROM conversation c LEFT JOIN text_matter t ON t.conversation_id = c.id
         WHERE c.account_id = $1 AND c.id >= $2 AND c.inbox_id IS NOT NULL GROUP BY c.inbox_id",
        account.0,
        id_at(since)
    )?;
    Ok(found.into_iter().map(|(inbox, at, count)| (InboxId(inbox), Timestamp(at), count)).collect())
}

/// Texts that wait to be handed over.
pub async fn pending(tx: &mut Tx, account: AccountId) -> Result<Vec<(InboxId, i64)>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        "SELECT c.inbox_id, COUNT(*) FROM text_message m JOIN conversation c ON c.id = m.conversation_id
         WHERE m.account_id = $1 AND m.state = 'pending' AND c.inbox_id IS NOT NULL GROUP BY c.inbox_id",
        account.0
    )?;
    Ok(found.into_iter().map(|(inbox, count)| (InboxId(inbox), count)).collect())
}

/// A text that its channel did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedText {
    pub inbox: InboxId,
    /// When it was written.
    pub at: Timestamp,
    /// In words.
    pub reason: Option<String>,
}

/// Those that were written since a moment, newest first. What its writer took back did not fail.
pub async fn failed(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<FailedText>, StoreError> {
    let found: Vec<(Uuid, i64, Option<String>)> = rows!(
        tx,
        "SELECT c.inbox_id, p.at, m.reason FROM text_message m JOIN conversation c ON c.id = m.conversation_id
         JOIN message p ON p.conversation_id = m.conversation_id AND p.seq = m.seq
         WHERE m.account_id = $1 AND m.state = 'failed' AND m.id >= $2 AND m.recalled_at IS NULL AND c.inbox_id IS NOT NULL
         ORDER BY m.id DESC LIMIT $3",
        account.0,
        id_at(since),
        limit
    )?;
    let one = |(inbox, at, reason)| FailedText { inbox: InboxId(inbox), at: Timestamp(at), reason };
    Ok(found.into_iter().map(one).collect())
}
