//! The list of conversations: filtered, newest first, page by page. A page goes on before the last one of the page before,
//! so that nothing is shown twice or left out, whatever begins meanwhile.

use crate::conversations::{ConversationRow, ConversationView, same_account, with_parts};
use crate::{StoreError, Tx};
use ringdesk_model::{AgentId, Channel, ContactId, ConversationId, InboxId, QueueId, Scope, TagId, Timestamp};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// How far a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedState {
    Open,
    Closed,
    /// Somebody waits in a queue.
    Waiting,
    /// An agent has a part in it now.
    Active,
}

impl ListedState {
    pub const fn as_str(self) -> &'static str {
        match self {
            ListedState::Open => "open",
            ListedState::Closed => "closed",
            ListedState::Waiting => "waiting",
            ListedState::Active => "active",
        }
    }

    pub fn parse(name: &str) -> Option<ListedState> {
        use ListedState::{Active, Closed, Open, Waiting};
        [Open, Closed, Waiting, Active].into_iter().find(|state| state.as_str() == name)
    }
}

/// Which ones. `None` everywhere: all that the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub state: Option<ListedState>,
    pub channel: Option<Channel>,
    /// Has a part in it.
    pub agent: Option<AgentId>,
    /// It waited there, or was served from there.
    pub queue: Option<QueueId>,
    pub tag: Option<TagId>,
    pub inbox: Option<InboxId>,
    pub contact: Option<ContactId>,
    /// The contact rated it with so many stars or fewer.
    pub stars_most: Option<u8>,
    /// Opened then or later.
    pub from: Option<Timestamp>,
    /// Opened before then.
    pub to: Option<Timestamp>,
    /// The last one of the page before.
    pub before: Option<ConversationId>,
}

/// Newest first.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Listed,
    limit: i64,
) -> Result<Vec<ConversationView>, StoreError> {
    same_account(key, scope)?;
    let found: Vec<ConversationRow> = rows!(
        tx,
        "SELECT c.id, c.channel, c.contact_id, c.inbox_id, n.name AS inbox_name, c.opened_at, c.closed_at, c.seq
         FROM conversation c LEFT JOIN inbox n ON n.id = c.inbox_id
         WHERE c.account_id = $1 AND c.id < $2 AND (c.channel = $3 OR $3 IS NULL)
           AND ($4 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $5))
           AND (EXISTS (SELECT 1 FROM participation a WHERE a.conversation_id = c.id AND a.agent_id = $6) OR $6 IS NULL)
           AND (EXISTS (SELECT 1 FROM work_item w WHERE w.conversation_id = c.id AND w.queue_id = $7)
                OR EXISTS (SELECT 1 FROM participation q WHERE q.conversation_id = c.id AND q.queue_id = $7) OR $7 IS NULL)
           AND (EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id AND g.tag_id = $8) OR $8 IS NULL)
           AND (c.contact_id = $9 OR $9 IS NULL) AND c.opened_at >= $10 AND c.opened_at < $11
           AND (($12 = 'open' AND c.closed_at IS NULL) OR ($12 = 'closed' AND c.closed_at IS NOT NULL)
                OR ($12 = 'waiting' AND c.closed_at IS NULL AND EXISTS
                    (SELECT 1 FROM work_item o WHERE o.conversation_id = c.id AND o.state IN ('waiting', 'offered')))
                OR ($12 = 'active' AND c.closed_at IS NULL AND EXISTS
                    (SELECT 1 FROM participation u WHERE u.conversation_id = c.id AND u.ended_at IS NULL))
                OR $12 = '')
           AND (c.inbox_id = $14 OR $14 IS NULL)
           AND (EXISTS (SELECT 1 FROM satisfaction r WHERE r.conversation_id = c.id AND r.stars <= $15) OR $15 IS NULL)
         ORDER BY c.id DESC LIMIT $13",
        key.account().0,
        wanted.before.map_or(Uuid::max(), |b| b.0),
        wanted.channel.map(Channel::as_str),
        scope.everyone,
        scope.agent.map(|a| a.0),
        wanted.agent.map(|a| a.0),
        wanted.queue.map(|q| q.0),
        wanted.tag.map(|t| t.0),
        wanted.contact.map(|c| c.0),
        wanted.from.map_or(i64::MIN, |at| at.0),
        wanted.to.map_or(i64::MAX, |at| at.0),
        wanted.state.map_or("", ListedState::as_str),
        limit,
        wanted.inbox.map(|i| i.0),
        wanted.stars_most.map(i64::from)
    )?;
    with_parts(tx, key, found).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_said_as_they_are_read() {
        for name in ["open", "closed", "waiting", "active"] {
            assert_eq!(ListedState::parse(name).map(ListedState::as_str), Some(name));
        }
        assert_eq!(ListedState::parse(""), None);
    }
}
