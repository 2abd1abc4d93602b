//! What reviewers write beside a recording, each remark at its moment. Whoever may hear it may read and write them.

use crate::desk::audited;
use crate::recordings::emit;
use crate::{OperationError, Operations};
use ringdesk_model::{Actor, CommentId, Pii, RecordingId, Scope, Timestamp, UserId};
use ringdesk_storage::recording_comments::{self, Comment};
use ringdesk_storage::recordings::{self, RecordingState};
use ringdesk_storage::users;
use std::collections::BTreeMap;

/// A remark is some sentences, not a file.
pub const LONGEST: usize = 2_000;
/// Of one recording.
const MOST: i64 = 500;

impl Operations {
    /// In the order of their moments, each with the name of who wrote it.
    pub async fn recording_comments(
        &self,
        scope: &Scope,
        id: RecordingId,
    ) -> Result<Vec<(Comment, String)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        let found = recording_comments::of_recording(&mut tx, &key, id, MOST).await?;
        let names: BTreeMap<UserId, String> =
            users::all(&mut tx, scope.account).await?.into_iter().map(|user| (user.id, user.name)).collect();
        let named = |comment: Comment| {
            let name = names.get(&comment.author).cloned().unwrap_or_default();
            (comment, name)
        };
        Ok(found.into_iter().map(named).collect())
    }

    /// Write one. What it says is in no event: those who follow are told where, and read it if they may.
    pub async fn comment_on_recording(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        at_ms: i64,
        text: Pii<String>,
    ) -> Result<CommentId, OperationError> {
        let text = Pii::new(text.reveal().trim().to_owned());
        let length = text.reveal().chars().count();
        if length == 0 || length > LONGEST {
            return Err(OperationError::Invalid(format!("a comment has 1 to {LONGEST} characters")));
        }
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        if found.state == RecordingState::Erased {
            return Err(OperationError::Over("the recording"));
        }
        let end = found.duration_ms.unwrap_or(i64::MAX);
        if !(0..=end).contains(&at_ms) {
            return Err(OperationError::Invalid(format!("at_ms is 0 to {end}: the recording is not longer")));
        }
        if recording_comments::of_recording(&mut tx, &key, id, MOST).await?.len() as i64 >= MOST {
            return Err(OperationError::Invalid(format!("a recording has {MOST} comments at most")));
        }
        let new = Comment { id: self.id(now), recording: id, at_ms, text, author: scope.user, written_at: now };
        recording_comments::insert(&mut tx, &key, &new).await?;
        let object = format!("recording:{id}");
        let at = format!("comment:{} at {at_ms} ms", new.id);
        audited(&mut tx, &key, now, actor, "recording.comment", &object, None, Some(&at)).await?;
        let payload = serde_json::json!({
            "conversation": found.conversation, "recording": id, "comment": new.id, "at_ms": at_ms
        });
        emit(&mut tx, &key, now, "recording_commented", payload).await?;
        tx.commit().await?;
        Ok(new.id)
    }

    /// Take one's own away.
    pub async fn remove_recording_comment(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: CommentId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recording_comments::find(&mut tx, &key, id).await?.ok_or(OperationError::NotFound("comment"))?;
        let recording = recordings::get(&mut tx, scope, found.recording).await?;
        let conversation = recording.ok_or(OperationError::NotFound("comment"))?.conversation;
        if found.author != scope.user {
            return Err(OperationError::Invalid("only who wrote a comment takes it away".into()));
        }
        recording_comments::remove(&mut tx, scope.account, id).await?;
        let object = format!("recording:{}", found.recording);
        let gone = format!("comment:{id}");
        audited(&mut tx, &key, now, actor, "recording.uncomment", &object, Some(&gone), None).await?;
        let payload = serde_json::json!({
            "conversation": conversation, "recording": found.recording, "comment": id, "removed": true
        });
        emit(&mut tx, &key, now, "recording_commented", payload).await?;
        tx.commit().await?;
        Ok(())
    }
}
