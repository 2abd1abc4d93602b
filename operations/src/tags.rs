//! The account's list of tags, and marking conversations with them; contacts are marked in [`crate::contact_files`].

use crate::desk::audited;
use crate::rules::facts::Subject;
use crate::{OperationError, Operations};
use ringdesk_access::role_name;
use ringdesk_contacts::segment::retag;
use ringdesk_conversations::{TagUse, choose_tags, tag_group, tag_name};
use ringdesk_model::{AccountId, Actor, ConversationId, Pii, Scope, TagId, Timestamp};
use ringdesk_rules::Event;
use ringdesk_storage::documents::{self, Document, Versioned};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::tags::{self, Tag, TagUsage};
use ringdesk_storage::{Tx, conversations, segments, users};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// In one list.
const LIST: usize = 500;
const NONE: OperationError = OperationError::NotFound("tag");

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct TagEdit {
    pub name: Option<String>,
    /// `Some(None)`: none of its own.
    pub colour: Option<Option<String>>,
    pub active: Option<bool>,
    /// Empty: none.
    pub group: Option<String>,
    /// Names of the roles that give it and take it away; none: everybody who marks.
    pub roles: Option<Vec<String>>,
}

impl Operations {
    pub async fn tags(&self, account: AccountId) -> Result<Vec<Tag>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(tags::all(&mut tx, account).await?)
    }

    /// How much hangs on each; what nothing hangs on is not there.
    pub async fn tag_usage(&self, account: AccountId) -> Result<BTreeMap<TagId, TagUsage>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(tags::usage(&mut tx, account).await?)
    }

    /// What somebody may do with each tag of the list.
    pub async fn tag_uses(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<(Vec<Tag>, BTreeMap<TagId, TagUse>), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = tags::all(&mut tx, account).await?;
        let uses = uses(&mut tx, account, actor, &all).await?;
        Ok((all, uses))
    }

    /// A new word in the list.
    pub async fn create_tag(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: TagEdit,
    ) -> Result<TagId, OperationError> {
        let id = self.id(now);
        self.insert_tag(now, actor, account, id, edit).await?;
        Ok(id)
    }

    async fn insert_tag(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: TagId,
        edit: TagEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if tags::all(&mut tx, account).await?.len() >= LIST {
            return Err(OperationError::Invalid("a list has at most 500 tags".into()));
        }
        let tag = self.edited(Tag::named(id, ""), edit)?;
        tags::put(&mut tx, account, &tag).await.map_err(OperationError::taken("the name"))?;
        audited(&mut tx, &key, now, actor, "tag.create", &object(id), None, Some(&tag.name)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// As it was at another time; one that went into another comes back under its own id, without what it was on.
    pub(crate) async fn put_back_tag(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: TagId,
        edit: TagEdit,
    ) -> Result<(), OperationError> {
        let present = self.tags(account).await?;
        match present.iter().any(|tag| tag.id == id) {
            true => self.edit_tag(now, actor, account, id, edit).await,
            false => self.insert_tag(now, actor, account, id, edit).await,
        }
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
        let before = all.into_iter().find(|tag| tag.id == id).ok_or(NONE)?;
        let after = self.edited(before.clone(), edit)?;
        tags::put(&mut tx, account, &after).await.map_err(OperationError::taken("the name"))?;
        let (had, has) = (said(&before), said(&after));
        audited(&mut tx, &key, now, actor, "tag.edit", &object(id), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Two words for one thing: what hangs on `gone` hangs on `kept` from now on, and segments and rules that name the one
    /// name the other. `gone` leaves the list.
    pub async fn merge_tags(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        gone: TagId,
        kept: TagId,
    ) -> Result<(), OperationError> {
        if gone == kept {
            return Err(OperationError::Invalid("a tag is not merged with itself".into()));
        }
        let (mut tx, key) = self.write(account).await?;
        let all = tags::all(&mut tx, account).await?;
        let named = |id| all.iter().find(|tag| tag.id == id).map(|tag| tag.name.as_str()).ok_or(NONE);
        let (had, has) = (named(gone)?, named(kept)?);
        for mut row in segments::all(&mut tx, &key).await? {
            let Ok(mut condition) = serde_json::from_str(&row.condition) else { continue };
            if retag(&mut condition, gone, kept) {
                row.condition = serde_json::to_string(&condition).expect("a condition is texts and numbers");
                row.version += 1;
                segments::change(&mut tx, &key, &row).await?;
            }
        }
        let rules = documents::get(&mut tx, account, Versioned::Rules).await?;
        if let Some(list) = rules.filter(|list| list.text.contains(&gone.to_string())) {
            // Rules name tags by their ids, which are nothing else anywhere.
            let text = list.text.replace(&gone.to_string(), &kept.to_string());
            let renamed = Document { version: list.version + 1, text };
            documents::put(&mut tx, account, Versioned::Rules, &renamed).await?;
            let (object, said) = (format!("account:{account}"), format!("tag {had} is {has}"));
            audited(&mut tx, &key, now, actor, "rules.set", &object, None, Some(&said)).await?;
            let payload = Pii::new(serde_json::json!({ "version": renamed.version }));
            outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "rules_changed", payload }]).await?;
        }
        tags::merge(&mut tx, account, gone, kept).await?;
        audited(&mut tx, &key, now, actor, "tag.merge", &object(gone), Some(had), Some(has)).await?;
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
        let uses = uses(&mut tx, scope.account, actor, &all).await?;
        let change = choose_tags(&conversation.tags, wanted, &uses)?;
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
        let subject = Subject { tags: wanted.clone(), ..Subject::of(scope.account, &conversation, now) };
        let events: Vec<Event> = change.added.iter().map(|tag| Event::Tagged(tag.to_string())).collect();
        Box::pin(self.follow_rules(&mut tx, &key, now, subject, &events)).await?;
        tx.commit().await?;
        Ok(())
    }

    fn edited(&self, mut tag: Tag, edit: TagEdit) -> Result<Tag, OperationError> {
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
        if let Some(group) = edit.group {
            tag.group = tag_group(&group)?;
        }
        if let Some(roles) = edit.roles {
            let mut roles: Vec<String> = roles.iter().map(|role| role_name(role).to_owned()).collect();
            roles.sort();
            roles.dedup();
            if let Some(none) = roles.iter().find(|name| !self.roles.iter().any(|role| role.name == **name)) {
                return Err(OperationError::Invalid(format!("there is no role `{none}`")));
            }
            tag.roles = roles;
        }
        tag.disabled = edit.active.map_or(tag.disabled, |active| !active);
        Ok(tag)
    }
}

/// What who acts may do with each tag of the list. The house, and what acts in its name, may do everything.
pub(crate) async fn uses(
    tx: &mut Tx,
    account: AccountId,
    actor: &Actor,
    all: &[Tag],
) -> Result<BTreeMap<TagId, TagUse>, OperationError> {
    let roles = match actor {
        Actor::User { user, .. } => {
            let known = users::by_id(tx, account, *user).await?;
            let roles = known.map(|known| known.user.roles).unwrap_or_default();
            Some(roles.iter().map(|role| role_name(role).to_owned()).collect::<Vec<_>>())
        }
        _ => None,
    };
    Ok(all.iter().map(|tag| (tag.id, TagUse::of(tag.disabled, &tag.roles, roles.as_deref()))).collect())
}

async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({}));
    outbox::append(tx, key, &[NewEvent { at, kind: "tag_list_changed", payload }]).await?;
    Ok(())
}

fn object(id: TagId) -> String {
    format!("tag:{id}")
}

fn said(tag: &Tag) -> String {
    let group = tag.group.as_ref().map(|group| format!(", in {group}")).unwrap_or_default();
    let roles = if tag.roles.is_empty() { String::new() } else { format!(", of {}", tag.roles.join(" and ")) };
    format!("{}{group}{roles}{}", tag.name, if tag.disabled { ", out of use" } else { "" })
}
