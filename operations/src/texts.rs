//! Texts of contacts: taken once, into the matter they belong to; and the matter's way through queue, hands and end.

use crate::attachments::send_files;
use crate::desk::audited;
use crate::messages::{Acknowledged, cursors_moved, state_changed, told};
use crate::rules::facts::Subject;
use crate::text_filters::Passes;
use crate::visitors::Visit;
use crate::whom::warn_after;
use crate::{OperationError, Operations, help_desk};
use ringdesk_contacts::{Profile, contact_name};
use ringdesk_conversations::{
    Continues, Conversation, ConversationCreated, TextState, continues, text_beside_files, text_name,
};
use ringdesk_model::{
    AccountId, Actor, AgentId, Channel, ContactId, ConversationId, Ids, InboxId, Medium, Pii, QueueId, Scope,
    Timestamp, WorkItemId,
};
use ringdesk_routing::Floor;
use ringdesk_rules::Event;
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::journal::{self, ConversationOpened, NewMessage, Queued, Set, TextJoined};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_inboxes::{self, TextInbox};
use ringdesk_storage::text_matters::{self, Cursors, Matter, OpenText, TextOffer};
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::{Tx, agents, contact_blocks, contact_files, conversations, rules, visitors};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Texts that wait or are in hand, at the most: what routing holds, too.
const OPEN: i64 = 10_000;
/// Blocks of one contact that are looked at; two are never open at once.
const BLOCKS: i64 = 5;

/// What came in by an inbox.
#[derive(Clone, Debug)]
pub struct InboundText {
    /// The other system's name for it: sent again, it is the same one.
    pub name: String,
    /// As the other system knows the contact.
    pub address: Pii<String>,
    pub contact_name: Option<Pii<String>>,
    /// May say nothing where it brings files.
    pub text: Pii<String>,
    /// What was brought for it, in this order.
    pub files: Vec<Uuid>,
    /// From where they write, where their channel knows.
    pub visit: Option<Visit>,
}

impl Operations {
    /// Take a text of a contact. It opens a matter, or goes on with theirs; what nobody has in hand waits in the inbox's queue.
    pub async fn receive_text(
        &self,
        now: Timestamp,
        account: AccountId,
        inbox: InboxId,
        text: &InboundText,
    ) -> Result<Acknowledged, OperationError> {
        match self.try_receive(now, account, inbox, text).await {
            // Their first text came twice at the same moment; now the first one is there.
            Err(OperationError::Store(error)) if error.is_conflict() => {
                self.try_receive(now, account, inbox, text).await
            }
            other => other,
        }
    }

    async fn try_receive(
        &self,
        now: Timestamp,
        account: AccountId,
        inbox: InboxId,
        inbound: &InboundText,
    ) -> Result<Acknowledged, OperationError> {
        // Before anybody waits for the writer: a long text takes a while.
        let looked = self.look_at(account, &inbound.text).await?;
        let (mut tx, key) = self.write(account).await?;
        let taken = Box::pin(self.take_in(&mut tx, &key, now, (account, inbox), inbound, Passes::Looked(looked))).await;
        // That a text was held or refused is kept, too.
        if matches!(taken, Ok(_) | Err(OperationError::Held | OperationError::Filtered(_))) {
            tx.commit().await?;
        }
        taken
    }

    pub(crate) async fn take_in(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        (account, inbox): (AccountId, InboxId),
        inbound: &InboundText,
        passes: Passes,
    ) -> Result<Acknowledged, OperationError> {
        let text = Pii::new(text_beside_files(inbound.text.reveal(), inbound.files.len())?);
        let inbox = used(tx, account, inbox).await?;
        let sent_as = key.blind("sent_as", &format!("{}:{}", inbox.id, text_name(&inbound.name)?));
        if let Some(there) = texts::sent_as(tx, key, &sent_as).await? {
            return Ok(Acknowledged::of(&there));
        }
        let is_internal = inbox.channel == Channel::HelpDesk;
        let (identity, by) = match is_internal {
            true => help_desk::asker(inbound)?,
            false => {
                let value = Pii::new(format!("{}:{}", inbox.id, inbound.address.reveal()));
                (Identity { kind: "channel", value }, Actor::Contact)
            }
        };
        let last = match contacts::by_identity(tx, key, &identity).await? {
            Some(contact) => {
                let blocks = contact_blocks::list(tx, key, Some(contact), true, BLOCKS).await?;
                if blocks.iter().any(|kept| kept.block.keeps_out(now)) {
                    return Err(OperationError::KeptOut);
                }
                text_matters::newest_of(tx, account, contact, inbox.id).await?
            }
            None => None,
        };
        let open = last.filter(|(_, closed)| closed.is_none()).map(|(id, _)| id);
        let let_through = passes.let_through();
        let caught = match passes {
            Passes::LetThrough(_) => None,
            // Our own are known by name, and answer for what they write.
            Passes::Looked(_) if is_internal => None,
            Passes::Looked(looked) => self.caught(tx, key, now, (inbox.id, open), (sent_as, inbound), looked).await?,
        };
        let (conversation, began) = match (continues(now, last.map(|(_, closed)| closed)), last) {
            (Continues::Open, Some((id, _))) => (id, None),
            (Continues::Again, Some((id, _))) => {
                text_matters::reopen(tx, account, id).await?;
                (id, None)
            }
            _ => {
                let (id, contact) = self.open_matter(tx, key, now, &inbox, identity, inbound).await?;
                let (channel, queue, tags) = (inbox.channel, Some(inbox.queue), BTreeSet::new());
                let inbox = Some(inbox.id);
                (
                    id,
                    Some(Subject {
                        account,
                        conversation: id,
                        channel,
                        inbox,
                        contact,
                        queue,
                        tags,
                        at: now,
                        call: None,
                    }),
                )
            }
        };
        texts::hold(tx, account, conversation).await?;
        // Both may have been on their way here when the first one was not written yet.
        if let Some(there) = texts::sent_as(tx, key, &sent_as).await? {
            return Ok(Acknowledged::of(&there));
        }
        let id: Uuid = let_through.unwrap_or_else(|| self.id(now));
        let line =
            NewTextLine { id, conversation, kind: "message", speaker: "contact", agent: None, text: &text, at: now };
        let seq = texts::append(tx, key, &line, &Sending { author: None, sent_as, goes_out: false }).await?;
        if let_through.is_none() {
            // A contact's were brought by nobody of ours; a colleague's by themselves.
            let brought_by = match by {
                Actor::User { user, .. } => Some(user),
                _ => None,
            };
            send_files(tx, account, (inbox.id, brought_by), id, &inbound.files).await?;
        }
        if !inbound.files.is_empty() {
            self.hear_clips(tx, account, now, conversation, id).await?;
        }
        text_matters::contact_wrote(tx, account, conversation, now).await?;
        let (action, object) = ("message.receive", format!("message:{id}"));
        let about = format!("conversation:{conversation}, inbox:{}", inbox.id);
        audited(tx, key, now, &by, action, &object, None, Some(&about)).await?;
        let ruling = match began {
            Some(subject) => Box::pin(self.ask_rules(tx, key, subject, &[Event::Begins])).await?,
            None => None,
        };
        if text_matters::open_work(tx, account, conversation).await?.is_none() {
            let queue = match &ruling {
                Some(ruling) => ruling.queue(),
                // It waits again where rules had it wait.
                None => rules::ruling(tx, key, conversation).await?.map(|(queue, _)| queue),
            };
            self.enqueue_text(tx, key, now, conversation, queue.unwrap_or(inbox.queue)).await?;
        }
        told(tx, key, now, "message_created", &line, seq).await?;
        if let Some(ruling) = ruling {
            Box::pin(self.carry_out_rules(tx, key, now, ruling, Some(inbox.queue))).await?;
        }
        if let Some(caught) = caught {
            self.mark_text(tx, key, now, caught, (id, conversation)).await?;
        }
        Ok(Acknowledged { id, conversation, seq, at: now, known: false })
    }

    /// A contact's first text, or their first since long.
    async fn open_matter(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        inbox: &TextInbox,
        identity: Identity,
        inbound: &InboundText,
    ) -> Result<(ConversationId, Option<ContactId>), OperationError> {
        let id: ConversationId = self.id(now);
        let contact: ContactId = self.id(now);
        if inbox.channel == Channel::HelpDesk {
            self.staff_file(tx, key, now, &identity, inbound).await?;
        }
        let mut set = Set::new(key.clone());
        let named = identity.clone();
        let (channel, contact) = (inbox.channel, Some((identity, contact)));
        set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox.id), at: now, contact })?;
        journal::write(tx, &set).await?;
        text_matters::begin(tx, key, now, (id, inbox.queue), &inbound.address).await?;
        let known = contacts::by_identity(tx, key, &named).await?;
        if let (Some(contact), Some(name)) = (known, &inbound.contact_name) {
            name_contact(tx, key, contact, name).await?;
        }
        if let Some(visit) = &inbound.visit {
            visitors::begin_visit(tx, key, now, id, &visit.kept()?).await?;
        }
        let page = inbound.visit.as_ref().and_then(|visit| visit.page.clone());
        let noun = Conversation::open(now, id, key.account(), known, channel, Some(inbox.id));
        let created = ConversationCreated::of(&noun, inbound.contact_name.clone(), Some(inbound.address.clone()), page);
        let payload =
            serde_json::to_value(&created).map_err(|_| OperationError::Internal("an event could not be written"))?;
        let event = NewEvent { at: now, kind: "conversation_created", payload: Pii::new(payload) };
        outbox::append(tx, key, &[event]).await?;
        Ok((id, known))
    }

    async fn enqueue_text(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        conversation: ConversationId,
        queue: QueueId,
    ) -> Result<(), OperationError> {
        let work_item: WorkItemId = self.id(now);
        let mut set = Set::new(key.clone());
        set.queued(Queued { id: work_item, conversation, call: None, queue, medium: Medium::Text, at: now });
        let payload = Pii::new(serde_json::json!({ "work_item": work_item, "queue": queue }));
        set.emit(NewEvent { at: now, kind: "work_queued", payload });
        journal::write(tx, &set).await?;
        Ok(())
    }

    /// All texts that wait or are in hand: what routing is told, whole, as often as somebody looks.
    pub async fn open_texts(&self, account: AccountId) -> Result<Vec<OpenText>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(text_matters::open_texts(&mut tx, account, OPEN).await?)
    }

    /// What this agent is being asked to take, and what they have in hand. Numbers that the contact wrote are hidden from
    /// readers without the right to them.
    pub async fn text_offers(&self, scope: &Scope, agent: AgentId) -> Result<Vec<TextOffer>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let mut found = text_matters::offers_of(&mut tx, &key, agent).await?;
        for said in found.iter_mut().filter_map(|offer| offer.said.as_mut()) {
            if !scope.unmasked {
                *said = Pii::new(ringdesk_language::search::mask(said.reveal()));
            }
        }
        Ok(found)
    }

    /// After how long without an answer the agent who has a contact in hand is warned, by queue.
    pub async fn warn_times(&self, account: AccountId) -> Result<BTreeMap<QueueId, Duration>, OperationError> {
        let all = agents::queues(&mut self.read(account).await?.0, account).await?;
        Ok(all.iter().map(|queue| (queue.id, warn_after(queue))).collect())
    }

    /// The matter is settled; the agent's part, and whoever is being asked, is over. Closing twice is closing once.
    pub async fn close_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let matter = crate::messages::matter(&mut tx, &key, scope, conversation).await?;
        if matter.closed_at.is_some() {
            return Ok(());
        }
        let object = format!("conversation:{conversation}");
        Box::pin(self.closed(&mut tx, &key, now, &matter, "agent")).await?;
        audited(&mut tx, &key, now, actor, "conversation.close", &object, None, None).await?;
        let payload = Pii::new(serde_json::json!({
            "conversation": conversation, "state": "closed", "line": "text.closed", "detail": "agent"
        }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "conversation_updated", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn closed(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        matter: &Matter,
        why: &str,
    ) -> Result<(), OperationError> {
        let conversation = matter.conversation;
        texts::hold(tx, key.account(), conversation).await?;
        let text = Pii::new(serde_json::json!({ "text": "text.closed", "detail": why }).to_string());
        let (id, agent): (Uuid, _) = (self.id(now), matter.agent);
        let speaker = if why == "agent" { "agent" } else { "system" };
        let line = NewTextLine { id, conversation, kind: "text_event", speaker, agent, text: &text, at: now };
        texts::append_line(tx, key, &line).await?;
        text_matters::close(tx, key.account(), conversation, now).await?;
        Box::pin(self.invite(tx, key, now, matter)).await?;
        let everything = crate::callbacks::everything(key.account());
        let Some(view) = conversations::get(tx, key, &everything, conversation).await? else { return Ok(()) };
        let subject = Subject { queue: Some(matter.queue), ..Subject::of(key.account(), &view, now) };
        Box::pin(self.follow_rules(tx, key, now, subject, &[Event::Closed])).await
    }

    /// How a text of ours fared, by the word of its channel. Words may come in any order and often.
    pub async fn text_receipt(
        &self,
        now: Timestamp,
        account: AccountId,
        inbox: InboxId,
        message: Uuid,
        (word, reason): (TextState, Option<&str>),
    ) -> Result<TextState, OperationError> {
        const NONE: OperationError = OperationError::NotFound("message");
        let (mut tx, key) = self.write(account).await?;
        used(&mut tx, account, inbox).await?;
        let conversation = texts::by_id(&mut tx, &key, message).await?.ok_or(NONE)?.conversation;
        let matter = text_matters::get(&mut tx, &key, conversation).await?.ok_or(NONE)?;
        if matter.inbox != Some(inbox) {
            return Err(NONE);
        }
        texts::hold(&mut tx, account, conversation).await?;
        let text = texts::by_id(&mut tx, &key, message).await?.ok_or(NONE)?;
        let was = text.state.ok_or(NONE)?;
        let now_is = was.told(word);
        if now_is != was {
            texts::set_state(&mut tx, account, message, now_is, reason).await?;
            state_changed(&mut tx, &key, now, &text, now_is, reason).await?;
        }
        let to = match word {
            TextState::Delivered => Cursors { delivered: text.seq, ..Cursors::default() },
            TextState::Read => Cursors { delivered: text.seq, read: text.seq, seen: 0 },
            _ => Cursors::default(),
        };
        if let Some(moved) = text_matters::advance(&mut tx, account, conversation, to).await? {
            cursors_moved(&mut tx, &key, now, conversation, moved).await?;
        }
        tx.commit().await?;
        Ok(now_is)
    }

    /// Is this conversation one of ours that goes on by text, and may this reader see it?
    pub async fn text_matter(&self, scope: &Scope, id: ConversationId) -> Result<Option<Matter>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        Ok(text_matters::get(&mut tx, &key, id).await?)
    }
}

/// An agent has taken a text: their part, and the line that people read of it.
pub fn joined(set: &mut Set, ids: &mut Ids, joined: TextJoined) -> Result<(), OperationError> {
    let TextJoined { conversation, agent, queue, at, .. } = joined;
    set.text_joined(joined);
    let line = serde_json::json!({ "text": "text.agent_joined", "agent": agent, "queue": queue });
    set.message(NewMessage {
        id: ids.next(at),
        conversation,
        kind: "text_event",
        speaker: "agent",
        agent: Some(agent),
        text: Pii::new(line.to_string()),
        start_ms: None,
        end_ms: None,
        at,
    })?;
    let payload = Pii::new(serde_json::json!({
        "conversation": conversation, "state": "open", "line": "text.agent_joined", "agent": agent, "queue": queue
    }));
    set.emit_news(conversation, NewEvent { at, kind: "conversation_updated", payload });
    Ok(())
}

/// A file that has no name yet takes the one they give themselves; one that has keeps it.
async fn name_contact(
    tx: &mut Tx,
    key: &AccountKey,
    contact: ContactId,
    name: &Pii<String>,
) -> Result<(), OperationError> {
    let Some(file) = contact_files::get(tx, key, contact).await? else { return Ok(()) };
    // What is no name is nobody's; the text counts.
    let Ok(Some(name)) = contact_name(name.reveal()) else { return Ok(()) };
    if file.profile.name.is_none() {
        let profile = Profile { name: Some(Pii::new(name)), ..file.profile };
        contact_files::put(tx, key, contact, &profile).await?;
    }
    Ok(())
}

/// Is somebody of this queue at work, busy or not?
pub fn is_attended(floor: &Floor, queue: QueueId) -> bool {
    let away = ["logged_out", "not_ready"];
    let of_it = floor.queues.iter().find(|one| one.queue == queue);
    of_it.is_some_and(|one| one.agents.iter().any(|(presence, count)| *count > 0 && !away.contains(presence)))
}

/// One that is in use.
pub(crate) async fn used(tx: &mut Tx, account: AccountId, id: InboxId) -> Result<TextInbox, OperationError> {
    let found = text_inboxes::all(tx, account).await?.into_iter().find(|inbox| inbox.id == id && !inbox.disabled);
    found.ok_or(OperationError::NotFound("inbox"))
}
