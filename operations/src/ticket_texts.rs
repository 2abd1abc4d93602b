//! What is said in a ticket and about it: its texts written anew, comments for us or to the contact.

use crate::desk::audited;
use crate::ticket_setup::found_type;
use crate::tickets::{LINES, Line, by, changed, held, object, reindex};
use crate::{OperationError, Operations};
use ringdesk_model::{Actor, Pii, TicketId, Timestamp};
use ringdesk_storage::texts;
use ringdesk_storage::tickets::{self, Fields, Sight};
use ringdesk_tickets::{Command, apply, problem, remark, title};

/// What is to be written anew; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct TicketEdit {
    pub title: Option<Pii<String>>,
    pub problem: Option<Pii<String>>,
    pub fields: Option<Pii<Fields>>,
}

impl Operations {
    /// Say otherwise what it is about; the history keeps that it was, and the texts of before are gone.
    pub async fn edit_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        edit: &TicketEdit,
    ) -> Result<(), OperationError> {
        let account = sight.scope.account;
        let (mut tx, key) = self.write(account).await?;
        let mut ticket = held(&mut tx, &key, sight, id).await?;
        let before = ticket.clone();
        apply(now, &ticket.law, Command::Rewrite)?;
        if let Some(text) = &edit.title {
            ticket.title = Pii::new(title(text.reveal())?);
        }
        if let Some(text) = &edit.problem {
            ticket.problem = Pii::new(problem(text.reveal())?);
        }
        if let Some(fields) = &edit.fields {
            let kind = found_type(&mut tx, account, ticket.kind).await?;
            ticket.fields = Pii::new(kind.kind.fill(ticket.fields.reveal(), fields.reveal())?);
        }
        if ticket == before {
            return Ok(());
        }
        ticket.changed_at = now;
        tickets::put(&mut tx, &key, &ticket).await?;
        let history = tickets::history(&mut tx, &key, id, LINES).await?;
        reindex(&mut tx, &key, &ticket, &history).await?;
        self.line(&mut tx, &key, now, actor, &ticket, Line { kind: "rewritten", ..Line::default() }).await?;
        audited(&mut tx, &key, now, actor, "ticket.edit", &object(id), None, None).await?;
        changed(&mut tx, &key, now, &ticket).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A comment: for us, or (`to_contact`) sent to the contact by the channel of the talk in which the ticket came up.
    pub async fn comment_ticket(
        &self,
        now: Timestamp,
        actor: &Actor,
        sight: Sight<'_>,
        id: TicketId,
        (text, to_contact): (&Pii<String>, bool),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(sight.scope.account).await?;
        let mut ticket = held(&mut tx, &key, sight, id).await?;
        apply(now, &ticket.law, Command::Remark)?;
        let text = Pii::new(remark(text.reveal())?);
        if to_contact && !ticket.by_text {
            return Err(OperationError::Invalid(
                "there is no channel of text by which the contact could be told".into(),
            ));
        }
        ticket.changed_at = now;
        tickets::put(&mut tx, &key, &ticket).await?;
        let kind = if to_contact { "told" } else { "remark" };
        let line = Line { kind, text: Some(text.clone()), ..Line::default() };
        let entry = self.line(&mut tx, &key, now, actor, &ticket, line).await?;
        tickets::index(&mut tx, &key, id, &[text.reveal()], false).await?;
        let to = ticket.conversation.filter(|_| to_contact);
        if let Some(conversation) = to {
            texts::hold(&mut tx, sight.scope.account, conversation).await?;
        }
        let length = format!("{kind}, {} characters", text.reveal().chars().count());
        audited(&mut tx, &key, now, actor, "ticket.comment", &object(id), None, Some(&length)).await?;
        if let Some(conversation) = to {
            self.send_for_ticket(&mut tx, &key, now, (entry, conversation), &text, by(actor)).await?;
        }
        changed(&mut tx, &key, now, &ticket).await?;
        tx.commit().await?;
        Ok(())
    }
}
