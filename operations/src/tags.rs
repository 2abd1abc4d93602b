//! The account's list of tags, and marking conversations with them.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::{choose_tags, tag_name};
use ringdesk_model::{AccountId, Actor, ConversationId, Pii, Scope, TagId, Timestamp};
use ringdesk_storage::conversations;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::tags::{self, Tag};
use std::collections::BTreeSet;

/// In one list.
const LIST: usize = 500;

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct TagEdit {
    pub name: Option<String>,
    /// `Some(None)`: none of its own.
    pub colour: Option<Option<String>>,
    pub active: Option<bool>,
}

impl Operations {
    pub async fn tags(&self, account: AccountId) -> Result<Vec<Tag>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(tags::all(&mut tx, account).await?)
    }

    /// A new word in the list.
    pub async fn create_tag(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: TagEdit,
    ) -> Result<TagId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if tags::all(&mut tx, account).await?.len() >= LIST {
            return Err(OperationError::Invalid("a list has at most 500 tags".into()));
        }
        let id = self.id(now);
        let tag = edited(Tag { id, name: String::new(), colour: None, disabled: false }, edit)?;
        let name = tag_name(&tag.name)?;
        tags::put(&mut tx, account, &tag).await.map_err(OperationError::taken("the name"))?;
        audited(&mut tx, &key, now, actor, "tag.create", &format!("tag:{id}"), None, Some(&name)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What it is called, and whether it is in use. Conversations keep it all the same.
    pub async fn edit_tag(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: TagId,
        edit: TagEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = tags::all(&mut tx, account).await?;
        let before = all.into_iter().find(|tag| tag.id == id).ok_or(OperationError::NotFound("tag"))?;
        let after = edited(before.clone(), edit)?;
        tags::put(&mut tx, account, &after).await.map_err(OperationError::taken("the name"))?;
        let (had, has) = (said(&before), said(&after));
        audited(&mut tx, &key, now, actor, "tag.edit", &format!("tag:{id}"), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Mark a conversation with these and no others.
    pub async fn set_tags(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
        wanted: &BTreeSet<TagId>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let conversation =
            conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let all = tags::all(&mut tx, scope.account).await?;
        let change = choose_tags(&conversation.tags, wanted, &all.iter().map(|tag| (tag.id, !tag.disabled)).collect())?;
        if change == Default::default() {
            return Ok(());
        }
        let by = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        for tag in &change.added {
            tags::add(&mut tx, now, scope.account, id, *tag, by).await?;
        }
        for tag in &change.removed {
            tags::take(&mut tx, scope.account, id, *tag).await?;
        }
        let names = |of: &BTreeSet<TagId>| {
            all.iter().filter(|tag| of.contains(&tag.id)).map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (had, has) = (names(&conversation.tags), names(wanted));
        let object = format!("conversation:{id}");
        audited(&mut tx, &key, now, actor, "conversation.tags", &object, Some(&had), Some(&has)).await?;
        let payload = Pii::new(serde_json::json!({ "conversation": id, "tags": wanted }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "tags_changed", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn edited(mut tag: Tag, edit: TagEdit) -> Result<Tag, OperationError> {
    if let Some(name) = edit.name {
        tag.name = name;
    }
    tag.name = tag_name(&tag.name)?;
    if let Some(colour) = edit.colour {
        let fits = |c: &str| c.len() == 7 && c.starts_with('#') && c[1..].bytes().all(|b| b.is_ascii_hexdigit());
        if colour.as_deref().is_some_and(|c| !fits(c)) {
            return Err(OperationError::Invalid("a colour is written like #d46b08".into()));
        }
        tag.colour = colour;
    }
    tag.disabled = edit.active.map_or(tag.disabled, |active| !active);
    Ok(tag)
}

async fn tell(
    tx: &mut ringdesk_storage::Tx,
    key: &ringdesk_vault::AccountKey,
    at: Timestamp,
) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({}));
    outbox::append(tx, key, &[NewEvent { at, kind: "tag_list_changed", payload }]).await?;
    Ok(())
}

fn said(tag: &Tag) -> String {
    format!("{}{}", tag.name, if tag.disabled { ", out of use" } else { "" })
}
