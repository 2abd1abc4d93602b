//! Inboxes: made, edited, put out of use. What is out of use has no number: each of them may be given to another inbox.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Channel, FlowId, InboxId, Pii, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::setup::{self, Standing};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct InboxEdit {
    pub name: Option<String>,
    pub active: Option<bool>,
    pub numbers: Option<Vec<String>>,
    pub flow: Option<FlowId>,
}

impl Operations {
    /// How often each inbox was changed, and which are out of use.
    pub async fn inbox_standing(&self, account: AccountId) -> Result<BTreeMap<InboxId, Standing>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(setup::inboxes(&mut tx, account).await?)
    }

    pub async fn create_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: InboxEdit,
    ) -> Result<InboxId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let name = edit.name.ok_or_else(|| OperationError::Invalid("an inbox has a name".into()))?;
        let numbers = edit.numbers.unwrap_or_default();
        check(&mut tx, account, &numbers, edit.flow).await?;
        let id: InboxId = self.id(now);
        let inbox = Inbox { id, channel: Channel::Phone, name, numbers: Vec::new(), flow: edit.flow, closure: None };
        inboxes::create(&mut tx, account, &inbox).await.map_err(OperationError::taken("the name"))?;
        setup::set_numbers(&mut tx, account, id, &numbers).await.map_err(OperationError::taken("a number"))?;
        let after = said(&inbox.name, &numbers, edit.flow, false);
        audited(&mut tx, &key, now, actor, "inbox.create", &format!("inbox:{id}"), None, Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// `replaces`: the version that the editor has seen. Gives the new one. Calls that run are not touched.
    pub async fn edit_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: InboxId,
        edit: InboxEdit,
        replaces: Option<i64>,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let found = inboxes::all(&mut tx, account).await?.into_iter().find(|i| i.id == id);
        let standing = setup::inboxes(&mut tx, account).await?.get(&id).copied();
        let (inbox, standing) = found.zip(standing).ok_or(OperationError::NotFound("inbox"))?;
        if replaces.is_some_and(|version| version != standing.version) {
            return Err(OperationError::Changed("the inbox"));
        }
        let before = said(&inbox.name, &inbox.numbers, inbox.flow, standing.disabled);
        let wanted = Standing { disabled: edit.active.map_or(standing.disabled, |active| !active), ..standing };
        let name = edit.name.unwrap_or(inbox.name);
        let flow = edit.flow.or(inbox.flow);
        let numbers = match wanted.disabled {
            true if edit.numbers.as_ref().is_some_and(|n| !n.is_empty()) => {
                return Err(OperationError::Invalid("an inbox out of use has no numbers".into()));
            }
            true => Vec::new(),
            false => edit.numbers.unwrap_or(inbox.numbers),
        };
        check(&mut tx, account, &numbers, edit.flow).await?;
        let edited = setup::edit_inbox(&mut tx, account, id, &name, flow, wanted).await;
        if !edited.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the inbox"));
        }
        setup::set_numbers(&mut tx, account, id, &numbers).await.map_err(OperationError::taken("a number"))?;
        let action = if wanted.disabled && !standing.disabled { "inbox.disable" } else { "inbox.edit" };
        let (object, after) = (format!("inbox:{id}"), said(&name, &numbers, flow, wanted.disabled));
        audited(&mut tx, &key, now, actor, action, &object, Some(&before), Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(standing.version + 1)
    }
}

async fn check(
    tx: &mut Tx,
    account: AccountId,
    numbers: &[String],
    flow: Option<FlowId>,
) -> Result<(), OperationError> {
    let dialled =
        |n: &str| (1..=32).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_alphanumeric() || b"+*#".contains(&b));
    let unique: BTreeSet<&String> = numbers.iter().collect();
    if unique.len() < numbers.len() || numbers.len() > 1_000 || !numbers.iter().all(|n| dialled(n)) {
        return Err(OperationError::Invalid("numbers are 1 to 32 letters, digits, +, * or #, each named once".into()));
    }
    if let Some(flow) = flow
        && !inboxes::published_flows(tx, account).await?.iter().any(|f| f.id == flow)
    {
        return Err(OperationError::NotFound("flow"));
    }
    Ok(())
}

/// Our own numbers are public.
fn said(name: &str, numbers: &[String], flow: Option<FlowId>, disabled: bool) -> String {
    let state = if disabled { "out of use" } else { "active" };
    let flow = flow.map_or_else(|| "no flow".to_owned(), |f| format!("flow {f}"));
    format!("{name}, {state}: {}; {flow}", numbers.join(" "))
}

async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, inbox: InboxId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "inbox": inbox }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "inbox_changed", payload }]).await?;
    Ok(())
}
