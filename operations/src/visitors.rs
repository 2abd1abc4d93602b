//! Visitors of web sites: who they are by a token, what they may read, how far they have read, where they stand in the queue.
//!
//! A visitor is a contact known by an identity of their inbox; their texts are [`crate::texts`]' like any other's. What they read is
//! chosen here: what was said, who joined, that it ended. What staff write beside it is in no line of theirs.

use crate::desk::audited;
use crate::messages::{cursors_moved, told};
use crate::text_inboxes::{Site, TextSettings, settings};
use crate::texts::used;
use crate::{OperationError, Operations, secrets};
use ringdesk_conversations::{TextRates, TextWritten, may_contact_recall};
use ringdesk_language::search::mask;
use ringdesk_model::{
    AccountId, Actor, AgentId, Channel, ConversationId, InboxId, Pii, QueueId, Scope, Timestamp, WorkItemId,
};
use ringdesk_rules::Hours;
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::text_matters::{self, Cursors};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::visitors::{self, VisitorLine};
use ringdesk_storage::{Tx, calendars, conversations, text_inboxes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;
use uuid::Uuid;

/// How long a token is good that nobody shows.
pub(crate) const LIFE: Duration = Duration::from_secs(180 * 24 * 3_600);
/// A visit is not written more often than this.
const AGAIN: Duration = Duration::from_secs(3_600);
/// Lines read at once.
const PAGE: i64 = 200;
/// Waits that are looked at for an estimate; fewer than that tell nothing.
const ENOUGH: usize = 5;
const LOOKED_AT: Duration = Duration::from_secs(4 * 3_600);

/// From where somebody writes. What their browser does not say is null, and said to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Visit {
    /// The address of the page.
    pub page: Option<String>,
    pub title: Option<String>,
    /// Where they came from to it.
    pub referrer: Option<String>,
    /// What the browser says of itself.
    pub device: Option<String>,
    /// The browser's, as BCP 47 names it.
    pub language: Option<String>,
    /// How they can be answered when they are gone, in their words.
    pub reach: Option<Pii<String>>,
}

/// An inbox as its visitors meet it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteView {
    pub account: AccountId,
    pub inbox: InboxId,
    pub queue: QueueId,
    pub name: String,
    pub site: Site,
    /// How much its visitors may write.
    pub rates: TextRates,
    /// Within its opening hours, if it has some.
    pub open: bool,
    /// When it is not: the next opening.
    pub opens_at: Option<Timestamp>,
}

/// Somebody who has shown their token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub account: AccountId,
    pub inbox: InboxId,
    pub id: Uuid,
}

/// The conversation that a visitor goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitorMatter {
    pub conversation: ConversationId,
    pub last_seq: i64,
    pub closed: bool,
    pub cursors: Cursors,
}

/// Where somebody stands who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceInQueue {
    /// 1: they are next.
    pub position: i64,
    /// `None`: too few were served lately to say.
    pub estimate: Option<Duration>,
}

impl PlaceInQueue {
    /// What they have waited is no more before them.
    fn new(position: i64, estimate: Option<Duration>, waited: Duration) -> PlaceInQueue {
        PlaceInQueue { position, estimate: estimate.map(|wait| wait.saturating_sub(waited)) }
    }
}

/// How it stands with a conversation by text that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// `None`: it does not wait.
    pub place: Option<PlaceInQueue>,
    /// Who has it in hand.
    pub agent: Option<AgentId>,
}

impl Visitor {
    /// The name by which the channel knows them.
    pub fn address(&self) -> Pii<String> {
        Pii::new(self.id.to_string())
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { kind: "channel", value: Pii::new(format!("{}:{}", self.inbox, self.id)) }
    }
}

impl Visit {
    pub(crate) fn kept(&self) -> Result<Pii<String>, OperationError> {
        let text = serde_json::to_string(self);
        Ok(Pii::new(text.map_err(|_| OperationError::Internal("a visit could not be written"))?))
    }
}

impl Operations {
    /// An inbox of web sites that is in use. A help desk of the house is refused: visitors do not write to it.
    pub async fn site(&self, now: Timestamp, inbox: InboxId) -> Result<Option<SiteView>, OperationError> {
        let account = text_inboxes::account_of(&mut self.store.db.read().await?, inbox).await?;
        let Some(account) = account else { return Ok(None) };
        let (mut tx, _) = self.read(account).await?;
        let Ok(row) = used(&mut tx, account, inbox).await else { return Ok(None) };
        if row.channel == Channel::HelpDesk {
            return Err(OperationError::InternalInbox);
        }
        let TextSettings { site: Some(site), rates, .. } = settings(&row.settings) else { return Ok(None) };
        let (queue, name) = (row.queue, row.name);
        let mut view = SiteView { account, inbox, queue, name, open: true, opens_at: None, site, rates };
        if let Some(hours) = view.site.hours {
            let all = calendars::all(&mut tx, account).await?;
            let document = all.into_iter().find(|one| one.id == hours).map(|one| one.document);
            if let Some(calendar) = document.and_then(|text| serde_json::from_str(&text).ok()) {
                let hours = Hours(&calendar);
                view.open = hours.at(now).is_open();
                view.opens_at = if view.open { None } else { hours.next_open(now) };
            }
        }
        Ok(Some(view))
    }

    /// Somebody opens a site's chat for the first time. Gives their token; it is kept nowhere but with them.
    pub async fn new_visitor(&self, now: Timestamp, site: &SiteView) -> Result<Pii<String>, OperationError> {
        let token = Pii::new(secrets::token()?);
        let (mut tx, key) = self.write(site.account).await?;
        let id: Uuid = self.id(now);
        visitors::create(&mut tx, &key, now, (id, site.inbox), token.reveal()).await?;
        let object = format!("visitor:{id}");
        let about = format!("inbox:{}", site.inbox);
        audited(&mut tx, &key, now, &Actor::Contact, "visitor.create", &object, None, Some(&about)).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Who shows this token at this inbox.
    pub async fn visitor(
        &self,
        now: Timestamp,
        site: &SiteView,
        token: &Pii<String>,
    ) -> Result<Option<Visitor>, OperationError> {
        let (account, inbox) = (site.account, site.inbox);
        let (mut tx, key) = self.read(account).await?;
        let since = Timestamp(now.0 - LIFE.as_micros() as i64);
        let found = visitors::by_token(&mut tx, &key, (inbox, token.reveal()), since).await?;
        drop(tx);
        let Some(id) = found else { return Ok(None) };
        let (mut tx, _) = self.write(account).await?;
        visitors::seen(&mut tx, account, id, now, AGAIN.as_micros() as i64).await?;
        tx.commit().await?;
        Ok(Some(Visitor { account, inbox, id }))
    }

    /// What this visitor goes on with. `None`: they have not written yet.
    pub async fn visitor_matter(&self, visitor: &Visitor) -> Result<Option<VisitorMatter>, OperationError> {
        let (mut tx, key) = self.read(visitor.account).await?;
        let Some(contact) = contacts::by_identity(&mut tx, &key, &visitor.identity()).await? else { return Ok(None) };
        let newest = visitors::newest_of(&mut tx, visitor.account, contact, visitor.inbox).await?;
        let Some((conversation, last_seq, closed)) = newest else { return Ok(None) };
        let cursors = text_matters::cursors(&mut tx, visitor.account, conversation).await?.unwrap_or_default();
        Ok(Some(VisitorMatter { conversation, last_seq, closed: closed.is_some(), cursors }))
    }

    /// The lines of a visitor's conversation after a number, in their order. Whose it is was asked before.
    pub async fn visitor_lines(
        &self,
        account: AccountId,
        conversation: ConversationId,
        after: i64,
    ) -> Result<Vec<VisitorLine>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(visitors::lines(&mut tx, &key, conversation, after, PAGE).await?)
    }

    /// How far a visitor has got and read what we wrote. Never goes back, and never beyond the last line.
    pub async fn visitor_read(
        &self,
        now: Timestamp,
        visitor: &Visitor,
        (delivered, read): (i64, i64),
    ) -> Result<(), OperationError> {
        let Some(matter) = self.visitor_matter(visitor).await? else { return Ok(()) };
        let within = |seq: i64| seq.clamp(0, matter.last_seq);
        let to = Cursors { delivered: within(delivered), read: within(read), seen: 0 };
        if to.delivered.max(to.read) <= matter.cursors.delivered && to.read <= matter.cursors.read {
            return Ok(());
        }
        let (mut tx, key) = self.write(visitor.account).await?;
        if let Some(moved) = text_matters::advance(&mut tx, visitor.account, matter.conversation, to).await? {
            cursors_moved(&mut tx, &key, now, matter.conversation, moved).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A visitor takes one of their own back, for two minutes.
    pub async fn visitor_recall(&self, now: Timestamp, visitor: &Visitor, seq: i64) -> Result<(), OperationError> {
        const NONE: OperationError = OperationError::NotFound("message");
        let conversation = self.visitor_matter(visitor).await?.ok_or(NONE)?.conversation;
        self.recall_of_contact(now, &Actor::Contact, visitor.account, (conversation, seq)).await
    }

    /// Who wrote to us takes one of theirs back. Whose conversation it is was asked before.
    pub(crate) async fn recall_of_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (conversation, seq): (ConversationId, i64),
    ) -> Result<(), OperationError> {
        const NONE: OperationError = OperationError::NotFound("message");
        let (mut tx, key) = self.write(account).await?;
        texts::hold(&mut tx, account, conversation).await?;
        let was = texts::get(&mut tx, &key, conversation, seq).await?.ok_or(NONE)?;
        let written = TextWritten { by: was.author, at: was.at, recalled: was.recalled };
        may_contact_recall(now, &written, was.author.is_none() && was.state.is_none())?;
        texts::change(&mut tx, &key, now, &was, "contact", None).await?;
        let kind = "message_recalled";
        let what = Pii::new(serde_json::json!({ "text": kind, "message": was.id, "seq": seq }).to_string());
        let (id, speaker): (Uuid, _) = (self.id(now), "contact");
        let line = NewTextLine { id, conversation, kind: "text_event", speaker, agent: None, text: &what, at: now };
        texts::append_line(&mut tx, &key, &line).await?;
        let (object, about) = (format!("message:{}", was.id), format!("conversation:{conversation}, {seq}"));
        audited(&mut tx, &key, now, actor, "message.recall", &object, Some(&about), None).await?;
        told(&mut tx, &key, now, kind, &NewTextLine { id: was.id, ..line }, seq).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Where everybody stands who waits or is in hand, read once for all who ask.
    pub async fn standings(
        &self,
        now: Timestamp,
        account: AccountId,
    ) -> Result<BTreeMap<ConversationId, Standing>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut found: BTreeMap<ConversationId, Standing> = BTreeMap::new();
        let mut queues: BTreeMap<QueueId, (i64, Option<Duration>)> = BTreeMap::new();
        for (conversation, queue, since) in visitors::waiting(&mut tx, account).await? {
            let (before, estimate) = match queues.entry(queue) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert((0, estimate(&mut tx, now, account, queue).await?)),
            };
            *before += 1;
            found.entry(conversation).or_default().place.get_or_insert(PlaceInQueue::new(
                *before,
                *estimate,
                now.since(since),
            ));
        }
        for (conversation, agent) in visitors::in_hand(&mut tx, account).await? {
            found.entry(conversation).or_default().agent = Some(agent);
        }
        Ok(found)
    }

    /// Who has a conversation in hand.
    pub async fn in_hand_of(
        &self,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<AgentId>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(text_matters::get(&mut tx, &key, conversation).await?.and_then(|matter| matter.agent))
    }

    /// From where a conversation was begun, and when that was said. Numbers in it are hidden from readers without the right to them.
    pub async fn visit(&self, scope: &Scope, id: ConversationId) -> Result<Option<(Visit, Timestamp)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let found = visitors::visit(&mut tx, &key, id).await?;
        Ok(found.map(|(text, at)| {
            let mut visit: Visit = serde_json::from_str(text.reveal()).unwrap_or_default();
            if !scope.unmasked {
                visit.reach = visit.reach.map(|reach| Pii::new(mask(reach.reveal())));
            }
            (visit, at)
        }))
    }
}

/// Where this work item stands; `None`: it does not wait.
pub(crate) async fn place(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    item: WorkItemId,
) -> Result<Option<PlaceInQueue>, OperationError> {
    let Some((queue, position, since)) = visitors::place_in_queue(tx, account, item).await? else { return Ok(None) };
    let estimate = estimate(tx, now, account, queue).await?;
    Ok(Some(PlaceInQueue::new(position, estimate, now.since(since))))
}

/// How long who comes now will wait; `None`: too few were served lately to say.
async fn estimate(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    queue: QueueId,
) -> Result<Option<Duration>, OperationError> {
    let from = Timestamp(now.0 - LOOKED_AT.as_micros() as i64);
    Ok(usual_wait(visitors::last_waits(tx, account, queue, from).await?))
}

/// Four of five waited no longer than this.
fn usual_wait(mut waits: Vec<i64>) -> Option<Duration> {
    if waits.len() < ENOUGH {
        return None;
    }
    waits.sort_unstable();
    let wait = waits[(waits.len() * 4).div_ceil(5) - 1];
    Some(Duration::from_micros(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S7.6
    #[test]
    fn four_of_five_wait_no_longer_than_is_said() {
        assert_eq!(usual_wait(vec![9, 9, 9, 9]), None, "too few to say");
        assert_eq!(usual_wait(vec![50, 10, 30, 20, 40]), Some(Duration::from_micros(40)));
        assert_eq!(usual_wait((1..=10).collect()), Some(Duration::from_micros(8)));
    }
}
