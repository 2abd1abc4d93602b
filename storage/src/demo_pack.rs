//! Taking a demo's pack away: the calls whose origin says that they were never made, what help desks were never asked, and everything that
//! hangs on them.

use crate::recordings::{self, RecordingView};
use crate::{StoreError, Tx, search};
use ringdesk_model::{AccountId, ConversationId, InboxId, RecordingId, Scope, UserId};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// The origin of its calls, the tag that nobody but the house gave to its texts, and who changed the presence of its agents.
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
    let texts = i64::try_from(help_talks(tx, account).await?.len()).unwrap_or(i64::MAX);
    Ok(found.map_or(0, |(count,)| count) + texts)
}

/// What help desks of the house were asked for show, and of which.
pub async fn help_talks(tx: &mut Tx, account: AccountId) -> Result<Vec<(ConversationId, InboxId)>, StoreError> {
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        "SELECT c.id, i.id FROM tag t JOIN conversation_tag g ON g.tag_id = t.id JOIN conversation c ON c.id = g.conversation_id
         JOIN inbox i ON i.id = c.inbox_id
         WHERE t.account_id = $1 AND t.name = $2 AND g.by_user IS NULL AND c.channel = 'help_desk' ORDER BY c.id",
        account.0,
        ORIGIN
    )?;
    Ok(found.into_iter().map(|(talk, inbox)| (ConversationId(talk), InboxId(inbox))).collect())
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
        conversation_itself(tx, conversation).await?;
    }
    for (ConversationId(talk), InboxId(inbox)) in help_talks(tx, account).await? {
        search::forget(tx, account, ConversationId(talk)).await?;
        parts(tx, talk).await?;
        exec!(tx, "DELETE FROM text_message WHERE conversation_id = $1", talk)?;
        exec!(tx, "DELETE FROM text_matter WHERE conversation_id = $1", talk)?;
        conversation_itself(tx, talk).await?;
        desk_of_nobody(tx, inbox).await?;
    }
    exec!(tx, "DELETE FROM presence_change WHERE account_id = $1 AND actor = $2", account.0, ORIGIN)?;
    Ok(files)
}

/// With the file of its contact, where nothing else is known of them.
async fn conversation_itself(tx: &mut Tx, conversation: Uuid) -> Result<(), StoreError> {
    let contact: Option<(Option<Uuid>,)> =
        row!(tx, "DELETE FROM conversation WHERE id = $1 RETURNING contact_id", conversation)?;
    let Some((Some(contact),)) = contact else { return Ok(()) };
    let unknown: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM contact k WHERE k.id = $1
           AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = $1)
           AND NOT EXISTS (SELECT 1 FROM contact_merge m WHERE m.kept_id = $1 OR m.gone_id = $1)
           AND NOT EXISTS (SELECT 1 FROM contact_block b WHERE b.contact_id = $1)",
        contact
    )?;
    if unknown == Some((1,)) {
        exec!(tx, "DELETE FROM contact_identity WHERE contact_id = $1", contact)?;
        exec!(tx, "DELETE FROM contact_claim WHERE contact_id = $1", contact)?;
        exec!(tx, "DELETE FROM contact_word WHERE contact_id = $1", contact)?;
        exec!(tx, "DELETE FROM contact_tag WHERE contact_id = $1", contact)?;
        exec!(tx, "DELETE FROM contact WHERE id = $1", contact)?;
    }
    Ok(())
}

/// A help desk that was asked nothing else goes, too.
async fn desk_of_nobody(tx: &mut Tx, inbox: Uuid) -> Result<(), StoreError> {
    let used: Option<(i64,)> = row!(
        tx,
        "SELECT (SELECT COUNT(*) FROM conversation c WHERE c.inbox_id = $1) + (SELECT COUNT(*) FROM attachment a WHERE a.inbox_id = $1)",
        inbox
    )?;
    if used == Some((0,)) {
        exec!(tx, "DELETE FROM turned_away WHERE inbox_id = $1", inbox)?;
        exec!(tx, "DELETE FROM text_inbox WHERE inbox_id = $1", inbox)?;
        exec!(tx, "DELETE FROM inbox WHERE id = $1", inbox)?;
    }
    Ok(())
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
