//! The way of visitors through web sites: kept where they agreed to it, shown to who may read what they wrote, erased with one word.
//!
//! That they agree and that it is erased is audited, with whoever did it. What they do is not an act of anybody of the house: it has
//! no entry of its own, and leaves by no export.

use crate::desk::audited;
use crate::text_inboxes::settings;
use crate::visitors::{LIFE, SiteView, Visitor};
use crate::{OperationError, Operations};
use ringdesk_contacts::IdentityKind;
use ringdesk_conversations::{TrackKind, TrackSaid};
use ringdesk_model::{AccountId, Actor, AgentId, ContactId, ConversationId, Pii, Scope, Timestamp};
use ringdesk_storage::track::{self, NewTrackEvent, TrackDwell, TrackRow};
use ringdesk_storage::{conversations, text_inboxes, text_matters};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Read at once.
const PAGE: i64 = 200;
/// Kept of one visitor, however much they do.
const KEPT: i64 = 1_000;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What a page tells of its visitor.
#[derive(Clone, Debug)]
pub enum Tracked {
    /// Something happened, under the page's own name for it.
    Happened { id: Uuid, kind: TrackKind, at: Timestamp, said: TrackSaid },
    /// They have left the page of this name after so many milliseconds.
    Left { page: Uuid, milliseconds: i64 },
}

/// Something that a visitor did, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackLine {
    pub kind: String,
    pub at: Timestamp,
    pub dwell: Option<Duration>,
    pub said: Pii<TrackSaid>,
}

impl Operations {
    /// Who shows this token at this inbox, and whether they agreed that their way is kept.
    pub async fn tracked_visitor(
        &self,
        now: Timestamp,
        site: &SiteView,
        token: &Pii<String>,
    ) -> Result<Option<(Visitor, bool)>, OperationError> {
        let (account, inbox) = (site.account, site.inbox);
        let (mut tx, key) = self.read(account).await?;
        let found = track::visitor_of(&mut tx, &key, (inbox, token.reveal()), now - LIFE).await?;
        Ok(found.map(|(id, agreed)| (Visitor { account, inbox, id }, agreed.is_some())))
    }

    /// A visitor agrees that their way is kept; or does not any more, and what was kept of it is erased.
    pub async fn visitor_agrees(&self, now: Timestamp, visitor: &Visitor, agrees: bool) -> Result<(), OperationError> {
        let (account, id) = (visitor.account, visitor.id);
        let (mut tx, key) = self.write(account).await?;
        let changed = track::agree(&mut tx, account, id, agrees.then_some(now)).await?;
        let erased = if agrees { 0 } else { track::erase(&mut tx, account, &[id]).await? };
        if changed || erased > 0 {
            let action = if agrees { "visitor.agree" } else { "visitor.disagree" };
            let (object, about) = (format!("visitor:{id}"), format!("inbox:{}, {erased} erased", visitor.inbox));
            audited(&mut tx, &key, now, &Actor::Contact, action, &object, None, Some(&about)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Keep what visitors of an account did, all of it in one transaction; what was kept before is not kept twice. Of those whose
    /// way is kept because they `agreed`, only what comes from who still does: it may have waited while they changed their mind.
    pub async fn keep_track(
        &self,
        account: AccountId,
        of: &[(Uuid, Tracked)],
        agreed: &BTreeSet<Uuid>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let asked: Vec<Uuid> = agreed.iter().copied().collect();
        let still: BTreeSet<Uuid> = track::who_agree(&mut tx, account, &asked).await?.into_iter().collect();
        let (mut events, mut left) = (Vec::new(), Vec::new());
        for (visitor, tracked) in of.iter().filter(|(visitor, _)| !agreed.contains(visitor) || still.contains(visitor))
        {
            match tracked {
                Tracked::Happened { id, kind, at, said } => {
                    let said = serde_json::to_string(said);
                    let said = said.map_err(|_| OperationError::Internal("a track could not be written"))?;
                    let (visitor, id, kind, at) = (*visitor, *id, kind.as_str(), *at);
                    events.push(NewTrackEvent { visitor, id, kind, at, said: Pii::new(said) });
                }
                Tracked::Left { page, milliseconds } => {
                    left.push(TrackDwell { visitor: *visitor, page: *page, milliseconds: *milliseconds });
                }
            }
        }
        track::insert(&mut tx, &key, &events).await?;
        track::leave(&mut tx, account, &left).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who has the open conversation of a visitor in hand: they are shown where the visitor is.
    pub async fn watcher_of(&self, visitor: &Visitor) -> Result<Option<(ConversationId, AgentId)>, OperationError> {
        let Some(matter) = self.visitor_matter(visitor).await?.filter(|matter| !matter.closed) else {
            return Ok(None);
        };
        let agent = self.in_hand_of(visitor.account, matter.conversation).await?;
        Ok(agent.map(|agent| (matter.conversation, agent)))
    }

    /// What the visitor of a conversation did, newest first.
    pub async fn track_of_conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Vec<TrackLine>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let matter = text_matters::get(&mut tx, &key, id).await?;
        // Of another channel the name is none of a visitor's.
        let visitor = matter.and_then(|matter| matter.address.reveal().parse::<Uuid>().ok());
        let Some(visitor) = visitor else { return Ok(Vec::new()) };
        Ok(track::of_visitors(&mut tx, &key, &[visitor], PAGE).await?.into_iter().map(line).collect())
    }

    /// What a contact did on all sites where they are known, newest first.
    pub async fn track_of_contact(&self, scope: &Scope, id: ContactId) -> Result<Vec<TrackLine>, OperationError> {
        let visitors = self.visitors_of(scope, id).await?;
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(track::of_visitors(&mut tx, &key, &visitors, PAGE).await?.into_iter().map(line).collect())
    }

    /// Erase what is kept of a contact's way. Gives how much it was.
    pub async fn erase_track(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
    ) -> Result<u64, OperationError> {
        let visitors = self.visitors_of(scope, id).await?;
        let (mut tx, key) = self.write(scope.account).await?;
        let erased = track::erase(&mut tx, scope.account, &visitors).await?;
        let (object, about) = (format!("contact:{id}"), format!("{erased} erased"));
        audited(&mut tx, &key, now, actor, "contact.erase_track", &object, None, Some(&about)).await?;
        tx.commit().await?;
        Ok(erased)
    }

    /// Forget what is older than its inbox keeps it. Gives how much it was.
    pub async fn sweep_tracks(&self, now: Timestamp, account: AccountId) -> Result<u64, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let inboxes = text_inboxes::all(&mut tx, account).await?;
        drop(tx);
        let mut forgotten = 0;
        for inbox in inboxes {
            let Some(site) = settings(&inbox.settings).site else { continue };
            let (mut tx, _) = self.write(account).await?;
            let before = now - DAY * site.track_days();
            forgotten += track::forget(&mut tx, account, inbox.id, before, KEPT).await?;
            tx.commit().await?;
        }
        Ok(forgotten)
    }

    /// As whom the sites know a contact.
    async fn visitors_of(&self, scope: &Scope, id: ContactId) -> Result<Vec<Uuid>, OperationError> {
        let known = self.contact(scope, id).await?.known;
        let channel = known.iter().filter(|one| one.kind == IdentityKind::Channel && one.proof.is_some());
        let visitor = |value: &str| value.split_once(':').and_then(|(_, name)| name.parse().ok());
        Ok(channel.filter_map(|one| visitor(one.value.reveal())).collect())
    }
}

fn line(row: TrackRow) -> TrackLine {
    let dwell = row.dwell_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
    let said = serde_json::from_str(row.said.reveal()).unwrap_or_default();
    TrackLine { kind: row.kind, at: row.at, dwell, said: Pii::new(said) }
}
