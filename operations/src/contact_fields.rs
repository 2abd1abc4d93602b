//! The fields that an account adds to the files of its contacts.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::field::FIELDS;
use ringdesk_contacts::{FieldRule, Refusal};
use ringdesk_model::{AccountId, Actor, ContactFieldId, Timestamp};
use ringdesk_storage::contact_fields;

impl Operations {
    /// In the order they were made, those out of use among them.
    pub async fn contact_fields(&self, account: AccountId) -> Result<Vec<(ContactFieldId, FieldRule)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(contact_fields::all(&mut tx, account).await?)
    }

    pub async fn create_contact_field(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        rule: FieldRule,
    ) -> Result<ContactFieldId, OperationError> {
        let rule = rule.check()?;
        let (mut tx, key) = self.write(account).await?;
        if contact_fields::all(&mut tx, account).await?.len() >= FIELDS {
            return Err(Refusal::Fields(FIELDS).into());
        }
        let id: ContactFieldId = self.id(now);
        contact_fields::put(&mut tx, account, id, &rule).await.map_err(OperationError::taken("the name"))?;
        let object = format!("contact_field:{id}");
        audited(&mut tx, &key, now, actor, "contact_field.create", &object, None, Some(&said(&rule))).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What it is called, its choices, whether it is in use. Its kind stays, and so does what files hold.
    pub async fn edit_contact_field(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: ContactFieldId,
        rule: FieldRule,
    ) -> Result<(), OperationError> {
        let rule = rule.check()?;
        let (mut tx, key) = self.write(account).await?;
        let all = contact_fields::all(&mut tx, account).await?;
        let (_, before) = all.into_iter().find(|(field, _)| *field == id).ok_or(OperationError::NotFound("field"))?;
        if before.kind != rule.kind {
            return Err(OperationError::Invalid("a field keeps its kind: make a new one".into()));
        }
        contact_fields::put(&mut tx, account, id, &rule).await.map_err(OperationError::taken("the name"))?;
        let (object, had, has) = (format!("contact_field:{id}"), said(&before), said(&rule));
        audited(&mut tx, &key, now, actor, "contact_field.edit", &object, Some(&had), Some(&has)).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn said(rule: &FieldRule) -> String {
    let choices = if rule.choices.is_empty() { String::new() } else { format!(" of {}", rule.choices.join(", ")) };
    let sensitive = if rule.sensitive { ", sensitive" } else { "" };
    let disabled = if rule.disabled { ", out of use" } else { "" };
    format!("{}: {}{choices}{sensitive}{disabled}", rule.name, rule.kind.as_str())
}
