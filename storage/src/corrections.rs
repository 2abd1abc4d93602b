//! Lines that an engine misheard and somebody mended. The line has the newest text and is found by it; what it said before
//! is kept here, version by version.

use crate::accounts::open_text;
use crate::search::{self, NewLine};
use crate::{StoreError, Tx};
use ringdesk_model::{ConversationId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// A line of speech as it is now.
#[derive(Clone, Debug)]
pub struct SpokenLine {
    pub message: Uuid,
    pub speaker: String,
    pub text: Pii<String>,
    pub at: Timestamp,
    /// How often it was corrected.
    pub corrections: i64,
}

/// What a line said, until somebody mended it.
#[derive(Clone, Debug)]
pub struct Correction {
    pub id: Uuid,
    pub seq: i64,
    /// From 1; the first has what the engine heard.
    pub n: i64,
    pub was: Pii<String>,
    pub author: UserId,
    pub at: Timestamp,
}

/// A line that somebody spoke, of a transcript that is finished and that no better one replaced.
pub async fn line(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    seq: i64,
) -> Result<Option<SpokenLine>, StoreError> {
    let found: Option<(Uuid, String, Vec<u8>, i64, i64)> = row!(
        tx,
        "SELECT m.id, m.speaker, m.text_sealed, m.at,
                (SELECT COUNT(*) FROM line_correction k WHERE k.conversation_id = m.conversation_id AND k.seq = m.seq)
         FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN transcript t ON t.id = m.transcript_id
         WHERE m.conversation_id = $2 AND m.seq = $3 AND c.account_id = $1 AND t.state = 'done'",
        key.account().0,
        conversation.0,
        seq
    )?;
    found
        .map(|(message, speaker, text, at, corrections)| {
            let text = open_text(key, Place::new("message", "text", message.as_bytes()), &text)?;
            Ok(SpokenLine { message, speaker, text: Pii::new(text), at: Timestamp(at), corrections })
        })
        .transpose()
}

/// Give a line a better text: what it said is kept, and from now on it is found by the new words only.
pub async fn correct(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    line: &SpokenLine,
    kept: &Correction,
    text: &str,
) -> Result<(), StoreError> {
    let was = key.seal(Place::new("line_correction", "was", kept.id.as_bytes()), kept.was.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO line_correction (id, conversation_id, seq, n, was_sealed, author, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        kept.id,
        conversation.0,
        kept.seq,
        kept.n,
        was,
        kept.author.0,
        kept.at.0
    )?;
    let sealed = key.seal(Place::new("message", "text", line.message.as_bytes()), text.as_bytes())?;
    exec!(
        tx,
        "UPDATE message SET text_sealed = $3 WHERE conversation_id = $1 AND seq = $2",
        conversation.0,
        kept.seq,
        sealed
    )?;
    search::forget_line(tx, key.account(), conversation, kept.seq).await?;
    let speaker = match line.speaker.as_str() {
        "contact" => "contact",
        "agent" => "agent",
        "bot" => "bot",
        _ => "system",
    };
    let found: Vec<NewLine> = NewLine::new(key, line.message, line.at, speaker, text).into_iter().collect();
    search::insert(tx, key.account(), &found, |_| Some((conversation.0, kept.seq))).await
}

/// What lines of a conversation said before, oldest first.
pub async fn of_conversation(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    limit: i64,
) -> Result<Vec<Correction>, StoreError> {
    let found: Vec<(Uuid, i64, i64, Vec<u8>, Uuid, i64)> = rows!(
        tx,
        "SELECT k.id, k.seq, k.n, k.was_sealed, k.author, k.at FROM line_correction k JOIN conversation c ON c.id = k.conversation_id
         WHERE k.conversation_id = $2 AND c.account_id = $1 ORDER BY k.seq, k.n LIMIT $3",
        key.account().0,
        conversation.0,
        limit
    )?;
    let correction = |(id, seq, n, was, author, at): (Uuid, i64, i64, Vec<u8>, Uuid, i64)| {
        let was = open_text(key, Place::new("line_correction", "was", id.as_bytes()), &was)?;
        Ok(Correction { id, seq, n, was: Pii::new(was), author: UserId(author), at: Timestamp(at) })
    };
    found.into_iter().map(correction).collect()
}
