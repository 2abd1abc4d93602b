//! What rules of an account ask of the past, and what they said of a conversation. The rules themselves: [`crate::documents`].

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CallId, ContactId, ConversationId, Pii, Priority, QueueId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Conversations of a contact that began from `since` on and before this one.
pub async fn conversations_before(
    tx: &mut Tx,
    account: AccountId,
    contact: ContactId,
    (since, before): (Timestamp, ConversationId),
) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM conversation WHERE account_id = $1 AND contact_id = $2 AND opened_at >= $3 AND id < $4",
        account.0,
        contact.0,
        since.0,
        before.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Tickets of a contact that were made from `since` on and before `until`.
pub async fn tickets_between(
    tx: &mut Tx,
    account: AccountId,
    contact: ContactId,
    (since, until): (Timestamp, Timestamp),
) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM ticket WHERE account_id = $1 AND contact_id = $2 AND created_at >= $3 AND created_at < $4",
        account.0,
        contact.0,
        since.0,
        until.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// What the contact wrote or said first.
pub async fn first_words(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Option<Pii<String>>, StoreError> {
    let found: Option<(Uuid, Vec<u8>)> = row!(
        tx,
        "SELECT m.id, m.text_sealed FROM message m JOIN conversation c ON c.id = m.conversation_id
         WHERE c.account_id = $1 AND m.conversation_id = $2 AND m.speaker = 'contact' AND m.kind IN ('message', 'speech')
         ORDER BY m.seq LIMIT 1",
        key.account().0,
        conversation.0
    )?;
    found
        .map(|(id, sealed)| Ok(Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &sealed)?)))
        .transpose()
}

/// The queue in which it waited first.
pub async fn first_queue(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Option<QueueId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT queue_id FROM work_item WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT 1",
        account.0,
        conversation.0
    )?;
    Ok(found.map(|(id,)| QueueId(id)))
}

/// What rules said of a conversation by text: where it waits, how pressing it is, and why (JSON).
pub async fn ruled(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    (queue, priority): (QueueId, Priority),
    why: &Pii<String>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET queue_id = $3, priority = $4, ruled_sealed = $5 WHERE account_id = $1 AND conversation_id = $2",
        key.account().0,
        conversation.0,
        queue.0,
        i64::from(priority.0),
        key.seal(place(&conversation), why.reveal().as_bytes())?
    )?;
    Ok(())
}

/// Where rules want it to wait, and why (JSON); `None`: none said anything.
pub async fn ruling(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Option<(QueueId, Pii<String>)>, StoreError> {
    let found: Option<(Uuid, Option<Vec<u8>>)> = row!(
        tx,
        "SELECT queue_id, ruled_sealed FROM text_matter WHERE account_id = $1 AND conversation_id = $2",
        key.account().0,
        conversation.0
    )?;
    let Some((queue, Some(sealed))) = found else { return Ok(None) };
    Ok(Some((QueueId(queue), Pii::new(open_text(key, place(&conversation), &sealed)?))))
}

/// Does the account have a rule for calls that are over? It may be one that is off, or only called so.
pub async fn asks_of_closed_calls(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT version FROM rule_list WHERE account_id = $1 AND rules LIKE '%\"call_closed\"%'", account.0)?;
    Ok(found.is_some())
}

/// Note that the rules were asked of this call on this occasion. False: they had been.
pub async fn once(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    call: CallId,
    occasion: &str,
) -> Result<bool, StoreError> {
    let noted = exec!(
        tx,
        "INSERT INTO call_ruled (call_id, occasion, account_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        call.0,
        occasion,
        account.0,
        now.0
    )?;
    Ok(noted == 1)
}

/// Did the caller leave a message in this call?
pub async fn left_a_message(tx: &mut Tx, account: AccountId, call: CallId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT COUNT(*) FROM left_message WHERE account_id = $1 AND call_id = $2", account.0, call.0)?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Is what was said in this call written down, as far as it will be? What nobody records, nobody hears.
pub async fn is_heard(tx: &mut Tx, account: AccountId, call: CallId) -> Result<bool, StoreError> {
    let found: Option<(i64, i64)> = row!(
        tx,
        "SELECT (SELECT COUNT(*) FROM recording WHERE account_id = $1 AND call_id = $2),
                (SELECT COUNT(*) FROM transcript WHERE account_id = $1 AND call_id = $2 AND state <> 'running')",
        account.0,
        call.0
    )?;
    Ok(found.is_none_or(|(recordings, heard)| recordings == 0 || heard > 0))
}

/// What the contact said or wrote, in order, as it was understood best; the first of it, where that is very much.
pub async fn words_of_contact(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Vec<Pii<String>>, StoreError> {
    let found: Vec<(Uuid, Vec<u8>)> = rows!(
        tx,
        "SELECT m.id, m.text_sealed FROM message m JOIN conversation c ON c.id = m.conversation_id
           LEFT JOIN transcript t ON t.id = m.transcript_id
         WHERE c.account_id = $1 AND m.conversation_id = $2 AND m.speaker = 'contact' AND m.kind IN ('message', 'speech')
           AND (t.state IS NULL OR t.state <> 'superseded')
         ORDER BY m.seq LIMIT 500",
        key.account().0,
        conversation.0
    )?;
    let open = |(id, sealed): (Uuid, Vec<u8>)| {
        Ok(Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &sealed)?))
    };
    found.into_iter().map(open).collect()
}

fn place(conversation: &ConversationId) -> Place<'_> {
    Place::new("text_matter", "ruled", conversation.0.as_bytes())
}
