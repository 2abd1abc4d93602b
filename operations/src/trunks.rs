//! Numbers with more to them than their inbox, how trunks are, and what operators said of calls.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, CallId, Pii, Scope, Timestamp, TrunkId};
pub use ringdesk_storage::numbers::PhoneNumber;
use ringdesk_storage::outbox::{self, NewEvent};
pub use ringdesk_storage::trunk_legs::TrunkLeg;
use ringdesk_storage::{conversations, numbers, trunk_legs};
use serde_json::json;

impl Operations {
    /// What is said of our numbers.
    pub async fn phone_numbers(&self, account: AccountId) -> Result<Vec<PhoneNumber>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(numbers::all(&mut tx, account).await?)
    }

    pub async fn set_phone_number(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        new: &PhoneNumber,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        numbers::put(&mut tx, account, new).await?;
        let after = json!({ "label": new.label, "channels": new.channels }).to_string();
        let object = format!("number:{}", new.number);
        audited(&mut tx, &key, now, actor, "number.set", &object, None, Some(&after)).await?;
        Ok(tx.commit().await?)
    }

    pub async fn remove_phone_number(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        number: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !numbers::remove(&mut tx, account, number).await? {
            return Err(OperationError::NotFound("number"));
        }
        audited(&mut tx, &key, now, actor, "number.remove", &format!("number:{number}"), None, None).await?;
        Ok(tx.commit().await?)
    }

    /// Tell whoever follows events how a trunk is: `up`, `down`, `registered`, `unregistered`, or `trouble` and why.
    pub async fn tell_trunk_health(
        &self,
        now: Timestamp,
        account: AccountId,
        trunk: TrunkId,
        state: &str,
        status: Option<u16>,
        why: Option<&str>,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let payload = Pii::new(json!({ "trunk": trunk, "state": state, "status": status, "why": why }));
        let told = outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "trunk_changed", payload }]).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// Keep what operators said of legs.
    pub async fn keep_trunk_legs(&self, account: AccountId, legs: &[TrunkLeg]) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        for leg in legs {
            trunk_legs::put(&mut tx, &key, leg).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What operators said of a call, for whoever may see the call. `None`: there is no such call for this reader.
    pub async fn trunk_legs(&self, scope: &Scope, call: CallId) -> Result<Option<Vec<TrunkLeg>>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        if conversations::call_events(&mut tx, &key, scope, call).await?.is_empty() {
            return Ok(None);
        }
        Ok(Some(trunk_legs::of_call(&mut tx, &key, call).await?))
    }
}
