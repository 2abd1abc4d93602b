//! One person, two files: made one, and two again.

use crate::contact_files::{object, seen, standing, tell, who};
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::{Refusal, may_merge, merge, undo};
use ringdesk_model::{Actor, ContactId, MergeId, Scope, Timestamp};
use ringdesk_storage::contact_merges::{self, Merge};
use ringdesk_storage::{contact_files, help_desk};

impl Operations {
    /// Let everything of `gone` become a part of `kept`; talks that go on go on. The file that is gone leads to the other from
    /// then on.
    pub async fn merge_contacts(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        kept: ContactId,
        gone: ContactId,
    ) -> Result<MergeId, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[kept, gone]).await?;
        if kept == gone {
            return Err(Refusal::Itself.into());
        }
        if !help_desk::staff_among(&mut tx, scope.account, &[kept, gone]).await?.is_empty() {
            return Err(Refusal::OfStaff.into());
        }
        let mut into = standing(&mut tx, &key, scope, kept).await?;
        let from = standing(&mut tx, &key, scope, gone).await?;
        may_merge((kept, into.merged_into), (gone, from.merged_into))?;
        let mut moved = contact_merges::move_all(&mut tx, now, scope.account, kept, gone, who(actor)).await?;
        moved.changes = merge(&mut into.profile, &from.profile);
        contact_files::put(&mut tx, &key, kept, &into.profile).await?;
        let id: MergeId = self.id(now);
        let (undone_at, undone_by) = (None, None);
        let row = Merge { id, kept, gone, at: now, by: who(actor), undone_at, undone_by, moved };
        contact_merges::insert(&mut tx, &key, &row).await?;
        let said = format!(
            "{} into it: {} identities, {} conversations, {} callbacks",
            object(gone),
            row.moved.identities.len(),
            row.moved.conversations.len(),
            row.moved.callbacks.len()
        );
        audited(&mut tx, &key, now, actor, "contact.merge", &object(kept), None, Some(&said)).await?;
        for id in [kept, gone] {
            tell(&mut tx, &key, now, id).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// What went into this file, newest first.
    pub async fn merges_of(&self, scope: &Scope, id: ContactId) -> Result<Vec<Merge>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let file = seen(&mut tx, &key, scope, id).await?;
        Ok(contact_merges::into(&mut tx, &key, file.id).await?)
    }

    /// Take a merge back: what moved goes back, and what came since by what goes back goes along.
    pub async fn undo_merge(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: MergeId,
    ) -> Result<(), OperationError> {
        const NONE: OperationError = OperationError::NotFound("merge");
        let (mut tx, key) = self.write(scope.account).await?;
        let merge = contact_merges::get(&mut tx, &key, id).await?.ok_or(NONE)?;
        contact_files::hold(&mut tx, scope.account, &[merge.kept, merge.gone]).await?;
        let mut kept = match standing(&mut tx, &key, scope, merge.kept).await {
            Err(OperationError::Contact(Refusal::MergedAway)) => return Err(Refusal::LaterMerge.into()),
            Err(OperationError::NotFound(_)) => return Err(NONE),
            other => other?,
        };
        if !contact_merges::set_undone(&mut tx, now, scope.account, id, who(actor)).await? {
            return Err(Refusal::Undone.into());
        }
        contact_merges::move_back(&mut tx, scope.account, &merge).await?;
        undo(&mut kept.profile, &merge.moved.changes);
        contact_files::put(&mut tx, &key, merge.kept, &kept.profile).await?;
        let said = format!("{} is a file of its own again", object(merge.gone));
        audited(&mut tx, &key, now, actor, "contact.undo_merge", &object(merge.kept), None, Some(&said)).await?;
        for id in [merge.kept, merge.gone] {
            tell(&mut tx, &key, now, id).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
