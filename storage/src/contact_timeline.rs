//! Everything there was with a contact, over all channels, in the order of time: conversations and tickets.

use crate::accounts::open_text;
use crate::tickets::Sight;
use crate::{StoreError, Tx};
use ringdesk_model::{AgentId, ContactId, ConversationId, Pii, QueueId, TicketId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Where it came from, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Conversation(ConversationId),
    Ticket(TicketId),
}

/// A line: a conversation, or a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub subject: Subject,
    /// When it began.
    pub at: Timestamp,
    /// When it was closed or solved; `None`: it goes on.
    pub ended_at: Option<Timestamp>,
    /// `None`: a ticket has none.
    pub channel: Option<String>,
    pub inbox: Option<String>,
    /// Of a call that we made: `outbound`.
    pub direction: Option<String>,
    /// Whose it was last: who talked with them.
    pub agent: Option<AgentId>,
    pub queue: Option<QueueId>,
    pub disposition: Option<String>,
    /// What the agent noted, or what the ticket is about.
    pub text: Option<Pii<String>>,
    /// Of a ticket.
    pub number: Option<i64>,
    /// Of a ticket: `open`, `pending` …
    pub state: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    id: Uuid,
    at: i64,
    ended_at: Option<i64>,
    channel: Option<String>,
    inbox: Option<String>,
    direction: Option<String>,
    agent_id: Option<Uuid>,
    queue_id: Option<Uuid>,
    code: Option<String>,
    part_id: Option<Uuid>,
    text_sealed: Option<Vec<u8>>,
    number: Option<i64>,
    state: Option<String>,
}

/// Newest first, as far as the reader may see: their own conversations or everybody's, and tickets as `sight` says (`None`:
/// none). `before`: the last line of the page before, by its moment and its id.
pub async fn lines(
    tx: &mut Tx,
    key: &AccountKey,
    sight: Sight<'_>,
    tickets: bool,
    contact: ContactId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let scope = sight.scope;
    let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.0, id));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT x.kind, x.id, x.at, x.ended_at, x.channel, x.inbox, x.direction, x.agent_id, x.queue_id, x.code, x.part_id,
                x.text_sealed, x.number, x.state
         FROM (SELECT 'conversation' AS kind, c.id, c.opened_at AS at, c.closed_at AS ended_at, c.channel, i.name AS inbox,
                    (SELECT a.direction FROM call a WHERE a.conversation_id = c.id ORDER BY a.id LIMIT 1) AS direction,
                    p.agent_id, p.queue_id, d.code, p.id AS part_id, d.note_sealed AS text_sealed,
                    CAST(NULL AS BIGINT) AS number, CAST(NULL AS TEXT) AS state
                FROM conversation c LEFT JOIN inbox i ON i.id = c.inbox_id
                LEFT JOIN participation p ON p.id = (SELECT l.id FROM participation l WHERE l.conversation_id = c.id
                    ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
                LEFT JOIN disposition d ON d.participation_id = p.id
                WHERE c.account_id = $1 AND c.contact_id = $2
                  AND ($3 OR EXISTS (SELECT 1 FROM participation m WHERE m.conversation_id = c.id AND m.agent_id = $4))
              UNION ALL
              SELECT 'ticket' AS kind, t.id, t.created_at AS at, COALESCE(t.solved_at, t.archived_at) AS ended_at, NULL, NULL, NULL,
                    NULL, NULL, NULL, NULL, t.title_sealed, t.number, t.state
                FROM ticket t JOIN contact k ON k.id = t.contact_id
                WHERE t.account_id = $1 AND COALESCE(k.merged_into, k.id) = $2 AND $5
                  AND ($6 OR t.assignee_id = $7 OR t.department_id IN
                      (SELECT e.department_id FROM department_member e WHERE e.user_id = $7))) x
         WHERE x.at < $8 OR (x.at = $8 AND x.id < $9) ORDER BY x.at DESC, x.id DESC LIMIT $10",
        key.account().0,
        contact.0,
        scope.everyone,
        scope.agent.map(|a| a.0),
        tickets,
        sight.all,
        scope.user.0,
        at,
        id,
        limit
    )?;
    found.into_iter().map(|row| line(key, row)).collect()
}

fn line(key: &AccountKey, row: Row) -> Result<Line, StoreError> {
    let is_ticket = row.kind == "ticket";
    let place = match (is_ticket, &row.part_id) {
        (true, _) => Some(Place::new("ticket", "title", row.id.as_bytes())),
        (false, Some(part)) => Some(Place::new("disposition", "note", part.as_bytes())),
        (false, None) => None,
    };
    let text = match (place, &row.text_sealed) {
        (Some(place), Some(sealed)) => Some(Pii::new(open_text(key, place, sealed)?)),
        _ => None,
    };
    Ok(Line {
        subject: match is_ticket {
            true => Subject::Ticket(TicketId(row.id)),
            false => Subject::Conversation(ConversationId(row.id)),
        },
        at: Timestamp(row.at),
        ended_at: row.ended_at.map(Timestamp),
        channel: row.channel,
        inbox: row.inbox,
        direction: row.direction,
        agent: row.agent_id.map(AgentId),
        queue: row.queue_id.map(QueueId),
        disposition: row.code,
        text,
        number: row.number,
        state: row.state,
    })
}
