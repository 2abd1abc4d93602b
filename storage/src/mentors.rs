//! Who is beside which agent as their mentor, and what they suggest.

use crate::accounts::open_text;
use crate::conversations::{ConversationRow, ConversationView, with_parts};
use crate::{StoreError, Tx};
use ringdesk_access::{Mentorship, SuggestionEnd};
use ringdesk_model::{AccountId, AgentId, CallId, ConversationId, MentorshipId, Pii, SuggestionId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// What a mentor suggests to their agent; for nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub id: SuggestionId,
    pub conversation: ConversationId,
    pub agent: AgentId,
    pub mentor: UserId,
    pub text: Pii<String>,
    pub at: Timestamp,
    /// `None`: it waits.
    pub end: Option<SuggestionEnd>,
}

/// Of one account; for `user` or `agent` alone where they are named.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    pub account: AccountId,
    pub user: Option<UserId>,
    pub agent: Option<AgentId>,
}

type Row = (Uuid, Uuid, Uuid, i64, Option<i64>);

/// The same mentor beside the same agent is there once: a second row is a conflict.
pub async fn attach(tx: &mut Tx, account: AccountId, id: MentorshipId, new: &Mentorship) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO mentorship (id, account_id, mentor_id, agent_id, since, until) VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        account.0,
        new.mentor.0,
        new.agent.0,
        new.since.0,
        new.until.map(|until| until.0)
    )?;
    Ok(())
}

/// False: it was over, or is not there.
pub async fn set_until(
    tx: &mut Tx,
    account: AccountId,
    id: MentorshipId,
    until: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE mentorship SET until = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL",
        id.0,
        account.0,
        until.map(|until| until.0)
    )?;
    Ok(changed == 1)
}

/// False: it was over, or is not there.
pub async fn end(tx: &mut Tx, account: AccountId, id: MentorshipId, now: Timestamp) -> Result<bool, StoreError> {
    let ended = exec!(
        tx,
        "UPDATE mentorship SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL",
        id.0,
        account.0,
        now.0
    )?;
    Ok(ended == 1)
}

/// Those that nobody ended, whoever was attached first before the others; whether their moment has passed is the law's to say.
pub async fn open(tx: &mut Tx, whose: Whose) -> Result<Vec<(MentorshipId, Mentorship)>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, mentor_id, agent_id, since, until FROM mentorship WHERE account_id = $1 AND ended_at IS NULL
           AND ($2 OR mentor_id = $3) AND ($4 OR agent_id = $5) ORDER BY id",
        whose.account.0,
        whose.user.is_none(),
        whose.user.map(|user| user.0),
        whose.agent.is_none(),
        whose.agent.map(|agent| agent.0)
    )?;
    let one = |(id, mentor, agent, since, until): Row| {
        let (mentor, agent, until) = (UserId(mentor), AgentId(agent), until.map(Timestamp));
        (MentorshipId(id), Mentorship { mentor, agent, since: Timestamp(since), until })
    };
    Ok(found.into_iter().map(one).collect())
}

/// The agents whose mentor this user is, unless somebody ended it.
pub async fn mentees(
    tx: &mut Tx,
    account: AccountId,
    mentor: UserId,
) -> Result<Vec<(AgentId, Option<Timestamp>)>, StoreError> {
    let found: Vec<(Uuid, Option<i64>)> = rows!(
        tx,
        "SELECT agent_id, until FROM mentorship WHERE account_id = $1 AND mentor_id = $2 AND ended_at IS NULL",
        account.0,
        mentor.0
    )?;
    Ok(found.into_iter().map(|(agent, until)| (AgentId(agent), until.map(Timestamp))).collect())
}

/// What this agent has in hand now, newest first.
pub async fn in_hand(tx: &mut Tx, key: &AccountKey, agent: AgentId) -> Result<Vec<ConversationView>, StoreError> {
    let found: Vec<ConversationRow> = rows!(
        tx,
        "SELECT c.id, c.channel, c.contact_id, c.inbox_id, n.name AS inbox_name, c.opened_at, c.closed_at, c.seq
         FROM conversation c LEFT JOIN inbox n ON n.id = c.inbox_id
         WHERE c.account_id = $1 AND c.closed_at IS NULL
           AND EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $2 AND p.ended_at IS NULL)
         ORDER BY c.id DESC",
        key.account().0,
        agent.0
    )?;
    with_parts(tx, key, found).await
}

/// The calls in which this agent talks now.
pub async fn calls_of(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<Vec<CallId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT call_id FROM participation WHERE account_id = $1 AND agent_id = $2 AND ended_at IS NULL
           AND call_id IS NOT NULL",
        account.0,
        agent.0
    )?;
    Ok(found.into_iter().map(|(call,)| CallId(call)).collect())
}

pub async fn suggest(tx: &mut Tx, key: &AccountKey, new: &Suggestion) -> Result<(), StoreError> {
    let place = Place::new("suggestion", "text", new.id.0.as_bytes());
    exec!(
        tx,
        "INSERT INTO suggestion (id, account_id, conversation_id, agent_id, mentor_id, text_sealed, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id.0,
        key.account().0,
        new.conversation.0,
        new.agent.0,
        new.mentor.0,
        key.seal(place, new.text.reveal().as_bytes())?,
        new.at.0
    )?;
    Ok(())
}

/// False: it ended before.
pub async fn settle(
    tx: &mut Tx,
    account: AccountId,
    id: SuggestionId,
    now: Timestamp,
    end: SuggestionEnd,
) -> Result<bool, StoreError> {
    let settled = exec!(
        tx,
        "UPDATE suggestion SET outcome = $3, settled_at = $4 WHERE id = $1 AND account_id = $2 AND outcome IS NULL",
        id.0,
        account.0,
        end.as_str(),
        now.0
    )?;
    Ok(settled == 1)
}

pub async fn suggestion(tx: &mut Tx, key: &AccountKey, id: SuggestionId) -> Result<Option<Suggestion>, StoreError> {
    let found: Option<SuggestionRow> = row!(
        tx,
        "SELECT id, conversation_id, agent_id, mentor_id, text_sealed, at, outcome FROM suggestion
         WHERE id = $1 AND account_id = $2",
        id.0,
        key.account().0
    )?;
    found.map(|row| opened(key, row)).transpose()
}

/// Of one conversation, in their order.
pub async fn suggestions(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Vec<Suggestion>, StoreError> {
    let found: Vec<SuggestionRow> = rows!(
        tx,
        "SELECT id, conversation_id, agent_id, mentor_id, text_sealed, at, outcome FROM suggestion
         WHERE conversation_id = $1 AND account_id = $2 ORDER BY id",
        conversation.0,
        key.account().0
    )?;
    found.into_iter().map(|row| opened(key, row)).collect()
}

type SuggestionRow = (Uuid, Uuid, Uuid, Uuid, Vec<u8>, i64, Option<String>);

fn opened(key: &AccountKey, row: SuggestionRow) -> Result<Suggestion, StoreError> {
    let (id, conversation, agent, mentor, sealed, at, outcome) = row;
    Ok(Suggestion {
        id: SuggestionId(id),
        conversation: ConversationId(conversation),
        agent: AgentId(agent),
        mentor: UserId(mentor),
        text: Pii::new(open_text(key, Place::new("suggestion", "text", id.as_bytes()), &sealed)?),
        at: Timestamp(at),
        end: outcome.as_deref().and_then(SuggestionEnd::parse),
    })
}
