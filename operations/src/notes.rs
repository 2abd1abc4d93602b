//! Notes of a conversation: written, changed, pinned, taken back. For those who may read the conversation, and nobody else.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{NoteWritten, may_change_note, may_pin_note, note_text};
use ringdesk_language::search::mask;
use ringdesk_model::{Actor, AgentId, ConversationId, NoteId, Pii, Scope, Timestamp, UserId};
use ringdesk_storage::conversations;
use ringdesk_storage::notes::{self, Note};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx};
use ringdesk_vault::AccountKey;

const NONE: OperationError = OperationError::NotFound("note");

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct NoteEdit {
    pub text: Option<Pii<String>>,
    pub pinned: Option<bool>,
}

impl Operations {
    /// Those that are pinned first, then the newest. Numbers in them are hidden from readers without the right to them, but
    /// not from who wrote them.
    pub async fn notes(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<Note>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        seen(&mut tx, &key, scope, conversation).await?;
        let mut found = notes::of_conversation(&mut tx, &key, conversation).await?;
        for note in found.iter_mut().filter(|note| !scope.unmasked && note.author != Some(scope.user)) {
            note.text = Pii::new(mask(note.text.reveal()));
        }
        Ok(found)
    }

    /// Write one; the audit says that it was, not what it says.
    pub async fn write_note(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        text: &Pii<String>,
        pinned: bool,
    ) -> Result<NoteId, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        seen(&mut tx, &key, scope, conversation).await?;
        let there = notes::of_conversation(&mut tx, &key, conversation).await?;
        let text = note_text(text.reveal(), count(&there, |_| true))?;
        if pinned {
            may_pin_note(count(&there, |note| note.pinned))?;
        }
        let (author, agent) = writer(actor);
        let id = self.id(now);
        let note = Note { id, conversation, author, agent, text: Pii::new(text), pinned, at: now, edited_at: None };
        notes::insert(&mut tx, &key, &note).await?;
        audited(&mut tx, &key, now, actor, "note.write", &object(id), None, Some(&said(&note))).await?;
        tell(&mut tx, &key, now, &note, "written").await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Change what one's own says, for a day; or pin anybody's.
    pub async fn edit_note(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: NoteId,
        edit: &NoteEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let before = found(&mut tx, &key, scope, id).await?;
        let mut after = before.clone();
        if let Some(text) = &edit.text {
            may_change_note(now, &written(&before), writer(actor).0)?;
            after.text = Pii::new(note_text(text.reveal(), 0)?);
            after.edited_at = Some(now);
        }
        if let Some(pinned) = edit.pinned {
            let there = notes::of_conversation(&mut tx, &key, before.conversation).await?;
            if pinned && !before.pinned {
                may_pin_note(count(&there, |note| note.pinned))?;
            }
            after.pinned = pinned;
        }
        notes::change(&mut tx, &key, &after).await?;
        let (had, has) = (said(&before), said(&after));
        audited(&mut tx, &key, now, actor, "note.edit", &object(id), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now, &after, "edited").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Take one's own back, for a day.
    pub async fn remove_note(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: NoteId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let note = found(&mut tx, &key, scope, id).await?;
        may_change_note(now, &written(&note), writer(actor).0)?;
        notes::remove(&mut tx, &key, id).await?;
        audited(&mut tx, &key, now, actor, "note.remove", &object(id), Some(&said(&note)), None).await?;
        tell(&mut tx, &key, now, &note, "removed").await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn seen(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    conversation: ConversationId,
) -> Result<(), OperationError> {
    conversations::get(tx, key, scope, conversation).await?.ok_or(OperationError::NotFound("conversation"))?;
    Ok(())
}

/// One of a conversation that the reader may see.
async fn found(tx: &mut Tx, key: &AccountKey, scope: &Scope, id: NoteId) -> Result<Note, OperationError> {
    let note = notes::get(tx, key, id).await?.ok_or(NONE)?;
    seen(tx, key, scope, note.conversation).await.map_err(|_| NONE)?;
    Ok(note)
}

/// That there is something to read; what it says is read, under the reader's mask.
async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp, note: &Note, what: &'static str) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "conversation": note.conversation, "note": note.id, "author": note.author, "pinned": note.pinned, "what": what
    }));
    outbox::append(tx, key, &[NewEvent { at, kind: "note_changed", payload }]).await?;
    Ok(())
}

fn written(note: &Note) -> NoteWritten {
    NoteWritten { by: note.author, at: note.at }
}

fn writer(actor: &Actor) -> (Option<UserId>, Option<AgentId>) {
    match actor {
        Actor::User { user, agent, .. } => (Some(*user), *agent),
        _ => (None, None),
    }
}

fn count(notes: &[Note], of: impl Fn(&Note) -> bool) -> i64 {
    i64::try_from(notes.iter().filter(|note| of(note)).count()).unwrap_or(i64::MAX)
}

/// For the audit: no word of it.
fn said(note: &Note) -> String {
    let pinned = if note.pinned { ", pinned" } else { "" };
    format!("conversation:{}, {} characters{pinned}", note.conversation, note.text.reveal().chars().count())
}

fn object(id: NoteId) -> String {
    format!("note:{id}")
}
