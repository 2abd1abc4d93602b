//! Calls of a web site's visitors: where they may call, who they are in the books, and what becomes of a call while it lasts.
//!
//! A visitor calls one number, which their inbox names, and is the contact whom their texts belong to: what they wrote and what they
//! said stands in one file.

use crate::desk::audited;
use crate::visitors::{PlaceInQueue, SiteView, Visit, Visitor, place};
use crate::{OperationError, Operations};
use ringdesk_model::{Actor, ConversationId, InboxId, Pii, Timestamp};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::visitors::{self, VisitorsCall};
use ringdesk_storage::{contact_blocks, contact_files};

/// Blocks of one contact that are looked at.
const BLOCKS: i64 = 5;

/// A call that a visitor is about to make.
#[derive(Clone, Debug)]
pub struct VisitorCall {
    /// The site's inbox.
    pub inbox: InboxId,
    /// Of ours, which answers.
    pub number: String,
    /// Its conversation, which begins with the call.
    pub conversation: ConversationId,
    /// By which they are known.
    pub identity: Identity,
    /// As their file says, if they are known and named.
    pub name: Option<Pii<String>>,
    pub visit: Visit,
}

/// How a visitor's call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitorCallState {
    /// It is answered, and waits for nobody yet.
    Answered,
    /// `None`: this moment is no waiting any more, and no talk yet.
    Waiting(Option<PlaceInQueue>),
    /// With whom; their name.
    Talking(Option<String>),
    Over,
}

impl Operations {
    /// A visitor of this site wants to call. `NotFound`: its inbox takes no calls; `KeptOut`: they are not taken.
    pub async fn begin_visitor_call(
        &self,
        now: Timestamp,
        site: &SiteView,
        visitor: &Visitor,
        visit: &Visit,
    ) -> Result<VisitorCall, OperationError> {
        let number = site.site.calls.clone().ok_or(OperationError::NotFound("number"))?;
        let (mut tx, key) = self.write(site.account).await?;
        let identity = visitor.identity();
        let name = match contacts::by_identity(&mut tx, &key, &identity).await? {
            Some(contact) => {
                let blocks = contact_blocks::list(&mut tx, &key, Some(contact), true, BLOCKS).await?;
                if blocks.iter().any(|kept| kept.block.keeps_out(now)) {
                    return Err(OperationError::KeptOut);
                }
                contact_files::get(&mut tx, &key, contact).await?.and_then(|file| file.profile.name)
            }
            None => None,
        };
        let conversation: ConversationId = self.id(now);
        let (object, about) = (format!("visitor:{}", visitor.id), format!("inbox:{}, {number}", site.inbox));
        audited(&mut tx, &key, now, &Actor::Contact, "visitor.call", &object, None, Some(&about)).await?;
        tx.commit().await?;
        Ok(VisitorCall { inbox: site.inbox, number, conversation, identity, name, visit: visit.clone() })
    }

    /// How a call of this visitor stands. `None`: it has not come to the door, or is not theirs.
    pub async fn visitor_call(
        &self,
        now: Timestamp,
        visitor: &Visitor,
        conversation: ConversationId,
    ) -> Result<Option<VisitorCallState>, OperationError> {
        let (mut tx, key) = self.read(visitor.account).await?;
        let Some(contact) = contacts::by_identity(&mut tx, &key, &visitor.identity()).await? else { return Ok(None) };
        let found = visitors::call_of(&mut tx, visitor.account, contact, conversation).await?;
        let Some(call) = found else { return Ok(None) };
        Ok(Some(match call {
            _ if call.ended => VisitorCallState::Over,
            VisitorsCall { talks: true, agent, .. } => VisitorCallState::Talking(agent),
            VisitorsCall { waits: Some(item), .. } => {
                VisitorCallState::Waiting(place(&mut tx, now, visitor.account, item).await?)
            }
            _ => VisitorCallState::Answered,
        }))
    }
}
