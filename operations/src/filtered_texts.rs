//! The list of texts in which filters found something, and what people say of them.
//!
//! A text that is held becomes the text of its own id when somebody lets it through, by the same way as any other: with a number of its
//! own, at the end of its conversation.

use crate::contact_files::who;
use crate::desk::audited;
use crate::text_filters::{FoundBy, Passes, UNREAD, identity, inbound, tell, why};
use crate::texts::InboundText;
use crate::{OperationError, Operations};
use ringdesk_contacts::Proof;
use ringdesk_model::{AccountId, Actor, ContactId, ConversationId, InboxId, Pii, Scope, Timestamp, UserId};
use ringdesk_rules::FilterAction;
use ringdesk_storage::text_filters::{self, FilteredText};
use ringdesk_storage::{Tx, contact_files, contacts, text_matters, texts};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Texts on one page of the list.
const PAGE: i64 = 100;

/// A text in which something was found, for who goes through them.
#[derive(Clone, Debug)]
pub struct FilteredView {
    pub id: Uuid,
    pub inbox: InboxId,
    pub action: FilterAction,
    pub contact_name: Option<Pii<String>>,
    pub text: Pii<String>,
    pub files: usize,
    pub found: Vec<FoundBy>,
    pub at: Timestamp,
    pub verdict: Option<Verdict>,
    pub judged_by: Option<UserId>,
    pub judged_at: Option<Timestamp>,
    pub conversation: Option<ConversationId>,
}

/// What somebody said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong with it: one that was held is delivered.
    Harmless,
    Harmful,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Harmless => "harmless",
            Verdict::Harmful => "harmful",
        }
    }

    pub fn parse(name: &str) -> Option<Verdict> {
        [Verdict::Harmless, Verdict::Harmful].into_iter().find(|one| one.as_str() == name)
    }
}

impl Operations {
    /// Those that wait for somebody's word, longest first; or (`past`) the others, newest first, those before an id.
    pub async fn filtered_texts(
        &self,
        scope: &Scope,
        past: Option<Option<Uuid>>,
    ) -> Result<Vec<FilteredView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let found = match past {
            None => text_filters::held(&mut tx, &key, PAGE).await?,
            Some(before) => text_filters::past(&mut tx, &key, before, PAGE).await?,
        };
        found.into_iter().map(|one| view(scope, one)).collect()
    }

    /// Say what it is. One that was held and is harmless is delivered now; of one that is harmful its writer is told, where they
    /// have a conversation, and kept out where `block` says why. Gives where it stands.
    pub async fn judge_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: Uuid,
        (verdict, block): (Verdict, Option<&str>),
    ) -> Result<Option<ConversationId>, OperationError> {
        if let Some(reason) = block {
            let contact = self.writer_of(now, scope.account, id).await?;
            match Box::pin(self.block_contact(now, actor, scope, contact, (reason, None), true)).await {
                // They are kept out already.
                Ok(_) | Err(OperationError::Taken(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let (mut tx, key) = self.write(scope.account).await?;
        let there = text_filters::get(&mut tx, &key, id).await?.ok_or(OperationError::NotFound("text"))?;
        let was_held = there.action == FilterAction::Hold.as_str();
        let (inbound, why, account) = (inbound(&there)?, why(&there)?, scope.account);
        // First of all: of two who judge at once the second changes nothing.
        let word = (verdict.as_str(), who(actor), now);
        if !text_filters::judge(&mut tx, account, id, word).await? {
            return Err(OperationError::Changed("the text"));
        }
        let mut stands = there.conversation;
        match verdict {
            Verdict::Harmless => {
                for by in &why.found {
                    for find in &by.finds {
                        text_filters::count(&mut tx, account, (by.filter, &find.as_words()), true).await?;
                    }
                }
                if was_held {
                    let (place, passes) = ((account, there.inbox), Passes::LetThrough(id));
                    let taken = Box::pin(self.take_in(&mut tx, &key, now, place, &inbound, passes)).await?;
                    self.say_found(&mut tx, &key, now, taken.conversation, ("text.let_through", &why.found)).await?;
                    text_filters::stands(&mut tx, account, id, taken.conversation).await?;
                    stands = Some(taken.conversation);
                }
            }
            Verdict::Harmful if was_held => {
                text_filters::let_go_of_files(&mut tx, account, id).await?;
                self.say_refused(&mut tx, &key, now, (there.inbox, &inbound), &why.reply).await?;
            }
            Verdict::Harmful => {}
        }
        let said = format!("{}, {}", there.action, verdict.as_str());
        let object = format!("filtered_text:{id}");
        audited(&mut tx, &key, now, actor, "filtered_text.judge", &object, None, Some(&said)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(stands)
    }

    /// Where they have a conversation with us that is open; nobody is written to for the first time with a refusal.
    async fn say_refused(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        (inbox, inbound): (InboxId, &InboundText),
        reply: &BTreeMap<String, String>,
    ) -> Result<(), OperationError> {
        let reads = inbound.visit.as_ref().and_then(|visit| visit.language.as_deref());
        let Some(reply) = ringdesk_conversations::reply_in(reply, reads) else { return Ok(()) };
        let Some(contact) = contacts::by_identity(tx, key, &identity(inbox, inbound)).await? else { return Ok(()) };
        match text_matters::newest_of(tx, key.account(), contact, inbox).await? {
            Some((conversation, None)) => {
                texts::hold(tx, key.account(), conversation).await?;
                Box::pin(self.say_text(tx, key, now, conversation, (reply, "text.refuse"))).await
            }
            _ => Ok(()),
        }
    }

    /// The file of who wrote it; made where they have none.
    async fn writer_of(&self, now: Timestamp, account: AccountId, id: Uuid) -> Result<ContactId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let there = text_filters::get(&mut tx, &key, id).await?.ok_or(OperationError::NotFound("text"))?;
        let identity = identity(there.inbox, &inbound(&there)?);
        if let Some(contact) = contacts::by_identity(&mut tx, &key, &identity).await? {
            return Ok(contact);
        }
        let contact: ContactId = self.id(now);
        contact_files::create(&mut tx, account, now, contact, None).await?;
        contacts::link(&mut tx, &key, now, contact, &identity, Proof::Provider).await?;
        tx.commit().await?;
        Ok(contact)
    }
}

/// Numbers that the contact wrote are hidden from readers without the right to them.
fn view(scope: &Scope, one: FilteredText) -> Result<FilteredView, OperationError> {
    let (inbound, why) = (inbound(&one)?, why(&one)?);
    let text = match scope.unmasked {
        true => inbound.text,
        false => Pii::new(ringdesk_language::search::mask(inbound.text.reveal())),
    };
    Ok(FilteredView {
        id: one.id,
        inbox: one.inbox,
        action: FilterAction::parse(&one.action).ok_or(UNREAD)?,
        contact_name: inbound.contact_name,
        text,
        files: inbound.files.len(),
        found: why.found,
        at: one.at,
        verdict: one.verdict.as_deref().and_then(Verdict::parse),
        judged_by: one.judged_by,
        judged_at: one.judged_at,
        conversation: one.conversation,
    })
}
