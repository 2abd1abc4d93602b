//! A line that an engine misheard, mended by a person. What it said before stays readable, version by version.

use crate::desk::audited;
use crate::recordings::emit;
use crate::{OperationError, Operations};
use ringdesk_language::search::mask;
use ringdesk_model::{Actor, ConversationId, Pii, Scope, Timestamp, UserId};
use ringdesk_storage::corrections::{self, Correction};
use ringdesk_storage::{conversations, users};
use std::collections::BTreeMap;

/// A line is what somebody says in a breath.
pub const LONGEST: usize = 2_000;
/// Of one conversation.
const MOST: i64 = 1_000;

impl Operations {
    /// Give a line a better text. `replaces`: how often it was corrected, as far as this person knows; who was
    /// quicker wins. Gives how often it is now.
    ///
    /// A line with numbers that this reader must not see is not theirs to write: they would write what hides them.
    pub async fn correct_line(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
        (seq, replaces): (i64, i64),
        text: Pii<String>,
    ) -> Result<i64, OperationError> {
        let text = Pii::new(text.reveal().split_whitespace().collect::<Vec<_>>().join(" "));
        let length = text.reveal().chars().count();
        if length == 0 || length > LONGEST {
            return Err(OperationError::Invalid(format!("a line has 1 to {LONGEST} characters")));
        }
        let (mut tx, key) = self.write(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let line = corrections::line(&mut tx, &key, id, seq).await?.ok_or(OperationError::NotFound("line"))?;
        if line.corrections != replaces {
            return Err(OperationError::Changed("the line"));
        }
        if !scope.unmasked && mask(line.text.reveal()) != *line.text.reveal() {
            return Err(OperationError::Invalid(
                "the line has numbers that are hidden from you: somebody with the right to numbers corrects it".into(),
            ));
        }
        if line.text.reveal() == text.reveal() {
            return Err(OperationError::Invalid("that is what the line says already".into()));
        }
        let kept = Correction {
            id: self.id(now),
            seq,
            n: line.corrections + 1,
            was: line.text.clone(),
            author: scope.user,
            at: now,
        };
        corrections::correct(&mut tx, &key, id, &line, &kept, text.reveal()).await?;
        let after = format!("line {seq}, version {}", kept.n + 1);
        audited(&mut tx, &key, now, actor, "transcript.correct", &format!("conversation:{id}"), None, Some(&after))
            .await?;
        let payload = serde_json::json!({ "conversation": id, "seq": seq, "corrections": kept.n });
        emit(&mut tx, &key, now, "line_corrected", payload).await?;
        tx.commit().await?;
        Ok(kept.n)
    }

    /// What the lines of a conversation said before, with the name of who mended them. An entry of the audit: it is a transcript.
    pub async fn corrections(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Vec<(Correction, String)>, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let found = corrections::of_conversation(&mut tx, &key, id, MOST).await?;
        let names: BTreeMap<UserId, String> =
            users::all(&mut tx, scope.account).await?.into_iter().map(|user| (user.id, user.name)).collect();
        audited(&mut tx, &key, now, actor, "transcript.view", &format!("conversation:{id}"), None, None).await?;
        tx.commit().await?;
        let named = |mut one: Correction| {
            if !scope.unmasked {
                one.was = Pii::new(mask(one.was.reveal()));
            }
            let name = names.get(&one.author).cloned().unwrap_or_default();
            (one, name)
        };
        Ok(found.into_iter().map(named).collect())
    }
}
