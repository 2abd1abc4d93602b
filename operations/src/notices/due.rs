//! Of what time brings: tickets whose time runs out, contacts who wait for an answer.

use super::tell::{Readers, Told};
use crate::whom::warn_after;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, QueueId, Timestamp};
use ringdesk_notices::{NoticeKind, Values};
use ringdesk_storage::notices::{self, DueTicket, WaitingText};
use ringdesk_storage::{Tx, agents, departments, ticket_types};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So long before its time somebody is told of a ticket.
const SOON: Duration = Duration::from_secs(30 * 60);
/// What is older was told of long ago, or nobody was there to be told.
const PAST: Duration = Duration::from_secs(86_400);
/// Looked at in one step.
const STEP: i64 = 500;

/// What is due, and what it is told for.
enum Due {
    Ticket(DueTicket, NoticeKind),
    Text(WaitingText),
}

impl Due {
    fn cause(&self) -> String {
        match self {
            Due::Ticket(one, kind) => format!("{}:{}:{}", kind.as_str(), one.id, one.due_at.0),
            Due::Text(one) => format!("text_overdue:{}:{}", one.conversation, one.since.0),
        }
    }
}

impl Operations {
    /// Tell people of what is due by now; gives how many notices that were.
    pub async fn tend_notices(&self, now: Timestamp, account: AccountId) -> Result<usize, OperationError> {
        let mut tx = self.read(account).await?.0;
        let queues = agents::queues(&mut tx, account).await?;
        let patience: BTreeMap<QueueId, Duration> = queues.iter().map(|one| (one.id, warn_after(one))).collect();
        let tickets = notices::due_tickets(&mut tx, account, (now - PAST, now + SOON), STEP).await?;
        let tickets = tickets.into_iter().map(|one| match one.due_at <= now {
            true => Due::Ticket(one, NoticeKind::TicketOverdue),
            false => Due::Ticket(one, NoticeKind::TicketDue),
        });
        let shortest = patience.values().min().copied().unwrap_or_default();
        let texts = notices::waiting_texts(&mut tx, account, now - shortest, STEP).await?;
        let late = |one: &WaitingText| patience.get(&one.queue).is_some_and(|after| now.since(one.since) >= *after);
        let due: Vec<Due> = tickets.chain(texts.into_iter().filter(late).map(Due::Text)).collect();
        if due.is_empty() {
            return Ok(0);
        }
        let told = notices::told(&mut tx, account, &due.iter().map(Due::cause).collect()).await?;
        drop(tx);
        let news: Vec<Due> = due.into_iter().filter(|one| !told.contains(&one.cause())).collect();
        if news.is_empty() { Ok(0) } else { self.tell_due(now, account, &news).await }
    }

    async fn tell_due(&self, now: Timestamp, account: AccountId, news: &[Due]) -> Result<usize, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let readers = Readers::read(&mut tx, account).await?;
        let offices = Offices::read(&mut tx, account).await?;
        let mut given = 0;
        for one in news {
            let (kind, to, values, place) = match one {
                Due::Ticket(ticket, kind) => {
                    let to = match (ticket.assignee, ticket.department) {
                        (Some(user), _) => vec![user],
                        (None, Some(department)) => {
                            offices.members.get(&department).into_iter().flatten().copied().collect()
                        }
                        (None, None) => Vec::new(),
                    };
                    let left = ticket.due_at.since(now).as_secs().div_ceil(60);
                    let values = Values::from([
                        ("number", ticket.number.to_string()),
                        ("type", offices.types.get(&ticket.kind).cloned().unwrap_or_default()),
                        ("minutes", left.to_string()),
                    ]);
                    (*kind, to, values, format!("ticket:{}", ticket.id))
                }
                Due::Text(text) => {
                    let minutes = now.since(text.since).as_secs() / 60;
                    let values = Values::from([("minutes", minutes.max(1).to_string())]);
                    let to = readers.agent(text.agent).into_iter().collect();
                    (NoticeKind::TextOverdue, to, values, format!("conversation:{}", text.conversation))
                }
            };
            let told = Told { kind, to, cause: one.cause(), values, place };
            given += self.tell(&mut tx, &key, now, &readers, &told).await?;
        }
        tx.commit().await?;
        Ok(given)
    }
}

/// Who settles tickets, and how their types are called.
struct Offices {
    members: BTreeMap<ringdesk_model::DepartmentId, BTreeSet<ringdesk_model::UserId>>,
    types: BTreeMap<ringdesk_model::TicketTypeId, String>,
}

impl Offices {
    async fn read(tx: &mut Tx, account: AccountId) -> Result<Offices, OperationError> {
        Ok(Offices {
            members: departments::all(tx, account).await?.into_iter().map(|one| (one.id, one.members)).collect(),
            types: ticket_types::all(tx, account).await?.into_iter().map(|one| (one.id, one.name)).collect(),
        })
    }
}
