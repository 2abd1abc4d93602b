//! Tickets: made of a talk or by hand, worked on, handed on, settled. What is said of one is in [`crate::ticket_texts`], what the
//! contact hears of it in [`crate::ticket_notices`], what types and departments there are in [`crate::ticket_setup`].

use crate::desk::audited;
use crate::ticket_setup::{department_in_use, found_type, usable_type};
use crate::{OperationError, Operations};
use ringdesk_language::search::{Query, mask};
use ringdesk_model::{
    AccountId, Actor, ContactId, ConversationId, DepartmentId, Pii, Scope, TicketId, TicketTypeId, Timestamp, UserId,
};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::ticket_types::KeptType;
use ringdesk_storage::tickets::{self, Fields, KeptEntry, KeptTicket, Sight, Wanted};
use ringdesk_storage::{Tx, calendars, contact_files, conversations, departments, users};
use ringdesk_tickets::{
    Assignee, Command, Entry, Priority, Ticket, TicketState, apply, due_at, falls_to, problem, title,
};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// The longest list.
const LIST: i64 = 200;
/// Lines of one history that are read.
pub(crate) const LINES: i64 = 1_000;
const NONE: OperationError = OperationError::NotFound("ticket");

/// A ticket to make.
#[derive(Clone, Debug)]
pub struct NewTicket {
    pub kind: TicketTypeId,
    pub title: Pii<String>,
    pub problem: Pii<String>,
    pub fields: Pii<Fields>,
    pub priority: Priority,
    /// Without it the type's.
    pub department: Option<DepartmentId>,
    /// Without it whom the type's rule names, or nobody yet.
    pub assignee: Option<UserId>,
    /// In which talk it came up; the contact is that talk's.
    pub conversation: Option<ConversationId>,
    /// Whose it is, where no talk says it.
    pub contact: Option<ContactId>,
}

impl Operations {
    /// Those at work first, the most pressing before the others. `typed`: a number (`12`, `#12`), or words that they hold.
    pub async fn tickets(
        &self,
        sight: Sight<'_>,
        wanted: Wanted,
        typed: Option<&Pii<String>>,
    ) -> Result<Vec<KeptTicket>, OperationError> {
        let mut wanted = wanted;
        if let Some(typed) = typed.map(|typed| typed.reveal().trim()).filter(|typed| !typed.is_empty()) {
            match typed.trim_start_matches('#').parse() {
                Ok(number) => wanted.number = Some(number),
                Err(_) => {
                    let query = Query::parse(typed).map_err(|e| OperationError::Invalid(e.to_string()))?;
                    wanted.tokens = Some(query.tokens()).filter(|tokens| !tokens.is_empty());
                    if wanted.tokens.is_none() {
                        return Ok(Vec::new());
                    }
                }
            }
        }
        let (mut tx, key) = self.read(sight.scope.account).await?;
        let mut found = tickets::list(&mut tx, &key, sight, &wanted, LIST).await?;
        found.iter_mut().for_each(|ticket| hide(ticket, sight.scope));
        Ok(found)
    }

    /// One, with its history from the first line on.
    pub async fn ticket(&self, sight: Sight<'_>, id: TicketId) -> Result<(KeptTicket, Vec<KeptEntry>), OperationError> {
        let (mut tx, key) = self.read(sight.scope.account).await?;
        let mut ticket = tickets::get(&mut tx, &key, sight, id).await?.ok_or(NONE)?;
        let mut history = tickets::history(&mut tx, &key, id, LINES).await?;
        hide(&mut ticket, sight.scope);
        for entry in history.iter_mut().filter(|e| !sight.scope.unmasked && e.by != Some(sight.scope.user)) {
            entry.text = entry.text.take().map(|text| Pii::new(mask(text.reveal())));
        }
        Ok((ticket, history))
    }

    /// Make one; gives its id and its number. The audit says that it was made, not what it says.
    pub async fn create_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        new: NewTicket,
    ) -> Result<(TicketId, i64), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let kind = usable_type(&mut tx, account, new.kind).await?;
        kind.kind.fill(&Fields::new(), new.fields.reveal())?;
        let contact = match new.conversation {
            Some(id) => {
                let talk = conversations::get(&mut tx, &key, scope, id).await?;
                talk.ok_or(OperationError::NotFound("conversation"))?.contact
            }
            None => new.contact,
        };
        if let (None, Some(contact)) = (new.conversation, contact)
            && !contact_files::is_seen(&mut tx, scope, contact).await?
        {
            return Err(OperationError::NotFound("contact"));
        }
        let made = self.make_ticket(&mut tx, &key, now, actor, kind, NewTicket { contact, ..new }).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Make one in a transaction; its talk and its contact are known to be theirs who make it.
    pub(crate) async fn make_ticket(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        kind: KeptType,
        new: NewTicket,
    ) -> Result<(TicketId, i64), OperationError> {
        let account = key.account();
        let fields = kind.kind.fill(&Fields::new(), new.fields.reveal())?;
        let department = new.department.or(kind.kind.department);
        let mut assignee = Assignee { department, user: new.assignee };
        may_be_given(tx, account, assignee).await?;
        if let (None, Some(department), true) = (assignee.user, department, kind.kind.share) {
            assignee.user = falls_to(&departments::loads(tx, account, department).await?);
        }
        let law =
            Ticket { state: TicketState::Open, priority: new.priority, assignee, solved_at: None, archived_at: None };
        let id: TicketId = self.id(now);
        let mut ticket = KeptTicket {
            id,
            number: tickets::next_number(tx, account).await?,
            kind: kind.id,
            title: Pii::new(title(new.title.reveal())?),
            problem: Pii::new(problem(new.problem.reveal())?),
            fields: Pii::new(fields),
            law,
            contact: new.contact,
            contact_name: None,
            conversation: new.conversation,
            by_text: false,
            created_by: by(actor),
            created_at: now,
            due_at: None,
            changed_at: now,
        };
        ticket.due_at = due(tx, account, &kind, &ticket).await?;
        tickets::put(tx, key, &ticket).await?;
        reindex(tx, key, &ticket, &[]).await?;
        self.line(tx, key, now, actor, &ticket, Line { kind: "created", ..Line::default() }).await?;
        self.notice(tx, key, now, id, &kind).await?;
        let said = format!("number {}, type {}", ticket.number, kind.name);
        audited(tx, key, now, actor, "ticket.create", &object(id), None, Some(&said)).await?;
        changed(tx, key, now, &ticket).await?;
        self.tell_of_ticket(tx, key, now, actor, &ticket, &kind.name).await?;
        Ok((id, ticket.number))
    }

    /// Into another state; where its type has a text for it, the contact is told.
    pub async fn move_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        to: TicketState,
    ) -> Result<(), OperationError> {
        self.change_ticket(now, actor, sight, id, Wish::Command(Command::Move(to))).await
    }

    /// Its deadline follows, counted from when it was made.
    pub async fn prioritise_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        to: Priority,
    ) -> Result<(), OperationError> {
        self.change_ticket(now, actor, sight, id, Wish::Command(Command::Prioritise(to))).await
    }

    /// To somebody, to a department, or back to nobody.
    pub async fn assign_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        to: Assignee,
    ) -> Result<(), OperationError> {
        self.change_ticket(now, actor, sight, id, Wish::Command(Command::Assign(to))).await
    }

    /// Take it oneself; its department stays. One that another person has in hand is not taken.
    pub async fn claim_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
    ) -> Result<(), OperationError> {
        self.change_ticket(now, actor, sight, id, Wish::Claim).await
    }

    async fn change_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        wish: Wish,
    ) -> Result<(), OperationError> {
        let account = sight.scope.account;
        let (mut tx, key) = self.write(account).await?;
        let mut ticket = held(&mut tx, &key, sight, id).await?;
        let command = match (wish, ticket.law.assignee.user) {
            (Wish::Command(command), _) => command,
            (Wish::Claim, Some(other)) if other != sight.scope.user => {
                let name = users::by_id(&mut tx, account, other).await?.map(|found| found.user.name);
                return Err(OperationError::InHand("the ticket", name.unwrap_or_default()));
            }
            (Wish::Claim, _) => Command::Assign(Assignee { user: Some(sight.scope.user), ..ticket.law.assignee }),
        };
        let Some((law, entry)) = apply(now, &ticket.law, command)? else { return Ok(()) };
        let kind = found_type(&mut tx, account, ticket.kind).await?;
        ticket.law = law;
        ticket.changed_at = now;
        let (line, action) = match entry {
            Entry::Moved(was, is) => (Line::of("moved", was.as_str(), is.as_str()), "ticket.move"),
            Entry::Prioritised(was, is) => {
                ticket.due_at = due(&mut tx, account, &kind, &ticket).await?;
                (Line::of("prioritised", was.as_str(), is.as_str()), "ticket.prioritise")
            }
            Entry::Assigned(was, is) => {
                may_be_given(&mut tx, account, is).await?;
                (Line::of("assigned", &whose(was), &whose(is)), "ticket.assign")
            }
            Entry::Rewritten | Entry::Remarked => return Err(OperationError::Internal("texts have their own way")),
        };
        tickets::put(&mut tx, &key, &ticket).await?;
        let (was, is) = (line.was.clone(), line.became.clone());
        self.line(&mut tx, &key, now, actor, &ticket, line).await?;
        if matches!(entry, Entry::Moved(..)) {
            self.notice(&mut tx, &key, now, id, &kind).await?;
        }
        audited(&mut tx, &key, now, actor, action, &object(id), was.as_deref(), is.as_deref()).await?;
        changed(&mut tx, &key, now, &ticket).await?;
        if matches!(entry, Entry::Assigned(was, is) if was.user != is.user) {
            self.tell_of_ticket(&mut tx, &key, now, actor, &ticket, &kind.name).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A line of the history; gives its id.
    pub(crate) async fn line(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        ticket: &KeptTicket,
        line: Line,
    ) -> Result<Uuid, OperationError> {
        let id: Uuid = self.id(now);
        let Line { kind, was, became, text } = line;
        let entry = KeptEntry { id, kind: kind.into(), was, became, text, by: by(actor), at: now };
        tickets::tell(tx, key, ticket.id, &entry).await?;
        Ok(id)
    }
}

/// What is asked of a ticket, before it is known how it stands.
enum Wish {
    Command(Command),
    Claim,
}

/// What a line of the history says, beside who and when.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) kind: &'static str,
    pub(crate) was: Option<String>,
    pub(crate) became: Option<String>,
    pub(crate) text: Option<Pii<String>>,
}

impl Line {
    fn of(kind: &'static str, was: &str, is: &str) -> Line {
        Line { kind, was: Some(was.to_owned()), became: Some(is.to_owned()), text: None }
    }
}

/// One that this reader sees, and that nobody else changes meanwhile.
pub(crate) async fn held(
    tx: &mut Tx,
    key: &AccountKey,
    sight: Sight<'_>,
    id: TicketId,
) -> Result<KeptTicket, OperationError> {
    tickets::hold(tx, sight.scope.account, id).await?;
    tickets::get(tx, key, sight, id).await?.ok_or(NONE)
}

/// Departments that are in use, and people who may sign in.
async fn may_be_given(tx: &mut Tx, account: AccountId, to: Assignee) -> Result<(), OperationError> {
    if let Some(department) = to.department {
        department_in_use(tx, account, department).await?;
    }
    if let Some(user) = to.user {
        let found = users::by_id(tx, account, user).await?.filter(|found| !found.user.disabled);
        found.ok_or(OperationError::NotFound("user"))?;
    }
    Ok(())
}

async fn due(
    tx: &mut Tx,
    account: AccountId,
    kind: &KeptType,
    ticket: &KeptTicket,
) -> Result<Option<Timestamp>, OperationError> {
    let calendar = match kind.kind.calendar {
        Some(id) => calendars::all(tx, account).await?.into_iter().find(|row| row.id == id),
        None => None,
    };
    let calendar = calendar.and_then(|row| serde_json::from_str(&row.document).ok());
    Ok(due_at(ticket.created_at, kind.kind.limit_minutes, ticket.law.priority, calendar.as_ref()))
}

/// What it is found by: all of what it says, and what was said about it.
pub(crate) async fn reindex(
    tx: &mut Tx,
    key: &AccountKey,
    ticket: &KeptTicket,
    history: &[KeptEntry],
) -> Result<(), OperationError> {
    let mut texts = vec![ticket.title.reveal().as_str(), ticket.problem.reveal()];
    texts.extend(ticket.fields.reveal().values().map(String::as_str));
    texts.extend(history.iter().filter_map(|entry| entry.text.as_ref()).map(|text| text.reveal().as_str()));
    Ok(tickets::index(tx, key, ticket.id, &texts, true).await?)
}

/// Numbers in it are hidden from readers without the right to them, but not from who wrote it.
fn hide(ticket: &mut KeptTicket, scope: &Scope) {
    if scope.unmasked || ticket.created_by == Some(scope.user) {
        return;
    }
    ticket.title = Pii::new(mask(ticket.title.reveal()));
    ticket.problem = Pii::new(mask(ticket.problem.reveal()));
    ticket.fields = Pii::new(ticket.fields.reveal().iter().map(|(name, value)| (name.clone(), mask(value))).collect());
}

/// That it changed tells nothing of it: whoever may read it looks.
pub(crate) async fn changed(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    ticket: &KeptTicket,
) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "ticket": ticket.id }));
    outbox::append(tx, key, &[NewEvent { at, kind: "ticket_changed", payload }]).await?;
    Ok(())
}

fn whose(assignee: Assignee) -> String {
    serde_json::json!({ "department": assignee.department, "user": assignee.user }).to_string()
}

pub(crate) fn by(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { user, .. } => Some(*user),
        _ => None,
    }
}

pub(crate) fn object(id: TicketId) -> String {
    format!("ticket:{id}")
}
