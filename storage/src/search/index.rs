//! What is in the index: lines go in with their hashes, and out again with what they said.

use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_language::search::{sound_tokens, tokens};
use ringdesk_model::{AccountId, ConversationId, NoteId, Timestamp, TranscriptId};
use ringdesk_vault::AccountKey;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A conversation is found no more. Gives how many of its lines were.
pub async fn forget(tx: &mut Tx, account: AccountId, conversation: ConversationId) -> Result<u64, StoreError> {
    exec!(
        tx,
        sqlite: "DELETE FROM search_token WHERE rowid IN
              (SELECT doc FROM search_line WHERE conversation_id = $2 AND account_id = $1)",
        postgres: "DELETE FROM search_token WHERE doc IN
              (SELECT doc FROM search_line WHERE conversation_id = $2 AND account_id = $1)",
        account.0,
        conversation.0
    )?;
    exec!(tx, "DELETE FROM search_line WHERE conversation_id = $2 AND account_id = $1", account.0, conversation.0)
}

/// One line is found no more by what it said.
pub(crate) async fn forget_line(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
    seq: i64,
) -> Result<(), StoreError> {
    exec!(
        tx,
        sqlite: "DELETE FROM search_token WHERE rowid IN
              (SELECT doc FROM search_line WHERE conversation_id = $2 AND seq = $3 AND account_id = $1)",
        postgres: "DELETE FROM search_token WHERE doc IN
              (SELECT doc FROM search_line WHERE conversation_id = $2 AND seq = $3 AND account_id = $1)",
        account.0,
        conversation.0,
        seq
    )?;
    exec!(
        tx,
        "DELETE FROM search_line WHERE conversation_id = $2 AND seq = $3 AND account_id = $1",
        account.0,
        conversation.0,
        seq
    )?;
    Ok(())
}

/// What a note says is found by its words; `None`: no more, or not any more.
pub(crate) async fn index_note(
    tx: &mut Tx,
    key: &AccountKey,
    id: NoteId,
    text: Option<(ConversationId, Timestamp, &str)>,
) -> Result<(), StoreError> {
    let account = key.account();
    exec!(
        tx,
        sqlite: "DELETE FROM search_token WHERE rowid IN (SELECT doc FROM search_line WHERE note_id = $2 AND account_id = $1)",
        postgres: "DELETE FROM search_token WHERE doc IN (SELECT doc FROM search_line WHERE note_id = $2 AND account_id = $1)",
        account.0,
        id.0
    )?;
    exec!(tx, "DELETE FROM search_line WHERE note_id = $2 AND account_id = $1", account.0, id.0)?;
    let Some((conversation, at, text)) = text else { return Ok(()) };
    let Some(line) = NewLine::new(key, id.0, at, "note", text) else { return Ok(()) };
    // Messages count up from 1, so no note takes the number of one.
    let seq = -doc(at, id.0);
    insert(tx, account, &[line], |_| Some((conversation.0, seq))).await?;
    exec!(
        tx,
        "UPDATE search_line SET note_id = $4 WHERE account_id = $1 AND conversation_id = $2 AND seq = $3",
        account.0,
        conversation.0,
        seq,
        id.0
    )?;
    Ok(())
}

/// The lines of a transcript that a better one replaced are found no more. Gives how many were.
pub async fn forget_transcript(tx: &mut Tx, account: AccountId, id: TranscriptId) -> Result<u64, StoreError> {
    exec!(
        tx,
        sqlite: "DELETE FROM search_token WHERE rowid IN
              (SELECT l.doc FROM transcript t JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.id
               JOIN search_line l ON l.conversation_id = m.conversation_id AND l.seq = m.seq
               WHERE t.id = $2 AND l.account_id = $1)",
        postgres: "DELETE FROM search_token WHERE doc IN
              (SELECT l.doc FROM transcript t JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.id
               JOIN search_line l ON l.conversation_id = m.conversation_id AND l.seq = m.seq
               WHERE t.id = $2 AND l.account_id = $1)",
        account.0,
        id.0
    )?;
    exec!(
        tx,
        "DELETE FROM search_line WHERE account_id = $1 AND doc IN
              (SELECT l.doc FROM transcript t JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.id
               JOIN search_line l ON l.conversation_id = m.conversation_id AND l.seq = m.seq WHERE t.id = $2)",
        account.0,
        id.0
    )
}

/// Take what was forgotten out of the index's pages, too: until then they hold hashes that lead to no line. Rewrites the
/// index, so for the end of an erasure run, not for each conversation.
pub async fn purge(tx: &mut Tx) -> Result<(), StoreError> {
    exec!(
        tx,
        sqlite: "INSERT INTO search_token (search_token) VALUES ('optimize')",
        // The rest is what autovacuum is for: no transaction can do it.
        postgres: "SELECT gin_clean_pending_list('search_token_tokens'::regclass)"
    )?;
    Ok(())
}

/// A line of a set that is to be found.
#[derive(Clone, Debug)]
pub(crate) struct NewLine {
    pub(crate) message: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) speaker: &'static str,
    hashes: String,
}

impl NewLine {
    /// `None`: nothing in it can be looked for.
    pub(crate) fn new(
        key: &AccountKey,
        message: Uuid,
        at: Timestamp,
        speaker: &'static str,
        text: &str,
    ) -> Option<NewLine> {
        let mut all = tokens(text);
        all.extend(sound_tokens(text));
        let hashes = hashes(key, &all);
        (!hashes.is_empty()).then_some(NewLine { message, at, speaker, hashes })
    }
}

/// Index lines; `place` tells where a message stands, `None`: it was not written.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    lines: &[NewLine],
    place: impl Fn(Uuid) -> Option<(Uuid, i64)>,
) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct LineRow<'a> {
        doc: i64,
        conversation: Id,
        seq: i64,
        speaker: &'a str,
        tokens: &'a str,
    }
    let mut rows: Vec<LineRow<'_>> = lines
        .iter()
        .filter_map(|line| {
            let (conversation, seq) = place(line.message)?;
            let doc = doc(line.at, line.message);
            Some(LineRow { doc, conversation: Id(conversation), seq, speaker: line.speaker, tokens: &line.hashes })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    // Two lines of one millisecond have one number once in four million times; the second takes the next one.
    loop {
        let taken: Vec<(i64,)> = rows!(
            tx,
            sqlite: "SELECT l.doc FROM jsonb_each($1) r CROSS JOIN search_line l ON l.doc = r.value",
            postgres: "SELECT l.doc FROM search_line l WHERE l.doc IN (SELECT v::bigint FROM jsonb_array_elements_text($1::jsonb) v)",
            json(&rows.iter().map(|r| r.doc).collect::<Vec<_>>())
        )?;
        let mut taken: BTreeSet<i64> = taken.into_iter().map(|(doc,)| doc).collect();
        let mut moved = false;
        for row in &mut rows {
            while !taken.insert(row.doc) {
                row.doc += 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let rows = json(&rows);
    exec!(
        tx,
        sqlite: "INSERT INTO search_line (doc, account_id, conversation_id, seq, speaker)
            SELECT r.value->>'doc', $1, unhex(r.value->>'conversation'), r.value->>'seq', r.value->>'speaker' FROM jsonb_each($2) r",
        postgres: "INSERT INTO search_line (doc, account_id, conversation_id, seq, speaker)
            SELECT r.doc, $1::uuid, r.conversation, r.seq, r.speaker
            FROM jsonb_to_recordset($2::jsonb) AS r(doc bigint, conversation uuid, seq bigint, speaker text)",
        account.0,
        rows.as_str()
    )?;
    exec!(
        tx,
        sqlite: "INSERT INTO search_token (rowid, tokens) SELECT r.value->>'doc', r.value->>'tokens' FROM jsonb_each($1) r",
        postgres: "INSERT INTO search_token (doc, tokens) SELECT r.doc, r.tokens::tsvector
            FROM jsonb_to_recordset($1::jsonb) AS r(doc bigint, tokens text)",
        rows.as_str()
    )?;
    Ok(())
}

/// Milliseconds since 2020, then 22 bits that tell lines of one millisecond apart; lasts until 2089.
fn doc(at: Timestamp, message: Uuid) -> i64 {
    first_doc(at) | (message.as_u128() & 0x3f_ffff) as i64
}

pub(super) fn first_doc(at: Timestamp) -> i64 {
    const EPOCH_MS: i64 = 1_577_836_800_000;
    (at.0.div_euclid(1_000) - EPOCH_MS).clamp(0, (1 << 41) - 1) << 22
}

/// Sixty bits of each token's keyed hash, in letters that both databases take for one word.
pub(super) fn hashes(key: &AccountKey, tokens: &BTreeSet<String>) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = String::with_capacity(tokens.len() * 13);
    for token in tokens {
        let hash = key.blind("search", token);
        let bits = hash.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend((0..12).map(|n| char::from(LETTERS[(bits >> (n * 5) & 31) as usize])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lines_go_up_with_time() {
        let at = |ms| Timestamp::from_millis(ms);
        let (low, high) = (Uuid::nil(), Uuid::max());
        assert!(doc(at(1_790_000_000_000), high) < doc(at(1_790_000_000_001), low));
        assert_eq!(first_doc(at(1_790_000_000_000)), doc(at(1_790_000_000_000), low));
        assert!(doc(at(3_700_000_000_000), high) > 0);
        assert_eq!(first_doc(Timestamp(-1)), 0);
        assert!(doc(Timestamp(i64::MAX), high) > 0);
    }
}
