//! What staff say to each other: sent once however often it is handed in, taken back, read.
//!
//! A line may name a conversation: its author may see that, and of its readers only those who may see it, too, are told which it is.

use crate::desk::audited;
use crate::staff_rooms::mine;
use crate::{OperationError, Operations};
use ringdesk_conversations::{TextWritten, may_change_text, may_say, text_body, text_name};
use ringdesk_language::search::mask;
use ringdesk_model::{Actor, ConversationId, Pii, Scope, StaffRoomId, Timestamp, UserId};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::staff_lines::{self, NewStaffLine, StaffLine, StaffLineKind};
use ringdesk_storage::{StoreError, Tx, conversations, staff_rooms};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

const NONE: OperationError = OperationError::NotFound("room");
/// Of one page.
const MOST: i64 = 100;
const MINUTE: Duration = Duration::from_secs(60);

/// What the sender of a line is told, however often they send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub id: Uuid,
    pub seq: i64,
    pub at: Timestamp,
}

/// A line as one of the room's people reads it.
#[derive(Clone, Debug)]
pub struct LineView {
    /// Its conversation is named for who may see that.
    pub line: StaffLine,
    /// It is about one, whoever may see it.
    pub is_about: bool,
    /// Names; `None`: they are gone from the books.
    pub author: Option<String>,
    pub whom: Option<String>,
}

impl Operations {
    /// The newest lines before a number, in their order. Numbers in them are hidden from readers without the right to them, but not
    /// from who wrote them.
    pub async fn staff_lines(
        &self,
        scope: &Scope,
        room: StaffRoomId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<LineView>, OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.read(account).await?;
        staff_rooms::get(&mut tx, account, room, scope.user).await?.ok_or(NONE)?;
        let limit = limit.clamp(1, MOST);
        let lines = staff_lines::before(&mut tx, &key, room, before.unwrap_or(i64::MAX), limit).await?;
        let about: BTreeSet<ConversationId> = lines.iter().filter_map(|line| line.conversation).collect();
        let seen = seen(&mut tx, scope, about).await?;
        let names = self.colleagues(&mut tx, account).await?;
        let name = |user: UserId| names.get(&user).and_then(|one| one.name.clone());
        let view = |mut line: StaffLine| {
            if !scope.unmasked && line.author != scope.user && line.kind == StaffLineKind::Said {
                line.text = Pii::new(mask(line.text.reveal()));
            }
            let is_about = line.conversation.is_some();
            line.conversation = line.conversation.filter(|id| seen.contains(id));
            LineView { is_about, author: name(line.author), whom: line.whom.and_then(name), line }
        };
        Ok(lines.into_iter().map(view).collect())
    }

    /// Say something. `name` is the sender's own for it: whoever sends it again under the same name is told the same, and nothing is
    /// stored twice.
    pub async fn say_to_staff(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        room: StaffRoomId,
        (name, text, about): (&str, &Pii<String>, Option<ConversationId>),
    ) -> Result<Said, OperationError> {
        let account = scope.account;
        let text = Pii::new(text_body(text.reveal())?);
        let (mut tx, key) = self.write(account).await?;
        // From here on nobody else numbers a line of it.
        let found = mine(&mut tx, scope, room).await?;
        let sent_as = key.blind("staff_sent_as", &format!("{room}:{}:{}", scope.user, text_name(name)?));
        if let Some(there) = staff_lines::sent_as(&mut tx, &key, &sent_as).await? {
            return Ok(Said { id: there.id, seq: there.seq, at: there.at });
        }
        may_say(staff_lines::said_since(&mut tx, account, scope.user, now - MINUTE).await?)?;
        let to: BTreeSet<UserId> = staff_rooms::people(&mut tx, account, room).await?.into_keys().collect();
        if found.name.is_none() {
            self.writable(&mut tx, account, to.iter().copied().filter(|user| *user != scope.user)).await?;
        }
        if let Some(id) = about {
            let seen = conversations::get(&mut tx, &key, scope, id).await?;
            seen.ok_or(OperationError::NotFound("conversation"))?;
        }
        let id: Uuid = self.id(now);
        let line = NewStaffLine {
            id,
            room,
            kind: StaffLineKind::Said,
            author: scope.user,
            whom: None,
            conversation: about,
            text: &text,
            at: now,
            sent_as: Some(sent_as),
        };
        let seq = staff_lines::append(&mut tx, &key, &line).await?;
        staff_rooms::advance(&mut tx, account, room, scope.user, seq).await?;
        let length = format!("staff_room:{room}, {} characters", text.reveal().chars().count());
        audited(&mut tx, &key, now, actor, "staff_line.say", &object(id), None, Some(&length)).await?;
        tell(&mut tx, &key, now, "staff_line_said", (room, seq, scope.user), &to).await?;
        tx.commit().await?;
        Ok(Said { id, seq, at: now })
    }

    /// Take one's own back, as long as a text may be. What it said is gone for everybody.
    pub async fn recall_staff_line(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        room: StaffRoomId,
        seq: i64,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        mine(&mut tx, scope, room).await?;
        let line = staff_lines::get(&mut tx, &key, room, seq).await?;
        let line = line.filter(|line| line.kind == StaffLineKind::Said).ok_or(OperationError::NotFound("line"))?;
        let written = TextWritten { by: Some(line.author), at: line.at, recalled: line.recalled };
        may_change_text(now, &written, Some(scope.user))?;
        staff_lines::recall(&mut tx, &key, now, room, &line).await?;
        let about = format!("staff_room:{room}, {seq}");
        audited(&mut tx, &key, now, actor, "staff_line.recall", &object(line.id), Some(&about), None).await?;
        let to = staff_rooms::people(&mut tx, scope.account, room).await?.into_keys().collect();
        tell(&mut tx, &key, now, "staff_line_recalled", (room, seq, scope.user), &to).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The reader has read up to here. Never goes back; a number that no line has moves nothing.
    pub async fn read_staff_room(
        &self,
        now: Timestamp,
        scope: &Scope,
        room: StaffRoomId,
        seq: i64,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        staff_rooms::get(&mut tx, account, room, scope.user).await?.ok_or(NONE)?;
        if staff_rooms::advance(&mut tx, account, room, scope.user, seq).await? {
            let to = staff_rooms::people(&mut tx, account, room).await?.into_keys().collect();
            tell(&mut tx, &key, now, "staff_room_read", (room, seq, scope.user), &to).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Those of these conversations that the reader may see.
async fn seen(
    tx: &mut Tx,
    scope: &Scope,
    about: BTreeSet<ConversationId>,
) -> Result<BTreeSet<ConversationId>, OperationError> {
    if scope.everyone || about.is_empty() {
        return Ok(about);
    }
    let about: Vec<ConversationId> = about.into_iter().collect();
    let parts = conversations::agents_of(tx, scope.account, &about).await?.into_iter();
    Ok(parts.filter(|(_, agent, _)| scope.agent == Some(*agent)).map(|(id, ..)| id).collect())
}

/// That there is something to read, to those who are in the room; what it says is read, under the reader's mask.
async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    kind: &'static str,
    (room, seq, user): (StaffRoomId, i64, UserId),
    to: &BTreeSet<UserId>,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({ "room": room, "seq": seq, "user": user, "to": to }));
    outbox::append(tx, key, &[NewEvent { at, kind, payload }]).await?;
    Ok(())
}

fn object(id: Uuid) -> String {
    format!("staff_line:{id}")
}
