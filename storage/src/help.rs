//! Agents who want a leader's help, now.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, ConversationId, Pii, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    pub agent: AgentId,
    pub conversation: Option<ConversationId>,
    pub text: Option<Pii<String>>,
    pub at: Timestamp,
}

pub async fn want(tx: &mut Tx, key: &AccountKey, help: &Help) -> Result<(), StoreError> {
    let place = Place::new("help_wanted", "text", help.agent.0.as_bytes());
    let text = help.text.as_ref().map(|text| key.seal(place, text.reveal().as_bytes())).transpose()?;
    exec!(
        tx,
        "INSERT INTO help_wanted (agent_id, account_id, conversation_id, text_sealed, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (agent_id) DO UPDATE SET conversation_id = excluded.conversation_id, text_sealed = excluded.text_sealed,
           at = excluded.at",
        help.agent.0,
        key.account().0,
        help.conversation.map(|c| c.0),
        text,
        help.at.0
    )?;
    Ok(())
}

/// False: they wanted none.
pub async fn settle(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM help_wanted WHERE account_id = $1 AND agent_id = $2", account.0, agent.0)?;
    Ok(gone == 1)
}

/// Whoever waits longest first.
pub async fn wanted(tx: &mut Tx, key: &AccountKey) -> Result<Vec<Help>, StoreError> {
    type Row = (Uuid, Option<Uuid>, Option<Vec<u8>>, i64);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT agent_id, conversation_id, text_sealed, at FROM help_wanted WHERE account_id = $1 ORDER BY at, agent_id",
        key.account().0
    )?;
    let help = |(agent, conversation, text, at): Row| {
        let place = Place::new("help_wanted", "text", agent.as_bytes());
        let text = text.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
        Ok(Help { agent: AgentId(agent), conversation: conversation.map(ConversationId), text, at: Timestamp(at) })
    };
    found.into_iter().map(help).collect()
}
