//! Texts: each is a line of the timeline, with what is known of its way. Who numbers one holds its conversation until the
//! transaction ends, so numbers have no gaps and are seen in their order.

use crate::accounts::open_text;
use crate::search::{self, NewLine};
use crate::{StoreError, Tx, clip_transcripts};
use ringdesk_conversations::TextState;
use ringdesk_model::{AccountId, AgentId, ConversationId, InboxId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// A line to be written. Its number comes with the transaction.
#[derive(Clone, Debug)]
pub struct NewTextLine<'a> {
    pub id: Uuid,
    pub conversation: ConversationId,
    /// `message`, `call_event` …
    pub kind: &'static str,
    /// `contact`, `agent`, `bot`, `system`.
    pub speaker: &'static str,
    pub agent: Option<AgentId>,
    pub text: &'a Pii<String>,
    pub at: Timestamp,
}

/// What makes a line a text.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// Who of us wrote it.
    pub author: Option<UserId>,
    /// Keyed hash of the name that its sender gave it.
    pub sent_as: [u8; 16],
    /// It is to leave by the channel.
    pub goes_out: bool,
}

/// A text as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText {
    pub id: Uuid,
    pub conversation: ConversationId,
    pub seq: i64,
    pub author: Option<UserId>,
    /// `None`: it came in.
    pub state: Option<TextState>,
    pub at: Timestamp,
    pub recalled: bool,
    pub edited: bool,
    pub text: Pii<String>,
}

/// One that waits to be handed to its channel.
#[derive(Clone, Debug)]
pub struct PendingText {
    pub id: Uuid,
    pub inbox: InboxId,
    pub conversation: ConversationId,
    pub seq: i64,
    /// `agent`, `bot`, `system`.
    pub speaker: String,
    pub agent: Option<AgentId>,
    pub text: Pii<String>,
    pub at: Timestamp,
}

type Row = (Uuid, Uuid, i64, Option<Uuid>, Option<String>, i64, Option<i64>, Option<i64>, Vec<u8>);

/// Hold a conversation until the transaction ends; false: there is none.
pub async fn hold(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<bool, StoreError> {
    let held = exec!(tx, "UPDATE conversation SET seq = seq WHERE id = $1 AND account_id = $2", id.0, account.0)?;
    Ok(held == 1)
}

/// Write a line at the end of its timeline; gives its number.
pub async fn append_line(tx: &mut Tx, key: &AccountKey, line: &NewTextLine<'_>) -> Result<i64, StoreError> {
    let head: Option<(i64,)> = row!(
        tx,
        "UPDATE conversation SET seq = seq + 1 WHERE id = $1 AND account_id = $2 RETURNING seq",
        line.conversation.0,
        key.account().0
    )?;
    let (seq,) = head.ok_or(StoreError::Database(sqlx::Error::RowNotFound))?;
    exec!(
        tx,
        "INSERT INTO message (conversation_id, seq, id, kind, speaker, agent_id, text_sealed, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        line.conversation.0,
        seq,
        line.id,
        line.kind,
        line.speaker,
        line.agent.map(|a| a.0),
        sealed(key, line.id, line.text)?,
        line.at.0
    )?;
    Ok(seq)
}

/// Write a text: found by its words from this commit on.
pub async fn append(
    tx: &mut Tx,
    key: &AccountKey,
    line: &NewTextLine<'_>,
    sending: &Sending,
) -> Result<i64, StoreError> {
    let seq = append_line(tx, key, line).await?;
    exec!(
        tx,
        "INSERT INTO text_message (id, account_id, conversation_id, seq, author_id, sent_as, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        line.id,
        key.account().0,
        line.conversation.0,
        seq,
        sending.author.map(|u| u.0),
        &sending.sent_as[..],
        sending.goes_out.then_some(TextState::Pending.as_str())
    )?;
    let found: Vec<NewLine> =
        NewLine::new(key, line.id, line.at, line.speaker, line.text.reveal()).into_iter().collect();
    search::insert(tx, key.account(), &found, |_| Some((line.conversation.0, seq))).await?;
    Ok(seq)
}

/// The one that was sent under this name before.
pub async fn sent_as(tx: &mut Tx, key: &AccountKey, name: &[u8; 16]) -> Result<Option<StoredText>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT x.id, x.conversation_id, x.seq, x.author_id, x.state, m.at, x.recalled_at, x.edited_at, m.text_sealed
         FROM text_message x JOIN message m ON m.conversation_id = x.conversation_id AND m.seq = x.seq
         WHERE x.account_id = $1 AND x.sent_as = $2",
        key.account().0,
        &name[..]
    )?;
    found.map(|row| stored(key, row)).transpose()
}

pub async fn get(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    seq: i64,
) -> Result<Option<StoredText>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT x.id, x.conversation_id, x.seq, x.author_id, x.state, m.at, x.recalled_at, x.edited_at, m.text_sealed
         FROM text_message x JOIN message m ON m.conversation_id = x.conversation_id AND m.seq = x.seq
         WHERE x.account_id = $1 AND x.conversation_id = $2 AND x.seq = $3",
        key.account().0,
        conversation.0,
        seq
    )?;
    found.map(|row| stored(key, row)).transpose()
}

pub async fn by_id(tx: &mut Tx, key: &AccountKey, id: Uuid) -> Result<Option<StoredText>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT x.id, x.conversation_id, x.seq, x.author_id, x.state, m.at, x.recalled_at, x.edited_at, m.text_sealed
         FROM text_message x JOIN message m ON m.conversation_id = x.conversation_id AND m.seq = x.seq
         WHERE x.account_id = $1 AND x.id = $2",
        key.account().0,
        id
    )?;
    found.map(|row| stored(key, row)).transpose()
}

/// Say it otherwise (`Some`), or take it back: what it said first is kept, and found by its words no more.
pub async fn change(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    was: &StoredText,
    speaker: &'static str,
    text: Option<&Pii<String>>,
) -> Result<(), StoreError> {
    let first = key.seal(Place::new("text_message", "first", was.id.as_bytes()), was.text.reveal().as_bytes())?;
    let (edited, recalled) = (text.map(|_| now.0), text.is_none().then_some(now.0));
    exec!(
        tx,
        "UPDATE text_message SET first_sealed = COALESCE(first_sealed, $3), edited_at = COALESCE($4, edited_at),
                recalled_at = $5 WHERE id = $1 AND account_id = $2",
        was.id,
        key.account().0,
        first,
        edited,
        recalled
    )?;
    let nothing = Pii::new(String::new());
    exec!(
        tx,
        "UPDATE message SET text_sealed = $3 WHERE conversation_id = $1 AND seq = $2",
        was.conversation.0,
        was.seq,
        sealed(key, was.id, text.unwrap_or(&nothing))?
    )?;
    search::forget_line(tx, key.account(), was.conversation, was.seq).await?;
    if text.is_none() {
        clip_transcripts::erase(tx, key, was.id).await?;
    }
    if let Some(text) = text {
        let found: Vec<NewLine> = NewLine::new(key, was.id, was.at, speaker, text.reveal()).into_iter().collect();
        search::insert(tx, key.account(), &found, |_| Some((was.conversation.0, was.seq))).await?;
    }
    Ok(())
}

/// What a text said before it was edited or recalled.
pub async fn first(tx: &mut Tx, key: &AccountKey, id: Uuid) -> Result<Option<Pii<String>>, StoreError> {
    let found: Option<(Option<Vec<u8>>,)> =
        row!(tx, "SELECT first_sealed FROM text_message WHERE id = $1 AND account_id = $2", id, key.account().0)?;
    let place = Place::new("text_message", "first", id.as_bytes());
    found.and_then(|(first,)| first).map(|sealed| Ok(Pii::new(open_text(key, place, &sealed)?))).transpose()
}

/// How it fares from now on.
pub async fn set_state(
    tx: &mut Tx,
    account: AccountId,
    id: Uuid,
    state: TextState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_message SET state = $3, reason = $4 WHERE id = $1 AND account_id = $2 AND state IS NOT NULL",
        id,
        account.0,
        state.as_str(),
        reason
    )?;
    Ok(())
}

/// Those of a conversation that wait to be handed over, in their order.
pub async fn pending(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    limit: i64,
) -> Result<Vec<PendingText>, StoreError> {
    type Waiting = (Uuid, Uuid, i64, String, Option<Uuid>, Vec<u8>, i64);
    let found: Vec<Waiting> = rows!(
        tx,
        "SELECT x.id, c.inbox_id, x.seq, m.speaker, m.agent_id, m.text_sealed, m.at
         FROM text_message x JOIN conversation c ON c.id = x.conversation_id
         JOIN message m ON m.conversation_id = x.conversation_id AND m.seq = x.seq
         WHERE x.account_id = $1 AND x.conversation_id = $2 AND x.state = 'pending' AND x.recalled_at IS NULL
           AND c.inbox_id IS NOT NULL
         ORDER BY x.seq LIMIT $3",
        key.account().0,
        conversation.0,
        limit
    )?;
    let text = |(id, inbox, seq, speaker, agent, text, at): Waiting| {
        Ok(PendingText {
            text: Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &text)?),
            id,
            inbox: InboxId(inbox),
            conversation,
            seq,
            speaker,
            agent: agent.map(AgentId),
            at: Timestamp(at),
        })
    };
    found.into_iter().map(text).collect()
}

fn stored(key: &AccountKey, row: Row) -> Result<StoredText, StoreError> {
    let (id, conversation, seq, author, state, at, recalled, edited, text) = row;
    let state = match state {
        Some(state) => Some(TextState::parse(&state).ok_or_else(|| StoreError::unreadable("state of a text", &state))?),
        None => None,
    };
    Ok(StoredText {
        id,
        conversation: ConversationId(conversation),
        seq,
        author: author.map(UserId),
        state,
        at: Timestamp(at),
        recalled: recalled.is_some(),
        edited: edited.is_some(),
        text: Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &text)?),
    })
}

pub(crate) fn sealed(key: &AccountKey, id: Uuid, text: &Pii<String>) -> Result<Vec<u8>, StoreError> {
    Ok(key.seal(Place::new("message", "text", id.as_bytes()), text.reveal().as_bytes())?)
}
