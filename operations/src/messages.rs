//! Texts of us to a contact: sent once however often they are handed in, said otherwise, recalled, read.

use crate::attachments::send_files;
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{TextState, TextWritten, may_change_text, text_beside_files, text_body, text_name};
use ringdesk_model::{AccountId, Actor, AgentId, ConversationId, JobId, Pii, Scope, Timestamp, UserId};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_matters::{self, Cursors, Matter};
use ringdesk_storage::texts::{self, NewTextLine, Sending, StoredText};
use ringdesk_storage::{StoreError, Tx, conversations};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// The job that hands over what waits in a conversation.
pub const SEND: &str = "text_send";
/// With the waits between them some nine hours; then it has failed, and somebody may send it again.
const TRIES: i64 = 20;

/// What its sender is told of a text, however often they send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    pub id: Uuid,
    pub conversation: ConversationId,
    pub seq: i64,
    pub at: Timestamp,
    /// It was there already.
    pub known: bool,
}

impl Operations {
    /// Send a text to the contact. `name` is the sender's own for it: whoever sends it again under the same name is told the
    /// same, and nothing is stored twice. `files`: what they have brought for it.
    pub async fn send_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        (name, text, files): (&str, &Pii<String>, &[Uuid]),
    ) -> Result<Acknowledged, OperationError> {
        let text = Pii::new(text_beside_files(text.reveal(), files.len())?);
        let (mut tx, key) = self.write(scope.account).await?;
        let matter = matter(&mut tx, &key, scope, conversation).await?;
        let sent_as = key.blind("sent_as", &format!("{conversation}:{}:{}", scope.user, text_name(name)?));
        // From here on nobody else numbers a line of it.
        texts::hold(&mut tx, scope.account, conversation).await?;
        if let Some(there) = texts::sent_as(&mut tx, &key, &sent_as).await? {
            return Ok(Acknowledged::of(&there));
        }
        if matter.closed_at.is_some() {
            return Err(OperationError::Closed("the conversation"));
        }
        let (author, agent) = writer(actor);
        let id: Uuid = self.id(now);
        let line = NewTextLine { id, conversation, kind: "message", speaker: "agent", agent, text: &text, at: now };
        let seq = texts::append(&mut tx, &key, &line, &Sending { author, sent_as, goes_out: true }).await?;
        let inbox = matter.inbox.ok_or(OperationError::NotFound("inbox"))?;
        send_files(&mut tx, scope.account, (inbox, author), id, files).await?;
        if !files.is_empty() {
            self.hear_clips(&mut tx, scope.account, now, conversation, id).await?;
        }
        text_matters::answered(&mut tx, scope.account, conversation, now).await?;
        text_matters::advance(&mut tx, scope.account, conversation, Cursors { seen: seq, ..Cursors::default() })
            .await?;
        self.hand_over(&mut tx, scope.account, now, conversation, id).await?;
        let length = format!("conversation:{conversation}, {} characters", text.reveal().chars().count());
        audited(&mut tx, &key, now, actor, "message.send", &object(id), None, Some(&length)).await?;
        told(&mut tx, &key, now, "message_created", &line, seq).await?;
        tx.commit().await?;
        Ok(Acknowledged { id, conversation, seq, at: now, known: false })
    }

    /// Say one's own otherwise, or recall it (`None`). It is an event with a number of its own, so that whoever follows learns of
    /// it in its place. Gives that number.
    pub async fn change_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (conversation, seq): (ConversationId, i64),
        text: Option<&Pii<String>>,
    ) -> Result<i64, OperationError> {
        let text = text.map(|text| text_body(text.reveal())).transpose()?.map(Pii::new);
        let (mut tx, key) = self.write(scope.account).await?;
        matter(&mut tx, &key, scope, conversation).await?;
        texts::hold(&mut tx, scope.account, conversation).await?;
        let was = stored(&mut tx, &key, conversation, seq).await?;
        let written = TextWritten { by: was.author, at: was.at, recalled: was.recalled };
        may_change_text(now, &written, writer(actor).0)?;
        texts::change(&mut tx, &key, now, &was, "agent", text.as_ref()).await?;
        let (kind, action) = match text {
            Some(_) => ("message_updated", "message.edit"),
            None => ("message_recalled", "message.recall"),
        };
        if was.state == Some(TextState::Pending) && text.is_none() {
            texts::set_state(&mut tx, scope.account, was.id, TextState::Failed, Some("recalled")).await?;
        } else if was.state != Some(TextState::Pending) {
            self.hand_over_change(&mut tx, scope.account, now, conversation, was.id, kind).await?;
        }
        let what = Pii::new(serde_json::json!({ "text": kind, "message": was.id, "seq": seq }).to_string());
        let (id, agent): (Uuid, _) = (self.id(now), writer(actor).1);
        let line = NewTextLine { id, conversation, kind: "text_event", speaker: "agent", agent, text: &what, at: now };
        let place = texts::append_line(&mut tx, &key, &line).await?;
        let about = format!("conversation:{conversation}, {seq}");
        audited(&mut tx, &key, now, actor, action, &object(was.id), Some(&about), None).await?;
        told(&mut tx, &key, now, kind, &NewTextLine { id: was.id, ..line }, seq).await?;
        tx.commit().await?;
        Ok(place)
    }

    /// What a text said before it was edited or recalled; whoever reads it leaves an entry in the audit.
    pub async fn first_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (conversation, seq): (ConversationId, i64),
    ) -> Result<Pii<String>, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        matter(&mut tx, &key, scope, conversation).await?;
        let text = stored(&mut tx, &key, conversation, seq).await?;
        let first = texts::first(&mut tx, &key, text.id).await?.unwrap_or(text.text);
        audited(&mut tx, &key, now, actor, "message.original", &object(text.id), None, None).await?;
        tx.commit().await?;
        Ok(first)
    }

    /// We have read up to here. Never goes back, and never beyond the last line.
    pub async fn text_seen(
        &self,
        now: Timestamp,
        scope: &Scope,
        conversation: ConversationId,
        seq: i64,
    ) -> Result<Cursors, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        matter(&mut tx, &key, scope, conversation).await?;
        let view = conversations::get(&mut tx, &key, scope, conversation).await?;
        let last = view.ok_or(OperationError::NotFound("conversation"))?.last_seq;
        let to = Cursors { seen: seq.clamp(0, last), ..Cursors::default() };
        if let Some(moved) = text_matters::advance(&mut tx, scope.account, conversation, to).await? {
            cursors_moved(&mut tx, &key, now, conversation, moved).await?;
        }
        let cursors = text_matters::cursors(&mut tx, scope.account, conversation).await?.unwrap_or_default();
        tx.commit().await?;
        Ok(cursors)
    }

    /// How far each side has read; `None`: it is no conversation by text.
    pub async fn cursors(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Option<Cursors>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(text_matters::cursors(&mut tx, scope.account, conversation).await?)
    }

    /// Have one sent again that failed, or of which nobody knows. It stays the same text, under the same id.
    pub async fn retry_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (conversation, seq): (ConversationId, i64),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        matter(&mut tx, &key, scope, conversation).await?;
        texts::hold(&mut tx, scope.account, conversation).await?;
        let text = stored(&mut tx, &key, conversation, seq).await?;
        if text.recalled || !text.state.is_some_and(TextState::may_retry) {
            return Err(OperationError::InUse("only what failed, or what nobody knows of, is sent again".into()));
        }
        self.pend_again(&mut tx, scope.account, now, &text).await?;
        audited(&mut tx, &key, now, actor, "message.retry", &object(text.id), None, None).await?;
        state_changed(&mut tx, &key, now, &text, TextState::Pending, None).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn pend_again(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
        text: &StoredText,
    ) -> Result<(), OperationError> {
        texts::set_state(tx, account, text.id, TextState::Pending, None).await?;
        self.hand_over(tx, account, now, text.conversation, text.id).await
    }

    /// The job by which what waits in a conversation leaves it.
    pub(crate) async fn hand_over(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
        conversation: ConversationId,
        message: Uuid,
    ) -> Result<(), OperationError> {
        let payload = serde_json::json!({ "conversation": conversation, "message": message });
        self.enqueue(tx, account, now, payload).await
    }

    async fn hand_over_change(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
        conversation: ConversationId,
        message: Uuid,
        change: &str,
    ) -> Result<(), OperationError> {
        let payload = serde_json::json!({ "conversation": conversation, "message": message, "change": change });
        self.enqueue(tx, account, now, payload).await
    }

    async fn enqueue(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
        payload: serde_json::Value,
    ) -> Result<(), OperationError> {
        let id: JobId = self.id(now);
        let payload = payload.to_string();
        let job = NewJob { id, kind: SEND, key: None, payload, run_at: now, max_attempts: TRIES };
        jobs::enqueue(tx, account, &job).await?;
        Ok(())
    }
}

impl Acknowledged {
    pub(crate) fn of(there: &StoredText) -> Acknowledged {
        let StoredText { id, conversation, seq, at, .. } = there;
        Acknowledged { id: *id, conversation: *conversation, seq: *seq, at: *at, known: true }
    }
}

/// One that this reader may see, and that goes on by text.
pub(crate) async fn matter(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: ConversationId,
) -> Result<Matter, OperationError> {
    const NONE: OperationError = OperationError::NotFound("conversation");
    conversations::get(tx, key, scope, id).await?.ok_or(NONE)?;
    text_matters::get(tx, key, id).await?.ok_or(OperationError::NotFound("conversation by text"))
}

async fn stored(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    seq: i64,
) -> Result<StoredText, OperationError> {
    texts::get(tx, key, conversation, seq).await?.ok_or(OperationError::NotFound("message"))
}

/// That there is something to read; what it says is read under the reader's mask.
pub(crate) async fn told(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    kind: &'static str,
    line: &NewTextLine<'_>,
    seq: i64,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "conversation": line.conversation, "message": line.id, "seq": seq, "speaker": line.speaker, "agent": line.agent
    }));
    outbox::append(tx, key, &[NewEvent { at, kind, payload }]).await?;
    Ok(())
}

pub(crate) async fn state_changed(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    text: &StoredText,
    state: TextState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "conversation": text.conversation, "message": text.id, "seq": text.seq, "state": state, "reason": reason
    }));
    outbox::append(tx, key, &[NewEvent { at, kind: "message_state", payload }]).await?;
    Ok(())
}

pub(crate) async fn cursors_moved(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    conversation: ConversationId,
    to: Cursors,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({
        "conversation": conversation, "delivered": to.delivered, "read": to.read, "seen": to.seen
    }));
    outbox::append(tx, key, &[NewEvent { at, kind: "message_cursors", payload }]).await?;
    Ok(())
}

pub(crate) fn writer(actor: &Actor) -> (Option<UserId>, Option<AgentId>) {
    match actor {
        Actor::User { user, agent, .. } => (Some(*user), *agent),
        _ => (None, None),
    }
}

fn object(id: Uuid) -> String {
    format!("message:{id}")
}
