//! What is known of a contact at a glance, and that one is to be treated with care.

use crate::desk::audited;
use crate::floor::setup;
use crate::visitors::Visit;
use crate::whom::auto_answer;
use crate::{OperationError, Operations};
use ringdesk_language::search::mask;
use ringdesk_model::{Actor, ConversationId, Pii, Scope, Timestamp};
use ringdesk_storage::contact_cards::{self, CardOf, ContactCard};
use ringdesk_storage::number_places::KeptPlace;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{number_places, visitors};
use std::time::Duration;

/// Earlier conversations on a card.
const EARLIER: i64 = 3;
/// Characters of what they said last.
const SAID: usize = 200;

/// A card, with what the queue says of its offers.
#[derive(Clone, Debug)]
pub struct Shown {
    pub card: ContactCard,
    pub ring_for: Duration,
    /// Calls of this queue are picked up by the agent's browser, after a tone in their ear.
    pub auto_answer: bool,
    /// From which page they came, if they came from one of a web site.
    pub visit: Option<Visit>,
    /// Where the number is at home by which they came, and when the number plan said so.
    pub place: Option<(KeptPlace, Timestamp)>,
}

impl Operations {
    /// For whoever may see the conversation, or is offered it. Numbers in what colleagues noted are hidden from readers without
    /// the right to them.
    pub async fn contact_card(&self, scope: &Scope, of: CardOf) -> Result<Shown, OperationError> {
        let none = match of {
            CardOf::Conversation(_) => "conversation",
            CardOf::WorkItem(_) => "work item",
        };
        let (mut tx, key) = self.read(scope.account).await?;
        let found = contact_cards::read(&mut tx, &key, scope, of, EARLIER).await?;
        let mut card = found.ok_or(OperationError::NotFound(none))?;
        for said in card.earlier.iter_mut().filter_map(|one| one.said.as_mut()) {
            *said = Pii::new(said.reveal().chars().take(SAID).collect());
        }
        if !scope.unmasked {
            let noted = card.earlier.iter_mut().flat_map(|one| [one.note.as_mut(), one.said.as_mut()]).flatten();
            let titles = card.tickets.iter_mut().map(|ticket| &mut ticket.title);
            for text in noted.chain(titles).chain(card.name.as_mut()) {
                *text = Pii::new(mask(text.reveal()));
            }
        }
        let visit = visitors::visit(&mut tx, &key, card.conversation).await?;
        let visit = visit.and_then(|(said, _)| serde_json::from_str::<Visit>(said.reveal()).ok());
        let queue = card.queue.as_ref().map(|(queue, _)| queue);
        let auto_answer = queue.is_some_and(auto_answer);
        let ring_for = queue.cloned().map(setup).transpose()?.map_or(Duration::ZERO, |setup| setup.ring_for);
        let place = number_places::get(&mut tx, scope.account, card.conversation).await?;
        Ok(Shown { card, ring_for, auto_answer, visit, place })
    }

    /// Treat whom a conversation is with with particular care, or as everybody.
    pub async fn set_vip(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        vip: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let card = contact_cards::read(&mut tx, &key, scope, CardOf::Conversation(conversation), 1).await?;
        let card = card.ok_or(OperationError::NotFound("conversation"))?;
        let contact =
            card.contact.ok_or_else(|| OperationError::Invalid("nobody knows who this conversation is with".into()))?;
        if card.vip == vip {
            return Ok(());
        }
        contact_cards::set_vip(&mut tx, scope.account, contact, vip).await?;
        let said = |vip| if vip { "with care" } else { "as everybody" };
        let object = format!("contact:{contact}");
        audited(&mut tx, &key, now, actor, "contact.vip", &object, Some(said(card.vip)), Some(said(vip))).await?;
        let payload = Pii::new(serde_json::json!({ "conversation": conversation, "contact": contact, "vip": vip }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "contact_changed", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }
}
