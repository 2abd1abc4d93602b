//! Callers whom nobody served: listed for those of their queue, claimed, closed. Also what an agent missed.

use crate::callbacks::reason_text;
use crate::desk::audited;
use crate::promises::told;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, CallId, Scope, Timestamp, UnservedId};
use ringdesk_storage::unserved::{self, Unserved, Wanted};
use ringdesk_storage::{Tx, agents};
use ringdesk_vault::AccountKey;

/// The longest page.
const PAGE: i64 = 200;

impl Operations {
    pub async fn unserved(&self, scope: &Scope, wanted: &Wanted, limit: i64) -> Result<Vec<Unserved>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(unserved::list(&mut tx, &key, scope, wanted, limit.clamp(1, PAGE)).await?)
    }

    pub async fn unserved_one(&self, scope: &Scope, id: UnservedId) -> Result<Unserved, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        open(&mut tx, &key, scope, id).await
    }

    /// See to them: the first who says so has them.
    pub async fn claim_unserved(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: UnservedId,
        agent: AgentId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let one = open(&mut tx, &key, scope, id).await?;
        match one.agent {
            Some(held) if held == agent => return Ok(()),
            Some(held) => {
                let all = agents::agents(&mut tx, scope.account).await?;
                let name = all.into_iter().find(|a| a.id == held).map_or_else(|| "somebody".to_owned(), |a| a.name);
                return Err(OperationError::InHand("the caller", name));
            }
            None => {}
        }
        if !unserved::give(&mut tx, now, scope.account, id, (None, Some(agent))).await? {
            return Err(OperationError::Changed("the caller"));
        }
        let has = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "unserved.claim", &object(id), None, Some(&has)).await?;
        told(&mut tx, &key, now, one.queue).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Give mine back to those of the queue; with `anyones` anybody's.
    pub async fn release_unserved(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: UnservedId,
        anyones: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let one = open(&mut tx, &key, scope, id).await?;
        let held = one.agent.ok_or(OperationError::Unclaimed("the caller"))?;
        if !anyones && scope.agent != Some(held) {
            return Err(OperationError::InHand("the caller", "somebody else".into()));
        }
        if !unserved::give(&mut tx, now, scope.account, id, (Some(held), None)).await? {
            return Err(OperationError::Changed("the caller"));
        }
        let had = format!("agent:{held}");
        audited(&mut tx, &key, now, actor, "unserved.release", &object(id), Some(&had), None).await?;
        told(&mut tx, &key, now, one.queue).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Done some other way, or not wanted.
    pub async fn close_unserved(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: UnservedId,
        reason: &str,
    ) -> Result<(), OperationError> {
        let reason = reason_text(reason)?;
        let (mut tx, key) = self.write(scope.account).await?;
        let one = open(&mut tx, &key, scope, id).await?;
        if one.agent.is_some() && !scope.everyone && one.agent != scope.agent {
            return Err(OperationError::InHand("the caller", "somebody else".into()));
        }
        unserved::close(&mut tx, now, scope.account, id, &reason, None).await?;
        audited(&mut tx, &key, now, actor, "unserved.close", &object(id), None, Some(&reason)).await?;
        told(&mut tx, &key, now, one.queue).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Which call was made to whom nobody had served.
    pub async fn note_unserved_call(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: UnservedId,
        call: CallId,
    ) -> Result<(), OperationError> {
        self.note_order(now, actor, account, "unserved.call", &object(id), Some(&format!("call:{call}"))).await
    }
}

async fn open(tx: &mut Tx, key: &AccountKey, scope: &Scope, id: UnservedId) -> Result<Unserved, OperationError> {
    let one = unserved::get(tx, key, scope, id).await?.ok_or(OperationError::NotFound("caller"))?;
    if one.state == "closed" { Err(OperationError::Closed("the caller")) } else { Ok(one) }
}

fn object(id: UnservedId) -> String {
    format!("unserved:{id}")
}
