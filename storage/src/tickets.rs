//! Tickets and their histories. What may be done with one is a law of `core/tickets`.

use crate::accounts::open_text;
use crate::batch::{Hex, json};
use crate::{StoreError, Tx};
use ringdesk_language::search::{sound_tokens, tokens};
use ringdesk_model::{
    AccountId, ContactId, ConversationId, DepartmentId, Pii, Scope, TicketId, TicketTypeId, Timestamp, UserId,
};
use ringdesk_tickets::{Assignee, Priority, Ticket, TicketState};
use ringdesk_vault::{AccountKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What was filled in, by the names of the type's fields.
pub type Fields = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTicket {
    pub id: TicketId,
    /// Without gaps in an account, from 1 on.
    pub number: i64,
    pub kind: TicketTypeId,
    pub title: Pii<String>,
    pub problem: Pii<String>,
    pub fields: Pii<Fields>,
    pub law: Ticket,
    /// Of the file that stands for them now.
    pub contact: Option<ContactId>,
    pub contact_name: Option<Pii<String>>,
    pub conversation: Option<ConversationId>,
    /// The contact can be told of it: that conversation goes on by text.
    pub by_text: bool,
    /// `None`: the house.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub due_at: Option<Timestamp>,
    pub changed_at: Timestamp,
}

/// A line of a ticket's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    pub id: Uuid,
    /// `created`, `moved`, `prioritised`, `assigned`, `rewritten`, `remark` (for us), `told` (for the contact, too).
    pub kind: String,
    pub was: Option<String>,
    pub became: Option<String>,
    pub text: Option<Pii<String>>,
    /// `None`: the house.
    pub by: Option<UserId>,
    pub at: Timestamp,
}

/// Whose tickets. `all`: the account's; otherwise those of the reader and of their departments.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub scope: &'a Scope,
    pub all: bool,
}

/// Which tickets. Nothing is said: all that the reader may see.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub state: Option<TicketState>,
    /// Open, pending or waiting.
    pub at_work: bool,
    pub assignee: Option<UserId>,
    /// Nobody's.
    pub unassigned: bool,
    pub department: Option<DepartmentId>,
    pub contact: Option<ContactId>,
    pub conversation: Option<ConversationId>,
    /// At work, and due before then.
    pub due_before: Option<Timestamp>,
    pub number: Option<i64>,
    /// They hold all of these tokens.
    pub tokens: Option<BTreeSet<String>>,
    pub skip: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: i64,
    type_id: Uuid,
    title_sealed: Vec<u8>,
    problem_sealed: Vec<u8>,
    fields_sealed: Vec<u8>,
    state: String,
    priority: i64,
    department_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    name_sealed: Option<Vec<u8>>,
    conversation_id: Option<Uuid>,
    by_text: bool,
    created_by: Option<Uuid>,
    created_at: i64,
    due_at: Option<i64>,
    changed_at: i64,
    solved_at: Option<i64>,
    archived_at: Option<i64>,
}

/// The next number. Whoever asks at the same moment waits for this transaction: so numbers have no gaps.
pub async fn next_number(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let next: Option<(i64,)> = row!(
        tx,
        "INSERT INTO ticket_head (account_id, number) VALUES ($1, 1)
         ON CONFLICT (account_id) DO UPDATE SET number = ticket_head.number + 1 RETURNING number",
        account.0
    )?;
    Ok(next.ok_or(StoreError::UnknownAccount(account))?.0)
}

/// Keep it as it is now; by whom it is found is [`index`]'s.
pub async fn put(tx: &mut Tx, key: &AccountKey, to: &KeptTicket) -> Result<(), StoreError> {
    let seal = |column, text: &str| key.seal(Place::new("ticket", column, to.id.0.as_bytes()), text.as_bytes());
    let fields = serde_json::to_string(to.fields.reveal()).expect("names and texts");
    exec!(
        tx,
        "INSERT INTO ticket (id, account_id, number, type_id, title_sealed, problem_sealed, fields_sealed, state, priority,
            department_id, assignee_id, contact_id, conversation_id, created_by, created_at, due_at, changed_at, solved_at, archived_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT (id) DO UPDATE SET title_sealed = excluded.title_sealed, problem_sealed = excluded.problem_sealed,
            fields_sealed = excluded.fields_sealed, state = excluded.state, priority = excluded.priority,
            department_id = excluded.department_id, assignee_id = excluded.assignee_id, due_at = excluded.due_at,
            changed_at = excluded.changed_at, solved_at = excluded.solved_at, archived_at = excluded.archived_at",
        to.id.0,
        key.account().0,
        to.number,
        to.kind.0,
        seal("title", to.title.reveal())?,
        seal("problem", to.problem.reveal())?,
        seal("fields", &fields)?,
        to.law.state.as_str(),
        to.law.priority.rank(),
        to.law.assignee.department.map(|d| d.0),
        to.law.assignee.user.map(|u| u.0),
        to.contact.map(|c| c.0),
        to.conversation.map(|c| c.0),
        to.created_by.map(|u| u.0),
        to.created_at.0,
        to.due_at.map(|at| at.0),
        to.changed_at.0,
        to.law.solved_at.map(|at| at.0),
        to.law.archived_at.map(|at| at.0)
    )?;
    Ok(())
}

/// What it is found by: these texts, and with `anew` no longer what it was found by before.
pub async fn index(tx: &mut Tx, key: &AccountKey, id: TicketId, texts: &[&str], anew: bool) -> Result<(), StoreError> {
    if anew {
        exec!(tx, "DELETE FROM ticket_word WHERE account_id = $1 AND ticket_id = $2", key.account().0, id.0)?;
    }
    let all: BTreeSet<String> =
        texts.iter().flat_map(|text| tokens(text).into_iter().chain(sound_tokens(text))).collect();
    exec!(
        tx,
        sqlite: "INSERT INTO ticket_word (account_id, word_hash, ticket_id) SELECT $1, unhex(value), $2 FROM json_each($3)
                 WHERE TRUE ON CONFLICT DO NOTHING",
        postgres: "INSERT INTO ticket_word (account_id, word_hash, ticket_id)
                   SELECT $1, decode(v, 'hex'), $2 FROM jsonb_array_elements_text($3::jsonb) v ON CONFLICT DO NOTHING",
        key.account().0,
        id.0,
        hashes(key, &all)
    )?;
    Ok(())
}

/// Let nobody else change it until the end of the transaction; false: there is none.
pub async fn hold(tx: &mut Tx, account: AccountId, id: TicketId) -> Result<bool, StoreError> {
    let held = exec!(tx, "UPDATE ticket SET number = number WHERE id = $1 AND account_id = $2", id.0, account.0)?;
    Ok(held == 1)
}

/// Those of the account `$1` of which this is true.
macro_rules! tickets {
    ($($of:tt)+) => {
        concat!(
            "SELECT t.id, t.number, t.type_id, t.title_sealed, t.problem_sealed, t.fields_sealed, t.state, t.priority, t.department_id,
                t.assignee_id, COALESCE(k.merged_into, t.contact_id) AS contact_id, s.name_sealed, t.conversation_id,
                m.conversation_id IS NOT NULL AS by_text, t.created_by, t.created_at, t.due_at, t.changed_at, t.solved_at, t.archived_at
         FROM ticket t LEFT JOIN contact k ON k.id = t.contact_id LEFT JOIN contact s ON s.id = COALESCE(k.merged_into, k.id)
         LEFT JOIN text_matter m ON m.conversation_id = t.conversation_id
         WHERE t.account_id = $1 AND ",
            $($of)+
        )
    };
}

/// Those that [`Wanted`] asks for; `$hashes` gives the hashes of its words.
macro_rules! listed {
    ($hashes:literal) => {
        tickets!(
            "($2 OR t.assignee_id = $3 OR t.department_id IN (SELECT d.department_id FROM department_member d WHERE d.user_id = $3))
           AND (t.state = $4 OR $4 IS NULL) AND (t.state IN ('open', 'pending', 'waiting') OR NOT $5)
           AND (t.assignee_id = $6 OR $6 IS NULL) AND (t.assignee_id IS NULL OR NOT $7)
           AND (t.department_id = $8 OR $8 IS NULL)
           AND (t.contact_id = $9 OR k.merged_into = $9 OR $9 IS NULL)
           AND (t.conversation_id = $10 OR $10 IS NULL)
           AND (CAST($11 AS BIGINT) IS NULL OR (t.due_at < $11 AND t.state IN ('open', 'pending', 'waiting')))
           AND (t.number = $12 OR $12 IS NULL)
           AND (CAST($14 AS BIGINT) = 0 OR t.id IN (SELECT w.ticket_id FROM ticket_word w WHERE w.account_id = $1
                AND w.word_hash IN (",
            $hashes,
            ") GROUP BY w.ticket_id HAVING COUNT(*) = $14))
         ORDER BY CASE WHEN t.state IN ('open', 'pending', 'waiting') THEN 0 ELSE 1 END,
                  CASE WHEN t.state IN ('open', 'pending', 'waiting') THEN -t.priority ELSE 0 END,
                  CASE WHEN t.state IN ('open', 'pending', 'waiting') THEN COALESCE(t.due_at, 9000000000000000000) ELSE -t.changed_at END,
                  t.number LIMIT $15 OFFSET $16"
        )
    };
}

/// `None`: no such ticket, or not for this reader.
pub async fn get(
    tx: &mut Tx,
    key: &AccountKey,
    sight: Sight<'_>,
    id: TicketId,
) -> Result<Option<KeptTicket>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        tickets!(
            "t.id = $2
           AND ($3 OR t.assignee_id = $4 OR t.department_id IN (SELECT d.department_id FROM department_member d WHERE d.user_id = $4))"
        ),
        key.account().0,
        id.0,
        sight.all,
        sight.scope.user.0
    )?;
    found.map(|row| ticket(key, row)).transpose()
}

/// Those at work first: the most pressing, then the soonest due; then the others, the last changed first.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    sight: Sight<'_>,
    wanted: &Wanted,
    most: i64,
) -> Result<Vec<KeptTicket>, StoreError> {
    let none = BTreeSet::new();
    let tokens = wanted.tokens.as_ref().unwrap_or(&none);
    let found: Vec<Row> = rows!(
        tx,
        sqlite: listed!("SELECT unhex(value) FROM json_each($13)"),
        postgres: listed!("SELECT decode(v, 'hex') FROM jsonb_array_elements_text($13::jsonb) v"),
        key.account().0,
        sight.all,
        sight.scope.user.0,
        wanted.state.map(TicketState::as_str),
        wanted.at_work,
        wanted.assignee.map(|u| u.0),
        wanted.unassigned,
        wanted.department.map(|d| d.0),
        wanted.contact.map(|c| c.0),
        wanted.conversation.map(|c| c.0),
        wanted.due_before.map(|at| at.0),
        wanted.number,
        hashes(key, tokens),
        i64::try_from(tokens.len()).unwrap_or(i64::MAX),
        most,
        wanted.skip
    )?;
    found.into_iter().map(|row| ticket(key, row)).collect()
}

/// A line more.
pub async fn tell(tx: &mut Tx, key: &AccountKey, ticket: TicketId, entry: &KeptEntry) -> Result<(), StoreError> {
    let place = Place::new("ticket_entry", "text", entry.id.as_bytes());
    let text = entry.text.as_ref().map(|text| key.seal(place, text.reveal().as_bytes())).transpose()?;
    exec!(
        tx,
        "INSERT INTO ticket_entry (id, account_id, ticket_id, kind, was, became, text_sealed, by_user, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.id,
        key.account().0,
        ticket.0,
        entry.kind.as_str(),
        entry.was.as_deref(),
        entry.became.as_deref(),
        text,
        entry.by.map(|u| u.0),
        entry.at.0
    )?;
    Ok(())
}

/// Its history, in the order in which it happened.
pub async fn history(tx: &mut Tx, key: &AccountKey, id: TicketId, most: i64) -> Result<Vec<KeptEntry>, StoreError> {
    type Line = (Uuid, String, Option<String>, Option<String>, Option<Vec<u8>>, Option<Uuid>, i64);
    let found: Vec<Line> = rows!(
        tx,
        "SELECT id, kind, was, became, text_sealed, by_user, at FROM ticket_entry
         WHERE account_id = $1 AND ticket_id = $2 ORDER BY id LIMIT $3",
        key.account().0,
        id.0,
        most
    )?;
    let read = |(id, kind, was, became, text, by, at): Line| {
        let place = Place::new("ticket_entry", "text", id.as_bytes());
        let text = text.as_deref().map(|sealed| open_text(key, place, sealed)).transpose()?.map(Pii::new);
        Ok(KeptEntry { id, kind, was, became, text, by: by.map(UserId), at: Timestamp(at) })
    };
    found.into_iter().map(read).collect()
}

fn hashes(key: &AccountKey, tokens: &BTreeSet<String>) -> String {
    json(&tokens.iter().map(|token| Hex(key.blind("ticket_word", token).to_vec())).collect::<Vec<_>>())
}

fn ticket(key: &AccountKey, row: Row) -> Result<KeptTicket, StoreError> {
    let open = |column, sealed: &[u8]| open_text(key, Place::new("ticket", column, row.id.as_bytes()), sealed);
    let fields = open("fields", &row.fields_sealed)?;
    let name = match (row.contact_id, &row.name_sealed) {
        (Some(id), Some(sealed)) => Some(open_text(key, Place::new("contact", "name", id.as_bytes()), sealed)?),
        _ => None,
    };
    let law = Ticket {
        state: TicketState::parse(&row.state)
            .ok_or_else(|| StoreError::unreadable("the state of a ticket", &row.state))?,
        priority: Priority::of_rank(row.priority).ok_or_else(|| StoreError::unreadable("a ticket", "its priority"))?,
        assignee: Assignee { department: row.department_id.map(DepartmentId), user: row.assignee_id.map(UserId) },
        solved_at: row.solved_at.map(Timestamp),
        archived_at: row.archived_at.map(Timestamp),
    };
    Ok(KeptTicket {
        title: Pii::new(open("title", &row.title_sealed)?),
        problem: Pii::new(open("problem", &row.problem_sealed)?),
        fields: Pii::new(serde_json::from_str(&fields).map_err(|_| StoreError::unreadable("a ticket", "its fields"))?),
        id: TicketId(row.id),
        number: row.number,
        kind: TicketTypeId(row.type_id),
        law,
        contact: row.contact_id.map(ContactId),
        contact_name: name.map(Pii::new),
        conversation: row.conversation_id.map(ConversationId),
        by_text: row.by_text,
        created_by: row.created_by.map(UserId),
        created_at: Timestamp(row.created_at),
        due_at: row.due_at.map(Timestamp),
        changed_at: Timestamp(row.changed_at),
    })
}
