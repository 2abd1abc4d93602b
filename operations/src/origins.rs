//! Of which channel, inbox, tag and segment conversations are: what reports are told by, and what reports and searches are
//! narrowed to.

use crate::{OperationError, segments};
use ringdesk_model::{Channel, ContactId, ConversationId, InboxId, SegmentId, TagId, Timestamp};
use ringdesk_reports::Key;
use ringdesk_storage::report_rows::{self, Origin};
use ringdesk_storage::{Tx, tags};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// Conversations looked at in one statement.
const SET: usize = 1_000;

/// By what a figure may be told beside queue, agent, hour and detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Channel,
    Inbox,
    Tag,
    /// Of the contact, as they are now.
    Segment,
}

/// Which conversations count. `None` everywhere: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    pub channel: Option<Channel>,
    pub inbox: Option<InboxId>,
    pub tag: Option<TagId>,
    pub segment: Option<SegmentId>,
}

impl Narrowed {
    pub fn is_all(&self) -> bool {
        *self == Narrowed::default()
    }
}

/// What was looked up of some conversations.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    of: BTreeMap<ConversationId, Origin>,
    tags: BTreeMap<ConversationId, BTreeSet<TagId>>,
    segments: BTreeMap<ContactId, BTreeSet<SegmentId>>,
}

impl Origins {
    /// Look up what telling by a mark, and narrowing, needs.
    pub(crate) async fn look_up(
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        conversations: BTreeSet<ConversationId>,
        (by, to): (Option<Mark>, &Narrowed),
    ) -> Result<Origins, OperationError> {
        let ids: Vec<ConversationId> = conversations.into_iter().collect();
        let mut found = Origins::default();
        for set in ids.chunks(SET) {
            found.of.extend(report_rows::origins(tx, key.account(), set).await?);
            if by == Some(Mark::Tag) || to.tag.is_some() {
                found.tags.extend(tags::of(tx, key.account(), set).await?);
            }
        }
        if by == Some(Mark::Segment) || to.segment.is_some() {
            let contacts: BTreeSet<_> = found.of.values().filter_map(|origin| origin.contact).collect();
            let contacts: Vec<_> = contacts.into_iter().collect();
            let only = if by == Some(Mark::Segment) { None } else { to.segment };
            found.segments = segments::of_contacts(tx, key, now, &contacts, only).await?;
        }
        Ok(found)
    }

    pub(crate) fn holds(&self, to: &Narrowed, id: ConversationId) -> bool {
        let Some(origin) = self.of.get(&id) else { return false };
        to.channel.is_none_or(|channel| origin.channel == channel)
            && to.inbox.is_none_or(|inbox| origin.inbox == Some(inbox))
            && to.tag.is_none_or(|tag| self.tags.get(&id).is_some_and(|tags| tags.contains(&tag)))
            && to.segment.is_none_or(|segment| self.segments_of(origin).any(|one| one == segment))
    }

    /// Under which keys a conversation counts; under none where nothing is known.
    pub(crate) fn keys(&self, by: Mark, id: ConversationId) -> Vec<Key> {
        let Some(origin) = self.of.get(&id) else { return Vec::new() };
        match by {
            Mark::Channel => vec![Key::Channel(origin.channel)],
            Mark::Inbox => origin.inbox.map(Key::Inbox).into_iter().collect(),
            Mark::Tag => self.tags.get(&id).into_iter().flatten().copied().map(Key::Tag).collect(),
            Mark::Segment => self.segments_of(origin).map(Key::Segment).collect(),
        }
    }

    fn segments_of(&self, origin: &Origin) -> impl Iterator<Item = SegmentId> {
        origin.contact.and_then(|contact| self.segments.get(&contact)).into_iter().flatten().copied()
    }
}
