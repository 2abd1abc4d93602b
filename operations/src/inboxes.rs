//! Inboxes and their flows: who answers which number, and when nobody does.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, FlowId, InboxId, Pii, Scope, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::inboxes::{self, Closure, FlowVersion, Inbox, PublishedFlow};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Versions of a flow that are listed; older ones can still be read by their number.
const LISTED: i64 = 200;

/// What becomes of a call to one of our numbers.
#[derive(Clone, Debug)]
pub struct NumberPlan {
    pub account: AccountId,
    pub inbox: InboxId,
    pub name: String,
    /// Its published flow: id, version, JSON. `None`: none is published.
    pub flow: Option<(FlowId, i64, Arc<str>)>,
    /// Closed out of turn, if [`NumberPlan::closed`] says so.
    pub closure: Option<Closure>,
}

impl NumberPlan {
    /// The closure that is in force.
    pub fn closed(&self, now: Timestamp) -> Option<&Closure> {
        self.closure.as_ref().filter(|c| now < c.until)
    }
}

impl Operations {
    pub async fn inboxes(&self, scope: &Scope) -> Result<Vec<Inbox>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(inboxes::all(&mut tx, scope.account).await?)
    }

    /// The flows that callers meet.
    pub async fn flows(&self, scope: &Scope) -> Result<Vec<PublishedFlow>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(inboxes::published_flows(&mut tx, scope.account).await?)
    }

    /// Every version of a flow, newest first, and who published it.
    pub async fn flow_versions(&self, scope: &Scope, flow: FlowId) -> Result<Vec<FlowVersion>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        match inboxes::flow_versions(&mut tx, scope.account, flow, LISTED).await? {
            none if none.is_empty() => Err(OperationError::NotFound("flow")),
            found => Ok(found),
        }
    }

    /// One version of a flow, whether or not callers meet it.
    pub async fn flow_version(
        &self,
        scope: &Scope,
        flow: FlowId,
        version: i64,
    ) -> Result<PublishedFlow, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let found = inboxes::flow_version(&mut tx, scope.account, flow, version).await?;
        found.ok_or(OperationError::NotFound("version of this flow"))
    }

    /// All numbers of an account with what becomes of a call to them: the snapshot by which calls are answered.
    pub async fn numbers(&self, account: AccountId) -> Result<BTreeMap<String, NumberPlan>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let flows: BTreeMap<FlowId, (i64, Arc<str>)> = inboxes::published_flows(&mut tx, account)
            .await?
            .into_iter()
            .map(|f| (f.id, (f.version, Arc::from(f.document))))
            .collect();
        let mut numbers = BTreeMap::new();
        for inbox in inboxes::all(&mut tx, account).await? {
            let flow = inbox.flow.and_then(|id| flows.get(&id).map(|(version, doc)| (id, *version, doc.clone())));
            let plan = NumberPlan { account, inbox: inbox.id, name: inbox.name, flow, closure: inbox.closure };
            numbers.extend(inbox.numbers.into_iter().map(|number| (number, plan.clone())));
        }
        Ok(numbers)
    }

    /// The emergency switch of an inbox.
    pub async fn close_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        inbox: InboxId,
        closure: Closure,
    ) -> Result<(), OperationError> {
        if closure.until <= now {
            return Err(OperationError::Invalid("the closure would be over already".into()));
        }
        self.switch_inbox(now, actor, account, inbox, Some(closure)).await
    }

    pub async fn open_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        inbox: InboxId,
    ) -> Result<(), OperationError> {
        self.switch_inbox(now, actor, account, inbox, None).await
    }

    async fn switch_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        inbox: InboxId,
        closure: Option<Closure>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = inboxes::all(&mut tx, account).await?;
        let inbox = all.into_iter().find(|i| i.id == inbox).ok_or(OperationError::NotFound("inbox"))?;
        switched(&mut tx, &key, now, actor, &inbox, closure.as_ref(), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keep a new version of a flow and let callers meet it. `checked` is what the flow's own check said of `document`;
    /// what did not pass is not kept. An unknown name is a new flow. `expected`: the version that is to be replaced (0: none),
    /// so that of two editors one learns of the other. Gives the version.
    pub async fn publish_flow(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
        document: &str,
        expected: Option<i64>,
        checked: Result<(), String>,
    ) -> Result<(FlowId, i64), OperationError> {
        checked.map_err(OperationError::Invalid)?;
        let (mut tx, key) = self.write(account).await?;
        let published = inboxes::published_flows(&mut tx, account).await?.into_iter().find(|f| f.name == name);
        if expected.is_some_and(|version| published.as_ref().map_or(0, |f| f.version) != version) {
            return Err(OperationError::Changed("the flow"));
        }
        let flow = match inboxes::flow_by_name(&mut tx, account, name).await? {
            Some(flow) => flow,
            None => {
                let flow = self.id(now);
                inboxes::create_flow(&mut tx, account, flow, name).await?;
                flow
            }
        };
        let by = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        let version = inboxes::add_flow_version(&mut tx, now, flow, document, by)
            .await
            .map_err(OperationError::raced("the flow"))?;
        let before = inboxes::publish_flow(&mut tx, account, flow, version).await?.map(|v| v.to_string());
        let (object, after) = (format!("flow:{flow}"), version.to_string());
        audited(&mut tx, &key, now, actor, "flow.publish", &object, before.as_deref(), Some(&after)).await?;
        let payload = Pii::new(serde_json::json!({ "flow": flow, "version": version }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "flow_published", payload }]).await?;
        tx.commit().await?;
        Ok((flow, version))
    }
}

/// Close it, or open it again. `from`: by which way, where it was not the console.
pub(crate) async fn switched(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    actor: &Actor,
    inbox: &Inbox,
    closure: Option<&Closure>,
    from: Option<&str>,
) -> Result<(), OperationError> {
    inboxes::set_closure(tx, key.account(), inbox.id, closure).await?;
    let said = |c: &Closure| format!("until {}, prompt {}, action {}", c.until, c.prompt, c.action);
    let before = inbox.closure.as_ref().map(said);
    let after = match (closure.map(said), from) {
        (Some(closed), Some(from)) => Some(format!("{closed}, {from}")),
        (None, Some(from)) => Some(from.to_owned()),
        (closed, None) => closed,
    };
    let (action, kind) = match closure {
        Some(_) => ("inbox.close", "inbox_closed"),
        None => ("inbox.open", "inbox_opened"),
    };
    let object = format!("inbox:{}", inbox.id);
    audited(tx, key, now, actor, action, &object, before.as_deref(), after.as_deref()).await?;
    let payload = Pii::new(serde_json::json!({ "inbox": inbox.id, "until": closure.map(|c| c.until) }));
    outbox::append(tx, key, &[NewEvent { at: now, kind, payload }]).await?;
    Ok(())
}
