//! What a list shows of conversations beside their calls: what the contact is called, and the last words where they write.

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AgentId, ContactId, ConversationId, Pii, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The last text of a conversation that was not taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastText {
    /// `contact`, `agent`, `bot`, `system`.
    pub speaker: String,
    pub agent: Option<AgentId>,
    /// Empty: a file alone.
    pub text: Pii<String>,
    pub at: Timestamp,
}

/// Of those who have one.
pub(crate) async fn names(
    tx: &mut Tx,
    key: &AccountKey,
    contacts: &[ContactId],
) -> Result<BTreeMap<ContactId, Pii<String>>, StoreError> {
    let found: Vec<(Uuid, Vec<u8>)> = rows!(
        tx,
        sqlite: "SELECT k.id, k.name_sealed FROM contact k WHERE k.account_id = $1 AND k.name_sealed IS NOT NULL
                 AND k.id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT k.id, k.name_sealed FROM contact k WHERE k.account_id = $1 AND k.name_sealed IS NOT NULL
                 AND k.id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        key.account().0,
        json(&contacts.iter().map(|c| Id(c.0)).collect::<Vec<_>>())
    )?;
    let open = |(id, sealed): (Uuid, Vec<u8>)| {
        Ok((ContactId(id), Pii::new(open_text(key, Place::new("contact", "name", id.as_bytes()), &sealed)?)))
    };
    found.into_iter().map(open).collect()
}

/// The conversation, and of its text: id, speaker, agent, sealed words, time.
type LastTextRow = (Uuid, Uuid, String, Option<Uuid>, Vec<u8>, i64);

/// Of those that are written; read from their end, however long they are.
pub(crate) async fn last_texts(
    tx: &mut Tx,
    key: &AccountKey,
    conversations: &[ConversationId],
) -> Result<BTreeMap<ConversationId, LastText>, StoreError> {
    let found: Vec<LastTextRow> = rows!(
        tx,
        sqlite: "SELECT m.conversation_id, m.id, m.speaker, m.agent_id, m.text_sealed, m.at
                 FROM conversation c JOIN message m ON m.conversation_id = c.id AND m.seq = (
                     SELECT l.seq FROM message l LEFT JOIN text_message x ON x.conversation_id = l.conversation_id AND x.seq = l.seq
                     WHERE l.conversation_id = c.id AND l.kind = 'message' AND x.recalled_at IS NULL ORDER BY l.seq DESC LIMIT 1)
                 WHERE c.account_id = $1 AND c.channel <> 'phone' AND c.id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT m.conversation_id, m.id, m.speaker, m.agent_id, m.text_sealed, m.at
                 FROM conversation c JOIN message m ON m.conversation_id = c.id AND m.seq = (
                     SELECT l.seq FROM message l LEFT JOIN text_message x ON x.conversation_id = l.conversation_id AND x.seq = l.seq
                     WHERE l.conversation_id = c.id AND l.kind = 'message' AND x.recalled_at IS NULL ORDER BY l.seq DESC LIMIT 1)
                 WHERE c.account_id = $1 AND c.channel <> 'phone'
                   AND c.id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        key.account().0,
        json(&conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>())
    )?;
    let open = |(conversation, id, speaker, agent, sealed, at): LastTextRow| {
        let text = Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &sealed)?);
        let last = LastText { speaker, agent: agent.map(AgentId), text, at: Timestamp(at) };
        Ok((ConversationId(conversation), last))
    };
    found.into_iter().map(open).collect()
}
