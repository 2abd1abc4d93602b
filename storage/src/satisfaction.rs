//! Satisfaction: who was asked, and what they answered; one row per conversation.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_conversations::satisfaction::LOW;
use ringdesk_model::{AccountId, AgentId, Channel, ConversationId, Pii, QueueId, Scope, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Somebody was asked, and perhaps has answered with the same breath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    pub conversation: ConversationId,
    /// Who served them last.
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    pub stars: Option<u8>,
}

/// What is kept of an answer.
#[derive(Clone, Debug)]
pub struct Answered {
    pub stars: u8,
    /// JSON: stars by the name of the aspect.
    pub aspects: String,
    pub words: Option<Pii<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Satisfaction {
    pub conversation: ConversationId,
    pub channel: Channel,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub invited_at: Timestamp,
    /// The first answer.
    pub rated_at: Option<Timestamp>,
    pub stars: Option<u8>,
    /// JSON, as in [`Answered`]; empty: none.
    pub aspects: String,
    pub words: Option<Pii<String>>,
}

/// Which answers are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// So many stars or fewer.
    pub most: Option<u8>,
    pub agent: Option<AgentId>,
    pub queue: Option<QueueId>,
    /// Asked from here on, and before then.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// The last one of the page before: when it was asked.
    pub before: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    conversation_id: Uuid,
    channel: String,
    agent_id: Uuid,
    queue_id: Option<Uuid>,
    invited_at: i64,
    rated_at: Option<i64>,
    stars: Option<i64>,
    aspects: Option<String>,
    words_sealed: Option<Vec<u8>>,
}

/// Somebody is asked. Who has not answered may be asked anew, with another agent; who has is not. False: so it stays.
pub async fn invite(tx: &mut Tx, account: AccountId, new: &NewInvitation) -> Result<bool, StoreError> {
    let stars = new.stars.map(i64::from);
    let written = exec!(
        tx,
        "INSERT INTO satisfaction (conversation_id, account_id, agent_id, queue_id, invited_at, rated_at, stars)
         SELECT c.id, c.account_id, $3, $4, $5, $6, $7 FROM conversation c WHERE c.id = $1 AND c.account_id = $2
         ON CONFLICT (conversation_id) DO UPDATE SET agent_id = excluded.agent_id, queue_id = excluded.queue_id,
           invited_at = excluded.invited_at, rated_at = excluded.rated_at, stars = excluded.stars WHERE satisfaction.stars IS NULL",
        new.conversation.0,
        account.0,
        new.agent.0,
        new.queue.map(|q| q.0),
        new.at.0,
        stars.map(|_| new.at.0),
        stars
    )?;
    Ok(written > 0)
}

/// They answer, or say it otherwise; when they answered first stands.
pub async fn rate(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    conversation: ConversationId,
    answered: &Answered,
) -> Result<(), StoreError> {
    let words = answered.words.as_ref().map(|words| key.seal(place(&conversation), words.reveal().as_bytes()));
    exec!(
        tx,
        "UPDATE satisfaction SET rated_at = COALESCE(rated_at, $3), stars = $4, aspects = $5, words_sealed = $6
         WHERE conversation_id = $1 AND account_id = $2",
        conversation.0,
        key.account().0,
        at.0,
        i64::from(answered.stars),
        answered.aspects.as_str(),
        words.transpose()?
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: ConversationId) -> Result<Option<Satisfaction>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT s.conversation_id, c.channel, s.agent_id, s.queue_id, s.invited_at, s.rated_at, s.stars, s.aspects, s.words_sealed
         FROM satisfaction s JOIN conversation c ON c.id = s.conversation_id
         WHERE s.account_id = $1 AND s.conversation_id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| read(key, row)).transpose()
}

/// Answers, the newest invitation first. Who does not see everybody's conversations sees those they have a part in.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Satisfaction>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT s.conversation_id, c.channel, s.agent_id, s.queue_id, s.invited_at, s.rated_at, s.stars, s.aspects, s.words_sealed
         FROM satisfaction s JOIN conversation c ON c.id = s.conversation_id
         WHERE s.account_id = $1 AND s.stars <= $2 AND s.invited_at >= $3 AND s.invited_at < $4 AND s.invited_at < $5
           AND (s.agent_id = $6 OR $6 IS NULL) AND (s.queue_id = $7 OR $7 IS NULL)
           AND ($8 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = s.conversation_id AND p.agent_id = $9))
         ORDER BY s.invited_at DESC, s.conversation_id DESC LIMIT $10",
        key.account().0,
        i64::from(wanted.most.unwrap_or(5)),
        wanted.from.map_or(0, |at| at.0),
        wanted.to.map_or(i64::MAX, |at| at.0),
        wanted.before.map_or(i64::MAX, |at| at.0),
        wanted.agent.map(|a| a.0),
        wanted.queue.map(|q| q.0),
        scope.everyone,
        scope.agent.map(|a| a.0),
        limit
    )?;
    found.into_iter().map(|row| read(key, row)).collect()
}

/// One invitation, as reports count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub conversation: ConversationId,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    pub stars: Option<u8>,
}

/// Everybody who was asked in a period, in their order.
pub async fn asked(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Asked>, StoreError> {
    type Row = (Uuid, Uuid, Option<Uuid>, i64, Option<i64>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT conversation_id, agent_id, queue_id, invited_at, stars FROM satisfaction
         WHERE account_id = $1 AND invited_at >= $2 AND invited_at < $3 ORDER BY invited_at, conversation_id LIMIT $4",
        account.0,
        from.0,
        to.0,
        limit
    )?;
    let one = |(conversation, agent, queue, at, stars): Row| Asked {
        conversation: ConversationId(conversation),
        agent: AgentId(agent),
        queue: queue.map(QueueId),
        at: Timestamp(at),
        stars: stars.and_then(|stars| u8::try_from(stars).ok()),
    };
    Ok(found.into_iter().map(one).collect())
}

/// How many answers of one or two stars were given since a moment.
pub async fn low(tx: &mut Tx, account: AccountId, since: Timestamp) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM satisfaction WHERE account_id = $1 AND rated_at >= $2 AND stars <= $3",
        account.0,
        since.0,
        i64::from(LOW)
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

fn read(key: &AccountKey, row: Row) -> Result<Satisfaction, StoreError> {
    let conversation = ConversationId(row.conversation_id);
    let words = row.words_sealed.map(|sealed| open_text(key, place(&conversation), &sealed)).transpose()?;
    Ok(Satisfaction {
        conversation,
        channel: Channel::parse(&row.channel).ok_or_else(|| StoreError::unreadable("channel", &row.channel))?,
        agent: AgentId(row.agent_id),
        queue: row.queue_id.map(QueueId),
        invited_at: Timestamp(row.invited_at),
        rated_at: row.rated_at.map(Timestamp),
        stars: row.stars.and_then(|stars| u8::try_from(stars).ok()),
        aspects: row.aspects.unwrap_or_default(),
        words: words.map(Pii::new),
    })
}

fn place(conversation: &ConversationId) -> Place<'_> {
    Place::new("satisfaction", "words", conversation.0.as_bytes())
}
