//! What the contact hears of a ticket: by the channel on which the talk was in which it came up, through the way that every text
//! of ours goes. A talk by telephone has no such channel.

use crate::messages::told;
use crate::tickets::{LINES, Line, object};
use crate::{OperationError, Operations, desk::audited};
use ringdesk_model::{Actor, ConversationId, Pii, Scope, TicketId, Timestamp, UserId};
use ringdesk_storage::Tx;
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::ticket_types::KeptType;
use ringdesk_storage::tickets::{self, Sight};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

impl Operations {
    /// Tell the contact of the state a ticket has come into, if its type says something of it and they can be told. What they
    /// heard last they are not told again.
    pub(crate) async fn notice(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        id: TicketId,
        kind: &KeptType,
    ) -> Result<(), OperationError> {
        let scope =
            Scope { account: key.account(), user: UserId(Uuid::nil()), agent: None, everyone: true, unmasked: true };
        let Some(ticket) = tickets::get(tx, key, Sight { scope: &scope, all: true }, id).await? else { return Ok(()) };
        let Some(conversation) = ticket.conversation.filter(|_| ticket.by_text) else { return Ok(()) };
        let Some(text) = kind.kind.notice(ticket.law.state, ticket.number, ticket.title.reveal()) else {
            return Ok(());
        };
        let history = tickets::history(tx, key, id, LINES).await?;
        let last = history.iter().rev().find(|entry| entry.kind == "told").and_then(|entry| entry.text.as_ref());
        if last.is_some_and(|last| *last.reveal() == text) {
            return Ok(());
        }
        let text = Pii::new(text);
        let line = Line { kind: "told", text: Some(text.clone()), ..Line::default() };
        let entry = self.line(tx, key, now, &Actor::System, &ticket, line).await?;
        let state = ticket.law.state.as_str();
        texts::hold(tx, key.account(), conversation).await?;
        audited(tx, key, now, &Actor::System, "ticket.notice", &object(id), None, Some(state)).await?;
        self.send_for_ticket(tx, key, now, (entry, conversation), &text, None).await
    }

    /// One text for one line of a history: the line's id is its name, so there is never a second. The conversation is held
    /// and the audit entry written before: everybody takes conversation, audit and outbox in this order, so nobody waits for each other.
    pub(crate) async fn send_for_ticket(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        (entry, conversation): (Uuid, ConversationId),
        text: &Pii<String>,
        author: Option<UserId>,
    ) -> Result<(), OperationError> {
        let account = key.account();
        let id: Uuid = self.id(now);
        let line = NewTextLine { id, conversation, kind: "message", speaker: "system", agent: None, text, at: now };
        let sent_as = key.blind("sent_as", &format!("ticket:{entry}"));
        let seq = texts::append(tx, key, &line, &Sending { author, sent_as, goes_out: true }).await?;
        self.hand_over(tx, account, now, conversation, id).await?;
        told(tx, key, now, "message_created", &line, seq).await?;
        Ok(())
    }
}
