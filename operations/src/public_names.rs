//! What contacts read in the place of an agent's name.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, Pii, Timestamp};
use ringdesk_storage::agents;
use ringdesk_storage::outbox::{self, NewEvent};
use std::collections::BTreeMap;

/// In characters.
const LONGEST: usize = 64;

impl Operations {
    /// Of those who have one.
    pub async fn public_names(&self, account: AccountId) -> Result<BTreeMap<AgentId, String>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(agents::public_names(&mut tx, account).await?)
    }

    /// `None`: contacts read the agent's own name. What was written before is read under the new one, too.
    pub async fn set_public_name(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
        name: Option<&str>,
    ) -> Result<(), OperationError> {
        let name = name.map(str::trim);
        let fits = |name: &str| (1..=LONGEST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !name.is_none_or(fits) {
            return Err(OperationError::Invalid(format!("a name has 1 to {LONGEST} characters")));
        }
        let (mut tx, key) = self.write(account).await?;
        let before = agents::public_names(&mut tx, account).await?.remove(&agent);
        if !agents::set_public_name(&mut tx, account, agent, name).await? {
            return Err(OperationError::NotFound("agent"));
        }
        let object = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "agent.public_name", &object, before.as_deref(), name).await?;
        let payload = Pii::new(serde_json::json!({ "agent": agent, "public_name": name }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "agent_changed", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }
}
