//! The agents whom a demo's busy hour brings along: who they are, and taking them away.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, UserId};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoHelper {
    pub agent: AgentId,
    pub user: UserId,
}

pub async fn add(tx: &mut Tx, account: AccountId, helper: DemoHelper) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO demo_helper (agent_id, account_id, user_id) VALUES ($1, $2, $3)",
        helper.agent.0,
        account.0,
        helper.user.0
    )?;
    Ok(())
}

/// In the order in which they were made.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<DemoHelper>, StoreError> {
    let found: Vec<(Uuid, Uuid)> =
        rows!(tx, "SELECT agent_id, user_id FROM demo_helper WHERE account_id = $1 ORDER BY agent_id", account.0)?;
    Ok(found.into_iter().map(|(agent, user)| DemoHelper { agent: AgentId(agent), user: UserId(user) }).collect())
}

/// Take this one away, unless they talked in a call that stays: the books go on naming them then. False: they stay.
pub async fn remove(tx: &mut Tx, account: AccountId, helper: DemoHelper) -> Result<bool, StoreError> {
    let (agent, user) = (helper.agent.0, helper.user.0);
    let talked: Option<(i64,)> =
        row!(tx, "SELECT COUNT(*) FROM offer o WHERE o.account_id = $1 AND o.agent_id = $2", account.0, agent)?;
    if talked.is_some_and(|(count,)| count > 0) {
        return Ok(false);
    }
    exec!(tx, "DELETE FROM demo_helper WHERE agent_id = $1", agent)?;
    exec!(
        tx,
        "DELETE FROM registration WHERE account_id = $1
         AND extension = (SELECT u.extension FROM user_account u WHERE u.id = $2)",
        account.0,
        user
    )?;
    exec!(tx, "DELETE FROM help_wanted WHERE agent_id = $1", agent)?;
    exec!(tx, "DELETE FROM agent_device WHERE agent_id = $1", agent)?;
    exec!(tx, "DELETE FROM agent_ringing WHERE agent_id = $1", agent)?;
    exec!(tx, "DELETE FROM presence_change WHERE agent_id = $1", agent)?;
    exec!(tx, "DELETE FROM queue_agent WHERE agent_id = $1", agent)?;
    exec!(tx, "DELETE FROM session WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM known_address WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM draft WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM recovery_code WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM second_factor WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM api_token WHERE user_id = $1", user)?;
    exec!(tx, "DELETE FROM user_account WHERE id = $1", user)?;
    exec!(tx, "DELETE FROM agent WHERE id = $1", agent)?;
    Ok(true)
}
