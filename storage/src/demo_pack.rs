//! Taking a demo's pack away: the calls whose origin says that they were never made, and everything that hangs on them.

use crate::recordings::{self, RecordingView};
use crate::{StoreError, Tx, search};
use ringdesk_model::{AccountId, ConversationId, RecordingId, Scope, UserId};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// The origin of its calls, and who changed the presence of its agents.
pub const ORIGIN: &str = "demo";

/// What there is of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub conversations: i64,
    pub recordings: i64,
    /// Calls that were promised, and are still open.
    pub callbacks: i64,
    /// Messages that callers left.
    pub left_messages: i64,
    /// Agents of its busy hours.
    pub helpers: i64,
}

pub async fn held(tx: &mut Tx, account: AccountId) -> Result<Held, StoreError> {
    let found: Option<(i64, i64, i64, i64)> = row!(
        tx,
        "SELECT (SELECT COUNT(*) FROM recording r WHERE r.call_id IN (SELECT c.id FROM call c WHERE c.account_id = $1 AND c.origin = $2)),
         (SELECT COUNT(*) FROM callback b WHERE b.state <> 'closed'
            AND b.conversation_id IN (SELECT c.conversation_id FROM call c WHERE c.account_id = $1 AND c.origin = $2)),
         (SELECT COUNT(*) FROM left_message m WHERE m.call_id IN (SELECT c.id FROM call c WHERE c.account_id = $1 AND c.origin = $2)),
         (SELECT COUNT(*) FROM demo_helper h WHERE h.account_id = $1)",
        account.0,
        ORIGIN
    )?;
    let (recordings, callbacks, left_messages, helpers) = found.unwrap_or_default();
    Ok(Held { conversations: count(tx, account).await?, recordings, callbacks, left_messages, helpers })
}

/// How many conversations it has.
pub async fn count(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT COUNT(*) FROM call WHERE account_id = $1 AND origin = $2", account.0, ORIGIN)?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Take all of it away. Gives its recordings, whose files are still there.
pub async fn remove(tx: &mut Tx, key: &AccountKey) -> Result<Vec<RecordingView>, StoreError> {
    let account = key.account();
    let calls: Vec<(Uuid, Uuid)> = rows!(
        tx,
        "SELECT id, conversation_id FROM call WHERE account_id = $1 AND origin = $2 ORDER BY id",
        account.0,
        ORIGIN
    )?;
    let all = Scope { account, user: UserId(Uuid::nil()), agent: None, everyone: true, unmasked: true };
    let mut files = Vec::new();
    for (call, conversation) in calls {
        let kept: Vec<(Uuid,)> = rows!(tx, "SELECT id FROM recording WHERE call_id = $1 ORDER BY id", call)?;
        for (recording,) in kept {
            files.extend(recordings::get(tx, &all, RecordingId(recording)).await?);
        }
        search::forget(tx, account, ConversationId(conversation)).await?;
        parts(tx, conversation).await?;
        exec!(tx, "DELETE FROM call_event WHERE call_id = $1", call)?;
        exec!(tx, "DELETE FROM trunk_leg WHERE call_id = $1", call)?;
        exec!(tx, "DELETE FROM call_ruled WHERE call_id = $1", call)?;
        exec!(tx, "DELETE FROM call WHERE id = $1", call)?;
        let contact: Option<(Option<Uuid>,)> =
            row!(tx, "DELETE FROM conversation WHERE id = $1 RETURNING contact_id", conversation)?;
        if let Some((Some(contact),)) = contact {
            exec!(
                tx,
                "DELETE FROM contact_identity WHERE contact_id = $1
                 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = $1)",
                contact
            )?;
            exec!(
                tx,
                "DELETE FROM contact WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = $1)
                 AND NOT EXISTS (SELECT 1 FROM contact_identity i WHERE i.contact_id = $1)",
                contact
            )?;
        }
    }
    exec!(tx, "DELETE FROM presence_change WHERE account_id = $1 AND actor = $2", account.0, ORIGIN)?;
    Ok(files)
}

/// Everything that names one of its conversations.
async fn parts(tx: &mut Tx, conversation: Uuid) -> Result<(), StoreError> {
    exec!(
        tx,
        "DELETE FROM disposition WHERE participation_id IN (SELECT id FROM participation WHERE conversation_id = $1)",
        conversation
    )?;
    exec!(tx, "DELETE FROM participation WHERE conversation_id = $1", conversation)?;
    exec!(
        tx,
        "DELETE FROM offer WHERE work_item_id IN (SELECT id FROM work_item WHERE conversation_id = $1)",
        conversation
    )?;
    exec!(tx, "DELETE FROM work_item WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM transfer WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM left_message WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM transcript WHERE conversation_id = $1", conversation)?;
    exec!(
        tx,
        "DELETE FROM recording_comment WHERE recording_id IN (SELECT id FROM recording WHERE conversation_id = $1)",
        conversation
    )?;
    exec!(tx, "DELETE FROM recording WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM line_correction WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM message WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM suggestion WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM note WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM conversation_tag WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM draft WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM callback WHERE conversation_id = $1", conversation)?;
    exec!(tx, "DELETE FROM unserved WHERE conversation_id = $1", conversation)?;
    Ok(())
}
