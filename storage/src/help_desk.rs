//! Help desks of the house: which file is a colleague's, what they asked, and which conversations are between ourselves.

use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ContactId, ConversationId, InboxId, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A conversation of a colleague with a help desk, as they see it in their list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffTalk {
    pub conversation: ConversationId,
    pub inbox: InboxId,
    pub inbox_name: String,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// Number of the last line, and when that was written.
    pub last_seq: i64,
    pub last_at: Timestamp,
    /// How far they have read.
    pub read: i64,
    /// Texts to them after that.
    pub unread: i64,
}

type TalkRow = (Uuid, Uuid, String, i64, Option<i64>, i64, i64, i64, i64);

impl StaffTalk {
    fn of((conversation, inbox, name, opened, closed, last, at, read, unread): TalkRow) -> StaffTalk {
        StaffTalk {
            conversation: ConversationId(conversation),
            inbox: InboxId(inbox),
            inbox_name: name,
            opened_at: Timestamp(opened),
            closed_at: closed.map(Timestamp),
            last_seq: last,
            last_at: Timestamp(at),
            read,
            unread,
        }
    }
}

/// The file of a colleague; they have one, whatever they ask.
pub async fn file_of(tx: &mut Tx, account: AccountId, user: UserId) -> Result<Option<ContactId>, StoreError> {
    let found: Option<(Uuid,)> =
        row!(tx, "SELECT id FROM contact WHERE account_id = $1 AND staff_id = $2", account.0, user.0)?;
    Ok(found.map(|(id,)| ContactId(id)))
}

/// Make a file a colleague's. A conflict: they have one.
pub async fn set_staff(tx: &mut Tx, account: AccountId, contact: ContactId, user: UserId) -> Result<(), StoreError> {
    exec!(tx, "UPDATE contact SET staff_id = $3 WHERE account_id = $1 AND id = $2", account.0, contact.0, user.0)?;
    Ok(())
}

/// Which of these files are colleagues'.
pub async fn staff_among(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
) -> Result<BTreeSet<ContactId>, StoreError> {
    let ids = json(&contacts.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid,)> = rows!(
        tx,
        sqlite: "SELECT id FROM contact WHERE account_id = $1 AND staff_id IS NOT NULL
                 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id FROM contact WHERE account_id = $1 AND staff_id IS NOT NULL
                 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids
    )?;
    Ok(found.into_iter().map(|(id,)| ContactId(id)).collect())
}

/// What a colleague asked, the one with the newest line first.
pub async fn talks_of(tx: &mut Tx, account: AccountId, user: UserId, limit: i64) -> Result<Vec<StaffTalk>, StoreError> {
    let found: Vec<TalkRow> = rows!(
        tx,
        "SELECT c.id, i.id, i.name, c.opened_at, c.closed_at, c.seq,
                COALESCE((SELECT MAX(m.at) FROM message m WHERE m.conversation_id = c.id), c.opened_at) AS last_at, t.read_seq,
                (SELECT COUNT(*) FROM message m WHERE m.conversation_id = c.id AND m.kind = 'message'
                    AND m.speaker <> 'contact' AND m.seq > t.read_seq)
         FROM contact k JOIN conversation c ON c.contact_id = k.id JOIN inbox i ON i.id = c.inbox_id
         JOIN text_matter t ON t.conversation_id = c.id
         WHERE k.account_id = $1 AND k.staff_id = $2 AND c.channel = 'help_desk' ORDER BY last_at DESC, c.id DESC LIMIT $3",
        account.0,
        user.0,
        limit
    )?;
    Ok(found.into_iter().map(StaffTalk::of).collect())
}

/// One of them; `None` also when it is somebody else's.
pub async fn talk_of(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    conversation: ConversationId,
) -> Result<Option<StaffTalk>, StoreError> {
    let found: Option<TalkRow> = row!(
        tx,
        "SELECT c.id, i.id, i.name, c.opened_at, c.closed_at, c.seq,
                COALESCE((SELECT MAX(m.at) FROM message m WHERE m.conversation_id = c.id), c.opened_at) AS last_at, t.read_seq,
                (SELECT COUNT(*) FROM message m WHERE m.conversation_id = c.id AND m.kind = 'message'
                    AND m.speaker <> 'contact' AND m.seq > t.read_seq)
         FROM contact k JOIN conversation c ON c.contact_id = k.id JOIN inbox i ON i.id = c.inbox_id
         JOIN text_matter t ON t.conversation_id = c.id
         WHERE k.account_id = $1 AND k.staff_id = $2 AND c.channel = 'help_desk' AND c.id = $3",
        account.0,
        user.0,
        conversation.0
    )?;
    Ok(found.map(StaffTalk::of))
}

/// Which of ours asked, where a conversation is one with a help desk.
pub async fn askers(
    tx: &mut Tx,
    account: AccountId,
    conversations: &[ConversationId],
) -> Result<BTreeMap<ConversationId, UserId>, StoreError> {
    let ids = json(&conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        sqlite: "SELECT c.id, k.staff_id FROM conversation c JOIN contact k ON k.id = c.contact_id
                 WHERE c.account_id = $1 AND c.channel = 'help_desk' AND k.staff_id IS NOT NULL
                   AND c.id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT c.id, k.staff_id FROM conversation c JOIN contact k ON k.id = c.contact_id
                 WHERE c.account_id = $1 AND c.channel = 'help_desk' AND k.staff_id IS NOT NULL
                   AND c.id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids
    )?;
    Ok(found.into_iter().map(|(conversation, user)| (ConversationId(conversation), UserId(user))).collect())
}

/// Conversations with help desks that were open at some moment of a period.
pub async fn internal(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeSet<ConversationId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT id FROM conversation WHERE account_id = $1 AND channel = 'help_desk' AND opened_at < $3
           AND (closed_at IS NULL OR closed_at >= $2)",
        account.0,
        from.0,
        to.0
    )?;
    Ok(found.into_iter().map(|(id,)| ConversationId(id)).collect())
}
