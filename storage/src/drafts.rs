//! What somebody has begun to write after a conversation: kept until they send or drop it.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ConversationId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};

/// Of one person; the oldest make room.
const KEPT: i64 = 50;

/// Keep it in the place of the one before. JSON.
pub async fn put(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    user: UserId,
    conversation: ConversationId,
    draft: &Pii<String>,
) -> Result<(), StoreError> {
    let row = (user.0.as_u128() ^ conversation.0.as_u128().rotate_left(64)).to_be_bytes();
    exec!(
        tx,
        "INSERT INTO draft (user_id, conversation_id, account_id, draft_sealed, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET draft_sealed = excluded.draft_sealed, at = excluded.at",
        user.0,
        conversation.0,
        key.account().0,
        key.seal(Place::new("draft", "draft", &row), draft.reveal().as_bytes())?,
        now.0
    )?;
    exec!(
        tx,
        "DELETE FROM draft WHERE user_id = $1 AND conversation_id NOT IN
           (SELECT d.conversation_id FROM draft d WHERE d.user_id = $1 ORDER BY d.at DESC, d.conversation_id DESC LIMIT $2)",
        user.0,
        KEPT
    )?;
    Ok(())
}

pub async fn get(
    tx: &mut Tx,
    key: &AccountKey,
    user: UserId,
    conversation: ConversationId,
) -> Result<Option<(Timestamp, Pii<String>)>, StoreError> {
    let row = (user.0.as_u128() ^ conversation.0.as_u128().rotate_left(64)).to_be_bytes();
    let found: Option<(i64, Vec<u8>)> = row!(
        tx,
        "SELECT at, draft_sealed FROM draft WHERE account_id = $1 AND user_id = $2 AND conversation_id = $3",
        key.account().0,
        user.0,
        conversation.0
    )?;
    let draft = |(at, sealed): (i64, Vec<u8>)| {
        Ok((Timestamp(at), Pii::new(open_text(key, Place::new("draft", "draft", &row), &sealed)?)))
    };
    found.map(draft).transpose()
}

/// False: there was none.
pub async fn drop(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    conversation: ConversationId,
) -> Result<bool, StoreError> {
    let gone = exec!(
        tx,
        "DELETE FROM draft WHERE account_id = $1 AND user_id = $2 AND conversation_id = $3",
        account.0,
        user.0,
        conversation.0
    )?;
    Ok(gone == 1)
}
